//! Calls against a real HTTP server that behaves as badly as servers do.

mod server;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s::apparatus::Apparatus;
use operator::apparatus::address;
use operator::apparatus::client::Client;
use operator::apparatus::guard::Guard;
use operator::core::object::{Identity, ObjectRef};
use operator::core::request::{Action, Call, Reply};
use serde_json::{Value, json};

use self::server::{Server, answer};

fn tls() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

/// A client whose every name is the test server.
fn client(to: SocketAddr) -> Client {
    let mut guard = Guard::new(true);
    guard.lookup = Arc::new(move |_| Box::pin(async move { Ok(vec![to]) }));
    Client::new(guard, tls()).expect("a client")
}

fn call(action: Action, apparatus: Value) -> Call {
    Call {
        owner: Identity { object: ObjectRef::socket("infra", "pg"), uid: "u".to_owned() },
        apparatus: Arc::new(apparatus),
        service_account: "default".to_owned(),
        action,
        event_id: "u.3.coupled".to_owned(),
        plug: Some(Arc::new(json!({"metadata": {"name": "orders"}}))),
        socket: Some(Arc::new(json!({"metadata": {"name": "pg"}}))),
        plug_config: Some(BTreeMap::from([("password".to_owned(), "s3cret".to_owned())])),
        socket_config: None,
        plug_data: None,
        socket_data: None,
        vars: None,
    }
}

fn at(address: SocketAddr, seconds: i64) -> Value {
    json!({"containers": [], "endpoint": format!("http://{address}/socket/"), "timeoutSeconds": seconds})
}

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).expect("a time")
}

#[track_caller]
fn failed(reply: Reply, part: &str, passes: bool) {
    let Reply::Failed { message, passes: found } = &reply else {
        unreachable!("{reply:?}");
    };
    assert!(message.contains(part), "{message}");
    assert_eq!(*found, passes, "{message}");
    assert!(!message.contains("s3cret"), "{message}");
}

#[tokio::test]
async fn a_call_arrives_with_its_event_id_and_signature() {
    let server = Server::start(|_, stream| answer(stream, 201, "[]"));
    let call = call(Action::Coupled, at(server.address, 5));
    let reply = client(server.address).call(&call, Some(b"key"), now()).await;
    assert_eq!(reply, Reply::Done { result: None });
    let request = server.requests().remove(0);
    assert!(request.starts_with("POST /socket/coupled HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nx-integration-event-id: u.3.coupled\r\n"), "{request}");
    assert!(request.contains("\r\nx-integration-signature: t=1700000000,v1="), "{request}");
    let body: Value =
        serde_json::from_str(request.split("\r\n\r\n").nth(1).expect("a body")).expect("JSON");
    assert_eq!(body["version"], "1");
    assert_eq!(body["plugConfig"]["password"], "s3cret");
}

