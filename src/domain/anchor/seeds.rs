//! What stands only once in both texts is the same text, wherever it went: lines first, then a few
//! words in a row. All of it takes a fixed number of passes and sorts, whatever the texts are.

use super::pairs::{Pairs, Run, order_in_new};
use super::words::{AT_LINE, Words};

/// Letters that a run must have to count as moved: shorter ones are found in any text.
pub(super) const LEAST_MOVED: u32 = 12;
/// The same while text that kept its order may still be found: it has the first claim.
const LEAST_MOVED_AT_FIRST: u32 = 48;

/// Finds what stands only once in each text and makes it partners.
pub(super) fn sow(pairs: &mut Pairs<'_>) {
    let lines = only_once(pairs, &lines(&pairs.old), &lines(&pairs.new));
    settle(pairs, lines, LEAST_MOVED_AT_FIRST);
    sow_everywhere(pairs, 6, LEAST_MOVED_AT_FIRST);
    sow_everywhere(pairs, 3, LEAST_MOVED_AT_FIRST);
}

/// Finds what was moved among the words that are left.
pub(super) fn sow_moved(pairs: &mut Pairs<'_>) {
    sow_everywhere(pairs, 3, LEAST_MOVED);
}

fn sow_everywhere(pairs: &mut Pairs<'_>, length: usize, least_moved: u32) {
    let everywhere = |_| Some(0);
    let old = windows(&pairs.old, length, |word| pairs.is_free_old(word), everywhere);
    let new = windows(&pairs.new, length, |word| pairs.is_free_new(word), everywhere);
    let seeds = only_once(pairs, &old, &new);
    settle(pairs, seeds, least_moved);
}

/// Finds what stands only once between the same two runs that kept their order. `is_wide` says of
/// which such zones, by how many words stand there in the old and in the new text.
pub(super) fn sow_between(pairs: &mut Pairs<'_>, length: usize, is_wide: impl Fn(usize, usize) -> bool) {
    let runs = pairs.runs();
    let kept = in_order(pairs, &runs);
    let (mut old_zones, mut new_zones) = (vec![None; pairs.old.len()], vec![None; pairs.new.len()]);
    let last = Run { old: pairs.old.len(), new: pairs.new.len(), len: 0 };
    let mut before = Run::default();
    for (zone, run) in (0..).zip(kept.into_iter().chain([last])) {
        if is_wide(run.old.saturating_sub(before.old_end()), run.new.saturating_sub(before.new_end())) {
            fill(&mut old_zones, before.old_end()..run.old, zone);
            fill(&mut new_zones, before.new_end()..run.new, zone);
        }
        before = run;
    }
    let zone_in = |zones: &[Option<u64>], word: usize| zones.get(word).copied().flatten();
    let old = windows(&pairs.old, length, |word| pairs.is_free_old(word), |word| zone_in(&old_zones, word));
    let new = windows(&pairs.new, length, |word| pairs.is_free_new(word), |word| zone_in(&new_zones, word));
    let seeds = only_once(pairs, &old, &new);
    settle(pairs, seeds, LEAST_MOVED_AT_FIRST);
}

fn fill(zones: &mut [Option<u64>], words: std::ops::Range<usize>, zone: u64) {
    if let Some(zones) = zones.get_mut(words) {
        zones.fill(Some(zone));
    }
}

/// A few words in a row: a number for what they say, where they begin, how many they are.
type Window = (u64, usize, usize);

