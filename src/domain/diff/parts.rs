//! HTML taken apart into the blocks and the running text that stand beside each other in it.

use super::markup::{Piece, Pieces, is_void, name};

/// A block, or running text between blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) struct Part<'h> {
    /// All of it.
    pub(in crate::domain) html: &'h str,
    /// The name of the block; empty for running text.
    pub(in crate::domain) name: &'h str,
}

/// Where an element can stand, and with it the marks around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Anywhere: marks can stand around it.
    Anywhere,
    /// Only within its list, table or the like: marks stand around what it holds.
    Within,
    /// Only within its table, and it holds others of that kind: marks stand within these.
    Skeleton,
    /// Only within its table, and it holds nothing to see.
    Unseen,
}

impl<'h> Part<'h> {
    pub(super) fn is_run(&self) -> bool {
        self.name.is_empty()
    }

    /// A block's tag, between `<` and `>`.
    pub(super) fn tag(&self) -> &'h str {
        match Pieces(self.html).next() {
            Some((Piece::Open(tag), _)) if !self.is_run() => tag,
            _ => "",
        }
    }

    /// What a block holds.
    pub(super) fn inner(&self) -> &'h str {
        let start = self.tag().len() + 2;
        let end = self.html.len().saturating_sub(self.name.len() + 3);
        self.html.get(start..end).unwrap_or_default()
    }

    pub(super) fn place(&self) -> Place {
        match self.name {
            "li" | "dt" | "dd" | "td" | "th" | "caption" | "figcaption" | "summary" => Place::Within,
            "tr" | "thead" | "tbody" | "tfoot" => Place::Skeleton,
            "colgroup" | "col" => Place::Unseen,
            _ => Place::Anywhere,
        }
    }

    /// Whether there is one at most of its kind, so that two of them are always the same one changed.
    pub(super) fn is_only_one(&self) -> bool {
        matches!(self.name, "caption" | "figcaption" | "summary" | "colgroup" | "thead" | "tbody" | "tfoot")
    }

    /// Whether it is made of other parts, whatever these are about.
    pub(super) fn has_parts(&self) -> bool {
        matches!(
            self.name,
            "ul" | "ol" | "dl" | "table" | "blockquote" | "details" | "div" | "section" | "aside"
        )
    }

    pub(super) fn is_cell(&self) -> bool {
        matches!(self.name, "td" | "th")
    }
}

/// The parts of HTML, in order; nothing of it is left out.
pub(super) fn parts(html: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    // Where running text begins, where the outermost open element does, and what it is.
    let (mut run, mut start, mut outer, mut holds_block, mut depth) = (0, 0, "", false, 0_usize);
    let mut at = 0;
    for (piece, rest) in Pieces(html) {
        let end = html.len() - rest.len();
        match piece {
            Piece::Open(tag) => {
                let name = name(tag);
                if depth == 0 {
                    (start, outer, holds_block) = (at, name, false);
                }
                holds_block |= is_block(name);
                depth += usize::from(!is_void(name));
            }
            Piece::Close(_) => depth = depth.saturating_sub(1),
            Piece::Text(_) | Piece::Unknown => {}
        }
        // A link or the like that holds blocks is a block.
        if depth == 0 && holds_block {
            push(html.get(run..start), "", &mut parts);
            push(html.get(start..end), outer, &mut parts);
            (run, holds_block) = (end, false);
        }
        at = end;
    }
    push(html.get(run..), "", &mut parts);
    parts
}

fn push<'h>(html: Option<&'h str>, name: &'h str, parts: &mut Vec<Part<'h>>) {
    if let Some(html) = html.filter(|html| !html.is_empty()) {
        parts.push(Part { html, name });
    }
}

/// Whether an element stands by itself and not in running text.
fn is_block(name: &str) -> bool {
    const BLOCKS: &[&str] = &[
        "p",
        "div",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "hr",
        "figure",
        "figcaption",
        "details",
        "summary",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "caption",
        "colgroup",
        "col",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "section",
        "aside",
        "article",
        "header",
        "footer",
        "main",
        "nav",
        "address",
    ];
    BLOCKS.contains(&name)
}
