//! `admin backup|restore|config|audit verify`: for whoever owns the database.
//!
//! These work beside the control plane and need its database, not its API. Without `--database-url` the one of the data folder is meant; when
//! `up` does not run, its PostgreSQL is started for the time of the command.

use std::path::Path;
use std::time::Duration;

use clap::ArgMatches;
use provision::postgres::{
    APPLICATION_ROLE, Account, Cluster, DATABASE, OWNER_ROLE, Purpose, Running, Settings,
};
use serde_json::json;
use store::{Db, Door, Tx, Urls};

use crate::arguments::operate::{AdminVerb, AuditVerb};
use crate::arguments::up::UpSettings;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::table::Table;
use crate::output::{Format, Output};
use crate::up::data::DataFolder;
use crate::up::database::{blocking, failure};
use crate::up::lock::{self, Lock};
use crate::up::plan::{Plan, resolve};

pub async fn run(
    verb: AdminVerb,
    matches: &ArgMatches,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    match verb {
        AdminVerb::Config { output: format, settings } => {
            config(&resolve(&settings, matches, environment)?, format, output)
        }
        AdminVerb::Backup { file, settings, database_url } => {
            if file.exists() {
                return Err(Failure::new(
                    "MP-CLI-50",
                    Exit::Conflict,
                    format!("`{}` exists already", file.display()),
                )
                .next("name a file that does not; a backup never overwrites one"));
            }
            let database =
                open(&settings, database_url, Missing::IsRefused, matches, environment).await?;
            let outcome = backup(&database.urls, &file, output).await;
            database.close().await;
            outcome
        }
        AdminVerb::Restore { file, settings, database_url } => {
            if !file.exists() {
                let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
                return Err(Failure::file("read the backup", &file, &missing));
            }
            // Held to the end: no `up` starts on a folder that is half restored.
            let into = if database_url.is_none() {
                let data = resolve(&settings, matches, environment)?.data();
                let lock = prepare(&data, environment)?;
                Some((data, lock))
            } else {
                None
            };
            let database =
                open(&settings, database_url, Missing::IsMade, matches, environment).await?;
            let into = into.as_ref().map(|(data, _)| data);
            let outcome = restore(&database.urls, &file, into, output).await;
            database.close().await;
            outcome
        }
        AdminVerb::Audit(AuditVerb::Verify { settings, database_url }) => {
            let database =
                open(&settings, database_url, Missing::IsRefused, matches, environment).await?;
            let outcome = verify(&database.urls, output).await;
            database.close().await;
            outcome
        }
    }
}

fn config(plan: &Plan, format: Format, output: &Output) -> Outcome<Exit> {
    let optional = |setting: &Option<crate::settings::Setting<String>>, absent: &str| match setting
    {
        Some(setting) => (setting.value.clone(), setting.origin.to_string()),
        None => (absent.to_owned(), "default".to_owned()),
    };
    let known = |setting: &crate::settings::Setting<String>| {
        (setting.value.clone(), setting.origin.to_string())
    };
    let all = [
        ("data", known(&plan.data)),
        ("cache", known(&plan.cache)),
        ("http", known(&plan.http)),
        ("link", known(&plan.link)),
        ("ports", known(&plan.ports)),
        ("java", optional(&plan.java, "the lowest of 17 to 25 found")),
        (
            "maven-mirrors",
            optional(&plan.maven_mirrors, "those of ~/.m2/settings.xml, else Maven Central"),
        ),
        ("allow-private-host", optional(&plan.allow_private_host, "none")),
        ("log", known(&plan.log)),
    ];
    let machine = || {
        json!(
            all.iter()
                .map(|(key, (value, origin))| json!({"key": key, "value": value, "from": origin}))
                .collect::<Vec<_>>()
        )
    };
    match format {
        Format::Json => output.json(&machine())?,
        Format::Yaml => output.yaml(&machine())?,
        Format::Table => {
            let mut table = Table::new(&["KEY", "VALUE", "FROM"]);
            for (key, (value, origin)) in &all {
                table.row(vec![(*key).into(), value.clone().into(), origin.clone().into()]);
            }
            output.write(&table.render(output, ""))?;
        }
    }
    Ok(Exit::Done)
}

/// A database to work on, and the server to end afterwards when it was started for this.
struct Opened {
    urls: Urls,
    started: Option<Running>,
}

impl Opened {
    async fn close(self) {
        if let Some(mut running) = self.started {
            let _ = blocking(move || running.stop(Duration::from_secs(20))).await;
        }
    }
}

/// What a folder without a database means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    IsRefused,
    /// A restore makes it.
    IsMade,
}

