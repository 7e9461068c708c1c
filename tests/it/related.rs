//! What readers go on with.

use serde_json::{Value, json};

use crate::support::{TestDesk, both};

both![
    links_are_shown_in_the_editors_order_and_at_once,
    a_target_that_is_not_live_is_left_out_until_it_is,
    a_target_that_is_unpublished_disappears,
    links_belong_to_the_draft_and_write_no_revision,
    the_same_list_again_writes_nothing,
    a_title_of_ones_own_replaces_the_targets,
    links_are_filtered_by_kind_and_cut_to_first,
    the_owner_sets_links_until_readers_see_them,
    what_cannot_be_linked_is_refused,
];

const RELATED: &str = "related(first: 10, suggest: false) { kind origin title url note target { __typename ... on Article { id } ... on ExternalPage { url title } } }";

async fn links_are_shown_in_the_editors_order_and_at_once(desk: TestDesk) {
    let source = desk.published("Source").await;
    let target = desk.published("Target").await;
    let links = json!([
        { "kind": "VIDEO", "url": "https://video.example/1", "title": "To watch", "note": "Two minutes" },
        { "draftId": target.draft.id }
    ]);

    desk.editor().relate(&source.draft, links).await.data();
    let seen = desk.anonymous().article(&source.slug, RELATED).await;

    assert_eq!(
        seen["related"],
        json!([
            { "kind": "VIDEO", "origin": "CURATED", "title": "To watch", "url": "https://video.example/1", "note": "Two minutes",
              "target": { "__typename": "ExternalPage", "url": "https://video.example/1", "title": "To watch" } },
            { "kind": "RELATED", "origin": "CURATED", "title": "Target", "url": "https://newsroom.example/target", "note": null,
              "target": { "__typename": "Article", "id": target.article } }
        ])
    );
}

async fn a_target_that_is_not_live_is_left_out_until_it_is(desk: TestDesk) {
    let source = desk.published("Source").await;
    let target = desk.draft("Not yet").await;
    let related = desk.editor().relate(&source.draft, json!([{ "draftId": target.id }])).await.draft();

    let before = desk.anonymous().article(&source.slug, RELATED).await;
    let staff = desk.editor().look(&related, "relatedLinks { isLive target { __typename ... on Draft { id } } } checks { code passed severity }").await;
    desk.bring_out(&target).await;
    let after = desk.anonymous().article(&source.slug, RELATED).await;

    assert_eq!(before["related"], json!([]));
    assert_eq!(staff["relatedLinks"], json!([{ "isLive": false, "target": { "__typename": "Draft", "id": target.id } }]));
    let check = staff["checks"].as_array().unwrap().iter().find(|check| check["code"] == "RELATED_LIVE").unwrap();
    assert_eq!(check, &json!({ "code": "RELATED_LIVE", "passed": false, "severity": "WARNING" }));
    assert_eq!(after["related"][0]["title"], "Not yet");
}

async fn a_target_that_is_unpublished_disappears(desk: TestDesk) {
    let source = desk.published("Source").await;
    let target = desk.published("Target").await;
    desk.editor().relate(&source.draft, json!([{ "draftId": target.draft.id }])).await.data();

    desk.publisher().unpublish(&target.draft, json!({})).await.data();

    assert_eq!(desk.anonymous().article(&source.slug, RELATED).await["related"], json!([]));
}

async fn links_belong_to_the_draft_and_write_no_revision(desk: TestDesk) {
    let approved = desk.approved("Approved").await;
    let page = json!([{ "url": "https://a.example/", "title": "A page" }]);

    let related = desk.editor().relate(&approved, page).await.draft();

    assert_eq!((related.state.as_str(), related.revision), ("APPROVED", 1));
    assert_eq!(desk.history(&approved).await.last().unwrap(), "RELATED_LINKS_CHANGED");
    desk.publisher().publish(&related).await.data();
}

