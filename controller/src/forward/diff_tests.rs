//! Applying a difference gives what is wanted, whatever was there before.

use proptest::prelude::*;

use super::*;
use crate::forward::contents::Family;
use crate::forward::model::{Desired, Endpoint, Forwarding, Frontend, Protocol, TrafficPolicy};
use crate::forward::plan::plan;

prop_compose! {
    fn endpoints()(hosts in prop::collection::btree_set((0u8..6, 8080u16..8082), 0..5)) -> Vec<Endpoint> {
        let endpoint = |(host, port)| Endpoint {
            address: [10, 244, host % 2, host].into(),
            port,
            local: host % 2 == 0,
        };
        hosts.into_iter().map(endpoint).collect()
    }
}

prop_compose! {
    fn forwarding()(
        external in endpoints(),
        internal in endpoints(),
        cluster in any::<bool>(),
    ) -> Forwarding {
        let policy = if cluster { TrafficPolicy::Cluster } else { TrafficPolicy::Local };
        Forwarding { service: "default/web".to_owned(), external, internal, policy }
    }
}

prop_compose! {
    fn desired()(
        served in prop::collection::btree_map((0u8..3, 80u16..83), forwarding(), 0..5),
        vips in prop::collection::btree_set(0u8..4, 0..3),
        pods in prop::collection::vec((0u8..4, 14u8..25), 0..3),
    ) -> Desired {
        let vip = |host| [203, 0, 113, host].into();
        let frontend = |(host, port)| Frontend { address: vip(host), protocol: Protocol::Tcp, port };
        Desired {
            frontends: served.into_iter().map(|(key, value)| (frontend(key), value)).collect(),
            vips: vips.into_iter().map(vip).collect(),
            node_addresses: vec![[10, 0, 0, 1].into()],
            pod_networks: pods
                .into_iter()
                .map(|(net, len)| ipnet::IpNet::new([10, 244, net, 0].into(), len).unwrap())
                .collect(),
        }
    }
}

proptest! {
    #[test]
    fn the_changes_lead_from_the_old_to_the_new(old in desired(), new in desired()) {
        let (old, new) = (plan(&old, Family::V4), plan(&new, Family::V4));
        let mut contents = old.clone();
        diff(&old, &new).apply_to(&mut contents);
        for set in SetName::ALL {
            let none = Elements::new();
            let elements = |contents: &Contents| contents.sets.get(&set).unwrap_or(&none).clone();
            prop_assert_eq!(elements(&contents), elements(&new));
        }
        prop_assert!(contents.pickers.is_superset(&new.pickers));
    }

    #[test]
    fn applied_twice_the_second_time_changes_nothing(old in desired(), new in desired()) {
        let (mut contents, new) = (plan(&old, Family::V4), plan(&new, Family::V4));
        diff(&contents, &new).apply_to(&mut contents);
        prop_assert_eq!(diff(&contents, &new), Delta::default());
    }

    #[test]
    fn each_picker_is_made_before_it_is_named(old in desired(), new in desired()) {
        let (old, new) = (plan(&old, Family::V4), plan(&new, Family::V4));
        let delta = diff(&old, &new);
        let added = delta.sets.values().flat_map(|set| &set.add);
        for (_, value) in added {
            if let Value::Verdict(crate::forward::contents::Verdict::Pick(picker)) = value {
                prop_assert!(old.pickers.contains(picker) || delta.pickers.contains(picker));
            }
        }
    }
}

#[test]
fn an_element_with_another_value_is_deleted_and_added() {
    let set = SetName::Echo;
    let key = Key::address([203, 0, 113, 80].into());
    let value = |last| Value::Data(Key::address([10, 0, 0, last].into()));
    let contents = |last| {
        let mut contents = Contents::default();
        contents.insert(set, key.clone(), value(last));
        contents
    };
    let delta = diff(&contents(1), &contents(2));
    let expected = SetDelta {
        delete: vec![(key.clone(), value(1))],
        add: vec![(key.clone(), value(2))],
    };
    assert_eq!(delta.sets.get(&set), Some(&expected));
}
