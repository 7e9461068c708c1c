//! Releases: several drafts go live in one transaction, or none does.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Draft, TestDesk, both, hence};

both![
    a_release_puts_all_its_drafts_before_readers_at_once,
    one_draft_that_cannot_go_live_keeps_all_of_them,
    the_refusal_names_each_draft_that_cannot_and_why,
    a_scheduled_release_goes_live_at_its_time_and_its_drafts_stay_approved_until_then,
    a_scheduled_release_that_cannot_go_live_fails_as_a_whole_and_says_so,
    a_failed_release_is_mended_and_published_by_hand,
    a_release_is_out_once,
    the_drafts_of_a_release_keep_their_order_and_may_be_replaced,
    only_publishers_make_releases,
    what_is_typed_into_a_release_has_to_be_right,
    an_article_that_came_back_goes_out_with_a_release_too,
    releases_are_paged_oldest_first,
    readers_know_nothing_of_releases,
];

const RELEASE: &str = "release { id name state publishAt drafts { id state } }";

async fn create(publisher: &Client, name: &str, drafts: &[&Draft], more: Value) -> Answer {
    let ids: Vec<&str> = drafts.iter().map(|draft| draft.id.as_str()).collect();
    publisher.act("createRelease", RELEASE, crate::support::joined(json!({ "name": name, "draftIds": ids }), more)).await
}

async fn publish(publisher: &Client, release: &str) -> Answer {
    publisher.act("publishRelease", RELEASE, json!({ "releaseId": release })).await
}

async fn a_release_puts_all_its_drafts_before_readers_at_once(desk: TestDesk) {
    let (one, two) = (desk.approved("Part one").await, desk.approved("Part two").await);
    let made = create(&desk.publisher(), "The series", &[&one, &two], json!({})).await;
    assert_eq!(made.text("/createRelease/release/state"), "OPEN");

    let out = publish(&desk.publisher(), &made.text("/createRelease/release/id")).await;

    assert_eq!(out.text("/publishRelease/release/state"), "PUBLISHED");
    assert_eq!(out.texts("/publishRelease/release/drafts", "state"), ["PUBLISHED", "PUBLISHED"]);
    let mut shown = Vec::new();
    for draft in [&one, &two] {
        assert_eq!(desk.history(draft).await[3..], ["ARTICLE_PUBLISHED"]);
        shown.push(desk.anonymous().article(&draft.slug, "publishedAt").await);
    }
    let log = desk.admin().ask("{ events(last: 3) { nodes { type actor { id } } } }").await;
    assert_eq!(log.texts("/events/nodes", "type"), ["ARTICLE_PUBLISHED", "ARTICLE_PUBLISHED", "RELEASE_PUBLISHED"]);
    assert!(log.list("/events/nodes").iter().all(|event| event["actor"]["id"] == desk.publisher().id()));
}

async fn one_draft_that_cannot_go_live_keeps_all_of_them(desk: TestDesk) {
    let (ready, waiting) = (desk.approved("Ready").await, desk.submitted("Waiting").await);
    let release = create(&desk.publisher(), "Together", &[&ready, &waiting], json!({})).await.text("/createRelease/release/id");
    let before = desk.traces().await;

    let refused = publish(&desk.publisher(), &release).await;

    assert_eq!(refused.code(), "APPROVALS_MISSING");
    assert_eq!(refused.error()["extensions"]["stages"], json!(["EDIT"]));
    assert_eq!(desk.traces().await, before);
    assert!(desk.anonymous().article(&ready.slug, "id").await.is_null());
}

async fn the_refusal_names_each_draft_that_cannot_and_why(desk: TestDesk) {
    let ready = desk.approved("Ready").await;
    let waiting = desk.submitted("Waiting").await;
    let fresh = desk.draft("Fresh").await;
    let release = create(&desk.publisher(), "Together", &[&ready, &waiting, &fresh], json!({})).await.text("/createRelease/release/id");

    let refused = publish(&desk.publisher(), &release).await;

    let drafts = refused.error()["extensions"]["drafts"].as_array().unwrap().clone();
    let named: Vec<(&str, &str)> =
        drafts.iter().map(|held| (held["draftId"].as_str().unwrap(), held["code"].as_str().unwrap())).collect();
    assert_eq!(named, [(waiting.id.as_str(), "APPROVALS_MISSING"), (fresh.id.as_str(), "INVALID_TRANSITION")]);
    let message = refused.error()["message"].as_str().unwrap();
    assert!(message.contains("Waiting") && message.contains("Fresh") && !message.contains("'Ready'"), "{message}");
}

