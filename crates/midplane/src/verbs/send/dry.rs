//! What a dry run is told of replies, and its report as a person reads it.
//!
//! Steps are named as `message` numbers them (`5.2.1`); the API counts them.

use serde_json::{Value, json};

use super::content::{Content, read};
use crate::arguments::replay::DryArguments;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Output, Tone};
use crate::verbs::get::plain;
use crate::verbs::messages::time;

/// Steps of the original: as they are numbered, and as they are counted.
pub type Numbers = [(String, u64)];

/// `5.2.1=from:8B07` or `http:prices=reply.json`, as the API takes them.
pub fn replies(given: &DryArguments, numbers: &Numbers) -> Outcome<Value> {
    let mut all = Vec::new();
    for text in &given.replies {
        // An address may hold `=` in its options; what it is comes last.
        let (which, whence) = text.rsplit_once('=').ok_or_else(|| {
            Failure::new("MP-CLI-58", Exit::Usage, format!("`{text}` is no reply for a step"))
                .next("write --reply 5=reply.json, --reply 5=from:ID or --reply http:host/path=reply.json")
        })?;
        let mut reply = at(which, numbers)?;
        if let Some(id) = whence.strip_prefix("from:") {
            reply["from"] = id.into();
        } else {
            let body = match whence.strip_prefix("text:") {
                Some(text) => text.as_bytes().to_vec(),
                None if whence.starts_with('@') => read(whence)?,
                None => read(&format!("@{whence}"))?,
            };
            reply["content"] = Content { body: Some(body), headers: Vec::new() }.to_json();
        }
        all.push(reply);
    }
    for which in &given.allow {
        let mut reply = at(which, numbers)?;
        reply["allow"] = true.into();
        all.push(reply);
    }
    Ok(all.into())
}

/// Which calls: those of a step, or of an address.
fn at(which: &str, numbers: &Numbers) -> Outcome<Value> {
    if !which.bytes().all(|one| one.is_ascii_digit() || one == b'.') {
        return Ok(json!({"uri": which}));
    }
    let found = numbers.iter().find(|(number, _)| number == which);
    let step = found.map(|(_, step)| *step).ok_or_else(|| {
        Failure::new("MP-CLI-58", Exit::Usage, format!("the original has no step {which}"))
            .next("midplane message ID --steps shows all of its steps")
    })?;
    Ok(json!({"step": step}))
}

/// How a report is shown.
pub struct Shown<'a> {
    pub numbers: &'a Numbers,
    /// Whether the answer of the route was asked for.
    pub answer: bool,
}

impl Shown<'_> {
    fn number(&self, step: &Value) -> Option<String> {
        let step = step.as_u64()?;
        let found = self.numbers.iter().find(|(_, other)| *other == step);
        Some(found.map_or_else(|| step.to_string(), |(number, _)| number.clone()))
    }
}

pub fn tell(report: &Value, shown: &Shown<'_>, format: Format, output: &Output) -> Outcome<Exit> {
    match format {
        Format::Json => output.json(report)?,
        Format::Yaml => output.yaml(report)?,
        Format::Table => output.write(&render(report, shown, output))?,
    }
    let went_well = report["stoppedAt"].is_null() && report["outcome"] != "failed";
    Ok(if went_well { Exit::Done } else { Exit::Fault })
}

