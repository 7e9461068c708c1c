//! The one gate to readers, in SQL: a gate on record, an edition that names it, and the flat row
//! that readers' queries read.

use chrono::{DateTime, Utc};
use entity::enums::ArticleState;
use entity::ids::{ArticleId, AuthorId, RevisionId, SectionId, TagId};
use entity::{article, article_author, article_tag, edition, gate};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, Iterable, QueryFilter, QueryOrder, QuerySelect};

use super::{Source, StoreError, Tx};
use crate::domain::dep::Dep;

/// The gate that a revision passed last, if it ever passed one.
pub async fn gate_of(source: &impl Source, revision: RevisionId) -> Result<Option<gate::Model>, StoreError> {
    let list = gate::Entity::find().filter(gate::Column::RevisionId.eq(revision)).order_by_desc(gate::Column::CreatedAt);
    Ok(list.one(source.connection()).await?)
}

/// Puts a gate on record. The database refuses an APPROVED one whose approvals are not there.
pub async fn pass(tx: &Tx, row: gate::Model) -> Result<gate::Model, StoreError> {
    gate::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(row)
}

/// Writes an edition, and the article as readers see it from now on.
pub async fn publish(
    tx: &Tx,
    edition: edition::Model,
    article: article::Model,
    authors: &[AuthorId],
    tags: &[TagId],
) -> Result<article::Model, StoreError> {
    let db = tx.connection();
    tx.touch([Dep::Of(article.draft_id), Dep::Slug(article.slug.as_str().into()), Dep::In(article.section_id)]);
    tx.touch(authors.iter().map(|id| Dep::By(*id)).chain(tags.iter().map(|id| Dep::Tagged(*id))));
    if article.edition_number > 1 {
        tx.touch(super::link::slugs_leading_to(tx, article.draft_id, Some(article.id)).await?.iter().map(|slug| Dep::Slug(slug.as_str().into())));
    }
    touch(tx, article.id, article.edition_number > 1).await?;
    edition::Entity::insert(edition.into_active_model()).exec_without_returning(db).await?;
    let every = article::Column::iter().filter(|column| !matches!(column, article::Column::Id | article::Column::DraftId));
    let newer = OnConflict::column(article::Column::Id).update_columns(every).to_owned();
    article::Entity::insert(article.clone().into_active_model()).on_conflict(newer).exec_without_returning(db).await?;
    super::slug::went_live(tx, &article.slug).await?;

    article_author::Entity::delete_many().filter(article_author::Column::ArticleId.eq(article.id)).exec(db).await?;
    article_tag::Entity::delete_many().filter(article_tag::Column::ArticleId.eq(article.id)).exec(db).await?;
    let (article_id, published_at) = (article.id, article.published_at);
    let authors: Vec<_> = (0..)
        .zip(authors)
        .map(|(position, author_id)| {
            article_author::Model { article_id, position, author_id: *author_id, published_at, is_listed: true }
                .into_active_model()
        })
        .collect();
    if !authors.is_empty() {
        article_author::Entity::insert_many(authors).exec_without_returning(db).await?;
    }
    let tags: Vec<_> = (0..)
        .zip(tags)
        .map(|(position, tag_id)| {
            article_tag::Model { article_id, position, tag_id: *tag_id, published_at, is_listed: true }.into_active_model()
        })
        .collect();
    if !tags.is_empty() {
        article_tag::Entity::insert_many(tags).exec_without_returning(db).await?;
    }
    Ok(article)
}

/// Notes that an article changes, and the lists that it stands in before that.
async fn touch(tx: &Tx, id: ArticleId, is_listed: bool) -> Result<(), StoreError> {
    tx.touch([Dep::Articles, Dep::Article(id)]);
    if !is_listed {
        return Ok(());
    }
    let db = tx.connection();
    let section: Option<SectionId> =
        article::Entity::find_by_id(id).select_only().column(article::Column::SectionId).into_tuple().one(db).await?;
    let authors = article_author::Entity::find().filter(article_author::Column::ArticleId.eq(id));
    let authors: Vec<AuthorId> = authors.select_only().column(article_author::Column::AuthorId).into_tuple().all(db).await?;
    let tags = article_tag::Entity::find().filter(article_tag::Column::ArticleId.eq(id));
    let tags: Vec<TagId> = tags.select_only().column(article_tag::Column::TagId).into_tuple().all(db).await?;
    tx.touch(section.map(Dep::In));
    tx.touch(authors.into_iter().map(Dep::By).chain(tags.into_iter().map(Dep::Tagged)));
    Ok(())
}

/// Takes an article away from readers. Its slug leads to `redirect` from now on, and so does what led to it.
pub async fn unpublish(tx: &Tx, id: ArticleId, redirect: Option<ArticleId>, at: DateTime<Utc>) -> Result<(), StoreError> {
    let db = tx.connection();
    touch(tx, id, true).await?;
    let taken = article::Entity::update_many()
        .col_expr(article::Column::State, Expr::value(ArticleState::Unpublished))
        .col_expr(article::Column::UnpublishedAt, Expr::value(at))
        .col_expr(article::Column::RedirectToId, Expr::value(redirect))
        .filter(article::Column::Id.eq(id))
        .filter(article::Column::State.eq(ArticleState::Live))
        .exec(db)
        .await?;
    if taken.rows_affected != 1 {
        return Err(StoreError::Moved);
    }
    if let Some(redirect) = redirect {
        // One hop, always: whoever was sent here is sent on directly.
        article::Entity::update_many()
            .col_expr(article::Column::RedirectToId, Expr::value(redirect))
            .filter(article::Column::RedirectToId.eq(id))
            .filter(article::Column::Id.ne(redirect))
            .exec(db)
            .await?;
    }
    unlist(tx, id).await
}

/// Puts a notice in place of an article, for good. It is in no list from now on.
pub async fn retract(tx: &Tx, id: ArticleId, notice: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    touch(tx, id, true).await?;
    let taken = article::Entity::update_many()
        .col_expr(article::Column::State, Expr::value(ArticleState::Retracted))
        .col_expr(article::Column::RetractionNotice, Expr::value(notice))
        .col_expr(article::Column::RetractedAt, Expr::value(at))
        .filter(article::Column::Id.eq(id))
        .filter(article::Column::State.eq(ArticleState::Live))
        .exec(tx.connection())
        .await?;
    if taken.rows_affected != 1 {
        return Err(StoreError::Moved);
    }
    unlist(tx, id).await
}

async fn unlist(tx: &Tx, id: ArticleId) -> Result<(), StoreError> {
    let db = tx.connection();
    article_author::Entity::update_many()
        .col_expr(article_author::Column::IsListed, Expr::value(false))
        .filter(article_author::Column::ArticleId.eq(id))
        .exec(db)
        .await?;
    article_tag::Entity::update_many()
        .col_expr(article_tag::Column::IsListed, Expr::value(false))
        .filter(article_tag::Column::ArticleId.eq(id))
        .exec(db)
        .await?;
    Ok(())
}
