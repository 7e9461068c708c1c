//! What readers may go on with although no editor said so.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{TestDesk, both};

both![
    an_article_is_suggested_where_the_subject_is_the_same,
    an_older_article_learns_of_a_newer_one_that_is_close,
    what_is_linked_is_not_suggested_and_comes_first,
    what_readers_cannot_have_is_not_suggested,
    a_new_edition_on_another_subject_is_suggested_elsewhere,
    a_release_makes_its_articles_known_to_each_other,
    an_editor_is_told_what_is_close_to_a_draft,
    suggestions_take_one_statement_however_long_the_list,
];

const TIDES: &str = "The tide barrier in the harbour was closed at noon. Engineers measured the flood, the barrier held, and the harbour stayed dry.";
const TIDES_AGAIN: &str = "A second flood reached the harbour. The tide barrier was raised by its engineers within the hour, before the flood came.";
const BREAD: &str = "The bakery opens at five. Its oven bakes rye bread, and the dough rests overnight in baskets of willow.";
const MORE_BREAD: &str = "Rye bread from a wood oven: the bakery lets its dough rest, and sells the loaves from willow baskets.";

const SUGGESTED: &str = "related(first: 10) { origin title target { ... on Article { slug } } }";

fn body(text: &str) -> Value {
    json!({ "body": text })
}

fn slugs(seen: &Value) -> Vec<&str> {
    seen["related"].as_array().unwrap().iter().filter_map(|link| link["target"]["slug"].as_str()).collect()
}

async fn an_article_is_suggested_where_the_subject_is_the_same(desk: TestDesk) {
    let flood = desk.published_with("Barrier holds", body(TIDES)).await;
    desk.published_with("Bread for the morning", body(BREAD)).await;
    let again = desk.published_with("Second flood", body(TIDES_AGAIN)).await;

    let seen = desk.anonymous().article(&again.slug, SUGGESTED).await;

    assert_eq!(slugs(&seen), [flood.slug.as_str()], "{seen}");
    assert_eq!(seen["related"][0]["origin"], "SUGGESTED");
    let none = desk.anonymous().article(&again.slug, "related(suggest: false) { title }").await;
    assert_eq!(none["related"], json!([]));
}

async fn an_older_article_learns_of_a_newer_one_that_is_close(desk: TestDesk) {
    let bread = desk.published_with("Bread for the morning", body(BREAD)).await;
    let before = desk.anonymous().article(&bread.slug, SUGGESTED).await;

    let more = desk.published_with("Loaves of rye", body(MORE_BREAD)).await;

    assert_eq!(slugs(&before), [""; 0]);
    assert_eq!(slugs(&desk.anonymous().article(&bread.slug, SUGGESTED).await), [more.slug.as_str()]);
}

async fn what_is_linked_is_not_suggested_and_comes_first(desk: TestDesk) {
    let bread = desk.published_with("Bread for the morning", body(BREAD)).await;
    let more = desk.published_with("Loaves of rye", body(MORE_BREAD)).await;
    let third = desk.published_with("Rye in the oven", body(&format!("{BREAD} {MORE_BREAD}"))).await;

    desk.editor().relate(&bread.draft, json!([{ "draftId": more.draft.id, "kind": "BACKGROUND" }])).await.data();

    let seen = desk.anonymous().article(&bread.slug, SUGGESTED).await;
    assert_eq!(slugs(&seen), [more.slug.as_str(), third.slug.as_str()], "{seen}");
    assert_eq!((&seen["related"][0]["origin"], &seen["related"][1]["origin"]), (&json!("CURATED"), &json!("SUGGESTED")));
    let only = desk.anonymous().article(&bread.slug, "related(kinds: [RELATED]) { target { ... on Article { slug } } }").await;
    assert_eq!(slugs(&only), [third.slug.as_str()], "what is linked as something else is linked");
}

async fn what_readers_cannot_have_is_not_suggested(desk: TestDesk) {
    let bread = desk.published_with("Bread for the morning", body(BREAD)).await;
    let more = desk.published_with("Loaves of rye", body(MORE_BREAD)).await;
    desk.draft_with("Rye to come", body(BREAD)).await;
    assert_eq!(slugs(&desk.anonymous().article(&bread.slug, SUGGESTED).await), [more.slug.as_str()]);

    desk.publisher().unpublish(&more.draft, json!({})).await.data();
    let away = desk.anonymous().article(&bread.slug, SUGGESTED).await;
    let back = desk.editor().read(&more.draft).await;
    desk.publisher().publish(&back).await.data();
    let again = desk.anonymous().article(&bread.slug, SUGGESTED).await;
    let seen = desk.editor().read(&more.draft).await;
    desk.publisher().retract(&seen, "It was wrong.").await.data();
    let retracted = desk.anonymous().article(&bread.slug, SUGGESTED).await;

    assert_eq!((slugs(&away), slugs(&again), slugs(&retracted)), (vec![], vec![more.slug.as_str()], vec![]));
}