#[tokio::test]
async fn an_on_demand_pod_is_called_through_its_service() {
    let server = Server::start(|_, stream| answer(stream, 200, r#"{"url":"x","port":5432}"#));
    let apparatus = json!({"containers": [{"name": "a"}], "endpoint": "/plug"});
    let call = call(Action::Config, apparatus.clone());
    let client = client(server.address);
    let reply = client.call(&call, None, now()).await;
    let expected = [("port", "5432"), ("url", "x")].map(|(key, value)| (key.into(), value.into()));
    assert_eq!(reply, Reply::Config(BTreeMap::from(expected)));
    let apparatus: Apparatus = serde_json::from_value(apparatus).expect("an apparatus");
    let address = address::address(&apparatus, &call.owner.object).expect("an address");
    assert!(client.ping(&address).await);
    let requests = server.requests();
    assert!(requests[0].starts_with("POST /plug/config "), "{}", requests[0]);
    assert!(
        requests[0].contains("\r\nhost: pg-apparatus.infra.svc.cluster.local\r\n"),
        "{}",
        requests[0]
    );
    assert!(requests[1].starts_with("GET /plug/ping "), "{}", requests[1]);
}

#[tokio::test]
async fn an_apparatus_that_hangs_is_given_up() {
    let server = Server::start(|_, stream| server::hang(stream));
    let started = Instant::now();
    let call = call(Action::Coupled, at(server.address, 1));
    let reply = client(server.address).call(&call, None, now()).await;
    failed(reply, "no answer within 1 s", true);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_apparatus_that_drips_is_given_up() {
    let server = Server::start(|_, stream| server::drip(stream));
    let call = call(Action::Coupled, at(server.address, 1));
    let reply = client(server.address).call(&call, None, now()).await;
    failed(reply, "no answer within 1 s", true);
}

#[tokio::test]
async fn an_apparatus_that_fails_is_asked_again_and_its_text_stays_out() {
    let server =
        Server::start(|_, stream| answer(stream, 500, r#"{"message":"no realm","sent":"s3cret"}"#));
    let call = call(Action::Coupled, at(server.address, 5));
    let reply = client(server.address).call(&call, None, now()).await;
    failed(reply, "/coupled answered 500: no realm", true);
}

#[tokio::test]
async fn an_endless_answer_is_read_up_to_the_bound() {
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = taken.clone();
    let server = Server::start(move |_, stream| server::flood(stream, &counter));
    let call = call(Action::Config, at(server.address, 30));
    let reply = client(server.address).call(&call, None, now()).await;
    failed(reply, "the answer is longer than 1048576 bytes", false);
    let written = taken.load(Ordering::SeqCst);
    assert!(written < 64 << 20, "{written} of {} bytes were taken", server::FLOOD);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let trap = Server::start(|_, stream| answer(stream, 200, "{}"));
    let location = format!("http://{}/latest/meta-data", trap.address);
    let server = Server::start(move |_, stream| server::redirect(stream, &location));
    let call = call(Action::Config, at(server.address, 5));
    let reply = client(server.address).call(&call, None, now()).await;
    failed(reply, "answered 307, a redirect, which is not followed", false);
    assert!(trap.requests().is_empty());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_again() {
    let server = Server::start(|_, stream| server::half(stream));
    let call = call(Action::Config, at(server.address, 5));
    let reply = client(server.address).call(&call, None, now()).await;
    failed(reply, "the answer broke off", true);
}

#[tokio::test]
async fn nobody_there_is_asked_again() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("bind");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let call = call(Action::Coupled, at(address, 5));
    let reply = client(address).call(&call, None, now()).await;
    failed(reply, "no connection", true);
}

#[tokio::test]
async fn the_metadata_service_is_not_called_under_any_name() {
    let metadata = SocketAddr::from(([169, 254, 169, 254], 80));
    let client = client(metadata);
    for endpoint in [
        "http://innocent.example/x",
        "http://169.254.169.254",
        "http://0xa9fea9fe/",
        "http://[::ffff:a9fe:a9fe]",
    ] {
        let apparatus = json!({"containers": [], "endpoint": endpoint, "timeoutSeconds": 5});
        let reply = client.call(&call(Action::Config, apparatus), None, now()).await;
        failed(reply, "metadata service", false);
    }
}

#[tokio::test]
async fn this_machine_is_not_called_unless_that_is_allowed() {
    let server = Server::start(|_, stream| answer(stream, 200, "{}"));
    let to = server.address;
    let mut guard = Guard::new(false);
    guard.lookup = Arc::new(move |_| Box::pin(async move { Ok(vec![to]) }));
    let client = Client::new(guard, tls()).expect("a client");
    let by_name = json!({"containers": [], "endpoint": "/x"});
    for apparatus in [by_name, at(server.address, 5)] {
        let reply = client.call(&call(Action::Config, apparatus), None, now()).await;
        failed(reply, "--allow-loopback-apparatus", false);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn not_yet_is_asked_again_with_the_same_event() {
    let server = Server::start(|index, stream| match index {
        0 => answer(stream, 202, r#"{"retryAfterSeconds":1}"#),
        _ => answer(stream, 200, r#"{"result":{"url":"x"}}"#),
    });
    let call = call(Action::Coupled, at(server.address, 5));
    let client = client(server.address);
    assert_eq!(client.call(&call, None, now()).await, Reply::Later { seconds: 1 });
    let result = Some(BTreeMap::from([("url".to_owned(), "x".to_owned())]));
    assert_eq!(client.call(&call, None, now()).await, Reply::Done { result });
    let ids = server.requests().into_iter().filter(|one| one.contains("event-id: u.3.coupled"));
    assert_eq!(ids.count(), 2);
}
