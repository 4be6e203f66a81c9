//! Messages delivered on request, and routes held back: on real Camel, with whatever is killed in between.

use std::fs;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::{Bench, Wish, eventually, get, port_of, unchanged};

/// Routes of every kind that a message can be given to. Each that does something appends one line to `work/done.txt`.
const ROUTES: &str = r#"
- route:
    id: tick
    from:
      uri: timer:tick?delay=3600000
      steps:
        - setBody: {simple: {expression: "tick ${body} ${header.n}\n", trim: false}}
        - to: {uri: "file:.?fileName=done.txt&fileExist=Append"}
- route:
    id: hello
    from:
      uri: platform-http:/hello
      steps:
        - setBody: {simple: "hello ${body}"}
- route:
    id: pick
    from:
      uri: file:inbox?autoCreate=true
      steps:
        - setBody: {simple: {expression: "pick ${body}\n", trim: false}}
        - to: {uri: "file:.?fileName=done.txt&fileExist=Append"}
- route:
    id: queue
    from:
      uri: seda:queue
      steps:
        - setBody: {simple: {expression: "queue ${body}\n", trim: false}}
        - to: {uri: "file:.?fileName=done.txt&fileExist=Append"}
- route:
    id: inner
    from:
      uri: direct:inner
      steps:
        - throwException: {exceptionType: java.lang.IllegalStateException, message: "no ${body}"}
- route:
    id: mended
    from:
      uri: direct:mended
      steps:
        - doTry:
            steps:
              - throwException: {exceptionType: java.lang.IllegalStateException, message: "no"}
            doCatch:
              - exception: [java.lang.IllegalStateException]
                steps:
                  - setBody: {constant: mended}
- route:
    id: asleep
    autoStartup: false
    from:
      uri: timer:asleep
      steps:
        - to: {uri: "file:.?fileName=done.txt&fileExist=Append"}
- route:
    id: slow
    from:
      uri: direct:slow
      steps:
        - setBody: {simple: {expression: "slow ${body}\n", trim: false}}
        - to: {uri: "file:.?fileName=done.txt&fileExist=Append"}
        - delay: {expression: {constant: "60000"}}
"#;

async fn deployed() -> Bench {
    let bench = Bench::start().await;
    let files = [("orders.camel.yaml", ROUTES.to_owned())];
    bench.deploy(&Wish { integration: "orders", generation: 1, files: &files, change: &unchanged });
    bench.phase("orders", 1, "ready").await;
    bench.state("orders", "ready", |state| state.state == "ready").await;
    bench
}

fn in_ms(ms: i64) -> i64 {
    (runner::Seams::system().now)().as_millisecond() + ms
}

fn order(within_ms: i64, order: Value) -> Value {
    json!({"format": 1, "workload": Bench::id("orders"), "begin_before_ms": in_ms(within_ms), "order": order})
}

fn done(bench: &Bench) -> Vec<String> {
    let text = fs::read_to_string(bench.workload("orders").join("work/done.txt"));
    text.unwrap_or_default().lines().map(str::to_owned).collect()
}

struct Delivered<'a> {
    bench: &'a Bench,
    seq: u64,
}

