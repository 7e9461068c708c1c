//! The log.

use async_graphql::{Context, ID, InputObject, Json, Object};
use entity::event;
use serde_json::Value;

use super::account::User;
use super::article::Article;
use super::draft::Draft;
use super::error::Result;
use super::loaders::load;
use super::page::{Count, EventConnection};
use super::revision::Revision;
use super::scalars::{Parse, Time};
use super::{cx, page, words};
use crate::app;

/// One row of the append-only log.
#[derive(Clone)]
pub struct Event(pub event::Model);

/// One row of the append-only log.
#[Object]
impl Event {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn r#type(&self) -> words::EventType {
        self.0.kind.into()
    }

    async fn at(&self) -> Time {
        self.0.at.into()
    }

    /// Null for what the server did by itself.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::find(ctx, self.0.actor_id).await
    }

    async fn draft(&self, ctx: &Context<'_>) -> Result<Option<Draft>> {
        match self.0.draft_id {
            Some(id) => Ok(load(ctx, id).await?.map(Draft)),
            None => Ok(None),
        }
    }

    async fn article(&self, ctx: &Context<'_>) -> Result<Option<Article>> {
        match self.0.article_id {
            Some(id) => Ok(load(ctx, id).await?.map(Article::live)),
            None => Ok(None),
        }
    }

    async fn revision(&self, ctx: &Context<'_>) -> Result<Option<Revision>> {
        match self.0.revision_id {
            Some(id) => Ok(load(ctx, id).await?.map(Revision)),
            None => Ok(None),
        }
    }

    /// One line for people.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    async fn details(&self) -> Json<&Value> {
        Json(&self.0.details)
    }
}

/// Which events are asked for.
#[derive(InputObject, Default)]
pub struct EventFilter {
    types: Option<Vec<words::EventType>>,
    draft_id: Option<ID>,
    actor_id: Option<ID>,
    since: Option<Time>,
}

/// What is asked for, as the desk has it.
pub(super) fn filter(typed: EventFilter, parse: &mut Parse) -> app::event::Filter {
    app::event::Filter {
        kinds: typed.types.map(|types| types.into_iter().map(Into::into).collect()),
        draft: typed.draft_id.as_ref().and_then(|id| parse.id("filter.draftId", id)),
        actor: typed.actor_id.as_ref().and_then(|id| parse.id("filter.actorId", id)),
        since: typed.since.as_ref().and_then(|time| parse.time("filter.since", time)),
        private_to: None,
    }
}

/// What staff ask of the log.
#[derive(Default)]
pub struct EventQuery;

#[Object]
impl EventQuery {
    /// The append-only log of everything that happened, newest last.
    async fn events(
        &self,
        ctx: &Context<'_>,
        filter: Option<EventFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<EventConnection> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let filter = self::filter(filter.unwrap_or_default(), &mut parse);
        parse.done()?;
        let page = page::page(first, after, last, before)?;
        let slice = app::event::list(cx(ctx), &filter, &page).await?.map(Event);
        Ok(EventConnection { slice, count: Count::Events(filter) })
    }
}
