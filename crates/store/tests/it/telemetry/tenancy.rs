//! A second organization sees none of it, through the store's functions and by raw SQL; the ingest role reads nothing.

use sqlx::Executor as _;
use store::telemetry::search;
use store::telemetry::write::Writer;
use telemetry::model::Record;
use telemetry::query::Query;

use super::made::world;

#[tokio::test]
async fn pg_another_organization_finds_nothing_even_with_the_ids() {
    let pg = testkit::postgres().await;
    let mut tea = world(&pg.db, "tea").await;
    let rum = world(&pg.db, "rum").await;
    let now = tea.now_us;
    let batch = tea.batch(|make| {
        let mut message = make.message(now, 1, "intake");
        message.attributes.push((make.names.intern("orderId"), "A-17".to_owned()));
        vec![Record::Message(message)]
    });
    tea.store(&batch).await;
    let scene = tea.scene().await;
    let found =
        search::search(&mut tea.tx().await, &scene, &Query::everything(), None, 10).await.unwrap();
    assert_eq!(found.found.len(), 1);
    // The other's transaction with everything that is known of the first.
    let mut tx = rum.tx().await;
    let page = search::search(&mut tx, &scene, &Query::everything(), None, 10).await.unwrap();
    assert!(page.found.is_empty());
    let one = search::find(&mut tx, &scene, found.found[0].id, 0, 10).await.unwrap();
    assert!(one.is_none());
}

#[tokio::test]
async fn pg_the_ingest_role_reads_nothing_and_writes_for_its_organization_alone() {
    let pg = testkit::postgres().await;
    let mut tea = world(&pg.db, "tea").await;
    let now = tea.now_us;
    let batch = tea.batch(|make| vec![Record::Message(make.message(now, 1, "intake"))]);
    tea.store(&batch).await;
    let mut ingest = pg.connect_as("midplane_ingest").await;
    for table in [
        "message",
        "message_r14",
        "message_payload",
        "message_token",
        "telemetry_log",
        "telemetry_rollup",
        "telemetry_account",
        "telemetry_name",
        "telemetry_origin",
        "failure_group",
        "telemetry_ledger",
        "actor",
        "job",
    ] {
        let read = format!("SELECT * FROM {table}");
        let err = ingest.execute(sqlx::AssertSqlSafe(read)).await.unwrap_err();
        assert!(err.to_string().contains("permission denied"), "{table}: {err}");
    }
    for statement in ["DELETE FROM message", "UPDATE message SET low = 0", "TRUNCATE message"] {
        let err = ingest.execute(sqlx::AssertSqlSafe(statement.to_owned())).await.unwrap_err();
        assert!(err.to_string().contains("permission denied"), "{statement}: {err}");
    }
    // Without a token no organization, with one only that.
    let insert = "INSERT INTO telemetry_account VALUES (gen_random_uuid(), now(), now(), gen_random_uuid(), 1, 1, 1, NULL, 14, 0, 1, 0, 0)";
    let err = ingest.execute(insert).await.unwrap_err();
    assert!(err.to_string().contains("row-level security"), "{err}");
    let writer = Writer::begin(&pg.db, tea.member.organization).await.unwrap();
    drop(writer);
}
