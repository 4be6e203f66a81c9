//! Routes as one tree, whichever language they were written in.
//!
//! A file is a list of items (`route`, `rest`, `beans`, `routeConfiguration`, …), an item is a step,
//! and a step has properties and steps of its own. Branches are steps too: `when` and `otherwise`
//! of a `choice`, `doCatch` and `doFinally` of a `doTry`, `from` of a `route`, the verbs of a
//! `rest`. The readers bring every way to say a thing to one form, so that YAML and XML of the same
//! route are equal and `print` has one way to write it:
//!
//! * option names are camel case; a bare value has become the property it stands for;
//! * an expression is the property `expression` with one language in it;
//! * values are text; nothing is a number.
//!
//! Positions are kept everywhere and compared nowhere it matters: see `without_positions`.

use crate::problem::Position;
use crate::uri::Endpoint;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    pub files: Vec<File>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub path: String,
    pub kind: FileKind,
    pub items: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    Yaml,
    /// `*.kamelet.yaml`: one route template.
    Kamelet,
    /// A `Pipe` resource.
    Pipe,
    Xml,
    /// Holds a `<camelContext>`, which only Spring's launcher reads whole.
    Spring,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Camel's name of the node: `route`, `from`, `to`, `choice`, `when`…
    pub kind: String,
    pub at: Position,
    pub properties: Vec<Property>,
    pub steps: Vec<Self>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    pub name: String,
    pub at: Position,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(Text),
    Map(Vec<Property>),
    List(Vec<Self>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub text: String,
    pub at: Position,
}

impl Value {
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.text),
            Self::Map(_) | Self::List(_) => None,
        }
    }

    pub fn map(&self) -> Option<&[Property]> {
        match self {
            Self::Map(properties) => Some(properties),
            Self::Text(_) | Self::List(_) => None,
        }
    }
}

impl Step {
    pub fn new(kind: &str, at: Position) -> Self {
        Self { kind: kind.to_owned(), at, properties: Vec::new(), steps: Vec::new() }
    }

    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.property(name)?.value.text()
    }

    pub fn id(&self) -> Option<&str> {
        self.text("id")
    }

    /// Language and text of the step's expression.
    pub fn expression(&self) -> Option<(&str, &str)> {
        let language = self.property("expression")?.value.map()?.first()?;
        let text = match &language.value {
            Value::Text(text) => text.text.as_str(),
            Value::Map(options) => options
                .iter()
                .find(|option| matches!(option.name.as_str(), "expression" | "ref" | "token"))
                .and_then(|option| option.value.text())
                .unwrap_or_default(),
            Value::List(_) => "",
        };
        Some((&language.name, text))
    }

    /// Itself and everything below, parents first.
    pub fn walk(&self) -> Vec<&Self> {
        let mut out = Vec::new();
        let mut open = vec![self];
        while let Some(step) = open.pop() {
            out.push(step);
            open.extend(step.steps.iter().rev());
        }
        out
    }
}

/// A route wherever it stands: at the top of a file, in a template or in a Spring context.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    pub file: &'a str,
    pub step: &'a Step,
    /// Place among all routes, from 0, in the order Camel loads the files.
    pub ordinal: usize,
    /// It is the body of a route template or Kamelet.
    pub template: bool,
}

impl<'a> Route<'a> {
    pub fn id(&self) -> Option<&'a str> {
        self.step.id()
    }

    pub fn from(&self) -> Option<&'a Step> {
        self.step.steps.iter().find(|step| step.kind == "from")
    }

    pub fn steps(&self) -> &'a [Step] {
        self.from().map_or(&[], |from| &from.steps)
    }
}

/// An endpoint with the step that uses it.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointUse<'a> {
    pub file: &'a str,
    pub step: &'a Step,
    pub role: Role,
    pub endpoint: Endpoint,
    /// Where its URI is written.
    pub at: Position,
    /// In a route template or Kamelet: looked up when a route is made of it.
    pub template: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// `from`: messages come out of it.
    Consumer,
    /// `to` and its kin: messages go into it.
    Producer,
    /// `poll`, `pollEnrich`: one message is fetched.
    Poller,
    /// A pattern or a name of an endpoint used elsewhere (`interceptFrom`).
    Pattern,
}