async fn the_same_list_again_writes_nothing(desk: TestDesk) {
    let draft = desk.draft("Source").await;
    let page = json!([{ "url": "https://a.example/", "title": "A page", "kind": "BACKGROUND" }]);
    desk.writer().relate(&draft, page.clone()).await.data();
    let before = desk.traces().await;

    desk.writer().relate(&draft, page).await.data();

    assert_eq!(desk.traces().await, before);
    desk.writer().relate(&draft, json!([])).await.data();
    assert_eq!(desk.writer().look(&draft, "relatedLinks { kind }").await["relatedLinks"], json!([]));
}

async fn a_title_of_ones_own_replaces_the_targets(desk: TestDesk) {
    let source = desk.published("Source").await;
    let target = desk.published("A headline").await;

    desk.editor().relate(&source.draft, json!([{ "draftId": target.draft.id, "title": "How it began" }])).await.data();

    assert_eq!(desk.anonymous().article(&source.slug, RELATED).await["related"][0]["title"], "How it began");
}

async fn links_are_filtered_by_kind_and_cut_to_first(desk: TestDesk) {
    let source = desk.published("Source").await;
    let links: Vec<Value> = ["BACKGROUND", "VIDEO", "BACKGROUND"]
        .into_iter()
        .zip(1..)
        .map(|(kind, number)| json!({ "kind": kind, "url": format!("https://a.example/{number}"), "title": "A page" }))
        .collect();
    desk.editor().relate(&source.draft, json!(links)).await.data();

    let query = "all: related(suggest: false) { url } one: related(first: 1, suggest: false) { url } background: related(kinds: [BACKGROUND], suggest: false) { url }";
    let seen = desk.anonymous().article(&source.slug, query).await;

    let page = |number: u32| json!({ "url": format!("https://a.example/{number}") });
    assert_eq!(seen, json!({ "all": [page(1), page(2), page(3)], "one": [page(1)], "background": [page(1), page(3)] }));
}

async fn the_owner_sets_links_until_readers_see_them(desk: TestDesk) {
    let live = desk.published("Live").await;
    let draft = desk.draft("Not live").await;
    let page = json!([{ "url": "https://a.example/", "title": "A page" }]);

    assert_eq!(desk.writer().relate(&live.draft, page.clone()).await.code(), "INVALID_TRANSITION");
    assert_eq!(desk.another("WRITER").await.relate(&draft, page.clone()).await.code(), "FORBIDDEN");
    assert_eq!(desk.publisher().relate(&draft, page.clone()).await.code(), "FORBIDDEN");
    assert_eq!(desk.anonymous().relate(&draft, page.clone()).await.code(), "UNAUTHENTICATED");
    desk.writer().relate(&draft, page.clone()).await.data();
    desk.editor().relate(&live.draft, page.clone()).await.data();
    let archived = desk.writer().archive(&draft).await.draft();
    assert_eq!(desk.editor().relate(&archived, json!([])).await.code(), "INVALID_TRANSITION");
}

async fn what_cannot_be_linked_is_refused(desk: TestDesk) {
    let draft = desk.draft("Source").await;
    let other = desk.draft("Target").await;
    let before = desk.traces().await;

    for links in [
        json!([{ "kind": "RELATED" }]),
        json!([{ "draftId": other.id, "url": "https://a.example/" }]),
        json!([{ "draftId": draft.id }]),
        json!([{ "draftId": other.id }, { "draftId": other.id }]),
        json!([{ "url": "javascript:alert(1)", "title": "x" }]),
        json!([{ "url": "https://a.example/", "title": "x\u{0}" }]),
        json!([{ "draftId": "nonsense" }]),
        json!(vec![json!({ "url": "https://a.example/" }); 500]),
    ] {
        let answer = desk.writer().relate(&draft, links.clone()).await;
        assert!(answer.fields().iter().all(|path| path.contains("links")), "{links}: {answer}");
    }

    assert_eq!(desk.traces().await, before);
}
