//! What is listened to. Each event is answered like a query of its own, with the asker's rights as they
//! are by then and with loaders of its own: nothing that an older event loaded is shown again.
//!
//! A root field is resolved twice over: once to say what is listened for, then for each event.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, ID, Subscription};
use chrono::{DateTime, Utc};
use entity::event;
use entity::ids::EventId;
use futures_util::stream::{self, Stream, StreamExt as _};

use super::drive::{self, Loads};
use super::answer::Answer;
use super::endpoint::{Endpoint, Prepared};
use super::error::Result;
use super::event::{EventFilter, filter};
use super::loaders::{Batch, load, present};
use super::request::{Fault, Unfit};
use super::scalars::Parse;
use super::volume::Volume;
use super::{Article, Draft, Event, Peer, cx};
use crate::app::feed::{self, Listener, Wanted};
use crate::app::{AppError, Actor, Cx, account};

/// What can be listened to.
#[derive(Default)]
pub struct Subscription;

/// Where a root field says what it listens for.
#[derive(Clone, Default)]
struct Plan(Arc<Mutex<Option<Planned>>>);

/// What is listened for, and after which event.
type Planned = (Wanted, Option<EventId>);

impl Plan {
    fn set(&self, wanted: Wanted, after: Option<EventId>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((wanted, after));
    }

    fn take(&self) -> Option<Planned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The event that is answered.
struct AtHand(Arc<event::Model>);

fn at_hand<'a>(ctx: &Context<'a>) -> Option<&'a event::Model> {
    ctx.data_opt::<AtHand>().map(|at_hand| &*at_hand.0)
}

fn plan(ctx: &Context<'_>, wanted: Wanted, after: Option<EventId>) {
    if let Some(plan) = ctx.data_opt::<Plan>() {
        plan.set(wanted, after);
    }
}

#[Subscription]
impl Subscription {
    /// Every event that the viewer may see. With `after`, first all that happened since that event: a
    /// client that reconnects misses nothing and gets nothing twice.
    async fn events(&self, ctx: &Context<'_>, filter: Option<EventFilter>, after: Option<ID>) -> Result<impl Stream<Item = Event> + use<>> {
        if let Some(event) = at_hand(ctx) {
            return Ok(stream::iter(Some(Event(event.clone()))));
        }
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let filter = self::filter(filter.unwrap_or_default(), &mut parse);
        let after = after.as_ref().and_then(|id| parse.id("after", id));
        parse.done()?;
        plan(ctx, Wanted::Events(filter), after);
        Ok(stream::iter(None))
    }

    /// The draft after each change to it, its comments or its reviews.
    async fn draft_changed(&self, ctx: &Context<'_>, id: ID) -> Result<impl Stream<Item = Draft> + use<>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("id", &id);
        parse.done()?;
        let id = present(id, "draft id")?;
        if at_hand(ctx).is_some() {
            return Ok(stream::iter(load(ctx, id).await?.map(Draft)));
        }
        plan(ctx, Wanted::Draft(id), None);
        Ok(stream::iter(None))
    }

    /// Each article as it goes live or gets a new edition. Anonymous.
    async fn article_published(&self, ctx: &Context<'_>, section_slug: Option<String>) -> Result<impl Stream<Item = Article> + use<>> {
        let Some(event) = at_hand(ctx) else {
            plan(ctx, Wanted::Editions, None);
            return Ok(stream::iter(None));
        };
        let Some(id) = event.article_id else { return Ok(stream::iter(None)) };
        // One that is not live any more is not for readers.
        let Some(article) = load(ctx, id).await? else { return Ok(stream::iter(None)) };
        if let Some(wanted) = section_slug {
            let section = load(ctx, article.section_id).await?;
            if section.is_none_or(|section| section.slug != wanted) {
                return Ok(stream::iter(None));
            }
        }
        Ok(stream::iter(Some(Article::live(article))))
    }
}

