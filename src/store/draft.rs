//! Drafts and the queues that they stand in.

use chrono::{DateTime, Utc};
use entity::draft::{Column, Entity, Model};
use entity::enums::{DraftState, Roles, StageCondition};
use entity::ids::{AuthorId, DraftId, RevisionId, SectionId, UserId};
use entity::{revision, revision_author, round_stage};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Query, SelectStatement};
use sea_orm::ActiveValue::NotSet;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};

use super::failing::Failing;
use super::page::{self, By, padded};
use super::{Source, StoreError, Tx};
use crate::domain::page::{Page, Slice};
use crate::domain::workflow::Step;

/// Which drafts are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// In one of these states.
    pub states: Option<Vec<DraftState>>,
    /// Whose answer this person is.
    pub owner: Option<UserId>,
    /// Whose newest byline names this author.
    pub author: Option<AuthorId>,
    /// Whose newest revision is in this section.
    pub section: Option<SectionId>,
    /// In review at a stage of these roles, and not written by this person.
    pub awaiting: Option<(UserId, Roles)>,
    /// With, or without, a live article.
    pub is_live: Option<bool>,
    /// With these words in the headline.
    pub text: Option<String>,
    /// That fail this check.
    pub failing: Option<Failing>,
    /// Due before this time.
    pub due_before: Option<DateTime<Utc>>,
}

/// How a queue is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Last change first.
    Updated,
    /// Newest first.
    Created,
    /// Most urgent first; what is never due comes last.
    Due,
}

/// When what has no due date is due, as far as order goes.
#[must_use]
pub fn due_order(due: Option<DateTime<Utc>>) -> DateTime<Utc> {
    due.unwrap_or_else(|| DateTime::from_timestamp(253_402_300_799, 0).unwrap_or(DateTime::<Utc>::MAX_UTC))
}

/// One draft.
pub async fn get(source: &impl Source, id: DraftId) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(id).one(source.connection()).await?)
}

/// One draft, which nobody else may change until the transaction ends.
pub async fn lock(tx: &Tx, id: DraftId) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(tx.connection()).await?)
}

/// As [`lock`], for several: in the order of their ids, so that two who lock several cannot wait for each other.
pub async fn lock_all(tx: &Tx, ids: &[DraftId]) -> Result<(), StoreError> {
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    for some in sorted.chunks(LOCKED_AT_ONCE) {
        let list = Entity::find().filter(Column::Id.is_in(padded(some))).order_by_asc(Column::Id);
        list.lock(LockType::NoKeyUpdate).all(tx.connection()).await?;
    }
    Ok(())
}

/// How many drafts one statement locks: well within what either engine binds.
const LOCKED_AT_ONCE: usize = 500;

/// Drafts by their ids.
pub async fn many(source: &impl Source, ids: &[DraftId]) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().filter(Column::Id.is_in(padded(ids))).all(source.connection()).await?)
}

