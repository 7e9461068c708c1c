//! Slots: the places in a stored template that wait for a URL, and the escaping around them.
//!
//! A slot is written between two Unicode noncharacters, inside an attribute's quotes. No template
//! holds these characters otherwise: `admitted` keeps them out of the Markdown, and out of what its
//! character references stand for.

use std::borrow::Cow;

use url::{ParseError, Url};

const OPEN: char = '\u{FDD0}';
const CLOSE: char = '\u{FDD1}';

/// What belongs into a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// The URL of the link with this number, and its `rel`.
    Link(usize),
    /// The URL of the image with this number.
    Image(usize),
}

/// Writes a slot.
pub(super) fn put(slot: Slot, out: &mut String) {
    let (kind, number) = match slot {
        Slot::Link(number) => ('L', number),
        Slot::Image(number) => ('I', number),
    };
    out.push(OPEN);
    out.push(kind);
    out.push_str(&number.to_string());
    out.push(CLOSE);
}

/// Copies a template and has `write` fill its slots: one scan, however many there are.
pub(super) fn fill(template: &str, mut write: impl FnMut(Slot, &mut String)) -> String {
    let mut out = String::with_capacity(template.len() + template.len() / 4);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once(OPEN) {
        out.push_str(before);
        let Some((inside, beyond)) = after.split_once(CLOSE) else {
            rest = after;
            break;
        };
        if let Some(slot) = read(inside) {
            write(slot, &mut out);
        }
        rest = beyond;
    }
    out.push_str(rest);
    out
}

fn read(inside: &str) -> Option<Slot> {
    if let Some(number) = inside.strip_prefix('L') {
        return number.parse().ok().map(Slot::Link);
    }
    inside.strip_prefix('I')?.parse().ok().map(Slot::Image)
}

/// Whether a character may be in a body at all. Noncharacters could forge a slot; NUL and its like
/// are not allowed in XML, which feeds are written in.
pub(super) fn admitted(c: char) -> bool {
    match c {
        '\n' | '\t' => true,
        '\0'..='\u{1F}' => false,
        '\u{FDD0}'..='\u{FDEF}' => false,
        _ => u32::from(c) & 0xFFFE != 0xFFFE,
    }
}

/// The text without what is not admitted.
pub(super) fn tidy(text: &str) -> Cow<'_, str> {
    if text.chars().all(admitted) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| admitted(*c)).collect())
    }
}

/// Writes text so that HTML shows it as it is, between tags and between quotes alike.
pub(super) fn escape(text: &str, out: &mut String) {
    out.reserve(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ if admitted(c) => out.push(c),
            _ => {}
        }
    }
}

/// Whether a link may lead there: a page, an address to write to, a number to call. Anything that
/// could run in the reader's page is none of these.
pub(super) fn may_link(url: &str) -> bool {
    leads_to(url, &["http", "https", "mailto", "tel"])
}

/// Whether an image may come from there.
pub(super) fn may_show(url: &str) -> bool {
    leads_to(url, &["http", "https"])
}

/// Schemes are judged by the same parser as browsers have: it sees through blanks and line ends
/// within `java script:`.
fn leads_to(url: &str, schemes: &[&str]) -> bool {
    match Url::parse(url) {
        Ok(url) => schemes.contains(&url.scheme()),
        Err(ParseError::RelativeUrlWithoutBase) => !url.trim().is_empty(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_in_one_scan() {
        let mut template = String::from("a ");
        put(Slot::Link(3), &mut template);
        template.push_str(" b ");
        put(Slot::Image(12), &mut template);

        let filled = fill(&template, |slot, out| out.push_str(&format!("{slot:?}")));

        assert_eq!(filled, "a Link(3) b Image(12)");
    }

    #[test]
    fn a_torn_slot_is_dropped_and_not_guessed() {
        assert_eq!(fill("a\u{FDD0}L1", |_, out| out.push('!')), "aL1");
        assert_eq!(fill("a\u{FDD0}Lx\u{FDD1}b", |_, out| out.push('!')), "ab");
    }

    #[test]
    fn escaping_leaves_no_way_to_forge_a_slot() {
        let mut out = String::new();
        escape("<\u{FDD0}L0\u{FDD1}\u{FFFE}\u{1}\">", &mut out);
        assert_eq!(out, "&lt;L0&quot;&gt;");
    }

    #[test]
    fn links_lead_to_pages_and_people_only() {
        for url in
            ["https://a.example/", "mailto:a@b.example", "tel:+431", "/x", "x y", "//a.example/x", "?q"]
        {
            assert!(may_link(url), "{url}");
        }
        for url in [
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            " \u{1}javascript:x",
            "data:text/html,x",
            "vbscript:x",
            "",
            " ",
        ] {
            assert!(!may_link(url), "{url}");
        }
        assert!(!may_show("mailto:a@b.example"));
    }
}
