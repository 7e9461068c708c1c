//! The words of a text as terms: folded, without those that every text has.

use std::{collections::HashSet, sync::LazyLock};

use unicode_segmentation::UnicodeSegmentation as _;

/// Words beyond this are not looked at: some forty pages, after which a text has said what it is
/// about. A bound on the work for a body of the longest size.
const LOOKED_AT: usize = 20_000;

/// Nor is text beyond so many bytes, for texts that are one endless word or none.
const LOOKED_AT_BYTES: usize = 256 * 1024;

/// Longer words, in letters, are addresses and keys but hardly words. Keeps terms short enough
/// for a column with an index.
const LONGEST: usize = 32;

/// Words that say nothing of a subject, with what apostrophes cut off. English only and short: in
/// any other language such words are in most articles, and are left out for that when keywords
/// are chosen; here they would only take the places of others.
static EMPTY: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "about above after again against ago all also although always am among an and another any are aren \
     around as at be because been before being below between both but by can cannot com could couldn did \
     didn do does doesn doing don done down during each either else even ever every few for from further \
     get gets getting go goes going got had hadn has hasn have haven having he her here hers herself him \
     himself his how however http https if in instead into is isn it its itself just let like ll made \
     make makes making many may maybe me might more most much must my myself need needs neither never no \
     nor not now of off often on once one only onto or other others our ours ourselves out over own per \
     perhaps put quite rather re really said same say says she should shouldn since so some still such \
     take than that the their theirs them themselves then there these they this those though through thus \
     to too toward towards two under until up upon us use used uses using ve very was wasn way we well \
     were weren what when where whether which while who whom whose why will with within without won would \
     wouldn www yet you your yours yourself yourselves"
        .split(' ')
        .collect()
});

/// Gives each term of a text, in order, as often as it stands there.
pub(super) fn each(text: &str, mut take: impl FnMut(String)) {
    let looked_at = text.get(..text.floor_char_boundary(LOOKED_AT_BYTES)).unwrap_or(text);
    // Where the last word ended, if it was of one letter, and that letter.
    let mut letter: Option<(usize, String)> = None;
    for (at, word) in looked_at.unicode_word_indices().take(LOOKED_AT) {
        if word.len() > LONGEST * 4 {
            continue;
        }
        // What stands between letters without parting words: l'homme, it's, node.js, snake_case.
        for part in word.split(|c: char| c.is_ascii_punctuation() || c == '\u{2019}') {
            if let Some(term) = term(part) {
                take(term);
            }
        }
        letter = paired(at, word, letter.take(), &mut take);
    }
}

/// Scripts without blanks come letter by letter, nothing between them: there, two neighbours say
/// more than each by itself. In other scripts words of one letter never touch.
fn paired(
    at: usize,
    word: &str,
    last: Option<(usize, String)>,
    take: &mut impl FnMut(String),
) -> Option<(usize, String)> {
    let folded = if word.is_ascii() { return None } else { folded(word) };
    if folded.chars().count() != 1 {
        return None;
    }
    if let Some((_, before)) = last.filter(|(end, _)| *end == at) {
        take(before + &folded);
    }
    Some((at + word.len(), folded))
}

/// Lower-case letters and digits alone: marks, soft hyphens and joiners are not seen.
fn folded(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The term a word stands for. Numbers are none, nor is a letter by itself.
fn term(word: &str) -> Option<String> {
    let mut term = folded(word);
    let letters = term.chars().count();
    let says_something = (2..=LONGEST).contains(&letters)
        && term.contains(char::is_alphabetic)
        && !EMPTY.contains(term.as_str());
    if !says_something {
        return None;
    }
    // The plural is the one ending folded: without, about one in a hundred links of editors fewer
    // was found; a whole stemmer found no more, and knows one language.
    if letters > 3 && term.ends_with('s') && !term.ends_with("ss") {
        term.pop();
    }
    Some(term)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each(text, |word| words.push(word));
        words
    }

    #[test]
    fn words_are_folded_and_empty_ones_dropped() {
        assert_eq!(
            words("The Harbour's WALLS weren't raised; two walls, one wall."),
            ["harbour", "wall", "raised", "wall", "wall"]
        );
        assert_eq!(words("l’homme d'un fec.gov snake_case"), ["homme", "un", "fec", "gov", "snake", "case"]);
        assert_eq!(words("pre\u{ad}mier lan\u{ad}ceur"), ["premier", "lanceur"]);
    }

    #[test]
    fn numbers_and_single_letters_are_no_terms_but_names_with_digits_are() {
        assert_eq!(words("In 2024 3.5 U.S. a b 18F AI 10x"), ["18f", "ai", "10x"]);
    }

    #[test]
    fn short_words_and_double_s_keep_their_s() {
        assert_eq!(words("gas press bus trains"), ["gas", "press", "bus", "train"]);
    }

    #[test]
    fn scripts_without_blanks_are_told_by_pairs() {
        assert_eq!(words("東京都, 大"), ["東京", "京都"]);
        assert!(words("ไทย").contains(&"ไท".to_owned()));
        assert_eq!(words("हिन्दी में").len(), 2);
    }

    #[test]
    fn every_empty_word_is_one_that_folding_can_give() {
        assert!(EMPTY.len() > 200 && EMPTY.iter().all(|word| folded(word) == *word && word.len() > 1));
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        let start = std::time::Instant::now();
        for piece in [
            "x",
            "a:",
            "'",
            "a'",
            "1,",
            "\u{301}",
            "a\u{301}",
            "a:\u{301}",
            "\u{1f1e6}",
            "👩\u{200d}",
            "\u{200d}",
            "東",
            "ไ",
            "א\"",
            "ｶ",
            "_",
            " ",
            "\u{ad}",
            "İ",
            "\u{fdfa} ",
            "a.\u{ad}",
        ] {
            each(&piece.repeat(1024 * 1024 / piece.len()), |word| assert!(word.chars().count() <= LONGEST));
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}
