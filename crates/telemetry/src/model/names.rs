//! The names of a batch, each held once.
//!
//! A [`Name`] means something only together with the [`Names`] that gave it. The table is bounded: what would exceed it becomes the
//! name `(other)`, and the caller learns that it did, so that a workload which invents names costs itself detail and nobody memory.

use std::collections::HashMap;
use std::sync::Arc;

/// Enough for 60 routes of 1,000 nodes in one batch; a number then takes at most three bytes.
pub const MAX_NAMES: usize = 65_536;
/// Longer names are cut: Camel's longest endpoint addresses are some hundred characters, a folded stack some thousand.
pub const MAX_NAME_BYTES: usize = 16_384;

const OTHER: &str = "(other)";

/// A name of the batch it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub u32);

/// The table of names; number 0 is always `(other)`.
#[derive(Clone, Debug)]
pub struct Names {
    texts: Vec<Arc<str>>,
    places: HashMap<Arc<str>, u32>,
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Self { texts: Vec::new(), places: HashMap::new() };
        names.add(OTHER);
        names
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl Eq for Names {}

impl Names {
    /// The name for `text`, new or known. A full table gives [`Name::OTHER`].
    pub fn intern(&mut self, text: &str) -> Name {
        let text = cut(text, MAX_NAME_BYTES);
        if let Some(place) = self.places.get(text) {
            return Name(*place);
        }
        if self.texts.len() >= MAX_NAMES {
            return Name::OTHER;
        }
        self.add(text)
    }

    fn add(&mut self, text: &str) -> Name {
        let place = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.places.insert(text, place);
        Name(place)
    }

    /// The text of a name; a name of another table reads as `(other)`.
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or(OTHER, |text| text)
    }

    /// The name of `text`, if this batch has it.
    pub fn find(&self, text: &str) -> Option<Name> {
        self.places.get(text).map(|place| Name(*place))
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.texts.len() == 1
    }

    /// Every name with its text, in order of number: what a reader maps once for each batch.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Name, &str)> {
        self.texts
            .iter()
            .enumerate()
            .map(|(place, text)| (Name(u32::try_from(place).unwrap_or(0)), &**text))
    }
}

impl Name {
    /// What stands for every name that found no room.
    pub const OTHER: Self = Self(0);
}

/// The longest start of `text` that has at most `max` bytes.
pub fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_held_once_and_found_again() {
        let mut names = Names::default();
        let intake = names.intern("intake");
        assert_eq!(names.intern("intake"), intake);
        assert_eq!((names.text(intake), names.len()), ("intake", 2));
        assert_eq!(names.text(Name(99)), OTHER);
    }

    #[test]
    fn a_full_table_gives_other_and_still_knows_its_names() {
        let mut names = Names::default();
        let first = names.intern("0");
        for count in 1..=MAX_NAMES {
            names.intern(&count.to_string());
        }
        assert_eq!(names.len(), MAX_NAMES);
        assert_eq!(names.intern("one more"), Name::OTHER);
        assert_eq!(names.intern("0"), first);
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let mut names = Names::default();
        let long = "é".repeat(MAX_NAME_BYTES);
        let name = names.intern(&long);
        assert_eq!(names.text(name).len(), MAX_NAME_BYTES);
    }
}
