//! A component of the catalogue and the options of its endpoints.

/// What one scheme stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    pub scheme: &'static str,
    /// As `camel-kafka`.
    pub artifact: &'static str,
    /// As `kafka:topic`.
    pub syntax: &'static str,
    pub(super) flags: &'static str,
    pub(super) alternatives: &'static str,
    pub(super) numbers: &'static str,
}

impl Component {
    pub(super) fn load(scheme: &'static str, rest: &'static str) -> Self {
        let mut columns = rest.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (artifact, flags, syntax, alternatives, numbers) =
            (next(), next(), next(), next(), next());
        Self { scheme, artifact, syntax, flags, alternatives, numbers }
    }

    /// Only `from` may use it.
    pub fn consumer_only(&self) -> bool {
        self.flags.contains('c')
    }

    /// Only `to` and its kin may use it.
    pub fn producer_only(&self) -> bool {
        self.flags.contains('p')
    }

    /// Options that it does not know are its user's own (`http`) or come with its API (`google-mail`).
    pub fn lenient(&self) -> bool {
        self.flags.contains(['l', 'a'])
    }

    /// It talks to another system.
    pub fn remote(&self) -> bool {
        self.flags.contains('r')
    }

    pub(super) fn alternatives(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.alternatives.split(',').filter(|name| !name.is_empty())
    }

    pub(super) fn option_numbers(&self) -> impl Iterator<Item = usize> + use<> {
        self.numbers.split(' ').filter_map(|number| usize::from_str_radix(number, 36).ok())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path, as `topic` of `kafka:topic`.
    Path,
    Query,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionType {
    Boolean,
    Integer,
    Number,
    Duration,
    /// One of these; Camel ignores case and takes `-` for `_`.
    Enumeration(&'static str),
    /// Text, a reference to a bean, a list: anything.
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointOption {
    pub name: &'static str,
    pub place: Place,
    pub kind: OptionType,
    pub required: bool,
    pub secret: bool,
    /// A family of options, each beginning with `prefix`.
    pub many: bool,
    pub prefix: &'static str,
    pub optional_prefix: &'static str,
}

impl EndpointOption {
    pub(super) fn load(line: &'static str) -> Self {
        let mut columns = line.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (name, code, prefix, optional_prefix, values) =
            (next(), next(), next(), next(), next());
        let place = if code.starts_with('p') { Place::Path } else { Place::Query };
        let kind = match code.as_bytes().get(1) {
            Some(b'b') => OptionType::Boolean,
            Some(b'i') => OptionType::Integer,
            Some(b'n') => OptionType::Number,
            Some(b'd') => OptionType::Duration,
            Some(b'e') => OptionType::Enumeration(values),
            _ => OptionType::Text,
        };
        let flags = code.get(2..).unwrap_or_default();
        Self {
            name,
            place,
            kind,
            required: flags.contains('!'),
            secret: flags.contains('s'),
            many: flags.contains('m'),
            prefix,
            optional_prefix,
        }
    }

    /// Whether this option is what `name` means.
    pub fn matches(&self, name: &str) -> bool {
        if self.many && !self.prefix.is_empty() && name.starts_with(self.prefix) {
            return true;
        }
        let bare = match self.optional_prefix {
            "" => name,
            prefix => name.strip_prefix(prefix).unwrap_or(name),
        };
        self.name.eq_ignore_ascii_case(bare)
    }
}
