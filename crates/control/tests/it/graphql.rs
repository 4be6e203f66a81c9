//! The way into GraphQL: who gets in, and what is refused before it costs anything.

use axum::body::Body;
use http::{Method, StatusCode};
use serde_json::json;

use crate::stand::stand;

#[tokio::test]
async fn pg_a_token_holder_reads_who_it_is() {
    let stand = stand().await;
    let answer =
        stand.post(json!({ "query": "{ viewer { label permissions } }" }).to_string()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["data"]["viewer"]["label"], "admin");
    assert!(answer.headers.contains_key("x-request-id"));
}

#[tokio::test]
async fn pg_a_stranger_is_told_to_sign_in_and_nothing_else() {
    let stand = stand().await;
    for authorization in [None, Some("Bearer mpt_wrong"), Some("Basic YTpi"), Some("Bearer ")] {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(authorization.map(|value| ("authorization", value)));
        let body = Body::from(json!({ "query": "{ __schema { types { name } } }" }).to_string());
        let answer = stand.request(Method::POST, "/graphql", &headers, body).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{authorization:?}");
        assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "MP-API-01");
    }
    for path in ["/metrics", "/graphql", "/graphql/ws"] {
        assert_eq!(stand.get(path, &[]).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let hint = stand.request(Method::POST, "/hooks/hint?source=demo", &[], Body::empty()).await;
    assert_eq!(hint.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn pg_a_bomb_is_refused_and_the_server_lives() {
    let stand = stand().await;
    let nested = |open: &str, close: &str| {
        format!("{{a(x:{}{})}}", open.repeat(100_000), close.repeat(100_000))
    };
    for document in [nested("[", "]"), nested("{a:", "}"), "{a".repeat(100_000)] {
        let answer = stand.post(json!({ "query": document }).to_string()).await;
        assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "MP-API-05");
    }
    let large = json!({ "query": " ".repeat(300_000) }).to_string();
    assert_eq!(stand.post(large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let batch: Vec<_> = (0..6).map(|_| json!({ "query": "{ viewer { id } }" })).collect();
    assert_eq!(stand.post(json!(batch).to_string()).await.status, StatusCode::BAD_REQUEST);
    let batch: Vec<_> = (0..5).map(|_| json!({ "query": "{ viewer { id } }" })).collect();
    assert_eq!(stand.post(json!(batch).to_string()).await.json().as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn pg_only_json_by_post_is_a_request() {
    let stand = stand().await;
    let bearer = format!("Bearer {}", stand.token);
    let query = "/graphql?query=mutation%7BcreateProject(name:%22x%22)%7Bid%7D%7D";
    let by_get = stand.get(query, &[("authorization", &bearer)]).await;
    assert_eq!(by_get.status, StatusCode::METHOD_NOT_ALLOWED);
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let headers = [("authorization", bearer.as_str()), ("content-type", content_type)];
        let body = Body::from(json!({ "query": "{ viewer { id } }" }).to_string());
        let answer = stand.request(Method::POST, "/graphql", &headers, body).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
    }
    assert_eq!(stand.post("{").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pg_a_foreign_host_name_is_refused() {
    let stand = stand().await;
    let answer = stand.get("/", &[("host", "rebound.example:7080")]).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "MP-API-07");
}

#[tokio::test]
async fn pg_projects_and_environments_are_made_once() {
    let stand = stand().await;
    let owner = stand.owner().await;
    let make = r#"mutation { createProject(name: "demo") { name } createEnvironment(name: "dev") { name rank } }"#;
    stand.ask(&owner, make).await;
    assert_eq!(stand.refused(&owner, make).await.as_deref(), Some("MP-API-11"));
    let bad = r#"mutation { createProject(name: "De mo") { name } }"#;
    assert_eq!(stand.refused(&owner, bad).await.as_deref(), Some("MP-API-10"));
    let all = stand.ask(&owner, "{ projects { name } environments { name } }").await;
    assert_eq!(
        all,
        json!({ "projects": [{ "name": "demo" }], "environments": [{ "name": "dev" }] })
    );
}

#[tokio::test]
async fn pg_the_most_exact_configuration_wins() {
    let stand = stand().await;
    let owner = stand.owner().await;
    stand
        .ask(
            &owner,
            r#"mutation { createProject(name: "demo") { id } createEnvironment(name: "dev") { id }
            a: setConfiguration(environment: "dev", entries: [{key: "k", value: "all"}, {key: "only", value: "1"}])
            b: setConfiguration(environment: "dev", project: "demo", entries: [{key: "k", value: "project"}])
            c: setConfiguration(environment: "dev", project: "demo", integration: "orders", entries: [{key: "k", value: "exact"}]) }"#,
        )
        .await;
    let mut tx = owner.begin().await.unwrap();
    let dev = store::environment::find_named(&mut tx, "dev").await.unwrap().unwrap();
    let demo = store::project::find_named(&mut tx, "demo").await.unwrap().unwrap();
    assert_eq!(dev.revision, 4, "three changes after the first");
    for (integration, want) in [("orders", "exact"), ("prices", "project")] {
        let all = store::configuration::of(&mut tx, dev.id, demo.id, integration).await.unwrap();
        assert_eq!((all["k"].as_str(), all["only"].as_str()), (want, "1"), "{integration}");
    }
}

#[test]
fn the_schema_is_the_one_that_is_committed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/schema.graphql");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let sdl = control::graphql::Api::new().unwrap().sdl();
    assert!(
        committed == sdl,
        "docs/reference/schema.graphql is stale: `cargo xtask generate schema`"
    );
}
