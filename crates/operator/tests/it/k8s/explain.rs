//! `explain` on a real API server: the lines it names, and what it hides from whom.

use operator::core::{ObjectRef, Settings};
use operator::kube::ask::Asker;
use serde_json::json;

use super::support::{Place, now, place, template};

fn asker(config: kube::Config) -> Asker {
    Asker::new(config, Settings::new("", [0; 32])).expect("a client")
}

async fn printed(place: &Place, kind: &str, namespace: &str, name: &str) -> Vec<String> {
    let text = place.cluster.kubectl(&["get", kind, name, "-n", namespace, "-o", "yaml"]).await;
    text.lines().map(str::to_owned).collect()
}

/// An object with much before its spec that takes lines: literals, folded texts, quoted ones, lists.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_16_explain_names_lines_that_kubectl_prints() {
    let place = place().await;
    let operator = place.start();
    let long = "a sentence that goes on and on, ".repeat(12);
    let quoted = format!("key: {}", "it's a \"quoted\" one, ".repeat(15));
    let mut plug = json!({
        "apiVersion": "integration.rock8s.com/v1beta1", "kind": "Plug",
        "metadata": {
            "name": "orders", "namespace": place.app, "labels": { "b": "1", "a10": "x", "a9": "y" },
            "annotations": {
                "long": long.trim(), "lines": "one\ntwo\n\nthree\n", "nolast": "one\ntwo", "quoted": quoted.trim(),
                "tabbed": "a\tb", "empty": "", "last-applied": "{\"a\":{\"b\":[1,2]}}\n",
            },
        },
        "spec": {
            "config": { "z": "1", "text": "first\nsecond\n", "long": long.trim() },
            "configTemplate": { "rendered": "{% .plug.metadata.name %}" },
            "resources": template("made", "{% .plugConfig.z %}"),
        },
    });
    plug["spec"]["socket"] = json!({ "name": "db", "namespace": place.infra });
    place.socket("db", json!({ "config": { "host": "h" }, "resources": template("s", "x") })).await;
    place.cluster.apply(&plug).await;
    place.coupled("orders").await;
    let reference = ObjectRef::plug(&place.app, "orders");
    let asker = asker(place.cluster.config.clone());
    let seen = asker.explain(&reference, now()).await.expect("answers").expect("there");
    let plug_lines = printed(&place, "plug", &place.app, "orders").await;
    let socket_lines = printed(&place, "socket", &place.infra, "db").await;
    assert!(seen.config.len() >= 5, "{:#?}", seen.config);
    for key in &seen.config {
        let lines = if key.side == "plug" { &plug_lines } else { &socket_lines };
        let line = key.line.unwrap_or_else(|| panic!("{key:?} has no line"));
        let printed = lines[line - 1].trim_start();
        assert!(printed.starts_with(&format!("{}:", key.key)), "{key:?}: line {line} is {printed}");
    }
    let all = seen.lines(true).join("\n");
    let made = all.split("spec.resources[0].template, line ").nth(1).expect("a line of a template");
    let line: usize = made.split(')').next().expect("a number").parse().expect("a number");
    assert!(plug_lines[line - 1].contains("template:"), "{}", plug_lines[line - 1]);
    operator.stop().await;
}

/// A developer may see his own namespace; the provider's is as good as empty to him.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_row_16_explain_hides_what_the_caller_may_not_see() {
    let place = place().await;
    let operator = place.start();
    let group = "rbac.authorization.k8s.io";
    let metadata = json!({ "name": "developer", "namespace": place.app });
    place
        .cluster
        .apply(&json!({
            "apiVersion": format!("{group}/v1"), "kind": "Role", "metadata": metadata,
            "rules": [{
                "apiGroups": ["", "integration.rock8s.com"], "resources": ["plugs", "configmaps"],
                "verbs": ["get", "list"],
            }],
        }))
        .await;
    place
        .cluster
        .apply(&json!({
            "apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": metadata,
            "roleRef": { "apiGroup": group, "kind": "Role", "name": "developer" },
            "subjects": [{ "kind": "User", "name": "dev", "apiGroup": group }],
        }))
        .await;
    place.socket("there", json!({ "validation": { "namespaceBlacklist": ["."] } })).await;
    place
        .socket("ours", json!({ "config": { "host": "h" }, "resultTemplate": { "url": "u" } }))
        .await;
    for (plug, socket) in [("one", "there"), ("two", "absent")] {
        place.plug(plug, socket, json!({})).await;
        place.condition("Plug", &place.app, plug, "Coupled", "False").await;
    }
    place.plug("three", "ours", json!({ "publishSecret": {} })).await;
    place.coupled("three").await;

    let mut config = place.cluster.config.clone();
    config.auth_info.impersonate = Some("dev".to_owned());
    let asker = asker(config);
    let explain = async |plug: &str| {
        let reference = ObjectRef::plug(&place.app, plug);
        let seen = asker.explain(&reference, now()).await.expect("answers").expect("there");
        seen.lines(true).join("\n")
    };
    let (there, absent) = (explain("one").await, explain("two").await);
    assert_eq!(
        there.replace("/there", "/X").replace("/one", "/Y"),
        absent.replace("/absent", "/X").replace("/two", "/Y")
    );
    let ours = explain("three").await;
    assert!(ours.starts_with("coupled to socket"), "{ours}");
    assert!(ours.contains("not shown to you") && !ours.contains("config.host"), "{ours}");
    let published = format!("given by the socket -> Secret {}/three-ours key url", place.app);
    assert!(ours.contains(&published), "{ours}");
    let other = asker.explain(&ObjectRef::socket(&place.infra, "there"), now()).await;
    assert_eq!(other.expect("answers"), None, "a socket he may not see is not there");
    operator.stop().await;
}
