//! Every part killed, cut off, held up and filled up while messages go on: in the end each is kept, counted as let go, or counted as
//! lost, and none is there twice.
//!
//! ```text
//! generators ──socket──> runtime `far` ──relay──> server ──> PostgreSQL      killed, cut, held, its disk filled
//! JVMs of the demo ────> runtime `laptop` ──────> server ──> PostgreSQL      killed, together with their runner
//! ```
//! A generator's own count is the truth. Of JVMs that are killed the books must balance in themselves, with an upper bound of what
//! their rings held. Nothing is replaced; the faults are drawn from a seed, which is printed.
//!
//! `cargo xtask bench chaos` runs the same on the optimised binary with ten million messages: `MIDPLANE_CHAOS_MESSAGES`,
//! `MIDPLANE_CHAOS_SEED` and `MIDPLANE_E2E_BINARY` say so. The other faults that telemetry has to live through have tests of their own:
//!
//! | fault | test |
//! |---|---|
//! | a tracer without a runner; one that comes late | `provision` `camel_a_workload_runs_without_a_runner_and_with_one_that_comes_late` |
//! | a runner that takes nothing | `provision` `camel_a_runner_that_takes_nothing_costs_messages_and_no_more` |
//! | runner killed | `runner` `a_runner_that_is_killed_loses_no_more_than_what_was_in_memory_and_counts_it`, and here |
//! | JVM killed; while no runner looks | `runner` `camel_a_message_is_seen_counted_and_survives_its_runner_and_its_jvm`, `a_process_that_ended_while_no_runner_looked_is_missed` |
//! | server, PostgreSQL killed; PostgreSQL away | here |
//! | spool disk full | here (a file system of 24 MiB), `runner` `a_full_disk_costs_messages_that_are_counted_and_no_report` |
//! | garbage, half a frame, another workload's name | `runner` `garbage_half_a_frame_and_strangers_cost_the_workload_nothing` |
//! | 200 MB body, stream, binary, broken UTF-8, 10,000 headers, 100,000 steps, a split of 250,000, a loop | `provision` `camel_what_messages_carry_is_kept_within_bounds` |
//! | a clock set back a year | `store` `pg_a_wrong_clock_is_stored_under_the_time_of_receipt`, `runner` `a_clock_that_is_set_back_costs_nothing` |
//! | a tracer one version newer or older | `runner` `a_tracer_of_the_next_version_is_understood_as_far_as_both_go` |
//! | a search that is nonsense, deep or SQL | `telemetry` `query::tests`, `control` `pg_a_query_that_cannot_be_read_says_where` |

mod far;
mod generator;
mod pace;
mod plan;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde_json::{Value, json};

use super::jvms;
use super::support::product::Product;
use super::support::until;
use far::Far;
use generator::{Generator, Load};
use plan::{Fault, Plan};

const MESSAGES: u64 = 100_000;
const GENERATORS: u64 = 2;
/// A second, while no runner listens: a route that is called often.
const PACE: u64 = 1_000;
/// How long everything may take to be where it belongs, after the last fault.
const SETTLED: Duration = Duration::from_secs(180);
/// As many rows as one question may ask for.
const PAGE: usize = 200;
/// Beyond this, single messages are not compared: the books and the count of rows are.
const COMPARED: u64 = 200_000;

#[expect(clippy::disallowed_methods, reason = "the bench that starts this test says how much")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn e2e_chaos_leaves_no_message_unaccounted_and_none_twice() {
    let total = number("MIDPLANE_CHAOS_MESSAGES").unwrap_or(MESSAGES);
    let seed = number("MIDPLANE_CHAOS_SEED").unwrap_or(42);
    say(&format!("chaos: seed {seed}, {total} messages"));
    let product = Product::start();
    let mut far = Far::join(&product);
    let each = total / GENERATORS;
    let names: Vec<String> = (1..=GENERATORS).map(|number| format!("chaos-{number}")).collect();
    let generators: Vec<Generator> = (1..)
        .zip(&names)
        .map(|(number, name)| {
            let variable = far.observe(&product, name);
            Generator::start(&variable, (seed << 16) + number, Load::of(each, PACE))
        })
        .collect();
    let began = Instant::now();
    let mut plan = Plan::new(seed);
    let mut faults = Vec::new();
    let made = |generators: &[Generator]| generators.iter().map(Generator::finished).sum::<u64>();
    while made(&generators) < each * GENERATORS || faults.len() < 10 {
        let fault = plan.next();
        // Faults are spread over the whole run.
        std::thread::sleep(plan.pause(300, 2_500));
        if fault == Fault::FillDisk && !far.has_a_disk() {
            continue;
        }
        strike(fault, &product, &mut far, &generators, &mut plan);
        faults.push(format!("{fault:?}"));
    }
    let worked = began.elapsed();
    let (mut unaccounted, mut doubled) = (0, 0);
    for (name, generator) in names.iter().zip(&generators) {
        until("the generator's ring is empty", SETTLED, || match generator.waiting() {
            0 => Ok(()),
            left => Err(format!("{left} wait")),
        });
        let truth = generator.finished();
        let books = settled(&product, Some(name), |books| books.made >= truth);
        unaccounted += truth.saturating_sub(books.made);
        doubled += books.made.saturating_sub(truth);
    }
    stop_jvms(&product);
    // What a full disk cost is counted by the runtime, whose books are everybody's: they are looked at together.
    let all = settled(&product, None, |books| books.on_their_way == 0);
    unaccounted += all.made.saturating_sub(all.kept + all.gone);
    doubled += (all.kept + all.gone).saturating_sub(all.made);
    let mut kept = 0;
    for name in &names {
        let books = books(&product, Some(name)).unwrap_or_default();
        kept += books.kept;
        if total <= COMPARED {
            let ids = ids(&product, name);
            let single: HashSet<&String> = ids.iter().collect();
            doubled += (ids.len() - single.len()) as u64;
            assert_eq!(ids.len() as u64, books.kept, "{name}: rows and books differ");
        }
    }
    let made_by_jvms = all.made.saturating_sub(each * GENERATORS);
    let figures = json!({
        "unaccounted": unaccounted, "doubled": doubled, "messages": total, "kept": kept, "jvm_messages": made_by_jvms,
        "faults": faults.len(), "seconds": worked.as_secs(), "seed": seed,
    });
    say(&format!("chaos: {faults:?}"));
    say(&format!("figures: {figures}"));
    assert_eq!((unaccounted, doubled), (0, 0), "seed {seed}: {figures}\n{faults:?}");
    assert!(kept > total / 10 && made_by_jvms > 0, "{figures}");
}

