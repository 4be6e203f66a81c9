//! `route stop|start|suspend|resume INTEGRATION/ROUTE`: one mutation, and what Camel says the route is now.

use serde_json::json;

use super::get::plain;
use crate::arguments::route::{RouteArguments, RouteVerb};
use crate::client::Client;
use crate::client::select::name_of;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Output};

pub async fn run(verb: RouteVerb, environment: &Environment, output: &Output) -> Outcome<Exit> {
    let (action, arguments) = match verb {
        RouteVerb::Stop(arguments) => ("STOP", arguments),
        RouteVerb::Start(arguments) => ("START", arguments),
        RouteVerb::Suspend(arguments) => ("SUSPEND", arguments),
        RouteVerb::Resume(arguments) => ("RESUME", arguments),
    };
    let RouteArguments { target, output: format, client } = arguments;
    let (integration, route) = split(&target)?;
    let client = Client::of(&client, environment)?;
    let workload = client.workload(integration).await?;
    let query = "mutation($integration: String!, $project: String, $environment: String, $route: String!, $action: RouteAction!) { \
                 holdRoute(integration: $integration, project: $project, environment: $environment, route: $route, action: $action) \
                 { hold { route state by at } now } }";
    let variables = json!({
        "integration": workload["integration"], "project": workload["project"],
        "environment": name_of(&workload["environment"]), "route": route, "action": action,
    });
    let mut asked = client.request(query, variables).await?["holdRoute"].take();
    asked["integration"] = workload["integration"].clone();
    match format {
        Format::Json => output.json(&asked)?,
        Format::Yaml => output.yaml(&asked)?,
        Format::Table => output.line(&told(&target, &asked))?,
    }
    Ok(Exit::Done)
}

fn told(target: &str, asked: &serde_json::Value) -> String {
    let (state, by) = (plain(&asked["hold"]["state"]), plain(&asked["hold"]["by"]));
    match asked["now"].as_str() {
        Some(now) if now.eq_ignore_ascii_case(&state) => format!("{target} {state} by {by}"),
        Some(now) => format!("{target} is {} now, asked to be {state} by {by}", now.to_lowercase()),
        None => format!("{target} will be {state} as soon as its workload runs (asked by {by})"),
    }
}

/// `orders/intake`: which integration, which route.
pub(super) fn split(target: &str) -> Outcome<(&str, &str)> {
    match target.split_once('/') {
        Some((integration, route)) if !integration.is_empty() && !route.is_empty() => {
            Ok((integration, route))
        }
        _ => Err(Failure::new(
            "MP-CLI-53",
            Exit::Usage,
            format!("`{target}` does not name a route of an integration"),
        )
        .next("write both, as in orders/intake")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_asked_and_what_is_are_told_apart() {
        let asked = |now| json!({"hold": {"state": "stopped", "by": "ana"}, "now": now});
        assert_eq!(told("orders/intake", &asked(json!("Stopped"))), "orders/intake stopped by ana");
        let other = told("orders/intake", &asked(json!("Started")));
        assert_eq!(other, "orders/intake is started now, asked to be stopped by ana");
        assert!(told("orders/intake", &asked(json!(null))).contains("as soon as"));
    }

    #[test]
    fn a_target_names_both() {
        assert_eq!(split("orders/a/b").unwrap(), ("orders", "a/b"));
        assert_eq!(split("orders").unwrap_err().code, "MP-CLI-53");
        assert_eq!(split("orders/").unwrap_err().code, "MP-CLI-53");
    }
}
