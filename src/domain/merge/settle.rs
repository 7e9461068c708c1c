//! Where changes stand that could stand in several places.
//!
//! Where a paragraph was put between two others, the blank line that came with it may be the one
//! before it or the one after: both give the same text. Which it is decides whether the paragraph
//! touches its upper or its lower neighbour, so it must not be left to chance.

use std::ops::Range;

use super::super::diff::compare::{Change, within};

/// The lines of one side, and its changes.
pub(super) type Side<'s> = (&'s [u32], &'s [Change]);

/// The changes of both sides, each as far down as it can be; one above, if that keeps it from touching
/// what the other side changed below it. Two insertions in one place stay in one place: nobody knows
/// which should come first.
pub(super) fn settle(base: &[u32], [ours, theirs]: [Side<'_>; 2]) -> [Vec<Change>; 2] {
    let low_ours = lowered(base, ours);
    let low_theirs = lowered(base, theirs);
    [apart(base, (ours.0, &low_ours), &low_theirs), apart(base, (theirs.0, &low_theirs), &low_ours)]
}

fn lowered(base: &[u32], (side, changes): Side<'_>) -> Vec<Change> {
    let mut lowered: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes.iter().rev() {
        let mut change = change.clone();
        // A line that both have stays between any two changes.
        let floor = lowered.last().map_or(base.len(), |next| next.before.start.saturating_sub(1));
        while change.before.end < floor && can_sink(base, side, &change) {
            change = Change {
                before: change.before.start + 1..change.before.end + 1,
                after: change.after.start + 1..change.after.end + 1,
            };
        }
        lowered.push(change);
    }
    lowered.reverse();
    lowered
}

fn apart(base: &[u32], (side, changes): Side<'_>, others: &[Change]) -> Vec<Change> {
    let mut apart: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes {
        let ceiling = apart.last().map_or(0, |last| last.before.end + 1);
        let below = touching(others, change).first();
        let is_in_the_way = below.is_some_and(|other| {
            let both_insert = change.before.is_empty() && other.before.is_empty();
            other.before.start == change.before.end && !both_insert
        });
        let rises = is_in_the_way && change.before.start > ceiling && can_rise(base, side, change);
        let higher = || Change {
            before: change.before.start - 1..change.before.end - 1,
            after: change.after.start - 1..change.after.end - 1,
        };
        let risen = rises.then(higher).filter(|risen| touching(others, risen).is_empty());
        apart.push(risen.unwrap_or_else(|| change.clone()));
    }
    apart
}

/// Those that overlap a change or stand directly beside it.
fn touching<'c>(others: &'c [Change], change: &Change) -> &'c [Change] {
    let start = others.partition_point(|other| other.before.end < change.before.start);
    let end = others.partition_point(|other| other.before.start <= change.before.end);
    within(others, &(start..end))
}

/// The lines among which a change moves that only adds or only takes away.
fn moving<'l>(base: &'l [u32], side: &'l [u32], change: &Change) -> Option<(&'l [u32], Range<usize>)> {
    match (change.before.is_empty(), change.after.is_empty()) {
        (true, false) => Some((side, change.after.clone())),
        (false, true) => Some((base, change.before.clone())),
        _ => None,
    }
}

/// Whether the text is the same with the change one line lower.
fn can_sink(base: &[u32], side: &[u32], change: &Change) -> bool {
    moving(base, side, change).is_some_and(|(lines, range)| lines.get(range.start) == lines.get(range.end))
}

/// Whether the text is the same with the change one line higher.
fn can_rise(base: &[u32], side: &[u32], change: &Change) -> bool {
    moving(base, side, change).is_some_and(|(lines, range)| {
        let above = range.start.checked_sub(1).and_then(|at| lines.get(at));
        above.is_some() && above == lines.get(range.end - 1)
    })
}
