//! The vectors of the contract: templates as people write them, with what Go makes of them.

use serde_json::{Value, json};
use template::{Budget, ErrorKind, MissingKey, Options, Template, render_documents};

fn context() -> Value {
    json!({
        "plug": {
            "metadata": {"name": "pg", "namespace": "app", "generation": 3, "big": 1_000_000, "f": 1.5},
            "spec": {"config": {"bucket": "b1"}},
        },
        "plugConfig": {"database": "app", "preserve": "0", "schedule": "", "bucket": "", "prefix": "p"},
        "socketConfig": {
            "protocol": "ldaps", "hostname": "h", "port": "5432", "password": "p\"w\n$x", "tls": "1",
            "defaultBucket": "db", "endpoint": "x.s3.amazonaws.com", "accessKey": "", "secretKey": "",
        },
        "vars": {"A": "aGVsbG8="},
        "list": ["a", "b"],
    })
}

fn render(source: &str) -> Result<String, template::Error> {
    Template::parse("t", source, &Options::default())?.render(&context(), &Budget::default())
}

#[track_caller]
fn check(source: &str, expected: &str) {
    assert_eq!(render(source).as_deref(), Ok(expected), "{source}");
}

#[track_caller]
fn refused(source: &str, kind: ErrorKind) {
    assert_eq!(render(source).map_err(|err| err.kind), Err(kind), "{source}");
}

#[test]
fn a_missing_value_is_no_value_at_any_depth() {
    check("{% .plugConfig.nope %}", "<no value>");
    check("{% .nothere.deep %}", "<no value>");
    check("{% .plugConfig.a.b %}", "<no value>");
    check("{% .plugConfig.nope | quote %}", "");
    refused("{% .plugConfig.nope | b64enc %}", ErrorKind::Evaluation);
    check("{% print .plugConfig.nope %}", "<nil>");
    check("{% .vars.MISSING | default \"\" | b64dec %}", "");
    refused("{% .vars.MISSING | b64dec %}", ErrorKind::Evaluation);
    check("{% and .plugConfig.nope \"x\" %}", "<no value>");
    check("{% or .plugConfig.nope \"x\" %}", "x");
}

#[test]
fn a_missing_key_is_an_error_where_that_is_asked_for() {
    let options = Options { missing_key: MissingKey::Error, ..Options::default() };
    let template = Template::parse("t", "a\n {% .plugConfig.nope %}", &options).unwrap();
    let err = template.render(&context(), &Budget::default()).unwrap_err();
    assert_eq!((err.kind, err.line, err.column), (ErrorKind::MissingKey, 2, 5));
    assert_eq!(err.message, "there is no key `nope`");
}

