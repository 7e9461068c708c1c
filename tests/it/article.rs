//! What readers see, and that they see nothing else.

use serde_json::{Value, json};

use crate::support::{Live, TestDesk, both};

both![
    a_list_is_read_forward_page_by_page_without_overlap,
    a_list_is_read_backward_too,
    a_page_stays_where_it_was_while_articles_come_and_go,
    articles_are_filtered_by_what_readers_know,
    articles_are_ordered_as_asked,
    an_article_tells_where_it_is_and_what_engines_want_to_know,
    a_body_comes_as_blocks_html_and_text,
    nothing_of_a_draft_reaches_the_anonymous_by_any_node,
    staff_reach_the_desk_from_an_article_and_readers_do_not,
    sections_authors_and_tags_list_their_live_articles,
    links_to_our_own_articles_follow_their_slugs,
    the_site_has_a_name_and_an_address,
    a_part_of_which_nothing_is_asked_is_there_all_the_same,
];

async fn several(desk: &TestDesk, count: usize) -> Vec<Live> {
    let mut made = Vec::new();
    for number in 0..count {
        made.push(desk.published(&format!("Story number {number}")).await);
    }
    made
}

fn ids(articles: &[Live]) -> Vec<String> {
    articles.iter().map(|live| live.article.clone()).collect()
}

const PAGE: &str = "totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

async fn a_list_is_read_forward_page_by_page_without_overlap(desk: TestDesk) {
    let mut expected = ids(&several(&desk, 7).await);
    expected.reverse();
    let (mut read, mut after, mut pages) = (Vec::new(), Value::Null, Vec::new());

    loop {
        let query = format!("query($after: String) {{ articles(first: 3, after: $after) {{ {PAGE} }} }}");
        let page = desk.anonymous().send(&query, json!({ "after": after })).await;
        read.extend(page.texts("/articles/nodes", "id"));
        pages.push(page.list("/articles/nodes").len());
        assert_eq!(page.number("/articles/totalCount"), 7);
        assert_eq!(page.at("/articles/pageInfo/hasPreviousPage"), !after.is_null());
        assert_eq!(page.at("/articles/pageInfo/endCursor"), &page.list("/articles/edges").last().unwrap()["cursor"]);
        after = page.at("/articles/pageInfo/endCursor").clone();
        if page.at("/articles/pageInfo/hasNextPage") == false {
            break;
        }
    }

    assert_eq!(read, expected);
    assert_eq!(pages, [3, 3, 1]);
}

async fn a_list_is_read_backward_too(desk: TestDesk) {
    let mut expected = ids(&several(&desk, 7).await);
    expected.reverse();
    let (mut read, mut before) = (Vec::new(), Value::Null);

    loop {
        let query = format!("query($before: String) {{ articles(last: 3, before: $before) {{ {PAGE} }} }}");
        let page = desk.anonymous().send(&query, json!({ "before": before })).await;
        let mut nodes = page.texts("/articles/nodes", "id");
        nodes.extend(std::mem::take(&mut read));
        read = nodes;
        assert_eq!(page.at("/articles/pageInfo/hasNextPage"), !before.is_null());
        before = page.at("/articles/pageInfo/startCursor").clone();
        if page.at("/articles/pageInfo/hasPreviousPage") == false {
            break;
        }
    }

    assert_eq!(read, expected, "a page is in the list's order, whichever end it was taken from");
}

async fn a_page_stays_where_it_was_while_articles_come_and_go(desk: TestDesk) {
    let made = several(&desk, 6).await;
    let first = desk.anonymous().ask(&format!("{{ articles(first: 2) {{ {PAGE} }} }}")).await;

    desk.published("Came in between").await;
    desk.publisher().unpublish(&made[4].draft, json!({})).await.data();
    let query = format!("query($after: String) {{ articles(first: 10, after: $after) {{ {PAGE} }} }}");
    let rest = desk.anonymous().send(&query, json!({ "after": first.at("/articles/pageInfo/endCursor") })).await;

    assert_eq!(rest.texts("/articles/nodes", "id"), [3, 2, 1, 0].map(|place: usize| made[place].article.clone()));
}

