//! Three-way merge: what two people made of the same text, or the same field, put together.
//!
//! It goes by lines, and in Markdown a paragraph is a line. What only one of them touched is taken
//! from that one; what both changed alike is taken once; what both changed differently is nobody's to
//! decide here, and is handed back.
//!
//! Invariant: no line that either of them wrote is left out of a text that was merged.

use std::iter::Peekable;
use std::ops::Range;
use std::slice::Iter;

use super::diff::compare::{Change, Effort, Numbers, compare};

mod settle;
#[cfg(test)]
mod tests;

/// A place that both changed, each in another way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The lines as they were.
    pub base: String,
    /// The lines as they are stored now.
    pub current: String,
    /// The lines as the one who saves wants them.
    pub yours: String,
}

/// A field that both changed, each in another way.
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

/// Merges a text, or says where that cannot be done: all places at once.
///
/// Changes of lines that touch each other overlap, as they do in git, where nobody could say which
/// came first. A paragraph that came or went touches only one of the two beside it: there is a blank
/// line between any two.
///
/// How lines end makes no overlap. A line ends as it ended unless someone changed that.
pub fn text(base: &str, current: &str, yours: &str) -> Result<String, Vec<Overlap>> {
    if let Ok(merged) = value(&base, &current, &yours) {
        return Ok(merged.to_owned());
    }
    by_lines(base, current, yours)
}

fn by_lines(base: &str, current: &str, yours: &str) -> Result<String, Vec<Overlap>> {
    let [base, current, yours] = [base, current, yours].map(Lines::of);
    let [old, ours, theirs] = {
        let mut numbers = Numbers::new();
        [&base, &current, &yours].map(|lines| lines.all().map(|line| numbers.of(cut(line).0)).collect::<Vec<_>>())
    };
    let [changed, theirs_changed] = [&ours, &theirs].map(|new| compare(&old, new, &mut Effort::of_lines()));
    let [ours, theirs] = settle::settle(&old, [(&ours, &changed), (&theirs, &theirs_changed)]);
    let mut merge = Merge::default();
    merge.run(&base, Side::new(&current, &ours), Side::new(&yours, &theirs));
    if merge.overlaps.is_empty() { Ok(merge.out) } else { Err(merge.overlaps) }
}

/// A text and where its lines begin.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<u32>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let mut start = 0;
        let starts = text.split_inclusive('\n').map(|line| {
            let this = start;
            start += line.len();
            // No body is longer than that; one that were would end there.
            u32::try_from(this).unwrap_or(u32::MAX)
        });
        Self { text, starts: starts.collect() }
    }

    fn count(&self) -> usize {
        self.starts.len()
    }

    fn all(&self) -> impl Iterator<Item = &'t str> {
        self.text.split_inclusive('\n')
    }

    /// The text of these lines.
    fn range(&self, lines: Range<usize>) -> &'t str {
        let byte = |line: usize| self.starts.get(line).map_or(self.text.len(), |start| *start as usize);
        self.text.get(byte(lines.start)..byte(lines.end)).unwrap_or_default()
    }
}

/// A line without its end, and its end: a line feed, one with a carriage return, or nothing.
fn cut(line: &str) -> (&str, &str) {
    let text = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
    line.split_at_checked(text.len()).unwrap_or((line, ""))
}

/// The text of one of the two, and its changes that have not been merged yet.
struct Side<'s> {
    lines: &'s Lines<'s>,
    changes: Peekable<Iter<'s, Change>>,
    /// Where the next line is that has not been merged.
    at: usize,
    /// Where the last change that was merged ends, in the base and in this text.
    last: (usize, usize),
}

impl<'s> Side<'s> {
    fn new(lines: &'s Lines<'s>, changes: &'s [Change]) -> Self {
        Self { lines, changes: changes.iter().peekable(), at: 0, last: (0, 0) }
    }

