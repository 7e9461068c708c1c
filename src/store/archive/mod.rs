//! What leaves in an archive and comes back from one: every table of the newsroom, row by row, in one snapshot.
//!
//! A row is a line of JSON: ids as UUIDs, times as RFC 3339 with microseconds, bytes as base64.

mod restore;
mod sheets;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::sea_query::ColumnType;
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IdenStatic, IsolationLevel, Iterable,
    PrimaryKeyToColumn, QueryResult, Statement, TransactionOptions, TransactionTrait, Value,
};
use uuid::Uuid;

pub use restore::{Aside, Row, is_taken, misfit, put_aside, put_back};
pub use sheets::{authors_after, corrections, draft_page, former_slugs, images, live_page, slugs_of};

use super::{Database, Source, StoreError};

/// Lists the tables that travel, in an order in which each names only rows of those before it and of itself. All
/// columns of an entity travel. Columns after `later` name rows of their own table, and are filled in when all of
/// these are there.
macro_rules! tables {
    ($($entity:ident $(later $($column:ident),+)?;)*) => {
        /// The tables that travel, in the order in which they can be filled.
        ///
        /// # Errors
        /// Where a column is of a sort that no line knows: a fault of this program.
        pub fn tables() -> Result<Vec<Table>, StoreError> {
            Ok(vec![$(Table::of::<entity::$entity::Entity>(&[$($(stringify!($column)),+)?])?),*])
        }
    };
}

tables! {
    user;
    image;
    affiliate_policy;
    affiliate_policy_version;
    section;
    author;
    tag;
    policy_scope;
    rule_change;
    stage;
    draft;
    revision;
    revision_text;
    revision_body;
    revision_author;
    revision_link;
    slug;
    round_stage;
    review;
    review_assignment;
    comment later parent_id, thread_id;
    comment_place;
    gate;
    article later redirect_to_id;
    edition;
    article_author;
    article_tag;
    related_link;
    schedule;
    release;
    release_draft;
    disclosure_span;
    link_use;
    site_link;
    term;
    article_subject;
    article_term;
    article_suggestion;
    event;
    imported_post;
}

/// The tables that stay where they are, and why. A table is here or in `tables!`: a test compares both with the
/// database's own catalogue.
pub const STAYING: &[(&str, &str)] = &[
    ("sessions", "who was signed in there is not signed in here"),
    ("api_tokens", "a key opens one newsroom; who needs one makes one"),
    ("previews", "a preview's link is a key, too"),
    ("answers", "they are kept for a day, for requests to that very server"),
    ("nodes", "the servers of the moment"),
    ("webhooks", "their secrets are shared with others, who expect them from there"),
    ("webhook_deliveries", "they belong to the webhooks"),
    ("search_articles", "made anew, since each engine finds words its own way"),
    ("search_words", "made anew, like search_articles"),
];

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Id,
    Text,
    Integer,
    Long,
    Truth,
    Real,
    Time,
    Json,
    Bytes,
}

/// A table that travels.
#[derive(Debug)]
pub struct Table {
    /// As the database calls it.
    pub name: &'static str,
    columns: Vec<(&'static str, Kind)>,
    key: Vec<&'static str>,
    later: &'static [&'static str],
}

/// Where the reading of a table has come to: the last row's key.
pub struct Mark(Vec<Value>);

/// Some rows of a table, in the order of their keys.
pub struct Part {
    /// A line of JSON each.
    pub lines: Vec<String>,
    /// Where the next part begins; `None` after the last.
    pub next: Option<Mark>,
}

/// The database as it was at one moment, whatever is written meanwhile.
pub struct Snapshot(DatabaseTransaction);

impl Source for Snapshot {
    type Connection = DatabaseTransaction;
    fn connection(&self) -> &DatabaseTransaction {
        &self.0
    }
}

impl Database {
    /// Takes a snapshot, from which can only be read. Nobody waits for it.
    ///
    /// # Errors
    /// `Unreachable` when no connection is to be had.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let postgres = self.is_shared();
        let options = TransactionOptions {
            isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: postgres.then_some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        let inner = self.reader.0.begin_with_options(options).await?;
        // On both engines the moment is that of the first statement that reads.
        inner.query_one_raw(Statement::from_string(inner.get_database_backend(), "SELECT 1 FROM users LIMIT 1")).await?;
        Ok(Snapshot(inner))
    }
}

