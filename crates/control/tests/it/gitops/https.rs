//! Sources over HTTPS: a real Git server behind TLS of a stranger's authority, on this machine.
//!
//! The server is `git http-backend` behind a small TLS listener; it asks for a token and counts what it is asked. As it
//! listens on loopback, it is also the private host that must not be reached unless an administrator says so.

mod proxy;
mod server;

use control::settings::Sources;
use domain::source::Condition;
use testkit::git::write;

use super::world::{ROUTE, SOON, World};
use proxy::Proxy;
use server::{GitServer, TOKEN};

/// Settings of an administrator who knows this server.
fn known(server: &GitServer) -> Sources {
    Sources {
        private_hosts: vec!["localhost".to_owned()],
        extra_ca: Some(server.authority.clone().into_bytes()),
        ..Sources::default()
    }
}

async fn failing(world: &World) -> (String, String) {
    let is = async || matches!(world.source().await.condition, Condition::Failing { .. });
    testkit::wait_until(SOON, is).await;
    match world.source().await.condition {
        Condition::Failing { code, message, .. } => (code, message),
        Condition::Good => unreachable!("it was seen to fail"),
    }
}

#[tokio::test]
async fn pg_git_a_push_to_an_https_source_is_deployed() {
    let server = GitServer::start().await;
    let world = World::with(known(&server)).await;
    let first = world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    server.serve(&world.repository.path());
    world.add_source_at(&server.url("repo.git"), Some(TOKEN)).await;
    world.applied(&first).await;
    let two = ROUTE.replace("hello", "two");
    let second = world.repository.commit("Two", &[write("orders/a.camel.yaml", &two)]);
    world.applied(&second).await;
    assert_eq!(world.workload("orders").await.workload.generation, 2);
    assert_eq!(world.newest("orders").await.commit.id, second);
}

#[tokio::test]
async fn pg_git_an_https_source_is_read_through_the_proxy_of_the_machine() {
    let (server, proxy) = (GitServer::start().await, Proxy::open().await);
    let world = World::with(Sources { proxy: Some(proxy.url()), ..known(&server) }).await;
    let first = world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    server.serve(&world.repository.path());
    world.add_source_at(&server.url("repo.git"), Some(TOKEN)).await;
    world.applied(&first).await;
    let asked = proxy.asked();
    assert!(!asked.is_empty(), "the server was reached past the proxy");
    assert!(asked.iter().all(|target| target == &server.host()), "{asked:?}");
    assert_eq!(server.connected(), asked.len(), "each connection came through it");
}

#[tokio::test]
async fn pg_git_a_host_of_no_proxy_is_reached_past_the_proxy() {
    let (server, proxy) = (GitServer::start().await, Proxy::open().await);
    let past = Some("git.example,localhost".to_owned());
    let settings = Sources { proxy: Some(proxy.url()), no_proxy: past, ..known(&server) };
    let world = World::with(settings).await;
    let first = world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    server.serve(&world.repository.path());
    world.add_source_at(&server.url("repo.git"), Some(TOKEN)).await;
    world.applied(&first).await;
    assert_eq!(proxy.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn pg_git_a_proxy_that_refuses_is_named_as_the_cause() {
    let server = GitServer::start().await;
    let proxy = Proxy::refusing("407 Proxy Authentication Required").await;
    let world = World::with(Sources { proxy: Some(proxy.url()), ..known(&server) }).await;
    world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    server.serve(&world.repository.path());
    world.add_source_at(&server.url("repo.git"), Some(TOKEN)).await;
    let (code, message) = failing(&world).await;
    assert_eq!(code, "MP-GIT-01", "{message}");
    assert!(message.to_lowercase().contains("proxy"), "{message}");
    assert_eq!(server.connected(), 0);
}

#[tokio::test]
async fn pg_git_a_wrong_token_is_refused_and_named_nowhere() {
    let server = GitServer::start().await;
    let world = World::with(known(&server)).await;
    world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    server.serve(&world.repository.path());
    world.add_source_at(&server.url("repo.git"), Some("not-the-token")).await;
    let (code, message) = failing(&world).await;
    assert_eq!(code, "MP-GIT-13", "{message}");
    assert!(!message.contains("not-the-token"), "{message}");
}

#[tokio::test]
async fn pg_git_a_repository_that_is_not_there_is_told_from_one_that_is_closed() {
    let server = GitServer::start().await;
    let world = World::with(known(&server)).await;
    world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    server.serve(&world.repository.path());
    world.add_source_at(&server.url("other.git"), Some(TOKEN)).await;
    assert_eq!(failing(&world).await.0, "MP-GIT-12");
}

#[tokio::test]
async fn pg_git_a_redirect_is_not_followed_and_takes_no_token_along() {
    let (server, other) = (GitServer::start().await, GitServer::start().await);
    let world = World::with(known(&server)).await;
    world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    other.serve(&world.repository.path());
    server.redirect_to(&other.url(""));
    world.add_source_at(&server.url("repo.git"), Some(TOKEN)).await;
    let (code, message) = failing(&world).await;
    assert_eq!(code, "MP-GIT-12", "{message}");
    assert!(message.contains("redirects are not followed"), "{message}");
    assert!(server.asked() > 0);
    assert_eq!(other.asked(), 0);
}

#[tokio::test]
async fn pg_git_a_private_host_is_refused_unless_it_was_allowed() {
    let server = GitServer::start().await;
    let world = World::with(Sources { private_hosts: Vec::new(), ..known(&server) }).await;
    world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    server.serve(&world.repository.path());
    world.add_source_at(&server.url("repo.git"), Some(TOKEN)).await;
    let (code, message) = failing(&world).await;
    assert_eq!(code, "MP-GIT-14", "{message}");
    assert!(message.contains("--allow-private-host"), "{message}");
    assert_eq!(server.connected(), 0, "it was not even connected to");
}

#[tokio::test]
async fn pg_git_an_authority_that_nobody_named_is_not_believed() {
    let server = GitServer::start().await;
    let world = World::with(Sources { extra_ca: None, ..known(&server) }).await;
    world.repository.commit("One", &[write("orders/a.camel.yaml", ROUTE)]);
    server.serve(&world.repository.path());
    world.add_source_at(&server.url("repo.git"), Some(TOKEN)).await;
    let (code, message) = failing(&world).await;
    assert_eq!(code, "MP-GIT-01", "{message}");
    assert_eq!(server.asked(), 0);
}
