//! A spool on a disk that is full, for real: a file system of half a MiB in a mount namespace of its own.
//!
//! The test starts itself again there. Where no such namespace can be had, files may not grow beyond a limit of the kernel instead,
//! which the same writes run into.

use std::process::{Command, Stdio};

use super::*;

const INSIDE: &str = "MIDPLANE_TEST_SMALL_DISK";
const NAME: &str = "tracer::tests::disk::a_full_disk_costs_messages_that_are_counted_and_no_report";

/// Whether the shell line can be run in a namespace, as root or as one who maps himself to it.
fn namespaced(line: &str) -> Option<Command> {
    let flags = ["-m", "-Urm"].into_iter().find(|flags| {
        let mut tried = Command::new("unshare");
        tried.args([flags, "sh", "-c", "mount -t tmpfs none /mnt"]).stderr(Stdio::null());
        tried.status().is_ok_and(|status| status.success())
    })?;
    let mut command = Command::new("unshare");
    command.args([flags, "sh", "-c", line]);
    Some(command)
}

#[test]
fn a_full_disk_costs_messages_that_are_counted_and_no_report() {
    if std::env::var_os(INSIDE).is_some() {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(on_a_small_disk());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();
    let again = format!("exec '{}' --exact {NAME} --nocapture", this.display());
    let mounted = format!("mount -t tmpfs -o size=512k none '{}' && {again}", dir.path().display());
    let mut command = namespaced(&mounted).unwrap_or_else(|| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("trap '' XFSZ; ulimit -f 512; {again}")]);
        command
    });
    let output = command.env(INSIDE, dir.path()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&text));
}

async fn on_a_small_disk() {
    let place = std::env::var_os(INSIDE).unwrap();
    let world = World::on(tempfile::tempdir_in(place).unwrap());
    let variable = world.variable(1);
    let mut tracer = Tracer::dial(&variable).await;
    tracer.greet(3).await;
    for _ in 0..4 {
        tracer.messages(500).await;
    }
    tracer.report().await;
    // Nobody takes what is there, and somebody else takes what is free.
    let filler = world.dir.path().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while std::io::Write::write(&mut file, &[0; 4096]).is_ok_and(|count| count > 0) {}
    let began = Instant::now();
    while Tracers::condition(Some(&world.tracers)).ok {
        assert!(began.elapsed() < Duration::from_secs(60), "nobody says that the disk is full");
        tracer.messages(500).await;
        tracer.report().await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for _ in 0..40 {
        tracer.messages(500).await;
        tracer.report().await;
    }
    // A runner that is killed in between counts no less and nothing twice.
    let said = tracer.said;
    let mut world = World::on(world.killed().await);
    drop(tracer);
    let mut tracer = Tracer::dial(&variable).await;
    tracer.said = said;
    tracer.greet(3).await;
    for _ in 0..20 {
        tracer.messages(500).await;
    }
    drop(file);
    std::fs::remove_file(world.dir.path().join("filler")).unwrap();
    tracer.messages(500).await;
    tracer.report().await;
    let total = tracer.said;
    let whole = |ledger: &Ledger, _: &[Batch]| {
        ledger.entry(Kind::Message).produced == total && ledger.check(Kind::Message, 0).is_ok()
    };
    let batches = world.shipped(whole).await;
    let entry = balanced(&batches).entry(Kind::Message);
    assert!(entry.dropped > 0 && entry.stored > 0, "{entry:?}");
    let began = Instant::now();
    while !Tracers::condition(Some(&world.tracers)).ok {
        assert!(began.elapsed() < Duration::from_secs(60), "the trouble does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
