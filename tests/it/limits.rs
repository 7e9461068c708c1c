//! A list costs as many statements as one node of it, however long it is, and reads no bodies.

use serde_json::json;

use crate::support::{TestDesk, both};

both![
    articles_take_as_many_statements_for_forty_as_for_five,
    authors_take_as_many_statements_for_forty_as_for_five,
    drafts_take_as_many_statements_for_forty_as_for_five,
    the_log_takes_as_many_statements_for_forty_as_for_five,
    lists_read_no_bodies,
];

/// A few more than forty articles by as many authors, each linked to the one before: also the last
/// of a page leads to one that is not on it.
async fn newsroom(desk: &TestDesk) {
    let mut authors = Vec::new();
    for number in 0..45 {
        authors.push(desk.editor().create_author(json!({ "name": format!("Author {number}") })).await.text("/createAuthor/author/id"));
    }
    let mut last: Option<String> = None;
    for (number, author) in authors.iter().enumerate() {
        let section = if number % 3 == 0 { &desk.cast.other_section } else { &desk.cast.section };
        let more = json!({
            "authorIds": [author, desk.cast.author], "sectionId": section, "tags": [format!("Tag {number}"), "Common"],
            "body": "[Buy](https://www.amazon.com/dp/B0?tag=desk-20)"
        });
        let live = desk.published_with(&format!("Story {number}"), more).await;
        if let Some(target) = &last {
            desk.editor().relate(&live.draft, json!([{ "draftId": target }, { "url": "https://a.example/", "title": "A page" }])).await.data();
        }
        desk.submitted(&format!("Waiting {number}")).await;
        last = Some(live.draft.id);
    }
}

/// Asserts that a query of `$first` nodes takes as many statements for many as for few.
async fn assert_constant(desk: &TestDesk, list: &str, query: &str) {
    newsroom(desk).await;
    let desk = &desk.forgetful().await;
    let mut counts = Vec::new();
    // The first round is not counted: it may fill what is kept from then on.
    for first in [5, 40, 5, 40] {
        let before = desk.desk.database().statements();
        let answer = desk.editor().send(query, json!({ "first": first })).await;
        assert_eq!(answer.list(list).len(), first);
        counts.push(desk.desk.database().statements() - before);
    }
    assert_eq!(counts[2], counts[3], "statements for 5 and for 40 nodes (unwarmed: {} and {})", counts[0], counts[1]);
    assert!(counts[3] < 80, "{} statements for one list", counts[3]);
}

async fn articles_take_as_many_statements_for_forty_as_for_five(desk: TestDesk) {
    let query = "query($first: Int) { articles(first: $first) { totalCount nodes {
        id slug url headline dek publishedAt edition section { name articles(first: 2) { nodes { id } } } tags { name }
        authors { name avatar { url } articles(first: 3) { nodes { headline authors { name } } } }
        heroImage { url } affiliateDisclosure { text } corrections { note } editions(first: 2) { nodes { number revision { number } } }
        related(first: 3, suggest: false) { title target { ... on Article { id authors { name } section { name } } } }
        seo { title jsonLd } draft { id } } } }";
    assert_constant(&desk, "/articles/nodes", query).await;
}

async fn authors_take_as_many_statements_for_forty_as_for_five(desk: TestDesk) {
    let query = "query($first: Int) { authors(first: $first) { totalCount nodes {
        name slug bioHtml avatar { url } user { name } articles(first: 3) { nodes { headline authors { name } section { name } tags { name } } pageInfo { hasNextPage } } } } }";
    assert_constant(&desk, "/authors/nodes", query).await;
}

async fn drafts_take_as_many_statements_for_forty_as_for_five(desk: TestDesk) {
    let query = "query($first: Int) { drafts(first: $first) { totalCount nodes {
        id state owner { name author { name } } article { id slug } allowedActions actions { action isAllowed code } checks { code passed }
        stages { isComplete approvals { reviewer { name } } assignments { reviewer { name } } stage { key } }
        revision { number headline section { name } authors { name } createdBy { name } heroImage { url } }
        reviews(first: 3) { nodes { verdict isStale reviewer { name } revision { number } stage { key } } }
        revisions(last: 2) { nodes { number authors { name } } } relatedLinks { isLive target { ... on Draft { id revision { headline } } } }
        affiliate { disclosureRequired policy { name } links { network } }
        history(last: 3) { nodes { type actor { name } } } } } }";
    assert_constant(&desk, "/drafts/nodes", query).await;
}

async fn the_log_takes_as_many_statements_for_forty_as_for_five(desk: TestDesk) {
    let query = "query($first: Int) { events(last: $first) { totalCount nodes {
        type summary actor { name } draft { id state revision { headline } } article { slug } revision { number } } } }";
    assert_constant(&desk, "/events/nodes", query).await;
}

async fn lists_read_no_bodies(desk: TestDesk) {
    for number in 0..3 {
        desk.published(&format!("Story {number}")).await;
    }

    desk.desk.database().record();
    desk.editor()
        .ask("{ articles { nodes { headline dek section { name } authors { name } } } drafts { nodes { state revision { headline } checks { passed } } } authors { nodes { articles { nodes { headline } } } } }")
        .await
        .data();
    let statements = desk.desk.database().explain().await.unwrap();

    assert!(statements.len() > 4, "{statements:?}");
    for (sql, _) in statements {
        assert!(!sql.contains("revision_bodies") && !sql.contains("revision_texts"), "{sql}");
    }
}
