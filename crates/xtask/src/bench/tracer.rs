//! What tracing costs: the same route watched by nobody, by the tracer and by its peers, in forks that take turns.
//!
//! `tracer/it/bench` is built by Maven once for each run. CPU figures are those of the calling thread, since wall time says more of the
//! machine than of the tracer; each is the minimum over the forks, with the median beside it as a peer figure. Per-node figures come from JMH with its
//! allocation profiler. This program plays the runner: it says welcome and reads everything. All of it takes a quarter of an hour; `--only`
//! names one part.

mod http;
mod start;

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use provision::{base_library, java, launcher, maven};

use super::report::{Report, median};
use crate::{cargo, machine, say};

/// Long enough for the second compiler to have finished with the route.
const WARM_UP_MS: &str = "4000";
const MEASURE_MS: &str = "3000";
const NODES: f64 = 10.0;
/// Kind 129: version 1 and 2^40 bytes of credit.
const WELCOME: &[u8] = &[8, 0, 0, 0, 129, 1, 0, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20];

/// Who watches: its name, what the route is started with, and the settings of the tracer, if it is there.
struct Variant {
    name: &'static str,
    watcher: &'static str,
    settings: Option<&'static str>,
}

const fn variant(
    name: &'static str,
    watcher: &'static str,
    settings: Option<&'static str>,
) -> Variant {
    Variant { name, watcher, settings }
}

const NOBODY: Variant = variant("none", "none", None);
const IDLE: Variant = variant("idle", "none", Some("level=off\n"));
const TIMINGS: Variant = variant("timings", "none", Some("level=timings\n"));
/// Steps are recorded and counted, and nothing is encoded: what a message costs that sampling leaves out.
const UNKEPT: Variant = variant("unkept", "none", Some("level=timings\nrate=0\n"));
const DEFAULT: Variant = variant("default", "none", Some(""));
const STOCK: Variant = variant("stock", "stock", None);
const PEERS: &[Variant] = &[
    variant("backlog", "backlog", None),
    variant("otel2", "otel2", None),
    variant("otel2_nodes", "otel2-nodes", None),
];

/// What can be measured alone.
const PARTS: &[&str] = &["work", "stock", "nodes", "http", "start"];

pub(crate) fn run(runs: usize, only: Option<&str>) -> Result<Report> {
    if let Some(unknown) = only.filter(|only| !PARTS.contains(only)) {
        bail!("the tracer's bench has no part `{unknown}`; there is {}", PARTS.join(", "));
    }
    let wanted = |part: &str| only.is_none_or(|only| only == part);
    let mut report = Report::new("tracer");
    let bench = Bench::prepare()?;
    let work = bench.calibrate()?;
    if wanted("work") {
        bench.with_work(&work, runs, &mut report)?;
    }
    if wanted("stock") {
        bench.without_work(runs, &mut report)?;
    }
    if wanted("nodes") {
        bench.per_node(&mut report)?;
    }
    if wanted("http") {
        http::run(&bench, &work, runs, &mut report)?;
    }
    if wanted("start") {
        start::run(&bench.socket, runs, &mut report)?;
    }
    Ok(report)
}

struct Bench {
    folder: tempfile::TempDir,
    java: PathBuf,
    class_path: String,
    tracer: PathBuf,
    socket: PathBuf,
}

impl Bench {
    fn prepare() -> Result<Self> {
        let (cache, fetcher) = (machine::cache(), machine::fetcher());
        let java = java::find(&machine::java())?;
        let jars = maven::fetch_all(&base_library::lock().jars, &fetcher, &|_| {})?;
        let tracer = launcher::tracer(&java, &cache, &jars)?;
        let folder = tempfile::tempdir()?;
        let project = cargo::root().join("tracer/it/bench");
        let list = folder.path().join("class-path");
        say::line("building tracer/it/bench with Maven");
        let built = Command::new("mvn")
            .args(["-q", "-B", "compile", "dependency:build-classpath"])
            .arg(format!("-Dmdep.outputFile={}", list.display()))
            .current_dir(&project)
            .status()
            .context("start `mvn`")?;
        if !built.success() {
            bail!("mvn could not build {}", project.display());
        }
        let jars = std::fs::read_to_string(list)?;
        let class_path = format!("{}:{}", project.join("target/classes").display(), jars.trim());
        let socket = folder.path().join("runner.sock");
        listen(&socket)?;
        Ok(Self { folder, java: java.java(), class_path, tracer, socket })
    }

    fn command(&self, variant: &Variant) -> Result<Command> {
        let mut command = Command::new(&self.java);
        self.arrange(&mut command, variant)?;
        Ok(command)
    }

    fn arrange(&self, command: &mut Command, variant: &Variant) -> Result<()> {
        let class_path = format!("{}:{}", self.class_path, self.tracer.display());
        command.env_remove("MIDPLANE_TRACER").args(["-XX:+UseSerialGC", "-Xmx512m", "-cp"]);
        command.arg(class_path);
        if let Some(settings) = variant.settings {
            let file = self.folder.path().join(variant.name);
            std::fs::write(&file, settings)?;
            let address = format!("unix:{},config={}", self.socket.display(), file.display());
            command.env("MIDPLANE_TRACER", address);
        }
        Ok(())
    }

    /// How many rounds of work take ten microseconds here.
    fn calibrate(&self) -> Result<String> {
        let mut command = self.command(&NOBODY)?;
        command.args(["it.Cpu", "calibrate"]);
        let text = output(command)?;
        Ok(number(&text, "work=").context("calibrate the work")?.to_string())
    }

