//! Alerts: what is raised and what is over, from what is so now.
//!
//! ```text
//! not known ─ seen ─> open ─ no longer seen ─> ended ─ seen again ─> open, raised anew
//! ```
//! A rule looks at everything each time and says what is so; nothing here remembers what it looked at before. So a look that
//! was missed, or made twice, changes nothing. Which things a rule sees is `control::alerting`'s; the rows are
//! `store::alert`'s; nothing here is sent.

use std::collections::HashMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A runtime has not been heard of for five minutes.
    RuntimeLost,
    /// The last deployment of a workload failed, or the newest commit of an integration was refused; what ran before goes on.
    DeploymentFailed,
    /// Messages fail in a way in which none failed before, or in one that somebody had resolved: on a later
    /// release, or on the same one in messages that began afterwards. What a route dealt with itself is none.
    NewFailures,
}

impl Rule {
    pub const ALL: &[Self] = &[Self::RuntimeLost, Self::DeploymentFailed, Self::NewFailures];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::RuntimeLost => "runtime_lost",
            Self::DeploymentFailed => "deployment_failed",
            Self::NewFailures => "new_failures",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.as_str() == text)
    }
}

/// Something that is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub rule: Rule,
    /// What tells it from others of its rule.
    pub subject: String,
    pub title: String,
    pub detail: String,
    /// Where the console shows it.
    pub path: String,
}

/// An alert that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known<Id> {
    pub id: Id,
    pub rule: Rule,
    pub subject: String,
    pub is_open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action<Id> {
    Raise(Seen),
    End(Id),
}

/// What has to be done so that exactly what is seen is open.
pub fn decide<Id: Copy>(known: &[Known<Id>], seen: &[Seen]) -> Vec<Action<Id>> {
    let open: HashMap<(Rule, &str), Id> = known
        .iter()
        .filter(|one| one.is_open)
        .map(|one| ((one.rule, one.subject.as_str()), one.id))
        .collect();
    let raise = seen.iter().filter(|one| !open.contains_key(&(one.rule, one.subject.as_str())));
    let is_seen =
        |one: &Known<Id>| seen.iter().any(|it| it.rule == one.rule && it.subject == one.subject);
    let end = known.iter().filter(|one| one.is_open && !is_seen(one));
    raise.cloned().map(Action::Raise).chain(end.map(|one| Action::End(one.id))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(subject: &str) -> Seen {
        Seen {
            rule: Rule::RuntimeLost,
            subject: subject.to_owned(),
            title: String::new(),
            detail: String::new(),
            path: String::new(),
        }
    }

    fn known(id: u8, subject: &str, is_open: bool) -> Known<u8> {
        Known { id, rule: Rule::RuntimeLost, subject: subject.to_owned(), is_open }
    }

    #[track_caller]
    fn check(known: &[Known<u8>], subjects: &[&str], want: &[Action<u8>]) {
        let now: Vec<Seen> = subjects.iter().map(|&subject| seen(subject)).collect();
        assert_eq!(decide(known, &now), want);
    }

    #[test]
    fn what_is_so_is_raised_once_and_ended_when_it_is_over() {
        check(&[], &["a"], &[Action::Raise(seen("a"))]);
        check(&[known(1, "a", true)], &["a"], &[]);
        check(&[known(1, "a", true)], &[], &[Action::End(1)]);
        check(&[known(1, "a", false)], &[], &[]);
    }

    #[test]
    fn what_comes_back_is_raised_anew() {
        check(&[known(1, "a", false)], &["a"], &[Action::Raise(seen("a"))]);
    }

    #[test]
    fn rules_do_not_take_each_other_for_themselves() {
        let other = Known { rule: Rule::NewFailures, ..known(1, "a", true) };
        check(&[other], &["a"], &[Action::Raise(seen("a")), Action::End(1)]);
    }

    #[test]
    fn every_rule_is_read_back() {
        for rule in Rule::ALL {
            assert_eq!(Rule::parse(rule.as_str()), Some(*rule));
        }
    }
}
