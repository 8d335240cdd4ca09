use bytes::Bytes;

use super::{Action, Attribute, AttributeFault, Class, Defect, MpReach, MpUnreach, Rule};
use crate::iana::AttributeCode;
use crate::wire::nlri::Nlri;
use crate::wire::{DecodeContext, WireError, parse};

/// The attributes of an UPDATE, each judged.
#[derive(Debug, Default)]
pub(in crate::wire) struct Scan<'a> {
    /// What MP_REACH_NLRI says.
    pub(in crate::wire) reach: Option<MpReach<'a>>,
    /// What MP_UNREACH_NLRI says.
    pub(in crate::wire) unreach: Option<MpUnreach<'a>>,
    /// Faults that do not end the session by themselves.
    pub(in crate::wire) faults: Vec<AttributeFault>,
    seen: Codes,
    /// In octets from the start of the message.
    end: usize,
}

impl<'a> Scan<'a> {
    /// Reads `attributes`, which begin `start` octets into their message.
    ///
    /// # Errors
    /// The first fault whose action is [`Action::SessionReset`].
    pub(in crate::wire) fn new(
        attributes: &'a [u8],
        start: usize,
        context: &DecodeContext,
    ) -> Result<Self, WireError> {
        let mut scan = Self {
            end: start + attributes.len(),
            ..Self::default()
        };
        let mut done = 0;
        for read in parse::each(parse::attribute, attributes) {
            let Ok((offset, attribute)) = read else {
                let rest = attributes.get(done..).unwrap_or_default();
                scan.cut(rest, start + done)?;
                break;
            };
            done = offset + attribute.octets.len();
            scan.take(&attribute, start + offset, context)?;
        }
        Ok(scan)
    }

    /// The prefixes of MP_REACH_NLRI.
    pub(in crate::wire) fn announced(&self) -> Option<Nlri<'a>> {
        match self.reach {
            Some(MpReach::Announced { nlri, .. }) => Some(nlri),
            Some(MpReach::Ignored) | None => None,
        }
    }

    /// The prefixes of MP_UNREACH_NLRI.
    pub(in crate::wire) fn withdrawn(&self) -> Option<Nlri<'a>> {
        match self.unreach {
            Some(MpUnreach::Withdrawn(nlri)) => Some(nlri),
            Some(MpUnreach::Ignored) | None => None,
        }
    }

    /// Whether MP_REACH_NLRI announces something, be it of a family that was not negotiated.
    pub(in crate::wire) fn announces(&self) -> bool {
        match self.reach {
            Some(MpReach::Announced { nlri, .. }) => !nlri.is_empty(),
            Some(MpReach::Ignored) => true,
            None => false,
        }
    }

    /// The strongest action among the faults.
    pub(in crate::wire) fn action(&self) -> Option<Action> {
        self.faults.iter().map(|fault| fault.action).max()
    }

    /// Whether these attributes are an MP_UNREACH_NLRI and nothing else.
    pub(in crate::wire) fn is_only_unreach(&self) -> bool {
        self.unreach.is_some() && self.seen == Codes::default().with(AttributeCode::MpUnreachNlri)
    }

    /// "If any of the well-known mandatory attributes are not present in an UPDATE message, then
    /// 'treat-as-withdraw' MUST be used" (RFC 7606 section 3 d). An UPDATE that is withdrawn
    /// already needs no second reason.
    pub(in crate::wire) fn require(&mut self, codes: &[AttributeCode]) {
        if self.action() >= Some(Action::TreatAsWithdraw) {
            return;
        }
        let missing = codes.iter().filter(|code| !self.seen.contains(**code));
        self.faults.extend(missing.map(|code| AttributeFault {
            code: *code,
            offset: self.end,
            octets: Bytes::new(),
            defect: Defect::Missing,
            action: Action::TreatAsWithdraw,
        }));
    }

    /// "... 'treat-as-withdraw' MUST be used (unless some other, more severe error is encountered
    /// ...), and the Total Attribute Length MUST be relied upon to enable the beginning of the NLRI
    /// field to be located" (RFC 7606 section 4). Prefixes in a multiprotocol attribute that is cut
    /// cannot be withdrawn: that is more severe (section 3 j).
    fn cut(&mut self, octets: &[u8], offset: usize) -> Result<(), WireError> {
        let code = AttributeCode::from_value(octets.get(1).copied().unwrap_or_default());
        let action = match code {
            AttributeCode::MpReachNlri | AttributeCode::MpUnreachNlri => Action::SessionReset,
            _ => Action::TreatAsWithdraw,
        };
        self.seen = self.seen.with(code);
        self.fault(code, octets, offset, (Defect::Overrun, action))
    }

    fn take(
        &mut self,
        attribute: &parse::Attribute<'a>,
        offset: usize,
        context: &DecodeContext,
    ) -> Result<(), WireError> {
        let octets = attribute.octets;
        let code = AttributeCode::from_value(attribute.code);
        if self.seen.contains(code) {
            return self.fault(code, octets, offset, (Defect::Repeated, repeated(code)));
        }
        self.seen = self.seen.with(code);
        let (read, fault) = judge(attribute, context);
        match read {
            Some(Attribute::MpReach(reach)) => self.reach = Some(reach),
            Some(Attribute::MpUnreach(unreach)) => self.unreach = Some(unreach),
            _ => {}
        }
        fault.map_or(Ok(()), |fault| self.fault(code, octets, offset, fault))
    }

    fn fault(
        &mut self,
        code: AttributeCode,
        octets: &[u8],
        offset: usize,
        (defect, action): (Defect, Action),
    ) -> Result<(), WireError> {
        let octets = Bytes::copy_from_slice(octets);
        let fault = AttributeFault {
            code,
            offset,
            octets,
            defect,
            action,
        };
        if action == Action::SessionReset {
            return Err(WireError::Attribute(fault));
        }
        self.faults.push(fault);
        Ok(())
    }
}

