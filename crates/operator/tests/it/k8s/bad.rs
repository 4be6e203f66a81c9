//! What people and programs do wrong, on the real API server: each is told in a condition and a Warning event that name object, field and
//! next step; nothing is left behind, nothing hangs, and a coupling beside it goes on.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kube_testkit::cluster::{own_cluster, wait_for};
use operator::apparatus::guard::Guard;
use operator::kube::Options;
use serde_json::{Value, json};

use super::support::{INTEGRATION, Place, place, start, template};

/// What a condition or Warning event must have in it.
#[track_caller]
fn check_text(text: &str, object: &str) {
    assert!(text.contains(object), "{object} is not named: {text}");
    let field = ["spec", "status", "metadata"].iter().any(|field| text.contains(field));
    assert!(field && text.contains("Next: ") && text.contains("(MP-OP-"), "{text}");
}

/// Waits until `kind` `name` is not ready for the reason, and until a Warning tells so.
async fn told(place: &Place, kind: &str, name: &str, reason: &str, part: &str) -> Value {
    let namespace = if kind == "Plug" { &place.app } else { &place.infra };
    let object = wait_for(&format!("{kind} {name} says {reason}"), || async {
        let object = place.cluster.get(INTEGRATION, kind, namespace, name).await?;
        let conditions = object["status"]["conditions"].as_array()?;
        let ready = conditions.iter().find(|one| one["type"] == "Ready")?;
        (ready["status"] == "False" && ready["reason"] == reason).then_some(object)
    })
    .await;
    let owner = format!("{} {namespace}/{name}", kind.to_lowercase());
    for condition in object["status"]["conditions"].as_array().into_iter().flatten() {
        let text = condition["message"].as_str().unwrap_or_default();
        if condition["type"] == "Ready" {
            assert!(text.contains(part), "`{part}` is not in {text}");
        }
        if condition["status"] == "False" || condition["type"] == "Failed" {
            let named = if part.starts_with("its call") {
                "spec.apparatus".to_owned()
            } else if text.contains(&owner) {
                owner.clone()
            } else {
                // What the socket's side got wrong is told with the socket's name.
                format!("socket {}/", place.infra)
            };
            check_text(text, &named);
        }
    }
    let event = wait_for(&format!("a Warning {reason} of {name}"), || async {
        let events = place.cluster.list("v1", "Event", namespace).await;
        events.into_iter().find(|event| {
            event["involvedObject"]["name"] == name
                && event["reason"] == reason
                && event["type"] == "Warning"
        })
    })
    .await;
    check_text(event["message"].as_str().unwrap_or_default(), "spec");
    object
}

fn map(namespace: &str, name: &str, data: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": name, "namespace": namespace }, "data": data,
    })
}

fn var(kind: &str, name: &str, path: &str) -> Value {
    let objref = json!({ "version": "v1", "kind": kind, "name": name });
    json!([{ "name": "v", "objref": objref, "fieldref": { "fieldPath": path } }])
}

