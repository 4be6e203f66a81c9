//! The definitions of the Go operator, written from their description: the fields, what is required, and nothing else (no columns, no
//! enums, no rules), and objects as its users have them.

use serde_json::{Value, json};

fn text() -> Value {
    json!({ "type": "string" })
}

fn map() -> Value {
    json!({ "type": "object", "additionalProperties": { "type": "string" } })
}

fn any() -> Value {
    json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn vars() -> Value {
    list(json!({
        "type": "object",
        "required": ["name", "objref"],
        "properties": {
            "name": text(),
            "objref": {
                "type": "object",
                "properties": {
                    "apiVersion": text(), "group": text(), "version": text(), "kind": text(), "name": text(),
                    "namespace": text(), "templateName": text(), "templateNamespace": text(),
                },
            },
            "fieldref": { "type": "object", "properties": { "fieldPath": text() } },
        },
    }))
}

fn conditions() -> Value {
    list(json!({
        "type": "object",
        "required": ["lastTransitionTime", "message", "reason", "status", "type"],
        "properties": {
            "lastTransitionTime": { "type": "string", "format": "date-time" },
            "message": text(), "reason": text(), "status": text(), "type": text(),
            "observedGeneration": { "type": "integer", "format": "int64" },
        },
    }))
}

fn coupled() -> Value {
    json!({
        "type": "object",
        "required": ["apiVersion", "kind", "name", "namespace", "uid"],
        "properties": {
            "apiVersion": text(), "kind": text(), "name": text(), "namespace": text(), "uid": text(),
        },
    })
}

fn side(own: Value) -> Value {
    let mut properties = json!({
        "data": map(), "dataConfigMapName": text(), "dataSecretName": text(), "vars": vars(),
        "config": map(), "configConfigMapName": text(), "configSecretName": text(), "configTemplate": map(),
        "resultVars": vars(), "result": map(), "resultConfigMapName": text(), "resultSecretName": text(),
        "resultTemplate": map(), "serviceAccountName": text(), "epoch": text(),
        "apparatus": {
            "type": "object",
            "required": ["containers"],
            "properties": {
                "containers": list(json!({
                    "type": "object", "required": ["name"], "properties": { "name": text() },
                    "x-kubernetes-preserve-unknown-fields": true,
                })),
                "endpoint": text(),
                "idleTimeout": { "type": "integer" },
            },
        },
        "resources": list(json!({
            "type": "object",
            "properties": {
                "do": text(), "when": list(text()), "template": any(), "templates": list(any()),
                "stringTemplate": text(), "stringTemplates": list(text()),
                "retainWhenDecoupled": { "type": "boolean" },
            },
        })),
        "resultResources": list(json!({
            "type": "object",
            "properties": {
                "do": text(), "template": any(), "templates": list(any()),
                "stringTemplate": text(), "stringTemplates": list(text()),
            },
        })),
    });
    for (name, schema) in own.as_object().expect("properties") {
        properties[name] = schema.clone();
    }
    json!({ "type": "object", "properties": properties })
}

fn keys() -> Value {
    json!({
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": { "required": { "type": "boolean" }, "default": text(), "description": text() },
        },
    })
}

fn definition(kind: &str, plural: &str, spec: Value, status: Value) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.integration.rock8s.com") },
        "spec": {
            "group": "integration.rock8s.com",
            "scope": "Namespaced",
            "names": { "kind": kind, "plural": plural, "singular": kind.to_lowercase(), "listKind": format!("{kind}List") },
            "versions": [{
                "name": "v1beta1", "served": true, "storage": true, "subresources": { "status": {} },
                "schema": { "openAPIV3Schema": {
                    "type": "object",
                    "properties": {
                        "apiVersion": text(), "kind": text(), "metadata": { "type": "object" },
                        "spec": spec,
                        "status": { "type": "object", "properties": status },
                    },
                } },
            }],
        },
    })
}

pub(crate) fn definitions() -> [Value; 3] {
    let exchange = json!({ "type": "object", "properties": { "plug": keys(), "socket": keys() } });
    [
        definition(
            "Plug",
            "plugs",
            side(json!({
                "socket": {
                    "type": "object", "required": ["name"], "properties": { "name": text(), "namespace": text() },
                },
            })),
            json!({
                "conditions": conditions(),
                "coupledSocket": coupled(),
                "coupledResult": {
                    "type": "object",
                    "properties": { "plug": map(), "socket": map(), "observedGeneration": { "type": "integer", "format": "int64" } },
                },
            }),
        ),
        definition(
            "Socket",
            "sockets",
            side(json!({
                "interface": { "type": "object", "properties": { "config": exchange, "result": exchange } },
                "limit": { "type": "integer", "format": "int32" },
                "validation": {
                    "type": "object",
                    "properties": { "namespaceWhitelist": list(text()), "namespaceBlacklist": list(text()) },
                },
            })),
            json!({ "conditions": conditions(), "coupledPlugs": list(coupled()) }),
        ),
        definition(
            "DeferredResource",
            "deferredresources",
            json!({
                "type": "object",
                "properties": {
                    "timeout": { "type": "integer", "format": "int64" },
                    "waitFor": list(json!({
                        "type": "object",
                        "properties": { "apiVersion": text(), "group": text(), "version": text(), "kind": text(), "name": text() },
                    })),
                    "resource": any(),
                    "serviceAccountName": text(),
                },
            }),
            json!({
                "conditions": conditions(),
                "ownerReferences": {
                    "type": "object",
                    "required": ["apiVersion", "kind", "name", "uid"],
                    "properties": {
                        "apiVersion": text(), "kind": text(), "name": text(), "uid": text(),
                        "controller": { "type": "boolean" }, "blockOwnerDeletion": { "type": "boolean" },
                    },
                },
            }),
        ),
    ]
}

