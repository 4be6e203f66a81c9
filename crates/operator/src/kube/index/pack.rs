//! Objects at rest: JSON without what nobody reads, compressed.
//!
//! `managedFields` and kubectl's copy of the last applied object are two thirds of a stored object and are dropped. What is left of a plug
//! is some 600 bytes compressed, so ten thousand fit into 6 MB; unpacked as values they would be 80.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::Value;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

pub(super) struct Packed(Box<[u8]>);

impl Packed {
    pub(super) fn new(object: &Value) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        // A `Vec` takes every write.
        let _ = encoder.write_all(object.to_string().as_bytes());
        Self(encoder.finish().unwrap_or_default().into_boxed_slice())
    }

    pub(super) fn open(&self) -> Option<Value> {
        let mut json = Vec::new();
        DeflateDecoder::new(&*self.0).read_to_end(&mut json).ok()?;
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
        assert_eq!(Packed::new(&object).open(), Some(object));
    }
}
