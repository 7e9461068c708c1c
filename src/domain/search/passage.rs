//! The passage of an article that shows best why it was found, with the words that were asked for marked.

use std::ops::Range;

use super::query::{Form, Query};
use super::words::{Lexer, Word};

/// How many words a passage has at the most.
const LENGTH: usize = 36;
/// How many of them stand before the first match, where the text begins earlier.
const BEFORE: usize = 6;
/// Bytes of a text that are looked at: as much as is found, and little enough for a hundred texts a page.
const LOOKED_AT: usize = 128 * 1024;
/// The longest passage in characters, for texts whose words are endless.
const MOST_CHARS: usize = 400;

/// Where passages are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Passages<'a> {
    /// As readers see it.
    pub headline: &'a str,
    /// As readers see it.
    pub dek: &'a str,
    /// The body, without markup.
    pub text: &'a str,
}

/// A match: which atom of the query, and between which words.
#[derive(Clone, Debug)]
struct Match {
    atom: usize,
    words: Range<usize>,
}

/// The best passage as HTML, matches in mark elements: that with most of what was asked for, in the body rather
/// than in the dek, and there rather than in the headline.
#[must_use]
pub fn passage(texts: Passages<'_>, query: &Query, lexer: &Lexer) -> String {
    let best = [texts.text, texts.dek, texts.headline].into_iter().map(|text| Found::of(text, query, lexer));
    let mut best: Vec<Found<'_>> = best.collect();
    // Stable: of equals the first stays first.
    best.sort_by_key(|found| std::cmp::Reverse(found.atoms));
    let found = best.iter().find(|found| !found.words.is_empty());
    found.map(Found::html).unwrap_or_default()
}

/// The best window of one text.
struct Found<'a> {
    text: &'a str,
    words: Vec<Word>,
    matches: Vec<Match>,
    window: Range<usize>,
    atoms: usize,
}

impl<'a> Found<'a> {
    fn of(text: &'a str, query: &Query, lexer: &Lexer) -> Self {
        let text = text.get(..text.floor_char_boundary(LOOKED_AT)).unwrap_or(text);
        let words: Vec<Word> = lexer.words(text).collect();
        let matches = matches(&words, query);
        let (mut best, mut window) = ((0, 0), 0..LENGTH.min(words.len()));
        for (at, first) in matches.iter().enumerate() {
            let start = first.words.start;
            let within = matches.get(at..).unwrap_or_default().iter().take_while(|next| next.words.end <= start + LENGTH - BEFORE);
            let (mut atoms, mut count) = (0_u32, 0_usize);
            for next in within {
                atoms |= 1 << next.atom.min(31);
                count += 1;
            }
            let value = (atoms.count_ones() as usize, count.min(4));
            if value > best {
                let from = if words.len() <= LENGTH { 0 } else { start.saturating_sub(BEFORE).min(words.len() - LENGTH) };
                (best, window) = (value, from..(from + LENGTH).min(words.len()));
            }
        }
        Self { text, words, matches, window, atoms: best.0 }
    }

    fn html(&self) -> String {
        let shown = self.words.get(self.window.clone()).unwrap_or_default();
        let is_first = self.window.start == 0;
        let is_last = self.window.end == self.words.len();
        let from = if is_first { 0 } else { shown.first().map_or(0, |word| word.at.start) };
        let to = if is_last { self.text.len() } else { shown.last().map_or(self.text.len(), |word| word.at.end) };
        let mut html = String::from(if is_first { "" } else { "…" });
        let (mut at, mut left) = (from, MOST_CHARS);
        let within = self.matches.iter().filter(|found| found.words.start >= self.window.start && found.words.end <= self.window.end);
        for found in within {
            let ends = self.words.get(found.words.clone()).and_then(|words| Some((words.first()?.at.start, words.last()?.at.end)));
            let Some((start, end)) = ends.filter(|(start, _)| *start >= at) else { continue };
            push(&mut html, self.text.get(at..start).unwrap_or_default(), &mut left);
            if left == 0 {
                break;
            }
            html.push_str("<mark>");
            push(&mut html, self.text.get(start..end).unwrap_or_default(), &mut left);
            html.push_str("</mark>");
            at = end;
        }
        push(&mut html, self.text.get(at..to).unwrap_or_default(), &mut left);
        html.truncate(html.trim_end().len());
        if !is_last || left == 0 {
            html.push('…');
        }
        html
    }
}