/// "If the MP_REACH_NLRI attribute or the MP_UNREACH_NLRI attribute appears more than once in the
/// UPDATE message, then a NOTIFICATION message MUST be sent ... If any other attribute ... appears
/// more than once, then all the occurrences of the attribute other than the first one SHALL be
/// discarded" (RFC 7606 section 3 g).
const fn repeated(code: AttributeCode) -> Action {
    match code {
        AttributeCode::MpReachNlri | AttributeCode::MpUnreachNlri => Action::SessionReset,
        _ => Action::AttributeDiscard,
    }
}

/// Reads one attribute by the table: what it says, and what is wrong with it. Both only where the
/// flags of a multiprotocol attribute are wrong: its routes are withdrawn, for which they must be
/// known.
fn judge<'a>(
    attribute: &parse::Attribute<'a>,
    context: &DecodeContext,
) -> (Option<Attribute<'a>>, Option<(Defect, Action)>) {
    let parse::Attribute {
        flags, code, value, ..
    } = *attribute;
    let code = AttributeCode::from_value(code);
    let Some(rule) = Rule::of(code) else {
        return if flags & Class::OPTIONAL == 0 {
            (
                None,
                Some((Defect::UnrecognizedWellKnown, Action::SessionReset)),
            )
        } else {
            (Some(Attribute::Unknown { flags, code, value }), None)
        };
    };
    if !rule.from.includes(context) {
        return (None, Some((Defect::Unexpected, Action::AttributeDiscard)));
    }
    let read = if rule.octets.allows(value.len(), context) {
        (rule.read)(value, context)
    } else {
        Err(Defect::Length {
            octets: value.len(),
        })
    };
    let action = rule.action(context);
    let wrong_flags = (flags & Class::MASK != rule.class.flags())
        .then_some((Defect::Flags { flags }, Action::TreatAsWithdraw));
    match read {
        Ok(read) => (Some(read), wrong_flags),
        // Wrong flags are the reason to give, unless what is behind them is worse.
        Err(defect) => match wrong_flags {
            Some(wrong) if wrong.1 >= action => (None, Some(wrong)),
            _ => (None, Some((defect, action))),
        },
    }
}

/// Reads attributes one by one, as far as they go. Those with a fault are left out.
pub fn read<'a>(
    attributes: &'a [u8],
    context: &DecodeContext,
) -> impl Iterator<Item = Attribute<'a>> {
    parse::each(parse::attribute, attributes)
        .flatten()
        .filter_map(|(_, attribute)| match judge(&attribute, context) {
            (read, None) => read,
            (_, Some(_)) => None,
        })
}

/// A set of attribute codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Codes([u128; 2]);

impl Codes {
    fn contains(self, code: AttributeCode) -> bool {
        self.with(code) == self
    }

    fn with(self, code: AttributeCode) -> Self {
        let value = code.value();
        let bit = 1 << (value % 128);
        let Self([low, high]) = self;
        Self(if value < 128 {
            [low | bit, high]
        } else {
            [low, high | bit]
        })
    }
}
