//! Posts from elsewhere become live articles, by one command.

use serde_json::{Value, json};

use crate::support::{TestDesk, both, copydesk, data};

both![
    posts_become_live_articles_with_their_dates_authors_tags_and_slugs,
    links_between_posts_lead_to_the_articles_here,
    a_broken_file_is_named_with_its_line_and_the_rest_goes_on,
    a_second_run_changes_nothing,
    what_was_imported_is_on_record_and_goes_on_as_a_draft,
    affiliate_links_of_imported_posts_are_disclosed_too,
    only_an_administrator_answers_for_an_import,
];

fn import(desk: &TestDesk, who: &str, more: &[&str]) -> crate::support::Ended {
    let (posts, authors) = (data("posts"), data("posts/authors.yml"));
    let arguments: Vec<&str> =
        ["import", "markdown", &posts, "--as-user", who, "--authors", &authors].into_iter().chain(more.iter().copied()).collect();
    copydesk(&desk.url, &arguments, "")
}

/// Imports, and gives a desk on a server that was started after that.
async fn imported(desk: &TestDesk) -> (TestDesk, crate::support::Ended) {
    let ended = import(desk, &desk.admin().person().email, &[]);
    (desk.again().await, ended)
}

async fn posts_become_live_articles_with_their_dates_authors_tags_and_slugs(desk: TestDesk) {
    let (desk, _) = imported(&desk).await;

    let query = "{ articles { totalCount nodes { slug headline dek publishedAt updatedAt edition section { name } authors { name title bio } tags { name } } } }";
    let seen = desk.anonymous().ask(query).await;

    let ada = json!({ "name": "Ada Moss", "title": "Harbour correspondent", "bio": "Writes about water." });
    let bo = json!({ "name": "Bo Finch", "title": null, "bio": null });
    let article = |slug: &str, headline: &str, dek: Value, at: &str, section: &str, authors: Vec<&Value>, tags: &[&str]| {
        let tags: Vec<Value> = tags.iter().map(|tag| json!({ "name": tag })).collect();
        json!({ "slug": slug, "headline": headline, "dek": dek, "publishedAt": at, "updatedAt": at, "edition": 1, "section": { "name": section }, "authors": authors, "tags": tags })
    };
    assert_eq!(seen.number("/articles/totalCount"), 4);
    assert_eq!(
        seen.list("/articles/nodes"),
        [
            article("night-boat", "The night ferry", Value::Null, "2021-06-01T09:00:00.000000Z", "Culture", vec![&ada], &["Harbour"]),
            article("tolls", "Tolls", json!("What a crossing costs."), "2020-03-20T00:00:00.000000Z", "News", vec![&ada], &[]),
            article("the-second-bridge", "The second bridge", Value::Null, "2020-02-15T08:30:00.000000Z", "News", vec![&bo], &["Bridges"]),
            article("opening-day", "Opening day", json!("The first bridge is open."), "2020-01-31T00:00:00.000000Z", "News", vec![&ada, &bo], &["Harbour", "Bridges"]),
        ]
    );
}

async fn links_between_posts_lead_to_the_articles_here(desk: TestDesk) {
    let (desk, _) = imported(&desk).await;
    let html = async |slug: &str| desk.anonymous().article(slug, "body { html }").await["body"]["html"].as_str().unwrap().to_owned();

    let (second, tolls, opening) = (html("the-second-bridge").await, html("tolls").await, html("opening-day").await);
    let related = desk.anonymous().article("tolls", "related(suggest: false) { target { ... on Article { slug } } }").await;

    assert!(second.contains("href=\"https://newsroom.example/opening-day\""), "Jekyll's form: {second}");
    assert!(second.contains("{% post_url 2020-01-31-opening-day %}"), "code stays: {second}");
    assert!(tolls.contains("href=\"https://newsroom.example/opening-day\""), "Eleventy's form: {tolls}");
    assert!(tolls.contains("href=\"https://newsroom.example/the-second-bridge\""), "a plain path: {tolls}");
    assert!(opening.contains("href=\"https://newsroom.example/tolls\""), "a file: {opening}");
    let target = |slug: &str| json!({ "target": { "slug": slug } });
    assert_eq!(related["related"], json!([target("opening-day"), target("the-second-bridge")]));
    assert!(html("night-boat").await.contains("src=\"https://newsroom.example/images/ferry.jpg\""));
}

async fn a_broken_file_is_named_with_its_line_and_the_rest_goes_on(desk: TestDesk) {
    let (desk, ended) = imported(&desk).await;

    assert_eq!(ended.code, Some(1), "{}", ended.said);
    assert!(ended.said.contains("2020-05-01-broken.md:3:"), "{}", ended.said);
    assert!(desk.anonymous().article("broken", "id").await.is_null());
    assert_eq!(desk.anonymous().ask("{ articles { totalCount } }").await.number("/articles/totalCount"), 4);
}

async fn a_second_run_changes_nothing(desk: TestDesk) {
    let (first, _) = imported(&desk).await;
    let before = first.traces().await;

    let (second, ended) = imported(&desk).await;

    assert_eq!(ended.code, Some(1), "the broken file is still there: {}", ended.said);
    assert_eq!(second.traces().await, before);
}

async fn what_was_imported_is_on_record_and_goes_on_as_a_draft(desk: TestDesk) {
    let (desk, _) = imported(&desk).await;
    let admin = desk.admin();

    let log = admin.ask("{ events(filter: { types: [ARTICLE_IMPORTED] }) { totalCount nodes { actor { id } draft { id state revision { number createdBy { id } } } } } }").await;
    let draft = log.at("/events/nodes/0/draft").clone();
    let input = json!({ "draftId": draft["id"], "baseRevision": 1, "dek": "Changed here" });
    let changed = desk.editor().change("updateDraft", input).await.draft();

    assert_eq!(log.number("/events/totalCount"), 4);
    assert!(log.list("/events/nodes").iter().all(|event| event["actor"]["id"] == admin.id()), "{log}");
    assert_eq!((&draft["state"], &draft["revision"]), (&json!("PUBLISHED"), &json!({ "number": 1, "createdBy": null })));
    assert_eq!((changed.state.as_str(), changed.revision), ("DRAFTING", 2));
}

async fn affiliate_links_of_imported_posts_are_disclosed_too(desk: TestDesk) {
    let (desk, _) = imported(&desk).await;

    let seen = desk.anonymous().article("tolls", "affiliateDisclosure { text } body { html }").await;

    assert!(seen["affiliateDisclosure"].is_object());
    assert!(seen["body"]["html"].as_str().unwrap().contains("rel=\"sponsored"), "{seen}");
}

async fn only_an_administrator_answers_for_an_import(desk: TestDesk) {
    let before = desk.traces().await;

    let by_editor = import(&desk, &desk.editor().person().email, &[]);
    let by_nobody = import(&desk, "nobody@newsroom.example", &["--section", "Elsewhere"]);

    for refused in [by_editor, by_nobody] {
        assert!(refused.code.is_some_and(|code| code != 0), "{}", refused.said);
    }
    assert_eq!(desk.again().await.traces().await, before);
}
