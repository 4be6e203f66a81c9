//! Two messages side by side: `=` both made the step, `!` both made it and only one failed in it, `<` only the first, `>` only the second.

use serde_json::{Value, json};

use super::{ROW, STEP, headline, steps};
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::table::{Cell, Table};
use crate::output::{Format, Output, Tone};
use crate::verbs::get::plain;
use crate::verbs::messages::time;

const CHANGES: &str = "query($left: String!, $right: String!) { messageChanges(left: $left, right: $right) { \
    at part path left right } }";

pub(super) async fn run(
    client: &Client,
    left: &str,
    right: Option<&str>,
    format: Format,
    output: &Output,
) -> Outcome<Exit> {
    let side = format!("{{ message {{ {ROW} }} commit {{ short author subject }} }}");
    let document = format!(
        "query($left: String!, $right: String) {{ messageDiff(left: $left, right: $right) {{ left {side} right {side} \
        lines {{ side left {{ {STEP} }} right {{ {STEP} }} }} attributes {{ name left right }} }} }}"
    );
    let variables = json!({"left": left, "right": right});
    let mut diff = client.request(&document, variables).await?["messageDiff"].take();
    let id = |side: &str| diff[side]["message"]["id"].clone();
    let sides = json!({"left": id("left"), "right": id("right")});
    // Whoever may not see what messages carry is shown the rest.
    let asked = client.request(CHANGES, sides).await;
    diff["changes"] = asked.map(|mut data| data["messageChanges"].take()).unwrap_or_default();
    match format {
        Format::Json => output.json(&diff)?,
        Format::Yaml => output.yaml(&diff)?,
        Format::Table => output.write(&render(&diff, output))?,
    }
    Ok(Exit::Done)
}

/// What the step says; what both say where they differ.
fn details(line: &Value) -> String {
    let said = |side: &str| plain(&line[side]["detail"]);
    match (said("left"), said("right")) {
        (left, right) if left == right || right.is_empty() => left,
        (left, right) if left.is_empty() => right,
        (left, right) => format!("{left} / {right}"),
    }
}

fn render(diff: &Value, output: &Output) -> String {
    let mut text = format!("< {}", headline(&diff["left"], output));
    text += &format!("> {}", headline(&diff["right"], output));
    let mut table = Table::new(&["", "STEP", "FIRST", "SECOND", "DETAIL"]);
    for line in diff["lines"].as_array().into_iter().flatten() {
        let (sign, tone) = match line["side"].as_str() {
            Some("left") => ("<", Tone::Bad),
            Some("right") => (">", Tone::Good),
            _ if line["left"]["failed"] != line["right"]["failed"] => ("!", Tone::Bad),
            _ => ("=", Tone::Plain),
        };
        let step = if line["left"].is_object() { &line["left"] } else { &line["right"] };
        let took = |step: &Value| step["durationUs"].as_i64().map(time).unwrap_or_default();
        table.row(vec![
            Cell::toned(sign, tone),
            Cell::toned(steps::name(step), tone),
            Cell::from(took(&line["left"])),
            Cell::from(took(&line["right"])),
            Cell::from(details(line)),
        ]);
    }
    text += &table.render(output, "  ");
    for one in diff["attributes"].as_array().into_iter().flatten() {
        let value = |side: &str| one[side].as_str().unwrap_or("not set").to_owned();
        text += &format!("  {}: {} / {}\n", plain(&one["name"]), value("left"), value("right"));
    }
    for one in diff["changes"].as_array().into_iter().flatten() {
        let value = |side: &str| one[side].as_str().unwrap_or("nothing").to_owned();
        let place = format!("{} {}", plain(&one["at"]), plain(&one["part"]));
        text +=
            &format!("  {place} {}: {} / {}\n", plain(&one["path"]), value("left"), value("right"));
    }
    text
}
