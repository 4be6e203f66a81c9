//! `capture:` of `midplane.yaml`: what a release says of its own messages.
//!
//! ```text
//! organization < environment < project < the release's file < settings of the integration < route      (a window wins over all)
//! ```
//! It comes with the release and goes with it: a rollback brings back what the older release said. Whoever sets something for
//! the integration wins over the file, because that is done to a running system by somebody who looks at it; rules of redaction
//! add up as everywhere. The words are those of the settings, so nothing below this module knows of files.

use camel::descriptor::{AttributeFrom, Capture, CaptureLevel, Originals};
use domain::capture::Level;
use serde_json::{Map, Value, json};

/// The file's words as settings.
pub(crate) fn settings(capture: &Capture) -> Value {
    let Capture {
        level,
        sample_percent,
        redact_headers,
        redact_json,
        redact_xml,
        redact_patterns,
        attributes,
        originals,
    } = capture;
    let mut out = Map::new();
    if let Some(level) = level {
        out.insert("level".to_owned(), json!(known(*level).as_str()));
    }
    if let Some(percent) = sample_percent {
        out.insert("samplePercent".to_owned(), json!(percent));
    }
    match originals {
        Some(Originals::Off) => drop(out.insert("originals".to_owned(), json!("off"))),
        Some(Originals::Kept { keep, cap, only }) => {
            let parts = [("keep", keep), ("cap", cap)].into_iter();
            let mut said: Map<String, Value> = parts
                .filter_map(|(key, text)| Some((key.to_owned(), json!(text.as_ref()?))))
                .collect();
            if *only {
                said.insert("only".to_owned(), json!(true));
            }
            out.insert("originals".to_owned(), Value::Object(said));
        }
        None => {}
    }
    let lists = [
        ("headers", redact_headers),
        ("json", redact_json),
        ("xml", redact_xml),
        ("patterns", redact_patterns),
    ];
    let redact: Map<String, Value> = lists
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(key, list)| (key.to_owned(), json!(list)))
        .collect();
    if !redact.is_empty() {
        out.insert("redact".to_owned(), Value::Object(redact));
    }
    if !attributes.is_empty() {
        let attributes: Map<String, Value> = attributes
            .iter()
            .map(|(name, from)| {
                let from = match from {
                    AttributeFrom::Header(header) => json!({ "header": header }),
                    AttributeFrom::JsonPath(path) => json!({ "jsonPath": path }),
                };
                (name.clone(), from)
            })
            .collect();
        out.insert("attributes".to_owned(), Value::Object(attributes));
    }
    Value::Object(out)
}

/// Why a runner could not do what the file says, in the words of the settings.
pub(crate) fn check(capture: &Capture) -> Result<(), String> {
    super::usable(&settings(capture)).map(drop)
}

fn known(level: CaptureLevel) -> Level {
    match level {
        CaptureLevel::Off => Level::Off,
        CaptureLevel::Timings => Level::Timings,
        CaptureLevel::Headers => Level::Headers,
        CaptureLevel::Body => Level::Bodies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Capture {
        let (found, problems) = camel::descriptor::parse("midplane.yaml", text.as_bytes());
        found.and_then(|found| found.refinement.capture).unwrap_or_else(|| panic!("{problems:?}"))
    }

    #[test]
    fn a_file_says_what_settings_say() {
        let capture = read(
            "capture: {level: body, sample: 12.5%, redact: {headers: [x-token], json: [$.card], patterns: ['ACME-\\d+']}, \
             attributes: {orderId: {header: orderId}, customer: {jsonpath: $.customer}}, originals: {keep: 2h, cap: 64MiB}}",
        );
        assert_eq!(check(&capture), Ok(()));
        assert_eq!(
            settings(&capture),
            json!({
                "level": "bodies", "samplePercent": 12.5,
                "redact": {"headers": ["x-token"], "json": ["$.card"], "patterns": ["ACME-\\d+"]},
                "attributes": {"orderId": {"header": "orderId"}, "customer": {"jsonPath": "$.customer"}},
                "originals": {"keep": "2h", "cap": "64MiB"},
            })
        );
        assert_eq!(settings(&Capture::default()), json!({}));
    }

    #[test]
    fn what_no_runner_could_use_is_told() {
        assert_eq!(settings(&read("capture: {originals: off}")), json!({"originals": "off"}));
        let only = json!({"originals": {"only": true}});
        assert_eq!(settings(&read("capture: {originals: only}")), only);
        for bad in [
            "capture: {redact: {patterns: ['(']}}",
            "capture: {attributes: {'a b': {header: x}}}",
            "capture: {originals: {keep: 24}}",
        ] {
            assert!(check(&read(bad)).is_err(), "{bad}");
        }
    }
}
