//! What became of each stretch of the old text, in bytes: stretches that went over unchanged.

use super::pairs::{Pairs, Run};
use super::words::{Word, Words, is_spelled};

/// Text that went over unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) old: usize,
    pub(super) new: usize,
    pub(super) len: usize,
}

impl Stretch {
    pub(super) const fn old_end(&self) -> usize {
        self.old + self.len
    }

    pub(super) const fn new_end(&self) -> usize {
        self.new + self.len
    }
}

/// All stretches, in the order of either text. They do not overlap.
#[derive(Debug)]
pub(super) struct Stretches {
    by_old: Vec<Stretch>,
    by_new: Vec<Stretch>,
}

impl Stretches {
    pub(super) fn of(pairs: &Pairs<'_>) -> Self {
        // The texts' borders went together as well: what stands next to them may be part of a word.
        let mut by_old = vec![Stretch { old: 0, new: 0, len: 0 }];
        by_old.extend(joined(pairs, &pairs.runs()));
        by_old.push(Stretch { old: pairs.old.text.len(), new: pairs.new.text.len(), len: 0 });
        widen(pairs, &mut by_old);
        by_old.retain(|stretch| stretch.len > 0);
        by_old.dedup_by(|next, last| {
            let goes_on = last.old_end() == next.old && last.new_end() == next.new;
            if goes_on {
                last.len += next.len;
            }
            goes_on
        });
        let mut by_new = by_old.clone();
        by_new.sort_unstable_by_key(|stretch| stretch.new);
        Self { by_old, by_new }
    }

    /// The stretch that holds this byte of the old text.
    pub(super) fn at_old(&self, byte: usize) -> Option<Stretch> {
        let at = self.by_old.partition_point(|stretch| stretch.old_end() <= byte);
        self.by_old.get(at).copied().filter(|stretch| stretch.old <= byte)
    }

    /// The stretch that holds this byte of the new text.
    pub(super) fn at_new(&self, byte: usize) -> Option<Stretch> {
        let at = self.by_new.partition_point(|stretch| stretch.new_end() <= byte);
        self.by_new.get(at).copied().filter(|stretch| stretch.new <= byte)
    }

    /// In the order of the old text.
    pub(super) fn by_old(&self) -> &[Stretch] {
        &self.by_old
    }

    /// In the order of the new text.
    pub(super) fn by_new(&self) -> &[Stretch] {
        &self.by_new
    }

    /// Where this part of the old text went, if it went over whole.
    pub(super) fn carry(&self, start: usize, end: usize) -> Option<usize> {
        let after = self.by_old.partition_point(|stretch| stretch.old_end() < end);
        let stretch = self.by_old.get(after).filter(|stretch| stretch.old <= start)?;
        Some(stretch.new + (start - stretch.old))
    }

    /// Where the old text stood that about this byte of the new text came from, or went to from the
    /// old: for guesses.
    pub(super) fn near_new(&self, old: usize) -> usize {
        let after = self.by_old.partition_point(|stretch| stretch.old_end() < old);
        match self.by_old.get(after) {
            Some(stretch) => (stretch.new + old).saturating_sub(stretch.old),
            None => self.by_old.last().map_or(old, |last| (last.new + old).saturating_sub(last.old)),
        }
    }
}

/// Runs of words as stretches, parted where the white space differs.
fn joined(pairs: &Pairs<'_>, runs: &[Run]) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::with_capacity(runs.len());
    for run in runs {
        for step in 0..run.len {
            let (old, new) = (run.old + step, run.new + step);
            let (Some(word), Some(there)) = (pairs.old.get(old), pairs.new.get(new)) else { continue };
            match stretches.last_mut() {
                Some(last) if step > 0 && pairs.old.space_before(old) == pairs.new.space_before(new) => {
                    last.len = word.end - last.old;
                }
                _ => stretches.push(Stretch { old: word.start, new: there.start, len: word.end - word.start }),
            }
        }
    }
    stretches
}

