//! Which layer wins for a key, as the API tells it.

use control::app::capture::{Target, trial};
use control::app::configuration::{self, For, Value};
use control::app::deployment::operate::{self, Wanted};
use control::app::secret;
use control::ctx::Grant;
use domain::capture::Level;
use domain::deployment::Phase;
use domain::permission::Permission;
use testkit::git::write;

use super::world::{ROUTE, World};

const ORDERS: Wanted<'static> = Wanted { project: None, integration: "orders", environment: None };

const FOLDER: &str = "properties: {greeting: file}\nhealth: {startup: 90s}\nsecrets:\n  - {env: DB_PASSWORD, secret: orders-db, key: password}\n";

#[tokio::test]
async fn pg_git_each_key_tells_the_layer_that_won_and_those_that_lost() {
    let world = World::new().await;
    world.add_source().await;
    let commit = world.repository.commit(
        "Layers",
        &[
            write("midplane.yaml", "properties: {limit: 1, region: north}\n"),
            write("orders/a.camel.yaml", ROUTE),
            write("orders/midplane.yaml", FOLDER),
            write("orders/application.properties", "limit=2\n"),
        ],
    );
    world.applied(&commit).await;
    let mine = For { project: Some("demo".to_owned()), integration: Some("orders".to_owned()) };
    let entries = [("limit".to_owned(), "3".to_owned())];
    configuration::set(&world.ctx, "dev", &mine, &entries).await.unwrap();
    let shown = async || {
        let won = configuration::effective(&world.ctx, &ORDERS).await.unwrap();
        won.into_iter()
            .map(|one| {
                let hidden: Vec<_> = one.hidden.iter().map(|layer| layer.as_str()).collect();
                let value = match one.value {
                    Value::Property(value) | Value::Setting(value) => value,
                    Value::Secret { is_set, .. } => format!("set: {is_set}"),
                };
                format!("{} = {value} | {} | {}", one.key, one.layer.as_str(), hidden.join(", "))
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        shown().await,
        [
            "greeting = file | midplane.yaml | ",
            "limit = 3 | environment | root midplane.yaml, application.properties",
            "region = north | root midplane.yaml | ",
            "orders-db.password = set: false | midplane.yaml | ",
            "health.startup = 90 s | midplane.yaml | ",
        ]
    );
    secret::set(&world.ctx, "dev", "orders-db", "password", "tea-time").await.unwrap();
    assert!(
        shown().await.contains(&"orders-db.password = set: true | midplane.yaml | ".to_owned())
    );
}

#[tokio::test]
async fn pg_git_who_may_not_read_configuration_is_told_so() {
    let world = World::new().await;
    world.add_source().await;
    let commit = world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    world.applied(&commit).await;
    let mut ctx = world.ctx.clone();
    let scope = ctx.everywhere();
    ctx.actor.grants = vec![Grant { scope, permissions: vec![Permission::ReadIntegration] }];
    let refused = configuration::effective(&ctx, &ORDERS).await.unwrap_err();
    assert_eq!(refused.code(), "MP-API-02");
}

const CAPTURE: &str = "capture: {level: headers, sample: 10%, redact: {headers: [x-token]}}\nenvironments: {dev: {capture: {level: body}}}\n";

#[tokio::test]
async fn pg_git_what_a_file_says_of_capture_comes_and_goes_with_its_release() {
    let world = World::new().await;
    world.add_source().await;
    let capture = async || world.desired().await[0].capture.clone().unwrap();
    let route = write("orders/a.camel.yaml", ROUTE);
    let first = world.repository.commit(
        "Capture",
        &[
            write("midplane.yaml", "capture: {redact: {headers: [x-key]}}\n"),
            write("orders/midplane.yaml", CAPTURE),
            route,
        ],
    );
    world.applied(&first).await;
    let said = serde_json::json!({
        "level": "bodies", "samplePercent": 10.0, "redact": {"headers": ["x-token", "x-key"]},
    });
    assert_eq!(capture().await, said);
    let won = configuration::effective(&world.ctx, &ORDERS).await.unwrap();
    let won = won.into_iter().find(|one| one.key == "capture").unwrap();
    assert_eq!(won.layer.as_str(), "midplane.yaml environments");
    world.say("orders", Phase::Ready).await;
    let third = world.repository.commit(
        "Laxer",
        &[
            write("midplane.yaml", "{}\n"),
            write("orders/midplane.yaml", "capture: {level: timings}\n"),
        ],
    );
    world.applied(&third).await;
    assert_eq!(capture().await, serde_json::json!({"level": "timings"}));
    let named = |name: &str| Some(name.to_owned());
    let target = Target {
        environment: named("dev"),
        project: named("demo"),
        integration: named("orders"),
        route: None,
    };
    let trial = trial::run(&world.ctx, &target, "{}", "tea", None).await.unwrap();
    assert_eq!(trial.level, Level::Timings, "settings are tried on top of what the file says");
    let asked = world.desired().await.remove(0);
    world.say("orders", Phase::RolledBack).await;
    let restored = world.desired().await.remove(0);
    assert_eq!(restored.capture, Some(said.clone()), "the release that runs again masks as before");
    assert!(restored.changed_at > asked.changed_at);
    assert_eq!(restored.specification, asked.specification);
    operate::stop(&world.ctx, ORDERS).await.unwrap();
    assert_eq!(capture().await, said, "what it still says is masked as before");
    operate::start(&world.ctx, ORDERS).await.unwrap();
    let second = world
        .repository
        .commit("None", &[write("midplane.yaml", "{}\n"), write("orders/midplane.yaml", "{}\n")]);
    world.applied(&second).await;
    assert_eq!(capture().await, serde_json::json!({}));
}

#[tokio::test]
async fn pg_git_a_rule_that_no_runner_could_use_refuses_the_commit() {
    let world = World::new().await;
    world.add_source().await;
    let bad = "environments: {prod: {capture: {redact: {patterns: ['(']}}}}\n";
    let commit = world
        .repository
        .commit("Bad", &[write("orders/midplane.yaml", bad), write("orders/a.camel.yaml", ROUTE)]);
    world.applied(&commit).await;
    let newest = world.newest("orders").await;
    assert_eq!(newest.state, store::release::State::Refused);
    assert_eq!(newest.problems[0].code, "MP-CAP-02", "{:?}", newest.problems);
    assert!(world.desired().await.is_empty());
}
