//! Filling an empty database from lines: reading each as a row, writing rows in bulk, and judging the whole.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value as Json;
use serde_json::error::Category;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{Kind, Table, quoted};
use crate::store::{Source as _, StoreError, Tx};

/// More than any statement of either engine binds.
const BOUND: usize = 30_000;

/// The longest value of a column of JSON: in memory it takes ten times as much.
const LARGEST: usize = 2 * 1024 * 1024;

/// A row that was read from a line.
pub struct Row(Vec<Value>);

impl Table {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn row(&self, line: &[u8]) -> Result<Row, String> {
        let mut reader = serde_json::Deserializer::from_slice(line);
        let fields = Fields(self).deserialize(&mut reader).and_then(|fields| reader.end().map(|()| fields)).map_err(|error| {
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default();
            match error.classify() {
                Category::Eof => "the line breaks off".to_owned(),
                Category::Data if said.starts_with('`') => said.to_owned(),
                _ => format!("is no JSON object: {said}"),
            }
        })?;
        let values = self.columns.iter().zip(fields).map(|((name, kind), field)| {
            let field = field.ok_or_else(|| format!("`{name}` is missing"))?;
            kind.value(field.get()).ok_or_else(|| format!("`{name}` {}", kind.expected()))
        });
        Ok(Row(values.collect::<Result<_, String>>()?))
    }

    /// How many rows go into one statement.
    #[must_use]
    pub fn at_once(&self) -> usize {
        (BOUND / self.columns.len().max(1)).clamp(1, 200)
    }

    /// Writes rows; what they name of their own table is left out for now.
    ///
    /// # Errors
    /// When the database refuses them.
    pub async fn fill(&self, tx: &Tx, rows: Vec<Row>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = self.columns().map(quoted).collect();
        let mut sql = format!("INSERT INTO {} ({}) VALUES ", self.name, names.join(", "));
        let mut values = Vec::with_capacity(rows.len() * names.len());
        for (index, row) in rows.into_iter().enumerate() {
            sql.push_str(if index == 0 { "(" } else { ", (" });
            for (place, ((name, _), value)) in self.columns.iter().zip(row.0).enumerate() {
                values.push(if self.later.contains(name) { value.as_null() } else { value });
                let _ = write!(sql, "{}${}", if place == 0 { "" } else { ", " }, values.len());
            }
            sql.push(')');
        }
        run(tx, sql, values).await
    }

    /// Fills in what a row names of its own table.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn refer(&self, tx: &Tx, row: Row) -> Result<(), StoreError> {
        let columns = || self.columns.iter().map(|(name, _)| *name).zip(&row.0);
        let later: Vec<(&str, &Value)> = columns().filter(|(name, value)| self.later.contains(name) && **value != value.as_null()).collect();
        if later.is_empty() {
            return Ok(());
        }
        let key: Vec<(&str, &Value)> = columns().filter(|(name, _)| self.key.contains(name)).collect();
        let mut place = 0;
        let mut bound = |pairs: &[(&str, &Value)], between: &str| {
            let parts = pairs.iter().map(|(name, _)| {
                place += 1;
                format!("{} = ${place}", quoted(name))
            });
            parts.collect::<Vec<_>>().join(between)
        };
        let sql = format!("UPDATE {} SET {} WHERE {}", self.name, bound(&later, ", "), bound(&key, " AND "));
        run(tx, sql, later.iter().chain(&key).map(|(_, value)| (*value).clone()).collect()).await
    }
}

/// The fields of a line, in the order of the columns. Unknown ones end it at once, so that nothing is held that
/// nobody asked for.
struct Fields<'t>(&'t Table);

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the columns of a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = vec![None; self.0.columns.len()];
        while let Some(name) = map.next_key::<String>()? {
            let place = self.0.columns().position(|column| column == name).and_then(|place| fields.get_mut(place));
            let Some(field) = place else {
                let shown: String = name.chars().take(60).collect();
                return Err(A::Error::custom(format!("`{shown}` is no column of {}", self.0.name)));
            };
            *field = Some(map.next_value()?);
        }
        Ok(fields)
    }
}

impl Kind {
    /// A value of a line as it is bound.
    fn value(self, raw: &str) -> Option<Value> {
        fn read<T: DeserializeOwned>(raw: &str) -> Option<Option<T>> {
            serde_json::from_str(raw).ok()
        }
        Some(match self {
            Self::Id => read::<Uuid>(raw)?.into(),
            Self::Text => read::<String>(raw)?.into(),
            Self::Integer => read::<i32>(raw)?.into(),
            Self::Long => read::<i64>(raw)?.into(),
            Self::Truth => read::<bool>(raw)?.into(),
            Self::Real => read::<f64>(raw)?.into(),
            Self::Time => read::<DateTime<Utc>>(raw)?.into(),
            Self::Json if raw.len() > LARGEST => return None,
            Self::Json => read::<Json>(raw)?.into(),
            Self::Bytes => read::<String>(raw)?.map(|text| STANDARD.decode(text)).transpose().ok()?.into(),
        })
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Id => "has to be a UUID",
            Self::Text => "has to be a text",
            Self::Integer => "has to be a number of 32 bits",
            Self::Long => "has to be a number of 64 bits",
            Self::Truth => "has to be true or false",
            Self::Real => "has to be a number",
            Self::Time => "has to be a time such as 2024-05-06T07:08:09.000000Z",
            Self::Json => "has to be JSON",
            Self::Bytes => "has to be base64",
        }
    }
}

async fn run(tx: &Tx, sql: String, values: Vec<Value>) -> Result<(), StoreError> {
    let db = tx.connection();
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    Ok(())
}

