//! Messages sent, replayed and tried, and routes held, as a user does: on one `up` with the demo.

mod killed;
mod rules;

use std::time::Duration;

use serde_json::{Value, json};

use super::support::product::Product;
use super::support::{text, until};

const ORDER: &str = r#"{"id":"SENT-1","customer":"Ada","lines":[{"sku":"TEA-01","qty":2}]}"#;

#[test]
fn e2e_messages_are_sent_and_replayed_and_routes_are_held() {
    let product = Product::start();
    product.until_state("orders", "RUNNING");
    a_new_message_is_sent_once(&product);
    a_new_message_is_tried_with_what_others_were_answered(&product);
    a_stopped_route_is_seen_and_survives_a_restart(&product);
    what_was_masked_arrives_whole_until_it_is_gone(&product);
    let failed = failed_messages(&product, 1).remove(0);
    a_dry_run_says_what_it_would_do(&product, &failed);
    a_failed_message_is_repaired_by_hand(&product, &failed);
    for number in 0..3 {
        // More than the demo's customers order by now.
        let order = ORDER.replace("SENT-1", &format!("NEW-{number}")).replace("TEA-01", "TEA-10");
        product.midplane(&["send", "orders/take", "--body", &order]);
    }
    failed_messages(&product, 4);
    the_cause_is_repaired_and_the_others_are_replayed_as_they_were(&product);
    what_was_resolved_returns_with_a_newer_release(&product);
    rules::hold(&product);
    killed::hold(&product);
}

fn a_new_message_is_sent_once(product: &Product) {
    let sent = product.json(&["send", "orders/take", "--body", ORDER, "--answer", "-o", "json"]);
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

/// It has no recorded replies of its own; those of the last success stand for them, or its hosts are really asked.
fn a_new_message_is_tried_with_what_others_were_answered(product: &Product) {
    let order = ORDER.replace("SENT-1", "TRIED-1");
    let send = ["send", "orders/take", "--body", &order, "--dry-run", "-o", "json"];
    let tried = |more: &[&str]| -> Value {
        let output = product.midplane(&[&send[..], more].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)))
    };
    let stopped = tried(&[]);
    let at = stopped["stoppedAt"].as_str().unwrap();
    let known = stopped["suggestion"].as_str().unwrap();
    for more in [["--reply", &format!("{at}=from:{known}")], ["--allow", at]] {
        let report = tried(&more);
        assert_eq!((&report["outcome"], &report["stoppedAt"]), (&json!("completed"), &Value::Null));
    }
    let elsewhere = at.replace("prices", "stock").replace("http:", "http:elsewhere.");
    let refused = product.midplane(&[&send[..], &["--allow", &elsewhere]].concat());
    assert!(text(&refused).contains("MP-RPL-23"), "{}", text(&refused));
    let made = product.json(&["messages", "orderId:TRIED-1", "-o", "json"]);
    assert_eq!(made["nodes"], json!([]), "a dry run makes no message");
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

