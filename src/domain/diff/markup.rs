//! Safe HTML read piece by piece, as the sanitiser and the renderer print it: names in lower case,
//! every value in double quotes, every tag closed in order.

use std::borrow::Cow;

/// A piece of HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'h> {
    /// Text, with its character references.
    Text(&'h str),
    /// A tag with its name and attributes, between `<` and `>`.
    Open(&'h str),
    /// The end of an element, with its name.
    Close(&'h str),
    /// Nothing that is printed here.
    Unknown,
}

/// The pieces of HTML in order, each with what follows it.
pub(super) struct Pieces<'h>(pub(super) &'h str);

impl<'h> Iterator for Pieces<'h> {
    type Item = (Piece<'h>, &'h str);

    fn next(&mut self) -> Option<Self::Item> {
        let html = self.0;
        if html.is_empty() {
            return None;
        }
        let (piece, rest) = match html.strip_prefix('<') {
            Some(after) => tag(after),
            None => {
                let (text, rest) = html.split_at_checked(html.find('<').unwrap_or(html.len()))?;
                (Piece::Text(text), rest)
            }
        };
        self.0 = rest;
        Some((piece, rest))
    }
}

/// The tag that begins with the `<` before `after`, and what follows it. A `>` within quotes is no end.
fn tag(after: &str) -> (Piece<'_>, &str) {
    let mut quoted = false;
    let end = after.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b'>' && !quoted
    });
    let Some((inside, rest)) = end.and_then(|end| Some((after.get(..end)?, after.get(end + 1..)?))) else {
        return (Piece::Unknown, "");
    };
    let (is_end, inside) = inside.strip_prefix('/').map_or((false, inside), |name| (true, name));
    let name = name(inside);
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let piece = match is_end {
        _ if !is_name || RAW.contains(&name) => Piece::Unknown,
        true if name.len() != inside.len() => Piece::Unknown,
        true => Piece::Close(name),
        false => Piece::Open(inside),
    };
    (piece, rest)
}

/// Elements whose content is read by other rules than those of HTML. None of them is printed here;
/// `iframe` is, but always empty.
const RAW: &[&str] = &[
    "script",
    "style",
    "template",
    "noscript",
    "noembed",
    "noframes",
    "textarea",
    "title",
    "xmp",
    "plaintext",
    "select",
    "svg",
    "math",
    "object",
    "embed",
    "frameset",
];

/// The name of a tag.
pub(super) fn name(tag: &str) -> &str {
    tag.split(' ').next().unwrap_or(tag)
}

/// Whether a tag has neither content nor an end.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "br" | "hr"
            | "img"
            | "col"
            | "wbr"
            | "input"
            | "link"
            | "meta"
            | "base"
            | "area"
            | "source"
            | "track"
    )
}

/// More levels than any body has: they are counted where it is written.
const MAX_DEPTH: usize = 250;

/// HTML in which all is closed in order, and in which no deletion or insertion is marked yet: what
/// writers struck out or underlined as such becomes plain `<s>` and `<u>`, which look the same. HTML
/// that does not nest is shown as it was written; nothing prints such HTML.
pub(super) fn sound(html: &str) -> Cow<'_, str> {
    let mut open: Vec<&str> = Vec::new();
    let mut marked = false;
    for (piece, _) in Pieces(html) {
        match piece {
            Piece::Text(_) => {}
            Piece::Open(tag) => {
                let name = name(tag);
                marked |= matches!(name, "del" | "ins");
                if !is_void(name) {
                    open.push(name);
                }
            }
            Piece::Close(name) if open.pop() == Some(name) => {}
            Piece::Close(_) | Piece::Unknown => return as_written(html),
        }
        if open.len() > MAX_DEPTH {
            return as_written(html);
        }
    }
    match (open.is_empty(), marked) {
        (true, false) => Cow::Borrowed(html),
        (true, true) => unmarked(html),
        (false, _) => as_written(html),
    }
}

fn as_written(html: &str) -> Cow<'_, str> {
    let escaped = html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Cow::Owned(format!("<p>{escaped}</p>"))
}

fn unmarked(html: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(html.len());
    for (piece, _) in Pieces(html) {
        let (opening, inside) = match piece {
            Piece::Text(text) => {
                out.push_str(text);
                continue;
            }
            Piece::Open(tag) => ("<", tag),
            Piece::Close(name) => ("</", name),
            Piece::Unknown => continue,
        };
        let name = name(inside);
        let plain = match name {
            "del" => "s",
            "ins" => "u",
            other => other,
        };
        for part in [opening, plain, inside.get(name.len()..).unwrap_or_default(), ">"] {
            out.push_str(part);
        }
    }
    Cow::Owned(out)
}

const ID: &str = " id=\"";

/// A tag without its anchor. It names a place on the page, which tells nothing about what stands
/// there; and in what is shown as deleted it would name it twice.
pub(super) fn without_id(tag: &str) -> Cow<'_, str> {
    // A value has no quotes in it, so this is an attribute's name and no value's text.
    match tag.split_once(ID).and_then(|(before, after)| Some((before, after.split_once('"')?.1))) {
        Some((before, after)) => Cow::Owned(format!("{before}{after}")),
        None => Cow::Borrowed(tag),
    }
}

/// HTML without the anchors in its tags.
pub(super) fn without_ids(html: &str) -> Cow<'_, str> {
    if !html.contains(ID) {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len());
    let mut start = html;
    for (piece, rest) in Pieces(html) {
        match piece {
            Piece::Open(tag) => {
                out.push('<');
                out.push_str(&without_id(tag));
                out.push('>');
            }
            _ => out.push_str(start.get(..start.len() - rest.len()).unwrap_or_default()),
        }
        start = rest;
    }
    Cow::Owned(out)
}

/// Whether HTML shows anything.
pub(super) fn is_visible(html: &str) -> bool {
    Pieces(html).any(|(piece, _)| match piece {
        Piece::Text(text) => !text.trim_ascii().is_empty(),
        Piece::Open(tag) => matches!(name(tag), "img" | "iframe" | "hr"),
        Piece::Close(_) | Piece::Unknown => false,
    })
}
