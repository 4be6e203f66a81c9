//! The first hour of a newcomer, on one `up`: the Next lines as printed, pushes, refusals, going back and on.
//!
//! One test, because starting the product costs more than all claims together; each step says what it claims.

use std::time::Duration;

use super::support::home::Home;
use super::support::product::Product;
use super::support::{text, until};

#[test]
fn e2e_a_newcomer_gets_through_the_first_hour() {
    let product = Product::with(Home::new(), &[]);
    forty_orders_are_there_soon(&product);
    the_next_lines_work_as_printed(&product);
    status_is_one_screen(&product);
    a_broken_branch_is_refused_where_it_is_wrong(&product);
    going_back_holds_until_resume(&product);
    configuration_reaches_the_workload(&product);
    a_component_that_is_not_in_the_base_is_resolved(&product);
    stop_and_start_and_restart(&product);
    doctor_finds_nothing_wrong(&product);
    the_runtime_answers_and_a_browser_gets_in(&product);
    a_repository_of_ones_own_is_added_emptied_and_removed(&product);
    a_reset_brings_branches_and_tables_back(&product);
}

fn the_next_lines_work_as_printed(product: &Product) {
    let at =
        product.transcript.iter().position(|line| line.trim() == "Next:").expect("a Next block");
    let lines: Vec<&str> = product.transcript[at + 1..].iter().map(|line| line.trim()).collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    for line in lines {
        // `logs -f` goes on for ever; some lines and its end by signal are what is claimed.
        let run = if line.contains("logs orders -f") {
            format!("timeout -s INT 5 {line} || [ $? = 124 ] || [ $? = 130 ]")
        } else {
            line.to_owned()
        };
        let output = product.home.shell(&run);
        assert!(output.status.success(), "{line}: {}\n{}", text(&output), product.logs());
        if line.contains("git push") {
            assert!(
                text(&output).contains("remote: orders") && text(&output).contains("ready"),
                "{}",
                text(&output)
            );
        }
    }
    until("the new text is served", Duration::from_secs(30), || {
        let answer = product.order("NEXT-1").unwrap_or_default();
        if answer.contains("on its way") { Ok(()) } else { Err(answer) }
    });
}

