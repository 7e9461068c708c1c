//! What a request asks, read from its body or its query string within bounds.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, web};
use futures_util::StreamExt as _;
use serde_json::{Map, Value};

use super::Refused;
use crate::graphql::request::{Ask, Fault, Unfit};

/// How long a client may take to send a body.
const PATIENCE: Duration = Duration::from_secs(30);
/// Values that a body may hold: each takes some 500 bytes on its way, for two bytes of text.
const VALUES: usize = 20_000;
/// Bytes of text that cost as much to copy as one value.
pub(super) const COPIED: usize = 16;

/// Reads a body of at most `limit` bytes, and keeps nothing of one that has more.
pub(super) async fn read(http: &HttpRequest, mut payload: web::Payload, limit: usize) -> Result<Vec<u8>, Refused> {
    let too_large = || {
        let message = format!("The request has more than {limit} bytes. Send less at a time, or sign in to send more.");
        Refused::from(Unfit::new(Fault::TooLarge, "PAYLOAD_TOO_LARGE", message))
    };
    let announced = http.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(announced.unwrap_or_default());
    let whole = async {
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Unfit::malformed("The request's body broke off."))?;
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(())
    };
    let late = || Refused::new(StatusCode::REQUEST_TIMEOUT, "BAD_USER_INPUT", "The request's body took too long to arrive.");
    match tokio::time::timeout(PATIENCE, whole).await.unwrap_or_else(|_| Err(late())) {
        Ok(()) => Ok(body),
        Err(refused) => Err(Refused { rest: Some(Box::new(payload)), ..refused }),
    }
}

/// The last answer on a connection whose client is still sending. It keeps hold of what was not
/// read until all of it is sent: then the server closes the connection after a moment, where
/// otherwise it would go on reading for as long as chunks come.
pub(super) struct Last {
    text: Bytes,
    _rest: web::Payload,
}

impl Last {
    pub(super) fn new(text: String, rest: web::Payload) -> Self {
        Self { text: text.into(), _rest: rest }
    }
}

impl MessageBody for Last {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.text.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let text = std::mem::take(&mut self.text);
        Poll::Ready((!text.is_empty()).then_some(Ok(text)))
    }
}

/// Reads a body.
pub(super) fn from_json(body: &[u8]) -> Result<Ask, Unfit> {
    let values = count(body)?;
    let not_json = |error: serde_json::Error| {
        Unfit::malformed(format!(
            "The request is no JSON at line {}, column {}; send an object with the key query.",
            error.line(),
            error.column()
        ))
    };
    match serde_json::from_slice(body).map_err(not_json)? {
        Value::Object(parts) => Ask::from_parts(parts, values + body.len() / COPIED),
        Value::Array(_) => Err(Unfit::malformed("Send one request at a time, not a list of them.")),
        _ => Err(Unfit::malformed("Send a JSON object with the key query.")),
    }
}

/// Reads a query string, in which variables and extensions are JSON.
pub(super) fn from_query_string(text: &str) -> Result<Ask, Unfit> {
    let mut parts = Map::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        let value = match name.as_ref() {
            "query" | "documentId" | "doc_id" | "id" if value.is_empty() => Value::Null,
            "query" | "documentId" | "doc_id" | "id" => Value::String(value.into_owned()),
            "operationName" if value.is_empty() => Value::Null,
            "operationName" => Value::String(value.into_owned()),
            "variables" | "extensions" if value.is_empty() => Value::Null,
            "variables" | "extensions" => {
                count(value.as_bytes())?;
                serde_json::from_str(&value).map_err(|_| Unfit::field(&name, "is no JSON"))?
            }
            _ => continue,
        };
        parts.insert(name.into_owned(), value);
    }
    Ask::from_parts(parts, text.len() / COPIED + 1)
}

/// How many values some JSON holds at most, counted without building them.
pub(super) fn count(json: &[u8]) -> Result<usize, Unfit> {
    let mut values = 1;
    let mut bytes = json.iter();
    let mut in_string = false;
    while let Some(byte) = bytes.next() {
        match (in_string, byte) {
            (true, b'\\') => {
                bytes.next();
            }
            (_, b'"') => in_string = !in_string,
            (false, b',' | b'[' | b'{') => values += 1,
            _ => {}
        }
    }
    if values > VALUES {
        return Err(Unfit::new(Fault::TooLarge, "PAYLOAD_TOO_LARGE", format!("The request holds more than {VALUES} values. Send less at a time.")));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::{count, from_json, from_query_string};

    fn refusal(body: &str) -> String {
        from_json(body.as_bytes()).err().map(|refused| refused.message).unwrap_or_default()
    }

    #[test]
    fn a_request_is_one_object_of_the_right_types() {
        let ask = from_json(br#"{"query":"{a}","operationName":null,"variables":{"a":[1]},"extensions":{},"x":1}"#);
        let ask = ask.expect("it is right");
        assert_eq!((ask.query.as_deref(), ask.operation_name), (Some("{a}"), None));
        assert!(refusal("[{\"query\":\"{a}\"}]").contains("one request at a time"));
        assert!(refusal("\"{a}\"").contains("JSON object"));
        assert!(refusal("{\"query\":").contains("line 1, column 9"));
        assert!(refusal("{}").starts_with("query is missing"));
        assert!(refusal(r#"{"query":["a"]}"#).starts_with("query has to be text"));
        assert!(refusal(r#"{"query":"{a}","variables":"x"}"#).starts_with("variables"));
        assert!(refusal(r#"{"query":"{a}","operationName":{}}"#).starts_with("operationName"));
        assert!(refusal(r#"{"query":"{a}","extensions":0}"#).starts_with("extensions"));
        assert!(refusal(r#"{"extensions":{"persistedQuery":{}}}"#).starts_with("extensions.persistedQuery.sha256Hash"));
        assert!(refusal(&format!("{}1{}", "[".repeat(9_000), "]".repeat(9_000))).contains("is no JSON"));
    }

    #[test]
    fn a_query_string_says_the_same() {
        let ask = from_query_string("query=%7Ba%7D&operationName=&variables=%7B%22a%22%3A1%7D&other=1").expect("right");
        assert_eq!((ask.query.as_deref(), ask.operation_name), (Some("{a}"), None));
        assert_eq!(ask.variables.len(), 1);
        assert!(from_query_string("query=a&variables=%7B").is_err());
        assert!(from_query_string("").is_err());
    }

    #[test]
    fn values_are_counted_outside_text() {
        assert_eq!(count(br#"{"a,[{\"":[1,2],"b":"[,"}"#).ok(), Some(5));
        assert!(count("[0,".repeat(20_000).as_bytes()).is_err());
    }
}
