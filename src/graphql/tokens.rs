//! Texts that differ in comments and blanks alone are one document. What is told of places in it is told of
//! places in the text that the client sent.

use async_graphql::Pos;
use sha2::{Digest as _, Sha256};

use super::guard::{Excess, Limits, Scan, scan_with};

/// The tokens of a text, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sum([u8; 32]);

impl Sum {
    /// The sum of a text that somebody with these limits sends, and what else was seen of it.
    ///
    /// # Errors
    /// What there is too much of.
    pub fn of(text: &str, limits: &Limits) -> Result<(Self, Scan), Excess> {
        // One update for all of them: each by itself costs more than the hashing.
        let mut tokens = Vec::with_capacity(text.len() * 2);
        let scan = scan_with(text, limits, |_, token| {
            tokens.extend_from_slice(&u32::try_from(token.len()).unwrap_or(u32::MAX).to_le_bytes());
            tokens.extend_from_slice(token);
        })?;
        Ok((Self(Sha256::digest(&tokens).into()), scan))
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The places in `to` of what stands at these places in `from`, a text of the same tokens.
pub fn moved(from: &str, to: &str, places: &mut [Pos]) {
    if from == to || places.is_empty() {
        return;
    }
    let (from, to) = (starts(from), starts(to));
    for place in places {
        let token = from.iter().position(|start| start == place);
        if let Some(start) = token.and_then(|token| to.get(token)) {
            *place = *start;
        }
    }
}

/// Where each token begins, as the parser counts.
fn starts(text: &str) -> Vec<Pos> {
    let mut starts = Vec::new();
    let (mut seen, mut at) = (0, Pos { line: 1, column: 1 });
    // It was within its sender's limits when it came.
    let unbounded = Limits { bytes: usize::MAX, tokens: usize::MAX, ..Limits::STAFF };
    let _ = scan_with(text, &unbounded, |start, _| {
        for letter in text.get(seen..start).unwrap_or_default().chars() {
            match letter {
                '\r' => at.column = 1,
                '\n' => at = Pos { line: at.line + 1, column: 1 },
                _ => at.column += 1,
            }
        }
        seen = start;
        starts.push(at);
    });
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(text: &str) -> Sum {
        Sum::of(text, &Limits::STAFF).expect("small").0
    }

    #[test]
    fn comments_and_blanks_do_not_count_and_everything_else_does() {
        let plain = sum("{ a(b: \"c d\") e }");
        for same in ["{a(b:\"c d\")e}", "#x\n{ a(b: \"c d\")\r\n\t, e,, }", "\u{feff}{ a(b: # \"\n \"c d\") e }#"] {
            assert_eq!(sum(same), plain, "{same}");
        }
        for other in ["{ a(b: \"c  d\") e }", "{ a(b: \"c d\") ee }", "{ a(b: \"cd\") e }", "{ a(b: \"\"\"c d\"\"\") e }", "{ ae(b: \"c d\") }"] {
            assert_ne!(sum(other), plain, "{other}");
        }
        assert_ne!(sum("{ ab c }"), sum("{ a bc }"));
    }

    #[test]
    fn places_are_those_of_the_other_text() {
        let mut places = [Pos { line: 1, column: 3 }, Pos { line: 1, column: 7 }, Pos { line: 9, column: 9 }];
        moved("{ a { b } }", "# ä\n{\n  a\n  { b } }", &mut places);
        assert_eq!(places, [Pos { line: 3, column: 3 }, Pos { line: 4, column: 5 }, Pos { line: 9, column: 9 }]);
    }
}
