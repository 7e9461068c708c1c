//! Comments that follow their text. An editor pins a comment to a stretch of the body; whatever is
//! written before, after and around it, it stays with these very words, and follows them where they
//! are moved. Once somebody changes the words themselves it is outdated, until they come back.
//!
//! A comparison of two texts pairs their words in passes of fixed cost, so no text makes it slow:
//! [`seeds`] finds what stands only once in each, moved or not; [`gaps`] what lies between; [`tidy`]
//! sets right what a person would see otherwise. [`sought`] looks for what none of them found.
//!
//! Invariant: no library's diff. Those at hand (imara-diff 0.2, similar 3) took 20 to 45 seconds for
//! two texts of 1 MiB with few different words, or stop by the clock.

mod gaps;
mod index;
mod pairs;
mod ruler;
mod seeds;
mod sought;
mod stretches;
#[cfg(test)]
mod tests;
mod tidy;
mod words;

use pairs::Pairs;
use ruler::Ruler;
use sought::{Places, Sought};
use stretches::Stretches;
use tidy::Slack;
use words::{Dictionary, Words};

/// How many characters on each side an anchor remembers.
const CONTEXT: usize = 64;

/// A stretch of a text, in Unicode scalar values, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first character.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
}

/// Where an anchor stands, or stood last, with some of the text around, by which it is found again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The quote's characters.
    pub span: Span,
    /// At most 64 characters before it.
    pub before: String,
    /// At most 64 characters after it.
    pub after: String,
}

/// Where a quote stands for the `occurrence`-th time, counted from 0, left to right, not overlapping.
#[must_use]
pub fn find(text: &str, quote: &str, occurrence: usize) -> Option<Span> {
    if quote.is_empty() {
        return None;
    }
    let (byte, _) = text.match_indices(quote).nth(occurrence)?;
    let start = text.get(..byte)?.chars().count();
    Some(Span { start, end: start + quote.chars().count() })
}

/// How often a quote stands in a text, not overlapping.
#[must_use]
pub fn occurrences(text: &str, quote: &str) -> usize {
    if quote.is_empty() { 0 } else { text.matches(quote).count() }
}

/// A place of a text, with what is around it. Beyond the text's end nothing is.
#[must_use]
pub fn place(text: &str, span: Span) -> Place {
    let ruler = Ruler::new(text);
    let byte = |char| ruler.byte_at(char).unwrap_or(text.len());
    placed(text, span, byte(span.start), byte(span.end))
}

fn placed(text: &str, span: Span, start: usize, end: usize) -> Place {
    let (before, after) = around(text, start, end);
    Place { span, before: before.to_owned(), after: after.to_owned() }
}

/// The text around a part of it.
fn around(text: &str, start: usize, end: usize) -> (&str, &str) {
    let before = text.get(..start).unwrap_or_default();
    let from = before.char_indices().rev().take(CONTEXT).last().map_or(start, |(at, _)| at);
    let after = text.get(end..).unwrap_or_default();
    let to = after.char_indices().nth(CONTEXT).map_or(after.len(), |(at, _)| at);
    (before.get(from..).unwrap_or_default(), after.get(..to).unwrap_or_default())
}

/// What became of one text in the next: one comparison, for all anchors of a draft.
#[derive(Debug)]
pub struct Passage<'a> {
    old: &'a str,
    new: &'a str,
    old_ruler: Ruler<'a>,
    new_ruler: Ruler<'a>,
    dictionary: Dictionary<'a>,
    pairs: Pairs<'a>,
    stretches: Stretches,
    slack: Vec<Slack>,
    old_places: Places,
    new_places: Places,
}

impl<'a> Passage<'a> {
    /// Compares two texts. The time it takes depends on their length alone.
    #[must_use]
    pub fn between(old: &'a str, new: &'a str) -> Self {
        let mut dictionary = Dictionary::default();
        let old_words = Words::of(old, &mut dictionary);
        let mut pairs = Pairs::new(old_words, Words::of(new, &mut dictionary));
        seeds::sow(&mut pairs);
        let all = (pairs.old.len(), pairs.new.len());
        seeds::sow_between(&mut pairs, 3, |old, new| (old, new) != all);
        seeds::sow_between(&mut pairs, 1, gaps::is_wide);
        let mut cells = gaps::MOST_CELLS;
        gaps::close(&mut pairs, &mut cells);
        seeds::sow_moved(&mut pairs);
        gaps::close_nearby(&mut pairs, &mut cells);
        let slack = tidy::tidy(&mut pairs);
        let stretches = Stretches::of(&pairs);
        Self {
            old,
            new,
            old_ruler: Ruler::new(old),
            new_ruler: Ruler::new(new),
            dictionary,
            pairs,
            stretches,
            slack,
            old_places: Places::default(),
            new_places: Places::default(),
        }
    }

    /// Where an anchor that stands in the old text stands in the new; `None` once its words are gone.
    #[must_use]
    pub fn follow(&self, quote: &str, place: &Place) -> Option<Place> {
        if quote.is_empty() {
            return None;
        }
        let start = self.old_ruler.byte_at(place.span.start)?;
        let end = start + quote.len();
        if self.old.get(start..end) != Some(quote) {
            // It does not stand there, whatever the caller thought.
            return self.find_again(quote, place);
        }
        let new = self.stretches.carry(start, end).or_else(|| {
            let (before, after) = around(self.old, start, end);
            self.seek(&Sought { quote, before, after, own: Some(start), near: self.stretches.near_new(start) })
        })?;
        Some(self.at(new, quote, place.span))
    }

    /// Where an anchor whose words were gone already stands again: they were put back or pasted.
    #[must_use]
    pub fn find_again(&self, quote: &str, lost: &Place) -> Option<Place> {
        if quote.is_empty() {
            return None;
        }
        let near = self.new_ruler.byte_at(lost.span.start).unwrap_or(self.new.len());
        let (before, after) = (lost.before.as_str(), lost.after.as_str());
        let new = self.seek(&Sought { quote, before, after, own: None, near })?;
        Some(self.at(new, quote, lost.span))
    }

    /// The place at this byte of the new text of what had this span.
    fn at(&self, start: usize, quote: &str, span: Span) -> Place {
        let from = self.new_ruler.char_at(start);
        let span = Span { start: from, end: from + span.end.saturating_sub(span.start) };
        placed(self.new, span, start, start + quote.len())
    }
}
