//! Failure groups as work: who may say what of them, what that makes of them, and what alerts make of that.

use std::time::Duration;

use control::ctx::{Actor, Ctx, Grant};
use domain::id::RuntimeId;
use domain::permission::{Permission, Role, Scope};
use serde_json::{Value, json};

use crate::message::{batch, now_us, numbered};
use crate::stand::{Stand, stand};

const SINCE: &str = "2026-01-01T00:00:00Z";
const FIELDS: &str = "id state stillFailing lastAt stateAt stateBy mutedUntil assignee note count handled repaired open resolvedOn { short }";

/// One failed message of `orders/intake` on this release; another one each time.
async fn fails(stand: &Stand, ctx: &Ctx, runtime: RuntimeId, number: u64, release: &str) {
    // A second later than the others, so that it is a message of its own, and after the first look for alerts.
    let mut batch = batch(now_us() + number * 1_000_000 + 5_000_000);
    release.clone_into(&mut batch.origin.release);
    let blocks = [numbered(&batch, number)];
    let rejected = stand.running.ingest.store(ctx.organization(), runtime, &blocks).await;
    assert_eq!(rejected.unwrap(), []);
}

async fn groups(stand: &Stand, ctx: &Ctx, more: &str) -> Vec<Value> {
    let document = format!("{{ failureGroups(since: \"{SINCE}\"{more}) {{ {FIELDS} }} }}");
    stand.ask(ctx, &document).await["failureGroups"].as_array().unwrap().clone()
}

async fn say(stand: &Stand, ctx: &Ctx, what: &str, id: &str, more: &str) -> Value {
    let field = format!("{what}FailureGroup");
    let document = format!("mutation {{ {field}(id: \"{id}\"{more}) {{ {FIELDS} }} }}");
    stand.ask(ctx, &document).await[field].clone()
}

fn stranger(stand: &Stand, member: testkit::people::Member) -> Ctx {
    stand.ctx(Actor {
        id: member.actor,
        organization: member.organization,
        label: "rum".to_owned(),
        grants: vec![Grant::role(Role::Owner, Scope::Organization(member.organization))],
    })
}

