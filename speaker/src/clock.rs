use std::time::SystemTime;

use bellwether_bgp::time::Instant;

/// The only place that asks what time it is. Each task reads it once a turn and passes the value on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: tokio::time::Instant,
}

/// One reading of the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// For deadlines.
    pub(crate) instant: Instant,
    /// For people.
    pub(crate) wall: SystemTime,
}

impl Clock {
    /// A clock whose origin is now.
    pub(crate) fn start() -> Self {
        Self {
            origin: tokio::time::Instant::now(),
        }
    }

    pub(crate) fn read(&self) -> Now {
        Now {
            instant: Instant::from_origin(self.origin.elapsed()),
            wall: SystemTime::now(),
        }
    }

    /// Waits until `deadline`; forever if there is none.
    pub(crate) async fn sleep_until(&self, deadline: Option<Instant>) {
        match deadline {
            Some(deadline) => {
                tokio::time::sleep_until(self.origin + deadline.since_origin()).await;
            }
            None => std::future::pending().await,
        }
    }
}
