//! What a runner is told of each of its workloads: the layers laid over each other, beside the desired state.
//!
//! The revision is the youngest change that bears on the workload, or the end of the youngest window that closed: it grows
//! with every difference, so a runner and a tracer know which of two settings is the newer.

use std::collections::HashMap;

use domain::capture::{Attribute, Effective, Level, Originals, Redaction};
use domain::id::{EnvironmentId, ProjectId, WorkloadId};
use jiff::Timestamp;
use store::Tx;
use store::capture::{Layer, Place};
use store::desired::Desired;
use telemetry::capture as wire;
use uuid::Uuid;

use super::At;
use crate::app::{Error, secret};
use crate::server::Server;

/// The settings of each workload that is to run, as the link carries them.
pub(crate) async fn of(
    server: &Server,
    tx: &mut Tx,
    rows: &[Desired],
    now: Timestamp,
) -> Result<HashMap<WorkloadId, String>, Error> {
    let layers = store::capture::list(tx).await.map_err(Error::internal)?;
    let mut all = HashMap::new();
    for row in rows.iter().filter(|row| row.specification.is_some()) {
        if layers.is_empty() {
            // Nobody set anything: whose workload it is makes no difference.
            let at = At { environment: None, project: None, integration: "", route: "" };
            all.insert(row.workload, capture(&at, &[of_file(row, "")], now).to_text());
            continue;
        }
        let workload = store::workload::find(tx, row.workload).await.map_err(Error::internal)?;
        let Some(workload) = workload else { continue };
        let integration = store::integration::find(tx, workload.integration).await;
        let Some(integration) = integration.map_err(Error::internal)? else { continue };
        let at = At {
            environment: Some(workload.environment),
            project: Some(integration.project),
            integration: &integration.name,
            route: "",
        };
        let layers = with_file(&layers, of_file(row, &integration.name));
        let mut capture = capture(&at, &layers, now);
        if at.effective(&layers, now).hash_masks {
            let key = secret::mask_key(server, tx).await?;
            capture.redaction.hash_key = key.map(|key| hex::encode(*key));
        }
        all.insert(row.workload, capture.to_text());
    }
    Ok(all)
}

/// What the release's file says, as a layer.
pub(super) fn of_file(row: &Desired, integration: &str) -> Layer {
    Layer {
        place: Place {
            environment: EnvironmentId(Uuid::nil()),
            project: ProjectId(Uuid::nil()),
            integration: integration.to_owned(),
            route: String::new(),
        },
        settings: row.capture.clone().unwrap_or_else(|| serde_json::json!({})),
        window: None,
        changed_at: row.changed_at,
    }
}

/// The file's layer lies under all that is set for an integration and over everything else.
pub(super) fn with_file(layers: &[Layer], file: Layer) -> Vec<Layer> {
    let place = layers.iter().position(|layer| !layer.place.integration.is_empty());
    let mut all = layers.to_vec();
    all.insert(place.unwrap_or(layers.len()), file);
    all
}

fn capture(at: &At<'_>, layers: &[Layer], now: Timestamp) -> wire::Capture {
    let Effective {
        level,
        sample_per_mille,
        payload_bytes,
        retention_days: _,
        index_words: _,
        hash_masks: _,
        originals,
        redaction,
        attributes,
    } = at.effective(layers, now);
    let routes = layers.iter().filter(|layer| {
        !layer.place.route.is_empty()
            && At { route: &layer.place.route, ..*at }.covered_by(&layer.place)
    });
    let routes = routes.map(|layer| {
        let route = &layer.place.route;
        let own = At { route, ..*at }.effective(layers, now);
        let settings = wire::RouteCapture {
            level: (own.level != level).then(|| told(own.level)),
            rate_millionths: (own.sample_per_mille != sample_per_mille)
                .then_some(own.sample_per_mille * 1_000),
            slow_us: None,
        };
        (route.clone(), settings)
    });
    wire::Capture {
        revision: revision(at, layers, now),
        level: told(level),
        rate_millionths: sample_per_mille * 1_000,
        payload_bytes,
        attributes: attributes
            .into_iter()
            .map(|(name, from)| {
                let from = match from {
                    Attribute::Header(header) => wire::Attribute::Header(header),
                    Attribute::JsonPath(path) => wire::Attribute::JsonPath(path),
                };
                (name, from)
            })
            .collect(),
        routes: routes.collect(),
        redaction: self::redaction(redaction),
        originals: match originals {
            Originals::Off => wire::Originals::OFF,
            Originals::Kept { keep_seconds, cap_bytes, only } => {
                wire::Originals { keep_s: keep_seconds, cap_bytes, only }
            }
        },
        ..wire::Capture::default()
    }
}