/// In the shop's own database, seen from outside.
fn count_orders(product: &Product, which: &str) -> Result<i64, String> {
    let folder = product.home.data().join("demo-postgres");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap().trim().to_owned();
    let url = format!("postgres://tea:{}@127.0.0.1:{}/tea", read("password"), read("port"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let query = format!("SELECT count(*) FROM orders WHERE id LIKE '{which}'");
    runtime.block_on(testkit::postgres::number(&url, &query)).map_err(|err| err.to_string())
}

fn forty_orders_are_there_soon(product: &Product) {
    // An idle machine takes five seconds; a loaded one is given more, so that this fails for its own reason only.
    until("40 orders", Duration::from_secs(20), || {
        let count = count_orders(product, "%");
        if matches!(count, Ok(40..)) { Ok(()) } else { Err(format!("{count:?}")) }
    });
}

fn the_runtime_answers_and_a_browser_gets_in(product: &Product) {
    let ping = product.json(&["runtime", "ping", "laptop", "-o", "json"]);
    assert!(ping["completedMs"].as_f64() >= ping["acknowledgedMs"].as_f64(), "{ping}");
    let link = product.json(&["login", "-o", "json"]);
    let url = link["url"].as_str().unwrap();
    let answer = super::support::http(url, None);
    assert_eq!(answer.map(|(status, _)| status), Some(303), "{url}");
}

fn a_repository_of_ones_own_is_added_emptied_and_removed(product: &Product) {
    let shell = |line: &str| {
        let output = product.home.shell(line);
        assert!(output.status.success(), "{line}: {}", text(&output));
    };
    let route = "- route: {from: {uri: \"timer:tick\", steps: [{log: \"tock\"}]}}";
    shell("git init -q -b main own && mkdir own/clock");
    shell(&format!("echo '{route}' > own/clock/clock.camel.yaml"));
    shell("cd own && git add . && git commit -qm 'Wind the clock'");
    let url = format!("file://{}", product.home.path().join("own").display());
    let said = product.must(&["source", "add", "own", "--url", &url]);
    assert!(said.contains("own added, at "), "{said}");
    product.until_state("clock", "RUNNING");
    shell("cd own && git rm -rq clock && git commit -qm 'Take everything away'");
    let asked = product.must(&["sync", "own"]);
    let command = asked.split('`').find(|it| it.contains("--confirm-prune")).unwrap_or_default();
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    assert_eq!(words.first(), Some(&"sync"), "{asked}");
    product.until_state("clock", "RUNNING");
    let said = product.must(&words);
    assert!(said.contains("stopping: clock"), "{said}");
    until("the clock is gone", Duration::from_secs(30), || {
        let clock = product.workload("clock");
        if clock.is_null() { Ok(()) } else { Err(clock.to_string()) }
    });
    let output = product.midplane(&["source", "update", "own", "--branch", "other"]);
    assert!(text(&output).contains("MP-GIT-02"), "{}", text(&output));
    assert_eq!(output.status.code(), Some(1));
    let said = product.must(&["source", "remove", "own", "--yes"]);
    assert!(said.contains("own removed"), "{said}");
}

fn a_reset_brings_branches_and_tables_back(product: &Product) {
    assert!(matches!(count_orders(product, "BROKEN-1"), Ok(1)), "an order of an earlier step");
    let said = product.must(&["demo", "reset", "--yes"]);
    assert!(said.contains("first commit"), "{said}");
    assert_eq!(count_orders(product, "BROKEN-1"), Ok(0));
    until("the first commit runs again", Duration::from_secs(60), || {
        let orders = product.workload("orders");
        let first = orders["release"]["subject"] == "Open the tea shop";
        if first { Ok(()) } else { Err(orders.to_string()) }
    });
    product.until_state("orders", "RUNNING");
}

fn status_is_one_screen(product: &Product) {
    let screen = product.must(&["status"]);
    assert!(screen.lines().count() < 25, "{screen}");
    for word in [
        "laptop",
        "Connected",
        "orders",
        "prices",
        "invoices",
        "shop",
        "Running",
        "Thank with warmer words",
    ] {
        assert!(screen.contains(word), "{word} is missing:\n{screen}");
    }
    assert!(!screen.contains('\x1b'), "no colours outside a terminal");
}

fn a_broken_branch_is_refused_where_it_is_wrong(product: &Product) {
    let before = product.workload("orders");
    let said = product.in_tea("git merge -q origin/try/broken -m 'merge broken' && git push 2>&1");
    assert!(
        said.contains("orders/orders.camel.yaml:139:") && said.contains("did you mean `seda`"),
        "{said}"
    );
    assert!(said.contains("keeps running"), "{said}");
    let after = product.workload("orders");
    assert_eq!(
        (&after["pid"], &after["release"]["short"]),
        (&before["pid"], &before["release"]["short"])
    );
    assert!(product.order("BROKEN-1").is_some_and(|text| text.contains("on its way")));
    product.in_tea("git revert --no-edit -m 1 HEAD -q 2>/dev/null || git revert --no-edit -m 1 HEAD; git push 2>&1");
    product.until_state("orders", "RUNNING");
}

fn going_back_holds_until_resume(product: &Product) {
    let newer = product.workload("orders")["release"]["short"].clone();
    let said = product.must(&["rollback", "orders"]);
    assert!(said.contains("held"), "{said}");
    let held = product.until_state("orders", "HELD");
    assert_ne!(held["release"]["short"], newer);
    let said = product.must(&["resume", "orders"]);
    assert!(said.contains("running"), "{said}");
    assert_eq!(product.until_state("orders", "RUNNING")["release"]["short"], newer);
}

fn configuration_reaches_the_workload(product: &Product) {
    let before = product.workload("orders")["deployment"]["id"].clone();
    product.must(&["config", "set", "tea.greeting=hello", "--integration", "orders"]);
    until("a new deployment", Duration::from_secs(30), || {
        let now = product.workload("orders");
        if now["deployment"]["id"] != before
            && now["state"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("running"))
        {
            Ok(())
        } else {
            Err(now.to_string())
        }
    });
    let described = product.must(&["describe", "integration", "orders"]);
    let winner = described.lines().find(|line| line.contains("tea.greeting")).unwrap_or_default();
    let cells: Vec<&str> = winner.split("  ").map(str::trim).filter(|it| !it.is_empty()).collect();
    assert_eq!(&cells[..4], ["tea.greeting", "property", "hello", "environment"], "{described}");
    let object = product.json(&["describe", "integration", "orders", "-o", "json"]);
    let password = object["configuration"].as_array().into_iter().flatten();
    let password = password.clone().find(|one| one["key"] == "tea-db.password");
    assert_eq!(password.unwrap()["value"], "(sealed)", "{object}");
    let secrets = product.must(&["config", "list"]);
    assert!(secrets.contains("tea-db.password") && secrets.contains("(sealed)"), "{secrets}");
    product.must(&["config", "unset", "tea.greeting", "--integration", "orders"]);
    product.until_state("orders", "RUNNING");
}

fn a_component_that_is_not_in_the_base_is_resolved(product: &Product) {
    let said =
        product.in_tea("git merge -q origin/try/add-kafka -m 'merge kafka' && git push 2>&1");
    assert!(said.contains("orders"), "{said}");
    until("kafka is among the dependencies", Duration::from_secs(120), || {
        let releases = product.json(&["get", "releases", "-o", "json"]);
        let found = releases.as_array().into_iter().flatten().any(|release| {
            let state = release["state"].as_str().unwrap_or_default();
            release.to_string().contains("kafka") && state.eq_ignore_ascii_case("released")
        });
        if found { Ok(()) } else { Err(releases.to_string()) }
    });
    product.until_state("orders", "RUNNING");
}

fn stop_and_start_and_restart(product: &Product) {
    product.must(&["stop", "invoices"]);
    assert!(product.workload("invoices")["pid"].is_null());
    product.must(&["start", "invoices"]);
    let before = product.workload("invoices")["pid"].clone();
    product.must(&["restart", "invoices"]);
    assert_ne!(product.workload("invoices")["pid"], before);
}

fn doctor_finds_nothing_wrong(product: &Product) {
    let data = product.home.data();
    let said = product.must(&["doctor", "--data", data.to_str().unwrap()]);
    for check in [
        "java",
        "git",
        "postgresql",
        "disk",
        "clock",
        "privileges",
        "link",
        "certificate",
        "source",
        "workload",
    ] {
        assert!(said.contains(check), "{check}: {said}");
    }
}
