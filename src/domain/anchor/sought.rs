//! Looking for a quote that no comparison brought along: words moved on their own, or put back. Only
//! what is new counts: a quote that stood elsewhere before, and still does, is another one.

use std::sync::OnceLock;

use super::index::{Index, loose};
use super::words::{Words, is_spelled, pieces};
use super::{Passage, around};

/// How many places are looked at for one quote's own words, and again for the words around it.
const MOST_LOOKS: usize = 128;
/// How many bytes of long quotes are compared in those looks.
const MOST_BYTES: usize = 1 << 18;
/// How much of a long quote is searched by.
const LONGEST_HEAD: usize = 1 << 11;
/// How often a word may stand in a text for the quote to be counted by it.
const MOST_COUNTED: usize = 64;
/// Letters around a short quote that have to be the same.
const LEAST_CONTEXT: usize = 8;
/// Letters of a quote that is found without them, where it is the only one.
const LEAST_ALONE: usize = 4;
/// How many of the best places are compared with what else was lost.
const MOST_DISPUTED: usize = 8;

/// A quote looked for in the new text.
#[derive(Clone, Copy)]
pub(super) struct Sought<'q> {
    pub(super) quote: &'q str,
    /// What stood before it where it stood last.
    pub(super) before: &'q str,
    /// What stood after it.
    pub(super) after: &'q str,
    /// Where it begins in the old text, if it stands there.
    pub(super) own: Option<usize>,
    /// Where it is expected, for what nothing else tells apart.
    pub(super) near: usize,
}

/// Where the words of one of the texts stand. Few passages have an anchor that must be looked for.
#[derive(Debug, Default)]
pub(super) struct Places {
    loose: OnceLock<Index>,
    all: OnceLock<Index>,
}

/// A word by which a quote is looked for.
#[derive(Clone, Copy)]
struct Key {
    id: u32,
    /// Where the word and the quote begin, in bytes of the same text.
    word: usize,
    quote: usize,
    /// Whether it is one of the quote's, rather than one next to it.
    is_inside: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Old,
    New,
}

