//! The forwarding in a real kernel: each test builds a small network of namespaces of its own.
//! Needs root, iproute2 and nft.
#![allow(missing_docs)]

mod lab;
mod namespace;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use bellwether_controller::forward::KernelError;

use lab::{Addresses, Lab, V4, V6};

/// Far more than a refusal needs, far less than a retry.
const AT_ONCE: Duration = Duration::from_millis(500);

fn both(test: impl Fn(&Lab, &Addresses)) {
    for addresses in [V4, V6] {
        test(&Lab::new(), &addresses);
    }
}

#[test]
fn tcp_and_udp_reach_all_endpoints() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.cluster(&["pod-a", "pod-b", "pod-c"]));
        let tcp: BTreeSet<_> =
            (0..50).map(|_| lab.client.tcp(a.vip, 80).unwrap().answer.pod).collect();
        let udp: BTreeSet<_> = (0..50).map(|_| lab.client.udp(a.vip, 80).unwrap().pod).collect();
        let all = ["pod-a", "pod-b", "pod-c"].map(String::from).into();
        assert_eq!(tcp, all);
        assert_eq!(udp, all);
        println!("{}", lab.node.nft(&["list", "ruleset"]));
    });
}
