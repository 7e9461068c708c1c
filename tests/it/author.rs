//! Authors and sections: what bylines and pages are made of.

use serde_json::json;

use crate::support::{TestDesk, both};

both![
    a_profile_is_what_readers_see_of_an_author,
    editors_keep_authors_and_sections_and_nobody_else_does,
    renaming_keeps_the_slug,
    a_slug_from_a_name_gets_a_number_and_a_typed_one_is_refused,
    a_change_on_an_older_version_is_a_conflict,
    a_change_that_changes_nothing_makes_no_version,
    null_clears_what_may_be_empty,
    what_is_wrong_with_a_profile_is_told_at_once,
    a_user_has_one_profile,
    each_change_is_an_event,
    authors_are_listed_oldest_first_and_paged_both_ways,
    a_section_is_described_and_found_by_its_slug,
];

const AUTHOR: &str = "author { id slug name title bio bioHtml url version links { label url } user { id } }";

async fn a_profile_is_what_readers_see_of_an_author(desk: TestDesk) {
    let input = json!({
        "name": "Zoë Kraft", "title": "Senior film writer", "bio": "Writes **well**. <script>alert(1)</script>",
        "links": [{ "label": "mastodon", "url": "https://social.example/@zoe" }]
    });

    desk.editor().act("createAuthor", AUTHOR, input).await.data();
    let seen = desk.anonymous().ask("{ author(slug: \"zoe-kraft\") { name title bio bioHtml url version links { label url } } }").await;

    let author = seen.at("/author");
    assert_eq!((&author["name"], &author["title"], &author["version"]), (&json!("Zoë Kraft"), &json!("Senior film writer"), &json!(1)));
    assert_eq!(author["links"], json!([{ "label": "mastodon", "url": "https://social.example/@zoe" }]));
    let html = author["bioHtml"].as_str().unwrap();
    assert!(html.contains("<strong>well</strong>") && !html.contains("<script"), "{html}");
    assert!(author["url"].as_str().is_some_and(|url| url.starts_with("https://newsroom.example/") && url.contains("zoe-kraft")));
}

async fn editors_keep_authors_and_sections_and_nobody_else_does(desk: TestDesk) {
    let before = desk.traces().await;

    for somebody in [desk.writer(), desk.commerce(), desk.legal(), desk.publisher()] {
        assert_eq!(somebody.create_author(json!({ "name": "New" })).await.code(), "FORBIDDEN");
        assert_eq!(somebody.update_author(json!({ "authorId": desk.cast.author, "name": "New" })).await.code(), "FORBIDDEN");
        assert_eq!(somebody.create_section(json!({ "name": "New" })).await.code(), "FORBIDDEN");
        assert_eq!(somebody.update_section(json!({ "sectionId": desk.cast.section, "name": "New" })).await.code(), "FORBIDDEN");
    }
    assert_eq!(desk.anonymous().create_author(json!({ "name": "New" })).await.code(), "UNAUTHENTICATED");
    assert_eq!(desk.anonymous().update_section(json!({ "sectionId": desk.cast.section })).await.code(), "UNAUTHENTICATED");

    assert_eq!(desk.traces().await, before);
}

async fn renaming_keeps_the_slug(desk: TestDesk) {
    let live = desk.published("By Ada").await;

    let author = desk.editor().update_author(json!({ "authorId": desk.cast.author, "name": "Ada Quill-Stone" })).await;
    let section = desk.editor().update_section(json!({ "sectionId": desk.cast.section, "name": "All the News" })).await;

    assert_eq!((author.text("/updateAuthor/author/slug"), author.number("/updateAuthor/author/version")), ("ada-quill".into(), 2));
    assert_eq!(section.text("/updateSection/section/slug"), "news");
    let seen = desk.anonymous().article(&live.slug, "authors { name slug } section { name slug }").await;
    assert_eq!(seen, json!({ "authors": [{ "name": "Ada Quill-Stone", "slug": "ada-quill" }], "section": { "name": "All the News", "slug": "news" } }));
}

async fn a_slug_from_a_name_gets_a_number_and_a_typed_one_is_refused(desk: TestDesk) {
    let namesake = desk.editor().create_author(json!({ "name": "Ada Quill" })).await;
    let section = desk.editor().create_section(json!({ "name": "News" })).await;

    let author_taken = desk.editor().create_author(json!({ "name": "X", "slug": "Ada Quill" })).await;
    let section_taken = desk.editor().update_section(json!({ "sectionId": desk.cast.other_section, "slug": "news" })).await;

    assert_eq!(namesake.text("/createAuthor/author/slug"), "ada-quill-2");
    assert_eq!(section.text("/createSection/section/slug"), "news-2");
    assert_eq!([author_taken.code(), section_taken.code()], ["SLUG_TAKEN"; 2]);
    let suggestion = author_taken.error()["extensions"]["suggestion"].as_str().unwrap();
    desk.editor().create_author(json!({ "name": "X", "slug": suggestion })).await.data();
}

