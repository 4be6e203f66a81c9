//! Which layer wins for a key, as the API tells it.

use control::app::configuration::{self, For, Value};
use control::app::deployment::operate::Wanted;
use control::app::secret;
use control::ctx::Grant;
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
