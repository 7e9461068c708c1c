//! What a reader's words ask for. Any text is a query; none has an operator that could fail.

use unicode_normalization::char::is_combining_mark;

use super::words::{Lexer, written};
use crate::domain::refusal::Refusal;

/// The longest query, in characters.
pub const MOST_CHARS: usize = 200;
/// How many words and phrases a query may have.
pub const MOST_ATOMS: usize = 16;

/// A shorter beginning of words counts as a whole word: it would be the beginning of half of all.
const SHORTEST_PREFIX: usize = 2;

/// Everything that an article has to have in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// Each is asked for; none asks for nothing, and finds nothing.
    pub atoms: Vec<Atom>,
}

/// A word or a phrase that is asked for: one of these forms of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Atom {
    /// One, or two for the beginning of a word: the beginning, and the stem of what was typed.
    pub forms: Vec<Form>,
}

/// Words that stand one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    /// The words, never none: letters, digits and their marks alone.
    pub terms: Vec<String>,
    /// Whether the last one may go on.
    pub is_prefix: bool,
}

impl Query {
    /// Reads a query: words, "phrases in quotes", and beginnings*.
    ///
    /// # Errors
    /// `BadInput` where it is too long.
    pub fn parse(text: &str, lexer: &Lexer) -> Result<Self, Refusal> {
        let length = text.chars().count();
        if length > MOST_CHARS {
            let message = format!("is {length} characters long; at most {MOST_CHARS} are taken: leave out what matters least");
            return Err(Refusal::field("query", message));
        }
        let mut atoms: Vec<Atom> = Vec::new();
        for piece in pieces(text) {
            if let Some(atom) = atom(piece, lexer).filter(|atom| !atoms.contains(atom)) {
                atoms.push(atom);
            }
        }
        if atoms.len() > MOST_ATOMS {
            let message = format!("has {} words and phrases; at most {MOST_ATOMS} are taken: leave out what matters least", atoms.len());
            return Err(Refusal::field("query", message));
        }
        Ok(Self { atoms })
    }

    /// Whether it asks for nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.atoms.is_empty()
    }

    /// All words as one phrase, where there are several.
    #[must_use]
    pub fn as_phrase(&self) -> Option<Form> {
        let forms: Vec<&Form> = self.atoms.iter().filter_map(|atom| atom.forms.first()).collect();
        let last = forms.last().filter(|_| forms.len() > 1)?;
        Some(Form { terms: forms.iter().flat_map(|form| form.terms.iter().cloned()).collect(), is_prefix: last.is_prefix })
    }
}

const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{300c}' | '\u{300d}')
}

/// Phrases without their quotes, and what blanks part elsewhere, each with whether a star ends it. A quote that
/// nothing closes is none.
fn pieces(text: &str) -> Vec<(&str, bool)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let word = |piece| (piece, ends_in_star(piece));
    while let Some((before, after)) = rest.split_once(is_quote) {
        pieces.extend(before.split_whitespace().map(word));
        rest = after;
        if let Some((phrase, left)) = after.split_once(is_quote) {
            let starred = left.strip_prefix('*');
            pieces.push((phrase, starred.is_some() || ends_in_star(phrase)));
            rest = starred.unwrap_or(left);
        }
    }
    pieces.extend(rest.split_whitespace().map(word));
    pieces
}

/// Whether there is a star right behind a word.
fn ends_in_star(piece: &str) -> bool {
    let bare = piece.trim_end();
    bare.ends_with('*') && bare.trim_end_matches('*').ends_with(|c: char| c.is_alphanumeric() || is_combining_mark(c))
}