/// An order of somebody whose address is masked before anything is recorded; the demo keeps it in its table.
fn what_was_masked_arrives_whole_until_it_is_gone(product: &Product) {
    let order = ORDER.replace("SENT-1", "MASKED-1").replace("Ada", "ada@example.com");
    let sent = product.json(&["send", "orders/take", "--body", &order, "-o", "json"]);
    let id = sent["message"].as_str().unwrap().to_owned();
    until("the order is recorded with a mask", Duration::from_secs(20), || {
        let plan = product.midplane(&["replay", &id, "--dry-run", "-o", "json"]);
        let tried: Value = serde_json::from_slice(&plan.stdout).unwrap_or_default();
        if tried["source"] == "original" { Ok(()) } else { Err(text(&plan)) }
    });
    let saved = product.midplane(&["message", "save", &id, "-"]);
    assert!(text(&saved).contains("MP-RPL-08"), "{}", text(&saved));
    let customer = || {
        let (_, body) =
            super::support::http(&format!("{}/MASKED-1", product.url("orders")), None).unwrap();
        serde_json::from_str::<Value>(&body).unwrap()["customer"].clone()
    };
    let said = product.must(&["replay", &id, "--yes"]);
    assert!(said.contains("replayed from the original kept on the runner"), "{said}");
    assert_eq!(customer(), "ada@example.com");

    let edited =
        order.replace("ada@example.com", "[masked email]").replace("\"qty\":2", "\"qty\":3");
    let done = product.json(&["replay", &id, "--yes", "--body", &edited, "-o", "json"]);
    assert_eq!(
        (&done["outcome"], &done["source"], &done["filled"]),
        (&"completed".into(), &"edited".into(), &1.into()),
        "{done}"
    );
    assert_eq!(customer(), "ada@example.com");

    let off = "mutation { setCapture(settings: \"{\\\"originals\\\":\\\"off\\\"}\") { settings } }";
    product.graphql(off, &json!({}));
    until("the original is gone", Duration::from_secs(30), || {
        let again = product.midplane(&["replay", &id, "--yes"]);
        let said = text(&again);
        if said.contains("MP-RPL-30") { Ok(()) } else { Err(said) }
    });
    let said = text(&product.midplane(&["replay", &id, "--yes"]));
    assert!(said.contains("switched off") && said.contains("--edit"), "{said}");
    let on = "mutation { setCapture(settings: \"{}\") { settings } }";
    product.graphql(on, &json!({}));
}

/// Orders of the demo whose article has no price yet, the newest first.
fn failed_messages(product: &Product, least: usize) -> Vec<Value> {
    let mut found = Vec::new();
    until("orders fail", Duration::from_secs(90), || {
        let query = "integration:orders outcome:failed -is:replay replayed:no";
        let list = product.json(&["messages", query, "-o", "json"]);
        found = list["nodes"].as_array().cloned().unwrap_or_default();
        if found.len() >= least { Ok(()) } else { Err(list.to_string()) }
    });
    found
}

fn dry(product: &Product, arguments: &[&str]) -> Value {
    let tried = product.midplane(&[arguments, &["--dry-run", "-o", "json"]].concat());
    serde_json::from_slice(&tried.stdout)
        .unwrap_or_else(|_| panic!("{}\n{}", text(&tried), product.logs()))
}

fn a_dry_run_says_what_it_would_do(product: &Product, failed: &Value) {
    let id = failed["id"].as_str().unwrap();
    let report = dry(product, &["replay", id]);
    let at = report["stoppedAt"].as_str().unwrap_or_else(|| panic!("{report}"));
    assert!(at.starts_with("http:") && at.contains("/prices/TEA-10"), "{report}");
    assert!(report["stoppedBecause"].as_str().unwrap().contains("404"), "{report}");
    let stubs = report["stubs"].as_array().unwrap();
    assert!(stubs.iter().any(|stub| stub["title"] == "sql insert orders (1 row)"), "{report}");

    // As people read it, with what can be chosen.
    let shown = text(&product.midplane(&["replay", id, "--dry-run"]));
    assert!(shown.contains("nothing left this machine"), "{shown}");
    let choice = |flag: &str| {
        let at = shown.find(flag).unwrap_or_else(|| panic!("{flag}: {shown}"));
        shown[at + flag.len()..].split_whitespace().next().unwrap().to_owned()
    };
    let from = choice("--reply ");
    assert!(from.contains("=from:"), "{shown}");
    let report = dry(product, &["replay", id, "--reply", &from]);
    assert_eq!(
        (&report["stoppedAt"], &report["outcome"]),
        (&Value::Null, &"completed".into()),
        "{report}"
    );
    let allow = choice("--allow ");
    let report = dry(product, &["replay", id, "--allow", &allow]);
    assert_eq!(report["outcome"], "failed", "it has no price yet: {report}");
    assert!(report["error"].as_str().unwrap().contains("no price"), "{report}");
}

