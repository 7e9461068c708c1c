//! What live articles are found by, and finding them. What differs between the engines is how words are matched;
//! how matches are ranked is one expression.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use entity::ids::{ArticleId, AuthorId, SectionId, TagId};
use entity::{article_author, article_tag};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Statement, Value};
use uuid::Uuid;

use super::article::Filter;
use super::page::padded;
use super::{Source, StoreError, Tx};
use crate::domain::dep::Dep;
use crate::domain::page::{Cursor, Page, Slice};
use crate::domain::search::{self, DEK, Document, FRESHNESS, Form, GIST, HEADLINE, IN_ORDER, Query, WINDOW};

/// What an article is filed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// By this author.
    Author(AuthorId),
    /// With this tag.
    Tag(TagId),
    /// In this section.
    Section(SectionId),
}

impl Facet {
    /// As a word that no text has: letters and digits, and longer than words are.
    fn word(self) -> String {
        let (kind, id) = match self {
            Self::Author(id) => ("author", id.0),
            Self::Tag(id) => ("tag", id.0),
            Self::Section(id) => ("section", id.0),
        };
        format!("{kind}{:0<33}{}", "", id.simple())
    }
}

/// What is kept of an article so that it is found.
pub struct Entry {
    /// The article.
    pub article: ArticleId,
    /// Where it stands among all.
    pub place: i64,
    /// What made its words.
    pub maker: String,
    /// Whether it shows a disclosure.
    pub has_disclosure: bool,
    /// Its section.
    pub section: SectionId,
    /// Its authors and tags.
    pub facets: Vec<Facet>,
    /// Its words.
    pub document: Document,
}

/// The authors and tags of these articles.
pub async fn facets(source: &impl Source, ids: &[ArticleId]) -> Result<Vec<(ArticleId, Facet)>, StoreError> {
    use {article_author::Column as A, article_tag::Column as T};
    let db = source.connection();
    let authors = article_author::Entity::find().select_only().columns([A::ArticleId, A::AuthorId]).filter(A::ArticleId.is_in(padded(ids)));
    let authors: Vec<(ArticleId, AuthorId)> = authors.into_tuple().all(db).await?;
    let tags = article_tag::Entity::find().select_only().columns([T::ArticleId, T::TagId]).filter(T::ArticleId.is_in(padded(ids)));
    let tags: Vec<(ArticleId, TagId)> = tags.into_tuple().all(db).await?;
    let authors = authors.into_iter().map(|(article, author)| (article, Facet::Author(author)));
    Ok(authors.chain(tags.into_iter().map(|(article, tag)| (article, Facet::Tag(tag)))).collect())
}

/// Words as they are compared: each between blanks.
fn spaced(words: &[String]) -> String {
    format!(" {} ", words.join(" "))
}

/// How many places are tried for an article until one is free.
const TRIES: i64 = 64;

/// Keeps what an article is found by, in place of what was kept of it.
pub async fn keep(tx: &Tx, entry: Entry, is_known: bool) -> Result<(), StoreError> {
    tx.touch([Dep::Articles]);
    if is_known {
        forget(tx, &[entry.article]).await?;
    }
    let sqlite = !tx.is_postgres();
    let document = &entry.document;
    let mut facets: Vec<String> = entry.facets.iter().map(|facet| facet.word()).collect();
    facets.push(Facet::Section(entry.section).word());
    let mut values: Vec<Value> = vec![
        entry.article.0.into(),
        entry.maker.into(),
        entry.has_disclosure.into(),
        spaced(&document.headline).into(),
        spaced(&document.dek).into(),
        spaced(&document.gist).into(),
    ];
    let (mut columns, mut marks) = (String::new(), String::new());
    if !sqlite {
        values.push(vector(document, &facets).into());
        columns.push_str(", words");
        marks.push_str(", $8::tsvector");
    }
    let mut place = entry.place;
    loop {
        let sql = format!(
            "INSERT INTO search_articles (place, article_id, maker, has_disclosure, headline, dek, gist{columns}) \
             VALUES ($1, $2, $3, $4, $5, $6, $7{marks}) ON CONFLICT (place) DO NOTHING"
        );
        let values = std::iter::once(place.into()).chain(values.iter().cloned());
        if run(tx, &sql, values.collect()).await? > 0 {
            break;
        }
        place += 1;
        if place > entry.place + TRIES {
            return Err(StoreError::Moved);
        }
    }
    if sqlite {
        let text = [facets.join(" "), document.headline.join(" "), document.dek.join(" "), document.body.join(" ")];
        let values = std::iter::once(place.into()).chain(text.map(Value::from));
        run(tx, "INSERT INTO search_words (rowid, facets, headline, dek, body) VALUES ($1, $2, $3, $4, $5)", values.collect()).await?;
    }
    Ok(())
}

