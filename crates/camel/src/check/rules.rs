//! What Camel 4.18 needs and no schema tells, and what schemas demand and Camel does not.
//!
//! Found by starting Camel with each node left empty, alone and last in its list. An entry that is
//! missing here costs a later message from Camel's own check; a wrong entry would refuse a route
//! that runs, so that only what was seen is listed.

/// Fail with "definition has no children" when nothing is in them and nothing follows.
pub(super) const NEED_STEPS: [&str; 10] = [
    "aggregate",
    "doTry",
    "filter",
    "idempotentConsumer",
    "loop",
    "multicast",
    "pipeline",
    "resequence",
    "split",
    "step",
];

/// Start without their expression.
pub(super) const WITHOUT_EXPRESSION: [&str; 4] =
    ["DelayDefinition", "SortDefinition", "OnWhenDefinition", "PropertyExpressionDefinition"];

/// Start although a property that the schema calls required is missing.
pub(super) const LENIENT: [&str; 18] = [
    "AggregateDefinition",
    "ConstantExpression",
    "ExchangePropertyExpression",
    "HeaderExpression",
    "InputTypeDefinition",
    "OutputTypeDefinition",
    "ParamDefinition",
    "PropertyDefinition",
    "RemoveHeaderDefinition",
    "RemovePropertyDefinition",
    "RemoveVariableDefinition",
    "ResponseHeaderDefinition",
    "RestPropertyDefinition",
    "RouteTemplateDefinition",
    "RouteTemplateParameterDefinition",
    "SimpleExpression",
    "TemplatedRouteParameterDefinition",
    "VariableExpression",
];

/// One of the properties must be there; the last column is how a message calls it.
pub(super) const ONE_OF: [(&str, &[&str], &str); 11] = [
    ("AggregateDefinition", &["correlationExpression"], "`correlationExpression`"),
    ("BeanDefinition", &["ref", "beanType"], "`ref` or `beanType`"),
    ("CatchDefinition", &["exception"], "`exception`"),
    ("ClaimCheckDefinition", &["operation"], "`operation`"),
    ("GetDefinition", &["to"], "`to`"),
    ("OnExceptionDefinition", &["exception"], "`exception`"),
    ("PostDefinition", &["to"], "`to`"),
    ("PutDefinition", &["to"], "`to`"),
    ("SetHeadersDefinition", &["headers"], "`headers`"),
    ("SetVariablesDefinition", &["variables"], "`variables`"),
    ("ThrowExceptionDefinition", &["exceptionType", "ref"], "`exceptionType` or `ref`"),
];

/// Need one property of this kind, whatever its name: data format, load balancer, error handler.
pub(super) const ONE_NODE: [(&str, &str); 5] = [
    ("ErrorHandlerDefinition", "an error handler"),
    ("ErrorHandlerDeserializer", "an error handler"),
    ("LoadBalanceDefinition", "a load balancer"),
    ("MarshalDefinition", "a data format"),
    ("UnmarshalDefinition", "a data format"),
];

/// Must stand before the first route of their file.
pub(super) const BEFORE_ROUTES: [&str; 5] =
    ["intercept", "interceptFrom", "interceptSendToEndpoint", "onCompletion", "onException"];
