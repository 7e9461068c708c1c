//! The one gate to readers, and the way back from them.

use serde_json::json;

use crate::support::{BODY, Draft, TestDesk, both};

both![
    what_was_approved_is_what_readers_get,
    only_publishers_publish,
    a_draft_without_its_approvals_does_not_pass,
    a_publisher_names_the_newest_revision,
    an_override_publishes_without_approvals_and_is_on_record_with_its_reason,
    an_override_needs_a_reason_and_passing_checks,
    an_override_is_for_what_is_not_approved,
    a_published_draft_is_not_published_twice,
    newer_work_stays_with_the_staff_until_it_is_published,
    the_next_edition_keeps_the_article_and_its_first_date,
    a_correction_is_told_to_readers,
    a_correction_says_something,
    an_unpublished_article_is_gone_and_may_come_back_as_it_was,
    an_unpublished_articles_slug_may_lead_to_another_one,
    what_is_unpublished_while_newer_work_is_under_way_leaves_that_work_alone,
    unpublishing_takes_a_publisher_a_reason_and_a_live_article,
];

const ARTICLE: &str = "id headline dek slug edition publishedAt updatedAt section { id } authors { id } tags { slug name } body { markdown html text } corrections { kind note edition }";

async fn what_was_approved_is_what_readers_get(desk: TestDesk) {
    let approved = desk.draft_with("Bridge opens", json!({ "tags": ["Harbour"] })).await;
    let approved = desk.writer().submit(&approved).await.draft();
    let approved = desk.editor().approve(&approved).await.draft();
    assert!(desk.anonymous().article("bridge-opens", "id").await.is_null());

    let published = desk.publisher().publish(&approved).await;
    let seen = desk.anonymous().article("bridge-opens", ARTICLE).await;

    assert_eq!(published.draft().state, "PUBLISHED");
    assert_eq!(published.text("/publishDraft/article/id"), seen["id"].as_str().unwrap());
    assert_eq!((&seen["headline"], &seen["dek"], &seen["edition"]), (&json!("Bridge opens"), &json!("A line under it."), &json!(1)));
    assert_eq!(seen["body"]["markdown"], BODY);
    assert_eq!(seen["section"]["id"], desk.cast.section.as_str());
    assert_eq!(seen["authors"], json!([{ "id": desk.cast.author }]));
    assert_eq!(seen["tags"], json!([{ "slug": "harbour", "name": "Harbour" }]));
    assert_eq!(seen["publishedAt"], seen["updatedAt"]);
    assert_eq!(desk.history(&approved).await, ["DRAFT_CREATED", "DRAFT_SUBMITTED", "DRAFT_APPROVED", "ARTICLE_PUBLISHED"]);
}

async fn only_publishers_publish(desk: TestDesk) {
    let approved = desk.approved("Ready").await;
    let before = desk.traces().await;
    let over = json!({ "override": { "reason": "Breaking." } });

    for somebody in [desk.writer(), desk.editor(), desk.commerce(), desk.legal()] {
        assert_eq!(somebody.publish(&approved).await.code(), "FORBIDDEN");
        assert_eq!(somebody.publish_with(&approved, over.clone()).await.code(), "FORBIDDEN");
    }
    assert_eq!(desk.anonymous().publish(&approved).await.code(), "UNAUTHENTICATED");
    assert_eq!(desk.traces().await, before);

    assert_eq!(desk.admin().publish(&approved).await.draft().state, "PUBLISHED");
}

async fn a_draft_without_its_approvals_does_not_pass(desk: TestDesk) {
    let drafting = desk.draft("Still being written").await;
    let legal = desk.draft_with("In review", json!({ "needsLegalReview": true })).await;
    let in_review = desk.writer().submit(&legal).await.draft();

    let early = desk.publisher().publish(&drafting).await;
    let missing = desk.publisher().publish(&in_review).await;

    assert_eq!(early.code(), "INVALID_TRANSITION");
    assert_eq!(missing.code(), "APPROVALS_MISSING");
    assert_eq!(missing.error()["extensions"]["stages"], json!(["EDIT", "LEGAL"]));
    assert_eq!(desk.anonymous().ask("{ articles { totalCount } }").await.number("/articles/totalCount"), 0);
}

