//! How close two articles are: the same number whichever of them asks.

use std::collections::BTreeMap;

use super::{number, rounded};

/// How many of the newest live articles are looked at for each keyword. A bound on the work: with 64 the same
/// links of editors were found, with eight hardly fewer, as the weightiest keywords are rare.
pub const POSTINGS: u64 = 24;

/// Text and tags must add up to this, or two articles have no subject in common, whoever wrote
/// them whenever. No link of editors that was among the first five was below it.
pub const LEAST: f64 = 0.05;

/// What the rarest tag adds when shared. Without tags fewer links of editors were found; with
/// twice as much, too.
const TAG: f64 = 0.1;

/// Further tags add nothing: beyond three, tags repeat each other.
const MOST_TAGS: f64 = 3.0;

/// What one shared author adds.
const AUTHOR: f64 = 0.05;

/// Further shared authors add nothing.
const MOST_AUTHORS: u32 = 2;

/// What the section adds: a section is broad, and more made the lists worse.
const SECTION: f64 = 0.02;

/// What being of the same day adds; half of it after [`HALF`] days, a third after twice as many.
const TIME: f64 = 0.1;

/// Days between two articles until nearness in time says half as much.
const HALF: f64 = 365.0;

/// A posting of one of the article's keywords in another live article.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found<'a, I> {
    /// The keyword.
    pub term: &'a str,
    /// The other article.
    pub article: I,
    /// The keyword's weight there.
    pub weight: f64,
}

/// What two articles have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shared {
    /// From [`closeness`], 0 to 1; nought for a candidate no keyword found.
    pub text: f64,
    /// The sum of [`tag_weight`] over shared tags.
    pub tags: f64,
    /// Both are in the same section.
    pub section: bool,
    /// How many authors wrote both.
    pub authors: u32,
    /// Days between their publishing, whichever came first.
    pub days_apart: f64,
}

/// How close each found article is in text: for every shared keyword the product of both weights,
/// added up in the same order however the postings come.
#[must_use]
pub fn closeness<I: Copy + Ord>(keywords: &[(String, f64)], found: &[Found<'_, I>]) -> BTreeMap<I, f64> {
    let own: BTreeMap<&str, f64> = keywords.iter().map(|(term, weight)| (term.as_str(), *weight)).collect();
    let mut products: Vec<(I, &str, f64)> = found
        .iter()
        .filter_map(|posting| Some((posting.article, posting.term, own.get(posting.term)? * posting.weight)))
        .collect();
    products.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)).then_with(|| a.2.total_cmp(&b.2)));
    let mut sums: BTreeMap<I, f64> = BTreeMap::new();
    for (article, _, product) in products {
        *sums.entry(article).or_insert(0.0) += product;
    }
    sums.into_iter().map(|(article, sum)| (article, rounded(sum))).collect()
}

/// How much a shared tag says: 1 for one that no other article has, 0 for one that all have.
/// Both counts include the two articles.
#[must_use]
pub fn tag_weight(live_with_tag: u64, live: u64) -> f64 {
    if live == 0 {
        return 0.0;
    }
    let all = number(live) + 1.0;
    ((all / (number(live_with_tag) + 1.0)).ln() / all.ln()).clamp(0.0, 1.0)
}

/// How close two articles are, from [`LEAST`] to about 1.5; `None` where they have no subject in
/// common.
#[must_use]
pub fn score(shared: &Shared) -> Option<f64> {
    let subject = in_common(shared.text, shared.tags);
    let authors = AUTHOR * f64::from(shared.authors.min(MOST_AUTHORS));
    let section = if shared.section { SECTION } else { 0.0 };
    let time = TIME * HALF / (HALF + within(shared.days_apart, f64::MAX));
    (subject >= LEAST).then(|| rounded(subject + authors + section + time))
}