async fn first(tx: &Tx, sql: &str) -> Result<Option<sea_orm::QueryResult>, StoreError> {
    let db = tx.connection();
    Ok(db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?)
}

/// The first of these tables that has rows already.
///
/// # Errors
/// When the database does not answer.
pub async fn is_taken(tx: &Tx, tables: &[Table]) -> Result<Option<&'static str>, StoreError> {
    for table in tables {
        if first(tx, &format!("SELECT 1 AS one FROM {} LIMIT 1", table.name)).await?.is_some() {
            return Ok(Some(table.name));
        }
    }
    Ok(None)
}

/// The trigger at the gate while it is put aside.
pub struct Aside(Option<String>);

/// Puts the trigger at the gate aside, for this transaction: it asks how a draft stands now, and gates of the past
/// come back when all of their drafts' later history is there already. [`misfit`] asks what it would have.
///
/// # Errors
/// When the database does not answer.
pub async fn put_aside(tx: &Tx) -> Result<Aside, StoreError> {
    let db = tx.connection();
    if tx.is_postgres() {
        db.execute_unprepared("ALTER TABLE gates DISABLE TRIGGER tr_gates_proven").await?;
        return Ok(Aside(None));
    }
    let row = first(tx, "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'tr_gates_proven'").await?;
    let sql: String = row.ok_or(StoreError::Missing("trigger at the gate"))?.try_get("", "sql")?;
    db.execute_unprepared("DROP TRIGGER tr_gates_proven").await?;
    Ok(Aside(Some(sql)))
}

/// Puts the trigger back, and has the database check what it had put off.
///
/// # Errors
/// When rows name others that are not there.
pub async fn put_back(tx: &Tx, aside: Aside) -> Result<(), StoreError> {
    let db = tx.connection();
    let Some(sql) = aside.0 else {
        db.execute_unprepared("SET CONSTRAINTS ALL IMMEDIATE").await?;
        db.execute_unprepared("ALTER TABLE gates ENABLE TRIGGER tr_gates_proven").await?;
        return Ok(());
    };
    db.execute_unprepared(&sql).await?;
    if let Some(row) = first(tx, "PRAGMA foreign_key_check").await? {
        let (table, parent): (String, String) = (row.try_get("", "table")?, row.try_get("", "parent")?);
        return Err(StoreError::Other(format!("a row of {table} names one of {parent} that is not there")));
    }
    Ok(())
}

/// An edition whose APPROVED gate had not the approvals that its stages asked for: what the trigger asks, as of
/// the moment of that edition. Whether a lawyer was asked for then is in no row, so stages for LEGAL are left out.
const UNPROVEN: &str = "
SELECT 'an edition of ' || e.headline || ' has not the approvals that its stages asked for' AS words
FROM editions e JOIN gates g ON g.id = e.gate_id JOIN revisions r ON r.id = g.revision_id
WHERE g.kind = 'APPROVED' AND (
  r.draft_id <> g.draft_id
  OR NOT EXISTS (SELECT 1 FROM round_stages s WHERE s.draft_id = g.draft_id AND s.round = g.round)
  OR EXISTS (
    SELECT 1 FROM round_stages s
    WHERE s.draft_id = g.draft_id AND s.round = g.round
      AND (s.applies_when = 'ALWAYS' OR (s.applies_when = 'AFFILIATE' AND (r.has_affiliate_links OR r.affiliate_flag <> 'AUTO')))
      AND s.approvals_needed > (
        SELECT count(DISTINCT v.reviewer_id) FROM reviews v
        WHERE v.revision_id = g.revision_id AND v.round = g.round AND v.stage_key = s.key AND v.verdict = 'APPROVE'
          AND NOT EXISTS (
            SELECT 1 FROM revisions w
            WHERE w.draft_id = g.draft_id AND w.number <= r.number
              AND w.number > coalesce((
                SELECT max(p.number) FROM editions o JOIN revisions p ON p.id = o.revision_id
                WHERE o.article_id = e.article_id AND o.number < e.number), 0)
              AND (w.created_by = v.reviewer_id OR w.suggested_by = v.reviewer_id)))))
LIMIT 1";

/// What else has to hold, and says in words where it does not.
const RULES: [&str; 4] = [
    UNPROVEN,
    "SELECT 'the article ' || a.slug || ' shows other words than its revision' AS words FROM articles a JOIN revisions r ON r.id = a.revision_id
     WHERE a.headline <> r.headline OR coalesce(a.dek, '') <> coalesce(r.dek, '') LIMIT 1",
    "SELECT 'the draft ' || d.headline || ' waits for a time that is not on record' AS words FROM drafts d
     WHERE d.state = 'SCHEDULED' AND NOT EXISTS (
       SELECT 1 FROM schedules s WHERE s.draft_id = d.id AND s.revision_id = d.revision_id AND s.publish_at IS NOT NULL) LIMIT 1",
    "SELECT 'the log of events has gaps' AS words FROM (SELECT count(*) AS n, coalesce(max(seq), 0) AS last, coalesce(min(seq), 1) AS begun FROM events) AS log
     WHERE n <> last OR begun <> 1",
];

/// What of the rules that the database keeps does not hold for what was brought in, in words.
///
/// # Errors
/// When the database does not answer.
pub async fn misfit(tx: &Tx) -> Result<Option<String>, StoreError> {
    for rule in RULES {
        if let Some(row) = first(tx, rule).await? {
            return Ok(Some(row.try_get("", "words")?));
        }
    }
    Ok(None)
}
