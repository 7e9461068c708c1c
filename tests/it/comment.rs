//! Comments on words: they follow their text, are answered, resolved, and applied where they suggest.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Draft, TestDesk, both, hence, joined};

both![
    a_comment_is_pinned_to_the_words_it_means,
    an_anchor_follows_its_words_and_says_when_they_are_gone,
    an_anchor_comes_back_with_its_words,
    a_moved_paragraph_takes_its_comments_along,
    a_comment_on_an_older_revision_stands_where_its_words_stand_now,
    of_a_quote_that_stands_several_times_the_right_one_is_meant,
    what_is_quoted_has_to_stand_there,
    threads_are_answered_resolved_and_opened_again_as_a_whole,
    an_open_thread_is_a_warning_and_no_blocker,
    all_staff_comment_wherever_a_draft_stands_but_not_where_it_ended,
    comments_are_paged_oldest_first_and_readers_see_none,
    a_suggestion_goes_in_where_its_words_stand_now,
    a_suggestion_whose_words_were_changed_is_stale,
    a_suggestion_goes_in_once_and_resolves_its_thread,
    who_suggested_and_who_applied_are_both_authors,
    who_may_not_edit_does_not_apply,
    a_suggestion_replaces_words_with_other_words,
];

const COMMENT: &str = "comment { id body anchor { quote start end isOutdated revision { number } } suggestion resolvedAt resolvedBy { id } parent { id } } draft { id }";
const TEXT: &str = "The harbour bridge opened this morning.\n\nA band played, and the mayor cut a ribbon.\n\nTraffic follows on Monday.";

async fn comment(who: &Client, draft: &Draft, body: &str, more: Value) -> Answer {
    who.act("addComment", COMMENT, joined(json!({ "draftId": draft.id, "body": body }), more)).await
}

fn on(revision: i64, quote: &str) -> Value {
    json!({ "anchor": { "revision": revision, "quote": quote } })
}

async fn anchor(desk: &TestDesk, id: &str) -> Value {
    let seen = desk.legal().send("query($id: ID!) { node(id: $id) { ... on Comment { anchor { quote start end isOutdated revision { number } } } } }", json!({ "id": id })).await;
    seen.at("/node/anchor").clone()
}

/// What stands at an anchor in the newest revision.
async fn words(desk: &TestDesk, draft: &Draft, id: &str) -> Option<String> {
    let anchor = anchor(desk, id).await;
    let (start, end) = (anchor["start"].as_u64()? as usize, anchor["end"].as_u64()? as usize);
    let text = desk.legal().look(draft, "revision { body { markdown } }").await["revision"]["body"]["markdown"].as_str().unwrap().to_owned();
    Some(text.chars().skip(start).take(end - start).collect())
}

async fn text(desk: &TestDesk) -> Draft {
    desk.draft_with("Bridge", json!({ "body": TEXT })).await
}

async fn a_comment_is_pinned_to_the_words_it_means(desk: TestDesk) {
    let draft = text(&desk).await;

    let made = comment(&desk.legal(), &draft, "Which one?", on(1, "the mayor")).await;

    let start = TEXT.find("the mayor").unwrap();
    let wanted = json!({ "quote": "the mayor", "start": start, "end": start + 9, "isOutdated": false, "revision": { "number": 1 } });
    assert_eq!(made.at("/addComment/comment/anchor"), &wanted);
    assert_eq!(desk.history(&draft).await, ["DRAFT_CREATED", "COMMENT_ADDED"]);
    let list = desk.writer().look(&draft, "comments { totalCount nodes { body author { id } createdAt } }").await;
    assert_eq!((&list["comments"]["totalCount"], &list["comments"]["nodes"][0]["author"]["id"]), (&json!(1), &json!(desk.legal().id())));
}

