//! A newsroom as a folder: for people, Markdown files with front matter; for another copydesk, every row of its
//! history as lines of JSON; and what proves that nothing is missing and nothing was changed.
//!
//! ```text
//! manifest.json      what this is and how much of it there is; written last, so that a folder without it is none
//! SHA256SUMS         the digest of every other file, as `sha256sum -c` reads it
//! README.txt         what is what
//! articles/2024/…md  what readers see, by the year of publishing
//! drafts/…md         what they do not see, or not yet
//! authors.yml        who the authors are that the Markdown files name
//! log/TABLE.jsonl    all rows of a table, oldest first where its key tells
//! ```

mod arrive;
mod check;
mod folder;
mod leave;
mod sheet;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use arrive::{Doing, import_archive};
pub use leave::export;

use crate::app::AppError;

/// What the archive is called in its manifest.
const FORMAT: &str = "copydesk archive";
/// How archives are laid out. Another layout has another number.
const VERSION: u32 = 1;
/// The manifest's name.
const MANIFEST: &str = "manifest.json";
/// The name of the list of digests.
const SUMS: &str = "SHA256SUMS";

/// What an archive says of itself.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    format: String,
    version: u32,
    made_by: String,
    made_at: String,
    site: String,
    /// The steps of the schema that the rows are of.
    schema: Vec<String>,
    /// How many rows each table has.
    rows: BTreeMap<String, u64>,
    /// How many files the list of digests has.
    files: u64,
    /// How long they are together.
    bytes: u64,
    /// The digest of the list of digests, in hexadecimal.
    sums_sha256: String,
}

/// How much went out or came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Articles, whether readers see them or not.
    pub articles: u64,
    /// Drafts, those of the articles among them.
    pub drafts: u64,
    /// Revisions of all drafts.
    pub revisions: u64,
    /// Events of the log.
    pub events: u64,
    /// Rows of all sorts.
    pub rows: u64,
    /// Files.
    pub files: u64,
}

impl Manifest {
    fn tally(&self) -> Tally {
        let rows = |table: &str| self.rows.get(table).copied().unwrap_or_default();
        Tally {
            articles: rows("articles"),
            drafts: rows("drafts"),
            revisions: rows("revisions"),
            events: rows("events"),
            rows: self.rows.values().sum(),
            files: self.files,
        }
    }
}

/// Where the rows of a table are.
fn log_of(table: &str) -> String {
    format!("log/{table}.jsonl")
}

/// What is wrong with a file of the archive, or with writing it.
fn wrong(file: impl std::fmt::Display, message: impl std::fmt::Display) -> AppError {
    AppError::field(&format!("{file}:"), message.to_string())
}

fn unwritable(path: &Path) -> impl FnOnce(std::io::Error) -> AppError {
    let name = path.display().to_string();
    move |error| wrong(name, format!("cannot be written: {error}"))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