impl Passage<'_> {
    /// The byte at which the quote stands in the new text.
    pub(super) fn seek(&self, sought: &Sought<'_>) -> Option<usize> {
        let stays = sought.own.and_then(|own| self.destination(sought.quote, own).or_else(|| self.slip(sought.quote, own)));
        if stays.is_some() {
            return stays;
        }
        let keys = self.keys(sought);
        let mut found: Vec<(usize, usize)> = self
            .look(Side::New, sought, &keys)
            .into_iter()
            .filter(|&start| self.is_new(sought, start))
            .map(|start| (agreement(sought, self.new, start), start))
            .collect();
        found.sort_by_key(|&(agreement, start)| (std::cmp::Reverse(agreement), start.abs_diff(sought.near)));
        let needed = needed_agreement(sought);
        let (best, _) = *found.first()?;
        if best < needed && !self.is_only_one(sought, &keys) {
            return None;
        }
        found.retain(|&(agreement, _)| agreement >= needed.min(best));
        let rivals = self.rivals(sought, &keys);
        found.into_iter().take(MOST_DISPUTED).find(|&(agreement, start)| !self.is_disputed(&rivals, sought, agreement, start)).map(|(_, start)| start)
    }

    /// Where the quote that began here in the old text went, if most of it went there.
    fn destination(&self, quote: &str, own: usize) -> Option<usize> {
        // What holds most of a quote holds its middle.
        let most = self.stretches.at_old(own + quote.len() / 2)?;
        let shared = most.old_end().min(own + quote.len()) - most.old.max(own);
        let start = (most.new + own).checked_sub(most.old)?;
        (2 * shared >= quote.len() && stands(self.new, quote, start)).then_some(start)
    }

    /// Whether no quote stood elsewhere in the old text that this was. A word or two may have been taken
    /// for the same in two different texts: what was put back is told from that by what is around it.
    fn is_new(&self, sought: &Sought<'_>, start: usize) -> bool {
        self.origin(sought.quote, start).is_none_or(|origin| {
            let (before, after) = around(self.old, origin, origin + sought.quote.len());
            sought.own.is_none()
                && agreement(&Sought { before, after, ..*sought }, self.new, start) < LEAST_CONTEXT
                && agreement(sought, self.new, start) >= 2 * LEAST_CONTEXT
        })
    }

    /// Where the quote that begins here in the new text stood in the old, if most of it did.
    fn origin(&self, quote: &str, start: usize) -> Option<usize> {
        let most = self.stretches.at_new(start + quote.len() / 2)?;
        let shared = most.new_end().min(start + quote.len()) - most.new.max(start);
        let own = (most.old + start).checked_sub(most.new)?;
        (2 * shared >= quote.len() && stands(self.old, quote, own)).then_some(own)
    }

    /// Where the quote stands if what was taken out was not itself but the same text next to it.
    fn slip(&self, quote: &str, own: usize) -> Option<usize> {
        let (old, new) = (&self.pairs.old, &self.pairs.new);
        let after = self.slack.partition_point(|slack| old.get(slack.old_end).is_some_and(|word| word.start <= own));
        let slack = self.slack.get(after)?;
        // As if it had been taken out earlier, then as if later: which words would have stayed then?
        let earlier = (slack.old_end.checked_sub(slack.left)?, slack.new.checked_sub(slack.left)?, slack.left);
        let later = (slack.old, slack.new, slack.right);
        [earlier, later].into_iter().filter(|&(.., count)| count > 0).find_map(|(first, there, count)| {
            let (from, to) = (old.get(first)?.start, old.get(first + count - 1)?.end);
            let start = (new.get(there)?.start + own).checked_sub(from)?;
            (from <= own && own < to && stands(self.new, quote, start)).then_some(start)
        })
    }

    /// What the quote is looked for by: its own words, and those around it.
    fn keys(&self, sought: &Sought<'_>) -> Vec<Key> {
        let head = sought.quote.get(..sought.quote.floor_char_boundary(LONGEST_HEAD)).unwrap_or_default();
        let after = if head.len() == sought.quote.len() { sought.after } else { "" };
        let text = [sought.before, head, after].concat();
        let quote = sought.before.len();
        pieces(&text)
            // At the ends there may be parts of words only.
            .filter(|piece| (piece.start > 0 || quote == 0) && (piece.end < text.len() || after.is_empty()))
            .filter_map(|piece| {
                let id = self.dictionary.known(text.get(piece.start..piece.end)?)?;
                let is_inside = piece.end > quote && piece.start < quote + head.len();
                Some(Key { id, word: piece.start, quote, is_inside })
            })
            .collect()
    }

    /// Where the quote stands and was not brought along from, or to, the other text. Looks at a fixed
    /// number of places, those first that rare words lead to, and those near where it is expected.
    fn look(&self, side: Side, sought: &Sought<'_>, keys: &[Key]) -> Vec<usize> {
        let index = self.loose(side);
        let words = self.words(side);
        let most = (MOST_BYTES / sought.quote.len().max(1)).clamp(2, MOST_LOOKS);
        let mut found = Vec::new();
        for is_inside in [true, false] {
            let mut keys: Vec<&Key> = keys.iter().filter(|key| key.is_inside == is_inside).collect();
            keys.sort_by_key(|key| index.places(key.id).len());
            let mut left = most;
            for key in keys {
                if left == 0 {
                    break;
                }
                let near = (sought.near + key.word).saturating_sub(key.quote);
                let (before, after) = parted(index.places(key.id), |&place| words.start(place) < near);
                let mut before = before.iter().rev().peekable();
                let mut after = after.iter().peekable();
                while left > 0 {
                    let nearer = match (before.peek(), after.peek()) {
                        (Some(&&b), Some(&&a)) if near - words.start(b) > words.start(a) - near => after.next(),
                        (Some(_), _) => before.next(),
                        (None, _) => after.next(),
                    };
                    let Some(&place) = nearer else { break };
                    left -= 1;
                    let start = (words.start(place) + key.quote).checked_sub(key.word);
                    found.extend(start.filter(|&start| {
                        !found.contains(&start)
                            && stands(words.text, sought.quote, start)
                            && has_whole_words(words.text, sought, start)
                    }));
                }
            }
        }
        found
    }

    /// Where else the quote stood in the old text and was lost.
    fn rivals(&self, sought: &Sought<'_>, keys: &[Key]) -> Vec<usize> {
        let mut rivals = self.look(Side::Old, sought, keys);
        let end = |start: usize| start + sought.quote.len();
        rivals.retain(|&rival| {
            Some(rival) != sought.own
                && self.stretches.carry(rival, end(rival)).is_none()
                && self.destination(sought.quote, rival).is_none()
        });
        rivals
    }

    /// Whether something else that was lost fits better here. What stood until now has the first claim.
    fn is_disputed(&self, rivals: &[usize], sought: &Sought<'_>, agreement: usize, start: usize) -> bool {
        rivals.iter().any(|&rival| {
            let (before, after) = around(self.old, rival, rival + sought.quote.len());
            let theirs = self::agreement(&Sought { before, after, ..*sought }, self.new, start);
            if sought.own.is_some() { theirs > agreement } else { theirs >= agreement }
        })
    }

    /// Whether the quote, a word or more, stands once in the new text and nowhere else in the old.
    fn is_only_one(&self, sought: &Sought<'_>, keys: &[Key]) -> bool {
        let count = |side| {
            let index = self.all(side);
            let key = keys.iter().filter(|key| key.is_inside).min_by_key(|key| index.places(key.id).len());
            let places = key.map(|key| (key, index.places(key.id))).filter(|(_, places)| places.len() <= MOST_COUNTED);
            places.map(|(key, places)| {
                let starts = places.iter().filter_map(|&place| (self.words(side).start(place) + key.quote).checked_sub(key.word));
                starts.filter(|&start| stands(self.words(side).text, sought.quote, start)).count()
            })
        };
        letters(sought.quote) >= LEAST_ALONE
            && count(Side::New) == Some(1)
            && count(Side::Old) == Some(usize::from(sought.own.is_some()))
    }

    fn words(&self, side: Side) -> &Words<'_> {
        match side {
            Side::Old => &self.pairs.old,
            Side::New => &self.pairs.new,
        }
    }

    fn loose(&self, side: Side) -> &Index {
        let words = self.words(side);
        let (places, loose): (_, fn(&Self) -> Vec<bool>) = match side {
            Side::Old => (&self.old_places, |passage| {
                loose(&passage.pairs.old, passage.stretches.by_old().iter().map(|part| (part.old, part.old_end())))
            }),
            Side::New => (&self.new_places, |passage| {
                loose(&passage.pairs.new, passage.stretches.by_new().iter().map(|part| (part.new, part.new_end())))
            }),
        };
        places.loose.get_or_init(|| {
            let loose = loose(self);
            Index::of(words, self.dictionary.size(), |place| loose.get(place) == Some(&true))
        })
    }

    fn all(&self, side: Side) -> &Index {
        let places = if side == Side::Old { &self.old_places } else { &self.new_places };
        places.all.get_or_init(|| Index::of(self.words(side), self.dictionary.size(), |_| true))
    }
}

