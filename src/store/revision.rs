//! Revisions, their texts, and what the compiler made of them.

use entity::ids::{AuthorId, DraftId, RevisionId, UserId};
use entity::{revision, revision_author, revision_body, revision_link, revision_text};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::page::{self, By, padded};
use super::{Source, StoreError, Tx};
use crate::domain::page::{Page, Slice};

/// Rows in one INSERT: well within what either engine binds.
const CHUNK: usize = 500;

/// A revision with everything that is written beside it.
pub struct New {
    /// The revision.
    pub revision: revision::Model,
    /// Its Markdown.
    pub markdown: String,
    /// Its compiled body.
    pub body: revision_body::Model,
    /// Its byline, in its order.
    pub authors: Vec<AuthorId>,
    /// The links in its body.
    pub links: Vec<revision_link::Model>,
}

/// Writes a revision.
pub async fn insert(tx: &Tx, new: New) -> Result<revision::Model, StoreError> {
    let db = tx.connection();
    let revision = new.revision;
    revision::Entity::insert(revision.clone().into_active_model()).exec_without_returning(db).await?;
    let text = revision_text::Model { revision_id: revision.id, markdown: new.markdown };
    revision_text::Entity::insert(text.into_active_model()).exec_without_returning(db).await?;
    revision_body::Entity::insert(new.body.into_active_model()).exec_without_returning(db).await?;
    let authors: Vec<revision_author::ActiveModel> = (0..)
        .zip(new.authors)
        .map(|(position, author_id)| {
            revision_author::Model { revision_id: revision.id, position, author_id }.into_active_model()
        })
        .collect();
    if !authors.is_empty() {
        revision_author::Entity::insert_many(authors).exec_without_returning(db).await?;
    }
    for links in new.links.chunks(CHUNK) {
        let links = links.iter().cloned().map(IntoActiveModel::into_active_model);
        revision_link::Entity::insert_many(links).exec_without_returning(db).await?;
    }
    Ok(revision)
}

/// Revisions by their ids, without their bodies.
pub async fn many(source: &impl Source, ids: &[RevisionId]) -> Result<Vec<revision::Model>, StoreError> {
    Ok(revision::Entity::find().filter(revision::Column::Id.is_in(padded(ids))).all(source.connection()).await?)
}

/// The revision of a draft with this number.
pub async fn numbered(source: &impl Source, draft: DraftId, number: i32) -> Result<Option<revision::Model>, StoreError> {
    let list = revision::Entity::find()
        .filter(revision::Column::DraftId.eq(draft))
        .filter(revision::Column::Number.eq(number));
    Ok(list.one(source.connection()).await?)
}

/// The revisions with these numbers, each of its draft.
pub async fn by_numbers(source: &impl Source, wanted: &[(DraftId, i32)]) -> Result<Vec<revision::Model>, StoreError> {
    let drafts: Vec<DraftId> = wanted.iter().map(|(draft, _)| *draft).collect();
    let numbers: Vec<i32> = wanted.iter().map(|(_, number)| *number).collect();
    let list = revision::Entity::find()
        .filter(revision::Column::DraftId.is_in(padded(&drafts)))
        .filter(revision::Column::Number.is_in(padded(&numbers)));
    let mut rows = list.all(source.connection()).await?;
    rows.retain(|row| wanted.contains(&(row.draft_id, row.number)));
    Ok(rows)
}

/// The revisions of a draft from number to number, both included, in order.
pub async fn between(source: &impl Source, draft: DraftId, from: i32, to: i32) -> Result<Vec<revision::Model>, StoreError> {
    let list = revision::Entity::find()
        .filter(revision::Column::DraftId.eq(draft))
        .filter(revision::Column::Number.between(from, to))
        .order_by_asc(revision::Column::Number);
    Ok(list.all(source.connection()).await?)
}

/// The Markdown of these revisions.
pub async fn texts(source: &impl Source, ids: &[RevisionId]) -> Result<Vec<revision_text::Model>, StoreError> {
    let list = revision_text::Entity::find().filter(revision_text::Column::RevisionId.is_in(padded(ids)));
    Ok(list.all(source.connection()).await?)
}

/// How many bytes the texts of these revisions have together. The engines know without reading them.
pub async fn size(source: &impl Source, ids: &[RevisionId]) -> Result<i64, StoreError> {
    let sum = Expr::cust("COALESCE(CAST(SUM(octet_length(markdown)) AS bigint), 0)");
    let of = revision_text::Entity::find().select_only().column_as(sum, "bytes");
    let of = of.filter(revision_text::Column::RevisionId.is_in(padded(ids)));
    let found: Option<i64> = of.into_tuple().one(source.connection()).await?;
    Ok(found.unwrap_or_default())
}

