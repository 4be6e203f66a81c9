//! `cargo xtask generate base-lock`: the locks of the base library and of the resolver.
//!
//! Maven resolves the two poms in `tracer/`; the digest of each jar it found goes into the lock. This is the only thing that
//! needs Maven. Without it the step is left out and says so: a released line's lock does not change any more.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use provision::base_library::CAMEL;
use provision::download::digest_of;
use provision::lock::{Jar, Lock};

use crate::say;

pub(crate) fn run() -> Result<()> {
    if Command::new("mvn").arg("--version").output().is_err() {
        say::step("base-lock", "left out: Maven (`mvn`) is not here");
        return Ok(());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (pom, name) in
        [("base", format!("{CAMEL}.lock.json")), ("resolver", "resolver.lock.json".to_owned())]
    {
        let lock = resolve(&root.join("tracer").join(pom).join("pom.xml"))?;
        let text = pretty(&lock);
        fs::write(root.join("crates/provision/base").join(&name), text)?;
        say::step(
            "base-lock",
            format!("{name}: {} jars, {} MB", lock.jars.len(), lock.bytes() / 1_000_000),
        );
    }
    Ok(())
}

fn resolve(pom: &Path) -> Result<Lock> {
    let work = tempfile::tempdir()?;
    let list = work.path().join("list");
    let output = Command::new("mvn")
        .args(["-B", "-q", "-f"])
        .arg(pom)
        .arg("dependency:list")
        .arg(format!("-DoutputFile={}", list.display()))
        .args(["-DoutputAbsoluteArtifactFilename=true", "-DincludeScope=runtime"])
        .output()?;
    if !output.status.success() {
        bail!("Maven: {}", String::from_utf8_lossy(&output.stdout));
    }
    let text = fs::read_to_string(&list).with_context(|| format!("read `{}`", list.display()))?;
    let jars = text
        .lines()
        .filter_map(|line| read(line.trim()).transpose())
        .collect::<Result<Vec<_>>>()?;
    Ok(Lock::new(CAMEL, jars))
}

/// `g:a:jar[:classifier]:version:scope:/path/to.jar`; other lines are headings.
fn read(line: &str) -> Result<Option<Jar>> {
    let Some((coordinates, path)) = line.split_once(":/") else { return Ok(None) };
    let path = format!("/{}", path.split(" -- ").next().unwrap_or(path));
    let coordinates = match coordinates.split(':').collect::<Vec<_>>()[..] {
        [group, artifact, "jar", version, _] => format!("{group}:{artifact}:{version}"),
        [group, artifact, "jar", classifier, version, _] => {
            format!("{group}:{artifact}:{version}:{classifier}")
        }
        _ => return Ok(None),
    };
    let sha256 = digest_of(Path::new(&path)).with_context(|| format!("read `{path}`"))?;
    Ok(Some(Jar { coordinates, sha256, size: fs::metadata(&path)?.len() }))
}

/// One jar a line, so that a change of the lock can be read as a diff.
fn pretty(lock: &Lock) -> String {
    let jar = |jar: &Jar| {
        let Jar { coordinates, sha256, size } = jar;
        format!(r#"    {{"coordinates": "{coordinates}", "sha256": "{sha256}", "size": {size}}}"#)
    };
    let jars: Vec<_> = lock.jars.iter().map(jar).collect();
    let (format, camel) = (lock.format, &lock.camel);
    format!(
        "{{\n  \"format\": {format},\n  \"camel\": \"{camel}\",\n  \"jars\": [\n{}\n  ]\n}}\n",
        jars.join(",\n")
    )
}
