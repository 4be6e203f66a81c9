//! Messages sent, replayed and tried, and routes held, as a user does: on one `up` with the demo.

use std::time::Duration;

use serde_json::Value;

use super::support::product::Product;
use super::support::{text, until};

const ORDER: &str = r#"{"id":"SENT-1","customer":"Ada","lines":[{"sku":"TEA-01","qty":2}]}"#;

#[test]
fn e2e_messages_are_sent_and_replayed_and_routes_are_held() {
    let product = Product::start();
    product.until_state("orders", "RUNNING");
    a_new_message_is_sent_once(&product);
    a_stopped_route_is_seen_and_survives_a_restart(&product);
    let failed = a_failed_message(&product);
    a_dry_run_says_what_it_would_do(&product, &failed);
    a_failed_message_is_repaired(&product, &failed);
}

fn a_new_message_is_sent_once(product: &Product) {
    let sent = product.json(&["send", "orders/take", "--body", ORDER, "--reply", "-o", "json"]);
    assert_eq!(sent["outcome"], "completed", "{sent}");
    assert!(sent["reply"].as_str().is_some_and(|reply| reply.contains("accepted")), "{sent}");
    let id = sent["message"].as_str().unwrap().to_owned();
    until("the new message is recorded", Duration::from_secs(20), || {
        let output = product.midplane(&["message", &id]);
        if output.status.success() { Ok(()) } else { Err(text(&output)) }
    });
    let refused = product.midplane(&["send", "orders/nowhere", "--body", "x"]);
    assert!(
        !refused.status.success() && text(&refused).contains("MP-RPL-01"),
        "{}",
        text(&refused)
    );
}

fn a_stopped_route_is_seen_and_survives_a_restart(product: &Product) {
    let said = product.must(&["route", "stop", "orders/take"]);
    assert!(said.contains("orders/take stopped by"), "{said}");
    let status = product.must(&["get", "integrations"]);
    assert!(status.contains("route `take` stopped by"), "{status}");
    let refused = product.midplane(&["send", "orders/take", "--body", ORDER]);
    assert!(text(&refused).contains("MP-RPL-02"), "{}", text(&refused));
    product.must(&["restart", "orders"]);
    let refused = product.midplane(&["send", "orders/take", "--body", ORDER]);
    assert!(text(&refused).contains("MP-RPL-02"), "{}", text(&refused));
    let said = product.must(&["route", "start", "orders/take"]);
    assert!(said.contains("orders/take started by"), "{said}");
    assert!(product.order("STARTED-1").is_some());
    let refused = product.midplane(&["route", "stop", "orders/nowhere"]);
    assert!(text(&refused).contains("MP-ROUTE-01"), "{}", text(&refused));
}

/// The order of the demo whose article has no price yet.
fn a_failed_message(product: &Product) -> Value {
    let mut found = Value::Null;
    until("an order fails", Duration::from_secs(60), || {
        let list = product.json(&["messages", "integration:orders outcome:failed", "-o", "json"]);
        found = list["nodes"][0].clone();
        if found.is_object() { Ok(()) } else { Err(list.to_string()) }
    });
    found
}

fn a_dry_run_says_what_it_would_do(product: &Product, failed: &Value) {
    let id = failed["id"].as_str().unwrap();
    let tried = product.midplane(&["replay", id, "--dry-run", "-o", "json"]);
    let report: Value = serde_json::from_slice(&tried.stdout)
        .unwrap_or_else(|_| panic!("{}\n{}", text(&tried), product.logs()));
    let at = report["stoppedAt"].as_str().unwrap_or_else(|| panic!("{report}"));
    assert!(at.starts_with("http:") && at.contains("/prices/"), "{report}");
    let answer = format!("{at}=17.90");
    let tried = product.midplane(&["replay", id, "--dry-run", "--answer", &answer, "-o", "json"]);
    let report: Value = serde_json::from_slice(&tried.stdout).unwrap();
    let stubs: Vec<&str> = report["stubs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stub| stub["uri"].as_str().unwrap())
        .collect();
    assert!(stubs.iter().any(|uri| uri.starts_with("sql:")), "{report}");
}

fn a_failed_message_is_repaired(product: &Product, failed: &Value) {
    let id = failed["id"].as_str().unwrap();
    let asked = product.midplane(&["replay", id]);
    assert!(text(&asked).contains("MP-CLI-26"), "what is done twice is asked: {}", text(&asked));
    let again = product.midplane(&["replay", id, "--yes", "-o", "json"]);
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&again["outcome"], &again["original"]), (&Value::from("failed"), &failed["id"]));
    let mended = product.json(&["replay", id, "--yes", "--body", ORDER, "-o", "json"]);
    assert_eq!(
        (&mended["outcome"], &mended["source"]),
        (&"completed".into(), &"edited".into()),
        "{mended}"
    );
    let made = mended["message"].as_str().unwrap().to_owned();
    until("the replay is linked to its original", Duration::from_secs(20), || {
        let output = product.midplane(&["message", &made, "-o", "json"]);
        let shown: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if shown["message"]["replayOf"] == failed["id"] { Ok(()) } else { Err(text(&output)) }
    });
}
