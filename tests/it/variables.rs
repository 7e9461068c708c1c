//! What a client sends apart from the document: variables that are there, null, left out or wrong.

use serde_json::{Value, json};

use crate::support::{TestDesk, both};

both![
    a_variable_that_is_left_out_leaves_its_field_as_it_is,
    a_variable_that_is_null_clears_its_field,
    a_variable_that_has_to_be_there_is_asked_for,
    a_value_of_another_kind_is_bad_input,
    a_url_is_absolute_and_plain,
    a_policy_that_is_not_mentioned_stays,
];

const UPDATE: &str = "mutation($id: ID!, $h: String, $dek: String, $b: Markdown, $s: ID, $a: [ID!], $t: DateTime) {
    updateDraft(input: { draftId: $id, baseRevision: 1, headline: $h, dek: $dek, body: $b, sectionId: $s, authorIds: $a, dueAt: $t }) {
        draft { dueAt revision { number headline dek body { markdown } section { id } authors { id } } } } }";

async fn a_variable_that_is_left_out_leaves_its_field_as_it_is(desk: TestDesk) {
    let draft = desk.draft_with("As it was", json!({ "dek": "A line", "dueAt": "2031-01-01T00:00:00Z" })).await;

    let answer = desk.writer().send(UPDATE, json!({ "id": draft.id, "h": "As it is" })).await;

    let revision = answer.at("/updateDraft/draft/revision");
    assert_eq!([&revision["headline"], &revision["dek"]], [&json!("As it is"), &json!("A line")]);
    assert_eq!(answer.text("/updateDraft/draft/dueAt"), "2031-01-01T00:00:00.000000Z");
    assert_ne!(revision["body"]["markdown"], json!(""));
    assert_ne!(revision["section"], Value::Null);
    assert_eq!(revision["authors"].as_array().map(Vec::len), Some(1));
}

async fn a_variable_that_is_null_clears_its_field(desk: TestDesk) {
    let draft = desk.draft_with("As it was", json!({ "dek": "A line" })).await;

    let answer = desk.writer().send(UPDATE, json!({ "id": draft.id, "dek": null, "s": null })).await;

    let revision = answer.at("/updateDraft/draft/revision");
    assert_eq!([&revision["dek"], &revision["section"]], [&Value::Null, &Value::Null]);
    assert_eq!(revision["headline"], json!("As it was"));
}

async fn a_variable_that_has_to_be_there_is_asked_for(desk: TestDesk) {
    let answer = desk.anonymous().send("query($s: String!) { article(slug: $s) { id } }", json!({})).await;

    assert_eq!(answer.code(), "BAD_USER_INPUT");
    assert_eq!(answer.fields(), ["s"]);
}

async fn a_value_of_another_kind_is_bad_input(desk: TestDesk) {
    let before = desk.traces().await;
    for field in [json!({ "dueAt": 5 }), json!({ "dueAt": true }), json!({ "dueAt": [1] }), json!({ "canonicalUrl": { "a": 1 } }), json!({ "body": 5 })] {
        let mut input = desk.complete("Of another kind");
        input.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());

        assert_eq!(desk.writer().create(input).await.code(), "BAD_USER_INPUT", "{field}");
    }
    let anonymous = desk.anonymous().ask("{ articles(filter: { publishedAfter: 5 }) { totalCount } }").await;
    assert_eq!(anonymous.code(), "BAD_USER_INPUT");
    assert_eq!(desk.traces().await, before);
}

async fn a_url_is_absolute_and_plain(desk: TestDesk) {
    for typed in ["https:a.example", "https:\\\\a.example\\x", "https://a.example/\u{0}x", "https://a.example/\nx", "https://", "ftp://a.example/"] {
        let answer = desk.writer().create(json!({ "headline": "Linked", "canonicalUrl": typed })).await;

        assert_eq!([answer.code(), answer.fields().join(",")], ["BAD_USER_INPUT", "canonicalUrl"], "{typed:?}");
    }
    let odd = desk.writer().create(json!({ "headline": "Linked", "canonicalUrl": "https://a.example/\"><script>" })).await;
    let draft = odd.draft();
    assert_eq!(desk.writer().look(&draft, "revision { canonicalUrl }").await["revision"]["canonicalUrl"], "https://a.example/%22%3E%3Cscript%3E");
}

async fn a_policy_that_is_not_mentioned_stays(desk: TestDesk) {
    let policy = json!({ "name": "Shop", "disclosure": "We earn.", "rules": [{ "network": "Shop", "host": "shop.example", "parameter": "aff" }] });
    let made = desk.commerce().act("createAffiliatePolicy", "affiliatePolicy { id }", policy).await;
    let draft = desk.draft_with("A lamp", json!({ "body": "[Buy](https://shop.example/a?aff=1)" })).await;
    let chosen = desk.writer().flag(&draft, json!({ "flag": "AUTO", "policyId": made.at("/createAffiliatePolicy/affiliatePolicy/id") })).await.draft();

    let exempt = desk.writer().flag(&chosen, json!({ "flag": "EXEMPT", "reason": "A gift" })).await.draft();

    let body = desk.writer().look(&exempt, "revision { body { html } } affiliate { disclosureRequired policy { name } }").await;
    assert_eq!(body["affiliate"], json!({ "disclosureRequired": false, "policy": { "name": "Shop" } }));
    assert!(body["revision"]["body"]["html"].as_str().unwrap().contains("rel=\"sponsored\""), "{body}");
}
