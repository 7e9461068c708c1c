//! What readers find by its words.

use serde_json::{Value, json};

use crate::support::{Answer, Client, TestDesk, both};

both![
    a_headline_counts_more_than_a_dek_and_that_more_than_a_body,
    newer_articles_come_before_older_ones_that_fit_as_well,
    words_phrases_and_beginnings_are_found_without_case_and_accents,
    filters_narrow_what_is_found,
    snippets_mark_what_was_asked_and_escape_the_rest,
    pages_neither_skip_nor_repeat,
    only_what_readers_have_is_found,
    no_query_is_an_error_but_one_that_is_too_long,
    a_search_takes_as_many_statements_for_many_as_for_few,
    another_language_indexes_anew,
    what_an_older_version_published_is_found_too,
];

async fn search(who: &Client, query: &str) -> Answer {
    search_with(who, json!({ "query": query })).await
}

async fn search_with(who: &Client, variables: Value) -> Answer {
    let query = "query($query: String!, $filter: ArticleFilter, $first: Int, $after: String) {
        search(query: $query, filter: $filter, first: $first, after: $after) {
            totalCount nodes { slug } edges { cursor snippet node { slug } } pageInfo { hasNextPage hasPreviousPage endCursor } } }";
    who.send(query, variables).await
}

async fn slugs(who: &Client, query: &str) -> Vec<String> {
    let found = search(who, query).await;
    let slugs = found.texts("/search/nodes", "slug");
    assert_eq!(found.number("/search/totalCount"), i64::try_from(slugs.len()).unwrap(), "{found}");
    slugs
}

async fn a_headline_counts_more_than_a_dek_and_that_more_than_a_body(desk: TestDesk) {
    desk.published_with("Barrier", json!({ "slug": "headline" })).await;
    desk.published_with("One", json!({ "slug": "dek", "dek": "About the barrier." })).await;
    desk.published_with("Two", json!({ "slug": "opening", "body": "The barrier holds." })).await;
    let late = format!("{} barrier", "word ".repeat(60));
    desk.published_with("Three", json!({ "slug": "body", "body": late })).await;
    desk.published_with("Four", json!({ "slug": "none" })).await;

    assert_eq!(slugs(&desk.anonymous(), "barrier").await, ["headline", "dek", "opening", "body"]);
}

async fn newer_articles_come_before_older_ones_that_fit_as_well(desk: TestDesk) {
    for slug in ["first", "second", "third"] {
        desk.published_with("The tide", json!({ "slug": slug })).await;
    }
    desk.published_with("The tide barrier", json!({ "slug": "in-order" })).await;
    desk.published_with("Barrier, then the tide", json!({ "slug": "out-of-order" })).await;

    let found = slugs(&desk.anonymous(), "the tide").await;
    let place = |slug: &str| found.iter().position(|known| known == slug).unwrap();
    assert_eq!(found.len(), 5);
    assert!(place("third") < place("second") && place("second") < place("first"), "{found:?}");
    assert_eq!(slugs(&desk.anonymous(), "tide barrier").await, ["in-order", "out-of-order"]);
}

async fn words_phrases_and_beginnings_are_found_without_case_and_accents(desk: TestDesk) {
    desk.published_with("Café über der Straße", json!({ "slug": "cafe", "dek": "東京タワー", "body": "Tide and barrier. It's Łódź's. שלום" })).await;
    let reader = desk.anonymous();

    for query in ["cafe", "CAFÉ", "strasse uber", "\"cafe uber\"", "caf*", "\"über der str*\"", "東京", "京", "tide barrier", "it’s lodz", "שָׁלוֹם", "\"and barrier\" stra*"] {
        assert_eq!(slugs(&reader, query).await, ["cafe"], "{query}");
    }
    for query in ["caf", "\"tide barrier\"", "\"uber cafe\"", "cafe nowhere", "京東", "\"strasse 東京\"", "\"タワー tide\"", "c*"] {
        assert_eq!(slugs(&reader, query).await, [""; 0], "{query}");
    }
}

