//! What happens to a request whichever way it came: its document is found or read, judged, validated
//! and priced; then it is executed within bounds, and its answer put into shape.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextValidation};
use async_graphql::parser::types::OperationType;
use async_graphql::{Response, ServerError, ValidationResult, Value, Variables};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use moka::sync::Cache;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::answer::Answer;
use super::document::{Document, Documents};
use super::guard::{Limits, cost};
use super::kept::{Answers, Kept, Question, Way};
use super::persisted::{Persisted, Trusted};
use super::request::{Ask, Fault, KnownAs, Unfit};
use super::tokens::Sum;
use super::{DeskSchema, Peer, Schemas, error, execute, variables};

pub use super::prepared::{Kind, Prepared};
use crate::app::{Actor, Cx, Desk};

/// Values that may be copied for a request: each place that uses a variable copies it.
const COPIES: usize = 2_000_000;

/// What requests are held to.
pub struct Bounds {
    /// Documents of who is not signed in.
    pub anonymous: Limits,
    /// Documents of who is.
    pub staff: Limits,
    /// How long a request may run.
    pub patience: Duration,
    /// Bytes of parsed documents in memory.
    pub documents: u64,
    /// Bytes of persisted queries in memory.
    pub persisted: u64,
    /// Bytes of answers to readers in memory.
    pub answers: u64,
}

/// Where requests go.
pub struct Endpoint {
    schemas: Schemas,
    /// What is asked.
    pub desk: Arc<Desk>,
    bounds: Bounds,
    documents: Documents,
    persisted: Persisted,
    /// What events were answered with, to who is not signed in.
    shared: Cache<(i64, [u8; 32]), Shared>,
    /// What readers were answered.
    pub answers: Answers,
    /// Where mutations run, which go on when their client is gone.
    home: Handle,
    running: TaskTracker,
}

/// What everybody hears of an event who asks the same; made once.
pub(super) type Shared = Arc<OnceCell<Option<Arc<[u8]>>>>;

/// Events that may be in the telling, each in several words, and how long that takes.
const TELLING: (u64, Duration) = (64, Duration::from_secs(10));

/// How a reader was answered.
pub enum Read {
    /// As others are.
    Kept(Arc<Kept>),
    /// For this once.
    Made(Box<Answer>),
}

impl Endpoint {
    /// The endpoint of a desk.
    #[must_use]
    pub fn new(schemas: Schemas, desk: Arc<Desk>, bounds: Bounds, trusted: Option<Trusted>, home: Handle, running: TaskTracker) -> Self {
        let (documents, persisted) = (Documents::new(bounds.documents), Persisted::new(bounds.persisted, trusted));
        let shared = Cache::builder().max_capacity(TELLING.0).time_to_live(TELLING.1).build();
        let answers = Answers::new(Arc::clone(&desk.fresh), bounds.answers);
        Self { schemas, desk, bounds, documents, persisted, shared, answers, home, running }
    }

    /// Finds or reads a request's document, and sees that it may be executed.
    ///
    /// # Errors
    /// Why it may not.
    pub async fn prepare(&self, ask: Ask, actor: &Actor) -> Result<Prepared, Unfit> {
        match actor {
            Actor::Staff(_) => self.prepare_within(ask, &self.bounds.staff, false).await,
            Actor::Anonymous => self.prepare_within(ask, &self.bounds.anonymous, self.persisted.is_strict()).await,
        }
    }