/// Names of the plugs' `ConfigMap`s, to see what is left.
async fn left(place: &Place) -> Vec<String> {
    let maps = place.cluster.list("v1", "ConfigMap", &place.infra).await;
    let name = |map: &Value| map["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    maps.iter().map(name).filter(|name| name.starts_with("made-")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_bad_input_is_told_and_touches_nobody_else() {
    let place = place().await;
    let operator = place.start();
    let made = template("made-{% .plug.metadata.name %}", "{% .plugConfig.v %}");
    place.socket("ok", json!({ "resources": made })).await;
    place.plug("good", "ok", json!({ "config": { "v": "1" } })).await;
    place.coupled("good").await;

    place.cluster.apply(&map(&place.app, "big", json!({ "v": "x".repeat(1 << 20) }))).await;
    let raw = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": { "name": "raw", "namespace": place.app }, "data": { "v": "/////w==" },
    });
    place.cluster.apply(&raw).await;
    let config = |text: &str| json!({ "configTemplate": { "v": text } });
    let looked = |vars: Value| json!({ "vars": vars, "configTemplate": { "v": "{% .vars.v %}" } });
    let ends = "{% range until 9999 %}{% range until 9999 %}{% range until 9999 %}x{% end %}{% end %}{% end %}";
    let cases = [
        ("endless", "TemplateRefused", "line 1", config(ends)),
        ("bomb", "TemplateRefused", "line 1", config("{% repeat 1000000000 \"x\" %}")),
        ("syntax", "TemplateRefused", "line 2", config("a\n{% if %}")),
        (
            "missing",
            "ObjectMissing",
            "var `v` looks into ConfigMap",
            looked(var("ConfigMap", "none", "data.v")),
        ),
        (
            "forbidden",
            "ObjectForbidden",
            "the right to get Pod",
            looked(var("Pod", "none", "spec.nodeName")),
        ),
        (
            "field",
            "FieldMissing",
            "has nothing at `data.none`",
            looked(var("ConfigMap", "big", "data.none")),
        ),
        ("binary", "ValueNotText", "key `v` of Secret", json!({ "configSecretName": "raw" })),
        (
            "rightless",
            "ObjectForbidden",
            "nobody",
            json!({ "serviceAccountName": "nobody", "resources": template("made-x", "y") }),
        ),
        (
            "system",
            "AccountRefused",
            "system:admin",
            json!({ "serviceAccountName": "system:admin" }),
        ),
    ];
    for (name, _, _, spec) in &cases {
        place.plug(name, "ok", spec.clone()).await;
    }
    for (name, reason, part, _) in &cases {
        told(&place, "Plug", name, reason, part).await;
    }
    // A megabyte is as much as one value may be; the object that it should become is longer, and told by the socket's field.
    place.plug("large", "ok", looked(var("ConfigMap", "big", "data.v"))).await;
    let large = told(
        &place,
        "Plug",
        "large",
        "TemplateRefused",
        "the rendered object is longer than 1048576 bytes",
    )
    .await;
    assert!(large.to_string().len() < 64 << 10, "the value is not repeated");

    // One that is good still works, and nothing of the others was made.
    let edit = json!({ "spec": { "config": { "v": "2" } } });
    let good = json!({ "apiVersion": INTEGRATION, "kind": "Plug", "metadata": { "name": "good", "namespace": place.app } });
    place.cluster.merge(&good, &edit).await.expect("an edit");
    wait_for("the good one is updated", || async {
        let made = place.config_map(&place.infra, "made-good").await?;
        (made["data"]["value"] == "2").then_some(())
    })
    .await;
    // `rightless` fails at its own resource, before the socket's.
    let made = left(&place).await;
    assert_eq!(made, ["made-good"]);

    // All of them can be deleted, `rightless` too: nothing is there that its account would have to remove.
    let deleted = || cases.iter().map(|(name, ..)| *name).chain(["large"]);
    for name in deleted() {
        place.cluster.delete(INTEGRATION, "Plug", &place.app, name).await;
    }
    for name in deleted() {
        place.gone(INTEGRATION, "Plug", &place.app, name).await;
    }
    let events = place.cluster.list("v1", "Event", &place.app).await;
    let stuck = events.iter().find(|event| event["reason"] == "DecoupleStuck");
    assert!(stuck.is_none(), "{stuck:?}");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_a_bad_expression_stalls_its_socket_and_admits_nobody() {
    let place = place().await;
    let operator = place.start();
    let bad = json!({ "validation": { "namespaceWhitelist": ["("] } });
    place.socket("closed", bad).await;
    told(&place, "Socket", "closed", "ExpressionBad", "spec.validation.namespaceWhitelist[0]")
        .await;
    place.plug("orders", "closed", json!({})).await;
    let plug = place.condition("Plug", &place.app, "orders", "Coupled", "False").await;
    let text = plug["status"]["conditions"].to_string();
    assert!(text.contains("SocketNotCreated") && !text.contains("ExpressionBad"), "{text}");
    operator.stop().await;
}

