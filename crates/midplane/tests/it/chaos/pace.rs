//! A measurement, run by `cargo xtask bench spool`: the memory of a runner that hears 20,000 steps a second with bodies.

use std::time::{Duration, Instant};

use serde_json::json;

use super::generator::{Generator, Load};
use super::say;
use crate::support::home::Home;
use crate::support::product::Product;
use crate::support::{text, until};

/// Messages of ten steps with a body of 200 bytes.
const LOAD: Load = Load { total: u64::MAX, pace: 2_000, is_steady: true, steps: 10, body: 200 };
const LOOKED_AT: Duration = Duration::from_secs(30);

#[test]
#[ignore = "a measurement: cargo xtask bench spool"]
fn e2e_a_runner_at_twenty_thousand_steps_a_second() {
    let product = Product::with(Home::new(), &["--json", "--no-demo"]);
    let data = product.home.data().join("runner");
    let observed = product.midplane(&[
        "runner",
        "observe",
        "pace",
        "--output",
        "json",
        "--data",
        data.to_str().unwrap(),
    ]);
    assert!(observed.status.success(), "{}", text(&observed));
    let said: serde_json::Value = serde_json::from_slice(&observed.stdout).unwrap();
    let generator =
        Generator::start(said["variable"]["MIDPLANE_TRACER"].as_str().unwrap(), 1, LOAD);
    until("it is at work", Duration::from_secs(20), || {
        if generator.finished() > 10_000 && generator.waiting() < 1_000 {
            Ok(())
        } else {
            Err(String::new())
        }
    });
    let runner = product.child("runner").unwrap();
    let (began, before) = (Instant::now(), generator.finished());
    let mut most: f64 = 0.0;
    while began.elapsed() < LOOKED_AT {
        most = most.max(rss_mb(runner));
        std::thread::sleep(Duration::from_millis(200));
    }
    let made = generator.finished() - before;
    assert!(generator.dropped() == 0, "{} were not taken", generator.dropped());
    assert!(made / LOOKED_AT.as_secs() >= 1_900, "only {made} messages");
    say(&format!("figures: {}", json!({"runner_rss_mb": most})));
}

fn rss_mb(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap() / 1024.0
}
