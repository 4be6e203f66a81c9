//! YAML nodes against the catalogue's definitions: names, types, what is required.
//!
//! Runs over the tree and not over the model, because the model has already forgiven what is said
//! here: two keys in one step, a map where a value belongs, a name nobody knows.

use super::{Context, rules, value};
use crate::catalogue::yaml::{Definition, Property, Shape, camel_case};
use crate::model::FileKind;
use crate::problem::{Position, Problem, nearest};
use crate::read::ParsedFile;
use crate::yaml::{Entry, Node, Scalar, Value};

pub(super) fn check(context: &mut Context<'_>, file: &ParsedFile<'_>, root: &Node) {
    let mut walker = Walker { context, path: file.path };
    match file.kind {
        FileKind::Kamelet => walker.kamelet(root),
        FileKind::Pipe => walker.pipe(root),
        _ => walker.top(root),
    }
}

struct Walker<'w, 'c> {
    context: &'w mut Context<'c>,
    path: &'w str,
}

impl Walker<'_, '_> {
    fn top(&mut self, root: &Node) {
        let Value::Sequence(items) = &root.value else {
            let text =
                format!("Camel ignores this file: a list of routes expected, not {}", root.kind());
            self.warn("MP-CAMEL-23", root.at, text);
            return;
        };
        let catalogue = self.context.catalogue;
        let (Some(top), Some(steps)) = (catalogue.top_level(), catalogue.steps()) else { return };
        let mut route = None;
        for item in items {
            if self.context.is_full() {
                return;
            }
            let Some((key, node)) = self.single(item, "an entry of the file") else { continue };
            if matches!(key.text.as_str(), "route" | "from") {
                route = route.or(Some(key.at.line));
            }
            if let (Some(line), true) = (route, rules::BEFORE_ROUTES.contains(&key.text.as_str())) {
                let text =
                    format!("`{}` must stand before the first route (line {line})", key.text);
                self.error("MP-CAMEL-24", key.at, text);
            }
            if let Some(property) = top.property(&key.text) {
                self.property(property, &key.text, node);
            } else if steps.property(&key.text).is_some() || catalogue.is_expression(&key.text) {
                let text = format!("`{}` has no effect outside of a route", key.text);
                self.warn("MP-CAMEL-20", key.at, text);
            } else {
                self.unknown("MP-CAMEL-20", key, "unknown entry", top.names());
            }
        }
    }

    fn kamelet(&mut self, root: &Node) {
        let template = root.get("spec").and_then(|spec| spec.get("template"));
        let Some(template) = template else {
            self.error("MP-CAMEL-22", root.at, "a Kamelet needs `spec.template`");
            return;
        };
        let catalogue = self.context.catalogue;
        if let Some(definition) = catalogue.definition("RouteTemplateDefinition") {
            // Its id is the Kamelet's name.
            self.entries(definition, template, "template", &["id"]);
        }
        if template.get("from").is_none() && template.get("route").is_none() {
            self.error("MP-CAMEL-22", template.at, "a Kamelet's template needs `from` or `route`");
        }
    }

    fn pipe(&mut self, root: &Node) {
        for end in ["source", "sink"] {
            let node = root.get("spec").and_then(|spec| spec.get(end));
            let known =
                node.is_some_and(|node| node.get("ref").is_some() || node.get("uri").is_some());
            if !known {
                let at = node.map_or(root.at, |node| node.at);
                self.error(
                    "MP-CAMEL-22",
                    at,
                    format!("a Pipe needs `spec.{end}` with `ref` or `uri`"),
                );
            }
        }
    }

