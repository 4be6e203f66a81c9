//! The end of couplings: what goes, what stays, and that nothing hangs.

use operator::core::object::{Account, ObjectRef};
use operator::core::request::{Action, Cause, Reply, Request};
use operator::world::Driver;
use serde_json::json;

use crate::scene::{Scene, config_map, db, made, map, named, orders, plug, settings, socket, with};

#[test]
fn deleting_a_plug_removes_what_was_made_and_the_journal() {
    let mut scene = Scene::coupled();
    scene.world.delete(&orders());
    scene.settle();
    assert!(!scene.has(&orders()));
    assert!(!scene.has(&config_map("for-plug")) && !scene.has(&config_map("for-socket")));
    assert!(scene.world.journals.is_empty());
    assert_eq!(scene.object(&db())["status"]["coupledPlugsTotal"], 0);
    assert_eq!(scene.condition(&db(), "Coupled").1, "SocketEmpty");
    let told = scene.told();
    for reason in ["PlugDecoupled", "SocketDecoupled", "PlugDeleted"] {
        assert_eq!(told[reason], 1, "{reason}");
    }
}

#[test]
fn deleting_a_socket_leaves_its_plugs_waiting() {
    let mut scene = Scene::coupled();
    let spec = json!({"socket": {"name": "db"}});
    scene.world.write(named("Plug", "app", "second", spec));
    scene.settle();
    scene.world.delete(&db());
    scene.settle();
    assert!(!scene.has(&db()));
    assert!(scene.has(&orders()) && scene.has(&ObjectRef::plug("app", "second")));
    assert_eq!(scene.condition(&orders(), "Coupled").1, "SocketNotCreated");
    assert!(!scene.has(&config_map("for-plug")) && !scene.has(&config_map("for-socket")));
    assert!(scene.world.journals.is_empty());
    assert_eq!(scene.told()["SocketDeleted"], 1);
    scene.world.write(socket(json!({"resources": [made("for-socket", "plugConfig")]})));
    scene.settle();
    assert!(scene.is_coupled());
}

#[test]
fn either_name_of_retaining_keeps_an_object() {
    for name in ["preserveWhenDecoupled", "retainWhenDecoupled"] {
        let mut scene = Scene::new();
        let kept = with(made("kept", "plugConfig"), json!({name: true}));
        scene.world.write(socket(json!({"resources": [kept, made("gone", "plugConfig")]})));
        scene.world.write(plug(json!({})));
        scene.settle();
        scene.world.delete(&orders());
        scene.settle();
        assert!(scene.has(&config_map("kept")) && !scene.has(&config_map("gone")), "{name}");
    }
}

#[test]
fn decoupled_entries_see_the_last_configuration_although_its_source_is_gone() {
    let mut scene = Scene::new();
    scene.world.write(map("source", json!({"database": "last"})));
    let farewell = with(made("farewell", "plugConfig"), json!({"when": ["decoupled"]}));
    scene.world.write(socket(json!({"resources": [farewell]})));
    scene.world.write(plug(json!({"configConfigMapName": "source"})));
    scene.settle();
    scene.world.delete(&config_map("source"));
    scene.world.delete(&orders());
    scene.settle();
    assert!(!scene.has(&orders()));
    assert_eq!(scene.object(&config_map("farewell"))["data"]["database"], "last");
}

#[test]
fn a_namespace_that_goes_takes_its_plug_and_the_other_side_is_cleaned() {
    let mut scene = Scene::new();
    let mut offered = named(
        "Socket",
        "infra",
        "db",
        json!({
            "resources": [made("for-socket", "plugConfig")], "validation": {"namespaceWhitelist": ["app"]}
        }),
    );
    offered["spec"]["apparatus"] = json!({"endpoint": "http://somewhere"});
    scene.world.write(offered);
    scene.world.write(crate::scene::secret("source", &[("database", "one")]));
    let mut asked = plug(json!({
        "socket": {"name": "db", "namespace": "infra"}, "configSecretName": "source",
        "resources": [
            made("for-plug", "plugConfig"),
            with(made("too-late", "plugConfig"), json!({"when": ["decoupled"]}))
        ]
    }));
    asked["spec"]["apparatus"] = json!({"endpoint": "http://own"});
    scene.world.write(asked);
    scene.settle();
    assert!(scene.is_coupled(), "{:?}", scene.condition(&orders(), "Ready"));
    scene.forget();
    scene.world.going.insert("app".to_owned());
    scene.settle();
    assert!(!scene.has(&orders()), "{:?}", scene.object(&orders()));
    assert!(!scene.has(&ObjectRef::config_map("infra", "for-socket")));
    // The socket's own journal stays with it.
    assert!(scene.world.journals.values().all(|(_, journal)| journal.plug.is_none()));
    // The socket's apparatus heard of it; the plug's is gone with the namespace.
    let called = scene.world.calls.iter().map(|(_, call)| call.owner.object.kind.as_str());
    assert_eq!(called.collect::<Vec<_>>(), ["Socket"]);
}

