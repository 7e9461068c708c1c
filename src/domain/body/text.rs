//! Words counted and anchors named.

use std::collections::{HashMap, HashSet};

/// Anchors given to headings so far.
#[derive(Default)]
pub(super) struct Anchors {
    used: HashSet<String>,
    next: HashMap<String, u32>,
}

impl Anchors {
    /// An anchor for a heading: its letters and digits in lower case, of any script, and a number
    /// where that is taken. Footnotes have a colon in theirs, so they never meet.
    pub(super) fn name(&mut self, heading: &str) -> String {
        let base = slugged(heading);
        let mut anchor = base.clone();
        // The count goes on from the last one, so that a thousand equal headings are no square.
        let number = self.next.entry(base.clone()).or_insert(1);
        while !self.used.insert(anchor.clone()) {
            *number += 1;
            anchor = format!("{base}-{number}");
        }
        anchor
    }
}

/// Long enough to be told apart, short enough for a URL.
const MAX_ANCHOR_CHARS: usize = 100;

fn slugged(heading: &str) -> String {
    let mut slug = String::new();
    let mut between = false;
    for c in heading.chars().flat_map(char::to_lowercase).take(MAX_ANCHOR_CHARS) {
        if c.is_alphanumeric() {
            if between && !slug.is_empty() {
                slug.push('-');
            }
            between = false;
            slug.push(c);
        } else if c.is_whitespace() || matches!(c, '-' | '_' | '/' | '–' | '—') {
            between = true;
        }
    }
    if slug.is_empty() { "section".to_owned() } else { slug }
}

/// How many words a text has: what blanks set apart and holds a letter or digit. Chinese and
/// Japanese set nothing apart, so each of their characters counts.
pub(super) fn count_words(text: &str) -> u32 {
    let words = text.split_whitespace().map(words_in).sum::<usize>();
    u32::try_from(words).unwrap_or(u32::MAX)
}

fn words_in(token: &str) -> usize {
    let (mut single, mut other) = (0, false);
    for c in token.chars() {
        if stands_alone(c) {
            single += 1;
        } else {
            other |= c.is_alphanumeric();
        }
    }
    single + usize::from(other)
}

fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_keep_every_script_and_never_repeat() {
        let mut anchors = Anchors::default();

        let named: Vec<_> =
            ["Ärger in Wien!", "日本 語", "Ärger — in Wien", "???", "Ärger in Wien 2", "Ärger in Wien", "!"]
                .into_iter()
                .map(|heading| anchors.name(heading))
                .collect();

        assert_eq!(
            named,
            [
                "ärger-in-wien",
                "日本-語",
                "ärger-in-wien-2",
                "section",
                "ärger-in-wien-2-2",
                "ärger-in-wien-3",
                "section-2"
            ]
        );
    }

    #[test]
    fn words_are_what_readers_would_count() {
        assert_eq!(count_words("Two words — and\u{2003}three, 4 more…"), 6);
        assert_eq!(count_words("映画 iPhone版"), 4);
        assert_eq!(count_words(" \n ** "), 0);
    }
}