/// Repair A: another article.
fn a_failed_message_is_repaired_by_hand(product: &Product, failed: &Value) {
    let id = failed["id"].as_str().unwrap();
    let asked = product.midplane(&["replay", id]);
    assert!(text(&asked).contains("MP-CLI-26"), "what is done twice is asked: {}", text(&asked));
    assert!(text(&asked).contains("sql insert orders"), "{}", text(&asked));
    let again = product.midplane(&["replay", id, "--yes", "-o", "json"]);
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&again["outcome"], &again["original"]), (&Value::from("failed"), &failed["id"]));
    let listed = product.json(&["messages", "replayed:failed", "-o", "json"]);
    assert_eq!(listed["nodes"][0]["id"], failed["id"], "{listed}");

    let sample = product.home.path().join("samples/order.json");
    product.must(&["message", "save", id, sample.to_str().unwrap()]);
    let saved = std::fs::read_to_string(&sample).unwrap();
    assert!(saved.contains("TEA-10"), "{saved}");
    std::fs::write(&sample, saved.replace("TEA-10", "TEA-01")).unwrap();
    let body = format!("@{}", sample.display());
    let mended = product.json(&["replay", id, "--yes", "--body", &body, "-o", "json"]);
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
    let repaired = product.json(&["message", id, "-o", "json"]);
    assert_eq!(repaired["message"]["repairedBy"], mended["message"], "{repaired}");
    assert!(product.must(&["message", id]).contains(&format!("repaired by message {made}")));
    let open = product.json(&["messages", "outcome:failed replayed:no", "-o", "json"]);
    let still = open["nodes"].as_array().unwrap().iter().any(|one| one["id"] == failed["id"]);
    assert!(!still, "what is repaired is none of the open failures: {open}");
}

/// Repair B: the price is pushed, and the messages go in again unedited, a canary first.
fn the_cause_is_repaired_and_the_others_are_replayed_as_they_were(product: &Product) {
    let push = "sed -i 's#</prices>#  <price sku=\"TEA-10\" eur=\"8.90\"/>\\n</prices>#' prices/price-list.xml && \
                git -c user.name=ana -c user.email=ana@tea commit -qam 'Price the new tea' && git push 2>&1";
    let hint = " on orders/take; try one: midplane replay ";
    let said = product.in_tea(push);
    // A push does not wait for a slow machine; `status` says the same.
    assert!(!said.contains(" ready in ") || said.contains(hint), "{said}");
    until("the failures that may be over are named", Duration::from_secs(120), || {
        let screen = product.must(&["status"]);
        if screen.contains(hint) { Ok(()) } else { Err(screen) }
    });
    let url = product.url("prices");
    let priced = format!("{url}/prices/TEA-10");
    until("the new price is answered", Duration::from_secs(120), || {
        match super::support::http(&priced, None) {
            Some((200, body)) if body.contains("8.90") => Ok(()),
            other => Err(format!("{other:?}\n{}", product.logs())),
        }
    });
    let one = failed_messages(product, 2).remove(0);
    let id = one["id"].as_str().unwrap();
    let done = product.json(&["replay", id, "--yes", "-o", "json"]);
    assert_eq!(
        (&done["outcome"], &done["source"]),
        (&"completed".into(), &"recorded".into()),
        "{done}"
    );

    let query = "integration:orders outcome:failed";
    let overlapping = one_that_waits_after_its_first(product, query);
    let bulk = product.json(&["replay", query, "--canary", "1", "--yes", "-o", "json"]);
    assert_eq!(bulk["state"], "ended", "{bulk}");
    let rest = bulk["total"].as_u64().unwrap();
    product.must(&["replays", "resume", overlapping.as_str().unwrap()]);
    let late = until_bulk(product, &overlapping, "ended");
    assert_eq!((&late["completed"], &late["refused"]), (&1.into(), &rest.into()), "{late}");
    assert_eq!(late["refusals"][0]["code"], "MP-RPL-19", "{late}");
    assert_eq!((&bulk["completed"], &bulk["canary"]), (&bulk["total"], &Value::Null), "{bulk}");
    let listed = product.must(&["replays", "list"]);
    assert!(listed.contains("ended"), "{listed}");
    let rest = product.midplane(&["replay", query, "--yes"]);
    assert!(text(&rest).contains("MP-RPL-16"), "nothing is replayed twice: {}", text(&rest));
}

