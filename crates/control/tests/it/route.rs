//! Routes as their tracers tell of them: the newest shape for a diagram, the message's own for its path.

use control::ctx::Ctx;
use domain::id::RuntimeId;
use serde_json::{Value, json};
use telemetry::model::{Batch, Names, Origin, Record, RouteModel, RouteNode};

use crate::message::{batch, now_us, numbered};
use crate::stand::{Stand, stand};

/// A release of `orders` that tells of one route with these nodes under its `from`.
fn told(release: &str, structure: u64, route: &str, kinds: &[&str]) -> Batch {
    let mut names = Names::default();
    let mut nodes = vec![RouteNode {
        node: names.intern("from"),
        kind: names.intern("from"),
        parent: 0,
        label: Some(names.intern("direct://a")),
        line: 3,
    }];
    nodes.extend(kinds.iter().map(|kind| RouteNode {
        node: names.intern(&format!("{kind}#1")),
        kind: names.intern(kind),
        parent: 1,
        label: None,
        line: 0,
    }));
    let model = RouteModel {
        route: names.intern(route),
        structure,
        from: Some(names.intern("direct://a")),
        description: Some(names.intern("Takes orders")),
        nodes,
    };
    let tracer = telemetry::id::TracerInstance(u32::try_from(structure).unwrap());
    let origin = Origin {
        workload: None,
        deployment: None,
        integration: "orders".to_owned(),
        environment: "dev".to_owned(),
        release: release.to_owned(),
        tracer,
        trace_base: structure,
    };
    Batch { origin, closed_us: now_us(), names, records: vec![Record::Route(model)] }
}

async fn store(stand: &Stand, ctx: &Ctx, batches: &[Batch]) {
    let runtime = RuntimeId(testkit::people::new_id());
    for (batch, number) in batches.iter().zip(1..) {
        let ingest = &stand.running.ingest;
        let stored = ingest.store(ctx.organization(), runtime, &[numbered(batch, number)]).await;
        assert_eq!(stored.unwrap(), []);
    }
}

const PERIOD: &str = r#"from: "2026-01-01T00:00:00Z", to: "2126-01-01T00:00:00Z""#;

fn names(answer: &Value) -> Vec<&str> {
    answer["routes"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pg_routes_are_those_of_the_newest_release_with_what_went_through_all() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let releases = [
        told("4f2c", 1, "intake", &["unmarshal", "log"]),
        told("4f2c", 2, "gone", &["log"]),
        told("9ab1", 3, "intake", &["unmarshal", "split"]),
    ];
    store(&stand, &ctx, &releases).await;
    let document = format!(
        r#"{{ routes(integration: "orders", {PERIOD}) {{ name from description sum {{ count }}
        nodes {{ node kind label parent line }} }} }}"#
    );
    let answer = stand.ask(&ctx, &document).await;
    assert_eq!(names(&answer), ["intake"], "{answer}");
    let route = &answer["routes"][0];
    assert_eq!((&route["from"], &route["sum"]["count"]), (&json!("direct://a"), &json!(0)));
    assert_eq!(
        route["nodes"],
        json!([
            {"node": "from", "kind": "from", "label": "direct://a", "parent": 0, "line": 3},
            {"node": "unmarshal#1", "kind": "unmarshal", "label": null, "parent": 1, "line": 0},
            {"node": "split#1", "kind": "split", "label": null, "parent": 1, "line": 0},
        ])
    );
    let other = format!("{{ routes(integration: \"prices\", {PERIOD}) {{ name }} }}");
    assert_eq!(stand.ask(&ctx, &other).await["routes"], json!([]));
    let backwards =
        r#"{ routes(from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z") { name } }"#;
    assert_eq!(stand.refused(&ctx, backwards).await.as_deref(), Some("MP-API-10"));
}

#[tokio::test]
async fn pg_a_message_is_drawn_on_the_routes_that_it_ran_on() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let newer = told("9ab1", 5, "intake", &["split"]);
    store(&stand, &ctx, &[batch(now_us()), newer]).await;
    let list = stand.ask(&ctx, "{ messages { nodes { id } } }").await;
    let id = list["messages"]["nodes"][0]["id"].as_str().unwrap();
    let answer = stand
        .ask(&ctx, &format!(r#"{{ messageRoutes(id: "{id}") {{ name nodes {{ kind }} }} }}"#))
        .await;
    let kinds: Vec<_> = answer["messageRoutes"][0]["nodes"].as_array().unwrap().iter().collect();
    assert_eq!(kinds, [&json!({"kind": "unmarshal"}), &json!({"kind": "throwException"})]);
    let rum = testkit::people::organization(&stand.server().db, "rum").await;
    let stranger = stand.ctx(control::ctx::Actor {
        id: rum.actor,
        organization: rum.organization,
        label: "rum".to_owned(),
        grants: vec![control::ctx::Grant::role(
            domain::permission::Role::Owner,
            domain::permission::Scope::Organization(rum.organization),
        )],
    });
    let document = format!(r#"{{ messageRoutes(id: "{id}") {{ name }} }}"#);
    assert_eq!(stand.refused(&stranger, &document).await.as_deref(), Some("MP-API-03"));
    let all = format!("{{ routes({PERIOD}) {{ name }} }}");
    assert_eq!(stand.ask(&stranger, &all).await["routes"], json!([]));
}