async fn articles_are_filtered_by_what_readers_know(desk: TestDesk) {
    let first = desk.published("First").await;
    let other = json!({ "sectionId": desk.cast.other_section, "authorIds": [desk.cast.other_author, desk.cast.author], "tags": ["Music", "Harbour"] });
    let second = desk.published_with("Second", other).await;
    let earns = json!({ "body": "[Buy](https://www.amazon.com/dp/B0?tag=desk-20)", "tags": ["Harbour"] });
    let third = desk.published_with("Third", earns).await;
    let at = desk.anonymous().article(&second.slug, "publishedAt").await["publishedAt"].clone();
    let found = async |filter: Value| {
        let query = "query($filter: ArticleFilter) { articles(filter: $filter) { totalCount nodes { id } } }";
        let answer = desk.anonymous().send(query, json!({ "filter": filter })).await;
        assert_eq!(answer.number("/articles/totalCount"), answer.list("/articles/nodes").len() as i64, "{filter}");
        answer.texts("/articles/nodes", "id")
    };

    assert_eq!(found(json!({})).await, [third.article.as_str(), &second.article, &first.article]);
    assert_eq!(found(json!({ "sectionSlug": "culture" })).await, [second.article.as_str()]);
    assert_eq!(found(json!({ "tagSlug": "harbour" })).await, [third.article.as_str(), &second.article]);
    assert_eq!(found(json!({ "authorSlug": "ben-ink" })).await, [second.article.as_str()]);
    assert_eq!(found(json!({ "authorSlug": "ada-quill", "tagSlug": "harbour" })).await, [third.article.as_str(), &second.article]);
    assert_eq!(found(json!({ "publishedAfter": at })).await, [third.article.as_str()]);
    assert_eq!(found(json!({ "publishedBefore": at })).await, [first.article.as_str()]);
    assert_eq!(found(json!({ "hasAffiliateDisclosure": true })).await, [third.article.as_str()]);
    assert_eq!(found(json!({ "hasAffiliateDisclosure": false, "sectionSlug": "news" })).await, [first.article.as_str()]);
    assert_eq!(found(json!({ "sectionSlug": "no-such-section" })).await, Vec::<String>::new());
    assert_eq!(found(json!({ "tagSlug": "no-such-tag" })).await, Vec::<String>::new());
    assert_eq!(found(json!({ "authorSlug": "no-such-author" })).await, Vec::<String>::new());
}

async fn articles_are_ordered_as_asked(desk: TestDesk) {
    let made = several(&desk, 3).await;
    desk.next_edition(&made[0], json!({ "dek": "Updated last" })).await;
    let order = async |order: &str| {
        let answer = desk.anonymous().ask(&format!("{{ articles(orderBy: {order}) {{ nodes {{ id }} }} }}")).await;
        let all = ids(&made);
        let place = |id: &String| all.iter().position(|known| known == id).unwrap();
        answer.texts("/articles/nodes", "id").iter().map(place).collect::<Vec<usize>>()
    };

    assert_eq!(order("PUBLISHED_AT_DESC").await, [2, 1, 0]);
    assert_eq!(order("PUBLISHED_AT_ASC").await, [0, 1, 2]);
    assert_eq!(order("UPDATED_AT_DESC").await, [0, 2, 1]);
}

