//! The public codes: each is raised by something, in words, and the first that applies is told.

use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::support::{Answer, Draft, TestDesk, both};

both![
    every_public_code_is_raised_with_what_a_client_needs,
    where_several_apply_the_first_in_order_is_told,
    what_never_gets_to_be_executed_has_a_code_too,
    a_body_that_is_too_large_is_refused_unread,
    a_refusal_is_null_with_an_entry_in_errors,
];

/// An error without what differs from run to run.
fn steady(answer: &Answer) -> Value {
    let mut error = answer.error().clone();
    if let Some(at) = error["extensions"].get_mut("changedAt") {
        *at = json!("[a time]");
    }
    error.as_object_mut().unwrap().remove("locations");
    error
}

async fn every_public_code_is_raised_with_what_a_client_needs(desk: TestDesk) {
    let draft = desk.draft_with("One draft", json!({ "slug": "one-draft" })).await;
    let newer = desk.editor().update(&draft, json!({ "dek": "Newer" })).await.draft();
    let empty = desk.writer().create(json!({ "headline": "Empty" })).await.draft();
    let submitted = desk.writer().submit(&newer).await.draft();
    let policy = desk.commerce().ask("{ affiliatePolicies { id } }").await.text("/affiliatePolicies/0/id");

    let raised = [
        desk.anonymous().create(json!({ "headline": "x" })).await,
        desk.another("WRITER").await.update(&newer, json!({ "dek": "x" })).await,
        desk.writer().archive(&Draft { id: "draft_01kb0000000000000000000000".into(), ..draft.clone() }).await,
        desk.writer().create(json!({ "headline": " ", "slug": "///" })).await,
        desk.writer().update(&draft, json!({ "dek": "x" })).await,
        desk.writer().archive(&submitted).await,
        desk.publisher().publish(&submitted).await,
        desk.writer().submit(&empty).await,
        desk.editor().approve(&submitted).await,
        desk.writer().create(json!({ "headline": "x", "slug": "one-draft" })).await,
        desk.commerce().act("updateAffiliatePolicy", "affiliatePolicy { id }", json!({ "policyId": policy, "baseVersion": 9 })).await,
    ];
    let codes: Vec<String> = raised.iter().map(Answer::code).collect();

    assert_eq!(
        codes,
        [
            "UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "BAD_USER_INPUT", "STALE_REVISION", "INVALID_TRANSITION",
            "APPROVALS_MISSING", "CHECKS_FAILED", "SELF_APPROVAL", "SLUG_TAKEN", "CONFLICT"
        ]
    );
    insta::assert_json_snapshot!("error_bodies", raised.iter().map(steady).collect::<Vec<Value>>());
}

