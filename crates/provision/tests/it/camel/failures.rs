//! What cannot start says why, before anything ran.

use super::workload::Workload;

/// The code, message, location and route of the failed check.
#[track_caller]
fn check(files: &[(&str, &str)], code: &str, message: &str, location: Option<&str>) {
    let mut workload = Workload::new(files).start();
    assert_eq!(workload.ended(), Some(3), "{}", workload.output());
    let status = workload.status();
    let error = &status["error"];
    assert_eq!(status["state"], "failed", "{status}");
    assert_eq!(error["code"], code, "{status}");
    let text = error["message"].as_str().unwrap();
    assert!(text.contains(message), "{text}\n{status}");
    let place = error["location"].as_str().map(|place| place.starts_with(location.unwrap_or("?")));
    assert_eq!(place, location.map(|_| true), "{status}");
    assert!(
        workload.lines().iter().any(|line| line["level"] == "ERROR" && line["stack"].is_string())
    );
    assert!(!workload.is_listening());
}

fn route(step: &str) -> String {
    format!(
        "- route:\n    id: first\n    from:\n      uri: timer:a\n      steps:\n        - {step}\n"
    )
}

#[test]
fn camel_an_unknown_component_is_named() {
    let text = route("to: htpp:example.org");
    check(&[("a.camel.yaml", &text)], "unknown_component", "`htpp`", Some("a.camel.yaml:6"));
}

#[test]
fn camel_a_missing_property_is_named() {
    let text = route("log: '{{no.such.key}}'");
    check(&[("a.camel.yaml", &text)], "missing_property", "`no.such.key`", Some("a.camel.yaml:6"));
}

#[test]
fn camel_a_missing_bean_is_named() {
    let text = route("bean: {ref: nosuchbean, method: x}");
    check(&[("a.camel.yaml", &text)], "bad_bean", "nosuchbean", Some("a.camel.yaml:"));
}

#[test]
fn camel_a_bean_of_an_unknown_class_is_named() {
    let text = "- beans:\n    - name: thing\n      type: com.example.Missing\n";
    check(&[("a.camel.yaml", text)], "bad_bean", "com.example.Missing", Some("a.camel.yaml"));
}

#[test]
fn camel_an_unknown_yaml_key_has_its_place() {
    let text =
        "- route:\n    id: first\n    from:\n      uri: timer:a\n      stepz:\n        - log: a\n";
    check(&[("a.camel.yaml", text)], "bad_route", "stepz", Some("a.camel.yaml:6:9"));
}

#[test]
fn camel_text_that_is_no_yaml_has_its_place() {
    let text = "- route:\n    id: [first\n    from: x\n";
    check(&[("a.camel.yaml", text)], "bad_route", "expected `,` or `]`", Some("a.camel.yaml:3:9"));
}

#[test]
fn camel_an_unknown_xml_element_is_named() {
    let text = "<camel>\n  <route id=\"x\">\n    <from uri=\"timer:a\"/>\n    <lgo message=\"x\"/>\n  </route>\n</camel>\n";
    check(&[("a.xml", text)], "bad_route", "`lgo`", Some("a.xml:4:23"));
}

#[test]
fn camel_a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut workload =
        Workload::new(&[("a.camel.yaml", &route("log: a"))]).with("/port", port).start();
    workload.wait_for("checked");
    workload.go();
    assert_eq!(workload.ended(), Some(3));
    let status = workload.status();
    assert_eq!(status["error"]["code"], "port_in_use", "{status}");
    assert!(status["error"]["message"].as_str().unwrap().contains(&port.to_string()));
}

#[test]
fn camel_a_spring_bean_that_cannot_be_made_is_named() {
    let text = r#"<beans xmlns="http://www.springframework.org/schema/beans"
       xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
       xsi:schemaLocation="http://www.springframework.org/schema/beans http://www.springframework.org/schema/beans/spring-beans.xsd
                           http://camel.apache.org/schema/spring http://camel.apache.org/schema/spring/camel-spring.xsd">
  <bean id="bad" class="com.example.Missing"/>
  <camelContext xmlns="http://camel.apache.org/schema/spring"/>
</beans>"#;
    check(
        &[("camel-context.xml", text)],
        "bad_bean",
        "com.example.Missing",
        Some("camel-context.xml"),
    );
}
