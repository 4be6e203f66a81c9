//! A backup holds everything, comes back as it was, and is refused when it is not whole.

use std::path::Path;

use serde_json::json;
use store::backup::{self, Error};
use store::{Tx, audit, job, organization, setting};
use testkit::Postgres;
use testkit::people::{self, Member};

/// A database of the cluster without any migration.
async fn bare(pg: &Postgres) -> store::Urls {
    use sqlx::{AssertSqlSafe, Executor};
    let name = format!("bare_{}", people::new_id().simple());
    let mut superuser = pg.connect_as("postgres").await;
    for statement in [
        format!("CREATE DATABASE {name} OWNER midplane_owner TEMPLATE template0"),
        format!("GRANT CONNECT ON DATABASE {name} TO midplane_app"),
    ] {
        superuser.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    let urls = pg.urls();
    store::Urls { owner: urls.owner.database(&name), application: urls.application.database(&name) }
}

async fn fill(pg: &Postgres) -> Member {
    let tea = people::organization(&pg.db, "tea \"Ltd\"\t\n\\N ü").await;
    people::organization(&pg.db, "rum").await;
    for n in 0..20 {
        let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
        let value = json!({"n": n, "text": "tab\t line\n quote\" \\."});
        setting::put(&mut tx, &format!("key {n}"), &value, people::now()).await.unwrap();
        let key = n.to_string();
        let new = job::New {
            id: people::new_id(),
            queue: "q",
            key: &key,
            body: &value,
            run_at: people::now(),
        };
        job::enqueue(&mut tx, &new, people::now()).await.unwrap();
        audit::append(&mut tx, people::now(), "setting.put", "setting", &key, &value)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    tea
}

async fn back_up(pg: &Postgres, folder: &Path) -> (std::path::PathBuf, u64) {
    let file = folder.join("backup.mpb");
    let rows = backup::write(&pg.urls(), &file).await.unwrap();
    (file, rows)
}

#[tokio::test]
async fn pg_what_was_backed_up_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let pg = testkit::postgres().await;
    let tea = fill(&pg).await;
    let (file, rows) = back_up(&pg, folder.path()).await;
    assert!(rows > 60, "{rows}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing left beside it");

    let urls = bare(&pg).await;
    assert_eq!(backup::read(&urls, &file).await.unwrap(), rows);
    let db = store::Db::open(&urls).await.unwrap();
    let mut tx = Tx::begin(&db, tea.organization, tea.actor).await.unwrap();
    assert_eq!(organization::find(&mut tx).await.unwrap().unwrap().name, "tea \"Ltd\"\t\n\\N ü");
    let value = setting::find(&mut tx, "key 7").await.unwrap().unwrap();
    assert_eq!(value, json!({"n": 7, "text": "tab\t line\n quote\" \\."}));
    let entries = audit::list_after(&mut tx, 0, 100).await.unwrap();
    let head = audit::head(&mut tx).await.unwrap().unwrap();
    assert_eq!((entries.len(), audit::verify(&entries, &head)), (20, Vec::new()));
    drop(tx);

    // Written again from there it is the same file but for the compression's freedom.
    let again = folder.path().join("again.mpb");
    assert_eq!(backup::write(&urls, &again).await.unwrap(), rows);
    let err = backup::read(&urls, &file).await.unwrap_err();
    assert_eq!((err.code(), matches!(err, Error::NotEmpty)), ("MP-PG-14", true));
}

#[tokio::test]
async fn pg_a_damaged_backup_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let pg = testkit::postgres().await;
    fill(&pg).await;
    let (file, rows) = back_up(&pg, folder.path()).await;
    let whole = std::fs::read(&file).unwrap();
    let urls = bare(&pg).await;
    let damaged = folder.path().join("damaged.mpb");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for bytes in
        [&whole[..whole.len() - 20], &whole[..whole.len() / 2], &flipped[..], b"hello", b""]
    {
        std::fs::write(&damaged, bytes).unwrap();
        let err = backup::read(&urls, &damaged).await.unwrap_err();
        assert!(matches!(err.code(), "MP-PG-13" | "MP-PG-10"), "{err:?}");
    }
    assert_eq!(backup::read(&urls, &file).await.unwrap(), rows, "still empty, so this works");
}
