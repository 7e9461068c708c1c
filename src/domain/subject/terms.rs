//! The terms of an article and how much each weighs in it.

use std::collections::BTreeMap;

use super::words;

/// How many terms of a body are stored, the most frequent: with twice as many no more links of
/// editors were found, with half as many fewer.
pub const COUNTED: usize = 160;

/// How many terms of an article are looked up among all live articles when it is published, and
/// counted as being in it. A bound on the look-ups, and three times the keywords, so that common
/// terms are counted as such; twice as many were no better.
pub const CANDIDATES: usize = 96;

/// How many of an article's tags give terms, the first ones: more than articles have.
pub const TAGS: usize = 16;

/// A word of the headline weighs as much as three in the body: it is chosen to say the subject.
const HEADLINE: f64 = 3.0;

/// A word of the dek is one more word.
const DEK: f64 = 1.0;

/// Tags have a part of the score to themselves; here they help to find bodies with their words.
const TAG: f64 = 2.0;

/// What an article is made of, as far as it tells the subject.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// As typed.
    pub headline: &'a str,
    /// As typed; `None` where there is none.
    pub dek: Option<&'a str>,
    /// Names of the tags, in their order.
    pub tags: &'a [String],
    /// What [`count`] made of the body.
    pub body: &'a [(String, u32)],
}

/// The terms of a plain text with how often each stands there, the most frequent first, equals
/// by the alphabet; at most [`COUNTED`].
#[must_use]
pub fn count(text: &str) -> Vec<(String, u32)> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    words::each(text, |term| *counts.entry(term).or_default() += 1);
    let mut counts: Vec<(String, u32)> = counts.into_iter().collect();
    // Stable: equals stay in the order of the map.
    counts.sort_by_key(|&(_, times)| std::cmp::Reverse(times));
    counts.truncate(COUNTED);
    counts
}

/// The article's terms with their weight in it, the weightiest first, equals by the alphabet; at
/// most [`CANDIDATES`]. The weight is the square root of how often the term stands there, with
/// headline and tags counting more: the tenth time says less than the first.
#[must_use]
pub fn frequencies(sources: &Sources<'_>) -> Vec<(String, f64)> {
    let mut weights: BTreeMap<String, f64> = BTreeMap::new();
    let mut add = |term: String, weight: f64| *weights.entry(term).or_default() += weight;
    words::each(sources.headline, |term| add(term, HEADLINE));
    words::each(sources.dek.unwrap_or_default(), |term| add(term, DEK));
    for tag in sources.tags.iter().take(TAGS) {
        words::each(tag, |term| add(term, TAG));
    }
    for (term, times) in sources.body.iter().take(COUNTED) {
        add(term.clone(), f64::from(*times));
    }
    let mut weights: Vec<(String, f64)> = weights.into_iter().collect();
    // Stable: equals stay in the order of the map.
    weights.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    weights.truncate(CANDIDATES);
    weights.into_iter().map(|(term, weight)| (term, weight.sqrt())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(list: &[(&str, u32)]) -> Vec<(String, u32)> {
        list.iter().map(|&(term, times)| (term.to_owned(), times)).collect()
    }

    #[test]
    fn terms_are_counted_most_frequent_first_and_equals_by_the_alphabet() {
        let text = "Tide and wall. The walls hold; the tide turns. Bread, walls!";

        assert_eq!(count(text), named(&[("wall", 3), ("tide", 2), ("bread", 1), ("hold", 1), ("turn", 1)]));
    }

    #[test]
    fn a_headline_weighs_more_than_a_tag_and_a_tag_more_than_the_dek() {
        let tags = ["harbour".to_owned()];
        let body = named(&[("wall", 4)]);
        let sources = Sources { headline: "Flood", dek: Some("At night"), tags: &tags, body: &body };

        let found = frequencies(&sources);

        let terms: Vec<&str> = found.iter().map(|(term, _)| term.as_str()).collect();
        assert_eq!(terms, ["wall", "flood", "harbour", "night"]);
        assert!((found[0].1 - 2.0).abs() < 1e-12 && (found[1].1 - 3_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn the_same_word_in_all_places_adds_up() {
        let tags = ["walls".to_owned()];
        let body = named(&[("wall", 3)]);
        let sources = Sources { headline: "Wall", dek: Some("The wall"), tags: &tags, body: &body };

        assert_eq!(frequencies(&sources), [("wall".to_owned(), 3.0)]);
    }

    #[test]
    fn many_tags_and_a_long_list_are_bounded() {
        let tags: Vec<String> = (0..1000).map(|n| format!("tag{n:04}")).collect();
        let body: Vec<(String, u32)> = (0..5000).map(|n| (format!("word{n:04}"), 9)).collect();

        let found = frequencies(&Sources { headline: "", dek: None, tags: &tags, body: &body });

        assert_eq!(found.len(), CANDIDATES);
        assert!(found.iter().all(|(term, _)| term.starts_with("word00")));
    }

    proptest! {
        #[test]
        fn counting_is_repeatable_bounded_and_in_order(text in "(\\PC{0,12}[ .'\n]){0,300}") {
            let counts = count(&text);

            prop_assert_eq!(&counts, &count(&text));
            prop_assert!(counts.len() <= COUNTED);
            prop_assert!(counts.is_sorted_by(|(a, m), (b, n)| n < m || (n == m && a < b)));
            prop_assert!(counts.iter().all(|(term, times)| !term.is_empty() && *times > 0));
        }

        #[test]
        fn terms_of_any_article_are_bounded_and_single(
            headline in "\\PC{0,80}", dek in "\\PC{0,200}",
            tags in prop::collection::vec("[a-z ]{0,9}", 0..20),
            body in "([a-z]{1,9} ){0,400}",
        ) {
            let body = count(&body);
            let sources = Sources { headline: &headline, dek: Some(&dek), tags: &tags, body: &body };
            let found = frequencies(&sources);

            prop_assert!(found.len() <= CANDIDATES);
            prop_assert!(found.iter().all(|(_, weight)| *weight >= 1.0));
            let single: std::collections::BTreeSet<_> = found.iter().map(|(term, _)| term).collect();
            prop_assert_eq!(single.len(), found.len());
        }
    }
}
