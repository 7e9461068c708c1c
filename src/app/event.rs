//! Reading the log.

use entity::event;
use entity::ids::{DraftId, EventId};

use super::{AppError, Cx};
use crate::domain::page::{Page, Slice};
use crate::domain::policy::Task;
use crate::store;
pub use crate::store::event::Filter;

/// The filter with what the asker may not see taken out of it.
fn for_asker(cx: &Cx, filter: &Filter) -> Filter {
    let private_to = if cx.is_admin() { None } else { cx.user_id() };
    Filter { private_to, ..filter.clone() }
}

/// One page of the log, oldest first.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn list(cx: &Cx, filter: &Filter, page: &Page) -> Result<Slice<event::Model>, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::event::list(cx.reader(), &for_asker(cx, filter), page).await?)
}

/// How many there are.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn count(cx: &Cx, filter: &Filter) -> Result<u64, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::event::count(cx.reader(), &for_asker(cx, filter)).await?)
}

/// A page of the history of each draft.
///
/// # Errors
/// When the database does not answer.
pub async fn histories(cx: &Cx, drafts: &[DraftId], page: &Page) -> Result<Vec<(DraftId, Slice<event::Model>)>, AppError> {
    Ok(store::event::histories(cx.reader(), drafts, page).await?)
}

/// How many events the history of each of these drafts has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(cx: &Cx, drafts: &[DraftId]) -> Result<Vec<(DraftId, u64)>, AppError> {
    Ok(store::event::counts(cx.reader(), drafts).await?)
}

/// Events by their ids, as far as the asker may see them.
///
/// # Errors
/// When the database does not answer.
pub async fn many(cx: &Cx, ids: &[EventId]) -> Result<Vec<event::Model>, AppError> {
    if !cx.reads_desk() {
        return Ok(Vec::new());
    }
    let own = cx.user_id();
    let rows = store::event::many(cx.reader(), ids).await?;
    Ok(rows
        .into_iter()
        .filter(|row| cx.is_admin() || row.actor_id == own || !store::event::is_private(row.kind))
        .collect())
}
