//! Drafts whose words have names, so that the true place of a quote is known through every edit.

use std::ops::Range;

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::*;

/// Words that come again and again, as in any article; some take more than a byte a character, some
/// more than a character a letter.
const WORDS: [&str; 40] = [
    "the", "a", "of", "to", "and", "in", "that", "is", "it", "was", "for", "on", "council", "mayor", "budget", "vote",
    "city", "school", "said", "no.", "new", "road", "plan", "money,", "year", "people", "Monday", "report", "will", "not",
    "by", "Zürich", "cafe\u{301}", "東京", "👩\u{200d}👧", "🎉", "\"court", "judge", "**late**", "again.",
];

/// Words that no draft has before somebody writes them.
const OTHER_WORDS: [&str; 12] =
    ["jury", "tram", "harbour", "über", "“quite”", "we", "at", "which", "had", "(now)", "雪", "2031."];

/// A word that nobody else has the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    name: usize,
    word: &'static str,
}

/// Paragraphs of words.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    paragraphs: Vec<Vec<Named>>,
    names: usize,
    line_end: &'static str,
}

/// What an editor does in one go. Places are drawn from what there is at the time.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    PutIn(Index, Vec<&'static str>),
    TakeOut(Index, usize),
    Replace(Index, Vec<&'static str>),
    AddParagraph(Index, Vec<&'static str>),
    DropParagraph(Index),
    MoveParagraph(Index, Index),
}

/// What is done to quoted words themselves.
#[derive(Clone, Debug)]
pub(super) enum Harm {
    TakeOut,
    TakeOutWord(Index),
    Change(Index),
    PutIn(Index),
    TakeOutParagraph,
}

impl Draft {
    fn name(&mut self, words: &[&'static str]) -> Vec<Named> {
        let first = self.names;
        self.names += words.len();
        words.iter().zip(first..).map(|(&word, name)| Named { name, word }).collect()
    }

    pub(super) fn text(&self) -> String {
        let paragraph = |words: &Vec<Named>| words.iter().map(|word| word.word).collect::<Vec<_>>().join(" ");
        self.paragraphs.iter().map(paragraph).collect::<Vec<_>>().join(&self.line_end.repeat(2))
    }

    /// Some words of one paragraph that stand in a row.
    pub(super) fn quote(&self, at: Index, len: usize) -> Vec<Named> {
        let rich: Vec<&Vec<Named>> = self.paragraphs.iter().filter(|words| words.len() >= len).collect();
        let places: usize = rich.iter().map(|words| words.len() - len + 1).sum();
        let mut place = at.index(places);
        for words in rich {
            if place <= words.len() - len {
                return words[place..place + len].to_vec();
            }
            place -= words.len() - len + 1;
        }
        unreachable!("the place was drawn from those there are");
    }

    /// These words with some more of the paragraph on both sides.
    pub(super) fn widened(&self, quote: &[Named], by: usize) -> Vec<Named> {
        let (number, place) = self.find(quote).unwrap();
        let words = &self.paragraphs[number];
        words[place.saturating_sub(by)..(place + quote.len() + by).min(words.len())].to_vec()
    }

    /// Where these very words stand, in characters; `None` unless all do, in a row.
    pub(super) fn span(&self, quote: &[Named]) -> Option<Span> {
        let (number, place) = self.find(quote)?;
        let before = self.paragraphs[..number].iter().map(|words| said(words).chars().count() + 2 * self.line_end.len());
        let within = if place == 0 { 0 } else { said(&self.paragraphs[number][..place]).chars().count() + 1 };
        let start = before.sum::<usize>() + within;
        Some(Span { start, end: start + said(quote).chars().count() })
    }

    /// Puts the same words in the midst of another paragraph.
    pub(super) fn repeat(&mut self, quote: &[Named], at: Index) -> Vec<Named> {
        let copy = self.name(&quote.iter().map(|word| word.word).collect::<Vec<_>>());
        let (own, _) = self.find(quote).unwrap();
        let other = (own + 1 + at.index(self.paragraphs.len() - 1)) % self.paragraphs.len();
        let middle = self.paragraphs[other].len() / 2;
        self.paragraphs[other].splice(middle..middle, copy.clone());
        copy
    }

    /// Takes these words out, or puts a word in their midst.
    pub(super) fn damage(&mut self, quote: &[Named], harm: &Harm) {
        let (number, place) = self.find(quote).unwrap();
        let words = &mut self.paragraphs[number];
        let inner = |at: &Index| place + at.index(quote.len());
        match harm {
            Harm::TakeOut => drop(words.drain(place..place + quote.len())),
            Harm::TakeOutWord(at) => drop(words.remove(inner(at))),
            Harm::Change(at) => words[inner(at)] = Named { name: self.names, word: "changed" },
            Harm::PutIn(at) => {
                let inner = place + 1 + at.index(quote.len() - 1);
                words.insert(inner, Named { name: self.names, word: "between" });
            }
            Harm::TakeOutParagraph => drop(self.paragraphs.remove(number)),
        }
        self.names += 1;
    }

    pub(super) fn shuffle(&mut self, order: &[Index]) {
        let mut rest = std::mem::take(&mut self.paragraphs);
        for at in order.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            self.paragraphs.push(rest.remove(at.index(rest.len())));
        }
    }

    fn find(&self, quote: &[Named]) -> Option<(usize, usize)> {
        let numbered = self.paragraphs.iter().enumerate();
        let mut found = numbered.flat_map(|(number, words)| (0..words.len()).map(move |at| (number, at, &words[at..])));
        found.find(|(.., rest)| rest.starts_with(quote)).map(|(number, at, _)| (number, at))
    }

    /// Applies an edit that leaves the quote whole.
    pub(super) fn edit_around(&mut self, edit: &Edit, quote: &[Named]) {
        let holds = |words: &[Named]| words.iter().any(|word| quote.contains(word));
        match edit {
            Edit::PutIn(at, words) => {
                let words = self.name(words);
                let (paragraph, place) = self.gap(*at, |before, after| !(holds(&[before]) && holds(&[after])));
                self.paragraphs[paragraph].splice(place..place, words);
            }
            Edit::TakeOut(at, len) => self.replace(*at, *len, vec![], holds),
            Edit::Replace(at, words) => {
                let words = self.name(words);
                self.replace(*at, words.len(), words, holds);
            }
            Edit::AddParagraph(at, words) => {
                let words = self.name(words);
                self.paragraphs.insert(at.index(self.paragraphs.len() + 1), words);
            }
            Edit::DropParagraph(at) => {
                let at = at.index(self.paragraphs.len());
                if !holds(&self.paragraphs[at]) {
                    self.paragraphs.remove(at);
                }
            }
            Edit::MoveParagraph(from, to) => {
                let words = self.paragraphs.remove(from.index(self.paragraphs.len()));
                self.paragraphs.insert(to.index(self.paragraphs.len() + 1), words);
            }
        }
    }

    /// A place between two words of which this holds, or at the end of a paragraph.
    fn gap(&self, at: Index, is_open: impl Fn(Named, Named) -> bool) -> (usize, usize) {
        let mut gaps = Vec::new();
        for (number, words) in self.paragraphs.iter().enumerate() {
            gaps.push((number, words.len()));
            gaps.extend(words.windows(2).zip(1..).filter(|(pair, _)| is_open(pair[0], pair[1])).map(|(_, at)| (number, at)));
        }
        gaps[at.index(gaps.len())]
    }

    fn replace(&mut self, at: Index, len: usize, by: Vec<Named>, holds: impl Fn(&[Named]) -> bool) {
        let mut runs: Vec<(usize, Range<usize>)> = Vec::new();
        for (number, words) in self.paragraphs.iter().enumerate() {
            for start in 0..words.len() {
                let end = (start + len).min(words.len());
                if !holds(&words[start..end]) {
                    runs.push((number, start..end));
                }
            }
        }
        if !runs.is_empty() {
            let (number, run) = runs[at.index(runs.len())].clone();
            self.paragraphs[number].splice(run, by);
        }
    }
}

/// The words as they stand in the text.
pub(super) fn said(quote: &[Named]) -> String {
    quote.iter().map(|word| word.word).collect::<Vec<_>>().join(" ")
}

fn words(from: &'static [&'static str], len: Range<usize>) -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(from), len)
}

