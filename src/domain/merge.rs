//! Three-way merge: what two people made of the same text, or of the same field, put together.
//!
//! It goes by lines, and in Markdown a paragraph is a line. What only one of them touched is taken
//! from that one; what both changed alike is taken once; what both changed differently is nobody's to
//! decide here, and is handed back.
//!
//! Invariant: no line that either of them wrote is missing from a text that was merged.

mod side;
#[cfg(test)]
mod tests;
mod units;

use std::ops::Range;

use super::diff::compare::Numbers;
use side::{Side, changes};
use units::{Units, or_longer};

/// A place that both changed, each in another way: the lines there, without what parts them from
/// those that follow. Nothing is there where one inserted or deleted what the others lack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The lines as they were.
    pub base: String,
    /// The lines as they are stored now.
    pub current: String,
    /// The lines as the one who saves wants them.
    pub yours: String,
}

/// Says that both changed a field, each in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlaps;

/// Merges a field.
pub fn value<T: PartialEq + Clone>(base: &T, current: &T, yours: &T) -> Result<T, Overlaps> {
    if yours == base || yours == current {
        Ok(current.clone())
    } else if current == base {
        Ok(yours.clone())
    } else {
        Err(Overlaps)
    }
}

/// Merges a text, or tells all the places where that cannot be done.
///
/// Changes of lines that touch overlap, as they do in git; a blank line is enough between them. So
/// two people can work on neighbouring paragraphs, but not on neighbouring lines of a table. Two
/// different insertions in one place overlap too: nobody knows which should come first.
///
/// Blank lines and line ends are merged by themselves and never overlap. They stay as they are where
/// nobody changed them, and where both did, the longer ones do.
pub fn text(base: &str, current: &str, yours: &str) -> Result<String, Vec<Overlap>> {
    match value(&base, &current, &yours) {
        Ok(merged) => Ok(merged.to_owned()),
        Err(Overlaps) => by_lines(base, current, yours),
    }
}

fn by_lines(base: &str, current: &str, yours: &str) -> Result<String, Vec<Overlap>> {
    let [base, current, yours] = [base, current, yours].map(Units::of);
    let [old, ours, theirs] = {
        let mut numbers = Numbers::new();
        [&base, &current, &yours].map(|units| units.texts().map(|text| numbers.of(text)).collect::<Vec<_>>())
    };
    let ours = changes((&base, &old), (&current, &ours));
    let theirs = changes((&base, &old), (&yours, &theirs));
    let mut merge = Merge::of(&base, &current, &yours);
    merge.run(Side::new(&current, &ours), Side::new(&yours, &theirs));
    if merge.overlaps.is_empty() { Ok(merge.finish(&current, &yours)) } else { Err(merge.overlaps) }
}

struct Merge<'t> {
    base: &'t Units<'t>,
    out: String,
    /// What follows the last unit if another one does; outside, whether there is a unit.
    end: Option<Option<&'t str>>,
    /// What stands between paragraphs of which nobody knows.
    usual_end: &'static str,
    overlaps: Vec<Overlap>,
}

impl<'t> Merge<'t> {
    fn of(base: &'t Units<'t>, current: &Units<'_>, yours: &Units<'_>) -> Self {
        let has_returns = [base, current, yours].iter().any(|units| units.text().contains("\r\n"));
        let usual_end = if has_returns { "\r\n\r\n" } else { "\n\n" };
        Self { base, out: String::new(), end: None, usual_end, overlaps: Vec::new() }
    }

