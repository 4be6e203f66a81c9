use proptest::prelude::*;

use super::*;

fn redactor() -> Redactor {
    let additions = Additions {
        headers: vec!["X-Customer-*".to_owned()],
        json_paths: vec![
            "$.customer.iban".to_owned(),
            "$.lines[*].note".to_owned(),
            "$..born".to_owned(),
        ],
        xml_paths: vec![
            "/order/customer/iban".to_owned(),
            "//note".to_owned(),
            "/order/@owner".to_owned(),
        ],
        patterns: vec![("ticket".to_owned(), r"\bTCK-(\d+)\b".to_owned())],
    };
    Redactor::new(&additions, None).unwrap()
}

/// The corpus: input, then what is kept. Both stay as they are; a new rule adds cases.
#[test]
fn the_corpus_is_masked_as_it_always_was() {
    let corpus = include_str!("corpus.txt");
    let redactor = redactor();
    let mut cases = 0;
    for case in corpus.split("\n---\n") {
        let (input, expected) =
            case.split_once("\n=>\n").unwrap_or_else(|| panic!("no `=>` in {case}"));
        let (input, expected) = (input.trim_matches('\n'), expected.trim_matches('\n'));
        let kept = match redactor.body(input.as_bytes(), None) {
            Redacted::Clean => input.to_owned(),
            Redacted::Masked(bytes) => String::from_utf8(bytes).unwrap(),
            Redacted::Unreadable => "(nothing)".to_owned(),
        };
        assert_eq!(kept, expected, "of: {input}");
        cases += 1;
    }
    assert!(cases >= 40, "{cases} cases");
}

#[test]
fn headers_with_the_name_of_a_secret_are_masked() {
    let redactor = redactor();
    let secret = [
        "Authorization",
        "COOKIE",
        "X-Api-Key",
        "dbPassword",
        "X-Customer-Name",
        "my_secret_1",
        "csrfToken",
    ];
    for name in secret {
        assert!(redactor.header(name, b"v").is_some(), "{name}");
    }
    for name in ["orderId", "Content-Type", "X-Customers", "tokenCount"] {
        assert!(redactor.header(name, b"v").is_none(), "{name}");
    }
}

#[test]
fn the_tracer_masks_some_names_by_itself() {
    for (name, is) in [("X-Token-Value", true), ("AUTHORIZATION", true), ("orderId", false)] {
        assert_eq!(masked_in_workloads(name), is, "{name}");
    }
}

#[test]
fn a_hash_is_equal_for_equal_values_and_says_nothing_else() {
    let [one, other] =
        [[1; 32], [2; 32]].map(|key| Redactor::new(&Additions::default(), Some(&key)).unwrap());
    let mask = |redactor: &Redactor, value: &[u8]| redactor.header("Authorization", value);
    assert_eq!(mask(&one, b"ann"), mask(&one, b"ann"));
    assert_ne!(mask(&one, b"ann"), mask(&one, b"bob"));
    assert_ne!(mask(&one, b"ann"), mask(&other, b"ann"));
    assert!(mask(&one, b"ann").is_some_and(|mask| mask.len() == "[masked header ]".len() + 16));
}

#[test]
fn a_rule_that_cannot_be_used_is_refused() {
    let refused =
        |additions: Additions| Redactor::new(&additions, None).err().map(|err| err.to_string());
    let path = |text: &str| {
        refused(Additions { json_paths: vec![text.to_owned()], ..Additions::default() })
    };
    for bad in ["", "a.b", "$", "$.a.", "$[x", "$..", "$.a[]"] {
        assert!(path(bad).is_some(), "{bad}");
    }
    let pattern = |text: &str| {
        refused(Additions {
            patterns: vec![("p".to_owned(), text.to_owned())],
            ..Additions::default()
        })
    };
    for bad in ["(", "a*", r"(?:\pL{1000}){1000}"] {
        assert!(pattern(bad).is_some(), "{bad}");
    }
    assert_eq!(pattern("x+"), None);
    let many = vec!["$.a".to_owned(); MAX_RULES + 1];
    assert!(refused(Additions { json_paths: many, ..Additions::default() }).is_some());
}

#[test]
fn without_rules_of_its_own_a_broken_document_is_searched_by_patterns() {
    let redactor = Redactor::new(&Additions::default(), None).unwrap();
    let Redacted::Masked(bytes) = redactor.body(b"{oops: ann@example.com", None) else {
        panic!("not masked")
    };
    assert_eq!(bytes, b"{oops: [masked email]");
}

#[test]
fn a_text_keeps_its_characters() {
    let redactor = redactor();
    assert_eq!(
        redactor.text("größe password=geheim ü").as_deref(),
        Some("größe password=[masked password] ü")
    );
    assert_eq!(redactor.text("größe"), None);
}

proptest! {
    #[test]
    fn no_bytes_panic_and_nothing_is_masked_twice(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let redactor = redactor();
        for kind in [None, Some("application/json"), Some("text/xml")] {
            let Some(findings) = redactor.find(&bytes, kind) else { continue };
            for pair in findings.windows(2) {
                prop_assert!(pair[0].range.end <= pair[1].range.start);
            }
        }
    }

    #[test]
    fn a_secret_never_survives_where_a_document_ends(at in 0_usize..80) {
        let whole = br#"{"id":1,"customer":{"iban":"DE02120300000000202051","x":[1,2]},"password":"hunter2"}"#;
        let kept = match redactor().body(&whole[..at.min(whole.len())], None) {
            Redacted::Masked(bytes) => String::from_utf8(bytes).unwrap(),
            Redacted::Clean | Redacted::Unreadable => String::new(),
        };
        prop_assert!(!kept.contains("DE0") && !kept.contains("hunt"), "{kept}");
    }

    #[test]
    fn valid_json_stays_valid(value in json()) {
        let text = value.clone();
        if let Redacted::Masked(bytes) = redactor().body(text.as_bytes(), Some("application/json")) {
            prop_assert!(super::json::find(&bytes, &[]).whole, "{}", String::from_utf8_lossy(&bytes));
        }
    }
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("12".to_owned()),
        Just(r#""a@b.de""#.to_owned()),
        Just(r#""x\"y""#.to_owned())
    ];
    leaf.prop_recursive(4, 20, 4, |inner| {
        let key = prop::sample::select(vec![
            "password", "a", "born", "lines", "note", "customer", "iban",
        ]);
        prop_oneof![
            prop::collection::vec((key, inner.clone()), 0..4).prop_map(|pairs| {
                let pairs: Vec<_> =
                    pairs.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", pairs.join(","))
            }),
            prop::collection::vec(inner, 0..4).prop_map(|all| format!("[{}]", all.join(", "))),
        ]
    })
}
