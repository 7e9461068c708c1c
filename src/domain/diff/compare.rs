//! Two sequences compared: where differences are looked for, and where looking ends.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

/// A stretch that differs: these of the one became those of the other. One of the two may be empty;
/// something that both have stands between any two changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::domain) struct Change {
    pub(in crate::domain) before: Range<usize>,
    pub(in crate::domain) after: Range<usize>,
}

/// Numbers given to things, equal ones to equal things: what is compared is always numbers.
pub(in crate::domain) struct Numbers<K>(HashMap<K, u32>);

impl<K: Hash + Eq> Numbers<K> {
    pub(in crate::domain) fn new() -> Self {
        Self(HashMap::new())
    }

    pub(in crate::domain) fn of(&mut self, thing: K) -> u32 {
        // No text has room for so many different things that they would run out.
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(thing).or_insert(next)
    }
}

/// How much may still be spent on looking for what two texts have in common. Without it, texts made
/// for the purpose would take minutes; with it, these are shown as replaced from their first
/// difference to their last. It is counted and not timed, so that the outcome is always the same.
pub(in crate::domain) struct Effort {
    at_once: usize,
    left: usize,
}

/// Two texts can differ in so many places that more would not make the search longer: it gives up
/// being exact.
const MOST_STEPS: usize = 512;

impl Effort {
    /// For one comparison of lines: 0.3 s at the worst. It covers the longest bodies as long as what
    /// lies between their first and their last change has more than 20 bytes a line.
    pub(in crate::domain) fn of_lines() -> Self {
        Self { at_once: 96 * 1024, left: usize::MAX }
    }

    /// For all the comparisons that showing two bodies takes: 0.4 s at the worst. The longest bodies
    /// with a changed word in each paragraph take a quarter of it.
    pub(in crate::domain) fn of_words() -> Self {
        Self { at_once: 48 * 1024, left: 48 * 1024 * 1024 }
    }

    /// Any, to try what becomes of it.
    #[cfg(test)]
    pub(in crate::domain) fn of(left: usize) -> Self {
        Self { at_once: left, left }
    }

    /// Takes the effort for reading this many bytes; `false` when nothing is left.
    pub(in crate::domain) fn read(&mut self, bytes: usize) -> bool {
        self.left = self.left.saturating_sub(bytes);
        self.left > 0
    }

    fn covers(&self, shared: usize) -> bool {
        shared <= self.at_once && self.left > 0
    }

    fn spend(&mut self, shared: usize, differing: usize) {
        self.left = self.left.saturating_sub(shared.saturating_mul(1 + differing.min(MOST_STEPS)));
    }
}

/// What differs, in order.
pub(in crate::domain) fn compare(before: &[u32], after: &[u32], effort: &mut Effort) -> Vec<Change> {
    let whole = trimmed(before, after, Change { before: 0..before.len(), after: 0..after.len() });
    let (old, new) = (within(before, &whole.before), within(after, &whole.after));
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    let shared = shared(old, new);
    if shared == 0 || !effort.covers(shared) {
        return vec![whole];
    }
    let (mut changes, mut equal) = (Vec::<Change>::new(), 0);
    for operation in capture_diff_slices(Algorithm::Myers, old, new) {
        let (tag, old, new) = operation.as_tag_tuple();
        if tag == DiffTag::Equal {
            equal += old.len();
            continue;
        }
        let old = old.start + whole.before.start..old.end + whole.before.start;
        let new = new.start + whole.after.start..new.end + whole.after.start;
        match changes.last_mut().filter(|last| last.before.end == old.start && last.after.end == new.start) {
            Some(last) => (last.before.end, last.after.end) = (old.end, new.end),
            None => changes.push(Change { before: old, after: new }),
        }
    }
    effort.spend(shared, shared.saturating_sub(2 * equal));
    // The search leaves out what is too common to tell anything, like blank lines; they are no part
    // of a change for that.
    let trimmed = changes.into_iter().map(|change| trimmed(before, after, change));
    trimmed.filter(|change| !change.before.is_empty() || !change.after.is_empty()).collect()
}

/// What of a list is in a range.
pub(in crate::domain) fn within<'l, T>(list: &'l [T], range: &Range<usize>) -> &'l [T] {
    list.get(range.clone()).unwrap_or_default()
}

/// A change without what both sides have at its beginning and its end.
fn trimmed(before: &[u32], after: &[u32], change: Change) -> Change {
    let (old, new) = (within(before, &change.before), within(after, &change.after));
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let longest = old.len().min(new.len()) - head;
    let ends = old.iter().rev().zip(new.iter().rev()).take(longest);
    let tail = ends.take_while(|(old, new)| old == new).count();
    Change {
        before: change.before.start + head..change.before.end - tail,
        after: change.after.start + head..change.after.end - tail,
    }
}

/// How many of both lists are also in the other one: only these make a comparison long.
fn shared(old: &[u32], new: &[u32]) -> usize {
    let most = old.iter().chain(new).max().copied().unwrap_or_default() as usize;
    let mut seen = vec![[false; 2]; most + 1];
    for (side, list) in [old, new].into_iter().enumerate() {
        for number in list {
            if let Some(flag) = seen.get_mut(*number as usize).and_then(|flags| flags.get_mut(side)) {
                *flag = true;
            }
        }
    }
    let both = |number: &&u32| seen.get(**number as usize) == Some(&[true, true]);
    old.iter().chain(new).filter(both).count()
}

/// What stayed: the stretches before, between and after changes, where the first list is `length`
/// long. Some may be empty.
pub(in crate::domain) fn kept(changes: &[Change], length: usize) -> impl Iterator<Item = Change> {
    let starts =
        std::iter::once((0, 0)).chain(changes.iter().map(|change| (change.before.end, change.after.end)));
    let ends = changes.iter().map(|change| change.before.start).chain(std::iter::once(length));
    starts
        .zip(ends)
        .map(|((before, after), end)| Change { before: before..end, after: after..after + (end - before) })
}
