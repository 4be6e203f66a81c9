//! The guard against bombs, floods and noise; and that it lets through what people write.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check_is(document: &str, want: Result<(), Refused>) {
    assert_eq!(check(document, &Limits::PUBLIC), want);
}

/// `{a{a{…}}}` with `depth` braces.
fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}{}", open.repeat(depth), close.repeat(depth))
}

/// Runs on a thread with the stack that tokio gives its workers.
fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(work).unwrap().join().unwrap();
}

#[test]
fn what_people_write_passes() {
    for good in [
        "{ viewer { id } }",
        "query Q($a: [Int!]! = [1, 2], $b: In = {x: {y: 1}}) @live { a(x: $a) { b, c } ...F }\nfragment F on Query { d }",
        "query { a: viewer { id } ... on Query @include(if: true) { b } ... @skip(if: false) { c } ... { d } }",
        "mutation { set(text: \"\"\"a { b \\\"\"\" c\"\"\", other: \"{{{[[[\\\"\") { id } }",
        "# { { {\n{ a } # }",
        "subscription S { deployments(environment: \"dev\") { id phase } }",
        "",
        "not graphql at all } ] )",
    ] {
        check_is(good, Ok(()));
    }
}

#[test]
fn a_hundred_thousand_nested_anything_is_refused_on_a_small_stack() {
    on_small_stack(|| {
        for (open, close) in [("{a", "}"), ("[", "]"), ("{a:", "}"), ("(", ")")] {
            for head in ["", "{a(x:", "query($v:T="] {
                let document = format!("{head}{}", nested(open, close, 100_000));
                let refused = check(&document, &Limits { bytes: usize::MAX, ..Limits::PUBLIC });
                // Outside of a value, `{a:` is a flood of aliases before it is deep.
                let want = [Err(Refused::Nesting(64)), Err(Refused::Aliases(30))];
                assert!(want.contains(&refused), "{open} after {head}: {refused:?}");
            }
        }
    });
}

#[test]
fn nesting_is_counted_through_fragments() {
    let mut document = "{...F0}".to_owned();
    for place in 0..200 {
        let _ = write!(document, "fragment F{place} on T{{a{{...F{}}}}}", place + 1);
    }
    document.push_str("fragment F200 on T{a}");
    check_is(&document, Err(Refused::Nesting(64)));
}

#[test]
fn a_fragment_bomb_is_counted_not_expanded() {
    let mut document = "{...F0}".to_owned();
    for place in 0..30 {
        let next = place + 1;
        let _ = write!(document, "fragment F{place} on T{{...F{next} ...F{next}}}");
    }
    document.push_str("fragment F30 on T{a}");
    check_is(&document, Err(Refused::Selections(5_000)));
}

#[test]
fn a_cycle_of_fragments_is_refused() {
    check_is("{...A} fragment A on T{...B} fragment B on T{...A}", Err(Refused::Cycle));
    check_is("{...A} fragment A on T{a{...A}}", Err(Refused::Cycle));
}

#[test]
fn floods_are_refused_by_what_they_flood() {
    let fields = |count: usize, text: &str| format!("{{ a {{ {} }} }}", text.repeat(count));
    check_is(&fields(5_000, "a "), Err(Refused::Selections(5_000)));
    check_is(&fields(4_999, "a "), Ok(()));
    check_is(&fields(31, "a:b "), Err(Refused::Aliases(30)));
    check_is(&fields(30, "a:b "), Ok(()));
    check_is(&format!("{{ {} }}", "a ".repeat(21)), Err(Refused::RootFields(20)));
    check_is(
        &format!("{{ ...F ...F }} fragment F on Q {{ {} }}", "a ".repeat(11)),
        Err(Refused::RootFields(20)),
    );
    check_is(&format!("{{ ... on Q {{ {} }} }}", "a ".repeat(21)), Err(Refused::RootFields(20)));
    check_is(&format!("{{ a {} }}", "@skip(if: false) ".repeat(9)), Err(Refused::Directives(8)));
    check_is(&format!("query {} {{ a }}", "@x ".repeat(9)), Err(Refused::Directives(8)));
    check_is(&format!("{{ a(x: [{}]) }}", "1 ".repeat(10_000)), Err(Refused::Tokens(10_000)));
    check_is(&" ".repeat(256 * 1024 + 1), Err(Refused::Bytes(256 * 1024)));
    check_is("fragment A on T{a} fragment A on T{b}", Err(Refused::SameName));
}

#[test]
fn a_mebibyte_of_anything_is_judged_within_ten_milliseconds() {
    let limits = Limits { bytes: usize::MAX, tokens: usize::MAX, ..Limits::PUBLIC };
    for unit in ["{", "a ", "\"", "#", "...", "\"\"\"", " ", "@a ", "fragment F on T{a}", "ä", "-"]
    {
        let document = unit.repeat(1024 * 1024 / unit.len());
        // The best of three, because the machine that runs the tests has other things to do.
        let best = (0..3)
            .map(|_| {
                let start = Instant::now();
                let _ = check(&document, &Limits::PUBLIC);
                let _ = check(&document[..document.len().min(1024)], &limits);
                start.elapsed()
            })
            .min()
            .unwrap();
        assert!(best < Duration::from_millis(10), "{unit}: {best:?}");
    }
}

proptest! {
    /// Whatever the bytes, the guard answers; and what it lets through, the parser survives on a small stack.
    #[test]
    fn noise_is_answered(document in "[{}()\\[\\]:@$!.,a-c\"\\\\# \n1-]{0,400}") {
        if check(&document, &Limits::PUBLIC).is_ok() {
            let _ = async_graphql::parser::parse_query(&document);
        }
    }

    /// The count of an expanded document is what a naive expansion counts.
    #[test]
    fn counting_agrees_with_expanding(shape in prop::collection::vec((0_u64..4, prop::collection::vec(0_usize..8, 0..4)), 1..8)) {
        // Fragment i may spread only later ones, so there is no cycle.
        let fragments: Vec<(u64, Vec<usize>)> = shape
            .iter()
            .enumerate()
            .map(|(place, (fields, spreads))| {
                (*fields, spreads.iter().copied().filter(|of| *of > place && *of < shape.len()).collect())
            })
            .collect();
        fn naive(fragments: &[(u64, Vec<usize>)], of: usize) -> u64 {
            fragments[of].0 + fragments[of].1.iter().map(|next| naive(fragments, *next)).sum::<u64>()
        }
        let mut document = "{ x { ...F0 } }".to_owned();
        for (place, (fields, spreads)) in fragments.iter().enumerate() {
            let spreads: String = spreads.iter().fold(String::new(), |mut text, of| { let _ = write!(text, " ...F{of}"); text });
            let _ = write!(document, " fragment F{place} on T {{ {} {spreads} }}", "a ".repeat(usize::try_from(*fields).unwrap()));
        }
        let count = naive(&fragments, 0) + 1;
        let most = (0..fragments.len()).map(|of| naive(&fragments, of)).max().unwrap().max(count);
        let exact = Limits { selections: most, ..Limits::PUBLIC };
        let less = Limits { selections: most - 1, ..Limits::PUBLIC };
        prop_assert_eq!(check(&document, &exact), Ok(()));
        prop_assert_eq!(check(&document, &less), Err(Refused::Selections(most - 1)));
    }
}
