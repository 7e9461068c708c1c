//! Many at once: one wins, the others are told, nothing is lost.

mod going;
mod words;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Answer, TestDesk, both};

both![
    of_forty_changes_on_one_revision_one_is_taken,
    of_twenty_publishers_one_publishes,
    of_twenty_drafts_that_want_one_slug_one_gets_it,
    twenty_drafts_with_one_headline_get_twenty_slugs,
    two_approvals_at_once_at_two_stages_approve_the_draft,
    of_twenty_submits_one_is_taken,
    an_approval_and_a_change_at_once_never_approve_what_nobody_read,
    a_publish_and_a_change_at_once_never_publish_what_nobody_approved,
    of_ten_users_with_one_address_one_is_added,
    every_change_of_a_crowd_is_in_the_log_once_and_in_order,
];

/// How the answers turned out, sorted.
fn outcomes(answers: &[Answer]) -> Vec<String> {
    let mut outcomes: Vec<String> = answers.iter().map(Answer::outcome).collect();
    outcomes.sort();
    outcomes.dedup_by(|left, right| left == right && left != "OK");
    outcomes
}

/// Sends two requests at once. Which of them sets out first alternates from round to round.
async fn at_once<A, B>(round: usize, one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
    if round.is_multiple_of(2) {
        return tokio::join!(one, other);
    }
    let (other, one) = tokio::join!(other, one);
    (one, other)
}

async fn of_forty_changes_on_one_revision_one_is_taken(desk: TestDesk) {
    let draft = desk.draft("Contested").await;
    let (writer, editor) = (desk.writer(), desk.editor());

    let answers = join_all((0..40).map(|number| {
        let who = if number % 2 == 0 { &writer } else { &editor };
        who.update(&draft, json!({ "headline": format!("Version {number}") }))
    }))
    .await;

    assert_eq!(outcomes(&answers), ["OK", "STALE_REVISION"]);
    let won = answers.iter().find(|answer| answer.is_ok()).unwrap().draft();
    assert_eq!(writer.read(&draft).await, won);
    assert_eq!(won.revision, 2);
    assert!(answers.iter().filter(|answer| !answer.is_ok()).all(|answer| answer.error()["extensions"]["currentRevision"] == 2));
    assert_eq!(desk.history(&draft).await, ["DRAFT_CREATED", "DRAFT_UPDATED"]);
}

async fn of_twenty_publishers_one_publishes(desk: TestDesk) {
    let draft = desk.approved("Wanted by all").await;
    let publisher = desk.publisher();

    let answers = join_all((0..20).map(|_| publisher.publish(&draft))).await;

    assert_eq!(outcomes(&answers), ["INVALID_TRANSITION", "OK"]);
    let seen = desk.anonymous().article(&draft.slug, "edition editions { totalCount }").await;
    assert_eq!(seen, json!({ "edition": 1, "editions": { "totalCount": 1 } }));
    assert_eq!(desk.history(&draft).await[3..], ["ARTICLE_PUBLISHED"]);
}

async fn of_twenty_drafts_that_want_one_slug_one_gets_it(desk: TestDesk) {
    let writer = desk.writer();

    let answers = join_all((0..20).map(|number| writer.create(json!({ "headline": format!("Draft {number}"), "slug": "the-one" })))).await;

    assert_eq!(outcomes(&answers), ["OK", "SLUG_TAKEN"]);
    assert_eq!(writer.ask("{ drafts { totalCount } }").await.number("/drafts/totalCount"), 1);
}

async fn twenty_drafts_with_one_headline_get_twenty_slugs(desk: TestDesk) {
    let writer = desk.writer();

    let answers = join_all((0..20).map(|_| writer.create(json!({ "headline": "Breaking news" })))).await;

    let mut slugs: Vec<String> = answers.iter().map(|answer| answer.draft().slug).collect();
    slugs.sort();
    slugs.dedup();
    assert_eq!(slugs.len(), 20);
}

