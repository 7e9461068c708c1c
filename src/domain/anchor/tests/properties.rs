//! What holds for any draft and any edits.

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::*;
use super::drafts::*;

fn cases() -> ProptestConfig {
    let is_full = std::env::var("COPYDESK_FULL").is_ok_and(|value| value == "1");
    ProptestConfig::with_cases(if is_full { 100000 } else { 256 })
}

/// The text around a place, by which a person would tell it from another.
fn surroundings(text: &str, span: Span) -> (String, String) {
    let place = place(text, span);
    (place.before, place.after)
}

/// Whether a quote stands twice in a row, or is one word twice and more.
fn is_doubled(text: &str, quote: &str) -> bool {
    text.contains(&format!("{quote} {quote}")) || quote.split(' ').skip(1).all(|word| quote.starts_with(word))
}

/// Whether two places overlap or touch, but for a blank.
fn is_beside(one: Span, other: Span) -> bool {
    one.start <= other.end + 1 && other.start <= one.end + 1
}

/// Whether an anchor is where it belongs, or where nobody could tell the difference: in the same
/// surroundings, or right beside, as of 'no no' one is as good as the other.
fn is_right(text: &str, found: Option<Place>, truth: Span) -> bool {
    found.is_some_and(|Place { span, .. }| {
        is_beside(span, truth) || surroundings(text, span) == surroundings(text, truth)
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn an_anchor_stays_with_its_words_whatever_is_edited_around_them(
        mut draft in draft(), at: Index, len in 3..9_usize, edits in prop::collection::vec(edit(), 1..8),
    ) {
        let old = draft.text();
        let quote = draft.quote(at, len.min(8));
        let anchor = place(&old, draft.span(&quote).unwrap());
        edits.iter().for_each(|edit| draft.edit_around(edit, &quote));

        let new = draft.text();
        let found = Passage::between(&old, &new).follow(&said(&quote), &anchor);

        let truth = draft.span(&quote).unwrap();
        prop_assert!(is_right(&new, found.clone(), truth), "{old:?}\n{new:?}\n{:?} {truth:?} {found:?}", said(&quote));
    }

    #[test]
    fn words_that_are_changed_are_outdated_though_the_same_words_stand_elsewhere(
        mut draft in draft(), at: Index, len in 4..8_usize, elsewhere: Index, harm in harm(),
        edits in prop::collection::vec(fresh_edit(), 0..3),
    ) {
        let quote = draft.quote(at, len);
        let copy = draft.repeat(&quote, elsewhere);
        let old = draft.text();
        let (Some(own), Some(other)) = (draft.span(&quote), draft.span(&copy)) else { return Ok(()) };
        draft.damage(&quote, &harm);
        if draft.span(&copy).is_none() {
            return Ok(());
        }
        edits.iter().for_each(|edit| draft.edit_around(edit, &copy));
        if occurrences(&draft.text(), &said(&quote)) >= occurrences(&old, &said(&quote)) {
            // Of 'no no' the first was taken out, or an edit happened to put the words back.
            return Ok(());
        }

        let new = draft.text();
        let passage = Passage::between(&old, &new);
        let gone = passage.follow(&said(&quote), &place(&old, own));
        let stays = passage.follow(&said(&quote), &place(&old, other));

        let truth = draft.span(&copy).unwrap();
        prop_assert!(is_right(&new, stays.clone(), truth), "{old:?}\n{new:?}\n{:?} {truth:?} {stays:?}", said(&quote));
        prop_assert_eq!(gone, None, "{:?}\n{:?}\n{:?} {:?}", old, new, said(&quote), own);
    }

    #[test]
    fn a_paragraph_takes_its_anchors_along_wherever_it_goes(
        mut draft in draft(), at: Index, len in 3..9_usize, order in prop::collection::vec(any::<Index>(), 9),
        edits in prop::collection::vec(fresh_edit(), 0..3),
    ) {
        let old = draft.text();
        let quote = draft.quote(at, len.min(8));
        let anchor = place(&old, draft.span(&quote).unwrap());
        draft.shuffle(&order);
        edits.iter().for_each(|edit| draft.edit_around(edit, &quote));

        let new = draft.text();
        let found = Passage::between(&old, &new).follow(&said(&quote), &anchor);

        let truth = draft.span(&quote).unwrap();
        prop_assert!(is_right(&new, found.clone(), truth), "{old:?}\n{new:?}\n{:?} {truth:?} {found:?}", said(&quote));
    }

    #[test]
    fn what_was_taken_out_and_put_back_has_its_anchor_again(
        draft in draft(), at: Index, len in 1..9_usize, harm in harm(), edits in prop::collection::vec(fresh_edit(), 0..4),
    ) {
        let quote = draft.quote(at, len.max(2));
        let nearby = draft.widened(&quote, 3);
        let old = draft.text();
        let anchor = place(&old, draft.span(&quote).unwrap());
        let mut without = draft.clone();
        without.damage(&quote, &harm);
        let gone = without.text();
        if occurrences(&gone, &said(&quote)) >= occurrences(&old, &said(&quote)) || is_doubled(&old, &said(&quote)) {
            // Of 'no no' one is left, whichever was taken out.
            return Ok(());
        }
        let mut back = draft.clone();
        edits.iter().for_each(|edit| back.edit_around(edit, &nearby));
        let new = back.text();

        let lost = Passage::between(&old, &gone).follow(&said(&quote), &anchor);
        let found = Passage::between(&gone, &new).find_again(&said(&quote), &anchor);

        prop_assert_eq!(lost, None, "{:?}\n{:?}\n{:?}", old, gone, said(&quote));
        let truth = back.span(&quote).unwrap();
        prop_assert!(is_right(&new, found.clone(), truth), "{gone:?}\n{new:?}\n{:?} {truth:?} {found:?}", said(&quote));
    }

    #[test]
    fn thirty_revisions_later_an_anchor_is_still_with_its_words(
        mut draft in draft(), at: Index, len in 3..9_usize,
        revisions in prop::collection::vec(prop::collection::vec(prop_oneof![3 => edit(), 1 => moving()], 1..4), 30),
    ) {
        let quote = draft.quote(at, len.min(8));
        let mut old = draft.text();
        let mut anchor = place(&old, draft.span(&quote).unwrap());
        for edits in revisions {
            edits.iter().for_each(|edit| draft.edit_around(edit, &quote));
            let new = draft.text();

            let found = Passage::between(&old, &new).follow(&said(&quote), &anchor);

            let truth = draft.span(&quote).unwrap();
            prop_assert!(is_right(&new, found.clone(), truth), "{old:?}\n{new:?}\n{:?} {truth:?} {found:?}", said(&quote));
            (anchor, old) = (place(&new, truth), new);
        }
    }

    #[test]
    fn an_anchor_never_stands_on_other_words_than_its_own(
        old in text(), new in text(), start: Index, len in 1..12_usize,
    ) {
        let chars: Vec<char> = old.chars().collect();
        let start = start.index(chars.len());
        let span = Span { start, end: (start + len).min(chars.len()) };
        let quote: String = chars[span.start..span.end].iter().collect();
        let anchor = place(&old, span);

        let (there, back) = (Passage::between(&old, &new), Passage::between(&new, &old));
        let found = [there.follow(&quote, &anchor), there.find_again(&quote, &anchor), back.find_again(&quote, &anchor)];

        for (found, text) in found.into_iter().zip([&new, &new, &old]) {
            let Some(found) = found else { continue };
            let says: String = text.chars().skip(found.span.start).take(found.span.end - found.span.start).collect();
            prop_assert_eq!(&says, &quote);
            prop_assert_eq!(&found, &place(text, found.span));
        }
        prop_assert_eq!(Passage::between(&old, &old).follow(&quote, &anchor), Some(anchor));
    }
}

/// Text without sense: few different letters, so that much of it is equal to other such text.
fn text() -> impl Strategy<Value = String> {
    prop::string::string_regex("([ab.é東\u{301}🎉 \r\n-]|the |no\\. ){1,80}").unwrap()
}
