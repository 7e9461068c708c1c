//! What a draft has before it.

use async_graphql::{Context, Object};
use entity::schedule;

use super::account::User;
use super::error::Result;
use super::loaders::{load, present};
use super::scalars::Time;
use super::Revision;

/// When a draft goes live, and when its article goes away.
pub struct Schedule(pub schedule::Model);

/// When a draft goes live, and when its article goes away.
#[Object]
impl Schedule {
    /// The revision that was approved and scheduled.
    async fn revision(&self, ctx: &Context<'_>) -> Result<Revision> {
        let id = present(self.0.revision_id, "revision id")?;
        Ok(Revision(present(load(ctx, id).await?, "revision")?))
    }

    /// Null once it is live.
    async fn publish_at(&self) -> Option<Time> {
        self.0.publish_at.map(Into::into)
    }

    async fn unpublish_at(&self) -> Option<Time> {
        self.0.unpublish_at.map(Into::into)
    }

    async fn scheduled_by(&self, ctx: &Context<'_>) -> Result<User> {
        present(User::find(ctx, Some(self.0.scheduled_by)).await?, "user")
    }
}
