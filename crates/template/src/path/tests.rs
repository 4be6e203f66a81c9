use serde_json::json;

use super::*;

fn object() -> Value {
    json!({
        "data": {"tls.crt": "x", "a*b": "star", "port": 5432},
        "list": [
            {"name": "a", "port": 1, "tags": ["x", "y"]},
            {"name": "b", "port": 2},
            {"name": "c\"d", "port": 3, "on": true}
        ],
        "nested": [[1, 2], 3],
        "text": "{\"a\":1}",
        "status": {"conditions": [{"type": "Ready", "status": "True"}]}
    })
}

#[track_caller]
fn check(path: &str, found: Value) {
    assert_eq!(Path::parse(path).unwrap().find(&object()), Some(found), "{path}");
}

#[track_caller]
fn nothing(path: &str) {
    assert_eq!(Path::parse(path).unwrap().find(&object()), None, "{path}");
}

#[test]
fn keys_and_indexes_are_separated_by_dots() {
    check(r"data.tls\.crt", json!("x"));
    check("data.port", json!(5432));
    check("list.1.name", json!("b"));
    check(r"data.a\*b", json!("star"));
    check("da*.po??", json!(5432));
    check("data|port", json!(5432));
    nothing("data.nope.deeper");
    nothing("list.9");
    nothing("data.port.x");
}

#[test]
fn a_hash_counts_or_takes_each() {
    check("list.#", json!(3));
    check("list.#.name", json!(["a", "b", "c\"d"]));
    check("list.#.tags", json!([["x", "y"]]));
    nothing("data.#");
}

#[test]
fn a_query_finds_elements() {
    check(r#"list.#(name=="b").port"#, json!(2));
    check("list.#(port>1)#.name", json!(["b", "c\"d"]));
    check(r#"list.#(name%"c*").port"#, json!(3));
    check("list.#(name==b).port", json!(2));
    check("list.#(on).port", json!(3));
    check(r#"list.0.tags.#(=="y")"#, json!("y"));
    check(r#"status.conditions.#(type=="Ready").status"#, json!("True"));
    nothing(r#"list.#(name=="z").port"#);
}

#[test]
fn modifiers_change_what_was_found() {
    check("list.0.tags.@reverse", json!(["y", "x"]));
    check("nested.@flatten", json!([1, 2, 3]));
    check("list.1.@keys", json!(["name", "port"]));
    check("text.@fromstr.a", json!(1));
    check("list.0.tags.@tostr", json!("[\"x\",\"y\"]"));
}

#[test]
fn a_path_that_means_nothing_is_refused() {
    for path in ["", "a..b", "#(name", "a.@nope", "{a,b}", "a.#(b)c", ".a", "a."] {
        assert!(Path::parse(path).is_err(), "{path}");
    }
}
