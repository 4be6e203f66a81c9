//! Every key of a query on real rows, paging, facets, detail, correlation and logs.

use store::telemetry::search::{self, Page};
use store::telemetry::{log, payload};
use telemetry::model::{Message, MessageFlags, Outcome, Parent, Point, Record, Trace};
use telemetry::query::{OutcomeIs, parse};

use super::made::{TRACE_BASE, World, world};

const SECOND: u64 = 1_000_000;

/// Five messages, a second apart, the youngest first in time; `started` of number n is now - n seconds.
async fn stand(db: &store::Db) -> (World, Vec<Message>) {
    let mut world = world(db, "tea").await;
    world.index_words = true;
    let now = world.now_us;
    let mut all = Vec::new();
    let batch = world.batch(|make| {
        let mut records = Vec::new();
        let mut plain = make.message(now - SECOND, 1, "intake");
        plain.correlation.breadcrumb = Some("crumb-1".to_owned());
        let mut failed = make.message(now - 2 * SECOND, 2, "intake");
        make.fail(&mut failed, "java.lang.IllegalStateException", "no price for sku `TEA-10`");
        failed.attributes.push((make.names.intern("orderId"), "A-17".to_owned()));
        failed.correlation.breadcrumb = Some("crumb-1".to_owned());
        let mut slow = make.message(now - 3 * SECOND, 3, "lookup");
        slow.duration_us = 3 * SECOND;
        slow.attributes.push((make.names.intern("orderId"), "A-18".to_owned()));
        slow.replay_of = Some(failed.id);
        let mut handled = make.message(now - 4 * SECOND, 4, "lookup");
        make.fail(&mut handled, "java.sql.SQLException", "duplicate key");
        handled.outcome = Outcome::Handled;
        handled.correlation.parent = Some(Parent { count: 2, step: 1 });
        handled.fault.as_mut().unwrap().fingerprint = 78;
        let mut child = make.message(now - 2 * SECOND + 900, 5, "prices");
        child.correlation.trace =
            Some(Trace { id: (u128::from(TRACE_BASE) << 64) | 2, caller_span: 1 });
        child.flags = MessageFlags::TRUNCATED;
        child.steps_total = 900;
        records.push(Record::Payload(make.payload(&failed, "{\"item\": \"Green Inverter tea\"}")));
        records.push(Record::Payload(make.payload(&slow, "inverter green")));
        records.push(Record::Log(make.log(&failed, "no price")));
        for message in [plain, failed, slow, handled, child] {
            records.push(Record::Message(message.clone()));
            all.push(message);
        }
        records
    });
    assert!(world.store(&batch).await);
    (world, all)
}

async fn ask(world: &World, text: &str) -> Page {
    let query =
        parse(text, testkit::people::now()).unwrap_or_else(|err| unreachable!("{text}: {err}"));
    let scene = world.scene().await;
    let mut tx = world.tx().await;
    search::limit(&mut tx).await.unwrap();
    search::search(&mut tx, &scene, &query, None, 50)
        .await
        .unwrap_or_else(|err| unreachable!("{text}: {err:?}"))
}

/// The counts of the messages that were found, newest first.
async fn counts(world: &World, text: &str) -> Vec<u32> {
    ask(world, text).await.found.iter().map(|found| found.id.count).collect()
}