async fn two_approvals_at_once_at_two_stages_approve_the_draft(desk: TestDesk) {
    for round in 0..6 {
        let draft = desk.draft_with(&format!("Round {round}"), json!({ "needsLegalReview": true })).await;
        let draft = desk.writer().submit(&draft).await.draft();
        let (editor, lawyer) = (desk.editor(), desk.legal());

        let (edit, legal) = tokio::join!(editor.approve(&draft), lawyer.review(&draft, "LEGAL", "APPROVE"));

        edit.data();
        legal.data();
        assert_eq!(desk.writer().read(&draft).await.state, "APPROVED", "round {round}");
        let mut verdicts = desk.history(&draft).await.split_off(2);
        verdicts.sort();
        assert_eq!(verdicts, ["DRAFT_APPROVED", "REVIEW_ADDED"]);
    }
}

async fn of_twenty_submits_one_is_taken(desk: TestDesk) {
    let draft = desk.draft("Submitted once").await;
    let writer = desk.writer();

    let answers = join_all((0..20).map(|_| writer.submit(&draft))).await;

    assert_eq!(outcomes(&answers), ["INVALID_TRANSITION", "OK"]);
    assert_eq!(desk.history(&draft).await, ["DRAFT_CREATED", "DRAFT_SUBMITTED"]);
}

async fn an_approval_and_a_change_at_once_never_approve_what_nobody_read(desk: TestDesk) {
    for round in 0..8 {
        let draft = desk.submitted(&format!("Round {round}")).await;
        let (editor, writer) = (desk.editor(), desk.writer());

        let (approval, change) = tokio::join!(editor.approve(&draft), writer.update(&draft, json!({ "dek": "Changed meanwhile" })));
        let after = writer.read(&draft).await;

        match (approval.outcome().as_str(), change.outcome().as_str()) {
            ("OK", "INVALID_TRANSITION") => assert_eq!((after.state.as_str(), after.revision), ("APPROVED", 1)),
            ("STALE_REVISION", "OK") | ("OK", "OK") => assert_eq!((after.state.as_str(), after.revision), ("IN_REVIEW", 2)),
            other => panic!("round {round}: {other:?}\n{approval}\n{change}"),
        }
    }
}

async fn a_publish_and_a_change_at_once_never_publish_what_nobody_approved(desk: TestDesk) {
    let (publisher, editor) = (desk.publisher(), desk.another("EDITOR").await);
    for round in 0..8 {
        let draft = desk.approved(&format!("Round {round}")).await;

        let (publish, change) = tokio::join!(publisher.publish(&draft), editor.update(&draft, json!({ "dek": "Nobody approved this" })));
        let seen = desk.anonymous().article(&draft.slug, "dek").await;

        assert!(publish.is_ok() || change.is_ok(), "{publish}\n{change}");
        assert_eq!(publish.is_ok(), seen.is_object(), "round {round}");
        assert_ne!(seen["dek"], "Nobody approved this");
    }
}

async fn of_ten_users_with_one_address_one_is_added(desk: TestDesk) {
    let admin = desk.admin();
    let input = json!({ "email": "one@newsroom.example", "name": "One", "password": "ten letters", "roles": ["WRITER"] });

    let answers = join_all((0..10).map(|_| admin.act("createUser", "user { id }", input.clone()))).await;

    assert_eq!(outcomes(&answers), ["BAD_USER_INPUT", "OK"]);
}

async fn every_change_of_a_crowd_is_in_the_log_once_and_in_order(desk: TestDesk) {
    let before = desk.admin().ask("{ events { totalCount } }").await.number("/events/totalCount");
    let writer = desk.writer();

    let answers = join_all((0..40).map(|number| writer.create(json!({ "headline": format!("Crowd {number}") })))).await;

    let log = desk.admin().ask("{ events(last: 40) { totalCount nodes { type draft { id } } } }").await;
    let mut told: Vec<String> = log.list("/events/nodes").iter().map(|event| event["draft"]["id"].as_str().unwrap().to_owned()).collect();
    let mut made: Vec<String> = answers.iter().map(|answer| answer.draft().id).collect();
    told.sort();
    made.sort();
    assert_eq!(told, made);
    assert_eq!(log.number("/events/totalCount"), before + 40);
}
