//! Floods over one socket, messages without measure, and those who never read.

use std::time::Duration;

use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::target::{Bounds, Target};
use crate::support::{Dial, Heard, Socket, block_on};

async fn socket(target: &Target, token: Option<&str>) -> Socket {
    let mut socket = Dial::to(target.address).open().await;
    socket.sign_in(token).await;
    socket
}

type Out = SplitSink<WebSocketStream<TcpStream>, Message>;

/// Sends all messages while it reads; gives what came until `enough` says so, or the end.
async fn exchange(socket: Socket, messages: impl Iterator<Item = Message>, mut enough: impl FnMut(&Message) -> bool) -> Result<(), String> {
    let (mut out, mut source) = socket.stream.split();
    let send = async {
        for message in messages {
            if out.feed(message).await.is_err() {
                break;
            }
        }
        let _: Result<(), _> = Out::flush(&mut out).await;
    };
    let read = async {
        let until = async {
            while let Some(Ok(message)) = source.next().await {
                if enough(&message) {
                    return Ok(());
                }
            }
            Err("it was closed".to_owned())
        };
        tokio::time::timeout(Duration::from_secs(60), until).await.unwrap_or_else(|_| Err("not all was answered within a minute".into()))
    };
    tokio::join!(send, read).1
}

fn is(message: &Message, kinds: &[&str]) -> bool {
    let Message::Text(text) = message else { return false };
    let message: Value = serde_json::from_str(text.as_str()).unwrap_or_default();
    kinds.iter().any(|kind| message["type"] == *kind)
}

fn frame(text: &[u8], code: Data, last: bool) -> Message {
    Message::Frame(Frame::message(text.to_vec(), OpCode::Data(code), last))
}

#[test]
fn a_flood_over_one_socket_is_answered_to_its_end() {
    block_on(async {
        const FLOOD: usize = 10_000;
        let mut target = Target::start().await;
        let subscribe = |id: usize| json!({ "id": id.to_string(), "type": "subscribe", "payload": { "query": "{ site { name } }" } });
        let ping = json!({ "type": "ping", "payload": { "x": "x".repeat(100) } });
        for role in [None, Some("EDITOR")] {
            let who = role.unwrap_or("anonymous");
            let token = role.map(|role| target.token(role));
            let name = format!("10,000 operations, {who}");
            let mut left = FLOOD;
            let ended = |message: &Message| {
                left -= usize::from(is(message, &["complete", "error"]));
                left == 0
            };
            let messages = (0..FLOOD).map(|id| Message::text(subscribe(id).to_string()));
            let outcome = target.attacked(&name, &Bounds::FLOOD, exchange(socket(&target, token).await, messages, ended)).await;
            target.complain(&name, outcome.err());

            let name = format!("10,000 pings of each kind, {who}");
            let mut left = 2 * FLOOD;
            let ended = |message: &Message| {
                left -= usize::from(matches!(message, Message::Pong(_)) || is(message, &["pong"]));
                left == 0
            };
            let messages = (0..2 * FLOOD).map(|id| if id % 2 == 0 { Message::text(ping.to_string()) } else { Message::Ping(vec![0; 100].into()) });
            let outcome = target.attacked(&name, &Bounds::FLOOD, exchange(socket(&target, token).await, messages, ended)).await;
            target.complain(&name, outcome.err());
        }
        target.finish();
    });
}