fn atom((piece, is_begun): (&str, bool), lexer: &Lexer) -> Option<Atom> {
    let words: Vec<String> = written(piece).map(|word| word.term).collect();
    let last = words.last()?.clone();
    let stems: Vec<String> = words.into_iter().map(|word| lexer.stem(word)).collect();
    if !is_begun || last.chars().count() < SHORTEST_PREFIX {
        return Some(Atom { forms: vec![Form { terms: stems, is_prefix: false }] });
    }
    let mut begun = stems.clone();
    begun.pop();
    begun.push(last);
    let stem = (begun != stems).then_some(Form { terms: stems, is_prefix: false });
    Some(Atom { forms: std::iter::once(Form { terms: begun, is_prefix: true }).chain(stem).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::Config;

    /// A query in one line: phrases in quotes, a star where a word may go on.
    fn read(text: &str) -> String {
        shown(&Query::parse(text, &Lexer::default()).unwrap())
    }

    fn shown(query: &Query) -> String {
        let form = |form: &Form| {
            let star = if form.is_prefix { "*" } else { "" };
            if form.terms.len() > 1 { format!("\"{}\"{star}", form.terms.join(" ")) } else { format!("{}{star}", form.terms.concat()) }
        };
        let atom = |atom: &Atom| atom.forms.iter().map(form).collect::<Vec<_>>().join("|");
        query.atoms.iter().map(atom).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_phrases_and_beginnings_are_told_apart() {
        assert_eq!(read("Tide  barrier"), "tide barrier");
        assert_eq!(read("\"Tide barrier\" harb*"), "\"tide barrier\" harb*");
        assert_eq!(read("“tide barrier” «a b» 「東京」"), "\"tide barrier\" \"a b\" \"東 京\"");
        assert_eq!(read("well-known l’homme"), "\"well known\" \"l homme\"");
        assert_eq!(read("\"tide bar*\" \"tide bar\"*x"), "\"tide bar\"* x");
        assert_eq!(read("東京 tide tide"), "\"東 京\" tide");
    }

    #[test]
    fn operators_are_words_and_signs_are_nothing() {
        assert_eq!(read("NEAR(a b, 5) AND NOT x:y OR ^z + -w"), "\"near a\" b 5 and not \"x y\" or z w");
        assert_eq!(read("\"unbalanced tide"), "unbalanced tide");
        assert_eq!(read("' ; DROP TABLE x; --"), "drop table x");
        assert_eq!(read("* \"\" \"*\" a* **"), "a");
        assert_eq!(read("tide\u{0}wall\u{0}"), "\"tide wall\"");
        for nothing in ["", " ", "\"", "\"\"\"", "***", "🎉", "\u{0}", "()", ":", "\u{202e}\u{301}"] {
            assert!(Query::parse(nothing, &Lexer::default()).unwrap().is_empty(), "{nothing:?}");
        }
    }

    #[test]
    fn the_beginning_of_a_stem_is_found_too() {
        let query = Query::parse("floods* stories \"rising tides\"", &Lexer::of("english").unwrap()).unwrap();
        assert_eq!(shown(&query), "floods*|flood stori \"rise tide\"");
    }

    #[test]
    fn what_is_too_long_is_refused_with_what_is_taken() {
        let lexer = Lexer::default();
        let many = |words: usize| (0..words).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
        assert!(Query::parse(&many(16), &lexer).is_ok());
        assert!(format!("{:?}", Query::parse(&many(17), &lexer)).contains("at most 16"));
        assert!(Query::parse(&"ü".repeat(200), &lexer).is_ok());
        assert!(format!("{:?}", Query::parse(&"ü".repeat(201), &lexer)).contains("at most 200"));
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

        #[test]
        fn any_text_is_a_query_of_plain_words(text in "\\PC{0,200}|[\"*a-c :()\u{0}-]{0,80}") {
            for lexer in [Lexer::default(), Lexer::of("english").unwrap()] {
                let Ok(query) = Query::parse(&text, &lexer) else { continue };
                prop_assert!(query.atoms.len() <= MOST_ATOMS);
                for form in query.atoms.iter().flat_map(|atom| &atom.forms) {
                    prop_assert!(!form.terms.is_empty());
                    for term in &form.terms {
                        let plain = |c: char| c.is_alphanumeric() || is_combining_mark(c);
                        prop_assert!(!term.is_empty() && term.chars().all(plain), "{term:?}");
                    }
                }
            }
        }

        #[test]
        fn what_is_shown_reads_back(text in "[\"*a-c é-]{0,40}") {
            let lexer = Lexer::default();
            if let Ok(query) = Query::parse(&text, &lexer) {
                prop_assert_eq!(Query::parse(&shown(&query), &lexer).unwrap(), query);
            }
        }
    }
}