/// A bulk replay over the same messages that paused after one of them.
fn one_that_waits_after_its_first(product: &Product, query: &str) -> Value {
    let start = "mutation($query: String!) { startBulkReplay(query: $query, canary: 1, stopAfter: 0, repeatEffects: true) { id } }";
    let id = product.graphql(start, &json!({"query": query}))["startBulkReplay"]["id"].clone();
    until_bulk(product, &id, "paused");
    id
}

fn until_bulk(product: &Product, id: &Value, state: &str) -> Value {
    let read =
        "query($id: ID!) { bulkReplay(id: $id) { state completed refused refusals { code } } }";
    let mut found = Value::Null;
    until(&format!("the bulk replay is {state}"), Duration::from_secs(60), || {
        found = product.graphql(read, &json!({"id": id}))["bulkReplay"].clone();
        if found["state"] == state { Ok(()) } else { Err(found.to_string()) }
    });
    found
}

/// Nobody prices this one.
const UNPRICED: &str = r#"{"id":"SENT-2","customer":"Ada","lines":[{"sku":"TEA-99","qty":2}]}"#;

fn what_was_resolved_returns_with_a_newer_release(product: &Product) {
    let group = || {
        let groups = product.json(&["failures", "--state", "all", "-o", "json"]);
        let mut all = groups.as_array().cloned().unwrap_or_default();
        all.retain(|one| one["integration"] == "orders" && one["route"] == "take");
        all.retain(|one| one["error"].as_str().is_some_and(|text| text.contains("no price")));
        let [one] = all.try_into().unwrap_or_else(|_| panic!("{groups}"));
        one
    };
    let before = group();
    let count = |group: &Value, what: &str| group[what].as_u64().unwrap();
    // One that met `prices` while it was started again is of another group.
    assert!(count(&before, "repaired") >= 2, "{before}");
    assert!(count(&before, "open") + 2 <= count(&before, "count"), "{before}");
    let name = before["fingerprint"].as_str().unwrap().get(..6).unwrap().to_owned();
    let say = |verb: &str, more: &[&str]| {
        let about = ["failures", verb, &name, "--at", "orders/take"];
        product.must(&[&about[..], more].concat())
    };
    let said = say("resolve", &["--note", "priced"]);
    assert!(said.contains(" resolved by ") && said.contains("note: priced"), "{said}");
    let fails_once_more = |what: &str, state: &str| {
        let least = count(&group(), "count") + 1;
        product.midplane(&["send", "orders/take", "--body", UNPRICED]);
        until(what, Duration::from_secs(30), || {
            let now = group();
            let is = count(&now, "count") >= least && now["state"] == state;
            if is { Ok(()) } else { Err(now.to_string()) }
        });
    };
    fails_once_more("a late failure of the same release leaves it resolved", "RESOLVED");
    let running = product.workload("orders")["release"]["short"].clone();
    product.in_tea(
        "sed -i 's/Checks an order/Looks at an order/' orders/orders.camel.yaml && \
         git -c user.name=ana -c user.email=ana@tea commit -qam 'Say it otherwise' && git push 2>&1",
    );
    until("the newer release runs", Duration::from_secs(120), || {
        let now = product.workload("orders");
        let runs = now["state"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("running"));
        let is = now["release"]["short"] != running && runs;
        if is { Ok(()) } else { Err(now.to_string()) }
    });
    fails_once_more("a failure of the newer release brings it back", "RETURNED");
    let listed = product.must(&["failures"]);
    let is = |line: &str| line.contains("Returned") && line.contains("orders/take");
    assert!(listed.lines().any(is), "{listed}");
    let muted = say("mute", &["--for", "2d"]);
    assert!(muted.contains(" muted by ") && muted.contains(" until "), "{muted}");
}
