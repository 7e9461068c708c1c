//! What cannot be is refused with its code, its path and what to do, and leaves no trace.

use serde_json::{Value, json};

use crate::support::{Answer, TestDesk, both};

both![
    a_value_that_does_not_parse_is_bad_input_with_its_path,
    a_well_formed_id_of_nothing_is_not_found,
    a_headline_says_something_short_in_one_line,
    a_body_is_taken_up_to_one_mebibyte,
    control_characters_are_named,
    an_author_stands_in_a_byline_once,
    everything_that_is_wrong_is_told_at_once,
    queries_answer_null_for_what_is_no_id_of_theirs,
    a_page_has_one_to_a_hundred_nodes,
    a_cursor_comes_from_a_page,
    tags_are_tidied_and_bounded,
];

/// A well-formed id of a type, of nothing that exists.
fn unknown(prefix: &str) -> String {
    format!("{prefix}_01kb0000000000000000000000")
}

/// Says what the refusals have in common: a code, a message, no data.
#[track_caller]
fn assert_refused(answer: &Answer, code: &str) {
    assert_eq!(answer.code(), code, "{answer}");
    assert!(answer.body["data"].as_object().is_none_or(|data| data.values().all(Value::is_null)), "{answer}");
}

async fn a_value_that_does_not_parse_is_bad_input_with_its_path(desk: TestDesk) {
    let draft = desk.draft("Parsed at the border").await;
    let section = desk.cast.section.clone();
    let before = desk.traces().await;

    for (input, path) in [
        (json!({ "sectionId": "nonsense" }), "sectionId"),
        (json!({ "sectionId": "" }), "sectionId"),
        (json!({ "sectionId": draft.id }), "sectionId"),
        (json!({ "authorIds": [desk.cast.author, section] }), "authorIds"),
        (json!({ "heroImageId": "image_🎉" }), "heroImageId"),
        (json!({ "dueAt": "the day after tomorrow" }), "dueAt"),
        (json!({ "dueAt": "2031-02-30T00:00:00Z" }), "dueAt"),
        (json!({ "canonicalUrl": "javascript:alert(1)" }), "canonicalUrl"),
        (json!({ "canonicalUrl": "/relative" }), "canonicalUrl"),
    ] {
        let answer = desk.writer().update(&draft, input.clone()).await;

        assert_refused(&answer, "BAD_USER_INPUT");
        let fields = answer.fields();
        assert!(fields.iter().any(|field| field.contains(path)), "{input} complained about {fields:?}: {answer}");
    }
    for id in ["nonsense", "", "draft_", &section, &"x".repeat(100_000)] {
        let answer = desk.writer().change("updateDraft", json!({ "draftId": id, "baseRevision": 1 })).await;
        assert_refused(&answer, "BAD_USER_INPUT");
        assert!(answer.fields().iter().any(|field| field.contains("draftId")), "{answer}");
    }
    for number in [json!("one"), json!(1.5), json!(99_999_999_999_i64), json!(null)] {
        let answer = desk.writer().change("updateDraft", json!({ "draftId": draft.id, "baseRevision": number })).await;
        assert!(!answer.is_ok() && answer.code() != "INTERNAL_SERVER_ERROR", "{answer}");
    }

    assert_eq!(desk.traces().await, before);
}

async fn a_well_formed_id_of_nothing_is_not_found(desk: TestDesk) {
    let draft = desk.draft("Found").await;
    let before = desk.traces().await;
    let writer = desk.writer();

    for mutation in ["archiveDraft", "recallDraft", "reopenDraft"] {
        assert_refused(&writer.change(mutation, json!({ "draftId": unknown("draft") })).await, "NOT_FOUND");
    }
    for input in [
        json!({ "sectionId": unknown("section") }),
        json!({ "authorIds": [unknown("author")] }),
        json!({ "heroImageId": unknown("image") }),
        json!({ "ownerId": unknown("user") }),
    ] {
        assert_refused(&writer.update(&draft, input).await, "NOT_FOUND");
    }
    assert_refused(&writer.create(json!({ "headline": "x", "sectionId": unknown("section") })).await, "NOT_FOUND");
    assert_refused(&writer.relate(&draft, json!([{ "draftId": unknown("draft") }])).await, "NOT_FOUND");
    let author = json!({ "authorId": unknown("author"), "name": "Nobody" });
    assert_refused(&desk.editor().update_author(author).await, "NOT_FOUND");
    let section = json!({ "sectionId": unknown("section"), "name": "Nowhere" });
    assert_refused(&desk.editor().update_section(section).await, "NOT_FOUND");

    assert_eq!(desk.traces().await, before);
}

