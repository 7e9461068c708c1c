//! Many at one text: what one writes is not lost to another, and what is said of it stays at its place.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{at_once, outcomes};
use crate::support::{Answer, Client, Draft, TestDesk, both, joined};

both![
    a_suggestion_and_a_change_at_once_are_one_of_the_two_and_the_other_can_follow,
    of_ten_who_apply_a_suggestion_one_does_and_it_goes_in_once,
    a_comment_made_while_the_text_changes_stands_at_its_words,
    of_ten_requests_for_one_review_one_is_told,
    a_request_and_its_withdrawal_at_once_leave_what_the_log_says,
    of_twenty_who_merge_lines_of_their_own_all_get_in,
];

const TEXT: &str = "The harbour bridge opened this morning.\n\nA crowd of hundreds was there.\n\nThe mayor spoke last.";

async fn comment(who: &Client, draft: &Draft, quote: &str, suggestion: Option<&str>) -> Answer {
    let anchor = json!({ "revision": draft.revision, "quote": quote });
    let input = json!({ "draftId": draft.id, "body": "What about this?", "anchor": anchor, "suggestion": suggestion });
    who.act("addComment", "comment { id }", input).await
}

async fn apply(who: &Client, comment: &str, base: i64) -> Answer {
    who.change("applySuggestion", json!({ "commentId": comment, "baseRevision": base })).await
}

async fn markdown(desk: &TestDesk, draft: &Draft) -> String {
    let seen = desk.editor().look(draft, "revision { body { markdown } }").await;
    seen["revision"]["body"]["markdown"].as_str().unwrap().to_owned()
}

async fn a_suggestion_and_a_change_at_once_are_one_of_the_two_and_the_other_can_follow(desk: TestDesk) {
    let (editor, writer) = (desk.editor(), desk.writer());
    for round in 0..8 {
        let draft = desk.draft_with(&format!("Round {round}"), json!({ "body": TEXT })).await;
        let id = comment(&editor, &draft, "hundreds", Some("thousands")).await.text("/addComment/comment/id");
        let changed = json!({ "body": TEXT.replace("this morning", "at dawn") });

        let (applied, change) = at_once(round, apply(&editor, &id, 1), writer.update(&draft, changed.clone())).await;

        assert_eq!(outcomes(&[applied.clone(), change.clone()]), ["OK", "STALE_REVISION"], "round {round}\n{applied}\n{change}");
        if change.is_ok() {
            apply(&editor, &id, 2).await.data();
        } else {
            writer.update(&draft, joined(changed, json!({ "onConflict": "MERGE" }))).await.data();
        }
        assert_eq!(markdown(&desk, &draft).await, TEXT.replace("this morning", "at dawn").replace("hundreds", "thousands"));
        assert_eq!(desk.history(&draft).await, ["DRAFT_CREATED", "COMMENT_ADDED", "DRAFT_UPDATED", "DRAFT_UPDATED"]);
    }
}

async fn of_ten_who_apply_a_suggestion_one_does_and_it_goes_in_once(desk: TestDesk) {
    for round in 0..4 {
        let draft = desk.draft_with(&format!("Round {round}"), json!({ "body": TEXT })).await;
        let (writer, editor) = (desk.writer(), desk.editor());
        let id = comment(&editor, &draft, "hundreds", Some("hundreds and hundreds")).await.text("/addComment/comment/id");

        let answers = join_all((0..10).map(|number| apply(if number % 2 == 0 { &writer } else { &editor }, &id, 1))).await;
        let again = join_all((0..4).map(|_| apply(&editor, &id, 2))).await;

        assert_eq!(outcomes(&answers), ["OK", "STALE_REVISION"]);
        assert!(again.iter().all(|answer| matches!(answer.code().as_str(), "BAD_USER_INPUT" | "STALE_REVISION")), "{}", again[0]);
        assert_eq!(markdown(&desk, &draft).await, TEXT.replace("hundreds", "hundreds and hundreds"));
        assert_eq!(desk.history(&draft).await, ["DRAFT_CREATED", "COMMENT_ADDED", "DRAFT_UPDATED"]);
    }
}

