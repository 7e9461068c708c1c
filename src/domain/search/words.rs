//! The words of a text as they are found: without case and diacritics, and by their stems where a language is set.

use std::ops::Range;
use std::sync::Arc;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation as _;

/// Longer words are cut, in the index and in what is asked alike.
const LONGEST: usize = 64;

/// Raised when words are made in another way: what was indexed before is then indexed anew.
const VERSION: u32 = 1;

/// The languages whose words are known by their stems.
const LANGUAGES: &[(&str, Algorithm)] = &[
    ("arabic", Algorithm::Arabic),
    ("danish", Algorithm::Danish),
    ("dutch", Algorithm::Dutch),
    ("english", Algorithm::English),
    ("finnish", Algorithm::Finnish),
    ("french", Algorithm::French),
    ("german", Algorithm::German),
    ("greek", Algorithm::Greek),
    ("hungarian", Algorithm::Hungarian),
    ("italian", Algorithm::Italian),
    ("norwegian", Algorithm::Norwegian),
    ("portuguese", Algorithm::Portuguese),
    ("romanian", Algorithm::Romanian),
    ("russian", Algorithm::Russian),
    ("spanish", Algorithm::Spanish),
    ("swedish", Algorithm::Swedish),
    ("tamil", Algorithm::Tamil),
    ("turkish", Algorithm::Turkish),
];

/// No language: words are found as they are written.
const SIMPLE: &str = "simple";

/// Makes terms of texts, in one language.
#[derive(Clone)]
pub struct Lexer {
    language: &'static str,
    stemmer: Option<Arc<Stemmer>>,
}

impl Default for Lexer {
    fn default() -> Self {
        Self { language: SIMPLE, stemmer: None }
    }
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// As it is found.
    pub term: String,
}

impl Lexer {
    /// One for the language that a setting names.
    ///
    /// # Errors
    /// Which there are, where it is none of them.
    pub fn of(language: &str) -> Result<Self, String> {
        if language == SIMPLE {
            return Ok(Self::default());
        }
        match LANGUAGES.iter().find(|(name, _)| *name == language) {
            Some((name, algorithm)) => Ok(Self { language: name, stemmer: Some(Arc::new(Stemmer::create(*algorithm))) }),
            None => {
                let names: Vec<&str> = LANGUAGES.iter().map(|(name, _)| *name).collect();
                Err(format!("'{language}' is no language of search; there are {SIMPLE}, {}", names.join(", ")))
            }
        }
    }

    /// What its terms are known by: those of another are not found with it.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("{VERSION} {}", self.language)
    }

    /// The words of a text, in order.
    pub fn words<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Word> + 'a {
        written(text).map(|mut word| {
            word.term = self.stem(word.term);
            word
        })
    }

    /// The stem of a word that was made lower case.
    pub(super) fn stem(&self, word: String) -> String {
        match &self.stemmer {
            Some(stemmer) if word.chars().all(char::is_alphabetic) => {
                let stem = stemmer.stem(&word).into_owned();
                if stem.is_empty() { word } else { stem }
            }
            _ => word,
        }
    }
}

/// The words of a text as they are written, but for case and diacritics.
pub(super) fn written(text: &str) -> impl Iterator<Item = Word> + '_ {
    text.unicode_word_indices().flat_map(|(start, word)| {
        // What stands between letters without parting words for Unicode: l'homme, node.js, snake_case.
        let mut at = start;
        word.split_inclusive(parts).filter_map(move |piece| {
            let from = at;
            at += piece.len();
            let bare = piece.trim_end_matches(parts);
            let term = folded(bare);
            (!term.is_empty()).then(|| Word { at: from..from + bare.len(), term })
        })
    })
}

fn parts(c: char) -> bool {
    c.is_ascii_punctuation() || matches!(c, '\u{2018}' | '\u{2019}' | '\u{b7}' | '\u{2027}')
}