async fn an_anchor_follows_its_words_and_says_when_they_are_gone(desk: TestDesk) {
    let draft = text(&desk).await;
    let id = comment(&desk.editor(), &draft, "Which one?", on(1, "the mayor")).await.text("/addComment/comment/id");

    let longer = TEXT.replacen("this morning", "at six this morning, in the rain \u{1f327}", 1);
    let draft = desk.writer().update(&draft, json!({ "body": longer })).await.draft();
    let followed = words(&desk, &draft, &id).await;
    let draft = desk.writer().update(&draft, json!({ "body": longer.replacen("the mayor cut", "Ada Quill, the mayor of the port, cut", 1) })).await.draft();
    let around = words(&desk, &draft, &id).await;
    desk.writer().update(&draft, json!({ "body": longer.replacen("the mayor", "the minister", 1) })).await.data();

    assert_eq!(followed.as_deref(), Some("the mayor"));
    assert_eq!(around.as_deref(), Some("the mayor"));
    let gone = anchor(&desk, &id).await;
    assert_eq!(gone, json!({ "quote": "the mayor", "start": null, "end": null, "isOutdated": true, "revision": { "number": 1 } }));
}

async fn an_anchor_comes_back_with_its_words(desk: TestDesk) {
    let draft = text(&desk).await;
    let id = comment(&desk.editor(), &draft, "Which one?", on(1, "the mayor cut a ribbon")).await.text("/addComment/comment/id");
    let draft = desk.writer().update(&draft, json!({ "body": "All of it is gone." })).await.draft();
    assert_eq!(words(&desk, &draft, &id).await, None);

    let draft = desk.writer().act("restoreRevision", "draft { id state revision { id number headline slug } article { id } }", json!({ "draftId": draft.id, "baseRevision": 2, "revision": 1 })).await.draft();

    assert_eq!(words(&desk, &draft, &id).await.as_deref(), Some("the mayor cut a ribbon"));
}

async fn a_moved_paragraph_takes_its_comments_along(desk: TestDesk) {
    let draft = text(&desk).await;
    let id = comment(&desk.editor(), &draft, "Sure?", on(1, "on Monday")).await.text("/addComment/comment/id");
    let mut parts: Vec<&str> = TEXT.split("\n\n").collect();
    parts.rotate_right(1);

    desk.writer().update(&draft, json!({ "body": parts.join("\n\n") })).await.data();

    let moved = anchor(&desk, &id).await;
    assert_eq!((&moved["isOutdated"], &moved["start"]), (&json!(false), &json!("Traffic follows ".len())));
}

async fn a_comment_on_an_older_revision_stands_where_its_words_stand_now(desk: TestDesk) {
    let draft = text(&desk).await;
    desk.writer().update(&draft, json!({ "body": format!("A new first paragraph.\n\n{TEXT}") })).await.data();

    let here = comment(&desk.editor(), &draft, "Which one?", on(1, "the mayor")).await.text("/addComment/comment/id");

    assert_eq!(words(&desk, &draft, &here).await.as_deref(), Some("the mayor"));
    let shifted = TEXT.find("the mayor").unwrap() + "A new first paragraph.\n\n".len();
    assert_eq!(anchor(&desk, &here).await["start"], shifted);
    assert_eq!(anchor(&desk, &here).await["revision"]["number"], 1);
}

async fn of_a_quote_that_stands_several_times_the_right_one_is_meant(desk: TestDesk) {
    let draft = desk.draft_with("Bells", json!({ "body": "One bell. Two bell. Three bell." })).await;
    let pin = |occurrence: i64| json!({ "anchor": { "revision": 1, "quote": "bell", "occurrence": occurrence } });

    let second = comment(&desk.editor(), &draft, "Bells?", pin(1)).await;
    let fourth = comment(&desk.editor(), &draft, "Where?", pin(3)).await;
    let id = second.text("/addComment/comment/id");
    desk.writer().update(&draft, json!({ "body": "Two bell. Three bell." })).await.data();

    assert_eq!(second.number("/addComment/comment/anchor/start"), 14);
    assert_eq!(fourth.fields(), ["anchor.occurrence"]);
    assert_eq!(anchor(&desk, &id).await["start"], 4, "it stays with its own, not with the second one from the start");
}

