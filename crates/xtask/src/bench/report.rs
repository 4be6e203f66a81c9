//! What a bench found: figures with their goals, the peer's figures, and the ratios.

use serde_json::{Map, Value, json};

use crate::say;

/// A figure, and what the issue asks of it.
struct Figure {
    key: &'static str,
    value: f64,
    goal: Option<Goal>,
}

#[derive(Clone, Copy)]
enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    fn verdict(self, value: f64) -> String {
        let (text, is_met) = match self {
            Self::AtMost(most) => (format!("<= {most}"), value <= most),
            Self::AtLeast(least) => (format!(">= {least}"), value >= least),
        };
        if is_met { text } else { text + "   MISSED" }
    }
}

pub(crate) struct Report {
    bench: &'static str,
    figures: Vec<Figure>,
    peer: Map<String, Value>,
    ratio: Map<String, Value>,
    notes: Vec<String>,
}

impl Report {
    pub(crate) fn new(bench: &'static str) -> Self {
        Self { bench, figures: Vec::new(), peer: Map::new(), ratio: Map::new(), notes: Vec::new() }
    }

    pub(crate) fn figure(&mut self, key: &'static str, value: f64, at_most: Option<f64>) {
        let goal = at_most.map(Goal::AtMost);
        self.figures.push(Figure { key, value: round(value), goal });
    }

    pub(crate) fn at_least(&mut self, key: &'static str, value: f64, least: f64) {
        let goal = Some(Goal::AtLeast(least));
        self.figures.push(Figure { key, value: round(value), goal });
    }

    pub(crate) fn peer(&mut self, key: &str, value: f64) {
        self.peer.insert(key.to_owned(), json!(round(value)));
    }

    /// A ratio is a figure as well.
    pub(crate) fn ratio(&mut self, key: &'static str, value: f64, at_most: Option<f64>) {
        self.ratio.insert(key.to_owned(), json!(round(value)));
        self.figure(key, value, at_most);
    }

    pub(crate) fn ratio_at_least(&mut self, key: &'static str, value: f64, least: f64) {
        self.ratio.insert(key.to_owned(), json!(round(value)));
        self.at_least(key, value, least);
    }

    pub(crate) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    pub(crate) fn print(&self, json_line: bool) {
        for note in &self.notes {
            say::line(note);
        }
        for figure in &self.figures {
            let goal = figure.goal.map(|goal| goal.verdict(figure.value)).unwrap_or_default();
            say::line(format_args!("{:<28} {:>10.3}   {goal}", figure.key, figure.value));
        }
        for (key, value) in &self.peer {
            say::line(format_args!("{key:<28} {value:>10}   (peer)"));
        }
        if json_line {
            let figures: Map<_, _> = self
                .figures
                .iter()
                .map(|figure| (figure.key.to_owned(), json!(figure.value)))
                .collect();
            say::line(
                json!({"bench": self.bench, "figures": figures, "peer": self.peer, "ratio": self.ratio}),
            );
        }
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn a_median_is_the_middle() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
    }
}