#[tokio::test]
async fn pg_every_key_finds_what_it_names() {
    let pg = testkit::postgres().await;
    let (world, all) = stand(&pg.db).await;
    let short = all[1].id.short(6);
    let whole = all[1].id.to_string();
    let cases: &[(&str, &[u32])] = &[
        ("", &[1, 5, 2, 3, 4]),
        ("since:1h", &[1, 5, 2, 3, 4]),
        ("until:1h", &[]),
        ("route:intake", &[1, 2]),
        ("route:l*", &[3, 4]),
        ("route:nowhere", &[]),
        ("-route:intake", &[5, 3, 4]),
        ("route:intake outcome:failed", &[2]),
        ("route:intake OR route:prices", &[1, 5, 2]),
        ("outcome:handled", &[4]),
        ("NOT (outcome:failed OR outcome:handled)", &[1, 5, 3]),
        ("outcome:inflight", &[]),
        ("dur>2s", &[3]),
        ("dur<=14ms", &[1, 5, 2, 4]),
        ("steps>100", &[5]),
        ("is:truncated", &[5]),
        ("is:skewed", &[]),
        ("is:replay", &[3]),
        ("replayed:yes", &[]),
        ("-is:replay route:lookup replayed:no", &[4]),
        ("integration:orders env:dev runtime:laptop release:4f2c", &[1, 5, 2, 3, 4]),
        ("integration:prices", &[]),
        ("node:intake-node2", &[2]),
        ("-node:intake-node2", &[1, 5, 3, 4]),
        ("class:SQLException", &[4]),
        ("class:java.sql.*", &[4]),
        ("error:\"no price\"", &[2]),
        ("error:*price*", &[2]),
        ("-error:price", &[1, 5, 3, 4]),
        ("fingerprint:4d", &[2]),
        ("orderId:A-17", &[2]),
        ("orderId:A-*", &[2, 3]),
        ("-orderId:A-17", &[1, 5, 3, 4]),
        ("orderId:A-17 outcome:completed", &[]),
        ("body:inverter", &[2, 3]),
        ("body:\"green inverter\"", &[2]),
        ("body:\"inverter green\"", &[3]),
        ("-body:\"green inverter\"", &[1, 5, 3, 4]),
        ("header.camelhttpuri:/orders", &[2, 3]),
        ("header.CamelHttpUri:/other", &[]),
        ("A-17", &[2]),
        ("crumb-1", &[1, 2]),
        ("0000feed000000070000000000000002", &[5]),
        ("00-0000feed000000070000000000000002-0000000000000001-01", &[5]),
        ("0123456789ABCDEF-0000000000000002", &[2]),
        (&whole, &[2]),
        (&short, &[2]),
        ("route:intake crumb-1 outcome:failed", &[2]),
    ];
    for (text, want) in cases {
        assert_eq!(counts(&world, text).await, *want, "{text}");
    }
}

#[tokio::test]
async fn pg_a_text_that_tries_sql_is_text() {
    let pg = testkit::postgres().await;
    let (world, _) = stand(&pg.db).await;
    for text in [
        "route:\"x' OR '1'='1\"",
        "orderId:\"'; DROP TABLE message; --\"",
        "\"$1); SELECT pg_sleep(10)\"",
        "body:\"') UNION SELECT\"",
        "header.a:\"\\\\' OR true\"",
        "route:%",
        "route:_ntake",
        "integration:\"%\"",
    ] {
        assert_eq!(counts(&world, text).await, [] as [u32; 0], "{text}");
    }
    let deep = format!("{}route:intake{}", "(".repeat(16), ")".repeat(16));
    assert_eq!(counts(&world, &deep).await, [1, 2]);
    let many = vec!["-orderId:x"; 64].join(" ");
    assert_eq!(counts(&world, &many).await.len(), 5);
}

#[tokio::test]
async fn pg_pages_follow_each_other_without_gap_or_overlap() {
    let pg = testkit::postgres().await;
    let mut world = world(&pg.db, "tea").await;
    let now = world.now_us;
    // Three of each microsecond, so that a page ends between equal starts.
    let batch = world.batch(|make| {
        (0..60_u32)
            .map(|n| Record::Message(make.message(now - u64::from(n / 3) - 10, n, "intake")))
            .collect()
    });
    world.store(&batch).await;
    let mut scene = world.scene().await;
    // As of a day later, the first day looked at begins in the middle of them.
    let tomorrow = i64::try_from(now + 86_400_000_000 - 20).ok();
    let cases = ["", "route:intake", "error:x OR route:intake"]
        .map(|text| [scene.now_us, tomorrow].map(|at| (text, at)));
    for (text, at) in cases.into_iter().flatten() {
        scene.now_us = at;
        let query = parse(text, testkit::people::now()).unwrap();
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let mut tx = world.tx().await;
            let page = search::search(&mut tx, &scene, &query, before, 7).await.unwrap();
            assert!(page.found.len() <= 7);
            seen.extend(page.found.iter().map(|found| found.id));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        let mut sorted = seen.clone();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        sorted.dedup();
        assert_eq!((seen.len(), &seen), (60, &sorted), "{text}");
    }
}

