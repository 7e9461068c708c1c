//! Before the reviewers: rounds, stages, verdicts, four eyes.

use serde_json::{Value, json};

use crate::support::{Draft, TestDesk, both};

both![
    a_draft_goes_to_its_reviewers,
    what_fails_a_blocking_check_is_not_submitted_and_every_check_is_told,
    owner_and_editor_submit_and_recall_and_nobody_else,
    a_recalled_draft_begins_a_new_round,
    the_last_approval_that_is_missing_approves_the_draft,
    nobody_approves_what_they_wrote,
    whoever_wrote_may_still_comment_and_ask_for_changes,
    four_eyes_hold_for_administrators_too,
    an_approval_does_not_outlive_its_revision,
    an_approval_does_not_outlive_its_round,
    a_verdict_names_the_newest_revision,
    a_verdict_takes_a_role_of_the_stage,
    a_stage_that_does_not_apply_takes_no_verdict,
    affiliate_links_ask_for_commerce_too,
    a_legal_review_is_asked_for_by_a_flag_that_few_may_clear,
    asking_for_a_lawyer_takes_an_approved_draft_back,
    one_person_may_judge_several_stages_and_counts_once_at_each,
    changes_are_asked_for_before_and_after_approval,
    the_queue_of_a_reviewer_holds_what_waits_for_them,
    reviews_are_kept_and_tell_when_they_no_longer_count,
];

async fn a_draft_goes_to_its_reviewers(desk: TestDesk) {
    let draft = desk.draft("To the editor").await;

    let submitted = desk.writer().submit(&draft).await.draft();
    let again = desk.writer().submit(&submitted).await;
    let seen = desk.editor().look(&draft, "state stages { isComplete approvalsNeeded approvals { id } assignments { isOverdue } stage { key roles appliesWhen } }").await;

    assert_eq!((submitted.state.as_str(), submitted.revision), ("IN_REVIEW", 1));
    assert_eq!(again.code(), "INVALID_TRANSITION");
    let stage = json!({ "key": "EDIT", "roles": ["EDITOR"], "appliesWhen": "ALWAYS" });
    assert_eq!(seen["stages"], json!([{ "isComplete": false, "approvalsNeeded": 1, "approvals": [], "assignments": [], "stage": stage }]));
    assert_eq!(desk.history(&draft).await, ["DRAFT_CREATED", "DRAFT_SUBMITTED"]);
}

async fn what_fails_a_blocking_check_is_not_submitted_and_every_check_is_told(desk: TestDesk) {
    let empty = desk.writer().create(json!({ "headline": "Nothing but a headline" })).await.draft();
    let images = desk.draft_with("Images", json!({ "body": "Look:\n\n![](https://img.example/a.jpg)" })).await;
    let before = desk.traces().await;

    let refused = desk.writer().submit(&empty).await;
    let failed: Vec<&Value> = refused.error()["extensions"]["checks"].as_array().unwrap().iter().map(|check| &check["code"]).collect();
    let unseen = desk.writer().submit(&images).await;
    let checks = desk.writer().look(&empty, "checks { code severity passed message }").await;

    assert_eq!(refused.code(), "CHECKS_FAILED");
    assert_eq!(failed, ["BODY", "BYLINE", "SECTION"]);
    assert_eq!(unseen.code(), "CHECKS_FAILED");
    assert_eq!(unseen.error()["extensions"]["checks"][0]["code"], "IMAGE_ALT");
    assert_eq!(desk.traces().await, before);
    let checks = checks["checks"].as_array().unwrap();
    let warning = checks.iter().find(|check| check["code"] == "DEK").unwrap();
    assert_eq!((&warning["severity"], &warning["passed"]), (&json!("WARNING"), &json!(false)));
    assert_eq!(checks.len(), 12);
}

async fn owner_and_editor_submit_and_recall_and_nobody_else(desk: TestDesk) {
    let draft = desk.draft("Whose turn").await;

    for somebody in [desk.another("WRITER").await, desk.publisher(), desk.legal()] {
        assert_eq!(somebody.submit(&draft).await.code(), "FORBIDDEN");
        assert_eq!(somebody.recall(&draft).await.code(), "FORBIDDEN");
    }
    assert_eq!(desk.writer().recall(&draft).await.code(), "INVALID_TRANSITION");
    let by_editor = desk.editor().submit(&draft).await.draft();
    let recalled = desk.writer().recall(&by_editor).await.draft();

    assert_eq!((by_editor.state.as_str(), recalled.state.as_str()), ("IN_REVIEW", "DRAFTING"));
    assert_eq!(desk.history(&draft).await, ["DRAFT_CREATED", "DRAFT_SUBMITTED", "DRAFT_RECALLED"]);
}

