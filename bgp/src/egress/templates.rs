//! Attribute sets as the peers of a group are sent them.

use super::export::NextHop;
use super::per_family::PerFamily;
use super::sets::{AttributeSet, SetId};
use super::{Export, RouteAttributes};
use crate::net::{Asn, Family, FamilySet};
use crate::wire::MAX_MESSAGE_OCTETS;
use crate::wire::attr::{Origin, encode};
use crate::wire::update::Template;
use bytes::BytesMut;

/// LOCAL_PREF where the owner does not say, as routers take it for routes of their own.
const DEFAULT_LOCAL_PREF: u32 = 100;

/// The octets of the longest prefix in NLRI.
const LONGEST_PREFIX: usize = 1 + 16;

/// The templates of a group, each made when it is needed first. Bounded: one for each number of an attribute set and
/// each family, and numbers are used again.
#[derive(Debug, Default)]
pub(super) struct Templates {
    made: Vec<PerFamily<Option<Made>>>,
}

#[derive(Debug)]
struct Made {
    /// Of which set: the number may have been another one's.
    serial: u64,
    template: Template,
}

impl Templates {
    /// What announcements of this family and set are made from; `None`: the export does not let them through.
    pub(super) fn of(
        &mut self,
        family: Family,
        id: SetId,
        set: &AttributeSet,
        export: &Export,
    ) -> Option<&Template> {
        if id.index() >= self.made.len() {
            self.made.resize_with(id.index() + 1, PerFamily::default);
        }
        let made = self.made.get_mut(id.index())?.of_mut(family);
        if made.as_ref().is_none_or(|made| made.serial != set.serial()) {
            *made = Some(Made {
                serial: set.serial(),
                template: template(export, family, set.attributes())?,
            });
        }
        made.as_ref().map(|made| &made.template)
    }
}

/// Whether a message of [`MAX_MESSAGE_OCTETS`] holds these attributes and a route on each session
/// that there may be. They take the most octets with MP_REACH_NLRI and, on eBGP, an AS that AS_PATH
/// has no room for, so that AS4_PATH repeats it.
pub(super) fn fits_every_message(attributes: &RouteAttributes) -> bool {
    let export = Export {
        local_asn: Asn::new(u32::MAX).unwrap_or(Asn::TRANS),
        ebgp: true,
        four_octet_as: false,
        families: FamilySet::ALL,
        next_hop_ipv4: None,
        next_hop_ipv6: None,
        max_message_octets: MAX_MESSAGE_OCTETS,
    };
    let next_hop = NextHop::Ipv6(std::net::Ipv6Addr::UNSPECIFIED);
    let template = with_next_hop(&export, next_hop, attributes);
    template.room(MAX_MESSAGE_OCTETS) >= LONGEST_PREFIX
}

fn template(export: &Export, family: Family, attributes: &RouteAttributes) -> Option<Template> {
    let next_hop = export.next_hop(family, attributes)?;
    Some(with_next_hop(export, next_hop, attributes))
}

fn with_next_hop(export: &Export, next_hop: NextHop, attributes: &RouteAttributes) -> Template {
    let attributes = path_attributes(export, next_hop, attributes);
    match next_hop {
        NextHop::Ipv4(_) => Template::ipv4(&attributes),
        NextHop::Ipv6(address) => Template::ipv6(address, &attributes),
    }
}

/// All path attributes but MP_REACH_NLRI, by ascending type as RFC 4271 section 5 asks for.
fn path_attributes(export: &Export, next_hop: NextHop, attributes: &RouteAttributes) -> BytesMut {
    let RouteAttributes {
        communities,
        large_communities,
        local_pref,
        med,
        prepend,
        next_hop: _,
    } = attributes;
    let mut out = BytesMut::new();
    let as_path = export.as_path(*prepend);
    encode::origin(&mut out, Origin::Igp);
    encode::as_path(&mut out, &as_path, export.four_octet_as);
    if let NextHop::Ipv4(address) = next_hop {
        encode::next_hop(&mut out, address);
    }
    if let Some(med) = med {
        encode::med(&mut out, *med);
    }
    if !export.ebgp {
        encode::local_pref(&mut out, local_pref.unwrap_or(DEFAULT_LOCAL_PREF));
    }
    encode::communities(&mut out, communities.iter().map(|community| community.0));
    if !export.four_octet_as {
        encode::as4_path(&mut out, &as_path);
    }
    encode::large_communities(
        &mut out,
        large_communities.iter().map(|community| community.0),
    );
    out
}