/// Adds a draft.
pub async fn insert(tx: &Tx, row: Model) -> Result<(), StoreError> {
    Entity::insert(row.into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Takes a draft one step: writes it as `next`, in the step's state, if it still is as it was `seen`.
pub async fn take(tx: &Tx, seen: &Model, mut next: Model, step: Step) -> Result<Model, StoreError> {
    next.state = step.to();
    next.due_order = due_order(next.due_at);
    let mut row = next.clone().into_active_model().reset_all();
    // A trigger makes PostgreSQL lock a row whose key is set as if it changed, against whoever refers to it.
    row.id = NotSet;
    let taken = Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(seen.id))
        .filter(Column::State.eq(step.from()))
        .filter(Column::RevisionNumber.eq(seen.revision_number))
        .filter(Column::UpdatedAt.eq(seen.updated_at))
        .exec(tx.connection())
        .await?;
    if taken.rows_affected == 1 { Ok(next) } else { Err(StoreError::Moved) }
}

/// Has COMMERCE join the reviewers of these revisions, where they are before reviewers who have not decided.
pub async fn ask_commerce(tx: &Tx, revisions: &[RevisionId]) -> Result<(), StoreError> {
    for revisions in revisions.chunks(LOCKED_AT_ONCE) {
        Entity::update_many()
            .col_expr(Column::NeedsCommerce, Expr::value(true))
            .filter(Column::RevisionId.is_in(padded(revisions)))
            .filter(Column::State.eq(DraftState::InReview))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// One page of a queue.
pub async fn list(source: &impl Source, filter: &Filter, order: Order, page: &Page) -> Result<Slice<Model>, StoreError> {
    let rows = by(order).cut(select(filter), page).all(source.connection()).await?;
    Ok(Slice::of(rows, page, |row| {
        let key = match order {
            Order::Updated => row.updated_at,
            Order::Created => row.created_at,
            Order::Due => row.due_order,
        };
        page::at_time(key, row.id.0)
    }))
}

/// How many stand in a queue.
pub async fn count(source: &impl Source, filter: &Filter) -> Result<u64, StoreError> {
    Ok(select(filter).count(source.connection()).await?)
}

fn by(order: Order) -> By {
    match order {
        Order::Updated => By::time(Column::UpdatedAt, Column::Id, true),
        Order::Created => By::time(Column::CreatedAt, Column::Id, true),
        Order::Due => By::time(Column::DueOrder, Column::Id, false),
    }
}

fn select(filter: &Filter) -> Select<Entity> {
    Entity::find()
        .apply_if(filter.states.as_ref(), |list, states| list.filter(Column::State.is_in(states.iter().copied())))
        .apply_if(filter.owner, |list, owner| list.filter(Column::OwnerId.eq(owner)))
        .apply_if(filter.section, |list, section| list.filter(Column::SectionId.eq(section)))
        .apply_if(filter.is_live, |list, is_live| list.filter(Column::IsLive.eq(is_live)))
        .apply_if(filter.due_before, |list, before| list.filter(Column::DueOrder.lt(before)))
        .apply_if(filter.text.as_ref(), |list, text| {
            let pattern = format!("%{}%", text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
            let like = sea_orm::sea_query::LikeExpr::new(pattern).escape('\\');
            list.filter(Expr::expr(sea_orm::sea_query::Func::lower(Expr::col((Entity, Column::Headline)))).like(like))
        })
        .apply_if(filter.failing.as_ref(), |list, failing| list.filter(failing.condition()))
        .apply_if(filter.author, |list, author| list.filter(Column::RevisionId.in_subquery(bylined(author))))
        .apply_if(filter.awaiting, |list, (user, roles)| {
            list.filter(Column::State.eq(DraftState::InReview))
                .filter(Expr::exists(stage_of(user, roles)))
                .filter(Expr::exists(written_by(user)).not())
        })
}

fn bylined(author: AuthorId) -> SelectStatement {
    Query::select()
        .column(revision_author::Column::RevisionId)
        .from(revision_author::Entity)
        .and_where(revision_author::Column::AuthorId.eq(author))
        .to_owned()
}

/// A frozen stage of the draft's round that applies, lacks approvals, belongs to one of these roles,
/// and has no approval by this person yet.
fn stage_of(user: UserId, roles: Roles) -> SelectStatement {
    use round_stage::Column as S;
    let applies = Condition::any()
        .add(S::AppliesWhen.eq(StageCondition::Always))
        .add(S::AppliesWhen.eq(StageCondition::Affiliate).and(Column::NeedsCommerce.eq(true)))
        .add(S::AppliesWhen.eq(StageCondition::Legal).and(Column::NeedsLegalReview.eq(true)));
    use entity::review::Column as R;
    let mut approval = Query::select();
    approval
        .from(entity::review::Entity)
        .and_where(Expr::col((entity::review::Entity, R::RevisionId)).equals((Entity, Column::RevisionId)))
        .and_where(Expr::col((entity::review::Entity, R::Round)).equals((Entity, Column::Round)))
        .and_where(Expr::col((entity::review::Entity, R::StageKey)).equals((round_stage::Entity, S::Key)))
        .and_where(R::Verdict.eq(entity::enums::Verdict::Approve));
    let approvals = approval.clone().expr(R::ReviewerId.count()).to_owned();
    let own = approval.expr(Expr::val(1)).and_where(R::ReviewerId.eq(user)).to_owned();
    Query::select()
        .expr(Expr::val(1))
        .from(round_stage::Entity)
        .and_where(Expr::col((round_stage::Entity, S::DraftId)).equals((Entity, Column::Id)))
        .and_where(Expr::col((round_stage::Entity, S::Round)).equals((Entity, Column::Round)))
        .and_where(Expr::col((round_stage::Entity, S::Roles)).bit_and(roles.0).ne(0))
        .cond_where(applies)
        .and_where(Expr::col((round_stage::Entity, S::ApprovalsNeeded)).gt(Expr::SubQuery(None, Box::new(approvals.into()))))
        .and_where(Expr::exists(own).not())
        .to_owned()
}

/// A revision that is newer than what readers see and that this person wrote or suggested.
fn written_by(user: UserId) -> SelectStatement {
    use revision::Column as R;
    Query::select()
        .expr(Expr::val(1))
        .from(revision::Entity)
        .and_where(Expr::col((revision::Entity, R::DraftId)).equals((Entity, Column::Id)))
        .and_where(
            Expr::col((revision::Entity, R::Number))
                .gt(Expr::col((Entity, Column::PublishedRevision)).if_null(0)),
        )
        .cond_where(Condition::any().add(R::CreatedBy.eq(user)).add(R::SuggestedBy.eq(user)))
        .to_owned()
}