#[expect(clippy::print_stdout, reason = "the seed and the figures of a run are what it is for")]
fn say(line: &str) {
    println!("{line}");
}

fn strike(
    fault: Fault,
    product: &Product,
    far: &mut Far,
    generators: &[Generator],
    plan: &mut Plan,
) {
    let kill = |part: &str| {
        if let Some(pid) = product.child(part) {
            product.kill(pid);
        }
    };
    match fault {
        Fault::KillRunner => {
            far.kill();
            std::thread::sleep(plan.pause(0, 1_000));
            far.start(product);
        }
        Fault::KillServer => kill("server"),
        Fault::KillPostgres => kill("postgresql"),
        Fault::KillLocalRunner => kill("runner"),
        Fault::KillJvm => {
            let live: Vec<u32> = jvms::live(&product.home).into_values().flatten().collect();
            if !live.is_empty() {
                product.kill(live[plan.which(live.len())]);
            }
        }
        Fault::CutTracer => generators[plan.which(generators.len())].cut(),
        Fault::CutLink => far.cut(),
        Fault::HoldLink => {
            far.hold(true);
            std::thread::sleep(plan.pause(500, 3_000));
            far.hold(false);
        }
        Fault::FillDisk => {
            far.fill(product, true);
            std::thread::sleep(plan.pause(500, 2_000));
            if plan.which(2) == 0 {
                far.kill();
                far.start(product);
            }
            std::thread::sleep(plan.pause(500, 2_000));
            far.fill(product, false);
        }
        Fault::StoreAway => {
            // Who would start it again is stopped as well.
            let up = Pid::from_raw(i32::try_from(product.pid()).unwrap()).unwrap();
            let database = product.child("postgresql");
            rustix::process::kill_process(up, Signal::STOP).unwrap();
            if let Some(database) = database {
                product.kill(database);
            }
            std::thread::sleep(plan.pause(2_000, 6_000));
            rustix::process::kill_process(up, Signal::CONT).unwrap();
        }
    }
}

#[derive(Debug, Default)]
struct Books {
    made: u64,
    kept: u64,
    /// Left out, let go or lost, to the record.
    gone: u64,
    on_their_way: i64,
}

/// What the control plane says; none while it is away.
fn books(product: &Product, integration: Option<&str>) -> Option<Books> {
    let missing =
        integration.map_or_else(|| "--missing".to_owned(), |it| format!("--missing={it}"));
    let output = product.midplane(&["messages", &missing, "-o", "json"]);
    let said: Value = serde_json::from_slice(&output.stdout).ok()?;
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let missing = said["missing"].as_array()?.iter().filter(|one| one["exact"] == true);
    Some(Books {
        made: number(&said["made"]),
        kept: number(&said["kept"]),
        gone: number(&said["leftOut"]) + missing.map(|one| number(&one["count"])).sum::<u64>(),
        on_their_way: said["onTheirWay"].as_i64().unwrap_or(i64::MAX),
    })
}

/// The books once they are as they should be. Where they never are, what they are at the end of patience.
fn settled(product: &Product, name: Option<&str>, is: impl Fn(&Books) -> bool) -> Books {
    let end = Instant::now() + SETTLED;
    loop {
        let found = books(product, name).unwrap_or_default();
        if is(&found) || Instant::now() > end {
            say(&format!("chaos: {}: {found:?}", name.unwrap_or("all")));
            return found;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Ends the demo's JVMs, which say goodbye: then nothing of theirs is on its way.
fn stop_jvms(product: &Product) {
    for workload in product.workloads() {
        product.must(&["stop", workload["integration"].as_str().unwrap()]);
    }
    until("every JVM is stopped", SETTLED, || {
        let states: Vec<Value> =
            product.workloads().into_iter().map(|it| it["state"].clone()).collect();
        let is =
            |state: &Value| state.as_str().is_some_and(|it| it.eq_ignore_ascii_case("stopped"));
        if states.iter().all(is) { Ok(()) } else { Err(format!("{states:?}")) }
    });
}

/// The id of every message of an integration, through the API.
fn ids(product: &Product, integration: &str) -> Vec<String> {
    let document = format!(
        "query($after: String) {{ messages(query: \"integration:{integration} since:2h\", first: {PAGE}, after: $after) {{ nodes {{ id }} next }} }}"
    );
    let mut ids: Vec<String> = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = product.graphql(&document, &json!({"after": after}))["messages"].take();
        let nodes = page["nodes"].as_array().unwrap();
        ids.extend(nodes.iter().filter_map(|row| row["id"].as_str().map(str::to_owned)));
        after = page["next"].clone();
        if after.is_null() {
            return ids;
        }
    }
}