#[test]
fn what_cannot_be_removed_is_told_until_it_is_forced() {
    let mut scene = Scene::coupled();
    let account = Account::service("app", "default");
    scene.world.refuse(account, config_map("for-socket"), Cause::Forbidden);
    scene.world.delete(&orders());
    scene.settle();
    assert!(scene.has(&orders()));
    let (_, _, message) = scene.condition(&orders(), "Ready");
    assert!(message.contains("decoupling does not come to an end"), "{message}");
    assert!(message.contains("midplane.io/force"), "{message}");
    assert!(!scene.has(&config_map("for-plug")), "the rest is removed at once");
    scene.world.edit(&orders(), |object| {
        object["metadata"]["annotations"] = json!({"midplane.io/force": "60"});
    });
    scene.settle();
    assert!(scene.has(&orders()));
    scene.later(61);
    scene.settle();
    assert!(!scene.has(&orders()) && scene.world.journals.is_empty());
    assert_eq!(scene.told()["DeletionForced"], 1);
}

#[test]
fn an_apparatus_that_fails_to_decouple_can_be_forced_as_well() {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({"apparatus": {"endpoint": "http://somewhere"}})));
    scene.world.write(plug(json!({})));
    scene.settle();
    let failed = Reply::Failed { message: "status 500".to_owned(), passes: true };
    scene.world.replies.insert((db(), Action::Decoupled), failed);
    scene.world.delete(&orders());
    scene.settle();
    let (_, _, message) = scene.condition(&orders(), "Ready");
    assert!(message.contains("/decoupled did not work: status 500"), "{message}");
    scene.world.edit(&orders(), |object| {
        object["metadata"]["annotations"] = json!({"midplane.io/force": "0"});
    });
    scene.settle();
    assert!(!scene.has(&orders()));
}

#[test]
fn a_plug_without_its_finalizer_leaves_nothing_behind() {
    let mut scene = Scene::coupled();
    scene.world.edit(&orders(), |object| object["metadata"]["finalizers"] = json!([]));
    scene.world.delete(&orders());
    assert!(!scene.has(&orders()));
    scene.settle();
    assert!(!scene.has(&config_map("for-plug")) && !scene.has(&config_map("for-socket")));
    assert!(scene.world.journals.is_empty());
}

#[test]
fn an_object_of_another_uid_is_not_ours_and_stays() {
    let mut scene = Scene::coupled();
    scene.world.delete(&config_map("for-socket"));
    scene.world.delete(&orders());
    scene.world.write(map("for-socket", json!({"whose": "somebody else's"})));
    scene.settle();
    assert!(!scene.has(&orders()) && scene.has(&config_map("for-socket")));
}

#[test]
fn created_and_deleted_frame_a_life() {
    let mut scene = Scene::new();
    let alone = |name: &str, when: &str| {
        json!({"when": [when], "template": {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
            "data": {"of": "{% .plug.metadata.name %}"}
        }})
    };
    let mut asked =
        plug(json!({"resources": [alone("hello", "created"), alone("bye", "deleted")]}));
    asked["spec"]["apparatus"] = json!({"endpoint": "http://own"});
    scene.world.write(asked);
    scene.settle();
    assert_eq!(scene.object(&config_map("hello"))["data"]["of"], "orders");
    assert!(!scene.has(&config_map("bye")));
    scene.settle();
    scene.world.delete(&orders());
    scene.settle();
    assert!(!scene.has(&orders()) && !scene.has(&config_map("hello")));
    assert!(scene.has(&config_map("bye")));
    assert!(scene.world.journals.is_empty());
    let actions: Vec<_> = scene.world.calls.iter().map(|(_, call)| call.action).collect();
    assert_eq!(actions, [Action::Created, Action::Deleted]);
}

/// Plugs are looked at before sockets here, so the plug meets a socket that nobody has looked at yet.
#[test]
fn a_socket_is_told_of_its_creation_before_anything_couples_to_it() {
    let mut scene = Scene::new();
    scene.world.replies.insert((db(), Action::Created), Reply::Starting);
    scene.world.write(socket(json!({"apparatus": {"endpoint": "http://door"}})));
    scene.world.write(plug(json!({})));
    scene.settle();
    let (_, reason, message) = scene.condition(&orders(), "Coupled");
    assert_eq!(reason, "CouplingInProcess");
    assert!(message.contains("socket app/db spec.apparatus: its call /created"), "{message}");
    let told = |scene: &Scene| -> Vec<Action> {
        scene.world.calls.iter().map(|(_, call)| call.action).collect()
    };
    assert!(told(&scene).iter().all(|action| *action == Action::Created), "{:?}", told(&scene));
    assert_eq!(scene.world.journals.len(), 1, "the coupling has not begun");
    scene.world.replies.clear();
    scene.settle();
    assert!(scene.is_coupled());
    let told = told(&scene);
    let first = |action: Action| told.iter().position(|one| *one == action).unwrap();
    assert!(first(Action::Config) > told.iter().rposition(|one| *one == Action::Created).unwrap());
    assert!(first(Action::Coupled) > first(Action::Config));
}

