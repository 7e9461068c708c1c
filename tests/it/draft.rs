//! Writing: drafts begin, change, are laid aside and taken up again.

use serde_json::{Value, json};

use crate::support::{Draft, TestDesk, both};

both![
    a_new_draft_begins_at_revision_one_and_belongs_to_its_writer,
    writers_and_editors_begin_drafts_and_nobody_else,
    a_byline_that_is_left_out_is_the_writers_own_profile,
    a_change_writes_the_next_revision_and_leaves_the_rest_as_it_was,
    null_clears_what_may_be_empty,
    every_revision_stays_as_it_was_written,
    a_change_that_changes_nothing_writes_nothing,
    due_date_and_owner_are_not_content,
    a_change_on_an_old_revision_is_refused_and_told_what_is_there,
    a_stranger_may_not_change_a_draft_and_an_editor_may,
    whoever_is_bylined_may_change_a_draft_that_is_being_written,
    a_draft_in_review_is_changed_by_owner_and_editor_an_approved_one_by_the_editor,
    an_archived_draft_is_left_alone_until_an_editor_reopens_it,
    only_what_readers_do_not_see_can_be_archived,
    every_action_says_whether_it_is_allowed_and_why_not,
    the_queues_hold_what_is_asked_for,
    a_queue_is_ordered_as_asked,
    drafts_are_for_staff_alone,
];

async fn a_new_draft_begins_at_revision_one_and_belongs_to_its_writer(desk: TestDesk) {
    let writer = desk.writer();

    let draft = writer.create(json!({ "headline": "  The bridge is open  " })).await.draft();
    let seen = desk
        .editor()
        .look(&draft, "state owner { id } article { id } revisions { totalCount } revision { number headline dek slug createdBy { id } affiliateFlag tags section { id } }")
        .await;

    assert_eq!(seen["state"], "DRAFTING");
    assert_eq!(seen["owner"]["id"], writer.id());
    assert_eq!(seen["revision"]["number"], 1);
    assert_eq!(seen["revision"]["headline"], "The bridge is open");
    assert_eq!(seen["revision"]["slug"], "the-bridge-is-open");
    assert_eq!(seen["revision"]["createdBy"]["id"], writer.id());
    assert_eq!(seen["revision"]["affiliateFlag"], "AUTO");
    assert!(seen["article"].is_null() && seen["revision"]["dek"].is_null() && seen["revision"]["section"].is_null());
    assert_eq!(desk.history(&draft).await, ["DRAFT_CREATED"]);
}

async fn writers_and_editors_begin_drafts_and_nobody_else(desk: TestDesk) {
    let input = json!({ "headline": "Who may begin" });
    let before = desk.traces().await;

    for somebody in [desk.commerce(), desk.legal(), desk.publisher()] {
        assert_eq!(somebody.create(input.clone()).await.code(), "FORBIDDEN");
    }
    assert_eq!(desk.anonymous().create(input.clone()).await.code(), "UNAUTHENTICATED");
    assert_eq!(desk.traces().await, before);

    for somebody in [desk.writer(), desk.editor(), desk.admin()] {
        somebody.create(input.clone()).await.draft();
    }
}

async fn a_byline_that_is_left_out_is_the_writers_own_profile(desk: TestDesk) {
    let (writer, profile) = desk.bylined("WRITER").await;

    let own = writer.create(json!({ "headline": "Mine" })).await.draft();
    let nobodys = writer.create(json!({ "headline": "Nobody's", "authorIds": [] })).await.draft();

    assert_eq!(writer.look(&own, "revision { authors { id } }").await["revision"]["authors"], json!([{ "id": profile }]));
    assert_eq!(writer.look(&nobodys, "revision { authors { id } }").await["revision"]["authors"], json!([]));
}

const CONTENT: &str = "revision { number headline dek slug body { markdown } section { id } authors { id } tags seoTitle seoDescription canonicalUrl }";

