//! The formats that words stand in, and the tags that give them back.

use std::borrow::Cow;
use std::collections::HashMap;

use super::markup::{name, without_id, without_ids};

/// `<del>` or `<ins>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Deleted,
    Inserted,
}

impl Mark {
    pub(super) fn open(self) -> &'static str {
        match self {
            Self::Deleted => "<del>",
            Self::Inserted => "<ins>",
        }
    }

    pub(super) fn close(self) -> &'static str {
        match self {
            Self::Deleted => "</del>",
            Self::Inserted => "</ins>",
        }
    }

    /// HTML as it stands under this mark: what is deleted names no place on the page any more.
    pub(super) fn of(self, html: &str) -> Cow<'_, str> {
        match self {
            Self::Deleted => without_ids(html),
            Self::Inserted => Cow::Borrowed(html),
        }
    }

    /// A tag as it stands under this mark.
    pub(super) fn of_tag(self, tag: &str) -> Cow<'_, str> {
        match self {
            Self::Deleted => without_id(tag),
            Self::Inserted => Cow::Borrowed(tag),
        }
    }
}

/// An element of running text, within others.
struct Format<'h> {
    outer: u32,
    depth: u32,
    /// Its tag, before and after; these differ in their anchors at most.
    tags: [&'h str; 2],
}

/// All formats of a text. Number 0 is plain text.
pub(super) struct Formats<'h> {
    all: Vec<Format<'h>>,
    numbers: HashMap<(u32, Cow<'h, str>), u32>,
}

impl<'h> Formats<'h> {
    pub(super) fn new() -> Self {
        Self { all: vec![Format { outer: 0, depth: 0, tags: [""; 2] }], numbers: HashMap::new() }
    }

    /// The format that this tag gives within another one. `side` is 0 before and 1 after.
    pub(super) fn within(&mut self, outer: u32, tag: &'h str, side: usize) -> u32 {
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry((outer, without_id(tag))).or_insert(next);
        if number == next {
            self.all.push(Format { outer, depth: self.depth(outer) + 1, tags: [tag; 2] });
        }
        if let Some(known) = self.all.get_mut(number as usize).and_then(|format| format.tags.get_mut(side)) {
            *known = tag;
        }
        number
    }

    pub(super) fn outer(&self, format: u32) -> u32 {
        self.all.get(format as usize).map_or(0, |format| format.outer)
    }

    fn depth(&self, format: u32) -> u32 {
        self.all.get(format as usize).map_or(0, |format| format.depth)
    }

    fn tag(&self, format: u32, side: usize) -> &'h str {
        self.all.get(format as usize).and_then(|format| format.tags.get(side)).copied().unwrap_or_default()
    }

    /// What two formats have in common.
    pub(super) fn common(&self, mut one: u32, mut other: u32) -> u32 {
        while one != other {
            if self.depth(one) < self.depth(other) {
                std::mem::swap(&mut one, &mut other);
            }
            one = self.outer(one);
        }
        one
    }
}

/// Running text being written.
pub(super) struct Writer<'w, 'h> {
    formats: &'w Formats<'h>,
    /// The format that is open.
    open: u32,
    out: &'w mut String,
}

impl<'w, 'h> Writer<'w, 'h> {
    pub(super) fn new(formats: &'w Formats<'h>, out: &'w mut String) -> Self {
        Self { formats, open: 0, out }
    }

    /// Writes words, each with its format, under a mark or none. The mark stands within what they
    /// have in common with the words before them, so that a link that goes on is not torn.
    pub(super) fn write<'t>(
        &mut self,
        mark: Option<Mark>,
        words: impl Iterator<Item = (&'t str, u32)> + Clone,
    ) {
        let Some(mark) = mark else {
            for (word, format) in words {
                self.change_to(format, 1);
                self.out.push_str(word);
            }
            return;
        };
        let side = usize::from(mark == Mark::Inserted);
        let mut all = words.clone().map(|(_, format)| format);
        let Some(first) = all.next() else { return };
        let around = all.fold(first, |common, format| self.formats.common(common, format));
        let around = self.formats.common(self.open, around);
        self.change_to(around, side);
        self.out.push_str(mark.open());
        for (word, format) in words {
            self.change_to(format, side);
            self.out.push_str(&mark.of(word));
        }
        self.change_to(around, side);
        self.out.push_str(mark.close());
    }

    /// Closes what is open.
    pub(super) fn finish(mut self) {
        self.change_to(0, 1);
    }

    fn change_to(&mut self, format: u32, side: usize) {
        let common = self.formats.common(self.open, format);
        while self.open != common {
            self.out.push_str("</");
            self.out.push_str(name(self.formats.tag(self.open, side)));
            self.out.push('>');
            self.open = self.formats.outer(self.open);
        }
        self.enter(format, side);
    }

    /// Opens a format from the outermost of its elements that is not open, as deep as tags nest.
    fn enter(&mut self, format: u32, side: usize) {
        if format == self.open {
            return;
        }
        self.enter(self.formats.outer(format), side);
        let tag = self.formats.tag(format, side);
        self.out.push('<');
        self.out.push_str(&if side == 0 { without_id(tag) } else { Cow::Borrowed(tag) });
        self.out.push('>');
        self.open = format;
    }
}