async fn a_change_on_an_older_version_is_a_conflict(desk: TestDesk) {
    desk.editor().update_author(json!({ "authorId": desk.cast.author, "baseVersion": 1, "title": "By the first" })).await.data();
    desk.editor().update_section(json!({ "sectionId": desk.cast.section, "baseVersion": 1, "description": "By the first" })).await.data();
    let before = desk.traces().await;

    let author = desk.editor().update_author(json!({ "authorId": desk.cast.author, "baseVersion": 1, "title": "By the second" })).await;
    let section = desk.editor().update_section(json!({ "sectionId": desk.cast.section, "baseVersion": 1, "description": "By the second" })).await;

    assert_eq!([author.code(), section.code()], ["CONFLICT"; 2]);
    assert_eq!(desk.traces().await, before);
    let unseen = desk.editor().update_author(json!({ "authorId": desk.cast.author, "title": "Without a base" })).await;
    assert_eq!(unseen.number("/updateAuthor/author/version"), 3);
}

async fn a_change_that_changes_nothing_makes_no_version(desk: TestDesk) {
    let before = desk.traces().await;

    let author = desk.editor().update_author(json!({ "authorId": desk.cast.author, "name": "Ada Quill", "bio": null })).await;
    let section = desk.editor().update_section(json!({ "sectionId": desk.cast.section, "name": "News" })).await;

    assert_eq!((author.number("/updateAuthor/author/version"), section.number("/updateSection/section/version")), (1, 1));
    assert_eq!(desk.traces().await, before);
}

async fn null_clears_what_may_be_empty(desk: TestDesk) {
    let input = json!({ "authorId": desk.cast.author, "title": "T", "bio": "B", "links": [{ "label": "web", "url": "https://a.example/" }], "userId": desk.writer().id() });
    desk.editor().act("updateAuthor", AUTHOR, input).await.data();

    let input = json!({ "authorId": desk.cast.author, "title": null, "bio": null, "links": null, "userId": null });
    let cleared = desk.editor().act("updateAuthor", AUTHOR, input).await;

    let author = cleared.at("/updateAuthor/author");
    for field in ["title", "bio", "bioHtml", "user"] {
        assert!(author[field].is_null(), "{field}: {author}");
    }
    assert_eq!(author["links"], json!([]));
    assert_eq!(author["version"], 3);
}

async fn what_is_wrong_with_a_profile_is_told_at_once(desk: TestDesk) {
    let before = desk.traces().await;

    let answer = desk.editor().create_author(json!({ "name": " ", "slug": "///", "title": "x\u{0}", "bio": "x\u{0}" })).await;
    let link = desk.editor().create_author(json!({ "name": "X", "links": [{ "label": "evil", "url": "javascript:alert(1)" }] })).await;
    let mut fields = answer.fields();
    fields.sort();

    assert_eq!(fields, ["bio", "name", "slug", "title"]);
    assert_eq!(link.code(), "BAD_USER_INPUT");
    assert_eq!(desk.traces().await, before);
}

async fn a_user_has_one_profile(desk: TestDesk) {
    let (writer, _) = desk.bylined("WRITER").await;

    let second = desk.editor().create_author(json!({ "name": "Again", "userId": writer.id() })).await;

    assert_eq!(second.code(), "BAD_USER_INPUT");
    assert_eq!(second.fields(), ["userId"]);
}

async fn each_change_is_an_event(desk: TestDesk) {
    let count = async || desk.admin().ask("{ events { totalCount } }").await.number("/events/totalCount");
    let before = count().await;

    desk.editor().create_author(json!({ "name": "New" })).await.data();
    desk.editor().update_section(json!({ "sectionId": desk.cast.section, "name": "Newer" })).await.data();

    let events = desk.writer().ask("{ events(last: 2) { nodes { type actor { id } summary } } }").await;
    assert_eq!(count().await, before + 2);
    assert_eq!(events.texts("/events/nodes", "type"), ["AUTHOR_CHANGED", "SECTION_CHANGED"]);
    assert_eq!(events.at("/events/nodes/0/actor/id"), desk.editor().id());
}

async fn authors_are_listed_oldest_first_and_paged_both_ways(desk: TestDesk) {
    for name in ["Cy", "Di", "Ed"] {
        desk.editor().create_author(json!({ "name": name })).await.data();
    }

    let first = desk.anonymous().ask("{ authors(first: 2) { totalCount nodes { name } pageInfo { endCursor } } }").await;
    let query = "query($after: String) { authors(first: 10, after: $after) { nodes { name } pageInfo { hasNextPage } } }";
    let rest = desk.anonymous().send(query, json!({ "after": first.at("/authors/pageInfo/endCursor") })).await;
    let last = desk.anonymous().ask("{ authors(last: 2) { nodes { name } pageInfo { hasPreviousPage } } }").await;

    assert_eq!(first.number("/authors/totalCount"), 5);
    assert_eq!(first.texts("/authors/nodes", "name"), ["Ada Quill", "Ben Ink"]);
    assert_eq!(rest.texts("/authors/nodes", "name"), ["Cy", "Di", "Ed"]);
    assert_eq!(last.texts("/authors/nodes", "name"), ["Di", "Ed"]);
    assert_eq!(last.at("/authors/pageInfo/hasPreviousPage"), true);
}

async fn a_section_is_described_and_found_by_its_slug(desk: TestDesk) {
    let made = desk.editor().create_section(json!({ "name": "Film & TV", "description": "Screens." })).await;

    let seen = desk.anonymous().ask("{ section(slug: \"film-tv\") { id name description } sections { name } }").await;

    assert_eq!(seen.at("/section/id"), made.at("/createSection/section/id"));
    assert_eq!(seen.text("/section/description"), "Screens.");
    assert_eq!(seen.texts("/sections", "name"), ["News", "Culture", "Film & TV"]);
}
