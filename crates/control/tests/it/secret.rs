//! Secrets: sealed, bound to their place, rotated, never shown.

use domain::permission::Permission;

use crate::stand::stand;

const SET: &str = r#"mutation { setSecret(environment: "dev", name: "orders-db", key: "password", value: "tea-time") }"#;

#[tokio::test]
async fn pg_a_secret_opens_for_the_engine_and_is_shown_to_nobody() {
    let stand = stand().await;
    let owner = stand.owner().await;
    stand.ask(&owner, r#"mutation { createEnvironment(name: "dev") { id } }"#).await;
    stand.ask(&owner, SET).await;
    let shown =
        stand.ask(&owner, r#"{ secrets(environment: "dev") { secret key version } }"#).await;
    assert_eq!(shown["secrets"][0]["secret"], "orders-db");
    let mut tx = owner.begin().await.unwrap();
    let dev = store::environment::find_named(&mut tx, "dev").await.unwrap().unwrap();
    let row = store::secret::find(&mut tx, dev.id, "orders-db", "password").await.unwrap().unwrap();
    assert!(!row.sealed.windows(8).any(|bytes| bytes == b"tea-time"));
    let open = control::app::secret::open(&owner, &mut tx, dev.id, "orders-db", "password").await;
    assert_eq!(open.unwrap().unwrap().as_slice(), b"tea-time");
}

#[tokio::test]
async fn pg_a_ciphertext_in_another_place_does_not_open() {
    let stand = stand().await;
    let owner = stand.owner().await;
    stand.ask(&owner, r#"mutation { createEnvironment(name: "dev") { id } }"#).await;
    stand.ask(&owner, SET).await;
    let mut tx = owner.begin().await.unwrap();
    let dev = store::environment::find_named(&mut tx, "dev").await.unwrap().unwrap();
    let mut row =
        store::secret::find(&mut tx, dev.id, "orders-db", "password").await.unwrap().unwrap();
    row.key = "copied".to_owned();
    store::secret::put(&mut tx, &row, owner.now()).await.unwrap();
    let open = control::app::secret::open(&owner, &mut tx, dev.id, "orders-db", "copied").await;
    assert!(open.is_err());
}

#[tokio::test]
async fn pg_rotation_changes_every_ciphertext_and_no_value() {
    let stand = stand().await;
    let owner = stand.owner().await;
    stand.ask(&owner, r#"mutation { createEnvironment(name: "dev") { id } }"#).await;
    stand.ask(&owner, SET).await;
    let sealed = async |ctx: &control::ctx::Ctx| {
        let mut tx = ctx.begin().await.unwrap();
        let dev = store::environment::find_named(&mut tx, "dev").await.unwrap().unwrap();
        let row =
            store::secret::find(&mut tx, dev.id, "orders-db", "password").await.unwrap().unwrap();
        let open = control::app::secret::open(ctx, &mut tx, dev.id, "orders-db", "password").await;
        (row.sealed, row.data_key, open.unwrap().unwrap().to_vec())
    };
    let before = sealed(&owner).await;
    let moved = stand.ask(&owner, "mutation { rotateSecrets }").await;
    assert_eq!(moved["rotateSecrets"], 1);
    let after = sealed(&owner).await;
    assert!(before.0 != after.0 && before.1 != after.1);
    assert_eq!(before.2, after.2);
    let developer = stand.with(&[Permission::WriteSecret], None).await;
    assert_eq!(
        stand.refused(&developer, "mutation { rotateSecrets }").await.as_deref(),
        Some("MP-API-02")
    );
}

#[tokio::test]
async fn pg_a_start_moves_data_keys_to_a_new_key_encryption_key() {
    let stand = stand().await;
    let owner = stand.owner().await;
    stand.ask(&owner, r#"mutation { createEnvironment(name: "dev") { id } }"#).await;
    stand.ask(&owner, SET).await;
    let kek = stand.server().settings.data.join("kek");
    std::fs::rename(&kek, kek.with_extension("previous")).unwrap();
    let next = stand.another().await;
    let kept = std::fs::remove_file(kek.with_extension("previous"));
    assert!(kept.is_ok(), "the former key is not needed again");
    let last = stand.another().await;
    for running in [&next.running, &last.running] {
        let ctx = control::ctx::Ctx { actor: owner.actor.clone(), server: running.server.clone() };
        let mut tx = ctx.begin().await.unwrap();
        let dev = store::environment::find_named(&mut tx, "dev").await.unwrap().unwrap();
        let open = control::app::secret::open(&ctx, &mut tx, dev.id, "orders-db", "password").await;
        assert_eq!(open.unwrap().unwrap().as_slice(), b"tea-time");
    }
    let trail = stand.ask(&owner, "{ audit { entries { action } } }").await;
    assert!(trail.to_string().contains("secret.adopt_kek"), "{trail}");
}