/// Takes in the equal characters around each stretch, as far as the next ones reach.
fn widen(pairs: &Pairs<'_>, stretches: &mut [Stretch]) {
    let (old, new) = (&pairs.old, &pairs.new);
    let mut in_new: Vec<(usize, usize, usize)> =
        stretches.iter().zip(0..).map(|(stretch, index)| (stretch.new, stretch.len, index)).collect();
    in_new.sort_unstable();

    let mut limits = vec![new.text.len(); stretches.len()];
    for (&(.., index), &(start, ..)) in in_new.iter().zip(in_new.iter().skip(1)) {
        if let Some(limit) = limits.get_mut(index) {
            *limit = start;
        }
    }
    let old_limits: Vec<usize> = stretches.iter().skip(1).map(|next| next.old).chain([old.text.len()]).collect();
    for ((stretch, old_limit), &new_limit) in stretches.iter_mut().zip(old_limits).zip(&limits) {
        stretch.len += equal_after(old, stretch.old_end()..old_limit, new, stretch.new_end()..new_limit);
    }

    limits.fill(0);
    for (&(.., before), &(.., index)) in in_new.iter().zip(in_new.iter().skip(1)) {
        let end = stretches.get(before).map_or(0, Stretch::new_end);
        if let Some(limit) = limits.get_mut(index) {
            *limit = end;
        }
    }
    let mut old_limit = 0;
    for (stretch, &new_limit) in stretches.iter_mut().zip(&limits) {
        let len = equal_before(old, old_limit..stretch.old, new, new_limit..stretch.new);
        old_limit = stretch.old_end();
        (stretch.old, stretch.new, stretch.len) = (stretch.old - len, stretch.new - len, stretch.len + len);
    }
}

type Range = std::ops::Range<usize>;

/// How many bytes two parts begin with alike.
fn equal_after(old: &Words<'_>, in_old: Range, new: &Words<'_>, in_new: Range) -> usize {
    let (from_old, from_new) = (in_old.start, in_new.start);
    let texts = (old.text.get(in_old).unwrap_or_default(), new.text.get(in_new).unwrap_or_default());
    let alike = texts.0.chars().zip(texts.1.chars()).take_while(|(a, b)| a == b);
    let len = alike.map(|(c, _)| c.len_utf8()).sum::<usize>();
    match cut_words(old, from_old + len, new, from_new + len) {
        Some(word) if len > 0 => len.saturating_sub((from_old + len).saturating_sub(word.start)),
        _ => len,
    }
}

/// How many bytes two parts end with alike.
fn equal_before(old: &Words<'_>, in_old: Range, new: &Words<'_>, in_new: Range) -> usize {
    let (to_old, to_new) = (in_old.end, in_new.end);
    let texts = (old.text.get(in_old).unwrap_or_default(), new.text.get(in_new).unwrap_or_default());
    let alike = texts.0.chars().rev().zip(texts.1.chars().rev()).take_while(|(a, b)| a == b);
    let len = alike.map(|(c, _)| c.len_utf8()).sum::<usize>();
    match cut_words(old, to_old - len, new, to_new - len) {
        Some(word) if len > 0 => len.saturating_sub(word.end.saturating_sub(to_old - len)),
        _ => len,
    }
}

/// The old word that a cut here would go through, where it goes through another word of the new text.
fn cut_words(old: &Words<'_>, in_old: usize, new: &Words<'_>, in_new: usize) -> Option<Word> {
    let (word, other) = (old.around(in_old)?, new.around(in_new)?);
    (!is_same_word(old, word, new, other)).then_some(word)
}

/// Whether one word was made from the other: letters were only put in or only taken out, or most of
/// them stayed. Otherwise a new word merely begins or ends with the same letter.
fn is_same_word(old: &Words<'_>, a: Word, new: &Words<'_>, b: Word) -> bool {
    let a = old.text.get(a.start..a.end).unwrap_or_default();
    let b = new.text.get(b.start..b.end).unwrap_or_default();
    let head: usize = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(c, _)| c.len_utf8()).sum();
    let tails = a.chars().rev().zip(b.chars().rev()).take_while(|(x, y)| x == y);
    let tail: usize = tails.map(|(c, _)| c.len_utf8()).sum();
    let same = (head + tail).min(a.len()).min(b.len());
    same == a.len().min(b.len()) || 2 * same >= a.len().max(b.len()) && a.chars().all(is_spelled)
}