async fn a_headline_says_something_short_in_one_line(desk: TestDesk) {
    let draft = desk.draft("A good one").await;
    let before = desk.traces().await;

    for headline in ["", "   ", "\u{a0}\u{2003}", "two\nlines", &"x".repeat(100_000)] {
        let create = desk.writer().create(json!({ "headline": headline })).await;
        let update = desk.writer().update(&draft, json!({ "headline": headline })).await;

        for answer in [create, update] {
            assert_refused(&answer, "BAD_USER_INPUT");
            assert_eq!(answer.fields(), ["headline"]);
            assert!(answer.to_string().len() < 2_000, "what was typed is not sent back");
        }
    }
    assert_refused(&desk.writer().update(&draft, json!({ "headline": null })).await, "BAD_USER_INPUT");

    assert_eq!(desk.traces().await, before);
}

async fn a_body_is_taken_up_to_one_mebibyte(desk: TestDesk) {
    let draft = desk.draft("A long read").await;
    let full = "sentence. ".repeat(1024 * 1024 / 10);
    let before = desk.traces().await;

    let too_long = desk.writer().update(&draft, json!({ "body": "x".repeat(1024 * 1024 + 1) })).await;
    let untouched = desk.traces().await;
    let taken = desk.writer().update(&draft, json!({ "body": full })).await.draft();

    assert_refused(&too_long, "BAD_USER_INPUT");
    assert_eq!(too_long.fields(), ["body"]);
    assert_eq!(untouched, before);
    let seen = desk.writer().look(&taken, "revision { body { markdown } }").await;
    assert_eq!(seen["revision"]["body"]["markdown"].as_str().map(str::len), Some(full.len()));
}

async fn control_characters_are_named(desk: TestDesk) {
    let draft = desk.draft("Printable").await;
    let before = desk.traces().await;

    for field in ["headline", "dek", "body", "seoTitle", "seoDescription", "note"] {
        for evil in ["nul \u{0} nul", "bell \u{7} bell", "escape \u{1b}[31m"] {
            let answer = desk.writer().update(&draft, json!({ field: evil })).await;
            assert_refused(&answer, "BAD_USER_INPUT");
            assert_eq!(answer.fields(), [field]);
        }
    }
    assert_refused(&desk.writer().update(&draft, json!({ "tags": ["a\u{0}b"] })).await, "BAD_USER_INPUT");
    let author = desk.editor().create_author(json!({ "name": "A\u{0}B" })).await;
    assert_refused(&author, "BAD_USER_INPUT");

    assert_eq!(desk.traces().await, before);
}

async fn an_author_stands_in_a_byline_once(desk: TestDesk) {
    let draft = desk.draft("By whom").await;
    let before = desk.traces().await;

    let twice = json!({ "authorIds": [desk.cast.author, desk.cast.other_author, desk.cast.author] });
    let update = desk.writer().update(&draft, twice.clone()).await;
    let mut new = desk.complete("Another");
    new["authorIds"] = twice["authorIds"].clone();
    let create = desk.writer().create(new).await;

    for answer in [update, create] {
        assert_refused(&answer, "BAD_USER_INPUT");
        assert_eq!(answer.fields(), ["authorIds"]);
    }
    assert_eq!(desk.traces().await, before);
}

