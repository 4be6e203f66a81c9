//! The console in a real browser: a newcomer's first hour, every screen in both themes, permissions, text of strangers, a
//! network that goes away, a server that is killed, a keyboard alone.
//!
//! The scenarios are `console/e2e/*.mjs` (Playwright in Chromium); here the product is started and they are run against it.
//! `cargo xtask test e2e_` builds the console first and finds the browser.

use std::path::Path;

use super::support::home::Home;
use super::support::product::Product;
use super::support::{BINARY, text};

#[test]
fn e2e_a_browser_gets_through_the_first_hour() {
    let product = Product::with(Home::new(), &["--json"]);
    scenario(&product, "first-hour.mjs", &[]);
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
