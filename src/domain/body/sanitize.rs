//! The last gate before HTML is stored: what is not known to be safe does not pass, whatever wrote it.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::plain::Plain;
use super::slot::{self, Slot};
use super::{Compiled, ImageRef, Link, tags};

/// A piece of a body that has passed.
#[derive(Debug, Default)]
pub(super) struct Clean {
    /// Safe, with slots.
    pub(super) html: String,
    /// Its plain text.
    pub(super) text: String,
}

/// Sanitises HTML and puts a slot wherever it names a link's or an image's URL; these are noted in
/// `out` as belonging to its next block.
pub(super) fn clean(dirty: &str, out: &mut Compiled) -> Clean {
    let clean = GATE.clean(dirty).to_string();
    let mut scan = Scan {
        block: out.blocks.len(),
        out,
        html: String::with_capacity(clean.len() + 64),
        text: Plain::default(),
        link: None,
        alt: String::new(),
        hidden: None,
    };
    scan.run(&slot::tidy(&clean));
    Clean { html: scan.html, text: scan.text.finish() }
}

static GATE: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut attributes: HashMap<&str, HashSet<&str>> = HashMap::new();
    let typed = tags::TAGS.iter().map(|tag| (tag.name, tag.attributes));
    for (name, allowed) in typed.chain(tags::OWN.iter().copied()) {
        attributes.entry(name).or_default().extend(allowed);
    }
    let mut gate = ammonia::Builder::empty();
    gate.tags(attributes.keys().copied().collect())
        .tag_attributes(attributes)
        .generic_attributes(tags::ANY_TAG.iter().copied().collect())
        .clean_content_tags(["script", "style", "iframe", "noembed", "noframes", "template"].into())
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true);
    gate
});

/// Reads what the sanitiser printed. It prints in one way only: names in lower case, every value in
/// double quotes, `&`, `<`, `>` and quotes escaped; so there is nothing here to be fooled about.
struct Scan<'o> {
    block: usize,
    out: &'o mut Compiled,
    html: String,
    text: Plain,
    /// The link that is open, and where its text begins.
    link: Option<(usize, usize)>,
    /// Alternative texts within the link that is open.
    alt: String,
    /// The tag whose end brings back the text: marks of footnotes are no words.
    hidden: Option<&'static str>,
}

impl Scan<'_> {
    fn run(&mut self, clean: &str) {
        let mut rest = clean;
        while let Some((text, after)) = rest.split_once('<') {
            self.text(text);
            let (tag, beyond) = split_tag(after);
            match tag.strip_prefix('/') {
                Some(name) => self.close(name),
                None => self.open(tag),
            }
            rest = beyond;
        }
        self.text(rest);
    }

    fn text(&mut self, text: &str) {
        self.html.push_str(text);
        if self.hidden.is_none() {
            self.text.push(&decoded(text));
        }
    }

    fn open(&mut self, tag: &str) {
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        match name {
            "a" => self.open_link(attributes),
            "img" => self.image(attributes),
            _ => {
                self.html.push('<');
                self.html.push_str(tag);
                self.html.push('>');
            }
        }
        if name == "sup" && attributes.contains("class=\"footnote-ref\"") {
            self.hidden = Some("sup");
        } else if name == "a" && attributes.contains("class=\"footnote-backref\"") {
            self.hidden = Some("a");
        }
        self.text.enter(name);
    }

    fn close(&mut self, name: &str) {
        if self.hidden == Some(name) {
            self.hidden = None;
        }
        if name == "a" {
            self.close_link();
        }
        self.text.leave(name);
        self.html.push_str("</");
        self.html.push_str(name);
        self.html.push('>');
    }

    fn open_link(&mut self, attributes: &str) {
        self.html.push_str("<a");
        for (key, value) in pairs(attributes) {
            let url = decoded(value);
            let url = url.trim();
            // Within the page: nothing to resolve, and no link to anywhere.
            if key != "href" || url.starts_with('#') {
                self.keep(key, value);
            } else if slot::may_link(url) {
                self.link = Some((self.out.links.len(), self.text.buffer.len()));
                self.slot("href", Slot::Link(self.out.links.len()));
                self.out.links.push(Link { url: url.to_owned(), block: self.block, ..Link::default() });
            }
        }
        self.html.push('>');
        self.alt.clear();
    }

    fn close_link(&mut self) {
        let Some((number, start)) = self.link.take() else { return };
        let text = self.text.buffer.get(start..).unwrap_or_default().trim();
        if let Some(link) = self.out.links.get_mut(number) {
            link.text = if text.is_empty() { self.alt.trim().to_owned() } else { text.to_owned() };
        }
    }

    fn image(&mut self, attributes: &str) {
        let value = |name| {
            pairs(attributes)
                .find(|(key, _)| *key == name)
                .map(|(_, value)| decoded(value))
                .unwrap_or_default()
        };
        let (url, alt) = (value("src"), value("alt"));
        if self.link.is_some() {
            self.alt.push_str(&alt);
        }
        if !slot::may_show(url.trim()) {
            slot::escape(&alt, &mut self.html);
            self.text.push(&alt);
            return;
        }
        self.html.push_str("<img");
        self.slot("src", Slot::Image(self.out.images.len()));
        for (key, value) in pairs(attributes).filter(|(key, _)| *key != "src") {
            self.keep(key, value);
        }
        self.html.push('>');
        self.out.images.push(ImageRef { url: url.trim().to_owned(), alt, block: self.block });
    }

    fn keep(&mut self, key: &str, value: &str) {
        for part in [" ", key, "=\"", value, "\""] {
            self.html.push_str(part);
        }
    }

    fn slot(&mut self, key: &str, slot: Slot) {
        for part in [" ", key, "=\""] {
            self.html.push_str(part);
        }
        slot::put(slot, &mut self.html);
        self.html.push('"');
    }
}

