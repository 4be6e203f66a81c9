//! From check to stop, of both kinds.

use rustix::process::Signal;

use super::workload::{Workload, count, eventually, kit};

const HELLO: &str = r"
- rest:
    path: /hello
    get:
      - path: /{name}
        to: direct:hello
- route:
    id: hello
    from:
      uri: direct:hello
      steps:
        - setBody:
            simple: 'hello ${header.name} {{greeting}} {{env:FROM_ENVIRONMENT}}'
- route:
    id: tick
    from:
      uri: timer:tick
      parameters: {period: 20, delay: 0}
      steps:
        - log: ticked
- route:
    id: by-hand
    autoStartup: false
    from:
      uri: timer:by-hand
      parameters: {period: 20, delay: 0}
      steps:
        - log: must not run
";

#[test]
fn camel_nothing_runs_before_go_and_all_of_it_after() {
    let workload =
        Workload::new(&[("hello.camel.yaml", HELLO)]).with("/properties/greeting", "you").start();
    workload.wait_for("checked");
    assert!(!workload.is_listening());
    assert!(!workload.output().contains("ticked"));
    workload.go();
    workload.wait_for("ready");
    assert_eq!(workload.get("/hello/tea"), (200, "hello tea you secret".to_owned()));
    let log = workload.path("log/orders.log");
    assert!(eventually(|| count(&log, "\"ticked\"") >= 2));
    assert!(!workload.output().contains("must not run"));
}

#[test]
fn camel_a_class_data_archive_is_made_and_used() {
    let view = &kit().view;
    assert!(view.archive.is_some());
    let workload =
        Workload::new(&[("hello.camel.yaml", HELLO)]).with("/properties/greeting", "you");
    let workload = workload.start();
    workload.wait_for("checked");
    let status =
        std::fs::read_to_string(format!("/proc/{}/maps", workload.status()["pid"])).unwrap();
    assert!(status.contains("workload.jsa"));
}

#[test]
fn camel_sigterm_ends_gracefully_with_code_0() {
    let slow = r"
- route:
    id: slow
    from:
      uri: timer:slow
      parameters: {repeatCount: 1, delay: 0}
      steps:
        - log: begun
        - delay: {constant: '700'}
        - log: finished
";
    let mut workload = Workload::new(&[("slow.camel.yaml", slow)]).start();
    workload.wait_for("checked");
    workload.go();
    workload.wait_for("ready");
    let log = workload.path("log/orders.log");
    assert!(eventually(|| count(&log, "begun") == 1));
    workload.signal(Signal::TERM);
    assert_eq!(workload.ended(), Some(0));
    assert_eq!(workload.status()["state"], "stopped");
    assert_eq!(count(&log, "finished"), 1, "the message in flight was dropped");
}

#[test]
fn camel_stopped_means_that_the_port_is_free_and_nothing_is_left_in_flight() {
    let routes = r"
- route:
    id: ask
    from:
      uri: platform-http:/ask
      steps:
        - to: seda:later
        - setBody: {constant: asked}
- route:
    id: later
    from:
      uri: seda:later
      steps:
        - delay: {constant: '40'}
        - log: arrived
";
    let workload = Workload::new(&[("ask.camel.yaml", routes)]).start();
    workload.wait_for("checked");
    workload.go();
    workload.wait_for("ready");
    for _ in 0..5 {
        assert_eq!(workload.get("/ask"), (200, "asked".to_owned()));
    }
    workload.signal(Signal::TERM);
    workload.wait_for("stopped");
    assert!(!workload.is_listening());
    let log = workload.path("log/orders.log");
    assert_eq!(count(&log, "arrived"), 5, "what waited in a queue was dropped");
}

#[test]
fn camel_sigterm_before_go_ends_at_once() {
    let mut workload =
        Workload::new(&[("hello.camel.yaml", HELLO)]).with("/properties/greeting", "x").start();
    workload.wait_for("checked");
    workload.signal(Signal::TERM);
    assert_eq!(workload.ended(), Some(0));
    assert_eq!(workload.status()["state"], "stopped");
    assert!(!workload.output().contains("ticked"));
}

