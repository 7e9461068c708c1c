//! What is written to Markdown files: the articles and drafts of a snapshot, page by page, with what belongs to them.

use entity::enums::{ArticleState, DraftState};
use entity::ids::{ArticleId, AuthorId, DraftId, ImageId};
use entity::{article, author, draft, edition, image, slug};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::store::page::padded;
use crate::store::{Source, StoreError};

/// The live articles after an id.
///
/// # Errors
/// When the database does not answer.
pub async fn live_page(source: &impl Source, after: Option<ArticleId>, most: u64) -> Result<Vec<article::Model>, StoreError> {
    let list = article::Entity::find()
        .filter(article::Column::State.eq(ArticleState::Live))
        .apply_if(after, |list, after| list.filter(article::Column::Id.gt(after)))
        .order_by_asc(article::Column::Id)
        .limit(most);
    Ok(list.all(source.connection()).await?)
}

/// The drafts after an id whose newest revision is not what readers see.
///
/// # Errors
/// When the database does not answer.
pub async fn draft_page(source: &impl Source, after: Option<DraftId>, most: u64) -> Result<Vec<draft::Model>, StoreError> {
    let list = draft::Entity::find()
        .filter(draft::Column::State.ne(DraftState::Published))
        .apply_if(after, |list, after| list.filter(draft::Column::Id.gt(after)))
        .order_by_asc(draft::Column::Id)
        .limit(most);
    Ok(list.all(source.connection()).await?)
}

/// The editions of these articles that corrected something, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn corrections(source: &impl Source, articles: &[ArticleId]) -> Result<Vec<edition::Model>, StoreError> {
    let list = edition::Entity::find()
        .filter(edition::Column::ArticleId.is_in(padded(articles)))
        .filter(edition::Column::CorrectionKind.is_not_null())
        .order_by_asc(edition::Column::Number);
    Ok(list.all(source.connection()).await?)
}

/// The slugs that lead to these drafts' articles, or did.
///
/// # Errors
/// When the database does not answer.
pub async fn former_slugs(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<slug::Model>, StoreError> {
    let list = slug::Entity::find()
        .filter(slug::Column::DraftId.is_in(padded(drafts)))
        .filter(slug::Column::WasLive.eq(true))
        .order_by_asc(slug::Column::Slug);
    Ok(list.all(source.connection()).await?)
}

/// What these drafts are called in their addresses.
///
/// # Errors
/// When the database does not answer.
pub async fn slugs_of(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<(DraftId, String)>, StoreError> {
    let list = draft::Entity::find().select_only().columns([draft::Column::Id, draft::Column::Slug]);
    Ok(list.filter(draft::Column::Id.is_in(padded(drafts))).into_tuple().all(source.connection()).await?)
}

/// These images.
///
/// # Errors
/// When the database does not answer.
pub async fn images(source: &impl Source, ids: &[ImageId]) -> Result<Vec<image::Model>, StoreError> {
    Ok(image::Entity::find().filter(image::Column::Id.is_in(padded(ids))).all(source.connection()).await?)
}

/// The authors after an id.
///
/// # Errors
/// When the database does not answer.
pub async fn authors_after(source: &impl Source, after: Option<AuthorId>, most: u64) -> Result<Vec<author::Model>, StoreError> {
    let list = author::Entity::find()
        .apply_if(after, |list, after| list.filter(author::Column::Id.gt(after)))
        .order_by_asc(author::Column::Id)
        .limit(most);
    Ok(list.all(source.connection()).await?)
}
