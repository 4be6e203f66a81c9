//! The Helm chart, rendered without Helm and without a cluster.
//!
//! A chart is Go templates, so our engine renders it with Helm's delimiters and values. The golden files were made by real Helm
//! (`helm template midplane-operator deploy/helm/midplane-operator -n midplane-system --kube-version 1.35.0 -f ci/NAME.yaml`) and are
//! compared object by object. The chart therefore uses no function that only Helm has.

use std::fs;
use std::path::PathBuf;

use operator::kube::rights::{self, Scope};
use serde_json::{Value, json};
use template::{Budget, Delimiters, Options, Template, render_documents};

fn chart() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/helm/midplane-operator"))
}

fn read(path: &str) -> String {
    fs::read_to_string(chart().join(path)).expect(path)
}

fn yaml(path: &str) -> Value {
    render_documents(&read(path)).expect(path).remove(0)
}

/// Values of the chart with those of a file over them, as Helm lays them.
fn lay(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                lay(under.entry(key).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

fn render(values: &Value) -> Result<Vec<Value>, template::Error> {
    let mut all = yaml("values.yaml");
    lay(&mut all, values);
    let about = yaml("Chart.yaml");
    let context = json!({
        "Values": all,
        "Release": {"Name": "midplane-operator", "Namespace": "midplane-system", "Service": "Helm"},
        "Chart": {"Name": about["name"], "Version": about["version"], "AppVersion": about["appVersion"]},
    });
    let options = Options { delimiters: Delimiters::BRACES, ..Options::default() };
    let mut objects = Vec::new();
    for name in ["serviceaccount.yaml", "rbac.yaml", "deployment.yaml", "service.yaml", "NOTES.txt"]
    {
        let source = read(&format!("templates/{name}"));
        let text =
            Template::parse(name, &source, &options)?.render(&context, &Budget::default())?;
        if name != "NOTES.txt" {
            objects.extend(render_documents(&text)?);
        }
    }
    Ok(objects)
}

fn sorted(mut objects: Vec<Value>) -> Vec<Value> {
    let key = |object: &Value| {
        let metadata = &object["metadata"];
        format!("{} {} {}", object["kind"], metadata["namespace"], metadata["name"])
    };
    objects.sort_by_key(key);
    objects
}

#[test]
fn the_chart_renders_to_what_helm_renders() {
    for name in ["some-namespaces", "all-namespaces"] {
        let ours = render(&yaml(&format!("ci/{name}.yaml"))).expect(name);
        let helm = render_documents(&read(&format!("ci/{name}.golden.yaml"))).expect(name);
        assert_eq!(sorted(ours), sorted(helm), "{name}");
    }
}

#[test]
fn the_whole_cluster_is_touched_only_when_that_is_typed() {
    let kinds = |values: &Value| {
        let objects = render(values).expect("objects");
        objects
            .iter()
            .map(|one| one["kind"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let some = kinds(&json!({"namespaces": ["a"]}));
    assert!(!some.iter().any(|kind| kind.starts_with("Cluster")), "{some:?}");
    let all = kinds(&json!({"allNamespaces": true}));
    assert!(all.iter().any(|kind| kind == "ClusterRole"), "{all:?}");
}

#[test]
fn a_chart_without_namespaces_says_what_to_set() {
    let refused = render(&json!({})).expect_err("nothing is served");
    assert!(refused.message.contains("allNamespaces=true"), "{refused}");
    let both = render(&json!({"namespaces": ["a"], "allNamespaces": true})).expect_err("both");
    assert!(both.message.contains("not both"), "{both}");
}

#[test]
fn the_definitions_of_the_chart_are_those_of_the_program() {
    let made = k8s::crd::yaml().expect("definitions");
    let path = "crds/integration.rock8s.com.yaml";
    assert!(
        made.trim() == read(path).trim(),
        "deploy/helm/midplane-operator/{path} is stale: midplane crds > that file"
    );
}

#[test]
fn the_pod_is_restricted() {
    let objects = render(&json!({"namespaces": ["a"]})).expect("objects");
    let deployment = objects.iter().find(|one| one["kind"] == "Deployment").expect("a Deployment");
    let pod = &deployment["spec"]["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let container = &pod["containers"][0]["securityContext"];
    assert_eq!(container["allowPrivilegeEscalation"], false);
    assert_eq!(container["readOnlyRootFilesystem"], true);
    assert_eq!(container["capabilities"]["drop"], json!(["ALL"]));
}

#[test]
fn the_chart_gives_exactly_the_rights_that_the_program_prints() {
    let some = Scope::Namespaces(vec!["infra".to_owned(), "orders".to_owned()]);
    for (values, scope) in [
        (json!({"namespaces": ["infra", "orders"]}), some),
        (json!({"allNamespaces": true}), Scope::All),
    ] {
        let is_right = |object: &Value| {
            object["apiVersion"] == "rbac.authorization.k8s.io/v1"
                || object["kind"] == "ServiceAccount"
        };
        let mut ours: Vec<Value> = render(&values).expect("objects");
        ours.retain(is_right);
        for object in &mut ours {
            if let Some(metadata) = object["metadata"].as_object_mut() {
                metadata.remove("labels");
            }
        }
        // Helm makes the namespace itself.
        let printed = rights::objects("midplane-system", &scope);
        let printed = printed.into_iter().map(|(_, object)| object).filter(is_right).collect();
        assert_eq!(sorted(ours), sorted(printed), "{scope:?}");
    }
}