/// An operation that listens.
pub struct Listening {
    endpoint: Arc<Endpoint>,
    prepared: Prepared,
    /// What is the same for the same request.
    fingerprint: [u8; 32],
    listener: Listener,
    actor: Actor,
    peer: Peer,
    id: String,
}

impl Endpoint {
    /// Begins an operation that listens.
    ///
    /// # Errors
    /// Why it may not.
    pub async fn listen(self: &Arc<Self>, prepared: Prepared, cx: &Cx, peer: Peer, id: &str) -> std::result::Result<Listening, Unfit> {
        prepared.listens_once()?;
        let plan = Plan::default();
        let request = prepared.request().data(peer.clone()).data(plan.clone()).data(cx.clone());
        let refused = self.schema().execute_stream(request).next().await;
        let refused = refused.map(|response| prepared.finish(response, id)).filter(Answer::has_errors);
        if let Some(refused) = refused {
            return Err(Unfit::answered(&refused));
        }
        let Some((wanted, after)) = plan.take() else {
            return Err(Unfit::broken(Fault::Broken, id, "Something is broken here. Tell whoever runs this server."));
        };
        let listener = feed::listen(cx, wanted, after).await.map_err(|error| unfit(error, id))?;
        let (endpoint, actor) = (Arc::clone(self), cx.actor.clone());
        let fingerprint = prepared.fingerprint();
        Ok(Listening { endpoint, prepared, fingerprint, listener, actor, peer, id: id.to_owned() })
    }
}

impl Listening {
    /// Waits for what the operation answers next; `clock` tells when that is.
    ///
    /// # Errors
    /// Why it listens no longer: the asker's rights have ended, or the server's.
    pub async fn next(&mut self, clock: impl Fn() -> DateTime<Utc>) -> std::result::Result<Arc<[u8]>, Unfit> {
        loop {
            let event = self.listener.next(&self.endpoint.desk).await.map_err(|error| unfit(error, &self.id))?;
            let now = clock();
            let actor = account::again(&self.endpoint.desk, &self.actor, now).await;
            let actor = actor.map_err(|error| unfit(error, &self.id))?;
            let cx = Cx::new(Arc::clone(&self.endpoint.desk), actor, now);
            if !feed::hears(&cx, self.listener.wanted(), &event)? {
                continue;
            }
            let answer = match self.actor {
                Actor::Staff(_) => self.answer(cx, event).await?,
                Actor::Anonymous => self.share(cx, event).await?,
            };
            if let Some(answer) = answer {
                return Ok(answer);
            }
        }
    }

    /// Answers for everybody who asks the same and is not signed in.
    async fn share(&self, cx: Cx, event: Arc<event::Model>) -> std::result::Result<Option<Arc<[u8]>>, Unfit> {
        let shared = self.endpoint.shared(event.seq, self.fingerprint);
        Ok(shared.get_or_try_init(|| self.answer(cx, event)).await?.clone())
    }

    async fn answer(&self, cx: Cx, event: Arc<event::Model>) -> std::result::Result<Option<Arc<[u8]>>, Unfit> {
        let loads = Loads::new(Batch(cx.clone()));
        let request = self.prepared.request().data(self.peer.clone()).data(Arc::clone(&loads)).data(AtHand(event)).data(Volume::default()).data(cx);
        let mut stream = self.endpoint.schema().execute_stream(request);
        let answered = tokio::time::timeout(self.endpoint.patience(), drive::drive(stream.next(), loads)).await;
        let late = |_| Unfit::broken(Fault::Away, &self.id, "An event took too long to answer. Ask for less of each.");
        Ok(answered.map_err(late)?.map(|response| self.prepared.finish(response, &self.id).body().into()))
    }
}

fn unfit(error: AppError, id: &str) -> Unfit {
    match error {
        AppError::Refused(refusal) => refusal.into(),
        other => Unfit::away(&other, id),
    }
}

