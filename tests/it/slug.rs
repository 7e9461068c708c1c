//! A slug names one article for ever.

use serde_json::json;

use crate::support::{TestDesk, both};

both![
    a_typed_slug_is_made_good,
    a_typed_slug_of_which_nothing_is_left_is_refused,
    a_headline_in_any_script_still_gets_a_slug,
    a_slug_made_from_a_headline_gets_a_number_where_it_is_taken,
    a_typed_slug_that_is_taken_is_refused_with_one_that_is_free,
    a_long_headline_can_be_used_again_and_again,
    a_slug_that_readers_never_saw_is_free_again_once_it_is_let_go,
    a_slug_that_was_ever_live_is_never_anybody_elses,
    a_former_slug_finds_the_article_in_one_hop,
    a_draft_may_go_back_to_its_own_former_slug,
];

async fn a_typed_slug_is_made_good(desk: TestDesk) {
    for (typed, made) in [
        ("Árvíztűrő", "arvizturo"),
        ("news/2026/The Bridge", "news-2026-the-bridge"),
        ("  --UPPER__and..dots--  ", "upper-and-dots"),
        ("Straße", "strasse"),
        ("a\u{0}b\u{202e}c/../../etc", "abc-etc"),
    ] {
        let draft = desk.draft_with("Any headline", json!({ "slug": typed })).await;

        assert!(draft.slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{typed:?} → {}", draft.slug);
        if !typed.contains('\u{0}') {
            assert_eq!(draft.slug, made, "{typed:?}");
        }
    }
    let long = desk.draft_with("Any headline", json!({ "slug": "word ".repeat(200) })).await;
    assert!(long.slug.len() <= 120 && long.slug.starts_with("word-word") && !long.slug.ends_with('-'), "{}", long.slug);
}

async fn a_typed_slug_of_which_nothing_is_left_is_refused(desk: TestDesk) {
    let draft = desk.draft("Any headline").await;
    let before = desk.traces().await;

    for nothing in ["", "   ", "///", "!?"] {
        assert_eq!(desk.writer().create(json!({ "headline": "x", "slug": nothing })).await.fields(), ["slug"], "{nothing:?}");
        assert_eq!(desk.writer().update(&draft, json!({ "slug": nothing })).await.fields(), ["slug"], "{nothing:?}");
    }

    assert_eq!(desk.traces().await, before);
}

async fn a_headline_in_any_script_still_gets_a_slug(desk: TestDesk) {
    for headline in ["大桥今天开放", "Мост открыт", "جسر مفتوح", "!!!", "🎉🎉", &"Very long words ".repeat(18)] {
        let draft = desk.writer().create(json!({ "headline": headline })).await.draft();

        let is_good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!((1..=120).contains(&draft.slug.len()) && draft.slug.chars().all(is_good), "{headline} → {}", draft.slug);
    }
}

async fn a_slug_made_from_a_headline_gets_a_number_where_it_is_taken(desk: TestDesk) {
    let mut slugs = Vec::new();
    for _ in 0..3 {
        slugs.push(desk.writer().create(json!({ "headline": "Storm hits coast" })).await.draft().slug);
    }

    assert_eq!(slugs[0], "storm-hits-coast");
    assert!(slugs.iter().all(|slug| slug.starts_with("storm-hits-coast")), "{slugs:?}");
    slugs.dedup();
    assert_eq!(slugs.len(), 3);
}

async fn a_typed_slug_that_is_taken_is_refused_with_one_that_is_free(desk: TestDesk) {
    desk.draft_with("The first", json!({ "slug": "storm" })).await;
    let second = desk.draft("The second").await;
    let before = desk.traces().await;

    let create = desk.writer().create(json!({ "headline": "The third", "slug": "Storm" })).await;
    let update = desk.writer().update(&second, json!({ "slug": "storm", "headline": "Not this either" })).await;
    let untouched = desk.traces().await;
    let suggestion = update.error()["extensions"]["suggestion"].as_str().unwrap_or_default().to_owned();
    let taken = desk.writer().update(&second, json!({ "slug": suggestion })).await.draft();

    assert_eq!([create.code(), update.code()], ["SLUG_TAKEN"; 2]);
    assert_eq!(untouched, before);
    assert_eq!(taken.slug, suggestion);
}

async fn a_slug_that_readers_never_saw_is_free_again_once_it_is_let_go(desk: TestDesk) {
    let first = desk.draft_with("The first", json!({ "slug": "storm" })).await;
    desk.writer().update(&first, json!({ "slug": "gale" })).await.draft();

    let second = desk.draft_with("The second", json!({ "slug": "storm" })).await;

    assert_eq!(second.slug, "storm");
}

async fn a_slug_that_was_ever_live_is_never_anybody_elses(desk: TestDesk) {
    let live = desk.published_with("The first", json!({ "slug": "storm" })).await;
    desk.next_edition(&live, json!({ "slug": "gale" })).await;
    desk.publisher().unpublish(&live.draft, json!({})).await.draft();

    for slug in ["storm", "gale"] {
        let refused = desk.writer().create(json!({ "headline": "The second", "slug": slug })).await;
        assert_eq!(refused.code(), "SLUG_TAKEN", "{slug}");
    }
}

async fn a_former_slug_finds_the_article_in_one_hop(desk: TestDesk) {
    let first = desk.published_with("Once", json!({ "slug": "one" })).await;
    let second = desk.next_edition(&first, json!({ "slug": "two" })).await;
    desk.next_edition(&second, json!({ "slug": "three" })).await;

    for slug in ["one", "two", "three"] {
        let found = desk.anonymous().article(slug, "id slug url edition").await;
        assert_eq!(
            found,
            json!({ "id": first.article, "slug": "three", "url": "https://newsroom.example/three", "edition": 3 }),
            "by {slug}"
        );
    }
    assert!(desk.anonymous().article("four", "id").await.is_null());
}

async fn a_draft_may_go_back_to_its_own_former_slug(desk: TestDesk) {
    let first = desk.published_with("Once", json!({ "slug": "one" })).await;
    let second = desk.next_edition(&first, json!({ "slug": "two" })).await;

    let third = desk.next_edition(&second, json!({ "slug": "one" })).await;

    assert_eq!(third.slug, "one");
    assert_eq!(desk.anonymous().article("two", "slug").await["slug"], "one");
}

async fn a_long_headline_can_be_used_again_and_again(desk: TestDesk) {
    for headline in ["y".repeat(105), "x".repeat(120), "word ".repeat(40)] {
        let mut slugs = Vec::new();
        for _ in 0..4 {
            slugs.push(desk.draft(&headline).await.slug);
        }
        slugs.dedup();
        assert_eq!(slugs.len(), 4, "{slugs:?}");

        let taken = desk.writer().create(json!({ "headline": "Any", "slug": slugs[0] })).await;
        assert_eq!(taken.code(), "SLUG_TAKEN");
        let suggestion = taken.error()["extensions"]["suggestion"].clone();
        desk.writer().create(json!({ "headline": "Any", "slug": suggestion })).await.data();

        for _ in 0..4 {
            desk.editor().create_author(json!({ "name": headline.trim() })).await.data();
        }
    }
}
