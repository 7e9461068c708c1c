//! What two editors of one article notice.

use proptest::prelude::*;

use super::super::diff::tests::cases;
use super::*;

fn overlap(base: &str, current: &str, yours: &str) -> Overlap {
    Overlap { base: base.into(), current: current.into(), yours: yours.into() }
}

#[test]
fn edits_of_two_paragraphs_are_joined() {
    assert_eq!(
        text("One.\n\nTwo.\n\nThree.\n", "One!\n\nTwo.\n\nThree.\n", "One.\n\nTwo.\n\nThree!\n").as_deref(),
        Ok("One!\n\nTwo.\n\nThree!\n")
    );
    assert_eq!(text("One.\n\nTwo.\n", "One!\n\nTwo.\n", "One.\n\nTwo!\n").as_deref(), Ok("One!\n\nTwo!\n"));
}

#[test]
fn the_same_edit_on_both_sides_is_taken_once() {
    let base = "One.\n\nTwo.\n\nThree.\n";
    let current = "One.\n\nTwo!\n\nNew.\n\nThree.\n\nFour.\n";
    let yours = "One!\n\nTwo!\n\nNew.\n\nThree.\n";
    assert_eq!(text(base, current, yours).as_deref(), Ok("One!\n\nTwo!\n\nNew.\n\nThree.\n\nFour.\n"));
}

#[test]
fn all_overlaps_come_back_at_once_each_with_its_three_texts() {
    let base = "One.\n\nTwo.\n\nThree.\n\nFour.\n";
    let current = "One!\n\nTwo.\n\nThree!\n\nFour.\n";
    let yours = "One?\n\nTwo?\n\nFour.\n";
    assert_eq!(
        text(base, current, yours),
        Err(vec![overlap("One.", "One!", "One?"), overlap("Three.", "Three!", "")])
    );
}

#[test]
fn two_new_paragraphs_in_one_place_overlap() {
    let base = "One.\n\nTwo.\n";
    assert_eq!(
        text(base, "One.\n\nMine.\n\nTwo.\n", "One.\n\nYours.\n\nTwo.\n"),
        Err(vec![overlap("", "Mine.", "Yours.")])
    );
    assert_eq!(text("One.", "One.\n\nMine.", "One.\n\nYours."), Err(vec![overlap("", "Mine.", "Yours.")]));
}

#[test]
fn edits_of_lines_that_touch_overlap() {
    assert_eq!(text("a\nb\nc\n", "A\nb\nc\n", "a\nB\nc\n"), Err(vec![overlap("a\nb", "A\nb", "a\nB")]));
    assert_eq!(text("a\nb\nc\n", "A\nb\nc\n", "a\nx\nb\nc\n"), Err(vec![overlap("a", "A", "a\nx")]));
    assert_eq!(text("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n"), Ok("A\nb\nC\n".into()));
}

#[test]
fn a_new_paragraph_goes_with_an_edit_of_either_neighbour() {
    let base = "One.\n\nTwo.\n";
    let new = "One.\n\nNew.\n\nTwo.\n";
    for (edited, merged) in
        [("One!\n\nTwo.\n", "One!\n\nNew.\n\nTwo.\n"), ("One.\n\nTwo!\n", "One.\n\nNew.\n\nTwo!\n")]
    {
        assert_eq!(text(base, new, edited).as_deref(), Ok(merged));
        assert_eq!(text(base, edited, new).as_deref(), Ok(merged));
    }
}

#[test]
fn a_deleted_paragraph_goes_with_an_edit_of_either_neighbour() {
    let base = "One.\n\nGone.\n\nTwo.\n";
    let deleted = "One.\n\nTwo.\n";
    for (edited, merged) in [
        ("One!\n\nGone.\n\nTwo.\n", "One!\n\nTwo.\n"),
        ("One.\n\nGone.\n\nTwo!\n", "One.\n\nTwo!\n"),
        ("One.\n\nGone.\n\nNew.\n\nTwo.\n", "One.\n\nNew.\n\nTwo.\n"),
    ] {
        assert_eq!(text(base, deleted, edited).as_deref(), Ok(merged));
        assert_eq!(text(base, edited, deleted).as_deref(), Ok(merged));
    }
}

