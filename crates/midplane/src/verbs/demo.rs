//! `demo pause|resume|reset`: the tea shop of `up`, through the API like any project.

use crate::arguments::client::{ClientArguments, DemoVerb};
use crate::client::Client;
use crate::demo::repository;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::up::data::DataFolder;
use crate::verbs::operate::{Action, act};

pub async fn run(verb: DemoVerb, environment: &Environment, output: &Output) -> Outcome<Exit> {
    match verb {
        DemoVerb::Pause { client } => all(Action::Stop, &client, environment, output).await,
        DemoVerb::Resume { client } => all(Action::Start, &client, environment, output).await,
        DemoVerb::Reset { yes, client } => reset(yes, &client, environment, output).await,
    }
}

fn connect(arguments: &ClientArguments, environment: &Environment) -> Outcome<Client> {
    let mut client = Client::of(arguments, environment)?;
    client.project = Some(crate::demo::PROJECT.to_owned());
    client.environment = Some(crate::demo::ENVIRONMENT.to_owned());
    Ok(client)
}

async fn all(
    action: Action,
    arguments: &ClientArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = connect(arguments, environment)?;
    for workload in &client.workloads().await? {
        act(&client, action, workload).await?;
        let done = if action == Action::Stop { "stops" } else { "starts" };
        output.line(&format!("{} {done}", workload["integration"].as_str().unwrap_or_default()))?;
    }
    Ok(Exit::Done)
}

/// What the tea shop wrote goes too; its routes go on and begin anew.
async fn empty_tables(data: &DataFolder) -> Outcome {
    let read = |name: &str| {
        let path = data.demo_postgres().join(name);
        std::fs::read_to_string(&path)
            .map(|text| text.trim().to_owned())
            .map_err(|err| Failure::file("read", &path, &err))
    };
    let (port, password) = (read("port")?, read("password")?);
    let name = crate::demo::DATABASE;
    let url = format!("postgres://{name}:{password}@127.0.0.1:{port}/{name}");
    store::foreign::empty_tables(&url).await.map_err(|err| {
        Failure::new("MP-CLI-29", Exit::Conflict, "the tea shop's tables could not be emptied")
            .because(&err)
            .next("its branches are reset already; run `midplane up` and try again")
    })?;
    Ok(())
}

async fn reset(
    yes: bool,
    arguments: &ClientArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let path = crate::context::file(&environment.config_home());
    let contexts = crate::context::Contexts::load(&path)?;
    let name = arguments.context.clone().or_else(|| contexts.current.clone()).unwrap_or_default();
    let data = contexts.named.get(&name).and_then(|context| context.data.clone());
    let Some(data) = data.map(DataFolder::at).filter(|data| data.demo_repository().exists()) else {
        return Err(Failure::new(
            "MP-CLI-28",
            Exit::NotFound,
            "there is no demo of `up` in this context",
        )
        .next("run `midplane up` on this machine, and use its context"));
    };
    let question = format!(
        "every branch of {} goes back to its first state, and the tea shop's tables are emptied. Reset?",
        data.demo_repository().display()
    );
    crate::verbs::runtime::confirm(&question, yes)?;
    repository::fill(&data.demo_repository())?;
    let client = connect(arguments, environment)?;
    client
        .request(
            "mutation($name: String) { syncSource(name: $name) { commit } }",
            serde_json::json!({"name": crate::demo::SOURCE}),
        )
        .await?;
    empty_tables(&data).await?;
    output.line("the demo is back at its first commit; clones need: git fetch && git reset --hard origin/main")?;
    Ok(Exit::Done)
}
