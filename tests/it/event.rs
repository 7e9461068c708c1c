//! The log: one event for each change, in order, for those whom it concerns.

use serde_json::{Value, json};

use crate::support::{Draft, TestDesk, both};

both![
    each_change_writes_one_event_with_its_actor,
    the_log_is_in_order_and_is_paged_both_ways,
    the_log_is_filtered,
    a_drafts_history_is_its_part_of_the_log,
    sign_ins_of_others_are_for_administrators,
    an_event_leads_to_what_it_tells_of,
    no_event_carries_a_drafts_text,
    readers_see_no_event,
];

async fn newest(desk: &TestDesk) -> (i64, Value) {
    let answer = desk.admin().ask("{ events(last: 1) { totalCount nodes { type actor { id } draft { id } summary } } }").await;
    (answer.number("/events/totalCount"), answer.at("/events/nodes/0").clone())
}

/// Asserts that exactly one event came since `count`, of this type and by this person, and gives the new count.
#[track_caller]
fn assert_one_more(count: i64, (now, event): (i64, Value), kind: &str, actor: &str) -> i64 {
    assert_eq!(now, count + 1, "{kind}: {event}");
    assert_eq!((&event["type"], &event["actor"]["id"]), (&json!(kind), &json!(actor)), "{event}");
    assert!(event["summary"].as_str().is_some_and(|summary| summary.len() > 8), "{event}");
    now
}

async fn each_change_writes_one_event_with_its_actor(desk: TestDesk) {
    let (writer, editor, publisher) = (desk.writer(), desk.editor(), desk.publisher());
    let (mut count, _) = newest(&desk).await;
    let mut draft = desk.draft("Logged").await;
    count = assert_one_more(count, newest(&desk).await, "DRAFT_CREATED", writer.id());

    macro_rules! logged {
        ($who:ident, $kind:literal, $change:expr) => {
            draft = $change.await.draft();
            count = assert_one_more(count, newest(&desk).await, $kind, $who.id());
        };
    }
    logged!(writer, "DRAFT_UPDATED", writer.update(&draft, json!({ "dek": "Changed" })));
    logged!(writer, "DRAFT_SUBMITTED", writer.submit(&draft));
    logged!(writer, "DRAFT_RECALLED", writer.recall(&draft));
    logged!(editor, "DRAFT_SUBMITTED", editor.submit(&draft));
    logged!(editor, "REVIEW_ADDED", editor.review(&draft, "EDIT", "COMMENT"));
    logged!(editor, "CHANGES_REQUESTED", editor.review(&draft, "EDIT", "REQUEST_CHANGES"));
    logged!(writer, "DRAFT_SUBMITTED", writer.submit(&draft));
    logged!(editor, "DRAFT_APPROVED", editor.approve(&draft));
    logged!(publisher, "ARTICLE_PUBLISHED", publisher.publish(&draft));
    logged!(editor, "RELATED_LINKS_CHANGED", editor.relate(&draft, json!([{ "url": "https://a.example/", "title": "A page" }])));
    logged!(publisher, "ARTICLE_UNPUBLISHED", publisher.unpublish(&draft, json!({})));
    logged!(editor, "DRAFT_ARCHIVED", editor.archive(&draft));
    logged!(editor, "DRAFT_REOPENED", editor.reopen(&draft));
    logged!(publisher, "PUBLISH_OVERRIDDEN", publisher.publish_with(&draft, json!({ "override": { "reason": "Now." } })));
    logged!(writer, "DRAFT_UPDATED", writer.flag(&draft, json!({ "flag": "REQUIRED", "reason": "Paid." })));
    let _ = (draft, count);
}

async fn the_log_is_in_order_and_is_paged_both_ways(desk: TestDesk) {
    for number in 0..5 {
        desk.draft(&format!("Draft {number}")).await;
    }
    let query = "query($first: Int, $after: String) { events(first: $first, after: $after) { nodes { id at } pageInfo { hasNextPage endCursor } } }";
    let (mut forward, mut times, mut after) = (Vec::new(), Vec::new(), Value::Null);
    loop {
        let page = desk.admin().send(query, json!({ "first": 7, "after": after })).await;
        forward.extend(page.texts("/events/nodes", "id"));
        times.extend(page.texts("/events/nodes", "at"));
        after = page.at("/events/pageInfo/endCursor").clone();
        if page.at("/events/pageInfo/hasNextPage") == false {
            break;
        }
    }

    let last = desk.admin().ask("{ events(last: 7) { totalCount nodes { id } pageInfo { hasPreviousPage } } }").await;

    let mut unique = forward.clone();
    unique.sort();
    unique.dedup();
    assert_eq!((unique.len(), forward.len() as i64), (forward.len(), last.number("/events/totalCount")));
    assert_eq!(last.texts("/events/nodes", "id"), forward[forward.len() - 7..]);
    assert!(times.is_sorted(), "oldest first: {times:?}");
}

