//! What Markdown goes through before it is parsed.

use super::slot::admitted;

/// How far to the right a line's content may begin. Every level of a list or quotation takes at
/// least one column of every line that opens it, so this bounds the nesting, and with it the work
/// for each later line: a parser visits all open levels even for a blank one. Nobody nests this
/// deep; what exceeds it loses markers and blanks, never words.
const MAX_COLUMNS: usize = 160;

/// Markdown with line ends of one kind, without characters that are not admitted, and with bounded
/// nesting.
pub(super) fn prepare(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() + 1);
    let mut line = String::new();
    let mut chars = markdown.strip_prefix('\u{FEFF}').unwrap_or(markdown).chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\r' && chars.peek() == Some(&'\n') {
            continue;
        }
        if matches!(c, '\n' | '\r') {
            push_line(&line, &mut out);
            out.push('\n');
            line.clear();
        } else if admitted(c) {
            line.push(c);
        }
    }
    push_line(&line, &mut out);
    out
}

/// How much looking for the ends of bare URLs may cost, in bytes looked at: some tenths of a second.
const MAX_LINKING: usize = 1 << 30;

/// Whether finding bare URLs would take too long. For each, the parser looks ahead to the next blank,
/// even where an earlier `<` ends it; in a text that is all URLs and no blanks that is a square. Such
/// a text keeps its URLs as text.
pub(super) fn is_slow_to_link(markdown: &str) -> bool {
    let words = markdown.split_ascii_whitespace().filter(|word| word.len() > 1024);
    let cost: usize = words
        .map(|word| word.len().saturating_mul(word.matches("://").count() + word.matches("www.").count()))
        .sum();
    cost > MAX_LINKING
}

/// Copies a line, leaving out whatever of its opening would begin content too far to the right.
fn push_line(line: &str, out: &mut String) {
    let mut columns = 0;
    let mut rest = line;
    while let Some((taken, width)) = opener(rest, columns) {
        let (marker, after) = rest.split_at_checked(taken).unwrap_or((rest, ""));
        columns += width;
        if columns <= MAX_COLUMNS {
            out.push_str(marker);
        }
        rest = after;
    }
    out.push_str(rest);
}

/// The bytes and columns of a blank, or of a marker that opens a quotation, an item or a footnote.
fn opener(rest: &str, columns: usize) -> Option<(usize, usize)> {
    let first = rest.chars().next()?;
    match first {
        ' ' | '>' => Some((1, 1)),
        '\t' => Some((1, 4 - columns % 4)),
        '-' | '+' | '*' => ends_marker(rest.get(1..)?).then_some((1, 1)),
        '0'..='9' => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let after = rest.get(digits..)?.strip_prefix(['.', ')'])?;
            ends_marker(after).then_some((digits + 1, digits + 1))
        }
        '[' => {
            let label = rest.strip_prefix("[^")?;
            let length = label.find(']')?;
            label.get(length..)?.strip_prefix("]:")?;
            // Its content continues at four columns, however long the label is.
            Some((length + 4, 4))
        }
        _ => None,
    }
}

fn ends_marker(after: &str) -> bool {
    after.is_empty() || after.starts_with([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_markdown_is_left_alone() {
        let markdown = "# A\n\n> - 1. b\n>   c\n\n[^1]: d\n\n\tcode\n----\n***bold***\n";
        assert_eq!(prepare(markdown), markdown);
    }

    #[test]
    fn line_ends_become_one_kind_and_controls_go() {
        assert_eq!(prepare("\u{FEFF}a\r\nb\rc\0d\u{FDD0}L0\u{FDD1}"), "a\nb\ncdL0");
    }

    #[test]
    fn only_endless_strings_of_urls_are_slow_to_link() {
        assert!(is_slow_to_link(&"http://a.example/<".repeat(40_000)));
        assert!(!is_slow_to_link(&"http://a.example/< ".repeat(40_000)));
        assert!(!is_slow_to_link(&format!(
            "![x](data:image/png;base64,{}) https://a.example/",
            "A".repeat(900_000)
        )));
    }

    #[test]
    fn nesting_is_bounded_and_words_stay() {
        for marker in [">", "> ", "- ", "1. ", "[^a]:", "\t", " "] {
            let line = prepare(&format!("{}word", marker.repeat(5000)));
            assert!(line.ends_with("word") && line.len() < 600, "{marker:?}: {}", line.len());
        }
    }
}
