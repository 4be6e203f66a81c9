//! The walk over the schema: every field names a permission, and whoever lacks it is refused exactly there.
//!
//! For each (type, field) the test finds the shortest document that selects it, with values for its required arguments,
//! and asks as two actors: one that holds every permission but the field's, and one that holds none. Nothing needs to
//! exist for that, because the gate refuses a document before anything runs. That the use cases then ask for the scope
//! is shown for nouns one by one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use async_graphql::parser::types::{BaseType, Type, TypeKind, TypeSystemDefinition};
use control::graphql::permission::Needs;
use domain::permission::{Permission, Role};
use serde_json::json;

use crate::stand::{Stand, stand};

struct Field {
    of: String,
    is_leaf: bool,
    /// `(a: "x")` for required arguments.
    arguments: String,
}

type Types = BTreeMap<String, BTreeMap<String, Field>>;

fn named(base: &BaseType) -> String {
    match base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => named(&inner.base),
    }
}

/// Objects with their fields, read from the schema's own text.
fn types(sdl: &str) -> Types {
    let document = async_graphql::parser::parse_schema(sdl).unwrap();
    let definitions: Vec<_> = document
        .definitions
        .into_iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(definition.node),
            _ => None,
        })
        .collect();
    let objects: BTreeSet<String> = definitions
        .iter()
        .filter(|node| matches!(node.kind, TypeKind::Object(_)))
        .map(|node| node.name.node.to_string())
        .collect();
    let inputs: BTreeMap<String, Vec<(String, Type)>> = definitions
        .iter()
        .filter_map(|node| match &node.kind {
            TypeKind::InputObject(input) => Some((
                node.name.node.to_string(),
                input
                    .fields
                    .iter()
                    .map(|field| (field.node.name.node.to_string(), field.node.ty.node.clone()))
                    .collect(),
            )),
            _ => None,
        })
        .collect();
    let enums: BTreeMap<String, String> = definitions
        .iter()
        .filter_map(|node| match &node.kind {
            TypeKind::Enum(kind) => Some((
                node.name.node.to_string(),
                kind.values.first().unwrap().node.value.node.to_string(),
            )),
            _ => None,
        })
        .collect();
    let value = |ty: &Type| value(ty, &inputs, &enums);
    let mut types = Types::new();
    for node in &definitions {
        let TypeKind::Object(object) = &node.kind else { continue };
        let fields = object.fields.iter().map(|field| {
            let of = named(&field.node.ty.node.base);
            let required: Vec<String> = field
                .node
                .arguments
                .iter()
                .filter(|argument| {
                    !argument.node.ty.node.nullable && argument.node.default_value.is_none()
                })
                .map(|argument| {
                    format!("{}: {}", argument.node.name.node, value(&argument.node.ty.node))
                })
                .collect();
            let arguments = if required.is_empty() {
                String::new()
            } else {
                format!("({})", required.join(", "))
            };
            let is_leaf = !objects.contains(&of);
            (field.node.name.node.to_string(), Field { of, is_leaf, arguments })
        });
        types.insert(node.name.node.to_string(), fields.collect());
    }
    types
}