fn render(report: &Value, shown: &Shown<'_>, output: &Output) -> String {
    let mut text = release(report);
    let all = || report["stubs"].as_array().into_iter().flatten();
    let names = |asked: bool| -> Vec<String> {
        all().filter(|one| (one["answered"] == ASKED) == asked).map(stub).collect()
    };
    let (stubs, asked) = (names(false), names(true));
    text += "nothing left this machine";
    if !asked.is_empty() {
        text += &format!(" but what you allowed: {}", asked.join(", "));
    }
    text += &match stubs.is_empty() {
        true if asked.is_empty() => "; nothing was to be sent\n".to_owned(),
        true => "\n".to_owned(),
        false => format!("; stubbed: {}\n", stubs.join(", ")),
    };
    if report["source"] == "original" {
        text += "tried with the original kept on the runner\n";
    }
    if let Some(weaker) = report["weaker"].as_str() {
        text += &output.paint(&format!("{weaker}\n"), Tone::Waiting);
    }
    if let Some(at) = report["stoppedAt"].as_str() {
        return text + &stopped(report, at, shown, output);
    }
    let outcome = plain(&report["outcome"]);
    let tone = if outcome == "failed" { Tone::Bad } else { Tone::Good };
    let word = match outcome.as_str() {
        "completed" => "would complete",
        "handled" => "would fail and be handled",
        _ => "would fail",
    };
    text += &output.paint(word, tone);
    text += &format!(" in {}", time(report["durationUs"].as_i64().unwrap_or(0)));
    if let Some(number) = shown.number(&report["differsAt"]) {
        text += &format!("; path differs from the original at step {number}");
    }
    if let Some(changed) = changed(&report["changes"]) {
        text += &format!("; {changed}");
    }
    text.push('\n');
    if !report["errorClass"].is_null() {
        text += &format!("{}: {}\n", plain(&report["errorClass"]), plain(&report["error"]));
    }
    if let Some(answer) = report["reply"].as_str().filter(|_| shown.answer) {
        text += &format!("{answer}\n");
    }
    text
}

/// `1 field of the result changed, 2 headers`; none: nobody can tell.
pub fn changed(changes: &Value) -> Option<String> {
    let all = changes.as_array()?;
    let count = |part: &str| all.iter().filter(|one| one["part"] == part).count();
    let many = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        count => Some(format!("{count} {word}s")),
    };
    let (fields, headers) = (many(count("body"), "field"), many(count("header"), "header"));
    Some(match (fields, headers) {
        (None, None) => "same result".to_owned(),
        (Some(some), None) | (None, Some(some)) => format!("{some} of the result changed"),
        (Some(fields), Some(headers)) => format!("{fields} of the result changed, {headers}"),
    })
}

fn release(report: &Value) -> String {
    let (then, now) = (plain(&report["then"]), plain(&report["now"]));
    let change = match report["changed"].as_bool() {
        Some(true) => "; this route changed",
        Some(false) => "; this route did not change",
        None => "",
    };
    match (then.is_empty(), now.is_empty() || then == now) {
        (true, true) => "sandbox of the release that runs\n".to_owned(),
        (_, true) => format!("sandbox of release {then}\n"),
        (true, false) => format!("sandbox of release {now}\n"),
        (false, false) => format!("sandbox of release {now} (then {then}{change})\n"),
    }
}

/// Where it stopped, and what can be chosen there.
fn stopped(report: &Value, at: &str, shown: &Shown<'_>, output: &Output) -> String {
    let because = plain(&report["stoppedBecause"]);
    let number = shown.number(&report["stoppedStep"]);
    let place =
        number.clone().map_or_else(|| at.to_owned(), |number| format!("step {number} ({at})"));
    let mut text = output.paint(&format!("stopped at {place}: {because}. Choose:\n"), Tone::Bad);
    let which = number.clone().unwrap_or_else(|| at.to_owned());
    let mut choices = Vec::new();
    if let Some(id) = report["suggestion"].as_str() {
        choices
            .push((format!("--reply {which}=from:{id}"), "as the last success was answered there"));
    }
    choices.push((format!("--reply {which}=reply.json"), "what you say"));
    if at.starts_with("http:") || at.starts_with("https:") {
        choices.push((format!("--allow {which}"), "really ask (GET and HEAD only)"));
    }
    let width = choices.iter().map(|(choice, _)| choice.len()).max().unwrap_or(0);
    for (choice, what) in choices {
        text += &format!("  {choice:<width$}  {what}\n");
    }
    text
}

/// How the API says that a stub was told to ask.
const ASKED: &str = "really asked";

