//! What is kept of an article so that it is found.

use std::collections::{HashMap, HashSet};

use super::words::Lexer;

/// How many words of an article are found: some forty pages. PostgreSQL knows no place of a word beyond.
const FOUND: usize = 16_000;
/// Nor is text looked at beyond so many bytes, for texts that are one endless word or none.
const LOOKED_AT: usize = 512 * 1024;
/// How many words a body begins with.
const OPENING: usize = 40;
/// A word that a body has so often matters in it.
const OFTEN: usize = 3;
/// How many such words are kept, those that stand most often.
const FREQUENT: usize = 24;

/// The words of an article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Of the headline.
    pub headline: Vec<String>,
    /// Of the dek.
    pub dek: Vec<String>,
    /// Of the body.
    pub body: Vec<String>,
    /// The body's first words, a bar, and those that it often has.
    pub gist: Vec<String>,
}

impl Document {
    /// What is kept of these texts.
    #[must_use]
    pub fn of(headline: &str, dek: &str, text: &str, lexer: &Lexer) -> Self {
        let words = |text: &str, most: usize| -> Vec<String> {
            let looked_at = text.get(..text.floor_char_boundary(LOOKED_AT)).unwrap_or(text);
            lexer.words(looked_at).take(most).map(|word| word.term).collect()
        };
        let headline = words(headline, FOUND);
        let dek = words(dek, FOUND.saturating_sub(headline.len()));
        let body = words(text, FOUND.saturating_sub(headline.len() + dek.len()));
        let gist = gist(&body);
        Self { headline, dek, body, gist }
    }
}

fn gist(body: &[String]) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in body {
        *counts.entry(word).or_default() += 1;
    }
    let opening: Vec<&str> = body.iter().take(OPENING).map(String::as_str).collect();
    let known: HashSet<&str> = opening.iter().copied().collect();
    let mut frequent: Vec<(&str, usize)> = counts.into_iter().filter(|(word, times)| *times >= OFTEN && !known.contains(word)).collect();
    frequent.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    let frequent = frequent.into_iter().take(FREQUENT).flat_map(|(word, _)| ["|", word]);
    opening.into_iter().chain(frequent).map(str::to_owned).collect()
}

/// Bits of a place that are not its time.
const REST: u32 = 31;

/// Where an article stands among all: newer ones higher, those of one second in no order, told apart by the end
/// of their ids.
#[must_use]
pub fn place(published_at: i64, id: &[u8; 16]) -> i64 {
    // Before 1970 and after 2106 all are of one second.
    let seconds = published_at.clamp(0, i64::from(u32::MAX));
    let [.., a, b, c, d] = *id;
    (seconds << REST) | (i64::from(u32::from_be_bytes([a, b, c, d])) >> 1)
}

/// The lowest place of a second, where there is one.
#[must_use]
pub fn seconds(published_at: i64) -> i64 {
    published_at.clamp(0, i64::from(u32::MAX)) << REST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gist_is_how_a_body_begins_and_what_it_often_says() {
        let text = format!("{} tide tide tide wall wall barrier barrier barrier barrier", "opening ".repeat(40));
        let document = Document::of("A Headline", "", &text, &Lexer::default());

        assert_eq!(document.headline, ["a", "headline"]);
        assert_eq!(document.body.len(), 49);
        assert_eq!(document.gist[38..], ["opening", "opening", "|", "barrier", "|", "tide"]);
    }

    #[test]
    fn endless_bodies_are_bounded() {
        for text in ["word ".repeat(200_000), "x".repeat(1024 * 1024), "東".repeat(300_000), "e\u{301}".repeat(300_000)] {
            assert!(Document::of("h", "d", &text, &Lexer::default()).body.len() < FOUND);
        }
    }

    #[test]
    fn newer_articles_stand_higher_whatever_their_ids() {
        assert!(place(1_700_000_001, &[0; 16]) > place(1_700_000_000, &[255; 16]));
        assert!(place(i64::MAX, &[255; 16]) > 0);
        assert_eq!(place(-5, &[0; 16]), 0);
        assert!(seconds(1_700_000_000) <= place(1_700_000_000, &[0; 16]) && place(1_700_000_000, &[255; 16]) < seconds(1_700_000_001));
    }
}
