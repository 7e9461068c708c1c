//! One operation of a socket: a query or mutation that is answered once, or one that listens.

use std::sync::Arc;

use chrono::Utc;
use serde_json::Value;

use super::message;
use super::{Operations, Outbox, Why};
use crate::app::Cx;
use crate::graphql::Peer;
use crate::graphql::endpoint::{Kind, Prepared};
use crate::graphql::request::{Ask, Fault, Unfit};
use crate::http::State;
use crate::http::auth::Asker;

/// One operation.
pub(super) struct Operation {
    pub(super) state: Arc<State>,
    pub(super) asker: Asker,
    pub(super) peer: Peer,
    pub(super) outbox: Outbox,
    pub(super) operations: Operations,
    /// Which of all that the socket began.
    pub(super) number: u64,
    /// The client's name for it.
    pub(super) id: String,
    pub(super) request_id: String,
}

/// Why an operation ends.
enum End {
    /// It was refused, or will be from now on.
    Refused(Unfit),
    /// The socket closes.
    Closed(Why),
}

impl From<Unfit> for End {
    fn from(unfit: Unfit) -> Self {
        Self::Refused(unfit)
    }
}

impl From<Why> for End {
    fn from(why: Why) -> Self {
        Self::Closed(why)
    }
}

/// What a client hears that runs too much at a time.
pub(super) fn too_many(most: usize) -> Value {
    let message = format!("This socket runs {most} operations already; end some before you begin others.");
    Unfit::new(Fault::Early, "RATE_LIMITED", message).and("retryAfter", 1.into()).errors()
}

impl Operation {
    /// Runs to its end, and tells the client of it.
    pub(super) async fn run(mut self, ask: Result<Ask, Unfit>) {
        let outcome = self.answer(ask).await;
        self.forget();
        // Who does not take it is cut off by the sending.
        let _ = match outcome {
            Ok(()) => self.outbox.send(message::complete(&self.id)).await,
            Err(End::Refused(unfit)) => self.outbox.send(message::error(&self.id, &unfit.errors())).await,
            Err(End::Closed(why)) => Err(why),
        };
    }

    /// Frees the id, before the client is told: it may use it again at once.
    fn forget(&self) {
        let mut operations = self.operations.borrow_mut();
        if operations.get(&self.id).is_some_and(|(number, _)| *number == self.number) {
            operations.remove(&self.id);
        }
    }

    async fn answer(&mut self, ask: Result<Ask, Unfit>) -> Result<(), End> {
        self.state.gate.spend(&self.asker, 1)?;
        let prepared = self.state.endpoint.prepare(ask?, &self.asker.actor).await?;
        self.state.gate.spend(&self.asker, prepared.cost)?;
        let cx = Cx::new(Arc::clone(&self.state.desk), self.asker.actor.clone(), Utc::now());
        if prepared.kind == Kind::Subscription {
            return self.listen(prepared, cx).await;
        }
        let answer = self.state.endpoint.execute(&prepared, cx, self.peer.clone(), &self.request_id).await?;
        if answer.is_refusal() {
            return Err(Unfit::answered(&answer).into());
        }
        Ok(self.outbox.send(message::next(&self.id, &answer.body())).await?)
    }

    async fn listen(&mut self, prepared: Prepared, cx: Cx) -> Result<(), End> {
        let cost = prepared.cost;
        let mut listening = self.state.endpoint.listen(prepared, &cx, self.peer.clone(), &self.request_id).await?;
        loop {
            let answer = listening.next(Utc::now).await?;
            self.state.gate.spend(&self.asker, cost)?;
            self.outbox.send(message::next(&self.id, &answer)).await?;
        }
    }
}
