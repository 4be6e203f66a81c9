//! What messages carry, up to what nobody should send: the workload never notices.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use telemetry::frame::{
    AttributeRule, Body, HeaderValue, Message, MessageFlags, Outcome, Payload, Point, Settings,
    Unavailable,
};

use super::peer::{Heard, Peer};
use crate::camel::workload::{Workload, count, eventually};

const ROUTES: &str = include_str!("inputs.camel.yaml");
const CAP: usize = 64 << 10;
const BIG: u64 = 200 << 20;
const ORDER: &str = "<order id=\"A-1\"/>";

#[test]
fn camel_what_messages_carry_is_kept_within_bounds() {
    let workload = Workload::new(&[("inputs.camel.yaml", ROUTES)])
        .with("/properties/camel.main.streamCachingSpoolEnabled", "true");
    for name in ["big", "lines", "raw", "small"] {
        fs::create_dir_all(workload.path("work").join(name)).unwrap();
    }
    let file = fs::File::create(workload.path("work/big/big")).unwrap();
    file.set_len(BIG).unwrap();
    fs::write(workload.path("work/lines/lines"), "x\n".repeat(250_000)).unwrap();
    fs::write(workload.path("work/raw/raw"), "only once").unwrap();
    fs::write(workload.path("work/small/small"), ORDER).unwrap();
    let attributes = BTreeMap::from([
        ("customer".to_owned(), AttributeRule::JsonPath("$.who[0].name".to_owned())),
        ("kind".to_owned(), AttributeRule::Header("kind".to_owned())),
    ]);
    let settings = Settings {
        attributes,
        masked_headers: vec!["x-inner-*".to_owned()],
        ..Settings::default()
    };
    let peer = Peer::listen(&workload.path("."), settings);
    let workload = workload.traced(peer.address()).start();
    workload.wait_for("checked");
    workload.go();
    workload.wait_for("ready");

    let json = r#"{"who":[{"name":"Ana","age":3}],"orderId":"A-17"}"#;
    assert_eq!(post(&workload, "object", json.as_bytes()), 500);
    assert_eq!(post(&workload, "plain", &[b'a', 0xff, 0, 0xc3, b'z']), 200);
    assert_eq!(post(&workload, "plain", "ü".repeat(CAP).as_bytes()), 200);
    assert_eq!(post(&workload, "many", b"x"), 200);
    assert_eq!(post(&workload, "again", b"x"), 200);
    // Five by HTTP (each with the routes it calls inside), big, small, raw, stream and lines.
    peer.wait("ten messages", |heard| heard.messages.len() >= 10);
    let log = workload.path("log/orders.log");
    assert!(eventually(|| count(&log, "read only once") == 1), "the stream was consumed");
    peer.with(|heard| {
        by_http(heard);
        files(heard);
    });
    let copied = workload.path("work/copied/big");
    assert_eq!(fs::metadata(copied).unwrap().len(), BIG);
    assert!(!workload.output().contains("tracing:"), "{}", workload.output());
}

fn by_http(heard: &Heard) {
    let called = |route: &str| {
        let all = heard.messages.iter();
        let found: Vec<_> = all.filter(|m| heard.path(m).contains(&format!("({route}"))).collect();
        assert!(!found.is_empty(), "{route}");
        found
    };
    let object = called("object")[0];
    assert_eq!(object.outcome, Outcome::Failed);
    let attributes: BTreeMap<_, _> =
        object.attributes.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(attributes.get("customer"), Some(&"Ana"));
    assert_eq!(attributes.get("kind"), Some(&"object"));
    assert_eq!(attributes.get("orderNumber"), Some(&"17"));
    assert!(!attributes.contains_key("apiKey"), "{attributes:?}");
    assert_eq!(object.breadcrumb.as_ref(), "crumb");
    assert!(matches!(
        object.trace,
        telemetry::frame::Trace::Given {
            id: 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c,
            parent_span: 0xb7ad_6b71_6920_3331
        }
    ));
    let start = payload(object, Point::Start);
    assert_eq!(text(start), r#"{"who":[{"name":"Ana","age":3}],"orderId":"A-17"}"#);
    assert_eq!(start.content_type.as_ref(), "application/json");
    for (name, wanted) in [
        ("Authorization", HeaderValue::Masked),
        ("x-inner-a", HeaderValue::Masked),
        ("apiKey", HeaderValue::Masked),
        ("orderNumber", HeaderValue::Text("17".to_owned())),
    ] {
        let header = start.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        assert!(header.unwrap().1.value == wanted, "{name}");
    }
    let Body::Captured { bytes, view: true, .. } = &payload(object, Point::Failure).body else {
        unreachable!("{object:?}")
    };
    let view: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    assert_eq!(view["who"][0]["age"], 3);

    let plain = called("plain");
    let [broken, long] = plain[..] else { unreachable!("{}", plain.len()) };
    let Body::Captured { bytes, text: false, truncated: false, size: 5, .. } =
        &payload(broken, Point::Start).body
    else {
        unreachable!("{broken:?}")
    };
    assert_eq!(bytes, &[b'a', 0xff, 0, 0xc3, b'z']);
    let Body::Captured { bytes, truncated: true, size, .. } = &payload(long, Point::Start).body
    else {
        unreachable!("{long:?}")
    };
    assert_eq!((bytes.len(), *size), (CAP, 2 * CAP as u64));

    let many = called("many")[0];
    assert_eq!(many.outcome, Outcome::Handled);
    assert!(many.flags.contains(MessageFlags::TRUNCATED) && many.steps.len() == 10_000);
    assert!(many.steps_total > 10_500, "{}", many.steps_total);
    let failure = payload(many, Point::Failure);
    assert!(failure.headers_total > 10_500 && failure.headers.len() <= 256);
    let again = called("again")[0];
    assert_eq!(heard.path(again).matches("again(").count(), 100);
}

fn files(heard: &Heard) {
    let big = heard.of_route("big")[0];
    assert!(matches!(payload(big, Point::Start).body, Body::Unavailable(Unavailable::File)));
    assert!(heard.path(big).starts_with("big(convertBodyTo#1 to#1(cached(to#1))"));
    let small = payload(heard.of_route("small")[0], Point::Start);
    assert_eq!(text(small), ORDER, "read before it was deleted");
    let stream = heard.of_route("stream")[0];
    assert!(matches!(payload(stream, Point::Start).body, Body::Unavailable(Unavailable::Stream)));
    let lines = heard.of_route("lines")[0];
    assert!(lines.flags.contains(MessageFlags::TRUNCATED) && lines.steps.len() == 10_000);
    assert_eq!(lines.steps_total, 250_003, "from, split, 250,000 headers, log");
    let header = heard.structures.values().find(|route| &*route.id == "lines").unwrap();
    assert_eq!(header.nodes.len(), 4);
}

fn payload(message: &Message, point: Point) -> &Payload {
    message.payloads.iter().find(|payload| payload.point == point).unwrap()
}

fn text(payload: &Payload) -> String {
    match &payload.body {
        Body::Captured { bytes, .. } => String::from_utf8(bytes.clone()).unwrap(),
        Body::None | Body::Unavailable(_) => String::new(),
    }
}

fn post(workload: &Workload, kind: &str, body: &[u8]) -> u16 {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, workload.port)).unwrap();
    write!(
        stream,
        "POST /in/{kind} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Authorization: Bearer secret\r\nx-inner-a: b\r\napiKey: secret\r\norderNumber: 17\r\n\
         breadcrumbId: crumb\r\nContent-Length: {}\r\n\
         traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n",
        body.len()
    )
    .unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let line = String::from_utf8_lossy(&answer);
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}
