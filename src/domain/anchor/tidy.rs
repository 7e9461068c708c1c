//! Pairs made the way a person would see them: what was moved is whole, changes begin and end where
//! people make them, and a word that stands by chance in both of two different texts is not kept.

use super::pairs::{Pairs, Run, order_in_new};
use super::seeds::{LEAST_MOVED, in_order, may_have_moved};
use super::words::{AT_LINE, Words};

/// Words that only happen to be kept are fewer in a row.
const LEAST_WORDS: u32 = 3;

/// A stretch of the old text was taken out, and as well it could have been one a little before or
/// after, with the same text left: the words before and after it of which that is so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slack {
    /// The first word taken out.
    pub(super) old: usize,
    /// The word after those taken out.
    pub(super) old_end: usize,
    /// The word of the new text that stands there now.
    pub(super) new: usize,
    /// How many words earlier the change could lie.
    pub(super) left: usize,
    /// How many words later.
    pub(super) right: usize,
}

/// Tidies all pairs, and says where a change could as well lie elsewhere.
pub(super) fn tidy(pairs: &mut Pairs<'_>) -> Vec<Slack> {
    grow(pairs);
    let slack = slide(pairs);
    drop_strays(pairs);
    slack
}

/// Takes in the equal words around each run, up to the ends of the line.
fn grow(pairs: &mut Pairs<'_>) {
    for run in pairs.runs() {
        let (mut old, mut new) = (run.old_end(), run.new_end());
        while pairs.old.seam(old) != AT_LINE && pairs.new.seam(new) != AT_LINE && pairs.may_pair(old, new) {
            pairs.pair(old, new);
            (old, new) = (old + 1, new + 1);
        }
        (old, new) = (run.old, run.new);
        while pairs.old.seam(old) != AT_LINE && pairs.new.seam(new) != AT_LINE && old > 0 && new > 0 {
            (old, new) = (old - 1, new - 1);
            if !pairs.may_pair(old, new) {
                break;
            }
            pairs.pair(old, new);
        }
    }
}

/// Moves what was only taken out, or only put in, to where it begins and ends best.
fn slide(pairs: &mut Pairs<'_>) -> Vec<Slack> {
    let mut slack = Vec::new();
    let mut before: Option<Run> = None;
    for after in pairs.runs() {
        let Some(run) = before.replace(after) else { continue };
        let taken_out = run.new_end() == after.new && run.old_end() < after.old;
        let put_in = run.old_end() == after.old && run.new_end() < after.new;
        if !taken_out && !put_in {
            continue;
        }
        // In the text that has more, between which words; in the other, before which.
        let (longer, from, to, shorter, at) = if taken_out {
            (&pairs.old, run.old_end(), after.old, &pairs.new, after.new)
        } else {
            (&pairs.new, run.new_end(), after.new, &pairs.old, after.old)
        };
        let (left, right) = room(longer, from, to, run.len, after.len);
        let cost = |shift: usize| {
            let seam = |words: &Words<'_>, place: usize| usize::from(words.seam(place + shift - left));
            seam(longer, from) + seam(longer, to) + 2 * seam(shorter, at)
        };
        let least = (0..=left + right).map(cost).min().unwrap_or(0);
        let mut best = (0..=left + right).filter(|&shift| cost(shift) == least);
        let (first, last) = (best.next().unwrap_or(left), best.next_back());
        let last = last.unwrap_or(first);
        let chosen = if cost(left) == least { left } else { first };
        let moved = Run { old: run.old, new: run.new, len: run.len + chosen - left };
        let rest = Run {
            old: after.old + chosen - left,
            new: after.new + chosen - left,
            len: after.len + left - chosen,
        };
        if chosen != left {
            pairs.part(run);
            pairs.part(after);
            pairs.pair_run(moved);
            pairs.pair_run(rest);
            before = Some(rest);
        }
        if taken_out && first < last {
            let (old, old_end, new) = (moved.old_end(), rest.old, rest.new);
            slack.push(Slack { old, old_end, new, left: chosen - first, right: last - chosen });
        }
    }
    slack
}

