//! What changed, going back, and joining what two wrote at once.

use serde_json::{Value, json};

use crate::support::{Answer, BODY, Client, Draft, TestDesk, both, joined};

both![
    a_diff_tells_each_field_that_is_not_as_it_was,
    a_diff_shows_the_body_as_lines_and_by_words,
    a_diff_is_of_any_two_revisions_and_of_the_one_before_where_none_is_named,
    a_diff_tells_links_and_whether_a_disclosure_comes_due,
    a_diff_of_hostile_texts_is_safe_to_insert,
    a_list_of_diffs_takes_as_many_statements_as_one,
    a_restored_revision_is_a_new_one_with_the_old_content,
    restoring_keeps_todays_slug_where_the_old_one_is_taken,
    restoring_what_stands_there_writes_nothing,
    restoring_takes_the_rights_and_the_base_of_any_change,
    changes_of_different_fields_are_joined,
    changes_of_different_lines_are_joined,
    what_overlaps_is_refused_and_says_where,
    without_being_asked_nothing_is_joined,
    who_joined_and_who_was_joined_are_both_authors,
];

const DIFF: &str = "from to fields { field before after } linksAdded linksRemoved changesDisclosure bodyUnified bodyHtml";
const SHOP: &str = "https://www.amazon.com/dp/B000000001?tag=copydeskdemo-20";

async fn diff(who: &Client, draft: &Draft, from: &str) -> Value {
    who.look(draft, &format!("revision {{ diff{from} {{ {DIFF} }} }}")).await["revision"]["diff"].clone()
}

async fn a_diff_tells_each_field_that_is_not_as_it_was(desk: TestDesk) {
    let draft = desk.draft_with("Before", json!({ "tags": ["Old"], "seoTitle": "For machines" })).await;
    let change = json!({
        "headline": "After", "slug": "after", "dek": null, "sectionId": desk.cast.other_section, "tags": ["Old", "New"],
        "authorIds": [desk.cast.author, desk.cast.other_author], "seoTitle": null, "canonicalUrl": "https://a.example/first",
    });

    let draft = desk.writer().update(&draft, change).await.draft();

    let seen = diff(&desk.legal(), &draft, "").await;
    let change = |field: &str, before: Value, after: Value| json!({ "field": field, "before": before, "after": after });
    assert_eq!(
        seen["fields"],
        json!([
            change("headline", json!("Before"), json!("After")),
            change("dek", json!("A line under it."), json!(null)),
            change("slug", json!("before"), json!("after")),
            change("section", json!("News"), json!("Culture")),
            change("tags", json!("Old"), json!("Old, New")),
            change("authors", json!("Ada Quill"), json!("Ada Quill, Ben Ink")),
            change("seoTitle", json!("For machines"), json!(null)),
            change("canonicalUrl", json!(null), json!("https://a.example/first")),
        ])
    );
    assert_eq!((&seen["from"], &seen["to"], &seen["bodyUnified"]), (&json!(1), &json!(2), &json!("")));
}

async fn a_diff_shows_the_body_as_lines_and_by_words(desk: TestDesk) {
    let draft = desk.draft("Bridge").await;

    let draft = desk.writer().update(&draft, json!({ "body": BODY.replacen("this morning", "this evening", 1) })).await.draft();

    let seen = diff(&desk.writer(), &draft, "").await;
    let unified = seen["bodyUnified"].as_str().unwrap();
    assert!(unified.starts_with("--- revision 1\n+++ revision 2\n@@ "), "{unified}");
    assert!(unified.contains("\n-The harbour bridge opened this morning.\n+The harbour bridge opened this evening.\n"), "{unified}");
    let html = seen["bodyHtml"].as_str().unwrap();
    assert!(html.contains("<del>morning</del>") && html.contains("<ins>evening</ins>"), "{html}");
    assert!(html.contains("A second paragraph says who was there."), "{html}");
}