impl Model {
    pub fn routes(&self) -> Vec<Route<'_>> {
        let mut out = Vec::new();
        for file in &self.files {
            for item in &file.items {
                let template = item.kind == "routeTemplate";
                let inner = item.walk().into_iter().filter(|step| step.kind == "route");
                for step in inner {
                    out.push(Route { file: &file.path, step, ordinal: out.len(), template });
                }
            }
        }
        out
    }

    /// Every step of every file, parents first.
    pub fn steps(&self) -> impl Iterator<Item = (&File, &Step)> {
        self.files
            .iter()
            .flat_map(|file| file.items.iter().flat_map(Step::walk).map(move |step| (file, step)))
    }

    pub fn endpoints(&self) -> Vec<EndpointUse<'_>> {
        let mut out = Vec::new();
        for file in &self.files {
            for item in &file.items {
                let template = item.kind == "routeTemplate";
                for step in item.walk() {
                    out.extend(endpoints_of(file, step, template));
                }
            }
        }
        out
    }

    /// Names and classes of the beans that the files define.
    pub fn beans(&self) -> impl Iterator<Item = (&File, &Step)> {
        self.steps().filter(|(_, step)| step.kind == "beans")
    }

    #[must_use]
    pub fn without_positions(mut self) -> Self {
        for file in &mut self.files {
            file.items.iter_mut().for_each(Step::forget_positions);
        }
        self
    }
}

impl Step {
    pub fn forget_positions(&mut self) {
        self.at = Position::default();
        self.properties.iter_mut().for_each(Property::forget_positions);
        self.steps.iter_mut().for_each(Self::forget_positions);
    }
}

impl Property {
    fn forget_positions(&mut self) {
        self.at = Position::default();
        self.value.forget_positions();
    }
}

impl Value {
    fn forget_positions(&mut self) {
        match self {
            Self::Text(text) => text.at = Position::default(),
            Self::Map(properties) => properties.iter_mut().for_each(Property::forget_positions),
            Self::List(values) => values.iter_mut().for_each(Self::forget_positions),
        }
    }
}

fn endpoints_of<'a>(file: &'a File, step: &'a Step, template: bool) -> Vec<EndpointUse<'a>> {
    let mut out = Vec::new();
    let mut push = |role, text: &Text, parameters: &[Property], dynamic| {
        let endpoint = Endpoint::new(&text.text, parameters, dynamic);
        out.push(EndpointUse { file: &file.path, step, role, endpoint, at: text.at, template });
    };
    let parameters = match step.property("parameters").map(|property| &property.value) {
        Some(Value::Map(parameters)) => parameters.as_slice(),
        _ => &[],
    };
    let role = match step.kind.as_str() {
        "from" => Some(Role::Consumer),
        "to" | "toD" | "wireTap" => Some(Role::Producer),
        "poll" => Some(Role::Poller),
        "interceptFrom" | "interceptSendToEndpoint" => Some(Role::Pattern),
        _ => None,
    };
    if let (Some(role), Some(Value::Text(uri))) = (role, step.property("uri").map(|uri| &uri.value))
    {
        let dynamic = matches!(step.kind.as_str(), "toD" | "wireTap" | "poll");
        push(role, uri, parameters, dynamic);
    }
    if step.kind == "kamelet"
        && let Some(Value::Text(name)) = step.property("name").map(|name| &name.value)
    {
        let text = Text { text: format!("kamelet:{}", name.text), at: name.at };
        push(Role::Producer, &text, parameters, false);
    }
    // An expression that is a constant or a simple text is an endpoint written down.
    if matches!(step.kind.as_str(), "enrich" | "pollEnrich" | "recipientList" | "routingSlip") {
        let written = step.property("expression").and_then(|property| property.value.map());
        let language = written.and_then(|map| map.first());
        let text = language.and_then(|language| match &language.value {
            Value::Text(text) => Some(text),
            Value::Map(options) => options
                .iter()
                .find(|option| option.name == "expression")
                .and_then(|option| match &option.value {
                    Value::Text(text) => Some(text),
                    Value::Map(_) | Value::List(_) => None,
                }),
            Value::List(_) => None,
        });
        let literal =
            language.is_some_and(|one| matches!(one.name.as_str(), "constant" | "simple"));
        let many = matches!(step.kind.as_str(), "recipientList" | "routingSlip");
        if let (Some(text), true) = (text, literal)
            && (!many || !text.text.contains(','))
        {
            let role = if step.kind == "pollEnrich" { Role::Poller } else { Role::Producer };
            push(role, text, &[], true);
        }
    }
    for (name, property) in dead_letters(step) {
        if let (true, Value::Text(text)) = (name == "deadLetterUri", &property.value) {
            push(Role::Producer, text, &[], false);
        }
    }
    out
}

/// Properties of an error handler, wherever it is nested in the step's values.
fn dead_letters(step: &Step) -> Vec<(&str, &Property)> {
    let mut out = Vec::new();
    let mut open: Vec<&Property> = step.properties.iter().collect();
    while let Some(property) = open.pop() {
        out.push((property.name.as_str(), property));
        if let Value::Map(inner) = &property.value {
            open.extend(inner);
        }
    }
    out
}