/// Letters and digits in lower case, without diacritics.
fn folded(word: &str) -> String {
    let bare = word.chars().flat_map(decomposed).filter(|c| !is_diacritic(*c) && (c.is_alphanumeric() || is_combining_mark(*c)));
    let mut folded = String::with_capacity(word.len());
    for c in bare.flat_map(char::to_lowercase) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            'ё' => folded.push('е'),
            c if is_diacritic(c) => {}
            c => folded.push(c),
        }
    }
    if folded.is_ascii() {
        folded.truncate(LONGEST);
        return folded;
    }
    let folded: String = folded.nfc().take(LONGEST).collect();
    // A mark without a letter is no word.
    if folded.contains(char::is_alphanumeric) { folded } else { String::new() }
}

/// Letters of Cyrillic stay as they are: й is no и to those who write it.
fn decomposed(c: char) -> impl Iterator<Item = char> {
    let whole = matches!(c, '\u{400}'..='\u{52f}').then_some(c);
    let parts = if whole.is_some() { None } else { Some(std::iter::once(c).nfkd()) };
    whole.into_iter().chain(parts.into_iter().flatten())
}

/// Marks that are left out by those who type in a hurry; vowel signs of other scripts are none.
const fn is_diacritic(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c2}' | '\u{5c4}'..='\u{5c5}' | '\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::Config;

    fn terms(text: &str) -> Vec<String> {
        Lexer::default().words(text).map(|word| word.term).collect()
    }

    #[test]
    fn case_and_diacritics_make_no_difference() {
        assert_eq!(terms("Café CAFE\u{301} cafe"), ["cafe", "cafe", "cafe"]);
        assert_eq!(terms("Straße STRASSE Łódź lodz İstanbul ISTANBUL"), ["strasse", "strasse", "lodz", "lodz", "istanbul", "istanbul"]);
        assert_eq!(terms("ὈΔΥΣΣΕΎΣ Ὀδυσσεύς"), ["οδυσσευσ", "οδυσσευσ"]);
        assert_eq!(terms("ｆｕｌｌ ﬁne pre\u{ad}mier"), ["full", "fine", "premier"]);
        assert_eq!(terms("שָׁלוֹם שלום"), ["שלום", "שלום"]);
        assert_eq!(terms("Ёлка елка йод"), ["елка", "елка", "йод"]);
    }

    #[test]
    fn words_part_where_readers_part_them() {
        assert_eq!(terms("The harbour's l’homme node.js snake_case 3.5"), ["the", "harbour", "s", "l", "homme", "node", "js", "snake", "case", "3", "5"]);
        assert_eq!(terms("東京タワー"), ["東", "京", "タワー"]);
        assert_eq!(terms("がぎ ｶﾞ हिन्दी 한국어"), ["が", "ぎ", "ガ", "हिन्दी", "한국어"]);
        assert!(terms("—…!? 🎉 \u{0} \u{301}").is_empty());
    }

    #[test]
    fn a_language_finds_words_by_their_stems() {
        let english = Lexer::of("english").unwrap();
        let terms: Vec<String> = english.words("Flooded floods flooding FLOOD").map(|word| word.term).collect();
        assert_eq!(terms, ["flood"; 4]);
        assert!(Lexer::of("klingon").is_err());
        assert_ne!(english.mark(), Lexer::default().mark());
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

        #[test]
        fn a_term_is_one_word_that_folds_to_itself(text in "\\PC{0,60}|[a-zA-ZÀ-ÿ'* ]{0,60}") {
            for word in written(&text) {
                prop_assert!(text.get(word.at.clone()).is_some());
                prop_assert!(!word.term.is_empty() && word.term.chars().count() <= LONGEST);
                prop_assert!(word.term.chars().all(|c| c.is_alphanumeric() || is_combining_mark(c)), "{:?}", word.term);
            }
        }

        #[test]
        fn no_language_fails_on_any_text(text in "\\PC{0,60}|[a-zäöüßéè]{0,40}|[а-яё]{0,40}|[ء-ي]{0,30}|[அ-ஹ]{0,30}|[α-ω]{0,30}") {
            for (language, _) in LANGUAGES {
                let lexer = Lexer::of(language).unwrap();
                for word in lexer.words(&text) {
                    prop_assert!(!word.term.is_empty() && !word.term.contains([' ', '\'', '"']));
                }
            }
        }
    }
}
