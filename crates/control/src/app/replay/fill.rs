//! Masked values of a recorded message, filled in on the runner that kept the original.

use serde_json::{Value, json};
use telemetry::id::MessageId;

use super::{Content, plan};

/// What the runner is to fill in from the original that it kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fill {
    message: MessageId,
    is_edited: bool,
    /// Without it there would be a mask in place of a value.
    pub(super) is_needed: bool,
}

impl Fill {
    /// `None`: nothing was masked, or nobody left a mask in it.
    pub(super) fn of(
        message: MessageId,
        masked: plan::Masked,
        edited: Option<&Content>,
    ) -> Option<Self> {
        let is_edited = edited.is_some();
        let is_needed = match (masked, edited) {
            (plan::Masked::Nothing, _) => return None,
            (_, Some(content)) if plan::has_masks(content) => true,
            (_, Some(_)) => return None,
            (masked, None) => masked == plan::Masked::Content,
        };
        Some(Self { message, is_edited, is_needed })
    }

    /// Puts the order into a command. A runner that knows nothing of originals must not find one with masks.
    pub(super) fn put(fill: Option<Self>, body: &mut Value, order: Value) {
        if let Some(Self { message, is_edited, is_needed }) = fill {
            body["original"] = json!({
                "message": message.to_string(), "is_edited": is_edited, "is_needed": is_needed, "order": order,
            });
            if is_needed {
                return;
            }
        }
        body["order"] = order;
    }
}

#[cfg(test)]
mod tests {
    use super::super::Body;
    use super::*;

    #[test]
    fn a_runner_that_cannot_fill_in_finds_no_order_with_masks() {
        let message = MessageId::from_u128(7);
        let put = |masked, edited: Option<&Content>| {
            let mut body = json!({});
            Fill::put(Fill::of(message, masked, edited), &mut body, json!({"route": "a"}));
            (
                body["order"].is_object(),
                body["original"].is_object(),
                body["original"]["is_edited"] == true,
            )
        };
        assert_eq!(put(plan::Masked::Nothing, None), (true, false, false));
        assert_eq!(put(plan::Masked::Headers, None), (true, true, false));
        assert_eq!(put(plan::Masked::Content, None), (false, true, false));
        let body = |text: &str| Some(Body::Text(text.to_owned()));
        let left = Content { body: body("[masked card]"), headers: Vec::new() };
        assert_eq!(put(plan::Masked::Content, Some(&left)), (false, true, true));
        let given = Content { body: body("4111"), headers: Vec::new() };
        assert_eq!(put(plan::Masked::Content, Some(&given)), (true, false, false));
    }
}
