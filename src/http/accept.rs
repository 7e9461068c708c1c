//! What the client wants to read, and what it says that it sends.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};

use super::Refused;

/// The media types of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`, which is 200 for every well-formed request, as clients expect since long ago.
    Json,
    /// `application/graphql-response+json`, whose status tells whether the document was executed.
    GraphQl,
}

impl Media {
    /// Chooses by the Accept header; none where the client reads neither.
    pub(super) fn wanted(headers: &HeaderMap) -> Option<Self> {
        let ranges = ranges(headers);
        if ranges.is_empty() {
            return Some(Self::Json);
        }
        let json = liking(&ranges, "application/json");
        let graphql = liking(&ranges, "application/graphql-response+json");
        match (json, graphql) {
            (None, None) => None,
            // Somebody who names the newer type knows what to do with it; '*/*' does not name it.
            (json, Some((quality, 2))) if json.is_none_or(|(other, _)| quality >= other) => Some(Self::GraphQl),
            (None, Some(_)) => Some(Self::GraphQl),
            (Some(_), _) => Some(Self::Json),
        }
    }

    /// The content type, as the header says it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
        }
    }

    /// The status of a well-formed request that was not executed.
    pub(super) const fn refusal(self) -> StatusCode {
        match self {
            Self::Json => StatusCode::OK,
            Self::GraphQl => StatusCode::BAD_REQUEST,
        }
    }
}

/// The ranges of the Accept header with their qualities in thousandths.
fn ranges(headers: &HeaderMap) -> Vec<(String, u16)> {
    let lines = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    let parts = lines.flat_map(|line| line.split(',')).take(50);
    parts
        .filter_map(|part| {
            let mut words = part.split(';').map(str::trim);
            let name = words.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
            let quality = words.find_map(|word| word.strip_prefix("q=").or_else(|| word.strip_prefix("Q=")));
            Some((name, quality.map_or(1000, thousandths)))
        })
        .collect()
}

/// `0.9` as 900; nonsense as nothing.
fn thousandths(text: &str) -> u16 {
    let value = text.trim().parse::<f32>().unwrap_or(0.0).clamp(0.0, 1.0);
    // Between 0 and 1000, so nothing is cut off.
    (value * 1000.0).round() as u16
}

/// How much a type is liked, by the range that names it most exactly: 2 itself, 1 its kind, 0 anything.
fn liking(ranges: &[(String, u16)], name: &str) -> Option<(u16, u8)> {
    let exactness = |range: &str| match range {
        "*/*" => Some(0),
        "application/*" => Some(1),
        range if range == name => Some(2),
        _ => None,
    };
    let best = ranges.iter().filter_map(|(range, quality)| Some((exactness(range)?, *quality))).max()?;
    Some((best.1, best.0)).filter(|(quality, _)| *quality > 0)
}

/// Sees that a body is JSON. Nothing else is taken: a browser sends forms and text to other sites
/// without asking them first, and somebody's cookie with it.
pub(super) fn must_be_json(http: &HttpRequest) -> Result<(), Refused> {
    let header = |name| http.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let refused = |message: &str| Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT", message));
    let mut words = header(CONTENT_TYPE).split(';').map(str::trim);
    if !words.next().unwrap_or_default().eq_ignore_ascii_case("application/json") {
        return refused("Send the request as JSON, with the header 'Content-Type: application/json'.");
    }
    let charset = words.find_map(|word| word.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("charset")));
    if charset.is_some_and(|(_, value)| !value.trim_matches('"').eq_ignore_ascii_case("utf-8")) {
        return refused("Send the request in UTF-8.");
    }
    if !matches!(header(CONTENT_ENCODING), "" | "identity") {
        return refused("Send the request uncompressed.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::Media::{self, GraphQl, Json};

    fn wanted(accept: &str) -> Option<Media> {
        Media::wanted(TestRequest::default().insert_header(("accept", accept)).to_http_request().headers())
    }

    #[test]
    fn the_newer_type_is_for_who_names_it() {
        assert_eq!(Media::wanted(TestRequest::default().to_http_request().headers()), Some(Json));
        for (accept, media) in [
            ("", Some(Json)),
            ("*/*", Some(Json)),
            ("application/*", Some(Json)),
            ("application/json", Some(Json)),
            ("application/json, text/plain, */*", Some(Json)),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Some(Json)),
            ("application/graphql-response+json", Some(GraphQl)),
            ("application/graphql-response+json;charset=utf-8, application/json;charset=utf-8", Some(GraphQl)),
            ("application/graphql-response+json,application/json;q=0.9", Some(GraphQl)),
            ("application/graphql-response+json;q=0.5,application/json;q=0.9", Some(Json)),
            ("application/json;q=0, */*", Some(GraphQl)),
            ("application/json;q=0", None),
            ("text/html", None),
        ] {
            assert_eq!(wanted(accept), media, "{accept}");
        }
    }
}
