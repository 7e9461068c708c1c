//! Which live articles are close in subject: the terms of a text, an article's keywords, how
//! close two articles are, and the short list each article keeps. Pure, and bounded whatever is
//! typed, so that publishing costs the same with a hundred live articles or a million.
//!
//! - When a revision is written, [`count`] makes the terms of its body, which are stored.
//! - When it is published, [`frequencies`] weighs them together with headline, dek and tags, and
//!   [`keywords`] takes the few that tell the article from others. They are stored as postings.
//! - [`closeness`] adds up what the newest postings of the same keywords found; [`score`] adds
//!   tags, authors, section and time. The [`best`] are the article's own list;
//!   into the lists of the first [`NEIGHBOURS`] of them [`merge`] puts the article.
//!
//! Nothing here depends on the order in which rows come from a database, and all weights are
//! rounded to millionths, so that two databases give the same lists.
//!
//! The constants were chosen on the 509 posts of a public blog, published one after the other: by
//! how many of the 547 links that its editors had set between posts, hidden here, were among the
//! first five suggested. All are round, as none of them matters much.

mod keywords;
mod list;
mod score;
mod terms;
mod words;

pub use self::{
    keywords::keywords,
    list::{NEIGHBOURS, Near, best, merge},
    score::{Found, POSTINGS, Shared, closeness, in_common, score, tag_weight},
    terms::{Sources, count, frequencies},
};

/// How many of the newest articles of each tag are candidates although no keyword found them: twice as
/// many as a list keeps, as some drop out. What shares an author or a section alone never is close.
pub const NEWEST: u64 = 24;

/// Of how many of an article's tags the newest articles are candidates: a bound on the look-ups,
/// more than articles have.
pub const TAGS_ASKED: usize = 8;

/// Weights and scores are whole millionths. Sums of the same numbers in another order, and
/// logarithms of other machines, differ far below that: so equals are equals, and ties are broken
/// by the rules of [`best`] and not by the last bit.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// A count for reckoning; beyond four thousand million all are the same.
fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// What articles leave behind when they are published one after the other.
    #[derive(Default)]
    struct Newsroom {
        df: BTreeMap<String, u64>,
        live: u64,
        postings: Vec<(String, usize, f64)>,
        lists: Vec<Vec<Near<usize, usize>>>,
    }

    impl Newsroom {
        fn publish(&mut self, headline: &str, body: &str) {
            let article = self.lists.len();
            let body = count(body);
            let terms = frequencies(&Sources { headline, dek: None, tags: &[], body: &body });
            self.live += 1;
            for (term, _) in &terms {
                *self.df.entry(term.clone()).or_default() += 1;
            }
            let keywords = keywords(&terms, &|term| self.df.get(term).copied().unwrap_or(0), self.live);
            let found: Vec<Found<'_, usize>> = self
                .postings
                .iter()
                .map(|(term, article, weight)| Found { term, article: *article, weight: *weight })
                .collect();
            let near = closeness(&keywords, &found).into_iter().filter_map(|(other, text)| {
                let shared = Shared { text, ..Shared::default() };
                Some(Near { article: other, score: score(&shared)?, published_at: other })
            });
            let own = best(near.collect());
            for Near { article: other, score, .. } in &own {
                merge(&mut self.lists[*other], Near { article, score: *score, published_at: article });
            }
            self.lists.push(own);
            self.postings.extend(keywords.into_iter().map(|(term, weight)| (term, article, weight)));
        }

        fn suggested(&self, article: usize) -> Vec<usize> {
            self.lists[article].iter().map(|near| near.article).collect()
        }
    }

    #[test]
    fn articles_of_one_subject_find_each_other_whichever_came_first() {
        let mut newsroom = Newsroom::default();
        newsroom.publish("The harbour floods", "The tide rose over the harbour walls at night.");
        newsroom.publish("Bread prices rise", "Bakers pay more for flour and butter.");
        newsroom.publish("After the flood", "The harbour walls are to be raised against the tide.");
        newsroom.publish("A baker's day", "Flour, butter and an oven: the bread of a village.");

        assert_eq!(newsroom.suggested(0), [2]);
        assert_eq!(newsroom.suggested(2), [0]);
        assert_eq!(newsroom.suggested(1), [3]);
        assert_eq!(newsroom.suggested(3), [1]);
    }

    #[test]
    fn an_article_that_says_nothing_is_close_to_none() {
        let mut newsroom = Newsroom::default();
        newsroom.publish("One", "");
        newsroom.publish("…", "It is what it is.");

        assert!(newsroom.suggested(0).is_empty() && newsroom.suggested(1).is_empty());
    }

    #[test]
    fn rounding_forgets_the_last_bits_only() {
        assert_eq!(rounded(0.1 + 0.2).to_bits(), rounded(0.3).to_bits());
        assert!((rounded(0.123_456_7) - 0.123_457).abs() < 1e-12);
        assert!((number(u64::MAX) - 4_294_967_295.0).abs() < 0.5);
    }
}
