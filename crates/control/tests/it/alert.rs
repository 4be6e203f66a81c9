//! Alerts from what is seen to a call that a receiver can trust.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::stand::{Stand, stand, stand_with};

/// A look takes five seconds, and so does the first wait after a failed call.
const SOON: Duration = Duration::from_secs(30);

struct Received {
    headers: HeaderMap,
    body: String,
}

/// A receiver on loopback; each call is answered with the next status, then with 204.
async fn receiver(statuses: &[u16]) -> (String, mpsc::UnboundedReceiver<Received>) {
    let (sender, received) = mpsc::unbounded_channel();
    let statuses = std::sync::Arc::new(std::sync::Mutex::new(statuses.to_vec()));
    let hook = move |headers: HeaderMap, body: Bytes| {
        let (sender, statuses) = (sender.clone(), statuses.clone());
        async move {
            let body = String::from_utf8(body.to_vec()).unwrap();
            sender.send(Received { headers, body }).unwrap();
            let mut left = statuses.lock().unwrap();
            let status = if left.is_empty() { 204 } else { left.remove(0) };
            axum::http::StatusCode::from_u16(status).unwrap()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/hook", post(hook));
    control::lifecycle::spawn("receiver", &control::lifecycle::Lifecycle::new(), async move {
        axum::serve(listener, router).await.unwrap();
    });
    (url, received)
}

async fn next(received: &mut mpsc::UnboundedReceiver<Received>) -> Received {
    tokio::time::timeout(SOON, received.recv()).await.unwrap().unwrap()
}

/// A stand that may call loopback.
async fn open_stand() -> Stand {
    stand_with(|settings| settings.sources.private_hosts = vec!["127.0.0.1".to_owned()]).await
}

async fn ask(stand: &Stand, query: &str, variables: Value) -> Value {
    let answer = stand.post(json!({ "query": query, "variables": variables }).to_string()).await;
    answer.json()
}

async fn set_channel(stand: &Stand, url: &str) -> String {
    let set = "mutation($url: String!) { setAlertChannel(url: $url) { secret channel { url } } }";
    let answer = ask(stand, set, json!({ "url": url })).await;
    let made = &answer["data"]["setAlertChannel"];
    assert!(!made["channel"]["url"].as_str().unwrap().contains("hook"), "{answer}");
    made["secret"].as_str().unwrap().to_owned()
}

/// The log of calls, once it has so many.
async fn logged(stand: &Stand, count: usize) -> Vec<Value> {
    let read = || async {
        let log = "{ alertDeliveries { attempt status error nextAt } }";
        let answer = ask(stand, log, Value::Null).await;
        answer["data"]["alertDeliveries"].as_array().unwrap().clone()
    };
    testkit::wait_until(SOON, || async { read().await.len() == count }).await;
    read().await
}

#[tokio::test]
async fn pg_a_test_arrives_signed_and_is_in_the_log() {
    let stand = open_stand().await;
    let (url, mut received) = receiver(&[500]).await;
    let secret = set_channel(&stand, &url).await;
    ask(&stand, "mutation { testAlertChannel }", Value::Null).await;
    let first = next(&mut received).await;
    let text = |name: &str| first.headers[name].to_str().unwrap().to_owned();
    let at = text("webhook-timestamp").parse().unwrap();
    let at = jiff::Timestamp::from_second(at).unwrap();
    let want = control::alerting::sign(&secret, &text("webhook-id"), at, &first.body);
    assert_eq!(Some(text("webhook-signature")), want);
    let body: Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(body["type"], "alert.test");
    assert!(body["text"].as_str().unwrap().contains("This is a test"));
    // The receiver was ill: the same message comes again, five seconds later.
    let second = next(&mut received).await;
    assert_eq!(second.headers["webhook-id"], first.headers["webhook-id"]);
    let rows = logged(&stand, 2).await;
    assert_eq!((&rows[0]["status"], &rows[1]["status"]), (&json!(204), &json!(500)));
    assert!(rows[0]["nextAt"].is_null() && rows[1]["nextAt"].is_string());
}

#[tokio::test]
async fn pg_a_private_address_is_not_called() {
    let stand = stand().await;
    let (url, mut received) = receiver(&[]).await;
    // A name: what is written as an address is refused when it is set.
    set_channel(&stand, &url.replace("http://127.0.0.1", "https://localhost")).await;
    ask(&stand, "mutation { testAlertChannel }", Value::Null).await;
    let rows = logged(&stand, 1).await;
    assert!(rows[0]["error"].as_str().unwrap().contains("loopback"), "{rows:?}");
    assert!(received.try_recv().is_err());
}

#[tokio::test]
async fn pg_a_lost_runtime_is_raised_once_and_ends_when_it_is_back() {
    let stand = open_stand().await;
    let (url, mut received) = receiver(&[]).await;
    set_channel(&stand, &url).await;
    let added =
        ask(&stand, r#"mutation { addRuntime(name: "site") { runtime { id } } }"#, Value::Null);
    let id = added.await["data"]["addRuntime"]["runtime"]["id"].as_str().unwrap().to_owned();
    let seen = |ago: &str| {
        format!("UPDATE runtime SET last_seen_at = now() - interval '{ago}' WHERE id = '{id}'")
    };
    stand.postgres.break_with(&seen("10 minutes")).await;
    let raised: Value = serde_json::from_str(&next(&mut received).await.body).unwrap();
    assert_eq!(
        (&raised["type"], &raised["data"]["rule"]),
        (&json!("alert.raised"), &json!("runtime_lost"))
    );
    let open = ask(&stand, "{ alerts { title path endedAt } }", Value::Null).await;
    assert_eq!(open["data"]["alerts"][0]["title"], "Runtime site is lost");
    stand.postgres.break_with(&seen("1 second")).await;
    let ended: Value = serde_json::from_str(&next(&mut received).await.body).unwrap();
    assert_eq!(ended["type"], "alert.ended");
    let open = ask(&stand, "{ alerts { title } }", Value::Null).await;
    assert_eq!(open["data"]["alerts"], json!([]));
}

#[tokio::test]
async fn pg_an_address_that_is_no_webhook_is_refused() {
    let stand = stand().await;
    let set = "mutation($url: String!) { setAlertChannel(url: $url) { secret } }";
    for url in
        ["chat.acme.org", "file:///etc/passwd", "https://user:pass@acme.org/", "http://127.0.0.2/"]
    {
        let answer = ask(&stand, set, json!({ "url": url })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "MP-ALERT-01", "{url}");
    }
    let answer = ask(&stand, "mutation { testAlertChannel }", Value::Null).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "MP-ALERT-02");
}
