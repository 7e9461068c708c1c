//! A retraction: the notice stays at the article's URL, and nowhere else.

use serde_json::json;

use crate::support::{TestDesk, both, hence};

both![
    a_retracted_articles_url_answers_with_the_notice,
    a_retracted_article_is_in_no_list_and_no_related_link,
    a_retraction_is_for_good,
    only_publishers_retract_and_only_what_is_live,
    a_retraction_says_something,
    nothing_that_was_planned_for_it_happens_any_more,
    newer_work_of_a_retracted_article_goes_with_it,
    a_former_slug_leads_to_the_notice_too,
];

const NOTICE: &str = "We could not stand by this report.";

async fn a_retracted_articles_url_answers_with_the_notice(desk: TestDesk) {
    let live = desk.published("Not so").await;

    let retracted = desk.publisher().retract(&live.draft, NOTICE).await;
    let seen = desk
        .anonymous()
        .article(&live.slug, "id headline dek body { markdown text html } retraction { notice at } affiliateDisclosure { text } edition seo { description jsonLd }")
        .await;

    assert_eq!(retracted.draft().state, "RETRACTED");
    assert_eq!(seen["retraction"]["notice"], NOTICE);
    assert_eq!((&seen["id"], &seen["headline"], &seen["dek"]), (&json!(live.article), &json!("Not so"), &json!(null)));
    assert_eq!(seen["body"]["markdown"], NOTICE);
    assert_eq!((&seen["seo"]["description"], &seen["seo"]["jsonLd"]["description"]), (&json!(null), &json!(null)));
    assert_eq!(seen["body"]["html"], format!("<p>{NOTICE}</p>\n").trim_end());
    assert_eq!(*desk.history(&live.draft).await.last().unwrap(), "ARTICLE_RETRACTED");
    let staff = desk.editor().look(&live.draft, "article { retraction { notice } }").await;
    assert_eq!(staff["article"]["retraction"]["notice"], NOTICE);
}

async fn a_retracted_article_is_in_no_list_and_no_related_link(desk: TestDesk) {
    let live = desk.published_with("Gone for good", json!({ "tags": ["Tide"] })).await;
    let other = desk.published_with("Beside it", json!({ "tags": ["Tide"] })).await;
    desk.editor().relate(&other.draft, json!([{ "draftId": live.draft.id }])).await.data();

    desk.publisher().retract(&live.draft, NOTICE).await.data();

    let lists = desk
        .anonymous()
        .ask("{ articles { totalCount nodes { slug } } section(slug: \"news\") { articles { nodes { slug } } }
               author(slug: \"ada-quill\") { articles { totalCount nodes { slug } } } tag(slug: \"tide\") { articles { nodes { slug } } }
               article(slug: \"beside-it\") { related { title } } }")
        .await;
    for list in ["/articles/nodes", "/section/articles/nodes", "/author/articles/nodes", "/tag/articles/nodes"] {
        assert_eq!(lists.texts(list, "slug"), ["beside-it"], "{list}");
    }
    assert_eq!((lists.number("/articles/totalCount"), lists.number("/author/articles/totalCount")), (1, 1));
    assert_eq!(lists.at("/article/related"), &json!([]));
}

async fn a_retraction_is_for_good(desk: TestDesk) {
    let live = desk.published("Over").await;
    let retracted = desk.publisher().retract(&live.draft, NOTICE).await.draft();
    let before = desk.traces().await;
    let id = &retracted.id;

    let tried = [
        desk.publisher().publish(&retracted).await,
        desk.publisher().retract(&retracted, "Again").await,
        desk.publisher().unpublish(&retracted, json!({})).await,
        desk.editor().update(&retracted, json!({ "dek": "x" })).await,
        desk.editor().archive(&retracted).await,
        desk.editor().reopen(&retracted).await,
        desk.editor().relate(&retracted, json!([])).await,
        desk.editor().act("addComment", "comment { id }", json!({ "draftId": id, "body": "x" })).await,
        desk.editor().act("createPreview", "token", json!({ "draftId": id })).await,
    ];

    for refused in &tried {
        assert_eq!(refused.code(), "INVALID_TRANSITION", "{refused}");
        assert_eq!(refused.error()["extensions"]["state"], "RETRACTED");
    }
    assert_eq!(desk.traces().await, before);
}

async fn only_publishers_retract_and_only_what_is_live(desk: TestDesk) {
    let live = desk.published("Live").await;
    let fresh = desk.draft("Fresh").await;

    for somebody in [desk.writer(), desk.editor(), desk.legal()] {
        assert_eq!(somebody.retract(&live.draft, NOTICE).await.code(), "FORBIDDEN");
    }
    assert_eq!(desk.publisher().retract(&fresh, NOTICE).await.code(), "INVALID_TRANSITION");
    assert_eq!(desk.admin().retract(&live.draft, NOTICE).await.draft().state, "RETRACTED");
}

async fn a_retraction_says_something(desk: TestDesk) {
    let live = desk.published("Live").await;

    let blank = desk.publisher().retract(&live.draft, " \n ").await;

    assert_eq!(blank.fields(), ["notice"]);
    assert_eq!(desk.editor().read(&live.draft).await.state, "PUBLISHED");
}

async fn nothing_that_was_planned_for_it_happens_any_more(desk: TestDesk) {
    let live = desk.published("Planned").await;
    let next = desk.writer().update(&live.draft, json!({ "dek": "The next edition" })).await.draft();
    let next = desk.writer().submit(&next).await.draft();
    let next = desk.editor().approve(&next).await.draft();
    desk.publisher().schedule(&next, &hence(500), json!({})).await.data();

    desk.publisher().retract(&next, NOTICE).await.data();
    let witness = desk.approved("Witness").await;
    desk.publisher().schedule(&witness, &hence(600), json!({})).await.data();
    desk.awaited(&witness, "ARTICLE_PUBLISHED").await;

    assert_eq!(desk.editor().read(&next).await.state, "RETRACTED");
    assert_eq!(desk.anonymous().article(&live.slug, "edition retraction { notice }").await, json!({ "edition": 1, "retraction": { "notice": NOTICE } }));
    assert!(desk.editor().look(&next, "schedule { publishAt }").await["schedule"].is_null());
}

async fn newer_work_of_a_retracted_article_goes_with_it(desk: TestDesk) {
    let live = desk.published("Being changed").await;
    let newer = desk.writer().update(&live.draft, json!({ "dek": "Under way" })).await.draft();

    let retracted = desk.publisher().retract(&newer, NOTICE).await.draft();

    assert_eq!((retracted.state.as_str(), retracted.revision), ("RETRACTED", 2));
    assert_eq!(desk.writer().update(&retracted, json!({ "dek": "x" })).await.code(), "INVALID_TRANSITION");
}

async fn a_former_slug_leads_to_the_notice_too(desk: TestDesk) {
    let live = desk.published("First name").await;
    let renamed = desk.next_edition(&live, json!({ "slug": "second-name" })).await;

    desk.publisher().retract(&renamed.draft, NOTICE).await.data();

    let seen = desk.anonymous().article("first-name", "slug retraction { notice }").await;
    assert_eq!(seen, json!({ "slug": "second-name", "retraction": { "notice": NOTICE } }));
    assert_eq!(desk.writer().create(json!({ "headline": "x", "slug": "first-name" })).await.code(), "SLUG_TAKEN");
}
