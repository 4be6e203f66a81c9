//! What would be stored of a body, and which rule hides what: settings tried out before they are set.
//!
//! The rules are those that would hold at the place: the built-in ones, those of every wider layer and of the release that is
//! deployed there, and the ones being tried instead of what the place says now. The body is looked at and forgotten; nothing of it is written anywhere.

use domain::capture::{Effective, Level, Settings};
use domain::permission::Permission;
use store::Tx;
use store::capture::Place;
use store::desired::Desired;
use telemetry::redact::{Redacted, Redactor};

use super::{At, Target, delivered, json, place, require};
use crate::app::Error;
use crate::ctx::Ctx;

/// As much of a body as is ever kept.
const LARGEST: usize = domain::capture::LARGEST_PAYLOAD as usize;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    pub rule: String,
    pub line: usize,
    pub column: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    pub level: Level,
    /// `None`: nothing of it, because of the level or because a rule cannot read it.
    pub kept: Option<String>,
    pub is_unreadable: bool,
    pub is_cut: bool,
    pub hidden: Vec<Hidden>,
}

pub async fn run(
    ctx: &Ctx,
    target: &Target,
    settings: &str,
    body: &str,
    content_type: Option<&str>,
) -> Result<Trial, Error> {
    if body.len() > LARGEST {
        let message = format!("a body to try has at most {LARGEST} bytes");
        return Err(Error::invalid("MP-API-10", message));
    }
    let tried = super::read(settings)?;
    let mut tx = ctx.begin().await?;
    let place = place(ctx, &mut tx, target).await?;
    require(ctx, Permission::ReadCapture, &place)?;
    let mut layers = store::capture::list(&mut tx).await?;
    if let Some(desired) = desired(&mut tx, &place).await? {
        let file = delivered::of_file(&desired, &place.integration);
        layers = delivered::with_file(&layers, file);
    }
    drop(tx);
    let at = At {
        environment: Some(place.environment),
        project: Some(place.project),
        integration: &place.integration,
        route: &place.route,
    };
    let mut all: Vec<Settings> = layers
        .iter()
        .filter(|layer| layer.place != place && at.covered_by(&layer.place))
        .filter_map(|layer| json::read(&layer.settings).ok())
        .collect();
    all.push(tried);
    judge(Effective::of(&all, None), body, content_type)
}

/// What is to run of the integration in the environment, if the place names both.
async fn desired(tx: &mut Tx, place: &Place) -> Result<Option<Desired>, Error> {
    let integrations = store::integration::list(tx).await?;
    let Some(integration) = integrations.into_iter().find(|one| {
        one.project == place.project && one.name == place.integration && one.removed_at.is_none()
    }) else {
        return Ok(None);
    };
    let workloads = store::workload::list_of_integration(tx, integration.id).await?;
    let Some(workload) = workloads.into_iter().find(|one| one.environment == place.environment)
    else {
        return Ok(None);
    };
    let rows = store::desired::of_runtime(tx, workload.runtime).await?;
    Ok(rows.into_iter().find(|row| row.workload == workload.id))
}

fn judge(effective: Effective, body: &str, content_type: Option<&str>) -> Result<Trial, Error> {
    let additions = delivered::redaction(effective.redaction).additions();
    let redactor = Redactor::new(&additions, None)
        .map_err(|err| Error::invalid("MP-CAP-02", err.to_string()))?;
    let most = usize::try_from(effective.payload_bytes).unwrap_or(LARGEST);
    // A tracer cuts first, and what is masked is what is left.
    let shown = &body[..body.floor_char_boundary(most)];
    let found = redactor.find(shown.as_bytes(), content_type);
    let masked = match redactor.body(shown.as_bytes(), content_type) {
        Redacted::Clean => Some(shown.to_owned()),
        Redacted::Masked(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Redacted::Unreadable => None,
    };
    let hidden = found.iter().flatten().map(|finding| {
        let (line, column) = position(shown, finding.range.start);
        Hidden { rule: finding.rule.clone(), line, column }
    });
    Ok(Trial {
        level: effective.level,
        is_unreadable: masked.is_none(),
        is_cut: shown.len() < body.len(),
        hidden: hidden.collect(),
        kept: masked.filter(|_| effective.level == Level::Bodies),
    })
}

/// Line and column of a byte, from one.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use domain::capture::Redaction;

    use super::*;

    fn with(json: &[&str], bytes: u32) -> Effective {
        let json = json.iter().map(|&path| path.to_owned()).collect();
        let redaction = Redaction { json, ..Redaction::default() };
        Effective { redaction, payload_bytes: bytes, ..Effective::default() }
    }

    #[test]
    fn a_rule_hides_its_value_and_says_where() {
        let trial = judge(with(&["$.iban"], 1_000), "{\n \"iban\": \"DE02\"}", None).unwrap();
        assert!(!trial.kept.unwrap().contains("DE02"));
        let [hidden] = trial.hidden.try_into().unwrap();
        assert_eq!((hidden.rule.as_str(), hidden.line), ("$.iban", 2));
    }

    #[test]
    fn a_body_that_a_rule_cannot_read_is_not_kept() {
        let trial = judge(with(&["$.iban"], 1_000), "{broken", None).unwrap();
        assert_eq!((trial.kept, trial.is_unreadable), (None, true));
    }

    #[test]
    fn only_the_beginning_of_a_long_body_is_kept() {
        let trial = judge(with(&[], 3), "ab\u{e9}", None).unwrap();
        assert_eq!((trial.kept.as_deref(), trial.is_cut), (Some("ab"), true));
    }

    #[test]
    fn a_level_without_bodies_keeps_none() {
        let timings = Effective { level: Level::Timings, ..with(&[], 1_000) };
        let trial = judge(timings, "x", None).unwrap();
        assert_eq!((trial.kept, trial.is_unreadable), (None, false));
    }
}
