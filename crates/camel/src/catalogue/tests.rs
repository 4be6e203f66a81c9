//! What the bundled catalogue knows.

use super::component::{OptionType, Place};
use super::*;

#[test]
fn the_bundled_catalogue_is_whole() {
    let catalogue = Catalogue::bundled();
    assert_eq!(catalogue.version(), "4.18.0");
    assert!(catalogue.schemes().count() >= 390);
    assert_eq!(catalogue.kamelets().count(), 248);
    assert_eq!(catalogue.component("kafka").unwrap().artifact, "camel-kafka");
    assert_eq!(catalogue.language("jsonpath"), Some("camel-jsonpath"));
    assert_eq!(catalogue.data_format("jackson"), Some("camel-jackson"));
    assert!(catalogue.is_expression("simple"));
}

#[test]
fn flags_of_components_are_read() {
    let component = |scheme| Catalogue::bundled().component(scheme).unwrap();
    assert!(component("timer").consumer_only() && !component("timer").remote());
    assert!(component("http").producer_only() && component("http").lenient());
    assert!(component("https").remote());
    assert!(component("google-mail").lenient());
}

#[test]
fn options_know_their_type() {
    let catalogue = Catalogue::bundled();
    let find = |scheme: &str, name: &str| {
        catalogue.options(catalogue.component(scheme).unwrap()).find(|option| option.matches(name))
    };
    let delay = find("timer", "delay").unwrap();
    assert_eq!((delay.kind, delay.place), (OptionType::Duration, Place::Query));
    assert!(find("kafka", "topic").unwrap().required);
    assert!(find("kafka", "saslJaasConfig").unwrap().secret);
    assert!(find("quartz", "trigger.misfireInstruction").is_some());
    assert!(find("timer", "dely").is_none());
}

#[test]
fn definitions_know_what_a_bare_value_stands_for() {
    let short = |name: &str| Catalogue::bundled().definition(name).unwrap().short();
    assert_eq!(short("ToDefinition"), Some("uri"));
    assert_eq!(short("LogDefinition"), Some("message"));
    assert_eq!(short("SimpleExpression"), Some("expression"));
    assert_eq!(short("TokenizerExpression"), Some("token"));
    assert_eq!(short("SplitDefinition"), None);
}

#[test]
fn every_definition_that_takes_text_says_for_what() {
    let without: Vec<_> = Catalogue::bundled()
        .yaml
        .values()
        .filter(|definition| definition.accepts_text && definition.short().is_none())
        .map(|definition| definition.name)
        .collect();
    assert_eq!(without, ["RoutingSlipDefinition"], "which takes an expression, not a property");
}
