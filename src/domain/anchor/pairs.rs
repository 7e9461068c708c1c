//! Which word of the old text became which of the new: each has one partner at the most.

use super::words::Words;

/// Words that went from one text to the other together, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// The first word's number in the old text.
    pub(super) old: usize,
    /// The first word's number in the new text.
    pub(super) new: usize,
    /// How many words.
    pub(super) len: usize,
}

impl Run {
    pub(super) const fn old_end(&self) -> usize {
        self.old + self.len
    }

    pub(super) const fn new_end(&self) -> usize {
        self.new + self.len
    }
}

/// Words without a partner.
const NONE: usize = usize::MAX;

/// The words of both texts, and the partners found so far.
#[derive(Debug)]
pub(super) struct Pairs<'a> {
    pub(super) old: Words<'a>,
    pub(super) new: Words<'a>,
    there: Vec<usize>,
    back: Vec<usize>,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(old: Words<'a>, new: Words<'a>) -> Self {
        let (there, back) = (vec![NONE; old.len()], vec![NONE; new.len()]);
        Self { old, new, there, back }
    }

    pub(super) fn is_free_old(&self, index: usize) -> bool {
        self.there.get(index) == Some(&NONE)
    }

    pub(super) fn is_free_new(&self, index: usize) -> bool {
        self.back.get(index) == Some(&NONE)
    }

    /// Whether two words are the same and both still without a partner.
    pub(super) fn may_pair(&self, old: usize, new: usize) -> bool {
        self.is_free_old(old) && self.is_free_new(new) && self.old.id(old) == self.new.id(new)
    }

    /// Makes two words partners, where both are free.
    pub(super) fn pair(&mut self, old: usize, new: usize) {
        if let (Some(there @ &mut NONE), Some(back @ &mut NONE)) = (self.there.get_mut(old), self.back.get_mut(new)) {
            (*there, *back) = (new, old);
        }
    }

    pub(super) fn pair_run(&mut self, run: Run) {
        for step in 0..run.len {
            self.pair(run.old + step, run.new + step);
        }
    }

    pub(super) fn part(&mut self, run: Run) {
        if let Some(there) = self.there.get_mut(run.old..run.old_end()) {
            there.fill(NONE);
        }
        if let Some(back) = self.back.get_mut(run.new..run.new_end()) {
            back.fill(NONE);
        }
    }

    pub(super) fn part_all(&mut self) {
        self.there.fill(NONE);
        self.back.fill(NONE);
    }

    /// All pairs as the longest runs, in the order of the old text.
    pub(super) fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (old, &new) in self.there.iter().enumerate().filter(|&(_, &new)| new != NONE) {
            match runs.last_mut() {
                Some(last) if last.old_end() == old && last.new_end() == new => last.len += 1,
                _ => runs.push(Run { old, new, len: 1 }),
            }
        }
        runs
    }
}

/// The runs' numbers in the order of the new text.
pub(super) fn order_in_new(runs: &[Run]) -> Vec<usize> {
    let mut order: Vec<(usize, usize)> = runs.iter().map(|run| run.new).zip(0..).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, index)| index).collect()
}