#[tokio::test]
async fn pg_what_people_say_of_failures_is_what_they_are() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let runtime = RuntimeId(testkit::people::new_id());
    fails(&stand, &ctx, runtime, 1, "4f2c").await;
    let [group] = groups(&stand, &ctx, "").await.try_into().unwrap();
    assert_eq!(
        (&group["state"], &group["open"], &group["stateAt"]),
        (&json!("OPEN"), &json!(1), &Value::Null)
    );
    let id = group["id"].as_str().unwrap();

    let resolved = say(&stand, &ctx, "resolve", id, r#", note: "price list""#).await;
    assert_eq!((&resolved["state"], &resolved["note"]), (&json!("RESOLVED"), &json!("price list")));
    assert_eq!(resolved["stateBy"], ctx.actor.label.as_str());
    fails(&stand, &ctx, runtime, 2, "4f2c").await;
    let [late] = groups(&stand, &ctx, "").await.try_into().unwrap();
    assert_eq!((&late["state"], &late["count"]), (&json!("RESOLVED"), &json!(2)), "a late one");
    assert_eq!(late["stillFailing"], true, "its message began after that");
    fails(&stand, &ctx, runtime, 3, "9ab1").await;
    let [returned] = groups(&stand, &ctx, ", state: [RETURNED]").await.try_into().unwrap();
    assert_eq!((&returned["id"], &returned["open"]), (&group["id"], &json!(3)));
    assert_eq!(returned["stillFailing"], false, "it is back");
    assert!(groups(&stand, &ctx, ", state: [OPEN, RESOLVED]").await.is_empty());

    let muted = say(&stand, &ctx, "mute", id, r#", until: "2126-01-01T00:00:00Z""#).await;
    assert_eq!(
        (&muted["state"], &muted["mutedUntil"]),
        (&json!("MUTED"), &json!("2126-01-01T00:00:00Z"))
    );
    assert_eq!(say(&stand, &ctx, "mute", id, "").await["mutedUntil"], Value::Null);
    let open = say(&stand, &ctx, "reopen", id, "").await;
    assert_eq!((&open["state"], &open["note"]), (&json!("OPEN"), &json!("price list")));
    let assigned = say(&stand, &ctx, "assign", id, r#", to: " ana ""#).await;
    assert_eq!(assigned["assignee"], "ana");
    assert_eq!(say(&stand, &ctx, "assign", id, "").await["assignee"], Value::Null);
    assert_eq!(say(&stand, &ctx, "note", id, "").await["note"], Value::Null);
    let one = format!("{{ failureGroup(id: \"{id}\") {{ state count }} }}");
    assert_eq!(stand.ask(&ctx, &one).await["failureGroup"], json!({"state": "OPEN", "count": 3}));

    let audit = "{ audit(first: 200) { entries { action target } } }";
    let audit = stand.ask(&ctx, audit).await["audit"]["entries"].as_array().unwrap().clone();
    let said: Vec<&str> = audit
        .iter()
        .filter(|entry| entry["target"] == id)
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    let [resolve, mute, reopen] = ["failure.resolve", "failure.mute", "failure.reopen"];
    let [assign, note] = ["failure.assign", "failure.note"];
    assert_eq!(said, [resolve, mute, mute, reopen, assign, assign, note]);
}

#[tokio::test]
async fn pg_nothing_is_said_of_failures_by_who_may_not_or_does_not_see_them() {
    let stand = stand().await;
    let owner = stand.owner().await;
    let runtime = RuntimeId(testkit::people::new_id());
    fails(&stand, &owner, runtime, 1, "4f2c").await;
    let [group] = groups(&stand, &owner, "").await.try_into().unwrap();
    let id = group["id"].as_str().unwrap();
    let all = [
        format!(r#"mutation {{ resolveFailureGroup(id: "{id}") {{ id }} }}"#),
        format!(r#"mutation {{ muteFailureGroup(id: "{id}") {{ id }} }}"#),
        format!(r#"mutation {{ reopenFailureGroup(id: "{id}") {{ id }} }}"#),
        format!(r#"mutation {{ assignFailureGroup(id: "{id}", to: "eve") {{ id }} }}"#),
        format!(r#"mutation {{ noteFailureGroup(id: "{id}", note: "x") {{ id }} }}"#),
    ];
    let mut viewer = stand.owner().await;
    viewer.actor.grants = vec![Grant::role(Role::Viewer, owner.everywhere())];
    let rum = testkit::people::organization(&stand.server().db, "rum").await;
    let rum = stranger(&stand, rum);
    // Of one project: an observed application is none of its.
    let scope =
        Scope::Project(owner.organization(), domain::id::ProjectId(testkit::people::new_id()));
    let both = [Permission::ReadMessage, Permission::ManageFailure];
    let elsewhere = stand.with(&both, Some(scope)).await;
    for document in &all {
        assert_eq!(
            stand.refused(&viewer, document).await.as_deref(),
            Some("MP-API-02"),
            "{document}"
        );
        for ctx in [&rum, &elsewhere] {
            assert_eq!(
                stand.refused(ctx, document).await.as_deref(),
                Some("MP-API-03"),
                "{document}"
            );
        }
    }
    let one = format!("{{ failureGroup(id: \"{id}\") {{ id }} }}");
    for ctx in [&rum, &elsewhere] {
        assert_eq!(stand.ask(ctx, &one).await["failureGroup"], Value::Null);
        assert!(groups(&stand, ctx, "").await.is_empty());
    }
    assert_eq!(groups(&stand, &owner, "").await[0], group, "nothing was changed");
    let long = "x".repeat(4_001);
    for bad in [
        format!(r#"mutation {{ noteFailureGroup(id: "{id}", note: "{long}") {{ id }} }}"#),
        format!(r#"mutation {{ resolveFailureGroup(id: "{id}", note: "{long}") {{ id }} }}"#),
        format!(
            r#"mutation {{ assignFailureGroup(id: "{id}", to: "{}") {{ id }} }}"#,
            &long[..201]
        ),
        format!(
            r#"mutation {{ muteFailureGroup(id: "{id}", until: "2026-01-01T00:00:00Z") {{ id }} }}"#
        ),
        format!(r#"mutation {{ muteFailureGroup(id: "{id}", until: "soon") {{ id }} }}"#),
        format!("{{ failureGroups(since: \"{SINCE}\", first: 201) {{ id }} }}"),
    ] {
        assert_eq!(stand.refused(&owner, &bad).await.as_deref(), Some("MP-API-10"));
    }
    let nothing = r#"mutation { resolveFailureGroup(id: "nothing") { id } }"#;
    assert_eq!(stand.refused(&owner, nothing).await.as_deref(), Some("MP-API-03"));
    assert_eq!(groups(&stand, &owner, "").await[0], group, "what is refused leaves nothing");
}

/// A look takes five seconds.
const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn pg_alerts_tell_of_new_failures_and_of_those_that_returned() {
    let stand = stand().await;
    let ctx = stand.owner().await;
    let runtime = RuntimeId(testkit::people::new_id());
    let titles = async || {
        let alerts = stand.ask(&ctx, "{ alerts { title } }").await["alerts"].clone();
        let alerts = alerts.as_array().unwrap().clone();
        alerts.iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let until = async |want: &[&str]| {
        testkit::wait_until(SOON, || async { titles().await == want }).await;
    };
    fails(&stand, &ctx, runtime, 1, "4f2c").await;
    until(&["orders/intake fails in a new way"]).await;
    let [group] = groups(&stand, &ctx, "").await.try_into().unwrap();
    let id = group["id"].as_str().unwrap();
    // Its message begins in a while, and whoever resolves it speaks of what was before.
    let began: jiff::Timestamp = group["lastAt"].as_str().unwrap().parse().unwrap();
    let began = u64::try_from(began.as_microsecond()).unwrap();
    testkit::wait_until(SOON, || async { now_us() > began }).await;
    say(&stand, &ctx, "resolve", id, "").await;
    until(&[]).await;
    fails(&stand, &ctx, runtime, 2, "9ab1").await;
    until(&["orders/intake fails again after it was resolved"]).await;
    say(&stand, &ctx, "mute", id, "").await;
    until(&[]).await;
    // Of the release that ran when it was resolved, and begun after that.
    say(&stand, &ctx, "resolve", id, "").await;
    fails(&stand, &ctx, runtime, 3, "9ab1").await;
    until(&["orders/intake goes on failing though it was resolved"]).await;
}