/// Makes these articles be found no more.
pub async fn forget(tx: &Tx, ids: &[ArticleId]) -> Result<(), StoreError> {
    tx.touch([Dep::Articles]);
    for id in ids {
        if !tx.is_postgres() {
            let sql = "DELETE FROM search_words WHERE rowid = (SELECT place FROM search_articles WHERE article_id = $1)";
            run(tx, sql, vec![id.0.into()]).await?;
        }
        run(tx, "DELETE FROM search_articles WHERE article_id = $1", vec![id.0.into()]).await?;
    }
    Ok(())
}

/// Notes whether an article shows a disclosure.
pub async fn disclose(tx: &Tx, id: ArticleId, is_due: bool) -> Result<(), StoreError> {
    run(tx, "UPDATE search_articles SET has_disclosure = $1 WHERE article_id = $2", vec![is_due.into(), id.0.into()]).await?;
    Ok(())
}

async fn run(tx: &Tx, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
    let db = tx.connection();
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected())
}

/// A document as PostgreSQL keeps it. Fields stand apart, so that no phrase reaches from one into the next.
fn vector(document: &Document, facets: &[String]) -> String {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut at = 0;
    for field in [&document.headline, &document.dek, &document.body] {
        for word in field {
            at += 1;
            places.entry(word).or_default().push(at);
        }
        at += 2;
    }
    let mut vector = String::new();
    for facet in facets {
        let _ = write!(vector, "'{facet}' ");
    }
    for (word, places) in places {
        let _ = write!(vector, "'{word}':");
        // More places of one word PostgreSQL does not keep.
        for (index, place) in places.iter().take(255).enumerate() {
            let _ = write!(vector, "{}{place}", if index == 0 { "" } else { "," });
        }
        vector.push(' ');
    }
    vector
}

/// A statement that is being written: its text and what is bound.
struct Sql {
    values: Vec<Value>,
    backend: DbBackend,
}

impl Sql {
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn is_sqlite(&self) -> bool {
        self.backend == DbBackend::Sqlite
    }

    /// The newest articles that match, as many as are looked at.
    fn newest(&mut self, query: &Query, filter: &Filter) -> String {
        let key = if self.is_sqlite() { "m.rowid" } else { "m.place" };
        format!("{} ORDER BY {key} DESC LIMIT {WINDOW}", self.matched(query, filter))
    }