/// The compiled bodies of these revisions.
pub async fn bodies(source: &impl Source, ids: &[RevisionId]) -> Result<Vec<revision_body::Model>, StoreError> {
    let list = revision_body::Entity::find().filter(revision_body::Column::RevisionId.is_in(padded(ids)));
    Ok(list.all(source.connection()).await?)
}

/// The bodies of these revisions without markup.
pub async fn plain(source: &impl Source, ids: &[RevisionId]) -> Result<Vec<(RevisionId, String)>, StoreError> {
    let list = revision_body::Entity::find()
        .select_only()
        .columns([revision_body::Column::RevisionId, revision_body::Column::Text])
        .filter(revision_body::Column::RevisionId.is_in(padded(ids)));
    Ok(list.into_tuple().all(source.connection()).await?)
}

/// The terms of these revisions' bodies, as far as they were counted.
pub async fn terms(source: &impl Source, ids: &[RevisionId]) -> Result<Vec<(RevisionId, Option<String>)>, StoreError> {
    let list = revision_body::Entity::find()
        .select_only()
        .columns([revision_body::Column::RevisionId, revision_body::Column::Terms])
        .filter(revision_body::Column::RevisionId.is_in(padded(ids)));
    Ok(list.into_tuple().all(source.connection()).await?)
}

/// Keeps what a newer compiler made of a body.
pub async fn keep_body(tx: &Tx, row: revision_body::Model) -> Result<(), StoreError> {
    let columns = [
        revision_body::Column::CompilerVersion,
        revision_body::Column::Blocks,
        revision_body::Column::Text,
        revision_body::Column::WordCount,
        revision_body::Column::Terms,
    ];
    let newer = OnConflict::column(revision_body::Column::RevisionId).update_columns(columns).to_owned();
    revision_body::Entity::insert(row.into_active_model())
        .on_conflict(newer)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// The bylines of these revisions, each in its order.
pub async fn bylines(source: &impl Source, ids: &[RevisionId]) -> Result<Vec<revision_author::Model>, StoreError> {
    let list = revision_author::Entity::find()
        .filter(revision_author::Column::RevisionId.is_in(padded(ids)))
        .order_by_asc(revision_author::Column::Position);
    Ok(list.all(source.connection()).await?)
}

/// The links of these revisions that earn, or may earn, a commission.
pub async fn affiliate_links(source: &impl Source, ids: &[RevisionId]) -> Result<Vec<revision_link::Model>, StoreError> {
    let list = revision_link::Entity::find()
        .filter(revision_link::Column::RevisionId.is_in(padded(ids)))
        .filter(revision_link::Column::Network.is_not_null())
        .order_by_asc(revision_link::Column::Position);
    Ok(list.all(source.connection()).await?)
}

/// Every link of these revisions, each revision's in its order.
pub async fn links(source: &impl Source, ids: &[RevisionId]) -> Result<Vec<revision_link::Model>, StoreError> {
    let list = revision_link::Entity::find()
        .filter(revision_link::Column::RevisionId.is_in(padded(ids)))
        .order_by_asc(revision_link::Column::Position);
    Ok(list.all(source.connection()).await?)
}

/// Who wrote or suggested what is newer than `published`, revision by revision.
pub async fn writers(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<(DraftId, i32, Option<UserId>, Option<UserId>)>, StoreError> {
    let list = revision::Entity::find()
        .select_only()
        .columns([
            revision::Column::DraftId,
            revision::Column::Number,
            revision::Column::CreatedBy,
            revision::Column::SuggestedBy,
        ])
        .filter(revision::Column::DraftId.is_in(padded(drafts)));
    Ok(list.into_tuple().all(source.connection()).await?)
}

/// A page of the revisions of each of several drafts, first one first, in one statement.
pub async fn pages(source: &impl Source, drafts: &[DraftId], page: &Page) -> Result<Vec<(DraftId, Slice<revision::Model>)>, StoreError> {
    let by = By::number(revision::Column::Number, false);
    let lists =
        drafts.iter().map(|draft| by.cut(revision::Entity::find().filter(revision::Column::DraftId.eq(*draft)), page));
    let mut rows = page::union::<revision::Entity>(source, lists.collect()).await?;
    rows.sort_by_key(|row| if page.backward { -row.number } else { row.number });
    Ok(drafts
        .iter()
        .map(|draft| {
            let own = rows.iter().filter(|row| row.draft_id == *draft).cloned().collect();
            (*draft, Slice::of(own, page, |row: &revision::Model| page::at_number(i64::from(row.number))))
        })
        .collect())
}

/// How many revisions each of these drafts has.
pub async fn counts(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<(DraftId, u64)>, StoreError> {
    let list = revision::Entity::find().filter(revision::Column::DraftId.is_in(padded(drafts)));
    page::counts(source, list, revision::Column::DraftId).await
}