async fn a_recalled_draft_begins_a_new_round(desk: TestDesk) {
    let legal = json!({ "needsLegalReview": true });
    let draft = desk.draft_with("Two rounds", legal).await;
    let first = desk.writer().submit(&draft).await.draft();
    desk.legal().review(&first, "LEGAL", "APPROVE").await.data();

    desk.writer().recall(&first).await.draft();
    let second = desk.writer().submit(&first).await.draft();

    assert_eq!(second.revision, first.revision, "nothing was written between the rounds");
    assert_eq!(desk.open_stages(&second).await, ["EDIT", "LEGAL"]);
    assert_eq!(desk.editor().approve(&second).await.draft().state, "IN_REVIEW");
    assert_eq!(desk.legal().review(&second, "LEGAL", "APPROVE").await.draft().state, "APPROVED");
}

async fn the_last_approval_that_is_missing_approves_the_draft(desk: TestDesk) {
    let draft = desk.submitted("Good to go").await;

    let answer = desk.editor().act("reviewDraft", "review { id verdict summary isStale stage { key } reviewer { id } revision { number } } draft { id state stages { isComplete approvals { reviewer { id } } } }",
        json!({ "draftId": draft.id, "revision": 1, "stage": "EDIT", "verdict": "APPROVE", "summary": "Fine." })).await;

    let review = answer.at("/reviewDraft/review");
    assert_eq!((&review["verdict"], &review["summary"], &review["isStale"]), (&json!("APPROVE"), &json!("Fine."), &json!(false)));
    assert_eq!((&review["stage"]["key"], &review["revision"]["number"]), (&json!("EDIT"), &json!(1)));
    assert_eq!(review["reviewer"]["id"], desk.editor().id());
    assert_eq!(answer.text("/reviewDraft/draft/state"), "APPROVED");
    assert_eq!(answer.at("/reviewDraft/draft/stages/0/isComplete"), true);
    assert_eq!(desk.history(&draft).await.last().unwrap(), "DRAFT_APPROVED");
}

async fn nobody_approves_what_they_wrote(desk: TestDesk) {
    let both = desk.staff(&["WRITER", "EDITOR"]).await;
    let own = both.create(desk.complete("My own")).await.draft();
    let own = both.submit(&own).await.draft();
    let others = desk.draft("Somebody else's").await;
    let touched = both.update(&others, json!({ "dek": "Touched by the editor" })).await.draft();
    let finished = desk.writer().update(&touched, json!({ "dek": "Finished by the writer" })).await.draft();
    let finished = desk.writer().submit(&finished).await.draft();
    let before = desk.traces().await;

    let of_own = both.approve(&own).await;
    let of_touched = both.approve(&finished).await;

    assert_eq!([of_own.code(), of_touched.code()], ["SELF_APPROVAL"; 2]);
    assert_eq!(desk.traces().await, before);
    assert_eq!(desk.editor().approve(&finished).await.draft().state, "APPROVED");
}

async fn whoever_wrote_may_still_comment_and_ask_for_changes(desk: TestDesk) {
    let both = desk.staff(&["WRITER", "EDITOR"]).await;
    let own = both.create(desk.complete("My own")).await.draft();
    let own = both.submit(&own).await.draft();

    assert_eq!(both.review(&own, "EDIT", "COMMENT").await.draft().state, "IN_REVIEW");
    assert_eq!(both.review(&own, "EDIT", "REQUEST_CHANGES").await.draft().state, "CHANGES_REQUESTED");
    assert_eq!(desk.history(&own).await[2..], ["REVIEW_ADDED", "CHANGES_REQUESTED"]);
}

async fn four_eyes_hold_for_administrators_too(desk: TestDesk) {
    let own = desk.admin().create(desk.complete("An administrator's")).await.draft();
    let own = desk.admin().submit(&own).await.draft();

    assert_eq!(desk.admin().approve(&own).await.code(), "SELF_APPROVAL");
    assert_eq!(desk.another("ADMIN").await.approve(&own).await.draft().state, "APPROVED");
}

async fn an_approval_does_not_outlive_its_revision(desk: TestDesk) {
    let approved = desk.approved("Approved once").await;

    let changed = desk.another("EDITOR").await.update(&approved, json!({ "dek": "Slipped in after approval" })).await.draft();
    let publish = desk.publisher().publish(&changed).await;

    assert_eq!(changed.state, "IN_REVIEW");
    assert_eq!(publish.code(), "APPROVALS_MISSING");
    assert_eq!(publish.error()["extensions"]["stages"], json!(["EDIT"]));
    assert_eq!(desk.publisher().publish(&approved).await.code(), "APPROVALS_MISSING");
    assert_eq!(desk.open_stages(&changed).await, ["EDIT"]);
}

