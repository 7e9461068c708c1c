//! Which part of an article became which: alike ones are the same one edited, wherever they stand in
//! order.

use super::compare::{Effort, Numbers, compare, kept, within};
use super::markup::without_ids;
use super::parts::Part;
use super::words;

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate<'h> {
    /// It is as it was.
    Same(Part<'h>),
    /// The first was edited to the second.
    Edited(Part<'h>, Part<'h>),
    /// It went.
    Gone(Part<'h>),
    /// It came.
    New(Part<'h>),
}

/// What became of each part, in the order in which to show it.
pub(super) fn align<'h>(before: &[Part<'h>], after: &[Part<'h>], effort: &mut Effort) -> Vec<Fate<'h>> {
    let changes = {
        let mut numbers = Numbers::new();
        let [before, after] = [before, after].map(|parts| {
            parts.iter().map(|part| numbers.of(without_ids(part.html))).collect::<Vec<_>>()
        });
        drop(numbers);
        compare(&before, &after, effort)
    };
    let mut fates = Vec::new();
    let mut kept = kept(&changes, before.len());
    let mut same = |fates: &mut Vec<Fate<'h>>| {
        let stretch = kept.next().map(|kept| within(after, &kept.after)).unwrap_or_default();
        fates.extend(stretch.iter().map(|part| Fate::Same(*part)));
    };
    for change in &changes {
        same(&mut fates);
        edited(within(before, &change.before), within(after, &change.after), effort, &mut fates);
    }
    same(&mut fates);
    fates
}

/// Parts that differ: those edited among those that went and came.
fn edited<'h>(before: &[Part<'h>], after: &[Part<'h>], effort: &mut Effort, fates: &mut Vec<Fate<'h>>) {
    let (mut old, mut new) = (before.iter(), after.iter());
    for (gone, came) in pairs(before, after, effort) {
        let (at_old, at_new) = (before.len() - old.len(), after.len() - new.len());
        fates.extend(old.by_ref().take(gone - at_old).map(|part| Fate::Gone(*part)));
        fates.extend(new.by_ref().take(came - at_new).map(|part| Fate::New(*part)));
        if let (Some(old), Some(new)) = (old.next(), new.next()) {
            fates.push(Fate::Edited(*old, *new));
        }
    }
    fates.extend(old.map(|part| Fate::Gone(*part)));
    fates.extend(new.map(|part| Fate::New(*part)));
}

/// Which of the one belong to which of the other, both ascending.
fn pairs(before: &[Part<'_>], after: &[Part<'_>], effort: &mut Effort) -> Vec<(usize, usize)> {
    let is_only_one = |(old, new): &(&Part<'_>, &Part<'_>)| old.name == new.name && old.is_only_one();
    let all_cells = before.len() == after.len() && before.iter().chain(after).all(Part::is_cell);
    // What holds other parts, or text within another part, is compared further in any case.
    let one = matches!((before, after), ([old], [new]) if old.name == new.name && (old.is_run() || old.has_parts()));
    if all_cells || one {
        return (0..before.len()).map(|at| (at, at)).collect();
    }
    let head = before.iter().zip(after).take_while(is_only_one).count();
    let (old, new) = (before.get(head..).unwrap_or_default(), after.get(head..).unwrap_or_default());
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(is_only_one).count();
    let [rest_old, rest_new] = [old, new].map(|parts| parts.get(..parts.len() - tail).unwrap_or_default());
    let mut pairs: Vec<_> = (0..head).map(|at| (at, at)).collect();
    pairs.extend(alike(rest_old, rest_new, effort).into_iter().map(|(old, new)| (old + head, new + head)));
    pairs.extend((0..tail).map(|at| (before.len() - tail + at, after.len() - tail + at)));
    pairs
}

/// How many words are looked at. Of more, only the rarest are: they tell more.
const MANY: usize = 16 * 1024;

