//! A client, a router, the node under test with two pods, and another node with one.
//!
//! ```text
//! client ---- router ---- node ---- pod-a, pod-b
//!                   \---- other (is also its pod, pod-c)
//! ```

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use bellwether_controller::forward::Kernel;
use bellwether_controller::forward::model::{
    Desired, Endpoint, Forwarding, Frontend, Protocol, TrafficPolicy,
};

use crate::namespace::Namespace;

/// Long enough for a busy machine; nothing waits so long unless the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
pub(crate) const TARGET_PORT: u16 = 8080;

/// The addresses of one family.
pub(crate) struct Addresses {
    pub(crate) vip: IpAddr,
    pub(crate) client: IpAddr,
    pub(crate) node: IpAddr,
    pub(crate) pod_a: IpAddr,
    pub(crate) pod_b: IpAddr,
    pub(crate) pod_c: IpAddr,
    pub(crate) pods: &'static str,
}

pub(crate) const V4: Addresses = Addresses {
    vip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 80)),
    client: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10)),
    node: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
    pod_a: IpAddr::V4(Ipv4Addr::new(10, 244, 1, 2)),
    pod_b: IpAddr::V4(Ipv4Addr::new(10, 244, 1, 3)),
    pod_c: IpAddr::V4(Ipv4Addr::new(10, 244, 2, 2)),
    pods: "10.244.0.0/16",
};

pub(crate) const V6: Addresses = Addresses {
    vip: IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0xf, 0, 0, 0, 0, 0x80)),
    client: IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0xc, 0, 0, 0, 0, 0x10)),
    node: IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0xa, 0, 0, 0, 0, 1)),
    pod_a: IpAddr::V6(Ipv6Addr::new(0xfd00, 0x10, 1, 0, 0, 0, 0, 2)),
    pod_b: IpAddr::V6(Ipv6Addr::new(0xfd00, 0x10, 1, 0, 0, 0, 0, 3)),
    pod_c: IpAddr::V6(Ipv6Addr::new(0xfd00, 0x10, 2, 0, 0, 0, 0, 2)),
    pods: "fd00:10::/32",
};

pub(crate) struct Lab {
    pub(crate) client: Namespace,
    pub(crate) router: Namespace,
    pub(crate) node: Namespace,
    pub(crate) pod_a: Namespace,
    pub(crate) pod_b: Namespace,
    pub(crate) other: Namespace,
}

impl Lab {
    /// Builds the network, and starts a server in each pod.
    pub(crate) fn new() -> Lab {
        let create = Namespace::new;
        let lab = Lab {
            client: create(),
            router: create(),
            node: create(),
            pod_a: create(),
            pod_b: create(),
            other: create(),
        };
        for namespace in [
            &lab.client,
            &lab.router,
            &lab.node,
            &lab.pod_a,
            &lab.pod_b,
            &lab.other,
        ] {
            namespace.sysctl("net.ipv4.ip_forward", "1");
            namespace.sysctl("net.ipv6.conf.all.forwarding", "1");
            namespace.sysctl("net.ipv6.conf.default.accept_dad", "0");
            namespace.sysctl("net.ipv4.ping_group_range", "0 0");
        }
        lab.cable();
        for family in [V4, V6] {
            lab.pod_a.run(|| serve("pod-a", family.pod_a));
            lab.pod_b.run(|| serve("pod-b", family.pod_b));
            lab.other.run(|| serve("pod-c", family.pod_c));
        }
        lab
    }

    fn cable(&self) {
        self.client.connect("eth0", &self.router, "client");
        self.router.connect("node", &self.node, "eth0");
        self.router.connect("other", &self.other, "eth0");
        self.node.connect("pod-a", &self.pod_a, "eth0");
        self.node.connect("pod-b", &self.pod_b, "eth0");
        self.client.ip(CLIENT);
        self.router.ip(ROUTER);
        self.node.ip(NODE);
        self.other.ip(OTHER);
        self.pod_a.ip(&pod(2));
        self.pod_b.ip(&pod(3));
    }

    /// Opens the kernel's tables on the node.
    pub(crate) fn kernel(&self) -> Kernel {
        self.node.run(Kernel::open).unwrap()
    }

    /// Opens them, and forwards what is desired.
    pub(crate) fn forward(&self, desired: &Desired) -> Kernel {
        let mut kernel = self.kernel();
        kernel.apply(desired).unwrap();
        kernel
    }

    /// Closes the tables, and waits until nobody owns them: a child process that another test
    /// starts at this moment keeps the socket until it executes its program.
    pub(crate) fn close(&self, kernel: Kernel) {
        drop(kernel);
        let deadline = Instant::now() + PATIENCE;
        while self.ruleset().contains("flags owner") {
            assert!(
                Instant::now() < deadline,
                "the tables have an owner: {}",
                self.ruleset()
            );
        }
    }

    /// Starts a server in the node's own network.
    pub(crate) fn serve_on_node(&self, addresses: &Addresses) {
        self.node.run(|| serve("node", addresses.node));
    }

    /// The node's rule set without counters, handles and the owner's name.
    pub(crate) fn ruleset(&self) -> String {
        let listing = self.node.nft(&["-s", "list", "ruleset"]);
        let line = |line: &str| format!("{}\n", line.split(" # ").next().unwrap_or_default());
        listing.lines().map(line).collect()
    }
}

