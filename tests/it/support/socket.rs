//! A client of graphql-transport-ws that says exactly what a test has it say.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::client::Client;
use super::desk::TestDesk;

/// How long anything may take that has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A socket that is to be opened.
pub struct Dial {
    address: SocketAddr,
    protocol: Option<&'static str>,
    headers: String,
    /// Bytes that this end takes before it is read; what the system has where there is none.
    buffer: Option<u32>,
}

/// An open socket. Dropped, it is gone without a word, as when a network goes away.
pub struct Socket {
    pub stream: WebSocketStream<TcpStream>,
}

/// What came over a socket.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// A message of the protocol.
    Message(Value),
    /// The end: the code and the words, or nothing where it was cut off.
    Closed(Option<u16>, String),
}

impl Dial {
    pub fn to(address: SocketAddr) -> Self {
        Self { address, protocol: Some("graphql-transport-ws"), headers: String::new(), buffer: None }
    }

    /// Offers another protocol, or none.
    pub fn protocol(self, protocol: Option<&'static str>) -> Self {
        Self { protocol, ..self }
    }

    /// Sends a header with the handshake.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// Takes little before it is read.
    pub fn narrow(self) -> Self {
        Self { buffer: Some(16 << 10), ..self }
    }

    /// The handshake's text.
    pub fn handshake(&self) -> String {
        let protocol = self.protocol.map(|protocol| format!("Sec-WebSocket-Protocol: {protocol}\r\n")).unwrap_or_default();
        format!(
            "GET /graphql HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{protocol}{}\r\n",
            self.address, self.headers
        )
    }

    /// A connection on which nothing was said yet.
    pub async fn connection(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        if let Some(bytes) = self.buffer {
            socket.set_recv_buffer_size(bytes).unwrap();
        }
        socket.connect(self.address).await.unwrap()
    }

    /// Shakes hands. A refusal is given as the answer's text.
    pub async fn attempt(self) -> Result<Socket, String> {
        let mut stream = self.connection().await;
        stream.write_all(self.handshake().as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let end = loop {
            if let Some(end) = answer.windows(4).position(|part| part == b"\r\n\r\n") {
                break end + 4;
            }
            let read = tokio::time::timeout(PATIENCE, stream.read_buf(&mut answer)).await;
            assert!(read.is_ok_and(|read| read.is_ok_and(|bytes| bytes > 0)), "no answer to a handshake: {}", String::from_utf8_lossy(&answer));
        };
        if !answer.starts_with(b"HTTP/1.1 101 ") {
            return Err(String::from_utf8_lossy(&answer).into_owned());
        }
        let rest = answer.split_off(end);
        Ok(Socket { stream: WebSocketStream::from_partially_read(stream, rest, Role::Client, None).await })
    }

    /// Opens the socket. It has not said yet who it is.
    pub async fn open(self) -> Socket {
        self.attempt().await.unwrap_or_else(|answer| panic!("no socket: {answer}"))
    }
}

impl TestDesk {
    /// A socket of this server that is to be opened.
    pub fn dial(&self) -> Dial {
        Dial::to(self.address)
    }

    /// A socket of somebody who was let in.
    pub async fn socket(&self, who: &Client) -> Socket {
        let mut socket = self.dial().open().await;
        socket.sign_in(who.token()).await;
        socket
    }
}

impl Socket {
    /// Sends text.
    pub async fn send(&mut self, text: impl Into<String>) {
        self.stream.send(Message::text(text.into())).await.unwrap();
    }

    /// Sends a message of the protocol.
    pub async fn say(&mut self, message: Value) {
        self.send(message.to_string()).await;
    }

    /// Says who it is, and is let in.
    pub async fn sign_in(&mut self, token: Option<&str>) {
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        self.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(self.message().await, json!({ "type": "connection_ack" }));
    }

    /// Begins an operation.
    pub async fn begin(&mut self, id: &str, query: &str, variables: Value) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query, "variables": variables } })).await;
    }

    /// Ends an operation.
    pub async fn end(&mut self, id: &str) {
        self.say(json!({ "id": id, "type": "complete" })).await;
    }

    /// What comes next; nothing where none comes within this time.
    pub async fn within(&mut self, wait: Duration) -> Option<Heard> {
        let hear = async {
            loop {
                return match self.stream.next().await {
                    Some(Ok(Message::Text(text))) => {
                        let text = text.as_str();
                        Heard::Message(serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")))
                    }
                    Some(Ok(Message::Close(Some(frame)))) => Heard::Closed(Some(frame.code.into()), frame.reason.to_string()),
                    Some(Ok(Message::Close(None))) | Some(Err(_)) | None => Heard::Closed(None, String::new()),
                    Some(Ok(_)) => continue,
                };
            }
        };
        tokio::time::timeout(wait, hear).await.ok()
    }

    /// What comes next.
    pub async fn hear(&mut self) -> Heard {
        self.within(PATIENCE).await.unwrap_or_else(|| panic!("nothing came within {PATIENCE:?}"))
    }

    /// The next message.
    pub async fn message(&mut self) -> Value {
        match self.hear().await {
            Heard::Message(message) => message,
            closed @ Heard::Closed(..) => panic!("a message was to come: {closed:?}"),
        }
    }

    /// The next answer to an operation, whole.
    pub async fn answer(&mut self, id: &str) -> Value {
        let message = self.message().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!(id)), "{message}");
        message["payload"].clone()
    }

    /// The data of the next answer to an operation.
    pub async fn data(&mut self, id: &str) -> Value {
        let answer = self.answer(id).await;
        assert!(answer.get("errors").is_none() && answer["data"].is_object(), "refused: {answer}");
        answer["data"].clone()
    }

    /// The first error of an operation that is refused.
    pub async fn refusal(&mut self, id: &str) -> Value {
        let message = self.message().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!(id)), "{message}");
        let error = message["payload"][0].clone();
        assert!(error["message"].as_str().is_some_and(|text| text.len() > 8), "in words: {message}");
        error
    }

    /// Hears that an operation has ended.
    pub async fn completed(&mut self, id: &str) {
        assert_eq!(self.message().await, json!({ "id": id, "type": "complete" }));
    }

    /// A query's or mutation's answer, and its end.
    pub async fn ask(&mut self, id: &str, query: &str, variables: Value) -> Value {
        self.begin(id, query, variables).await;
        let data = self.data(id).await;
        self.completed(id).await;
        data
    }

    /// The code that it is closed with, whatever is said before.
    pub async fn closed(&mut self) -> Option<u16> {
        let wait = async {
            loop {
                if let Heard::Closed(code, _) = self.hear().await {
                    return code;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("still open after {PATIENCE:?}"))
    }

    /// That it is open: it answers.
    pub async fn is_open(&mut self) {
        self.say(json!({ "type": "ping" })).await;
        assert_eq!(self.message().await, json!({ "type": "pong" }));
    }
}
