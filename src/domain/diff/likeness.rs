//! How alike texts are: which of some paragraphs, items or lines are others, edited.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::compare::{Effort, Numbers, compare, kept, within};
use super::parts::Part;
use super::words::telling;

/// How many words are looked at. Of more, only the rarest are: they tell more.
const MANY: usize = 16 * 1024;

/// Which parts are the same ones edited, by the words that they have in common in order. Both numbers
/// of these pairs ascend.
pub(in crate::domain) fn alike(
    before: &[Part<'_>],
    after: &[Part<'_>],
    effort: &mut Effort,
) -> Vec<(usize, usize)> {
    let bytes = before.iter().chain(after).map(|part| part.html.len()).sum();
    if before.is_empty() || after.is_empty() || !effort.read(bytes) {
        return Vec::new();
    }
    let words = Words::of(before, after);
    let mut pairs = words.in_common(effort);
    pairs.retain(|pair| match (before.get(pair.old), after.get(pair.new)) {
        (Some(old), Some(new)) if old.name == new.name => words.are_alike(pair, old.name == "figure"),
        _ => false,
    });
    // Those with the most in common, each part once.
    pairs.sort_by_key(|pair| Reverse(pair.weight));
    let (mut olds, mut news) = (HashSet::new(), HashSet::new());
    pairs.retain(|pair| {
        let is_free = !olds.contains(&pair.old) && !news.contains(&pair.new);
        is_free && olds.insert(pair.old) && news.insert(pair.new)
    });
    // Words were compared in order, so no two pairs cross.
    let mut pairs: Vec<_> = pairs.into_iter().map(|pair| (pair.old, pair.new)).collect();
    pairs.sort_unstable();
    pairs
}

/// Two parts, and what their common words weigh.
struct Pair {
    old: usize,
    new: usize,
    weight: u64,
}

struct Word {
    number: u32,
    part: u32,
}

#[derive(Default)]
struct Side {
    words: Vec<Word>,
    /// What the words of each part weigh.
    weights: Vec<u64>,
}

/// The words of all parts, or those that are looked at.
#[derive(Default)]
struct Words {
    sides: [Side; 2],
    /// What each word weighs, by its number.
    weights: Vec<u8>,
    /// How often each word occurs on each side, by its number.
    occurrences: Vec<[u8; 2]>,
}

impl Words {
    fn of<'h>(before: &[Part<'h>], after: &[Part<'h>]) -> Self {
        let mut words = Self::default();
        let mut numbers = Numbers::new();
        for (side, parts) in [before, after].into_iter().enumerate() {
            words.read(side, parts, &mut numbers);
        }
        words.leave_out_common_ones();
        words
    }

    fn read<'h>(&mut self, side: usize, parts: &[Part<'h>], numbers: &mut Numbers<&'h str>) {
        let Some(Side { words, weights }) = self.sides.get_mut(side) else { return };
        weights.resize(parts.len(), 0);
        for (part, at) in parts.iter().zip(0..) {
            for (word, weight) in telling(part.html) {
                let number = numbers.of(word);
                if number as usize == self.weights.len() {
                    self.weights.push(weight);
                    self.occurrences.push([0; 2]);
                }
                let counts = self.occurrences.get_mut(number as usize);
                if let Some(count) = counts.and_then(|counts| counts.get_mut(side)) {
                    *count = count.saturating_add(1);
                }
                words.push(Word { number, part: at });
            }
        }
    }

    /// Leaves out the most common words where there are many, and weighs the rest.
    fn leave_out_common_ones(&mut self) {
        let often = |word: &Word| {
            let counts = self.occurrences.get(word.number as usize).copied().unwrap_or_default();
            usize::from(counts.into_iter().max().unwrap_or_default())
        };
        let mut words_by_count = [0_usize; 256];
        for word in self.sides.iter().flat_map(|side| &side.words) {
            if let Some(sum) = words_by_count.get_mut(often(word)) {
                *sum += 1;
            }
        }
        let mut sum = 0;
        let common = words_by_count.iter().position(|count| {
            sum += count;
            sum > MANY
        });
        for side in &mut self.sides {
            side.words.retain(|word| common.is_none_or(|common| often(word) < common));
            for word in &side.words {
                let weight = self.weights.get(word.number as usize).copied().unwrap_or_default();
                if let Some(sum) = side.weights.get_mut(word.part as usize) {
                    *sum += u64::from(weight);
                }
            }
        }
    }

    /// All pairs that have words in common.
    fn in_common(&self, effort: &mut Effort) -> Vec<Pair> {
        let [old, new] = &self.sides;
        let numbers = |side: &Side| side.words.iter().map(|word| word.number).collect::<Vec<_>>();
        let changes = compare(&numbers(old), &numbers(new), effort);
        let mut pairs: Vec<Pair> = Vec::new();
        for stretch in kept(&changes, old.words.len()) {
            let words = within(&old.words, &stretch.before).iter().zip(within(&new.words, &stretch.after));
            for (word, same) in words {
                let weight = u64::from(self.weights.get(word.number as usize).copied().unwrap_or_default());
                let (old, new) = (word.part as usize, same.part as usize);
                match pairs.last_mut().filter(|last| (last.old, last.new) == (old, new)) {
                    Some(last) => last.weight += weight,
                    None => pairs.push(Pair { old, new, weight }),
                }
            }
        }
        pairs
    }

    /// Whether two parts are one that was edited: half of the shorter one is in common, and enough of
    /// the longer one for that to be no accident. A figure is the same with another picture or another
    /// caption.
    fn are_alike(&self, pair: &Pair, is_figure: bool) -> bool {
        let [old, new] = &self.sides;
        let (Some(old), Some(new)) = (old.weights.get(pair.old), new.weights.get(pair.new)) else {
            return false;
        };
        let (shorter, longer) = (*old.min(new), *old.max(new));
        if is_figure {
            pair.weight * 4 >= longer
        } else {
            pair.weight * 2 >= shorter && pair.weight * 6 >= longer
        }
    }
}
