//! `get KIND [NAME]`: a table of one kind of thing; with `--watch`, a row more at each change (an object on a line, a document).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::arguments::client::{GetArguments, Kind};
use crate::client::Client;
use crate::client::select::{DEPLOYMENT, RUNTIME, WORKLOAD, label, name_of, noun};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::table::{Cell, Table};
use crate::output::time::ago;
use crate::output::{Format, Output};

pub async fn run(
    arguments: GetArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    let kind = arguments.kind;
    // The watch starts before the list is read, so that no change falls between the two.
    let watch = if arguments.watch { Some(subscribe(&client, kind).await?) } else { None };
    let mut items = if kind == Kind::Integration {
        client.workloads().await?
    } else {
        client.list(kind).await?
    };
    if let Some(name) = &arguments.name {
        if kind == Kind::Integration {
            items.retain(|item| item["integration"] == **name);
        } else {
            items.retain(|item| {
                label(item) == name
                    || item["id"].as_str().is_some_and(|id| id.starts_with(name.as_str()))
            });
        }
        if items.is_empty() {
            return Err(Failure::new(
                "MP-CLI-20",
                Exit::NotFound,
                format!("there is no {} `{name}`", noun(kind)),
            )
            .next(format!("`midplane get {}s` lists them", noun(kind))));
        }
    }
    let Some(mut watch) = watch else {
        print(output, kind, &items, arguments.output)?;
        return Ok(Exit::Done);
    };
    let mut printed = Watched::new(kind, arguments.output);
    // This subscription begins with all of them.
    if kind != Kind::Runtime {
        printed.begin(output, &items)?;
    }
    let (_, field) = subscription(kind);
    while let Some(mut data) = watch.next().await? {
        let item = data[field].take();
        let shown = if kind == Kind::Integration {
            item["integration"].as_str().unwrap_or_default()
        } else {
            label(&item)
        };
        let is = |name: &str| {
            name == shown || item["id"].as_str().is_some_and(|id| id.starts_with(name))
        };
        let here = client.environment.as_deref();
        let elsewhere = kind == Kind::Integration
            && here.is_some_and(|wanted| name_of(&item["environment"]) != wanted);
        if !elsewhere && arguments.name.as_deref().is_none_or(is) {
            printed.more(output, &item)?;
        }
    }
    Ok(Exit::Done)
}

/// Rows that the widths of columns are taken from; a screen or two.
const REMEMBERED: usize = 100;

/// What a watch prints: a table that grows by a row at each change, or one object after the other.
struct Watched {
    kind: Kind,
    format: Format,
    table: Option<Table>,
    /// By id, what was printed last.
    known: BTreeMap<String, Value>,
}

/// An item without what grows with time by itself; two that are equal so are not worth two rows.
pub fn still(item: &Value) -> Value {
    let mut item = item.clone();
    for key in ["lastSeenAt", "memoryBytes"] {
        if let Some(fields) = item.as_object_mut() {
            fields.remove(key);
        }
    }
    item
}

impl Watched {
    fn new(kind: Kind, format: Format) -> Self {
        Self { kind, format, table: None, known: BTreeMap::new() }
    }

    fn begin(&mut self, output: &Output, items: &[Value]) -> Outcome {
        for item in items {
            self.is_new(item);
        }
        if self.format == Format::Table {
            let table = table(self.kind, items, crate::environment::now());
            output.write(&table.render(output, ""))?;
            self.table = Some(table);
            return Ok(());
        }
        items.iter().try_for_each(|item| self.write(output, item))
    }

    fn is_new(&mut self, item: &Value) -> bool {
        let id = item["id"].as_str().unwrap_or_default().to_owned();
        let now = still(item);
        self.known.insert(id, now.clone()).is_none_or(|before| before != now)
    }

    fn more(&mut self, output: &Output, item: &Value) -> Outcome {
        if self.is_new(item) { self.write(output, item) } else { Ok(()) }
    }

    fn write(&mut self, output: &Output, item: &Value) -> Outcome {
        let items = std::slice::from_ref(item);
        match (self.format, &mut self.table) {
            (Format::Json, _) => output.json_line(item),
            (Format::Yaml, _) => output.line("---").and_then(|()| output.yaml(item)),
            (Format::Table, Some(known)) => {
                known.append(table(self.kind, items, crate::environment::now()));
                known.keep(REMEMBERED);
                output.write(&known.render_last(output))
            }
            (Format::Table, None) => self.begin(output, items),
        }
    }
}

fn subscription(kind: Kind) -> (String, &'static str) {
    match kind {
        Kind::Deployment => (
            format!(
                "subscription($environment: String) {{ deployments(environment: $environment) {{ {DEPLOYMENT} }} }}"
            ),
            "deployments",
        ),
        Kind::Runtime => (format!("subscription {{ runtimes {{ {RUNTIME} }} }}"), "runtimes"),
        _ => (format!("subscription {{ workloads {{ {WORKLOAD} }} }}"), "workloads"),
    }
}