async fn the_log_is_filtered(desk: TestDesk) {
    let first = desk.submitted("First").await;
    let second = desk.draft("Second").await;
    let since = desk.admin().ask("{ events(last: 1) { nodes { at } } }").await.texts("/events/nodes", "at").remove(0);
    desk.editor().update(&second, json!({ "dek": "By the editor" })).await.data();
    let found = async |filter: Value| {
        let query = "query($filter: EventFilter) { events(filter: $filter, last: 50) { totalCount nodes { type draft { id } } } }";
        let answer = desk.admin().send(query, json!({ "filter": filter })).await;
        assert_eq!(answer.number("/events/totalCount"), answer.list("/events/nodes").len() as i64, "{filter}");
        answer.texts("/events/nodes", "type")
    };

    assert_eq!(found(json!({ "draftId": first.id })).await, ["DRAFT_CREATED", "DRAFT_SUBMITTED"]);
    assert_eq!(found(json!({ "types": ["DRAFT_SUBMITTED", "DRAFT_UPDATED"] })).await, ["DRAFT_SUBMITTED", "DRAFT_UPDATED"]);
    assert_eq!(found(json!({ "actorId": desk.editor().id(), "draftId": second.id })).await, ["DRAFT_UPDATED"]);
    assert_eq!(found(json!({ "since": since })).await, ["DRAFT_CREATED", "DRAFT_UPDATED"]);
    assert_eq!(found(json!({ "types": [] })).await, Vec::<String>::new());
}

async fn a_drafts_history_is_its_part_of_the_log(desk: TestDesk) {
    let draft = desk.approved("With a past").await;
    desk.draft("Another").await;
    let page = "totalCount nodes { id type } pageInfo { hasNextPage hasPreviousPage }";

    let history = desk.writer().look(&draft, &format!("all: history {{ {page} }} first: history(first: 1) {{ {page} }} last: history(last: 1) {{ {page} }}")).await;
    let log = desk.writer().send(&format!("query($id: ID!) {{ events(filter: {{ draftId: $id }}) {{ {page} }} }}"), json!({ "id": draft.id })).await;

    assert_eq!(&history["all"], log.at("/events"));
    assert_eq!((&history["first"]["nodes"][0]["type"], &history["first"]["pageInfo"]["hasNextPage"]), (&json!("DRAFT_CREATED"), &json!(true)));
    assert_eq!((&history["last"]["nodes"][0]["type"], &history["last"]["pageInfo"]["hasPreviousPage"]), (&json!("DRAFT_APPROVED"), &json!(true)));
    assert_eq!(history["all"]["totalCount"], 3);
}

async fn sign_ins_of_others_are_for_administrators(desk: TestDesk) {
    let (writer, editor) = (desk.writer(), desk.editor());
    editor.act("createApiToken", "secret", json!({ "name": "secret robot", "roles": ["EDITOR"] })).await.data();
    desk.anonymous().sign_in(&editor.person().email, "wrong").await.code();
    let query = "{ events(filter: { types: [SIGNED_IN, SIGN_IN_FAILED, TOKEN_CREATED, TOKEN_REVOKED] }, first: 100) { totalCount nodes { id type actor { id } } } }";
    let event = desk.admin().ask(query).await;
    let token_event = event.list("/events/nodes").iter().find(|event| event["type"] == "TOKEN_CREATED").unwrap()["id"].clone();

    let by_writer = writer.ask(query).await;
    let by_editor = editor.ask(query).await;
    let node = "query($id: ID!) { node(id: $id) { id } }";
    let node_for_writer = writer.send(node, json!({ "id": token_event })).await;
    let node_for_admin = desk.admin().send(node, json!({ "id": token_event })).await;

    assert!(by_writer.list("/events/nodes").iter().all(|event| event["actor"]["id"] == writer.id()), "{by_writer}");
    assert_eq!(by_writer.number("/events/totalCount"), by_writer.list("/events/nodes").len() as i64);
    assert!(by_editor.texts("/events/nodes", "type").contains(&"TOKEN_CREATED".to_owned()), "one's own are seen");
    assert!(event.texts("/events/nodes", "type").contains(&"SIGN_IN_FAILED".to_owned()));
    assert!(event.number("/events/totalCount") > by_editor.number("/events/totalCount"));
    assert!(node_for_writer.at("/node").is_null(), "by no other path either: {node_for_writer}");
    assert!(node_for_admin.at("/node").is_object());
}

async fn an_event_leads_to_what_it_tells_of(desk: TestDesk) {
    let live = desk.published("Told of").await;

    let seen = desk.legal().look(&live.draft, "history(last: 1) { nodes { id at actor { name } draft { id } article { id slug } revision { number } summary details } }").await;

    let event = &seen["history"]["nodes"][0];
    assert_eq!((&event["draft"]["id"], &event["article"]["id"]), (&json!(live.draft.id), &json!(live.article)));
    assert_eq!((&event["revision"]["number"], &event["details"]["edition"]), (&json!(1), &json!(1)));
    assert!(event["summary"].as_str().is_some_and(|summary| summary.ends_with("published revision 1 as edition 1")), "{event}");
}

async fn no_event_carries_a_drafts_text(desk: TestDesk) {
    let live = desk.published_with("A story", json!({ "body": "xyzzy is only in the body" })).await;

    desk.next_edition(&live, json!({ "body": "xyzzy is still only in the body" })).await;

    let log = desk.admin().ask("{ events(last: 100) { nodes { summary details } } }").await;
    assert!(!log.to_string().contains("xyzzy"));
    let text = serde_json::to_string(&log.body).unwrap();
    assert!(!text.contains("xyzzy") && !text.contains(&desk.writer().person().password));
}

async fn readers_see_no_event(desk: TestDesk) {
    let draft: Draft = desk.published("Seen").await.draft;
    let event = desk.admin().look(&draft, "history(last: 1) { nodes { id } }").await["history"]["nodes"][0]["id"].clone();

    let log = desk.anonymous().ask("{ events { totalCount } }").await;
    let node = desk.anonymous().send("query($id: ID!) { node(id: $id) { id } }", json!({ "id": event })).await;

    assert_eq!(log.code(), "UNAUTHENTICATED");
    assert!(node.at("/node").is_null());
}
