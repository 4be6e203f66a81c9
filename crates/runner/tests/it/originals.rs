//! Messages that were masked before they were recorded go in again as they were, on real Camel; what is gone is refused.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::bench::{Bench, Wish, eventually, unchanged};

const ROUTES: &str = r#"
- route:
    id: tick
    from:
      uri: timer:tick?delay=3600000
      steps:
        - setBody: {simple: {expression: "${body} ${header.to}\n", trim: false}}
        - to: {uri: "file:.?fileName=done.txt&fileExist=Append"}
- route:
    id: inner
    from:
      uri: direct:inner
      steps:
        - throwException: {exceptionType: java.lang.IllegalStateException, message: "no ${body}"}
"#;

struct World {
    bench: Bench,
    seq: u64,
}

impl World {
    async fn new() -> Self {
        let bench = Bench::start().await;
        let files = [("orders.camel.yaml", ROUTES.to_owned())];
        let wish = Wish { integration: "orders", generation: 1, files: &files, change: &unchanged };
        bench.deploy(&wish);
        bench.phase("orders", 1, "ready").await;
        bench.state("orders", "ready", |state| state.state == "ready").await;
        Self { bench, seq: 0 }
    }

    /// The answer, or the code and what was said.
    async fn ask(&mut self, kind: &str, asked: Value) -> Result<Value, String> {
        self.seq += 1;
        let now = (runner::Seams::system().now)().as_millisecond();
        let mut body =
            json!({"format": 1, "workload": Bench::id("orders"), "begin_before_ms": now + 20_000});
        body.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
        self.bench.command(self.seq, kind, body);
        let result = self.bench.result(self.seq).await;
        if result.ok {
            Ok(serde_json::from_slice(&result.result).unwrap())
        } else {
            Err(format!("{} {}", result.code, result.message))
        }
    }

    async fn deliver(&mut self, order: Value) -> Value {
        self.ask("deliver", json!({"order": order})).await.unwrap()
    }

    async fn again(
        &mut self,
        message: &str,
        is_edited: bool,
        order: Value,
    ) -> Result<Value, String> {
        let original =
            json!({"message": message, "is_edited": is_edited, "is_needed": true, "order": order});
        self.ask("deliver", json!({"original": original})).await
    }

    fn done(&self) -> Vec<String> {
        let text = fs::read_to_string(self.bench.workload("orders").join("work/done.txt"));
        text.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        let folder =
            self.bench.data.join("telemetry/originals").join(Bench::id("orders").to_string());
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|it| it.extension().is_some_and(|it| it == "orig"))
            .collect()
    }

    fn bytes(&self) -> u64 {
        self.files().iter().map(|file| file.metadata().map_or(0, |it| it.len())).sum()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_masked_message_goes_in_again_as_it_was() {
    let mut world = World::new().await;
    let header = json!({"name": "to", "kind": "text", "value": "bob@example.com"});
    let made = world
        .deliver(json!({"route": "tick", "body": "ann@example.com", "headers": [header]}))
        .await;
    let message = made["message_id"].as_str().unwrap().to_owned();
    eventually("the original is kept", || world.bytes() > 36).await;
    for file in world.files() {
        let text = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
        assert!(!text.contains("example"), "it is sealed");
    }
    let masked = json!({"name": "to", "kind": "text", "value": "[masked email]"});
    let recorded = json!({"route": "tick", "body": "[masked email]", "headers": [masked]});

    let answer = world.again(&message, false, recorded.clone()).await.unwrap();
    assert_eq!(
        (&answer["source"], &answer["filled"], &answer["outcome"]),
        (&json!("original"), &json!(2), &json!("completed")),
        "{answer}"
    );
    let edited = json!({"route": "tick", "body": "dear [masked email]", "headers": [masked]});
    let answer = world.again(&message, true, edited).await.unwrap();
    assert_eq!((&answer["source"], &answer["filled"]), (&Value::Null, &json!(2)), "{answer}");
    let whole = "ann@example.com bob@example.com";
    assert_eq!(world.done(), [whole, whole, &format!("dear {whole}")]);

    // What it fails with names no value, and neither does a dry run.
    let inner = json!({"route": "inner", "body": "[masked email]", "headers": []});
    let answer = world.again(&message, false, inner.clone()).await.unwrap();
    assert_eq!(answer["error"], "no [masked email]", "{answer}");
    // It failed, so what it carried is told as its result.
    let original = json!({"message": message, "is_needed": true, "order": inner});
    let report = world.ask("dry", json!({"original": original})).await.unwrap();
    assert_eq!(
        (&report["source"], &report["error"], &report["result"]["body"]),
        (&json!("original"), &json!("no [masked email]"), &json!("[masked email]")),
        "{report}"
    );

    // Camel's own headers may not lead it elsewhere.
    let uri = json!({"name": "CamelFileName", "kind": "text", "value": "elsewhere"});
    let steered = json!({"route": "tick", "body": "[masked email]", "headers": [uri]});
    let refused = world.again(&message, true, steered).await.unwrap_err();
    assert!(refused.starts_with("MP-RPL-31") && refused.contains("CamelFileName"), "{refused}");

    world.bench.kill_runner().await;
    world.bench.start_runner();
    world.bench.forget_beat();
    world.bench.state("orders", "adopted", |state| state.state == "ready").await;
    let answer = world.again(&message, false, recorded.clone()).await.unwrap();
    assert_eq!(answer["source"], "original", "the next runner has it: {answer}");
    assert_eq!(world.done().len(), 4);

    let other = made["message_id"].as_str().unwrap().replace(&message[20..], "000000");
    let refused = world.again(&other, false, recorded.clone()).await.unwrap_err();
    assert!(refused.starts_with("MP-RPL-08"), "{refused}");
    for file in world.files() {
        fs::remove_file(file).unwrap();
    }
    let refused = world.again(&message, false, recorded).await.unwrap_err();
    assert!(refused.starts_with("MP-RPL-08"), "{refused}");
    assert_eq!(world.done().len(), 4, "nothing was delivered");
}
