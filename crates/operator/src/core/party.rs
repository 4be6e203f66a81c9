//! One of the two sides of a coupling, read: who it is, what it says, and what the other side's templates may see of it.
//!
//! The interface is a barrier. A template sees its own object whole (without what only machines read) and of the other one the
//! name and labels; what else crosses is the filtered configuration. `compat.templates: open` on an object opens that object.

use std::sync::Arc;

use k8s::plug::{Openness, PlugSpec};
use k8s::side::Side as Spec;
use k8s::socket::SocketSpec;
use serde_json::{Map, Value, json};

use crate::core::journal::Side;
use crate::core::object::{Account, Identity, ObjectRef};
use crate::core::settings::Settings;
use crate::core::trouble::{Kind, Trouble};

#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) which: Side,
    pub(crate) identity: Identity,
    /// The whole object without what only machines read.
    pub(crate) object: Arc<Value>,
    pub(crate) spec: Spec,
    pub(crate) account: Account,
    open: bool,
}

pub(crate) fn plug(object: &Value, settings: &Settings) -> Result<(Party, PlugSpec), Trouble> {
    let spec: PlugSpec = read(object)?;
    let open = settings.open_specs
        || spec.compat.as_ref().is_some_and(|compat| compat.templates == Some(Openness::Open));
    Ok((party(Side::Plug, object, spec.side.clone(), open)?, spec))
}

pub(crate) fn socket(object: &Value, settings: &Settings) -> Result<(Party, SocketSpec), Trouble> {
    let spec: SocketSpec = read(object)?;
    let open = settings.open_specs
        || spec.compat.as_ref().is_some_and(|compat| compat.templates == Some(Openness::Open));
    Ok((party(Side::Socket, object, spec.side.clone(), open)?, spec))
}

fn read<S: serde::de::DeserializeOwned + Default>(object: &Value) -> Result<S, Trouble> {
    let spec = match &object["spec"] {
        Value::Null => return Ok(S::default()),
        spec => spec,
    };
    S::deserialize(spec).map_err(|err| {
        // The text of serde names types and fields; a value could stand in it only as an unknown word of an enum.
        Trouble::new(
            Kind::SpecUnreadable,
            &reference(object),
            "spec",
            format!("it cannot be read: {err}"),
            "correct the field and apply it again",
        )
    })
}

pub(crate) fn reference(object: &Value) -> ObjectRef {
    ObjectRef::of(object).unwrap_or_else(|| ObjectRef::new("", "object", "", ""))
}

fn party(which: Side, object: &Value, spec: Spec, open: bool) -> Result<Party, Trouble> {
    let reference = reference(object);
    let identity = Identity::of(object).ok_or_else(|| {
        Trouble::new(
            Kind::SpecUnreadable,
            &reference,
            "metadata.uid",
            "it has no uid",
            "apply it to an API server first",
        )
    })?;
    let account = account(&reference, spec.service_account())?;
    Ok(Party { which, identity, object: Arc::new(trimmed(object)), spec, account, open })
}

/// Accounts of the system would lend the operator's callers more than their own rights.
fn account(object: &ObjectRef, name: &str) -> Result<Account, Trouble> {
    if name.contains(':') || name.contains('/') || object.namespace() == "kube-system" {
        return Err(Trouble::new(
            Kind::AccountRefused,
            object,
            "spec.serviceAccountName",
            format!("the operator does not act as `{name}` of namespace {}", object.namespace()),
            "name an account of the object's own namespace, outside kube-system",
        ));
    }
    Ok(Account::service(object.namespace(), name))
}

impl Party {
    pub(crate) fn reference(&self) -> &ObjectRef {
        &self.identity.object
    }

    pub(crate) fn namespace(&self) -> &str {
        self.identity.object.namespace()
    }

    pub(crate) fn name(&self) -> &str {
        &self.identity.object.name
    }

    pub(crate) fn generation(&self) -> i64 {
        self.object["metadata"]["generation"].as_i64().unwrap_or(0)
    }

