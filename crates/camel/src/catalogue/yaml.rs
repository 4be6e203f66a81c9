//! The shape of a node in the YAML DSL, as Camel's loader reads it.
//!
//! Made from the published schema, which is itself made from the loader's classes. The loader turns
//! `some-option` into `someOption` for options, but not for the names of steps: `set-body` is
//! unknown to it. `EXTRA` lists what the loader reads and the schema does not tell (found by
//! comparing the two), `SHORT` which property one bare value stands for.

/// The type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Text,
    Boolean,
    Integer,
    Enumeration(&'static str),
    /// A map with free keys.
    Free,
    Node(&'static str),
    ListOf(&'static str),
    /// A list of nodes with one key each, or of texts.
    List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    pub name: &'static str,
    pub required: bool,
    pub shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    pub name: &'static str,
    /// One value may stand for the whole map.
    pub accepts_text: bool,
    /// A language may stand among the properties.
    pub has_expression: bool,
    pub properties: Vec<Property>,
    /// For definitions that are lists: what they hold.
    pub items: Option<Shape>,
}

const EXTRA: [(&str, &str); 9] = [
    ("CircuitBreakerDefinition", "inheritErrorHandler:b"),
    ("FailoverLoadBalancerDefinition", "inheritErrorHandler:b"),
    ("FromDefinition", "id:s description:s note:s steps:[ProcessorDefinition"),
    ("KameletDefinition", "id:s"),
    ("RouteDefinition", "streamCaching:b"),
    ("ErrorHandlerDeserializer", "id:s"),
    ("ErrorHandlerDefinition", "id:s"),
    ("BeanFactoryDefinition", "id:s"),
    ("RouteTemplateDefinition", "parameters:[RouteTemplateParameterDefinition"),
];

const SHORT: [(&str, &str); 20] = [
    ("ASN1DataFormat", "unmarshalType"),
    ("AvroDataFormat", "instanceClassName"),
    ("BeanDefinition", "ref"),
    ("CsvDataFormat", "delimiter"),
    ("DfdlDataFormat", "schemaUri"),
    ("FromDefinition", "uri"),
    ("InterceptFromDefinition", "uri"),
    ("InterceptSendToEndpointDefinition", "uri"),
    ("MethodCallExpression", "ref"),
    ("OutputAwareFromDefinition", "uri"),
    ("ParquetAvroDataFormat", "unmarshalType"),
    ("ProtobufDataFormat", "instanceClass"),
    ("RollbackDefinition", "message"),
    ("SamplingDefinition", "samplePeriod"),
    ("ServiceCallDefinition", "name"),
    ("SetExchangePatternDefinition", "pattern"),
    ("SwiftMtDataFormat", "writeInJson"),
    ("ThriftDataFormat", "instanceClass"),
    ("ValueDefinition", "value"),
    ("WasmExpression", "expression"),
];

impl Definition {
    pub(super) fn load(name: &'static str, rest: &'static str) -> Self {
        let (flags, columns) = rest.split_once('\t').unwrap_or((rest, ""));
        let mut out = Self {
            name,
            accepts_text: flags.contains('s') || name == "FromDefinition",
            has_expression: flags.contains('e'),
            properties: Vec::new(),
            items: None,
        };
        let extra =
            EXTRA.iter().filter(|(of, _)| *of == name).flat_map(|(_, more)| more.split(' '));
        for column in columns.split(' ').chain(extra).filter(|column| !column.is_empty()) {
            let (name, shape) = column.split_once(':').unwrap_or((column, "s"));
            if name == "[]" {
                out.items = Some(shape_of(shape));
                continue;
            }
            let (name, required) =
                name.strip_suffix('!').map_or((name, false), |name| (name, true));
            if out.property(name).is_none() {
                out.properties.push(Property { name, required, shape: shape_of(shape) });
            }
        }
        out
    }

    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    /// The property that a bare value stands for.
    pub fn short(&self) -> Option<&'static str> {
        if let Some((_, property)) = SHORT.iter().find(|(of, _)| *of == self.name) {
            return Some(property);
        }
        let mut required = self.properties.iter().filter(|property| property.required);
        self.accepts_text.then(|| required.next().map(|property| property.name))?
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.properties.iter().map(|property| property.name)
    }
}

fn shape_of(code: &'static str) -> Shape {
    match code {
        "s" => Shape::Text,
        "b" => Shape::Boolean,
        "i" => Shape::Integer,
        "o" => Shape::Free,
        "[" => Shape::List,
        _ => {
            if let Some(values) = code.strip_prefix("e(") {
                return Shape::Enumeration(values.trim_end_matches(')'));
            }
            code.strip_prefix('[').map_or(Shape::Node(code), Shape::ListOf)
        }
    }
}

/// `some-option` -> `someOption`, as the loader does it for options.
pub fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for character in name.chars() {
        if character == '-' {
            upper = true;
        } else if upper {
            out.extend(character.to_uppercase());
            upper = false;
        } else {
            out.push(character);
        }
    }
    out
}
