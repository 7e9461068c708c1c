//! Previews: what one revision would look like to readers, for whoever holds the token.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{Client, Draft, TestDesk, both, hence, instant};

both![
    a_preview_shows_its_revision_as_readers_would_see_it,
    a_preview_stays_with_its_revision_and_outlives_publishing,
    a_previews_id_is_its_own,
    a_preview_tells_the_planned_time_and_the_next_edition,
    all_staff_may_make_previews_and_nobody_else,
    a_preview_is_good_for_a_minute_to_thirty_days,
    a_preview_needs_a_section_and_a_revision_that_exists,
    wrong_and_foreign_tokens_show_nothing,
    a_preview_shows_nothing_that_is_not_its_own,
    the_page_shows_the_same_and_is_kept_nowhere,
    the_page_of_a_wrong_token_says_so_and_always_the_same,
    a_preview_carries_its_disclosure,
    a_preview_shows_related_links_as_readers_get_them,
    a_preview_of_a_live_article_has_its_corrections,
    a_retracted_draft_is_previewed_no_more,
    a_preview_is_on_record_without_its_token,
];

async fn preview(somebody: &Client, draft: &Draft, more: Value) -> String {
    let input = crate::support::joined(json!({ "draftId": draft.id }), more);
    somebody.act("createPreview", "token url expiresAt", input).await.text("/createPreview/token")
}

async fn shown(reader: &Client, token: &str, selection: &str) -> Value {
    let answer = reader.send(&format!("query($token: String!) {{ preview(token: $token) {{ {selection} }} }}"), json!({ "token": token })).await;
    answer.at("/preview").clone()
}

async fn a_preview_shows_its_revision_as_readers_would_see_it(desk: TestDesk) {
    let other = desk.published("Beside it").await;
    let draft = desk.draft_with("Unseen", json!({ "tags": ["Tide", "Never used before"] })).await;
    desk.editor().relate(&draft, json!([{ "draftId": other.draft.id, "kind": "BACKGROUND" }, { "url": "https://a.example/", "title": "Elsewhere" }])).await.data();

    let token = preview(&desk.writer(), &draft, json!({})).await;
    let seen = shown(
        &desk.anonymous(),
        &token,
        "headline dek slug url edition body { markdown html } section { name } authors { name } tags { name slug } related { kind title }
         editions { totalCount } corrections { note } retraction { notice } draft { id } seo { canonicalUrl jsonLd }",
    )
    .await;

    assert_eq!((&seen["headline"], &seen["dek"], &seen["slug"]), (&json!("Unseen"), &json!("A line under it."), &json!("unseen")));
    assert_eq!(seen["url"], "https://newsroom.example/unseen");
    assert_eq!((&seen["section"]["name"], &seen["authors"]), (&json!("News"), &json!([{ "name": "Ada Quill" }])));
    assert_eq!(seen["tags"], json!([{ "name": "Tide", "slug": "tide" }, { "name": "Never used before", "slug": "never-used-before" }]));
    assert_eq!(seen["related"], json!([{ "kind": "BACKGROUND", "title": "Beside it" }, { "kind": "RELATED", "title": "Elsewhere" }]));
    assert_eq!((&seen["edition"], &seen["editions"]["totalCount"]), (&json!(1), &json!(0)));
    assert_eq!((&seen["draft"], &seen["retraction"]), (&json!(null), &json!(null)), "readers get nothing of the staff's");
    assert_eq!(seen["seo"]["jsonLd"]["author"][0]["name"], "Ada Quill");
    assert_eq!(seen["seo"]["jsonLd"]["keywords"], json!(["Tide", "Never used before"]));
    assert!(desk.anonymous().article("unseen", "id").await.is_null(), "it is live for nobody");
}

