//! What one of two people changed.

use std::iter::Peekable;
use std::ops::Range;
use std::slice::Iter;

use super::super::diff::compare::{Change, Effort, compare};
use super::super::diff::likeness::alike;
use super::super::diff::parts::Part;
use super::units::Units;

/// The text of one side, and its changes that have not been merged yet.
pub(super) struct Side<'t> {
    pub(super) units: &'t Units<'t>,
    changes: Peekable<Iter<'t, Change>>,
    /// Where the next unit is that has not been merged.
    at: usize,
    /// The last change that was merged.
    last: Change,
    /// How far in the base those changes go that are being merged; `None` where there are none.
    pub(super) reach: Option<usize>,
}

impl<'t> Side<'t> {
    pub(super) fn new(units: &'t Units<'t>, changes: &'t [Change]) -> Self {
        let last = Change { before: 0..0, after: 0..0 };
        Self { units, changes: changes.iter().peekable(), at: 0, last, reach: None }
    }

    /// What the next change replaces in the base.
    pub(super) fn next(&mut self) -> Option<Range<usize>> {
        self.changes.peek().map(|change| change.before.clone())
    }

    /// Takes the next change to be merged.
    pub(super) fn take(&mut self) {
        if let Some(change) = self.changes.next() {
            self.reach = Some(change.before.end);
            self.last = change.clone();
        }
    }

    /// Whether the next change touches those that the other side is about to merge.
    pub(super) fn touches(&mut self, other: &Self, base: &Units<'_>) -> bool {
        let (Some(change), Some(reach)) = (self.changes.peek(), other.reach) else { return false };
        if change.before.start != reach {
            return change.before.start < reach;
        }
        let adds = |change: &Change| change.after.len() > change.before.len();
        let is_apart =
            |units: &Units<'_>, end: usize| end.checked_sub(1).is_some_and(|unit| units.is_set_apart(unit));
        // Either side may have brought the blank line with it.
        let apart = is_apart(base, reach)
            || is_apart(self.units, change.after.start)
            || is_apart(other.units, other.last.after.end);
        !apart || (adds(change) && adds(&other.last))
    }

    /// The units that this side has up to one of the base.
    pub(super) fn until(&mut self, end: usize) -> Range<usize> {
        let end = self.last.after.end + end.saturating_sub(self.last.before.end);
        let taken = self.at..end;
        self.at = end;
        taken
    }
}

/// What one side changed, as small as can be: where several lines were replaced, it is told which
/// became which. These changes may stand beside each other with nothing between them.
pub(super) fn changes((base, old): (&Units<'_>, &[u32]), (units, new): (&Units<'_>, &[u32])) -> Vec<Change> {
    // Each side has an effort of its own, or it would matter who comes first.
    let mut effort = Effort::of_words();
    let mut small = Vec::new();
    for change in compare(old, new, &mut Effort::of_lines()) {
        let [before, after] = [(base, &change.before), (units, &change.after)]
            .map(|(units, range)| range.clone().map(|unit| line(units.unit(unit))).collect::<Vec<_>>());
        let (mut gone, mut came) = (change.before.start, change.after.start);
        for (old, new) in alike(&before, &after, &mut effort) {
            let (old, new) = (change.before.start + old, change.after.start + new);
            replaced(gone..old, came..new, &mut small);
            small.push(Change { before: old..old + 1, after: new..new + 1 });
            (gone, came) = (old + 1, new + 1);
        }
        replaced(gone..change.before.end, came..change.after.end, &mut small);
    }
    small
}

fn line(text: &str) -> Part<'_> {
    Part { html: text, name: "" }
}

/// Lines that are not alike. As many as there were before are taken for the same ones rewritten.
fn replaced(before: Range<usize>, after: Range<usize>, small: &mut Vec<Change>) {
    if before.len() == after.len() {
        let lines = before.zip(after);
        small.extend(lines.map(|(old, new)| Change { before: old..old + 1, after: new..new + 1 }));
    } else {
        small.push(Change { before, after });
    }
}
