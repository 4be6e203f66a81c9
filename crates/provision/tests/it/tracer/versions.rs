//! Applications that we did not start: other lines of Camel, other Javas, Spring Boot and Quarkus.
//!
//! The projects of `tracer/it` are built by Maven once and kept in the cache under the digest of what they are made of, so only
//! the first run of a machine is slow. All of them have the same routes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use sha2::{Digest, Sha256};
use telemetry::frame::Settings;

use super::peer::Peer;
use crate::camel::workload::kit;

const TICK: &str = "handled tick(setBody#1 split#1(0:to#1(sub(log#1)) 1:to#1(sub(log#1))) to#2 throwException#1! log#1)";
const LATER: &str = "completed later(log#1)";

#[test]
fn camel_4_14_is_traced_on_every_java_here() {
    let project = build("main", &[]);
    let jars = fs::read_to_string(project.join("target/class-path")).unwrap();
    let class_path = [
        project.join("target/classes").display().to_string(),
        jars.trim().to_owned(),
        tracer().display().to_string(),
    ]
    .join(":");
    for java in javas() {
        let heard = run(&java, &["-cp", &class_path, "it.Application"]);
        assert_eq!((heard.camel.as_str(), heard.runtime.as_str()), ("4.14.0", "main"));
    }
}

#[test]
fn camel_spring_boot_is_traced_however_it_is_packed() {
    let project = build("spring-boot", &[]);
    let fat = project.join("target/spring-boot-1.jar");
    let work = tempfile::tempdir().unwrap();
    let java = kit().java.java();
    let tracer = tracer();
    let fat_text = fat.display().to_string();

    let exploded = work.path().join("exploded");
    zip::ZipArchive::new(fs::File::open(&fat).unwrap()).unwrap().extract(&exploded).unwrap();
    let libraries = exploded.join("BOOT-INF/lib/*").display().to_string();
    let classes = exploded.join("BOOT-INF/classes").display().to_string();
    let by_hand = format!("{classes}:{libraries}:{}", tracer.display());

    let extracted = work.path().join("extracted");
    let done = Command::new(&java)
        .args(["-Djarmode=tools", "-jar", &fat_text, "extract", "--destination"])
        .arg(&extracted)
        .output()
        .unwrap();
    assert!(done.status.success());
    let by_tool = format!("{}:{}", extracted.join("spring-boot-1.jar").display(), tracer.display());

    let plug = work.path().join("plug");
    fs::create_dir(&plug).unwrap();
    fs::copy(tracer, plug.join("tracer.jar")).unwrap();
    let path = format!("-Dloader.path={}", plug.display());

    let appended = work.path().join("appended.jar");
    fs::copy(&fat, &appended).unwrap();
    append(&appended, tracer);

    let stays = "-Dcamel.main.run-controller=true";
    let launcher = "org.springframework.boot.loader.launch.PropertiesLauncher";
    for arguments in [
        &[stays, "-cp", &by_hand, "it.Application"][..],
        &[stays, "-cp", &by_tool, "it.Application"],
        &[stays, &path, "-cp", &fat_text, launcher],
        &[stays, "-jar", &appended.display().to_string()],
    ] {
        let heard = run(&java, arguments);
        assert_eq!((heard.camel.as_str(), heard.runtime.as_str()), ("4.18.0", "spring-boot"));
    }
}

#[test]
fn camel_quarkus_is_traced_when_it_was_built_with_the_tracer() {
    let project = build("quarkus", &[tracer()]);
    let jar = project.join("target/quarkus-app/quarkus-run.jar").display().to_string();
    let heard = run(&kit().java.java(), &["-jar", &jar]);
    assert_eq!((heard.camel.as_str(), heard.runtime.as_str()), ("4.14.0", "quarkus"));
}

fn tracer() -> &'static Path {
    &kit().jars.tracer
}

