//! Texts taken apart into lines and what follows them.

use std::ops::Range;

use super::value;

/// A text as units: each a line that says something, with its end and all blank lines after it. So
/// what parts paragraphs belongs to the one before, and never passes for a line that two texts have
/// in common. Only a text's first unit may say nothing: blank lines before all else.
pub(super) struct Units<'t> {
    text: &'t str,
    starts: Vec<u32>,
}

impl<'t> Units<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let (mut starts, mut at) = (Vec::new(), 0);
        for line in text.split_inclusive('\n') {
            if at == 0 || !line.trim_ascii().is_empty() {
                // A body is far too short for this to be cut off.
                starts.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
            at += line.len();
        }
        Self { text, starts }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &'t str> {
        (0..self.count()).map(|unit| self.unit(unit))
    }

    /// All that units are made of.
    pub(super) fn range(&self, units: Range<usize>) -> &'t str {
        let byte = |unit: usize| self.starts.get(unit).map_or(self.text.len(), |start| *start as usize);
        self.text.get(byte(units.start)..byte(units.end)).unwrap_or_default()
    }

    /// The line of a unit, without its end.
    pub(super) fn unit(&self, unit: usize) -> &'t str {
        self.cut(unit).0
    }

    /// What stands between a unit and the next one.
    pub(super) fn end(&self, unit: usize) -> Option<&'t str> {
        (unit + 1 < self.count()).then(|| self.cut(unit).1)
    }

    /// What follows the last unit.
    pub(super) fn last_end(&self) -> &'t str {
        self.count().checked_sub(1).map_or("", |last| self.cut(last).1)
    }

    /// Whether a blank line follows a unit.
    pub(super) fn is_set_apart(&self, unit: usize) -> bool {
        self.cut(unit).1.matches('\n').nth(1).is_some()
    }

    fn cut(&self, unit: usize) -> (&'t str, &'t str) {
        let all = self.range(unit..unit + 1);
        let line = all.find('\n').and_then(|end| all.get(..end)).unwrap_or(all);
        let line = if line.len() < all.len() { line.strip_suffix('\r').unwrap_or(line) } else { line };
        (line, all.get(line.len()..).unwrap_or_default())
    }
}

/// What stands between lines: merged, or the longer of two where both changed it. Which of them was
/// first must not matter, so equally long ones are told apart by what they are.
pub(super) fn or_longer<'t>(base: &'t str, current: &'t str, yours: &'t str) -> &'t str {
    let longer = || [current, yours].into_iter().max_by_key(|end| (end.len(), *end)).unwrap_or(current);
    value(&base, &current, &yours).unwrap_or_else(|_| longer())
}