    /// CPU nanoseconds for each message in one fork.
    fn cpu_ns(&self, variant: &Variant, work: &str) -> Result<f64> {
        let mut command = self.command(variant)?;
        command.args(["it.Cpu", variant.watcher, work, WARM_UP_MS, MEASURE_MS]);
        let text = output(command)?;
        number(&text, "cpu_ns=").with_context(|| format!("{}: {text}", variant.name))
    }

    /// A hundred microseconds of work: what share of it tracing takes.
    fn with_work(&self, work: &str, runs: usize, report: &mut Report) -> Result<()> {
        let variants: Vec<_> =
            [&NOBODY, &TIMINGS, &DEFAULT, &STOCK].into_iter().chain(PEERS).collect();
        let found = self.take_turns(&variants, work, runs)?;
        let (least, middle) = (minimum(&found[0]), median(found[0].clone()));
        for (variant, costs) in variants.iter().zip(&found).skip(1) {
            // Peers need management; what they cost is counted from a route that has it.
            let (least, middle) = match variant.settings {
                Some(_) => (least, middle),
                None => (minimum(&found[3]), median(found[3].clone())),
            };
            let loss = (minimum(costs) / least - 1.0) * 100.0;
            let median_loss = (median(costs.clone()) / middle - 1.0) * 100.0;
            match variant.name {
                "timings" => report.ratio("timings_loss_pct", loss, Some(1.0)),
                "default" => report.ratio("default_loss_pct", loss, Some(2.0)),
                name => report.peer(&format!("{name}_loss_pct"), loss),
            }
            report.peer(&format!("{}_loss_median_pct", variant.name), median_loss);
        }
        Ok(())
    }

    /// No work: what Camel itself takes, traced by us and plain with management.
    fn without_work(&self, runs: usize, report: &mut Report) -> Result<()> {
        let found = self.take_turns(&[&DEFAULT, &STOCK], "0", runs)?;
        let (ours, stock) = (minimum(&found[0]), minimum(&found[1]));
        report.figure("traced_cpu_ns", ours, None);
        report.peer("stock_cpu_ns", stock);
        report.ratio("traced_vs_stock_ratio", ours / stock, Some(0.6));
        Ok(())
    }

    /// One fork of each in every round, so that a change of the machine's speed meets all.
    fn take_turns(&self, variants: &[&Variant], work: &str, runs: usize) -> Result<Vec<Vec<f64>>> {
        let mut found = vec![Vec::new(); variants.len()];
        for round in 1..=runs {
            for (variant, costs) in variants.iter().zip(&mut found) {
                costs.push(self.cpu_ns(variant, work)?);
            }
            say::line(format_args!("round {round} of {runs} done"));
        }
        Ok(found)
    }

    fn per_node(&self, report: &mut Report) -> Result<()> {
        let (none_ns, none_bytes) = self.jmh(&NOBODY)?;
        let (idle_ns, idle_bytes) = self.jmh(&IDLE)?;
        let (timings_ns, timings_bytes) = self.jmh(&UNKEPT)?;
        let (kept_ns, kept_bytes) = self.jmh(&TIMINGS)?;
        report.figure("idle_ns_per_node", (idle_ns - none_ns) / NODES, Some(15.0));
        report.figure("idle_bytes_per_node", (idle_bytes - none_bytes) / NODES, Some(0.5));
        report.figure("timings_ns_per_node", (timings_ns - none_ns) / NODES, Some(70.0));
        report.figure("timings_bytes_per_node", (timings_bytes - none_bytes) / NODES, Some(72.0));
        report.figure("encoded_ns_per_node", (kept_ns - none_ns) / NODES, Some(85.0));
        report.figure("encoded_bytes_per_node", (kept_bytes - none_bytes) / NODES, None);
        Ok(())
    }

    /// Nanoseconds and allocated bytes for each message.
    fn jmh(&self, variant: &Variant) -> Result<(f64, f64)> {
        let results = self.folder.path().join(format!("{}.json", variant.name));
        let mut command = self.command(variant)?;
        command
            .args([
                "org.openjdk.jmh.Main",
                "it.PerNode",
                "-f",
                "3",
                "-wi",
                "4",
                "-w",
                "1",
                "-i",
                "5",
                "-r",
                "1",
            ])
            .args(["-prof", "gc", "-rf", "json", "-rff"])
            .arg(&results);
        output(command)?;
        let text = std::fs::read_to_string(&results)?;
        let result: serde_json::Value = serde_json::from_str(&text)?;
        let score = |metric: &serde_json::Value| metric["score"].as_f64().context("a JMH score");
        let secondary = &result[0]["secondaryMetrics"];
        let bytes = ["gc.alloc.rate.norm", "·gc.alloc.rate.norm"].map(|key| &secondary[key]);
        let bytes = bytes.into_iter().find(|metric| metric.is_object()).context("allocation")?;
        Ok((score(&result[0]["primaryMetric"])?, score(bytes)?))
    }
}

fn output(mut command: Command) -> Result<String> {
    let output = command.output().context("start java")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{command:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(text)
}

fn number(text: &str, key: &str) -> Option<f64> {
    let (_, rest) = text.rsplit_once(key)?;
    rest.split_whitespace().next()?.parse().ok()
}

fn minimum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// A runner that takes everything.
fn listen(socket: &Path) -> Result<()> {
    let listener = UnixListener::bind(socket)?;
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut buffer = vec![0; 256 << 10];
                let welcomed = stream.write_all(WELCOME).is_ok();
                while welcomed && stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
            });
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_figure_is_read_from_the_last_line() {
        let text = "warm-up cpu_ns=9\ncpu_ns=1855 wall_ns=3987 bytes=2312 count=7\n";
        assert_eq!(number(text, "cpu_ns="), Some(1855.0));
        assert_eq!(number(text, "work="), None);
    }
}
