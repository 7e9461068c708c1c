//! Plain text, as readers would copy it from the page.

use super::tags;

/// Plain text being gathered.
#[derive(Default)]
pub(super) struct Plain {
    pub(super) buffer: String,
    preformatted: usize,
}

impl Plain {
    pub(super) fn push(&mut self, text: &str) {
        if self.preformatted > 0 {
            self.buffer.push_str(text);
            return;
        }
        for c in text.chars() {
            // A line end in HTML is a blank.
            let c = if matches!(c, '\n' | '\t') { ' ' } else { c };
            if c != ' ' || !(self.buffer.is_empty() || self.buffer.ends_with([' ', '\n', '\t'])) {
                self.buffer.push(c);
            }
        }
    }

    pub(super) fn enter(&mut self, name: &str) {
        if name == "pre" {
            self.preformatted += 1;
        }
        if name == "br" || breaks_line(name) {
            self.end_line();
        }
    }

    pub(super) fn leave(&mut self, name: &str) {
        if name == "pre" {
            self.preformatted = self.preformatted.saturating_sub(1);
        }
        if matches!(name, "td" | "th") {
            self.buffer.push('\t');
        } else if breaks_line(name) {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let kept = self.buffer.trim_end_matches([' ', '\t']).len();
        self.buffer.truncate(kept);
        if !self.buffer.is_empty() && !self.buffer.ends_with('\n') {
            self.buffer.push('\n');
        }
    }

    pub(super) fn finish(mut self) -> String {
        let kept = self.buffer.trim_end().len();
        self.buffer.truncate(kept);
        self.buffer
    }
}

fn breaks_line(name: &str) -> bool {
    tags::find(name).is_some_and(|tag| tag.kind != tags::Kind::Phrase && !matches!(name, "td" | "th"))
}