async fn a_scheduled_release_goes_live_at_its_time_and_its_drafts_stay_approved_until_then(desk: TestDesk) {
    let (one, two) = (desk.approved("Early part").await, desk.approved("Late part").await);
    let at = hence(700);

    let made = create(&desk.publisher(), "At ten", &[&one, &two], json!({ "publishAt": at })).await;
    desk.awaited(&two, "ARTICLE_PUBLISHED").await;

    assert_eq!(made.text("/createRelease/release/state"), "SCHEDULED");
    assert_eq!(made.texts("/createRelease/release/drafts", "state"), ["APPROVED", "APPROVED"]);
    for draft in [&one, &two] {
        let seen = desk.anonymous().article(&draft.slug, "publishedAt").await;
        assert!(crate::support::instant(&seen["publishedAt"]) >= crate::support::instant(&json!(at)));
    }
    let log = desk.admin().ask("{ events(last: 1) { nodes { type actor { id } details } } releases { nodes { state } } }").await;
    assert_eq!(log.at("/events/nodes/0/type"), "RELEASE_PUBLISHED");
    assert!(log.at("/events/nodes/0/actor").is_null(), "the server does it by itself");
    assert_eq!(log.at("/releases/nodes/0/state"), "PUBLISHED");
}

async fn a_scheduled_release_that_cannot_go_live_fails_as_a_whole_and_says_so(desk: TestDesk) {
    let (ready, changed) = (desk.approved("Ready").await, desk.approved("Changed").await);
    create(&desk.publisher(), "In a moment", &[&ready, &changed], json!({ "publishAt": hence(700) })).await.data();
    desk.another("EDITOR").await.update(&changed, json!({ "dek": "Nobody approved this" })).await.data();

    let failed = desk.awaited(&changed, "PUBLISH_FAILED").await;

    assert!(failed["summary"].as_str().unwrap().contains("Approvals are missing"), "{failed}");
    assert_eq!(desk.editor().read(&ready).await.state, "APPROVED");
    for draft in [&ready, &changed] {
        assert!(desk.anonymous().article(&draft.slug, "id").await.is_null());
    }
    let releases = desk.editor().ask("{ releases { nodes { state } } }").await;
    assert_eq!(releases.texts("/releases/nodes", "state"), ["FAILED"]);
    let log = desk.editor().ask("{ events(filter: { types: [PUBLISH_FAILED] }) { nodes { draft { id } details } } }").await;
    assert_eq!(log.list("/events/nodes").len(), 2, "one of the release, one of the draft that kept it: {log}");
}

async fn a_failed_release_is_mended_and_published_by_hand(desk: TestDesk) {
    let (ready, fresh) = (desk.approved("Ready").await, desk.draft("Fresh").await);
    let release = create(&desk.publisher(), "Soon", &[&ready, &fresh], json!({ "publishAt": hence(300) })).await;
    desk.awaited(&fresh, "PUBLISH_FAILED").await;
    let id = release.text("/createRelease/release/id");

    let mended = desk.publisher().act("setReleaseDrafts", RELEASE, json!({ "releaseId": id, "draftIds": [ready.id] })).await;
    let out = publish(&desk.publisher(), &id).await;

    assert_eq!(mended.text("/setReleaseDrafts/release/state"), "OPEN");
    assert_eq!(out.text("/publishRelease/release/state"), "PUBLISHED");
    assert!(desk.anonymous().article(&ready.slug, "id").await.is_object());
}

async fn a_release_is_out_once(desk: TestDesk) {
    let draft = desk.approved("Once").await;
    let id = create(&desk.publisher(), "Once", &[&draft], json!({})).await.text("/createRelease/release/id");
    publish(&desk.publisher(), &id).await.data();

    let again = publish(&desk.publisher(), &id).await;
    let changed = desk.publisher().act("setReleaseDrafts", RELEASE, json!({ "releaseId": id, "draftIds": [] })).await;

    for refused in [again, changed] {
        assert_eq!(refused.code(), "INVALID_TRANSITION");
        assert_eq!(refused.error()["extensions"]["state"], "PUBLISHED");
    }
}

