//! What stands between two runs is compared word by word, so that as much as possible is kept, in
//! as few pieces as possible, and changes begin and end where people make them.

use std::collections::HashMap;

use super::pairs::{Pairs, Run, order_in_new};
use super::seeds::in_order;
use super::words::{AT_LINE, Words};

/// Cells of one table. Greater gaps are compared at their ends only: there the changes begin.
const WIDEST: usize = 1 << 16;
/// Cells of all tables of a comparison together. What is left after that keeps equal ends.
pub(super) const MOST_CELLS: usize = 8 << 20;

/// Whether a gap is too wide to be compared whole.
pub(super) const fn is_wide(old: usize, new: usize) -> bool {
    old > 0 && new > 0 && old.saturating_mul(new) > WIDEST
}

/// Pairs words in the gaps: first between neighbours that went together, wherever they went, then
/// between what kept its order, past what was moved in or out.
pub(super) fn close(pairs: &mut Pairs<'_>, cells: &mut usize) {
    close_nearby(pairs, cells);
    let runs = pairs.runs();
    let kept = in_order(pairs, &runs);
    for (before, after) in borders(pairs, kept) {
        align(pairs, before, after, cells);
    }
}

/// Pairs words around each run, wherever it went.
pub(super) fn close_nearby(pairs: &mut Pairs<'_>, cells: &mut usize) {
    for (before, after) in neighbours(pairs) {
        align(pairs, before, after, cells);
    }
    for (before, after) in line_ends(pairs) {
        align(pairs, before, after, cells);
    }
}

/// Runs one after the other, with the texts' borders for the first and the last.
fn borders(pairs: &Pairs<'_>, runs: Vec<Run>) -> Vec<(Run, Run)> {
    let end = Run { old: pairs.old.len(), new: pairs.new.len(), len: 0 };
    let befores = std::iter::once(Run::default()).chain(runs.clone());
    befores.zip(runs.into_iter().chain([end])).collect()
}

/// Pairs of runs that follow each other in both texts.
fn neighbours(pairs: &Pairs<'_>) -> Vec<(Run, Run)> {
    let runs = pairs.runs();
    let in_new: Vec<Run> = order_in_new(&runs).into_iter().filter_map(|index| runs.get(index).copied()).collect();
    let mut follower = HashMap::with_capacity(runs.len() + 1);
    for (before, after) in borders(pairs, in_new) {
        follower.insert(before.old_end(), after);
    }
    let is_next = |(before, after): &(Run, Run)| follower.get(&before.old_end()) == Some(after);
    borders(pairs, runs).into_iter().filter(is_next).collect()
}

/// What is left between each run and the start or the end of its line, as if a run stood there.
fn line_ends(pairs: &Pairs<'_>) -> Vec<(Run, Run)> {
    let mut ends = Vec::new();
    for run in pairs.runs() {
        let forward = |words: &Words<'_>, is_free: &dyn Fn(usize) -> bool, from: usize| {
            (from..).take_while(|&word| is_free(word) && words.seam(word) != AT_LINE).count() + from
        };
        let backward = |words: &Words<'_>, is_free: &dyn Fn(usize) -> bool, from: usize| {
            from - (0..from).rev().take_while(|&word| words.seam(word + 1) != AT_LINE && is_free(word)).count()
        };
        let old = forward(&pairs.old, &|word| pairs.is_free_old(word), run.old_end());
        let new = forward(&pairs.new, &|word| pairs.is_free_new(word), run.new_end());
        ends.push((run, Run { old, new, len: 0 }));
        let old = backward(&pairs.old, &|word| pairs.is_free_old(word), run.old);
        let new = backward(&pairs.new, &|word| pairs.is_free_new(word), run.new);
        ends.push((Run { old, new, len: 0 }, run));
    }
    ends
}

fn align(pairs: &mut Pairs<'_>, before: Run, after: Run, cells: &mut usize) {
    let mut old: Vec<usize> = (before.old_end()..after.old).filter(|&word| pairs.is_free_old(word)).collect();
    let mut new: Vec<usize> = (before.new_end()..after.new).filter(|&word| pairs.is_free_new(word)).collect();
    if old.is_empty() || new.is_empty() {
        return;
    }
    let room = WIDEST.min(*cells);
    if old.len().saturating_mul(new.len()) > room {
        keep_equal_ends(pairs, &mut old, &mut new);
        let side = room.isqrt();
        if old.len() <= new.len() {
            keep_ends(&mut old, side);
            keep_ends(&mut new, room / old.len().max(1));
        } else {
            keep_ends(&mut new, side);
            keep_ends(&mut old, room / new.len().max(1));
        }
    }
    *cells = cells.saturating_sub(old.len() * new.len());
    for (old, new) in Table::of(pairs, &old, &new).best() {
        pairs.pair(old, new);
    }
}

/// Pairs the words at which both lists begin alike or end alike, and takes them out.
fn keep_equal_ends(pairs: &mut Pairs<'_>, old: &mut Vec<usize>, new: &mut Vec<usize>) {
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|&(&o, &n)| pairs.may_pair(o, n)).count();
    for (o, n) in old.split_off(old.len() - tail).into_iter().zip(new.split_off(new.len() - tail)) {
        pairs.pair(o, n);
    }
    let head = old.iter().zip(new.iter()).take_while(|&(&o, &n)| pairs.may_pair(o, n)).count();
    for (o, n) in old.drain(..head).zip(new.drain(..head)) {
        pairs.pair(o, n);
    }
}

