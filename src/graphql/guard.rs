//! What a request's document may be. The library bounds none of this, and its parser overflows
//! the stack on literals nested 2,000 deep, so the raw text is judged before it is parsed
//! ([`scan`]), and the parsed document before it is validated ([`weigh`]). Both take time linear
//! in the text.

mod cost;
mod overlap;
#[cfg(test)]
mod tests;
mod weight;

pub use cost::cost;
pub use weight::{Weight, weigh};

/// Bytes of a name. One that is long is written as often as its field is answered.
const NAME: usize = 128;
/// Brackets of any kind that may be open at once.
const NESTING: usize = 64;

/// How large a document may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of text.
    pub bytes: usize,
    /// Tokens of text.
    pub tokens: usize,
    /// Fields with another name than their own, those in fragments each time they are spread.
    pub aliases: u64,
    /// Fields within fields.
    pub depth: u32,
    /// Directives, where they are written.
    pub directives: usize,
    /// What one operation may cost, in fields of its answer.
    pub cost: u64,
}

impl Limits {
    /// For anybody.
    pub const ANONYMOUS: Self =
        Self { bytes: 32 << 10, tokens: 2_000, aliases: 30, depth: 15, directives: 50, cost: 25_000 };
    /// For who is signed in.
    pub const STAFF: Self =
        Self { bytes: 256 << 10, tokens: 20_000, aliases: 200, depth: 15, directives: 50, cost: 100_000 };
}

/// Why a document goes no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Excess {
    /// The text is too long.
    TooLarge(String),
    /// It asks for too much.
    TooComplex(String),
    /// It cannot be a document.
    Unparsable(String),
    /// It is a document that the specification forbids.
    Invalid(String),
}

impl Excess {
    /// The public code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "PAYLOAD_TOO_LARGE",
            Self::TooComplex(_) => "QUERY_TOO_COMPLEX",
            Self::Unparsable(_) => "GRAPHQL_PARSE_FAILED",
            Self::Invalid(_) => "GRAPHQL_VALIDATION_FAILED",
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::TooLarge(message) | Self::TooComplex(message) | Self::Unparsable(message) | Self::Invalid(message) => {
                message
            }
        }
    }
}

/// What a text was found to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Names, values and signs.
    pub tokens: usize,
    /// Places where a variable is declared or used: each use copies its value.
    pub variables: usize,
}

/// Judges the raw text, reading strings and comments exactly as the parser does: what it took for
/// text and the parser for brackets would get through.
///
/// # Errors
/// What there is too much of.
pub fn scan(text: &str, limits: &Limits) -> Result<Scan, Excess> {
    scan_with(text, limits, |_, _| ())
}

/// The same, with each token and the place of its first byte.
///
/// # Errors
/// What there is too much of.
pub fn scan_with(text: &str, limits: &Limits, mut see: impl FnMut(usize, &[u8])) -> Result<Scan, Excess> {
    if text.len() > limits.bytes {
        return Err(Excess::TooLarge(format!(
            "The document has {} bytes; at most {} are allowed. Send long values as variables.",
            text.len(),
            limits.bytes
        )));
    }
    let mut scan = Scan::default();
    let mut open = 0usize;
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let (token, before, is_name) = (rest, rest.len(), byte.is_ascii_alphabetic() || byte == b'_');
        rest = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                rest = after;
                continue;
            }
            // A byte order mark, which the parser passes over anywhere.
            0xef if after.starts_with(b"\xbb\xbf") => {
                rest = after.get(2..).unwrap_or_default();
                continue;
            }
            b'#' => {
                rest = from(after, |byte| matches!(byte, b'\r' | b'\n'));
                continue;
            }
            b'"' => string(rest)?,
            b'(' | b'[' | b'{' => {
                open += 1;
                after
            }
            b')' | b']' | b'}' => {
                open = open.saturating_sub(1);
                after
            }
            b'$' => {
                scan.variables += 1;
                after
            }
            b'.' => from(after, |byte| byte != b'.'),
            b'-' | b'0'..=b'9' => number(rest),
            byte if byte.is_ascii_alphabetic() || byte == b'_' => word(rest),
            _ => after,
        };
        scan.tokens += 1;
        see(text.len().saturating_sub(before), token.get(..before.saturating_sub(rest.len())).unwrap_or_default());
        if is_name && before.saturating_sub(rest.len()) > NAME {
            return Err(Excess::TooComplex(format!("The document has a name of more than {NAME} characters.")));
        }
        if open > NESTING {
            return Err(Excess::TooComplex(format!("The document nests brackets more than {NESTING} deep.")));
        }
        if scan.tokens > limits.tokens {
            return Err(Excess::TooComplex(format!(
                "The document has more than {} tokens; ask for less at a time.",
                limits.tokens
            )));
        }
    }
    Ok(scan)
}

/// What follows from the first byte on at which to stop.
fn from(bytes: &[u8], stop: impl Fn(u8) -> bool) -> &[u8] {
    let end = bytes.iter().position(|&byte| stop(byte)).unwrap_or(bytes.len());
    bytes.get(end..).unwrap_or_default()
}

/// What follows the number that `bytes` begin with. The parser takes `00` and `1-1` for two numbers
/// each, so that a list of them needs no signs between.
fn number(bytes: &[u8]) -> &[u8] {
    let digits = |bytes| from(bytes, |byte| !byte.is_ascii_digit());
    let rest = match bytes.strip_prefix(b"-").unwrap_or(bytes) {
        [b'0', after @ ..] => after,
        whole => digits(whole),
    };
    let rest = match rest {
        [b'.', b'0'..=b'9', after @ ..] => digits(after),
        _ => rest,
    };
    match rest {
        [b'e' | b'E', b'0'..=b'9', after @ ..] | [b'e' | b'E', b'+' | b'-', b'0'..=b'9', after @ ..] => digits(after),
        _ => rest,
    }
}

/// What follows the word that `bytes` begin with. Where a value stands the parser takes `nulltrue` for
/// two; so it is here wherever it stands, at the price of one token for a name such as `nullable`.
fn word(bytes: &[u8]) -> &[u8] {
    let value = [&b"true"[..], b"false", b"null"].iter().find_map(|value| bytes.strip_prefix(*value));
    value.unwrap_or_else(|| from(bytes, |byte| !(byte.is_ascii_alphanumeric() || byte == b'_')))
}

/// What follows the string that `bytes` begin with. One without an end is refused here, because
/// the parser would try to read it in another way.
fn string(bytes: &[u8]) -> Result<&[u8], Excess> {
    let unending = || Excess::Unparsable("Syntax error: a string has no end.".into());
    if let Some(mut rest) = bytes.strip_prefix(br#"""""#) {
        loop {
            if let Some(after) = rest.strip_prefix(br#"""""#) {
                return Ok(after);
            }
            rest = match rest.strip_prefix(br#"\""""#) {
                Some(after) => after,
                None => rest.split_first().ok_or_else(unending)?.1,
            };
        }
    }
    let mut rest = bytes.strip_prefix(b"\"").unwrap_or(bytes);
    loop {
        rest = match rest {
            [b'"', after @ ..] => return Ok(after),
            [] | [b'\r' | b'\n', ..] | [b'\\', b'\r' | b'\n', ..] => return Err(unending()),
            [b'\\', _, after @ ..] | [_, after @ ..] => after,
        };
    }
}
