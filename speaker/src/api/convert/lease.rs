use bellwether_proto::v1;

use super::time::{from_duration, to_duration};
use crate::model::{Lease, LeaseChange, OnExpiry, Problems};

/// What an owner says of its lease in the field `key`.
pub(in crate::api) fn from_proto(
    lease: Option<v1::Lease>,
    key: &str,
    problems: &mut Problems,
) -> LeaseChange {
    let Some(v1::Lease { ttl, on_expiry }) = lease else {
        return LeaseChange::Keep;
    };
    let ttl = ttl.ok_or_else(|| "is missing".to_owned());
    let ttl = ttl.and_then(|ttl| to_duration(&ttl));
    let allowed = Lease::MIN_TTL..=Lease::MAX_TTL;
    let ttl = ttl.and_then(|ttl| match ttl.is_zero() || allowed.contains(&ttl) {
        true => Ok(ttl),
        false => Err(format!(
            "{ttl:?} is not in {:?} to {:?}; 0 is no lease",
            Lease::MIN_TTL,
            Lease::MAX_TTL
        )),
    });
    let ttl = problems.check(&format!("{key}.ttl"), ttl);
    let on_expiry = problems.check(&format!("{key}.on_expiry"), action(on_expiry));
    match ttl.zip(on_expiry) {
        None => LeaseChange::Keep,
        Some((ttl, _)) if ttl.is_zero() => LeaseChange::Remove,
        Some((ttl, on_expiry)) => LeaseChange::Set(Lease { ttl, on_expiry }),
    }
}

pub(in crate::api) fn to_proto(lease: Lease) -> v1::Lease {
    let Lease { ttl, on_expiry } = lease;
    let on_expiry = match on_expiry {
        OnExpiry::Depreferred => v1::ExpiryAction::Deprefer,
        OnExpiry::Withdraw => v1::ExpiryAction::Withdraw,
        OnExpiry::Keep => v1::ExpiryAction::Keep,
    };
    v1::Lease {
        ttl: from_duration(ttl),
        on_expiry: on_expiry.into(),
    }
}

fn action(number: i32) -> Result<OnExpiry, String> {
    match v1::ExpiryAction::try_from(number) {
        Ok(v1::ExpiryAction::Unspecified) => Ok(OnExpiry::default()),
        Ok(v1::ExpiryAction::Deprefer) => Ok(OnExpiry::Depreferred),
        Ok(v1::ExpiryAction::Withdraw) => Ok(OnExpiry::Withdraw),
        Ok(v1::ExpiryAction::Keep) => Ok(OnExpiry::Keep),
        Err(_) => Err(format!(
            "{number} is not an action (1 DEPREFER, 2 WITHDRAW, 3 KEEP)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(seconds: i64, on_expiry: i32) -> Option<v1::Lease> {
        Some(v1::Lease {
            ttl: Some(prost_types::Duration { seconds, nanos: 0 }),
            on_expiry,
        })
    }

    fn read(lease: Option<v1::Lease>) -> (LeaseChange, Vec<String>) {
        let mut problems = Problems::default();
        let change = from_proto(lease, "lease", &mut problems);
        (change, problems.iter().collect())
    }

    #[test]
    fn a_lease_deprefers_unless_it_says_otherwise() {
        let (change, _) = read(lease(30, 0));
        let LeaseChange::Set(lease) = change else {
            panic!("{change:?}");
        };
        assert_eq!(lease.on_expiry, OnExpiry::Depreferred);
        assert_eq!(lease.ttl.as_secs(), 30);
    }

    #[test]
    fn absent_keeps_and_zero_removes() {
        assert_eq!(read(None).0, LeaseChange::Keep);
        assert_eq!(read(lease(0, 0)).0, LeaseChange::Remove);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_value() {
        let (_, problems) = read(lease(2_592_001, 9));
        assert_eq!(
            problems,
            [
                "lease.ttl: 2592001s is not in 1s to 2592000s; 0 is no lease",
                "lease.on_expiry: 9 is not an action (1 DEPREFER, 2 WITHDRAW, 3 KEEP)"
            ]
        );
    }
}