    fn property(&mut self, property: &Property, name: &str, node: &Node) {
        if self.context.is_full() {
            return;
        }
        match property.shape {
            Shape::Text => {
                self.text(name, node);
            }
            Shape::Boolean => self.typed(name, node, "`true` or `false`", value::is_boolean),
            Shape::Integer => self.typed(name, node, "a whole number", value::is_integer),
            Shape::Enumeration(values) => self.enumeration(name, node, values),
            Shape::Free => self.free(name, node),
            Shape::List => self.list(name, node),
            Shape::Node(inner) => self.node(inner, name, node),
            Shape::ListOf(inner) => {
                let Some(items) = self.items(name, node) else { return };
                for item in items {
                    self.node(inner, name, item);
                }
                if let (Some(last), "ProcessorDefinition") = (items.last(), inner) {
                    self.has_steps(last);
                }
            }
        }
    }

    fn node(&mut self, definition: &str, name: &str, node: &Node) {
        if definition == "ProcessorDefinition" {
            self.step(node);
            return;
        }
        let Some(definition) = self.context.catalogue.definition(definition) else { return };
        if let Some(shape) = definition.items {
            self.property(&Property { name: definition.name, required: false, shape }, name, node);
            return;
        }
        self.entries(definition, node, name, &[]);
    }

    /// Steps that follow a node without steps become its own; the last one has nothing to take.
    fn has_steps(&mut self, last: &Node) {
        let Some([Entry { key, value }]) = last.entries() else { return };
        let empty = value.get("steps").and_then(Node::items).is_none_or(<[Node]>::is_empty);
        if rules::NEED_STEPS.contains(&key.text.as_str()) && empty && value.entries().is_some() {
            self.error("MP-CAMEL-22", key.at, format!("`{}` needs `steps`", key.text));
        }
    }

    fn step(&mut self, node: &Node) {
        if self.context.is_full() {
            return;
        }
        let Some((key, value)) = self.single(node, "a step") else { return };
        let catalogue = self.context.catalogue;
        let (Some(steps), Some(top)) = (catalogue.steps(), catalogue.top_level()) else { return };
        // Interceptors and error clauses are processors, so that the loader takes them as steps, too.
        let inner = [
            "onException",
            "onCompletion",
            "intercept",
            "interceptFrom",
            "interceptSendToEndpoint",
        ];
        let property = steps
            .property(&key.text)
            .or_else(|| top.property(&key.text).filter(|_| inner.contains(&key.text.as_str())));
        match property {
            Some(property) => self.property(property, &key.text, value),
            None => self.unknown("MP-CAMEL-20", key, "unknown step", steps.names()),
        }
    }

