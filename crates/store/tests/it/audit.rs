//! The audit is written with its change, by nobody else, and proves itself.

use serde_json::json;
use sqlx::Executor;
use store::audit::{self, Entry, Finding, Head, verify};
use store::{Tx, setting};
use testkit::Postgres;
use testkit::people::{self, Member};

async fn write(pg: &Postgres, member: Member, count: u32) {
    for n in 0..count {
        let mut tx = Tx::begin(&pg.db, member.organization, member.actor).await.unwrap();
        let detail = json!({"n": n, "text": "ü \"quoted\"\n"});
        audit::append(&mut tx, people::now(), "setting.put", "setting", "a", &detail)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

async fn read(pg: &Postgres, member: Member) -> (Vec<Entry>, Head) {
    let mut tx = Tx::begin(&pg.db, member.organization, member.actor).await.unwrap();
    let entries = audit::list_after(&mut tx, 0, 1000).await.unwrap();
    (entries, audit::head(&mut tx).await.unwrap().unwrap())
}

#[tokio::test]
async fn pg_both_sides_compute_the_same_chain() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let rum = people::organization(&pg.db, "rum").await;
    write(&pg, tea, 5).await;
    write(&pg, rum, 2).await;
    let (entries, head) = read(&pg, tea).await;
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(entries.iter().all(|entry| entry.actor == tea.actor));
    assert_eq!(verify(&entries, &head), []);
}

#[tokio::test]
async fn pg_what_a_superuser_does_to_the_audit_is_named() {
    for (statement, want) in [
        ("UPDATE audit SET action = 'other' WHERE seq = 3", Finding::Changed { seq: 3 }),
        ("UPDATE audit SET at = at + interval '1 s' WHERE seq = 5", Finding::Changed { seq: 5 }),
        ("DELETE FROM audit WHERE seq = 2", Finding::Deleted { seq: 2 }),
        ("DELETE FROM audit WHERE seq = 5", Finding::Deleted { seq: 5 }),
        (
            "INSERT INTO audit SELECT org_id, 6, at, actor_id, action, target_kind, target_id, detail,
            hash, sha256(hash) FROM audit WHERE seq = 5",
            Finding::Inserted { seq: 6 },
        ),
        (
            "UPDATE audit SET seq = seq + 100; UPDATE audit SET seq = CASE seq WHEN 102 THEN 5
            WHEN 105 THEN 2 ELSE seq - 100 END",
            Finding::Reordered { seq: 2 },
        ),
    ] {
        let pg = testkit::postgres().await;
        let tea = people::organization(&pg.db, "tea").await;
        write(&pg, tea, 5).await;
        pg.connect_as("postgres").await.execute(sqlx::raw_sql(statement)).await.unwrap();
        let (entries, head) = read(&pg, tea).await;
        let findings = verify(&entries, &head);
        assert!(findings.contains(&want), "{statement}: {findings:?}");
    }
}

#[tokio::test]
async fn pg_a_change_that_is_not_committed_leaves_no_entry() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    write(&pg, tea, 1).await;
    let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
    setting::put(&mut tx, "a", &json!(1), people::now()).await.unwrap();
    audit::append(&mut tx, people::now(), "setting.put", "setting", "a", &json!({})).await.unwrap();
    drop(tx);
    let (entries, head) = read(&pg, tea).await;
    assert_eq!((entries.len(), head.seq), (1, 1));
    let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
    assert_eq!(setting::find(&mut tx, "a").await.unwrap(), None);
}

#[tokio::test]
async fn pg_the_application_cannot_write_the_audit_itself() {
    let pg = testkit::postgres().await;
    let mut app = pg.connect_as("midplane_app").await;
    for statement in [
        "INSERT INTO audit SELECT * FROM audit",
        "UPDATE audit SET action = 'x'",
        "DELETE FROM audit",
        "UPDATE audit_head SET seq = 0",
        "SELECT sec.append_audit(now(), 'a', 'b', 'c', '{}')",
    ] {
        let err = app.execute(statement).await.unwrap_err();
        let code =
            err.as_database_error().and_then(|err| err.code().map(std::borrow::Cow::into_owned));
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {err}");
    }
}

#[tokio::test]
async fn pg_writers_of_one_organization_queue_up() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let writers: Vec<_> = (0..8).map(|_| write(&pg, tea, 5)).collect();
    futures::future::join_all(writers).await;
    let (entries, head) = read(&pg, tea).await;
    assert_eq!(entries.len(), 40);
    assert_eq!(verify(&entries, &head), []);
}
