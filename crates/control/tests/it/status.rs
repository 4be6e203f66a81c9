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
async fn pg_metrics_tell_each_noun_by_state_and_known_states_are_never_absent() {
    let stand = stand().await;
    let owner = stand.owner().await;
    stand.ask(&owner, r#"mutation { addRuntime(name: "laptop") { token } }"#).await;
    let bearer = format!("Bearer {}", stand.token);
    let text = stand.get("/metrics", &[("authorization", &bearer)]).await.text;
    for line in [
        "midplane_runtimes{state=\"awaited\"} 1",
        "midplane_runtimes{state=\"lost\"} 0",
        "midplane_deployments{phase=\"rolled_back\"} 0",
        "midplane_workloads{state=\"crashed\"} 0",
        "midplane_sources{condition=\"failing\"} 0",
        "midplane_releases_resolving 0",
        "midplane_commands_open 0",
    ] {
        assert!(text.lines().any(|one| one == line), "{line} is missing:\n{text}");
    }
    // Prometheus refuses a page with two lines of one series.
    let mut series: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once(' ').map(|(series, _)| series))
        .collect();
    let all = series.len();
    series.sort_unstable();
    series.dedup();
    assert_eq!(series.len(), all, "{text}");
    let page = include_str!("../../../../docs/operations/metrics.md");
    for name in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = name.split(' ').next().unwrap_or_default();
        assert!(page.contains(&format!("`{name}`")), "docs/operations/metrics.md lacks {name}");
    }
}

#[tokio::test]
async fn pg_the_page_has_no_script_and_says_so() {
    let stand = stand().await;
    let bearer = format!("Bearer {}", stand.token);
    let page = stand.get("/status", &[("authorization", &bearer)]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("<script"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert_eq!(stand.get("/status", &[]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn pg_the_schema_of_the_descriptor_is_served() {
    let stand = stand().await;
    let answer = stand.get("/schema/midplane.json", &[]).await;
    assert!(answer.json()["properties"]["integration"].is_object());
}
