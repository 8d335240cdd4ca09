//! Files as people write them.

use super::*;

const POOL: &str = "\
apiVersion: bellwether.dev/v1alpha1
kind: IPAddressPool
metadata: {name: public}
spec: {addresses: [192.0.2.0/24]}
";

fn shown(text: &str) -> Vec<String> {
    let show = |found| match found {
        Found::Object(id, _) => id.to_string(),
        Found::Broken(fault) => fault.to_string(),
        Found::Foreign { api_version, kind } => format!("foreign {api_version} {kind}"),
    };
    read(text).into_iter().map(show).collect()
}

#[test]
fn documents_are_read_each_by_itself() {
    let text = format!("# nothing\n---\n{POOL}---\nspec: [\n--- # comment\n{POOL}");
    assert_eq!(
        shown(&text),
        [
            "IPAddressPool public",
            "document 2, line 8: unclosed bracket '['",
            "IPAddressPool public"
        ]
    );
}

#[test]
fn an_empty_file_has_no_document() {
    assert_eq!(shown(""), [""; 0]);
    assert_eq!(shown("---\n# only a comment\n---\n...\n"), [""; 0]);
}

#[test]
fn json_is_read() {
    let text = r#"{"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": "n1", "labels": {"a": "b"}}}"#;
    assert_eq!(shown(text), ["Node n1"]);
}

#[test]
fn json_may_be_indented_with_tabs() {
    let text = "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Node\",\n\t\"metadata\": {\"name\": \"n1\"}\n}\n";
    assert_eq!(shown(text), ["Node n1"]);
}

#[test]
fn a_list_is_its_items() {
    let text = "\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Node, metadata: {name: n1}}
- apiVersion: v1
  kind: Service
  metadata: {name: web}
  spec:
    ports:
    - port: eighty
- {apiVersion: v1, kind: Pod, metadata: {name: p}}
";
    assert_eq!(
        shown(text),
        [
            "Node n1",
            "document 1, line 10, Service default/web, items[1].spec.ports[0].port: \
                 invalid type: string \"eighty\", expected i32",
            "foreign v1 Pod",
        ]
    );
}

#[test]
fn unknown_fields_are_errors_in_our_kinds_and_tolerated_in_those_of_kubernetes() {
    let unknown = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {novelty: 1}\n";
    assert_eq!(shown(unknown), ["Service default/web"]);
    let unknown = POOL.replace("spec: {", "spec: {autoAssign: true, ");
    assert_eq!(
        shown(&unknown),
        [
            "document 1, line 4, IPAddressPool public, spec.autoAssign: \
              unknown field `autoAssign`, expected `addresses`"
        ]
    );
    let stray = format!("{POOL}autoAssign: true\n");
    assert_eq!(
        shown(&stray),
        ["document 1, line 5, IPAddressPool public, autoAssign: \
              unknown field; is it meant to be in `spec`?"]
    );
}

#[test]
fn a_kind_of_our_group_that_does_not_exist_is_an_error() {
    let [fault] = &shown(&POOL.replace("IPAddressPool", "IpAddressPool"))[..] else {
        panic!()
    };
    assert!(
        fault.contains("document 1, line 2, kind: bellwether.dev/v1alpha1 IpAddressPool"),
        "{fault}"
    );
    assert!(
        fault.contains("IPAddressPool, BGPPeer, BGPAdvertisement"),
        "{fault}"
    );
}

#[test]
fn what_every_manifest_needs_is_asked_for() {
    for (text, fault) in [
        (
            "kind: Node",
            "document 1, line 1, apiVersion: missing, or not a string",
        ),
        (
            "apiVersion: v1",
            "document 1, line 1, kind: missing, or not a string",
        ),
        (
            "apiVersion: v1\nkind: Node\nmetadata:\n  labels: {}\n",
            "document 1, line 4, metadata.name: missing, or not a string",
        ),
        (
            "- a",
            "document 1, line 1: expected a manifest, found a sequence",
        ),
        (
            "apiVersion: v1\nkind: List\nitems: 1",
            "document 1, line 3, items: expected a sequence, found a number",
        ),
    ] {
        assert_eq!(shown(text), [fault], "{text}");
    }
}

#[test]
fn an_advertisement_needs_no_spec() {
    let text =
        "apiVersion: bellwether.dev/v1alpha1\nkind: BGPAdvertisement\nmetadata: {name: all}\n";
    assert_eq!(shown(text), ["BGPAdvertisement all"]);
}

#[test]
fn a_namespace_means_nothing_to_a_cluster_scoped_kind() {
    let text = POOL.replace("name: public", "name: public, namespace: metallb-system");
    assert_eq!(shown(&text), ["IPAddressPool public"]);
}

#[test]
fn only_true_and_false_are_booleans() {
    assert_eq!(
        shown("apiVersion: v1\nkind: Node\nmetadata: {name: y, labels: {a: no}}"),
        ["Node y"]
    );
}
