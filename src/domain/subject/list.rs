//! The list of near articles that an article keeps.

use std::cmp::Ordering;

/// How many near articles are kept of each article. Readers are shown about five; the others take
/// their places as some are withdrawn, or are filtered out by the page that shows them, or because
/// editors linked to them.
pub const KEPT: usize = 24;

/// How many of an article's best candidates have their own lists looked at when it is published. With twice
/// as many, a few lists more changed, but no link of editors more was found.
pub const NEIGHBOURS: usize = 12;

/// An article in another one's list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near<I, T> {
    /// Which article.
    pub article: I,
    /// How close it is, from [`super::score`].
    pub score: f64,
    /// When it was published.
    pub published_at: T,
}

/// The closest first; of equals the newer; of those published together the one with the higher
/// id, which was made later.
fn order<I: Ord, T: Ord>(a: &Near<I, T>, b: &Near<I, T>) -> Ordering {
    b.score
        .total_cmp(&a.score)
        .then_with(|| b.published_at.cmp(&a.published_at))
        .then_with(|| b.article.cmp(&a.article))
}

/// The best [`KEPT`] of all candidates in order, each article once, with its best score: an article's own
/// list. The first [`NEIGHBOURS`] of them are told.
#[must_use]
pub fn best<I: Ord, T: Ord>(mut candidates: Vec<Near<I, T>>) -> Vec<Near<I, T>> {
    candidates.sort_by(|a, b| a.article.cmp(&b.article).then_with(|| order(a, b)));
    candidates.dedup_by(|later, first| later.article == first.article);
    candidates.sort_by(order);
    candidates.truncate(KEPT);
    candidates
}

/// Puts an article into a list that may be full, and says whether the list is another now, so
/// that it need not be stored when it is not. An article that is there already takes the place of
/// its new score.
pub fn merge<I: Copy + Ord, T: Copy + Ord>(list: &mut Vec<Near<I, T>>, new: Near<I, T>) -> bool {
    let mut merged: Vec<Near<I, T>> =
        list.iter().filter(|near| near.article != new.article).copied().collect();
    merged.push(new);
    let merged = best(merged);
    let is_changed = *list != merged;
    *list = merged;
    is_changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(article: u32, score: f64, published_at: i64) -> Near<u32, i64> {
        Near { article, score, published_at }
    }

    fn articles(list: &[Near<u32, i64>]) -> Vec<u32> {
        list.iter().map(|near| near.article).collect()
    }

    #[test]
    fn equals_are_told_apart_by_time_and_then_by_id() {
        let list = best(vec![near(1, 0.5, 10), near(2, 0.5, 20), near(3, 0.5, 20), near(4, 0.9, 1)]);

        assert_eq!(articles(&list), [4, 3, 2, 1]);
    }

    #[test]
    fn a_full_list_takes_only_what_beats_its_worst() {
        let mut list = best((0..24).map(|n| near(n, 0.5, 10)).collect());

        assert!(!merge(&mut list, near(40, 0.4, 99)));
        assert_eq!(list.len(), KEPT);
        assert!(merge(&mut list, near(41, 0.6, 1)));
        assert_eq!((list.len(), list[0].article), (KEPT, 41));
        assert!(!articles(&list).contains(&0));
    }

    #[test]
    fn a_short_list_takes_anything() {
        let mut list = vec![near(1, 0.5, 1)];

        assert!(merge(&mut list, near(2, 0.1, 1)));
        assert_eq!(articles(&list), [1, 2]);
    }

    #[test]
    fn an_article_published_again_moves_and_does_not_stand_twice() {
        let mut list = vec![near(1, 0.5, 1), near(2, 0.4, 1)];

        assert!(merge(&mut list, near(1, 0.3, 2)));
        assert_eq!(list, [near(2, 0.4, 1), near(1, 0.3, 2)]);
        assert!(!merge(&mut list, near(1, 0.3, 2)));
    }

    #[test]
    fn of_doubles_the_closest_is_kept() {
        assert_eq!(best(vec![near(1, 0.2, 1), near(1, 0.7, 1)]), [near(1, 0.7, 1)]);
    }

    fn some() -> impl Strategy<Value = Near<u32, i64>> {
        (0..40_u32, 0..5_u32, 0..5_i64).prop_map(|(article, score, at)| near(article, f64::from(score), at))
    }

    proptest! {
        #[test]
        fn a_list_stays_short_in_order_and_without_doubles(all in prop::collection::vec(some(), 0..60)) {
            let mut list = Vec::new();
            for new in all {
                let before = list.clone();
                let is_changed = merge(&mut list, new);

                prop_assert_eq!(is_changed, before != list);
                prop_assert!(list.len() <= KEPT);
                prop_assert!(list.is_sorted_by(|a, b| order(a, b).is_lt()));
                let single: std::collections::BTreeSet<_> = articles(&list).into_iter().collect();
                prop_assert_eq!(single.len(), list.len());
            }
        }

        #[test]
        fn the_order_of_candidates_changes_nothing(all in prop::collection::vec(some(), 0..60)) {
            let backward: Vec<_> = all.iter().rev().copied().collect();

            prop_assert_eq!(best(all), best(backward));
        }
    }
}