#[tokio::test]
async fn pg_a_message_is_read_with_steps_payload_log_and_relatives() {
    let pg = testkit::postgres().await;
    let (world, all) = stand(&pg.db).await;
    let scene = world.scene().await;
    let mut tx = world.tx().await;
    let found = search::find(&mut tx, &scene, all[1].id, 1, 10).await.unwrap().unwrap();
    assert_eq!((found.route.as_str(), found.outcome), ("intake", OutcomeIs::Failed));
    let steps: Vec<_> = found
        .detail
        .steps
        .iter()
        .map(|step| (step.sequence, found.name(step.node), step.detail.as_deref()))
        .collect();
    assert_eq!(steps, [(2, "intake-node1", None), (3, "intake-node2", Some("404"))]);
    let fault = found.detail.fault.as_ref().unwrap();
    assert_eq!(fault.stack.as_deref(), Some("at io.example.Tea.price(Tea.java:7)"));
    let payloads = payload::of_message(&mut tx, found.id, found.flags).await.unwrap();
    assert_eq!(payloads[0].body.as_deref(), Some(b"{\"item\": \"Green Inverter tea\"}".as_slice()));
    assert_eq!(payloads[0].headers[0].0, "CamelHttpUri");
    let lines = log::of_message(&mut tx, found.id, found.flags, 10).await.unwrap();
    assert_eq!((lines.len(), lines[0].text.as_str()), (1, "no price"));
    let related = search::correlated(&mut tx, &scene, &found, 10).await.unwrap();
    let related: Vec<_> = related.iter().map(|found| found.id.count).collect();
    assert_eq!(related, [4, 3, 5, 1], "made by it, its replay, called by it, same breadcrumb");
    let child = search::find(&mut tx, &scene, all[4].id, 0, 0).await.unwrap().unwrap();
    let related = search::correlated(&mut tx, &scene, &child, 10).await.unwrap();
    let related: Vec<_> = related.iter().map(|found| found.id.count).collect();
    assert_eq!(related, [2], "who began the trace");
}

#[tokio::test]
async fn pg_facets_count_what_is_there() {
    let pg = testkit::postgres().await;
    let (world, _) = stand(&pg.db).await;
    let scene = world.scene().await;
    let query = parse("since:1h", testkit::people::now()).unwrap();
    let facets = search::facets(&mut world.tx().await, &scene, &query).await.unwrap();
    assert_eq!(facets.total, 5);
    assert!(facets.is_exact);
    assert_eq!(
        facets.outcomes,
        [(OutcomeIs::Completed, 3), (OutcomeIs::Handled, 1), (OutcomeIs::Failed, 1)]
    );
    let pairs = |list: &[(String, u64)]| -> Vec<(String, u64)> { list.to_vec() };
    assert_eq!(
        pairs(&facets.routes),
        [("intake".to_owned(), 2), ("lookup".to_owned(), 2), ("prices".to_owned(), 1)]
    );
    assert_eq!(pairs(&facets.integrations), [("orders".to_owned(), 5)]);
    assert_eq!(facets.classes.len(), 2);
}

#[tokio::test]
async fn pg_a_wrong_clock_is_stored_under_the_time_of_receipt() {
    let pg = testkit::postgres().await;
    let mut world = world(&pg.db, "tea").await;
    let (now, year) = (world.now_us, 365 * 86_400 * SECOND);
    let batch = world.batch(|make| {
        let old = make.message(now - year, 1, "intake");
        let payload = make.payload(&old, "tea");
        vec![
            Record::Payload(payload),
            Record::Message(old),
            Record::Message(make.message(now + year, 2, "intake")),
            Record::Message(make.message(0, 3, "intake")),
            Record::Message(make.message(now - 60 * SECOND, 4, "intake")),
        ]
    });
    assert!(world.store(&batch).await);
    let page = ask(&world, "is:skewed since:1h").await;
    let mut skewed: Vec<_> = page.found.iter().map(|found| found.id.count).collect();
    skewed.sort_unstable();
    assert_eq!(skewed, [1, 2, 3]);
    let first = page.found.iter().find(|found| found.id.count == 1).unwrap();
    assert_eq!(first.detail.claimed_start_us, Some(now - year));
    let payloads = payload::of_message(&mut world.tx().await, first.id, first.flags).await.unwrap();
    assert_eq!(payloads.len(), 1, "what belongs to it moved with it");
    assert_eq!(counts(&world, "-is:skewed").await, [4]);
}

