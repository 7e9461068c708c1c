//! A writer of HTML whose every tag is closed, in order, and not nested without end.
//!
//! The sanitiser after it would repair broken nesting too, but as browsers do: in time that grows
//! with the depth, and by moving things that stand loose in a table. What comes from here gives it
//! nothing to repair.

use super::slot::escape;
use super::tags::{Kind, Tag};

/// How deep tags may stand within each other. Beyond it their content stays and they themselves are
/// left out.
const MAX_DEPTH: usize = 100;

/// How long text may run without a tag, about, and an attribute's value at all. The sanitiser's
/// printer looks through all that is left of one text whenever it comes to an `&`: in long texts
/// full of them that is a square.
const MAX_RUN: usize = 16 * 1024;

struct Open {
    name: &'static str,
    typed: bool,
    shown: bool,
}

/// HTML being written.
#[derive(Default)]
pub(super) struct Writer {
    out: String,
    open: Vec<Open>,
    depth: usize,
    /// How long the text is that is being written.
    run: usize,
}

impl Writer {
    /// Opens a tag of ours. Attribute values are escaped here.
    pub(super) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        let shown = self.depth < MAX_DEPTH;
        if shown {
            self.void(name, attributes);
        }
        self.push(Open { name, typed: false, shown });
    }

    /// Closes the tag of ours that was opened last, with all that was typed and left open in it.
    pub(super) fn close(&mut self) {
        while let Some(typed) = self.pop() {
            if !typed {
                break;
            }
        }
    }

    /// Writes a tag of ours that has no content.
    pub(super) fn void(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.write_tag(name, attributes, escape);
    }

    /// Writes text.
    pub(super) fn text(&mut self, text: &str) {
        self.write_text(text, |c, out| escape(c.encode_utf8(&mut [0; 4]), out));
    }

    /// Writes text that was typed as HTML: its character references stand.
    pub(super) fn typed_text(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.leave_table();
        }
        self.write_text(text, |c, out| match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        });
    }

    /// Opens a tag that was typed. Attribute values are as typed, without their quotes.
    pub(super) fn typed_open(&mut self, tag: &'static Tag, attributes: &[(&'static str, &str)]) {
        if tag.kind == Kind::TablePart {
            let Some(parent) = self.find_typed(parents(tag.name), &[]) else { return };
            self.close_from(parent + 1);
        } else {
            self.leave_table();
            let (ends, until) = ended_by(tag);
            if let Some(ended) = self.find_typed(ends, until) {
                self.close_from(ended);
            }
        }
        if !tag.is_void() && self.depth >= MAX_DEPTH {
            return;
        }
        self.write_tag(tag.name, attributes, |value, out| out.push_str(&value.replace('"', "&quot;")));
        if !tag.is_void() {
            self.push(Open { name: tag.name, typed: true, shown: true });
        }
    }

    /// Closes a tag that was typed, if it is open within the innermost tag of ours.
    pub(super) fn typed_close(&mut self, tag: &'static Tag) {
        // The end of a table within a table's cell is no end of the outer one's cell.
        let until: &[&str] = if tag.name == "table" { &[] } else { &["table"] };
        if let Some(at) = self.find_typed(&[tag.name], until) {
            self.close_from(at);
        }
    }

    /// Closes all that was typed and left open within the innermost tag of ours.
    pub(super) fn close_typed(&mut self) {
        while self.open.last().is_some_and(|open| open.typed) {
            self.pop();
        }
    }

    /// What was written, all of it closed.
    pub(super) fn finish(mut self) -> String {
        while self.pop().is_some() {}
        self.out
    }

    /// Content that stands loose in a table ends it: browsers would move it before the table, each
    /// time looking through all that is there already.
    fn leave_table(&mut self) {
        let loose = self.open.last().is_some_and(|open| {
            open.typed && matches!(open.name, "table" | "thead" | "tbody" | "tfoot" | "tr" | "colgroup")
        });
        if loose && let Some(table) = self.find_typed(&["table"], &[]) {
            self.close_from(table);
        }
    }

    fn find_typed(&self, names: &[&str], until: &[&str]) -> Option<usize> {
        let typed = self.open.iter().enumerate().rev().take_while(|(_, open)| open.typed);
        for (at, open) in typed {
            if names.contains(&open.name) {
                return Some(at);
            }
            if until.contains(&open.name) {
                return None;
            }
        }
        None
    }

    fn close_from(&mut self, at: usize) {
        while self.open.len() > at {
            self.pop();
        }
    }

    fn push(&mut self, open: Open) {
        self.depth += usize::from(open.shown);
        self.open.push(open);
    }

    /// Whether what was closed had been typed; `None` once nothing is open.
    fn pop(&mut self) -> Option<bool> {
        let open = self.open.pop()?;
        if open.shown {
            self.depth -= 1;
            self.run = 0;
            self.out.push_str("</");
            self.out.push_str(open.name);
            self.out.push('>');
        }
        Some(open.typed)
    }

    fn write_tag(&mut self, name: &str, attributes: &[(&str, &str)], write_value: fn(&str, &mut String)) {
        self.run = 0;
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes.iter().filter(|(_, value)| value.len() <= MAX_RUN) {
            for part in [" ", key, "=\""] {
                self.out.push_str(part);
            }
            write_value(value, &mut self.out);
            self.out.push('"');
        }
        self.out.push('>');
    }

    fn write_text(&mut self, text: &str, write: impl Fn(char, &mut String)) {
        for c in text.chars() {
            // A comment parts one text from the next and does not outlive the sanitiser. It must not
            // stand within a character reference; none goes on over these.
            if self.run > MAX_RUN && (c == '&' || !c.is_ascii()) {
                self.out.push_str("<!---->");
                self.run = 0;
            }
            self.run += c.len_utf8();
            write(c, &mut self.out);
        }
    }
}

/// What a part of a table must stand in.
fn parents(part: &str) -> &'static [&'static str] {
    match part {
        "td" | "th" => &["tr", "thead", "tbody", "tfoot", "table"],
        "tr" => &["thead", "tbody", "tfoot", "table"],
        "col" => &["colgroup", "table"],
        _ => &["table"],
    }
}

/// What a tag ends without saying so, and what keeps it from doing so.
fn ended_by(tag: &Tag) -> (&'static [&'static str], &'static [&'static str]) {
    match (tag.name, tag.kind) {
        ("a", _) => (&["a"], &["td", "th", "caption"]),
        ("li", _) => (&["li"], &["ul", "ol", "table"]),
        ("dt" | "dd", _) => (&["dt", "dd"], &["dl", "table"]),
        (_, Kind::Block) => (&["p"], &["td", "th", "caption"]),
        _ => (&[], &[]),
    }
}
