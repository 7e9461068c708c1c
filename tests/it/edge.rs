//! What a CDN and a reader's own cache are told, and what is never kept for others.

use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::json;

use crate::support::{TestDesk, both};

both![
    what_did_not_change_is_not_sent_again,
    answers_name_what_they_are_purged_by,
    an_answer_is_packed_as_the_client_takes_it,
    nobody_gets_what_was_read_for_somebody,
    blanks_and_comments_make_no_other_question,
    an_error_is_at_its_place_in_the_text_that_came,
    a_preview_is_never_kept,
];

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

async fn what_did_not_change_is_not_sent_again(desk: TestDesk) {
    let live = desk.published_with("Tides", json!({ "slug": "tides" })).await;
    let query = "{ article(slug: \"tides\") { headline } }";
    let first = desk.anonymous().get(query).await;
    let etag = header(&first.headers, "etag").to_owned();
    assert!(etag.starts_with('"'), "{etag}");
    assert_eq!(header(&first.headers, "cache-control"), "public, no-cache");

    let again = desk.anonymous().with_header("if-none-match", &format!("\"other\", W/{etag}")).get(query).await;
    assert_eq!((again.status, header(&again.headers, "etag")), (304, etag.as_str()));

    desk.next_edition(&live, json!({ "headline": "Tides turned" })).await;
    let changed = desk.anonymous().with_header("if-none-match", &etag).get(query).await;
    assert_eq!(changed.at("/article/headline"), "Tides turned");
    assert_ne!(header(&changed.headers, "etag"), etag);

    let posted = desk.anonymous().ask(query).await;
    assert_eq!(header(&posted.headers, "cache-control"), "no-store");
}

async fn answers_name_what_they_are_purged_by(desk: TestDesk) {
    let live = desk.published_with("Tides", json!({ "slug": "tides" })).await;

    let answer = desk.anonymous().get("{ article(slug: \"tides\") { headline authors { name } } }").await;

    let keys: Vec<&str> = header(&answer.headers, "surrogate-key").split(' ').collect();
    for key in ["all", "at:tides", &live.article, &desk.cast.author] {
        assert!(keys.contains(&key), "{key} is not among {keys:?}");
    }
    assert_eq!(header(&answer.headers, "cache-tag"), keys.join(","));
    assert!(!answer.headers.contains_key("surrogate-control"));
    let edge = desk.again_with(|settings| settings.wire.edge_seconds = 600).await;
    let answer = edge.anonymous().get("{ articles(first: 3) { nodes { headline } } }").await;
    assert_eq!(header(&answer.headers, "surrogate-control"), "max-age=600");
    assert_eq!(header(&answer.headers, "cache-control"), "public, no-cache");
}

async fn an_answer_is_packed_as_the_client_takes_it(desk: TestDesk) {
    desk.published_with("Tides", json!({ "slug": "tides", "body": "The tide comes in. ".repeat(200) })).await;
    let query = "{ article(slug: \"tides\") { body { html } } }";
    let plain = desk.anonymous().get(query).await;
    for (accepted, packed) in [("gzip, deflate", "gzip"), ("gzip, br", "br"), ("identity", ""), ("br;q=0, gzip;q=0", "")] {
        for _ in 0..2 {
            let answer = desk.anonymous().with_header("accept-encoding", accepted).get(query).await;
            assert_eq!(header(&answer.headers, "content-encoding"), packed, "{accepted}");
            assert_eq!(header(&answer.headers, "etag") == header(&plain.headers, "etag"), packed.is_empty(), "{accepted}");
            let posted = desk.anonymous().with_header("accept-encoding", accepted).ask(query).await;
            assert_eq!(header(&posted.headers, "content-encoding"), packed, "{accepted}, posted");
        }
    }
}

async fn nobody_gets_what_was_read_for_somebody(desk: TestDesk) {
    let live = desk.published_with("Tides", json!({ "slug": "tides" })).await;
    let query = "{ viewer { name } article(slug: \"tides\") { headline draft { id } } }";
    for _ in 0..2 {
        let staff = desk.writer().ask(query).await;
        assert_eq!(staff.at("/article/draft/id"), live.draft.id.as_str());
        let reader = desk.anonymous().ask(query).await;
        assert_eq!(reader.data(), &json!({ "viewer": null, "article": { "headline": "Tides", "draft": null } }));
        let token = HeaderValue::from_static("Bearer not-a-token");
        let stranger = desk.anonymous().with_header("authorization", token.to_str().unwrap()).ask(query).await;
        assert_eq!(stranger.data(), reader.data());
    }
}

async fn blanks_and_comments_make_no_other_question(desk: TestDesk) {
    desk.published_with("Tides", json!({ "slug": "tides" })).await;
    let first = desk.anonymous().get("{ article(slug: \"tides\") { headline } }").await;
    let before = desk.desk.database().statements();

    let same = desk.anonymous().get("# Asked otherwise.\n{\n  article ( slug : \"tides\" , ) { headline } }").await;
    let other = desk.anonymous().get("{ article(slug: \"tides \") { headline } }").await;

    assert_eq!(header(&same.headers, "etag"), header(&first.headers, "etag"));
    assert_eq!(other.data(), &json!({ "article": null }));
    assert_eq!(same.body, first.body);
    assert_eq!(desk.desk.database().statements(), before);
}

async fn an_error_is_at_its_place_in_the_text_that_came(desk: TestDesk) {
    let place = async |query: &str| {
        let answer = desk.writer().ask(query).await;
        (answer.code(), answer.error()["locations"].clone())
    };
    for _ in 0..2 {
        let failed = ("BAD_USER_INPUT".to_owned(), json!([{ "line": 1, "column": 3 }]));
        assert_eq!(place("{ articles(first: -1) { totalCount } }").await, failed);
        let failed = ("BAD_USER_INPUT".to_owned(), json!([{ "line": 3, "column": 2 }]));
        assert_eq!(place("# Tides, ä\n{\n\tarticles(first: -1) # none\n{ totalCount } }").await, failed);
    }
}

async fn a_preview_is_never_kept(desk: TestDesk) {
    let draft = desk.draft("Secret").await;
    let made = desk.writer().act("createPreview", "token", json!({ "draftId": draft.id })).await;
    let token = made.text("/createPreview/token");
    let query = format!("{{ preview(token: \"{token}\") {{ headline }} }}");
    let shown = desk.anonymous().get(&query).await;
    assert_eq!(shown.at("/preview/headline"), "Secret");
    assert_eq!(header(&shown.headers, "cache-control"), "no-cache");
    assert!(!shown.headers.contains_key("surrogate-key"));
}
