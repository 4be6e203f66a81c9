//! Judges whether a descriptor set still means what the committed one meant.
//!
//! A field, method or message that was there must be there with the same number, type, cardinality and oneof; a name
//! may not move to another number. Adding is free. Comments and order do not count. Pure: the test beside `wire` and
//! `cargo xtask tidy` give it the bytes.

use std::collections::BTreeMap;

use prost::Message;
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorSet, ServiceDescriptorProto,
};

/// Everything that a peer built from `old` would misread in `new`, one line each.
pub fn breaks(old: &[u8], new: &[u8]) -> Result<Vec<String>, prost::DecodeError> {
    let (old, new) = (facts(old)?, facts(new)?);
    let mut broken = Vec::new();
    for (what, was) in &old {
        match new.get(what) {
            None => broken.push(format!("`{what}` was removed (it was {was})")),
            Some(is) if is != was => broken.push(format!("`{what}` was {was} and is now {is}")),
            Some(_) => {}
        }
    }
    Ok(broken)
}

/// What must not change, by what it is called: a field by its number, a method by its name.
fn facts(bytes: &[u8]) -> Result<BTreeMap<String, String>, prost::DecodeError> {
    let set = FileDescriptorSet::decode(bytes)?;
    let mut facts = BTreeMap::new();
    for file in &set.file {
        let package = file.package();
        for message in &file.message_type {
            message_facts(&mut facts, package, message);
        }
        for service in &file.service {
            service_facts(&mut facts, package, service);
        }
        for listed in &file.enum_type {
            for value in &listed.value {
                facts.insert(
                    format!("{package}.{}={}", listed.name(), value.number()),
                    value.name().to_owned(),
                );
            }
        }
    }
    Ok(facts)
}

fn message_facts(facts: &mut BTreeMap<String, String>, scope: &str, message: &DescriptorProto) {
    let name = format!("{scope}.{}", message.name());
    facts.insert(name.clone(), "a message".to_owned());
    for field in &message.field {
        facts.insert(format!("{name}#{}", field.number()), field_fact(message, field));
    }
    for nested in &message.nested_type {
        message_facts(facts, &name, nested);
    }
}

fn field_fact(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let oneof = field
        .oneof_index
        .and_then(|index| usize::try_from(index).ok())
        .and_then(|index| message.oneof_decl.get(index))
        .map_or("", |oneof| oneof.name());
    format!(
        "`{}` {:?} {:?} {} {oneof}",
        field.name(),
        field.label(),
        field.r#type(),
        field.type_name()
    )
}

fn service_facts(
    facts: &mut BTreeMap<String, String>,
    scope: &str,
    service: &ServiceDescriptorProto,
) {
    for method in &service.method {
        facts.insert(
            format!("{scope}.{}/{}", service.name(), method.name()),
            format!(
                "{} {} -> {} {}",
                method.client_streaming(),
                method.input_type(),
                method.server_streaming(),
                method.output_type()
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITTED: &[u8] = include_bytes!("../../proto/link.binpb");

    #[track_caller]
    fn check(change: impl FnOnce(&mut FileDescriptorSet), breaking: bool) {
        let mut set = FileDescriptorSet::decode(COMMITTED).unwrap();
        change(&mut set);
        let broken = breaks(COMMITTED, &set.encode_to_vec()).unwrap();
        assert_eq!(!broken.is_empty(), breaking, "{broken:?}");
    }

    #[test]
    fn adding_is_free() {
        check(|_| {}, false);
        check(
            |set| {
                let mut field = set.file[0].message_type[0].field[0].clone();
                field.number = Some(1000);
                field.name = Some("added".to_owned());
                set.file[0].message_type[0].field.push(field);
            },
            false,
        );
    }

    #[test]
    fn taking_away_or_changing_is_not() {
        check(|set| drop(set.file[0].message_type[0].field.remove(0)), true);
        check(|set| drop(set.file[0].message_type.remove(0)), true);
        check(|set| drop(set.file[0].service.remove(0)), true);
        check(|set| set.file[0].message_type[0].field[0].name = Some("other".to_owned()), true);
        check(
            |set| {
                set.file[0].message_type[0].field[0]
                    .set_label(prost_types::field_descriptor_proto::Label::Repeated);
            },
            true,
        );
        check(|set| set.file[0].service[0].method[0].server_streaming = Some(true), true);
    }
}
