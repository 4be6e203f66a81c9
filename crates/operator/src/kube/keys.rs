//! The operator's key: a Secret that is made at the first start.
//!
//! | key | meaning |
//! |---|---|
//! | `seal` | seals journals |
//! | `earlier` | keys that still open, one after another; a rotation puts the old `seal` in front |
//! | `hash` | keys the hashes in statuses; never rotated, or every coupling would look changed |

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::client::{Api, Ask};
use super::kinds::encode;
use super::{Error, Options};
use crate::core::object::Account;
use crate::core::request::Cause;
use crate::core::seal::Keys;

pub(crate) const NAME: &str = "midplane-operator-key";
const LENGTH: usize = 32;

pub(super) struct Secrets {
    pub(super) keys: Keys,
    pub(super) hash: [u8; LENGTH],
}

/// A start while the API server starts as well is no error.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Reads the key, or makes it.
pub(super) async fn load(api: &Api, options: &Options) -> Result<Secrets, Error> {
    let until = Instant::now() + PATIENCE;
    loop {
        match find_or_make(api, options).await {
            Err(Error::Cluster { source, .. })
                if source.cause.passes() && source.code != 404 && Instant::now() < until =>
            {
                tracing::warn!(err = source.message, "cannot read the operator's key yet");
                tokio::time::sleep(LOOK_EVERY).await;
            }
            other => return other,
        }
    }
}

async fn find_or_make(api: &Api, options: &Options) -> Result<Secrets, Error> {
    let collection = format!("/api/v1/namespaces/{}/secrets", encode(&options.namespace));
    let path = format!("{collection}/{NAME}");
    let failed = |doing| move |source| Error::Cluster { doing, source };
    let secret = match api.json(Ask::get(&Account::Operator, path.clone())).await {
        Ok(secret) => secret,
        Err(failure) if failure.cause == Cause::NotFound => {
            let fresh = || STANDARD.encode(options.seams.random());
            let secret = json!({
                "apiVersion": "v1", "kind": "Secret", "type": "midplane.io/operator-key",
                "metadata": { "name": NAME, "namespace": options.namespace },
                "data": { "seal": fresh(), "hash": fresh() },
            });
            match api.json(Ask::post(&Account::Operator, collection, &secret)).await {
                Ok(secret) => secret,
                Err(failure) if failure.cause == Cause::Exists => api
                    .json(Ask::get(&Account::Operator, path))
                    .await
                    .map_err(failed("read the operator's key"))?,
                Err(failure) => {
                    return Err(failed("make the operator's key (does its namespace exist?)")(
                        failure,
                    ));
                }
            }
        }
        Err(failure) => return Err(failed("read the operator's key")(failure)),
    };
    read(&secret).map_err(|why| Error::Key {
        namespace: options.namespace.clone(),
        name: NAME.to_owned(),
        why,
    })
}

fn read(secret: &Value) -> Result<Secrets, String> {
    let bytes = |key: &str| {
        STANDARD
            .decode(secret["data"][key].as_str().unwrap_or_default())
            .map_err(|_| format!("its key `{key}` is no base64"))
    };
    let one = |key: &str| -> Result<[u8; LENGTH], String> {
        bytes(key)?.try_into().map_err(|_| format!("its key `{key}` is not {LENGTH} bytes long"))
    };
    let earlier = bytes("earlier")?;
    let (earlier, rest) = earlier.as_chunks::<LENGTH>();
    if !rest.is_empty() {
        return Err(format!("its key `earlier` is no multiple of {LENGTH} bytes long"));
    }
    Ok(Secrets { keys: Keys::new(one("seal")?, earlier), hash: one("hash")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(data: Value, expected: Option<&str>) {
        let read = read(&json!({ "data": data }));
        assert_eq!(read.err().as_deref(), expected);
    }

    #[test]
    fn a_key_is_32_bytes() {
        let key = STANDARD.encode([1; 32]);
        check(json!({ "seal": key, "hash": key }), None);
        check(json!({ "seal": key, "hash": key, "earlier": STANDARD.encode([2; 64]) }), None);
        check(json!({ "seal": key }), Some("its key `hash` is not 32 bytes long"));
        check(json!({ "seal": "?", "hash": key }), Some("its key `seal` is no base64"));
        let earlier = json!({ "seal": key, "hash": key, "earlier": STANDARD.encode([2; 33]) });
        check(earlier, Some("its key `earlier` is no multiple of 32 bytes long"));
    }
}