async fn a_publisher_names_the_newest_revision(desk: TestDesk) {
    let old = desk.draft("Old").await;
    let new = desk.writer().update(&old, json!({ "headline": "New" })).await.draft();
    let new = desk.writer().submit(&new).await.draft();
    let approved = desk.editor().approve(&new).await.draft();

    let stale = desk.publisher().publish(&old).await;
    let never = desk.publisher().publish(&Draft { revision: 5, ..approved.clone() }).await;

    assert_eq!([stale.code(), never.code()], ["STALE_REVISION"; 2]);
    assert_eq!(desk.publisher().publish(&approved).await.draft().state, "PUBLISHED");
}

async fn an_override_publishes_without_approvals_and_is_on_record_with_its_reason(desk: TestDesk) {
    let over = json!({ "override": { "reason": "The bridge is falling down." } });
    let drafting = desk.draft("Never reviewed").await;
    let in_review = desk.submitted("Being reviewed").await;
    let sent_back = desk.submitted("Sent back").await;
    let sent_back = desk.editor().review(&sent_back, "EDIT", "REQUEST_CHANGES").await.draft();

    for draft in [drafting, in_review, sent_back] {
        let published = desk.publisher().publish_with(&draft, over.clone()).await;
        let events = desk.admin().look(&draft, "history(last: 1) { nodes { type actor { id } details } }").await;

        assert_eq!(published.draft().state, "PUBLISHED");
        let event = &events["history"]["nodes"][0];
        assert_eq!(event["type"], "PUBLISH_OVERRIDDEN");
        assert_eq!(event["actor"]["id"], desk.publisher().id());
        assert!(event["details"].to_string().contains("The bridge is falling down."), "{event}");
        assert!(desk.anonymous().article(&draft.slug, "id").await.is_object());
    }
}

async fn an_override_needs_a_reason_and_passing_checks(desk: TestDesk) {
    let complete = desk.draft("Complete").await;
    let empty = desk.writer().create(json!({ "headline": "Nothing in it" })).await.draft();
    let before = desk.traces().await;

    let silent = desk.publisher().publish_with(&complete, json!({ "override": { "reason": " \n " } })).await;
    let unfit = desk.publisher().publish_with(&empty, json!({ "override": { "reason": "Now." } })).await;

    assert_eq!(silent.fields(), ["override.reason"]);
    assert_eq!(unfit.code(), "CHECKS_FAILED");
    assert_eq!(desk.traces().await, before);
}

async fn an_override_is_for_what_is_not_approved(desk: TestDesk) {
    let approved = desk.approved("Approved").await;

    let refused = desk.publisher().publish_with(&approved, json!({ "override": { "reason": "Hurry." } })).await;

    assert_eq!(refused.code(), "INVALID_TRANSITION");
    assert!(refused.error()["extensions"]["allowedActions"].as_array().unwrap().contains(&json!("PUBLISH")), "{refused}");
}

async fn a_published_draft_is_not_published_twice(desk: TestDesk) {
    let live = desk.published("Once").await;
    let before = desk.traces().await;

    let again = desk.publisher().publish(&live.draft).await;

    assert_eq!(again.code(), "INVALID_TRANSITION");
    assert_eq!(desk.traces().await, before);
}

