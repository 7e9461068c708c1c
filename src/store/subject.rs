//! What live articles are about, and which are close to which.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use entity::enums::ArticleState;
use entity::ids::ArticleId;
use entity::{article, article_subject, article_suggestion, article_term, term};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, OnConflict, Order, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel, JoinType, QueryFilter, QueryOrder, QueryResult,
    QuerySelect,
};

use super::page::padded;
use super::{Source, StoreError, Tx};
use crate::domain::dep::Dep;
use crate::domain::subject::Near;

/// Rows in one INSERT: well within what either engine binds.
const CHUNK: usize = 500;

/// An article in a list of those that are close to another.
pub type Neighbour = Near<ArticleId, DateTime<Utc>>;

/// In how many live articles these terms matter.
pub async fn counts(source: &impl Source, terms: &[String]) -> Result<HashMap<String, u64>, StoreError> {
    let rows = term::Entity::find().filter(term::Column::Term.is_in(padded(terms))).all(source.connection()).await?;
    Ok(rows.into_iter().map(|row| (row.term, u64::try_from(row.articles).unwrap_or_default())).collect())
}

/// Adds to the counts of terms, in their order.
pub async fn tally(tx: &Tx, changes: &BTreeMap<String, i32>) -> Result<(), StoreError> {
    let changes: Vec<(&String, &i32)> = changes.iter().filter(|(_, change)| **change != 0).collect();
    for part in changes.chunks(CHUNK) {
        let rows = part.iter().map(|(term, change)| term::Model { term: (*term).clone(), articles: **change }.into_active_model());
        let sum = Expr::col((term::Entity, term::Column::Articles)).add(Expr::col((Alias::new("excluded"), term::Column::Articles)));
        let added = OnConflict::column(term::Column::Term).value(term::Column::Articles, sum).to_owned();
        term::Entity::insert_many(rows).on_conflict(added).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// The terms that these articles were counted under.
pub async fn subjects(source: &impl Source, articles: &[ArticleId]) -> Result<Vec<article_subject::Model>, StoreError> {
    let list = article_subject::Entity::find().filter(article_subject::Column::ArticleId.is_in(padded(articles)));
    Ok(list.all(source.connection()).await?)
}

/// Writes what an article is about.
pub async fn keep(tx: &Tx, subject: article_subject::Model, terms: Vec<article_term::Model>) -> Result<(), StoreError> {
    let db = tx.connection();
    article_subject::Entity::insert(subject.into_active_model()).exec_without_returning(db).await?;
    if !terms.is_empty() {
        let terms = terms.into_iter().map(IntoActiveModel::into_active_model);
        article_term::Entity::insert_many(terms).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Forgets what these articles are about, and takes them out of every list. Gives the articles in whose
/// lists they stood.
pub async fn forget(tx: &Tx, articles: &[ArticleId]) -> Result<Vec<ArticleId>, StoreError> {
    use article_suggestion::{Column as C, Entity as E};
    let (db, ids) = (tx.connection(), padded(articles));
    article_subject::Entity::delete_many().filter(article_subject::Column::ArticleId.is_in(ids.clone())).exec(db).await?;
    article_term::Entity::delete_many().filter(article_term::Column::ArticleId.is_in(ids.clone())).exec(db).await?;
    let lists = E::find().select_only().column(C::ArticleId).filter(C::TargetId.is_in(ids.clone())).distinct().order_by_asc(C::ArticleId);
    let shortened: Vec<ArticleId> = lists.into_tuple().all(db).await?;
    tx.touch(shortened.iter().chain(articles).map(|id| Dep::Near(*id)));
    E::delete_many().filter(C::TargetId.is_in(ids.clone())).exec(db).await?;
    E::delete_many().filter(C::ArticleId.is_in(ids)).exec(db).await?;
    Ok(shortened)
}

/// The newest articles in which each of these terms matters, at most so many a term (a few more where
/// several were published at one instant), in one statement.
pub async fn postings(source: &impl Source, terms: &[String], most: u64) -> Result<Vec<article_term::Model>, StoreError> {
    use article_term::Column as C;
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let (asked, found, newer) = (Alias::new("asked"), Alias::new("found"), Alias::new("newer"));
    let last = Query::select()
        .column((newer.clone(), C::PublishedAt))
        .from_as(article_term::Entity, newer.clone())
        .and_where(Expr::col((newer.clone(), C::Term)).equals((asked.clone(), term::Column::Term)))
        .order_by((newer, C::PublishedAt), Order::Desc)
        .limit(1)
        .offset(most.saturating_sub(1))
        .to_owned();
    let since = Expr::expr(Expr::SubQuery(None, Box::new(last.into()))).if_null(beginning());
    let on = Condition::all()
        .add(Expr::col((found.clone(), C::Term)).equals((asked.clone(), term::Column::Term)))
        .add(Expr::col((found.clone(), C::PublishedAt)).gte(since));
    let mut select = Query::select();
    for column in [C::ArticleId, C::Term, C::Weight, C::PublishedAt] {
        select.column((found.clone(), column));
    }
    select
        .from_as(term::Entity, asked.clone())
        .join_as(JoinType::InnerJoin, article_term::Entity, found, on)
        .and_where(Expr::col((asked, term::Column::Term)).is_in(padded(terms)));
    let db = source.connection();
    Ok(article_term::Entity::find().from_raw_sql(db.get_database_backend().build(&select)).all(db).await?)
}

/// A time before all others.
fn beginning() -> DateTime<Utc> {
    DateTime::from_timestamp(-62_135_596_800, 0).unwrap_or_default()
}

/// What is close to these articles, with when it was published.
pub async fn lists(source: &impl Source, articles: &[ArticleId]) -> Result<Vec<(ArticleId, Neighbour)>, StoreError> {
    use article_suggestion::Column as C;
    if articles.is_empty() {
        return Ok(Vec::new());
    }
    let list = article_suggestion::Entity::find()
        .select_only()
        .columns([C::ArticleId, C::TargetId, C::Score])
        .column(article::Column::PublishedAt)
        .join_rev(JoinType::InnerJoin, target())
        .filter(C::ArticleId.is_in(padded(articles)));
    let rows: Vec<(ArticleId, ArticleId, f64, DateTime<Utc>)> = list.into_tuple().all(source.connection()).await?;
    Ok(rows.into_iter().map(|(of, article, score, published_at)| (of, Near { article, score, published_at })).collect())
}

fn target() -> sea_orm::RelationDef {
    article::Entity::belongs_to(article_suggestion::Entity)
        .from(article::Column::Id)
        .to(article_suggestion::Column::TargetId)
        .into()
}

/// Changes lists: these pairs go, those come.
pub async fn relist(tx: &Tx, gone: &[(ArticleId, ArticleId)], new: Vec<article_suggestion::Model>) -> Result<(), StoreError> {
    use article_suggestion::{Column as C, Entity as E};
    tx.touch(gone.iter().map(|(of, _)| Dep::Near(*of)).chain(new.iter().map(|row| Dep::Near(row.article_id))));
    for pairs in gone.chunks(CHUNK / 2) {
        let pairs = pairs.iter().fold(Condition::any(), |any, (of, target)| any.add(C::ArticleId.eq(*of).and(C::TargetId.eq(*target))));
        E::delete_many().filter(pairs).exec(tx.connection()).await?;
    }
    for rows in new.chunks(CHUNK) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        E::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// An article that readers of another may go on with.
#[derive(Clone, Debug)]
pub struct Suggested {
    /// The other one.
    pub to: ArticleId,
    score: f64,
    /// The article.
    pub article: article::Model,
}

impl FromQueryResult for Suggested {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            to: row.try_get(prefix, "suggested_to")?,
            score: row.try_get(prefix, "suggested_score")?,
            article: article::Model::from_query_result(row, prefix)?,
        })
    }
}

/// The live articles that are close to these, each one's closest first, in one statement.
pub async fn suggested(source: &impl Source, articles: &[ArticleId]) -> Result<Vec<Suggested>, StoreError> {
    use article_suggestion::Column as C;
    let list = article::Entity::find()
        .column_as(C::ArticleId, "suggested_to")
        .column_as(C::Score, "suggested_score")
        .join_rev(
            JoinType::InnerJoin,
            article_suggestion::Entity::belongs_to(article::Entity).from(C::TargetId).to(article::Column::Id).into(),
        )
        .filter(C::ArticleId.is_in(padded(articles)));
    let mut rows: Vec<Suggested> = list.into_model::<Suggested>().all(source.connection()).await?;
    rows.retain(|row| row.article.state == ArticleState::Live);
    rows.sort_by(|one, other| {
        let newer = || (other.article.published_at, other.article.id).cmp(&(one.article.published_at, one.article.id));
        other.score.total_cmp(&one.score).then_with(newer)
    });
    Ok(rows)
}
