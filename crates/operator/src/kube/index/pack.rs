//! Objects at rest: JSON without what nobody reads, compressed.
//!
//! `managedFields` and kubectl's copy of the last applied object are two thirds of a stored object and are dropped. What is left of a plug is
//! 2 KB, most of it the same in all of them; compressed with a dictionary of that, it is some 400 bytes, so ten thousand fit into 4 MB. Unpacked
//! as values they would be 80. The state of the compressor is kept, because making it costs more than its use.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use serde_json::Value;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// What plugs and sockets have in common; the most frequent last, as deflate wants it. It is never stored, so it may change at any time.
const DICTIONARY: &[u8] = br#""labels":{"app.kubernetes.io/name":"annotations":{"serviceAccountName":"default","apparatus":{"containers":[],"endpoint":"http://"configSecretName":"configConfigMapName":"vars":[{"name":"objref":{"fieldref":{"fieldPath":"data."validation":{"namespaceWhitelist":["interface":{"config":{"plug":{"socket":{"required":true},"when":["coupled","updated"],"resultTemplate":{"resultResources":[{"stringTemplate":"coupledPlugs":[{"apiVersion":"integration.rock8s.com/v1beta1","kind":"Socket","metadata":{"creationTimestamp":"2026-01-01T00:00:00Z","finalizers":["integration.rock8s.com/finalizer"],"generation":1,"name":"","namespace":"","resourceVersion":"1","uid":"00000000-0000-0000-0000-000000000000"},"apiVersion":"integration.rock8s.com/v1beta1","kind":"Plug","metadata":{"creationTimestamp":"2026-01-01T00:00:00Z","finalizers":["integration.rock8s.com/finalizer"],"generation":1,"name":"","namespace":"","resourceVersion":"1","uid":"00000000-0000-0000-0000-000000000000"},"spec":{"config":{"":""},"resources":[{"do":"apply","template":{"apiVersion":"v1","data":{"":"{% .socketConfig. %}"},"kind":"ConfigMap","metadata":{"name":"{% .plug.metadata.name %}"}}}],"socket":{"name":"","namespace":""}},"status":{"conditions":[{"lastTransitionTime":"2026-01-01T00:00:00Z","message":"waiting for socket to be created: plug spec.socket.name: socket is not there, or does not admit namespace . Next: create socket , or let it admit namespace  (spec.validation or a ReferenceGrant), or correct spec.socket.name","observedGeneration":1,"reason":"SocketNotCreated","status":"False","type":"Coupled"},{"lastTransitionTime":"2026-01-01T00:00:00Z","message":"coupling succeeded","observedGeneration":1,"reason":"CouplingSucceeded","status":"True","type":"Coupled"},{"lastTransitionTime":"2026-01-01T00:00:00Z","message":"coupling succeeded","observedGeneration":1,"reason":"CouplingSucceeded","status":"True","type":"Ready"},{"lastTransitionTime":"2026-01-01T00:00:00Z","message":"coupling succeeded","observedGeneration":1,"reason":"CouplingSucceeded","status":"False","type":"Reconciling"},{"lastTransitionTime":"2026-01-01T00:00:00Z","message":"coupling succeeded","observedGeneration":1,"reason":"CouplingSucceeded","status":"False","type":"Stalled"}],"coupledResult":{"observedGeneration":1},"coupledSocket":{"apiVersion":"integration.rock8s.com/v1beta1","kind":"Socket","name":"","namespace":"","uid":""},"hash":"","observedGeneration":1,"phase":"Coupled","resources":2,"socket":""}}"#;

pub(super) struct Packed {
    bytes: Box<[u8]>,
    /// Of the JSON; zero when it is not compressed.
    length: u32,
}

/// Packs and opens; one at a time.
pub(super) struct Packer {
    compress: Compress,
    decompress: Decompress,
    /// Kept for its capacity, up to the largest usual object.
    buffer: Vec<u8>,
}

/// The fast level only knows a fixed code and finds little; from here on it finds what objects have in common.
const LEVEL: u32 = 4;
/// A socket with a thousand plugs has 200 KB; what is larger is rare, and its buffer is given back.
const LARGEST_BUFFER: usize = 256 * 1024;

