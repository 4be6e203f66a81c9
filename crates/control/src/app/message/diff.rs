//! Two messages side by side: which steps both made, which only one, and where the first difference is.
//!
//! Steps are compared by node and round, not by time or outcome: a slower step is the same step, and so is one that failed. What is compared by default is the
//! last success of the same route in the same integration and environment.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use store::telemetry::search;
use telemetry::query::{Condition, Field, OutcomeIs, Pattern, Query};

use super::{Detail, MOST_STEPS, Row, Step, found, scene, searching};
use crate::app::Error;
use crate::ctx::Ctx;

/// How far back the last success is looked for.
const REACH: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 7);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Both(Step, Step),
    /// Only in the first.
    Left(Step),
    Right(Step),
}

#[derive(Clone, Debug)]
pub struct Diff {
    pub left: Detail,
    pub right: Detail,
    pub lines: Vec<Line>,
    /// Attributes whose values differ: name, left, right.
    pub attributes: Vec<(String, Option<String>, Option<String>)>,
}

/// `left` against `right`, or against the last success of its route.
pub async fn diff(ctx: &Ctx, left: &str, right: Option<&str>) -> Result<Diff, Error> {
    let mut tx = ctx.begin().await?;
    let scene = scene(ctx, &mut tx).await?;
    let left = found(ctx, &mut tx, &scene, left, 0, MOST_STEPS).await?;
    let left = super::detail(&mut tx, &scene, &left).await?;
    let right = if let Some(text) = right {
        found(ctx, &mut tx, &scene, text, 0, MOST_STEPS).await?
    } else {
        let query = last_success(&left.row, ctx);
        search::limit(&mut tx).await?;
        let page = search::search(&mut tx, &scene, &query, None, 2).await.map_err(searching)?;
        let other = page.found.into_iter().find(|other| other.id != left.row.id);
        let other = other.ok_or_else(|| {
            let message = format!(
                "no message went well on `{}/{}` within seven days; name one to compare with",
                left.row.integration, left.row.route
            );
            Error::new(crate::app::Kind::NotFound, "MP-MSG-03", message)
        })?;
        let id = other.id.to_string();
        found(ctx, &mut tx, &scene, &id, 0, MOST_STEPS).await?
    };
    let right = super::detail(&mut tx, &scene, &right).await?;
    Ok(Diff {
        lines: lines(&left.steps, &right.steps),
        attributes: attributes(&left, &right),
        left,
        right,
    })
}

fn last_success(row: &Row, ctx: &Ctx) -> Query {
    let named = |field, text: &str| Condition::Named(field, Pattern::exact(text));
    let mut query = Query::everything()
        .and(named(Field::Route, &row.route))
        .and(named(Field::Integration, &row.integration))
        .and(named(Field::Environment, &row.environment))
        .and(Condition::Outcome(OutcomeIs::Completed));
    query.since_us = Some((ctx.now() - REACH).as_microsecond());
    query
}

fn lines(left: &[Step], right: &[Step]) -> Vec<Line> {
    let key = |step: &Step| (step.route.clone(), step.node.clone(), step.iteration);
    let (a, b): (Vec<_>, Vec<_>) =
        (left.iter().map(key).collect(), right.iter().map(key).collect());
    let mut lines = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &a, &b) {
        let only_left = |range: std::ops::Range<usize>| left[range].iter().cloned().map(Line::Left);
        let only_right =
            |range: std::ops::Range<usize>| right[range].iter().cloned().map(Line::Right);
        match op {
            DiffOp::Equal { .. } => {
                let pairs = left[op.old_range()].iter().zip(&right[op.new_range()]);
                lines.extend(pairs.map(|(a, b)| Line::Both(a.clone(), b.clone())));
            }
            DiffOp::Delete { .. } => lines.extend(only_left(op.old_range())),
            DiffOp::Insert { .. } => lines.extend(only_right(op.new_range())),
            DiffOp::Replace { .. } => {
                lines.extend(only_left(op.old_range()));
                lines.extend(only_right(op.new_range()));
            }
        }
    }
    lines
}

fn attributes(left: &Detail, right: &Detail) -> Vec<(String, Option<String>, Option<String>)> {
    let value = |detail: &Detail, name: &str| {
        detail.row.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    };
    let mut names: Vec<&String> =
        left.row.attributes.iter().chain(&right.row.attributes).map(|(key, _)| key).collect();
    names.sort_unstable();
    names.dedup();
    let pairs = names.into_iter().map(|name| (name.clone(), value(left, name), value(right, name)));
    pairs.filter(|(_, a, b)| a != b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(sequence: u32, node: &str, iteration: u32, duration_us: u64) -> Step {
        Step { sequence, iteration, node: node.to_owned(), duration_us, ..Step::default() }
    }

    #[test]
    fn a_slower_step_is_the_same_step_and_a_missing_one_is_not() {
        let failed = Step { is_failed: true, ..step(2, "b", 0, 5) };
        let left = [step(1, "a", 0, 5), failed, step(3, "throw", 0, 1)];
        let right = [step(1, "a", 0, 900), step(2, "b", 0, 5), step(3, "to", 0, 1)];
        let shown: Vec<String> = lines(&left, &right)
            .iter()
            .map(|line| match line {
                Line::Both(a, _) => format!("= {}", a.node),
                Line::Left(a) => format!("< {}", a.node),
                Line::Right(b) => format!("> {}", b.node),
            })
            .collect();
        assert_eq!(shown, ["= a", "= b", "< throw", "> to"]);
    }
}
