//! The log file: shape, rolling, and a disk that takes nothing more.

use std::fs;

use super::workload::{Workload, count, eventually};

#[test]
fn camel_an_entry_is_one_line_with_its_stack() {
    let routes = r#"
- route:
    id: bad
    from:
      uri: timer:bad
      parameters: {repeatCount: 1, delay: 0}
      steps:
        - log: "two\nlines \"quoted\" ü 😀"
        - throwException: {exceptionType: java.lang.IllegalStateException, message: on purpose}
"#;
    let workload = Workload::new(&[("a.camel.yaml", routes)]).start();
    workload.wait_for("checked");
    workload.go();
    workload.wait_for("ready");
    let log = workload.path("log/orders.log");
    assert!(eventually(|| count(&log, "on purpose") > 0 && count(&log, "}\n") > 3));
    let lines = workload.lines();
    let entry = lines.iter().find(|line| line["message"] == "two\nlines \"quoted\" ü 😀").unwrap();
    assert_eq!((entry["level"].as_str(), entry["logger"].as_str()), (Some("INFO"), Some("bad")));
    let time = entry["time"].as_str().unwrap();
    assert!(time.len() == 24 && time.ends_with('Z') && time.starts_with("20"), "{time}");
    let error = lines.iter().find(|line| line["level"] == "ERROR").unwrap();
    assert!(error["stack"].as_str().unwrap().contains("\n\tat "));
}

const FAST: &str = r"
- route:
    id: fast
    from:
      uri: timer:fast
      parameters: {delay: -1, repeatCount: 3000}
      steps:
        - setBody:
            simple: '${random(1000000)} 0123456789012345678901234567890123456789012345678901234567890123456789'
        - log: '${body}${body}${body}${body}${body}${body}'
        - to: file:done?fileName=count&fileExist=Override&allowNullBody=true
";

#[test]
fn camel_log_files_are_bounded() {
    let workload = Workload::new(&[("a.camel.yaml", FAST)]).with("/log/max_bytes", 100_000).start();
    workload.wait_for("checked");
    workload.go();
    workload.wait_for("ready");
    assert!(eventually(|| workload.path("log/orders.log.2").exists()));
    let files: Vec<_> = fs::read_dir(workload.path("log")).unwrap().flatten().collect();
    assert!(files.len() <= 3, "{files:?}");
    for file in files {
        assert!(file.metadata().unwrap().len() <= 100_000);
    }
}

#[test]
fn camel_a_log_that_cannot_be_written_stops_nothing() {
    let workload = Workload::new(&[("a.camel.yaml", FAST)]).with("/log/dir", "/dev/full").start();
    workload.wait_for("checked");
    workload.go();
    workload.wait_for("ready");
    assert!(eventually(|| workload.path("work/done/count").exists()));
}

#[test]
fn camel_a_level_can_be_set_for_one_logger() {
    let routes = "- route:\n    id: quiet\n    from:\n      uri: timer:a\n      parameters: {period: 20, delay: 0}\n      steps:\n        - log: {message: whisper, loggingLevel: DEBUG, logName: my.log}\n        - log: silent\n";
    let workload = Workload::new(&[("a.camel.yaml", routes)])
        .with("/properties/logging.level.my", "debug")
        .with("/properties/logging.level.quiet", "off")
        .start();
    workload.wait_for("checked");
    workload.go();
    let log = workload.path("log/orders.log");
    assert!(eventually(|| count(&log, "whisper") >= 2));
    assert!(!workload.output().contains("silent"));
}
