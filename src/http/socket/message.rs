//! The messages of graphql-transport-ws, as its PROTOCOL.md has them.

use actix_ws::{CloseCode, CloseReason};
use serde_json::{Map, Value, json};

use crate::graphql::request::{Ask, Unfit};
use crate::http::body;

/// The protocol's name.
pub(super) const PROTOCOL: &str = "graphql-transport-ws";

/// What a client says.
#[derive(Debug)]
pub(super) enum Said {
    /// Who it is.
    Init { authorization: Option<String> },
    /// It wants an answer.
    Ping { payload: Option<Value> },
    /// It answers.
    Pong,
    /// It begins an operation.
    Subscribe { id: String, ask: Box<Result<Ask, Unfit>> },
    /// It ends an operation.
    Complete { id: String },
}

/// Why a socket is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The client said what the protocol does not have; in words.
    Invalid(&'static str),
    /// It began an operation before it was let in.
    Unauthorized,
    /// Its credential is not good, or not any more.
    Forbidden(&'static str),
    /// It does not speak our protocol.
    Protocol,
    /// It did not say who it is.
    Late,
    /// It began an operation under this id, which is taken.
    Taken(String),
    /// It said twice who it is.
    Again,
    /// What it said was too large.
    TooLarge,
    /// It sent text that is none.
    NoText,
    /// It reads too slowly.
    Slow,
    /// Its user has too many sockets.
    Crowded,
    /// The server stops.
    Stopping,
    /// It closed the socket itself, with these words.
    Theirs(Option<CloseReason>),
}

impl Why {
    /// What the client is told; nothing where nobody listens.
    pub(super) fn reason(&self) -> Option<CloseReason> {
        let (code, words) = match self {
            Self::Invalid(what) => (CloseCode::Other(4400), (*what).to_owned()),
            Self::Unauthorized => (CloseCode::Other(4401), "Unauthorized".to_owned()),
            Self::Forbidden(why) => (CloseCode::Other(4403), (*why).to_owned()),
            Self::Protocol => (CloseCode::Other(4406), "Subprotocol not acceptable".to_owned()),
            Self::Late => (CloseCode::Other(4408), "Connection initialisation timeout".to_owned()),
            Self::Taken(id) => (CloseCode::Other(4409), format!("Subscriber for {id} already exists")),
            Self::Again => (CloseCode::Other(4429), "Too many initialisation requests".to_owned()),
            Self::TooLarge => (CloseCode::Size, "Message too large".to_owned()),
            Self::NoText => (CloseCode::Invalid, "Text has to be UTF-8".to_owned()),
            Self::Slow => (CloseCode::Policy, "Reading too slowly; connect again and resume with 'after'".to_owned()),
            Self::Crowded => (CloseCode::Again, "Too many sockets; close some, and connect again".to_owned()),
            Self::Stopping => (CloseCode::Away, "The server stops; connect again".to_owned()),
            Self::Theirs(reason) => return reason.clone(),
        };
        Some(CloseReason { code, description: Some(words) })
    }
}

/// Reads a message.
pub(super) fn read(text: &str) -> Result<Said, Why> {
    let invalid = Why::Invalid;
    let values = body::count(text.as_bytes()).map_err(|_| Why::TooLarge)?;
    let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
        return Err(invalid("Invalid message: it has to be a JSON object"));
    };
    let Some(Value::String(kind)) = message.remove("type") else {
        return Err(invalid("Invalid message: it has no 'type'"));
    };
    let payload = message.remove("payload");
    let id = match message.remove("id") {
        Some(Value::String(id)) if (1..=ID).contains(&id.len()) => Some(id),
        _ => None,
    };
    let named = || id.ok_or(invalid("Invalid message: 'id' has to be text, and not empty"));
    match kind.as_str() {
        "connection_init" => Ok(Said::Init { authorization: authorization(object(payload)?) }),
        "ping" => Ok(Said::Ping { payload: object(payload)?.map(Value::Object) }),
        "pong" => object(payload).map(|_| Said::Pong),
        "subscribe" => {
            let id = named()?;
            let Some(payload) = object(payload)? else { return Err(invalid("Invalid message: 'subscribe' needs a payload")) };
            let is_text = |key| payload.get(key).is_none_or(|value: &Value| value.is_string() || value.is_null());
            let is_object = |key| payload.get(key).is_none_or(|value: &Value| value.is_object() || value.is_null());
            if !is_text("query") || !is_text("operationName") || !is_object("variables") || !is_object("extensions") {
                return Err(invalid("Invalid message: 'subscribe' has a payload with parts of the wrong type"));
            }
            let ask = Ask::from_parts(payload, values + text.len() / body::COPIED);
            if ask.as_ref().is_err_and(Unfit::lacks_query) {
                return Err(invalid("Invalid message: 'subscribe' has a payload without 'query'"));
            }
            Ok(Said::Subscribe { id, ask: Box::new(ask) })
        }
        "complete" => Ok(Said::Complete { id: named()? }),
        _ => Err(invalid("Invalid message: its 'type' is none that a client sends")),
    }
}

