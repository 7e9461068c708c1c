//! Which parts of a Markdown text are code and must stay as they are.

use std::collections::HashMap;

/// A stretch of Markdown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    Code(&'a str),
}

/// Parts a text into fenced code, code in a line and the rest, without loss and in order.
/// Indented code counts as text: only a whole Markdown parser tells it from a list's paragraph.
pub(super) fn parts(body: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut open: Option<(u8, usize)> = None;
    for line in body.split_inclusive('\n') {
        let end = at + line.len();
        match (open, fence(line)) {
            (None, Some((sign, length, _))) => {
                text(body.get(start..at), &mut parts);
                start = at;
                open = Some((sign, length));
            }
            (Some((sign, length)), Some((found, run, true))) if found == sign && run >= length => {
                parts.extend(body.get(start..end).map(Part::Code));
                start = end;
                open = None;
            }
            // Code in a line ends with its paragraph, hence each paragraph by itself.
            (None, None) if line.trim().is_empty() => {
                text(body.get(start..end), &mut parts);
                start = end;
            }
            _ => {}
        }
        at = end;
    }
    match open {
        Some(_) => parts.extend(body.get(start..).map(Part::Code)),
        None => text(body.get(start..), &mut parts),
    }
    parts
}

/// The sign and length of a fence, and whether it may close one. Quotes and lists may hold it.
fn fence(line: &str) -> Option<(u8, usize, bool)> {
    let mut line = line.trim_start_matches([' ', '\t', '>']);
    let marker = line.trim_start_matches(|c: char| c.is_ascii_digit());
    if let Some(rest) = marker.strip_prefix(['-', '*', '+', '.', ')']).and_then(|rest| rest.strip_prefix(' '))
    {
        line = rest.trim_start_matches([' ', '\t', '>']);
    }
    let sign = line.bytes().next().filter(|sign| matches!(sign, b'`' | b'~'))?;
    let length = line.bytes().take_while(|&byte| byte == sign).count();
    let info = line.get(length..)?;
    // ```like this``` is code in a line.
    (length >= 3 && !(sign == b'`' && info.contains('`'))).then(|| (sign, length, info.trim().is_empty()))
}

/// Parts a paragraph at its runs of backticks: a run closes the last one of its own length.
fn text<'a>(paragraph: Option<&'a str>, parts: &mut Vec<Part<'a>>) {
    let Some(paragraph) = paragraph.filter(|paragraph| !paragraph.is_empty()) else { return };
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut previous_end = usize::MAX;
    for (at, _) in paragraph.match_indices('`') {
        match runs.last_mut() {
            Some((_, length)) if previous_end == at => *length += 1,
            _ => runs.push((at, 1)),
        }
        previous_end = at + 1;
    }
    // From the back, so that each run knows its partner without a search.
    let mut next_of_length: HashMap<usize, usize> = HashMap::new();
    let mut partners: Vec<Option<usize>> = Vec::with_capacity(runs.len());
    for &(at, length) in runs.iter().rev() {
        partners.push(next_of_length.insert(length, at));
    }
    let mut start = 0;
    for (&(at, length), partner) in runs.iter().zip(partners.into_iter().rev()) {
        let Some(close) = partner.filter(|_| at >= start) else { continue };
        let end = close + length;
        parts.extend(paragraph.get(start..at).filter(|part| !part.is_empty()).map(Part::Text));
        parts.extend(paragraph.get(at..end).map(Part::Code));
        start = end;
    }
    parts.extend(paragraph.get(start..).filter(|part| !part.is_empty()).map(Part::Text));
}

#[cfg(test)]
mod tests {
    use super::{Part::*, *};

    #[test]
    fn fences_and_backticks_hold_code() {
        assert_eq!(
            parts("a `b` c\n\n- ```sh\n  x\n  ```\nd ``e`f``\n"),
            [
                Text("a "),
                Code("`b`"),
                Text(" c\n\n"),
                Code("- ```sh\n  x\n  ```\n"),
                Text("d "),
                Code("``e`f``"),
                Text("\n")
            ]
        );
        assert_eq!(parts("~~~\n```\n~~~~\nx"), [Code("~~~\n```\n~~~~\n"), Text("x")]);
        assert_eq!(parts("```\nopen"), [Code("```\nopen")]);
    }

    #[test]
    fn a_lone_backtick_is_text_and_spans_end_with_their_paragraph() {
        assert_eq!(parts("it` is\n\nso` it"), [Text("it` is\n\n"), Text("so` it")]);
    }
}
