//! What one table holds: the elements of its sets and maps, as the kernel keeps them.
//!
//! The planner makes it from what is desired, the kernel's reader from what is there; the
//! difference of the two is what is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use super::key::{Field, Key};

/// An address family; each has a table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4, `table ip`.
    V4,
    /// IPv6, `table ip6`.
    V6,
}

impl Family {
    /// Both families.
    pub const ALL: [Family; 2] = [Family::V4, Family::V6];

    /// The family of an address.
    pub fn of(address: IpAddr) -> Family {
        match address {
            IpAddr::V4(_) => Family::V4,
            IpAddr::V6(_) => Family::V6,
        }
    }

    /// The length of an address in bytes.
    pub(crate) fn address_len(self) -> usize {
        match self {
            Family::V4 => 4,
            Family::V6 => 16,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::V4 => "ip",
            Family::V6 => "ip6",
        })
    }
}

/// The sets and maps of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetName {
    /// Frontend to what becomes of a client's connection.
    Frontends,
    /// The same for pods and the node's own processes; only what differs from `Frontends`.
    InternalFrontends,
    /// Frontend and slot to endpoint: the candidates of `Frontends`.
    Endpoints,
    /// Frontend and slot to endpoint: the candidates of `InternalFrontends`.
    InternalEndpoints,
    /// Frontends of policy Cluster.
    ClusterWide,
    /// Endpoints on this node.
    LocalEndpoints,
    /// Each local endpoint twice: as the source and as the destination of a packet.
    Hairpin,
    /// Addresses on which nothing passes untranslated.
    Guarded,
    /// Guarded address to the node address that answers its pings.
    Echo,
    /// Sources that count as internal.
    PodNetworks,
}

/// What the elements of a set carry beside their key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// A set: nothing.
    Keys,
    /// A set of ranges.
    Ranges,
    /// A map to data of these fields.
    Data(&'static [Field]),
    /// A map to verdicts.
    Verdicts,
}

impl SetName {
    /// All of them, in the order in which they are created.
    pub const ALL: [SetName; 10] = [
        SetName::Frontends,
        SetName::InternalFrontends,
        SetName::Endpoints,
        SetName::InternalEndpoints,
        SetName::ClusterWide,
        SetName::LocalEndpoints,
        SetName::Hairpin,
        SetName::Guarded,
        SetName::Echo,
        SetName::PodNetworks,
    ];

    /// The name in the kernel.
    pub fn name(self) -> &'static str {
        match self {
            SetName::Frontends => "frontends",
            SetName::InternalFrontends => "internal-frontends",
            SetName::Endpoints => "endpoints",
            SetName::InternalEndpoints => "internal-endpoints",
            SetName::ClusterWide => "cluster-wide",
            SetName::LocalEndpoints => "local-endpoints",
            SetName::Hairpin => "hairpin",
            SetName::Guarded => "guarded",
            SetName::Echo => "echo",
            SetName::PodNetworks => "pod-networks",
        }
    }

    /// The fields of its key.
    pub(crate) fn key(self) -> &'static [Field] {
        use Field::{Address, Port, Protocol, Slot};
        match self {
            SetName::Frontends | SetName::InternalFrontends | SetName::ClusterWide => {
                &[Address, Protocol, Port]
            }
            SetName::Endpoints | SetName::InternalEndpoints => &[Address, Protocol, Port, Slot],
            SetName::Hairpin => &[Address, Address],
            SetName::LocalEndpoints | SetName::Guarded | SetName::Echo | SetName::PodNetworks => {
                &[Address]
            }
        }
    }

    /// What its elements carry.
    pub(crate) fn holds(self) -> Holds {
        match self {
            SetName::Frontends | SetName::InternalFrontends => Holds::Verdicts,
            SetName::Endpoints | SetName::InternalEndpoints => {
                Holds::Data(&[Field::Address, Field::Port])
            }
            SetName::Echo => Holds::Data(&[Field::Address]),
            SetName::ClusterWide
            | SetName::LocalEndpoints
            | SetName::Hairpin
            | SetName::Guarded => Holds::Keys,
            SetName::PodNetworks => Holds::Ranges,
        }
    }
}

impl fmt::Display for SetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.holds() {
            Holds::Keys | Holds::Ranges => "set",
            Holds::Data(_) | Holds::Verdicts => "map",
        };
        write!(f, "{kind} {}", self.name())
    }
}

/// The list of candidates among which a chain picks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Candidates {
    /// `SetName::Endpoints`.
    External,
    /// `SetName::InternalEndpoints`.
    Internal,
}

/// A chain that picks one of `count` candidates at random. All frontends with as many candidates
/// share it: a verdict map is checked as a whole at each change, and chains make it slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Picker {
    /// Where the candidates stand.
    pub(crate) from: Candidates,
    /// How many they are, at least 1.
    pub(crate) count: u32,
}

impl Picker {
    /// Reads a chain's name, as `Display` writes it.
    pub(crate) fn from_chain(name: &str) -> Option<Picker> {
        let (from, count) = match name.strip_prefix("pick-internal-") {
            Some(count) => (Candidates::Internal, count),
            None => (Candidates::External, name.strip_prefix("pick-")?),
        };
        let picker = Picker {
            from,
            count: count.parse().ok()?,
        };
        (picker.count > 0 && picker.to_string() == name).then_some(picker)
    }
}

impl fmt::Display for Picker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from {
            Candidates::External => write!(f, "pick-{}", self.count),
            Candidates::Internal => write!(f, "pick-internal-{}", self.count),
        }
    }
}

/// What becomes of a frontend's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Verdict {
    /// Dropped without an answer.
    Drop,
    /// Passed on to the chain that picks an endpoint.
    Pick(Picker),
}

/// What an element carries beside its key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    /// Nothing.
    Present,
    /// The first key behind the range; none if the range reaches the last address.
    Until(Option<Key>),
    /// Data.
    Data(Key),
    /// A verdict.
    Verdict(Verdict),
}

/// The elements of one set.
pub(crate) type Elements = BTreeMap<Key, Value>;

/// The elements of all sets of one table, and the chains that pick.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// Elements by set; a set without elements may be missing.
    pub(crate) sets: BTreeMap<SetName, Elements>,
    /// The chains that pick. Those that no verdict names any more stay: a few empty chains cost
    /// nothing, and kernels before 6.2 refuse to remove them together with their last user.
    pub(crate) pickers: BTreeSet<Picker>,
}

impl Contents {
    /// Puts an element in.
    pub(crate) fn insert(&mut self, set: SetName, key: Key, value: Value) {
        if let Value::Verdict(Verdict::Pick(picker)) = value {
            self.pickers.insert(picker);
        }
        self.sets.entry(set).or_default().insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pickers_chain_name_reads_back() {
        for from in [Candidates::External, Candidates::Internal] {
            let picker = Picker { from, count: 12 };
            assert_eq!(Picker::from_chain(&picker.to_string()), Some(picker));
        }
    }

    #[test]
    fn other_chain_names_are_no_pickers() {
        for name in [
            "pick-",
            "pick-0",
            "pick-03",
            "pick-internal-x",
            "refuse",
            "pick--1",
        ] {
            assert_eq!(Picker::from_chain(name), None, "{name}");
        }
    }
}