async fn open(
    settings: &UpSettings,
    url: Option<String>,
    missing: Missing,
    matches: &ArgMatches,
    environment: &Environment,
) -> Outcome<Opened> {
    if let Some(url) = url {
        let urls =
            Urls::parse(&url, &url).map_err(|err| broken("read the database's address", &err))?;
        return Ok(Opened { urls, started: None });
    }
    let plan = resolve(settings, matches, environment)?;
    let data = plan.data();
    if missing == Missing::IsRefused && !data.postgres().join("cluster").exists() {
        return Err(Failure::new(
            "MP-CLI-51",
            Exit::NotFound,
            format!("`{}` holds no database of `midplane up`", data.root().display()),
        )
        .next("name its folder with --data, or a database with --database-url"));
    }
    let transcript = std::sync::Arc::new(crate::up::quiet(environment));
    let binaries =
        crate::up::parts::postgresql(&plan, environment, &data.postgres(), &transcript, true)
            .await?;
    let settings = Settings {
        folder: data.postgres(),
        log: data.log("postgres"),
        purpose: Purpose::Control,
        short: Some(
            crate::environment::variable("XDG_RUNTIME_DIR")
                .unwrap_or_else(|| "/tmp".to_owned())
                .into(),
        ),
    };
    let running = data.running().is_some();
    let started = blocking(move || {
        let account = Account::for_database()?;
        let cluster = Cluster::prepare(&binaries, &account, &settings)?;
        let server = cluster.start(Duration::from_mins(1))?;
        let address = cluster.address();
        Ok((
            address.url(OWNER_ROLE, DATABASE, None),
            address.url(APPLICATION_ROLE, DATABASE, None),
            server,
        ))
    })
    .await?;
    let (owner, application, server) = started.map_err(|err| failure(&err))?;
    let urls = Urls::parse(&owner, &application)
        .map_err(|err| broken("read the database's address", &err))?;
    let ours = !running && !server.is_adopted();
    Ok(Opened { urls, started: ours.then_some(server) })
}

fn broken(doing: &str, err: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new("MP-CLI-52", Exit::Internal, format!("could not {doing}"))
        .because(err)
        .next("run `midplane doctor`")
}

async fn backup(urls: &Urls, file: &Path, output: &Output) -> Outcome<Exit> {
    let rows =
        store::backup::write(urls, file).await.map_err(|err| broken("write the backup", &err))?;
    let size = file.metadata().map_or(0, |meta| meta.len());
    output.line(&format!(
        "{rows} rows, {} in {}",
        crate::output::time::bytes(size),
        file.display()
    ))?;
    output.line(
        "keys are not in it: keep the folders `server` and `runner` of the data folder too",
    )?;
    Ok(Exit::Done)
}

/// Makes a data folder that an `up` could have made; the database in it comes later.
fn prepare(data: &DataFolder, environment: &Environment) -> Outcome<Lock> {
    crate::files::folder(data.root(), if environment.root { 0o711 } else { 0o700 })?;
    data.check_format()?;
    let lock = lock::take(data)?;
    data.prepare(environment)?;
    Ok(lock)
}

async fn restore(
    urls: &Urls,
    file: &Path,
    into: Option<&DataFolder>,
    output: &Output,
) -> Outcome<Exit> {
    use store::backup::Error;
    let rows = store::backup::read(urls, file).await.map_err(|err| {
        let next = match &err {
            Error::NotEmpty | Error::MigratedBeyond { .. } => {
                "restore into a new folder: midplane admin restore FILE --data DIR"
            }
            Error::NewerFormat { .. } => "use the newer Midplane that wrote it",
            Error::File { .. } | Error::NotABackup { .. } | Error::Damaged { .. } => {
                "take another backup; nothing was changed"
            }
            Error::Store(_) => "run `midplane doctor`",
        };
        Failure::new(err.code(), Exit::Conflict, "the backup was not restored")
            .because(&err)
            .next(next)
    })?;
    output.line(&format!("{rows} rows restored"))?;
    let Some(data) = into else { return Ok(Exit::Done) };
    let root = data.root().display();
    if !data.server().join("kek").exists() {
        output.line(&format!(
            "put the folders `server` and `runner` of the folder that was backed up into {root}: keys are not in a backup"
        ))?;
    }
    output.line(&format!("then: midplane up --data {root}"))?;
    Ok(Exit::Done)
}

/// Entries read at a time: a transaction's token lasts a minute.
const PAGE: u32 = 5_000;

async fn verify(urls: &Urls, output: &Output) -> Outcome<Exit> {
    let wrong = |err: store::Error| broken("read the audit trail", &err);
    let db = Db::open(urls).await.map_err(wrong)?;
    let mut door = Door::begin(&db).await.map_err(wrong)?;
    let organizations = store::organization::list_ids(&mut door).await.map_err(wrong)?;
    door.commit().await.map_err(wrong)?;
    let (mut entries_seen, mut faults) = (0, 0);
    for organization in organizations {
        let mut entries: Vec<store::audit::Entry> = Vec::new();
        // The head first: what is appended meanwhile must not look inserted.
        let mut tx = Tx::system(&db, organization).await.map_err(wrong)?;
        let head = store::audit::head(&mut tx).await.map_err(wrong)?;
        tx.commit().await.map_err(wrong)?;
        loop {
            let mut tx = Tx::system(&db, organization).await.map_err(wrong)?;
            let after = entries.last().map_or(0, |entry| entry.seq);
            let page = store::audit::list_after(&mut tx, after, PAGE).await.map_err(wrong)?;
            tx.commit().await.map_err(wrong)?;
            if page.is_empty() {
                break;
            }
            entries.extend(page);
        }
        let Some(head) = head else { continue };
        entries.retain(|entry| entry.seq <= head.seq);
        entries_seen += entries.len();
        for finding in store::audit::verify(&entries, &head) {
            faults += 1;
            output.line(&format!("organization {organization}: {}", words(finding)))?;
        }
    }
    db.close().await;
    if faults == 0 {
        output.line(&format!("the audit trail is whole: {entries_seen} entries"))?;
        return Ok(Exit::Done);
    }
    Ok(Exit::Fault)
}

fn words(finding: store::audit::Finding) -> String {
    use store::audit::Finding;
    match finding {
        Finding::Changed { seq } => format!("entry {seq} was changed"),
        Finding::Deleted { seq } => format!("entry {seq} was deleted"),
        Finding::Inserted { seq } => format!("entry {seq} was inserted"),
        Finding::Reordered { seq } => format!("entry {seq} was moved"),
    }
}
