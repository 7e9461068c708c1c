//! Why a use case did not happen.

use crate::domain::refusal::Refusal;
use crate::store::StoreError;

/// A refusal, which the asker hears in words, or a fault, which only the log hears.
#[derive(Debug)]
pub enum AppError {
    /// The rules say no.
    Refused(Refusal),
    /// The database did not answer; the request may be sent again.
    Unavailable(String),
    /// Something is broken here.
    Fault(String),
}

impl AppError {
    /// There is no such thing, or not for the asker.
    pub fn not_found(what: &str) -> Self {
        Self::Refused(Refusal::NotFound(what.to_owned()))
    }

    /// One value that cannot be.
    pub fn field(path: &str, message: impl Into<String>) -> Self {
        Self::Refused(Refusal::field(path, message))
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => f.write_str(&refusal.message()),
            Self::Unavailable(cause) => write!(f, "the database is not there: {cause}"),
            Self::Fault(cause) => f.write_str(cause),
        }
    }
}

impl std::error::Error for AppError {}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing(what) => Self::not_found(what),
            StoreError::Unreachable(cause) => Self::Unavailable(cause),
            StoreError::Moved => Self::Refused(Refusal::Conflict(
                "Somebody else changed it at the same moment; read it again, then try again.".into(),
            )),
            StoreError::Unstorable => Self::field("input", "has the control character U+0000; take it out"),
            other => Self::Fault(other.to_string()),
        }
    }
}