/// Adds text, as far as there is room: escaped, each stretch of blanks as one, nothing that turns or hides text.
fn push(html: &mut String, text: &str, left: &mut usize) {
    for c in text.chars() {
        if *left == 0 {
            return;
        }
        match c {
            c if c.is_whitespace() => {
                if html.is_empty() || html.ends_with(' ') {
                    continue;
                }
                html.push(' ');
            }
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c if c.is_control() => continue,
            c => html.push(c),
        }
        *left -= 1;
    }
}

/// Every match, in the order of the text; of several that begin at one word the longest.
fn matches(words: &[Word], query: &Query) -> Vec<Match> {
    let mut found = Vec::new();
    for start in 0..words.len() {
        let rest = words.get(start..).unwrap_or_default();
        let longest = query.atoms.iter().enumerate().filter_map(|(atom, wanted)| {
            let length = wanted.forms.iter().filter(|form| begins(rest, form)).map(|form| form.terms.len()).max()?;
            Some(Match { atom, words: start..start + length })
        });
        found.extend(longest.max_by_key(|found| (found.words.len(), std::cmp::Reverse(found.atom))));
    }
    found
}

fn begins(words: &[Word], form: &Form) -> bool {
    let Some((last, before)) = form.terms.split_last() else { return false };
    let fits = |(word, term): (&Word, &String)| word.term == *term;
    words.len() >= form.terms.len()
        && words.iter().zip(before).all(fits)
        && words.get(before.len()).is_some_and(|word| if form.is_prefix { word.term.starts_with(last.as_str()) } else { word.term == *last })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::Config;

    fn shown(headline: &str, dek: &str, text: &str, query: &str) -> String {
        let lexer = Lexer::default();
        passage(Passages { headline, dek, text }, &Query::parse(query, &lexer).unwrap(), &lexer)
    }

    #[test]
    fn matches_are_marked_and_all_else_is_escaped() {
        assert_eq!(
            shown("", "", "A <script>alert(\"tide\")</script> & Tidé's\n wall", "tide wall"),
            "A &lt;script&gt;alert(&quot;<mark>tide</mark>&quot;)&lt;/script&gt; &amp; <mark>Tidé</mark>&#39;s <mark>wall</mark>"
        );
        assert_eq!(shown("", "", "the tide barrier, the barrier of tide", "\"tide barrier\""), "the <mark>tide barrier</mark>, the barrier of tide");
        assert_eq!(shown("", "", "barriers hold", "barr*"), "<mark>barriers</mark> hold");
    }

    #[test]
    fn the_passage_is_where_most_of_what_was_asked_stands() {
        let text = format!("tide {} tide and wall {}", "x ".repeat(100), "y ".repeat(100));
        let html = shown("Tide", "Nothing", &text, "tide wall");
        assert!(html.starts_with("…x x x x x x <mark>tide</mark> and <mark>wall</mark> y"), "{html}");
        assert!(html.ends_with('…') && html.chars().count() < 150, "{html}");
    }

    #[test]
    fn what_the_body_lacks_is_shown_where_it_stands() {
        assert_eq!(shown("The tide", "About the wall", "Text", "wall"), "About the <mark>wall</mark>");
        assert_eq!(shown("The tide", "About the wall", "Text", "tide"), "The <mark>tide</mark>");
        assert_eq!(shown("The tide and wall", "The wall", "A wall", "tide wall"), "The <mark>tide</mark> and <mark>wall</mark>");
    }

    #[test]
    fn endless_words_and_many_matches_take_no_time() {
        let start = std::time::Instant::now();
        for text in ["tide ".repeat(200_000), "x".repeat(1024 * 1024), "<".repeat(1024 * 1024)] {
            assert!(shown("tide", "", &text, "tide \"tide tide tide tide\" ti*").chars().count() < 1_000);
        }
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

        #[test]
        fn marks_alone_are_markup(text in "[a-c<>&\"' \u{301}é]{0,200}", query in "[a-c\" *]{0,20}") {
            let html = shown("", "", &text, &query);
            let bare = html.replace("<mark>", "").replace("</mark>", "");
            prop_assert!(!bare.contains(['<', '>', '"', '\'']), "{html}");
            prop_assert_eq!(html.matches("<mark>").count(), html.matches("</mark>").count());
        }
    }
}
