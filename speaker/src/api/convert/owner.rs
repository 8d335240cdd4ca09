use bellwether_proto::v1;

use super::lease;
use super::time::timestamp;
use crate::model::{Name, Problems};
use crate::table::{OwnerView, Standing};

/// The owner of a request.
pub(in crate::api) fn from_proto(owner: &str, key: &str, problems: &mut Problems) -> Option<Name> {
    let name = problems.check(key, owner.parse::<Name>())?;
    if name == Name::config() {
        problems.add(
            key,
            "\"config\" is the owner of what the configuration file declares",
        );
        return None;
    }
    Some(name)
}

/// As [`from_proto`]; an empty one is `cli`.
pub(in crate::api) fn from_one_shot(owner: &str, problems: &mut Problems) -> Option<Name> {
    if owner.is_empty() {
        return Some(Name::cli());
    }
    from_proto(owner, "owner", problems)
}

pub(in crate::api) fn to_proto(owner: OwnerView) -> v1::OwnerState {
    let OwnerView {
        name,
        generation,
        routes,
        peers,
        connected,
        lease,
        lease_expires,
        lease_expired,
        standing,
        last_heard,
    } = owner;
    v1::OwnerState {
        name: name.to_string(),
        generation,
        routes: routes as u64,
        peers: peers as u64,
        connected,
        lease: lease.map(lease::to_proto),
        lease_expires: lease_expires.map(timestamp),
        lease_expired,
        standing: self::standing(standing).into(),
        last_heard: last_heard.map(timestamp),
    }
}

pub(in crate::api) fn standing(standing: Standing) -> v1::Standing {
    match standing {
        Standing::Active => v1::Standing::Active,
        Standing::Depreferred => v1::Standing::Depreferred,
        Standing::Withdrawn => v1::Standing::Withdrawn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(owner: &str) -> String {
        let mut problems = Problems::default();
        assert_eq!(from_one_shot(owner, &mut problems), None);
        problems.iter().next().unwrap()
    }

    #[test]
    fn an_empty_owner_is_cli() {
        let owner = from_one_shot("", &mut Problems::default());
        assert_eq!(owner, Some(Name::cli()));
    }

    #[test]
    fn config_is_taken() {
        let expected = "owner: \"config\" is the owner of what the configuration file declares";
        assert_eq!(problem("config"), expected);
    }

    #[test]
    fn a_name_with_a_slash_is_refused() {
        assert!(problem("a/b").starts_with("owner: \"a/b\" has the character '/'"));
    }
}
