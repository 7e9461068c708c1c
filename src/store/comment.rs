//! Comments, and where their quotes stand.

use chrono::{DateTime, Utc};
use entity::comment::{Column, Entity, Model};
use entity::comment_place;
use entity::ids::{CommentId, DraftId, RevisionId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait, Select};

use super::page::{self, By, padded};
use super::{Source, StoreError, Tx};
use crate::domain::page::{Page, Slice};

/// Rows in one INSERT: well within what either engine binds.
const CHUNK: usize = 500;

/// Comments by their ids.
pub async fn many(source: &impl Source, ids: &[CommentId]) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().filter(Column::Id.is_in(padded(ids))).all(source.connection()).await?)
}

/// Adds a comment, with the place of its quote where it has one.
pub async fn insert(tx: &Tx, row: Model, place: Option<comment_place::Model>) -> Result<Model, StoreError> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.connection()).await?;
    if let Some(place) = place {
        keep_places(tx, vec![place]).await?;
    }
    Ok(row)
}

/// Resolves a whole thread, or opens it again where nobody is named.
pub async fn resolve(tx: &Tx, thread: CommentId, by: Option<(UserId, DateTime<Utc>)>) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::ResolvedBy, Expr::value(by.map(|(user, _)| user)))
        .col_expr(Column::ResolvedAt, Expr::value(by.map(|(_, at)| at)))
        .filter(Condition::any().add(Column::Id.eq(thread)).add(Column::ThreadId.eq(thread)))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes that a suggestion went into a revision; refused when it went into one before.
pub async fn apply(tx: &Tx, id: CommentId, revision: RevisionId) -> Result<(), StoreError> {
    let applied = Entity::update_many()
        .col_expr(Column::AppliedRevisionId, Expr::value(revision))
        .filter(Column::Id.eq(id))
        .filter(Column::AppliedRevisionId.is_null())
        .exec(tx.connection())
        .await?;
    if applied.rows_affected == 1 { Ok(()) } else { Err(StoreError::Moved) }
}

/// Where the quotes of these comments stand.
pub async fn places(source: &impl Source, comments: &[CommentId]) -> Result<Vec<comment_place::Model>, StoreError> {
    let list = comment_place::Entity::find().filter(comment_place::Column::CommentId.is_in(padded(comments)));
    Ok(list.all(source.connection()).await?)
}

/// Where every quote of a draft's comments stands.
pub async fn places_of(source: &impl Source, draft: DraftId) -> Result<Vec<comment_place::Model>, StoreError> {
    let list = comment_place::Entity::find().filter(comment_place::Column::DraftId.eq(draft));
    Ok(list.all(source.connection()).await?)
}

/// Keeps where quotes stand now.
pub async fn keep_places(tx: &Tx, places: Vec<comment_place::Model>) -> Result<(), StoreError> {
    use comment_place::Column as P;
    for places in places.chunks(CHUNK) {
        let newer = OnConflict::column(P::CommentId)
            .update_columns([P::RevisionId, P::StartAt, P::EndAt, P::TextBefore, P::TextAfter, P::IsGone])
            .to_owned();
        comment_place::Entity::insert_many(places.iter().cloned().map(IntoActiveModel::into_active_model))
            .on_conflict(newer)
            .exec_without_returning(tx.connection())
            .await?;
    }
    Ok(())
}

fn of(draft: DraftId, resolved: Option<bool>) -> Select<Entity> {
    Entity::find()
        .filter(Column::DraftId.eq(draft))
        .apply_if(resolved, |list, resolved| {
            let open = Column::ResolvedAt.is_null();
            list.filter(if resolved { open.not() } else { open })
        })
}

/// A page of the comments of each of several drafts, oldest first, in one statement.
pub async fn pages(
    source: &impl Source,
    drafts: &[DraftId],
    resolved: Option<bool>,
    page: &Page,
) -> Result<Vec<(DraftId, Slice<Model>)>, StoreError> {
    let by = By::time(Column::CreatedAt, Column::Id, false);
    let lists = drafts.iter().map(|draft| by.cut(of(*draft, resolved), page));
    let mut rows = page::union::<Entity>(source, lists.collect()).await?;
    rows.sort_by_key(|row| (row.created_at, row.id));
    if page.backward {
        rows.reverse();
    }
    Ok(drafts
        .iter()
        .map(|draft| {
            let own = rows.iter().filter(|row| row.draft_id == *draft).cloned().collect();
            (*draft, Slice::of(own, page, |row: &Model| page::at_time(row.created_at, row.id.0)))
        })
        .collect())
}

/// How many comments each of these drafts has.
pub async fn counts(source: &impl Source, drafts: &[DraftId], resolved: Option<bool>) -> Result<Vec<(DraftId, u64)>, StoreError> {
    let list = Entity::find().filter(Column::DraftId.is_in(padded(drafts))).apply_if(resolved, |list, resolved| {
        let open = Column::ResolvedAt.is_null();
        list.filter(if resolved { open.not() } else { open })
    });
    page::counts(source, list, Column::DraftId).await
}

/// How many threads are open in each of these drafts.
pub async fn open_threads(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<(DraftId, u64)>, StoreError> {
    let list = Entity::find()
        .filter(Column::DraftId.is_in(padded(drafts)))
        .filter(Column::ParentId.is_null())
        .filter(Column::ResolvedAt.is_null());
    page::counts(source, list, Column::DraftId).await
}
