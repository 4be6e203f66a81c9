//! Every limit ends a render, quickly, with an error of its own kind; nothing panics.

use std::cell::Cell;

use proptest::prelude::*;
use serde_json::{Value, json};
use template::{Budget, ErrorKind, Options, Template, render_documents, render_leaves};

#[track_caller]
fn stopped(source: &str, kind: ErrorKind) {
    let result = Template::parse("t", source, &Options::default())
        .and_then(|one| one.render(&json!({"s": "x".repeat(1_000)}), &Budget::default()));
    assert_eq!(result.map(|text| text.len()).map_err(|err| err.kind), Err(kind), "{source}");
}

#[test]
fn a_template_that_never_ends_runs_out_of_steps() {
    stopped("{% range until 1000 %}{% range until 1000 %}{% end %}{% end %}", ErrorKind::Steps);
    stopped("{% range 1000000000 %}{% end %}", ErrorKind::Memory);
    stopped("{% untilStep 0 9000000000000000000 1 %}", ErrorKind::Steps);
}

#[test]
fn a_template_that_writes_for_ever_runs_out_of_output() {
    stopped("{% range until 2000 %}{% $.s %}{% end %}", ErrorKind::Output);
}

#[test]
fn a_template_that_allocates_for_ever_runs_out_of_memory() {
    stopped("{% repeat 1000000000 \"x\" %}", ErrorKind::Memory);
    stopped("{% repeat 9000000000000000000 .s %}", ErrorKind::Memory);
    stopped("{% printf \"%999999d\" 1 | repeat 100 %}", ErrorKind::Memory);
    stopped("{% indent 999999999 .s %}", ErrorKind::Memory);
    stopped("{% replace \"\" .s (repeat 1000 .s) %}", ErrorKind::Memory);
    stopped("{% $x := .s %}{% range until 30 %}{% $x = cat $x $x %}{% end %}", ErrorKind::Memory);
    stopped(
        "{% $x := list 1 %}{% range until 40 %}{% $x = concat $x $x %}{% end %}",
        ErrorKind::Memory,
    );
    stopped("{% regexReplaceAll \".*\" .s (repeat 100000 \"$0\") %}", ErrorKind::Memory);
}

#[test]
fn nesting_runs_out_of_depth() {
    stopped(
        "{% define \"r\" %}{% template \"r\" . %}{% end %}{% template \"r\" . %}",
        ErrorKind::Depth,
    );
    stopped("{% $x := list %}{% range until 1000 %}{% $x = list $x %}{% end %}", ErrorKind::Depth);
    let own = "{% $d := dict %}{% $_ := set $d \"d\" $d %}";
    for end in [
        "{% $d %}",
        "{% toJson $d %}",
        "{% toYaml $d %}",
        "{% deepCopy $d %}",
        "{% printf \"%v\" $d %}",
    ] {
        stopped(&format!("{own}{end}"), ErrorKind::Depth);
    }
    let chain = "{% $m := list %}{% range until 3000 %}{% $m = append $m (dict) %}{% end %}";
    let template = Template::parse("t", chain, &Options::default()).unwrap();
    assert!(template.render(&json!({}), &Budget::default()).is_err());
}

#[test]
fn a_long_chain_of_maps_is_freed_without_recursion() {
    let source = "{% $m := dict %}{% $top := $m %}{% range until 8000 %}{% $n := dict %}\
                  {% $_ := set $m \"n\" $n %}{% $m = $n %}{% end %}{% len $top %}";
    let template = Template::parse("t", source, &Options::default()).unwrap();
    let budget = Budget { steps: 1_000_000, ..Budget::default() };
    assert_eq!(template.render(&json!({}), &budget).as_deref(), Ok("1"));
}

#[test]
fn shared_lists_that_would_print_for_ever_are_stopped() {
    let double = "{% $x := list 1 %}{% range until 60 %}{% $x = list $x $x %}{% end %}";
    for end in ["{% $x %}", "{% toJson $x %}", "{% deepEqual $x (list $x) %}", "{% deepCopy $x %}"]
    {
        let source = format!("{double}{end}");
        let template = Template::parse("t", &source, &Options::default()).unwrap();
        let result = template.render(&json!({}), &Budget::default());
        assert!(result.is_err_and(|err| err.kind.is_limit()) || end.contains("deepEqual"), "{end}");
    }
}

#[test]
fn the_deadline_is_the_callers() {
    let asked = Cell::new(0);
    let over = || {
        asked.set(asked.get() + 1);
        asked.get() > 3
    };
    let budget = Budget { deadline: Some(&over), ..Budget::default() };
    let template = Template::parse("t", "{% range until 50000 %}a{% end %}", &Options::default());
    let err = template.unwrap().render(&json!({}), &budget).unwrap_err();
    assert_eq!(err.kind, ErrorKind::Deadline);
    assert_eq!(asked.get(), 4);
}

