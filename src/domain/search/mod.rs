//! Full-text search: how texts become terms, what a reader's words ask for, and what is kept of an article so
//! that it is found. The databases store and match what is made here, so both find the same.

mod document;
mod passage;
mod query;
mod words;

pub use document::{Document, place, seconds};
pub use passage::{Passages, passage};
pub use query::{Atom, Form, MOST_ATOMS, MOST_CHARS, Query};
pub use words::{Lexer, Word};

/// How many articles are ranked, the newest that match, and how many `totalCount` says at the most.
pub const WINDOW: u64 = 10_000;

/// What a match in the headline is worth, in thousandths; elsewhere it is worth a part of that.
pub const HEADLINE: i64 = 1000;
/// What a match in the dek is worth.
pub const DEK: i64 = 500;
/// What a match at a body's beginning, or of a word that it often has, is worth; one elsewhere is worth nothing.
pub const GIST: i64 = 250;
/// What is added where the headline has all the words one after the other.
pub const IN_ORDER: i64 = 300;

/// How many seconds newer an article has to be to make up for a thousandth: five and a half years for a match in
/// the headline. A difference of times, so that nobody has to ask what time it is.
pub const FRESHNESS: i64 = 2 * 24 * 3600;
