//! The endpoint over WebSocket, by the protocol graphql-transport-ws.
//!
//! One task a socket reads what its client says; one task an operation answers. An answer waits until
//! the client has taken those before it, so that nothing piles up here: an operation that listens reads
//! the log on only then, and a client that takes nothing for a while is cut off.

mod measure;
mod message;
mod operation;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HOST, HeaderMap, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, web};
use actix_ws::{Item, Message, MessageStream, ProtocolError, Session};
use chrono::Utc;
use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, interval_at, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::accept::Media;
use super::auth::{Asker, bearer};
use super::gate::Place;
use super::request_id::request_id;
use super::{Refused, State};
use crate::app::{Actor, account};
use crate::config::Origins;
use crate::graphql::Peer;
use crate::graphql::request::Unfit;
use measure::{Frames, Waiting};
use message::{PROTOCOL, Said, Why};
use operation::Operation;

/// How long a client may take to say who it is.
const INIT: Duration = Duration::from_secs(3);
/// How often a client is asked whether it is still there.
const BEAT: Duration = Duration::from_secs(15);
/// How long a client may take nothing of what waits for it.
const SLOW: Duration = Duration::from_secs(10);
/// How long a credential is believed where nobody says that it is not good any more.
const BELIEVED: Duration = Duration::from_secs(30);
/// What a client may send before it is known to be staff's, in bytes.
const SMALL: usize = 256 << 10;

/// The operations that run, by the ids that the client gave them.
type Operations = Rc<RefCell<HashMap<String, (u64, AbortHandle)>>>;