const fn mixed(hash: u64, value: u64) -> u64 {
    (hash ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

fn lines(words: &Words<'_>) -> Vec<Window> {
    let mut lines: Vec<Window> = Vec::new();
    for (index, word) in words.list().iter().enumerate() {
        match lines.last_mut() {
            Some((hash, _, len)) if word.seam != AT_LINE => {
                *hash = mixed(*hash, u64::from(word.id));
                *len += 1;
            }
            _ => lines.push((mixed(0, u64::from(word.id)), index, 1)),
        }
    }
    lines.retain(|&(_, start, len)| words.heft(start, start + len).1 > 0);
    lines
}

/// Every `length` words in a row that are free and in the same zone, and are not marks alone.
fn windows(
    words: &Words<'_>,
    length: usize,
    is_free: impl Fn(usize) -> bool,
    zone: impl Fn(usize) -> Option<u64>,
) -> Vec<Window> {
    let mut windows = Vec::new();
    let (mut in_row, mut current) = (0, None);
    for (last, window) in words.list().windows(length).enumerate().map(|(first, w)| (first + length - 1, w)) {
        // The first window's earlier words have not been looked at yet.
        let unseen = if last + 1 == length { 0..length } else { last..last + 1 };
        for word in unseen {
            let here = zone(word).filter(|_| is_free(word));
            in_row = match here {
                Some(_) if here == current && words.seam(word) > 1 => in_row + 1,
                Some(_) => 1,
                None => 0,
            };
            current = here;
        }
        let first = last + 1 - length;
        if let Some(zone) = current.filter(|_| in_row >= length && words.heft(first, last + 1).1 > 0) {
            let hash = window.iter().fold(mixed(1, zone), |hash, word| mixed(hash, u64::from(word.id)));
            windows.push((hash, first, length));
        }
    }
    windows
}

/// The windows that stand once in the old text and once in the new, joined to runs where they overlap.
fn only_once(pairs: &Pairs<'_>, old: &[Window], new: &[Window]) -> Vec<Run> {
    let mut all: Vec<(u64, usize)> = Vec::with_capacity(old.len() + new.len());
    all.extend(old.iter().zip(0..).map(|(&(hash, ..), index)| (hash, index * 2)));
    all.extend(new.iter().zip(0..).map(|(&(hash, ..), index)| (hash, index * 2 + 1)));
    all.sort_unstable_by_key(|&(hash, _)| hash);
    let mut seeds = Vec::new();
    for group in all.chunk_by(|a, b| a.0 == b.0) {
        let &[(_, a), (_, b)] = group else { continue };
        if a % 2 == b % 2 {
            continue;
        }
        let (in_old, in_new) = if a % 2 == 0 { (a / 2, b / 2) } else { (b / 2, a / 2) };
        if let (Some(&(_, old, len)), Some(&(_, new, new_len))) = (old.get(in_old), new.get(in_new)) {
            // Two different windows may have the same number.
            let is_same = len == new_len && (0..len).all(|step| pairs.old.id(old + step) == pairs.new.id(new + step));
            if is_same {
                seeds.push(Run { old, new, len });
            }
        }
    }
    seeds.sort_unstable_by_key(|run| run.old);
    joined(seeds)
}

/// Runs in the order of the old text, made one where one goes on in the next.
fn joined(runs: Vec<Run>) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        match joined.last_mut() {
            Some(last) if run.old <= last.old_end() && last.new + (run.old - last.old) == run.new => {
                last.len = last.len.max(run.old_end() - last.old);
            }
            _ => joined.push(run),
        }
    }
    joined
}

/// Takes runs in: those that keep the order of both texts as they are, others only where they are
/// long enough to have been moved.
fn settle(pairs: &mut Pairs<'_>, seeds: Vec<Run>, least_moved: u32) {
    if seeds.is_empty() {
        return;
    }
    let mut runs = pairs.runs();
    runs.extend(seeds);
    runs.sort_unstable_by_key(|run| run.old);
    let runs = joined(runs);
    pairs.part_all();
    for run in in_order(pairs, &runs) {
        pairs.pair_run(run);
    }
    let mut moved: Vec<Run> = runs.into_iter().filter(|run| may_have_moved(pairs, run, least_moved)).collect();
    moved.sort_by_key(|run| std::cmp::Reverse(run.len));
    for run in moved {
        pairs.pair_run(run);
    }
}

/// Whether a run out of order says enough to be the same text: a few words, or a line however short.
pub(super) fn may_have_moved(pairs: &Pairs<'_>, run: &Run, least: u32) -> bool {
    let (letters, words) = pairs.old.heft(run.old, run.old_end());
    let is_whole = [pairs.old.seam(run.old), pairs.old.seam(run.old_end())] == [AT_LINE; 2]
        && [pairs.new.seam(run.new), pairs.new.seam(run.new_end())] == [AT_LINE; 2];
    letters >= least || is_whole && words > 0
}

/// The heaviest of the runs that stand in the same order in both texts.
pub(super) fn in_order(pairs: &Pairs<'_>, runs: &[Run]) -> Vec<Run> {
    let mut rank = vec![0; runs.len()];
    for (place, index) in order_in_new(runs).into_iter().enumerate() {
        if let Some(rank) = rank.get_mut(index) {
            *rank = place + 1;
        }
    }
    // A Fenwick tree over the places in the new text: the heaviest chain that ends before each.
    let mut best: Vec<(u64, usize)> = vec![(0, usize::MAX); runs.len() + 1];
    let mut before = Vec::with_capacity(runs.len());
    for (index, (run, &rank)) in runs.iter().zip(&rank).enumerate() {
        let mut chain = (0, usize::MAX);
        let mut place = rank;
        while place > 0 {
            chain = chain.max(best.get(place).copied().unwrap_or(chain));
            place &= place - 1;
        }
        before.push(chain.1);
        let weight = chain.0 + u64::from(pairs.old.heft(run.old, run.old_end()).0) + 1;
        let mut place = rank;
        while let Some(best) = best.get_mut(place) {
            *best = (*best).max((weight, index));
            place += place & place.wrapping_neg();
        }
    }
    let mut chain = Vec::new();
    let mut at = best.iter().max().map_or(usize::MAX, |&(_, index)| index);
    while let (Some(run), Some(&earlier)) = (runs.get(at), before.get(at)) {
        chain.push(*run);
        at = earlier;
    }
    chain.reverse();
    chain
}