async fn filters_narrow_what_is_found(desk: TestDesk) {
    desk.published_with("Tide one", json!({ "slug": "one", "tags": ["Harbour"] })).await;
    desk.published_with("Tide two", json!({ "slug": "two", "sectionId": desk.cast.other_section })).await;
    let (_, author) = desk.bylined("WRITER").await;
    desk.published_with("Tide three", json!({ "slug": "three", "authorIds": [author] })).await;
    let reader = desk.anonymous();
    let all = reader.ask("{ articles(first: 10) { nodes { slug publishedAt section { slug } authors { slug } } } }").await;
    let of = |slug: &str| all.list("/articles/nodes").iter().find(|node| node["slug"] == slug).unwrap().clone();
    let found = async |filter: Value| {
        let found = search_with(&reader, json!({ "query": "tide", "filter": filter })).await;
        assert_eq!(found.number("/search/totalCount"), i64::try_from(found.list("/search/nodes").len()).unwrap());
        let mut slugs = found.texts("/search/nodes", "slug");
        slugs.sort();
        slugs
    };

    assert_eq!(found(json!({ "tagSlug": "harbour" })).await, ["one"]);
    assert_eq!(found(json!({ "sectionSlug": of("two")["section"]["slug"] })).await, ["two"]);
    assert_eq!(found(json!({ "authorSlug": of("three")["authors"][0]["slug"] })).await, ["three"]);
    assert_eq!(found(json!({ "publishedAfter": of("two")["publishedAt"] })).await, ["three"]);
    assert_eq!(found(json!({ "publishedBefore": of("two")["publishedAt"] })).await, ["one"]);
    assert_eq!(found(json!({ "hasAffiliateDisclosure": false })).await, ["one", "three", "two"]);
    assert_eq!(found(json!({ "hasAffiliateDisclosure": true })).await, [""; 0]);
    assert_eq!(found(json!({ "sectionSlug": "nowhere" })).await, [""; 0]);
    assert_eq!(found(json!({ "tagSlug": "harbour", "publishedAfter": of("one")["publishedAt"] })).await, [""; 0]);
}

async fn snippets_mark_what_was_asked_and_escape_the_rest(desk: TestDesk) {
    desk.published_with("A <script>alert(1)</script> tide", json!({ "slug": "odd", "body": "Bread & `<b>wine</b>` \"here\", the Barrier's end." })).await;
    let reader = desk.anonymous();

    let snippet = async |query: &str| search(&reader, query).await.text("/search/edges/0/snippet");

    assert_eq!(snippet("script").await, "A &lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt; tide");
    let body = snippet("barrier wine").await;
    assert!(body.contains("&lt;b&gt;<mark>wine</mark>&lt;/b&gt;") && body.contains("the <mark>Barrier</mark>") && body.starts_with("Bread &amp; "), "{body}");
}

async fn pages_neither_skip_nor_repeat(desk: TestDesk) {
    for number in 0..7 {
        desk.published_with("Tide", json!({ "slug": format!("tide-{number}"), "dek": if number % 2 == 0 { "Tide." } else { "A line." } })).await;
    }
    let reader = desk.anonymous();
    let all = slugs(&reader, "tide").await;
    assert_eq!(all.len(), 7);

    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = search_with(&reader, json!({ "query": "tide", "first": 2, "after": after })).await;
        seen.extend(page.texts("/search/nodes", "slug"));
        assert_eq!(page.number("/search/totalCount"), 7);
        assert_eq!(page.at("/search/pageInfo/hasPreviousPage"), &json!(!after.is_null()));
        after = page.at("/search/pageInfo/endCursor").clone();
        if page.at("/search/pageInfo/hasNextPage") == &json!(false) {
            break;
        }
    }
    assert_eq!(seen, all);
    for first in [0, -1, 101] {
        assert_eq!(search_with(&reader, json!({ "query": "tide", "first": first })).await.code(), "BAD_USER_INPUT");
    }
    assert_eq!(search_with(&reader, json!({ "query": "tide", "after": "nonsense" })).await.code(), "BAD_USER_INPUT");
}

async fn only_what_readers_have_is_found(desk: TestDesk) {
    let live = desk.published_with("Oldword holds", json!({ "slug": "live" })).await;
    desk.draft("Newword not yet").await;
    let reader = desk.anonymous();
    let found = async |query: &str| slugs(&reader, query).await;
    assert_eq!((found("oldword").await, found("newword").await), (vec!["live".to_owned()], Vec::new()));

    let draft = desk.writer().read(&live.draft).await;
    desk.writer().update(&draft, json!({ "headline": "Newword holds" })).await.data();
    assert_eq!((found("oldword").await, found("newword").await), (vec!["live".to_owned()], Vec::new()), "readers have no newer words");

    let draft = desk.writer().read(&live.draft).await;
    let live = desk.bring_out(&draft).await;
    assert_eq!((found("oldword").await, found("newword").await), (Vec::new(), vec!["live".to_owned()]), "nor older ones");

    let draft = desk.editor().read(&live.draft).await;
    let away = desk.publisher().unpublish(&draft, json!({})).await.draft();
    assert_eq!(found("newword").await, [""; 0]);
    desk.publisher().publish(&away).await.data();
    assert_eq!(found("newword").await, ["live"]);

    let input = json!({ "draftId": live.draft.id, "notice": "It was wrong." });
    desk.publisher().act("retractArticle", "draft { id }", input).await.data();
    assert_eq!(found("newword").await, [""; 0]);
    assert_eq!(found("wrong").await, [""; 0]);
}

