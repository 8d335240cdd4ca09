//! What clients may not have more of. What happens beyond each limit is stated in the contract, at its top.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bellwether_bgp::time::Instant;
use tonic::codegen::http::{HeaderValue, Response};
use tonic::service::Interceptor;
use tonic::{Code, Request, Status};

use crate::clock::Clock;

/// A message of a request.
pub(super) const MESSAGE_OCTETS: usize = 4 << 20;
/// Clients at a time, at each door.
pub(super) const CONNECTIONS: usize = 256;
/// Calls at a time on one connection; HTTP/2 makes the client wait.
pub(super) const CALLS_AT_A_TIME: u32 = 128;
/// Calls of all clients; what a stream carries does not count.
const CALLS_PER_SECOND: u32 = 1000;
/// Calls that may come at once after a time of silence.
const BURST: u32 = 2000;

/// Lets calls through as often as it may.
#[derive(Clone, Debug)]
pub(super) struct RateLimit {
    clock: Clock,
    bucket: Arc<Mutex<Bucket>>,
}

/// Calls that may be made now, filled up as time goes by.
#[derive(Debug)]
struct Bucket {
    calls: u32,
    /// Up to when it was filled.
    filled: Instant,
}

impl RateLimit {
    pub(super) fn new(clock: Clock) -> Self {
        let bucket = Bucket::full(clock.read().instant);
        Self {
            clock,
            bucket: Arc::new(Mutex::new(bucket)),
        }
    }
}

impl Interceptor for RateLimit {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let now = self.clock.read().instant;
        // Held for a few instructions; a bucket is right whatever happened to who held it.
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        match bucket.take(now) {
            true => Ok(request),
            false => Err(Status::resource_exhausted(format!(
                "there are more than {CALLS_PER_SECOND} calls a second, which is the limit of all clients together"
            ))),
        }
    }
}

impl Bucket {
    /// How long one call takes to come back.
    const PER_CALL: Duration = Duration::from_nanos(1_000_000_000 / CALLS_PER_SECOND as u64);

    fn full(now: Instant) -> Self {
        Self {
            calls: BURST,
            filled: now,
        }
    }

    fn take(&mut self, now: Instant) -> bool {
        let passed = now
            .since_origin()
            .saturating_sub(self.filled.since_origin());
        let back = passed.as_nanos() / Self::PER_CALL.as_nanos();
        let back = u32::try_from(back).unwrap_or(u32::MAX);
        if back >= BURST - self.calls {
            *self = Self::full(now);
        } else {
            self.calls += back;
            self.filled = self.filled + Self::PER_CALL * back;
        }
        match self.calls.checked_sub(1) {
            Some(left) => {
                self.calls = left;
                true
            }
            None => false,
        }
    }
}

/// A message that is too long is a limit met, and not the OUT_OF_RANGE that the library calls it.
pub(super) fn in_limits(status: Status) -> Status {
    match status.code() {
        Code::OutOfRange => Status::resource_exhausted(format!(
            "a message of a request has at most {MESSAGE_OCTETS} octets: {}",
            status.message()
        )),
        _ => status,
    }
}

/// As [`in_limits`], of an answer that is a status alone.
pub(super) fn answer_in_limits<B>(mut response: Response<B>) -> Response<B> {
    let too_long = HeaderValue::from(Code::OutOfRange as i32);
    let status = response.headers_mut().get_mut("grpc-status");
    if let Some(status) = status.filter(|status| **status == too_long) {
        *status = HeaderValue::from(Code::ResourceExhausted as i32);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_origin(Duration::from_millis(millis))
    }

    fn taken(bucket: &mut Bucket, now: Instant) -> usize {
        (0..5000).filter(|_| bucket.take(now)).count()
    }

    #[test]
    fn as_many_calls_pass_at_once_as_a_burst_has() {
        let mut bucket = Bucket::full(at(0));
        assert_eq!(taken(&mut bucket, at(0)), 2000);
    }

    #[test]
    fn a_thousand_calls_come_back_each_second_and_no_more_than_a_burst() {
        let mut bucket = Bucket::full(at(0));
        taken(&mut bucket, at(0));
        assert_eq!(taken(&mut bucket, at(500)), 500);
        assert_eq!(taken(&mut bucket, at(1500)), 1000);
        assert_eq!(taken(&mut bucket, at(60_000)), 2000);
    }

    #[test]
    fn parts_of_a_call_are_not_lost() {
        let mut bucket = Bucket::full(at(0));
        taken(&mut bucket, at(0));
        let micros = |n| Instant::from_origin(Duration::from_micros(n));
        assert!(!bucket.take(micros(600)));
        assert!(bucket.take(micros(1200)));
    }

    #[test]
    fn a_message_that_is_too_long_has_met_a_limit() {
        let status = in_limits(Status::out_of_range("too large"));
        assert_eq!(status.code(), Code::ResourceExhausted);
        let mut response = Response::new(());
        response.headers_mut().insert("grpc-status", 11.into());
        let response = answer_in_limits(response);
        assert_eq!(response.headers()["grpc-status"], "8");
    }
}
