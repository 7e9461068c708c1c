//! A text as words and marks: the units that are compared. White space only stands between them.

use std::collections::HashMap;

/// A word, or one mark of punctuation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    /// The byte at which it begins.
    pub(super) start: usize,
    /// The byte after it.
    pub(super) end: usize,
    /// The same for the same letters.
    pub(super) id: u32,
    /// How unlikely it is that an editor's change begins or ends right before it.
    pub(super) seam: Seam,
}

/// How unlikely it is that a change begins or ends at a place: people take out and put in lines and
/// sentences rather than the end of one and the start of the next.
pub(super) type Seam = u8;

/// At the start of a line, or the end of the text.
pub(super) const AT_LINE: Seam = 0;
const AT_SENTENCE: Seam = 1;
const WITHIN: Seam = 2;

/// The words of a text.
#[derive(Debug)]
pub(super) struct Words<'a> {
    pub(super) text: &'a str,
    list: Vec<Word>,
    /// What the words before each one weigh together.
    heft: Vec<(u32, u32)>,
}

impl<'a> Words<'a> {
    pub(super) fn of(text: &'a str, dictionary: &mut Dictionary<'a>) -> Self {
        let mut list = Vec::with_capacity(text.len() / 5);
        let mut heft = Vec::with_capacity(text.len() / 5);
        let (mut weight, mut count) = (0, 0);
        for piece in pieces(text) {
            let id = dictionary.id(text.get(piece.start..piece.end).unwrap_or_default());
            list.push(Word { start: piece.start, end: piece.end, id, seam: piece.seam });
            heft.push((weight, count));
            if piece.is_word {
                weight += u32::try_from(piece.end - piece.start).unwrap_or(u32::MAX);
                count += 1;
            }
        }
        heft.push((weight, count));
        Self { text, list, heft }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn list(&self) -> &[Word] {
        &self.list
    }

    pub(super) fn get(&self, index: usize) -> Option<Word> {
        self.list.get(index).copied()
    }

    /// The byte at which a word begins.
    pub(super) fn start(&self, index: usize) -> usize {
        self.list.get(index).map_or(self.text.len(), |word| word.start)
    }

    pub(super) fn id(&self, index: usize) -> Option<u32> {
        self.list.get(index).map(|word| word.id)
    }

    /// How unlikely a change is to begin or end before this word.
    pub(super) fn seam(&self, index: usize) -> Seam {
        self.list.get(index).map_or(AT_LINE, |word| word.seam)
    }

    /// The letters in these words, and how many words they are. Marks weigh nothing.
    pub(super) fn heft(&self, from: usize, to: usize) -> (u32, u32) {
        let at = |index: usize| self.heft.get(index).copied().unwrap_or_default();
        (at(to).0.saturating_sub(at(from).0), at(to).1.saturating_sub(at(from).1))
    }

    /// The white space before a word.
    pub(super) fn space_before(&self, index: usize) -> &'a str {
        let start = index.checked_sub(1).and_then(|before| self.get(before)).map_or(0, |word| word.end);
        let end = self.get(index).map_or(self.text.len(), |word| word.start);
        self.text.get(start..end).unwrap_or_default()
    }

    /// The word that this byte stands inside of, neither at its start nor at its end.
    pub(super) fn around(&self, byte: usize) -> Option<Word> {
        // Most bytes that are asked for are not within a word; no need to search for those.
        let (before, after) = self.text.split_at_checked(byte)?;
        let (_, _) = (before.chars().next_back().filter(is_part)?, after.chars().next().filter(is_part)?);
        let after = self.list.partition_point(|word| word.end <= byte);
        self.get(after).filter(|word| word.start < byte)
    }
}

/// A number for each word, whichever text it stands in.
#[derive(Debug, Default)]
pub(super) struct Dictionary<'a> {
    ids: HashMap<&'a str, u32>,
}

/// Numbers below are the single ASCII characters themselves.
const FIRST_ID: u32 = 128;

impl<'a> Dictionary<'a> {
    fn id(&mut self, word: &'a str) -> u32 {
        if let [byte] = word.as_bytes() {
            return u32::from(*byte);
        }
        let next = FIRST_ID + u32::try_from(self.ids.len()).unwrap_or(u32::MAX - FIRST_ID);
        *self.ids.entry(word).or_insert(next)
    }

    /// The number of a word that stands in one of the texts.
    pub(super) fn known(&self, word: &str) -> Option<u32> {
        if let [byte] = word.as_bytes() { Some(u32::from(*byte)) } else { self.ids.get(word).copied() }
    }

    /// One more than the greatest number.
    pub(super) fn size(&self) -> usize {
        FIRST_ID as usize + self.ids.len()
    }
}

/// A word or mark, before it has a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) seam: Seam,
    pub(super) is_word: bool,
}

/// The words and marks of a text, in order.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    let mut at = 0;
    let mut seam = AT_LINE;
    std::iter::from_fn(move || {
        let mut chars = text.get(at..)?.chars();
        let first = loop {
            let c = chars.next()?;
            match c {
                '\n' | '\r' => seam = AT_LINE,
                _ if c.is_whitespace() => {}
                _ => break c,
            }
            at += c.len_utf8();
        };
        let start = at;
        at += first.len_utf8();
        let is_spelled = is_spelled(first);
        at += chars.take_while(|&c| is_joined(c) || is_spelled && self::is_spelled(c)).map(char::len_utf8).sum::<usize>();
        let piece = Piece { start, end: at, seam, is_word: first.is_alphanumeric() };
        seam = match first {
            '.' | '!' | '?' | '…' | ':' | ';' | '。' | '！' | '？' => AT_SENTENCE,
            '"' | '\'' | '”' | '’' | '»' | ')' | ']' | '*' | '_' if seam == AT_SENTENCE => AT_SENTENCE,
            _ => WITHIN,
        };
        Some(piece)
    })
}

/// Whether words are spelled with this character; others, as those of Chinese, are a word each.
pub(super) fn is_spelled(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    let stands_alone = matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..);
    c.is_alphanumeric() && !stands_alone
}

fn is_part(c: &char) -> bool {
    is_spelled(*c) || is_joined(*c)
}

/// Whether this belongs to the character before it: accents, variation selectors, joiners.
const fn is_joined(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}
