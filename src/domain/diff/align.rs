//! Which part of an article became which: alike ones are the same one edited, wherever they stand in
//! order.

use super::compare::{Effort, Numbers, compare, kept, within};
use super::likeness::alike;
use super::markup::without_ids;
use super::parts::Part;

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
        let [before, after] = [before, after]
            .map(|parts| parts.iter().map(|part| numbers.of(without_ids(part.html))).collect::<Vec<_>>());
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
    let is_one = |old: &Part<'_>, new: &Part<'_>| old.name == new.name && (old.is_run() || old.has_parts());
    if all_cells || matches!((before, after), ([old], [new]) if is_one(old, new)) {
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