#[tokio::test]
async fn pg_what_a_wrong_clock_says_in_two_batches_belongs_together() {
    let pg = testkit::postgres().await;
    let mut world = world(&pg.db, "tea").await;
    let old = world.now_us - 365 * 86_400 * SECOND;
    let mut message = None;
    let first = world.batch(|make| {
        let made = make.message(old, 1, "intake");
        message = Some(made.clone());
        vec![Record::Message(made)]
    });
    let message = message.unwrap();
    assert!(world.store(&first).await);
    // Bodies and lines of the log travel in blocks of their own and are received later.
    world.now_us += 40 * SECOND;
    let second = world.batch(|make| {
        let [mut start, mut end] = [make.payload(&message, "tea"), make.payload(&message, "rum")];
        (start.point, end.point) = (Point::Start, Point::End);
        let line = make.log(&message, "late");
        vec![Record::Payload(start), Record::Payload(end), Record::Log(line)]
    });
    assert!(world.store(&second).await);
    let page = ask(&world, "is:skewed since:1h").await;
    let found = &page.found[0];
    let mut tx = world.tx().await;
    let payloads = payload::of_message(&mut tx, found.id, found.flags).await.unwrap();
    assert_eq!(payloads.len(), 2);
    let lines = log::of_message(&mut tx, found.id, found.flags, 10).await.unwrap();
    assert_eq!(lines.len(), 1);
}

/// Rows of one day among which the end of an id is looked for.
const MANY: u32 = 60_000;

#[tokio::test]
async fn pg_the_end_of_an_id_is_found_without_looking_at_every_row() {
    let pg = testkit::postgres().await;
    let mut world = world(&pg.db, "tea").await;
    let now = world.now_us;
    let (batches, each) = (20, MANY / 20);
    for batch in 0..batches {
        let first = batch * each;
        let records = world.batch(|make| {
            let at = |count: u32| now - u64::from(MANY - count) * 100;
            (first..first + each)
                .map(|count| Record::Message(make.message(at(count), count, "intake")))
                .collect()
        });
        assert!(world.store(&records).await);
    }
    // The same end a million messages later.
    let far = world.batch(|make| {
        vec![Record::Message(make.message(now - 5 * SECOND, 77 + (1 << 20), "intake"))]
    });
    assert!(world.store(&far).await);
    let mut owner = pg.connect_as("midplane_owner").await;
    sqlx::Executor::execute(&mut owner, "VACUUM ANALYZE message").await.unwrap();
    let scene = world.scene().await;
    let mut tx = world.tx().await;
    let ends = async |tx: &mut store::Tx, count: u32, length: usize, since_us: u64| {
        let id = telemetry::id::MessageId {
            started_us: 0,
            tracer: telemetry::id::TracerInstance(7),
            count,
        };
        let end = telemetry::id::parse_end(&id.short(length)).unwrap();
        let found = search::ending(tx, &scene, end, since_us).await.unwrap();
        found.into_iter().map(|id| id.count).collect::<Vec<_>>()
    };
    assert_eq!(ends(&mut tx, 4_711, 4, 0).await, [4_711]);
    assert_eq!(ends(&mut tx, 77, 4, 0).await.len(), 2, "both end so");
    assert_eq!(ends(&mut tx, 77, 5, 0).await, [77]);
    assert_eq!(ends(&mut tx, 4_711, 4, now).await, [0; 0], "before the time looked at");
    let nobody = search::Scene::default();
    let end = telemetry::id::parse_end("4711").unwrap();
    assert!(search::ending(&mut tx, &nobody, end, 0).await.unwrap().is_empty());
    // What the function does inside, as its owner: ranges of pages and not every row.
    let plan = "EXPLAIN (ANALYZE, FORMAT TEXT) SELECT low FROM message WHERE org_id = $1 AND started_at >= 'epoch' \
        AND (low & 1048575) = 4711";
    sqlx::Executor::execute(&mut owner, "SET enable_seqscan = off; SET enable_indexscan = off")
        .await
        .unwrap();
    let lines: Vec<String> = sqlx::query_scalar(plan)
        .bind(world.member.organization.0)
        .fetch_all(&mut owner)
        .await
        .unwrap();
    let text = lines.join("\n");
    assert!(text.contains("BitmapAnd") || text.contains("_expr_idx"), "{text}");
    let removed =
        lines.iter().filter_map(|line| line.split("Rows Removed by Index Recheck: ").nth(1));
    let removed: u32 = removed.filter_map(|count| count.trim().parse::<u32>().ok()).sum();
    assert!(removed < MANY / 4, "{text}");
}
