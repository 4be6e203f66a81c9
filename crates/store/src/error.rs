//! What a caller of the store can meet beyond a broken database.
//!
//! Constraints are named in the migrations and told apart by that name ([`Error::violates`]); a noun
//! maps its own to variants of its own error. Everything else is `Database`, which no user ever reads.

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("database: {doing}")]
    Database { doing: &'static str, source: sqlx::Error },
    #[error("migrate the database")]
    Migrate(#[source] Box<sqlx::migrate::MigrateError>),
    #[error("the database was made by a newer version (migration {found}, this one knows {known})")]
    Newer { found: i64, known: i64 },
    #[error("a row holds `{value}` as {what}")]
    Unreadable { what: &'static str, value: String },
}

impl Error {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Database { .. } | Self::Unreadable { .. } => "MP-PG-10",
            Self::Migrate(_) => "MP-PG-11",
            Self::Newer { .. } => "MP-PG-12",
        }
    }

    /// `.map_err(Error::doing("insert the actor"))`
    pub fn doing(doing: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Database { doing, source }
    }

    /// Whether the named constraint refused the statement.
    pub fn violates(&self, constraint: &str) -> bool {
        match self {
            Self::Database { source: sqlx::Error::Database(err), .. } => {
                err.constraint() == Some(constraint)
            }
            Self::Database { .. }
            | Self::Migrate(_)
            | Self::Newer { .. }
            | Self::Unreadable { .. } => false,
        }
    }

    /// Whether the database understood and cannot hold it: a value that is no value, a row that fits nowhere.
    pub fn is_of_data(&self) -> bool {
        match self {
            Self::Database { source: sqlx::Error::Database(err), .. } => {
                err.code().is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
            }
            Self::Database { .. }
            | Self::Migrate(_)
            | Self::Newer { .. }
            | Self::Unreadable { .. } => false,
        }
    }

    /// Whether the same transaction may succeed when tried again: serialisation, deadlock, or the
    /// server went away.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Database { source: sqlx::Error::Database(err), .. } => {
                err.code().is_some_and(|code| code.starts_with("40") || code.starts_with("57P"))
            }
            Self::Database { source, .. } => matches!(
                source,
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed
            ),
            Self::Migrate(_) | Self::Newer { .. } | Self::Unreadable { .. } => false,
        }
    }
}
