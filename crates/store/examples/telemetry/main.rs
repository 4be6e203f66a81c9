//! The measuring half of `cargo xtask bench fill|ingest|search`: a durable PostgreSQL of its own, filled and asked.
//!
//! `telemetry FOLDER fill STEPS`, `.. ingest STEPS`, `.. search RUNS`; `.. into STEPS` fills the cluster of a Midplane that runs, whose
//! folder is given. The last line is JSON. CPU is that of this process and of every
//! process of PostgreSQL, so that the figure is per core whatever else the machine does. The peer is a table of one row for each step
//! with text columns and two indexes, on the same server, in the same run.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot go on ends")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is its purpose")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
#![expect(clippy::cast_precision_loss, reason = "figures are for reading")]

mod cpu;
mod fill;
mod ingest;
mod intake;
mod naive;
mod search;
mod server;

use std::path::Path;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, mode, number] = arguments.as_slice() else {
        println!("telemetry FOLDER fill|into|ingest|search NUMBER");
        return;
    };
    let (folder, number) = (Path::new(folder), number.parse().expect("a number"));
    let found = match mode.as_str() {
        "fill" => fill::run(&folder.join("filled"), number).await,
        "into" => fill::into(folder, number).await,
        "ingest" => ingest::run(&folder.join("ingest"), number).await,
        _ => search::run(&folder.join("filled"), number).await,
    };
    println!("{found}");
}