    /// The one key of a map and its value.
    fn single<'n>(&mut self, node: &'n Node, what: &str) -> Option<(&'n Scalar, &'n Node)> {
        match node.entries() {
            Some([Entry { key, value }]) => Some((key, value)),
            Some([_, second, ..]) => {
                let text = format!(
                    "`{}` is a second name in one list item: {what} has one; indent it, or give it its own `-`",
                    second.key.text
                );
                self.error("MP-CAMEL-24", second.key.at, text);
                None
            }
            _ => {
                self.error(
                    "MP-CAMEL-23",
                    node.at,
                    format!("{what} must be `name:` with its options, not {}", node.kind()),
                );
                None
            }
        }
    }

    fn entries(&mut self, definition: &Definition, node: &Node, name: &str, given: &[&str]) {
        let entries = match &node.value {
            Value::Mapping(entries) => entries,
            Value::Scalar(scalar) if definition.accepts_text => {
                self.short(definition, scalar, name, node);
                return;
            }
            Value::Scalar(scalar)
                if scalar.text.is_empty()
                    && definition.properties.iter().all(|one| !one.required) =>
            {
                self.error(
                    "MP-CAMEL-23",
                    node.at,
                    format!("`{name}` is empty: write `{name}: {{}}`"),
                );
                return;
            }
            _ => {
                self.error(
                    "MP-CAMEL-23",
                    node.at,
                    format!("`{name}` must be a map, not {}", node.kind()),
                );
                return;
            }
        };
        let mut expression: Option<&Scalar> = None;
        for Entry { key, value } in entries {
            let option = camel_case(&key.text);
            let language = definition.has_expression
                && (matches!(option.as_str(), "expression" | "expressionType")
                    || self.context.catalogue.is_expression(&option));
            // Both a language and an option of the same name exist for a few (`header`, `ref`).
            let property = definition.property(&option).filter(|_| !language);
            if let Some(property) = property {
                self.property(property, &option, value);
            } else if language {
                if let Some(first) = expression {
                    let text = format!(
                        "`{}` is a second expression of `{name}`, which has `{}`",
                        key.text, first.text
                    );
                    self.error("MP-CAMEL-24", key.at, text);
                }
                expression = Some(key);
                self.language(&option, key, value);
            } else {
                let languages = self.context.catalogue.definition("ExpressionDefinition");
                let languages = languages.filter(|_| definition.has_expression);
                let known =
                    definition.names().chain(languages.into_iter().flat_map(Definition::names));
                self.unknown("MP-CAMEL-21", key, &format!("unknown option of `{name}`"), known);
            }
        }
        self.required(definition, node, entries, name, given, expression.is_some());
    }

    /// One value in place of the whole map.
    fn short(&mut self, definition: &Definition, scalar: &Scalar, name: &str, node: &Node) {
        let Some(property) = definition.short().and_then(|name| definition.property(name)) else {
            return;
        };
        let languages = self.context.catalogue.is_expression(name);
        if scalar.text.is_empty() && property.required && !languages {
            let text = format!("`{name}` is empty: `{}` expected", property.name);
            self.error("MP-CAMEL-22", node.at, text);
        } else {
            let property = *property;
            self.property(&property, name, node);
        }
        if property.name == "uri"
            && matches!(definition.name, "FromDefinition" | "OutputAwareFromDefinition")
        {
            self.error("MP-CAMEL-22", node.at, "a route needs `steps` under its `from`");
        }
    }

    fn language(&mut self, option: &str, key: &Scalar, value: &Node) {
        let Some(all) = self.context.catalogue.definition("ExpressionDefinition") else { return };
        if matches!(option, "expression" | "expressionType") {
            if value.entries().is_some_and(<[Entry]>::is_empty) {
                self.error("MP-CAMEL-22", key.at, "`expression` needs a language");
            }
            self.entries(all, value, "expression", &[]);
        } else if let Some(property) = all.property(option) {
            self.property(property, option, value);
        }
    }

    fn required(
        &mut self,
        definition: &Definition,
        node: &Node,
        entries: &[Entry],
        name: &str,
        given: &[&str],
        has_expression: bool,
    ) {
        let has = |name: &str| {
            given.contains(&name)
                || (name == "expression" && has_expression)
                || entries.iter().any(|entry| camel_case(&entry.key.text) == name)
        };
        let route = matches!(
            definition.name,
            "FromDefinition" | "OutputAwareFromDefinition" | "RouteFromDefinitionDeserializer"
        );
        for property in definition.properties.iter().filter(|property| property.required) {
            if has(property.name) || (route && property.name == "steps") {
                continue;
            }
            let text = format!("`{name}` needs `{}`", property.name);
            if rules::LENIENT.contains(&definition.name) || name == "headers" {
                self.warn("MP-CAMEL-22", node.at, text);
            } else {
                self.error("MP-CAMEL-22", node.at, text);
            }
        }
        let needs = if route
            && node.get("steps").and_then(Node::items).is_none_or(<[Node]>::is_empty)
        {
            Some("`steps`")
        } else if definition.has_expression
            && !has_expression
            && !rules::WITHOUT_EXPRESSION.contains(&definition.name)
        {
            Some("an expression, as `simple:` or `constant:`")
        } else if let Some((_, _, what)) = rules::ONE_OF
            .iter()
            .find(|(of, any, _)| *of == definition.name && !any.iter().any(|name| has(name)))
        {
            Some(*what)
        } else {
            let node = |property: &Property| {
                matches!(property.shape, Shape::Node(_)) && has(property.name)
            };
            rules::ONE_NODE
                .iter()
                .find(|(of, _)| *of == definition.name && !definition.properties.iter().any(node))
                .map(|(_, what)| *what)
        };
        if let Some(needs) = needs {
            self.error("MP-CAMEL-22", node.at, format!("`{name}` needs {needs}"));
        }
        if definition.name == "RouteDefinition" {
            let order = node.get("startupOrder").or_else(|| node.get("startup-order"));
            if let Some(order) =
                order.filter(|order| order.text().is_some_and(|text| text.contains("{{")))
            {
                self.error(
                    "MP-CAMEL-23",
                    order.at,
                    "`startupOrder` must be a number: Camel resolves no property here",
                );
            }
        }
    }

    fn text<'n>(&mut self, name: &str, node: &'n Node) -> Option<&'n str> {
        let text = node.text();
        if text.is_none() {
            self.error(
                "MP-CAMEL-23",
                node.at,
                format!("`{name}` must be one value, not {}", node.kind()),
            );
        }
        text
    }

    fn typed(&mut self, name: &str, node: &Node, expected: &str, good: fn(&str) -> bool) {
        if let Some(text) = self.text(name, node).filter(|text| !good(text)) {
            self.error(
                "MP-CAMEL-23",
                node.at,
                format!("`{name}` must be {expected}, not `{text}`"),
            );
        }
    }

    fn enumeration(&mut self, name: &str, node: &Node, values: &str) {
        let Some(text) = self.text(name, node).filter(|text| !value::is_one_of(text, values))
        else {
            return;
        };
        let expected = values.replace(',', "`, `");
        let message = format!("`{name}` must be one of `{expected}`, not `{text}`");
        let problem = Problem::error("MP-CAMEL-23", self.path, node.at, message);
        self.context.problems.push(problem.suggest(text, values.split(',')));
    }

    fn free(&mut self, name: &str, node: &Node) {
        match &node.value {
            Value::Mapping(entries) => {
                for Entry { key, value } in entries {
                    if let Value::Sequence(_) = value.value {
                        let text = format!(
                            "`{}` of `{name}` must be one value or a map, not a list",
                            key.text
                        );
                        self.error("MP-CAMEL-23", value.at, text);
                    }
                }
            }
            Value::Scalar(_) | Value::Sequence(_) => {
                self.error(
                    "MP-CAMEL-23",
                    node.at,
                    format!("`{name}` must be a map, not {}", node.kind()),
                );
            }
        }
    }

    /// A list of names, or of nodes that each carry their own name (`routeConfiguration`).
    fn list(&mut self, name: &str, node: &Node) {
        let Value::Sequence(items) = &node.value else {
            if node.entries().is_some() {
                self.error("MP-CAMEL-23", node.at, format!("`{name}` must be a list, not a map"));
            }
            return;
        };
        for item in items.iter().filter(|item| item.entries().is_some()) {
            self.step(item);
        }
    }

    fn items<'n>(&mut self, name: &str, node: &'n Node) -> Option<&'n [Node]> {
        let items = node.items();
        if items.is_none() {
            self.error(
                "MP-CAMEL-23",
                node.at,
                format!("`{name}` must be a list, not {}", node.kind()),
            );
        }
        items
    }

    fn unknown<'k>(
        &mut self,
        code: &'static str,
        key: &Scalar,
        what: &str,
        known: impl Iterator<Item = &'k str>,
    ) {
        if self.context.is_full() {
            return;
        }
        let known: Vec<_> = known.collect();
        let camel = camel_case(&key.text);
        let mut problem = Problem::error(code, self.path, key.at, format!("{what} `{}`", key.text));
        problem.nearest = nearest(&camel, known.iter().copied()).map(ToOwned::to_owned);
        self.context.problems.push(problem);
    }

    fn error(&mut self, code: &'static str, at: Position, text: impl Into<String>) {
        self.context.problems.push(Problem::error(code, self.path, at, text));
    }

    fn warn(&mut self, code: &'static str, at: Position, text: impl Into<String>) {
        self.context.problems.push(Problem::warning(code, self.path, at, text));
    }
}