/// `sql insert orders (1 row)` as the original's step is called; `GET prices/TEA-10` as it was asked this time.
fn stub(one: &Value) -> String {
    let (uri, what) = (plain(&one["uri"]), plain(&one["what"]));
    let spoken = telemetry::title::spoken(&uri);
    let name = if what.bytes().all(|letter| letter.is_ascii_uppercase()) {
        let place = spoken.split_once(' ').map_or(&*spoken, |(_, place)| place);
        format!("{what} {place}")
    } else {
        let title = one["title"].as_str().filter(|title| !title.is_empty());
        let what = if what == "send" { String::new() } else { format!("{what} ") };
        title.map_or_else(|| format!("{what}{spoken}"), str::to_owned)
    };
    match one["answered"].as_str() {
        Some("unchanged" | ASKED) | None => name,
        Some(from) => format!("{name} ({from})"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(numbers: &Numbers) -> Shown<'_> {
        Shown { numbers, answer: false }
    }

    #[test]
    fn a_report_names_what_was_kept_back_and_where_it_stopped() {
        let output = Output { colours: false, width: None };
        let numbers = [("5.2.1".to_owned(), 7)];
        let report = json!({"outcome": "completed", "durationUs": 12_000, "then": "4f2c", "now": "9ab1", "changed": false,
            "stubs": [{"uri": "sql:insert", "what": "send", "answered": "unchanged", "title": "sql insert orders (1 row)"},
                {"uri": "http:p/TEA", "what": "GET", "answered": "reply of step 5"},
                {"uri": "sql:INSERT%20INTO%20lines%20VALUES%20(1)?x=y", "what": "send", "answered": "unchanged"}], "differsAt": 7,
            "changes": [{"part": "body"}]});
        assert_eq!(
            render(&report, &shown(&numbers), &output),
            "sandbox of release 9ab1 (then 4f2c; this route did not change)\n\
             nothing left this machine; stubbed: sql insert orders (1 row), GET p/TEA (reply of step 5), sql insert lines\n\
             would complete in 12 ms; path differs from the original at step 5.2.1; 1 field of the result changed\n"
        );
        let asked = json!({"outcome": "completed", "stubs": [
            {"uri": "http:p/TEA-01", "what": "GET", "answered": "really asked", "title": "http p/TEA-10"}]});
        let text = render(&asked, &shown(&numbers), &output);
        assert!(
            text.contains("nothing left this machine but what you allowed: GET p/TEA-01\n"),
            "{text}"
        );
        let stopped = json!({"outcome": "completed", "stoppedAt": "http:p", "stoppedBecause": "no reply",
            "stoppedStep": 7, "suggestion": "8B07", "stubs": []});
        let text = render(&stopped, &shown(&numbers), &output);
        assert!(text.contains("stopped at step 5.2.1 (http:p): no reply"), "{text}");
        assert!(
            text.contains("--reply 5.2.1=from:8B07") && text.contains("--allow 5.2.1"),
            "{text}"
        );
    }

    #[test]
    fn what_changed_is_counted_by_its_part() {
        let (body, header) = (json!({"part": "body"}), json!({"part": "header"}));
        assert_eq!(changed(&Value::Null), None);
        assert_eq!(changed(&json!([])).unwrap(), "same result");
        let both = changed(&json!([body, header, header])).unwrap();
        assert_eq!(both, "1 field of the result changed, 2 headers");
        assert_eq!(changed(&json!([header])).unwrap(), "1 header of the result changed");
    }

    #[test]
    fn a_reply_is_for_a_step_or_an_address() {
        let given = |text: &str| DryArguments {
            dry_run: true,
            replies: vec![text.to_owned()],
            allow: Vec::new(),
        };
        let numbers = [("5.2.1".to_owned(), 7)];
        let told = replies(&given("5.2.1=text:{}"), &numbers).unwrap();
        assert_eq!((&told[0]["step"], &told[0]["content"]["body"]), (&json!(7), &json!("{}")));
        let told = replies(&given("http:h/p?a=b=from:8B07"), &numbers).unwrap();
        assert_eq!((&told[0]["uri"], &told[0]["from"]), (&json!("http:h/p?a=b"), &json!("8B07")));
        assert_eq!(replies(&given("none"), &numbers).unwrap_err().code, "MP-CLI-58");
        assert_eq!(replies(&given("9=text:x"), &numbers).unwrap_err().code, "MP-CLI-58");
        let allow =
            DryArguments { dry_run: true, replies: Vec::new(), allow: vec!["5.2.1".to_owned()] };
        assert_eq!(replies(&allow, &numbers).unwrap(), json!([{"step": 7, "allow": true}]));
    }
}