pub(super) fn draft() -> impl Strategy<Value = Draft> {
    (prop::collection::vec(words(&WORDS, 8..40).no_shrink(), 3..9).no_shrink(), any::<bool>()).prop_map(|(paragraphs, is_crlf)| {
        let line_end = if is_crlf { "\r\n" } else { "\n" };
        let mut draft = Draft { paragraphs: vec![], names: 0, line_end };
        for words in paragraphs {
            let words = draft.name(&words);
            draft.paragraphs.push(words);
        }
        draft
    })
}

/// An edit that keeps the order of what stays, with words that come again and again.
pub(super) fn edit() -> impl Strategy<Value = Edit> {
    edit_with(&WORDS)
}

/// An edit that keeps the order of what stays, and never happens to write a quote anew.
pub(super) fn fresh_edit() -> impl Strategy<Value = Edit> {
    edit_with(&OTHER_WORDS)
}

fn edit_with(from: &'static [&'static str]) -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        3 => (at(), words(from, 1..5)).prop_map(|(at, words)| Edit::PutIn(at, words)),
        3 => (at(), 1..5_usize).prop_map(|(at, len)| Edit::TakeOut(at, len)),
        3 => (at(), words(from, 1..4)).prop_map(|(at, words)| Edit::Replace(at, words)),
        1 => (at(), words(from, 8..40)).prop_map(|(at, words)| Edit::AddParagraph(at, words)),
        1 => at().prop_map(Edit::DropParagraph),
    ]
}

pub(super) fn harm() -> impl Strategy<Value = Harm> {
    let at = any::<Index>;
    prop_oneof![
        Just(Harm::TakeOut),
        at().prop_map(Harm::TakeOutWord),
        at().prop_map(Harm::Change),
        at().prop_map(Harm::PutIn),
        Just(Harm::TakeOutParagraph),
    ]
}

pub(super) fn moving() -> impl Strategy<Value = Edit> {
    (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Edit::MoveParagraph(from, to))
}
