//! Planning step by step ends where planning at once does.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// All deltas put together: what is in force.
fn add(total: &mut Delta, delta: Delta) {
    let Delta {
        frontends,
        vips,
        routes,
        peers,
        node,
    } = delta;
    merge(&mut total.frontends, frontends);
    merge(&mut total.vips, vips);
    merge(&mut total.routes, routes);
    merge(&mut total.peers, peers);
    total.node = node.or(total.node.take());
}

fn merge<K: Ord, V>(total: &mut BTreeMap<K, Option<V>>, delta: BTreeMap<K, Option<V>>) {
    total.extend(delta);
    total.retain(|_, value| value.is_some());
}

/// An object of a small universe, so that they get into each other's way.
fn object() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    let address = prop::sample::select(vec![
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.1, 192.0.2.2",
        "bad",
        "",
    ]);
    let policy = prop::sample::select(vec!["Local", "Cluster"]);
    let port = prop::sample::select(vec!["80", "81"]);
    let service =
        (name.clone(), address, policy, port).prop_map(|(name, address, policy, port)| {
            service(name, address, port).replace(
                "ports:",
                &format!("externalTrafficPolicy: {policy}, ports:"),
            )
        });
    let node = prop::sample::select(vec!["n1", "n2"]);
    let conditions = prop::sample::select(vec!["ready: true", "ready: false", "terminating: true"]);
    let slice = (name.clone(), name, node, conditions).prop_map(|(slice, of, node, conditions)| {
        format!(
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
             metadata: {{name: {slice}, labels: {{kubernetes.io/service-name: {of}}}}}\n\
             addressType: IPv4\nports: [{{name: http, port: 8080}}]\nendpoints: \
             [{{addresses: [10.1.0.1], nodeName: {node}, conditions: {{{conditions}}}}}]\n"
        )
    });
    let pool = prop::sample::select(vec!["192.0.2.0/31", "192.0.2.2-192.0.2.3", "192.0.2.0/24"]);
    let pool = (prop::sample::select(vec!["p", "q"]), pool)
        .prop_map(|(name, range)| custom("IPAddressPool", name, &format!("addresses: [{range}]")));
    let advertisement =
        prop::sample::select(vec!["localPref: 1", "localPref: 2", "ipAddressPools: [q]"]);
    let advertisement = (prop::sample::select(vec!["x", "y"]), advertisement)
        .prop_map(|(name, spec)| custom("BGPAdvertisement", name, spec));
    let node = prop::sample::select(vec![
        NODE.to_owned(),
        NODE.to_owned() + "spec: {podCIDR: 192.0.2.2/32}",
        NODE.to_owned() + "status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}",
    ]);
    prop_oneof![4 => service, 4 => slice, 1 => pool, 1 => advertisement, 1 => node]
}

proptest! {
    #[test]
    fn every_history_ends_with_the_plan_of_its_last_objects(
        history in prop::collection::vec((object(), prop::bool::weighted(0.25)), 1..40),
    ) {
        let mut planner = Planner::new("n1".to_owned());
        planner.handle(Event::Synced);
        let mut stepwise = Delta::default();
        let mut objects = BTreeMap::new();
        for (text, delete) in history {
            let [Event::Upsert(id, object)] = &events(&text)[..] else { panic!("{text}") };
            let event = if delete {
                objects.remove(id);
                Event::Delete(id.clone())
            } else {
                objects.insert(id.clone(), object.clone());
                Event::Upsert(id.clone(), object.clone())
            };
            add(&mut stepwise, planner.handle(event).delta);
        }

        let mut planner = Planner::new("n1".to_owned());
        for (id, object) in objects {
            planner.handle(Event::Upsert(id, object));
        }
        let mut at_once = Delta::default();
        add(&mut at_once, planner.handle(Event::Synced).delta);
        // A Node that is gone leaves what it last said of the machine.
        at_once.node = stepwise.node.clone();
        prop_assert_eq!(stepwise, at_once);
    }
}