/// How far a stretch could begin earlier or later and still say the same: as long as the word that
/// comes in at one end is the one that goes out at the other.
fn room(words: &Words<'_>, from: usize, to: usize, before: usize, after: usize) -> (usize, usize) {
    let left = (1..=before).take_while(|step| words.id(from - step) == words.id(to - step)).count();
    let right = (0..after).take_while(|step| words.id(from + step) == words.id(to + step)).count();
    (left, right)
}

/// Parts the words that are the same by chance: a word or two in the midst of text written anew, and
/// short runs out of order.
fn drop_strays(pairs: &mut Pairs<'_>) {
    let runs = pairs.runs();
    let kept = in_order(pairs, &runs);
    let free = Free::of(pairs);
    let is_firm = |run: &Run| {
        let (letters, words) = pairs.old.heft(run.old, run.old_end());
        words >= LEAST_WORDS || letters >= LEAST_MOVED
    };
    let mut strays = Vec::new();
    let mut kept_at = kept.iter().peekable();
    let in_new: Vec<Run> = order_in_new(&runs).into_iter().filter_map(|index| runs.get(index).copied()).collect();
    let firm_in_old: Vec<Run> = runs.iter().copied().filter(is_firm).collect();
    let firm_in_new: Vec<Run> = in_new.into_iter().filter(is_firm).collect();
    for run in &runs {
        let is_in_order = kept_at.next_if_eq(&run).is_some();
        if is_firm(run) {
            continue;
        }
        // The nearest runs on both sides that are no chance, in either text.
        let (before, after) = firm_in_old.split_at(firm_in_old.partition_point(|firm| firm.old < run.old));
        let (in_old, in_old_after) = (before.last(), after.first());
        let (before, after) = firm_in_new.split_at(firm_in_new.partition_point(|firm| firm.new < run.new));
        let (in_new, in_new_after) = (before.last(), after.first());
        let is_in_place = is_in_order || in_old == in_new || in_old_after == in_new_after;
        let (old_before, new_before) = (in_old.map_or(0, Run::old_end), in_new.map_or(0, Run::new_end));
        let old_after = in_old_after.map_or(pairs.old.len(), |firm| firm.old);
        let new_after = in_new_after.map_or(pairs.new.len(), |firm| firm.new);
        let left = free.in_old(old_before, run.old).min(free.in_new(new_before, run.new));
        let right = free.in_old(run.old_end(), old_after).min(free.in_new(run.new_end(), new_after));
        let (letters, _) = pairs.old.heft(run.old, run.old_end());
        let others = pairs.old.heft(old_before, old_after).0.saturating_sub(free.in_old(old_before, old_after));
        let is_rewritten = 2 * others < left + right;
        let is_alone = left > 2 * letters && right > 2 * letters;
        let is_astray = !is_in_place && !may_have_moved(pairs, run, LEAST_MOVED) && (left > 0 || right > 0);
        if is_rewritten && is_alone || is_astray {
            strays.push(*run);
        }
    }
    for run in strays {
        pairs.part(run);
    }
}

/// The letters of words without a partner, summed up before each word of both texts.
struct Free {
    old: Vec<u32>,
    new: Vec<u32>,
}

impl Free {
    fn of(pairs: &Pairs<'_>) -> Self {
        let summed = |words: &Words<'_>, is_free: &dyn Fn(usize) -> bool| {
            let mut sum = 0;
            let mut sums = Vec::with_capacity(words.len() + 1);
            for word in 0..=words.len() {
                sums.push(sum);
                if is_free(word) {
                    sum += words.heft(word, word + 1).0;
                }
            }
            sums
        };
        Self {
            old: summed(&pairs.old, &|word| pairs.is_free_old(word)),
            new: summed(&pairs.new, &|word| pairs.is_free_new(word)),
        }
    }

    fn in_old(&self, from: usize, to: usize) -> u32 {
        between(&self.old, from, to)
    }

    fn in_new(&self, from: usize, to: usize) -> u32 {
        between(&self.new, from, to)
    }
}

fn between(sums: &[u32], from: usize, to: usize) -> u32 {
    let at = |index: usize| sums.get(index).copied().unwrap_or(0);
    at(to).saturating_sub(at(from))
}
