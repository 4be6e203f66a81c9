//! The bounded XML tree: places, text, and what is refused.

use super::*;

fn tree(text: &str) -> Element {
    parse("a.xml", text.as_bytes()).unwrap()
}

#[track_caller]
fn refused(text: &str, code: &str, line: u32, column: u32) {
    let problem = parse("a.xml", text.as_bytes()).unwrap_err();
    assert_eq!((problem.code, problem.line, problem.column), (code, line, column), "{problem}");
}

#[test]
fn elements_know_where_they_stand() {
    let root = tree(
        "<?xml version='1.0'?>\n<!-- x -->\n<routes xmlns='urn:c'>\n  <to uri=\"a:b?c=1&amp;d=2\"\n      id='x'/>\n</routes>",
    );
    assert_eq!((root.at.line, root.at.column, root.namespace.as_str()), (3, 1, "urn:c"));
    let to = &root.children[0];
    assert_eq!((to.at.line, to.at.column), (4, 3));
    assert_eq!(to.attribute("uri").unwrap().value, "a:b?c=1&d=2");
    let id = to.attribute("id").unwrap();
    assert_eq!((id.at.line, id.at.column), (5, 7));
}

#[test]
fn text_is_kept_whole() {
    let root = tree("<simple>a &lt; <![CDATA[<b> & c]]>&#233;</simple>");
    assert_eq!(root.text, "a < <b> & cé");
}

#[test]
fn prefixes_are_resolved() {
    let root =
        tree("<b:beans xmlns:b='urn:b' xmlns='urn:c'><route x:y='1' xmlns:x='urn:x'/></b:beans>");
    assert_eq!((root.name.as_str(), root.namespace.as_str()), ("beans", "urn:b"));
    assert_eq!(root.children[0].namespace, "urn:c");
    assert_eq!(root.children[0].own_attributes().count(), 0);
}

#[test]
fn what_is_not_plain_xml_is_refused() {
    refused("<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", "MP-CAMEL-04", 1, 1);
    refused("<a>&x;</a>", "MP-CAMEL-04", 1, 4);
    refused("<a b='&x;'/>", "MP-CAMEL-04", 1, 4);
    refused("<a b='1' b='2'/>", "MP-CAMEL-05", 1, 10);
    refused("<a>\n<b></a>", "MP-CAMEL-02", 2, 4);
    refused("<a>", "MP-CAMEL-02", 1, 1);
    refused("<a/><b/>", "MP-CAMEL-02", 1, 5);
    refused("", "MP-CAMEL-02", 0, 0);
}

#[test]
fn hostile_input_is_refused_by_its_budget() {
    let many = (0..300).fold(String::new(), |all, at| format!("{all} a{at}='1'"));
    for text in [
        "<a>".repeat(100),
        "<a>".repeat(300_000),
        format!("<a{many}/>"),
        format!("<a>{}</a>", "<b/>".repeat(200_000)),
        "<".repeat(4 << 20),
        " ".repeat(4 << 20),
    ] {
        let problem = parse("a.xml", text.as_bytes()).unwrap_err();
        assert!(matches!(problem.code, "MP-CAMEL-02" | "MP-CAMEL-03"), "{problem}");
    }
}