/// A value with everything in it that could break out of YAML or JSON.
const EVIL: &str = "x\"\n  injected: yes\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: injected}\n#{% .plug %}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_a_value_stays_one_value_whatever_it_holds() {
    let place = place().await;
    let operator = place.start();
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made-text}\ndata:\n  value: {% .plugConfig.v | quote %}\n";
    let mut resources = template("made-leaf", "{% .plugConfig.v %}");
    resources[0]["stringTemplate"] = json!(text);
    place.socket("ok", json!({ "resources": resources })).await;
    place.plug("orders", "ok", json!({ "config": { "v": EVIL } })).await;
    place.coupled("orders").await;
    for name in ["made-leaf", "made-text"] {
        let made = place.config_map(&place.infra, name).await.expect("made");
        assert_eq!(made["data"], json!({ "value": EVIL }), "{name}");
    }
    assert!(place.config_map(&place.infra, "injected").await.is_none());

    // Without `quote` it is text, and text that is no longer one object is refused rather than guessed at.
    let raw = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made-raw}\ndata:\n  value: \"{% .plugConfig.v %}\"\n";
    place.socket("raw", json!({ "resources": [{ "stringTemplate": raw }] })).await;
    place.plug("careless", "raw", json!({ "config": { "v": EVIL } })).await;
    wait_for("Plug careless is refused", || async {
        let object = place.cluster.get(INTEGRATION, "Plug", &place.app, "careless").await?;
        let conditions = object["status"]["conditions"].as_array()?;
        let ready = conditions.iter().find(|one| one["type"] == "Ready")?;
        let text = ready["message"].as_str().unwrap_or_default();
        (ready["status"] == "False" && text.contains("(MP-OP-")).then_some(())
    })
    .await;
    assert!(place.config_map(&place.infra, "injected").await.is_none());
    assert!(place.config_map(&place.infra, "made-raw").await.is_none());
    operator.stop().await;
}

/// Each waits for what only the other would make.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_crossed_results_wait_in_peace_and_say_for_what() {
    let place = place().await;
    let options = place.options();
    let metrics = options.metrics.clone();
    let operator = start(place.cluster.config.clone(), options);
    for (own, other) in [("left", "right"), ("right", "left")] {
        place
            .socket(
                own,
                json!({
                    "resultVars": var("ConfigMap", other, "data.value"),
                    "resultTemplate": { "v": "{% .resultVars.v %}" },
                    "resultResources": template(own, "{% .result.v %}"),
                    "resultWait": { "timeoutSeconds": 2 },
                }),
            )
            .await;
        place.plug(own, own, json!({})).await;
    }
    for (own, other) in [("left", "right"), ("right", "left")] {
        let name = format!("ConfigMap {}/{other}", place.infra);
        wait_for("it is late", || async {
            let plug = place.cluster.get(INTEGRATION, "Plug", &place.app, own).await?;
            let text = plug["status"]["conditions"].to_string();
            (text.contains("ResultLate") && text.contains(&name)).then_some(())
        })
        .await;
    }
    let looked = metrics.reconciles();
    assert!(looked < 60, "{looked} looks: they wake each other");
    // Somebody cuts the knot.
    place.cluster.apply(&map(&place.infra, "left", json!({ "value": "given" }))).await;
    place.coupled("right").await;
    place.coupled("left").await;
    operator.stop().await;
}

/// A service of many names, each of which misbehaves in its own way.
fn crowd(healed: Arc<AtomicBool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let healed = healed.load(Ordering::Relaxed);
            std::thread::spawn(move || answer(stream, healed));
        }
    });
    address
}

