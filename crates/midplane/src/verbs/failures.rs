//! `failures`: which kinds of failures there are, in which state, and whose work they are.
//!
//! A group is named by the first characters of its fingerprint, as `group:` of `replay` takes it; lists show as many as tell its
//! rows apart. What people say of one is in [`say`].

pub mod say;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::get::plain;
use crate::arguments::failures::{FailuresArguments, State};
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::table::{Cell, Table, cut};
use crate::output::time::ago;
use crate::output::{Format, Output, Tone};

pub(super) const GROUP: &str = "id fingerprint integration environment route node errorClass error count handled repaired open \
    first firstAt last lastAt state stillFailing stateAt stateBy mutedUntil assignee note resolvedOn { short author subject } \
    beganOn { short author subject }";
/// A page of the API.
const PAGE: usize = 200;
/// Fewer characters are seldom the only ones.
const SHORTEST: usize = 4;
/// Of an error's text, so that what stands behind it stays on the screen.
const WHAT: usize = 60;

pub async fn run(
    arguments: FailuresArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let FailuresArguments { verb, state, since, output: format, client } = arguments;
    if let Some(verb) = verb {
        return say::run(verb, environment, output).await;
    }
    let client = Client::of(&client, environment)?;
    let groups = list(&client, words(&state), since).await?;
    match format {
        Format::Json => output.json(&groups.into())?,
        Format::Yaml => output.yaml(&groups.into())?,
        Format::Table if groups.is_empty() => output.remark(nothing(&state)),
        Format::Table => {
            let now = crate::environment::now();
            output.write(&table(&groups, now).render(output, ""))?;
            // What its route has dealt with, and what is repaired, needs nobody.
            if let Some(first) = groups.iter().find(|one| one["open"].as_u64() > Some(0)) {
                let short = short(&plain(&first["fingerprint"]), &groups);
                output.remark(&format!(
                    "try one: midplane replay 'group:{short}' --dry-run --canary 1"
                ));
            }
        }
    }
    Ok(Exit::Done)
}

/// As the API calls them; `None`: all.
fn words(states: &[State]) -> Option<Vec<&'static str>> {
    let word = |state: &State| match state {
        State::Open => Some("OPEN"),
        State::Returned => Some("RETURNED"),
        State::Muted => Some("MUTED"),
        State::Resolved => Some("RESOLVED"),
        State::All => None,
    };
    states.iter().map(word).collect()
}

fn nothing(states: &[State]) -> &'static str {
    if states.iter().all(|state| matches!(state, State::Open | State::Returned)) {
        "no open failures; all of them: midplane failures --state all"
    } else {
        "no failures in that state; look further back with --since 30d"
    }
}

/// The groups of the chosen environment, the newest first; more than a page of them too.
pub(super) async fn list(
    client: &Client,
    states: Option<Vec<&str>>,
    since_ms: u64,
) -> Outcome<Vec<Value>> {
    let document = format!(
        "query($since: String!, $before: ID, $state: [FailureState!]) {{ failureGroups(since: $since, before: $before, state: $state) \
         {{ {GROUP} }} }}"
    );
    let span = SignedDuration::from_millis(i64::try_from(since_ms).unwrap_or(i64::MAX));
    let since = crate::environment::now().checked_sub(span).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let mut groups: Vec<Value> = Vec::new();
    loop {
        let before = groups.last().map(|last| last["last"].clone());
        let variables = json!({"since": since.to_string(), "before": before, "state": states});
        let mut data = client.request(&document, variables).await?;
        let Value::Array(page) = data["failureGroups"].take() else { break };
        let is_last = page.len() < PAGE;
        groups.extend(page);
        if is_last {
            break;
        }
    }
    if let Some(name) = &client.environment {
        groups.retain(|group| group["environment"] == **name);
    }
    Ok(groups)
}