/// Objects that the old definitions took, sensible and not, with what to put into their status.
pub(crate) fn objects(namespace: &str) -> Vec<(Value, Value)> {
    let object = |kind: &str, name: &str, spec: Value| {
        json!({
            "apiVersion": "integration.rock8s.com/v1beta1", "kind": kind,
            "metadata": { "name": name, "namespace": namespace }, "spec": spec,
        })
    };
    let condition = |kind: &str, status: &str, reason: &str| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": "coupling succeeded",
            "lastTransitionTime": "2023-04-05T06:07:08Z", "observedGeneration": 1,
        })
    };
    let other = json!({
        "apiVersion": "integration.rock8s.com/v1beta1", "kind": "Socket", "name": "postgres",
        "namespace": "infra", "uid": "0b4e2d64-8a8e-4a44-b1a0-6b5ea0b7a001",
    });
    let everything = json!({
        "data": { "a": "1" }, "dataConfigMapName": "a", "dataSecretName": "b",
        "vars": [{ "name": "A", "objref": { "group": "apps", "version": "v1", "kind": "Deployment", "templateName": "{% .plug.metadata.name %}" },
            "fieldref": { "fieldPath": "data.tls\\.crt" } }, { "name": "B", "objref": {} }],
        "config": { "database": "app", "empty": "" }, "configConfigMapName": "c", "configSecretName": "d",
        "configTemplate": { "schema": "{% .plug.metadata.namespace %}" },
        "resultVars": [{ "name": "R", "objref": { "apiVersion": "v1", "kind": "Secret", "name": "x", "namespace": "y" } }],
        "result": { "url": "x" }, "resultConfigMapName": "e", "resultSecretName": "f", "resultTemplate": { "x": "{% .vars.R %}" },
        "serviceAccountName": "deployer", "epoch": "7",
        "apparatus": { "containers": [{ "name": "main", "image": "x", "ports": [{ "name": "container", "containerPort": 3000 }],
            "securityContext": { "privileged": true } }], "endpoint": "/socket", "idleTimeout": 60 },
        "resources": [
            { "do": "apply", "when": ["coupled", "updated"], "template": { "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "{% .plug.metadata.name %}" }, "data": { "n": "1" } } },
            { "when": ["decoupled", "deleted", "created"], "do": "delete", "stringTemplate": "kind: X", "stringTemplates": ["a", "b"], "templates": [{}, { "a": [1] }], "retainWhenDecoupled": true },
            { "do": "frobnicate", "when": ["sometimes"] },
            {},
        ],
        "resultResources": [{ "do": "recreate", "template": { "kind": "Job" } }, {}],
    });
    let with = |own: Value| {
        let mut spec = everything.clone();
        for (name, value) in own.as_object().expect("fields") {
            spec[name] = value.clone();
        }
        spec
    };
    vec![
        (
            object(
                "Plug",
                "full",
                with(json!({ "socket": { "name": "postgres", "namespace": "infra" } })),
            ),
            json!({
                "conditions": [condition("Coupled", "True", "CouplingSucceeded")],
                "coupledSocket": other,
                "coupledResult": { "plug": { "a": "b" }, "socket": { "password": "c" }, "observedGeneration": 1 },
            }),
        ),
        (object("Plug", "empty", json!({})), json!({})),
        (
            object(
                "Plug",
                "external",
                json!({ "socket": { "name": "" }, "apparatus": { "containers": [] } }),
            ),
            json!({ "conditions": [condition("Failed", "True", "Error"), condition("Coupled", "False", "Error")] }),
        ),
        (
            object(
                "Socket",
                "full",
                with(json!({
                    "interface": {
                        "config": { "plug": { "database": { "required": true, "default": "x", "description": "y" }, "other": {} }, "socket": {} },
                        "result": { "socket": { "url": {} } },
                    },
                    "limit": -1,
                    "validation": { "namespaceWhitelist": ["^team-", "("], "namespaceBlacklist": [""] },
                })),
            ),
            json!({
                "conditions": [condition("Coupled", "True", "SocketCoupled")],
                "coupledPlugs": [other],
            }),
        ),
        (object("Socket", "empty", json!({ "interface": {}, "validation": {} })), json!({})),
        (
            object(
                "DeferredResource",
                "full",
                json!({
                    "timeout": -5, "waitFor": [{ "version": "v1", "kind": "Secret", "name": "x" }, {}],
                    "resource": { "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "x" } }, "serviceAccountName": "y",
                }),
            ),
            json!({
                "conditions": [condition("Resolved", "True", "Success")],
                "ownerReferences": { "apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "u", "controller": true },
            }),
        ),
        (object("DeferredResource", "empty", json!({})), json!({})),
    ]
}