async fn what_is_quoted_has_to_stand_there(desk: TestDesk) {
    let draft = text(&desk).await;
    let before = desk.traces().await;

    let wrong = [
        comment(&desk.editor(), &draft, "?", on(1, "the minister")).await,
        comment(&desk.editor(), &draft, "?", on(1, "")).await,
        comment(&desk.editor(), &draft, " ", on(1, "the mayor")).await,
        comment(&desk.editor(), &draft, "?", json!({ "suggestion": "words without a place" })).await,
    ];
    let unknown = comment(&desk.editor(), &draft, "?", on(4, "the mayor")).await;
    let orphan = comment(&desk.editor(), &draft, "?", json!({ "parentId": "comment_01kb0000000000000000000000" })).await;

    let fields: Vec<Vec<String>> = wrong.iter().map(Answer::fields).collect();
    assert_eq!(fields, [["anchor.quote"], ["anchor.quote"], ["body"], ["suggestion"]]);
    assert_eq!((unknown.code().as_str(), orphan.code().as_str()), ("STALE_REVISION", "NOT_FOUND"));
    let other = desk.draft("Another").await;
    let elsewhere = comment(&desk.editor(), &other, "Here", json!({})).await.text("/addComment/comment/id");
    assert_eq!(comment(&desk.editor(), &draft, "?", json!({ "parentId": elsewhere })).await.code(), "NOT_FOUND");
    assert_eq!(desk.history(&draft).await.len(), 1);
    assert_ne!(before, desk.traces().await, "the other draft is there, so traces are told");
}

async fn threads_are_answered_resolved_and_opened_again_as_a_whole(desk: TestDesk) {
    let draft = text(&desk).await;
    let root = comment(&desk.editor(), &draft, "Sure?", json!({})).await.text("/addComment/comment/id");
    let reply = comment(&desk.writer(), &draft, "Yes.", json!({ "parentId": root })).await;
    let resolve = |resolved: bool| { let (writer, root) = (desk.writer(), root.clone()); async move {
        writer.act("resolveComment", COMMENT, json!({ "commentId": root, "resolved": resolved })).await
    } };
    let count = |resolved: bool| { let (legal, draft) = (desk.legal(), draft.clone()); async move {
        legal.look(&draft, &format!("comments(resolved: {resolved}) {{ totalCount nodes {{ id }} }}")).await["comments"]["totalCount"].clone()
    } };
    assert_eq!(reply.text("/addComment/comment/parent/id"), root);
    assert_eq!((count(false).await, count(true).await), (json!(2), json!(0)));

    let resolved = resolve(true).await;
    assert_eq!(resolved.text("/resolveComment/comment/resolvedBy/id"), desk.writer().id());
    assert_eq!((count(false).await, count(true).await), (json!(0), json!(2)));
    let events = desk.history(&draft).await;
    resolve(true).await.data();
    assert_eq!(desk.history(&draft).await, events, "it was resolved already");

    resolve(false).await.data();
    assert_eq!((count(false).await, count(true).await), (json!(2), json!(0)));
    resolve(true).await.data();
    comment(&desk.editor(), &draft, "Not quite.", json!({ "parentId": reply.text("/addComment/comment/id") })).await.data();
    assert_eq!((count(false).await, count(true).await), (json!(3), json!(0)), "an answer opens it again");
}

async fn an_open_thread_is_a_warning_and_no_blocker(desk: TestDesk) {
    let draft = text(&desk).await;
    let check = |desk: TestDesk, draft: Draft| async move {
        let checks = desk.writer().look(&draft, "checks { code severity passed message }").await;
        checks["checks"].as_array().unwrap().iter().find(|check| check["code"] == "OPEN_COMMENTS").unwrap().clone()
    };
    assert_eq!(check(desk.clone(), draft.clone()).await["passed"], true);

    let id = comment(&desk.editor(), &draft, "Sure?", json!({})).await.text("/addComment/comment/id");
    comment(&desk.editor(), &draft, "I mean it.", json!({ "parentId": id })).await.data();

    let open = check(desk.clone(), draft.clone()).await;
    assert_eq!((&open["passed"], &open["severity"]), (&json!(false), &json!("WARNING")));
    assert!(open["message"].as_str().unwrap().starts_with("1 "), "a thread counts once: {open}");
    assert!(desk.writer().submit(&desk.writer().read(&draft).await).await.is_ok());
    desk.editor().act("resolveComment", "draft { id }", json!({ "commentId": id })).await.data();
    assert_eq!(check(desk.clone(), draft).await["passed"], true);
}