#[test]
fn a_deleted_paragraph_overlaps_with_its_own_edit() {
    assert_eq!(
        text("One.\n\nTwo.\n\nThree.\n", "One.\n\nThree.\n", "One.\n\nTwo!\n\nThree.\n")
            .map_err(|all| all.len()),
        Err(1)
    );
}

#[test]
fn a_missing_last_line_end_is_no_edit_of_the_last_paragraph() {
    assert_eq!(
        text("One.\n\nTwo.", "One!\n\nTwo.", "One.\n\nTwo.\n\nThree.").as_deref(),
        Ok("One!\n\nTwo.\n\nThree.")
    );
    assert_eq!(text("One.\n\nTwo.\n", "One.\n\nTwo!\n", "One.\n\nTwo.").as_deref(), Ok("One.\n\nTwo!"));
    assert_eq!(text("One.\n\nTwo.", "One!\n\nTwo.", "One.\n\nTwo.\n").as_deref(), Ok("One!\n\nTwo.\n"));
    assert_eq!(
        text("One.\n\nTwo.\n\nThree.\n", "One!\n\nTwo.\n\nThree.\n", "One.\n\nTwo.").as_deref(),
        Ok("One!\n\nTwo.")
    );
}

#[test]
fn paragraphs_stay_apart_whoever_had_which_one_last() {
    assert_eq!(text("a\n\nb\n", "a\n\nb", "a\n\nb\n\nc\n").as_deref(), Ok("a\n\nb\n\nc"));
    assert_eq!(text("a\n\nb", "a\n\nb\n\nc", "a").as_deref(), Ok("a\n\nc"));
    assert_eq!(text("a\r\n\r\nb", "a\r\n\r\nb\r\n\r\nc", "a").as_deref(), Ok("a\r\n\r\nc"));
    assert_eq!(text("a", "a\n\nb", "A").as_deref(), Ok("A\n\nb"));
}

#[test]
fn line_ends_stay_as_they_are_and_make_no_overlap() {
    let unix = "One.\n\nTwo.\n\nThree.\n";
    let windows = unix.replace('\n', "\r\n");
    let edited = unix.replace("Two.", "Two!");

    assert_eq!(text(unix, &windows, &edited).as_deref(), Ok("One.\r\n\r\nTwo!\r\n\r\nThree.\r\n"));
    assert_eq!(
        text(&windows, &windows.replace("One.", "One!"), &windows.replace("Three.", "Three!")).as_deref(),
        Ok("One!\r\n\r\nTwo.\r\n\r\nThree!\r\n")
    );
}

#[test]
fn an_article_begun_twice_overlaps_and_a_deleted_one_does_with_its_edit() {
    assert_eq!(text("", "Mine.", "Yours."), Err(vec![overlap("", "Mine.", "Yours.")]));
    assert_eq!(text("One.\n", "", "Two.\n"), Err(vec![overlap("One.", "", "Two.")]));
}

#[test]
fn a_field_is_merged_by_who_changed_it() {
    assert_eq!(value(&1, &2, &1), Ok(2));
    assert_eq!(value(&1, &1, &3), Ok(3));
    assert_eq!(value(&1, &2, &2), Ok(2));
    assert_eq!(value(&1, &2, &3), Err(Overlaps));
}

#[test]
fn texts_made_to_be_slow_overlap_as_a_whole() {
    let made =
        |step: usize| (0..60_000).map(|at| ["a\n", "b\n", "c\n"][at * step / 7 % 3]).collect::<String>();
    let (base, current, yours) = (made(1), made(2), made(3));

    let overlaps = text(&base, &current, &yours).expect_err("they have little in common");

    assert!(overlaps.len() == 1 && overlaps[0].base.len() > 100_000, "{}", overlaps.len());
}

