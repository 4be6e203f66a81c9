//! Messages from a runner's block to the API: search, detail, payloads with their audit, live tail, settings.

use bytes::Bytes;
use control::ctx::{Actor, Ctx, Grant};
use control::ingest::Numbered;
use domain::id::RuntimeId;
use domain::permission::{Permission, Role, Scope};
use futures::StreamExt as _;
use serde_json::{Value, json};
use telemetry::block::{self, Class};
use telemetry::id::{MessageId, TracerInstance};
use telemetry::model::{
    Batch, Body, CamelId, Correlation, DropReport, Fault, Histogram, Kind, LossReason, Lost,
    Message, MessageFlags, Name, Names, Origin, Outcome, Payload, PayloadFlags, Point, Produced,
    Reason, Record, Rollup, RouteModel, RouteNode, Sequence, Stage, Step, StepFlags,
};

use crate::stand::{Stand, stand};

pub(crate) fn now_us() -> u64 {
    u64::try_from(testkit::people::now().as_microsecond()).unwrap()
}

/// What the tracer counted at one node in this minute.
fn rollup(route: Name, node: Name, now: u64) -> Rollup {
    let mut durations = Histogram::default();
    durations.record(9_000);
    durations.record(14_000);
    Rollup {
        route,
        node: Some(node),
        minute_s: now / 60_000_000 * 60,
        count: 2,
        failed: 0,
        handled: 0,
        duration_sum_us: 23_000,
        duration_max_us: 14_000,
        durations,
    }
}

/// Two messages of `orders/intake`: one went well, one did not.
pub(crate) fn batch(now: u64) -> Batch {
    let mut names = Names::default();
    let mut name = |text: &str| names.intern(text);
    let intake = name("intake");
    let node = |sequence, node, flags| Step {
        sequence,
        parent: 0,
        iteration: 0,
        route: intake,
        node,
        start_us: u64::from(sequence) * 100,
        duration_us: 90,
        flags,
        redelivery: 0,
        detail: None,
    };
    let (unmarshal, to, throw) = (name("unmarshal1"), name("to1"), name("throwException1"));
    let base = Message {
        id: MessageId { started_us: now - 2_000_000, tracer: TracerInstance(7), count: 1 },
        exchange: CamelId::Counted { prefix: name("ABCDEF0123456789"), count: 1 },
        route: name("intake"),
        from: Some(name("rest:post:/orders")),
        structure: 9,
        duration_us: 9_000,
        outcome: Outcome::Completed,
        failed_node: None,
        failed_step: None,
        fault: None,
        correlation: Correlation::default(),
        weight_milli: 1_000,
        attributes: vec![(name("orderId"), "A-16".to_owned())],
        flags: MessageFlags(0),
        replay_of: None,
        steps_total: 2,
        steps: vec![node(1, unmarshal, StepFlags(0)), node(2, to, StepFlags(0))],
    };
    let failed = Message {
        id: MessageId { started_us: now - 1_000_000, tracer: TracerInstance(7), count: 2 },
        exchange: CamelId::Counted { prefix: name("ABCDEF0123456789"), count: 2 },
        duration_us: 14_000,
        outcome: Outcome::Failed,
        failed_node: Some(throw),
        failed_step: Some(2),
        fault: Some(Fault {
            class: name("java.lang.IllegalArgumentException"),
            message: "no price for sku `TEA-10`".to_owned(),
            fingerprint: 0x4d,
            outer_class: None,
            outer_message: None,
            stack: Some(name("java.lang.IllegalArgumentException: no price\n\tat a\n\tat b")),
        }),
        attributes: vec![(name("orderId"), "A-17".to_owned())],
        steps: vec![node(1, unmarshal, StepFlags(0)), node(2, throw, StepFlags::FAILED)],
        ..base.clone()
    };
    let payload = Payload {
        message: failed.id,
        step: 1,
        point: Point::Start,
        content_type: Some(name("application/json")),
        class: None,
        headers: Vec::new(),
        body: Body::Bytes(b"{\"sku\":\"TEA-10\"}".to_vec()),
        full_size: 16,
        hash: 0,
        flags: PayloadFlags::MASKED,
    };
    let kind = |kind, text| RouteNode { node: text, kind, parent: 0, label: None, line: 0 };
    let model = RouteModel {
        route: name("intake"),
        structure: 9,
        from: None,
        description: None,
        nodes: vec![kind(name("unmarshal"), unmarshal), kind(name("throwException"), throw)],
    };
    let origin = Origin {
        workload: None,
        deployment: None,
        integration: "orders".to_owned(),
        environment: "dev".to_owned(),
        release: "4f2c".to_owned(),
        tracer: TracerInstance(7),
        trace_base: 7,
    };
    let records = vec![
        Record::Route(model),
        Record::Payload(payload),
        Record::Message(base),
        Record::Message(failed),
        Record::Rollup(rollup(intake, unmarshal, now)),
    ];
    Batch { origin, closed_us: now, names, records }
}

