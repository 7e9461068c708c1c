//! Subscriptions: what happens is told once, in order, to whom it concerns, and as it is by then.

mod resume;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Client, Draft, Heard, Socket, TestDesk, both, copydesk, data};

both![
    each_change_is_told_once_and_in_order,
    with_after_everything_since_is_told_first,
    only_what_the_filter_fits_is_told,
    private_events_are_told_to_whom_they_concern,
    an_event_shows_what_it_tells_of_as_it_is_then,
    a_draft_that_changes_is_told_and_no_other,
    an_article_is_told_when_it_gets_an_edition,
    an_article_of_another_section_is_not_told,
    what_readers_cannot_see_is_not_told_to_them,
    what_an_administrator_imports_is_told,
    an_event_that_there_is_not_cannot_be_resumed_from,
    what_happened_before_is_not_told,
];

const EVENTS: &str = "subscription($filter: EventFilter, $after: ID) { events(filter: $filter, after: $after) { id type actor { id } draft { id } } }";

async fn newest(desk: &TestDesk) -> String {
    desk.admin().ask("{ events(last: 1) { nodes { id } } }").await.texts("/events/nodes", "id").remove(0)
}

/// Somebody's socket on which everything after the newest event is listened to under `1`.
async fn listening(desk: &TestDesk, who: &Client, filter: Value) -> Socket {
    let after = newest(desk).await;
    let mut socket = desk.socket(who).await;
    socket.begin("1", EVENTS, json!({ "filter": filter, "after": after })).await;
    socket
}

async fn next(socket: &mut Socket) -> Value {
    socket.data("1").await["events"].clone()
}

/// The types of the next events.
async fn types(socket: &mut Socket, count: usize) -> Vec<String> {
    let mut types = Vec::new();
    for _ in 0..count {
        types.push(next(socket).await["type"].as_str().unwrap().to_owned());
    }
    types
}

/// Brings out articles until a listener that just began hears of one: from then on it hears of all.
async fn until_heard(desk: &TestDesk, socket: &mut Socket) {
    for number in 0..50 {
        let live = desk.published(&format!("Knock {number}")).await;
        while let Some(heard) = socket.within(Duration::from_millis(300)).await {
            let Heard::Message(message) = heard else { panic!("{heard:?}") };
            if message["payload"]["data"]["articlePublished"]["slug"] == live.slug {
                return;
            }
        }
    }
    panic!("fifty articles came out, and none was told");
}

async fn each_change_is_told_once_and_in_order(desk: TestDesk) {
    let since = newest(&desk).await;
    let mut socket = listening(&desk, &desk.editor(), json!({})).await;

    let draft = desk.approved("Told").await;
    let door = desk.elsewhere().await;
    let draft = door.publisher().publish(&draft).await.draft();
    desk.writer().update(&draft, json!({ "dek": "Anew." })).await.data();

    let mut heard = Vec::new();
    for _ in 0..5 {
        heard.push(next(&mut socket).await);
    }
    let log = desk.editor().send("query($id: ID!) { events(filter: { draftId: $id }) { nodes { id type actor { id } draft { id } } } }", json!({ "id": draft.id })).await;
    assert_eq!(heard, log.list("/events/nodes"), "since {since}");
    desk.draft("The end").await;
    assert_eq!(next(&mut socket).await["type"], "DRAFT_CREATED", "and nothing twice");
}

async fn with_after_everything_since_is_told_first(desk: TestDesk) {
    let before = newest(&desk).await;
    let first = desk.submitted("While nobody listened").await;
    let mut socket = desk.socket(&desk.writer()).await;

    socket.begin("1", EVENTS, json!({ "after": before })).await;
    assert_eq!(types(&mut socket, 2).await, ["DRAFT_CREATED", "DRAFT_SUBMITTED"]);
    desk.writer().recall(&first).await.data();
    let last = next(&mut socket).await;
    desk.editor().archive(&first).await.data();
    let mut again = desk.socket(&desk.writer()).await;
    again.begin("1", EVENTS, json!({ "after": last["id"] })).await;

    assert_eq!(last["type"], "DRAFT_RECALLED");
    assert_eq!(types(&mut again, 1).await, ["DRAFT_ARCHIVED"], "not what was heard before");
}

