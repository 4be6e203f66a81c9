//! What real Go and real sprig answer, case by case; the file is made by `cargo xtask generate conformance`.
//!
//! A line is a template, what it renders to (or that it fails), and the functions it is there for. A line where sprig 3 answers otherwise
//! carries that answer, too: sprig 2.22.0 is the contract. A line marked `ours` says why we answer otherwise.

use std::collections::BTreeSet;

use serde_json::Value;
use template::{Budget, Options, Template};

const CASES: &str = include_str!("../../../../tools/conformance/cases.jsonl");

fn lines() -> impl Iterator<Item = Value> {
    CASES.lines().map(|line| serde_json::from_str(line).expect("a line of JSON"))
}

#[test]
fn every_case_is_answered_as_go_answers_it() {
    let context: Value = lines().next().unwrap()["context"].clone();
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in lines().skip(1) {
        count += 1;
        let source = case["template"].as_str().unwrap();
        let rendered = Template::parse("t", source, &Options::default())
            .and_then(|template| template.render(&context, &Budget::default()));
        let expected =
            if case["ours"].is_null() { &case["output"] } else { &case["ours"]["output"] };
        let fits = match (&rendered, expected.as_str()) {
            (Ok(text), Some(expected)) => text == expected,
            (Err(err), None) => !err.kind.is_limit(),
            _ => false,
        };
        if !fits {
            let go = expected
                .as_str()
                .map_or_else(|| format!("{}", case["error"]), |text| format!("{text:?}"));
            wrong.push(format!("{source}\n    ours {rendered:?}\n    Go   {go}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 400, "only {count} cases");
}

#[test]
fn every_function_has_a_case_that_renders() {
    let mut covered = BTreeSet::new();
    for case in lines().skip(1).filter(|case| case["output"].is_string() || !case["ours"].is_null())
    {
        let names = case["functions"].as_array().unwrap().iter();
        covered.extend(names.map(|name| name.as_str().unwrap().to_owned()));
    }
    // These have no answer in Go, or another one each time.
    let elsewhere = ["toYaml", "now", "ago", "fail"];
    let missing: Vec<_> = template::function_names()
        .into_iter()
        .filter(|name| !covered.contains(*name) && !elsewhere.contains(name))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}
