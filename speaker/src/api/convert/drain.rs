use std::time::Duration;

use bellwether_proto::v1;

use super::time::{timestamp, to_duration};
use crate::model::{DrainPlan, DrainSettings, DrainTarget, Problems};
use crate::table::{DrainView, Phase, TargetText};

/// What the neighbors' operators read if nothing else is asked for.
const DEFAULT_COMMUNICATION: &str = "drained";

/// How long a shutdown communication may be (RFC 9003 section 2).
const MAX_COMMUNICATION_OCTETS: usize = 255;

/// What is to be drained, and how.
pub(in crate::api) fn from_proto(
    request: v1::DrainRequest,
    settings: DrainSettings,
    problems: &mut Problems,
) -> (Option<TargetText>, DrainPlan) {
    let v1::DrainRequest {
        target,
        wait,
        depreference_only,
        communication,
    } = request;
    let target = self::target(target, problems);
    let wait = wait.map_or(Ok(settings.wait), |wait| self::wait(&wait));
    let wait = problems.check("wait", wait);
    let communication = self::communication(communication, problems);
    let plan = DrainPlan {
        wait: wait.unwrap_or(settings.wait),
        depreference_only,
        communication: match communication.is_empty() {
            true => DEFAULT_COMMUNICATION.to_owned(),
            false => communication,
        },
    };
    (target, plan)
}

pub(in crate::api) fn target(
    target: Option<v1::DrainTarget>,
    problems: &mut Problems,
) -> Option<TargetText> {
    match target.and_then(|v1::DrainTarget { target }| target) {
        None => Some(TargetText::All),
        Some(v1::drain_target::Target::Peer(text)) => Some(TargetText::Peer(text)),
        // That of the configuration file can be drained as any other.
        Some(v1::drain_target::Target::Owner(text)) => {
            let name = problems.check("target.owner", text.parse());
            name.map(TargetText::Owner)
        }
    }
}

/// What another operator is to read.
pub(in crate::api) fn communication(text: String, problems: &mut Problems) -> String {
    if text.len() > MAX_COMMUNICATION_OCTETS {
        let what = format!(
            "has {} octets, at most {MAX_COMMUNICATION_OCTETS} are allowed (RFC 9003): {text:?}",
            text.len()
        );
        problems.add("communication", what);
    }
    text
}

fn wait(wait: &prost_types::Duration) -> Result<Duration, String> {
    let wait = to_duration(wait)?;
    match wait <= DrainSettings::MAX_WAIT {
        true => Ok(wait),
        false => Err(format!(
            "{wait:?} is more than {:?}",
            DrainSettings::MAX_WAIT
        )),
    }
}

pub(in crate::api) fn to_proto(view: DrainView) -> v1::DrainProgress {
    let DrainView {
        target,
        phase,
        since,
        until,
        peers_done,
        peers_total,
        communication,
    } = view;
    let target = match target {
        DrainTarget::All => None,
        DrainTarget::Owner(name) => Some(v1::drain_target::Target::Owner(name.to_string())),
        DrainTarget::Peer(name) => Some(v1::drain_target::Target::Peer(name.to_string())),
    };
    v1::DrainProgress {
        target: Some(v1::DrainTarget { target }),
        phase: self::phase(phase).into(),
        since: Some(timestamp(since)),
        until: until.map(timestamp),
        peers_done,
        peers_total,
        communication,
    }
}

fn phase(phase: Phase) -> v1::DrainPhase {
    match phase {
        Phase::Depreferring => v1::DrainPhase::Depreferring,
        Phase::Waiting => v1::DrainPhase::Waiting,
        Phase::Withdrawing => v1::DrainPhase::Withdrawing,
        Phase::Closing => v1::DrainPhase::Closing,
        Phase::Drained => v1::DrainPhase::Drained,
        Phase::Depreferred => v1::DrainPhase::Depreferred,
        Phase::Undrained => v1::DrainPhase::Undrained,
    }
}

/// Whether nothing follows this phase by itself.
pub(in crate::api) fn is_last(phase: Phase) -> bool {
    match phase {
        Phase::Depreferring | Phase::Waiting | Phase::Withdrawing | Phase::Closing => false,
        Phase::Drained | Phase::Depreferred | Phase::Undrained => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(request: v1::DrainRequest) -> (Option<TargetText>, DrainPlan, Vec<String>) {
        let mut problems = Problems::default();
        let (target, plan) = from_proto(request, DrainSettings::default(), &mut problems);
        (target, plan, problems.iter().collect())
    }

    #[test]
    fn what_is_left_out_is_the_default() {
        let (target, plan, problems) = read(v1::DrainRequest::default());
        assert_eq!(target, Some(TargetText::All));
        assert_eq!(plan.wait, Duration::from_secs(30));
        assert_eq!(plan.communication, "drained");
        assert!(problems.is_empty());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_value() {
        let (_, _, problems) = read(v1::DrainRequest {
            target: Some(v1::DrainTarget {
                target: Some(v1::drain_target::Target::Owner("a b".to_owned())),
            }),
            wait: Some(prost_types::Duration {
                seconds: 3601,
                nanos: 0,
            }),
            communication: "x".repeat(256),
            depreference_only: false,
        });
        let keys = problems.iter().filter_map(|line| line.split(": ").next());
        let keys: Vec<&str> = keys.collect();
        assert_eq!(keys, ["target.owner", "wait", "communication"]);
    }
}