    /// Where the next change begins in the base.
    fn next(&mut self) -> Option<usize> {
        self.changes.peek().map(|change| change.before.start)
    }

    /// Extends a range of the base over this side's next change, if that touches it.
    fn extend(&mut self, range: &mut Range<usize>) -> bool {
        let Some(change) = self.changes.next_if(|change| change.before.start <= range.end) else { return false };
        range.end = range.end.max(change.before.end);
        self.last = (change.before.end, change.after.end);
        true
    }

    /// The lines that this side has up to a line of the base.
    fn until(&mut self, end: usize) -> &'s str {
        let end = self.last.1 + end.saturating_sub(self.last.0);
        let taken = self.lines.range(self.at..end);
        self.at = end;
        taken
    }
}

#[derive(Default)]
struct Merge<'s> {
    out: String,
    /// How the last line ends, and the one before that, if the last has no end.
    end: &'s str,
    last_end: &'s str,
    overlaps: Vec<Overlap>,
}

impl<'s> Merge<'s> {
    fn run(&mut self, base: &'s Lines<'s>, mut ours: Side<'s>, mut theirs: Side<'s>) {
        let mut at = 0;
        loop {
            let start = ours.next().into_iter().chain(theirs.next()).min();
            let unchanged = start.unwrap_or(base.count());
            let (current, yours) = (ours.until(unchanged), theirs.until(unchanged));
            self.unchanged(base.range(at..unchanged), current, yours);
            let Some(start) = start else { return };
            let (mut range, mut touched) = (start..start, (false, false));
            loop {
                let more = (ours.extend(&mut range), theirs.extend(&mut range));
                touched = (touched.0 | more.0, touched.1 | more.1);
                if more == (false, false) {
                    break;
                }
            }
            let (current, yours) = (ours.until(range.end), theirs.until(range.end));
            match touched {
                (_, false) => self.add(current),
                (false, true) => self.add(yours),
                (true, true) => self.both(base.range(range.clone()), current, yours),
            }
            at = range.end;
        }
    }

    /// Lines that neither changed, but for their ends.
    fn unchanged(&mut self, base: &'s str, current: &'s str, yours: &'s str) {
        let others = current.split_inclusive('\n').zip(yours.split_inclusive('\n'));
        for (line, (current, yours)) in base.split_inclusive('\n').zip(others) {
            let [(text, base), (_, current), (_, yours)] = [line, current, yours].map(cut);
            self.line(text, value(&base, &current, &yours).unwrap_or_else(|_| longer(current, yours)));
        }
    }

    /// Lines that both changed.
    fn both(&mut self, base: &'s str, current: &'s str, yours: &'s str) {
        let [ours, theirs] = [current, yours].map(|lines| lines.split_inclusive('\n').map(cut));
        if ours.clone().map(|(text, _)| text).eq(theirs.clone().map(|(text, _)| text)) {
            for ((text, end), (_, other)) in ours.zip(theirs) {
                self.line(text, longer(end, other));
            }
        } else {
            let [base, current, yours] = [base, current, yours].map(str::to_owned);
            self.overlaps.push(Overlap { base, current, yours });
        }
    }

    fn add(&mut self, lines: &'s str) {
        for (text, end) in lines.split_inclusive('\n').map(cut) {
            self.line(text, end);
        }
    }

    /// Adds a line. One that ended a text and now has others after it ends as the one before it does.
    fn line(&mut self, text: &str, end: &'s str) {
        if self.end.is_empty() && !self.out.is_empty() {
            self.out.push_str(if self.last_end.is_empty() { "\n" } else { self.last_end });
        }
        self.out.push_str(text);
        self.out.push_str(end);
        if !end.is_empty() {
            self.last_end = end;
        }
        self.end = end;
    }
}

/// Of two ends, the one that says more: it does not matter whose it is.
fn longer<'t>(one: &'t str, other: &'t str) -> &'t str {
    if one.len() < other.len() { other } else { one }
}
