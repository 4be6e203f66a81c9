//! `failures resolve|mute|reopen|assign|note GROUP`: one mutation each, and what is so then.

use serde_json::{Value, json};

use super::{GROUP, list, short};
use crate::arguments::failures::{FailuresVerb, GroupArguments};
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::table::cut;
use crate::output::{Format, Output};
use crate::verbs::get::plain;

/// Further back than any store keeps messages: a group is there for as long as the organization.
const EVER_MS: u64 = 10 * 365 * 86_400_000;
/// Candidates that are worth reading.
const MOST_NAMED: usize = 8;
const WHAT: usize = 60;

/// A mutation with what it takes beside the group.
struct Said {
    field: &'static str,
    /// `, $note: String`, as the document declares them.
    declared: &'static str,
    /// `, note: $note`
    given: &'static str,
    values: Value,
}

pub async fn run(verb: FailuresVerb, environment: &Environment, output: &Output) -> Outcome<Exit> {
    let (arguments, said) = said(verb);
    let GroupArguments { group, at, output: format, client } = arguments;
    let client = Client::of(&client, environment)?;
    let groups = list(&client, None, EVER_MS).await?;
    let found = named(&groups, &group, at.as_deref())?;
    let Said { field, declared, given, values } = said;
    let document =
        format!("mutation($id: ID!{declared}) {{ {field}(id: $id{given}) {{ {GROUP} }} }}");
    let mut variables = values;
    variables["id"] = found["id"].clone();
    let now = client.request(&document, variables).await?[field].take();
    match format {
        Format::Json => output.json(&now)?,
        Format::Yaml => output.yaml(&now)?,
        Format::Table => output.line(&told(&short(&plain(&now["fingerprint"]), &groups), &now))?,
    }
    Ok(Exit::Done)
}

fn said(verb: FailuresVerb) -> (GroupArguments, Said) {
    let of = |field, declared, given, values| Said { field, declared, given, values };
    match verb {
        FailuresVerb::Resolve { group, note } => {
            let values = json!({"note": note});
            (group, of("resolveFailureGroup", ", $note: String", ", note: $note", values))
        }
        FailuresVerb::Mute { group, span, note } => {
            let values = json!({"until": span.map(until), "note": note});
            let declared = ", $until: String, $note: String";
            (group, of("muteFailureGroup", declared, ", until: $until, note: $note", values))
        }
        FailuresVerb::Reopen { group } => (group, of("reopenFailureGroup", "", "", json!({}))),
        FailuresVerb::Assign { group, to, nobody: _ } => {
            (group, of("assignFailureGroup", ", $to: String", ", to: $to", json!({"to": to})))
        }
        FailuresVerb::Note { group, text, remove: _ } => {
            let values = json!({"note": text});
            (group, of("noteFailureGroup", ", $note: String", ", note: $note", values))
        }
    }
}

/// So long from now; a time that no clock has is the last one that it has.
fn until(span_ms: u64) -> String {
    let span = jiff::SignedDuration::from_millis(i64::try_from(span_ms).unwrap_or(i64::MAX));
    crate::environment::now().checked_add(span).unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// The one group whose fingerprint begins so; several are named, with what tells them apart.
fn named<'a>(groups: &'a [Value], start: &str, at: Option<&str>) -> Outcome<&'a Value> {
    let start = start.strip_prefix("group:").unwrap_or(start).to_lowercase();
    let place =
        |group: &Value| format!("{}/{}", plain(&group["integration"]), plain(&group["route"]));
    let is = |group: &&Value| {
        plain(&group["fingerprint"]).starts_with(&start)
            && at.is_none_or(|at| place(group) == at || group["integration"] == *at)
    };
    let fitting: Vec<&Value> = groups.iter().filter(is).collect();
    match fitting.as_slice() {
        [one] if !start.is_empty() => Ok(one),
        [] => Err(Failure::new(
            "MP-CLI-62",
            Exit::NotFound,
            format!("no failure group begins with `{start}`"),
        )
        .next("midplane failures --state all --since 30d")),
        several => {
            let text = format!("{} failure groups begin with `{start}`", several.len());
            let mut failure = Failure::new("MP-CLI-62", Exit::NotFound, text);
            for group in several.iter().take(MOST_NAMED) {
                failure = failure.because_text(format!(
                    "{} --at {} -e {}: {}",
                    short(&plain(&group["fingerprint"]), groups),
                    place(group),
                    plain(&group["environment"]),
                    cut(&plain(&group["error"]), WHAT)
                ));
            }
            Err(failure.next("write more of the fingerprint, or say where with --at and -e"))
        }
    }
}

/// `7f3a resolved by ana on 9ab1: orders/take, no price for sku`
fn told(short: &str, group: &Value) -> String {
    let mut text = format!("{short} {}", plain(&group["state"]).to_lowercase());
    if let Some(by) = group["stateBy"].as_str() {
        text += &format!(" by {by}");
    }
    if let Some(release) = group["resolvedOn"]["short"].as_str() {
        text += &format!(" on {release}");
    }
    if let Some(until) = group["mutedUntil"].as_str() {
        text += &format!(" until {until}");
    }
    if let Some(who) = group["assignee"].as_str() {
        text += &format!(", of {who}");
    }
    let place = format!("{}/{}", plain(&group["integration"]), plain(&group["route"]));
    text += &format!(": {place}, {}", cut(&plain(&group["error"]), WHAT));
    if let Some(note) = group["note"].as_str() {
        text += &format!("\n  note: {}", note.lines().next().unwrap_or_default());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(fingerprint: &str, route: &str) -> Value {
        json!({
            "fingerprint": fingerprint, "integration": "orders", "route": route, "environment": "dev", "error": "no price",
            "state": "RESOLVED", "stateBy": "ana", "resolvedOn": {"short": "9ab1"}, "assignee": null, "note": "list\nmore",
        })
    }

    #[test]
    fn a_group_is_named_by_its_first_characters_and_by_where_it_is() {
        let groups = [
            group("7f3a000000000001", "take"),
            group("7f3a000000000001", "line"),
            group("7f00000000000002", "take"),
        ];
        assert_eq!(named(&groups, "7F00", None).unwrap(), &groups[2]);
        assert_eq!(named(&groups, "group:7f0", None).unwrap(), &groups[2]);
        assert_eq!(named(&groups, "7f3a", Some("orders/line")).unwrap(), &groups[1]);
        assert_eq!(named(&groups, "8", None).unwrap_err().code, "MP-CLI-62");
        assert_eq!(named(&groups[2..], "", None).unwrap_err().code, "MP-CLI-62");
        let several = named(&groups, "7f", Some("orders/take")).unwrap_err();
        insta::assert_snapshot!(several.render(false), @r"
        error MP-CLI-62: 2 failure groups begin with `7f`
          because: 7f3a --at orders/take -e dev: no price
          because: 7f00 --at orders/take -e dev: no price
          next: write more of the fingerprint, or say where with --at and -e
        ");
    }

    #[test]
    fn what_was_said_is_told_with_what_there_is_of_it() {
        let told = told("7f3a", &group("7f3a000000000001", "take"));
        assert_eq!(told, "7f3a resolved by ana on 9ab1: orders/take, no price\n  note: list");
    }
}
