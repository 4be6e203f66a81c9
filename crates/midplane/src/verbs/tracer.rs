//! `tracer jar`: the tracer for an application that we do not start, on standard output.
//!
//! It is the jar that managed workloads have: compiled on this machine against the base library, which is fetched when it is not in
//! the cache. Nothing is traced by the jar alone; the application also needs the address of a runner.

use std::io::Write as _;
use std::path::PathBuf;

use provision::maven::Fetcher;
use provision::{base_library, java, launcher, maven};

use crate::arguments::operate::TracerVerb;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::up::database::blocking;
use crate::up::parts::{java_search, network};
use crate::up::plan::mirrors;

pub async fn run(verb: TracerVerb, environment: &Environment) -> Outcome<Exit> {
    let TracerVerb::Jar { cache, java, maven_mirrors } = verb;
    if crate::environment::stdout_is_terminal() {
        return Err(Failure::new("MP-CLI-46", Exit::Usage, "a jar is nothing for a terminal")
            .next("name a file: midplane tracer jar > tracer.jar"));
    }
    let search =
        java_search(java.as_ref().map(|path| path.display().to_string()).as_deref(), environment);
    let fetcher = Fetcher {
        cache: cache.unwrap_or_else(|| environment.cache_home()),
        m2_home: environment.home.as_ref().map(|home| home.join(".m2")),
        mirrors: mirrors(maven_mirrors.as_deref()),
        network: network(),
    };
    let jar = blocking(move || make(&search, &fetcher)).await??;
    let bytes = std::fs::read(&jar).map_err(|err| Failure::file("read the jar", &jar, &err))?;
    let mut out = std::io::stdout().lock();
    out.write_all(&bytes)
        .and_then(|()| out.flush())
        .map_err(|err| Failure::internal("write the jar", &err))?;
    Ok(Exit::Done)
}

fn make(search: &java::JavaSearch, fetcher: &Fetcher) -> Outcome<PathBuf> {
    let java = java::find(search).map_err(|err| {
        Failure::new(err.code(), Exit::Internal, err.to_string())
            .next("install it, or name one: midplane tracer jar --java PATH")
    })?;
    let base = maven::fetch_all(&base_library::lock().jars, fetcher, &|_| {}).map_err(|err| {
        Failure::new(err.code(), Exit::Unreachable, "Camel's base library could not be fetched")
            .because(&err)
            .next("check the network, HTTPS_PROXY and ~/.m2/settings.xml, then try again: what was fetched is kept")
    })?;
    launcher::tracer(&java, &fetcher.cache, &base).map_err(|err| {
        Failure::new(err.code(), Exit::Internal, "the tracer could not be compiled").because(&err)
    })
}