#[test]
fn what_a_socket_makes_when_created_is_there_before_anything_couples() {
    let mut scene = Scene::new();
    let account = operator::core::object::Account::service("app", "default");
    scene.world.refuse(account, config_map("first"), Cause::Forbidden);
    let first = with(made("first", "socket"), json!({"when": ["created"]}));
    scene.world.write(socket(json!({"resources": [first, made("second", "plugConfig")]})));
    scene.world.write(plug(json!({})));
    scene.settle();
    assert!(!scene.is_coupled() && !scene.has(&config_map("second")));
    scene.world.forgive();
    scene.settle();
    assert!(scene.is_coupled() && scene.has(&config_map("first")));
}

/// The right to make something was never there, so neither is the thing: nothing has to be forced.
#[test]
fn an_account_that_never_had_a_right_is_let_go() {
    for (side, name) in [("plug", "for-plug"), ("socket", "for-socket")] {
        let mut scene = Scene::new();
        let account = Account::service("app", "default");
        scene.world.refuse(account, config_map(name), Cause::Forbidden);
        let second = made("second", "plugConfig");
        scene.world.write(socket(json!({"resources": [made("for-socket", "plugConfig"), second]})));
        let asked = json!({"resources": [made("for-plug", "socketConfig")], "publishSecret": {}});
        scene.world.write(plug(asked));
        scene.settle();
        let (_, reason, message) = scene.condition(&orders(), "Ready");
        assert_eq!(reason, "ObjectForbidden", "{message}");
        // Trying again and again writes nothing more.
        scene.forget();
        scene.settle();
        assert!(scene.writes().iter().all(|one| matches!(one, Request::Apply { .. })), "{side}");
        scene.world.delete(&orders());
        scene.settle();
        assert!(!scene.has(&orders()), "{side}: {:?}", scene.condition(&orders(), "Ready"));
        assert!(!scene.has(&config_map("for-plug")) && scene.world.journals.is_empty(), "{side}");
        assert!(!scene.told().contains_key("DecoupleStuck"), "{side}: {:?}", scene.told());
    }
}

/// It was refused once and made later: then it is there, whatever a crash did to the journal, and is removed.
#[test]
fn what_was_refused_and_made_after_all_is_removed() {
    let mut scene = Scene::new();
    let account = Account::service("app", "default");
    scene.world.refuse(account, config_map("for-plug"), Cause::Forbidden);
    scene.world.write(socket(json!({})));
    scene.world.write(plug(json!({"resources": [made("for-plug", "socketConfig")]})));
    scene.settle();
    scene.world.forgive();
    // One write more, and the operator is gone.
    scene.driver.faults.crash_after_write = Some(scene.driver.writes + 1);
    for subject in scene.world.subjects() {
        scene.driver.reconcile(&mut scene.world, &subject);
    }
    assert!(scene.has(&config_map("for-plug")), "it was made");
    scene.world.delete(&orders());
    scene.settle();
    assert!(!scene.has(&orders()) && !scene.has(&config_map("for-plug")));
}

/// Somebody else's object of the same name is not what was refused.
#[test]
fn what_was_refused_is_not_confused_with_what_is_there() {
    let mut scene = Scene::new();
    scene.world.write(map("for-plug", json!({"whose": "somebody else's"})));
    let account = Account::service("app", "default");
    scene.world.refuse(account, config_map("for-plug"), Cause::Invalid);
    scene.world.write(socket(json!({})));
    scene.world.write(plug(json!({"resources": [made("for-plug", "socketConfig")]})));
    scene.settle();
    assert!(!scene.is_coupled());
    scene.world.forgive();
    scene.world.delete(&orders());
    scene.settle();
    assert!(!scene.has(&orders()) && scene.has(&config_map("for-plug")));
}

/// An edit to an account without rights does not take the rights away from what was made before.
#[test]
fn what_one_account_made_is_removed_although_the_next_has_no_rights() {
    let mut scene = Scene::coupled();
    let nobody = Account::service("app", "nobody");
    scene.world.refuse(nobody, config_map("for-plug"), Cause::Forbidden);
    scene.edit(
        &orders(),
        json!({
            "socket": {"name": "db"}, "serviceAccountName": "nobody",
            "resources": [made("for-plug", "socketConfig")],
        }),
    );
    scene.settle();
    assert_eq!(scene.condition(&orders(), "Ready").1, "ObjectForbidden");
    scene.world.delete(&orders());
    scene.settle();
    assert!(!scene.has(&orders()) && !scene.has(&config_map("for-plug")));
}