    /// What a template of `viewer` sees of this one.
    pub(crate) fn seen_by(&self, viewer: Side) -> Value {
        if viewer == self.which || self.open {
            return (*self.object).clone();
        }
        let metadata = &self.object["metadata"];
        let mut seen = Map::new();
        for key in ["name", "namespace", "uid", "generation", "labels", "creationTimestamp"] {
            if !metadata[key].is_null() {
                seen.insert(key.to_owned(), metadata[key].clone());
            }
        }
        json!({"apiVersion": self.object["apiVersion"], "kind": self.object["kind"], "metadata": seen})
    }

    /// Whether data of this one reaches the other side's templates.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }
}

/// Without managed fields, the copy that `kubectl apply` keeps, and our own status: none is anyone's input, and the last changes
/// by itself.
pub(crate) fn trimmed(object: &Value) -> Value {
    /// In `metadata`: what only machines read.
    const NOISE: &[&str] = &["managedFields", "resourceVersion"];
    let without =
        |map: &Map<String, Value>, dropped: &dyn Fn(&str) -> bool| -> Map<String, Value> {
            map.iter()
                .filter(|(key, _)| !dropped(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        };
    let Some(whole) = object.as_object() else { return object.clone() };
    // The status of a socket with a thousand plugs is a thousand times what is left: it is never copied.
    let mut trimmed = without(whole, &|key| key == "status" || key == "metadata");
    if let Some(metadata) = whole.get("metadata") {
        let metadata = match metadata.as_object() {
            Some(metadata) => {
                let mut metadata = without(metadata, &|key| NOISE.contains(&key));
                if let Some(annotations) =
                    metadata.get_mut("annotations").and_then(Value::as_object_mut)
                {
                    annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
                }
                Value::Object(metadata)
            }
            None => metadata.clone(),
        };
        trimmed.insert("metadata".to_owned(), metadata);
    }
    Value::Object(trimmed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(spec: Value) -> Value {
        json!({
            "apiVersion": "integration.rock8s.com/v1beta1", "kind": "Plug",
            "metadata": {
                "name": "orders", "namespace": "app", "uid": "u", "resourceVersion": "4",
                "labels": {"tier": "web"}, "managedFields": [{}],
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{secret}"}
            },
            "spec": spec, "status": {"phase": "Coupled"}
        })
    }

    fn settings() -> Settings {
        Settings::new("midplane-system", [0; 32])
    }

    #[test]
    fn the_other_side_sees_names_and_labels_only() {
        let spec = json!({"socket": {"name": "db"}, "config": {"password": "hunter2"}});
        let (party, _) = plug(&object(spec), &settings()).unwrap();
        let seen = party.seen_by(Side::Socket);
        assert!(seen["spec"].is_null() && seen["metadata"]["labels"]["tier"] == "web");
        assert!(!seen.to_string().contains("secret") && !seen.to_string().contains("hunter2"));
        let own = party.seen_by(Side::Plug);
        assert_eq!(own["spec"]["config"]["password"], "hunter2");
        assert!(!own.to_string().contains("{secret}") && own["status"].is_null());
    }

    #[test]
    fn an_object_opens_itself() {
        let spec = json!({"compat": {"templates": "open"}, "config": {"a": 1}});
        let (party, _) = plug(&object(spec), &settings()).unwrap();
        assert_eq!(party.seen_by(Side::Socket)["spec"]["config"]["a"], 1);
    }

    #[test]
    fn accounts_of_the_system_are_refused() {
        for name in ["system:admin", "other/account"] {
            let trouble =
                plug(&object(json!({"serviceAccountName": name})), &settings()).unwrap_err();
            assert_eq!(trouble.kind, Kind::AccountRefused);
        }
        let mut object = object(json!({}));
        object["metadata"]["namespace"] = json!("kube-system");
        assert_eq!(plug(&object, &settings()).unwrap_err().kind, Kind::AccountRefused);
    }

    #[test]
    fn a_spec_that_cannot_be_read_says_where() {
        let trouble = plug(&object(json!({"config": {"a": []}})), &settings()).unwrap_err();
        assert!(
            trouble.to_string().starts_with("plug app/orders spec: it cannot be read"),
            "{trouble}"
        );
    }
}