async fn a_comment_made_while_the_text_changes_stands_at_its_words(desk: TestDesk) {
    const ANCHORS: &str = "revision { number body { markdown } } comments(first: 50) { nodes { anchor { quote start end isOutdated } } }";
    let quotes = ["bridge", "A crowd of hundreds", "The mayor spoke last."];
    for round in 0..6 {
        let draft = desk.draft_with(&format!("Round {round}"), json!({ "body": TEXT })).await;
        let (writer, editor) = (desk.writer(), desk.editor());
        let longer = json!({ "body": format!("Überraschung: round {round}.\n\n{TEXT}\n\nMore to come.") });

        let comments = join_all(quotes.iter().map(|quote| comment(&editor, &draft, quote, None)));
        let (comments, change) = at_once(round, comments, writer.update(&draft, longer)).await;
        let seen = editor.look(&draft, ANCHORS).await;

        change.data();
        comments.iter().for_each(|answer| assert!(answer.is_ok(), "{answer}"));
        let text: Vec<char> = seen["revision"]["body"]["markdown"].as_str().unwrap().chars().collect();
        let anchors = seen["comments"]["nodes"].as_array().unwrap();
        assert_eq!((&seen["revision"]["number"], anchors.len()), (&json!(2), quotes.len()));
        for anchor in anchors.iter().map(|comment| &comment["anchor"]) {
            let place = |end: &str| usize::try_from(anchor[end].as_u64().unwrap_or_else(|| panic!("round {round}: lost: {anchor}"))).unwrap();
            let words: String = text[place("start")..place("end")].iter().collect();
            assert_eq!((&json!(words), &anchor["isOutdated"]), (&anchor["quote"], &json!(false)), "round {round}");
        }
    }
}

async fn ask(who: &Client, draft: &Draft, reviewer: &Client, more: Value) -> Answer {
    let input = json!({ "draftId": draft.id, "stage": "EDIT", "reviewerId": reviewer.id() });
    who.act("assignReview", "draft { id }", joined(input, more)).await
}

async fn assigned(desk: &TestDesk, draft: &Draft) -> usize {
    let seen = desk.editor().look(draft, "stages { assignments { reviewer { id } } }").await;
    seen["stages"][0]["assignments"].as_array().unwrap().len()
}

async fn of_ten_requests_for_one_review_one_is_told(desk: TestDesk) {
    let draft = desk.submitted("To read").await;
    let (editor, reviewer) = (desk.editor(), desk.another("EDITOR").await);

    let answers = join_all((0..10).map(|number| ask(if number % 2 == 0 { &editor } else { &reviewer }, &draft, &reviewer, json!({})))).await;

    assert_eq!(outcomes(&answers), ["OK"; 10]);
    assert_eq!(assigned(&desk, &draft).await, 1);
    assert_eq!(desk.history(&draft).await[2..], ["REVIEW_ASSIGNED"]);
}

async fn a_request_and_its_withdrawal_at_once_leave_what_the_log_says(desk: TestDesk) {
    let (editor, reviewer) = (desk.editor(), desk.another("EDITOR").await);
    for round in 0..6 {
        let draft = desk.submitted(&format!("Round {round}")).await;

        let (asked, taken_back) = at_once(round, ask(&editor, &draft, &reviewer, json!({})), ask(&editor, &draft, &reviewer, json!({ "remove": true }))).await;

        asked.data();
        taken_back.data();
        let told = desk.history(&draft).await.split_off(2);
        assert_eq!(assigned(&desk, &draft).await, usize::from(told == ["REVIEW_ASSIGNED"]), "round {round}: {told:?}");
        assert!(told == ["REVIEW_ASSIGNED"] || told == ["REVIEW_ASSIGNED"; 2], "{told:?}");
    }
}

async fn of_twenty_who_merge_lines_of_their_own_all_get_in(desk: TestDesk) {
    let lines: Vec<String> = (0..20).map(|number| format!("Line {number} as it was.")).collect();
    let draft = desk.draft_with("By many hands", json!({ "body": lines.join("\n\n") })).await;
    let hands = [desk.writer(), desk.editor(), desk.another("EDITOR").await, desk.another("EDITOR").await];

    let answers = join_all((0..20).map(|number| {
        let mut own = lines.clone();
        own[number] = format!("Line {number} by hand {}.", number % 4);
        hands[number % 4].update(&draft, json!({ "body": own.join("\n\n"), "onConflict": "MERGE" }))
    }))
    .await;

    assert_eq!(outcomes(&answers), ["OK"; 20]);
    let wanted: Vec<String> = (0..20).map(|number| format!("Line {number} by hand {}.", number % 4)).collect();
    assert_eq!(markdown(&desk, &draft).await, wanted.join("\n\n"));
    assert_eq!(desk.editor().read(&draft).await.revision, 21);
    assert_eq!(desk.history(&draft).await[1..], ["DRAFT_UPDATED"; 20]);
}