async fn everything_that_is_wrong_is_told_at_once(desk: TestDesk) {
    let before = desk.traces().await;

    let input = json!({
        "headline": " ", "dek": "two\u{1}", "slug": "///", "body": "x\u{0}", "tags": [" "],
        "authorIds": [desk.cast.author, desk.cast.author]
    });
    let answer = desk.writer().create(input).await;
    let mut fields = answer.fields();
    fields.sort();

    assert_eq!(fields, ["authorIds", "body", "dek", "headline", "slug", "tags"]);
    let complaints = answer.error()["extensions"]["fields"].as_array().unwrap();
    assert!(complaints.iter().all(|field| field["message"].as_str().is_some_and(|message| message.len() > 8)), "{answer}");
    assert_eq!(desk.traces().await, before);
}

async fn queries_answer_null_for_what_is_no_id_of_theirs(desk: TestDesk) {
    let live = desk.published("There").await;
    let editor = desk.editor();

    for id in ["nonsense", "", "draft_", "art_01kb", &unknown("draft"), &unknown("art"), &unknown("nothing"), &live.article, &"x".repeat(10_000)] {
        let draft = editor.send("query($id: ID!) { draft(id: $id) { id } }", json!({ "id": id })).await;
        assert!(draft.at("/draft").is_null(), "{draft}");
    }
    let ids = json!(["nonsense", unknown("art"), live.article, unknown("user"), ""]);
    let nodes = editor.send("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
    assert_eq!(nodes.at("/nodes"), &json!([null, null, { "id": live.article }, null, null]));
    for slug in ["", "no-such", "../../etc/passwd", &"x".repeat(10_000)] {
        assert!(desk.anonymous().article(slug, "id").await.is_null());
        let pages = desk.anonymous().send("query($s: String!) { author(slug: $s) { id } section(slug: $s) { id } tag(slug: $s) { id } }", json!({ "s": slug })).await;
        assert_eq!(pages.data(), &json!({ "author": null, "section": null, "tag": null }));
    }
}

async fn a_page_has_one_to_a_hundred_nodes(desk: TestDesk) {
    desk.published("Listed").await;

    for size in [0, -1, 101, i32::MAX] {
        for list in ["articles", "authors", "drafts", "events"] {
            for end in ["first", "last"] {
                let answer = desk.editor().ask(&format!("{{ {list}({end}: {size}) {{ totalCount }} }}")).await;
                assert_refused(&answer, "BAD_USER_INPUT");
                assert_eq!(answer.fields(), [end]);
            }
        }
    }
    assert_refused(&desk.editor().ask("{ articles(first: 1, last: 1) { totalCount } }").await, "BAD_USER_INPUT");
    assert_refused(&desk.editor().ask("{ authors { nodes { articles(first: 101) { totalCount } } } }").await, "BAD_USER_INPUT");
    desk.editor().ask("{ articles(first: 100) { totalCount } authors(last: 1) { totalCount } }").await.data();
}

async fn a_cursor_comes_from_a_page(desk: TestDesk) {
    for cursor in ["", "nonsense", "AAAA", "'; DROP TABLE articles; --", &"A".repeat(5_000)] {
        for end in ["after", "before"] {
            let query = format!("query($cursor: String) {{ articles({end}: $cursor) {{ totalCount }} }}");
            let answer = desk.anonymous().send(&query, json!({ "cursor": cursor })).await;
            assert_refused(&answer, "BAD_USER_INPUT");
            assert_eq!(answer.fields(), [end]);
        }
    }
}

async fn tags_are_tidied_and_bounded(desk: TestDesk) {
    let draft = desk.draft("Tagged").await;

    let many: Vec<String> = (0..200).map(|number| format!("tag {number}")).collect();
    let refused = desk.writer().update(&draft, json!({ "tags": many })).await;
    let long = desk.writer().update(&draft, json!({ "tags": ["x".repeat(5_000)] })).await;
    desk.writer().update(&draft, json!({ "tags": [" Harbour ", "harbour", "Bridges"] })).await.draft();

    assert_refused(&refused, "BAD_USER_INPUT");
    assert_refused(&long, "BAD_USER_INPUT");
    assert_eq!(desk.writer().look(&draft, "revision { tags }").await["revision"]["tags"], json!(["Harbour", "Bridges"]));
}