pub async fn subscribe(
    client: &Client,
    kind: Kind,
) -> Outcome<crate::client::subscription::Subscription> {
    if !matches!(kind, Kind::Deployment | Kind::Runtime | Kind::Integration) {
        return Err(Failure::new(
            "MP-CLI-22",
            Exit::Usage,
            format!("a {} cannot be watched", noun(kind)),
        )
        .next("integrations, deployments and runtimes can"));
    }
    let (query, _) = subscription(kind);
    let variables = if kind == Kind::Deployment {
        json!({"environment": client.environment})
    } else {
        json!({})
    };
    client.subscribe(&query, variables).await
}

fn print(output: &Output, kind: Kind, items: &[Value], format: Format) -> Outcome {
    match format {
        Format::Json => output.json(&json!(items)),
        Format::Yaml => output.yaml(&json!(items)),
        Format::Table if items.is_empty() => {
            output.remark(&format!("no {}s", noun(kind)));
            Ok(())
        }
        Format::Table => {
            output.write(&table(kind, items, crate::environment::now()).render(output, ""))
        }
    }
}

fn table(kind: Kind, items: &[Value], now: Timestamp) -> Table {
    let text = |value: &Value| -> Cell { Cell::from(plain(value)) };
    let since = |value: &Value| -> Cell { Cell::from(ago(value.as_str(), now)) };
    let titles: &[&str] = match kind {
        Kind::Integration => {
            &["NAME", "ENVIRONMENT", "STATE", "RELEASE", "URL", "RESTARTS", "REASON"]
        }
        Kind::Release => &["RELEASE", "INTEGRATION", "STATE", "COMMIT", "AUTHOR", "AGE", "SUBJECT"],
        Kind::Deployment => {
            &["ID", "INTEGRATION", "ENVIRONMENT", "PHASE", "RELEASE", "AGE", "REASON"]
        }
        Kind::Environment => &["NAME", "RUNTIME", "BRANCH", "RANK", "REVISION"],
        Kind::Runtime => &["NAME", "STATE", "PURPOSE", "SEEN", "VERSION"],
        Kind::Project => &["NAME"],
        Kind::Source => &["NAME", "PROJECT", "BRANCH", "COMMIT", "STATE", "CHECKED", "URL"],
        Kind::Token => &["NAME", "KIND", "CREATED", "LAST USED", "EXPIRES"],
    };
    let mut table = Table::new(titles);
    for item in items {
        table.row(match kind {
            Kind::Integration => vec![
                text(&item["integration"]),
                text(&item["environment"]),
                Cell::state(&plain(&item["state"])),
                text(&item["release"]),
                text(&item["url"]),
                text(&item["restarts"]),
                text(&item["reason"]),
            ],
            Kind::Release => vec![
                text(&item["short"]),
                text(&item["integration"]),
                Cell::state(&plain(&item["state"])),
                Cell::from(short(&item["commit"])),
                text(&item["author"]),
                since(&item["committedAt"]),
                text(&item["subject"]),
            ],
            Kind::Deployment => vec![
                Cell::from(item["id"].as_str().unwrap_or_default()),
                text(&item["integration"]),
                text(&item["environment"]),
                Cell::state(&plain(&item["phase"])),
                text(&item["release"]),
                since(&item["createdAt"]),
                text(&item["reason"]),
            ],
            Kind::Environment => vec![
                text(&item["name"]),
                text(&item["runtime"]),
                text(&item["branch"]),
                text(&item["rank"]),
                text(&item["revision"]),
            ],
            Kind::Runtime => vec![
                text(&item["name"]),
                Cell::state(&plain(&item["state"])),
                text(&item["purposes"]),
                since(&item["lastSeenAt"]),
                text(&item["version"]),
            ],
            Kind::Project => vec![text(&item["name"])],
            Kind::Source => vec![
                text(&item["name"]),
                text(&item["project"]),
                text(&item["branch"]),
                Cell::from(short(&item["commit"])),
                Cell::state(&plain(&item["state"])),
                since(&item["checkedAt"]),
                text(&item["url"]),
            ],
            Kind::Token => vec![
                text(&item["name"]),
                text(&item["kind"]),
                since(&item["createdAt"]),
                since(&item["lastUsedAt"]),
                text(&item["expiresAt"]),
            ],
        });
    }
    table
}

/// A value as a cell shows it.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => name_of(other).lines().next().unwrap_or_default().to_owned(),
    }
}

/// A commit as people write it: seven digits.
pub fn short(commit: &Value) -> String {
    commit.as_str().map(|text| text.get(..7).unwrap_or(text).to_owned()).unwrap_or_default()
}
