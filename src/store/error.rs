//! What a database answers, in words that the floors above can act on.

use sea_orm::{DbErr, RuntimeErr};

/// Why the store did not do it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A named constraint refused.
    #[error("the constraint {0} refused")]
    Constraint(&'static str),
    /// Somebody else was first: the row is no longer as it was read.
    #[error("the row changed meanwhile")]
    Moved,
    /// The row that has to be there is not.
    #[error("no such {0}")]
    Missing(&'static str),
    /// The database cannot be reached, or not now.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// A stored value cannot be read.
    #[error("a stored value cannot be read: {0}")]
    Unreadable(String),
    /// A text has a character that the database cannot hold.
    #[error("a text has a character that cannot be stored")]
    Unstorable,
    /// Anything else.
    #[error("the database refused: {0}")]
    Other(String),
}

/// Unique constraints whose refusal means something to a user: PostgreSQL names them, SQLite
/// names their columns.
const WORDS: &[(&str, &str)] = &[
    ("pk_slugs", "slugs.slug"),
    ("uq_users_email", "users.email_key"),
    ("uq_authors_slug", "authors.slug"),
    ("uq_authors_user", "authors.user_id"),
    ("uq_sections_slug", "sections.slug"),
    ("uq_tags_slug", "tags.slug"),
    ("uq_revisions_number", "revisions.draft_id, revisions.number"),
    ("uq_editions_number", "editions.article_id, editions.number"),
    ("uq_articles_live_slug", "articles.slug"),
    ("uq_reviews_approval", "reviews.revision_id, reviews.round, reviews.stage_key, reviews.reviewer_id"),
    ("pk_answers", "answers.user_id, answers.key_hash"),
    ("tr_gates_proven", "gate: the revision lacks approvals"),
];

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let text = error.to_string();
        if let Some((name, _)) = WORDS.iter().find(|(name, columns)| {
            text.contains(&format!("\"{name}\"")) || text.contains(&format!("failed: {columns}")) || text.ends_with(columns)
        }) {
            return Self::Constraint(name);
        }
        match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unreachable(text),
            DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))
                if matches!(
                    *cause,
                    sea_orm::sqlx::Error::Io(_) | sea_orm::sqlx::Error::PoolTimedOut | sea_orm::sqlx::Error::PoolClosed
                ) =>
            {
                Self::Unreachable(text)
            }
            DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) if is_away(&cause) => {
                Self::Unreachable(text)
            }
            DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))
                if code(&cause).is_some_and(|code| code == "22021") =>
            {
                Self::Unstorable
            }
            _ => Self::Other(text),
        }
    }
}

fn code(cause: &sea_orm::sqlx::Error) -> Option<String> {
    cause.as_database_error().and_then(|error| error.code()).map(std::borrow::Cow::into_owned)
}

/// Whether PostgreSQL says that it is stopping, starting, or has lost the connection (classes 57P and 08).
fn is_away(cause: &sea_orm::sqlx::Error) -> bool {
    code(cause).is_some_and(|code| code.starts_with("57P") || code.starts_with("08"))
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}