async fn a_change_writes_the_next_revision_and_leaves_the_rest_as_it_was(desk: TestDesk) {
    let more = json!({
        "tags": ["Bridges", "Harbour"], "seoTitle": "For engines", "seoDescription": "Also for engines",
        "canonicalUrl": "https://first.example/bridge", "slug": "bridge"
    });
    let draft = desk.draft_with("Old headline", more).await;
    let before = desk.editor().look(&draft, CONTENT).await;

    let changed = desk.writer().update(&draft, json!({ "headline": "New headline", "authorIds": [desk.cast.other_author, desk.cast.author] })).await;
    let after = desk.editor().look(&draft, CONTENT).await;

    assert_eq!(changed.draft().revision, 2);
    assert_eq!(after["revision"]["headline"], "New headline");
    assert_eq!(after["revision"]["authors"], json!([{ "id": desk.cast.other_author }, { "id": desk.cast.author }]));
    for kept in ["dek", "slug", "body", "section", "tags", "seoTitle", "seoDescription", "canonicalUrl"] {
        assert_eq!(after["revision"][kept], before["revision"][kept], "{kept}");
    }
    assert_eq!(desk.history(&draft).await, ["DRAFT_CREATED", "DRAFT_UPDATED"]);
}

async fn null_clears_what_may_be_empty(desk: TestDesk) {
    let draft = desk.draft_with("To be cleared", json!({ "seoTitle": "x", "canonicalUrl": "https://a.example/", "tags": ["a"] })).await;

    let nothing = json!({ "dek": null, "body": null, "sectionId": null, "authorIds": null, "tags": null, "seoTitle": null, "canonicalUrl": null });
    desk.writer().update(&draft, nothing).await.draft();
    let after = desk.editor().look(&draft, CONTENT).await["revision"].clone();

    for cleared in ["dek", "section", "seoTitle", "canonicalUrl"] {
        assert!(after[cleared].is_null(), "{cleared}: {after}");
    }
    assert_eq!((&after["tags"], &after["authors"], &after["body"]["markdown"]), (&json!([]), &json!([]), &json!("")));
}

async fn every_revision_stays_as_it_was_written(desk: TestDesk) {
    let first = desk.draft("One").await;
    let second = desk.writer().update(&first, json!({ "headline": "Two", "body": "Another body." })).await.draft();
    desk.editor().update(&second, json!({ "dek": null })).await.draft();

    let seen = desk.editor().look(&first, "revisions(first: 10) { totalCount nodes { number headline body { markdown } createdBy { id } } }").await;
    let revisions = seen["revisions"]["nodes"].as_array().unwrap();

    assert_eq!(seen["revisions"]["totalCount"], 3);
    let line = |revision: &Value| format!("{} {} {}", revision["number"], revision["headline"], revision["createdBy"]["id"]);
    let (writer, editor) = (desk.writer(), desk.editor());
    assert_eq!(line(&revisions[0]), format!("1 \"One\" \"{}\"", writer.id()));
    assert_eq!(line(&revisions[1]), format!("2 \"Two\" \"{}\"", writer.id()));
    assert_eq!(line(&revisions[2]), format!("3 \"Two\" \"{}\"", editor.id()));
    assert_eq!(revisions[0]["body"]["markdown"], crate::support::BODY);
    assert_eq!(revisions[1]["body"]["markdown"], "Another body.");
}

async fn a_change_that_changes_nothing_writes_nothing(desk: TestDesk) {
    let draft = desk.draft("Twice the same").await;
    let before = desk.traces().await;

    let same = desk.writer().update(&draft, desk.complete("Twice the same")).await.draft();
    let empty = desk.writer().update(&draft, json!({})).await.draft();
    let owner = desk.writer().update(&draft, json!({ "ownerId": desk.writer().id(), "needsLegalReview": false, "dueAt": null })).await.draft();

    assert_eq!([&same, &empty, &owner], [&draft; 3]);
    assert_eq!(desk.traces().await, before);
}

