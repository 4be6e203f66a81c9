//! Settings of capture as JSON: what the API takes and the database holds.
//!
//! ```json
//! {"level": "headers", "samplePercent": 12.5, "payloadBytes": 4096, "retentionDays": 30, "indexWords": true, "hashMasks": true,
//!  "originals": {"keep": "24h", "cap": "256MiB"},
//!  "redact": {"headers": ["x-token"], "json": ["$.card.number"], "xml": ["/card/number"], "patterns": ["ACME-\\d+"]},
//!  "attributes": {"orderId": {"header": "orderId"}, "customer": {"jsonPath": "$.customer"}}}
//! ```
//! Every key may be left out. An unknown one is refused, so that a slip of the pen does not look like a setting.

use std::collections::BTreeMap;

use domain::capture::{Attribute, Level, Originals, Redaction, Settings};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("the settings cannot be used: {0}")]
    Json(#[from] serde_json::Error),
    #[error("`{0}` is no level: off, timings, headers or bodies")]
    Level(String),
    #[error("`samplePercent` is between 0 and 100")]
    Sample,
    #[error(
        "`originals` is `off` or `only`, or has `keep` as in `24h` and `cap` as in `256MiB`: `{0}` is none of them"
    )]
    Originals(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wire {
    level: Option<String>,
    sample_percent: Option<f64>,
    payload_bytes: Option<u32>,
    retention_days: Option<u32>,
    index_words: Option<bool>,
    hash_masks: Option<bool>,
    originals: Option<WireOriginals>,
    #[serde(default)]
    redact: WireRedaction,
    #[serde(default)]
    attributes: BTreeMap<String, WireAttribute>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireOriginals {
    Word(String),
    Kept(WireKept),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireKept {
    keep: Option<String>,
    cap: Option<String>,
    #[serde(default)]
    only: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WireRedaction {
    headers: Vec<String>,
    json: Vec<String>,
    xml: Vec<String>,
    patterns: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
enum WireAttribute {
    Header(String),
    #[serde(alias = "jsonpath")]
    JsonPath(String),
}

pub fn read(value: &Value) -> Result<Settings, Unreadable> {
    let Wire {
        level,
        sample_percent,
        payload_bytes,
        retention_days,
        index_words,
        hash_masks,
        originals,
        redact: WireRedaction { headers, json, xml, patterns },
        attributes,
    } = serde_json::from_value(value.clone())?;
    let level = level.map(|text| Level::parse(&text).ok_or(Unreadable::Level(text))).transpose()?;
    let sample = sample_percent.map(per_mille).transpose()?;
    let attributes = attributes.into_iter().map(|(name, from)| {
        let from = match from {
            WireAttribute::Header(header) => Attribute::Header(header),
            WireAttribute::JsonPath(path) => Attribute::JsonPath(path),
        };
        (name, from)
    });
    Ok(Settings {
        level,
        sample_per_mille: sample,
        payload_bytes,
        retention_days,
        index_words,
        hash_masks,
        originals: originals.map(self::originals).transpose()?,
        redaction: Redaction { headers, json, xml, patterns },
        attributes: attributes.collect(),
    })
}

fn originals(wire: WireOriginals) -> Result<Originals, Unreadable> {
    let kept = match wire {
        WireOriginals::Word(word) if word == "off" => return Ok(Originals::Off),
        WireOriginals::Word(word) if word == "only" => {
            WireKept { keep: None, cap: None, only: true }
        }
        WireOriginals::Word(word) => return Err(Unreadable::Originals(word)),
        WireOriginals::Kept(kept) => kept,
    };
    let Originals::Kept { keep_seconds, cap_bytes, only: _ } = Originals::USUAL else {
        return Ok(Originals::Off);
    };
    let read = |text: Option<String>, units: &[(&str, u64)], usual: u64| {
        let Some(text) = text else { return Ok(usual) };
        let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = text[number.len()..].to_owned();
        let factor = units.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        let number: Option<u64> = number.trim_end().parse().ok();
        let product = number.zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
        product.ok_or(Unreadable::Originals(text))
    };
    let spans = [("s", 1), ("m", 60), ("h", 3_600), ("d", 24 * 3_600)];
    let sizes = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    Ok(Originals::Kept {
        keep_seconds: read(kept.keep, &spans, keep_seconds)?,
        cap_bytes: read(kept.cap, &sizes, cap_bytes)?,
        only: kept.only,
    })
}

fn per_mille(percent: f64) -> Result<u32, Unreadable> {
    if !(0.0..=100.0).contains(&percent) {
        return Err(Unreadable::Sample);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 1,000, as was checked"
    )]
    Ok((percent * 10.0).round() as u32)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_that_can_be_said_is_read() {
        let settings = read(&json!({
            "level": "headers", "samplePercent": 12.5, "payloadBytes": 4096, "retentionDays": 30, "indexWords": true,
            "redact": {"headers": ["x-token"], "json": ["$.a"]},
            "attributes": {"orderId": {"header": "orderId"}, "customer": {"jsonpath": "$.customer"}},
        }))
        .unwrap();
        assert_eq!((settings.level, settings.sample_per_mille), (Some(Level::Headers), Some(125)));
        assert_eq!(settings.attributes["customer"], Attribute::JsonPath("$.customer".to_owned()));
        assert_eq!(settings.redaction.headers, ["x-token"]);
        assert_eq!(read(&json!({})).unwrap(), Settings::default());
    }

    #[test]
    fn originals_are_kept_for_a_while_or_not_at_all() {
        let read = |value| read(&json!({"originals": value})).map(|read| read.originals.unwrap());
        assert_eq!(read(json!("off")).unwrap(), Originals::Off);
        assert_eq!(read(json!({})).unwrap(), Originals::USUAL);
        let kept = read(json!({"keep": "90m", "cap": "2 GiB"})).unwrap();
        let want = Originals::Kept { keep_seconds: 5_400, cap_bytes: 2 << 30, only: false };
        assert_eq!(kept, want);
        let usual = Originals::Kept { keep_seconds: 86_400, cap_bytes: 256 << 20, only: true };
        assert_eq!(read(json!("only")).unwrap(), usual);
        assert_eq!(read(json!({"only": true})).unwrap(), usual);
        for bad in [
            json!("on"),
            json!({"keep": "24"}),
            json!({"cap": "1 MB"}),
            json!({"for": "1h"}),
            json!({"keep": "-1h"}),
        ] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_refused() {
        for bad in [
            json!({"levle": "off"}),
            json!({"level": "everything"}),
            json!({"samplePercent": 101}),
            json!({"redact": {"cookies": []}}),
            json!({"attributes": {"a": {"body": "x"}}}),
            json!([]),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }
}
