//! Takes the values of originals out of what a workload says of its work.
//!
//! What it answers is masked by the rules anyway. But a rule may name a place (`$.customer.iban`), and a route may put what stood there
//! into an error or an address: of a message that was filled in here, that must not leave either.

use serde_json::Value;
use telemetry::admit::Original;
use telemetry::model::HeaderValue;

/// Shorter ones stand in too many texts by chance.
const SHORTEST: usize = 4;

/// Values that were filled in, and what is said instead of each.
#[derive(Default)]
pub(crate) struct Hidden(Vec<(String, String)>);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hidden({})", self.0.len())
    }
}

impl Hidden {
    pub(super) fn of(original: &Original) -> Self {
        let body = original.body.as_deref().unwrap_or_default();
        let masks = original.masks.iter().flatten();
        let in_body = masks.filter_map(|mask| {
            let value = std::str::from_utf8(body.get(mask.range.clone())?).ok()?;
            Some((value.to_owned(), mask.token.clone()))
        });
        let in_headers = original.headers.iter().filter_map(|header| {
            match (&header.value, header.recorded.as_ref()?) {
                (HeaderValue::Text(value), HeaderValue::Masked(mask) | HeaderValue::Text(mask)) => {
                    Some((value.clone(), mask.clone()))
                }
                _ => None,
            }
        });
        let mut all: Vec<_> = in_body.chain(in_headers).collect();
        all.retain(|(value, _)| value.len() >= SHORTEST);
        // A value may hold another one.
        all.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        all.dedup();
        Self(all)
    }

    pub(crate) fn text(&self, mut text: String) -> String {
        for (secret, mask) in &self.0 {
            if text.contains(secret) {
                text = text.replace(secret, mask);
            }
        }
        text
    }

    /// In every text of `value`.
    pub(crate) fn hide(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(std::mem::take(text)),
            Value::Array(all) => all.iter_mut().for_each(|one| self.hide(one)),
            Value::Object(all) => all.values_mut().for_each(|one| self.hide(one)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use telemetry::id::MessageId;
    use telemetry::redact::Mask;

    use super::*;

    #[test]
    fn a_value_is_hidden_wherever_it_is_said() {
        let mask = |range, token: &str| Mask { range, token: token.to_owned(), is_quoted: false };
        let original = Original {
            message: MessageId::from_u128(1),
            content_type: None,
            body: Some(b"DE0212 DE02120300 ab".to_vec()),
            masks: Some(vec![mask(0..6, "[a]"), mask(7..17, "[b]"), mask(18..20, "[c]")]),
            headers: Vec::new(),
        };
        let hidden = Hidden::of(&original);
        let mut said = json!({"error": "no DE02120300, no DE0212, ab", "steps": [{"label": "x:DE0212"}], "n": 1});
        hidden.hide(&mut said);
        let want = json!({"error": "no [b], no [a], ab", "steps": [{"label": "x:[a]"}], "n": 1});
        assert_eq!(said, want);
        assert_eq!(format!("{hidden:?}"), "Hidden(2)");
    }
}