impl Default for Packer {
    fn default() -> Self {
        Self {
            compress: Compress::new(Compression::new(LEVEL), false),
            decompress: Decompress::new(false),
            buffer: Vec::new(),
        }
    }
}

impl Packer {
    pub(super) fn pack(&mut self, object: &Value) -> Packed {
        let json = object.to_string();
        let packed = self.compressed(json.as_bytes());
        if self.buffer.capacity() > LARGEST_BUFFER {
            self.buffer = Vec::new();
        }
        packed.unwrap_or_else(|| Packed { bytes: json.into_bytes().into(), length: 0 })
    }

    fn compressed(&mut self, json: &[u8]) -> Option<Packed> {
        self.compress.reset();
        self.compress.set_dictionary(DICTIONARY).ok()?;
        self.buffer.clear();
        // What does not shrink grows by five bytes for each 16 KB.
        self.buffer.reserve(json.len() + json.len() / 1_000 + 64);
        let finish = FlushCompress::Finish;
        let status = self.compress.compress_vec(json, &mut self.buffer, finish).ok()?;
        let length = u32::try_from(json.len()).ok()?;
        (status == Status::StreamEnd)
            .then(|| Packed { bytes: self.buffer.as_slice().into(), length })
    }

    pub(super) fn open(&mut self, packed: &Packed) -> Option<Value> {
        if packed.length == 0 {
            return serde_json::from_slice(&packed.bytes).ok();
        }
        let length = usize::try_from(packed.length).ok()?;
        self.decompress.reset(false);
        self.decompress.set_dictionary(DICTIONARY).ok()?;
        // One more than there are, so that the end is seen.
        let mut json = Vec::with_capacity(length + 1);
        let finish = FlushDecompress::Finish;
        self.decompress.decompress_vec(&packed.bytes, &mut json, finish).ok()?;
        serde_json::from_slice(&json).ok()
    }
}

/// Takes off what nobody reads.
pub(super) fn strip(object: &mut Value) {
    let Some(metadata) = object["metadata"].as_object_mut() else { return };
    metadata.remove("managedFields");
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_comes_back_as_it_was() {
        let mut object = json!({
            "metadata": { "name": "a", "managedFields": [{}], "annotations": { LAST_APPLIED: "{}", "b": "c" } },
            "spec": { "config": { "a": "1" } },
        });
        strip(&mut object);
        assert_eq!(object["metadata"], json!({ "name": "a", "annotations": { "b": "c" } }));
        let mut packer = Packer::default();
        let packed = packer.pack(&object);
        // The state of one does not leak into the next.
        let noise: String = (0_u32..400_000)
            .map(|number| {
                char::from(
                    b' ' + u8::try_from(number.wrapping_mul(number) >> 7 & 63).expect("small"),
                )
            })
            .collect();
        let large = json!({ "spec": noise });
        let other = packer.pack(&large);
        assert_eq!(packer.open(&packed), Some(object));
        assert_eq!(packer.open(&other), Some(large));
    }

    #[test]
    fn what_all_plugs_have_in_common_is_not_stored_again() {
        let condition = |kind: &str, status: &str| {
            json!({
                "lastTransitionTime": "2026-02-03T04:05:06Z", "message": "coupling succeeded",
                "observedGeneration": 1, "reason": "CouplingSucceeded", "status": status, "type": kind,
            })
        };
        let plug = json!({
            "apiVersion": "integration.rock8s.com/v1beta1", "kind": "Plug",
            "metadata": {
                "creationTimestamp": "2026-02-03T04:05:06Z", "finalizers": ["integration.rock8s.com/finalizer"],
                "generation": 1, "name": "orders", "namespace": "app", "resourceVersion": "123456",
                "uid": "0f8fad5b-d9cb-469f-a165-70867728950e",
            },
            "spec": { "config": { "database": "orders" }, "socket": { "name": "db", "namespace": "infra" } },
            "status": { "conditions": [
                condition("Coupled", "True"), condition("Ready", "True"),
                condition("Reconciling", "False"), condition("Stalled", "False"),
            ] },
        });
        let packed = Packer::default().pack(&plug);
        assert!(packed.bytes.len() < 250, "{} bytes", packed.bytes.len());
    }
}
