//! Asks the kernel at start for all that forwarding needs, so that what is missing has a name.
//!
//! Each feature is tried as a rule in a chain of its own, in a scratch table that is made and
//! deleted in the same transaction and that no packet ever sees.

use nix::errno::Errno;

use super::contents::{Family, SetName};
use super::error::{KernelError, Lack, Object, Refused};
use super::layout::{Base, Chain, FILTER, INPUT, POSTROUTING, PREROUTING, Rule};
use super::nft::batch::Batch;
use super::nft::code::table::{FLAG_DORMANT, FLAG_OWNER, FLAG_PERSIST};
use super::nft::expression::{Conntrack, Expression, Header, Refusal, Register};
use super::nft::message::Table;
use super::nft::socket::Socket;

const SCRATCH: &str = "bellwether-probe";

/// The flags that our tables have: an owner, and persistence beyond it, where the kernel knows
/// both. An owner alone is never asked for: the table would die with its socket.
pub(crate) fn table_flags(socket: &mut Socket) -> Result<u32, KernelError> {
    let flags = FLAG_OWNER | FLAG_PERSIST;
    let table = Table {
        family: Family::V4,
        name: SCRATCH,
    };
    let mut batch = Batch::new(None);
    table.add(&mut batch, flags, "");
    table.delete(&mut batch);
    match socket.commit(&mut batch) {
        Ok(()) => Ok(flags),
        Err(KernelError::Refused(refused)) if refused.errno == Errno::EOPNOTSUPP => Ok(0),
        Err(error) => Err(error),
    }
}

/// Fails with all that the kernel lacks for a family.
pub(crate) fn probe(socket: &mut Socket, family: Family) -> Result<(), KernelError> {
    let features = features(family);
    let table = Table {
        family,
        name: SCRATCH,
    };
    let mut batch = Batch::new(None);
    table.add(&mut batch, FLAG_DORMANT, "");
    for set in SetName::ALL {
        table.add_set(&mut batch, set);
    }
    for feature in &features {
        table.add_chain(&mut batch, &feature.chain());
    }
    table.delete(&mut batch);
    let refusals = socket.refusals(&mut batch)?;
    let mut lacks: Vec<Lack> = Vec::new();
    for refused in refusals {
        let Some(lack) = features.iter().find_map(|feature| feature.lack(&refused)) else {
            return Err(KernelError::Refused(refused));
        };
        // A chain that cannot be made takes its rule with it.
        if !lacks.iter().any(|other| other.feature == lack.feature) {
            lacks.push(lack);
        }
    }
    if lacks.is_empty() {
        Ok(())
    } else {
        Err(KernelError::Lacks(lacks))
    }
}

/// Something that not every kernel has.
struct Feature {
    name: &'static str,
    module: &'static str,
    base: Base,
    expressions: Vec<Expression>,
}

impl Feature {
    fn chain(&self) -> Chain {
        let rule = Rule::new("", self.expressions.clone());
        Chain {
            name: self.module.to_owned(),
            base: Some(self.base),
            rules: vec![rule],
        }
    }

    fn lack(&self, refused: &Refused) -> Option<Lack> {
        let module = match &refused.step.object {
            Object::Chain(chain) if chain == self.module && self.base.kind == "nat" => {
                "nft_chain_nat"
            }
            Object::Chain(chain) | Object::Rule(chain) if chain == self.module => self.module,
            _ => return None,
        };
        Some(Lack {
            feature: self.name,
            module,
            errno: refused.errno,
        })
    }
}

fn features(family: Family) -> Vec<Feature> {
    let filter = Base {
        kind: "filter",
        hook: INPUT,
        priority: FILTER,
    };
    let nat = |hook| Base {
        kind: "nat",
        hook,
        priority: FILTER,
    };
    let feature = |name, module, base, expressions| Feature {
        name,
        module,
        base,
        expressions,
    };
    let dnat = Expression::Dnat { family, port: None };
    let address = Expression::Payload {
        from: Header::Network,
        offset: 0,
        len: family.address_len() as u32,
        to: Register::FIRST,
    };
    vec![
        feature(
            "connection tracking",
            "nft_ct",
            filter,
            vec![Expression::Conntrack {
                key: Conntrack::State,
                to: Register::FIRST,
            }],
        ),
        feature(
            "random choice",
            "nft_numgen",
            filter,
            vec![Expression::Random {
                below: 2,
                to: Register::FIRST,
            }],
        ),
        feature(
            "destination translation",
            "nft_nat",
            nat(PREROUTING),
            vec![address, dnat],
        ),
        feature(
            "masquerading",
            "nft_masq",
            nat(POSTROUTING),
            vec![Expression::Masquerade],
        ),
        feature(
            "refusing packets",
            match family {
                Family::V4 => "nft_reject_ipv4",
                Family::V6 => "nft_reject_ipv6",
            },
            filter,
            vec![Expression::Reject(Refusal::PortUnreachable(family))],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forward::error::{Deed, Step};

    #[test]
    fn a_refused_chain_or_rule_names_its_module() {
        let lack = |object| {
            let refused = Refused {
                step: Step {
                    deed: Deed::Add,
                    object,
                    family: Family::V6,
                },
                element: None,
                errno: Errno::ENOENT,
                text: None,
                others: 0,
            };
            features(Family::V6)
                .iter()
                .find_map(|feature| feature.lack(&refused)?.module.into())
        };
        assert_eq!(
            lack(Object::Rule("nft_numgen".to_owned())),
            Some("nft_numgen")
        );
        assert_eq!(
            lack(Object::Chain("nft_nat".to_owned())),
            Some("nft_chain_nat")
        );
        assert_eq!(lack(Object::Table), None);
    }
}
