//! Health, readiness, metrics and the status page.

use http::StatusCode;

use crate::stand::stand;

#[tokio::test]
async fn pg_health_is_for_everybody_and_metrics_are_not() {
    let stand = stand().await;
    assert_eq!(stand.get("/healthz", &[]).await.text, "ok\n");
    assert_eq!(stand.get("/readyz", &[]).await.text, "ready\n");
    assert_eq!(stand.get("/metrics", &[]).await.status, StatusCode::UNAUTHORIZED);
    let bearer = format!("Bearer {}", stand.token);
    let metrics = stand.get("/metrics", &[("authorization", &bearer)]).await;
    assert!(metrics.text.contains("route=\"/healthz\",status=\"200\"} 1"), "{}", metrics.text);
}

#[tokio::test]
async fn pg_the_page_has_no_script_and_says_so() {
    let stand = stand().await;
    let bearer = format!("Bearer {}", stand.token);
    let page = stand.get("/", &[("authorization", &bearer)]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("<script"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert_eq!(stand.get("/", &[]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn pg_the_schema_of_the_descriptor_is_served() {
    let stand = stand().await;
    let answer = stand.get("/schema/midplane.json", &[]).await;
    assert!(answer.json()["properties"]["integration"].is_object());
}
