use bytes::Bytes;

use super::{EMPTY, ReceivedRoutes};
use crate::iana::AttributeCode;
use crate::net::Family;
use crate::wire::attr::{Action, AttributeFault, Scan};
use crate::wire::nlri::Nlri;
use crate::wire::{DecodeContext, HEADER_OCTETS, WireError, parse};

/// What an UPDATE of a peer says, after the revised error handling of RFC 7606.
///
/// Take what is withdrawn before what is announced: a prefix that is both is announced (RFC 4271
/// section 4.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceivedUpdate {
    /// Withdrawn routes of negotiated families, and announced ones where RFC 7606 wants
    /// treat-as-withdraw.
    pub withdrawn: ReceivedRoutes,
    /// Announced routes of negotiated families.
    pub announced: ReceivedRoutes,
    /// The family whose initial routes are complete (RFC 4724 section 2), if that is what it says.
    pub end_of_rib: Option<Family>,
    /// Each fault that RFC 7606 survives, with what was done.
    pub faults: Vec<Treatment>,
}

/// A fault in an UPDATE that does not end the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Treatment {
    /// What was done about it.
    pub action: Action,
    /// In words, with the attribute and the offending octets.
    pub what: String,
}

impl From<&AttributeFault> for Treatment {
    fn from(fault: &AttributeFault) -> Self {
        Self {
            action: fault.action,
            what: fault.to_string(),
        }
    }
}

impl ReceivedUpdate {
    /// Reads an UPDATE, whose header is known to be right.
    pub(in crate::wire) fn decode(
        message: &Bytes,
        context: &DecodeContext,
    ) -> Result<Self, WireError> {
        let body = message.get(HEADER_OCTETS..).unwrap_or_default();
        let (withdrawn, attributes, announced) =
            parse::exactly(parse::update, body).map_err(|fault| WireError::UpdateCut {
                offset: HEADER_OCTETS + fault.offset,
            })?;
        let withdrawn_at = HEADER_OCTETS + 2;
        let attributes_at = withdrawn_at + withdrawn.len() + 2;
        let announced_at = attributes_at + attributes.len();
        let withdrawn = ipv4(withdrawn, withdrawn_at)?;
        let announced = ipv4(announced, announced_at)?;
        let mut scan = Scan::new(attributes, attributes_at, context)?;
        require(&mut scan, announced, context);
        let announces_nothing = announced.is_empty() && !scan.announces();
        escalate(&scan, announces_nothing)?;

        let mut update = Self {
            end_of_rib: end_of_rib(body, withdrawn, announced, &scan, context),
            faults: scan.faults.iter().map(Treatment::from).collect(),
            ..Self::default()
        };
        let spoken = |nlri: &Nlri<'_>| context.families.contains(nlri.family());
        let withdrawn = [Some(withdrawn).filter(spoken), scan.withdrawn()];
        let announced = [Some(announced).filter(spoken), scan.announced()];
        let to_be_withdrawn = scan.action() >= Some(Action::TreatAsWithdraw);
        for nlri in withdrawn.into_iter().flatten() {
            update.withdrawn.push(message, nlri);
        }
        for nlri in announced.into_iter().flatten() {
            let routes = match to_be_withdrawn {
                true => &mut update.withdrawn,
                false => &mut update.announced,
            };
            routes.push(message, nlri);
        }
        Ok(update)
    }
}

fn ipv4(octets: &[u8], offset: usize) -> Result<Nlri<'_>, WireError> {
    Nlri::new(Family::Ipv4Unicast, octets).map_err(|error| WireError::Nlri { error, offset })
}

/// Attributes without which announced routes are not routes (RFC 4271 section 5). NEXT_HOP is for
/// the NLRI field alone: MP_REACH_NLRI has a next hop of its own.
fn require(scan: &mut Scan<'_>, announced: Nlri<'_>, context: &DecodeContext) {
    let by_field = !announced.is_empty();
    if !by_field && scan.announced().is_none_or(Nlri::is_empty) {
        return;
    }
    scan.require(&[AttributeCode::Origin, AttributeCode::AsPath]);
    if by_field {
        scan.require(&[AttributeCode::NextHop]);
    }
    if !context.ebgp {
        scan.require(&[AttributeCode::LocalPref]);
    }
}

/// An UPDATE with attributes that announces nothing may be one whose routes were not found. "... if
/// any encountered error specifies an error-handling approach other than 'attribute discard', then
/// the 'session reset' approach MUST be used" (RFC 7606 section 5.2). Withdrawals by
/// MP_UNREACH_NLRI alone are no such UPDATE.
fn escalate(scan: &Scan<'_>, announces_nothing: bool) -> Result<(), WireError> {
    if !announces_nothing || scan.is_only_unreach() {
        return Ok(());
    }
    match scan
        .faults
        .iter()
        .find(|fault| fault.action >= Action::TreatAsWithdraw)
    {
        Some(fault) => Err(WireError::NothingAnnounced(fault.clone())),
        None => Ok(()),
    }
}

fn end_of_rib(
    body: &[u8],
    withdrawn: Nlri<'_>,
    announced: Nlri<'_>,
    scan: &Scan<'_>,
    context: &DecodeContext,
) -> Option<Family> {
    let family = if HEADER_OCTETS + body.len() == EMPTY {
        Family::Ipv4Unicast
    } else if scan.is_only_unreach() && withdrawn.is_empty() && announced.is_empty() {
        scan.withdrawn().filter(|nlri| nlri.is_empty())?.family()
    } else {
        return None;
    };
    context.families.contains(family).then_some(family)
}