/// What two articles have in common by text and tags alone.
#[must_use]
pub fn in_common(text: f64, tags: f64) -> f64 {
    within(text, 1.0) + TAG * within(tags, MOST_TAGS)
}

/// From nought to the most; what is no number is nought.
fn within(value: f64, most: f64) -> f64 {
    if value > 0.0 { value.min(most) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn closeness_is_the_product_of_the_weights_of_shared_keywords() {
        let keywords = [("tide".to_owned(), 0.8), ("wall".to_owned(), 0.6)];
        let found = [
            Found { term: "wall", article: 7, weight: 0.5 },
            Found { term: "tide", article: 9, weight: 0.5 },
            Found { term: "tide", article: 7, weight: 1.0 },
            Found { term: "bread", article: 7, weight: 1.0 },
        ];

        let sums = closeness(&keywords, &found);

        assert!(near(sums[&7], 1.1) && near(sums[&9], 0.4) && sums.len() == 2);
    }

    #[test]
    fn a_rare_tag_says_more_than_a_common_one() {
        assert!(tag_weight(2, 1000) > tag_weight(100, 1000));
        assert!(near(tag_weight(0, 1000), 1.0) && near(tag_weight(1000, 1000), 0.0));
        assert!(near(tag_weight(5, 0), 0.0) && near(tag_weight(u64::MAX, 3), 0.0));
    }

    #[test]
    fn all_parts_add_up() {
        let shared = Shared { text: 0.4, tags: 1.5, section: true, authors: 1, days_apart: 365.0 };

        assert!(near(score(&shared).unwrap(), 0.4 + 0.15 + 0.02 + 0.05 + 0.05));
    }

    #[test]
    fn author_section_and_time_alone_make_nothing_close() {
        assert_eq!(score(&Shared { section: true, authors: 3, ..Shared::default() }), None);
        assert!(score(&Shared { tags: 0.5, ..Shared::default() }).is_some());
    }

    #[test]
    fn numbers_that_are_none_count_as_nought() {
        let shared = Shared { text: f64::NAN, tags: 1.0, days_apart: f64::NAN, ..Shared::default() };

        assert!(near(score(&shared).unwrap(), 0.2));
        assert!(score(&Shared { text: f64::INFINITY, ..shared }).unwrap().is_finite());
    }

    fn weights() -> impl Strategy<Value = BTreeMap<String, f64>> {
        prop::collection::btree_map("[a-e]{1,2}", 0.0..0.4_f64, 0..24)
    }

    /// What the second article's postings look like to the first.
    fn asked<'a>(weights: &'a BTreeMap<String, f64>) -> Vec<Found<'a, u8>> {
        weights.iter().map(|(term, &weight)| Found { term, article: 1, weight }).collect()
    }

    fn listed(weights: &BTreeMap<String, f64>) -> Vec<(String, f64)> {
        weights.iter().map(|(term, &weight)| (term.clone(), weight)).collect()
    }

    proptest! {
        #[test]
        fn both_articles_see_the_same_closeness(a in weights(), b in weights()) {
            prop_assert_eq!(closeness(&listed(&a), &asked(&b)), closeness(&listed(&b), &asked(&a)));
        }

        #[test]
        fn the_order_of_the_postings_changes_nothing(a in weights(), b in weights()) {
            let forward = asked(&b);
            let backward: Vec<_> = forward.iter().rev().copied().collect();

            prop_assert_eq!(closeness(&listed(&a), &forward), closeness(&listed(&a), &backward));
        }

        #[test]
        fn more_in_common_is_never_less_close(
            text in 0.0..1_f64, more in 0.0..1_f64, tags in 0.0..5_f64, days in 0.0..5000_f64,
            authors in 0..5_u32,
        ) {
            let shared = Shared { text, tags, section: false, authors, days_apart: days };
            let closer = Shared { text: text + more, section: true, authors: authors + 1, ..shared };

            prop_assert!(score(&shared) <= score(&closer));
        }
    }
}
