//! Messages delivered on request: recorded ones again, or new ones.
//!
//! ```text
//! asked -> completed | handled | failed      an exchange was made, once
//!       -> unknown                           the same, but how it went was told in a word that is not known here
//!       -> not_done                          none was made, or one that did not come to its end; never tried again
//! ```
//! Which recorded bodies may be given back is decided here from what is known of them.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$inner])* $variant,)* }

        impl $name {
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

words! {
    Kind {
        /// A recorded message, again.
        Replay = "replay",
        /// A new message.
        Send = "send",
    }
}

words! {
    Outcome {
        Completed = "completed",
        Handled = "handled",
        Failed = "failed",
        /// Done, by a runner that is newer than whoever reads its answer.
        Unknown = "unknown",
        NotDone = "not_done",
    }
}

words! {
    /// Whose body and headers were delivered.
    Source {
        /// As they were recorded.
        Recorded = "recorded",
        /// As they were before a part of them was masked: of what the runner kept.
        Original = "original",
        /// As somebody changed them.
        Edited = "edited",
        /// Of a new message.
        Given = "given",
    }
}

/// What is known of a recorded body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded<'a> {
    /// A mask stands in it, or nothing instead of it because no rule could mask it.
    pub is_masked: bool,
    pub is_cut: bool,
    /// A JSON view of an object, which Camel would not take back.
    pub is_view: bool,
    /// Why there is none: `stream`, `object`, `file`, ...
    pub unavailable: Option<&'a str>,
}

/// Why a recorded message cannot be given back as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused<'a> {
    #[error("its body was not kept ({0})")]
    NotKept(&'a str),
    #[error("only the first part of its body was kept")]
    Cut,
    #[error("its body was an object, of which only a picture was kept")]
    Object,
    #[error("part of its body was masked before it was kept")]
    Masked,
}

impl Recorded<'_> {
    /// Whether the body can go into a route again without anybody changing it.
    pub fn judge(&self) -> Result<(), Refused<'_>> {
        match self {
            Self { unavailable: Some(why), .. } => Err(Refused::NotKept(why)),
            Self { is_cut: true, .. } => Err(Refused::Cut),
            Self { is_view: true, .. } => Err(Refused::Object),
            Self { is_masked: true, .. } => Err(Refused::Masked),
            _ => Ok(()),
        }
    }
}

/// What somebody should know before a message goes again through nodes of these kinds (a node's name in Camel's model).
///
/// Such nodes remember other messages, so that a replay is not treated as the original was.
pub fn warnings<'a>(kinds: impl Iterator<Item = &'a str> + Clone) -> Vec<&'static str> {
    const REMEMBER: &[(&str, &str)] = &[
        (
            "idempotentConsumer",
            "it filters duplicates (idempotentConsumer): what it knows already goes no further",
        ),
        ("aggregate", "it joins messages (aggregate): this one joins whatever group is open now"),
        (
            "resequence",
            "it puts messages in order (resequence): this one waits for those around it",
        ),
        ("transacted", "it is transacted: what a step did was undone if a later one failed"),
    ];
    let is_there = |kind: &str| kinds.clone().any(|one| one == kind);
    REMEMBER.iter().filter(|(kind, _)| is_there(kind)).map(|(_, text)| *text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Recorded<'static> =
        Recorded { is_masked: false, is_cut: false, is_view: false, unavailable: None };

    #[test]
    fn only_what_was_kept_whole_goes_in_again() {
        assert_eq!(WHOLE.judge(), Ok(()));
        let stream = Recorded { unavailable: Some("stream"), is_masked: true, ..WHOLE };
        assert_eq!(stream.judge(), Err(Refused::NotKept("stream")));
        assert_eq!(Recorded { is_cut: true, ..WHOLE }.judge(), Err(Refused::Cut));
        assert_eq!(Recorded { is_view: true, ..WHOLE }.judge(), Err(Refused::Object));
        assert_eq!(Recorded { is_masked: true, ..WHOLE }.judge(), Err(Refused::Masked));
    }

    #[test]
    fn nodes_that_remember_are_warned_of_once() {
        let kinds = ["from", "aggregate", "to", "aggregate", "idempotentConsumer"];
        let said = warnings(kinds.into_iter());
        assert!(said.len() == 2 && said[0].contains("duplicates") && said[1].contains("joins"));
        assert!(warnings(["from", "to"].into_iter()).is_empty());
    }

    #[test]
    fn every_word_reads_back() {
        use Outcome as O;
        for outcome in [O::Completed, O::Handled, O::Failed, O::Unknown, O::NotDone] {
            assert_eq!(O::parse(outcome.as_str()), Some(outcome));
        }
        assert_eq!(Kind::parse("dry"), None);
        assert_eq!(Source::parse("given"), Some(Source::Given));
        assert_eq!(Source::parse("original"), Some(Source::Original));
    }
}