fn parted<T>(list: &[T], is_before: impl Fn(&T) -> bool) -> (&[T], &[T]) {
    list.split_at(list.partition_point(is_before))
}

fn stands(text: &str, quote: &str, start: usize) -> bool {
    text.get(start..start + quote.len()) == Some(quote)
}

/// Whether the quote begins and ends within the same words here as it did: 'art' is not in 'part'.
fn has_whole_words(text: &str, sought: &Sought<'_>, start: usize) -> bool {
    let (before, after) = around(text, start, start + sought.quote.len());
    let first = |text| str::split(text, |c| !is_spelled(c)).next();
    let last = |text| str::rsplit(text, |c| !is_spelled(c)).next();
    (!sought.quote.starts_with(is_spelled) || last(before) == last(sought.before))
        && (!sought.quote.ends_with(is_spelled) || first(after) == first(sought.after))
}

/// How much right before and right after the quote is the same here as where it stood.
fn agreement(sought: &Sought<'_>, text: &str, start: usize) -> usize {
    let (before, after) = around(text, start, start + sought.quote.len());
    common(sought.before.chars().rev(), before.chars().rev()) + common(sought.after.chars(), after.chars())
}

/// How much two texts begin with alike, white space aside. That both end says something too.
fn common(one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> usize {
    let (mut one, mut other) = (one.filter(|c| !c.is_whitespace()), other.filter(|c| !c.is_whitespace()));
    let mut alike = 0;
    loop {
        match (one.next(), other.next()) {
            (Some(a), Some(b)) if a == b => alike += weight(a).max(1),
            (None, None) => return alike + LEAST_CONTEXT / 2,
            _ => return alike,
        }
    }
}

/// How much must agree: nothing where the quote says enough itself, else as much as there was.
fn needed_agreement(sought: &Sought<'_>) -> usize {
    let head = sought.quote.get(..sought.quote.floor_char_boundary(LONGEST_HEAD)).unwrap_or_default();
    let words = pieces(head).filter(|piece| piece.is_word).count();
    let letters = letters(head);
    if letters >= 24 || letters >= 16 && words >= 4 {
        return 0;
    }
    LEAST_CONTEXT.min(self::letters(sought.before) + self::letters(sought.after))
}

fn letters(text: &str) -> usize {
    text.chars().map(weight).sum()
}

/// A letter by its bytes: a Chinese character says as much as three letters.
fn weight(c: char) -> usize {
    if c.is_alphanumeric() { c.len_utf8() } else { 0 }
}