    /// The articles that match, in no order.
    fn matched(&mut self, query: &Query, filter: &Filter) -> String {
        let wanted = if self.is_sqlite() { fts5(query, filter) } else { tsquery(query, filter) };
        let wanted = self.bind(wanted);
        let (key, matches) = if self.is_sqlite() { ("m.rowid", format!("search_words MATCH {wanted}")) } else { ("m.place", format!("m.words @@ {wanted}::tsquery")) };
        let mut conditions = vec![matches];
        // Whole seconds here; within the first and the last one the article's own time is asked.
        if let Some(after) = filter.published_after {
            let from = self.bind(search::seconds(after.timestamp()));
            conditions.push(format!("{key} >= {from}"));
        }
        if let Some(before) = filter.published_before {
            let to = self.bind(search::seconds(before.timestamp().saturating_add(1)));
            conditions.push(format!("{key} < {to}"));
        }
        let mut from = if self.is_sqlite() { "search_words AS m".to_owned() } else { "search_articles AS m".to_owned() };
        if let Some(due) = filter.has_disclosure {
            let due = self.bind(due);
            if self.is_sqlite() {
                from.push_str(" CROSS JOIN search_articles AS d ON d.place = m.rowid");
                conditions.push(format!("d.has_disclosure = {due}"));
            } else {
                conditions.push(format!("m.has_disclosure = {due}"));
            }
        }
        if filter.published_after.is_some() || filter.published_before.is_some() {
            let id = if self.is_sqlite() { "(SELECT t.article_id FROM search_articles AS t WHERE t.place = m.rowid)" } else { "m.article_id" };
            let _ = write!(from, " {} articles AS a ON a.id = {id}", if self.is_sqlite() { "CROSS JOIN" } else { "JOIN" });
        }
        if let Some(after) = filter.published_after {
            let after = self.bind(after);
            conditions.push(format!("a.published_at > {after}"));
        }
        if let Some(before) = filter.published_before {
            let before = self.bind(before);
            conditions.push(format!("a.published_at < {before}"));
        }
        let columns = if self.is_sqlite() { "m.rowid AS place" } else { "m.place, m.article_id, m.headline, m.dek, m.gist" };
        format!("SELECT {columns} FROM {from} WHERE {}", conditions.join(" AND "))
    }

    /// How well a row fits, in seconds.
    fn score(&mut self, query: &Query) -> String {
        let mut parts: Vec<String> = Vec::new();
        for atom in &query.atoms {
            let forms: Vec<String> = atom.forms.iter().map(|form| self.bind(pattern(form))).collect();
            let has = |column: &str| {
                let each: Vec<String> = forms.iter().map(|form| self.contains(column, form)).collect();
                each.join(" OR ")
            };
            parts.push(format!(
                "CASE WHEN {} THEN {HEADLINE} WHEN {} THEN {DEK} WHEN {} THEN {GIST} ELSE 0 END",
                has("s.headline"),
                has("s.dek"),
                has("s.gist")
            ));
        }
        let mut fit = format!("({}) / {}", parts.join(" + "), query.atoms.len().max(1));
        if let Some(phrase) = query.as_phrase() {
            let phrase = self.bind(pattern(&phrase));
            let _ = write!(fit, " + CASE WHEN {} THEN {IN_ORDER} ELSE 0 END", self.contains("s.headline", &phrase));
        }
        format!("s.place / {} + CAST({FRESHNESS} AS bigint) * ({fit})", search::seconds(1))
    }

    fn contains(&self, column: &str, pattern: &str) -> String {
        if self.is_sqlite() { format!("instr({column}, {pattern}) > 0") } else { format!("strpos({column}, {pattern}) > 0") }
    }

    fn statement(self, sql: String) -> Statement {
        Statement::from_sql_and_values(self.backend, sql, self.values)
    }
}

/// What a field has in it where it has these words.
fn pattern(form: &Form) -> String {
    let end = if form.is_prefix { "" } else { " " };
    format!(" {}{end}", form.terms.join(" "))
}

fn filed_under(filter: &Filter) -> Vec<String> {
    let facets = [filter.section.map(Facet::Section), filter.tag.map(Facet::Tag), filter.author.map(Facet::Author)];
    facets.into_iter().flatten().map(Facet::word).collect()
}

/// A query as FTS5 reads it. Words are letters, digits and marks, and stand in quotes: nothing in them is an operator.
fn fts5(query: &Query, filter: &Filter) -> String {
    let form = |form: &Form| format!("{{headline dek body}} : \"{}\"{}", form.terms.join(" "), if form.is_prefix { " *" } else { "" });
    let atoms = query.atoms.iter().map(|atom| format!("({})", atom.forms.iter().map(form).collect::<Vec<_>>().join(" OR ")));
    let facets = filed_under(filter).into_iter().map(|facet| format!("(facets : \"{facet}\")"));
    facets.chain(atoms).collect::<Vec<_>>().join(" AND ")
}