async fn a_diff_is_of_any_two_revisions_and_of_the_one_before_where_none_is_named(desk: TestDesk) {
    let draft = desk.draft("One").await;
    let draft = desk.writer().update(&draft, json!({ "headline": "Two" })).await.draft();
    let draft = desk.writer().update(&draft, json!({ "headline": "Three" })).await.draft();

    let whole = diff(&desk.writer(), &draft, "(from: 1)").await;
    let last = diff(&desk.writer(), &draft, "").await;
    let first = desk.writer().look(&draft, &format!("revisions(first: 1) {{ nodes {{ diff {{ {DIFF} }} }} }}")).await["revisions"]["nodes"][0]["diff"].clone();
    let wrong = desk.writer().send("query($id: ID!) { draft(id: $id) { revision { diff(from: 9) { to } } } }", json!({ "id": draft.id })).await;

    assert_eq!((&whole["from"], &whole["fields"][0]["before"], &whole["fields"][0]["after"]), (&json!(1), &json!("One"), &json!("Three")));
    assert_eq!((&last["from"], &last["fields"][0]["before"]), (&json!(2), &json!("Two")));
    assert_eq!((&first["from"], &first["to"]), (&json!(null), &json!(1)), "the first revision is compared with nothing");
    assert!(first["bodyHtml"].as_str().unwrap().contains("<ins>"), "{first}");
    assert_eq!(wrong.fields(), ["from"]);
}

async fn a_diff_tells_links_and_whether_a_disclosure_comes_due(desk: TestDesk) {
    let draft = desk.draft_with("Links", json!({ "body": "See [one](https://one.example/)." })).await;
    let draft = desk.writer().update(&draft, json!({ "body": format!("See [the lamp]({SHOP}).") })).await.draft();
    let due = diff(&desk.writer(), &draft, "").await;

    let draft = desk.writer().flag(&draft, json!({ "flag": "EXEMPT", "reason": "Given away." })).await.draft();
    let exempt = diff(&desk.writer(), &draft, "").await;

    assert_eq!((&due["linksAdded"], &due["linksRemoved"]), (&json!([SHOP]), &json!(["https://one.example/"])));
    assert_eq!((&due["changesDisclosure"], &exempt["changesDisclosure"]), (&json!(true), &json!(true)));
    assert_eq!(exempt["linksAdded"], json!([]));
    assert_eq!(exempt["fields"][0], json!({ "field": "affiliateFlag", "before": "AUTO", "after": "EXEMPT" }));
}

async fn a_diff_of_hostile_texts_is_safe_to_insert(desk: TestDesk) {
    let draft = desk.draft_with("Hostile", json!({ "body": "<script>alert(1)</script>\n\n<ins onclick=x>a</ins> [x](javascript:alert(1))" })).await;

    let hostile = "<img src=x onerror=alert(1)> </ins></del><svg onload=alert(1)>\n\n<del>b</del> <script>2</script>";
    let draft = desk.writer().update(&draft, json!({ "body": hostile })).await.draft();

    let html = diff(&desk.writer(), &draft, "").await["bodyHtml"].as_str().unwrap().to_lowercase();
    for danger in ["<script", "onerror", "onclick", "onload", "javascript:", "<svg"] {
        assert!(!html.contains(danger), "{danger} in {html}");
    }
}

async fn a_list_of_diffs_takes_as_many_statements_as_one(desk: TestDesk) {
    let desk = desk.forgetful().await;
    let mut draft = desk.draft("Often changed").await;
    for number in 0..12 {
        draft = desk.writer().update(&draft, json!({ "dek": format!("Number {number}"), "body": format!("Body {number}") })).await.draft();
    }
    let ask = |first: i32| { let (writer, draft) = (desk.writer(), draft.clone()); async move {
        writer.look(&draft, &format!("revisions(last: {first}) {{ nodes {{ diff {{ {DIFF} }} }} }}")).await
    } };
    ask(2).await;

    let before = desk.desk.database().statements();
    ask(2).await;
    let few = desk.desk.database().statements() - before;
    ask(10).await;
    let many = desk.desk.database().statements() - before - few;

    assert_eq!(few, many);
}