/// A tag and what follows it; a `>` within quotes is no end.
fn split_tag(after: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, byte) in after.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => {
                return (after.get(..at).unwrap_or_default(), after.get(at + 1..).unwrap_or_default());
            }
            _ => {}
        }
    }
    (after, "")
}

/// Attributes as the sanitiser prints them.
fn pairs(attributes: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = attributes;
    std::iter::from_fn(move || {
        let (key, after) = rest.split_once("=\"")?;
        let (value, beyond) = after.split_once('"')?;
        rest = beyond;
        Some((key.trim(), value))
    })
}

/// Text without the five escapes that the sanitiser writes.
fn decoded(text: &str) -> String {
    const ESCAPES: [(&str, char); 5] =
        [("amp;", '&'), ("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("nbsp;", '\u{A0}')];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let escape = ESCAPES.iter().find_map(|(name, c)| after.strip_prefix(name).map(|beyond| (*c, beyond)));
        let (c, beyond) = escape.unwrap_or(('&', after));
        out.push(c);
        rest = beyond;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_url_becomes_a_slot_and_what_is_unsafe_goes() {
        let mut out = Compiled::default();

        let clean = clean(
            "<p><a href=\"/a?b&amp;c\" rel=\"me\">x <b>y</b></a> <a href=\"javascript:z\">w</a> <img src=\" i.png\" alt=\"&quot;\"><img src=\"data:x\" alt=\"gone\"></p>",
            &mut out,
        );

        assert_eq!(
            clean.html,
            "<p><a href=\"\u{FDD0}L0\u{FDD1}\">x <b>y</b></a> <a>w</a> <img src=\"\u{FDD0}I0\u{FDD1}\" alt=\"&quot;\">gone</p>"
        );
        assert_eq!(clean.text, "x y w gone");
        assert_eq!(out.links, [Link { url: "/a?b&c".into(), text: "x y".into(), block: 0, network: None }]);
        assert_eq!(out.images, [ImageRef { url: "i.png".into(), alt: "\"".into(), block: 0 }]);
    }

    #[test]
    fn references_to_noncharacters_forge_no_slot() {
        let mut out = Compiled::default();
        let clean = clean("<abbr title=\"&#xFDD0;L0&#xFDD1;\">&#xFDD0;I0&#xFDD1;</abbr>", &mut out);
        assert_eq!(clean.html, "<abbr title=\"L0\">I0</abbr>");
    }
}
