//! Where each word stands in a text: made once a quote has to be looked for.

use super::words::Words;

/// For each word's number, the places at which it stands, in order.
#[derive(Debug)]
pub(super) struct Index {
    starts: Vec<usize>,
    places: Vec<usize>,
}

impl Index {
    /// Takes in the words that are to be kept; `size` is one more than the greatest number.
    pub(super) fn of(words: &Words<'_>, size: usize, keep: impl Fn(usize) -> bool) -> Self {
        let mut starts = vec![0; size + 1];
        let kept = || words.list().iter().enumerate().filter(|&(place, _)| keep(place));
        for (_, word) in kept() {
            if let Some(count) = starts.get_mut(word.id as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut places = vec![0; sum];
        for (place, word) in kept() {
            if let Some(next) = next.get_mut(word.id as usize) {
                if let Some(slot) = places.get_mut(*next) {
                    *slot = place;
                }
                *next += 1;
            }
        }
        Self { starts, places }
    }

    /// Where the word with this number stands.
    pub(super) fn places(&self, id: u32) -> &[usize] {
        let at = |id: usize| self.starts.get(id).copied().unwrap_or(0);
        self.places.get(at(id as usize)..at(id as usize + 1)).unwrap_or_default()
    }
}

/// Which words do not lie well inside of one of these parts (first byte and the one after the last, in
/// order). A quote that no part holds whole has at least one of them.
pub(super) fn loose(words: &Words<'_>, parts: impl Iterator<Item = (usize, usize)>) -> Vec<bool> {
    let mut parts = parts.peekable();
    let mut loose = Vec::with_capacity(words.len());
    for word in words.list() {
        while parts.next_if(|&(_, end)| end < word.end).is_some() {}
        let is_inside = parts.peek().is_some_and(|&(start, end)| {
            (start < word.start || start == 0) && (word.end < end || end == words.text.len())
        });
        loose.push(!is_inside);
    }
    loose
}
