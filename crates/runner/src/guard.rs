//! The blast-radius guard: how many workloads may vanish at once without anybody having named them.
//!
//! A workload that is removed by name is removed. One that is merely missing from a whole desired state is removed as
//! well, unless a mistake is likelier than a wish: more than five and more than a fifth are missing, or all of several.
//! Then nothing is removed and the runtime says so. The control plane has a guard of its own, before this one.

/// `gitops.md`: more than max(5, 20 %).
const FREE: usize = 5;
const SHARE: usize = 5;

/// Whether `missing` of `known` workloads may go. All of several at once never: that is an emptied control plane.
pub(crate) fn allows(missing: usize, known: usize) -> bool {
    let all_of_several = missing == known && known > 1;
    missing <= FREE.max(known / SHARE) && !all_of_several
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_or_a_fifth_may_go() {
        assert!(allows(1, 1));
        assert!(!allows(4, 4), "a control plane that knows nothing");
        assert!(allows(5, 6));
        assert!(!allows(6, 6));
        assert!(!allows(6, 29));
        assert!(allows(6, 30));
        assert!(allows(20, 100));
        assert!(!allows(21, 100));
    }
}
