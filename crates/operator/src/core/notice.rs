//! Kubernetes Events, named after what they tell.
//!
//! The name is a digest of the object's uid, the pass of the coupling, the reason and the message, so an Event that is told again
//! after a crash is the one that is there. `{Plug,Socket}{Created,Coupled,Updated,Decoupled,Deleted}` are the compatible reasons;
//! Warnings carry the reason of a trouble.

use aws_lc_rs::digest::{SHA256, digest};

use crate::core::object::Identity;
use crate::core::request::{Notice, Severity};
use crate::core::trouble::Trouble;

/// Names of Events are limited to 253 characters, like all; 40 are the digest and the dot.
const LONGEST_STEM: usize = 200;

pub(crate) fn warning(regarding: &Identity, pass: u64, trouble: &Trouble) -> Notice {
    make(regarding, pass, Severity::Warning, trouble.kind.reason(), trouble.to_string())
}

pub(crate) fn make(
    regarding: &Identity,
    pass: u64,
    severity: Severity,
    reason: &'static str,
    message: String,
) -> Notice {
    let told = format!("{}\n{pass}\n{reason}\n{message}", regarding.uid);
    let digest = hex::encode(&digest(&SHA256, told.as_bytes()).as_ref()[..8]);
    let stem: String = regarding.object.name.chars().take(LONGEST_STEM).collect();
    Notice {
        name: format!("{stem}.{digest}"),
        regarding: regarding.clone(),
        severity,
        reason,
        message,
    }
}