/// Parts by the words that they have in common, in order.
fn alike(before: &[Part<'_>], after: &[Part<'_>], effort: &mut Effort) -> Vec<(usize, usize)> {
    let bytes = before.iter().chain(after).map(|part| part.html.len()).sum();
    if before.is_empty() || after.is_empty() || !effort.read(bytes) {
        return Vec::new();
    }
    let mut sides = Sides::default();
    {
        let mut numbers = Numbers::new();
        for (side, parts) in [before, after].into_iter().enumerate() {
            sides.read(side, parts, &mut numbers);
        }
    }
    sides.leave_out_common_words();
    let [old, new] = sides.sides.each_ref().map(|side| {
        side.words.iter().map(|word| word.number).collect::<Vec<_>>()
    });
    let changes = compare(&old, &new, effort);
    let mut candidates: Vec<Candidate> = Vec::new();
    let [old, new] = &sides.sides;
    for stretch in kept(&changes, old.words.len()) {
        for (word, other) in within(&old.words, &stretch.before).iter().zip(within(&new.words, &stretch.after)) {
            let weight = u64::from(sides.weights.get(word.number as usize).copied().unwrap_or_default());
            let pair = (word.part as usize, other.part as usize);
            match candidates.last_mut().filter(|last| last.pair == pair) {
                Some(last) => last.weight += weight,
                None => candidates.push(Candidate { pair, weight }),
            }
        }
    }
    candidates.retain(|candidate| {
        let (at_old, at_new) = candidate.pair;
        let weights = (old.weights.get(at_old), new.weights.get(at_new));
        let same_kind = before.get(at_old).map(|part| part.name) == after.get(at_new).map(|part| part.name);
        let is_figure = before.get(at_old).is_some_and(|part| part.name == "figure");
        matches!(weights, (Some(old), Some(new)) if same_kind && is_alike(candidate.weight, *old, *new, is_figure))
    });
    best(candidates)
}

/// Whether two parts that have this much in common are one that was edited: half of the shorter one,
/// and enough of the longer one to be no accident. A figure is the same with another picture, or
/// another caption.
fn is_alike(common: u64, old: u64, new: u64, is_figure: bool) -> bool {
    if is_figure { common * 4 >= old.max(new) } else { common * 2 >= old.min(new) && common * 6 >= old.max(new) }
}

struct Candidate {
    pair: (usize, usize),
    weight: u64,
}

/// Those with the most in common, each part once. Words were compared in order, so no two pairs cross.
fn best(mut candidates: Vec<Candidate>) -> Vec<(usize, usize)> {
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.weight));
    let (mut olds, mut news) = (std::collections::HashSet::new(), std::collections::HashSet::new());
    let mut pairs: Vec<_> = candidates.into_iter().map(|candidate| candidate.pair).collect();
    pairs.retain(|(old, new)| {
        let free = !olds.contains(old) && !news.contains(new);
        free && olds.insert(*old) && news.insert(*new)
    });
    pairs.sort_unstable();
    pairs
}

struct Word {
    number: u32,
    part: u32,
}

#[derive(Default)]
struct Side {
    words: Vec<Word>,
    /// How much there is in each part.
    weights: Vec<u64>,
}

/// The words of both sides.
#[derive(Default)]
struct Sides {
    sides: [Side; 2],
    /// How much each word weighs, by its number.
    weights: Vec<u8>,
    /// How often each word occurs on each side, by its number.
    occurrences: Vec<[u8; 2]>,
}

impl Sides {
    fn read<'h>(&mut self, side: usize, parts: &[Part<'h>], numbers: &mut Numbers<&'h str>) {
        let Some(words) = self.sides.get_mut(side).map(|side| &mut side.words) else { return };
        for (part, number_of_part) in parts.iter().zip(0..) {
            for (word, weight) in words::telling(part.html) {
                let number = numbers.of(word);
                if number as usize == self.weights.len() {
                    self.weights.push(weight);
                    self.occurrences.push([0; 2]);
                }
                let counts = self.occurrences.get_mut(number as usize);
                if let Some(count) = counts.and_then(|counts| counts.get_mut(side)) {
                    *count = count.saturating_add(1);
                }
                words.push(Word { number, part: number_of_part });
            }
        }
        if let Some(side) = self.sides.get_mut(side) {
            side.weights = vec![0; parts.len()];
        }
    }

    /// Leaves out the most common words, where there are many, and weighs the rest.
    fn leave_out_common_words(&mut self) {
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
}