/// Opens a socket.
pub(super) async fn open(http: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let id = request_id(&http);
    let outcome = async {
        // From before the first look at the credential on, so that no end of it goes unheard.
        let doubts = state.desk.bus.doubts();
        let cookie = is_own_page(http.headers(), &state);
        let asker = Asker::find(&state, &http, cookie, Utc::now(), &id).await?;
        let place = state.gate.place(&asker)?;
        let (frames, waiting) = (Frames::new(SMALL), Waiting::new());
        let mut payload = frames.measured(payload.into_inner());
        let payload = web::Payload::from_request(&http, &mut payload).await.map_err(|_| Unfit::malformed("This is no WebSocket handshake."))?;
        let (response, session, messages) = actix_ws::handle_with_protocols(&http, payload, &[PROTOCOL]).map_err(|error| {
            let message = format!("This is no WebSocket handshake: {error}.");
            Refused::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
        })?;
        let offered = http.headers().get_all(SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
        let speaks = offered.flat_map(|line| line.split(',')).any(|protocol| protocol.trim() == PROTOCOL);
        let socket = Socket {
            state: state.clone().into_inner(),
            asker,
            outbox: Outbox { session, cut: CancellationToken::new(), waiting: waiting.clone() },
            operations: Operations::default(),
            begun: 0,
            doubts,
            request_id: id.clone(),
            place,
        };
        // The socket goes on when the request has long been answered.
        actix_web::rt::spawn(socket.run(messages, frames, speaks).in_current_span());
        Ok(response.map_body(|_, body| waiting.told(body)))
    };
    outcome.await.unwrap_or_else(|refused: Refused| refused.answer(Media::Json))
}

/// Whether a cookie counts: a browser sends it with whatever page asks, and says which. Other programs
/// say nothing of the kind.
fn is_own_page(headers: &HeaderMap, state: &State) -> bool {
    let text = |name| headers.get(name).and_then(|value: &actix_web::http::header::HeaderValue| value.to_str().ok());
    let Some(origin) = text(ORIGIN) else { return true };
    let host = origin.split_once("://").map(|(_, host)| host);
    let is_host = host.is_some() && host == text(HOST);
    let is_site = origin == state.desk.site.url.origin().ascii_serialization();
    let is_friend = matches!(&state.wire.cors_origins, Origins::Only(origins) if origins.iter().any(|known| known == origin));
    is_host || is_site || is_friend
}

struct Socket {
    state: Arc<State>,
    asker: Asker,
    outbox: Outbox,
    operations: Operations,
    /// Operations that were begun so far.
    begun: u64,
    /// Hears when credentials may have ended.
    doubts: watch::Receiver<u64>,
    request_id: String,
    /// The place that it takes among all sockets.
    place: Place,
}

impl Socket {
    async fn run(mut self, messages: MessageStream, frames: Frames, speaks: bool) {
        let messages = Some(messages.max_frame_size(SMALL));
        let mut inbox = Inbox { messages, frames, text: BytesMut::new(), most: SMALL };
        let why = if speaks { self.converse(&mut inbox).await } else { Why::Protocol };
        for (_, (_, running)) in self.operations.borrow_mut().drain() {
            running.abort();
        }
        tracing::debug!(?why, "a socket closes");
        if why == Why::Slow {
            tracing::info!("cut off a socket whose client reads too slowly");
        }
        // Who takes nothing does not take this either.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.outbox.session.close(why.reason())).await;
    }

    /// Hears what the client says until one of them ends it.
    async fn converse(&mut self, inbox: &mut Inbox) -> Why {
        match timeout_at(Instant::now() + INIT, self.greet(inbox)).await {
            Err(_) => return Why::Late,
            Ok(Err(why)) => return why,
            Ok(Ok(())) => {}
        }
        let (stop, cut) = (self.state.stop.clone(), self.outbox.cut.clone());
        let mut doubts = self.doubts.clone();
        let mut beat = interval_at(Instant::now() + BEAT, BEAT);
        let mut heard = Instant::now();
        let mut believed = Instant::now();
        loop {
            tokio::select! {
                said = inbox.next() => {
                    heard = Instant::now();
                    let outcome = match said {
                        Ok(Heard::Text(text)) => self.hear(&text).await,
                        Ok(Heard::Ping(bytes)) => self.outbox.session.pong(&bytes).await.map_err(|_| Why::Theirs(None)),
                        Ok(Heard::Pong) => Ok(()),
                        Err(why) => Err(why),
                    };
                    if let Err(why) = outcome {
                        return why;
                    }
                }
                _ = beat.tick() => {
                    if heard.elapsed() > 2 * BEAT {
                        return Why::Theirs(None);
                    }
                    if believed.elapsed() > BELIEVED {
                        believed = Instant::now();
                        if let Err(why) = self.doubt().await {
                            return why;
                        }
                    }
                    let mut session = self.outbox.session.clone();
                    let cut = cut.clone();
                    actix_web::rt::spawn(async move {
                        if !matches!(tokio::time::timeout(SLOW, session.ping(b"")).await, Ok(Ok(()))) {
                            cut.cancel();
                        }
                    });
                }
                outcome = doubts.changed(), if self.asker.is_staff() => {
                    if outcome.is_err() {
                        return Why::Stopping;
                    }
                    believed = Instant::now();
                    if let Err(why) = self.doubt().await {
                        return why;
                    }
                }
                () = cut.cancelled() => return Why::Slow,
                () = stop.cancelled() => return Why::Stopping,
            }
        }
    }

    /// Waits until the client has said who it is.
    async fn greet(&mut self, inbox: &mut Inbox) -> Result<(), Why> {
        let stop = self.state.stop.clone();
        loop {
            let heard = tokio::select! {
                heard = inbox.next() => heard?,
                () = stop.cancelled() => return Err(Why::Stopping),
            };
            let text = match heard {
                Heard::Text(text) => text,
                Heard::Ping(bytes) => {
                    self.outbox.session.pong(&bytes).await.map_err(|_| Why::Theirs(None))?;
                    continue;
                }
                Heard::Pong => continue,
            };
            match message::read(&text)? {
                Said::Init { authorization } => {
                    match authorization {
                        Some(authorization) => self.sign_in(&authorization).await?,
                        // The credential of the handshake may have ended since.
                        None => self.doubt().await?,
                    }
                    if self.asker.is_staff() {
                        inbox.grow(self.state.wire.body.staff);
                    }
                    return self.send(message::ack()).await;
                }
                Said::Ping { payload } => self.send(message::pong(payload)).await?,
                Said::Pong | Said::Complete { .. } => {}
                Said::Subscribe { .. } => return Err(Why::Unauthorized),
            }
        }
    }

    async fn sign_in(&mut self, authorization: &str) -> Result<(), Why> {
        let Some(token) = bearer(authorization) else { return Err(Why::Forbidden("Forbidden")) };
        let signed_in = self.asker.sign_in(&self.state, &token, Utc::now(), &self.request_id).await;
        match signed_in {
            Ok(()) if self.asker.is_staff() => {
                self.place = self.state.gate.place(&self.asker).map_err(|_| Why::Crowded)?;
                Ok(())
            }
            Ok(()) => Err(Why::Forbidden("Forbidden")),
            Err(_) => Err(Why::Stopping),
        }
    }

    /// Sees whether the client is still who it was, in the same roles.
    async fn doubt(&self) -> Result<(), Why> {
        let Actor::Staff(before) = &self.asker.actor else { return Ok(()) };
        match account::again(&self.state.desk, &self.asker.actor, Utc::now()).await {
            Ok(Actor::Staff(now)) if now.roles == before.roles => Ok(()),
            Ok(Actor::Staff(_)) => Err(Why::Forbidden("Your roles have changed; connect again")),
            Ok(Actor::Anonymous) => Err(Why::Forbidden("Your session has ended; sign in again")),
            // Whether it is so will be seen when the database answers.
            Err(_) => Ok(()),
        }
    }

    async fn hear(&mut self, text: &str) -> Result<(), Why> {
        match message::read(text)? {
            Said::Init { .. } => Err(Why::Again),
            Said::Ping { payload } => self.send(message::pong(payload)).await,
            Said::Pong => Ok(()),
            Said::Complete { id } => {
                if let Some((_, running)) = self.operations.borrow_mut().remove(&id) {
                    running.abort();
                }
                Ok(())
            }
            Said::Subscribe { id, ask } => {
                let running = self.operations.borrow().len();
                if self.operations.borrow().contains_key(&id) {
                    return Err(Why::Taken(id));
                }
                let most = if self.asker.is_staff() { self.state.wire.operations.staff } else { self.state.wire.operations.anonymous };
                if running >= most {
                    return self.send(message::error(&id, &operation::too_many(most))).await;
                }
                self.begun += 1;
                let operation = Operation {
                    state: Arc::clone(&self.state),
                    asker: self.asker.clone(),
                    peer: Peer { address: self.asker.address(), agent: self.asker.agent.clone(), secure: self.state.secure() },
                    outbox: self.outbox.clone(),
                    operations: Rc::clone(&self.operations),
                    number: self.begun,
                    id: id.clone(),
                    request_id: self.request_id.clone(),
                };
                let task = tokio::task::spawn_local(operation.run(*ask).in_current_span());
                self.operations.borrow_mut().insert(id, (self.begun, task.abort_handle()));
                Ok(())
            }
        }
    }

    async fn send(&mut self, text: String) -> Result<(), Why> {
        self.outbox.send(text).await
    }
}

/// Where answers go.
#[derive(Clone)]
struct Outbox {
    session: Session,
    waiting: Waiting,
    /// Cancelled when the client takes nothing any more.
    cut: CancellationToken,
}

impl Outbox {
    /// Sends a message once those before it are taken.
    async fn send(&mut self, text: String) -> Result<(), Why> {
        let sent = async {
            self.waiting.room_for(text.len()).await;
            self.session.text(text).await
        };
        match tokio::time::timeout(SLOW, sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Why::Theirs(None)),
            Err(_) => {
                self.cut.cancel();
                Err(Why::Slow)
            }
        }
    }
}

