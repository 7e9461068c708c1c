//! Text taken apart into what an editor would call a word.

use super::markup::{Piece, Pieces, is_void, name};

/// What kind of thing stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters and digits, with what belongs between them.
    Word,
    /// A character that parts words and is seen.
    Mark,
    /// What parts words and is not seen.
    Blank,
}

/// The words of a text, and all that stands between them, in order.
pub(super) struct Words<'t>(pub(super) &'t str);

impl<'t> Iterator for Words<'t> {
    type Item = (Kind, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0;
        let first = text.chars().next()?;
        let (kind, length) = match class(first) {
            Class::Blank => (Kind::Blank, text.find(|c| class(c) != Class::Blank).unwrap_or(text.len())),
            Class::Mark if first == '&' => (Kind::Mark, reference(text)),
            Class::Mark => (Kind::Mark, first.len_utf8()),
            Class::Alone => (Kind::Word, first.len_utf8()),
            Class::Letter => (Kind::Word, word(text)),
        };
        let (taken, rest) = text.split_at_checked(length)?;
        self.0 = rest;
        Some((kind, taken))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Alone,
    Mark,
    Blank,
}

/// Whatever is not known to part words belongs to one: accents on their own, joiners, signs of any
/// script, emoji.
fn class(c: char) -> Class {
    match c {
        ' ' | '\n' | '\t' | '\r' | '\u{C}' => Class::Blank,
        '_' => Class::Letter,
        _ if c.is_ascii_punctuation() || c.is_whitespace() => Class::Mark,
        '\u{200C}' | '\u{200D}' | '\u{2060}' => Class::Letter,
        '¡' | '§' | '«' | '·' | '»' | '¿' | '\u{2000}'..='\u{206F}' | '\u{3000}'..='\u{303F}' => {
            Class::Mark
        }
        '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '\u{30FB}' => Class::Mark,
        // Chinese and Japanese set no words apart, so each of their characters is one.
        '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{3400}'..='\u{4DBF}' => Class::Alone,
        '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}' => Class::Alone,
        _ => Class::Letter,
    }
}

/// How long the word is that a text begins with. An apostrophe between letters belongs to it, and so
/// does a point or comma between digits: a price is one word.
fn word(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    let mut last = ' ';
    while let Some((at, c)) = chars.next() {
        let joins = match (c, chars.peek()) {
            ('\'' | '’', Some((_, next))) => class(*next) == Class::Letter,
            ('.' | ',' | ':', Some((_, next))) => last.is_ascii_digit() && next.is_ascii_digit(),
            _ => false,
        };
        if class(c) != Class::Letter && !joins {
            return at;
        }
        last = c;
    }
    text.len()
}

/// How long the character reference is that a text begins with.
fn reference(text: &str) -> usize {
    const LONGEST: usize = 12;
    let end = text.bytes().take(LONGEST).position(|byte| byte == b';');
    let name = end.and_then(|end| text.get(1..end)).unwrap_or_default();
    let is_reference =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#');
    if is_reference { name.len() + 2 } else { 1 }
}

/// How much something that is seen says beside other things, in letters. A long address is no more
/// telling than a long word.
pub(super) fn weight(seen: &str) -> u8 {
    seen.chars().take(24).map(|_| 1).sum()
}

/// What an image or frame weighs beside words.
pub(super) const PICTURE: u8 = 24;

/// The words and pictures of HTML, by which it is known again, and what each weighs.
pub(super) fn telling(html: &str) -> impl Iterator<Item = (&str, u8)> {
    Pieces(html).flat_map(|(piece, _)| {
        let (text, picture) = match piece {
            Piece::Text(text) => (text, None),
            Piece::Open(tag) if matches!(name(tag), "img" | "iframe") => ("", Some((tag, PICTURE))),
            _ => ("", None),
        };
        let words = Words(text).filter(|(kind, _)| *kind == Kind::Word);
        words.map(|(_, word)| (word, weight(word))).chain(picture)
    })
}

/// A piece of running text: text, or the beginning or end of an element, or an element that is taken
/// as a whole, being empty or nothing that could be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inline<'h> {
    Text(&'h str),
    Open(&'h str),
    Close,
    Whole(&'h str),
}

/// The pieces of running text.
pub(super) fn inline(html: &str) -> impl Iterator<Item = Inline<'_>> {
    let mut pieces = Pieces(html);
    std::iter::from_fn(move || {
        let start = pieces.0;
        let (piece, rest) = pieces.next()?;
        Some(match piece {
            Piece::Text(text) => Inline::Text(text),
            Piece::Close(_) | Piece::Unknown => Inline::Close,
            Piece::Open(tag) => {
                let name = name(tag);
                let end = if is_void(name) { Some(rest) } else { end_of(name, rest) };
                match end {
                    Some(end) => {
                        pieces.0 = end;
                        Inline::Whole(start.get(..start.len() - end.len()).unwrap_or_default())
                    }
                    None => Inline::Open(tag),
                }
            }
        })
    })
}

/// What follows an element that is taken as a whole.
fn end_of<'h>(element: &str, inner: &'h str) -> Option<&'h str> {
    if let Some(rest) = inner.strip_prefix("</") {
        return rest.split_once('>').map(|(_, rest)| rest);
    }
    if element != "ruby" {
        return None;
    }
    let mut depth = 1_usize;
    Pieces(inner).find_map(|(piece, rest)| {
        match piece {
            Piece::Open(tag) if !is_void(name(tag)) => depth += 1,
            Piece::Close(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0).then_some(rest)
    })
}
