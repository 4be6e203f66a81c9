//! API tokens, login links and roles: found through a door, good for as long as they should be.

use domain::digest::Digest;
use domain::id::TokenId;
use domain::permission::{Role, Scope};
use jiff::SignedDuration;
use store::{Door, Tx, actor, api_token, login_link, role_binding};
use testkit::people;

const DIGEST: Digest = Digest([7; 32]);

#[tokio::test]
async fn pg_a_token_is_found_until_it_is_revoked_or_expires() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let now = people::now();
    let later = now + SignedDuration::from_hours(1);
    let new = api_token::New {
        id: TokenId(people::new_id()),
        actor: tea.actor,
        kind: api_token::Kind::Api,
        label: "ci",
        digest: DIGEST,
        expires_at: Some(later),
    };
    let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
    api_token::insert(&mut tx, &new, now).await.unwrap();
    tx.commit().await.unwrap();

    let find = async |digest, at| {
        let mut door = Door::begin(&pg.db).await.unwrap();
        api_token::find(&mut door, digest, at).await.unwrap()
    };
    let holder = find(DIGEST, now).await.unwrap();
    assert_eq!((holder.organization, holder.actor), (tea.organization, tea.actor));
    assert!(holder.is_stale(now));
    assert_eq!(find(Digest([8; 32]), now).await, None);
    assert_eq!(find(DIGEST, later).await, None);

    let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
    api_token::touch(&mut tx, new.id, now).await.unwrap();
    assert_eq!(api_token::list(&mut tx).await.unwrap()[0].last_used_at, Some(now));
    assert!(api_token::revoke(&mut tx, new.id, now).await.unwrap());
    assert!(!api_token::revoke(&mut tx, new.id, now).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(find(DIGEST, now).await, None);
}

#[tokio::test]
async fn pg_a_disabled_actor_has_no_good_token() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let now = people::now();
    let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
    let new = api_token::New {
        id: TokenId(people::new_id()),
        actor: tea.actor,
        kind: api_token::Kind::Session,
        label: "",
        digest: DIGEST,
        expires_at: None,
    };
    api_token::insert(&mut tx, &new, now).await.unwrap();
    assert!(actor::disable(&mut tx, tea.actor, now).await.unwrap());
    tx.commit().await.unwrap();
    let mut door = Door::begin(&pg.db).await.unwrap();
    assert_eq!(api_token::find(&mut door, DIGEST, now).await.unwrap(), None);
}

#[tokio::test]
async fn pg_a_login_link_lets_in_once() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let now = people::now();
    let until = now + SignedDuration::from_mins(15);
    let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
    login_link::insert(&mut tx, DIGEST, tea.actor, now, until).await.unwrap();
    tx.commit().await.unwrap();
    let redeem = async |at| {
        let mut door = Door::begin(&pg.db).await.unwrap();
        let holder = login_link::redeem(&mut door, DIGEST, at).await.unwrap();
        door.commit().await.unwrap();
        holder
    };
    assert_eq!(redeem(until).await, None);
    assert_eq!(redeem(now).await, Some((tea.organization, tea.actor)));
    assert_eq!(redeem(now).await, None);
}

#[tokio::test]
async fn pg_a_door_opens_only_for_who_comes_through_it() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let mut app = pg.connect_as("midplane_app").await;
    let none = sqlx::query("SELECT * FROM sec.organizations()").fetch_all(&mut app).await;
    assert!(none.unwrap_err().to_string().contains("not a door"));
    let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
    let mine = store::organization::find(&mut tx).await.unwrap();
    assert!(mine.is_some());
    let mut door = Door::begin(&pg.db).await.unwrap();
    assert_eq!(store::organization::list_ids(&mut door).await.unwrap(), [tea.organization]);
}

#[tokio::test]
async fn pg_roles_are_granted_once_and_taken_away() {
    let pg = testkit::postgres().await;
    let tea = people::organization(&pg.db, "tea").await;
    let scope = Scope::Organization(tea.organization);
    let bob = people::member(&pg.db, tea.organization, "bob", Role::Viewer, scope).await;
    let binding = role_binding::RoleBinding { actor: bob.actor, role: Role::Viewer, scope };
    let mut tx = Tx::begin(&pg.db, tea.organization, tea.actor).await.unwrap();
    role_binding::insert(&mut tx, binding, people::now()).await.unwrap();
    assert_eq!(role_binding::list_of(&mut tx, bob.actor).await.unwrap(), [binding]);
    assert!(role_binding::delete(&mut tx, binding).await.unwrap());
    assert!(!role_binding::delete(&mut tx, binding).await.unwrap());
    assert_eq!(role_binding::list_of(&mut tx, bob.actor).await.unwrap(), []);
}
