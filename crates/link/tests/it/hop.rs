//! From one server to another: once, by whom the authority certified as a server, and only for what is there.

use std::sync::Arc;

use bytes::Bytes;
use domain::id::RuntimeId;
use http::Request;
use http_body_util::{BodyExt, Empty};
use jiff::SignedDuration;
use link::authority::{Signer, csr};
use link::server::{AWAY, DataError};
use link::tls::{ALPN_REPLICA, Trust, client_config};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use uuid::Uuid;

use crate::memory::{organization, runtime};
use crate::world::{World, seams, until};

fn get(path: &str) -> Request<Empty<Bytes>> {
    Request::get(format!("http://runner{path}")).body(Empty::new()).unwrap()
}

fn config(world: &World, leaf: CertificateDer<'static>, key: &[u8]) -> Arc<ClientConfig> {
    let chain = vec![leaf, world.memory.intermediate.certificate.clone()];
    let trust = Trust::Roots(vec![world.memory.root.certificate.clone()]);
    client_config(trust, Some((chain, key)), ALPN_REPLICA, &seams(&world.memory)).unwrap()
}

fn replica(world: &World) -> Arc<ClientConfig> {
    let Signer { certificate, key } =
        world.memory.intermediate.replica(Uuid::from_u128(7), world.memory.now()).unwrap();
    config(world, certificate, &key)
}

#[tokio::test]
async fn a_server_reaches_a_runner_by_way_of_the_one_that_holds_it() {
    let (asked, holds) = (World::new().await, World::new().await);
    let dir = tempfile::tempdir().unwrap();
    let _runner = holds.runner(dir.path()).await;
    until("the session", || holds.server.holds(runtime())).await;
    for path in ["/logs/1", "/logs/2"] {
        let config = replica(&holds);
        let answer = asked.server.hop(&holds.address, config, runtime(), get(path)).await.unwrap();
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), path.as_bytes());
    }
    let mut endless =
        asked.server.hop(&holds.address, replica(&holds), runtime(), get("/endless")).await;
    let body = endless.as_mut().unwrap().body_mut();
    assert!(body.frame().await.unwrap().is_ok());
}

#[tokio::test]
async fn what_is_not_there_is_not_looked_for_elsewhere() {
    let world = World::new().await;
    let away = RuntimeId(Uuid::from_u128(9));
    let answer = world.server.hop(&world.address, replica(&world), away, get("/logs/1")).await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key(AWAY));
}

#[tokio::test]
async fn neither_a_runner_nor_an_expired_server_may_ask() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let _runner = world.runner(dir.path()).await;
    until("the session", || world.server.holds(runtime())).await;
    let refused = async |config| {
        world.server.hop(&world.address, config, runtime(), get("/logs/1")).await.unwrap_err()
    };
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let asked = csr::check(&csr::request(&key).unwrap()).unwrap();
    let (signer, now) = (&world.memory.intermediate, world.memory.now());
    let leaf = signer.leaf(&asked, organization(), runtime(), 1, now).unwrap();
    let runner = config(&world, leaf, &key.serialize_der());
    assert!(matches!(refused(runner).await, DataError::Request(_) | DataError::Hop(_)));

    let expired = replica(&world);
    world.memory.state().ahead = SignedDuration::from_hours(8 * 24);
    assert!(matches!(refused(expired).await, DataError::Request(_) | DataError::Hop(_)));
}
