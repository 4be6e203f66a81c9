//! `messages --missing`: what became of every message, and of which of them nothing more is known than how many they were.
//!
//! `made = kept + left out + missing + on their way`. What a setting leaves out is not missing. Losses that are known only by an upper
//! bound (what a killed JVM held) stand apart and are in no sum.

use serde_json::{Value, json};

use super::super::get::plain;
use crate::arguments::message::MessagesArguments;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::table::{Cell, Table};
use crate::output::{Format, Output, Tone};

/// Looked at without `since:`.
const USUAL_S: i64 = 24 * 3600;

pub(super) async fn run(
    client: &Client,
    integration: Option<&str>,
    query: &str,
    arguments: &MessagesArguments,
    output: &Output,
) -> Outcome<Exit> {
    let now = crate::environment::now();
    // The server says what is wrong with a text; here it only gives the time.
    let asked = telemetry::query::parse(query, now).ok();
    let at = |us: Option<i64>| jiff::Timestamp::from_microsecond(us?).ok();
    let from = asked.as_ref().and_then(|query| at(query.since_us));
    let from = from.unwrap_or(now - jiff::SignedDuration::from_secs(USUAL_S));
    let until = asked.as_ref().and_then(|query| at(query.until_us));
    let to = until.unwrap_or(now + jiff::SignedDuration::from_secs(60));
    let document = "query($integration: String, $environment: String, $from: String!, $to: String!) { telemetryAccounts( \
        integration: $integration, environment: $environment, from: $from, to: $to) { entry kind stage reason isExact isWanted count } }";
    let variables = json!({
        "integration": integration, "environment": arguments.client.environment, "from": from.to_string(), "to": to.to_string(),
    });
    let rows = client.request(document, variables).await?["telemetryAccounts"].take();
    let books = Books::of(&rows);
    let said = books.to_json(&from.to_string(), &to.to_string());
    match arguments.output {
        Format::Json => output.json(&said)?,
        Format::Yaml => output.yaml(&said)?,
        Format::Table => books.show(output)?,
    }
    Ok(Exit::Done)
}

/// The books of messages.
#[derive(Debug, Default)]
struct Books {
    made: i64,
    kept: i64,
    left_out: i64,
    missing: Vec<Missing>,
}

#[derive(Debug)]
struct Missing {
    count: i64,
    stage: String,
    reason: String,
    is_exact: bool,
}

impl Books {
    fn of(rows: &Value) -> Self {
        let mut books = Self::default();
        for row in rows.as_array().into_iter().flatten().filter(|row| row["kind"] == "message") {
            let count = row["count"].as_i64().unwrap_or(0);
            match row["entry"].as_str() {
                Some("produced") => books.made += count,
                Some("stored") => books.kept += count,
                _ if row["isWanted"] == true => books.left_out += count,
                _ => books.missing.push(Missing {
                    count,
                    stage: plain(&row["stage"]),
                    reason: plain(&row["reason"]),
                    is_exact: row["isExact"] != false,
                }),
            }
        }
        books.missing.sort_by_key(|missing| -missing.count);
        books
    }

    fn exactly_missing(&self) -> i64 {
        self.missing.iter().filter(|one| one.is_exact).map(|one| one.count).sum()
    }

    fn on_their_way(&self) -> i64 {
        self.made - self.kept - self.left_out - self.exactly_missing()
    }

    fn to_json(&self, from: &str, to: &str) -> Value {
        let missing: Vec<Value> = self
            .missing
            .iter()
            .map(|one| {
                json!({"count": one.count, "stage": one.stage, "reason": one.reason, "exact": one.is_exact})
            })
            .collect();
        json!({
            "from": from, "to": to, "made": self.made, "kept": self.kept, "leftOut": self.left_out,
            "missing": missing, "onTheirWay": self.on_their_way(),
        })
    }

    fn show(&self, output: &Output) -> Outcome {
        if self.missing.is_empty() {
            output.remark("nothing is missing");
        } else {
            let mut table = Table::new(&["MISSING", "WHERE", "WHY"]);
            for one in &self.missing {
                let count =
                    if one.is_exact { one.count.to_string() } else { format!("<= {}", one.count) };
                let why = why(&one.reason).to_owned();
                table.row(vec![
                    Cell::toned(count, Tone::Bad),
                    Cell::from(place(&one.stage, &one.reason).to_owned()),
                    Cell::from(why),
                ]);
            }
            output.write(&table.render(output, ""))?;
        }
        let (made, kept, left_out) = (self.made, self.kept, self.left_out);
        let way = self.on_their_way();
        output.remark(&format!(
            "{made} made = {kept} kept + {left_out} left out by settings + {} missing + {way} on their way",
            self.exactly_missing()
        ));
        Ok(())
    }
}

fn place(stage: &str, reason: &str) -> &'static str {
    match (stage, reason) {
        ("tracer", _) | (_, "process_died") => "in the workload",
        ("runner", _) | (_, "runner_died") => "at the runtime",
        ("spool", _) | (_, "spool_damaged") => "in the runtime's unsent data",
        ("link" | "ingest", _) => "at the control plane's door",
        ("store", _) => "in the database",
        (_, "connection") => "between workload and runtime",
        _ => "",
    }
}

fn why(reason: &str) -> &str {
    match reason {
        "ring_full" => "the runtime did not take them in time",
        "spool_full" => "unsent data reached its cap; MIDPLANE_SPOOL_BYTES sets it",
        "too_old" => "they waited three days for the control plane",
        "disk_full" => "the disk did not take them (MP-TEL-04)",
        "too_large" => "larger than a block may be",
        "rejected" => "the control plane could not read or store them",
        "malformed" => "the tracer could not encode them",
        "redaction_error" => "they could not be redacted",
        "process_died" => "the workload's process was killed",
        "runner_died" => "the runner was killed before they were on disk",
        "spool_damaged" => "what was on disk does not read back",
        "connection" => "the connection to the workload ended on their way",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_add_up_and_bounds_are_in_no_sum() {
        let row = |entry: &str, reason: &str, exact: bool, wanted: bool, count: i64| {
            json!({"entry": entry, "kind": "message", "stage": "spool", "reason": reason, "isExact": exact,
                "isWanted": wanted, "count": count})
        };
        let books = Books::of(&json!([
            row("produced", "", true, false, 100),
            row("stored", "", true, false, 60),
            row("dropped", "sampled_head", true, true, 20),
            row("dropped", "disk_full", true, false, 7),
            row("lost", "process_died", false, false, 4096),
            row("lost", "connection", true, false, 3),
            {"entry": "stored", "kind": "log", "count": 9},
        ]));
        assert_eq!((books.exactly_missing(), books.on_their_way()), (10, 10));
        let said = books.to_json("a", "b");
        assert_eq!(
            said["missing"][0],
            json!({"count": 4096, "stage": "spool", "reason": "process_died", "exact": false})
        );
        assert_eq!((&said["kept"], &said["leftOut"]), (&json!(60), &json!(20)));
    }
}