async fn only_what_the_filter_fits_is_told(desk: TestDesk) {
    let draft = desk.draft("Filtered").await;
    let mut by_type = listening(&desk, &desk.legal(), json!({ "types": ["DRAFT_SUBMITTED", "DRAFT_ARCHIVED"] })).await;
    let mut by_draft = listening(&desk, &desk.legal(), json!({ "draftId": draft.id })).await;
    let mut by_actor = listening(&desk, &desk.legal(), json!({ "actorId": desk.editor().id() })).await;
    let mut by_all = listening(&desk, &desk.legal(), json!({ "types": ["DRAFT_ARCHIVED"], "draftId": draft.id, "actorId": desk.editor().id() })).await;

    let other = desk.submitted("Another").await;
    let draft = desk.writer().update(&draft, json!({ "dek": "x" })).await.draft();
    desk.editor().recall(&other).await.data();
    desk.editor().archive(&draft).await.data();

    assert_eq!(types(&mut by_type, 2).await, ["DRAFT_SUBMITTED", "DRAFT_ARCHIVED"]);
    assert_eq!(types(&mut by_draft, 2).await, ["DRAFT_UPDATED", "DRAFT_ARCHIVED"]);
    assert_eq!(types(&mut by_actor, 2).await, ["DRAFT_RECALLED", "DRAFT_ARCHIVED"]);
    assert_eq!(next(&mut by_all).await["draft"]["id"], draft.id);
}

async fn private_events_are_told_to_whom_they_concern(desk: TestDesk) {
    let (writer, editor) = (desk.writer(), desk.editor());
    let mut stranger = listening(&desk, &writer, json!({})).await;
    let mut own = listening(&desk, &editor, json!({})).await;
    let mut admin = listening(&desk, &desk.admin(), json!({})).await;

    desk.anonymous().sign_in(&editor.person().email, &editor.person().password).await.data();
    desk.anonymous().sign_in(&editor.person().email, "wrong").await.code();
    let made = editor.act("createApiToken", "apiToken { id }", json!({ "name": "robot", "roles": ["EDITOR"] })).await;
    editor.act("revokeApiToken", "apiToken { id }", json!({ "tokenId": made.text("/createApiToken/apiToken/id") })).await.data();
    desk.draft("For all").await;

    assert_eq!(types(&mut admin, 5).await, ["SIGNED_IN", "SIGN_IN_FAILED", "TOKEN_CREATED", "TOKEN_REVOKED", "DRAFT_CREATED"]);
    assert_eq!(types(&mut own, 4).await, ["SIGNED_IN", "TOKEN_CREATED", "TOKEN_REVOKED", "DRAFT_CREATED"]);
    assert_eq!(types(&mut stranger, 1).await, ["DRAFT_CREATED"]);
}

async fn an_event_shows_what_it_tells_of_as_it_is_then(desk: TestDesk) {
    let draft = desk.draft("As it is").await;
    let mut socket = desk.socket(&desk.editor()).await;
    let query = "subscription($id: ID!, $after: ID) { events(filter: { draftId: $id }, after: $after) { revision { number } draft { state revision { number dek } article { edition } } } }";
    socket.begin("1", query, json!({ "id": draft.id, "after": newest(&desk).await })).await;
    let mut seen = async || next(&mut socket).await["draft"].clone();

    let draft = desk.writer().update(&draft, json!({ "dek": "Second" })).await.draft();
    let updated = seen().await;
    let draft = desk.writer().update(&draft, json!({ "dek": "Third" })).await.draft();
    let again = seen().await;
    let draft = desk.writer().submit(&draft).await.draft();
    let submitted = seen().await;
    let draft = desk.editor().approve(&draft).await.draft();
    let approved = seen().await;
    desk.publisher().publish(&draft).await.data();
    let published = seen().await;

    let state = |state: &str, number: i64, dek: &str, article: Value| json!({ "state": state, "revision": { "number": number, "dek": dek }, "article": article });
    assert_eq!(updated, state("DRAFTING", 2, "Second", Value::Null));
    assert_eq!(again, state("DRAFTING", 3, "Third", Value::Null));
    assert_eq!(submitted, state("IN_REVIEW", 3, "Third", Value::Null));
    assert_eq!(approved, state("APPROVED", 3, "Third", Value::Null));
    assert_eq!(published, state("PUBLISHED", 3, "Third", json!({ "edition": 1 })));
}

