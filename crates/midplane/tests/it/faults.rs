//! `kill -9` of every part in every phase of a deployment: what was pushed runs in the end, and no deployment ever had two JVMs.
//!
//! A push starts a deployment; the part is killed when the deployment has reached the phase asked for. Then the pushed text must be
//! served, and the watch over all JVMs must have seen no twins. A JVM is killed where it is on its way to ready, twice in a row as well, and
//! where it serves.

use std::time::Duration;

use super::jvms::{self, Watch};
use super::support::product::Product;
use super::support::until;

const CONVERGED: Duration = Duration::from_secs(90);

/// Pushes a text that no earlier push had.
fn push(product: &Product, text: &str) {
    product.in_tea(&format!(
        "sed -i \"s/'[^']*' AS text/'{text}' AS text/\" orders/orders.camel.yaml && git commit -q -am '{text}' && (timeout 1 git push -q 2>/dev/null || git push -q 2>/dev/null || true)"
    ));
}

fn serves(product: &Product, text: &str) {
    let mut number = 0;
    until(&format!("`{text}` is served"), CONVERGED, || {
        number += 1;
        let answer =
            product.order(&format!("{}-{number}", text.replace(' ', "-"))).unwrap_or_default();
        if answer.contains(text) {
            Ok(())
        } else {
            Err(format!("{answer} {}", product.workload("orders")))
        }
    });
}

/// Waits until the latest deployment of orders has reached `phase`, or is past it.
fn reached(product: &Product, before: &str, phase: &str) {
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while std::time::Instant::now() < end {
        let workload = product.workload("orders");
        let deployment = &workload["deployment"];
        if deployment["id"] != *before {
            let now = deployment["phase"].as_str().unwrap_or_default().to_lowercase();
            let order = [
                "asked", "accepted", "fetched", "resolved", "checked", "stopping", "starting",
                "ready",
            ];
            let place = |name: &str| order.iter().position(|it| *it == name);
            if place(&now) >= place(phase) {
                return;
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The id of the latest deployment of orders.
fn latest(product: &Product) -> String {
    let workload = product.workload("orders");
    workload["deployment"]["id"].as_str().unwrap_or_default().to_owned()
}

/// Waits for a JVM of orders that belongs to another deployment than `before` and has come as far as `moment`.
fn next_jvm(product: &Product, before: &str, killed: &[u32], moment: &str) -> jvms::Start {
    let end = std::time::Instant::now() + CONVERGED;
    while std::time::Instant::now() < end {
        let found = jvms::starts(&product.home).into_iter().rfind(|start| {
            jvms::workload(&start.launch).contains("orders")
                && !killed.contains(&start.pid)
                && jvms::alive(start)
                && jvms::deployment(&start.launch).is_some_and(|it| it != before)
                && jvms::has_come_to(start, moment)
        });
        if let Some(found) = found {
            return found;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("no JVM that has {moment}: {}", product.workload("orders"));
}

#[test]
fn e2e_whatever_is_killed_the_push_arrives() {
    let product = Product::start();
    product.tea();
    let watch = Watch::over(&product.home);
    let mut round = 0;
    for phase in ["asked", "fetched", "checked", "starting"] {
        for part in ["server", "runner", "postgresql"] {
            round += 1;
            let text = format!("Round {round} {part} at {phase}");
            let before = latest(&product);
            push(&product, &text);
            reached(&product, &before, phase);
            if let Some(victim) = product.child(part) {
                product.kill(victim);
            }
            serves(&product, &text);
        }
    }
    for (moment, kills) in [("begun", 1), ("starting", 2), ("checked", 1), ("let go", 1)] {
        round += 1;
        let text = format!("Round {round} JVM {moment}");
        let before = latest(&product);
        push(&product, &text);
        let mut killed = Vec::new();
        for _ in 0..kills {
            let start = next_jvm(&product, &before, &killed, moment);
            product.kill(start.pid);
            killed.push(start.pid);
        }
        serves(&product, &text);
        until(&format!("the deployment whose JVM was killed {moment} is ready"), CONVERGED, || {
            let deployment = &product.workload("orders")["deployment"];
            let phase = deployment["phase"].as_str().unwrap_or_default();
            if phase == "ready" { Ok(()) } else { Err(deployment.to_string()) }
        });
    }
    // One that serves is started again.
    let serving = jvms::starts(&product.home)
        .into_iter()
        .rfind(|start| jvms::workload(&start.launch).contains("orders"))
        .expect("orders was started");
    product.kill(serving.pid);
    serves(&product, &format!("Round {round} JVM let go"));
    watch.saw_no_twins();
    let live = jvms::live(&product.home);
    assert!(live.values().all(|pids| pids.len() == 1), "{live:?}");
}
