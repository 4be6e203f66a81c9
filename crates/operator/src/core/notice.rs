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
    let (reason, message) = (trouble.kind.reason(), trouble.to_string());
    about(regarding, &pass.to_string(), Severity::Warning, reason, message)
}

/// `about` tells apart what is told more than once: the coupling and its pass.
pub(crate) fn about(
    regarding: &Identity,
    about: &str,
    severity: Severity,
    reason: &'static str,
    message: String,
) -> Notice {
    let told = format!("{}\n{about}\n{reason}\n{message}", regarding.uid);
    let digest = hex::encode(&digest(&SHA256, told.as_bytes()).as_ref()[..8]);
    let stem: String = regarding.object.name.chars().take(LONGEST_STEM).collect();
    let name = format!("{stem}.{digest}");
    Notice { name, regarding: regarding.clone(), severity, reason, message }
}