pub(crate) fn numbered(batch: &Batch, number: u64) -> Numbered {
    let sequence = Sequence { epoch: 1, number };
    let bytes = block::encode(Class::Failed, sequence, batch).unwrap();
    Numbered { epoch: 1, number, bytes: Bytes::from(bytes) }
}

async fn arrived(stand: &Stand) -> Ctx {
    let ctx = stand.owner().await;
    let runtime = RuntimeId(testkit::people::new_id());
    let blocks = [numbered(&batch(now_us()), 1)];
    let ingest = &stand.running.ingest;
    assert_eq!(ingest.store(ctx.organization(), runtime, &blocks).await.unwrap(), []);
    // A runner that did not hear of it sends it again.
    assert_eq!(ingest.store(ctx.organization(), runtime, &blocks).await.unwrap(), []);
    ctx
}

fn shorts(list: &Value) -> Vec<&str> {
    let nodes = list["messages"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["attributes"][0]["value"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pg_what_a_runner_sends_is_found_read_and_compared() {
    let stand = stand().await;
    let ctx = arrived(&stand).await;
    let list = stand
        .ask(
            &ctx,
            "{ messages { nodes { id short outcome attributes { name value } } columns next } }",
        )
        .await;
    assert_eq!(shorts(&list), ["A-17", "A-16"], "{list}");
    assert_eq!(list["messages"]["columns"], json!(["orderId"]));
    let failed = stand
        .ask(&ctx, r#"{ messages(query: "route:intake outcome:failed") { nodes { id attributes { value } } } }"#)
        .await;
    assert_eq!(shorts(&failed), ["A-17"]);
    let id = failed["messages"]["nodes"][0]["id"].as_str().unwrap();
    let short = &id[id.len() - 6..];
    let detail = stand
        .ask(&ctx, &format!(r#"{{ message(id: "{short}") {{ message {{ id error }} from stack
            steps {{ sequence node kind failed }} likelyCause {{ likely }} }} relatedMessages(id: "{id}") {{ relation }} }}"#))
        .await;
    assert_eq!(detail["message"]["message"]["id"], id);
    assert_eq!(detail["message"]["steps"][1]["kind"], "throwException");
    assert_eq!(detail["message"]["likelyCause"]["likely"], "the route refused the message itself");
    let diff = stand
        .ask(&ctx, &format!(r#"{{ messageDiff(left: "{id}") {{ lines {{ side }} attributes {{ left right }} right {{ message {{ outcome }} }} }} }}"#))
        .await;
    let sides: Vec<_> =
        diff["messageDiff"]["lines"].as_array().unwrap().iter().map(|line| &line["side"]).collect();
    assert_eq!(sides, ["both", "left", "right"]);
    assert_eq!(diff["messageDiff"]["attributes"][0], json!({"left": "A-17", "right": "A-16"}));
    let facets =
        stand.ask(&ctx, "{ messageFacets { total exact outcomes { value count } } }").await;
    assert_eq!(facets["messageFacets"]["total"], 2);
    let (from, to) = ("2026-01-01T00:00:00Z", "2126-01-01T00:00:00Z");
    let of_time = format!(
        r#"{{ routeHeat(route: "intake", from: "{from}", to: "{to}") {{ node kind sum {{ count p95Us }} }}
        telemetryAccounts(from: "{from}", to: "{to}") {{ entry kind count }} failureGroups(since: "{from}") {{ fingerprint count beganOn {{ short }} }} }}"#
    );
    let figures = stand.ask(&ctx, &of_time).await;
    assert_eq!(figures["routeHeat"][0]["sum"]["count"], 2, "{figures}");
    assert_eq!(figures["routeHeat"][0]["kind"], "unmarshal");
    let group = &figures["failureGroups"][0];
    assert_eq!((&group["fingerprint"], &group["count"]), (&json!("000000000000004d"), &json!(1)));
    let trends = stand
        .ask(
            &ctx,
            &format!(r#"{{ failureTrends(from: "{from}", to: "{to}", parts: 5) {{ fingerprint integration counts }} }}"#),
        )
        .await;
    let trend = &trends["failureTrends"][0];
    assert_eq!(
        (&trend["fingerprint"], &trend["counts"]),
        (&group["fingerprint"], &json!([1, 0, 0, 0, 0]))
    );
    let none = format!(r#"{{ failureTrends(from: "{from}", to: "{to}", parts: 0) {{ counts }} }}"#);
    assert_eq!(stand.refused(&ctx, &none).await.as_deref(), Some("MP-API-10"));
    let stored: Vec<_> = figures["telemetryAccounts"].as_array().unwrap().iter().collect();
    assert!(stored.iter().any(|it| it["kind"] == "message" && it["count"] == 2), "{stored:?}");
}

#[tokio::test]
async fn pg_a_payload_needs_its_permission_and_every_look_is_in_the_audit() {
    let stand = stand().await;
    let owner = arrived(&stand).await;
    let list = stand.ask(&owner, r#"{ messages(query: "outcome:failed") { nodes { id } } }"#).await;
    let id = list["messages"]["nodes"][0]["id"].as_str().unwrap().to_owned();
    let document = format!(r#"{{ messagePayloads(id: "{id}") {{ body masked contentType }} }}"#);
    let viewer = stand.with(&[Permission::ReadMessage], None).await;
    assert_eq!(stand.refused(&viewer, &document).await.as_deref(), Some("MP-API-02"));
    let payloads = stand.ask(&owner, &document).await;
    assert_eq!(payloads["messagePayloads"][0]["body"], "{\"sku\":\"TEA-10\"}");
    assert_eq!(payloads["messagePayloads"][0]["masked"], true);
    let audit = stand.ask(&owner, "{ audit(first: 200) { entries { action target } } }").await;
    let looks: Vec<_> = audit["audit"]["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "payload.read")
        .collect();
    assert_eq!(looks.len(), 1, "the refused one read nothing");
    let compared = format!(r#"{{ messageChanges(left: "{id}", right: "{id}") {{ at path }} }}"#);
    assert_eq!(stand.refused(&viewer, &compared).await.as_deref(), Some("MP-API-02"));
    assert_eq!(stand.ask(&owner, &compared).await["messageChanges"], json!([]));
    assert_eq!(looks[0]["target"], id);
    // A second look, so that there is something before the last entry.
    stand.ask(&owner, &document).await;
    let back = |after: &str| {
        format!(
            "{{ audit(first: 1, newestFirst: true{after}) {{ next entries {{ seq action }} }} }}"
        )
    };
    let end = stand.ask(&owner, &back("")).await["audit"].clone();
    assert_eq!(end["entries"][0]["action"], "payload.read");
    let next = end["next"].as_str().unwrap();
    let before = stand.ask(&owner, &back(&format!(r#", after: "{next}""#))).await;
    let seq = |page: &Value| page["entries"][0]["seq"].as_i64().unwrap();
    assert_eq!(seq(&before["audit"]) + 1, seq(&end));
}

#[tokio::test]
async fn pg_another_organization_sees_none_of_it() {
    let stand = stand().await;
    let owner = arrived(&stand).await;
    let list = stand.ask(&owner, "{ messages { nodes { id } } }").await;
    let id = list["messages"]["nodes"][0]["id"].as_str().unwrap();
    let rum = testkit::people::organization(&stand.server().db, "rum").await;
    let actor = Actor {
        id: rum.actor,
        organization: rum.organization,
        label: "rum".to_owned(),
        grants: vec![Grant::role(Role::Owner, Scope::Organization(rum.organization))],
    };
    let ctx = stand.ctx(actor);
    let seen = stand
        .ask(&ctx, r#"{ messages { nodes { id } } messageFacets { total } failureGroups(since: "2026-01-01T00:00:00Z") { count }
            completeQuery(query: "route:", cursor: 6) { suggestions { text } } }"#)
        .await;
    assert_eq!(seen["messages"]["nodes"], json!([]));
    assert_eq!(seen["messageFacets"]["total"], 0);
    assert_eq!(seen["failureGroups"], json!([]));
    assert_eq!(seen["completeQuery"]["suggestions"], json!([]));
    for document in [
        "message(id: \"ID\") { exchange }",
        "messagePayloads(id: \"ID\") { body }",
        "messageChanges(left: \"ID\", right: \"ID\") { path }",
        "messageDiff(left: \"ID\") { left { exchange } }",
        "relatedMessages(id: \"ID\") { relation }",
    ] {
        let document = format!("{{ {} }}", document.replace("ID", id));
        assert_eq!(
            stand.refused(&ctx, &document).await.as_deref(),
            Some("MP-API-03"),
            "{document}"
        );
    }
    // A reader of one project sees nothing of an observed application.
    let scope =
        Scope::Project(owner.organization(), domain::id::ProjectId(testkit::people::new_id()));
    let reader = stand.with(&[Permission::ReadMessage], Some(scope)).await;
    let seen = stand.ask(&reader, "{ messages { nodes { id } } }").await;
    assert_eq!(seen["messages"]["nodes"], json!([]));
}

#[tokio::test]
async fn pg_a_query_that_cannot_be_read_says_where() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    for (query, code) in [
        ("outcome:faild", "MP-QUERY-02"),
        ("(route:a", "MP-QUERY-01"),
        (&"a ".repeat(100), "MP-QUERY-03"),
    ] {
        let document = format!(r#"{{ messages(query: "{query}") {{ next }} }}"#);
        assert_eq!(stand.refused(&ctx, &document).await.as_deref(), Some(code), "{query}");
    }
    assert_eq!(
        stand.refused(&ctx, r#"{ message(id: "AB") { exchange } }"#).await.as_deref(),
        Some("MP-MSG-01")
    );
}

#[tokio::test]
async fn pg_the_books_tell_bounds_from_counts_and_wishes_from_needs() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let runtime = RuntimeId(testkit::people::new_id());
    let now = now_us();
    let mut batch = batch(now);
    let kind = Kind::Message;
    let span = (now, now);
    let dropped = |stage, reason, count| {
        let (from_us, to_us) = span;
        Record::Dropped(DropReport { from_us, to_us, route: None, kind, stage, reason, count })
    };
    let lost = |reason, at_most, is_exact| {
        Record::Lost(Lost { from_us: now, to_us: now, kind, reason, at_most, is_exact })
    };
    batch.records.extend([
        Record::Produced(Produced { from_us: now, to_us: now, kind, count: 30 }),
        dropped(Stage::Tracer, Reason::SampledHead, 20),
        dropped(Stage::Spool, Reason::DiskFull, 5),
        lost(LossReason::Connection, 3, true),
        lost(LossReason::ProcessDied, 4_096, false),
    ]);
    let ingest = &stand.running.ingest;
    let blocks = [numbered(&batch, 1)];
    assert_eq!(ingest.store(ctx.organization(), runtime, &blocks).await.unwrap(), []);
    let books = stand
        .ask(&ctx, r#"{ telemetryAccounts(integration: "orders", from: "2026-01-01T00:00:00Z", to: "2126-01-01T00:00:00Z") {
            entry kind stage reason isExact isWanted count } messages { notes } }"#)
        .await;
    let rows = books["telemetryAccounts"].as_array().unwrap();
    let of = |reason: &str| rows.iter().find(|row| row["reason"] == reason).unwrap();
    let told = |reason: &str| (of(reason)["isExact"] == true, of(reason)["isWanted"] == true);
    assert_eq!(told("sampled_head"), (true, true));
    assert_eq!(told("disk_full"), (true, false));
    assert_eq!(told("connection"), (true, false));
    assert_eq!(told("process_died"), (false, false));
    let notes = books["messages"]["notes"].to_string();
    assert!(notes.contains("8 messages of this time are missing"), "{notes}");
}

#[tokio::test]
async fn pg_rows_that_the_database_does_not_take_are_in_the_books_once() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let runtime = RuntimeId(testkit::people::new_id());
    let ingest = &stand.running.ingest;
    let first = [numbered(&batch(now_us()), 1)];
    assert_eq!(ingest.store(ctx.organization(), runtime, &first).await.unwrap(), []);
    let odd = "ALTER TABLE message ADD CONSTRAINT message_odd CHECK (outcome > 0) NOT VALID";
    stand.postgres.run("midplane_owner", odd).await;
    let blocks = [numbered(&batch(now_us()), 2), numbered(&batch(now_us()), 3)];
    for _ in 0..2 {
        assert_eq!(ingest.store(ctx.organization(), runtime, &blocks).await.unwrap(), []);
    }
    let books = stand
        .ask(
            &ctx,
            r#"{ telemetryAccounts(from: "2026-01-01T00:00:00Z", to: "2126-01-01T00:00:00Z") {
            entry kind stage reason count } }"#,
        )
        .await;
    let rows = books["telemetryAccounts"].as_array().unwrap();
    let of = |entry: &str| {
        let mine = rows.iter().filter(|row| row["kind"] == "message" && row["entry"] == entry);
        mine.map(|row| row["count"].as_i64().unwrap()).sum::<i64>()
    };
    assert_eq!((of("dropped"), of("stored")), (4, 2), "{rows:?}");
}

#[tokio::test]
async fn pg_the_live_tail_shows_what_matches_as_it_arrives() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let ingest = stand.running.ingest.clone();
    let watched =
        control::app::message::live::watch(&ctx, &ingest, "outcome:failed orderId:A-17").unwrap();
    let mut watched = std::pin::pin!(watched);
    let runtime = RuntimeId(testkit::people::new_id());
    ingest.store(ctx.organization(), runtime, &[numbered(&batch(now_us()), 1)]).await.unwrap();
    let next = tokio::time::timeout(std::time::Duration::from_secs(20), watched.next()).await;
    let Some(Ok(control::app::message::live::Event::Row(row))) = next.unwrap() else {
        unreachable!("a row")
    };
    assert_eq!((row.route.as_str(), row.id.count), ("intake", 2));
}

/// A store that lacks a table takes nothing, as one that is away.
async fn rename(stand: &Stand, from: &str, to: &str) {
    stand.postgres.break_with(&format!("ALTER TABLE {from} RENAME TO {to}")).await;
}

#[tokio::test]
async fn pg_the_live_tail_goes_on_while_the_store_is_away_and_shows_nothing_twice() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let ingest = stand.running.ingest.clone();
    let watched = control::app::message::live::watch(&ctx, &ingest, "outcome:failed").unwrap();
    let mut watched = std::pin::pin!(watched);
    let runtime = RuntimeId(testkit::people::new_id());
    let block = |number| numbered(&batch(now_us()), number);
    ingest.store(ctx.organization(), runtime, &[block(1)]).await.unwrap();
    rename(&stand, "telemetry_ledger", "ledger_away").await;
    rename(&stand, "telemetry_origin", "origin_away").await;
    let blocks = [block(2), block(3)];
    for _ in 0..3 {
        assert!(ingest.store(ctx.organization(), runtime, &blocks).await.is_err());
    }
    rename(&stand, "origin_away", "telemetry_origin").await;
    rename(&stand, "ledger_away", "telemetry_ledger").await;
    let blocks = [block(2), block(3), block(4)];
    assert_eq!(ingest.store(ctx.organization(), runtime, &blocks).await.unwrap(), []);
    for _ in 0..4 {
        let next = tokio::time::timeout(std::time::Duration::from_secs(20), watched.next()).await;
        assert!(matches!(next.unwrap(), Some(Ok(control::app::message::live::Event::Row(_)))));
    }
    let more = tokio::time::timeout(std::time::Duration::from_millis(100), watched.next()).await;
    assert!(more.is_err(), "one failed message of each block, once");
}

#[tokio::test]
async fn pg_what_does_not_read_is_rejected_and_the_rest_is_stored() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let runtime = RuntimeId(testkit::people::new_id());
    let mut torn = numbered(&batch(now_us()), 1);
    torn.bytes = torn.bytes.slice(..torn.bytes.len() - 9);
    let garbage = Numbered { epoch: 1, number: 2, bytes: Bytes::from_static(b"not a block") };
    let blocks = [torn, garbage, numbered(&batch(now_us()), 3)];
    let rejected = stand.running.ingest.store(ctx.organization(), runtime, &blocks).await.unwrap();
    let rejected: Vec<_> = rejected.iter().map(|no| (no.number, no.code)).collect();
    assert_eq!(rejected, [(1, "MP-TEL-01"), (2, "MP-TEL-01")]);
    let list = stand.ask(&ctx, "{ messages { nodes { id } } }").await;
    assert_eq!(list["messages"]["nodes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn pg_a_rule_is_tried_on_a_body_with_those_of_wider_layers() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    stand
        .ask(&ctx, r#"mutation { setCapture(settings: "{\"redact\":{\"json\":[\"$.iban\"]}}") { settings } }"#)
        .await;
    let tried = |settings: &str| {
        format!(
            r#"{{ tryCapture(environment: "dev", settings: "{settings}", body: "{{\"iban\":\"DE02\",\"note\":\"tea\"}}")
            {{ level kept isUnreadable hidden {{ rule line }} }} }}"#
        )
    };
    stand.ask(&ctx, r#"mutation { createEnvironment(name: "dev") { id } }"#).await;
    let trial = stand.ask(&ctx, &tried("{\\\"redact\\\":{\\\"json\\\":[\\\"$.note\\\"]}}")).await;
    let trial = &trial["tryCapture"];
    let kept = trial["kept"].as_str().unwrap();
    assert!(!kept.contains("DE02") && !kept.contains("tea"), "{kept}");
    assert_eq!(trial["hidden"].as_array().unwrap().len(), 2);
    assert_eq!(stand.refused(&ctx, &tried("[")).await.as_deref(), Some("MP-CAP-02"));
    let layers = stand.ask(&ctx, "{ captures { environment } }").await;
    assert_eq!(layers["captures"].as_array().unwrap().len(), 1, "a trial sets nothing");
}

#[tokio::test]
async fn pg_capture_is_set_in_layers_and_a_window_ends_by_itself() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let set = stand
        .ask(&ctx, r#"mutation { setCapture(settings: "{\"level\":\"headers\",\"indexWords\":true}") { settings } }"#)
        .await;
    assert!(set["setCapture"]["settings"].as_str().unwrap().contains("headers"));
    for bad in ["{\\\"levle\\\":1}", "[", "{\\\"retentionDays\\\":0}"] {
        let document = format!(r#"mutation {{ setCapture(settings: "{bad}") {{ settings }} }}"#);
        assert_eq!(stand.refused(&ctx, &document).await.as_deref(), Some("MP-CAP-02"), "{bad}");
    }
    let no_project = r#"mutation { openCapture(integration: "orders", level: "bodies", seconds: 60) { windowLevel } }"#;
    assert_eq!(stand.refused(&ctx, no_project).await.as_deref(), Some("MP-CAP-01"));
    let too_long = r#"mutation { openCapture(level: "bodies", seconds: 90000) { windowLevel } }"#;
    assert_eq!(stand.refused(&ctx, too_long).await.as_deref(), Some("MP-CAP-03"));
    let open = stand
        .ask(
            &ctx,
            r#"mutation { openCapture(level: "bodies", seconds: 60) { windowLevel settings } }"#,
        )
        .await;
    assert_eq!(open["openCapture"]["windowLevel"], "bodies");
    assert!(
        open["openCapture"]["settings"].as_str().unwrap().contains("headers"),
        "a window leaves settings alone"
    );
    let viewer = stand.with(&[Permission::ReadCapture], None).await;
    assert_eq!(stand.refused(&viewer, too_long).await.as_deref(), Some("MP-API-02"));
    // Words of what arrives now can be searched.
    arrived(&stand).await;
    let found = stand.ask(&ctx, r#"{ messages(query: "body:tea") { nodes { id } } }"#).await;
    assert_eq!(found["messages"]["nodes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn pg_the_dashboard_asks_for_series_that_are_there() {
    let stand = stand().await;
    arrived(&stand).await;
    let bearer = format!("Bearer {}", stand.token);
    let page = stand.get("/metrics", &[("authorization", &bearer)]).await.text;
    let text = include_str!("../../../../deploy/grafana/midplane.json");
    let dashboard: Value = serde_json::from_str(text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() >= 10);
    for target in panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap()) {
        let expression = target["expr"].as_str().unwrap();
        let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let names: Vec<_> = words.filter(|word| word.starts_with("midplane_")).collect();
        assert!(!names.is_empty(), "{expression}");
        for name in names {
            assert!(page.contains(&format!("# TYPE {name} ")), "{name} is on no page");
        }
    }
    assert!(page.contains("midplane_ingest_messages_total 2\n"), "{page}");
    assert!(page.contains("midplane_ingest_repeated_total 1\n"));
}
