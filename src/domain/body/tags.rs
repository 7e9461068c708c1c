//! The HTML that a body may hold.

/// Where a tag may stand when an editor types it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anywhere in running text.
    Phrase,
    /// Only in HTML that stands by itself, not within a paragraph.
    Block,
    /// Only within a table.
    TablePart,
}

/// A tag that editors may type, with the attributes that survive.
#[derive(Debug)]
pub(super) struct Tag {
    /// In lower case.
    pub(super) name: &'static str,
    /// Where it may stand.
    pub(super) kind: Kind,
    /// Invariant: no `rel`, `target`, `class`, `id`, `style` or handler of events is in any of these.
    pub(super) attributes: &'static [&'static str],
}

impl Tag {
    /// Whether it has neither content nor an end.
    pub(super) fn is_void(&self) -> bool {
        matches!(self.name, "br" | "hr" | "img" | "col" | "wbr")
    }
}

/// The tag of this name, whatever its case.
pub(super) fn find(name: &str) -> Option<&'static Tag> {
    // The page's own headline is its only first heading.
    let name = if name.eq_ignore_ascii_case("h1") { "h2" } else { name };
    TAGS.iter().find(|tag| tag.name.eq_ignore_ascii_case(name))
}

/// What any tag may carry.
pub(super) const ANY_TAG: &[&str] = &["title", "lang", "dir"];

/// Tags that only this module writes, with the attributes that it gives to its own.
pub(super) const OWN: &[(&str, &[&str])] = &[
    ("section", &["class"]),
    ("li", &["id"]),
    ("a", &["id", "class"]),
    ("sup", &["class"]),
    ("code", &["class"]),
];

const fn phrase(name: &'static str) -> Tag {
    Tag { name, kind: Kind::Phrase, attributes: &[] }
}

const fn block(name: &'static str) -> Tag {
    Tag { name, kind: Kind::Block, attributes: &[] }
}

const fn part(name: &'static str, attributes: &'static [&'static str]) -> Tag {
    Tag { name, kind: Kind::TablePart, attributes }
}

const CELL: &[&str] = &["align", "colspan", "rowspan", "scope"];

/// Everything that editors may type.
pub(super) const TAGS: &[Tag] = &[
    Tag { name: "a", kind: Kind::Phrase, attributes: &["href"] },
    phrase("em"),
    phrase("strong"),
    phrase("b"),
    phrase("i"),
    phrase("u"),
    phrase("s"),
    phrase("del"),
    phrase("ins"),
    phrase("code"),
    phrase("kbd"),
    phrase("samp"),
    phrase("var"),
    phrase("sub"),
    phrase("sup"),
    phrase("mark"),
    phrase("small"),
    phrase("abbr"),
    phrase("cite"),
    phrase("dfn"),
    phrase("q"),
    phrase("span"),
    phrase("bdi"),
    phrase("bdo"),
    phrase("ruby"),
    phrase("rt"),
    phrase("rp"),
    phrase("wbr"),
    phrase("br"),
    Tag { name: "time", kind: Kind::Phrase, attributes: &["datetime"] },
    Tag { name: "img", kind: Kind::Phrase, attributes: &["src", "alt", "width", "height"] },
    block("p"),
    block("div"),
    block("pre"),
    block("blockquote"),
    block("ul"),
    Tag { name: "ol", kind: Kind::Block, attributes: &["start", "reversed"] },
    Tag { name: "li", kind: Kind::Block, attributes: &["value"] },
    block("dl"),
    block("dt"),
    block("dd"),
    block("hr"),
    block("figure"),
    block("figcaption"),
    block("details"),
    block("summary"),
    block("h2"),
    block("h3"),
    block("h4"),
    block("h5"),
    block("h6"),
    block("table"),
    part("caption", &[]),
    part("colgroup", &[]),
    part("col", &["span"]),
    part("thead", &[]),
    part("tbody", &[]),
    part("tfoot", &[]),
    part("tr", &[]),
    part("th", CELL),
    part("td", CELL),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_editors_type_can_style_script_or_mark_a_link() {
        for tag in TAGS {
            for attribute in tag.attributes.iter().chain(ANY_TAG) {
                assert!(
                    !["rel", "target", "class", "id", "style"].contains(attribute)
                        && !attribute.starts_with("on")
                );
            }
        }
        for name in [
            "script", "style", "iframe", "object", "svg", "math", "form", "input", "template", "select",
            "link", "base",
        ] {
            assert!(find(name).is_none(), "{name}");
        }
    }
}
