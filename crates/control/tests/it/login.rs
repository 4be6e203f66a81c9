//! A browser signs in by a one-time link and out again.

use axum::body::Body;
use http::{Method, StatusCode};

use crate::stand::{Answer, Stand, stand};

/// The value of the cookie called `name` in an answer.
fn cookie(answer: &Answer, name: &str) -> Option<String> {
    answer.headers.get_all("set-cookie").iter().find_map(|value| {
        let value = value.to_str().unwrap();
        let (key, rest) = value.split_once('=')?;
        (key == name).then(|| rest.split(';').next().unwrap().to_owned())
    })
}

async fn link(stand: &Stand) -> String {
    let owner = stand.owner().await;
    let made = stand.ask(&owner, "mutation { createLoginLink { url } }").await;
    let url = made["createLoginLink"]["url"].as_str().unwrap().to_owned();
    url[url.find("/login/").unwrap()..].to_owned()
}

async fn press(stand: &Stand, arrival: &str) -> Answer {
    let origin = format!("http://{}", stand.running.http);
    let cookie = format!("midplane-login-test={arrival}");
    let headers = [("cookie", cookie.as_str()), ("origin", origin.as_str())];
    stand.request(Method::POST, "/login", &headers, Body::empty()).await
}

#[tokio::test]
async fn pg_a_link_signs_in_once_and_leaves_no_secret_in_history() {
    let stand = stand().await;
    let path = link(&stand).await;
    let arrived = stand.get(&path, &[]).await;
    assert_eq!(
        (arrived.status, arrived.headers["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/login")
    );
    let arrival = cookie(&arrived, "midplane-login-test").unwrap();
    // A prefetch got this far and burnt nothing.
    let held = format!("midplane-login-test={arrival}");
    assert!(stand.get("/login", &[("cookie", &held)]).await.text.contains("<button>"));
    let signed_in = press(&stand, &arrival).await;
    assert_eq!(signed_in.headers["location"], "/");
    let raw =
        signed_in.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap().to_owned());
    let session = raw.into_iter().find(|v| v.starts_with("midplane-test=")).unwrap();
    assert!(session.contains("HttpOnly") && session.contains("SameSite=Strict"), "{session}");
    assert_eq!(press(&stand, &arrival).await.status, StatusCode::GONE);

    let held = format!("midplane-test={}", cookie(&signed_in, "midplane-test").unwrap());
    let page = stand.get("/status", &[("cookie", &held)]).await;
    assert_eq!(page.status, StatusCode::OK);
    let origin = format!("http://{}", stand.running.http);
    let out = [("cookie", held.as_str()), ("origin", origin.as_str())];
    stand.request(Method::POST, "/logout", &out, Body::empty()).await;
    assert_eq!(stand.get("/status", &[("cookie", &held)]).await.status, StatusCode::UNAUTHORIZED);
}

async fn signed_in(stand: &Stand) -> String {
    let arrived = stand.get(&link(stand).await, &[]).await;
    let arrival = cookie(&arrived, "midplane-login-test").unwrap();
    let session = cookie(&press(stand, &arrival).await, "midplane-test").unwrap();
    format!("midplane-test={session}")
}

#[tokio::test]
async fn pg_signing_out_everywhere_ends_every_browser_and_every_unused_link_but_no_token() {
    let stand = stand().await;
    let (one, other) = (signed_in(&stand).await, signed_in(&stand).await);
    let unused = stand.get(&link(&stand).await, &[]).await;
    let origin = format!("http://{}", stand.running.http);
    let headers = [
        ("cookie", one.as_str()),
        ("origin", origin.as_str()),
        ("content-type", "application/json"),
    ];
    let body = Body::from(r#"{"query":"mutation { signOutEverywhere }"}"#);
    let answer = stand.request(Method::POST, "/graphql", &headers, body).await;
    assert_eq!(answer.json()["data"]["signOutEverywhere"], 2, "{}", answer.text);
    for held in [&one, &other] {
        let page = stand.get("/status", &[("cookie", held)]).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    }
    let arrival = cookie(&unused, "midplane-login-test").unwrap();
    assert_eq!(press(&stand, &arrival).await.status, StatusCode::GONE);
    assert_eq!(stand.post(r#"{"query":"{ viewer { id } }"}"#).await.status, StatusCode::OK);
}

#[tokio::test]
async fn pg_a_browser_is_not_signed_in_over_plain_http_from_elsewhere() {
    let stand = crate::stand::stand_with(|settings| {
        settings.http = "0.0.0.0:0".parse().unwrap();
        settings.allowed_hosts = vec!["midplane.example".to_owned()];
    })
    .await;
    let headers = [("host", "midplane.example:7080"), ("origin", "http://midplane.example:7080")];
    let answer = stand.request(Method::POST, "/login", &headers, Body::empty()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text.contains("MP-API-12"), "{}", answer.text);
}

#[tokio::test]
async fn pg_another_site_cannot_use_the_session() {
    let stand = stand().await;
    let arrived = stand.get(&link(&stand).await, &[]).await;
    let arrival = cookie(&arrived, "midplane-login-test").unwrap();
    let session = cookie(&press(&stand, &arrival).await, "midplane-test").unwrap();
    let held = format!("midplane-test={session}");
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        let headers =
            [("cookie", held.as_str()), ("origin", origin), ("content-type", "application/json")];
        let body = Body::from(r#"{"query":"{ viewer { id } }"}"#);
        let answer = stand.request(Method::POST, "/graphql", &headers, body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
        let upgrade = [("cookie", held.as_str()), ("origin", origin), ("upgrade", "websocket")];
        assert_eq!(stand.get("/graphql/ws", &upgrade).await.status, StatusCode::FORBIDDEN);
    }
    // A page may hide where it comes from; the browser still says whether it is one of ours.
    for (site, status) in
        [("cross-site", StatusCode::FORBIDDEN), ("same-origin", StatusCode::SEE_OTHER)]
    {
        let headers = [("cookie", held.as_str()), ("origin", "null"), ("sec-fetch-site", site)];
        let answer = stand.request(Method::POST, "/logout", &headers, Body::empty()).await;
        assert_eq!(answer.status, status, "{site}");
    }
}
