//! Where the Go operator's documentation and code disagree: what ours does, row by row.

use serde_json::json;

use crate::scene::{Scene, config_map, map, orders, plug, socket, with};

#[test]
fn row_2_result_resources_have_steps_and_default_to_coupled_and_updated() {
    let mut scene = Scene::new();
    let note = |name: &str, when: serde_json::Value| {
        let template = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
            "data": {"is": "{% .plugConfig.v %}"}
        });
        with(json!({"template": template}), when)
    };
    scene.world.write(socket(json!({"resultResources": [
        note("always", json!({})), note("once", json!({"when": ["coupled"]})),
        note("later", json!({"when": ["updated"]}))
    ]})));
    scene.world.write(plug(json!({"config": {"v": "1"}})));
    scene.settle();
    assert!(!scene.has(&config_map("later")));
    scene.edit(&orders(), json!({"socket": {"name": "db"}, "config": {"v": "2"}}));
    scene.settle();
    let is = |name: &str| scene.object(&config_map(name))["data"]["is"].clone();
    assert_eq!((is("always"), is("once"), is("later")), (json!("2"), json!("1"), json!("2")));
}

#[test]
fn row_4_result_vars_have_both_names_on_both_sides() {
    let mut scene = Scene::new();
    scene.world.write(map("there", json!({"v": "found"})));
    let vars = json!([{
        "name": "v", "objref": {"group": "", "version": "v1", "kind": "ConfigMap", "name": "there"},
        "fieldref": {"fieldPath": "data.v"}
    }]);
    let template = json!({"one": "{% .vars.v %}", "two": "{% .resultVars.v %}"});
    let show = json!({"template": {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shown"},
        "data": {"all": "{% .plugResult.one %} {% .plugResult.two %} {% .socketResult.one %} {% .socketResult.two %}"}
    }});
    let side = json!({"resultVars": vars, "resultTemplate": template});
    scene.world.write(socket(with(side.clone(), json!({"resultResources": [show]}))));
    scene.world.write(plug(side));
    scene.settle();
    assert_eq!(scene.object(&config_map("shown"))["data"]["all"], "found found found found");
}

#[test]
fn row_6_endif_is_accepted() {
    let mut scene = Scene::new();
    scene.world.write(socket(json!({"resources": [{"stringTemplate":
        "{%- if .plugConfig.x %}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ended\n{%- endif %}\n"
    }]})));
    scene.world.write(plug(json!({"config": {"x": "1"}})));
    scene.settle();
    assert!(scene.has(&config_map("ended")), "{:?}", scene.condition(&orders(), "Ready"));
}

#[test]
fn row_7_data_comes_from_every_place_on_both_sides() {
    let mut scene = Scene::new();
    scene.world.write(map("more", json!({"b": "map"})));
    scene.world.write(crate::scene::secret("most", &[("a", "secret"), ("b", "secret")]));
    let side = |name: &str| {
        json!({
            "dataConfigMapName": "more", "dataSecretName": "most", "data": {"c": "inline"},
            "configTemplate": {"all": format!(
                "{{% .{name}Data.a %}} {{% .{name}Data.b %}} {{% .{name}Data.c %}}"
            )}
        })
    };
    let show = json!({"template": {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shown"},
        "data": {"plug": "{% .plugConfig.all %}", "socket": "{% .socketConfig.all %}"}
    }});
    scene.world.write(socket(with(side("socket"), json!({"resources": [show]}))));
    scene.world.write(plug(side("plug")));
    scene.settle();
    let want = json!({"plug": "secret map inline", "socket": "secret map inline"});
    assert_eq!(scene.object(&config_map("shown"))["data"], want);
}