/// The Java of the tests, and a newer one where the machine has it.
fn javas() -> Vec<PathBuf> {
    let newer = fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten();
    let newer = newer
        .filter(|entry| entry.file_name().to_string_lossy().contains("25"))
        .map(|entry| entry.path().join("bin/java"))
        .find(|java| java.is_file());
    [Some(kit().java.java()), newer].into_iter().flatten().collect()
}

struct Facts {
    camel: String,
    runtime: String,
}

/// Starts it, hears both messages, ends it.
fn run(java: &Path, arguments: &[&str]) -> Facts {
    let folder = tempfile::tempdir().unwrap();
    let peer = Peer::listen(folder.path(), Settings::default());
    let output = fs::File::create(folder.path().join("output")).unwrap();
    let child = Command::new(java)
        .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"])
        .args(arguments)
        .env("MIDPLANE_TRACER", peer.address())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .unwrap();
    let application = Application(child);
    peer.wait("two messages", |heard| heard.messages.len() >= 2);
    drop(application);
    peer.with(|heard| {
        for (route, line) in [("tick", TICK), ("later", LATER)] {
            assert_eq!(heard.line(heard.of_route(route)[0]), line);
        }
        let facts = &heard.hello.as_ref().unwrap().facts;
        Facts { camel: facts["camel"].clone(), runtime: facts["runtime"].clone() }
    })
}

struct Application(Child);

impl Drop for Application {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The built project, from the cache or by Maven. Jars of `ours` are what it depends on, installed beside it.
fn build(name: &str, ours: &[&Path]) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tracer/it").join(name);
    let mut hash = Sha256::new();
    let mut files = Vec::new();
    collect(&source, &mut files);
    files.sort();
    for file in &files {
        hash.update(file.strip_prefix(&source).unwrap().to_string_lossy().as_bytes());
        hash.update(fs::read(file).unwrap());
    }
    for jar in ours {
        hash.update(fs::read(jar).unwrap());
    }
    let cache = kit().fetcher.cache.join("it");
    fs::create_dir_all(&cache).unwrap();
    let key = format!("{name}-{}", hex::encode(&hash.finalize()[..8]));
    let project = cache.join(&key);
    let lock = fs::File::create(cache.join(format!("{key}.lock"))).unwrap();
    lock.lock().unwrap();
    if project.join("built").is_file() {
        return project;
    }
    let _ = fs::remove_dir_all(&project);
    for file in &files {
        let to = project.join(file.strip_prefix(&source).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(file, to).unwrap();
    }
    for jar in ours {
        let jar = format!("-Dfile={}", jar.display());
        let of = ["-DgroupId=io.midplane", "-DartifactId=tracer", "-Dversion=1", "-Dpackaging=jar"];
        maven(&project, &[&["install:install-file", &jar][..], &of].concat());
    }
    let list = format!("-Dmdep.outputFile={}", project.join("target/class-path").display());
    match name {
        "main" => maven(&project, &["compile", "dependency:build-classpath", &list]),
        _ => maven(&project, &["package"]),
    }
    fs::write(project.join("built"), "").unwrap();
    project
}

fn maven(project: &Path, arguments: &[&str]) {
    let output =
        Command::new("mvn").args(["-q", "-B"]).args(arguments).current_dir(project).output();
    let output = output.unwrap_or_else(|err| unreachable!("these tests need Maven (`mvn`): {err}"));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "mvn {arguments:?} in {}: {text}", project.display());
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name == "target") {
            continue;
        }
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// As a layer of an image would add it: stored, in the folder that Boot's launcher reads.
fn append(archive: &Path, jar: &Path) {
    let file = fs::File::options().read(true).write(true).open(archive).unwrap();
    let mut zip = zip::ZipWriter::new_append(file).unwrap();
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("BOOT-INF/lib/tracer.jar", stored).unwrap();
    std::io::Write::write_all(&mut zip, &fs::read(jar).unwrap()).unwrap();
    zip.finish().unwrap();
}