async fn newer_work_stays_with_the_staff_until_it_is_published(desk: TestDesk) {
    let live = desk.published("As published").await;
    let before = desk.anonymous().article(&live.slug, ARTICLE).await;
    let secret = json!({
        "headline": "Secret headline", "dek": "Secret dek", "body": "Secret body", "tags": ["Secret"],
        "authorIds": [desk.cast.other_author], "sectionId": desk.cast.other_section, "slug": "secret"
    });

    let drafting = desk.writer().update(&live.draft, secret).await.draft();
    let submitted = desk.writer().submit(&drafting).await.draft();
    let approved = desk.editor().approve(&submitted).await.draft();

    assert_eq!([&drafting, &submitted, &approved].map(|draft| draft.state.as_str()), ["DRAFTING", "IN_REVIEW", "APPROVED"]);
    assert_eq!(approved.article.as_deref(), Some(live.article.as_str()));
    assert_eq!(desk.anonymous().article(&live.slug, ARTICLE).await, before);
    assert!(desk.anonymous().article("secret", "id").await.is_null());
    let pages = desk
        .anonymous()
        .ask("{ section(slug: \"culture\") { articles { totalCount } } author(slug: \"ben-ink\") { articles { totalCount } } tag(slug: \"secret\") { id } }")
        .await;
    assert_eq!(pages.data(), &json!({ "section": { "articles": { "totalCount": 0 } }, "author": { "articles": { "totalCount": 0 } }, "tag": null }));
}

async fn the_next_edition_keeps_the_article_and_its_first_date(desk: TestDesk) {
    let live = desk.published("First edition").await;
    let first = desk.anonymous().article(&live.slug, ARTICLE).await;

    let next = desk.next_edition(&live, json!({ "headline": "Second edition" })).await;
    let second = desk.anonymous().article(&live.slug, &format!("{ARTICLE} editions {{ totalCount nodes {{ number headline publishedAt }} }}")).await;

    assert_eq!(next.article, live.article);
    assert_eq!((&second["edition"], &second["headline"]), (&json!(2), &json!("Second edition")));
    assert_eq!(second["publishedAt"], first["publishedAt"]);
    assert!(second["updatedAt"].as_str() > first["updatedAt"].as_str());
    let editions = second["editions"]["nodes"].as_array().unwrap();
    assert_eq!(second["editions"]["totalCount"], 2);
    assert_eq!((&editions[0]["number"], &editions[0]["headline"]), (&json!(1), &json!("First edition")));
    assert_eq!((&editions[1]["number"], &editions[1]["publishedAt"]), (&json!(2), &second["updatedAt"]));
    assert_eq!(desk.history(&live.draft).await.last().unwrap(), "ARTICLE_UPDATED");
}

async fn a_correction_is_told_to_readers(desk: TestDesk) {
    let live = desk.published("With a mistake").await;
    let draft = desk.writer().update(&live.draft, json!({ "body": "Put right." })).await.draft();
    let draft = desk.writer().submit(&draft).await.draft();
    let draft = desk.editor().approve(&draft).await.draft();

    let correction = json!({ "correction": { "kind": "CORRECTION", "note": "The bridge is 40 m long, not 400." } });
    desk.publisher().publish_with(&draft, correction).await.draft();
    desk.next_edition(&live, json!({ "dek": "One more edition, without a note" })).await;

    let seen = desk.anonymous().article(&live.slug, "edition corrections { kind note edition at } editions { nodes { correction { note } } }").await;
    let notes = seen["corrections"].as_array().unwrap();
    assert_eq!((seen["edition"].as_i64(), notes.len()), (Some(3), 1));
    assert_eq!((&notes[0]["kind"], &notes[0]["edition"]), (&json!("CORRECTION"), &json!(2)));
    assert_eq!(notes[0]["note"], "The bridge is 40 m long, not 400.");
    assert_eq!(seen["editions"]["nodes"][0]["correction"], json!(null));
    assert_eq!(seen["editions"]["nodes"][1]["correction"]["note"], notes[0]["note"]);
}

async fn a_correction_says_something(desk: TestDesk) {
    let approved = desk.approved("Approved").await;
    let before = desk.traces().await;

    let refused = desk.publisher().publish_with(&approved, json!({ "correction": { "kind": "UPDATE", "note": "  " } })).await;

    assert_eq!(refused.fields(), ["correction.note"]);
    assert_eq!(desk.traces().await, before);
}