async fn due_date_and_owner_are_not_content(desk: TestDesk) {
    let draft = desk.draft("Handed over").await;
    let heir = desk.another("WRITER").await;

    let changed = desk.writer().update(&draft, json!({ "dueAt": "2031-05-06T07:08:09Z", "ownerId": heir.id() })).await.draft();
    let seen = heir.look(&draft, "dueAt owner { id } revisions { totalCount }").await;

    assert_eq!((changed.revision, &changed.state), (1, &draft.state));
    assert_eq!(seen, json!({ "dueAt": "2031-05-06T07:08:09.000000Z", "owner": { "id": heir.id() }, "revisions": { "totalCount": 1 } }));
    assert_eq!(desk.history(&draft).await, ["DRAFT_CREATED", "DRAFT_UPDATED"]);
    assert_eq!(desk.writer().update(&changed, json!({ "dek": "Mine no more" })).await.code(), "FORBIDDEN");
    heir.update(&changed, json!({ "dek": "Mine now" })).await.draft();
}

async fn a_change_on_an_old_revision_is_refused_and_told_what_is_there(desk: TestDesk) {
    let seen = desk.draft("Contested").await;
    desk.editor().update(&seen, json!({ "dek": "By the editor" })).await.draft();
    let before = desk.traces().await;

    let stale = desk.writer().update(&seen, json!({ "dek": "By the writer" })).await;
    let never = desk.writer().update(&Draft { revision: 99, ..seen.clone() }, json!({ "dek": "By the writer" })).await;

    for refused in [&stale, &never] {
        assert_eq!(refused.code(), "STALE_REVISION");
        let extensions = &refused.error()["extensions"];
        assert_eq!(extensions["currentRevision"], 2);
        assert_eq!(extensions["changedBy"], desk.editor().person().name.as_str());
        assert!(extensions["changedAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{refused}");
        assert!(refused.body["data"]["updateDraft"].is_null());
    }
    assert_eq!(desk.traces().await, before);
}

async fn a_stranger_may_not_change_a_draft_and_an_editor_may(desk: TestDesk) {
    let draft = desk.draft("Somebody's").await;
    let stranger = desk.another("WRITER").await;
    let before = desk.traces().await;

    assert_eq!(stranger.update(&draft, json!({ "dek": "x" })).await.code(), "FORBIDDEN");
    assert_eq!(desk.publisher().update(&draft, json!({ "dek": "x" })).await.code(), "FORBIDDEN");
    assert_eq!(desk.anonymous().update(&draft, json!({ "dek": "x" })).await.code(), "UNAUTHENTICATED");
    assert_eq!(desk.traces().await, before);

    assert_eq!(desk.editor().update(&draft, json!({ "dek": "x" })).await.draft().revision, 2);
    assert_eq!(desk.admin().update(&desk.editor().read(&draft).await, json!({ "dek": "y" })).await.draft().revision, 3);
}

async fn whoever_is_bylined_may_change_a_draft_that_is_being_written(desk: TestDesk) {
    let (colleague, profile) = desk.bylined("WRITER").await;
    let draft = desk.draft_with("Written by two", json!({ "authorIds": [desk.cast.author, profile] })).await;

    let changed = colleague.update(&draft, json!({ "dek": "By the second author" })).await.draft();
    let submitted = desk.writer().submit(&changed).await.draft();

    assert_eq!(changed.revision, 2);
    assert_eq!(colleague.update(&submitted, json!({ "dek": "Too late" })).await.code(), "INVALID_TRANSITION");
    assert_eq!(colleague.submit(&changed).await.code(), "FORBIDDEN");
}

async fn a_draft_in_review_is_changed_by_owner_and_editor_an_approved_one_by_the_editor(desk: TestDesk) {
    let submitted = desk.submitted("Before reviewers").await;
    let changed = desk.writer().update(&submitted, json!({ "dek": "One more thing" })).await.draft();
    let approved = desk.editor().approve(&changed).await.draft();

    let by_owner = desk.writer().update(&approved, json!({ "dek": "And another" })).await;
    let by_editor = desk.another("EDITOR").await.update(&approved, json!({ "dek": "Edited" })).await.draft();

    assert_eq!((changed.state.as_str(), approved.state.as_str()), ("IN_REVIEW", "APPROVED"));
    assert_eq!(by_owner.code(), "INVALID_TRANSITION");
    assert_eq!(by_editor.state, "IN_REVIEW");
}

async fn an_archived_draft_is_left_alone_until_an_editor_reopens_it(desk: TestDesk) {
    let draft = desk.draft("Laid aside").await;

    let archived = desk.writer().archive(&draft).await.draft();
    let change = desk.writer().update(&archived, json!({ "dek": "x" })).await;
    let by_owner = desk.writer().reopen(&archived).await;
    let reopened = desk.editor().reopen(&archived).await.draft();

    assert_eq!(archived.state, "ARCHIVED");
    assert_eq!(change.code(), "INVALID_TRANSITION");
    assert!(change.error()["message"].as_str().unwrap().contains("reopen"), "{change}");
    assert_eq!(change.error()["extensions"]["state"], "ARCHIVED");
    assert_eq!(change.error()["extensions"]["allowedActions"], json!([]));
    assert_eq!(by_owner.code(), "FORBIDDEN");
    assert_eq!((reopened.state.as_str(), reopened.revision), ("DRAFTING", 1));
    assert_eq!(desk.history(&draft).await, ["DRAFT_CREATED", "DRAFT_ARCHIVED", "DRAFT_REOPENED"]);
}

async fn only_what_readers_do_not_see_can_be_archived(desk: TestDesk) {
    let live = desk.published("On the front page").await;
    let newer = desk.writer().update(&live.draft, json!({ "dek": "Newer work" })).await.draft();
    let submitted = desk.submitted("In review").await;

    assert_eq!(desk.editor().archive(&newer).await.code(), "INVALID_TRANSITION");
    assert_eq!(desk.editor().archive(&submitted).await.code(), "INVALID_TRANSITION");
    assert_eq!(desk.another("WRITER").await.archive(&desk.draft("Not yours").await).await.code(), "FORBIDDEN");
    let unpublished = desk.publisher().unpublish(&newer, json!({})).await.draft();
    assert_eq!(desk.editor().archive(&unpublished).await.draft().state, "ARCHIVED");
}

async fn every_action_says_whether_it_is_allowed_and_why_not(desk: TestDesk) {
    let draft = desk.submitted("What may be done").await;

    let seen = desk.writer().look(&draft, "allowedActions actions { action isAllowed code message }").await;
    let of = |action: &str| seen["actions"].as_array().unwrap().iter().find(|status| status["action"] == action).unwrap().clone();
    let allowed: Vec<&Value> = seen["actions"].as_array().unwrap().iter().filter(|status| status["isAllowed"] == true).collect();

    assert_eq!(seen["actions"].as_array().unwrap().len(), 14);
    assert_eq!(seen["allowedActions"], json!(["UPDATE", "RECALL", "COMMENT", "SET_RELATED_LINKS"]));
    assert_eq!(allowed.len(), 4);
    assert!(allowed.iter().all(|status| status["code"].is_null() && status["message"].is_null()));
    assert_eq!(of("SUBMIT")["code"], "INVALID_TRANSITION");
    assert_eq!(of("PUBLISH")["code"], "FORBIDDEN");
    assert!(of("REVIEW")["message"].as_str().is_some_and(|message| message.len() > 8));
    let publisher = desk.publisher().look(&draft, "actions { action code }").await;
    assert!(publisher["actions"].as_array().unwrap().contains(&json!({ "action": "PUBLISH", "code": "APPROVALS_MISSING" })), "{publisher}");
}

async fn the_queues_hold_what_is_asked_for(desk: TestDesk) {
    let other = desk.another("WRITER").await;
    let plain = desk.draft_with("Plain harbour", json!({ "dueAt": "2030-01-01T00:00:00Z" })).await;
    let culture = json!({ "headline": "A culture piece", "sectionId": desk.cast.other_section, "authorIds": [desk.cast.other_author] });
    let elsewhere = other.create(culture).await.draft();
    let submitted = desk.submitted("In review").await;
    let live = desk.published("Live").await.draft;
    let queue = async |filter: Value| {
        let query = "query($filter: DraftFilter) { drafts(filter: $filter, orderBy: CREATED_AT_DESC) { totalCount nodes { id } } }";
        let answer = desk.editor().send(query, json!({ "filter": filter })).await;
        assert_eq!(answer.number("/drafts/totalCount"), answer.list("/drafts/nodes").len() as i64);
        answer.texts("/drafts/nodes", "id")
    };

    assert_eq!(queue(json!({})).await, [&live.id, &submitted.id, &elsewhere.id, &plain.id].map(String::as_str));
    assert_eq!(queue(json!({ "states": ["IN_REVIEW", "PUBLISHED"] })).await, [live.id.as_str(), &submitted.id]);
    assert_eq!(queue(json!({ "states": [] })).await, Vec::<String>::new());
    assert_eq!(queue(json!({ "ownerId": other.id() })).await, [elsewhere.id.as_str()]);
    assert_eq!(queue(json!({ "authorId": desk.cast.other_author })).await, [elsewhere.id.as_str()]);
    assert_eq!(queue(json!({ "sectionId": desk.cast.other_section })).await, [elsewhere.id.as_str()]);
    assert_eq!(queue(json!({ "hasLiveArticle": true })).await, [live.id.as_str()]);
    assert_eq!(queue(json!({ "text": "HARBOUR" })).await, [plain.id.as_str()]);
    assert_eq!(queue(json!({ "text": "%" })).await, Vec::<String>::new());
    assert_eq!(queue(json!({ "dueBefore": "2030-01-02T00:00:00Z" })).await, [plain.id.as_str()]);
    assert_eq!(queue(json!({ "states": ["DRAFTING"], "ownerId": desk.writer().id() })).await, [plain.id.as_str()]);
}

async fn a_queue_is_ordered_as_asked(desk: TestDesk) {
    let first = desk.draft_with("First", json!({ "dueAt": "2032-01-01T00:00:00Z" })).await;
    let second = desk.draft_with("Second", json!({ "dueAt": "2031-01-01T00:00:00Z" })).await;
    let third = desk.draft("Third, never due").await;
    desk.writer().update(&first, json!({ "dek": "Touched last" })).await.draft();
    let order = async |order: &str| {
        let answer = desk.legal().ask(&format!("{{ drafts(orderBy: {order}) {{ nodes {{ id }} }} }}")).await;
        answer.texts("/drafts/nodes", "id")
    };

    assert_eq!(order("CREATED_AT_DESC").await, [third.id.as_str(), &second.id, &first.id]);
    assert_eq!(order("UPDATED_AT_DESC").await, [first.id.as_str(), &third.id, &second.id]);
    assert_eq!(order("DUE_AT_ASC").await, [second.id.as_str(), &first.id, &third.id]);
}

async fn drafts_are_for_staff_alone(desk: TestDesk) {
    let draft = desk.draft("Nobody reads this yet").await;

    let one = desk.anonymous().send("query($id: ID!) { draft(id: $id) { id } }", json!({ "id": draft.id })).await;
    let queue = desk.anonymous().ask("{ drafts { totalCount } }").await;
    let workflow = desk.anonymous().ask("{ workflow { stages { key } } }").await;

    assert_eq!([one.code(), queue.code(), workflow.code()], ["UNAUTHENTICATED"; 3]);
    for staff in [desk.commerce(), desk.legal(), desk.publisher(), desk.writer()] {
        assert_eq!(staff.read(&draft).await.headline, "Nobody reads this yet");
    }
}
