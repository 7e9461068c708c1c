//! The append-only log.

use chrono::{DateTime, Utc};
use entity::answer;
use entity::enums::EventType;
use entity::event::{Column, Entity, Model};
use entity::ids::{DraftId, EventId, UserId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use serde_json::Value;

use super::page::{self, By};
use super::{Source, StoreError, Tx};
use crate::domain::event::NewEvent;
use crate::domain::page::{Page, Slice};

/// Any number, as long as it is always the same one.
const LOCK: i64 = 0x6576_656e_7473;

/// Rows in one INSERT: well within what either engine binds.
const CHUNK: usize = 500;

/// Which events are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Of these kinds; all where none is named.
    pub kinds: Option<Vec<EventType>>,
    /// Of this draft.
    pub draft: Option<DraftId>,
    /// By this person.
    pub actor: Option<UserId>,
    /// At this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Sign-in and token events of this person alone; everyone's where nobody is named.
    pub private_to: Option<UserId>,
}

impl Filter {
    /// Whether an event is asked for.
    #[must_use]
    pub fn fits(&self, event: &Model) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&event.kind))
            && self.draft.is_none_or(|draft| event.draft_id == Some(draft))
            && self.actor.is_none_or(|actor| event.actor_id == Some(actor))
            && self.since.is_none_or(|since| event.at >= since)
            && self.private_to.is_none_or(|user| event.actor_id == Some(user) || !is_private(event.kind))
    }
}

/// Events that only an administrator and the person concerned may see.
const PRIVATE: [EventType; 4] = [EventType::SignedIn, EventType::SignInFailed, EventType::TokenCreated, EventType::TokenRevoked];

/// Whether only an administrator and the person concerned may see such an event.
#[must_use]
pub fn is_private(kind: EventType) -> bool {
    PRIVATE.contains(&kind)
}

impl Tx {
    /// Writes the events of the transaction and ends it. Numbers are taken here, last and under
    /// one lock, so that their order is the order of commits. Gives the last number. `answer` is of the
    /// request whose key the transaction takes.
    ///
    /// # Errors
    /// When the database did not take it; then nothing was changed.
    pub async fn commit(
        mut self,
        at: DateTime<Utc>,
        actor: Option<UserId>,
        events: Vec<NewEvent>,
        answer: Option<answer::Model>,
    ) -> Result<i64, StoreError> {
        let db = self.connection();
        if self.is_postgres() {
            db.execute_unprepared(&super::node::lock_and_tell(LOCK)).await?;
        }
        // Known where the one before in the same group took numbers, since nobody else can have.
        let known = self.turn.as_ref().and_then(|turn| turn.seq);
        let mut seq = match known {
            Some(seq) => seq,
            None => last_seq(&self).await?,
        };
        let first = seq + 1;
        let mut rows = Vec::with_capacity(events.len());
        let (count, changes) = (events.len(), self.changes().in_words());
        for (index, event) in events.into_iter().enumerate() {
            seq += 1;
            let row = Model {
                seq,
                id: EventId::new(),
                kind: event.kind,
                at,
                actor_id: actor,
                draft_id: event.draft,
                article_id: event.article,
                revision_id: event.revision,
                summary: event.summary,
                details: Value::Object(event.details),
                // They hold once all of the transaction does.
                changes: changes.clone().filter(|_| index + 1 == count),
            };
            rows.push(row.into_active_model());
        }
        for rows in rows.chunks(CHUNK) {
            Entity::insert_many(rows.to_vec()).exec_without_returning(db).await?;
        }
        if let Some(row) = answer {
            super::answer::take(&self, answer::Model { first_seq: Some(first), last_seq: Some(seq), ..row }).await?;
        }
        if let Some(turn) = &mut self.turn {
            turn.seq = Some(seq);
        }
        self.commit_unlogged().await?;
        Ok(seq)
    }
}

/// The newest event's number; 0 in an empty log.
pub async fn last_seq(source: &impl Source) -> Result<i64, StoreError> {
    let newest: Option<Option<i64>> =
        Entity::find().select_only().column_as(Column::Seq.max(), "seq").into_tuple().one(source.connection()).await?;
    Ok(newest.flatten().unwrap_or(0))
}

/// Events by their ids.
pub async fn many(source: &impl Source, ids: &[EventId]) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().filter(Column::Id.is_in(page::padded(ids))).all(source.connection()).await?)
}

/// One page of the log, oldest first.
pub async fn list(source: &impl Source, filter: &Filter, page: &Page) -> Result<Slice<Model>, StoreError> {
    let rows = by().cut(select(filter), page).all(source.connection()).await?;
    Ok(slice(rows, page))
}

/// Events after a number, up to another, oldest first.
pub async fn after(source: &impl Source, filter: &Filter, at: i64, until: i64, most: u64) -> Result<Vec<Model>, StoreError> {
    let rows = select(filter).filter(Column::Seq.gt(at)).filter(Column::Seq.lte(until));
    Ok(rows.order_by_asc(Column::Seq).limit(most).all(source.connection()).await?)
}

/// A page of the history of each of several drafts, in one statement.
pub async fn histories(source: &impl Source, drafts: &[DraftId], page: &Page) -> Result<Vec<(DraftId, Slice<Model>)>, StoreError> {
    let lists = drafts.iter().map(|draft| by().cut(select(&Filter { draft: Some(*draft), ..Filter::default() }), page));
    let mut rows = page::union::<Entity>(source, lists.collect()).await?;
    rows.sort_by_key(|row| if page.backward { -row.seq } else { row.seq });
    Ok(drafts
        .iter()
        .map(|draft| {
            let own: Vec<Model> = rows.iter().filter(|row| row.draft_id == Some(*draft)).cloned().collect();
            (*draft, slice(own, page))
        })
        .collect())
}

/// How many there are.
pub async fn count(source: &impl Source, filter: &Filter) -> Result<u64, StoreError> {
    Ok(select(filter).count(source.connection()).await?)
}

/// How many events the history of each of these drafts has.
pub async fn counts(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<(DraftId, u64)>, StoreError> {
    let list = Entity::find().filter(Column::DraftId.is_in(page::padded(drafts)));
    Ok(page::counts::<Entity, Option<DraftId>>(source, list, Column::DraftId)
        .await?
        .into_iter()
        .filter_map(|(draft, rows)| draft.map(|draft| (draft, rows)))
        .collect())
}

fn by() -> By {
    By::number(Column::Seq, false)
}

fn slice(rows: Vec<Model>, page: &Page) -> Slice<Model> {
    Slice::of(rows, page, |row| page::at_number(row.seq))
}

fn select(filter: &Filter) -> Select<Entity> {
    Entity::find()
        .apply_if(filter.kinds.as_ref(), |list, kinds| list.filter(Column::Kind.is_in(kinds.iter().copied())))
        .apply_if(filter.draft, |list, draft| list.filter(Column::DraftId.eq(draft)))
        .apply_if(filter.actor, |list, actor| list.filter(Column::ActorId.eq(actor)))
        .apply_if(filter.since, |list, since| list.filter(Column::At.gte(since)))
        .apply_if(filter.private_to, |list, user| {
            list.filter(
                sea_orm::Condition::any()
                    .add(Column::ActorId.eq(user))
                    .add(Column::Kind.is_not_in(PRIVATE))
            )
        })
}
