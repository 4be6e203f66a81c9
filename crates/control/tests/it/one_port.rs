//! Console, API and link on one port: a runner and a browser arrive at the same address.

use std::time::Duration;

use control::app::command;
use control::settings::OnePort;
use http::StatusCode;
use jiff::SignedDuration;

use crate::link::{connected, joined, offer, reaches, run};
use crate::stand::{Stand, stand_with};

/// A client as a browser is one: it believes the installation's root and offers h2 and http/1.1.
fn browser(stand: &Stand) -> reqwest::Client {
    let root = std::fs::read(stand.server().settings.data.join("ca/root.pem")).unwrap();
    let root = reqwest::Certificate::from_pem(&root).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([root])
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

#[tokio::test]
async fn pg_a_runner_and_a_browser_share_one_port() {
    let stand = stand_with(|settings| settings.one_port = Some(OnePort::Own)).await;
    let (http, link) = (stand.running.http, stand.running.link);
    assert_eq!(http, link);
    let url = format!("https://{http}");
    assert_eq!(stand.server().settings.base_url(), url);

    let ctx = stand.owner().await;
    let token = offer(&ctx, "laptop").await;
    assert_eq!(token.address, http.to_string());
    let dir = tempfile::tempdir().unwrap();
    joined(&stand, &token, dir.path()).await.unwrap();
    let runner = run(&stand, dir.path(), None, SignedDuration::ZERO);
    reaches(&runner, connected).await;

    let browser = browser(&stand);
    let health = browser.get(format!("{url}/healthz")).send().await.unwrap();
    assert_eq!((health.status(), health.text().await.unwrap().as_str()), (StatusCode::OK, "ok\n"));
    let asked = browser
        .post(format!("{url}/graphql"))
        .bearer_auth(&stand.token)
        .json(&serde_json::json!({"query": "{ runtimes { name state } }"}));
    let answer: serde_json::Value = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["data"]["runtimes"][0]["name"], "laptop", "{answer}");
    // The address of the caller arrives: a hint is taken from loopback only, and then asks for a token.
    let hint = browser.post(format!("{url}/hooks/hint?source=x")).send().await.unwrap();
    assert_eq!(hint.status(), StatusCode::UNAUTHORIZED);

    // Bulk data takes its own connection to the same port.
    let runtime = control::app::runtime::find(&ctx, "laptop").await.unwrap().id;
    let workload = domain::id::WorkloadId(ctx.new_id());
    let query = control::link_server::LogQuery { tail: Some(2), ..Default::default() };
    let lines = stand.running.link_server.logs(ctx.organization(), runtime, workload, &query).await;
    assert_eq!(futures::StreamExt::count(lines.unwrap()).await, 2);
    command::ping(&ctx, "laptop").await.unwrap();
}

#[tokio::test]
async fn pg_plain_http_gets_no_answer_on_a_shared_port() {
    let stand = stand_with(|settings| settings.one_port = Some(OnePort::Own)).await;
    let plain = format!("http://{}/healthz", stand.running.http);
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10));
    assert!(client.build().unwrap().get(plain).send().await.is_err());
    let own_roots = reqwest::Client::builder().no_proxy().build().unwrap();
    let strange = own_roots.get(format!("https://{}/healthz", stand.running.http)).send().await;
    assert!(strange.is_err(), "our authority is believed only by who was told to");
}