async fn an_article_tells_where_it_is_and_what_engines_want_to_know(desk: TestDesk) {
    let more = json!({ "seoTitle": "For engines", "authorIds": [desk.cast.author, desk.cast.other_author] });
    let plain = desk.published_with("Plain", more).await;
    let canonical = desk.published_with("Elsewhere", json!({ "canonicalUrl": "https://first.example/story" })).await;
    let query = "url publishedAt seo { title description canonicalUrl jsonLd }";

    let plain = desk.anonymous().article(&plain.slug, query).await;
    let canonical = desk.anonymous().article(&canonical.slug, query).await;

    assert_eq!(plain["url"], "https://newsroom.example/plain");
    assert_eq!((&plain["seo"]["title"], &plain["seo"]["description"]), (&json!("For engines"), &json!("A line under it.")));
    assert_eq!(plain["seo"]["canonicalUrl"], plain["url"]);
    assert_eq!((&canonical["url"], &canonical["seo"]["canonicalUrl"]), (&json!("https://first.example/story"), &json!("https://first.example/story")));
    let json_ld = &plain["seo"]["jsonLd"];
    assert_eq!((&json_ld["@type"], &json_ld["headline"]), (&json!("NewsArticle"), &json!("Plain")));
    let authors: Vec<&Value> = json_ld["author"].as_array().unwrap().iter().map(|author| &author["name"]).collect();
    assert_eq!(authors, ["Ada Quill", "Ben Ink"]);
    assert_eq!(json_ld["articleSection"], "News");
    assert_eq!(json_ld["publisher"]["name"], "The Newsroom");
    assert!(plain["publishedAt"].as_str().is_some_and(|at| at.len() == "2026-01-01T00:00:00.000000Z".len() && at.ends_with('Z')), "{plain}");
}