#[test]
fn a_message_has_its_measure_however_it_is_cut() {
    block_on(async {
        let mut target = Target::start().await;
        let parts = |count: usize, part: &'static [u8]| {
            let between = (0..count).map(move |_| frame(part, Data::Continue, false));
            std::iter::once(frame(br#"{"type":"ping""#, Data::Text, false)).chain(between).chain([frame(b"}", Data::Continue, true)])
        };
        let name = "a message in 100,000 frames";
        let ponged = |message: &Message| is(message, &["pong"]);
        let outcome = target.attacked(name, &Bounds::FLOOD, exchange(socket(&target, None).await, parts(100_000, b" "), ponged)).await;
        target.complain(name, outcome.err());
        let name = "a message in 100,000 empty frames";
        let outcome = target.attacked(name, &Bounds::FLOOD, exchange(socket(&target, None).await, parts(100_000, b""), ponged)).await;
        target.complain(name, outcome.err());

        let closed = |message: &Message| matches!(message, Message::Close(Some(frame)) if u16::from(frame.code) == 1009);
        for role in [None, Some("EDITOR")] {
            let token = role.map(|role| target.token(role));
            let name = format!("a message of 64 MiB in 256 frames, {}", role.unwrap_or("anonymous"));
            let part: &'static [u8] = &[b' '; 255 << 10];
            let outcome = target.attacked(&name, &Bounds::SINGLE, exchange(socket(&target, token).await, parts(257, part), closed)).await;
            // The code may get lost where the sender still sends.
            target.complain(&name, outcome.err().filter(|error| error != "it was closed"));
            let name = format!("a message of 64 MiB, {}", role.unwrap_or("anonymous"));
            let whole = std::iter::once(Message::text(" ".repeat(64 << 20)));
            let outcome = target.attacked(&name, &Bounds::SINGLE, exchange(socket(&target, token).await, whole, closed)).await;
            target.complain(&name, outcome.err().filter(|error| error != "it was closed"));
        }
        target.finish();
    });
}

/// A log whose events are answered with some hundred KiB each; gives the id of the event before.
async fn long_log(target: &Target, events: usize) -> Value {
    let editor = Some(target.token("EDITOR"));
    let last = target.ask(editor, "{ events(last: 1) { nodes { id } } }", json!({})).await["data"]["events"]["nodes"][0]["id"].clone();
    let create = "mutation($input: CreateDraftInput!) { createDraft(input: $input) { draft { id } } }";
    let body = "All work and no play. ".repeat(4_500);
    let made = target.ask(editor, create, json!({ "input": { "headline": "Long", "body": body } })).await;
    let id = &made["data"]["createDraft"]["draft"]["id"];
    let update = "mutation($input: UpdateDraftInput!) { updateDraft(input: $input) { draft { id } } }";
    for number in 1..events {
        let answer = target.ask(editor, update, json!({ "input": { "draftId": id, "baseRevision": number, "dek": number.to_string() } })).await;
        assert!(answer.get("errors").is_none(), "{answer}");
    }
    last
}

#[test]
fn whoever_never_reads_is_cut_off() {
    block_on(async {
        const EVENTS: usize = 60;
        let mut target = Target::start().await;
        let after = long_log(&target, EVENTS).await;
        let bodies: String = (0..8).map(|number| format!("a{number}: body {{ markdown }} ")).collect();
        let query = format!("subscription($after: ID) {{ events(after: $after) {{ id draft {{ revision {{ {bodies} }} }} }} }}");
        let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": query, "variables": { "after": after } } });
        let mut reader = socket(&target, Some(target.token("EDITOR"))).await;
        reader.say(subscribe.clone()).await;
        let Heard::Message(first) = reader.hear().await else { panic!("nothing came") };
        let each = first.to_string().len();
        drop(reader);

        let attack = async {
            let mut socket = Dial::to(target.address).narrow().open().await;
            socket.sign_in(Some(target.token("EDITOR"))).await;
            socket.say(subscribe).await;
            let mut stream = socket.stream.into_inner();
            let own = stream.local_addr().unwrap();
            // As long as a client may take nothing, and as long as the system then tries.
            let mut open = true;
            for _ in 0..90 {
                tokio::time::sleep(Duration::from_millis(500)).await;
                open = target.holds(own);
                if !open {
                    break;
                }
            }
            let (mut total, mut buffer) = (0, vec![0; 1 << 16]);
            let read = async {
                while let Ok(bytes @ 1..) = stream.read(&mut buffer).await {
                    total += bytes;
                }
            };
            let ended = tokio::time::timeout(Duration::from_secs(5), read).await.is_ok();
            (open, ended, total)
        };
        let (open, ended, total) = target.attacked("a socket that is never read", &Bounds::FLOOD, attack).await;

        super::tell(&format!("never read: {total} of {} bytes came at last; its connection is still open: {open}", each * EVENTS));
        target.complain("never read", open.then(|| "the server keeps the connection".into()));
        target.complain("never read", (!ended || total >= each * EVENTS).then(|| format!("{total} bytes came, and the end: {ended}")));
        target.finish();
    });
}