/// A query as PostgreSQL reads it, in the same manner.
fn tsquery(query: &Query, filter: &Filter) -> String {
    let form = |form: &Form| {
        let words: Vec<String> = form.terms.iter().map(|term| format!("'{term}'")).collect();
        format!("({}{})", words.join(" <-> "), if form.is_prefix { ":*" } else { "" })
    };
    let atoms = query.atoms.iter().map(|atom| format!("({})", atom.forms.iter().map(form).collect::<Vec<_>>().join(" | ")));
    let facets = filed_under(filter).into_iter().map(|facet| format!("'{facet}'"));
    facets.chain(atoms).collect::<Vec<_>>().join(" & ")
}

#[derive(FromQueryResult)]
struct Row {
    article_id: Uuid,
    score: i64,
}

/// A page of the live articles that match, best match first. Of more than are looked at, the newest are.
pub async fn find(source: &impl Source, query: &Query, filter: &Filter, page: &Page) -> Result<Slice<ArticleId>, StoreError> {
    let db = source.connection();
    let mut sql = Sql { values: Vec::new(), backend: db.get_database_backend() };
    let matched = sql.newest(query, filter);
    let score = sql.score(query);
    let rows = if sql.is_sqlite() { format!("({matched}) AS m CROSS JOIN search_articles AS s ON s.place = m.place") } else { format!("({matched}) AS s") };
    let after = page.after.map(|after| format!("WHERE (r.score, r.article_id) < ({}, {})", sql.bind(after.key), sql.bind(after.id)));
    let text = format!(
        "SELECT r.article_id, r.score FROM (SELECT s.article_id, {score} AS score FROM {rows}) AS r {} ORDER BY r.score DESC, r.article_id DESC LIMIT {}",
        after.unwrap_or_default(),
        page.limit + 1
    );
    let rows = Row::find_by_statement(sql.statement(text)).all(db).await?;
    let slice = Slice::of(rows, page, |row| Cursor { key: row.score, id: row.article_id });
    Ok(slice.map(|row| ArticleId(row.article_id)))
}

/// How many live articles match, [`WINDOW`] at the most.
pub async fn count(source: &impl Source, query: &Query, filter: &Filter) -> Result<u64, StoreError> {
    let db = source.connection();
    let mut sql = Sql { values: Vec::new(), backend: db.get_database_backend() };
    let matched = sql.matched(query, filter);
    let statement = sql.statement(format!("SELECT count(*) AS found FROM ({matched} LIMIT {WINDOW}) AS m"));
    let row = db.query_one_raw(statement).await?;
    let found: i64 = row.map(|row| row.try_get("", "found")).transpose()?.unwrap_or_default();
    Ok(u64::try_from(found).unwrap_or_default())
}

/// Articles whose words were made by another maker.
pub async fn made_otherwise(source: &impl Source, maker: &str, most: u64) -> Result<Vec<ArticleId>, StoreError> {
    let db = source.connection();
    let mut sql = Sql { values: Vec::new(), backend: db.get_database_backend() };
    let (below, above) = (sql.bind(maker), sql.bind(maker));
    let part = |way: &str, mark: &str| format!("SELECT * FROM (SELECT article_id, 0 AS score FROM search_articles WHERE maker {way} {mark} ORDER BY maker LIMIT {most})");
    let text = format!("{} AS one UNION ALL {} AS other LIMIT {most}", part("<", &below), part(">", &above));
    let rows = db.query_all_raw(sql.statement(text)).await?;
    let ids: Result<Vec<Uuid>, _> = rows.iter().map(|row| row.try_get("", "article_id")).collect();
    Ok(ids?.into_iter().map(ArticleId).collect())
}