async fn an_approval_does_not_outlive_its_round(desk: TestDesk) {
    let approved = desk.approved("Approved once").await;

    let back = desk.another("EDITOR").await.review(&approved, "EDIT", "REQUEST_CHANGES").await.draft();
    let again = desk.writer().submit(&back).await.draft();

    assert_eq!(again.revision, approved.revision);
    assert_eq!(again.state, "IN_REVIEW");
    assert_eq!(desk.open_stages(&again).await, ["EDIT"]);
    assert_eq!(desk.editor().approve(&again).await.draft().state, "APPROVED", "the same editor may approve anew");
}

async fn a_verdict_names_the_newest_revision(desk: TestDesk) {
    let old = desk.submitted("Moving").await;
    let new = desk.writer().update(&old, json!({ "dek": "Moved" })).await.draft();
    let before = desk.traces().await;

    let stale = desk.editor().approve(&old).await;
    let never = desk.editor().approve(&Draft { revision: 77, ..new.clone() }).await;

    assert_eq!([stale.code(), never.code()], ["STALE_REVISION"; 2]);
    assert_eq!(stale.error()["extensions"]["currentRevision"], 2);
    assert_eq!(desk.traces().await, before);
}

async fn a_verdict_takes_a_role_of_the_stage(desk: TestDesk) {
    let draft = desk.draft_with("For lawyers too", json!({ "needsLegalReview": true })).await;
    let draft = desk.writer().submit(&draft).await.draft();

    for verdict in ["APPROVE", "REQUEST_CHANGES", "COMMENT"] {
        assert_eq!(desk.another("WRITER").await.review(&draft, "EDIT", verdict).await.code(), "FORBIDDEN");
        assert_eq!(desk.legal().review(&draft, "EDIT", verdict).await.code(), "FORBIDDEN");
        assert_eq!(desk.editor().review(&draft, "LEGAL", verdict).await.code(), "FORBIDDEN");
        assert_eq!(desk.anonymous().review(&draft, "EDIT", verdict).await.code(), "UNAUTHENTICATED");
    }
    assert_eq!(desk.admin().review(&draft, "LEGAL", "APPROVE").await.draft().state, "IN_REVIEW");
}

async fn a_stage_that_does_not_apply_takes_no_verdict(desk: TestDesk) {
    let draft = desk.submitted("Plain").await;

    let legal = desk.admin().review(&draft, "LEGAL", "APPROVE").await;
    let none = desk.admin().review(&draft, "NO_SUCH_STAGE", "APPROVE").await;

    assert_eq!([legal.code(), none.code()], ["BAD_USER_INPUT"; 2]);
    assert_eq!(legal.fields(), ["stage"]);
    assert_eq!(desk.open_stages(&draft).await, ["EDIT"]);
}

const AFFILIATE: &str = "Buy it [here](https://www.amazon.com/dp/B000?tag=desk-20) today.";

async fn affiliate_links_ask_for_commerce_too(desk: TestDesk) {
    let draft = desk.submitted("A kettle").await;
    assert_eq!(desk.open_stages(&draft).await, ["EDIT"]);
    let approved = desk.editor().approve(&draft).await.draft();

    let earning = desk.another("EDITOR").await.update(&approved, json!({ "body": AFFILIATE })).await.draft();
    let open = desk.open_stages(&earning).await;
    let edited = desk.editor().approve(&earning).await.draft();
    let publish = desk.publisher().publish(&edited).await;
    let done = desk.commerce().review(&edited, "COMMERCE", "APPROVE").await.draft();

    assert_eq!(open, ["EDIT", "COMMERCE"]);
    assert_eq!(edited.state, "IN_REVIEW");
    assert_eq!(publish.error()["extensions"]["stages"], json!(["COMMERCE"]));
    assert_eq!(done.state, "APPROVED");
}

async fn a_legal_review_is_asked_for_by_a_flag_that_few_may_clear(desk: TestDesk) {
    let draft = desk.draft_with("Court report", json!({ "needsLegalReview": true })).await;
    let draft = desk.writer().submit(&draft).await.draft();
    let edited = desk.editor().approve(&draft).await.draft();
    let clear = json!({ "needsLegalReview": false });

    let by_writer = desk.writer().update(&edited, clear.clone()).await;
    let by_lawyer = desk.legal().update(&edited, clear).await.draft();

    assert_eq!(edited.state, "IN_REVIEW");
    assert_eq!(by_writer.code(), "FORBIDDEN");
    assert_eq!((by_lawyer.state.as_str(), by_lawyer.revision), ("APPROVED", 1));
}

