//! Which objects are in force, given the files: pure.

use std::collections::btree_map::Entry;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::directory::manifest;

    const BROKEN: &str = "spec: [\n";

    fn pool(name: &str, addresses: &str) -> String {
        format!(
            "---\napiVersion: bellwether.dev/v1alpha1\nkind: IPAddressPool\n\
             metadata: {{name: {name}}}\nspec: {{addresses: {addresses}}}\n"
        )
    }

    fn put(shelf: &mut Shelf, file: &str, text: &str) -> (Vec<String>, Vec<String>) {
        shown(shelf.put(file, manifest::read(text)))
    }

    fn shown(outcome: Outcome) -> (Vec<String>, Vec<String>) {
        let event = |event| match event {
            Event::Upsert(id, Object::IPAddressPool(pool)) => {
                format!("{id} {}", pool.spec.addresses.join(" "))
            }
            Event::Delete(id) => format!("- {id}"),
            other => format!("{other:?}"),
        };
        let reports = outcome.reports.iter().map(ToString::to_string).collect();
        (outcome.events.into_iter().map(event).collect(), reports)
    }

    fn events(outcome: (Vec<String>, Vec<String>)) -> Vec<String> {
        assert_eq!(outcome.1, [""; 0]);
        outcome.0
    }

    #[test]
    fn a_change_of_a_file_is_events_of_the_objects_that_changed() {
        let mut shelf = Shelf::default();
        let both = pool("a", "[10.0.0.0/24]") + &pool("b", "[10.0.1.0/24]");
        assert_eq!(
            events(put(&mut shelf, "x", &both)),
            ["IPAddressPool a 10.0.0.0/24", "IPAddressPool b 10.0.1.0/24"]
        );
        let changed = pool("a", "[10.0.9.0/24]") + &pool("b", "[10.0.1.0/24]");
        assert_eq!(
            events(put(&mut shelf, "x", &changed)),
            ["IPAddressPool a 10.0.9.0/24"]
        );
        assert_eq!(events(put(&mut shelf, "x", &changed)), [""; 0]);
        assert_eq!(
            events(put(&mut shelf, "x", &pool("b", "[10.0.1.0/24]"))),
            ["- IPAddressPool a"]
        );
        assert_eq!(events(shown(shelf.remove("x"))), ["- IPAddressPool b"]);
    }

    #[test]
    fn a_broken_document_leaves_its_object_as_it_last_was() {
        let mut shelf = Shelf::default();
        put(
            &mut shelf,
            "x",
            &(pool("a", "[10.0.0.0/24]") + &pool("b", "[10.0.1.0/24]")),
        );
        let (events, reports) = put(
            &mut shelf,
            "x",
            &(pool("a", "7") + &pool("b", "[10.0.2.0/24]")),
        );
        assert_eq!(events, ["IPAddressPool b 10.0.2.0/24"]);
        assert_eq!(
            reports,
            [
                "x: document 1, line 5, IPAddressPool a, spec.addresses: invalid type: integer `7`, \
              expected a sequence (its last good version stays in force)"
            ]
        );
    }

    #[test]
    fn while_a_document_is_a_riddle_nothing_of_its_file_counts_as_deleted() {
        let mut shelf = Shelf::default();
        put(
            &mut shelf,
            "x",
            &(pool("a", "[10.0.0.0/24]") + &pool("b", "[10.0.1.0/24]")),
        );
        let (events, reports) = put(
            &mut shelf,
            "x",
            &(pool("a", "[10.0.3.0/24]") + "---\n" + BROKEN),
        );
        assert_eq!(events, ["IPAddressPool a 10.0.3.0/24"]);
        assert_eq!(reports.len(), 1);
        assert_eq!(
            put(&mut shelf, "x", &pool("a", "[10.0.3.0/24]")).0,
            ["- IPAddressPool b"],
            "the riddle is gone"
        );
    }

    #[test]
    fn what_is_wrong_is_told_once() {
        let mut shelf = Shelf::default();
        assert_eq!(put(&mut shelf, "x", BROKEN).1.len(), 1);
        assert_eq!(put(&mut shelf, "x", BROKEN).1.len(), 0);
        put(&mut shelf, "x", "");
        assert_eq!(put(&mut shelf, "x", BROKEN).1.len(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_read_keeps_its_objects() {
        let mut shelf = Shelf::default();
        put(&mut shelf, "x", &pool("a", "[10.0.0.0/24]"));
        let (events, reports) = shown(shelf.unreadable("x", "permission denied".to_owned()));
        assert_eq!(events, [""; 0]);
        assert_eq!(
            reports,
            ["x: cannot be read: permission denied (its objects stay in force)"]
        );
        assert_eq!(shown(shelf.remove("x")).0, ["- IPAddressPool a"]);
    }

    #[test]
    fn of_two_files_with_one_object_the_first_by_name_is_in_force() {
        let mut shelf = Shelf::default();
        put(&mut shelf, "m", &pool("a", "[10.0.1.0/24]"));
        let (events, reports) = put(&mut shelf, "z", &pool("a", "[10.0.2.0/24]"));
        assert_eq!(events, [""; 0]);
        assert_eq!(reports, ["IPAddressPool a is in m and in z: m is in force"]);
        let (events, reports) = put(&mut shelf, "c", &pool("a", "[10.0.3.0/24]"));
        assert_eq!(events, ["IPAddressPool a 10.0.3.0/24"]);
        assert_eq!(reports, ["IPAddressPool a is in c and in m: c is in force"]);
        assert_eq!(shown(shelf.remove("c")).0, ["IPAddressPool a 10.0.1.0/24"]);
        assert_eq!(shown(shelf.remove("z")).0, [""; 0]);
        assert_eq!(shown(shelf.remove("m")).0, ["- IPAddressPool a"]);
    }

    #[test]
    fn of_two_documents_with_one_object_the_first_is_in_force() {
        let mut shelf = Shelf::default();
        let text = pool("a", "[10.0.0.0/24]") + &pool("a", "[10.0.1.0/24]");
        let (events, reports) = put(&mut shelf, "x", &text);
        assert_eq!(events, ["IPAddressPool a 10.0.0.0/24"]);
        assert_eq!(
            reports,
            ["IPAddressPool a is twice in x: the first document is in force"]
        );
    }
}