async fn where_several_apply_the_first_in_order_is_told(desk: TestDesk) {
    let old = desk.draft_with("Precedence", json!({ "slug": "precedence" })).await;
    let stranger = desk.another("WRITER").await;
    desk.draft_with("Another", json!({ "slug": "another" })).await;
    let unknown = Draft { id: "draft_01kb0000000000000000000000".into(), ..old.clone() };
    let malformed = Draft { id: "nonsense".into(), ..old.clone() };
    let bad = json!({ "headline": " ", "slug": "another" });

    // UNAUTHENTICATED before values that do not parse, those before NOT_FOUND, that before FORBIDDEN.
    assert_eq!(desk.anonymous().update(&malformed, bad.clone()).await.code(), "UNAUTHENTICATED");
    assert_eq!(desk.anonymous().update(&unknown, bad.clone()).await.code(), "UNAUTHENTICATED");
    assert_eq!(stranger.update(&unknown, json!({ "dueAt": "never" })).await.code(), "BAD_USER_INPUT");
    assert_eq!(stranger.update(&unknown, bad.clone()).await.code(), "NOT_FOUND");
    assert_eq!(desk.writer().publish(&unknown).await.code(), "NOT_FOUND");

    // FORBIDDEN before INVALID_TRANSITION, that before STALE_REVISION, that before other bad input.
    let newer = desk.writer().update(&old, json!({ "dek": "Newer" })).await.draft();
    assert_eq!(stranger.update(&old, bad.clone()).await.code(), "FORBIDDEN");
    assert_eq!(desk.writer().update(&old, bad.clone()).await.code(), "STALE_REVISION");
    let archived = desk.writer().archive(&newer).await.draft();
    assert_eq!(stranger.update(&old, bad.clone()).await.code(), "FORBIDDEN");
    assert_eq!(desk.writer().update(&old, bad.clone()).await.code(), "INVALID_TRANSITION");
    assert_eq!(desk.writer().publish(&archived).await.code(), "FORBIDDEN");
    let reopened = desk.editor().reopen(&archived).await.draft();

    // Bad input before SLUG_TAKEN.
    assert_eq!(desk.writer().update(&reopened, bad).await.fields(), ["headline"]);
    assert_eq!(desk.writer().update(&reopened, json!({ "slug": "another" })).await.code(), "SLUG_TAKEN");

    // APPROVALS_MISSING and STALE_REVISION before SELF_APPROVAL and CHECKS_FAILED.
    let own = desk.editor().create(desk.complete("The editor's own")).await.draft();
    let own = desk.editor().submit(&own).await.draft();
    let next = desk.editor().update(&own, json!({ "body": null })).await.draft();
    assert_eq!(desk.editor().approve(&own).await.code(), "STALE_REVISION");
    assert_eq!(desk.editor().review(&next, "LEGAL", "APPROVE").await.code(), "FORBIDDEN");
    assert_eq!(desk.editor().review(&next, "NO_SUCH", "APPROVE").await.code(), "SELF_APPROVAL");
    assert_eq!(desk.publisher().publish(&own).await.code(), "APPROVALS_MISSING");
    let over = json!({ "override": { "reason": " " } });
    assert_eq!(desk.publisher().publish_with(&own, over.clone()).await.code(), "STALE_REVISION");
    assert_eq!(desk.publisher().publish_with(&next, over).await.code(), "BAD_USER_INPUT");
    assert_eq!(desk.publisher().publish_with(&next, json!({ "override": { "reason": "Now." } })).await.code(), "CHECKS_FAILED");
}

async fn what_never_gets_to_be_executed_has_a_code_too(desk: TestDesk) {
    let deep = format!("{{ articles {{ nodes {{ {} id {} }} }} }}", "authors { articles { nodes { ".repeat(30), "} } }".repeat(30));

    for (query, code) in [
        ("{ articles {", "GRAPHQL_PARSE_FAILED"),
        ("{ noSuchField }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ article { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation { createDraft(input: { headline: 1 }) { draft { id } } }", "GRAPHQL_VALIDATION_FAILED"),
        (deep.as_str(), "QUERY_TOO_COMPLEX"),
    ] {
        for asker in [desk.anonymous(), desk.editor()] {
            let answer = asker.ask(query).await;

            assert_eq!(answer.code(), code, "{query}");
            assert!(answer.body.get("data").is_none_or(Value::is_null), "nothing was executed: {answer}");
        }
    }
}

async fn a_body_that_is_too_large_is_refused_unread(desk: TestDesk) {
    let (http, endpoint) = desk.http();
    let body = |size: usize| json!({ "query": "{ sections { id } }", "variables": { "padding": "x".repeat(size) } }).to_string();
    let send = async |size: usize, token: Option<&str>| {
        let mut request = http.post(&endpoint).header("content-type", "application/json").body(body(size));
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.text().await.unwrap_or_default())
    };
    let editor = desk.editor();

    let anonymous = send(300 * 1024, None).await;
    let staff = send(5 * 1024 * 1024, Some(&editor.person().token)).await;
    let fits = send(300 * 1024, Some(&editor.person().token)).await;

    for (status, text) in [anonymous, staff] {
        assert_eq!(status, 413, "{text}");
        assert!(text.contains("PAYLOAD_TOO_LARGE"), "{text}");
    }
    assert_eq!(fits.0, 200, "{}", fits.1);
}

async fn a_refusal_is_null_with_an_entry_in_errors(desk: TestDesk) {
    let answer = desk.writer().publish(&desk.draft("Refused").await).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["data"], json!({ "publishDraft": null }));
    assert_eq!(answer.error()["path"], json!(["publishDraft"]));
}