async fn a_preview_stays_with_its_revision_and_outlives_publishing(desk: TestDesk) {
    let draft = desk.draft("First words").await;
    let token = preview(&desk.writer(), &draft, json!({})).await;
    let draft = desk.writer().update(&draft, json!({ "headline": "Second words" })).await.draft();
    let named = preview(&desk.writer(), &draft, json!({ "revision": 1 })).await;
    let newest = preview(&desk.writer(), &draft, json!({})).await;

    desk.bring_out(&draft).await;

    for (token, headline) in [(&token, "First words"), (&named, "First words"), (&newest, "Second words")] {
        assert_eq!(shown(&desk.anonymous(), token, "headline").await["headline"], headline);
    }
}

async fn a_previews_id_is_its_own(desk: TestDesk) {
    let live = desk.published("Live").await;
    let token = preview(&desk.writer(), &live.draft, json!({})).await;

    let first = shown(&desk.anonymous(), &token, "id tags { id }").await;
    let second = shown(&desk.anonymous(), &token, "id tags { id }").await;
    let id = first["id"].as_str().unwrap();
    let node = desk.admin().send("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;

    assert_eq!(first, second);
    assert!(id.starts_with("prev_"), "{id}");
    assert_ne!(id, live.article);
    assert!(node.at("/node").is_null(), "no other query knows it");
}

async fn a_preview_tells_the_planned_time_and_the_next_edition(desk: TestDesk) {
    let live = desk.published("Again").await;
    let next = desk.writer().update(&live.draft, json!({ "dek": "Once more" })).await.draft();
    let next = desk.writer().submit(&next).await.draft();
    let next = desk.editor().approve(&next).await.draft();
    let token = preview(&desk.writer(), &next, json!({})).await;
    let unplanned = shown(&desk.anonymous(), &token, "publishedAt updatedAt edition").await;
    let at = hence(3_600_000);

    desk.publisher().schedule(&next, &at, json!({})).await.data();
    let planned = shown(&desk.anonymous(), &token, "publishedAt updatedAt edition").await;

    assert!((Utc::now() - instant(&unplanned["publishedAt"])).abs() < TimeDelta::minutes(1), "unplanned, it is now");
    assert_eq!(planned, json!({ "publishedAt": at, "updatedAt": at, "edition": 2 }));
}

async fn all_staff_may_make_previews_and_nobody_else(desk: TestDesk) {
    let draft = desk.draft("For all").await;

    for somebody in [desk.writer(), desk.editor(), desk.commerce(), desk.legal(), desk.publisher(), desk.another("WRITER").await] {
        assert!(!preview(&somebody, &draft, json!({})).await.is_empty());
    }
    let stranger = desk.anonymous().act("createPreview", "token", json!({ "draftId": draft.id })).await;
    assert_eq!(stranger.code(), "UNAUTHENTICATED");
    let aside = desk.writer().archive(&draft).await.draft();
    assert_eq!(desk.writer().act("createPreview", "token", json!({ "draftId": aside.id })).await.code(), "INVALID_TRANSITION");
}

async fn a_preview_is_good_for_a_minute_to_thirty_days(desk: TestDesk) {
    let draft = desk.draft("How long").await;
    let make = |minutes: Value| { let (writer, id) = (desk.writer(), draft.id.clone()); async move {
        writer.act("createPreview", "token expiresAt", json!({ "draftId": id, "expiresInMinutes": minutes })).await
    } };

    for minutes in [0, -1, 43_201, i32::MAX] {
        assert_eq!(make(json!(minutes)).await.fields(), ["expiresInMinutes"], "{minutes}");
    }
    for minutes in [1, 43_200] {
        let expires = instant(make(json!(minutes)).await.at("/createPreview/expiresAt"));
        assert!((expires - Utc::now() - TimeDelta::minutes(minutes)).abs() < TimeDelta::minutes(1));
    }
    let usual = desk.writer().act("createPreview", "expiresAt", json!({ "draftId": draft.id })).await;
    assert!((instant(usual.at("/createPreview/expiresAt")) - Utc::now() - TimeDelta::days(1)).abs() < TimeDelta::minutes(1));
}

async fn a_preview_needs_a_section_and_a_revision_that_exists(desk: TestDesk) {
    let draft = desk.writer().create(json!({ "headline": "Nowhere yet" })).await.draft();

    let nowhere = desk.writer().act("createPreview", "token", json!({ "draftId": draft.id })).await;
    let missing = desk.writer().act("createPreview", "token", json!({ "draftId": draft.id, "revision": 7 })).await;

    assert_eq!(nowhere.code(), "CHECKS_FAILED");
    assert_eq!(nowhere.error()["extensions"]["checks"][0]["code"], "SECTION");
    assert_eq!((missing.code().as_str(), &missing.error()["extensions"]["currentRevision"]), ("STALE_REVISION", &json!(1)));
}

async fn wrong_and_foreign_tokens_show_nothing(desk: TestDesk) {
    let draft = desk.draft("Hidden").await;
    let token = preview(&desk.writer(), &draft, json!({})).await;
    let session = desk.writer().person().token.clone();

    let shortened = token[..token.len() - 1].to_owned();
    for wrong in ["", "nonsense", &shortened, &format!("{token} "), &session, &draft.id, "\u{0}"] {
        assert!(shown(&desk.anonymous(), wrong, "id").await.is_null(), "{wrong}");
        assert!(shown(&desk.admin(), wrong, "id").await.is_null(), "{wrong}");
    }
    assert_eq!(desk.anonymous().with_bearer(&token).ask("{ viewer { id } }").await.at("/viewer"), &json!(null), "it signs nobody in");
}

async fn a_preview_shows_nothing_that_is_not_its_own(desk: TestDesk) {
    let secret = desk.draft("Another secret").await;
    let draft = desk.draft("Shown").await;
    desk.editor().relate(&draft, json!([{ "draftId": secret.id }])).await.data();

    let token = preview(&desk.writer(), &draft, json!({})).await;
    let seen = shown(&desk.anonymous(), &token, "related { title } authors { articles { nodes { slug } } } section { articles { nodes { slug } } }").await;

    assert_eq!(seen["related"], json!([]));
    assert_eq!(seen["authors"][0]["articles"]["nodes"], json!([]));
    assert_eq!(seen["section"]["articles"]["nodes"], json!([]));
}

async fn the_page_shows_the_same_and_is_kept_nowhere(desk: TestDesk) {
    let draft = desk.draft_with("A page <of> its own", json!({ "body": "First.\n\n<script>alert(1)</script>\n\nLast." })).await;
    let token = preview(&desk.writer(), &draft, json!({})).await;

    let (http, _) = desk.http();
    let page = http.get(format!("http://{}/preview/{token}", desk.address)).send().await.unwrap();
    let header = |name: &str| page.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();

    assert_eq!((page.status().as_u16(), header("content-type").as_str()), (200, "text/html; charset=utf-8"));
    assert!(header("cache-control").contains("no-store") && header("x-robots-tag").contains("noindex"));
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert!(header("content-security-policy").contains("default-src 'none'"));
    let text = page.text().await.unwrap();
    for words in ["A page &lt;of&gt; its own", "A line under it.", "Ada Quill", "First.", "Last.", "News"] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    assert!(!text.contains("<script"), "{text}");
}

async fn the_page_of_a_wrong_token_says_so_and_always_the_same(desk: TestDesk) {
    let draft = desk.draft("Hidden").await;
    let token = preview(&desk.writer(), &draft, json!({})).await;
    let session = desk.writer().person().token.clone();

    let first = desk.get("/preview/nonsense").await;

    assert_eq!(first.0, 404);
    for wrong in [format!("{token}x"), session, "%00".to_owned(), "a".repeat(4_000), draft.id.clone()] {
        assert_eq!(desk.get(&format!("/preview/{wrong}")).await, first, "{wrong}");
    }
}

async fn a_preview_carries_its_disclosure(desk: TestDesk) {
    let body = "Buy [the lamp](https://www.amazon.com/dp/B000000001?tag=copydeskdemo-20).";
    let draft = desk.draft_with("A lamp", json!({ "body": body })).await;
    let token = preview(&desk.writer(), &draft, json!({})).await;

    let seen = shown(&desk.anonymous(), &token, "affiliateDisclosure { text } body { html blocks { __typename } }").await;
    let (_, page) = desk.get(&format!("/preview/{token}")).await;

    let text = seen["affiliateDisclosure"]["text"].as_str().unwrap();
    assert_eq!(seen["body"]["blocks"][0]["__typename"], "DisclosureBlock");
    assert!(seen["body"]["html"].as_str().unwrap().contains("rel=\"sponsored"));
    assert!(page.contains(&text[..20]) && page.contains("rel=\"sponsored"), "{page}");
}

async fn a_preview_shows_related_links_as_readers_get_them(desk: TestDesk) {
    let live = desk.published("The lamps of before").await;
    let draft = desk.draft("A lamp").await;
    let links = json!([
        { "draftId": live.draft.id, "kind": "SERIES" }, { "url": "https://www.amazon.com/dp/B000000001?tag=copydeskdemo-20", "title": "The shop" }, { "url": "https://plain.example/", "title": "A page" }
    ]);
    desk.writer().relate(&draft, links).await.data();
    let token = preview(&desk.writer(), &draft, json!({})).await;

    let seen = shown(&desk.anonymous(), &token, "id series { part articles { id slug } } related(suggest: false) { title target { ... on ExternalPage { rel } } } affiliateDisclosure { text }").await;
    let (status, page) = desk.get(&format!("/preview/{token}")).await;

    assert_eq!(seen["related"], json!([{ "title": "The lamps of before", "target": {} }, { "title": "The shop", "target": { "rel": "sponsored" } }, { "title": "A page", "target": { "rel": null } }]));
    assert!(seen["affiliateDisclosure"].is_object(), "{seen}");
    assert_eq!(seen["series"]["articles"], json!([{ "id": seen["id"], "slug": "a-lamp" }, { "id": live.article, "slug": live.slug }]));
    assert_eq!(status, 200, "{page}");
    let anchor = |title: &str| page.split("<a ").find(|part| part.contains(&format!(">{title}<"))).unwrap().to_owned();
    assert!(anchor("The shop").contains("rel=\"sponsored\""), "{page}");
    assert!(!anchor("A page").contains("rel=") && !anchor("The lamps of before").contains("rel="), "{page}");
}

async fn a_preview_of_a_live_article_has_its_corrections(desk: TestDesk) {
    let live = desk.published("Once wrong").await;
    let next = desk.writer().update(&live.draft, json!({ "dek": "Right" })).await.draft();
    let next = desk.writer().submit(&next).await.draft();
    let next = desk.editor().approve(&next).await.draft();
    let next = desk.publisher().publish_with(&next, json!({ "correction": { "kind": "CORRECTION", "note": "The dek was wrong." } })).await.draft();

    let token = preview(&desk.writer(), &next, json!({})).await;

    let seen = shown(&desk.anonymous(), &token, "edition editions { totalCount } corrections { kind note }").await;
    assert_eq!(seen, json!({ "edition": 3, "editions": { "totalCount": 2 }, "corrections": [{ "kind": "CORRECTION", "note": "The dek was wrong." }] }));
}

async fn a_retracted_draft_is_previewed_no_more(desk: TestDesk) {
    let live = desk.published("Not so").await;
    let token = preview(&desk.writer(), &live.draft, json!({})).await;
    assert!(shown(&desk.anonymous(), &token, "id").await.is_object());

    desk.publisher().retract(&live.draft, "It was not so.").await.data();

    assert!(shown(&desk.anonymous(), &token, "id").await.is_null());
    assert_eq!(desk.get(&format!("/preview/{token}")).await.0, 404);
}

async fn a_preview_is_on_record_without_its_token(desk: TestDesk) {
    let draft = desk.draft("On record").await;

    let token = preview(&desk.legal(), &draft, json!({})).await;

    let seen = desk.editor().look(&draft, "history(last: 1) { nodes { type actor { id } revision { number } summary details } }").await;
    let event = &seen["history"]["nodes"][0];
    assert_eq!((&event["type"], &event["actor"]["id"], &event["revision"]["number"]), (&json!("PREVIEW_CREATED"), &json!(desk.legal().id()), &json!(1)));
    assert!(!event.to_string().contains(&token));
}
