//! The console in a real browser: a newcomer's first hour, every screen in both themes, permissions, text of strangers, a
//! network that goes away, a server that is killed, a keyboard alone, a failed order that is repaired, failures repaired by the many, a second
//! organization, the pictures of the guides.
//!
//! The scenarios are `console/e2e/*.mjs` (Playwright in Chromium); here the product is started and they are run against it.
//! `cargo xtask test e2e_` builds the console first and finds the browser.

use std::path::Path;

use domain::id::TokenId;
use provision::postgres::{APPLICATION_ROLE, Address, DATABASE, OWNER_ROLE};
use store::{Db, Tx, Urls, api_token};
use testkit::people;

use super::support::home::Home;
use super::support::product::Product;
use super::support::{BINARY, text};

#[test]
fn e2e_a_browser_gets_through_the_first_hour() {
    let product = Product::with(Home::new(), &["--json"]);
    scenario(&product, "first-hour.mjs", &[]);
}

#[test]
fn e2e_a_failed_order_is_repaired_in_a_browser() {
    let product = Product::with(Home::new(), &["--json"]);
    scenario(&product, "repair.mjs", &[]);
}

#[test]
fn e2e_a_browser_outlives_its_network_and_its_server() {
    let product = Product::with(Home::new(), &["--json"]);
    let server = product.child("server").unwrap().to_string();
    scenario(&product, "hardship.mjs", &[("SERVER_PID", &server)]);
}

#[test]
fn e2e_a_repair_needs_no_mouse() {
    let product = Product::with(Home::new(), &["--json"]);
    scenario(&product, "keyboard.mjs", &[]);
}

#[test]
fn e2e_failures_are_repaired_by_the_many_in_a_browser() {
    let product = Product::with(Home::new(), &["--json"]);
    let server = product.child("server").unwrap().to_string();
    let tea = product.tea().display().to_string();
    scenario(&product, "failures.mjs", &[("SERVER_PID", &server), ("TEA", &tea)]);
}

#[test]
fn e2e_the_guides_show_the_console_as_it_is() {
    let product = Product::with(Home::new(), &["--json"]);
    scenario(&product, "guides.mjs", &[]);
}

#[test]
fn e2e_a_second_organization_sees_nothing_of_the_first() {
    let product = Product::with(Home::new(), &["--json"]);
    let token = second_organization(&product);
    scenario(&product, "two-organizations.mjs", &[("SECOND_TOKEN", &token)]);
}

/// An organization beside the demo's, and its owner's token. No verb makes a second one yet, so it is written as the product
/// writes its first.
fn second_organization(product: &Product) -> String {
    let address = Address::Socket { folder: product.home.data().join("postgres/s") };
    let url = |role: &str| address.url(role, DATABASE, None);
    let urls = Urls::parse(&url(OWNER_ROLE), &url(APPLICATION_ROLE)).unwrap();
    let secret = format!("mpt_{}", people::new_id().simple());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let db = Db::open(&urls).await.unwrap();
        let rum = people::organization(&db, "rum").await;
        let new = api_token::New {
            id: TokenId(people::new_id()),
            actor: rum.actor,
            kind: api_token::Kind::Api,
            label: "owner",
            digest: control::system::digest(&secret),
            expires_at: None,
        };
        let mut tx = Tx::system(&db, rum.organization).await.unwrap();
        api_token::insert(&mut tx, &new, people::now()).await.unwrap();
        tx.commit().await.unwrap();
    });
    secret
}

/// Runs a scenario with Node and prints what it said when it fails.
#[track_caller]
fn scenario(product: &Product, name: &str, variables: &[(&str, &str)]) {
    let console = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../console");
    let failures = std::env::temp_dir().join("midplane-e2e");
    let mut command = product.home.command("node");
    command
        .arg(console.join("e2e").join(name))
        .env("MIDPLANE", BINARY)
        .env("E2E_OUT", failures)
        .envs(variables.iter().copied())
        .current_dir(&console);
    for kept in ["MIDPLANE_CHROMIUM", "E2E_SHOTS"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    let output = command
        .output()
        .expect("Node runs the scenarios: `cargo xtask test e2e_` says what is missing");
    assert!(output.status.success(), "{name}:\n{}\n{}", text(&output), product.logs());
}
