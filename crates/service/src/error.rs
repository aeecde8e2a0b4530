//! What an operation answers when it can't do what was asked. Small and typed: it goes to people and programs as it is.

use opencmp_store::StoreError;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// There is no such thing, or it is somebody else's: the two are one answer.
    #[error("not found")]
    NotFound,
    /// The scope does not reach this at all.
    #[error("not allowed")]
    Forbidden,
    /// The named field is wrong; the message says what would be right.
    #[error("{field}: {message}")]
    Invalid { field: &'static str, message: String },
    /// Somebody else's, or another's: a name, an address.
    #[error("{what} {value:?} is already taken")]
    Taken { what: &'static str, value: String },
    /// Tried too often; trying again helps after so many seconds.
    #[error("too many tries: wait {wait_secs} s")]
    TooMany { wait_secs: i64 },
    /// Not now: the database does not answer. The cause is in the log.
    #[error("the database does not answer; try again in a moment")]
    Unavailable,
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => Self::NotFound,
            StoreError::Taken { what, value } => Self::Taken { what, value },
            StoreError::Invalid { field, message } => Self::Invalid { field, message },
            _ => {
                tracing::error!(error = &error as &dyn std::error::Error, "the database did not answer");
                Self::Unavailable
            }
        }
    }
}

/// An error with its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
