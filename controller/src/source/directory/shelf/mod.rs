//! Which objects are in force, given the files: pure.

mod report;

#[cfg(test)]
mod tests;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

pub use self::report::Report;
use super::manifest::{Fault, Found};
use crate::object::{Object, ObjectRef};
use crate::source::Event;

/// The objects of all files, and which of them are in force.
///
/// What is broken never takes away what was good: an edit in the middle of being made must not withdraw
/// a route. So a document that is broken, but whose object is known, leaves the object as it last was
/// in this file; and as long as a file has a document whose object is not known, nothing of the file
/// counts as deleted. An object that two files have is in force as the first that came has it.
///
/// An object that states no `creationTimestamp` is given the moment when it was first there, so that a
/// new object takes nothing from an older one by its name.
#[derive(Debug, Default)]
pub struct Shelf {
    files: BTreeMap<String, File>,
    /// The files that have an object; the first is in force.
    holders: BTreeMap<ObjectRef, Vec<String>>,
    /// Files that have vanished, and may be about to be renamed or written anew.
    away: BTreeSet<String>,
    first_seen: BTreeMap<ObjectRef, Timestamp>,
    /// A clock that is set back makes nothing older than what is there.
    latest: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct File {
    objects: BTreeMap<ObjectRef, Object>,
    reports: Vec<Report>,
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
    pub fn put(&mut self, now: Timestamp, file: &str, found: Vec<Found>) -> Outcome {
        let now = *self
            .latest
            .insert(self.latest.map_or(now, |latest| latest.max(now)));
        let old = self.files.remove(file).unwrap_or_default();
        let mut new = File::default();
        let mut anonymous_fault = false;
        for found in found {
            match found {
                Found::Object(id, object) => {
                    let object = self.stamp(now, &id, object);
                    new.add(file, id, object);
                }
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

    /// A file has vanished: its objects stay in force, but no other file's are told to be twice there.
    /// `remove` or a new content will follow.
    pub fn away(&mut self, file: &str) {
        if self.files.contains_key(file) {
            self.away.insert(file.to_owned());
        }
    }

    /// A file is gone.
    pub fn remove(&mut self, file: &str) -> Outcome {
        match self.files.remove(file) {
            Some(old) => self.replace(file, old, None),
            None => Outcome::default(),
        }
    }

    fn stamp(&mut self, now: Timestamp, id: &ObjectRef, mut object: Object) -> Object {
        let first_seen = *self.first_seen.entry(id.clone()).or_insert(now);
        let created = &mut object.metadata_mut().creation_timestamp;
        created.get_or_insert(Time(first_seen));
        object
    }

    fn replace(&mut self, file: &str, old: File, new: Option<File>) -> Outcome {
        let mut outcome = Outcome::default();
        let came_back = self.away.remove(file);
        let there = new.is_some();
        let (reports, ids) = new.map_or_else(Default::default, |new| {
            let ids: BTreeSet<ObjectRef> = new.objects.keys().cloned().collect();
            let reports = new.reports.clone();
            self.files.insert(file.to_owned(), new);
            (reports, ids)
        });
        let gone = old.objects.keys().filter(|id| !ids.contains(*id));
        for id in gone.chain(&ids) {
            let before = match self.in_force(id) {
                Some(first) if first == file => old.objects.get(id).cloned(),
                Some(first) => self.object(first, id).cloned(),
                None => None,
            };
            let is_new = self.hold(id, file, ids.contains(id)) || came_back;
            let after = self.in_force(id).and_then(|first| self.object(first, id));
            outcome.events.extend(event(id, before.as_ref(), after));
            if is_new && ids.contains(id) {
                outcome.reports.extend(self.duplicate(id, file));
            }
            if after.is_none() {
                self.first_seen.remove(id);
            }
        }
        let mended = there && reports.is_empty() && old.reports.iter().any(Report::is_fault);
        let news = reports.into_iter().filter(|it| !old.reports.contains(it));
        outcome.reports.extend(news);
        outcome.reports.extend(mended.then(|| Report::Mended {
            file: file.to_owned(),
        }));
        outcome
    }

    /// The file whose version of an object is in force.
    fn in_force(&self, id: &ObjectRef) -> Option<&str> {
        self.holders.get(id)?.first().map(String::as_str)
    }

    fn object(&self, file: &str, id: &ObjectRef) -> Option<&Object> {
        self.files.get(file)?.objects.get(id)
    }

    /// Notes whether a file has an object. Says whether it has it and had not before.
    fn hold(&mut self, id: &ObjectRef, file: &str, holds: bool) -> bool {
        let holders = self.holders.entry(id.clone()).or_default();
        let held = holders.iter().any(|it| it == file);
        if holds && !held {
            holders.push(file.to_owned());
        } else if held && !holds {
            holders.retain(|it| it != file);
        }
        if holders.is_empty() {
            self.holders.remove(id);
        }
        holds && !held
    }

    /// What is to be told of an object that a file has, if another has it, too.
    fn duplicate(&self, id: &ObjectRef, file: &str) -> Option<Report> {
        let holders = self.holders.get(id)?.iter();
        let mut there = holders.filter(|it| !self.away.contains(*it));
        let (in_force, second) = (there.next()?, there.next()?);
        let unheard = if in_force == file { second } else { file };
        Some(Report::Duplicate {
            object: id.clone(),
            file: unheard.to_owned(),
            in_force: in_force.clone(),
        })
    }
}

impl File {
    fn add(&mut self, file: &str, id: ObjectRef, object: Object) {
        match self.objects.entry(id) {
            Entry::Vacant(free) => drop(free.insert(object)),
            Entry::Occupied(first) => {
                let (file, in_force) = (file.to_owned(), file.to_owned());
                let object = first.key().clone();
                self.reports.push(Report::Duplicate {
                    object,
                    file,
                    in_force,
                });
            }
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
