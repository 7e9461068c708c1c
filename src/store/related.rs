//! Related links.

use entity::draft;
use entity::ids::{DraftId, RelatedLinkId};
use entity::related_link::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, JoinType, QueryFilter, QueryOrder, QuerySelect};

use super::page::{self, By, padded};
use super::{Source, StoreError, Tx};
use crate::domain::dep::Dep;
use crate::domain::page::{Page, Slice};

/// The related links of these drafts, each draft's in its order.
pub async fn of(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<Model>, StoreError> {
    let list = Entity::find().filter(Column::DraftId.is_in(padded(drafts))).order_by_asc(Column::Position);
    Ok(list.all(source.connection()).await?)
}

/// The links that point to these drafts from live articles: at most so many to each, of the articles
/// that were begun last, newest first.
pub async fn pointing_to_from_live(source: &impl Source, drafts: &[DraftId], most: u64) -> Result<Vec<Model>, StoreError> {
    let lists = drafts.iter().map(|target| {
        Entity::find()
            .join_rev(
                JoinType::InnerJoin,
                draft::Entity::belongs_to(Entity).from(draft::Column::Id).to(Column::DraftId).into(),
            )
            .filter(Column::TargetDraftId.eq(*target))
            .filter(draft::Column::IsLive.eq(true))
            .order_by_desc(Column::DraftId)
            .limit(most)
    });
    let mut rows = page::union::<Entity>(source, lists.collect()).await?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.draft_id));
    Ok(rows)
}

/// A page of the drafts whose links point to each of these, oldest first, in one statement.
pub async fn pages_pointing_to(source: &impl Source, drafts: &[DraftId], page: &Page) -> Result<Vec<(DraftId, Slice<DraftId>)>, StoreError> {
    let by = By::id(Column::DraftId);
    let lists = drafts.iter().map(|target| by.cut(Entity::find().filter(Column::TargetDraftId.eq(*target)), page));
    let mut rows = page::union::<Entity>(source, lists.collect()).await?;
    rows.sort_by_key(|row| row.draft_id);
    if page.backward {
        rows.reverse();
    }
    let slice = |target: &DraftId| {
        let own = rows.iter().filter(|row| row.target_draft_id == Some(*target)).map(|row| row.draft_id).collect();
        (*target, Slice::of(own, page, |id: &DraftId| page::at_id(id.0)))
    };
    Ok(drafts.iter().map(slice).collect())
}

/// How many drafts point to each of these.
pub async fn counts_pointing_to(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<(DraftId, u64)>, StoreError> {
    let list = Entity::find().filter(Column::TargetDraftId.is_in(padded(drafts)));
    let rows: Vec<(Option<DraftId>, u64)> = page::counts(source, list, Column::TargetDraftId).await?;
    Ok(rows.into_iter().filter_map(|(draft, count)| Some((draft?, count))).collect())
}

/// Notes from which network a link to a page elsewhere earns a commission.
pub async fn set_network(tx: &Tx, id: RelatedLinkId, network: Option<String>) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Network, sea_orm::sea_query::Expr::value(network))
        .filter(Column::Id.eq(id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Puts a list in the place of a draft's links.
pub async fn replace(tx: &Tx, draft: DraftId, links: Vec<Model>) -> Result<(), StoreError> {
    let before = of(tx, &[draft]).await?;
    tx.touch(before.iter().chain(&links).filter_map(|link| link.target_draft_id).map(Dep::LinkedFrom).chain([Dep::Related(draft)]));
    Entity::delete_many().filter(Column::DraftId.eq(draft)).exec(tx.connection()).await?;
    if !links.is_empty() {
        let rows = links.into_iter().map(IntoActiveModel::into_active_model);
        Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}