async fn all_staff_comment_wherever_a_draft_stands_but_not_where_it_ended(desk: TestDesk) {
    let everybody = [desk.writer(), desk.editor(), desk.commerce(), desk.legal(), desk.publisher(), desk.another("WRITER").await];
    let approved = desk.approved("Approved").await;
    let live = desk.published("Live").await.draft;
    let scheduled = desk.approved("Scheduled").await;
    desk.publisher().schedule(&scheduled, &hence(3_600_000), json!({})).await.data();

    for somebody in &everybody {
        for draft in [&approved, &live, &scheduled] {
            comment(somebody, draft, "Well.", json!({})).await.data();
        }
    }
    let states = [desk.writer().read(&approved).await.state, desk.writer().read(&live).await.state, desk.writer().read(&scheduled).await.state];
    assert_eq!(states, ["APPROVED", "PUBLISHED", "SCHEDULED"], "what is said changes no state");
    let fresh = desk.draft("Aside").await;
    let id = comment(&desk.editor(), &fresh, "Too late", json!({})).await.text("/addComment/comment/id");
    desk.writer().archive(&desk.writer().read(&fresh).await).await.data();
    assert_eq!(comment(&desk.editor(), &fresh, "Well.", json!({})).await.code(), "INVALID_TRANSITION");
    assert_eq!(desk.editor().act("resolveComment", "draft { id }", json!({ "commentId": id })).await.code(), "INVALID_TRANSITION");
    assert_eq!(comment(&desk.anonymous(), &approved, "Well.", json!({})).await.code(), "UNAUTHENTICATED");
}