fn any_text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec!["", "", "a", "b", "c", "d"]);
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n"]);
    (prop::collection::vec((line, end), 0..14), any::<bool>()).prop_map(|(lines, is_cut)| {
        let text: String = lines.into_iter().flat_map(|(line, end)| [line, end]).collect();
        if is_cut { text.trim_end_matches(['\r', '\n']).to_owned() } else { text }
    })
}

/// What is done to one paragraph, and by whom.
#[derive(Clone, Copy, Debug)]
enum Edit {
    None,
    Mine(Act),
    Yours(Act),
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Retouch,
    Rewrite,
    Delete,
    Append,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let act =
        || prop::sample::select(vec![Act::Retouch, Act::Retouch, Act::Rewrite, Act::Delete, Act::Append]);
    let edit =
        prop_oneof![2 => Just(Edit::None), 1 => act().prop_map(Edit::Mine), 1 => act().prop_map(Edit::Yours)];
    prop::collection::vec(edit, 1..12)
}

/// An article as those edits leave it that are picked.
fn article(edits: &[Edit], end: &str, pick: impl Fn(Edit) -> Option<Act>) -> String {
    let paragraphs = edits.iter().enumerate().flat_map(|(at, edit)| {
        let paragraph = format!("Alpha{at} beta{at} gamma{at} delta{at}.");
        match pick(*edit) {
            None => vec![paragraph],
            Some(Act::Retouch) => vec![paragraph.replace("gamma", "GAMMA")],
            Some(Act::Rewrite) => vec![format!("Omega{at}!")],
            Some(Act::Delete) => vec![],
            Some(Act::Append) => vec![paragraph, format!("Psi{at}, phi{at}.")],
        }
    });
    paragraphs.collect::<Vec<_>>().join("\n\n") + end
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn whoever_changed_nothing_takes_what_the_other_made(base in any_text(), other in any_text()) {
        prop_assert_eq!(text(&base, &other, &base), Ok(other.clone()));
        prop_assert_eq!(by_lines(&base, &other, &base), Ok(other.clone()));
        prop_assert_eq!(by_lines(&base, &base, &other), Ok(other));
    }

    #[test]
    fn two_who_made_the_same_get_just_that(base in any_text(), other in any_text()) {
        prop_assert_eq!(text(&base, &other, &other), Ok(other.clone()));
        prop_assert_eq!(by_lines(&base, &other, &other), Ok(other));
    }

    #[test]
    fn it_does_not_matter_who_saved_first(base in any_text(), current in any_text(), yours in any_text()) {
        let swapped = text(&base, &yours, &current).map_err(|overlaps| {
            overlaps.into_iter().map(|it| Overlap { base: it.base, current: it.yours, yours: it.current }).collect::<Vec<_>>()
        });
        prop_assert_eq!(text(&base, &current, &yours), swapped);
    }

    #[test]
    fn no_line_that_anyone_wrote_is_lost(base in any_text(), current in any_text(), yours in any_text()) {
        let lines = |text: &str| text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        if let Ok(merged) = text(&base, &current, &yours) {
            let merged = lines(&merged);
            for side in [&current, &yours] {
                for line in lines(side) {
                    let count = |text: &[String]| text.iter().filter(|other| **other == line).count();
                    let new = count(&lines(side)).saturating_sub(count(&lines(&base)));
                    prop_assert!(count(&merged) >= new, "{:?} in {:?}", line, merged);
                }
            }
        }
    }

    #[test]
    fn edits_of_different_paragraphs_are_joined_even_side_by_side(edits in edits(), ended in any::<bool>()) {
        let end = if ended { "\n" } else { "" };
        let base = article(&edits, end, |_| None);
        let current = article(&edits, end, |edit| if let Edit::Mine(act) = edit { Some(act) } else { None });
        let yours = article(&edits, end, |edit| if let Edit::Yours(act) = edit { Some(act) } else { None });
        let both = article(&edits, end, |edit| match edit {
            Edit::Mine(act) | Edit::Yours(act) => Some(act),
            Edit::None => None,
        });
        let merged = text(&base, &current, &yours).map(|merged| merged.trim().to_owned());
        prop_assert_eq!(merged, Ok(both.trim().to_owned()));
    }
}
