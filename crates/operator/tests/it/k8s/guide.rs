//! The guide, as a newcomer follows it: the lines of its `sh` blocks, by a shell, with the real kubectl, from the folder of the clone.
//!
//! Lines of `midplane` are left out: the operator of a section is started here with the namespaces that the section names, and the
//! definitions and roles are those that the lines would print (`midplane`'s own tests hold that).

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use kube_testkit::cluster::own_cluster;
use operator::kube::Options;
use operator::kube::rights::{Scope, objects};

use super::support::{Operator, Place, start};

const GUIDE: &str = include_str!("../../../../../docs/guides/plugs-and-sockets.md");
const SYSTEM: &str = "midplane-system";

/// The text below a heading, up to the next one.
fn section(heading: &str) -> &'static str {
    let from = GUIDE.find(heading).unwrap_or_else(|| panic!("the guide has no `{heading}`"));
    let rest = &GUIDE[from..];
    let end = rest[3..].find("\n## ").map_or(rest.len(), |end| end + 3);
    &rest[..end]
}

/// Lines for a shell.
fn lines(section: &'static str) -> Vec<&'static str> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in section.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => lines.push(line),
            _ => {}
        }
    }
    assert!(!lines.is_empty(), "no lines in {section}");
    lines.retain(|line| !line.starts_with("midplane"));
    lines
}

/// The namespaces of `midplane operator --namespaces A,B` in a section.
fn namespaces(section: &str) -> Vec<String> {
    let line =
        section.lines().find_map(|line| line.strip_prefix("midplane operator --namespaces "));
    let line = line.unwrap_or_else(|| panic!("no operator is started in {section}"));
    let list = line.split(' ').next().unwrap_or_default();
    list.split(',').map(str::to_owned).collect()
}

struct Newcomer {
    place: Place,
}

impl Newcomer {
    /// Types a line; panics with what it answered when it fails.
    async fn types(&self, line: &str) -> String {
        let server = self.place.cluster.server.clone().expect("a server of ours");
        let programs = server.kubectl().get_program().to_owned();
        let folder = PathBuf::from(programs).parent().expect("a folder").to_owned();
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("PATH='{}':\"$PATH\"; {line}", folder.display())])
            .env("KUBECONFIG", server.kubeconfig())
            .current_dir(root);
        let output = tokio::task::spawn_blocking(move || command.output());
        let output = output.await.expect("a shell").expect("start a shell");
        let (said, wrong) = (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        );
        assert!(output.status.success(), "`{line}`: {said}{wrong}");
        assert!(!wrong.contains("Warning"), "`{line}` warns: {wrong}");
        said
    }

    async fn types_all(&self, lines: &[&str]) -> Vec<String> {
        let mut said = Vec::new();
        for line in lines {
            said.push(self.types(line).await);
        }
        said
    }

    fn operator(&self, section: &str) -> Operator {
        let namespaces = namespaces(section);
        let options = Options { namespace: SYSTEM.to_owned(), namespaces, ..self.place.options() };
        start(self.place.cluster.config.clone(), options)
    }
}

/// `java Apparatus.java`, ended with the test.
struct Apparatus {
    process: Child,
    port: String,
}

impl Apparatus {
    fn start() -> Self {
        let file =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/examples/identity/Apparatus.java");
        let mut process = Command::new("java")
            .args([file, "0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("start java");
        let mut line = String::new();
        let out = process.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("read its address");
        let port = line.trim().rsplit(':').next().expect("a port").to_owned();
        Self { process, port }
    }
}

impl Drop for Apparatus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k8s_the_guide_works_as_it_is_written() {
    let cluster = own_cluster(kube_testkit::Options::default()).await;
    let newcomer = Newcomer { place: Place::of(cluster).await };
    let cluster = &newcomer.place.cluster;
    let install = section("## Install");
    newcomer.types_all(&lines(install)).await;
    for (_, object) in objects(SYSTEM, &Scope::Namespaces(namespaces(install))) {
        cluster.apply(&object).await;
    }

    let operator = newcomer.operator(install);
    let said = newcomer.types_all(&lines(section("## First example"))).await;
    let columns: Vec<&str> =
        said[1].lines().next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(
        columns,
        ["NAMESPACE", "NAME", "SOCKET", "COUPLED", "READY", "REASON", "AGE"],
        "{}",
        said[1]
    );
    assert!(said[5].starts_with("postgres://team_shop_orders:"), "{}", said[5]);
    assert!(said[5].ends_with("@postgres.infra.svc:5432/orders"), "{}", said[5]);
    assert!(said[6].contains("DATABASE_URL") && said[6].contains("orders-postgres"), "{}", said[6]);
    newcomer.types("kubectl delete -f deploy/examples/database/plug.yaml").await;
    assert!(cluster.get("v1", "Secret", "team-shop", "orders-postgres").await.is_none());
    assert!(cluster.get("v1", "Secret", "infra", "database-team-shop-orders").await.is_none());
    operator.stop().await;

    let second = section("## Second example");
    let operator = newcomer.operator(second);
    let apparatus = tokio::task::spawn_blocking(Apparatus::start).await.expect("an apparatus");
    let here = format!("127.0.0.1:{}", apparatus.port);
    let moved: Vec<String> =
        lines(second).iter().map(|line| line.replace("127.0.0.1:3000", &here)).collect();
    let said = newcomer.types_all(&moved.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(said[3], "shop");
    assert!(said[4].contains("/bindings/login"), "{}", said[4]);
    newcomer.types("kubectl delete -f deploy/examples/identity/plug.yaml").await;
    operator.stop().await;

    let third = section("## Third example");
    let operator = newcomer.operator(third);
    let said = newcomer.types_all(&lines(third)).await;
    assert_eq!(said[5], "https://s3.storage.svc");
    newcomer.types("kubectl delete -f deploy/examples/bucket/plug.yaml").await;
    let claim = "objectbucketclaims.objectbucket.io team-shop-photos";
    let left = newcomer.types(&format!("kubectl -n storage get {claim} --ignore-not-found")).await;
    assert_eq!(left, "");
    operator.stop().await;
}