/// What came from the client, in whole messages.
struct Inbox {
    /// None while it is exchanged.
    messages: Option<MessageStream>,
    frames: Frames,
    /// A message that comes in parts, as far as it came.
    text: BytesMut,
    most: usize,
}

enum Heard {
    Text(String),
    Ping(Bytes),
    Pong,
}

impl Inbox {
    fn grow(&mut self, most: usize) {
        self.most = most;
        self.frames.grow(most);
        self.messages = self.messages.take().map(|messages| messages.max_frame_size(most));
    }

    async fn next(&mut self) -> Result<Heard, Why> {
        loop {
            let Some(messages) = &mut self.messages else { return Err(Why::Theirs(None)) };
            let Some(message) = messages.next().await else { return Err(Why::Theirs(None)) };
            match message {
                Ok(Message::Text(text)) => return self.whole(text.to_string()),
                Ok(Message::Ping(bytes)) => return Ok(Heard::Ping(bytes)),
                Ok(Message::Pong(_)) => return Ok(Heard::Pong),
                Ok(Message::Close(reason)) => return Err(Why::Theirs(reason)),
                Ok(Message::Binary(_) | Message::Continuation(Item::FirstBinary(_))) => {
                    return Err(Why::Invalid("Invalid message: it has to be text"));
                }
                Ok(Message::Continuation(Item::FirstText(part))) => {
                    self.text.clear();
                    self.add(&part)?;
                }
                Ok(Message::Continuation(Item::Continue(part))) => self.add(&part)?,
                Ok(Message::Continuation(Item::Last(part))) => {
                    self.add(&part)?;
                    let text = self.text.split().to_vec();
                    return self.whole(String::from_utf8(text).map_err(|_| Why::NoText)?);
                }
                Ok(Message::Nop) => {}
                Err(ProtocolError::Io(_)) if self.frames.is_over() => return Err(Why::TooLarge),
                Err(ProtocolError::Overflow) => return Err(Why::TooLarge),
                Err(ProtocolError::Io(_)) => return Err(Why::Theirs(None)),
                Err(_) => return Err(Why::NoText),
            }
        }
    }

    fn add(&mut self, part: &[u8]) -> Result<(), Why> {
        if self.text.len() + part.len() > self.most {
            return Err(Why::TooLarge);
        }
        self.text.extend_from_slice(part);
        Ok(())
    }

    fn whole(&self, text: String) -> Result<Heard, Why> {
        if text.len() > self.most { Err(Why::TooLarge) } else { Ok(Heard::Text(text)) }
    }
}
