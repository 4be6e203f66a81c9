//! The same ten nodes behind an HTTP port, so that the OpenTelemetry agent has something to instrument.
//!
//! CPU time is that of the whole process, since the agent works on the server's threads; it is told to export nothing, which spares
//! it what our tracer does when it ships. One connection asks after the other is answered.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{Bench, DEFAULT, NOBODY, Variant, minimum};
use crate::bench::process;
use crate::bench::report::{Report, median};
use crate::say;

const AGENT: &str = "io.opentelemetry.javaagent:opentelemetry-javaagent:2.10.0";
/// Long enough for the second compiler to have finished with the server, the route and what watches them.
const WARM_UP: Duration = Duration::from_secs(6);
/// Of `/proc`'s hundredths of a second, 400 or more.
const MEASURE: Duration = Duration::from_secs(4);

pub(super) fn run(bench: &Bench, work: &str, runs: usize, report: &mut Report) -> Result<()> {
    let agent = agent(bench)?;
    let mut found = [Vec::new(), Vec::new(), Vec::new()];
    for round in 1..=runs {
        found[0].push(bench.cpu_of_requests(&NOBODY, None, work)?);
        found[1].push(bench.cpu_of_requests(&DEFAULT, None, work)?);
        found[2].push(bench.cpu_of_requests(&NOBODY, Some(&agent), work)?);
        say::line(format_args!("http: round {round} of {runs} done"));
    }
    let [none, ours, agent] = found;
    let loss = |costs: &[f64]| (minimum(costs) / minimum(&none) - 1.0) * 100.0;
    let median_loss = |costs: &[f64]| (median(costs.to_vec()) / median(none.clone()) - 1.0) * 100.0;
    report.ratio("http_default_loss_pct", loss(&ours), Some(loss(&agent)));
    report.peer("http_default_loss_median_pct", median_loss(&ours));
    report.peer("otel_agent_loss_pct", loss(&agent));
    report.peer("otel_agent_loss_median_pct", median_loss(&agent));
    report.peer("http_cpu_us", minimum(&none) / 1000.0);
    Ok(())
}

fn agent(bench: &Bench) -> Result<std::path::PathBuf> {
    let folder = bench.folder.path().join("agent");
    let done = Command::new("mvn")
        .args(["-q", "-B", "dependency:copy", &format!("-Dartifact={AGENT}")])
        .arg(format!("-DoutputDirectory={}", folder.display()))
        .current_dir(bench.folder.path())
        .status()
        .context("start `mvn`")?;
    if !done.success() {
        bail!("mvn could not fetch {AGENT}");
    }
    Ok(folder.join("opentelemetry-javaagent-2.10.0.jar"))
}

impl Bench {
    /// CPU nanoseconds of the process for each request in one fork.
    fn cpu_of_requests(
        &self,
        variant: &Variant,
        agent: Option<&std::path::Path>,
        work: &str,
    ) -> Result<f64> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(&self.java);
        if let Some(agent) = agent {
            command.arg(format!("-javaagent:{}", agent.display()));
            for signal in ["traces", "metrics", "logs"] {
                command.arg(format!("-Dotel.{signal}.exporter=none"));
            }
        }
        self.arrange(&mut command, variant)?;
        command.args(["it.Http", &port.to_string(), work]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Server(child.spawn().context("start java")?);
        let mut line = connect(port)?;
        ask_for(&mut line, WARM_UP)?;
        let before = process::cpu_s(server.0.id())?;
        let count = ask_for(&mut line, MEASURE)?;
        let spent = process::cpu_s(server.0.id())? - before;
        Ok(spent * 1e9 / count)
    }
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn connect(port: u16) -> Result<BufReader<TcpStream>> {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_secs(20)))?;
            return Ok(BufReader::new(stream));
        }
        if Instant::now() > until {
            bail!("the route never listened");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Asks one after the other for this long; gives how many answers there were.
fn ask_for(line: &mut BufReader<TcpStream>, time: Duration) -> Result<f64> {
    let until = Instant::now() + time;
    let mut count = 0.0;
    while Instant::now() < until {
        line.get_mut().write_all(b"GET /ten HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        read_answer(line)?;
        count += 1.0;
    }
    Ok(count)
}

fn read_answer(line: &mut BufReader<TcpStream>) -> Result<()> {
    let mut length = None;
    loop {
        let mut header = String::new();
        if line.read_line(&mut header)? == 0 {
            bail!("the server hung up");
        }
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(text) = header.strip_prefix("content-length:") {
            length = text.trim().parse::<usize>().ok();
        }
    }
    match length {
        Some(length) => line.read_exact(&mut vec![0; length])?,
        None => {
            // Chunked: the last chunk is empty.
            loop {
                let mut size = String::new();
                line.read_line(&mut size)?;
                let size = usize::from_str_radix(size.trim_end(), 16).context("read a chunk")?;
                line.read_exact(&mut vec![0; size + 2])?;
                if size == 0 {
                    break;
                }
            }
        }
    }
    Ok(())
}
