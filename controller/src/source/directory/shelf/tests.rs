//! Which objects are in force, and what is told, as files come, change and go.

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
    put_at(shelf, 0, file, text)
}

/// `put`, at this second.
fn put_at(shelf: &mut Shelf, second: i64, file: &str, text: &str) -> (Vec<String>, Vec<String>) {
    shown(shelf.put(at(second), file, manifest::read(text)))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
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
fn of_two_files_with_one_object_the_one_that_was_there_first_is_in_force() {
    let mut shelf = Shelf::default();
    put(&mut shelf, "m", &pool("a", "[10.0.1.0/24]"));
    for (file, range) in [("z", "[10.0.2.0/24]"), ("c", "[10.0.3.0/24]")] {
        let (events, reports) = put(&mut shelf, file, &pool("a", range));
        assert_eq!(events, [""; 0]);
        let told = format!("IPAddressPool a is in m and in {file}: m is in force");
        assert_eq!(reports, [told]);
    }
    assert_eq!(shown(shelf.remove("m")).0, ["IPAddressPool a 10.0.2.0/24"]);
    assert_eq!(shown(shelf.remove("c")).0, [""; 0]);
    assert_eq!(shown(shelf.remove("z")).0, ["- IPAddressPool a"]);
}

#[test]
fn a_file_that_is_renamed_is_not_there_twice() {
    let mut shelf = Shelf::default();
    put(&mut shelf, "x", &pool("a", "[10.0.0.0/24]"));
    shelf.away("x");
    assert_eq!(
        events(put(&mut shelf, "y", &pool("a", "[10.0.0.0/24]"))),
        [""; 0]
    );
    assert_eq!(events(shown(shelf.remove("x"))), [""; 0]);
    assert_eq!(shown(shelf.remove("y")).0, ["- IPAddressPool a"]);
}

#[test]
fn a_file_that_was_copied_and_comes_back_is_there_twice() {
    let mut shelf = Shelf::default();
    put(&mut shelf, "x", &pool("a", "[10.0.0.0/24]"));
    shelf.away("x");
    put(&mut shelf, "y", &pool("a", "[10.0.0.0/24]"));
    let (events, reports) = put(&mut shelf, "x", &pool("a", "[10.0.0.0/24]"));
    assert_eq!(events, [""; 0]);
    assert_eq!(reports, ["IPAddressPool a is in x and in y: x is in force"]);
}

fn created(shelf: &Shelf, file: &str, name: &str) -> Option<Timestamp> {
    let id = ObjectRef::cluster(crate::object::Kind::IPAddressPool, name);
    let mut object = shelf.object(file, &id).unwrap().clone();
    object
        .metadata_mut()
        .creation_timestamp
        .clone()
        .map(|it| it.0)
}

#[test]
fn an_object_without_a_time_of_making_has_the_time_when_it_was_first_there() {
    let mut shelf = Shelf::default();
    put_at(&mut shelf, 1, "x", &pool("b", "[10.0.0.0/24]"));
    put_at(&mut shelf, 5, "x", &pool("b", "[10.0.9.0/24]"));
    put_at(&mut shelf, 7, "y", &pool("a", "[10.0.1.0/24]"));
    assert_eq!(created(&shelf, "x", "b"), Some(at(1)));
    assert_eq!(created(&shelf, "y", "a"), Some(at(7)));
    shelf.remove("x");
    put_at(&mut shelf, 8, "x", &pool("b", "[10.0.0.0/24]"));
    assert_eq!(created(&shelf, "x", "b"), Some(at(8)), "it is another one");
}

#[test]
fn a_time_of_making_that_is_stated_counts() {
    let mut shelf = Shelf::default();
    let stated = pool(
        "a, creationTimestamp: '2026-01-01T00:00:00Z'",
        "[10.0.0.0/24]",
    );
    put(&mut shelf, "x", &stated);
    assert_eq!(
        created(&shelf, "x", "a"),
        "2026-01-01T00:00:00Z".parse().ok()
    );
}

#[test]
fn a_clock_that_is_set_back_makes_no_new_object_older() {
    let mut shelf = Shelf::default();
    put_at(&mut shelf, 100, "x", &pool("b", "[10.0.0.0/24]"));
    put_at(&mut shelf, 1, "y", &pool("a", "[10.0.1.0/24]"));
    assert_eq!(created(&shelf, "y", "a"), Some(at(100)));
}

#[test]
fn that_a_file_is_mended_is_told_once() {
    let mut shelf = Shelf::default();
    put(&mut shelf, "x", BROKEN);
    let good = pool("a", "[10.0.0.0/24]");
    assert_eq!(
        put(&mut shelf, "x", &good).1,
        ["x: all of it is in force again"]
    );
    assert_eq!(put(&mut shelf, "x", &good).1, [""; 0]);
    shelf.unreadable("x", "permission denied".to_owned());
    assert_eq!(
        put(&mut shelf, "x", &good).1,
        ["x: all of it is in force again"]
    );
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