async fn comments_are_paged_oldest_first_and_readers_see_none(desk: TestDesk) {
    let draft = text(&desk).await;
    for number in 0..3 {
        comment(&desk.editor(), &draft, &format!("Number {number}"), json!({})).await.data();
    }

    let page = desk.writer().look(&draft, "comments(first: 2) { totalCount nodes { id body } pageInfo { hasNextPage endCursor } }").await;
    let after = page["comments"]["pageInfo"]["endCursor"].as_str().unwrap();
    let rest = desk.writer().look(&draft, &format!("comments(after: \"{after}\") {{ nodes {{ body }} }}")).await;
    let id = page["comments"]["nodes"][0]["id"].clone();
    let node = desk.anonymous().send("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;

    assert_eq!((&page["comments"]["totalCount"], &page["comments"]["nodes"][1]["body"]), (&json!(3), &json!("Number 1")));
    assert_eq!(rest["comments"]["nodes"], json!([{ "body": "Number 2" }]));
    assert!(node.at("/node").is_null());
}

async fn suggest(who: &Client, draft: &Draft, quote: &str, words: &str) -> String {
    let more = joined(on(draft.revision, quote), json!({ "suggestion": words }));
    comment(who, draft, "Better so.", more).await.text("/addComment/comment/id")
}

async fn apply(who: &Client, id: &str, base: i64) -> Answer {
    who.change("applySuggestion", json!({ "commentId": id, "baseRevision": base })).await
}

async fn markdown(desk: &TestDesk, draft: &Draft) -> String {
    desk.legal().look(draft, "revision { body { markdown } }").await["revision"]["body"]["markdown"].as_str().unwrap().to_owned()
}

async fn a_suggestion_goes_in_where_its_words_stand_now(desk: TestDesk) {
    let draft = text(&desk).await;
    let id = suggest(&desk.editor(), &draft, "the mayor", "Ada Quill").await;
    let draft = desk.writer().update(&draft, json!({ "body": format!("The mayor came.\n\n{TEXT}") })).await.draft();

    let old = apply(&desk.writer(), &id, 1).await;
    let applied = apply(&desk.writer(), &id, 2).await.draft();

    assert_eq!(old.code(), "STALE_REVISION");
    assert_eq!((applied.revision, applied.state.as_str()), (3, "DRAFTING"));
    assert_eq!(markdown(&desk, &draft).await, format!("The mayor came.\n\n{TEXT}").replacen("the mayor", "Ada Quill", 1));
    let event = desk.writer().look(&draft, "history(last: 1) { nodes { type details } }").await["history"]["nodes"][0].clone();
    assert_eq!((&event["type"], &event["details"]["commentId"]), (&json!("DRAFT_UPDATED"), &json!(id)));
    assert_eq!(event["details"]["suggestedBy"], desk.editor().id());
}

async fn a_suggestion_whose_words_were_changed_is_stale(desk: TestDesk) {
    let draft = text(&desk).await;
    let id = suggest(&desk.editor(), &draft, "the mayor", "Ada Quill").await;
    let draft = desk.writer().update(&draft, json!({ "body": TEXT.replacen("the mayor", "the minister", 1) })).await.draft();

    let stale = apply(&desk.writer(), &id, 2).await;

    assert_eq!(stale.code(), "STALE_REVISION");
    let extensions = &stale.error()["extensions"];
    assert_eq!(extensions["currentRevision"], 2);
    assert_eq!(extensions["conflicts"], json!([{ "field": "body", "base": "the mayor", "current": null, "yours": "Ada Quill" }]));
    assert_eq!(desk.writer().read(&draft).await.revision, 2);
}

async fn a_suggestion_goes_in_once_and_resolves_its_thread(desk: TestDesk) {
    let draft = text(&desk).await;
    let id = suggest(&desk.editor(), &draft, "the mayor", "the mayor, Ada Quill,").await;
    apply(&desk.writer(), &id, 1).await.data();

    let again = apply(&desk.writer(), &id, 2).await;

    assert!(["STALE_REVISION", "BAD_USER_INPUT"].contains(&again.code().as_str()), "{again}");
    assert_eq!(markdown(&desk, &draft).await.matches("Ada Quill").count(), 1);
    let seen = desk.writer().look(&draft, "comments { nodes { resolvedBy { id } appliedIn { number } } }").await;
    assert_eq!(seen["comments"]["nodes"][0], json!({ "resolvedBy": { "id": desk.writer().id() }, "appliedIn": { "number": 2 } }));
    let plain = comment(&desk.editor(), &draft, "Just saying", json!({})).await.text("/addComment/comment/id");
    assert_eq!(apply(&desk.writer(), &plain, 2).await.fields(), ["commentId"]);
}

async fn who_suggested_and_who_applied_are_both_authors(desk: TestDesk) {
    let (suggester, applier) = (desk.another("EDITOR").await, desk.editor());
    let draft = text(&desk).await;
    let id = suggest(&suggester, &draft, "the mayor", "Ada Quill").await;
    let draft = apply(&applier, &id, 1).await.draft();
    let draft = desk.writer().submit(&draft).await.draft();

    for author in [&suggester, &applier] {
        assert_eq!(author.approve(&draft).await.code(), "SELF_APPROVAL");
    }
    assert_eq!(desk.another("EDITOR").await.approve(&draft).await.draft().state, "APPROVED");
}

async fn who_may_not_edit_does_not_apply(desk: TestDesk) {
    let draft = text(&desk).await;
    let id = suggest(&desk.editor(), &draft, "the mayor", "Ada Quill").await;

    for somebody in [desk.legal(), desk.another("WRITER").await] {
        assert_eq!(apply(&somebody, &id, 1).await.code(), "FORBIDDEN");
    }
    let waiting = desk.writer().submit(&desk.writer().read(&draft).await).await.draft();
    let approved = desk.another("EDITOR").await.approve(&waiting).await.draft();
    assert_eq!(apply(&desk.writer(), &id, 1).await.code(), "INVALID_TRANSITION", "approved, only an editor changes it");
    let applied = apply(&desk.editor(), &id, approved.revision).await.draft();
    assert_eq!(applied.state, "IN_REVIEW", "and then it has to be approved anew");
}

async fn a_suggestion_replaces_words_with_other_words(desk: TestDesk) {
    let draft = text(&desk).await;

    let same = comment(&desk.editor(), &draft, "?", joined(on(1, "the mayor"), json!({ "suggestion": "the mayor" }))).await;
    let without = suggest(&desk.editor(), &draft, ", and the mayor cut a ribbon", "").await;
    apply(&desk.writer(), &without, 1).await.data();

    assert_eq!(same.fields(), ["suggestion"]);
    assert_eq!(markdown(&desk, &draft).await, TEXT.replacen(", and the mayor cut a ribbon", "", 1));
}