#[test]
fn a_socket_of_a_namespace_that_is_not_served_is_not_taken_for_gone() {
    let mut scene = Scene::new();
    let infra = ObjectRef::socket("infra", "db");
    let spec = json!({"validation": {"namespaceWhitelist": ["app"]}, "resources": [made("for-socket", "plugConfig")]});
    scene.world.write(named("Socket", "infra", "db", spec));
    let to_infra = json!({"socket": {"name": "db", "namespace": "infra"}, "resources": [made("for-plug", "socketConfig")]});
    scene.world.write(named("Plug", "app", "orders", to_infra.clone()));
    scene.settle();
    assert!(scene.is_coupled());
    let journals = scene.world.journals.len();
    // An operator of fewer namespaces sees no socket there.
    let mut fewer = settings();
    fewer.namespaces = vec!["app".to_owned()];
    scene.driver = Driver::new(fewer);
    let socket = scene.world.objects.remove(&infra).unwrap();
    scene.forget();
    scene.settle();
    assert!(scene.is_coupled() && scene.has(&config_map("for-plug")));
    assert_eq!(scene.world.journals.len(), journals);
    // One that waits is told why.
    scene.world.write(named("Plug", "app", "second", to_infra));
    scene.settle();
    let (_, reason, message) = scene.condition(&ObjectRef::plug("app", "second"), "Coupled");
    assert_eq!(reason, "SocketNotCreated");
    assert!(message.contains("namespace infra") && message.contains("--namespaces"), "{message}");
    // One that serves both finds its coupling as it was.
    scene.world.objects.insert(infra, socket);
    scene.driver = Driver::new(settings());
    scene.forget();
    scene.settle();
    assert!(scene.is_coupled() && scene.has(&config_map("for-plug")));
}

/// `infra/db` with `app/orders` coupled to it.
fn across() -> (Scene, ObjectRef) {
    let mut scene = Scene::new();
    let spec = json!({"validation": {"namespaceWhitelist": ["app"]}, "resources": [made("for-socket", "plugConfig")]});
    scene.world.write(named("Socket", "infra", "db", spec));
    let to_infra = json!({"socket": {"name": "db", "namespace": "infra"}, "resources": [made("for-plug", "socketConfig")]});
    scene.world.write(named("Plug", "app", "orders", to_infra));
    scene.settle();
    assert!(scene.is_coupled());
    (scene, ObjectRef::socket("infra", "db"))
}

fn serve(scene: &mut Scene, namespaces: &[&str]) {
    let mut settings = settings();
    settings.namespaces = namespaces.iter().map(|one| (*one).to_owned()).collect();
    scene.driver = Driver::new(settings);
    scene.forget();
    scene.settle();
}

/// Hidden from an operator of fewer namespaces.
fn hide(scene: &mut Scene, object: &ObjectRef) -> std::sync::Arc<serde_json::Value> {
    scene.world.objects.remove(object).unwrap()
}

#[test]
fn a_plug_of_a_namespace_that_is_not_served_is_not_taken_for_gone() {
    let (mut scene, db) = across();
    let journals = scene.world.journals.len();
    let plug = hide(&mut scene, &orders());
    serve(&mut scene, &["infra"]);
    assert!(scene.writes().is_empty(), "{:#?}", scene.writes());
    let socket = hide(&mut scene, &db);
    serve(&mut scene, &["elsewhere"]);
    assert!(scene.writes().is_empty(), "{:#?}", scene.writes());
    assert_eq!(scene.world.journals.len(), journals);
    assert!(scene.has(&config_map("for-plug")));
    scene.world.objects.insert(db.clone(), socket);
    scene.world.objects.insert(orders(), plug);
    serve(&mut scene, &["app", "infra"]);
    assert!(scene.is_coupled());
    assert_eq!(scene.object(&db)["status"]["coupledPlugsTotal"], 1);
}

#[test]
fn a_socket_waits_for_plugs_that_nobody_sees_unless_it_is_forced() {
    let (mut scene, db) = across();
    hide(&mut scene, &orders());
    serve(&mut scene, &["infra"]);
    scene.world.delete(&db);
    scene.settle();
    let (_, _, message) = scene.condition(&db, "Coupled");
    assert!(message.contains("1 plugs decouple first"), "{message}");
    assert!(message.contains("add app to --namespaces"), "{message}");
    assert!(scene.has(&config_map("for-plug")), "nothing was undone");
    scene.world.edit(&db, |object| {
        object["metadata"]["annotations"] = json!({"midplane.io/force": "0"});
    });
    scene.settle();
    assert!(!scene.has(&db) && !scene.has(&config_map("for-plug")));
}