async fn a_body_comes_as_blocks_html_and_text(desk: TestDesk) {
    let body = "# Big\n\nFirst *words* <script>alert(1)</script>.\n\n> Quoted\n\n1. one\n2. two\n\n```rust\nfn main() {}\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n---\n\nhttps://www.youtube.com/watch?v=dQw4w9WgXcQ\n";
    let live = desk.published_with("Every block", json!({ "body": body })).await;

    let query = "body { html text wordCount readingMinutes blocks { kind: __typename
        ... on HeadingBlock { level anchor } ... on QuoteBlock { text } ... on ListBlock { ordered items }
        ... on CodeBlock { language code } ... on EmbedBlock { provider url } } }";
    let seen = desk.anonymous().article(&live.slug, query).await["body"].clone();

    let kinds: Vec<&str> = seen["blocks"].as_array().unwrap().iter().map(|block| block["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["HeadingBlock", "ParagraphBlock", "QuoteBlock", "ListBlock", "CodeBlock", "TableBlock", "DividerBlock", "EmbedBlock"]);
    assert_eq!(seen["blocks"][0]["level"], 2, "the headline is the page's first heading");
    assert_eq!(seen["blocks"][3]["items"].as_array().map(Vec::len), Some(2));
    assert_eq!((&seen["blocks"][4]["language"], &seen["blocks"][7]["provider"]), (&json!("rust"), &json!("YOUTUBE")));
    let html = seen["html"].as_str().unwrap();
    assert!(html.contains("<em>words</em>") && !html.contains("<script"), "{html}");
    assert!(seen["text"].as_str().is_some_and(|text| text.contains("First words") && !text.contains('*')), "{seen}");
    assert_eq!(seen["readingMinutes"], 1);
    assert!(seen["wordCount"].as_i64() > Some(4));
}

async fn nothing_of_a_draft_reaches_the_anonymous_by_any_node(desk: TestDesk) {
    let live = desk.published("Live").await;
    let hidden = desk.draft_with("Hidden", json!({ "tags": ["Hidden"] })).await;
    let hidden = desk.writer().submit(&hidden).await.draft();
    let review = desk.editor().act("reviewDraft", "review { id }", json!({ "draftId": hidden.id, "revision": 1, "stage": "EDIT", "verdict": "COMMENT" })).await;
    let event = desk.admin().ask("{ events(last: 1) { nodes { id } } }").await.texts("/events/nodes", "id").remove(0);
    let ids = json!([live.article, hidden.id, hidden.revision_id, live.draft.id, live.draft.revision_id, review.text("/reviewDraft/review/id"), event, desk.editor().id()]);

    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    let by_readers = desk.anonymous().send(query, json!({ "ids": ids })).await;
    let by_staff = desk.editor().send(query, json!({ "ids": ids })).await;
    let tag = desk.anonymous().ask("{ tag(slug: \"hidden\") { id } }").await;

    let readers = by_readers.list("/nodes");
    assert_eq!(readers[0], json!({ "__typename": "Article", "id": live.article }));
    assert!(readers[1..].iter().all(Value::is_null), "{by_readers}");
    let kinds: Vec<&Value> = by_staff.list("/nodes").iter().map(|node| &node["__typename"]).collect();
    assert_eq!(kinds, ["Article", "Draft", "Revision", "Draft", "Revision", "Review", "Event", "User"]);
    assert!(tag.at("/tag").is_null());
}

async fn staff_reach_the_desk_from_an_article_and_readers_do_not(desk: TestDesk) {
    let live = desk.published("Two sides").await;
    let input = json!({ "name": "With a login", "userId": desk.writer().id() });
    let author = desk.editor().create_author(input).await.text("/createAuthor/author/slug");
    let query = "draft { id } editions { nodes { revision { number } } }";
    let of_author = format!("{{ author(slug: \"{author}\") {{ name user {{ id }} }} }}");

    let reader = desk.anonymous().article(&live.slug, query).await;
    let staff = desk.legal().article(&live.slug, query).await;

    assert_eq!(reader, json!({ "draft": null, "editions": { "nodes": [{ "revision": null }] } }));
    assert_eq!(staff, json!({ "draft": { "id": live.draft.id }, "editions": { "nodes": [{ "revision": { "number": 1 } }] } }));
    assert!(desk.anonymous().ask(&of_author).await.at("/author/user").is_null());
    assert_eq!(desk.legal().ask(&of_author).await.text("/author/user/id"), desk.writer().id());
}

async fn sections_authors_and_tags_list_their_live_articles(desk: TestDesk) {
    let tagged = json!({ "tags": ["Harbour"] });
    let first = desk.published_with("First", tagged.clone()).await;
    let second = desk.published_with("Second", tagged.clone()).await;
    let gone = desk.published_with("Gone", tagged).await;
    desk.publisher().unpublish(&gone.draft, json!({})).await.data();
    let list = "articles(first: 5) { totalCount nodes { id } pageInfo { hasNextPage } }";

    let query = format!("{{ section(slug: \"news\") {{ {list} }} author(slug: \"ada-quill\") {{ {list} }} tag(slug: \"harbour\") {{ name {list} }} sections {{ slug {list} }} authors {{ nodes {{ slug {list} }} }} }}");
    let seen = desk.anonymous().ask(&query).await;

    let expected = json!({ "totalCount": 2, "nodes": [{ "id": second.article }, { "id": first.article }], "pageInfo": { "hasNextPage": false } });
    for place in ["/section/articles", "/author/articles", "/tag/articles", "/sections/0/articles", "/authors/nodes/0/articles"] {
        assert_eq!(seen.at(place), &expected, "{place}");
    }
    assert_eq!(seen.number("/sections/1/articles/totalCount"), 0);
}

async fn links_to_our_own_articles_follow_their_slugs(desk: TestDesk) {
    let target = desk.published_with("Target", json!({ "slug": "old-place" })).await;
    let source = desk.published_with("Source", json!({ "body": "Read [more](/old-place#part) there." })).await;

    desk.next_edition(&target, json!({ "slug": "new-place" })).await;
    let html = desk.anonymous().article(&source.slug, "body { html }").await["body"]["html"].as_str().unwrap().to_owned();

    assert!(html.contains("href=\"https://newsroom.example/new-place#part\""), "{html}");
}

async fn the_site_has_a_name_and_an_address(desk: TestDesk) {
    let site = desk.anonymous().ask("{ site { name url defaultAffiliatePolicy { name placement isDefault version } } }").await;

    assert_eq!(site.text("/site/name"), "The Newsroom");
    assert!(site.text("/site/url").starts_with("https://newsroom.example"));
    assert_eq!(site.at("/site/defaultAffiliatePolicy/placement"), "TOP");
    assert_eq!(site.number("/site/defaultAffiliatePolicy/version"), 1);
}

async fn a_part_of_which_nothing_is_asked_is_there_all_the_same(desk: TestDesk) {
    let live = desk.published_with("In parts", json!({ "body": "A paragraph.\n\n## A heading" })).await;

    let seen = desk.anonymous().article(&live.slug, "body { blocks { ... on HeadingBlock { level } } } section @skip(if: false) { name @skip(if: true) }").await;

    assert_eq!(seen, json!({ "body": { "blocks": [{}, { "level": 2 }] }, "section": {} }));
}
