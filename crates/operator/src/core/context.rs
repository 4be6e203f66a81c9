//! What a template sees.
//!
//! | template | sees |
//! |---|---|
//! | names of `vars` | plug, socket |
//! | `configTemplate` | plug, socket, plugData, socketData, vars |
//! | `resources` created, deleted | its own object |
//! | `resources` coupled, updated, decoupled | plug, socket, plugConfig, socketConfig |
//! | `resultTemplate` | and plugData, socketData, resultVars, also as vars |
//! | `resultResources` | and plugResult, socketResult, and its own side's as result |
//!
//! The other side's object and data are seen as far as `Party::seen_by` opens them.

use serde_json::{Map, Value, json};

use crate::core::journal::Side;
use crate::core::party::Party;
use crate::core::request::Values;

pub(crate) struct Context(Map<String, Value>);

impl Context {
    /// Both objects, as `viewer` sees them.
    pub(crate) fn of(viewer: Side, plug: &Party, socket: &Party) -> Self {
        let mut context = Map::new();
        context.insert("plug".to_owned(), plug.seen_by(viewer));
        context.insert("socket".to_owned(), socket.seen_by(viewer));
        Self(context)
    }

    /// The object itself only.
    pub(crate) fn alone(party: &Party) -> Self {
        let mut context = Map::new();
        context.insert(party.which.as_str().to_owned(), party.seen_by(party.which));
        Self(context)
    }

    pub(crate) fn with(mut self, name: &str, values: &Values) -> Self {
        self.0.insert(name.to_owned(), json!(values));
        self
    }

    /// Data of both sides, as far as `viewer` may see them.
    pub(crate) fn with_data(
        mut self,
        viewer: Side,
        (plug, plug_data): (&Party, &Values),
        (socket, socket_data): (&Party, &Values),
    ) -> Self {
        for (party, name, data) in
            [(plug, "plugData", plug_data), (socket, "socketData", socket_data)]
        {
            if party.which == viewer || party.is_open() {
                self = self.with(name, data);
            }
        }
        self
    }

    pub(crate) fn value(self) -> Value {
        Value::Object(self.0)
    }
}