    async fn prepare_within(&self, ask: Ask, limits: &Limits, strict: bool) -> Result<Prepared, Unfit> {
        let Ask { query, operation_name, mut variables, known_as, bulk } = ask;
        let text = self.persisted.text(query, known_as.as_ref())?;
        let (sum, _) = Sum::of(&text, limits)?;
        let (document, is_new) = match self.documents.get(&sum) {
            Some(document) => {
                document.within(limits)?;
                (document, false)
            }
            None => (Arc::new(Document::read(&text, limits)?), true),
        };
        if document.copies(bulk) > COPIES {
            return Err(Unfit::document("QUERY_TOO_COMPLEX", "The document uses large variables in too many places."));
        }
        let operation = document.operation(operation_name.as_deref())?;
        if strict && !self.persisted.trusts(&text) && !signs_in(&document, operation) {
            let message = "Who is not signed in may send the documents alone that this server was given beforehand.";
            return Err(Unfit::document("FORBIDDEN", message));
        }
        let kind = match operation.ty {
            OperationType::Query => Kind::Query,
            OperationType::Mutation => Kind::Mutation,
            OperationType::Subscription => Kind::Subscription,
        };
        let absent = variables::check(document.parsed(), operation_name.as_deref(), &variables)?;
        variables::fill(operation, &mut variables);
        let form = document.form(operation_name.as_deref(), absent);
        let cost = cost(document.parsed(), operation_name.as_deref(), &variables);
        let prepared = Prepared { text, document, form, operation_name, variables, kind, cost, allowed: limits.cost };
        if prepared.document.valid.get().is_none() {
            self.validate(&prepared).await?;
        }
        if is_new {
            self.documents.keep(&prepared.document);
        }
        self.persisted.remember(known_as.as_ref(), &prepared.text);
        if cost > limits.cost {
            let message = format!(
                "The operation may answer with {cost} fields, and {} are allowed: ask for shorter lists, or for less of each.",
                limits.cost
            );
            let told = json!({ "requested": cost, "allowed": limits.cost });
            return Err(Unfit::document("QUERY_TOO_COMPLEX", message).and("cost", told));
        }
        Ok(prepared)
    }

    /// Sees that a document fits the schema.
    async fn validate(&self, prepared: &Prepared) -> Result<(), Unfit> {
        let mut request = prepared.request().data(Rehearsal(Arc::clone(&prepared.document)));
        request.set_parsed_query(prepared.document.parsed().clone());
        let response = error::finish(self.schemas.judging.execute(request).await, "");
        let Some(first) = response.errors.first() else { return Ok(()) };
        let unfit = Unfit::document("GRAPHQL_VALIDATION_FAILED", first.message.clone());
        Err(Unfit { made: Answer(response).errors(), ..unfit })
    }

    /// Executes a query here, to end with its client, a mutation at home, to run to its end whoever
    /// still listens.
    ///
    /// # Errors
    /// Where it took too long, or broke.
    pub async fn execute(&self, prepared: &Prepared, cx: Cx, peer: Peer, id: &str) -> Result<Answer, Unfit> {
        let (schema, patience) = (self.schemas.serving.clone(), self.bounds.patience);
        let request = prepared.request().data(peer);
        let sees_nothing = prepared.kind == Kind::Mutation && cx.staff().is_some() && !cx.reads_desk();
        let work = async move { tokio::time::timeout(patience, execute(&schema, cx, request)).await };
        // A resolver that panics must not take the connection with it; the panic itself is in the log.
        let work = AssertUnwindSafe(work.in_current_span()).catch_unwind();
        let outcome = if prepared.kind == Kind::Mutation {
            self.home.spawn(self.running.track_future(work)).await.ok()
        } else {
            Some(work.await)
        };
        match outcome {
            Some(Ok(Ok(mut response))) => {
                if sees_nothing {
                    error::veil(&mut response);
                }
                Ok(prepared.finish(response, id))
            }
            Some(Ok(Err(_late))) => {
                tracing::warn!("a request ran into the time limit");
                let what = "The request took too long and was given up. Ask for less, or look what was done before you repeat it.";
                Err(Unfit::broken(Fault::Away, id, what))
            }
            Some(Err(_)) | None => {
                tracing::error!("a request panicked");
                Err(Unfit::broken(Fault::Broken, id, "Something is broken here. Tell whoever runs this server."))
            }
        }
    }

    /// What a reader asks, told from the request's text alone; nothing where it cannot be told before it is read.
    #[must_use]
    pub fn question(&self, ask: &Ask) -> Option<Question> {
        if !self.answers.is_used() || self.persisted.is_strict() {
            return None;
        }
        let text = self.persisted.text(ask.query.clone(), ask.known_as.as_ref()).ok()?;
        let (sum, _) = Sum::of(&text, &self.bounds.anonymous).ok()?;
        let mut hash = Sha256::new_with_prefix(sum.bytes());
        let name = ask.operation_name.as_deref();
        hash.update([u8::from(name.is_some())]);
        hash.update(name.unwrap_or_default());
        hash.update([0]);
        // Their keys are in order.
        hash.update(serde_json::to_vec(&ask.variables).ok()?);
        Some(Question(hash.finalize().into()))
    }

