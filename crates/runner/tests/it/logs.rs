//! Logs over the data connection: whole, in order, across rolls, redeploys and a runner that was away.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use serde_json::Value;

use crate::bench::{Bench, Wish, hello, unchanged};

/// Logs a counter `period` apart, with some bulk so that the log rolls.
fn counter(period_ms: u64, bulk: usize) -> String {
    let bulk = "x".repeat(bulk);
    format!(
        "- route:\n    id: count\n    from:\n      uri: timer:count?period={period_ms}&delay=0&fixedRate=true&includeMetadata=true\n      steps:\n        - log: \"count=${{exchangeProperty.CamelTimerCounter}} {bulk}\"\n"
    )
}

async fn read(bench: &Bench, integration: &str, query: &str) -> Vec<Value> {
    let uri = format!("http://runner/logs/{}?{query}", Bench::id(integration));
    let request = http::Request::get(uri).body(Empty::new()).unwrap();
    let response = bench.server.data(bench.runtime(), request).await.unwrap();
    assert_eq!(response.status(), 200);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Vec<Value> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn number(entry: &Value) -> Option<u64> {
    let message = entry["message"].as_str()?;
    message.strip_prefix("count=")?.split(' ').next()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_nothing_is_lost_while_the_runner_is_away_and_the_log_rolls() {
    let mut bench = Bench::start().await;
    // 1,000 lines a second of 4 KiB: an 8 MiB file rolls every two seconds.
    let files = [("orders.camel.yaml", counter(1, 4000))];
    let quiet = |specification: &mut Value| specification["expose"] = Value::Null;
    bench.deploy(&Wish { integration: "orders", generation: 1, files: &files, change: &quiet });
    bench.phase("orders", 1, "ready").await;

    let uri = format!("http://runner/logs/{}?follow=true", Bench::id("orders"));
    let request = http::Request::get(uri).body(Empty::new()).unwrap();
    let mut body = bench.server.data(bench.runtime(), request).await.unwrap().into_body();
    let mut buffer = Vec::new();
    let rolled =
        |bench: &Bench| bench.workload("orders").join("instances/1/log/orders.log.1").exists();
    while !rolled(&bench) || buffer.len() < 12 << 20 {
        let frame = body.frame().await.unwrap().unwrap();
        buffer.extend_from_slice(&frame.into_data().unwrap());
    }
    let whole = buffer.iter().rposition(|byte| *byte == b'\n').unwrap();
    let followed: Vec<u64> = parse(&buffer[..whole]).iter().filter_map(number).collect();
    assert!(followed.windows(2).all(|pair| pair[0] + 1 == pair[1]), "a follower misses nothing");
    assert_eq!(followed.first(), Some(&1));
    drop(body);

    // In the moment in which the log rolls there is no last line.
    let mut last = Vec::new();
    for _ in 0..20 {
        last = read(&bench, "orders", "tail=1").await;
        if !last.is_empty() {
            break;
        }
    }
    let before = number(&last[0]).unwrap();
    bench.kill_runner().await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    bench.start_runner();
    bench.forget_beat();
    bench.state("orders", "adopted", |state| state.state == "ready").await;
    let all = read(&bench, "orders", "").await;
    let numbers: Vec<u64> = all.iter().filter_map(number).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "nothing is lost");
    assert!(*numbers.last().unwrap() > before + 1000, "it went on: {before} {:?}", numbers.last());
    assert!(numbers[0] <= before, "nothing is missing in between");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_logs_are_filtered_and_survive_a_redeploy() {
    let bench = Bench::start().await;
    for (generation, text) in [(1, "alpha"), (2, "beta")] {
        let route =
            hello(text).replace("- setBody", &format!("- log: \"said {text}\"\n        - setBody"));
        let files = [("orders.camel.yaml", route + &counter(20, 1))];
        bench.deploy(&Wish {
            integration: "orders",
            generation,
            files: &files,
            change: &unchanged,
        });
        let ready = bench.phase("orders", generation, "ready").await;
        crate::bench::get(crate::bench::port_of(&ready.url), "/hello").unwrap();
    }
    bench
        .until("logged", |_| {
            let log = bench.workload("orders").join("instances/2/log/orders.log");
            std::fs::read_to_string(log).ok()?.contains("said beta").then_some(())
        })
        .await;
    // Ready is told a moment before the runner itself goes by it.
    let second =
        |state: &link::wire::WorkloadState| state.state == "ready" && state.generation == 2;
    bench.state("orders", "the second release serves", second).await;
    let said = |entries: Vec<Value>| -> Vec<String> {
        let messages =
            entries.into_iter().filter_map(|entry| Some(entry["message"].as_str()?.to_owned()));
        messages.filter(|message| message.starts_with("said")).collect()
    };
    assert_eq!(said(read(&bench, "orders", "grep=said").await), ["said alpha", "said beta"]);
    assert_eq!(said(read(&bench, "orders", "previous=true").await), ["said alpha"]);
    assert_eq!(read(&bench, "orders", "tail=3").await.len(), 3);
    let loud = read(&bench, "orders", "level=error").await;
    assert!(loud.iter().all(|entry| entry["level"] == "ERROR"), "{loud:?}");
    let all = read(&bench, "orders", "").await;
    // Two threads of a JVM may write in another order than they looked at the clock; the releases are seconds apart.
    let time = |entry: &Value| entry["time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    for pair in all.windows(2) {
        let back = time(&pair[0]).as_millisecond() - time(&pair[1]).as_millisecond();
        assert!(back < 100, "{back} ms back: {pair:#?}");
    }
}