/// Pieces that make syntax likely.
fn source() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{% ".to_owned()),
        Just(" %}".to_owned()),
        Just("{%- ".to_owned()),
        Just(" -%}".to_owned()),
        Just("if ".to_owned()),
        Just("range ".to_owned()),
        Just("with ".to_owned()),
        Just("end".to_owned()),
        Just("else ".to_owned()),
        Just("$x := ".to_owned()),
        Just("$x ".to_owned()),
        Just(".a.b ".to_owned()),
        Just(". ".to_owned()),
        Just("| ".to_owned()),
        Just("(".to_owned()),
        Just(") ".to_owned()),
        Just("{% if .a %}".to_owned()),
        Just("{% end %}".to_owned()),
        Just("{% range $i, $e := .list %}".to_owned()),
        Just("template \"t\" . ".to_owned()),
        Just("define \"t\" ".to_owned()),
        Just("break".to_owned()),
        Just("%".to_owned()),
        Just("printf \"%[2]*.[1]*f|%q|%x|%08.3f\" ".to_owned()),
        Just("1.5 ".to_owned()),
        Just("-7 ".to_owned()),
        Just("'é' ".to_owned()),
        Just("`raw` ".to_owned()),
        Just("/* c */".to_owned()),
        Just(".text ".to_owned()),
        Just(".list ".to_owned()),
        Just(".map ".to_owned()),
        Just("nil ".to_owned()),
        proptest::sample::select(template::function_names()).prop_map(|name| format!("{name} ")),
        "\\PC{0,6}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn context() -> Value {
    json!({
        "a": {"b": "x"}, "text": "Grüße, 1.2.3 \n{% 2021-01-02", "list": [1, "b", null, [2]],
        "map": {"k": "v", "n": 3}, "url": "https://u:p@h:1/p?q#f"
    })
}

/// A call of every function with arguments of every type.
fn call() -> impl Strategy<Value = String> {
    let argument = proptest::sample::select(vec![
        ".text",
        ".list",
        ".map",
        ".nope",
        ".url",
        "nil",
        "1",
        "-1",
        "9223372036854775807",
        "2.5",
        "true",
        "\"\"",
        "\"é\"",
        "\"%d %s %v\"",
        "\"(a*)\"",
        "(list)",
        "(dict)",
        "(list 1 2 3)",
        "(semver \"1.2.3\")",
        "(toDate \"2006-01-02\" \"2021-03-04\")",
        "(int 3)",
        "(split \",\" \"a,b\")",
        "(until 3)",
    ]);
    let name = proptest::sample::select(template::function_names());
    (name, proptest::collection::vec(argument, 0..5))
        .prop_map(|(name, arguments)| format!("{{% {name} {} %}}", arguments.join(" ")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_source_renders_or_is_refused_and_never_panics(source in source()) {
        if let Ok(template) = Template::parse("t", &source, &Options::default()) {
            let result = template.render(&context(), &Budget::default());
            if let Ok(text) = result {
                prop_assert!(text.len() <= Budget::default().output_bytes);
                let _ = render_documents(&text);
            }
        }
    }

    #[test]
    fn any_call_answers_or_is_refused_and_never_panics(source in call()) {
        let template = Template::parse("t", &source, &Options::default()).unwrap();
        let _ = template.render(&context(), &Budget::default());
    }

    #[test]
    fn a_value_never_changes_the_shape_of_an_object(value in "\\PC{0,40}") {
        let object = json!({"a": {"{% \"k\" %}": "{% .v %}"}, "l": ["-{% .v %}-"]});
        let rendered = render_leaves(&object, &json!({"v": value}), &Options::default(), &Budget::default());
        prop_assert_eq!(rendered.unwrap(), json!({"a": {"k": value}, "l": [format!("-{value}-")]}));
    }

    #[test]
    fn a_quoted_value_never_changes_the_shape_of_a_text(value in "\\PC{0,40}") {
        let template = Template::parse("t", "a: {% toJson .v %}\nb: 1\n", &Options::default()).unwrap();
        let text = template.render(&json!({"v": value}), &Budget::default()).unwrap();
        prop_assert_eq!(render_documents(&text).unwrap(), [json!({"a": value, "b": 1})]);
    }

    #[test]
    fn any_text_is_yaml_or_refused_and_never_panics(text in "[\\PC\n:\\-&*\\[\\]{}\"' ]{0,60}") {
        let _ = render_documents(&text);
    }

    #[test]
    fn any_path_finds_or_not_and_never_panics(path in "[a-z.#()*?=<>\"\\\\@|0-9 ]{0,30}") {
        if let Ok(path) = template::path::Path::parse(&path) {
            let _ = path.find(&context());
        }
    }
}