async fn a_new_edition_on_another_subject_is_suggested_elsewhere(desk: TestDesk) {
    let bread = desk.published_with("Bread for the morning", body(BREAD)).await;
    let flood = desk.published_with("Barrier holds", body(TIDES)).await;
    let other = desk.published_with("Loaves of rye", body(MORE_BREAD)).await;

    desk.next_edition(&other, json!({ "headline": "Second flood", "body": TIDES_AGAIN })).await;

    assert_eq!(slugs(&desk.anonymous().article(&bread.slug, SUGGESTED).await), [""; 0]);
    assert_eq!(slugs(&desk.anonymous().article(&flood.slug, SUGGESTED).await), [other.slug.as_str()]);
}

async fn a_release_makes_its_articles_known_to_each_other(desk: TestDesk) {
    let mut members = Vec::new();
    for (headline, text) in [("Bread for the morning", BREAD), ("Loaves of rye", MORE_BREAD), ("Barrier holds", TIDES)] {
        let draft = desk.draft_with(headline, json!({ "body": text, "tags": ["Harbour town"] })).await;
        let submitted = desk.writer().submit(&draft).await.draft();
        members.push(desk.editor().approve(&submitted).await.draft());
    }
    let ids: Vec<&str> = members.iter().map(|draft| draft.id.as_str()).collect();
    let release = desk.publisher().act("createRelease", "release { id }", json!({ "name": "Morning", "draftIds": ids })).await;
    let id = release.text("/createRelease/release/id");

    desk.publisher().act("publishRelease", "release { state }", json!({ "releaseId": id })).await.data();

    let first = desk.anonymous().article(&members[0].slug, SUGGESTED).await;
    let second = desk.anonymous().article(&members[1].slug, SUGGESTED).await;
    assert_eq!((slugs(&first)[0], slugs(&second)[0]), (members[1].slug.as_str(), members[0].slug.as_str()));
    assert_eq!((slugs(&first).len(), slugs(&second).len()), (2, 2), "a tag that two share is something in common");
}

async fn an_editor_is_told_what_is_close_to_a_draft(desk: TestDesk) {
    let bread = desk.published_with("Bread for the morning", body(BREAD)).await;
    let more = desk.published_with("Loaves of rye", body(MORE_BREAD)).await;
    desk.published_with("Barrier holds", body(TIDES)).await;
    let draft = desk.draft_with("Rye and willow", body(&format!("{BREAD} Willow, rye, willow."))).await;
    let close = "relatedSuggestions { slug }";

    let told = desk.writer().look(&draft, close).await;
    desk.writer().relate(&draft, json!([{ "draftId": bread.draft.id }])).await.data();
    let left = desk.writer().look(&draft, close).await;
    let own = desk.writer().look(&bread.draft, close).await;

    assert_eq!(told["relatedSuggestions"], json!([{ "slug": bread.slug }, { "slug": more.slug }]));
    assert_eq!(left["relatedSuggestions"], json!([{ "slug": more.slug }]));
    assert_eq!(own["relatedSuggestions"], json!([{ "slug": more.slug }]), "never the article itself");
    let bad = desk.editor().send("query($id: ID!) { draft(id: $id) { relatedSuggestions(first: 0) { slug } } }", json!({ "id": draft.id })).await;
    assert_eq!(bad.code(), "BAD_USER_INPUT");
}

async fn suggestions_take_one_statement_however_long_the_list(desk: TestDesk) {
    for number in 0..6 {
        let mut text = BREAD.to_owned();
        write!(text, " Loaf number {number}.").unwrap();
        desk.published_with(&format!("Bread {number}"), body(&text)).await;
    }
    let desk = desk.forgetful().await;
    let statements = async |first: usize, fields: &str| {
        let query = format!("{{ articles(first: {first}) {{ nodes {{ slug {fields} }} }} }}");
        let before = desk.desk.database().statements();
        desk.anonymous().ask(&query).await.data();
        desk.desk.database().statements() - before
    };

    let without = statements(6, "").await;
    let with = statements(6, "related(first: 3) { title }").await;
    let with_one = statements(1, "related(first: 3) { title }").await;

    // One for what editors linked, one for what is close, one for those articles' rows.
    assert_eq!((with - without, with), (3, with_one));
}
