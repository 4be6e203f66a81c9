//! The files of the demo's repository.

use std::fs;
use std::path::{Path, PathBuf};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo")
}

/// Lines that the overlay has instead of those of `main`.
fn changed(branch: &str) -> Vec<(String, String)> {
    let read = |path: &str| {
        fs::read_to_string(demo().join(path).join("orders/orders.camel.yaml")).unwrap()
    };
    let (main, other) = (read("main"), read(&format!("try/{branch}")));
    assert_eq!(main.lines().count(), other.lines().count());
    let pairs = main.lines().zip(other.lines()).filter(|(a, b)| a != b);
    pairs.map(|(a, b)| (a.trim().to_owned(), b.trim().to_owned())).collect()
}

#[test]
fn each_try_branch_differs_in_one_line() {
    let text = changed("new-text");
    assert!(text.len() == 1 && text[0].1.contains("on its way"), "{text:?}");
    let broken = changed("broken");
    assert_eq!(broken, [("uri: seda:bulk".to_owned(), "uri: sedda:bulk".to_owned())]);
    for branch in ["new-text", "broken", "add-kafka"] {
        let subject = fs::read_to_string(demo().join("try").join(branch).join("COMMIT")).unwrap();
        assert!(subject.lines().count() == 1 && subject.len() <= 61, "{subject}");
    }
}

#[test]
fn one_order_in_twenty_has_the_unpriced_article() {
    let main = demo().join("main");
    let orders = fs::read(main.join("shop/samples/orders.json")).unwrap();
    let orders: serde_json::Value = serde_json::from_slice(&orders).unwrap();
    let orders = orders.as_array().unwrap();
    let prices = fs::read_to_string(main.join("prices/price-list.xml")).unwrap();
    let unpriced = |order: &&serde_json::Value| {
        order["lines"]
            .as_array()
            .unwrap()
            .iter()
            .any(|line| !prices.contains(&format!("sku=\"{}\"", line["sku"].as_str().unwrap())))
    };
    assert_eq!(orders.len(), 20);
    assert_eq!(orders.iter().filter(unpriced).count(), 1);
    assert!(unpriced(&&orders[16]), "number 17");
}
