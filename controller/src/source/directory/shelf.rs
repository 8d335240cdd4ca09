//! Which objects are in force, given the files: pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::manifest::{Fault, Found};
use crate::object::{Object, ObjectRef};
use crate::source::Event;

/// The objects of all files, and which of them are in force.
///
/// What is broken never takes away what was good: an edit in the middle of being made must not withdraw
/// a route. So a document that is broken, but whose object is known, leaves the object as it last was
/// in this file; and as long as a file has a document whose object is not known, nothing of the file
/// counts as deleted. An object that two files have is in force as the first of them, by name, has it.
#[derive(Debug, Default)]
pub struct Shelf {
    files: BTreeMap<String, File>,
    holders: BTreeMap<ObjectRef, BTreeSet<String>>,
}

#[derive(Debug, Default)]
struct File {
    objects: BTreeMap<ObjectRef, Object>,
    reports: Vec<Report>,
}

/// What a person has to be told about a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// A document cannot be used.
    Broken {
        /// The file.
        file: String,
        /// What is wrong, and where.
        fault: Fault,
        /// Whether the object's last good version stays in force.
        kept: bool,
    },
    /// The file cannot be read; its objects stay in force.
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// The object is in force as another file, or an earlier document, has it.
    Duplicate {
        /// The object.
        object: ObjectRef,
        /// The file that is not heard.
        file: String,
        /// The file whose version is in force.
        in_force: String,
    },
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Report::Broken { file, fault, kept } => {
                let kept = if *kept {
                    " (its last good version stays in force)"
                } else {
                    ""
                };
                write!(f, "{file}: {fault}{kept}")
            }
            Report::Unreadable { file, reason } => {
                write!(
                    f,
                    "{file}: cannot be read: {reason} (its objects stay in force)"
                )
            }
            Report::Duplicate {
                object,
                file,
                in_force,
            } if file == in_force => {
                write!(
                    f,
                    "{object} is twice in {file}: the first document is in force"
                )
            }
            Report::Duplicate {
                object,
                file,
                in_force,
            } => {
                write!(
                    f,
                    "{object} is in {in_force} and in {file}: {in_force} is in force"
                )
            }
        }
    }
}

/// What follows from a file's new content.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    /// The objects that changed.
    pub events: Vec<Event>,
    /// What is newly wrong: nothing is told twice.
    pub reports: Vec<Report>,
}

impl Shelf {
    /// The names of the files that there are.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.files.keys()
    }

    /// A file is new, or has been written.
    pub fn put(&mut self, file: &str, found: Vec<Found>) -> Outcome {
        let old = self.files.remove(file).unwrap_or_default();
        let mut new = File::default();
        let mut anonymous_fault = false;
        for found in found {
            match found {
                Found::Object(id, object) => new.add(file, id, object),
                Found::Broken(fault) => anonymous_fault |= new.keep_broken(file, fault, &old),
                Found::Foreign { .. } => {}
            }
        }
        if anonymous_fault {
            for (id, object) in old.objects.clone() {
                new.objects.entry(id).or_insert(object);
            }
        }
        self.replace(file, old, Some(new))
    }

    /// A file is there, but cannot be read.
    pub fn unreadable(&mut self, file: &str, reason: String) -> Outcome {
        let old = self.files.remove(file).unwrap_or_default();
        let objects = old.objects.clone();
        let reports = vec![Report::Unreadable {
            file: file.to_owned(),
            reason,
        }];
        self.replace(file, old, Some(File { objects, reports }))
    }

    /// A file is gone.
    pub fn remove(&mut self, file: &str) -> Outcome {
        match self.files.remove(file) {
            Some(old) => self.replace(file, old, None),
            None => Outcome::default(),
        }
    }

    fn replace(&mut self, file: &str, old: File, new: Option<File>) -> Outcome {
        let mut outcome = Outcome::default();
        let (old_reports, old) = (old.reports, old.objects);
        let (new_reports, new) = new.map_or_else(Default::default, |new| {
            let parts = (new.reports.clone(), new.objects.keys().cloned().collect());
            self.files.insert(file.to_owned(), new);
            parts
        });
        let new: BTreeSet<ObjectRef> = new;
        for id in old
            .keys()
            .chain(new.iter().filter(|id| !old.contains_key(id)))
        {
            let holders = self.holders.entry(id.clone()).or_default();
            let before = match holders.first() {
                Some(first) if first == file => old.get(id).cloned(),
                Some(first) => self
                    .files
                    .get(first)
                    .and_then(|f| f.objects.get(id))
                    .cloned(),
                None => None,
            };
            let is_new = if new.contains(id) {
                holders.insert(file.to_owned())
            } else {
                false
            };
            if !new.contains(id) {
                holders.remove(file);
            }
            let after = holders
                .first()
                .and_then(|first| self.files.get(first)?.objects.get(id));
            outcome.events.extend(event(id, before.as_ref(), after));
            outcome
                .reports
                .extend(is_new.then(|| duplicate(id, file, holders)).flatten());
            if holders.is_empty() {
                self.holders.remove(id);
            }
        }
        outcome.reports.extend(
            new_reports
                .into_iter()
                .filter(|report| !old_reports.contains(report)),
        );
        outcome
    }
}

impl File {
    fn add(&mut self, file: &str, id: ObjectRef, object: Object) {
        if self.objects.contains_key(&id) {
            let (file, in_force) = (file.to_owned(), file.to_owned());
            self.reports.push(Report::Duplicate {
                object: id,
                file,
                in_force,
            });
        } else {
            self.objects.insert(id, object);
        }
    }

    /// Keeps the last good version, where there is one. Says whether it is not known which that is.
    fn keep_broken(&mut self, file: &str, fault: Fault, old: &File) -> bool {
        let anonymous = fault.object.is_none();
        let last_good = fault
            .object
            .as_ref()
            .and_then(|id| old.objects.get(id).cloned());
        let kept = last_good.is_some();
        if let (Some(id), Some(object)) = (fault.object.clone(), last_good) {
            self.objects.entry(id).or_insert(object);
        }
        self.reports.push(Report::Broken {
            file: file.to_owned(),
            fault,
            kept,
        });
        anonymous
    }
}

fn event(id: &ObjectRef, before: Option<&Object>, after: Option<&Object>) -> Option<Event> {
    match (before, after) {
        (_, Some(after)) if before != Some(after) => Some(Event::Upsert(id.clone(), after.clone())),
        (Some(_), None) => Some(Event::Delete(id.clone())),
        _ => None,
    }
}

fn duplicate(id: &ObjectRef, file: &str, holders: &BTreeSet<String>) -> Option<Report> {
    let mut holders = holders.iter();
    let (in_force, second) = (holders.next()?, holders.next()?);
    let unheard = if in_force == file {
        second.as_str()
    } else {
        file
    };
    Some(Report::Duplicate {
        object: id.clone(),
        file: unheard.to_owned(),
        in_force: in_force.clone(),
    })
}
