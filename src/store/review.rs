//! Stages, the rounds that froze them, and verdicts.

use entity::ids::{AssignmentId, DraftId, ReviewId, RevisionId};
use entity::{review, review_assignment, round_stage, stage};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::page::{self, By, padded};
use super::{Source, StoreError, Tx};
use crate::domain::page::{Page, Slice};
use crate::domain::review::Stage;

/// The workflow as it is today, in order.
pub async fn stages(source: &impl Source) -> Result<Vec<Stage>, StoreError> {
    let rows = stage::Entity::find().order_by_asc(stage::Column::Position).all(source.connection()).await?;
    Ok(rows
        .into_iter()
        .map(|row| Stage {
            key: row.key,
            name: row.name,
            roles: row.roles,
            approvals_needed: row.approvals_needed,
            applies_when: row.applies_when,
        })
        .collect())
}

/// Makes these stages the workflow.
pub async fn set_stages(tx: &Tx, stages: &[Stage]) -> Result<(), StoreError> {
    stage::Entity::delete_many().exec(tx.connection()).await?;
    let rows = (0..).zip(stages).map(|(position, of)| {
        stage::Model {
            key: of.key.clone(),
            position,
            name: of.name.clone(),
            roles: of.roles,
            approvals_needed: of.approvals_needed,
            applies_when: of.applies_when,
        }
        .into_active_model()
    });
    stage::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The stages as they were frozen for these rounds, each round's in order.
pub async fn frozen(source: &impl Source, rounds: &[(DraftId, i32)]) -> Result<Vec<(DraftId, i32, Stage)>, StoreError> {
    let drafts: Vec<DraftId> = rounds.iter().map(|(draft, _)| *draft).collect();
    let rows = round_stage::Entity::find()
        .filter(round_stage::Column::DraftId.is_in(padded(&drafts)))
        .order_by_asc(round_stage::Column::Position)
        .all(source.connection())
        .await?;
    Ok(rows
        .into_iter()
        .filter(|row| rounds.contains(&(row.draft_id, row.round)))
        .map(|row| {
            let stage = Stage {
                key: row.key,
                name: row.name,
                roles: row.roles,
                approvals_needed: row.approvals_needed,
                applies_when: row.applies_when,
            };
            (row.draft_id, row.round, stage)
        })
        .collect())
}

/// Freezes stages for a round.
pub async fn freeze(tx: &Tx, draft: DraftId, round: i32, stages: &[Stage]) -> Result<(), StoreError> {
    let rows = (0..).zip(stages).map(|(position, of)| {
        round_stage::Model {
            draft_id: draft,
            round,
            key: of.key.clone(),
            position,
            name: of.name.clone(),
            roles: of.roles,
            approvals_needed: of.approvals_needed,
            applies_when: of.applies_when,
        }
        .into_active_model()
    });
    round_stage::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Every approval of these revisions.
pub async fn approvals(source: &impl Source, revisions: &[RevisionId]) -> Result<Vec<review::Model>, StoreError> {
    let list = review::Entity::find()
        .filter(review::Column::RevisionId.is_in(padded(revisions)))
        .filter(review::Column::Verdict.eq(entity::enums::Verdict::Approve))
        .order_by_asc(review::Column::CreatedAt);
    Ok(list.all(source.connection()).await?)
}

/// Reviews by their ids.
pub async fn many(source: &impl Source, ids: &[ReviewId]) -> Result<Vec<review::Model>, StoreError> {
    Ok(review::Entity::find().filter(review::Column::Id.is_in(padded(ids))).all(source.connection()).await?)
}

/// Adds a verdict.
pub async fn insert(tx: &Tx, row: review::Model) -> Result<review::Model, StoreError> {
    review::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(row)
}

/// A page of the reviews of each of several drafts, oldest first, in one statement.
pub async fn pages(source: &impl Source, drafts: &[DraftId], page: &Page) -> Result<Vec<(DraftId, Slice<review::Model>)>, StoreError> {
    let by = By::time(review::Column::CreatedAt, review::Column::Id, false);
    let lists = drafts.iter().map(|draft| by.cut(review::Entity::find().filter(review::Column::DraftId.eq(*draft)), page));
    let mut rows = page::union::<review::Entity>(source, lists.collect()).await?;
    rows.sort_by_key(|row| (row.created_at, row.id));
    if page.backward {
        rows.reverse();
    }
    Ok(drafts
        .iter()
        .map(|draft| {
            let own = rows.iter().filter(|row| row.draft_id == *draft).cloned().collect();
            (*draft, Slice::of(own, page, |row: &review::Model| page::at_time(row.created_at, row.id.0)))
        })
        .collect())
}

/// How many reviews each of these drafts has.
pub async fn counts(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<(DraftId, u64)>, StoreError> {
    let list = review::Entity::find().filter(review::Column::DraftId.is_in(padded(drafts)));
    page::counts(source, list, review::Column::DraftId).await
}

/// Who was asked to review these drafts.
pub async fn assignments(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<review_assignment::Model>, StoreError> {
    let list = review_assignment::Entity::find()
        .filter(Condition::all().add(review_assignment::Column::DraftId.is_in(padded(drafts))))
        .order_by_asc(review_assignment::Column::CreatedAt);
    Ok(list.all(source.connection()).await?)
}

/// Asks somebody to review, or changes by when.
pub async fn assign(tx: &Tx, row: review_assignment::Model) -> Result<(), StoreError> {
    use review_assignment::Column as A;
    let newer = OnConflict::columns([A::DraftId, A::StageKey, A::ReviewerId]).update_columns([A::DueAt, A::AssignedBy]).to_owned();
    review_assignment::Entity::insert(row.into_active_model()).on_conflict(newer).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Takes back that somebody was asked to review.
pub async fn unassign(tx: &Tx, id: AssignmentId) -> Result<(), StoreError> {
    review_assignment::Entity::delete_by_id(id).exec(tx.connection()).await?;
    Ok(())
}