/// Rules as a runner takes them, without the key for hashes.
pub(crate) fn redaction(redaction: Redaction) -> wire::Redaction {
    let Redaction { headers, json, xml, patterns } = redaction;
    let patterns = patterns.into_iter().enumerate();
    wire::Redaction {
        headers,
        json_paths: json,
        xml_paths: xml,
        patterns: patterns.map(|(at, one)| (format!("custom-{}", at + 1), one)).collect(),
        hash_key: None,
    }
}

fn revision(at: &At<'_>, layers: &[Layer], now: Timestamp) -> u64 {
    let mine = layers.iter().filter(|layer| {
        // A layer of one of its routes bears on it too.
        At { route: &layer.place.route, ..*at }.covered_by(&layer.place)
    });
    let instants = mine.flat_map(|layer| {
        let closed = layer.window.map(|(_, until)| until).filter(|until| *until <= now);
        [Some(layer.changed_at), closed].into_iter().flatten()
    });
    let youngest = instants.max().map_or(0, Timestamp::as_microsecond);
    u64::try_from(youngest).unwrap_or(0)
}

fn told(level: Level) -> wire::Level {
    match level {
        Level::Off => wire::Level::Off,
        Level::Timings => wire::Level::Timings,
        Level::Headers => wire::Level::Headers,
        Level::Bodies => wire::Level::Bodies,
    }
}

#[cfg(test)]
mod tests {
    use domain::id::RuntimeId;
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;

    fn layer(integration: &str, route: &str, settings: serde_json::Value, at_s: i64) -> Layer {
        Layer {
            place: Place {
                environment: EnvironmentId(Uuid::nil()),
                project: ProjectId(Uuid::nil()),
                integration: integration.to_owned(),
                route: route.to_owned(),
            },
            settings,
            window: None,
            changed_at: Timestamp::from_second(at_s).unwrap(),
        }
    }

    #[test]
    fn a_workload_is_told_what_bears_on_it_and_nothing_else() {
        let mut window = layer("orders", "", json!({"samplePercent": 50}), 20);
        let now = Timestamp::from_second(100).unwrap();
        window.window = Some((Level::Bodies, now + SignedDuration::from_secs(60)));
        let layers = [
            layer("", "", json!({"level": "timings", "redact": {"headers": ["x-key"]}}), 10),
            window,
            layer("prices", "", json!({"level": "off"}), 90),
            layer("orders", "noisy", json!({"level": "off", "samplePercent": 1}), 30),
        ];
        let at = At { environment: None, project: None, integration: "orders", route: "" };
        let told = capture(&at, &layers, now);
        assert_eq!((told.level, told.rate_millionths), (wire::Level::Bodies, 500_000));
        assert_eq!(told.redaction.headers, ["x-key"]);
        assert_eq!(told.routes["noisy"].rate_millionths, Some(10_000));
        assert_eq!(told.revision, 30_000_000);
        assert_eq!(told.originals, wire::Originals::default());
        let later = now + SignedDuration::from_secs(120);
        let told = capture(&at, &layers, later);
        assert_eq!((told.level, told.revision), (wire::Level::Timings, 160_000_000));
        assert_eq!(wire::Capture::parse(&told.to_text()).unwrap(), told);
    }

    #[test]
    fn a_release_says_more_than_its_project_and_less_than_who_sets_the_integration() {
        let row = Desired {
            workload: WorkloadId(Uuid::nil()),
            runtime: RuntimeId(Uuid::nil()),
            generation: 1,
            specification: None,
            run: true,
            capture: Some(
                json!({"level": "headers", "samplePercent": 10, "redact": {"headers": ["x-token"]}}),
            ),
            changed_at: Timestamp::from_second(50).unwrap(),
        };
        let all = layer("", "", json!({"level": "timings", "redact": {"headers": ["x-key"]}}), 10);
        let own = layer("orders", "", json!({"level": "bodies"}), 20);
        let at = At { environment: None, project: None, integration: "orders", route: "" };
        let now = Timestamp::from_second(100).unwrap();
        let told =
            |layers: &[Layer]| capture(&at, &with_file(layers, of_file(&row, "orders")), now);
        let file = told(std::slice::from_ref(&all));
        assert_eq!((file.level, file.rate_millionths), (wire::Level::Headers, 100_000));
        assert_eq!(
            (&*file.redaction.headers, file.revision),
            (&["x-token".to_owned(), "x-key".to_owned()][..], 50_000_000)
        );
        let set = told(&[all, own]);
        assert_eq!((set.level, set.rate_millionths), (wire::Level::Bodies, 100_000));
        let alone = At { environment: None, project: None, integration: "", route: "" };
        assert_eq!(capture(&alone, &[of_file(&row, "")], now).level, wire::Level::Headers);
    }
}
