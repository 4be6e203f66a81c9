//! Dry runs on real Camel: nothing gets out, whatever a route does, and what would have is said.

use std::io::ErrorKind;
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::bench::{Bench, Wish, eventually, unchanged};

/// One route for each way out. PORT is that of somebody who listens, OUT a folder that anybody may write to.
const ROUTES: &str = r##"
- beans:
    - {name: runtime, type: java.lang.Runtime, factoryMethod: getRuntime}
    - {name: file, type: java.io.File, constructors: {"0": "OUT/by-bean"}}
    - {name: socket, type: java.net.Socket}
    - {name: address, type: java.net.InetSocketAddress, constructors: {"0": "127.0.0.1", "1": PORT}}
    - {name: all, type: org.apache.camel.processor.aggregate.UseLatestAggregationStrategy}
    - {name: seen, type: org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository}
- route:
    id: sends
    from:
      uri: timer:sends?delay=3600000
      steps:
        - to: "sql:insert into orders values ('a')"
        - to: "jms:queue:orders"
        - to: "file:OUT?fileName=by-file"
        - to: "kafka:orders?brokers=127.0.0.1:PORT"
        - to: "seda:bulk"
        - to: "log:seen"
        - log: "still here ${body}"
- route:
    id: dynamic
    from:
      uri: timer:dynamic?delay=3600000
      steps:
        - toD: "netty:tcp://127.0.0.1:PORT?textline=true&x=${body}"
        - recipientList: {simple: "ftp:127.0.0.1:PORT/a,smtp:127.0.0.1:PORT"}
        - wireTap: {uri: "jms:queue:audit"}
        - multicast:
            steps:
              - to: "mllp:127.0.0.1:PORT"
              - to: "direct:inner"
        - routingSlip: {constant: "paho:a,exec:touch?args=OUT/by-exec"}
- route:
    id: puts-aside
    errorHandler: {deadLetterChannel: {deadLetterUri: "log:aside"}}
    from:
      uri: timer:aside?delay=3600000
      steps:
        - throwException: {exceptionType: java.io.IOException, message: "no comma"}
- route:
    id: inner
    from:
      uri: direct:inner
      steps:
        - to: "aws2-s3:bucket"
- route:
    id: asks
    from:
      uri: timer:asks?delay=3600000
      steps:
        - toD: "http://127.0.0.1:PORT/prices/${body}?throwExceptionOnFailure=false"
        - to: "jms:queue:priced"
- route:
    id: enriches
    from:
      uri: timer:enriches?delay=3600000
      steps:
        - enrich: {constant: "http://127.0.0.1:PORT/x", aggregationStrategy: "#all"}
        - to: "jms:queue:priced"
- route:
    id: polls
    from:
      uri: timer:polls?delay=3600000
      steps:
        - pollEnrich: {constant: "file:OUT?fileName=given", timeout: "1000", aggregationStrategy: "#all"}
- route:
    id: collects
    from:
      uri: timer:collects?delay=3600000
      steps:
        - idempotentConsumer:
            simple: "${body}"
            idempotentRepository: seen
            steps:
              - aggregate:
                  correlationExpression: {constant: all}
                  aggregationStrategy: "#all"
                  completionSize: 1
                  steps:
                    - to: "jms:queue:batch"
- route:
    id: runs
    from:
      uri: timer:runs?delay=3600000
      steps:
        - doTry:
            steps:
              - bean: {ref: file, method: createNewFile}
            doCatch:
              - exception: [java.lang.Exception]
                steps: [{log: "no file"}]
        - doTry:
            steps:
              - bean: {ref: runtime, method: "exec('touch OUT/by-program')"}
            doCatch:
              - exception: [java.lang.Exception]
                steps: [{log: "no program"}]
        - bean: {ref: socket, method: "connect(${ref:address})"}
- route:
    id: swells
    from:
      uri: timer:swells?delay=3600000
      steps:
        - loop:
            constant: "60"
            steps:
              - setBody: {simple: "${body}${body}"}
- route:
    id: spins
    from:
      uri: timer:spins?delay=3600000
      steps:
        - loop:
            doWhile: true
            simple: "${body} != 'never'"
            steps:
              - setHeader: {name: x, constant: y}
- route:
    id: sleeps
    from:
      uri: timer:sleeps?delay=3600000
      steps:
        - delay: {expression: {constant: "60000"}}
