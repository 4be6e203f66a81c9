//! What can go wrong with a request, and with which.

use std::fmt;
use std::time::Duration;

use http::Method;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 409 with the reason Conflict; the request is not forwarded.
    Conflict,
    /// 429 with Retry-After: 1.
    TooManyRequests,
    /// 500.
    Internal,
    /// 410 with the reason Expired: a watch or a page from too long ago.
    Gone,
    /// The connection ends without an answer; the request is not forwarded.
    Refuse,
    /// The request is done, the answer is lost.
    LoseReply,
    /// The request is done, the connection ends in the middle of the answer.
    HalfReply,
    /// Forwarded after this time.
    Delay(Duration),
}

type Fits = dyn Fn(&Method, &str) -> bool + Send + Sync;

/// Which requests, what fault, how often.
pub struct Rule {
    pub(super) fits: Box<Fits>,
    pub(super) fault: Fault,
    pub(super) left: usize,
}

impl Rule {
    /// `fits` gets the method and the path with its query.
    pub fn new(
        fault: Fault,
        times: usize,
        fits: impl Fn(&Method, &str) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { fits: Box::new(fits), fault, left: times }
    }

    pub fn writes(fault: Fault, times: usize) -> Self {
        Self::new(fault, times, |method, _| super::serve::is_write(method))
    }

    pub fn watches(fault: Fault, times: usize) -> Self {
        Self::new(fault, times, |_, path| super::serve::is_watch(path))
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({:?}, {} left)", self.fault, self.left)
    }
}
