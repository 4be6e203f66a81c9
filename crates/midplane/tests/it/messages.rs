//! Every message of the demo is seen: what a newcomer types, and what it has to show.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::support::product::Product;
use super::support::{text, until};

/// An idle machine shows all of it five seconds after `ready`; a loaded one is given more, so that this fails for its own
/// reason only.
const SOON: Duration = Duration::from_secs(30);

#[test]
fn e2e_every_message_of_the_demo_is_seen() {
    let product = Product::start();
    the_shop_has_opened(&product);
    let failed = a_failure_reads_like_a_story(&product);
    a_failure_stands_beside_a_success(&product, &failed);
    a_duplicate_is_held_where_its_path_says(&product);
    an_order_is_found_in_both(&product);
    what_comes_is_shown_as_it_comes(&product);
}

fn rows(product: &Product, query: &str) -> Vec<Value> {
    let list = product.json(&["messages", "-n", "200", "-o", "json", query]);
    list["nodes"].as_array().cloned().unwrap_or_default()
}

fn the_shop_has_opened(product: &Product) {
    let count = |query: &str| rows(product, query).len();
    until("what the demo promises", SOON, || {
        let all = rows(product, "since:1h");
        let integrations: BTreeSet<_> =
            all.iter().filter_map(|row| row["integration"].as_str()).collect();
        let seen = [
            all.len(),
            integrations.len(),
            count("outcome:failed"),
            count("outcome:handled"),
            count("dur>200ms"),
            filtered(product).len(),
        ];
        let enough = seen.iter().zip([40, 4, 2, 1, 1, 1]).all(|(seen, least)| *seen >= least);
        if enough { Ok(()) } else { Err(format!("{seen:?} {integrations:?}")) }
    });
}

fn filtered(product: &Product) -> Vec<Value> {
    let mut all = rows(product, "integration:invoices route:inbox");
    all.retain(|row| {
        row["flags"].as_array().is_some_and(|flags| flags.contains(&"filtered".into()))
    });
    all
}

/// The list and the message as in the guide; gives back the id.
fn a_failure_reads_like_a_story(product: &Product) -> String {
    let query = "integration:orders outcome:failed since:1h";
    let list = product.must(&["messages", query]);
    let head: Vec<&str> = list.lines().next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(head.join(" "), "ID STARTED INTEGRATION/ROUTE OUTCOME TIME FAILED AT orderId ERROR");
    let row = list.lines().nth(1).unwrap_or_default();
    for word in ["orders/take", "failed", "throwException ", "W-", "no price for sku `TEA-10`"] {
        assert!(row.contains(word), "{word}: {list}");
    }
    let shown = product.must(&["message", "@1"]);
    for word in [
        "orders/take  orderId W-",
        "failed after",
        "runtime laptop",
        "Open the tea shop",
        "1  from rest POST /orders",
        "B json",
        "unmarshal json",
        "to sql insert orders",
        "1 row",
        "split $.lines[*]",
        "toD http prices/",
        "404   -> prices/price ",
        "no price for sku `TEA-10`",
        "likely cause: the route refused the message itself; see the condition above step ",
        "next: midplane message diff @1",
    ] {
        assert!(shown.contains(word), "{word}:\n{shown}");
    }
    for word in ["@1f", "dataformat", "INSERT INTO", "from direct", "org.apache"] {
        assert!(!shown.contains(word), "{word}:\n{shown}");
    }
    let id = rows(product, query)[0]["id"].as_str().unwrap().to_owned();
    let found = product.json(&["message", &id, "-o", "json"]);
    let routes: BTreeSet<_> =
        found["steps"].as_array().unwrap().iter().filter_map(|it| it["route"].as_str()).collect();
    assert!(routes.contains("take") && routes.contains("line"), "{routes:?}");
    id
}

fn a_failure_stands_beside_a_success(product: &Product, failed: &str) {
    let shown = product.must(&["message", "diff", failed]);
    let only_left = shown.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with('<') && line.contains("throwException")
    });
    assert!(only_left, "{shown}");
    assert!(shown.lines().any(|line| line.starts_with("> orders/take")), "{shown}");
}

fn a_duplicate_is_held_where_its_path_says(product: &Product) {
    let rows = filtered(product);
    let shown = product.must(&["message", rows[0]["id"].as_str().unwrap()]);
    assert!(
        shown
            .lines()
            .any(|line| line.contains("idempotentConsumer") && line.contains("a duplicate")),
        "{shown}"
    );
}

fn an_order_is_found_in_both(product: &Product) {
    let asked = rows(product, "integration:prices route:price");
    let shown = product.must(&["message", asked[0]["id"].as_str().unwrap()]);
    assert!(shown.lines().any(|line| line.starts_with("caller: orders/")), "{shown}");
    // The header that orders sends along is an attribute of both.
    let order = asked.iter().find_map(|row| row["attributes"][0]["value"].as_str()).unwrap();
    let both: BTreeSet<String> = rows(product, &format!("orderId:{order}"))
        .iter()
        .filter_map(|row| row["integration"].as_str().map(str::to_owned))
        .collect();
    assert!(both.contains("orders") && both.contains("prices"), "{order}: {both:?}");
}

fn what_comes_is_shown_as_it_comes(product: &Product) {
    let binary = super::support::BINARY;
    let line =
        format!("timeout -s INT 20 {binary} messages --live 'integration:orders' | head -n 1");
    let tail = product.home.shell(&line);
    assert!(text(&tail).contains("orders/take"), "{}", text(&tail));
    product.must(&["messages", "--in-flight"]);
}
