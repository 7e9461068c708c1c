//! A body shown with its changes.

use super::align::{Fate, align};
use super::compare::Effort;
use super::formats::Mark;
use super::markup::{is_visible, name, sound, without_id};
use super::parts::{Part, Place, parts};
use super::running;

/// A body as it is now, with what was inserted in `<ins>` and what was deleted in `<del>`: word by
/// word within what was edited, as a whole what came, went or was rewritten. Both bodies are given as
/// the blocks that readers get, each as safe HTML.
///
/// Invariant: it is as safe as what it is made of. No tag is put together here but `<del>` and
/// `<ins>`; all others are those that were given, whole and in their order.
#[must_use]
pub fn marked(before: &[String], after: &[String]) -> String {
    with_effort(before, after, Effort::of_words())
}

pub(super) fn with_effort(before: &[String], after: &[String], effort: Effort) -> String {
    let [before, after] =
        [before, after].map(|blocks| blocks.iter().map(|html| sound(html)).collect::<Vec<_>>());
    let [before, after] = [&before, &after].map(|blocks| {
        blocks
            .iter()
            .flat_map(|html| parts(html))
            .filter(|part| !part.is_run() || is_visible(part.html))
            .collect::<Vec<_>>()
    });
    let mut page = Page { out: String::new(), effort };
    for fate in align(&before, &after, &mut page.effort) {
        if !page.out.is_empty() {
            page.out.push('\n');
        }
        page.show(fate, false);
    }
    page.out
}

struct Page {
    out: String,
    effort: Effort,
}

impl Page {
    /// `exact` says that blanks are seen, as they are in code.
    fn show(&mut self, fate: Fate<'_>, exact: bool) {
        match fate {
            Fate::Same(part) => self.out.push_str(part.html),
            Fate::Gone(part) => self.whole(Mark::Deleted, part),
            Fate::New(part) => self.whole(Mark::Inserted, part),
            Fate::Edited(old, new) => self.edited(old, new, exact),
        }
    }

    fn edited(&mut self, old: Part<'_>, new: Part<'_>, exact: bool) {
        if old.is_run() && new.is_run() {
            if !running::mark(old.html, new.html, exact, &mut self.effort, &mut self.out) {
                self.whole(Mark::Deleted, old);
                self.whole(Mark::Inserted, new);
            }
        } else if old.name == new.name && without_id(old.tag()) == without_id(new.tag()) {
            self.within(new.tag(), |page| page.flow(old.inner(), new.inner(), exact || new.name == "pre"));
        } else if old.name == new.name && new.place() == Place::Within {
            self.within(new.tag(), |page| {
                page.put(Mark::Deleted, old.inner());
                page.put(Mark::Inserted, new.inner());
            });
        } else {
            self.whole(Mark::Deleted, old);
            self.whole(Mark::Inserted, new);
        }
    }

    /// What an element holds.
    fn flow(&mut self, before: &str, after: &str, exact: bool) {
        // What stands in many elements is read once for each of them.
        if self.effort.read(4 * (before.len() + after.len())) {
            for fate in align(&parts(before), &parts(after), &mut self.effort) {
                self.show(fate, exact);
            }
        } else {
            parts(before).into_iter().for_each(|part| self.whole(Mark::Deleted, part));
            parts(after).into_iter().for_each(|part| self.whole(Mark::Inserted, part));
        }
    }

    /// All of a part under one mark.
    fn whole(&mut self, mark: Mark, part: Part<'_>) {
        match part.place() {
            Place::Anywhere => self.put(mark, part.html),
            // Empty cells stay: without them, the others of a deleted row would move.
            Place::Within => self.within(&mark.of_tag(part.tag()), |page| page.put(mark, part.inner())),
            Place::Skeleton => self.within(&mark.of_tag(part.tag()), |page| {
                for inner in parts(part.inner()) {
                    page.whole(mark, inner);
                }
            }),
            Place::Unseen if mark == Mark::Inserted => self.out.push_str(part.html),
            Place::Unseen => {}
        }
    }

    /// Writes a tag and its end around what `write` writes.
    fn within(&mut self, tag: &str, write: impl FnOnce(&mut Self)) {
        for piece in ["<", tag, ">"] {
            self.out.push_str(piece);
        }
        write(self);
        for piece in ["</", name(tag), ">"] {
            self.out.push_str(piece);
        }
    }

    /// HTML that can stand anywhere, under a mark; without one where nothing is to be seen.
    fn put(&mut self, mark: Mark, html: &str) {
        if is_visible(html) {
            self.out.push_str(mark.open());
            self.out.push_str(&mark.of(html));
            self.out.push_str(mark.close());
        } else if mark == Mark::Inserted {
            self.out.push_str(html);
        }
    }
}
