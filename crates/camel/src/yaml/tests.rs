//! The bounded YAML tree: what stays text, what is refused, what hostile input costs.

use super::*;

fn tree(text: &str) -> Node {
    parse("a.yaml", text.as_bytes()).unwrap().unwrap()
}

#[track_caller]
fn refused(text: &str, code: &str, line: u32, column: u32) {
    let problem = parse("a.yaml", text.as_bytes()).unwrap_err();
    assert_eq!((problem.code, problem.line, problem.column), (code, line, column), "{problem}");
}

#[test]
fn scalars_stay_as_written() {
    let node = tree("[yes, 012, 1_000, 0x1F, 1e3, ~, null, 2026-01-01, 'q', \"d\\n\"]");
    let texts: Vec<_> = node.items().unwrap().iter().map(|item| item.text().unwrap()).collect();
    assert_eq!(
        texts,
        ["yes", "012", "1_000", "0x1F", "1e3", "~", "null", "2026-01-01", "q", "d\n"]
    );
}

#[test]
fn an_absent_value_is_empty_text() {
    assert_eq!(tree("a:\nb: 1").get("a").unwrap().text(), Some(""));
}

#[test]
fn positions_are_those_of_an_editor() {
    let node = tree("- route:\n    from:\n      uri: timer:é # x\n");
    let from = node.items().unwrap()[0].get("route").unwrap().get("from").unwrap();
    let uri = from.get("uri").unwrap();
    assert_eq!((uri.at.line, uri.at.column), (3, 12));
    assert_eq!((from.at.line, from.at.column), (3, 7));
}

#[test]
fn what_names_types_or_hides_values_is_refused() {
    refused("a: !!str 1", "MP-CAMEL-04", 1, 10);
    refused("a: !java.util.Date 1", "MP-CAMEL-04", 1, 20);
    refused("a: &x {b: 1}\nc:\n  <<: *x", "MP-CAMEL-04", 3, 3);
    refused("a: 1\nb: 2\na: 3", "MP-CAMEL-05", 3, 1);
    refused("? [a]\n: b", "MP-CAMEL-04", 1, 3);
    refused("a: 1\n---\nb: 2", "MP-CAMEL-01", 2, 1);
    refused("a: [", "MP-CAMEL-01", 1, 4);
    refused("- a\n\t- b", "MP-CAMEL-01", 1, 3);
}

#[test]
fn aliases_are_expanded_as_camel_expands_them() {
    let node = tree("- log: &m {message: hello}\n- log: *m\n");
    let items = node.items().unwrap();
    assert_eq!(items[1].get("log").unwrap().get("message").unwrap().text(), Some("hello"));
}

#[test]
fn a_byte_order_mark_and_an_empty_file_are_fine() {
    assert_eq!(parse("a.yaml", "\u{feff}# x\n".as_bytes()), Ok(None));
    assert_eq!(tree("\u{feff}a: 1").get("a").unwrap().text(), Some("1"));
}

#[test]
fn what_is_not_text_says_where() {
    let problem = parse("a.yaml", b"a: 1\nb: \xff").unwrap_err();
    assert_eq!((problem.code, problem.line), ("MP-CAMEL-01", 2));
}

/// Bombs of each kind, none larger than 4 MiB.
#[test]
fn hostile_input_is_refused_by_its_budget() {
    let laughs = (1..20).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, at| {
        let before = format!("*a{},", at - 1).repeat(10);
        format!("{text}a{at}: &a{at} [{before}]\n")
    });
    let long = format!("a: &a \"{}\"\nb: [{}]", "x".repeat(500_000), "*a,".repeat(1_000));
    for text in [
        "[".repeat(4 << 20),
        "[".repeat(1_000),
        "{a: ".repeat(10_000),
        "- ".repeat(500_000),
        "[a,".repeat(2_000),
        format!("[{}]", "a,".repeat(500_000)),
        "a: b\n".repeat(1_000_000),
        "#\n".repeat(3 << 20),
        laughs,
        format!("{}{}", "&a [".repeat(100), "x,".repeat(40_000)),
        format!("{}{}{}", "&a [".repeat(100), "x,".repeat(40_000), "]".repeat(100)),
        long,
    ] {
        let problem = parse("a.yaml", text.as_bytes()).unwrap_err();
        assert!(matches!(problem.code, "MP-CAMEL-01" | "MP-CAMEL-03" | "MP-CAMEL-05"), "{problem}");
    }
}
