//! The stages of review, which are data.

use entity::enums::{EventType, Roles, StageCondition};
use serde_json::json;

use super::{AppError, Cx};
use crate::domain::event::NewEvent;
use crate::domain::policy::Task;
use crate::domain::review::{self, Stage};
use crate::store;

/// The stages as they are now, in order.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn stages(cx: &Cx) -> Result<Vec<Stage>, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::review::stages(cx.reader()).await?)
}

/// A stage as somebody types it.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Such as EDIT.
    pub key: String,
    /// For people.
    pub name: String,
    /// Whose verdicts count.
    pub roles: Roles,
    /// How many different people have to approve.
    pub approvals_needed: i32,
    /// When it is needed.
    pub applies_when: StageCondition,
}

/// Makes these stages the workflow. Drafts under review keep to those that they were submitted with.
///
/// # Errors
/// `Forbidden` unless ADMIN; `BadInput`.
pub async fn update(cx: &Cx, typed: Vec<Typed>) -> Result<Vec<Stage>, AppError> {
    let staff = cx.may(Task::KeepWorkflow)?;
    let typed = typed.into_iter().map(|typed| Stage {
        key: typed.key,
        name: typed.name,
        roles: typed.roles,
        approvals_needed: typed.approvals_needed,
        applies_when: typed.applies_when,
    });
    let stages = review::parse_stages(typed.collect())?;
    let tx = cx.begin().await?;
    let before = store::review::stages(&tx).await?;
    if before == stages {
        return Ok(stages);
    }
    store::review::set_stages(&tx, &stages).await?;
    let keys: Vec<&str> = stages.iter().map(|stage| stage.key.as_str()).collect();
    let event = NewEvent::new(EventType::WorkflowChanged, format!("{} made the stages of review: {}", staff.user.name, keys.join(", ")))
        .detail("before", shown(&before))
        .detail("after", shown(&stages));
    cx.commit(tx, event).await?;
    Ok(stages)
}

fn shown(stages: &[Stage]) -> serde_json::Value {
    let each = stages.iter().map(|stage| {
        let roles: Vec<&str> = stage.roles.iter().map(entity::enums::Role::as_str).collect();
        json!({
            "key": stage.key, "name": stage.name, "roles": roles,
            "approvalsNeeded": stage.approvals_needed, "appliesWhen": stage.applies_when.as_str(),
        })
    });
    each.collect()
}

/// Gives a new database the stages that it begins with.
pub(crate) async fn first(cx: &Cx) -> Result<(), AppError> {
    let tx = cx.begin().await?;
    if store::review::stages(&tx).await?.is_empty() {
        store::review::set_stages(&tx, &review::default_stages()).await?;
        let event = NewEvent::new(EventType::WorkflowChanged, "The newsroom began with three stages of review");
        cx.commit(tx, event).await?;
    }
    Ok(())
}