async fn a_draft_that_changes_is_told_and_no_other(desk: TestDesk) {
    const CHANGED: &str = "subscription($id: ID!) { draftChanged(id: $id) { id state revision { number } comments { totalCount } } }";
    let (mut draft, other) = (desk.draft("Watched").await, desk.draft("Not watched").await);
    let mut socket = desk.socket(&desk.legal()).await;
    socket.begin("1", CHANGED, json!({ "id": draft.id })).await;
    // It begins to listen at some moment; changes are made until it hears of one.
    let mut told = None;
    while told.is_none() {
        draft = desk.writer().update(&draft, json!({ "dek": format!("Knock {}", draft.revision) })).await.draft();
        told = socket.within(Duration::from_millis(300)).await;
    }
    let changed = |told: Value| told["draftChanged"].clone();
    let Some(Heard::Message(first)) = told else { panic!("{told:?}") };
    assert_eq!(first["payload"]["data"]["draftChanged"]["revision"]["number"], draft.revision, "{first}");

    desk.writer().submit(&other).await.data();
    desk.writer().submit(&draft).await.data();
    let submitted = changed(socket.data("1").await);
    desk.legal().act("addComment", "comment { id }", json!({ "draftId": draft.id, "body": "Why?" })).await.data();
    let commented = changed(socket.data("1").await);
    desk.elsewhere().await.editor().review(&draft, "EDIT", "REQUEST_CHANGES").await.data();
    let judged = changed(socket.data("1").await);

    assert_eq!((&submitted["id"], &submitted["state"]), (&json!(draft.id), &json!("IN_REVIEW")));
    assert_eq!(commented["comments"]["totalCount"], 1);
    assert_eq!(judged["state"], "CHANGES_REQUESTED");
    for (id, code) in [("draft_01kb0000000000000000000000", "NOT_FOUND"), ("nonsense", "BAD_USER_INPUT")] {
        socket.begin("2", CHANGED, json!({ "id": id })).await;
        assert_eq!(socket.refusal("2").await["extensions"]["code"], code, "{id}");
    }
}

const PUBLISHED: &str = "subscription($section: String) { articlePublished(sectionSlug: $section) { id slug edition headline section { slug } } }";

async fn an_article_is_told_when_it_gets_an_edition(desk: TestDesk) {
    let mut socket = desk.socket(&desk.anonymous()).await;
    socket.begin("1", PUBLISHED, json!({})).await;
    until_heard(&desk, &mut socket).await;

    let live = desk.published("An edition").await;
    let first = socket.data("1").await;
    let second = desk.next_edition(&live, json!({ "headline": "Another edition" })).await;
    let next = socket.data("1").await;
    let draft = desk.draft("In a hurry").await;
    let over = desk.publisher().publish_with(&draft, json!({ "override": { "reason": "Now." } })).await;
    let third = socket.data("1").await;

    let told = |data: &Value| (data["articlePublished"]["id"].clone(), data["articlePublished"]["edition"].clone());
    assert_eq!(told(&first), (json!(live.article), json!(1)));
    assert_eq!(told(&next), (json!(second.article), json!(2)));
    assert_eq!(next["articlePublished"]["headline"], "Another edition");
    assert_eq!(told(&third), (over.at("/publishDraft/article/id").clone(), json!(1)));
}

