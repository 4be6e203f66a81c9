use super::*;

#[track_caller]
fn refused(source: &str, line: u32, column: u32, message: &str) {
    let err = parse("t", source, &Options::default())
        .err()
        .unwrap_or_else(|| panic!("`{source}` was accepted"));
    assert_eq!((err.line, err.column, err.message.as_str()), (line, column, message), "{source}");
}

#[test]
fn an_error_says_where_it_is() {
    refused("a\n  {% if .x %}", 2, 6, "this `if` has no `end`");
    refused("{% | .x %}", 1, 4, "unexpected `|` in an action");
    refused("a {% .x", 1, 3, "this action is never closed with `%}`");
    refused("{% (.x %}", 1, 8, "a `(` is not closed");
    refused("{% $y %}", 1, 4, "the variable `$y` is not defined");
    refused("{% .x | default \\\"d\\\" %}", 1, 17, "unexpected `\\` in an action");
    refused("{% break %}", 1, 4, "`break` outside `range`");
    refused("{% end %}", 1, 8, "an `end` without `if`, `range` or `with`");
    refused("{% 3.x %}", 1, 4, "`3.x` is not a number");
    refused("{% if %}x{% end %}", 1, 7, "a value is missing in if");
}

#[test]
fn a_function_of_the_machine_is_refused_with_the_reason() {
    let err = parse("t", "{% env \"HOME\" %}", &Options::default()).err().unwrap();
    assert_eq!(err.kind, ErrorKind::UnknownFunction);
    assert!(err.message.contains("environment"), "{}", err.message);
    let err = parse("t", "{% defualt 1 2 %}", &Options::default()).err().unwrap();
    assert!(err.message.contains("`default`"), "{}", err.message);
}

#[test]
fn endif_closes_with_a_warning() {
    let parsed = parse("t", "{%- if .x %}a{%- endif %}", &Options::default()).unwrap();
    assert_eq!(parsed.warnings.len(), 1);
    assert_eq!((parsed.warnings[0].line, parsed.warnings[0].column), (1, 18));
}

#[test]
fn nesting_is_bounded() {
    let deep = format!("{{% {}1{} %}}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(parse("t", &deep, &Options::default()).err().unwrap().kind, ErrorKind::Depth);
    let deep = "{% if 1 %}".repeat(5_000);
    assert_eq!(parse("t", &deep, &Options::default()).err().unwrap().kind, ErrorKind::Depth);
}
