//! Where the Go operator's documentation and code disagree, on the real API server, row by row. Rows 9 and 10 are in `apparatus`, beside the
//! service that they need.

use kube_testkit::cluster::wait_for;
use serde_json::{Value, json};

use super::support::{INTEGRATION, Place, place, template};

async fn value(place: &Place, name: &str, want: &str) {
    wait_for(&format!("ConfigMap {name} has `{want}`"), || async {
        let made = place.config_map(&place.infra, name).await?;
        (made["data"]["value"] == want).then_some(())
    })
    .await;
}

fn with(mut resource: Value, key: &str, value: Value) -> Value {
    resource[0][key] = value;
    resource
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_disagree_1_either_name_of_retaining_is_accepted() {
    let place = place().await;
    let operator = place.start();
    for name in ["preserveWhenDecoupled", "retainWhenDecoupled"] {
        let socket = name.to_lowercase();
        let kept = with(template(&socket, "x"), name, json!(true));
        place.socket(&socket, json!({ "resources": kept })).await;
        place.plug("orders", &socket, json!({})).await;
        place.coupled("orders").await;
        place.cluster.delete(INTEGRATION, "Plug", &place.app, "orders").await;
        place.gone(INTEGRATION, "Plug", &place.app, "orders").await;
        assert!(place.config_map(&place.infra, &socket).await.is_some(), "{name}");
    }
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_disagree_2_and_3_result_resources_have_steps_and_result_templates_see_configurations()
{
    let place = place().await;
    let operator = place.start();
    let later = with(template("later", "{% .result.r %}"), "when", json!(["updated"]));
    place
        .socket(
            "db",
            json!({
                "config": { "host": "h" },
                "resultTemplate": { "r": "{% .socketConfig.host %}/{% .plugConfig.schema %}" },
                "resultResources": later,
            }),
        )
        .await;
    place.plug("orders", "db", json!({ "config": { "schema": "one" } })).await;
    place.coupled("orders").await;
    assert!(place.config_map(&place.infra, "later").await.is_none());
    place.plug("orders", "db", json!({ "config": { "schema": "two" } })).await;
    value(&place, "later", "h/two").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_disagree_4_and_5_vars_and_results_have_all_their_names() {
    let place = place().await;
    let operator = place.start();
    place
        .cluster
        .apply(&json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "there", "namespace": place.infra }, "data": { "a.b": "v" },
        }))
        .await;
    let objref = json!({ "version": "v1", "kind": "ConfigMap", "name": "there" });
    place
        .socket(
            "db",
            json!({
                "resultVars": [{ "name": "v", "objref": objref, "fieldref": { "fieldPath": "data.a\\.b" } }],
                "resultTemplate": { "r": "{% .vars.v %}{% .resultVars.v %}" },
                "resultResources": template("all", "{% .socketResult.r %} {% .result.r %} {% .plugResult.p %}"),
            }),
        )
        .await;
    place.plug("orders", "db", json!({ "result": { "p": "plug" } })).await;
    place.coupled("orders").await;
    value(&place, "all", "vv vv plug").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_disagree_6_and_7_endif_ends_and_data_comes_from_its_config_map() {
    let place = place().await;
    let operator = place.start();
    for namespace in [&place.app, &place.infra] {
        place
            .cluster
            .apply(&json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": { "name": "data", "namespace": namespace }, "data": { "d": namespace },
            }))
            .await;
    }
    let text = "{%- if .plugConfig.d %}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ended}\ndata:\n  value: \
                {% printf \"%s %s\" .plugConfig.d .socketConfig.d | quote %}\n{%- endif %}\n";
    place
        .socket(
            "db",
            json!({
                "dataConfigMapName": "data", "configTemplate": { "d": "{% .socketData.d %}" },
                "resources": [{ "stringTemplate": text }],
            }),
        )
        .await;
    place
        .plug(
            "orders",
            "db",
            json!({ "dataConfigMapName": "data", "configTemplate": { "d": "{% .plugData.d %}" } }),
        )
        .await;
    place.coupled("orders").await;
    value(&place, "ended", &format!("{} {}", place.app, place.infra)).await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_disagree_8_and_11_a_pod_template_makes_the_pod_and_a_limit_is_kept() {
    let place = place().await;
    let operator = place.start();
    let apparatus = json!({ "containers": [], "podTemplate": { "spec": { "volumes": [] } } });
    place.socket("shape", json!({ "apparatus": apparatus, "limit": 0 })).await;
    let stored =
        place.cluster.get(INTEGRATION, "Socket", &place.infra, "shape").await.expect("there");
    assert_eq!(stored["spec"]["apparatus"]["podTemplate"]["spec"]["volumes"], json!([]));
    let apparatus = json!({
        "containers": [{
            "name": "main", "image": "apparatus", "ports": [{ "name": "container", "containerPort": 3000 }],
        }],
        "podTemplate": {
            "metadata": { "labels": { "team": "x" } }, "spec": { "nodeSelector": { "disk": "ssd" } },
        },
    });
    place.socket("pod", json!({ "apparatus": apparatus })).await;
    let pod = wait_for("the pod is made", || async {
        place.cluster.get("v1", "Pod", &place.infra, "pod-apparatus").await
    })
    .await;
    assert_eq!(pod["spec"]["nodeSelector"], json!({ "disk": "ssd" }));
    assert_eq!(pod["spec"]["containers"][0]["image"], "apparatus");
    assert_eq!(pod["metadata"]["labels"]["team"], "x");
    place.plug("orders", "shape", json!({})).await;
    let plug = place.condition("Plug", &place.app, "orders", "Stalled", "True").await;
    assert!(
        plug["status"]["conditions"].to_string().contains("LimitReached"),
        "{}",
        plug["status"]
    );
    operator.stop().await;
}

/// `apiVersion: v1`, as the old examples have it, exists nowhere; `lint` names the right one, and that one is accepted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_disagree_12_the_old_api_version_is_refused_and_lint_names_the_right_one() {
    use operator::offline::{lint, manifest};

    let place = place().await;
    let text = |api_version: &str| {
        format!(
            "apiVersion: {api_version}\nkind: Plug\nmetadata:\n  name: old\n  namespace: {}\nspec:\n  socket:\n    name: db\n",
            place.app
        )
    };
    let file = std::env::temp_dir().join(format!("{}.yaml", place.app));
    let apply = async |text: String| {
        std::fs::write(&file, text).expect("a file");
        place.cluster.kubectl(&["apply", "-f", file.to_str().expect("a path")]).await
    };
    let refused = apply(text("v1")).await;
    assert!(refused.contains("no matches for kind \"Plug\" in version \"v1\""), "{refused}");
    let source = manifest::Source { file: "plug.yaml".to_owned(), text: text("v1") };
    let findings = lint::lint(&manifest::read(&[source]));
    let finding = findings.first().expect("a finding");
    assert_eq!((finding.line, finding.severity.as_str()), (1, "error"));
    let right = "integration.rock8s.com/v1beta1";
    assert!(format!("{} {}", finding.message, finding.next).contains(right), "{finding}");
    let accepted = apply(text(right)).await;
    assert!(accepted.contains("created"), "{accepted}");
    std::fs::remove_file(&file).expect("removed");
}
