//! What a dry run found, and how that compares with the original.

use serde::Deserialize;

use super::super::Ending;
use crate::app::message::Step;
use crate::app::message::compare::{self, Carried, Change};

/// As the runner says it; what is skipped is added here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Report {
    pub outcome: String,
    pub duration_us: u64,
    pub error_class: Option<String>,
    pub error: Option<String>,
    pub reply: Option<String>,
    pub stopped_at: Option<String>,
    pub stopped_because: Option<String>,
    /// The step of the original that it stopped at; 0: none.
    pub stopped_step: u32,
    pub stubs: Vec<Stub>,
    pub steps: Vec<Visit>,
    /// What is not kept from the sandbox by the system, when there is something.
    pub weaker: Option<String>,
    /// Whose body and headers went in (`domain::replay::Source`), and how many masks were filled in.
    pub source: Option<String>,
    pub filled: u64,
    pub result: Option<Ending>,
    /// What it came to beside what the original failed with; none: one of them is not known.
    #[serde(skip)]
    pub changes: Option<Vec<Change>>,
    /// The last success of the same route that has a reply of the step it stopped at.
    #[serde(skip)]
    pub suggestion: Option<String>,
    /// The first step at which the path is another than the original's.
    #[serde(skip)]
    pub differs_at: Option<u32>,
    #[serde(skip)]
    pub is_changed: Option<bool>,
    #[serde(skip)]
    pub then: Option<String>,
    #[serde(skip)]
    pub now: Option<String>,
}

/// A send that was kept from leaving.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Stub {
    pub uri: String,
    /// `send`, `poll`, or the HTTP method.
    pub what: String,
    pub bytes: u64,
    /// `reply from ...`, `unchanged`; none: the run stopped there.
    pub answered: Option<String>,
    /// The step of the original that it stands for; 0: none.
    pub step: u32,
    /// As that step is called, with what it said: `sql insert orders (1 row)`.
    #[serde(skip)]
    pub title: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Visit {
    pub route: String,
    pub kind: String,
    pub label: Option<String>,
    pub failed: bool,
}

impl Report {
    /// One that stopped came to nothing.
    pub(super) fn compare_with(&mut self, failed: Option<&Carried>) {
        let result = self.result.as_ref().filter(|_| self.stopped_at.is_none());
        let changes = |(failed, result): (&Carried, &Ending)| {
            compare::compare("result", failed, &result.carried(self.reply.as_deref()))
        };
        self.changes = failed.zip(result).map(changes);
    }

    /// Calls each stub as the step of the original is called.
    pub(super) fn name_stubs(&mut self, steps: &[Step]) {
        for stub in &mut self.stubs {
            let found = steps.iter().find(|one| one.sequence == stub.step);
            stub.title = found.map(|step| {
                let kind = step.kind.as_deref().unwrap_or_default();
                let said = step.title.strip_prefix(kind).unwrap_or(&step.title).trim_start();
                let rows = step.remark.as_deref().filter(|text| text.contains(" row"));
                rows.map_or_else(|| said.to_owned(), |rows| format!("{said} ({rows})"))
            });
        }
    }
}

/// The step of the original from which on the dry run went another way; by route and kind, since ids that nobody gave differ
/// between two JVMs.
pub(super) fn differs(original: &[Step], visits: &[Visit]) -> Option<u32> {
    let original: Vec<&Step> = original
        .iter()
        .filter(|step| step.kind.as_deref().is_some_and(|kind| kind != "from"))
        .collect();
    for (at, step) in original.iter().enumerate() {
        let same = visits.get(at).is_some_and(|visit| {
            step.kind.as_deref() == Some(&visit.kind)
                && (visit.route.is_empty() || step.route.is_empty() || step.route == visit.route)
                && step.is_failed == visit.failed
        });
        if !same {
            return Some(step.sequence);
        }
    }
    (visits.len() > original.len()).then(|| original.last().map_or(1, |step| step.sequence + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(sequence: u32, kind: &str, is_failed: bool) -> Step {
        Step { sequence, kind: Some(kind.to_owned()), is_failed, ..Step::default() }
    }

    fn visit(kind: &str, failed: bool) -> Visit {
        Visit { kind: kind.to_owned(), failed, ..Visit::default() }
    }

    #[test]
    fn the_first_step_that_went_another_way_is_named() {
        let steps = [step(1, "from", false), step(2, "to", false), step(3, "log", true)];
        assert_eq!(differs(&steps, &[visit("to", false), visit("log", true)]), None);
        assert_eq!(differs(&steps, &[visit("to", false), visit("log", false)]), Some(3));
        assert_eq!(differs(&steps, &[visit("to", false)]), Some(3));
        let longer = [visit("to", false), visit("log", true), visit("to", false)];
        assert_eq!(differs(&steps, &longer), Some(4));
    }

    #[test]
    fn what_it_came_to_is_compared_with_what_the_original_failed_with() {
        let failed = Carried { body: Some(br#"{"price":null}"#.to_vec()), ..Carried::default() };
        let answer = r#"{"outcome":"completed","result":{"body":"{\"price\":8.9}","headers":{}}}"#;
        let mut report: Report = serde_json::from_str(answer).unwrap();
        report.compare_with(Some(&failed));
        let changes = report.changes.as_ref().unwrap();
        assert_eq!((changes.len(), &*changes[0].path), (1, "$.price"));
        report.compare_with(None);
        assert_eq!(report.changes, None);
        report.stopped_at = Some("http:p".to_owned());
        report.compare_with(Some(&failed));
        assert_eq!(report.changes, None);
    }

    #[test]
    fn a_stub_is_called_as_the_step_is() {
        let mut one = step(4, "to", false);
        one.title = "to sql insert orders".to_owned();
        one.remark = Some("1 row".to_owned());
        let stub = Stub { step: 4, ..Stub::default() };
        let mut report = Report { stubs: vec![stub], ..Report::default() };
        report.name_stubs(&[one]);
        assert_eq!(report.stubs[0].title.as_deref(), Some("sql insert orders (1 row)"));
    }
}
