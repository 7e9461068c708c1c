//! Characters counted. Clients count Unicode scalar values, strings are measured in bytes.

/// How many bytes lie between two marks: what has to be counted for one reading.
const STEP: usize = 128;

/// A text with a mark every few bytes that says how many characters came before it.
#[derive(Debug)]
pub(super) struct Ruler<'a> {
    text: &'a str,
    marks: Vec<usize>,
}

impl<'a> Ruler<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut marks = Vec::with_capacity(text.len() / STEP + 1);
        let mut chars = 0;
        for block in text.as_bytes().chunks(STEP) {
            marks.push(chars);
            chars += first_bytes(block);
        }
        Self { text, marks }
    }

    /// How many characters begin before this byte.
    pub(super) fn char_at(&self, byte: usize) -> usize {
        let block = (byte / STEP).min(self.marks.len().saturating_sub(1));
        let counted = self.marks.get(block).copied().unwrap_or(0);
        counted + self.text.as_bytes().get(block * STEP..byte).map_or(0, first_bytes)
    }

    /// The byte at which a character begins, or the text's end; `None` beyond it.
    pub(super) fn byte_at(&self, char: usize) -> Option<usize> {
        let block = self.marks.partition_point(|&counted| counted <= char).saturating_sub(1);
        let mut left = char - self.marks.get(block).copied().unwrap_or(0);
        let start = block * STEP;
        for (at, &byte) in self.text.as_bytes().iter().enumerate().skip(start) {
            if is_first(byte) {
                if left == 0 {
                    return Some(at);
                }
                left -= 1;
            }
        }
        (left == 0).then_some(self.text.len())
    }
}

/// Whether a character begins with this byte.
const fn is_first(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

fn first_bytes(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| is_first(byte)).count()
}