impl Table {
    fn of<E: EntityTrait>(later: &'static [&'static str]) -> Result<Self, StoreError> {
        let name = E::default().table_name();
        let columns = E::Column::iter().map(|column| {
            let def = column.def();
            let kind = Kind::of(def.get_column_type());
            kind.map(|kind| (column.as_str(), kind)).ok_or_else(|| StoreError::Other(format!("no line can hold {name}.{}", column.as_str())))
        });
        let key = E::PrimaryKey::iter().map(|part| part.into_column().as_str()).collect();
        Ok(Self { name, columns: columns.collect::<Result<_, _>>()?, key, later })
    }

    /// The names of its columns.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|(name, _)| *name)
    }

    /// Whether rows name other rows of it.
    #[must_use]
    pub const fn refers_to_itself(&self) -> bool {
        !self.later.is_empty()
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, source: &impl Source) -> Result<u64, StoreError> {
        let db = source.connection();
        let sql = format!("SELECT count(*) AS rows_there FROM {}", self.name);
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "rows_there"))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The rows after a mark, `most` at the most.
    ///
    /// # Errors
    /// When the database does not answer, or a stored value cannot be read.
    pub async fn read(&self, source: &impl Source, after: Option<&Mark>, most: usize) -> Result<Part, StoreError> {
        let db = source.connection();
        let (columns, key) = (self.columns().map(quoted).collect::<Vec<_>>().join(", "), self.key.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "));
        let mut sql = format!("SELECT {columns} FROM {}", self.name);
        let values = after.map(|mark| mark.0.clone()).unwrap_or_default();
        if !values.is_empty() {
            let marks: Vec<String> = (1..=values.len()).map(|place| format!("${place}")).collect();
            let _ = write!(sql, " WHERE ({key}) > ({})", marks.join(", "));
        }
        let _ = write!(sql, " ORDER BY {key} LIMIT {most}");
        let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
        let lines: Result<Vec<String>, StoreError> = rows.iter().map(|row| self.line(row)).collect();
        let last = if rows.len() < most { None } else { rows.last() };
        let next = last.map(|row| self.mark(row)).transpose()?;
        Ok(Part { lines: lines?, next })
    }

    fn mark(&self, row: &QueryResult) -> Result<Mark, StoreError> {
        let parts = self.columns.iter().filter(|(name, _)| self.key.contains(name));
        // In the order of the key, not of the columns.
        let mut values: Vec<(&str, Value)> = parts.map(|(name, kind)| Ok((*name, kind.get(row, name)?))).collect::<Result<_, DbErr>>()?;
        values.sort_by_key(|(name, _)| self.key.iter().position(|part| part == name));
        Ok(Mark(values.into_iter().map(|(_, value)| value).collect()))
    }

    fn line(&self, row: &QueryResult) -> Result<String, StoreError> {
        let mut line = String::from("{");
        for (index, (name, kind)) in self.columns.iter().enumerate() {
            let value = kind.json(row, name)?;
            let _ = write!(line, "{}\"{name}\":{value}", if index == 0 { "" } else { "," });
        }
        line.push('}');
        Ok(line)
    }
}

/// `key` and `at` are words of SQL.
fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

impl Kind {
    fn of(column: &ColumnType) -> Option<Self> {
        Some(match column {
            ColumnType::Uuid => Self::Id,
            ColumnType::String(_) | ColumnType::Text => Self::Text,
            ColumnType::Integer => Self::Integer,
            ColumnType::BigInteger => Self::Long,
            ColumnType::Boolean => Self::Truth,
            ColumnType::Double => Self::Real,
            ColumnType::TimestampWithTimeZone => Self::Time,
            ColumnType::Json | ColumnType::JsonBinary => Self::Json,
            ColumnType::VarBinary(_) | ColumnType::Binary(_) | ColumnType::Blob => Self::Bytes,
            _ => return None,
        })
    }

    /// A value of a row as it is bound.
    fn get(self, row: &QueryResult, name: &str) -> Result<Value, DbErr> {
        Ok(match self {
            Self::Id => row.try_get::<Option<Uuid>>("", name)?.into(),
            Self::Text => row.try_get::<Option<String>>("", name)?.into(),
            Self::Integer => row.try_get::<Option<i32>>("", name)?.into(),
            Self::Long => row.try_get::<Option<i64>>("", name)?.into(),
            Self::Truth => row.try_get::<Option<bool>>("", name)?.into(),
            Self::Real => row.try_get::<Option<f64>>("", name)?.into(),
            Self::Time => row.try_get::<Option<DateTime<Utc>>>("", name)?.into(),
            Self::Json => row.try_get::<Option<serde_json::Value>>("", name)?.into(),
            Self::Bytes => row.try_get::<Option<Vec<u8>>>("", name)?.into(),
        })
    }

    /// A value of a row as it stands in a line.
    fn json(self, row: &QueryResult, name: &str) -> Result<serde_json::Value, StoreError> {
        use serde_json::json;
        let value = match self {
            Self::Id => json!(row.try_get::<Option<Uuid>>("", name)?),
            Self::Text => json!(row.try_get::<Option<String>>("", name)?),
            Self::Integer => json!(row.try_get::<Option<i32>>("", name)?),
            Self::Long => json!(row.try_get::<Option<i64>>("", name)?),
            Self::Truth => json!(row.try_get::<Option<bool>>("", name)?),
            Self::Real => json!(row.try_get::<Option<f64>>("", name)?),
            Self::Time => json!(row.try_get::<Option<DateTime<Utc>>>("", name)?.map(|time| time.to_rfc3339_opts(SecondsFormat::Micros, true))),
            Self::Json => row.try_get::<Option<serde_json::Value>>("", name)?.unwrap_or_default(),
            Self::Bytes => json!(row.try_get::<Option<Vec<u8>>>("", name)?.map(|bytes| STANDARD.encode(bytes))),
        };
        Ok(value)
    }
}