/// As many characters of a fingerprint as tell it from the others of the list.
pub(super) fn short(fingerprint: &str, groups: &[Value]) -> String {
    let others = || groups.iter().map(|group| plain(&group["fingerprint"]));
    let is_only = |length: usize| {
        let start = fingerprint.get(..length).unwrap_or(fingerprint);
        others().all(|other| other == fingerprint || !other.starts_with(start))
    };
    let length = (SHORTEST..fingerprint.len()).find(|length| is_only(*length));
    length.and_then(|length| fingerprint.get(..length)).unwrap_or(fingerprint).to_owned()
}

fn tone(state: &str) -> Tone {
    match state {
        "OPEN" | "RETURNED" => Tone::Bad,
        "MUTED" => Tone::Quiet,
        "RESOLVED" => Tone::Good,
        _ => Tone::Plain,
    }
}

/// `Resolved, still failing`: what was to mend it did not, or is not deployed yet.
fn state(group: &Value) -> Cell {
    let state = plain(&group["state"]);
    let text = crate::output::table::human(&state);
    if group["stillFailing"] == true {
        return Cell::toned(format!("{text}, still failing"), Tone::Bad);
    }
    Cell::toned(text, tone(&state))
}

fn table(groups: &[Value], now: jiff::Timestamp) -> Table {
    let several = groups.iter().any(|group| group["environment"] != groups[0]["environment"]);
    let mut table =
        Table::new(&["GROUP", "STATE", "COUNT", "OPEN", "WHERE", "WHAT", "LAST", "ASSIGNEE"]);
    for group in groups {
        let mut place = format!("{}/{}", plain(&group["integration"]), plain(&group["route"]));
        if several {
            place += &format!(" ({})", plain(&group["environment"]));
        }
        let what = plain(&group["error"]);
        let what = if what.is_empty() { plain(&group["errorClass"]) } else { what };
        table.row(vec![
            Cell::toned(short(&plain(&group["fingerprint"]), groups), Tone::Strong),
            state(group),
            Cell::from(plain(&group["count"])),
            Cell::from(plain(&group["open"])),
            Cell::from(place),
            Cell::from(cut(&what, WHAT)),
            Cell::from(ago(group["lastAt"].as_str(), now)),
            Cell::from(plain(&group["assignee"])),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(fingerprint: &str) -> Value {
        json!({
            "fingerprint": fingerprint, "state": "RETURNED", "count": 21, "open": 17, "integration": "orders", "route": "take",
            "environment": "dev", "error": "no price for sku `TEA-10`\nmore", "lastAt": "2026-01-01T23:57:00Z", "assignee": null,
        })
    }

    #[test]
    fn a_list_reads_like_work_to_do() {
        let now = "2026-01-02T00:00:00Z".parse().unwrap();
        let output = Output { colours: false, width: None };
        let text = table(&[group("7f3a900000000001")], now).render(&output, "");
        assert_eq!(
            text,
            "GROUP  STATE     COUNT  OPEN  WHERE        WHAT                       LAST    ASSIGNEE\n\
             7f3a   Returned  21     17    orders/take  no price for sku `TEA-10`  3m ago  -\n"
        );
    }

    #[test]
    fn a_group_is_shown_by_what_tells_it_apart() {
        let groups =
            [group("7f3a900000000001"), group("7f3a980000000002"), group("8000000000000000")];
        assert_eq!(short("7f3a900000000001", &groups), "7f3a90");
        assert_eq!(short("8000000000000000", &groups), "8000");
        // The same fault in two places is one fingerprint.
        let twice = [group("7f3a900000000001"), group("7f3a900000000001")];
        assert_eq!(short("7f3a900000000001", &twice), "7f3a");
    }

    #[test]
    fn states_are_named_or_all_of_them() {
        assert_eq!(words(&[State::Open, State::Muted]), Some(vec!["OPEN", "MUTED"]));
        assert_eq!(words(&[State::Open, State::All]), None);
    }
}
