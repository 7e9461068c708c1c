//! Bodies with changes marked, read by other code than that which writes them.

use std::collections::{HashMap, HashSet};

/// A letter or picture that readers see, and the tags that it stands in.
pub(super) type Seen = (char, Vec<String>);

/// Which of the two revisions to read.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Revision {
    Before,
    After,
}

/// What is seen of a revision in a body with changes marked, or of a body without.
pub(super) fn seen(html: &str, revision: Revision) -> Vec<Seen> {
    let left_out = if revision == Revision::Before { "ins" } else { "del" };
    let (mut seen, mut open): (Vec<Seen>, Vec<String>) = (Vec::new(), Vec::new());
    let mut rest = html;
    while !rest.is_empty() {
        let hidden = open.iter().any(|tag| tag == left_out);
        let path = || open.iter().filter(|tag| !["ins", "del"].contains(&tag.as_str())).cloned();
        if let Some(after) = rest.strip_prefix('<') {
            let (tag, beyond) = after.split_once('>').expect("tags end");
            rest = beyond;
            if let Some(name) = tag.strip_prefix('/') {
                let opened = open.pop().expect("what is closed was open");
                assert_eq!(opened.split(' ').next(), Some(name), "tags nest: {html}");
                continue;
            }
            let tag = plain(tag, revision);
            match tag.split(' ').next().unwrap() {
                "img" | "hr" if hidden => {}
                "img" | "hr" => seen.push(('\u{FFFC}', path().chain([tag]).collect())),
                "br" => {}
                name => {
                    let parent = open.last().map_or("", |tag| tag.split(' ').next().unwrap());
                    if ["ins", "del"].contains(&name) {
                        let only_own =
                            ["ul", "ol", "dl", "table", "thead", "tbody", "tfoot", "tr", "colgroup"];
                        assert!(!only_own.contains(&parent), "a mark in <{parent}>: {html}");
                        let nested = open.iter().any(|tag| ["ins", "del"].contains(&tag.as_str()));
                        assert!(!nested, "a mark within a mark: {html}");
                    }
                    if name == "iframe" && !hidden {
                        seen.push(('\u{FFFC}', path().chain([tag.clone()]).collect()));
                    }
                    open.push(tag);
                }
            }
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            if !hidden {
                let exact = open.iter().any(|tag| tag == "pre");
                let letters = rest[..end].chars().filter(|c| exact || !c.is_ascii_whitespace());
                seen.extend(letters.map(|c| (c, path().collect())));
            }
            rest = &rest[end..];
        }
    }
    assert!(open.is_empty(), "all is closed: {html}");
    seen
}

/// A tag as it is compared: without anchors. What may stand only in a list or table keeps its own tag
/// as it is now, so that before, only its name is told.
fn plain(tag: &str, revision: Revision) -> String {
    let name = tag.split(' ').next().unwrap();
    if revision == Revision::Before && ["li", "td", "th"].contains(&name) {
        return name.to_owned();
    }
    match tag.split_once(" id=\"") {
        Some((start, rest)) => start.to_owned() + rest.split_once('"').unwrap().1,
        None => tag.to_owned(),
    }
}

/// The text as it reads, blanks drawn together.
pub(super) fn text(html: &str, revision: Revision) -> String {
    let left_out = if revision == Revision::Before { "ins" } else { "del" };
    let (mut text, mut hidden) = (String::new(), false);
    for piece in html.split_inclusive(['<', '>']) {
        match piece.strip_suffix('>') {
            Some(tag) => {
                hidden = tag == left_out || (hidden && tag.strip_prefix('/') != Some(left_out));
            }
            None if hidden => {}
            None => text.push_str(piece.strip_suffix('<').unwrap_or(piece)),
        }
    }
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// A body as its blocks stand in it, with what writers struck out or underlined as plain tags.
pub(super) fn body(blocks: &[String]) -> String {
    let mut body = blocks.join("\n");
    for (own, plain) in [("<del>", "<s>"), ("</del>", "</s>"), ("<ins>", "<u>"), ("</ins>", "</u>")] {
        body = body.replace(own, plain);
    }
    body
}

/// The HTML as a browser's parser has it and a sanitiser leaves it.
pub(super) fn sanitised(html: &str) -> String {
    let any = ["id", "class", "href", "src", "alt", "align", "start", "title", "allowfullscreen", "sandbox"];
    let tags = [
        "p",
        "h2",
        "h3",
        "blockquote",
        "footer",
        "cite",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "figure",
        "figcaption",
        "img",
        "iframe",
        "pre",
        "code",
        "hr",
        "br",
        "div",
        "strong",
        "em",
        "a",
        "s",
        "u",
        "ins",
        "del",
        "sup",
        "ruby",
        "rt",
        "span",
        "section",
        "aside",
        "caption",
        "colgroup",
        "col",
        "details",
        "summary",
    ];
    let mut gate = ammonia::Builder::empty();
    gate.tags(tags.into())
        .generic_attributes(any.into())
        .tag_attributes(HashMap::new())
        .url_schemes(HashSet::from(["https"]))
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(None);
    gate.clean(html).to_string()
}