async fn the_drafts_of_a_release_keep_their_order_and_may_be_replaced(desk: TestDesk) {
    let drafts = [desk.draft("A").await, desk.draft("B").await, desk.draft("C").await];
    let [a, b, c] = &drafts;
    let made = create(&desk.publisher(), "Ordered", &[c, a, b], json!({})).await;
    let id = made.text("/createRelease/release/id");

    let set = |ids: Vec<String>| { let (publisher, id) = (desk.publisher(), id.clone()); async move {
        publisher.act("setReleaseDrafts", RELEASE, json!({ "releaseId": id, "draftIds": ids })).await
    } };
    let replaced = set(vec![b.id.clone(), c.id.clone()]).await;
    let events = desk.admin().ask("{ events { totalCount } }").await.number("/events/totalCount");
    let same = set(vec![b.id.clone(), c.id.clone()]).await;

    assert_eq!(made.texts("/createRelease/release/drafts", "id"), [&*c.id, &*a.id, &*b.id]);
    assert_eq!(replaced.texts("/setReleaseDrafts/release/drafts", "id"), [&*b.id, &*c.id]);
    assert_eq!(same.texts("/setReleaseDrafts/release/drafts", "id"), [&*b.id, &*c.id]);
    assert_eq!(desk.admin().ask("{ events { totalCount } }").await.number("/events/totalCount"), events, "the same list writes nothing");
}

async fn only_publishers_make_releases(desk: TestDesk) {
    let draft = desk.approved("Ready").await;
    let id = create(&desk.publisher(), "Mine", &[&draft], json!({})).await.text("/createRelease/release/id");
    let before = desk.traces().await;

    for somebody in [desk.writer(), desk.editor(), desk.commerce(), desk.legal()] {
        assert_eq!(create(&somebody, "Not mine", &[], json!({})).await.code(), "FORBIDDEN");
        assert_eq!(publish(&somebody, &id).await.code(), "FORBIDDEN");
    }
    assert_eq!(desk.traces().await, before);
    assert_eq!(publish(&desk.admin(), &id).await.text("/publishRelease/release/state"), "PUBLISHED");
}

async fn what_is_typed_into_a_release_has_to_be_right(desk: TestDesk) {
    let draft = desk.draft("One").await;
    let publisher = desk.publisher();

    let all = create(&publisher, "  ", &[&draft, &draft], json!({ "publishAt": hence(-5_000) })).await;
    let unknown = publisher.act("createRelease", RELEASE, json!({ "name": "x", "draftIds": ["draft_01kb0000000000000000000000"] })).await;
    let malformed = publisher.act("createRelease", RELEASE, json!({ "name": "x", "draftIds": ["nonsense"] })).await;
    let empty = create(&publisher, "Empty", &[], json!({})).await.text("/createRelease/release/id");

    let mut fields = all.fields();
    fields.sort();
    assert_eq!(fields, ["draftIds.1", "name", "publishAt"]);
    assert_eq!(unknown.code(), "NOT_FOUND");
    assert_eq!(malformed.fields(), ["draftIds.0"]);
    assert_eq!(publish(&publisher, &empty).await.fields(), ["releaseId"]);
    assert_eq!(publish(&publisher, "release_01kb0000000000000000000000").await.code(), "NOT_FOUND");
}

async fn an_article_that_came_back_goes_out_with_a_release_too(desk: TestDesk) {
    let live = desk.published("There and back").await;
    let gone = desk.publisher().unpublish(&live.draft, json!({})).await.draft();
    let other = desk.approved("Beside it").await;
    let id = create(&desk.publisher(), "Back", &[&gone, &other], json!({})).await.text("/createRelease/release/id");

    publish(&desk.publisher(), &id).await.data();

    assert_eq!(desk.anonymous().article(&live.slug, "edition").await, json!({ "edition": 2 }));
}

async fn releases_are_paged_oldest_first(desk: TestDesk) {
    for name in ["first", "second", "third"] {
        create(&desk.publisher(), name, &[], json!({})).await.data();
    }

    let page = desk.writer().ask("{ releases(first: 2) { totalCount nodes { name } pageInfo { hasNextPage endCursor } } }").await;
    let rest = desk
        .writer()
        .send("query($after: String) { releases(after: $after) { nodes { id name } } }", json!({ "after": page.at("/releases/pageInfo/endCursor") }))
        .await;
    let node = desk.writer().send("query($id: ID!) { node(id: $id) { id ... on Release { name } } }", json!({ "id": rest.at("/releases/nodes/0/id") })).await;

    assert_eq!((page.number("/releases/totalCount"), page.texts("/releases/nodes", "name")), (3, vec!["first".into(), "second".into()]));
    assert_eq!(rest.texts("/releases/nodes", "name"), ["third"]);
    assert_eq!(node.text("/node/name"), "third");
}

async fn readers_know_nothing_of_releases(desk: TestDesk) {
    let id = create(&desk.publisher(), "Secret", &[], json!({})).await.text("/createRelease/release/id");

    let list = desk.anonymous().ask("{ releases { totalCount } }").await;
    let node = desk.anonymous().send("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;

    assert_eq!(list.code(), "UNAUTHENTICATED");
    assert!(node.at("/node").is_null());
}