const CLIENT: &str = "
    addr add 192.0.2.10/24 dev eth0
    addr add 2001:db8:c::10/64 dev eth0 nodad
    route add default via 192.0.2.1
    route add default via 2001:db8:c::1";

const ROUTER: &str = "
    addr add 192.0.2.1/24 dev client
    addr add 2001:db8:c::1/64 dev client nodad
    addr add 10.0.0.254/24 dev node
    addr add 2001:db8:a::fe/64 dev node nodad
    addr add 10.0.1.254/24 dev other
    addr add 2001:db8:b::fe/64 dev other nodad
    route add 203.0.113.0/24 via 10.0.0.1
    route add 2001:db8:f::/64 via 2001:db8:a::1
    route add 10.244.1.0/24 via 10.0.0.1
    route add fd00:10:1::/64 via 2001:db8:a::1
    route add 10.244.2.0/24 via 10.0.1.2
    route add fd00:10:2::/64 via 2001:db8:b::2";

const NODE: &str = "
    addr add 10.0.0.1/24 dev eth0
    addr add 2001:db8:a::1/64 dev eth0 nodad
    route add default via 10.0.0.254
    route add default via 2001:db8:a::fe
    addr add 169.254.1.1/32 dev pod-a scope link
    addr add 169.254.1.1/32 dev pod-b scope link
    addr add fe80::1/64 dev pod-a nodad
    addr add fe80::1/64 dev pod-b nodad
    route add 10.244.1.2/32 dev pod-a
    route add 10.244.1.3/32 dev pod-b
    route add fd00:10:1::2/128 dev pod-a
    route add fd00:10:1::3/128 dev pod-b";

const OTHER: &str = "
    addr add 10.0.1.2/24 dev eth0
    addr add 2001:db8:b::2/64 dev eth0 nodad
    addr add 10.244.2.2/32 dev lo
    addr add fd00:10:2::2/128 dev lo nodad
    route add default via 10.0.1.254
    route add default via 2001:db8:b::fe";

fn pod(host: u8) -> String {
    format!(
        "addr add 10.244.1.{host}/32 dev eth0
         addr add fd00:10:1::{host}/128 dev eth0 nodad
         route add 169.254.1.1 dev eth0
         route add default via 169.254.1.1
         route add default via fe80::1 dev eth0"
    )
}

/// Greets each connection with the pod's name and the client's address, then returns each line.
/// Answers each UDP datagram with the same greeting.
fn serve(name: &'static str, address: IpAddr) {
    let tcp = TcpListener::bind((address, TARGET_PORT)).unwrap();
    let udp = UdpSocket::bind((address, TARGET_PORT)).unwrap();
    thread::spawn(move || {
        for stream in tcp.incoming() {
            thread::spawn(move || greet(stream?, name));
        }
    });
    thread::spawn(move || -> io::Result<()> {
        loop {
            let (_, peer) = udp.recv_from(&mut [0; 64])?;
            udp.send_to(greeting(name, peer).as_bytes(), peer)?;
        }
    });
}

fn greet(stream: TcpStream, name: &str) -> io::Result<()> {
    let peer = stream.peer_addr()?;
    (&stream).write_all(greeting(name, peer).as_bytes())?;
    io::copy(&mut &stream, &mut &stream)?;
    Ok(())
}

fn greeting(name: &str, peer: SocketAddr) -> String {
    format!("{name} {}\n", peer.ip())
}

impl Addresses {
    /// The pods by name; only `pod-c` is on the other node.
    pub(crate) fn endpoints(&self, names: &[&str]) -> Vec<Endpoint> {
        let endpoint = |name: &&str| {
            let (address, local) = match *name {
                "pod-a" => (self.pod_a, true),
                "pod-b" => (self.pod_b, true),
                "pod-c" => (self.pod_c, false),
                name => panic!("no pod {name}"),
            };
            Endpoint {
                address,
                port: TARGET_PORT,
                local,
            }
        };
        names.iter().map(endpoint).collect()
    }

    pub(crate) fn frontend(&self, protocol: Protocol, port: u16) -> Frontend {
        Frontend {
            address: self.vip,
            protocol,
            port,
        }
    }

    /// Nothing served, but the address guarded and pingable.
    pub(crate) fn guarded(&self) -> Desired {
        Desired {
            vips: [self.vip].into(),
            node_addresses: vec![self.node],
            pod_networks: vec![self.pods.parse().unwrap()],
            ..Desired::default()
        }
    }

    /// Port 80 of the VIP, under policy Cluster: every pod is reached from everywhere.
    pub(crate) fn cluster(&self, pods: &[&str]) -> Desired {
        self.serve(TrafficPolicy::Cluster, pods, pods)
    }

    /// Port 80 of the VIP, under policy Local.
    pub(crate) fn local(&self, external: &[&str], internal: &[&str]) -> Desired {
        self.serve(TrafficPolicy::Local, external, internal)
    }

    fn serve(&self, policy: TrafficPolicy, external: &[&str], internal: &[&str]) -> Desired {
        let mut desired = self.guarded();
        for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
            let forwarding = Forwarding {
                service: "default/web".to_owned(),
                external: self.endpoints(external),
                internal: self.endpoints(internal),
                policy,
            };
            desired
                .frontends
                .insert(self.frontend(protocol, 80), forwarding);
        }
        desired
    }
}