async fn no_query_is_an_error_but_one_that_is_too_long(desk: TestDesk) {
    desk.published_with("Near and far", json!({ "slug": "near" })).await;
    let reader = desk.anonymous();

    for query in [
        "", " ", "\"", "\"\"", "*", "NEAR(", "NEAR(a b, 2)", "AND", "OR NOT", "a:b", "headline:near", "{headline}:near", "^near", "near'", "'near", "' OR 1=1 --",
        "\\", "near\\", "near:*", "near & !far", "<->", "(((", "🎉", "東京", "שלום", "\u{202e}near", "a\u{301}", "-near", "+near", "%", "$1", "?", "near\"far", "\u{feff}", "ﷺ", "İ", "ß*",
    ] {
        let answer = search(&reader, query).await;
        assert!(answer.is_ok(), "{query}: {answer}");
    }
    let odd = search(&reader, "near\u{0}far").await;
    assert!(odd.is_ok() || odd.code() == "BAD_USER_INPUT", "{odd}");
    assert_eq!(slugs(&reader, "NEAR AND far").await, ["near"]);
    assert_eq!(slugs(&reader, "").await, [""; 0]);
    let long = search(&reader, &"x".repeat(201)).await;
    assert_eq!((long.code().as_str(), long.fields()), ("BAD_USER_INPUT", vec!["query".to_owned()]));
    let words: Vec<String> = (0..17).map(|n| format!("w{n}")).collect();
    assert_eq!(search(&reader, &words.join(" ")).await.code(), "BAD_USER_INPUT");
    assert!(search(&reader, &words[..16].join(" ")).await.is_ok());
}

async fn a_search_takes_as_many_statements_for_many_as_for_few(desk: TestDesk) {
    for number in 0..6 {
        desk.published_with("Tide", json!({ "slug": format!("tide-{number}") })).await;
    }
    let desk = desk.forgetful().await;
    let (reader, database) = (desk.anonymous(), desk.desk.database());
    let counted = async |first: i32| {
        let before = database.statements();
        search_with(&reader, json!({ "query": "tide", "first": first })).await.data();
        database.statements() - before
    };
    counted(1).await;
    let (few, many) = (counted(1).await, counted(6).await);
    assert_eq!(few, many);
    assert_eq!(many, 5, "what matches, its articles, how many, and for snippets articles and texts");
}

async fn another_language_indexes_anew(desk: TestDesk) {
    desk.published_with("Flooded streets", json!({ "slug": "floods" })).await;
    assert_eq!(slugs(&desk.anonymous(), "flooding").await, [""; 0]);

    let english = desk.again_with(|settings| settings.search_language = copydesk::domain::search::Lexer::of("english").unwrap()).await;

    let wait = async {
        while search(&english.anonymous(), "flooding street").await.list("/search/nodes").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("all is indexed anew");
    assert_eq!(search(&english.anonymous(), "floods").await.at("/search/edges/0/snippet"), "<mark>Flooded</mark> streets");
}

async fn what_an_older_version_published_is_found_too(desk: TestDesk) {
    desk.published_with("Before the upgrade", json!({ "slug": "before" })).await;
    let db = sea_orm::Database::connect(&desk.url).await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&db, "DELETE FROM search_articles").await.unwrap();
    if desk.url.starts_with("sqlite") {
        sea_orm::ConnectionTrait::execute_unprepared(&db, "INSERT INTO search_words (search_words) VALUES ('delete-all')").await.unwrap();
    }
    sea_orm::ConnectionTrait::execute_unprepared(&db, "UPDATE articles SET index_version = 2").await.unwrap();
    db.close().await.unwrap();

    let upgraded = desk.again().await;

    let wait = async {
        while search(&upgraded.anonymous(), "upgrade").await.list("/search/nodes").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("all is found again");
}