/// Some value of an argument's type.
fn value(
    ty: &Type,
    inputs: &BTreeMap<String, Vec<(String, Type)>>,
    enums: &BTreeMap<String, String>,
) -> String {
    match &ty.base {
        BaseType::List(inner) => format!("[{}]", value(inner, inputs, enums)),
        BaseType::Named(name) => match name.as_str() {
            "Int" | "Float" => "1".to_owned(),
            "Boolean" => "true".to_owned(),
            name if enums.contains_key(name) => enums[name].clone(),
            name if inputs.contains_key(name) => {
                let fields: Vec<String> = inputs[name]
                    .iter()
                    .filter(|(_, ty)| !ty.nullable)
                    .map(|(field, ty)| format!("{field}: {}", value(ty, inputs, enums)))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            _ => "\"x\"".to_owned(),
        },
    }
}

/// For each type the shortest way to it: the operation's keyword and the fields on the way.
fn ways(types: &Types) -> BTreeMap<String, (String, Vec<(String, String)>)> {
    let mut ways = BTreeMap::new();
    let mut queue = VecDeque::new();
    for root in ["Query", "Mutation", "Subscription"] {
        if types.contains_key(root) {
            ways.insert(root.to_owned(), (root.to_lowercase(), vec![]));
            queue.push_back(root.to_owned());
        }
    }
    while let Some(of) = queue.pop_front() {
        let (keyword, way) = ways[&of].clone();
        for (name, field) in &types[&of] {
            if field.is_leaf || ways.contains_key(&field.of) {
                continue;
            }
            let mut longer: Vec<(String, String)> = way.clone();
            longer.push((of.clone(), name.clone()));
            ways.insert(field.of.clone(), (keyword.clone(), longer));
            queue.push_back(field.of.clone());
        }
    }
    ways
}

/// A document that selects exactly the way and the field, and below it one leaf.
fn document(
    types: &Types,
    keyword: &str,
    way: &[(String, String)],
    of: &str,
    name: &str,
) -> String {
    let mut text = String::new();
    for (of, name) in way {
        text.push_str(&format!("{{ {name}{} ", types[of][name].arguments));
    }
    let field = &types[of][name];
    let below = if field.is_leaf { "" } else { " { __typename }" };
    text.push_str(&format!("{{ {name}{}{below} }}", field.arguments));
    text.push_str(&" }".repeat(way.len()));
    format!("{keyword} {text}")
}

async fn refused_fields(stand: &Stand, permissions: &[Permission], document: &str) -> Vec<String> {
    let ctx = stand.with(permissions, None).await;
    let response = stand.api.ask(ctx, document, json!({})).await;
    let response = serde_json::to_value(&response).unwrap();
    let error = &response["errors"][0];
    if error["extensions"]["code"] != "MP-API-02" {
        return vec![];
    }
    let fields = error["extensions"]["fields"].as_array().cloned().unwrap_or_default();
    fields.iter().map(|field| field.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pg_every_field_refuses_exactly_whoever_lacks_its_permission() {
    let stand = stand().await;
    let sdl = stand.api.sdl();
    let types = types(&sdl);
    let ways = ways(&types);
    let gate = stand.api.gate();
    let mut walked = 0;
    for (of, field) in gate.all() {
        let needs = gate.needs(of, field).unwrap_or_else(|| panic!("no table names {of}.{field}"));
        let (keyword, way) = ways.get(of).unwrap_or_else(|| panic!("no way leads to {of}"));
        let document = document(&types, keyword, way, of, field);
        // Everything on the way, and the field itself, by what it needs.
        let mut on_the_way: Vec<(String, Needs)> = way
            .iter()
            .map(|(of, name)| (format!("{of}.{name}"), gate.needs(of, name).unwrap()))
            .collect();
        on_the_way.push((format!("{of}.{field}"), needs));
        on_the_way.sort_by(|a, b| a.0.cmp(&b.0));
        let names = |wanted: &dyn Fn(Needs) -> bool| -> Vec<String> {
            on_the_way.iter().filter(|(_, n)| wanted(*n)).map(|(name, _)| name.clone()).collect()
        };
        let stranger = refused_fields(&stand, &[], &document).await;
        assert_eq!(stranger, names(&|needs| needs != Needs::SignedIn), "a stranger: {document}");
        if let Needs::Permission(missing) = needs {
            let rest: Vec<Permission> =
                Permission::ALL.iter().copied().filter(|p| *p != missing).collect();
            let refused = refused_fields(&stand, &rest, &document).await;
            assert!(refused.contains(&format!("{of}.{field}")), "{document}");
            assert_eq!(refused, names(&|needs| needs == Needs::Permission(missing)), "{document}");
        }
        walked += 1;
    }
    assert!(walked > 40, "the walk went through {walked} fields only");
    assert_eq!(gate.idle(), [], "tables name fields that the schema does not have");
}

#[test]
fn the_table_of_roles_is_the_one_that_was_agreed() {
    let mut table = String::new();
    for permission in Permission::ALL {
        let cells: Vec<&str> = Role::ALL
            .iter()
            .map(|role| if role.allows(*permission) { role.as_str() } else { "-" })
            .collect();
        table.push_str(&format!("{:<22} {}\n", permission.as_str(), cells.join(" ")));
    }
    insta::assert_snapshot!("roles", table);
}

#[tokio::test]
async fn pg_what_one_may_not_know_of_is_not_found() {
    let stand = stand().await;
    let owner = stand.owner().await;
    stand
        .ask(
            &owner,
            r#"mutation { a: createProject(name: "tea") { id } b: createProject(name: "rum") { id }
            c: createEnvironment(name: "dev") { id } d: createEnvironment(name: "prod") { id } }"#,
        )
        .await;
    let mut tx = owner.begin().await.unwrap();
    let tea = store::project::find_named(&mut tx, "tea").await.unwrap().unwrap();
    let dev = store::environment::find_named(&mut tx, "dev").await.unwrap().unwrap();
    drop(tx);
    let all = Permission::ALL;
    let of_tea = stand.with(all, Some(owner.project(tea.id))).await;
    let seen = stand
        .ask(&of_tea, r#"{ projects { name } project(name: "rum") { id } environments { id } }"#)
        .await;
    assert_eq!(
        seen,
        json!({ "projects": [{ "name": "tea" }], "project": null, "environments": [] })
    );
    let of_dev = stand.with(all, Some(owner.environment(dev.id))).await;
    let read = |name: &str| format!(r#"{{ configuration(environment: "{name}") {{ key }} }}"#);
    stand.ask(&of_dev, &read("dev")).await;
    let hidden = stand.refused(&of_dev, &read("prod")).await;
    let absent = stand.refused(&of_dev, &read("nowhere")).await;
    assert_eq!((hidden.as_deref(), &hidden), (Some("MP-API-03"), &absent));
    // What is held on a part is not held on the whole.
    let whole = r#"mutation { createProject(name: "gin") { id } }"#;
    assert_eq!(stand.refused(&of_tea, whole).await.as_deref(), Some("MP-API-02"));
    assert_eq!(stand.refused(&of_tea, "{ audit { next } }").await.as_deref(), Some("MP-API-02"));
}

#[tokio::test]
async fn pg_nobody_gives_away_more_than_they_hold() {
    let stand = stand().await;
    let mut administrator = stand.owner().await;
    let scope = administrator.everywhere();
    administrator.actor.grants = vec![control::ctx::Grant::role(Role::Administrator, scope)];
    let make = |role: &str| {
        format!(
            r#"mutation {{ createToken(name: "ci-{role}", role: "{role}") {{ secret token {{ id }} }} }}"#
        )
    };
    assert_eq!(stand.refused(&administrator, &make("owner")).await.as_deref(), Some("MP-API-02"));
    let made = stand.ask(&administrator, &make("developer")).await;
    let secret = made["createToken"]["secret"].as_str().unwrap();
    let holder =
        control::app::session::authenticate(stand.server(), secret).await.unwrap().unwrap();
    assert!(
        holder.may_somewhere(Permission::Deploy) && !holder.may_somewhere(Permission::ManageToken)
    );
    let id = made["createToken"]["token"]["id"].as_str().unwrap();
    stand.ask(&administrator, &format!(r#"mutation {{ revokeToken(id: "{id}") }}"#)).await;
    assert_eq!(control::app::session::authenticate(stand.server(), secret).await.unwrap(), None);
}