async fn restore(who: &Client, draft: &Draft, revision: i64) -> Answer {
    who.change("restoreRevision", json!({ "draftId": draft.id, "baseRevision": draft.revision, "revision": revision })).await
}

async fn a_restored_revision_is_a_new_one_with_the_old_content(desk: TestDesk) {
    let first = desk.draft_with("First", json!({ "tags": ["Tide"] })).await;
    let second = desk.writer().update(&first, json!({ "headline": "Second", "body": "Other.", "tags": [], "dek": null })).await.draft();

    let restored = restore(&desk.writer(), &second, 1).await.draft();

    assert_eq!((restored.revision, restored.headline.as_str(), restored.state.as_str()), (3, "First", "DRAFTING"));
    let seen = desk.writer().look(&restored, "revision { dek tags body { markdown } note diff(from: 1) { fields { field } bodyUnified } } history(last: 1) { nodes { type summary } }").await;
    assert_eq!(seen["revision"]["diff"], json!({ "fields": [], "bodyUnified": "" }), "nothing is otherwise than in the first");
    assert_eq!(seen["history"]["nodes"][0], json!({ "type": "DRAFT_UPDATED", "summary": "Writer Abel restored revision 1 as revision 3" }));
}

async fn restoring_keeps_todays_slug_where_the_old_one_is_taken(desk: TestDesk) {
    let draft = desk.draft_with("Mine", json!({ "slug": "wanted" })).await;
    let draft = desk.writer().update(&draft, json!({ "slug": "given-up", "dek": "New" })).await.draft();
    desk.draft_with("Theirs", json!({ "slug": "wanted" })).await;
    let free = desk.draft_with("Free", json!({ "slug": "still-free" })).await;
    let free = desk.writer().update(&free, json!({ "slug": "for-now" })).await.draft();

    let restored = restore(&desk.writer(), &draft, 1).await.draft();
    let back = restore(&desk.writer(), &free, 1).await.draft();

    assert_eq!((restored.revision, restored.slug.as_str()), (3, "given-up"));
    assert_eq!(back.slug, "still-free");
}

async fn restoring_what_stands_there_writes_nothing(desk: TestDesk) {
    let draft = desk.draft("As it is").await;

    let same = restore(&desk.writer(), &draft, 1).await.draft();

    assert_eq!(same.revision, 1);
    assert_eq!(desk.history(&draft).await, ["DRAFT_CREATED"]);
}

async fn restoring_takes_the_rights_and_the_base_of_any_change(desk: TestDesk) {
    let draft = desk.draft("Mine").await;
    let draft = desk.writer().update(&draft, json!({ "dek": "New" })).await.draft();

    let stranger = restore(&desk.another("WRITER").await, &draft, 1).await;
    let early = restore(&desk.writer(), &Draft { revision: 1, ..draft.clone() }, 1).await;
    let unknown = restore(&desk.writer(), &draft, 7).await;

    assert_eq!((stranger.code().as_str(), early.code().as_str(), unknown.code().as_str()), ("FORBIDDEN", "STALE_REVISION", "STALE_REVISION"));
    let submitted = desk.writer().submit(&draft).await.draft();
    let approved = desk.editor().approve(&submitted).await.draft();
    assert_eq!(restore(&desk.another("EDITOR").await, &approved, 1).await.draft().state, "IN_REVIEW", "approvals do not outlive it");
}

async fn join(who: &Client, base: &Draft, changes: Value) -> Answer {
    who.update(base, joined(changes, json!({ "onConflict": "MERGE" }))).await
}

async fn a_pair(desk: &TestDesk, body: &str) -> (Draft, Client) {
    (desk.draft_with("Base", json!({ "body": body })).await, desk.editor())
}