impl Delivered<'_> {
    /// The answer, or the code.
    async fn ask(&mut self, kind: &str, body: Value) -> Result<Value, String> {
        self.seq += 1;
        self.bench.command(self.seq, kind, body);
        let result = self.bench.result(self.seq).await;
        if result.ok {
            Ok(serde_json::from_slice(&result.result).unwrap())
        } else {
            Err(result.code)
        }
    }

    async fn deliver(&mut self, what: Value) -> Result<Value, String> {
        self.ask("deliver", order(20_000, what)).await
    }

    async fn hold(&mut self, route: &str, state: &str) -> Result<Value, String> {
        let revision = self.seq + 1;
        let document =
            json!({"format": 1, "revision": revision, "routes": {route: state}}).to_string();
        let id = Bench::id("orders");
        let body = json!({"format": 1, "workload": id, "route": route, "document": document});
        self.ask("route", body).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_message_goes_in_at_the_start_of_a_route_of_any_kind() {
    let bench = deployed().await;
    let mut to = Delivered { bench: &bench, seq: 0 };
    let tick = json!({"route": "tick", "body": "a", "headers": [{"name": "n", "kind": "long", "value": "5"}]});
    let answer = to.deliver(tick).await.unwrap();
    assert_eq!(answer["outcome"], "completed");
    assert_eq!(answer["message_id"].as_str().map(str::len), Some(26), "{answer}");
    let answer = to.deliver(json!({"route": "hello", "body": "you"})).await.unwrap();
    assert_eq!(answer["reply"], "hello you");
    to.deliver(json!({"route": "pick", "body": "b"})).await.unwrap();
    to.deliver(json!({"route": "queue", "body_base64": "Yw=="})).await.unwrap();
    assert_eq!(done(&bench), ["tick a 5", "pick b", "queue c"]);
    let inbox = bench.workload("orders").join("work/inbox");
    assert_eq!(fs::read_dir(inbox).unwrap().count(), 0, "no file was made, moved or marked");

    let failed = to.deliver(json!({"route": "inner", "body": "good"})).await.unwrap();
    assert_eq!((&failed["outcome"], &failed["error"]), (&json!("failed"), &json!("no good")));
    assert_eq!(failed["error_class"], "java.lang.IllegalStateException");
    let mended = json!({"route": "mended", "body": "x", "wants_reply": true});
    assert_eq!(to.deliver(mended).await.unwrap()["reply"], "mended");
    let endpoint = json!({"endpoint": "direct:inner", "body": "way"});
    assert_eq!(to.deliver(endpoint).await.unwrap()["error"], "no way");

    assert_eq!(to.deliver(json!({"route": "nowhere"})).await.unwrap_err(), "MP-RPL-01");
    assert_eq!(to.deliver(json!({"route": "asleep"})).await.unwrap_err(), "MP-RPL-02");
    let endpoint = json!({"endpoint": "no-such-component:x"});
    assert_eq!(to.deliver(endpoint).await.unwrap_err(), "MP-RPL-06");
    to.hold("queue", "suspended").await.unwrap();
    assert_eq!(to.deliver(json!({"route": "queue"})).await.unwrap_err(), "MP-RPL-02");
    assert_eq!(done(&bench).len(), 3);
    let left = bench.workload("orders").join("instances/1/control/orders");
    let is_empty = || fs::read_dir(&left).unwrap().count() == 0;
    eventually("an order that has its result is taken away", is_empty).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_stopped_route_stays_stopped_until_it_is_started() {
    let mut bench = deployed().await;
    let port = {
        let ready = bench.phase("orders", 1, "ready").await;
        port_of(&ready.url)
    };
    assert!(get(port, "/hello").is_some());
    let mut to = Delivered { bench: &bench, seq: 0 };
    assert_eq!(to.hold("hello", "stopped").await.unwrap()["state"], "Stopped");
    assert_eq!(get(port, "/hello"), None);
    assert_eq!(to.hold("nowhere", "stopped").await.unwrap_err(), "MP-ROUTE-01");
    let mut seq = to.seq;

    // The newest document decides, also one that the desired state brings.
    let id = Bench::id("orders");
    let hold =
        json!({"format": 1, "revision": 9, "routes": {"hello": "stopped", "asleep": "started"}});
    bench.hold(id, &hold.to_string());
    let status = bench.workload("orders").join("instances/1/status/routes.json");
    eventually("the second document is applied", || {
        fs::read_to_string(&status).is_ok_and(|text| text.contains("\"revision\":9"))
    })
    .await;
    let first = bench.state("orders", "ready", |state| state.state == "ready").await;
    seq += 1;
    bench.command(seq, "restart", json!({"format": 1, "workload": id}));
    assert!(bench.result(seq).await.ok);
    bench.state("orders", "again", |state| state.state == "ready" && state.pid != first.pid).await;
    assert_eq!(get(port, "/hello"), None, "a restart does not start it");
    bench.kill_runner().await;
    bench.start_runner();
    bench.forget_beat();
    bench.state("orders", "adopted", |state| state.state == "ready").await;
    assert_eq!(get(port, "/hello"), None);

    let mut to = Delivered { bench: &bench, seq: seq + 10 };
    assert_eq!(to.hold("hello", "started").await.unwrap()["state"], "Started");
    assert!(get(port, "/hello").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_message_is_delivered_once_whichever_side_is_killed() {
    let mut bench = deployed().await;
    // The runner is killed while the workload works on it, and again when it was told.
    bench.command(1, "deliver", order(60_000, json!({"route": "slow", "body": "one"})));
    eventually("it is being worked on", || done(&bench).len() == 1).await;
    for _ in 0..3 {
        bench.kill_runner().await;
        bench.start_runner();
    }
    bench.forget_beat();
    let state = bench.state("orders", "adopted", |state| state.state == "ready").await;
    assert_eq!(done(&bench), ["slow one"]);
    // The workload is killed in the middle: begun, not ended, never tried again.
    let pid = rustix::process::Pid::from_raw(i32::try_from(state.pid).unwrap()).unwrap();
    rustix::process::kill_process_group(pid, rustix::process::Signal::KILL).unwrap();
    assert_eq!(bench.result(1).await.code, "MP-RPL-04");
    bench.state("orders", "back", |now| now.state == "ready" && now.pid != state.pid).await;
    assert_eq!(done(&bench), ["slow one"]);

    // Asked for while the workload is away: it goes to the next instance, once.
    let state = bench.state("orders", "ready", |state| state.state == "ready").await;
    let pid = rustix::process::Pid::from_raw(i32::try_from(state.pid).unwrap()).unwrap();
    rustix::process::kill_process_group(pid, rustix::process::Signal::KILL).unwrap();
    bench.command(2, "deliver", order(60_000, json!({"route": "tick", "body": "two"})));
    let result = bench.result(2).await;
    let told = String::from_utf8_lossy(&result.result);
    assert!(result.ok && told.contains("\"completed\""), "{} {told}", result.message);
    assert_eq!(done(&bench).len(), 2, "{told}");

    // Too late is not done, and stays so.
    bench.command(3, "deliver", order(-1, json!({"route": "tick", "body": "three"})));
    assert_eq!(bench.result(3).await.code, "MP-RPL-03");
    let id = Uuid::from_u128(99);
    let gone = json!({"format": 1, "workload": id, "begin_before_ms": in_ms(500), "order": {"route": "tick"}});
    bench.command(4, "deliver", gone);
    assert_eq!(bench.result(4).await.code, "MP-RPL-10");
    assert_eq!(done(&bench).len(), 2);
    let notes = bench.data.join("orders");
    eventually("no note is left", || fs::read_dir(&notes).unwrap().count() == 0).await;
}
