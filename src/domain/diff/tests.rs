//! What holds for every comparison: unified diffs and links here, bodies below.

mod markdown;
mod marked;
mod oracle;
mod properties;

use proptest::prelude::*;

use super::compare::{Change, Effort, compare};
use super::{links, unified};

/// How many random cases a property is tried on.
pub(in crate::domain) fn cases(usual: u32) -> ProptestConfig {
    let full = std::env::var_os("COPYDESK_FULL").is_some_and(|full| full == "1");
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if full { usual * 20 } else { usual })
    }
}

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|item| (*item).to_owned()).collect()
}

#[test]
fn a_changed_line_is_shown_with_three_lines_around_it() {
    let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    let after = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n";

    let diff = unified(before, after, "revision 3", "revision 4");

    assert_eq!(diff, "--- revision 3\n+++ revision 4\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

#[test]
fn nothing_is_shown_where_nothing_changed() {
    assert_eq!(unified("a\nb", "a\nb", "x", "y"), "");
    assert_eq!(unified("", "", "x", "y"), "");
}

#[test]
fn changes_far_apart_are_shown_apart() {
    let before: String = (0..20).map(|line| format!("{line}\n")).collect();
    let near = before.replace("\n3\n", "\nx\n").replace("\n10\n", "\ny\n");
    let far = before.replace("\n3\n", "\nx\n").replace("\n11\n", "\ny\n");

    assert_eq!(unified(&before, &near, "a", "b").matches("@@ -").count(), 1);
    assert_eq!(unified(&before, &far, "a", "b").matches("@@ -").count(), 2);
}

#[test]
fn a_missing_end_of_the_last_line_is_told() {
    assert_eq!(
        unified("a\nb", "a\nb\n", "x", "y"),
        "--- x\n+++ y\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"
    );
    assert_eq!(unified("", "a", "x", "y"), "--- x\n+++ y\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n");
    assert_eq!(unified("a\n", "", "x", "y"), "--- x\n+++ y\n@@ -1 +0,0 @@\n-a\n");
}

#[test]
fn line_ends_are_kept_and_seen() {
    assert_eq!(
        unified("a\r\nb\r\n", "a\r\nb\n", "x", "y"),
        "--- x\n+++ y\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+b\n"
    );
}

#[test]
fn a_name_cannot_forge_a_line_of_the_diff() {
    let diff = unified("a\n", "b\n", "x\n--- y", "z\r\n@@");
    assert!(diff.starts_with("--- x --- y\n+++ z  @@\n@@ -1 +1 @@\n"), "{diff}");
}

#[test]
fn links_that_came_and_went_are_listed_once_in_order() {
    let before = owned(&["/a", "/b", "/a", "/c", "/c"]);
    let after = owned(&["/d", "/b", "/e", "/d"]);
    assert_eq!(links(&before, &after), (owned(&["/d", "/e"]), owned(&["/a", "/c"])));
    assert_eq!(links(&after, &after), (Vec::new(), Vec::new()));
}

#[test]
fn what_would_take_too_long_is_shown_as_replaced_from_first_to_last_difference() {
    let before: Vec<u32> = (0..200_000).map(|at| at % 7).collect();
    let mut after: Vec<u32> = before.iter().map(|number| (number * 3) % 7).collect();
    (after[0], after[199_999]) = (before[0], before[199_999]);

    let changes = compare(&before, &after, &mut Effort::of_lines());

    assert_eq!(changes, [Change { before: 1..199_999, after: 1..199_999 }]);
}

#[test]
fn what_is_common_to_every_line_is_no_part_of_a_change() {
    // Blank lines, number 0, are too many to tell anything, and are left out of the search.
    let before: Vec<u32> = (1..400).flat_map(|line| [line, 0]).collect();
    let after: Vec<u32> =
        (1..400).flat_map(|line| [if line % 2 == 0 { line + 1000 } else { line }, 0]).collect();

    let changes = compare(&before, &after, &mut Effort::of_lines());

    assert!(changes.iter().all(|change| change.before.len() == 1 && change.after.len() == 1), "{changes:?}");
    assert_eq!(changes.len(), 199);
}

/// What `patch` makes of a text.
fn patched(before: &str, diff: &str) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let (mut out, mut at) = (String::new(), 0);
    let mut lines = diff.split_inclusive('\n').skip(2).peekable();
    while let Some(line) = lines.next() {
        let is_cut = lines.peek().is_some_and(|next| next.starts_with('\\'));
        let text = if is_cut { &line[1..line.len() - 1] } else { &line[1..] };
        match line.as_bytes()[0] {
            b'@' => {
                let place = line.split(['-', ' ']).nth(2).unwrap();
                let (start, count) = place.split_once(',').unwrap_or((place, "1"));
                let start = start.parse::<usize>().unwrap() - usize::from(count != "0");
                old[at..start].iter().for_each(|line| out.push_str(line));
                at = start;
            }
            b'\\' => {}
            b'+' => out.push_str(text),
            mark => {
                assert_eq!(old[at], text, "{diff}");
                at += 1;
                if mark == b' ' {
                    out.push_str(text);
                }
            }
        }
    }
    old[at..].iter().for_each(|line| out.push_str(line));
    out
}

fn text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec!["", "a", "b", "c", "- x", "+ y", "@@", "\\ z", "é"]);
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n"]);
    (prop::collection::vec((line, end), 0..30), any::<bool>()).prop_map(|(lines, is_cut)| {
        let text: String = lines.into_iter().flat_map(|(line, end)| [line, end]).collect();
        if is_cut { text.trim_end_matches('\n').to_owned() } else { text }
    })
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_diff_leads_from_the_one_text_to_the_other(before in text(), after in text()) {
        let diff = unified(&before, &after, "a", "b");
        prop_assert_eq!(patched(&before, &diff), after, "{}", diff);
    }

    #[test]
    fn between_two_changes_something_stayed(
        before in prop::collection::vec(0_u32..5, 0..60),
        after in prop::collection::vec(0_u32..5, 0..60),
    ) {
        let (mut old, mut new) = (0, 0);
        let changes = compare(&before, &after, &mut Effort::of_words());
        for (number, change) in changes.iter().enumerate() {
            prop_assert_eq!(&before[old..change.before.start], &after[new..change.after.start]);
            prop_assert!(number == 0 || change.before.start > old);
            prop_assert!(change.before.len() + change.after.len() > 0);
            (old, new) = (change.before.end, change.after.end);
        }
        prop_assert_eq!(&before[old..], &after[new..]);
    }
}
