use jiff::Timestamp;

use super::*;

fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

fn read(text: &str) -> Query {
    parse(text, now()).unwrap_or_else(|err| panic!("{text}: {err}"))
}

#[track_caller]
fn refused(text: &str, code: Code, at: usize, says: &str) {
    let err = parse(text, now()).unwrap_err();
    assert_eq!((err.code, err.at), (code, at), "{text}: {err}");
    assert!(err.message.contains(says), "{text}: {err}");
}

fn route(name: &str) -> Filter {
    Filter::Is(Condition::Named(Field::Route, Pattern::parse(name)))
}

#[test]
fn the_example_reads_as_it_is_meant() {
    let query = read(
        "route:orders-* outcome:failed dur>2s header.orderId=ORD-1 body:\"green inverter\" since:2h",
    );
    assert_eq!(
        query.filter,
        Filter::All(vec![
            route("orders-*"),
            Filter::Is(Condition::Outcome(OutcomeIs::Failed)),
            Filter::Is(Condition::Duration(Comparison::Greater, 2_000_000)),
            Filter::Is(Condition::Header { name: "orderId".into(), value: "ORD-1".into() }),
            Filter::Is(Condition::Body("green inverter".into())),
        ])
    );
    assert_eq!(query.since_us, Some(now().as_microsecond() - 7_200_000_000));
}

#[test]
fn nothing_at_all_asks_for_everything() {
    assert_eq!(read(""), Query::everything());
    assert_eq!(read("  \t "), Query::everything());
    assert_eq!(read("since:1h").filter, Filter::All(vec![]));
}

#[test]
fn an_unknown_key_is_an_attribute_and_a_column() {
    let query = read("orderId:A-17 attr.route:x");
    assert_eq!(query.columns, ["orderId", "route"]);
    assert!(query.notes.is_empty());
    let query = read("rout:intake");
    assert!(query.notes[0].contains("did you mean `route`"), "{:?}", query.notes);
    assert_eq!(read("outcoem:failed").notes.len(), 1);
}

#[test]
fn brackets_or_and_not_nest() {
    let query = read("(route:a OR -route:b) NOT route:c AND route:d");
    assert_eq!(
        query.filter,
        Filter::All(vec![
            Filter::Any(vec![route("a"), Filter::Not(Box::new(route("b")))]),
            Filter::Not(Box::new(route("c"))),
            route("d"),
        ])
    );
}

#[test]
fn what_follows_an_operator_is_one_value() {
    let value = |text: &str| match read(text).filter {
        Filter::Is(Condition::Attribute { value, .. }) => value.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(value("url:http://x:80/a=b(c"), "http://x:80/a=b(c");
    assert_eq!(value("day:\"a \\\"b\\\" *\""), "a \"b\" *");
    assert_eq!(value("n:-5"), "-5");
}

#[test]
fn text_without_a_key_is_text() {
    assert_eq!(read("8A1F").filter, Filter::Is(Condition::Text("8A1F".into())));
    assert_eq!(read("A-17").filter, Filter::Is(Condition::Text("A-17".into())));
    assert_eq!(read("\"a b\"").filter, Filter::Is(Condition::Text("a b".into())));
}

#[test]
fn a_refusal_says_what_where_and_what_would_be_right() {
    refused("outcome:faild", Code::Value, 8, "completed, handled, failed");
    refused("dur>fast", Code::Value, 4, "200ms");
    refused("route>a", Code::Syntax, 5, "`<` and `>` are for `dur`");
    refused("route:", Code::Syntax, 5, "route:value");
    refused("(route:a", Code::Syntax, 0, "never closed");
    refused("route:a)", Code::Syntax, 7, "no bracket to close");
    refused("body:\"a", Code::Syntax, 5, "never closed");
    refused("OR route:a", Code::Syntax, 0, "must stand before");
    refused("route:a OR", Code::Syntax, 10, "must stand here");
    refused("header:x", Code::Syntax, 0, "header.orderId");
    refused("since:yesterday", Code::Value, 6, "2026-11-26");
    refused("route:a OR since:1h", Code::Syntax, 11, "outside of brackets");
    refused("since:1h OR route:a", Code::Syntax, 9, "outside of brackets");
    refused("-since:1h", Code::Syntax, 1, "outside of brackets");
    refused("since:1h until:2h", Code::Value, 0, "nothing can match");
    refused("body:\"-\"", Code::Value, 5, "no word");
    refused(":x", Code::Syntax, 0, "a key must stand");
    let err = parse("tea outcome:faild", now()).unwrap_err();
    assert_eq!(err.underline("tea outcome:faild"), "tea outcome:faild\n            ^^^^^");
}

#[test]
fn size_and_depth_are_bounded() {
    refused(&"a ".repeat(MOST + 1), Code::TooLarge, MOST * 2, "at most 64");
    refused(&"(".repeat(5_000), Code::TooLarge, 0, "4096");
    refused(&"(".repeat(200), Code::TooLarge, DEEPEST, "16 deep");
    refused(&"-".repeat(200), Code::TooLarge, DEEPEST, "16 deep");
    refused(&"NOT ".repeat(200), Code::TooLarge, DEEPEST * 4, "16 deep");
    let ands = "AND ".repeat(1_000);
    assert!(parse(&ands, now()).is_err());
}

#[test]
fn times_are_spans_days_and_instants() {
    let since = |text: &str| {
        let us = read(&format!("since:{text}")).since_us.unwrap();
        Timestamp::from_microsecond(us).unwrap().to_string()
    };
    assert_eq!(since("1d"), "2026-11-25T12:00:00Z");
    assert_eq!(since("09:30"), "2026-11-26T09:30:00Z");
    assert_eq!(since("2026-11-20"), "2026-11-20T00:00:00Z");
    assert_eq!(since("2026-11-20T10:00:00+02:00"), "2026-11-20T08:00:00Z");
    assert!(parse("since:999999999w", now()).is_err());
}

#[test]
fn keys_and_values_complete() {
    let completion = complete("route:intake out", 16);
    assert_eq!((completion.at, completion.suggestions[0].text.as_str()), (13, "outcome:"));
    let completion = complete("-outcome:f", 10);
    assert_eq!((completion.at, completion.suggestions[0].text.as_str()), (9, "failed"));
    let completion = complete("route:or", 8);
    assert_eq!(completion.values, Some((Values::Route, "or".to_owned())));
    assert_eq!(complete("", 0).suggestions.len(), super::parse::KEYS.len());
    for values in
        ["outcome:", "replayed:", "is:"].map(|text| complete(text, text.len()).suggestions)
    {
        assert!(!values.is_empty() && values.iter().all(|one| !one.explains.is_empty()));
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in "\\PC{0,200}") {
        if let Err(err) = parse(&text, now()) {
            proptest::prop_assert!(err.at <= text.chars().count());
            proptest::prop_assert!(!err.message.is_empty());
        }
    }

    #[test]
    fn signs_alone_never_break_it(text in "[-()\":<>=a OR.*]{0,80}") {
        let _ = parse(&text, now());
        let _ = complete(&text, text.chars().count() / 2);
    }
}

#[test]
fn a_node_is_known_by_its_key_and_by_its_kind() {
    let check = |text: &str, node: &str| is_node(&Pattern::parse(text), node);
    assert!(check("throwException", "throwException#2") && check("toD#1", "toD#1"));
    assert!(check("price", "price") && check("to*", "toD#1"));
    assert!(!check("to", "toD#1") && !check("toD#2", "toD#1"));
}