fn answer(mut stream: TcpStream, healed: bool) {
    let mut bytes = vec![0; 64 << 10];
    let mut head = String::new();
    while !head.contains("\r\n\r\n") {
        let Ok(count) = stream.read(&mut bytes) else { return };
        if count == 0 {
            return;
        }
        head.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    let host =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("host: ").map(str::to_owned));
    let host = host.unwrap_or_default();
    let is_event = head.starts_with("POST /coupled ");
    let say = |stream: &mut TcpStream, status: &str, headers: &str, body: &str| {
        let length = body.len();
        let text = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}connection: close\r\n\r\n{body}"
        );
        let _ = stream.write_all(text.as_bytes());
    };
    match host.split('.').next().unwrap_or_default() {
        _ if !is_event || healed => say(&mut stream, "200 OK", "", "{}"),
        "hangs" => std::thread::sleep(std::time::Duration::from_secs(20)),
        "fails" => say(&mut stream, "500 No", "", "{\"message\":\"no such realm\"}"),
        "floods" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n{");
            while stream.write_all(&bytes).is_ok() {}
        }
        "redirects" => {
            say(
                &mut stream,
                "302 Found",
                "location: http://169.254.169.254/latest/meta-data\r\n",
                "",
            );
        }
        // Half of an answer, and gone.
        _ => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"result\"");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_an_apparatus_may_do_its_worst() {
    let place = place().await;
    let healed = Arc::new(AtomicBool::new(false));
    let address = crowd(healed.clone());
    let mut guard = Guard::new(true);
    guard.lookup = Arc::new(move |name| {
        let name = name.to_owned();
        Box::pin(async move {
            let metadata = SocketAddr::from(([169, 254, 169, 254], 80));
            Ok(vec![if name.starts_with("metadata") { metadata } else { address }])
        })
    });
    let operator = start(place.cluster.config.clone(), Options { guard, ..place.options() });
    place
        .socket("ok", json!({ "resources": template("made-{% .plug.metadata.name %}", "y") }))
        .await;
    let cases = [
        ("hangs", "no answer within 1 s"),
        ("fails", "answered 500: no such realm"),
        ("floods", "the answer is longer than 1048576 bytes"),
        ("redirects", "a redirect, which is not followed"),
        ("dies", "the answer broke off"),
        ("metadata", "metadata service"),
    ];
    for (name, _) in cases {
        let endpoint = format!("http://{name}.example");
        let apparatus = json!({ "containers": [], "endpoint": endpoint, "timeoutSeconds": 1 });
        place.socket(name, json!({ "apparatus": apparatus })).await;
        place.plug(name, name, json!({})).await;
    }
    place.plug("good", "ok", json!({})).await;
    place.coupled("good").await;
    for (name, part) in cases {
        // The metadata service is refused at the first call, which is the socket's own.
        let kind = if name == "metadata" { "Socket" } else { "Plug" };
        let object = told(&place, kind, name, "ApparatusFailed", "its call /").await;
        assert!(object["status"]["conditions"].to_string().contains(part), "{part}: {object:#}");
    }
    // What may pass is asked again by itself, the rest after an edit.
    healed.store(true, Ordering::Relaxed);
    for name in ["hangs", "fails", "dies"] {
        place.coupled(name).await;
    }
    for name in ["floods", "redirects"] {
        let plug = json!({ "apiVersion": INTEGRATION, "kind": "Plug", "metadata": { "name": name, "namespace": place.app } });
        let edit = json!({ "spec": { "epoch": "again" } });
        place.cluster.merge(&plug, &edit).await.expect("an edit");
        place.coupled(name).await;
    }
    operator.stop().await;
}

/// With a controller manager, so that namespaces come to their end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_both_namespaces_may_go_at_once() {
    let options = kube_testkit::Options { controller_manager: true, ..Default::default() };
    let place = Place::of(own_cluster(options).await).await;
    let operator = place.start();
    place
        .socket(
            "db",
            json!({
                "resources": template("made-{% .plug.metadata.name %}", "{% .plugConfig.v %}"),
                "resultTemplate": { "r": "{% .plugConfig.v %}" },
            }),
        )
        .await;
    place.cluster.apply(&map(&place.app, "source", json!({ "v": "1" }))).await;
    for name in ["one", "two", "three"] {
        let own = json!({ "configConfigMapName": "source", "publishSecret": {}, "resources": template(name, "x") });
        place.plug(name, "db", own).await;
    }
    for name in ["one", "two", "three"] {
        place.coupled(name).await;
    }
    for namespace in [&place.app, &place.infra] {
        place.cluster.delete("v1", "Namespace", "", namespace).await;
    }
    for namespace in [&place.app, &place.infra] {
        place.gone("v1", "Namespace", "", namespace).await;
    }
    wait_for("no journal is left", || async { (place.journals().await == 0).then_some(()) }).await;
    operator.stop().await;
}
