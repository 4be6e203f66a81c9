//! What folders need, and how dependencies are written.

use super::*;

fn of(path: &str, text: &str) -> Needs {
    needs(&[SourceFile { path, content: text.as_bytes() }], Catalogue::bundled())
}

fn names(needs: &Needs) -> Vec<&str> {
    needs.artifacts.iter().map(|one| one.split(':').nth(1).unwrap()).collect()
}

#[test]
fn components_languages_and_formats_are_needed() {
    let found = of(
        "a.camel.yaml",
        "- from:\n    uri: kafka:orders\n    steps:\n      - unmarshal: {json: {}}\n      - setBody: {jsonpath: $.a}\n      - split: {xpath: /a, steps: [{toD: 'https:x/${body}'}]}\n      - marshal: {json: {library: Gson}}\n      - circuitBreaker: {steps: [{log: a}]}\n      - filter: {language: {language: groovy, expression: x}, steps: [{log: a}]}\n",
    );
    assert_eq!(
        names(&found),
        [
            "camel-groovy",
            "camel-gson",
            "camel-http",
            "camel-jackson",
            "camel-jsonpath",
            "camel-kafka",
            "camel-resilience4j",
            "camel-xpath",
            "camel-yaml-dsl"
        ]
    );
    assert!(found.artifacts.contains("org.apache.camel:camel-kafka:4.18.0"));
}

#[test]
fn each_dsl_brings_its_reader() {
    let spring = of(
        "c.xml",
        "<camelContext><route><from uri='timer:a'/><to uri='log:x'/></route></camelContext>",
    );
    assert_eq!(
        names(&spring),
        ["camel-log", "camel-spring-main", "camel-spring-xml", "camel-timer"]
    );
    assert_eq!(spring.launcher, Launcher::Spring);
    let kamelet = of(
        "a.camel.yaml",
        "- from:\n    uri: kamelet:timer-source?message=x\n    steps: [{to: 'log:a'}]\n",
    );
    assert!(kamelet.kamelets.contains("timer-source"));
    assert!(names(&kamelet).contains(&"camel-timer"), "what the Kamelet lists");
    let own = of(
        "k.kamelet.yaml",
        "metadata: {name: k}\nspec:\n  dependencies: ['camel:ftp', 'mvn:a:b:1']\n  template: {from: {uri: 'timer:a', steps: [{log: x}]}}\n",
    );
    assert_eq!(names(&own), ["b", "camel-ftp", "camel-kamelet", "camel-timer", "camel-yaml-dsl"]);
    assert!(names(&kamelet).contains(&"camel-kamelets"));
}

#[test]
fn dependencies_are_camel_names_or_coordinates() {
    let good = |text: &str| coordinates(text, "4.18.0").unwrap();
    assert_eq!(good("camel:kafka"), "org.apache.camel:camel-kafka:4.18.0");
    assert_eq!(good("camel:camel-kafka"), "org.apache.camel:camel-kafka:4.18.0");
    assert_eq!(good("mvn:com.example:pricing:1.4.2"), "com.example:pricing:1.4.2");
    for bad in [
        "kafka",
        "camel:",
        "camel:../x",
        "mvn:a:b",
        "mvn:a:b:c:d",
        "mvn:a:b:1.0-SNAPSHOT",
        "mvn:a:b:[1,2)",
        "mvn:../a:b:1",
        "mvn:a:b:LATEST",
    ] {
        assert!(coordinates(bad, "4.18.0").is_err(), "{bad}");
    }
}
