//! Which loopback port a workload gets. Pure; whether a port is free right now is asked of the caller.
//!
//! A port belongs to a workload for as long as the workload exists. Among those that arrive together the ones with a
//! public path come first, by name, so that the first exposed integration of a fresh machine answers at the first port.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// A workload that needs a port: whether it has a public path, and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Claim {
    pub(crate) hidden: bool,
    pub(crate) name: String,
}

/// The order in which new workloads choose.
pub(crate) fn order<T>(claims: &mut [(Claim, T)]) {
    claims.sort_by(|(left, _), (right, _)| left.cmp(right));
}

/// The lowest port that is given to nobody and free. Port 0 never: the range says what is allowed.
pub(crate) fn choose(
    range: &RangeInclusive<u16>,
    given: &BTreeSet<u16>,
    is_free: impl Fn(u16) -> bool,
) -> Option<u16> {
    range.clone().find(|port| *port != 0 && !given.contains(port) && is_free(*port))
}

/// Whether nothing listens there now.
pub(crate) fn is_free(port: u16) -> bool {
    std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exposed_ones_choose_first_and_nobody_gets_a_taken_port() {
        let claim = |hidden, name: &str| (Claim { hidden, name: name.into() }, ());
        let mut claims = [claim(true, "invoices"), claim(false, "orders"), claim(true, "a")];
        order(&mut claims);
        let names: Vec<_> = claims.iter().map(|(claim, ())| claim.name.as_str()).collect();
        assert_eq!(names, ["orders", "a", "invoices"]);
        let given = BTreeSet::from([20080]);
        assert_eq!(choose(&(20080..=20083), &given, |port| port != 20081), Some(20082));
        assert_eq!(choose(&(20080..=20080), &given, |_| true), None);
    }
}