/// Bytes of an operation's id.
const ID: usize = 1024;

fn object(payload: Option<Value>) -> Result<Option<Map<String, Value>>, Why> {
    match payload {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err(Why::Invalid("Invalid message: 'payload' has to be an object")),
    }
}

/// The authorization that a client sends with its first message, whatever the case of its key.
fn authorization(payload: Option<Map<String, Value>>) -> Option<String> {
    let given = payload?.into_iter().find(|(key, _)| key.eq_ignore_ascii_case("authorization"));
    match given {
        Some((_, Value::String(value))) => Some(value),
        // Null is how programs send nothing; anything else is no credential of ours.
        Some((_, Value::Null)) | None => None,
        Some(_) => Some(String::new()),
    }
}

/// The client is let in.
pub(super) fn ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// The answer to a ping.
pub(super) fn pong(payload: Option<Value>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }),
        None => json!({ "type": "pong" }),
    }
    .to_string()
}

/// An answer, whose JSON is sent as it is.
pub(super) fn next(id: &str, body: &[u8]) -> String {
    format!(r#"{{"id":{},"type":"next","payload":{}}}"#, json!(id), String::from_utf8_lossy(body))
}

/// An operation that was refused, or ends because of that.
pub(super) fn error(id: &str, errors: &Value) -> String {
    json!({ "id": id, "type": "error", "payload": errors }).to_string()
}

/// An operation that has ended.
pub(super) fn complete(id: &str) -> String {
    json!({ "id": id, "type": "complete" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::{Said, Why, next, read};

    #[test]
    fn a_message_is_read_as_the_protocol_has_it() {
        assert!(matches!(read(r#"{"type":"connection_init"}"#), Ok(Said::Init { authorization: None })));
        let init = read(r#"{"type":"connection_init","payload":{"AuthoriZation":"Bearer x"}}"#);
        assert!(matches!(init, Ok(Said::Init { authorization: Some(value) }) if value == "Bearer x"));
        assert!(matches!(read(r#"{"type":"ping","payload":{"a":1}}"#), Ok(Said::Ping { payload: Some(_) })));
        assert!(matches!(read(r#"{"type":"pong","payload":null}"#), Ok(Said::Pong)));
        let begun = read(r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":null,"x":1}}"#);
        assert!(matches!(begun, Ok(Said::Subscribe { id, ask }) if id == "1" && ask.is_ok()));
        assert!(matches!(read(r#"{"id":"1","type":"complete"}"#), Ok(Said::Complete { id }) if id == "1"));
    }

    #[test]
    fn whatever_else_a_client_says_is_invalid() {
        for text in [
            "", "1", "[]", "{}", "nonsense", r#"{"type":1}"#, r#"{"type":"next","id":"1"}"#, r#"{"type":"start","id":"1"}"#,
            r#"{"type":"connection_init","payload":""}"#, r#"{"type":"ping","payload":[]}"#, r#"{"type":"complete"}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#, r#"{"id":"","type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"id":1,"type":"subscribe","payload":{"query":"{a}"}}"#, r#"{"id":"1","type":"subscribe"}"#,
            r#"{"id":"1","type":"subscribe","payload":{}}"#, r#"{"id":"1","type":"subscribe","payload":{"query":0}}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":"x"}}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","operationName":1}}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","extensions":1}}"#,
        ] {
            assert!(matches!(read(text), Err(Why::Invalid(_))), "{text}");
        }
        assert_eq!(read(&format!("[{}0]", "0,".repeat(30_000))).err(), Some(Why::TooLarge));
    }

    #[test]
    fn an_answer_is_sent_as_it_is() {
        assert_eq!(next("a\"", br#"{"data":{"a":1}}"#), r#"{"id":"a\"","type":"next","payload":{"data":{"a":1}}}"#);
    }
}
