//! The data connection: reversed, lazy, apart from commands.

use std::time::{Duration, Instant};

use http::Request;
use http_body_util::{BodyExt, Empty};
use link::server::Limits;

use crate::memory::runtime;
use crate::world::{World, until};

fn get(path: &str) -> Request<Empty<bytes::Bytes>> {
    Request::get(format!("http://runner{path}")).body(Empty::new()).unwrap()
}

#[tokio::test]
async fn the_server_asks_and_the_runner_answers_over_a_connection_it_opened() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let none = world.server.data(runtime(), get("/logs/1")).await.unwrap_err();
    assert_eq!(none.code(), "MP-LINK-07");
    let _runner = world.runner(dir.path()).await;
    until("the session", || world.server.holds(runtime())).await;
    for path in ["/logs/1", "/logs/2"] {
        let answer = world.server.data(runtime(), get(path)).await.unwrap();
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), path.as_bytes());
    }
}

#[tokio::test]
async fn a_reader_that_stalls_delays_no_command() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let _runner = world.runner(dir.path()).await;
    until("the session", || world.server.holds(runtime())).await;
    let mut stalled = world.server.data(runtime(), get("/endless")).await.unwrap().into_body();
    assert!(stalled.frame().await.unwrap().is_ok());
    // Nobody reads on; the connection's windows are full by now.
    let began = Instant::now();
    for count in 1..=50 {
        world.memory.command("restart");
        world.server.wake(runtime());
        until("the acknowledgement", || world.memory.state().acknowledged == count).await;
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let answer = world.server.data(runtime(), get("/beside")).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "/beside");
}

#[tokio::test]
async fn an_idle_data_connection_is_closed_and_opened_again() {
    let limits = Limits { data_idle: Duration::from_millis(40), ..Limits::default() };
    let world = World::with(limits).await;
    let dir = tempfile::tempdir().unwrap();
    let _runner = world.runner(dir.path()).await;
    until("the session", || world.server.holds(runtime())).await;
    for _ in 0..3 {
        let answer = world.server.data(runtime(), get("/x")).await.unwrap();
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "/x");
        until("the connection closed", || !world.server.has_data(runtime())).await;
    }
}
