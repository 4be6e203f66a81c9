//! Why a source cannot be read: one closed list, each with its code and its page in `docs/errors/`.
//!
//! A refusal becomes the source's condition (`domain::source::Condition`); what runs keeps running. The text names the
//! path or host at fault, never a token. Problems inside one integration are not here: they refuse that integration's release only
//! (`gitops::plan`).

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the repository cannot be reached: {0}")]
    Unreachable(String),
    #[error("the repository has no branch `{0}`, or no commit on it")]
    NoBranch(String),
    #[error(
        "`{0}` is a symbolic link; links are never followed, put the file itself into the repository"
    )]
    SymbolicLink(String),
    #[error(
        "`{0}` is a submodule; put the files into the repository, or add its repository as a source"
    )]
    Submodule(String),
    #[error("{path} has {what} in its name")]
    Name { path: String, what: &'static str },
    #[error("{first} and {second} differ only by upper and lower case")]
    CaseCollision { first: String, second: String },
    #[error("the commit has more than {0} files and folders")]
    TooManyEntries(usize),
    #[error("the commit is larger than {0} bytes in total")]
    TooLarge(u64),
    #[error("{path} has {size} bytes, more than the {limit} that a file may have")]
    FileTooLarge { path: String, size: u64, limit: u64 },
    #[error("the repository took longer than {0} s")]
    TooSlow(u64),
    #[error("{0} belongs to another user of this machine than the control plane runs as")]
    OtherOwner(String),
    #[error("there is no repository at {0}")]
    NotFound(String),
    #[error("the repository refused the credentials")]
    Credentials,
    #[error("{0}")]
    Address(String),
    #[error("`file://` sources are not allowed on this control plane")]
    FileNotAllowed,
    #[error("`git` is not on the PATH, which a `file://` source needs")]
    NoGit,
    #[error("the repository's data is damaged: {0}")]
    Damaged(String),
    #[error("an object of the repository is larger than the {0} bytes that one may have")]
    ObjectTooLarge(u64),
    #[error("{0} is nested deeper than {1} folders")]
    TooDeep(String, usize),
}

impl Refusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "MP-GIT-01",
            Self::NoBranch(_) => "MP-GIT-02",
            Self::SymbolicLink(_) => "MP-GIT-03",
            Self::Submodule(_) => "MP-GIT-04",
            Self::Name { .. } => "MP-GIT-05",
            Self::CaseCollision { .. } => "MP-GIT-06",
            Self::TooManyEntries(_) => "MP-GIT-07",
            Self::TooLarge(_) => "MP-GIT-08",
            Self::FileTooLarge { .. } | Self::ObjectTooLarge(_) => "MP-GIT-09",
            Self::TooSlow(_) => "MP-GIT-10",
            Self::OtherOwner(_) => "MP-GIT-11",
            Self::NotFound(_) => "MP-GIT-12",
            Self::Credentials => "MP-GIT-13",
            Self::Address(_) => "MP-GIT-14",
            Self::FileNotAllowed => "MP-GIT-15",
            Self::NoGit => "MP-GIT-18",
            Self::Damaged(_) => "MP-GIT-19",
            Self::TooDeep(..) => "MP-GIT-20",
        }
    }
}
