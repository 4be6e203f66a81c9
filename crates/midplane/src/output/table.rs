//! Tables: aligned columns, two spaces between them, no lines.
//!
//! Widths count what a terminal shows (wide characters are two). On a terminal that is too narrow, the last column is cut
//! with `…`; in a pipe nothing ever is. An empty cell reads `-`, so that columns can be counted by a script.

use unicode_width::UnicodeWidthStr as _;

use super::{Output, Tone};

#[derive(Clone, Debug)]
pub struct Cell {
    pub text: String,
    pub tone: Tone,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, tone: Tone::Plain }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl Cell {
    /// A state's name, in the tone of that state.
    pub fn state(text: &str) -> Self {
        Self { text: human(text), tone: Tone::of_state(text) }
    }

    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

/// `RUNTIME_LOST` and `runtime_lost` read `Runtime lost`; `RolledBack` stays.
pub fn human(state: &str) -> String {
    let text =
        if state.chars().any(char::is_lowercase) { state.to_owned() } else { state.to_lowercase() };
    let text = text.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[derive(Clone, Debug)]
pub struct Table {
    titles: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub fn new(titles: &[&'static str]) -> Self {
        Self::titled(titles.iter().map(|title| (*title).to_owned()).collect())
    }

    /// With titles that are not known before: names of attributes.
    pub fn titled(titles: Vec<String>) -> Self {
        Self { titles, rows: Vec::new() }
    }

    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    pub fn append(&mut self, mut other: Self) {
        self.rows.append(&mut other.rows);
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn render(&self, output: &Output, indent: &str) -> String {
        self.lines(output, indent).concat()
    }

    /// The last row, in the columns of the rows before it.
    pub fn render_last(&self, output: &Output) -> String {
        self.lines(output, "").pop().unwrap_or_default()
    }

    /// Forgets the oldest rows beyond `most`.
    pub fn keep(&mut self, most: usize) {
        self.rows.drain(..self.rows.len().saturating_sub(most));
    }

    fn lines(&self, output: &Output, indent: &str) -> Vec<String> {
        let columns = self.titles.len();
        let mut widths: Vec<usize> = self.titles.iter().map(|title| title.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(shown(cell).width());
            }
        }
        let before_last: usize =
            widths.iter().take(columns.saturating_sub(1)).map(|width| width + 2).sum();
        let room = output
            .width
            .map(|width| width.saturating_sub(before_last + indent.width()).max(LEAST_LAST_COLUMN));
        let titles = self.titles.iter().map(|title| Cell::toned(title, Tone::Quiet)).collect();
        let mut lines = Vec::with_capacity(self.rows.len() + 1);
        for row in std::iter::once(&titles).chain(&self.rows) {
            let mut line = indent.to_owned();
            for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let last = at + 1 == columns;
                let content = match room {
                    Some(room) if last => cut(shown(cell), room),
                    _ => shown(cell).to_owned(),
                };
                let padding = if last { 0 } else { width.saturating_sub(content.width()) + 2 };
                line.push_str(&output.paint(&content, cell.tone));
                line.push_str(&" ".repeat(padding));
            }
            lines.push(line.trim_end().to_owned() + "\n");
        }
        lines
    }
}

/// Below this a cut text says nothing; the line wraps instead.
const LEAST_LAST_COLUMN: usize = 16;

fn shown(cell: &Cell) -> &str {
    if cell.text.is_empty() { "-" } else { &cell.text }
}

/// Cuts to `room` columns, the last of which is then `…`.
pub fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if kept.width() + letter.to_string().width() + 1 > room {
            break;
        }
        kept.push(letter);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::{Cell, Table, cut, human};
    use crate::output::Output;

    #[test]
    fn columns_line_up_and_an_empty_cell_is_a_dash() {
        let mut table = Table::new(&["NAME", "STATE", "SUBJECT"]);
        table.row(vec!["orders".into(), Cell::state("RUNTIME_LOST"), "grüner tee".into()]);
        table.row(vec!["茶".into(), Cell::state("running"), "".into()]);
        let text = table.render(&Output { colours: false, width: None }, "");
        assert_eq!(
            text,
            "NAME    STATE         SUBJECT\norders  Runtime lost  grüner tee\n茶      Running       -\n"
        );
    }

    #[test]
    fn a_row_that_comes_later_stands_in_the_same_columns() {
        let output = Output { colours: false, width: None };
        let mut table = Table::new(&["NAME", "STATE"]);
        table.row(vec!["invoices".into(), "Running".into()]);
        table.row(vec!["shop".into(), "Failed".into()]);
        assert_eq!(table.render_last(&output), "shop      Failed\n");
        table.keep(1);
        assert_eq!(table.render(&output, ""), "NAME  STATE\nshop  Failed\n");
    }

    #[test]
    fn a_long_last_column_is_cut_on_a_terminal_only() {
        assert_eq!(cut("a long subject", 8), "a long …");
        assert_eq!(cut("short", 8), "short");
    }

    #[test]
    fn states_read_like_words() {
        assert_eq!(human("ROLLED_BACK"), "Rolled back");
        assert_eq!(human("running"), "Running");
    }
}
