//! The keywords of an article: those of its terms that tell it from other articles.

use super::{number, rounded};

/// How many keywords an article has, and so postings. Of 100 links that editors had set, 20 found
/// 44, 32 found 46; 64 found 47 for twice the rows.
pub const KEYWORDS: usize = 32;

/// From so many live articles on, a term that more than half of them have is no keyword: it is
/// what the site is about, or a word like 'the' in another language. Among fewer articles half
/// is chance.
pub const RARE_ENOUGH_FROM: u64 = 20;

/// The article's best [`KEYWORDS`] terms with their weights, the weightiest first, equals by the
/// alphabet. The squares of the weights add up to one, so that long and short articles compare.
///
/// `frequencies` are those of [`super::frequencies`]; `df` tells in how many live articles a term
/// is among those, and `live` how many live articles there are, this one counted in both.
#[must_use]
pub fn keywords(frequencies: &[(String, f64)], df: &dyn Fn(&str) -> u64, live: u64) -> Vec<(String, f64)> {
    let mut found: Vec<(&str, f64)> = frequencies
        .iter()
        .filter_map(|(term, frequency)| Some((term.as_str(), frequency * rarity(df(term), live)?)))
        .collect();
    found.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| a.cmp(b)));
    found.truncate(KEYWORDS);
    let length = found.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
    found
        .into_iter()
        .map(|(term, weight)| (term.to_owned(), rounded(weight / length)))
        .filter(|(_, weight)| *weight > 0.0)
        .collect()
}

/// ln(1 + (live + 1) / (df + 1)), or none for a term that is everywhere. The one within keeps it
/// above nought where there are few articles yet.
fn rarity(df: u64, live: u64) -> Option<f64> {
    let is_everywhere = live >= RARE_ENOUGH_FROM && df > live / 2;
    (!is_everywhere).then(|| ((number(live) + 1.0) / (number(df) + 1.0)).ln_1p())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(list: &[(&str, f64)]) -> Vec<(String, f64)> {
        list.iter().map(|&(term, weight)| (term.to_owned(), weight)).collect()
    }

    fn names(list: &[(String, f64)]) -> Vec<&str> {
        list.iter().map(|(term, _)| term.as_str()).collect()
    }

    #[test]
    fn a_rare_term_comes_before_a_common_one() {
        let found = keywords(
            &terms(&[("wall", 2.0), ("tide", 2.0)]),
            &|term| if term == "tide" { 1 } else { 40 },
            100,
        );

        assert_eq!(names(&found), ["tide", "wall"]);
    }

    #[test]
    fn equals_are_in_the_order_of_the_alphabet() {
        let found = keywords(&terms(&[("wall", 1.0), ("bread", 1.0), ("tide", 1.0)]), &|_| 1, 10);

        assert_eq!(names(&found), ["bread", "tide", "wall"]);
    }

    #[test]
    fn a_term_of_most_articles_is_no_keyword_once_there_are_enough() {
        let list = terms(&[("le", 9.0), ("mer", 1.0)]);
        let df = |live| move |term: &str| if term == "le" { live } else { 1 };

        assert_eq!(names(&keywords(&list, &df(20), 20)), ["mer"]);
        assert_eq!(names(&keywords(&list, &df(19), 19)), ["le", "mer"]);
    }

    #[test]
    fn the_first_article_has_keywords_and_none_has_none() {
        assert_eq!(keywords(&terms(&[("tide", 1.0)]), &|_| 1, 1), [("tide".to_owned(), 1.0)]);
        assert!(keywords(&[], &|_| 0, 0).is_empty());
    }

    #[test]
    fn counts_that_are_wrong_do_no_harm() {
        let found = keywords(&terms(&[("tide", 1.0), ("wall", 0.0)]), &|_| u64::MAX, 3);

        assert!(found.iter().all(|(_, weight)| weight.is_finite()));
    }

    proptest! {
        #[test]
        fn weights_are_bounded_in_order_and_of_length_one(
            list in prop::collection::btree_map("[a-z]{2,8}", (1.0..30_f64, 1..500_u64), 1..96),
            live in 500..9000_u64,
        ) {
            let frequencies: Vec<(String, f64)> =
                list.iter().map(|(term, &(weight, _))| (term.clone(), weight)).collect();

            let found = keywords(&frequencies, &|term| list.get(term).map_or(0, |&(_, df)| df), live);

            prop_assert!(found.len() <= KEYWORDS);
            prop_assert!(found.is_sorted_by(|(_, a), (_, b)| a >= b));
            let square: f64 = found.iter().map(|(_, weight)| weight * weight).sum();
            // A term at the very half of the live articles may leave none.
            prop_assert!(found.is_empty() || (square - 1.0).abs() < 1e-4, "{}", square);
        }
    }
}