/// Leaves so many of a list, half of them from each end.
fn keep_ends(list: &mut Vec<usize>, most: usize) {
    if list.len() > most {
        let head = most / 2;
        list.drain(head..list.len() - (most - head));
    }
}

/// What the best way to a place in both lists is worth: with the last two words paired, or in a change.
#[derive(Clone, Copy)]
struct Cell {
    paired: i32,
    changed: i32,
}

/// Less than any way can be worth, and far enough from the limit to subtract from.
const NEVER: i32 = i32::MIN / 2;
/// What it is worth that two pairs follow each other.
const TOGETHER: i32 = 2;

/// How a cell's two values came about, in bits.
const FROM_PAIR: u8 = 1;
const FROM_ABOVE: u8 = 2;
const FROM_LEFT: u8 = 4;

/// A sequence alignment after Gotoh, in which a change costs what the places are where it begins and
/// ends, not how long it is.
struct Table<'p> {
    old: &'p [usize],
    new: &'p [usize],
    came: Vec<u8>,
    ends_paired: bool,
}

impl<'p> Table<'p> {
    fn of(pairs: &Pairs<'_>, old: &'p [usize], new: &'p [usize]) -> Self {
        let seam = |words: &Words<'_>, word: Option<&usize>| word.map_or(0, |&word| i32::from(words.seam(word)));
        let past = |list: &[usize]| list.last().map(|last| last + 1);
        let (old_past, new_past) = (past(old), past(new));
        let mut seam_above = seam(&pairs.old, old.first().or(old_past.as_ref()));
        let first_seam = seam(&pairs.new, new.first().or(new_past.as_ref()));
        // Each word of the new list with the seam after it.
        let columns: Vec<(Option<u32>, i32)> = new
            .iter()
            .zip(new.iter().skip(1).chain(&new_past))
            .map(|(&word, next)| (pairs.new.id(word), seam(&pairs.new, Some(next))))
            .collect();

        let mut came = Vec::with_capacity((old.len() + 1) * (new.len() + 1));
        came.push(0);
        came.extend(columns.iter().map(|_| FROM_LEFT));
        let changed = -seam_above - first_seam;
        let mut first = Cell { paired: 0, changed };
        let mut line = vec![Cell { paired: NEVER, changed }; new.len()];
        for (&word, next) in old.iter().zip(old.iter().skip(1).chain(&old_past)) {
            let (id, worth) = (pairs.old.id(word), worth(pairs, word));
            let seam_here = seam(&pairs.old, Some(next));
            let mut corner = (first, seam_above + first_seam);
            first.paired = NEVER;
            came.push(FROM_ABOVE);
            let mut left = first;
            for (cell, &(new_id, new_seam)) in line.iter_mut().zip(&columns) {
                let above = *cell;
                let mut from = 0;
                let mut paired = NEVER;
                if new_id == id {
                    let (together, anew) = (corner.0.paired + TOGETHER, corner.0.changed - corner.1);
                    from = if together >= anew { FROM_PAIR } else { 0 };
                    paired = worth + together.max(anew);
                }
                let mut changed = paired - seam_here - new_seam;
                if above.changed >= changed {
                    changed = above.changed;
                    from |= FROM_ABOVE;
                }
                if left.changed > changed {
                    changed = left.changed;
                    from = from & FROM_PAIR | FROM_LEFT;
                }
                came.push(from);
                corner = (above, seam_above + new_seam);
                left = Cell { paired, changed };
                *cell = left;
            }
            seam_above = seam_here;
        }
        let close = seam_above + columns.last().map_or(first_seam, |&(_, seam)| seam);
        let ends_paired = line.last().is_some_and(|last| last.paired >= last.changed - close);
        Self { old, new, came, ends_paired }
    }

    /// The pairs of the best way through.
    fn best(&self) -> Vec<(usize, usize)> {
        let mut best = Vec::new();
        let (mut row, mut column, mut is_paired) = (self.old.len(), self.new.len(), self.ends_paired);
        while row > 0 || column > 0 {
            let from = self.came.get(row * (self.new.len() + 1) + column).copied().unwrap_or(0);
            if is_paired {
                let (Some(above), Some(left)) = (row.checked_sub(1), column.checked_sub(1)) else { break };
                if let (Some(&old), Some(&new)) = (self.old.get(above), self.new.get(left)) {
                    best.push((old, new));
                }
                (row, column, is_paired) = (above, left, from & FROM_PAIR != 0);
            } else if from & FROM_ABOVE != 0 {
                row -= 1;
            } else if from & FROM_LEFT != 0 {
                column -= 1;
            } else {
                is_paired = true;
            }
        }
        best
    }
}

/// What it is worth to keep a word. A mark alone is not worth a piece of its own.
fn worth(pairs: &Pairs<'_>, word: usize) -> i32 {
    match pairs.old.heft(word, word + 1) {
        (_, 0) => 2,
        (letters, _) => 8 + i32::try_from(letters.min(12)).unwrap_or(12),
    }
}