async fn an_unpublished_article_is_gone_and_may_come_back_as_it_was(desk: TestDesk) {
    let live = desk.published("Here today").await;
    let node = format!("{{ node(id: \"{}\") {{ id }} articles {{ totalCount }} }}", live.article);

    let gone = desk.publisher().unpublish(&live.draft, json!({})).await.draft();
    let away = desk.anonymous().article(&live.slug, "id").await;
    let by_node = desk.anonymous().ask(&node).await;
    let back = desk.publisher().publish(&gone).await;

    assert_eq!((gone.state.as_str(), &gone.article), ("UNPUBLISHED", &None));
    assert!(away.is_null());
    assert_eq!(by_node.data(), &json!({ "node": null, "articles": { "totalCount": 0 } }));
    assert_eq!(back.text("/publishDraft/article/id"), live.article);
    assert_eq!(back.number("/publishDraft/article/edition"), 2);
    assert_eq!(desk.history(&live.draft).await[3..], ["ARTICLE_PUBLISHED", "ARTICLE_UNPUBLISHED", "ARTICLE_UPDATED"]);
}

async fn an_unpublished_articles_slug_may_lead_to_another_one(desk: TestDesk) {
    let old = desk.published("Old story").await;
    let new = desk.published("New story").await;
    let hidden = desk.published("Hidden story").await;
    desk.publisher().unpublish(&hidden.draft, json!({})).await.draft();

    let to_nowhere = desk.publisher().unpublish(&old.draft, json!({ "redirectToArticleId": hidden.article })).await;
    let to_itself = desk.publisher().unpublish(&old.draft, json!({ "redirectToArticleId": old.article })).await;
    desk.publisher().unpublish(&old.draft, json!({ "redirectToArticleId": new.article })).await.draft();

    assert_eq!(to_nowhere.code(), "NOT_FOUND");
    assert_eq!(to_itself.code(), "BAD_USER_INPUT");
    assert_eq!(desk.anonymous().article("old-story", "slug").await["slug"], "new-story");
    desk.publisher().unpublish(&new.draft, json!({})).await.draft();
    assert!(desk.anonymous().article("old-story", "slug").await.is_null(), "the target is gone too");
}

async fn what_is_unpublished_while_newer_work_is_under_way_leaves_that_work_alone(desk: TestDesk) {
    let live = desk.published("Live").await;
    let newer = desk.writer().update(&live.draft, json!({ "dek": "Newer" })).await.draft();
    let newer = desk.writer().submit(&newer).await.draft();

    let unpublished = desk.publisher().unpublish(&newer, json!({})).await.draft();

    assert_eq!((unpublished.state.as_str(), unpublished.revision, &unpublished.article), ("IN_REVIEW", 2, &None));
    assert!(desk.anonymous().article(&live.slug, "id").await.is_null());
    desk.editor().approve(&unpublished).await.data();
    assert_eq!(desk.publisher().publish(&unpublished).await.number("/publishDraft/article/edition"), 2);
}

async fn unpublishing_takes_a_publisher_a_reason_and_a_live_article(desk: TestDesk) {
    let live = desk.published("Live").await;
    let draft = desk.approved("Not live").await;
    let before = desk.traces().await;

    assert_eq!(desk.editor().unpublish(&live.draft, json!({})).await.code(), "FORBIDDEN");
    assert_eq!(desk.anonymous().unpublish(&live.draft, json!({})).await.code(), "UNAUTHENTICATED");
    assert_eq!(desk.publisher().unpublish(&live.draft, json!({ "reason": "  " })).await.fields(), ["reason"]);
    assert_eq!(desk.publisher().unpublish(&draft, json!({})).await.code(), "INVALID_TRANSITION");

    assert_eq!(desk.traces().await, before);
}