- routeTemplate:
    id: tap
    from:
      uri: kamelet:source
      steps:
        - to: "jms:queue:of-a-kamelet"
        - to: "kamelet:sink"
- route:
    id: kamelets
    from:
      uri: timer:kamelets?delay=3600000
      steps:
        - to: "kamelet:tap"
"##;

struct Ground {
    bench: Bench,
    listener: TcpListener,
    out: tempfile::TempDir,
    seq: u64,
    /// What may really be asked.
    hosts: Vec<String>,
}

async fn ground() -> Ground {
    ground_with(|_| {}).await
}

async fn ground_with(change: impl FnOnce(&mut Bench)) -> Ground {
    use std::os::unix::fs::PermissionsExt;
    let mut bench = Bench::start().await;
    change(&mut bench);
    bench.kill_runner().await;
    bench.start_runner();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let out = tempfile::tempdir().unwrap();
    std::fs::set_permissions(out.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let routes = ROUTES.replace("PORT", &port).replace("OUT", out.path().to_str().unwrap());
    // What serves needs none of these components to be there: only the sandbox runs these routes.
    let serving = "- route:\n    id: sends\n    from:\n      uri: timer:x?delay=3600000\n      steps:\n        - log: x\n";
    let files = [("orders.camel.yaml", serving.to_owned())];
    bench.deploy(&Wish { integration: "orders", generation: 1, files: &files, change: &unchanged });
    bench.phase("orders", 1, "ready").await;
    bench.state("orders", "ready", |state| state.state == "ready").await;
    swap(&bench, &routes);
    Ground { bench, listener, out, seq: 0, hosts: Vec::new() }
}

/// Puts other routes into the release that serves; the JVM that runs has read its own.
fn swap(bench: &Bench, routes: &str) {
    use std::os::unix::fs::PermissionsExt;
    for entry in std::fs::read_dir(bench.data.join("bundles")).unwrap() {
        let file = entry.unwrap().path().join("orders.camel.yaml");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        std::fs::write(&file, routes).unwrap();
    }
}

impl Ground {
    async fn try_out(&mut self, order: Value) -> Result<Value, String> {
        self.ask(order);
        self.answer().await
    }

    fn ask(&mut self, order: Value) {
        self.seq += 1;
        let body = json!({"format": 1, "workload": Bench::id("orders"), "order": order, "hosts": self.hosts});
        self.bench.command(self.seq, "dry", body);
    }

    async fn answer(&self) -> Result<Value, String> {
        let result = self.bench.result(self.seq).await;
        if result.ok {
            Ok(serde_json::from_slice(&result.result).unwrap())
        } else {
            Err(format!("{} {}", result.code, result.message))
        }
    }

    /// The processes of sandboxes, by what they were started with.
    fn processes(&self) -> Vec<rustix::process::Pid> {
        let folder = self.bench.data.join("sandboxes").display().to_string();
        let is_of = |pid: &i32| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&folder)
        };
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(is_of).filter_map(rustix::process::Pid::from_raw).collect()
    }

    fn kill_sandbox(&self) {
        for pid in self.processes() {
            // One may have ended with another.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }

    /// Its JVM works on the order: it has taken it up.
    async fn until_at_work(&self) {
        let instances = self
            .bench
            .data
            .join("sandboxes")
            .join(Bench::id("orders").to_string())
            .join("instances");
        eventually("the sandbox is ready", || {
            if self.processes().is_empty() {
                return false;
            }
            let all = std::fs::read_dir(&instances).into_iter().flatten().flatten();
            all.into_iter().any(|one| {
                let status = std::fs::read_to_string(one.path().join("status/status.json"));
                status.is_ok_and(|text| text.contains("ready"))
            })
        })
        .await;
    }

    /// Nobody called and nothing was written.
    #[track_caller]
    fn nothing_got_out(&self) {
        let called = self.listener.accept().map(|_| ()).map_err(|err| err.kind());
        assert_eq!(called, Err(ErrorKind::WouldBlock));
        assert_eq!(std::fs::read_dir(self.out.path()).unwrap().count(), 0);
    }
}

fn uris(report: &Value) -> Vec<String> {
    let stubs = report["stubs"].as_array().unwrap();
    let scheme = |uri: &str| uri.split(':').next().unwrap().to_owned();
    stubs.iter().map(|stub| scheme(stub["uri"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_nothing_gets_out_of_a_dry_run() {
    let mut ground = ground().await;
    let report = ground.try_out(json!({"route": "sends", "body": "a"})).await.unwrap();
    assert_eq!(report["outcome"], "completed", "{report}");
    assert_eq!(uris(&report), ["sql", "jms", "file", "kafka", "seda"]);
    let kinds: Vec<&str> = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["to", "to", "to", "to", "to", "to", "log"]);

    let report = ground.try_out(json!({"route": "dynamic", "body": "a"})).await.unwrap();
    let mut found = uris(&report);
    found.sort_unstable();
    assert_eq!(
        found,
        ["aws2-s3", "exec", "ftp", "jms", "mllp", "netty", "paho", "smtp"],
        "{report}"
    );
    let report = ground.try_out(json!({"route": "collects", "body": "a"})).await.unwrap();
    assert_eq!(uris(&report), ["jms"], "{report}");
    let report = ground.try_out(json!({"route": "kamelets", "body": "a"})).await.unwrap();
    assert_eq!(uris(&report), ["jms"], "{report}");

    // A question whose answer nobody knows stops the run; what is given is answered.
    let report = ground.try_out(json!({"route": "asks", "body": "tea"})).await.unwrap();
    let port = ground.listener.local_addr().unwrap().port();
    let address = format!("http:127.0.0.1:{port}/prices/tea");
    assert_eq!(report["stopped_at"], address, "{report}");
    assert_eq!(uris(&report), ["http"], "nothing after it ran");
    let replies = json!([{"uri": address, "from": "step 2", "body": "17.90", "headers": []}]);
    let report = ground
        .try_out(json!({"route": "asks", "body": "tea", "wants_reply": true, "replies": replies}))
        .await
        .unwrap();
    assert_eq!(
        (&report["stopped_at"], &report["reply"]),
        (&Value::Null, &json!("17.90")),
        "{report}"
    );
    assert_eq!(report["stubs"][0]["answered"], "step 2");
    // The same for a node and its visit, which is how recorded replies come; one that failed stops it there.
    let label = format!("toD[http://127.0.0.1:{port}/prices/${{body}}");
    let place = |more: Value| {
        let mut reply =
            json!({"route": "asks", "kind": "toD", "label": label, "nth": 0, "step": 2});
        reply.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"route": "asks", "body": "tea", "wants_reply": true, "replies": [reply]})
    };
    let report =
        ground.try_out(place(json!({"from": "reply of step 2", "body": "3.90"}))).await.unwrap();
    assert_eq!(
        (&report["reply"], &report["stubs"][0]["step"]),
        (&json!("3.90"), &json!(2)),
        "{report}"
    );
    let report =
        ground.try_out(place(json!({"failure": true, "from": "it was 404"}))).await.unwrap();
    assert_eq!(
        (&report["stopped_step"], &report["stopped_because"]),
        (&json!(2), &json!("it was 404")),
        "{report}"
    );
    for route in ["enriches", "polls"] {
        let report = ground.try_out(json!({"route": route, "body": "tea"})).await.unwrap();
        assert!(report["stopped_at"].is_string(), "{route}: {report}");
        assert_eq!(report["stubs"].as_array().unwrap().len(), 1, "{route}: {report}");
    }
    ground.nothing_got_out();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_what_beans_open_by_themselves_leads_nowhere() {
    let mut ground = ground().await;
    let report = ground.try_out(json!({"route": "runs", "body": "a"})).await.unwrap();
    assert_eq!(report["outcome"], "failed", "{report}");
    assert!(
        report["error"].as_str().unwrap().contains("nreachable")
            || report["error_class"].as_str().unwrap().contains("Socket")
            || report["error"].as_str().unwrap().contains("refused"),
        "{report}"
    );
    ground.nothing_got_out();
    let report = ground.try_out(json!({"route": "puts-aside"})).await.unwrap();
    assert_eq!((&report["outcome"], &report["error"]), (&json!("handled"), &json!("no comma")));
    let report = ground.try_out(json!({"route": "spins", "body": "a"})).await.unwrap();
    assert!(report["stopped_because"].as_str().unwrap().contains("steps"), "{report}");
    let err = ground.try_out(json!({"route": "swells", "body": "0123456789"})).await.unwrap_err();
    assert!(err.starts_with("MP-RPL-22"), "{err}");
    // The next one gets a sandbox of its own again.
    let report = ground.try_out(json!({"route": "sends", "body": "a"})).await.unwrap();
    assert_eq!(report["outcome"], "completed");
    assert_eq!(
        ground.try_out(json!({"route": "nowhere"})).await.unwrap_err().split(' ').next(),
        Some("MP-RPL-01")
    );
    ground.nothing_got_out();
}

/// Answers one request with `text`, and says what was asked.
fn answering(listener: TcpListener, text: &'static str) -> std::thread::JoinHandle<String> {
    use std::io::{Read as _, Write as _};
    std::thread::spawn(move || {
        listener.set_nonblocking(false).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 1024];
        let read = stream.read(&mut asked).unwrap();
        let reply = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
            text.len()
        );
        stream.write_all(reply.as_bytes()).unwrap();
        String::from_utf8_lossy(&asked[..read]).lines().next().unwrap_or_default().to_owned()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_read_that_was_allowed_is_made_by_the_runner_and_nothing_else_is() {
    let mut ground = ground().await;
    let port = ground.listener.local_addr().unwrap().port();
    let label = format!("toD[http://127.0.0.1:{port}/prices/${{body}}");
    let allow = json!([{"route": "asks", "kind": "toD", "label": label, "nth": 0, "step": 2, "allow": true}]);
    let order = json!({"route": "asks", "body": "tea", "wants_reply": true, "replies": allow,
        "headers": [{"name": "CamelHttpMethod", "kind": "text", "value": "GET"}]});
    // Without a host that the control plane named, not even this.
    let report = ground.try_out(order.clone()).await.unwrap();
    assert_eq!(report["outcome"], "failed", "{report}");
    assert!(report["error"].as_str().unwrap().contains("not what was allowed"), "{report}");
    ground.nothing_got_out();
    let asked = answering(ground.listener.try_clone().unwrap(), "4.20");
    ground.hosts = vec![format!("127.0.0.1:{port}")];
    let report = ground.try_out(order).await.unwrap();
    assert_eq!(
        (&report["outcome"], &report["reply"]),
        (&json!("completed"), &json!("4.20")),
        "{report}"
    );
    assert_eq!(asked.join().unwrap(), "GET /prices/tea HTTP/1.1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_without_a_jail_only_a_release_without_code_is_tried() {
    let mut ground = ground_with(super::bench::Bench::without_jail).await;
    let refused = ground.try_out(json!({"route": "sends", "body": "a"})).await.unwrap_err();
    assert!(refused.starts_with("MP-RPL-20") && refused.contains("beans"), "{refused}");
    let plain = "- route:\n    id: sends\n    from:\n      uri: timer:x?delay=3600000\n      steps:\n        \
                 - to: \"jms:queue:a\"\n        - to: \"xslt:a.xsl\"\n        - log: \"${body}\"\n";
    swap(&ground.bench, plain);
    let report = ground.try_out(json!({"route": "sends", "body": "a"})).await.unwrap();
    assert_eq!(report["outcome"], "completed", "{report}");
    assert_eq!(uris(&report), ["jms", "xslt"], "a style sheet may call code, so it is a stub here");
    assert!(report["weaker"].as_str().unwrap().contains("no jail"), "{report}");
    ground.nothing_got_out();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_dry_run_ends_whoever_is_killed() {
    let mut ground = ground().await;
    // While it starts, and while it works.
    ground.ask(json!({"route": "sleeps", "body": "a"}));
    eventually("the sandbox begins", || !ground.processes().is_empty()).await;
    ground.kill_sandbox();
    let said = ground.answer().await.unwrap_err();
    assert!(said.starts_with("MP-RPL-2"), "{said}");
    ground.ask(json!({"route": "sleeps", "body": "a"}));
    ground.until_at_work().await;
    ground.kill_sandbox();
    let said = ground.answer().await.unwrap_err();
    assert!(said.starts_with("MP-RPL-22"), "{said}");

    // A runner that comes back finds the question in its journal, ends the old sandbox and tries it once more.
    ground.ask(json!({"route": "sends", "body": "a"}));
    eventually("the sandbox begins", || !ground.processes().is_empty()).await;
    let old = ground.processes();
    ground.bench.kill_runner().await;
    ground.bench.start_runner();
    let report = ground.answer().await.unwrap();
    assert_eq!(report["outcome"], "completed", "{report}");
    assert!(ground.processes().iter().all(|pid| !old.contains(pid)), "{old:?}");
    ground.nothing_got_out();
}
