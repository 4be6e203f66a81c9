//! What can go wrong between "no PostgreSQL" and "accepts connections", each with its code.

use std::io;
use std::path::PathBuf;

use crate::download::DownloadError;

#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    #[error("no PostgreSQL 15 or newer on this machine, and none is offered for `{platform}`")]
    NotFound { platform: String },
    #[error("`{}` does not hold `initdb` and `postgres` of PostgreSQL 15 or newer", folder.display())]
    NotBinaries { folder: PathBuf },
    #[error(
        "the data in `{}` is of PostgreSQL {major}, and no binaries of that version are here",
        folder.display()
    )]
    OtherMajor { folder: PathBuf, major: u32 },
    #[error("make the database cluster in `{}`: {output}", folder.display())]
    Init { folder: PathBuf, output: String },
    #[error("PostgreSQL did not start: {log}")]
    NotStarted { log: String },
    #[error("the account {account} that runs PostgreSQL cannot enter `{}`", folder.display())]
    Unreachable { account: String, folder: PathBuf },
    #[error(
        "the account with uid {uid} has no name on this machine; root gives it one by `useradd --uid {uid} midplane`"
    )]
    Nameless { uid: u32 },
    #[error("`{}` is too long for a Unix socket, and no shorter folder was offered", folder.display())]
    PathTooLong { folder: PathBuf },
    #[error("fetch PostgreSQL")]
    Fetch(#[from] DownloadError),
    #[error("unpack `{}`: {what}", archive.display())]
    Unpack { archive: PathBuf, what: String },
    #[error("{doing} `{}`", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

impl PostgresError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } | Self::NotBinaries { .. } => "MP-PG-01",
            Self::OtherMajor { .. } => "MP-PG-02",
            Self::Init { .. } => "MP-PG-03",
            Self::NotStarted { .. } => "MP-PG-04",
            Self::Unreachable { .. } => "MP-PG-05",
            Self::Nameless { .. } => "MP-PG-06",
            Self::PathTooLong { .. } => "MP-PG-07",
            Self::Fetch(source) => source.code(),
            Self::Unpack { .. } => "MP-PG-08",
            Self::Io { .. } => "MP-PG-09",
        }
    }

    pub(super) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }
}
