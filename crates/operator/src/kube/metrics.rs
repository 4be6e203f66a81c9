//! Counters of the operator, in the text form of Prometheus.
//!
//! Names and meanings are in `docs/reference/operator-metrics.md`. Labels are few and bounded: no object's name is one.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub struct Metrics {
    requests: AtomicU64,
    conflicts: AtomicU64,
    throttled: AtomicU64,
    failures: AtomicU64,
    reconciles: AtomicU64,
    backed_off: AtomicU64,
    relists: AtomicU64,
    watch_ends: AtomicU64,
    calls: AtomicU64,
    call_failures: AtomicU64,
    status_merged: AtomicU64,
}

macro_rules! counters {
    ($($method:ident $field:ident),+ $(,)?) => {
        impl Metrics {
            $(pub(crate) fn $method(&self) { self.$field.fetch_add(1, Ordering::Relaxed); })+
        }
    };
}

counters! {
    request requests,
    reconcile reconciles,
    back_off backed_off,
    relist relists,
    watch_end watch_ends,
    call calls,
    call_failure call_failures,
    status_merge status_merged,
}

impl Metrics {
    pub(crate) fn refused(&self, code: u16) {
        let counter = match code {
            409 => &self.conflicts,
            429 => &self.throttled,
            500.. => &self.failures,
            _ => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub fn reconciles(&self) -> u64 {
        self.reconciles.load(Ordering::Relaxed)
    }

    pub(crate) fn render(&self, sizes: &Sizes) -> String {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut text = String::new();
        let counters = [
            ("requests_total", "Requests to the API server.", read(&self.requests)),
            ("conflicts_total", "Writes that met a newer version.", read(&self.conflicts)),
            ("throttled_total", "Requests that were answered 429.", read(&self.throttled)),
            ("server_errors_total", "Requests that were answered 5xx.", read(&self.failures)),
            (
                "reconciles_total",
                "Looks at a plug, socket or deferred resource.",
                read(&self.reconciles),
            ),
            ("back_offs_total", "Looks that have to be repeated.", read(&self.backed_off)),
            ("relists_total", "Lists because a watch was too old.", read(&self.relists)),
            ("watch_ends_total", "Watches that ended and were resumed.", read(&self.watch_ends)),
            ("apparatus_calls_total", "Calls of apparatuses.", read(&self.calls)),
            ("apparatus_failures_total", "Calls that failed.", read(&self.call_failures)),
            (
                "socket_status_merged_total",
                "Socket statuses that a later one replaced before it was written.",
                read(&self.status_merged),
            ),
        ];
        for (name, help, value) in counters {
            let _ = write!(
                text,
                "# HELP midplane_operator_{name} {help}\n# TYPE midplane_operator_{name} counter\nmidplane_operator_{name} {value}\n"
            );
        }
        let gauges = [
            ("plugs", "Plugs that are known.", sizes.plugs),
            ("sockets", "Sockets that are known.", sizes.sockets),
            ("couplings", "Journals of couplings.", sizes.journals),
            ("queue_ready", "Objects to look at now.", sizes.ready),
            ("queue_delayed", "Objects to look at later.", sizes.delayed),
            ("leader", "Whether this process leads.", usize::from(sizes.leader)),
        ];
        for (name, help, value) in gauges {
            let _ = write!(
                text,
                "# HELP midplane_operator_{name} {help}\n# TYPE midplane_operator_{name} gauge\nmidplane_operator_{name} {value}\n"
            );
        }
        text
    }
}

/// What is measured at the moment of asking.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sizes {
    pub(crate) plugs: usize,
    pub(crate) sockets: usize,
    pub(crate) journals: usize,
    pub(crate) ready: usize,
    pub(crate) delayed: usize,
    pub(crate) leader: bool,
}