async fn changes_of_different_fields_are_joined(desk: TestDesk) {
    let (base, editor) = a_pair(&desk, BODY).await;
    editor.update(&base, json!({ "headline": "By the editor", "tags": ["Tide"] })).await.data();

    let joined = join(&desk.writer(), &base, json!({ "dek": "By the writer", "tags": ["Tide"] })).await.draft();

    assert_eq!((joined.revision, joined.headline.as_str()), (3, "By the editor"));
    let seen = desk.writer().look(&base, "revision { dek tags }").await;
    assert_eq!(seen["revision"], json!({ "dek": "By the writer", "tags": ["Tide"] }));
}

async fn changes_of_different_lines_are_joined(desk: TestDesk) {
    let (base, editor) = a_pair(&desk, "One.\n\nTwo.\n\nThree.\n").await;
    editor.update(&base, json!({ "body": "One, said the editor.\n\nTwo.\n\nThree.\n" })).await.data();

    let joined = join(&desk.writer(), &base, json!({ "body": "One.\n\nTwo.\n\nThree, said the writer.\n\nFour.\n" })).await.draft();

    let seen = desk.writer().look(&joined, "revision { body { markdown } }").await;
    assert_eq!(seen["revision"]["body"]["markdown"], "One, said the editor.\n\nTwo.\n\nThree, said the writer.\n\nFour.\n");
}

async fn what_overlaps_is_refused_and_says_where(desk: TestDesk) {
    let (base, editor) = a_pair(&desk, "One.\n\nTwo.\n\nThree.\n").await;
    editor.update(&base, json!({ "headline": "By the editor", "body": "One!\n\nTwo.\n\nThree.\n" })).await.data();

    let refused = join(&desk.writer(), &base, json!({ "headline": "By the writer", "dek": "Fine", "body": "One?\n\nTwo.\n\nThree?\n" })).await;

    assert_eq!(refused.code(), "STALE_REVISION");
    let extensions = &refused.error()["extensions"];
    assert_eq!((&extensions["currentRevision"], &extensions["changedBy"]), (&json!(2), &json!("Editor Abel")));
    let conflicts = extensions["conflicts"].as_array().unwrap();
    assert_eq!(conflicts[0], json!({ "field": "headline", "base": "Base", "current": "By the editor", "yours": "By the writer" }));
    assert_eq!((&conflicts[1]["field"], conflicts.len()), (&json!("body"), 2));
    for (side, word) in [("base", "One."), ("current", "One!"), ("yours", "One?")] {
        assert_eq!(conflicts[1][side].as_str().unwrap().trim_end(), word);
    }
    assert_eq!(desk.writer().read(&base).await.revision, 2);
}

async fn without_being_asked_nothing_is_joined(desk: TestDesk) {
    let (base, editor) = a_pair(&desk, BODY).await;
    editor.update(&base, json!({ "headline": "By the editor" })).await.data();

    let refused = desk.writer().update(&base, json!({ "dek": "By the writer" })).await;
    let unknown = join(&desk.writer(), &Draft { revision: 9, ..base.clone() }, json!({ "dek": "x" })).await;

    assert_eq!((refused.code().as_str(), &refused.error()["extensions"]["conflicts"]), ("STALE_REVISION", &json!([])));
    assert_eq!(unknown.code(), "STALE_REVISION");
}

async fn who_joined_and_who_was_joined_are_both_authors(desk: TestDesk) {
    let (base, editor) = a_pair(&desk, BODY).await;
    let other = desk.another("EDITOR").await;
    editor.update(&base, json!({ "headline": "By the editor" })).await.data();
    let joined = join(&other, &base, json!({ "dek": "By the other" })).await.draft();
    let submitted = desk.writer().submit(&joined).await.draft();

    assert_eq!(editor.approve(&submitted).await.code(), "SELF_APPROVAL");
    assert_eq!(other.approve(&submitted).await.code(), "SELF_APPROVAL");
}