async fn an_article_of_another_section_is_not_told(desk: TestDesk) {
    let mut socket = desk.socket(&desk.anonymous()).await;
    socket.begin("1", PUBLISHED, json!({ "section": "news" })).await;
    until_heard(&desk, &mut socket).await;

    desk.published_with("Culture", json!({ "sectionId": desk.cast.other_section })).await;
    let live = desk.published("News").await;

    let told = socket.data("1").await["articlePublished"].clone();
    assert_eq!((&told["id"], &told["section"]["slug"]), (&json!(live.article), &json!("news")));
}

async fn what_readers_cannot_see_is_not_told_to_them(desk: TestDesk) {
    let mut socket = desk.socket(&desk.anonymous()).await;
    socket.begin("1", PUBLISHED, json!({})).await;
    until_heard(&desk, &mut socket).await;

    let gone: Draft = desk.published("Gone again").await.draft;
    assert_eq!(socket.data("1").await["articlePublished"]["headline"], "Gone again");
    desk.publisher().unpublish(&gone, json!({})).await.data();
    desk.approved("Never live").await;
    let live = desk.published("Live").await;

    assert_eq!(socket.data("1").await["articlePublished"]["id"], live.article);
    socket.begin("2", "subscription { articlePublished { draft { id } related { draft { id } } } }", json!({})).await;
    assert!(matches!(socket.hear().await, Heard::Message(message) if message["type"] == "error"), "nor what is asked of drafts");
}

async fn what_an_administrator_imports_is_told(desk: TestDesk) {
    let mut socket = desk.socket(&desk.anonymous()).await;
    socket.begin("1", PUBLISHED, json!({})).await;
    until_heard(&desk, &mut socket).await;

    let (posts, authors) = (data("posts"), data("posts/authors.yml"));
    let who = desk.admin().person().email.clone();
    let url = desk.url.clone();
    let import = move || copydesk(&url, &["import", "markdown", &posts, "--as-user", &who, "--authors", &authors], "");
    let ended = tokio::task::spawn_blocking(import).await.unwrap();

    let mut slugs = Vec::new();
    for _ in 0..4 {
        slugs.push(socket.data("1").await["articlePublished"]["slug"].as_str().unwrap().to_owned());
    }
    slugs.sort();
    assert_eq!(slugs, ["night-boat", "opening-day", "the-second-bridge", "tolls"], "{ended:?}");
}

async fn an_event_that_there_is_not_cannot_be_resumed_from(desk: TestDesk) {
    let mut socket = desk.socket(&desk.editor()).await;

    for after in ["event_01kb0000000000000000000000", "nonsense", ""] {
        socket.begin("1", EVENTS, json!({ "after": after })).await;

        let error = socket.refusal("1").await;
        assert_eq!((&error["extensions"]["code"], &error["extensions"]["fields"][0]["path"]), (&json!("BAD_USER_INPUT"), &json!("after")), "{error}");
    }
    socket.is_open().await;
}

async fn what_happened_before_is_not_told(desk: TestDesk) {
    let before = [desk.draft("Before").await, desk.submitted("Also before").await];
    let mut socket = desk.socket(&desk.editor()).await;
    socket.begin("1", EVENTS, json!({})).await;

    let (mut heard, mut made) = (Vec::new(), Vec::new());
    while heard.is_empty() {
        made.push(json!(desk.draft("After").await.id));
        if let Some(Heard::Message(message)) = socket.within(Duration::from_millis(300)).await {
            heard.push(message["payload"]["data"]["events"]["draft"]["id"].clone());
        }
    }
    made.push(json!(desk.draft("The last").await.id));
    while heard.last() != made.last() {
        heard.push(next(&mut socket).await["draft"]["id"].clone());
    }

    assert!(made.ends_with(&heard), "{heard:?}");
    assert!(!before.iter().any(|draft| heard.contains(&json!(draft.id))));
}