    fn run(&mut self, mut ours: Side<'t>, mut theirs: Side<'t>) {
        let mut at = 0;
        loop {
            // Where both begin in one place, an insertion comes before what it was put in front of.
            let next =
                ours.next().into_iter().chain(theirs.next()).min_by_key(|change| (change.start, change.end));
            let unchanged = at..next.as_ref().map_or(self.base.count(), |change| change.start);
            let (current, yours) = (ours.until(unchanged.end), theirs.until(unchanged.end));
            for (unit, (current, yours)) in unchanged.zip(current.zip(yours)) {
                let end = merged_end(self.base.end(unit), ours.units.end(current), theirs.units.end(yours));
                self.unit(self.base.unit(unit), end);
            }
            let Some(mut range) = next else { return };
            (ours.reach, theirs.reach) = (None, None);
            if ours.next().as_ref() == Some(&range) {
                ours.take();
            } else {
                theirs.take();
            }
            loop {
                if ours.touches(&theirs, self.base) {
                    ours.take();
                } else if theirs.touches(&ours, self.base) {
                    theirs.take();
                } else {
                    break;
                }
            }
            range.end = ours.reach.into_iter().chain(theirs.reach).max().unwrap_or(range.end);
            at = range.end;
            self.changed(range, &mut ours, &mut theirs);
        }
    }

    /// A range of the base that at least one of them changed.
    fn changed(&mut self, range: Range<usize>, ours: &mut Side<'t>, theirs: &mut Side<'t>) {
        let (current, yours) = (ours.until(range.end), theirs.until(range.end));
        match (ours.reach, theirs.reach) {
            (Some(_), None) => self.one(range, (ours.units, current), (theirs.units, yours)),
            (None, _) => self.one(range, (theirs.units, yours), (ours.units, current)),
            (Some(_), Some(_)) => self.both(range, (ours.units, current), (theirs.units, yours)),
        }
    }

    /// What one of them changed. How it ends is still for both to say.
    fn one(
        &mut self,
        range: Range<usize>,
        (units, changed): (&'t Units<'t>, Range<usize>),
        (others, kept): (&Units<'t>, Range<usize>),
    ) {
        for unit in changed.clone() {
            let end = match (range.clone().next_back(), kept.clone().next_back()) {
                (Some(old), Some(other)) if unit + 1 == changed.end => {
                    merged_end(self.base.end(old), others.end(other), units.end(unit))
                }
                _ => units.end(unit),
            };
            self.unit(units.unit(unit), end);
        }
    }

    /// What both of them changed.
    fn both(
        &mut self,
        range: Range<usize>,
        (ours, current): (&'t Units<'t>, Range<usize>),
        (theirs, yours): (&'t Units<'t>, Range<usize>),
    ) {
        let texts = |units: &'t Units<'t>, range: &Range<usize>| range.clone().map(|unit| units.unit(unit));
        if texts(ours, &current).eq(texts(theirs, &yours)) {
            for (unit, other) in current.zip(yours) {
                self.unit(ours.unit(unit), merged_end(None, ours.end(unit), theirs.end(other)));
            }
        } else {
            let shown = |lines: &str| lines.trim_end_matches(['\n', '\r']).to_owned();
            self.overlaps.push(Overlap {
                base: shown(self.base.range(range)),
                current: shown(ours.range(current)),
                yours: shown(theirs.range(yours)),
            });
        }
    }

    fn unit(&mut self, text: &str, end: Option<&'t str>) {
        if let Some(end) = self.end {
            self.out.push_str(end.unwrap_or(self.usual_end));
        }
        self.out.push_str(text);
        self.end = Some(end);
    }

    fn finish(mut self, current: &Units<'_>, yours: &Units<'_>) -> String {
        if self.end.is_some() {
            let [base, current, yours] = [self.base, current, yours].map(|units| units.last_end());
            self.out.push_str(or_longer(base, current, yours));
        }
        self.out
    }
}

/// What follows a unit, of which the last one of a text says nothing.
fn merged_end<'t>(
    base: Option<&'t str>,
    current: Option<&'t str>,
    yours: Option<&'t str>,
) -> Option<&'t str> {
    match (base, current, yours) {
        (Some(base), current, yours) => Some(or_longer(base, current.unwrap_or(base), yours.unwrap_or(base))),
        (None, Some(current), Some(yours)) => Some(or_longer("", current, yours)),
        (None, one, other) => one.or(other),
    }
}