#[test]
fn quoting_and_decoding_are_exact() {
    check("{% .socketConfig.password | quote %}", r#""p\"w\n$x""#);
    check("{% .vars.A | b64dec %}", "hello");
    refused("{% b64dec \"!!!\" %}", ErrorKind::Evaluation);
}

#[test]
fn comparison_minds_types() {
    let source = "{%- if (and (not (eq .plugConfig.create \"0\")) (eq .plugConfig.preserve \"0\")) %}DROP{%- end %}";
    check(source, "DROP");
    check("{% eq .plugConfig.nope \"\" %}", "false");
    check("{% ne .plugConfig.nope \"0\" %}", "true");
    refused("{% eq .plug.metadata.generation 3 %}", ErrorKind::Evaluation);
    check("{% eq .plug.metadata.generation 3.0 %}", "true");
    refused("{% eq .socketConfig.port 5432 %}", ErrorKind::Evaluation);
    check("{% lt .socketConfig.port \"600\" %}", "true");
}

#[test]
fn numbers_are_floats() {
    let source = "{% .plug.metadata.generation %} {% .plug.metadata.big %} {% .plug.metadata.f %}";
    check(source, "3 1e+06 1.5");
    check("{% printf \"%d\" .plug.metadata.generation %}", "%!d(float64=3)");
    check("{% printf \"%s\" .plugConfig.nope %}", "%!s(<nil>)");
}

#[test]
fn lists_and_maps() {
    check("{% .list %}", "[a b]");
    check("{% .list | join \",\" %}", "a,b");
    refused("{% index .list 5 %}", ErrorKind::Evaluation);
    check(
        "{% range $k,$v := .plugConfig %}{% $k %}={% $v %};{% end %}",
        "bucket=;database=app;prefix=p;preserve=0;schedule=;",
    );
    check("{% (split \".\" \"a.b\")._1 %}", "b");
    check("{% splitList \",\" \"a,b\" %}", "[a b]");
}

#[test]
fn functions_of_public_manifests() {
    let source =
        "{% (empty .plugConfig.bucket) | ternary .socketConfig.defaultBucket .plugConfig.bucket %}";
    check(source, "db");
    refused("{% 3 | ternary 1 2 %}", ErrorKind::Evaluation);
    check("{% regexReplaceAll \"[^a-z]+\" \"a1b2\" \"-\" %}", "a-b-");
    check("{% .plugConfig.database | trunc 2 | title %}", "Ap");
    check("{% \"a\\nb\" | nindent 2 %}", "\n  a\n  b");
}

#[test]
fn text_passes_through() {
    check("{%- if .plugConfig.schedule %}\nkind: X\n{%- end %}\n", "\n");
    assert!(render_documents("\n").unwrap().is_empty());
    check("a {{ .x }} }} {% .plug.metadata.name -%} \n b", "a {{ .x }} }} pgb");
    check("{%/* c */%}x", "x");
    check("{% .plug.metadata.name|upper%}", "PG");
    check("{% \"%}\" %}", "%}");
}

#[test]
fn what_is_not_offered_is_refused_while_parsing() {
    refused("{% env \"HOME\" %}", ErrorKind::UnknownFunction);
    refused("{% getHostByName \"x\" %}", ErrorKind::UnknownFunction);
    refused("{% genPrivateKey \"rsa\" %}", ErrorKind::UnknownFunction);
    refused("{% uuidv4 %}", ErrorKind::UnknownFunction);
    refused("{% required \"m\" .x %}", ErrorKind::UnknownFunction);
    refused("{% .x | default \\\"d\\\" %}", ErrorKind::Syntax);
    refused("{% now %}", ErrorKind::Evaluation);
}

#[test]
fn beyond_go_endif_and_to_yaml() {
    check("{%- if .list %}a{%- endif %}", "a");
    check("{% toYaml .list %}", "- a\n- b");
    check(
        "x:{% dict \"b\" (list 1 \"yes\") \"a\" (dict) \"c\" (dict \"d\" nil) | toYaml | nindent 2 %}",
        "x:\n  a: {}\n  b:\n    - 1\n    - \"yes\"\n  c:\n    d: null",
    );
}

#[test]
fn set_changes_the_map_for_everybody() {
    check(
        "{% $d := dict \"a\" 1 %}{% $e := $d %}{% $_ := set $e \"b\" 2 %}{% $d %}",
        "map[a:1 b:2]",
    );
    check("{% $d := dict %}{% $_ := set $d \"d\" $d %}{% len $d %}", "1");
}

#[test]
fn an_error_never_shows_a_value() {
    for source in [
        "{% .socketConfig.password | b64dec %}",
        "{% index .list .socketConfig.password %}",
        "{% .socketConfig.password.x %}",
        "{% eq .socketConfig.password 1 %}",
        "{% regexFind .socketConfig.password \"x\" | int %}{% add1 .socketConfig.password | trunc %}",
        "{% range .socketConfig.password %}{% end %}",
        "{% urlParse .socketConfig.password %}",
        "{% semver .socketConfig.password %}",
        "{% semverCompare .socketConfig.password \"1.0.0\" %}",
        "{% regexFind (printf \"(%s\" .socketConfig.password) \"x\" %}",
    ] {
        let err = render(source).unwrap_err();
        assert!(!err.message.contains("p\"w"), "{source}: {err}");
    }
}
