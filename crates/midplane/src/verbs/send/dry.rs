//! A dry run's report as a person reads it.

use serde_json::{Value, json};

use super::content::{Content, read};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Output, Tone};
use crate::verbs::get::plain;
use crate::verbs::messages::time;

/// `5=@price.json` or `http:prices=@price.json`, as the API takes them.
pub fn answers(given: &[String]) -> Outcome<Value> {
    let answer = |text: &String| {
        // An address may hold `=` in its options; the file comes last.
        let (which, file) =
            text.rsplit_once("=@").or_else(|| text.split_once('=')).ok_or_else(|| {
                Failure::new("MP-CLI-58", Exit::Usage, format!("`{text}` is no answer for a step"))
                    .next("write --answer 5=@reply.json, or --answer http:host/path=@reply.json")
            })?;
        let body = if text.contains("=@") { read(&format!("@{file}"))? } else { read(file)? };
        let content = Content { body: Some(body), headers: Vec::new() }.to_json();
        Ok(match which.parse::<u32>() {
            Ok(step) => json!({"step": step, "content": content}),
            Err(_) => json!({"uri": which, "content": content}),
        })
    };
    given.iter().map(answer).collect::<Outcome<Vec<Value>>>().map(Value::from)
}

pub fn tell(report: &Value, format: Format, reply: bool, output: &Output) -> Outcome<Exit> {
    match format {
        Format::Json => output.json(report)?,
        Format::Yaml => output.yaml(report)?,
        Format::Table => output.write(&render(report, reply, output))?,
    }
    let went_well = report["stoppedAt"].is_null() && report["outcome"] != "failed";
    Ok(if went_well { Exit::Done } else { Exit::Fault })
}

fn render(report: &Value, reply: bool, output: &Output) -> String {
    let (then, now) = (plain(&report["then"]), plain(&report["now"]));
    let mut text = match (then.is_empty(), now.is_empty() || then == now) {
        (true, true) => "sandbox of the release that runs\n".to_owned(),
        (_, true) => format!("sandbox of release {then}\n"),
        (true, false) => format!("sandbox of release {now}\n"),
        (false, false) => format!("sandbox of release {now} (then {then})\n"),
    };
    let stubs: Vec<String> = report["stubs"].as_array().into_iter().flatten().map(stub).collect();
    text += &if stubs.is_empty() {
        "nothing left this machine; nothing was to be sent\n".to_owned()
    } else {
        format!("nothing left this machine; kept back: {}\n", stubs.join(", "))
    };
    if let Some(at) = report["stoppedAt"].as_str() {
        let because = plain(&report["stoppedBecause"]);
        text += &output.paint(&format!("stopped at {at}: {because}\n"), Tone::Bad);
        return text + &format!("  next: say what it answers: --answer {at}=@FILE\n");
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
    if let Some(step) = report["differsAt"].as_u64() {
        text += &format!("; path differs from the original at step {step}");
    }
    text.push('\n');
    if outcome == "failed" {
        text += &format!("{}: {}\n", plain(&report["errorClass"]), plain(&report["error"]));
    }
    if let Some(answer) = report["reply"].as_str().filter(|_| reply) {
        text += &format!("{answer}\n");
    }
    text
}

fn stub(one: &Value) -> String {
    let (uri, what) = (plain(&one["uri"]), plain(&one["what"]));
    let what = if what == "send" { String::new() } else { format!("{what} ") };
    match one["answered"].as_str() {
        Some("unchanged") | None => format!("{what}{uri}"),
        Some(from) => format!("{what}{uri} ({from})"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_names_what_was_kept_back_and_where_it_stopped() {
        let output = Output { colours: false, width: None };
        let report = json!({"outcome": "completed", "durationUs": 12_000, "then": "4f2c", "now": "9ab1",
            "stubs": [{"uri": "sql:insert", "what": "send", "answered": "unchanged"},
                {"uri": "http:p/TEA", "what": "GET", "answered": "reply from step 5"}], "differsAt": 5});
        assert_eq!(
            render(&report, false, &output),
            "sandbox of release 9ab1 (then 4f2c)\n\
             nothing left this machine; kept back: sql:insert, GET http:p/TEA (reply from step 5)\n\
             would complete in 12 ms; path differs from the original at step 5\n"
        );
        let stopped = json!({"outcome": "completed", "stoppedAt": "http:p", "stoppedBecause": "no reply", "stubs": []});
        assert!(render(&stopped, false, &output).contains("stopped at http:p: no reply"));
    }

    #[test]
    fn an_answer_is_for_a_step_or_an_address() {
        let told = answers(&["5={}".to_owned()]).unwrap();
        assert_eq!((&told[0]["step"], &told[0]["content"]["body"]), (&json!(5), &json!("{}")));
        assert_eq!(answers(&["none".to_owned()]).unwrap_err().code, "MP-CLI-58");
    }
}
