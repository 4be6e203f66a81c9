//! The lines under `Next:`: what a newcomer can paste into a fresh shell. A test runs every one of them as printed.

use serde_json::Value;

use super::data::DataFolder;
use crate::environment::{Environment, quote};

/// `prefix` is ` --context NAME` when another context is current.
pub fn lines(
    environment: &Environment,
    data: &DataFolder,
    workloads: &[Value],
    prefix: &str,
    demo: bool,
) -> Vec<String> {
    let command = environment.command();
    let mut lines = Vec::new();
    if demo {
        let orders = workloads.iter().find(|workload| workload["integration"] == "orders");
        let url = orders
            .and_then(|workload| workload["url"].as_str())
            .unwrap_or("http://127.0.0.1:20080/orders");
        let order = r#"{"id":"A-1","customer":"Ada","lines":[{"sku":"TEA-01","qty":2}]}"#;
        lines.push(format!("curl -H 'Content-Type: application/json' -d '{order}' {url}"));
        lines.push(format!("{command} logs orders -f{prefix}"));
        let repository = quote(&data.demo_repository().display().to_string());
        lines.push(format!(
            "git clone {repository} tea && cd tea && git merge origin/try/new-text && git push"
        ));
    } else {
        lines.push(format!("{command} get sources{prefix}"));
        lines.push(format!("{command} check DIR"));
    }
    lines.push(format!("{command} status{prefix}"));
    lines
}