#[test]
fn camel_the_users_server_settings_open_no_other_port() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let workload = Workload::new(&[("hello.camel.yaml", HELLO)])
        .with("/properties/greeting", "x")
        .with("/properties/camel.server.enabled", "true")
        .with("/properties/camel.server.host", "0.0.0.0")
        .with("/properties/camel.server.port", other.to_string())
        .with("/properties/camel.server.path", "/api")
        .with("/properties/camel.management.enabled", "true")
        .with("/properties/camel.management.port", other.to_string())
        .start();
    workload.wait_for("checked");
    assert!(std::net::TcpStream::connect(("127.0.0.1", other)).is_err());
    workload.go();
    workload.wait_for("ready");
    assert!(std::net::TcpStream::connect(("127.0.0.1", other)).is_err());
    assert_eq!(workload.get("/api/hello/tea").0, 200, "other settings of the server hold");
    let listening =
        std::fs::read_to_string(format!("/proc/{}/net/tcp", workload.status()["pid"])).unwrap();
    let any = format!("00000000:{:04X}", workload.port);
    assert!(!listening.contains(&any), "listens on all addresses");
}

const SPRING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<beans xmlns="http://www.springframework.org/schema/beans"
       xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
       xsi:schemaLocation="http://www.springframework.org/schema/beans http://www.springframework.org/schema/beans/spring-beans.xsd
                           http://camel.apache.org/schema/spring http://camel.apache.org/schema/spring/camel-spring.xsd">
  <bean id="words" class="java.util.ArrayList">
    <constructor-arg><list><value>one</value><value>two</value></list></constructor-arg>
  </bean>
  <camelContext id="shop" xmlns="http://camel.apache.org/schema/spring">
    <route id="size">
      <from uri="platform-http:/size"/>
      <bean ref="words" method="size"/>
      <setBody><simple>${body} {{greeting}}</simple></setBody>
    </route>
    <route id="tick">
      <from uri="timer:tick?period=20&amp;delay=0"/>
      <log message="ticked"/>
    </route>
  </camelContext>
</beans>
"#;

#[test]
fn camel_a_spring_context_waits_for_go_too() {
    let mut workload = Workload::new(&[("camel-context.xml", SPRING)])
        .with("/properties/greeting", "words")
        .start();
    workload.wait_for("checked");
    assert!(!workload.is_listening());
    assert!(!workload.output().contains("ticked"));
    workload.go();
    workload.wait_for("ready");
    assert_eq!(workload.get("/size"), (200, "2 words".to_owned()));
    let log = workload.path("log/orders.log");
    assert!(eventually(|| count(&log, "ticked") >= 2));
    workload.signal(Signal::TERM);
    assert_eq!(workload.ended(), Some(0));
    assert_eq!(workload.status()["state"], "stopped");
}

#[test]
fn camel_kamelets_and_templates_run_after_go_only() {
    let routes = r"
- routeTemplate:
    id: greeter
    parameters: [{name: word}]
    from:
      uri: 'timer:{{word}}'
      parameters: {period: 20, delay: 0}
      steps:
        - log: 'template {{word}}'
- templatedRoute:
    routeTemplateRef: greeter
    parameters: [{name: word, value: hi}]
- route:
    id: source
    from:
      uri: kamelet:timer-source
      parameters: {period: 20, message: from a kamelet}
      steps:
        - to: kamelet:log-sink
";
    let workload = Workload::new(&[("t.camel.yaml", routes)]).start();
    workload.wait_for("checked");
    assert!(!workload.output().contains("template hi"));
    workload.go();
    workload.wait_for("ready");
    let log = workload.path("log/orders.log");
    assert!(eventually(|| count(&log, "template hi") >= 2 && count(&log, "from a kamelet") >= 2));
}