    /// Answers a reader's query: with what is kept, or anew, and keeps that.
    ///
    /// # Errors
    /// Where it took too long, or broke.
    pub async fn read(&self, question: Option<Question>, prepared: &Prepared, mut cx: Cx, peer: Peer, id: &str) -> Result<Read, Unfit> {
        let way = match question {
            Some(question) => self.answers.way(question).await,
            None => Way::Alone,
        };
        let flight = match way {
            Way::Kept(kept) => return Ok(Read::Kept(kept)),
            Way::Make(flight) => Some(flight),
            Way::Alone => None,
        };
        let mut reading = cx.read_anew().await;
        let mut outcome = self.execute(prepared, cx.clone(), peer.clone(), id).await;
        if reading.is_of_replica() && !outcome.as_ref().is_ok_and(Answer::is_lasting) {
            reading = cx.read_past_replica();
            outcome = self.execute(prepared, cx, peer, id).await;
        }
        let answer = outcome?;
        let Some(flight) = flight else { return Ok(Read::Made(Box::new(answer))) };
        let is_private = answer.has_errors() || reading.is_private();
        let end = if is_private { None } else { reading.end() };
        let body = end.is_some().then(|| answer.body());
        Ok(flight.land(body, end, is_private).map_or_else(|| Read::Made(Box::new(answer)), Read::Kept))
    }

    /// Asks as anybody would, for a page that we serve; gives the answer's data.
    ///
    /// # Errors
    /// Where it cannot be had.
    pub async fn ask(&self, query: &str, variables: serde_json::Value, now: DateTime<Utc>, id: &str) -> Result<serde_json::Value, Unfit> {
        let text = Some(query.to_owned());
        let variables = Variables::from_json(variables);
        let ask = Ask { query: text, operation_name: None, variables, known_as: None::<KnownAs>, bulk: 0 };
        let broken = || Unfit::broken(Fault::Away, id, "This page cannot be shown right now; try again in a moment.");
        let prepared = self.prepare_within(ask, &self.bounds.staff, false).await.map_err(|unfit| {
            tracing::error!(message = unfit.message, "a page of ours asks what it may not");
            broken()
        })?;
        let cx = Cx::new(Arc::clone(&self.desk), Actor::Anonymous, now);
        let answer = self.execute(&prepared, cx, Peer::default(), id).await?;
        answer.into_data().ok_or_else(broken)
    }

    /// Sees that every document of the manifest may be executed.
    ///
    /// # Errors
    /// The first that may not, in words.
    pub async fn check_trusted(&self) -> Result<(), String> {
        for (id, text) in self.persisted.trusted() {
            let judged = async {
                let document = Arc::new(Document::read(text, &self.bounds.anonymous)?);
                let name = document.first_operation().map(str::to_owned);
                let form = document.form(None, Vec::new());
                let (variables, kind, cost) = (Variables::default(), Kind::Query, 0);
                self.validate(&Prepared { text: Arc::clone(text), document, form, operation_name: name, variables, kind, cost, allowed: 0 }).await
            };
            judged.await.map_err(|unfit: Unfit| format!("the document '{id}' cannot be executed: {}", unfit.message))?;
        }
        Ok(())
    }

    /// What an event is answered with, to who is not signed in and asks this.
    pub(super) fn shared(&self, event: i64, fingerprint: [u8; 32]) -> Shared {
        self.shared.get_with((event, fingerprint), Shared::default)
    }

    /// How long a request may run.
    pub(super) const fn patience(&self) -> Duration {
        self.bounds.patience
    }

    /// The schema that executes what was judged.
    pub(super) const fn schema(&self) -> &DeskSchema {
        &self.schemas.serving
    }
}

/// Whether an operation does nothing but sign somebody in: the way out of being anonymous.
fn signs_in(document: &Document, operation: &async_graphql::parser::types::OperationDefinition) -> bool {
    operation.ty == OperationType::Mutation && document.roots(operation).iter().all(|root| *root == "signIn")
}

/// Marks a request that is validated and no more.
struct Rehearsal(Arc<Document>);

/// Lets the library judge a document and no more.
pub struct Rehearse;

impl ExtensionFactory for Rehearse {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Rehearse {
    async fn validation(&self, ctx: &ExtensionContext<'_>, next: NextValidation<'_>) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        if let Some(Rehearsal(document)) = ctx.data_opt::<Rehearsal>() {
            document.valid.get_or_init(|| ());
        }
        Ok(result)
    }

    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::new(Value::Null)
    }
}