async fn asking_for_a_lawyer_takes_an_approved_draft_back(desk: TestDesk) {
    let approved = desk.approved("On second thoughts").await;

    let back = desk.editor().update(&approved, json!({ "needsLegalReview": true })).await.draft();
    let again = desk.legal().review(&back, "LEGAL", "APPROVE").await.draft();

    assert_eq!((back.state.as_str(), back.revision), ("IN_REVIEW", 1));
    assert_eq!(again.state, "APPROVED", "the edit's approval still stands: the revision is the same");
}

async fn one_person_may_judge_several_stages_and_counts_once_at_each(desk: TestDesk) {
    let both = desk.staff(&["EDITOR", "LEGAL"]).await;
    let draft = desk.draft_with("Court report", json!({ "needsLegalReview": true })).await;
    let draft = desk.writer().submit(&draft).await.draft();

    let first = both.approve(&draft).await.draft();
    let before = desk.history(&draft).await.len();
    both.approve(&first).await.data();
    let after = desk.history(&draft).await.len();
    let last = both.review(&first, "LEGAL", "APPROVE").await.draft();

    assert_eq!(first.state, "IN_REVIEW");
    assert_eq!(after, before, "the same approval again is no event");
    assert_eq!(last.state, "APPROVED");
    let stages = desk.editor().look(&draft, "stages { approvals { id } }").await;
    assert_eq!(stages["stages"][0]["approvals"].as_array().unwrap().len(), 1);
}

async fn changes_are_asked_for_before_and_after_approval(desk: TestDesk) {
    let submitted = desk.submitted("Not yet").await;
    let back = desk.editor().review(&submitted, "EDIT", "REQUEST_CHANGES").await.draft();
    let changed = desk.writer().update(&back, json!({ "dek": "Changed as asked" })).await.draft();
    let again = desk.writer().submit(&changed).await.draft();
    let approved = desk.editor().approve(&again).await.draft();

    let after = desk.editor().review(&approved, "EDIT", "REQUEST_CHANGES").await.draft();

    assert_eq!([&back, &changed, &after].map(|draft| draft.state.as_str()), ["CHANGES_REQUESTED"; 3]);
    assert_eq!(desk.publisher().publish(&after).await.code(), "INVALID_TRANSITION");
    assert_eq!(desk.editor().approve(&after).await.code(), "INVALID_TRANSITION");
}

async fn the_queue_of_a_reviewer_holds_what_waits_for_them(desk: TestDesk) {
    desk.draft("Still being written").await;
    let edit = desk.submitted("For an editor").await;
    let legal = desk.draft_with("For a lawyer", json!({ "needsLegalReview": true })).await;
    let legal = desk.writer().submit(&legal).await.draft();
    desk.editor().approve(&legal).await.data();
    let editors_own = desk.editor().create(desk.complete("The editor's own")).await.draft();
    desk.editor().submit(&editors_own).await.data();
    let waiting = async |who: crate::support::Client| {
        who.ask("{ drafts(filter: { awaitingMyReview: true }, orderBy: CREATED_AT_DESC) { nodes { id } } }").await.texts("/drafts/nodes", "id")
    };

    assert_eq!(waiting(desk.editor()).await, [edit.id.as_str()]);
    assert_eq!(waiting(desk.another("EDITOR").await).await, [editors_own.id.as_str(), &edit.id]);
    assert_eq!(waiting(desk.legal()).await, [legal.id.as_str()]);
    assert_eq!(waiting(desk.publisher()).await, Vec::<String>::new());
}

async fn reviews_are_kept_and_tell_when_they_no_longer_count(desk: TestDesk) {
    let submitted = desk.submitted("On record").await;
    let approved = desk.editor().approve(&submitted).await.draft();
    desk.another("EDITOR").await.update(&approved, json!({ "dek": "Newer" })).await.draft();
    desk.editor().review(&desk.editor().read(&approved).await, "EDIT", "COMMENT").await.data();

    let seen = desk.writer().look(&approved, "reviews { totalCount nodes { verdict isStale revision { number } reviewer { id } } }").await;

    let (editor, id) = (desk.editor(), |review: &Value| review["reviewer"]["id"].clone());
    let reviews = seen["reviews"]["nodes"].as_array().unwrap();
    assert_eq!(seen["reviews"]["totalCount"], 2);
    assert!(reviews.iter().all(|review| id(review) == editor.id()));
    assert_eq!((&reviews[0]["verdict"], &reviews[0]["isStale"], &reviews[0]["revision"]["number"]), (&json!("APPROVE"), &json!(true), &json!(1)));
    assert_eq!((&reviews[1]["verdict"], &reviews[1]["isStale"], &reviews[1]["revision"]["number"]), (&json!("COMMENT"), &json!(false), &json!(2)));
}
