//! A mutation that is sent again under the same `Idempotency-Key` is done once and answered alike.

use std::collections::HashSet;

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestDesk, both};

both![
    the_same_request_under_the_same_key_is_done_once_and_answered_alike,
    another_request_under_a_key_that_was_used_is_a_conflict,
    a_key_is_its_users_own,
    of_ten_at_once_under_one_key_one_is_done,
    a_refusal_is_answered_alike_too,
    a_key_is_for_one_mutation,
    a_key_has_to_be_one,
    queries_take_no_notice_of_a_key,
    an_answer_that_was_lost_is_made_anew_of_what_was_changed,
    a_secret_is_shown_again_by_the_server_that_showed_it_and_written_down_nowhere,
    a_key_is_known_on_every_server,
];

const CREATE: &str = "mutation($input: CreateDraftInput!) { made: createDraft(input: $input) { __typename draft { id ...Head } } }
    fragment Head on Draft { state revision { number headline } }";

async fn send(client: &Client, key: &str, query: &str, variables: Value) -> Answer {
    client.with_header("idempotency-key", key).send(query, variables).await
}

async fn create(client: &Client, key: &str, headline: &str) -> Answer {
    send(client, key, CREATE, json!({ "input": { "headline": headline } })).await
}

async fn drafts(desk: &TestDesk) -> i64 {
    desk.editor().ask("{ drafts { totalCount } }").await.number("/drafts/totalCount")
}

async fn the_same_request_under_the_same_key_is_done_once_and_answered_alike(desk: TestDesk) {
    let before = drafts(&desk).await;

    let first = create(&desk.writer(), "a-1", "Once").await;
    let again = create(&desk.writer(), "a-1", "Once").await;

    assert_eq!(first.data(), again.data());
    assert_eq!(first.text("/made/draft/revision/headline"), "Once");
    assert_eq!(again.headers.get("idempotency-replayed").map(|value| value.as_bytes()), Some(&b"true"[..]));
    assert!(first.headers.get("idempotency-replayed").is_none());
    assert_eq!(drafts(&desk).await, before + 1);
}

async fn another_request_under_a_key_that_was_used_is_a_conflict(desk: TestDesk) {
    create(&desk.writer(), "a-1", "First").await.data();
    let before = desk.traces().await;

    let other = create(&desk.writer(), "a-1", "Second").await;

    assert_eq!(other.code(), "CONFLICT");
    assert_eq!(desk.traces().await, before);
}

async fn a_key_is_its_users_own(desk: TestDesk) {
    let first = create(&desk.writer(), "a-1", "Mine").await;
    let other = create(&desk.editor(), "a-1", "Mine").await;

    assert_ne!(first.text("/made/draft/id"), other.text("/made/draft/id"));
}

/// The drafts that ten requests under one key make, sent at once to these servers by turns.
async fn made_at_once(desks: &[&TestDesk]) -> HashSet<String> {
    let mut sent = Vec::new();
    for desk in desks.iter().cycle().take(10) {
        let writer = desk.writer();
        sent.push(tokio::spawn(async move { create(&writer, "a-1", "Ten").await.text("/made/draft/id") }));
    }
    let mut ids = HashSet::new();
    for one in sent {
        ids.insert(one.await.unwrap());
    }
    ids
}

async fn of_ten_at_once_under_one_key_one_is_done(desk: TestDesk) {
    let before = drafts(&desk).await;

    let ids = made_at_once(&[&desk]).await;

    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(drafts(&desk).await, before + 1);
}

async fn a_refusal_is_answered_alike_too(desk: TestDesk) {
    let draft = desk.draft("Refused").await;
    let archive = "mutation($input: RecallDraftInput!) { recallDraft(input: $input) { draft { id } } }".replace("RecallDraftInput", "DraftActionInput");
    let input = json!({ "input": { "draftId": draft.id } });

    let first = send(&desk.writer(), "a-1", &archive, input.clone()).await;
    desk.writer().submit(&draft).await.data();
    let again = send(&desk.writer(), "a-1", &archive, input).await;

    assert_eq!(first.code(), "INVALID_TRANSITION");
    assert_eq!(first.error(), again.error(), "what stands there now would be refused no more");
}

async fn a_key_is_for_one_mutation(desk: TestDesk) {
    let before = desk.traces().await;
    let query = "mutation($input: CreateDraftInput!) { a: createDraft(input: $input) { draft { id } } b: createDraft(input: $input) { draft { id } } }";

    let two = send(&desk.writer(), "a-1", query, json!({ "input": { "headline": "Two" } })).await;

    assert_eq!(two.fields(), ["Idempotency-Key"]);
    assert_eq!(desk.traces().await, before);
}

async fn a_key_has_to_be_one(desk: TestDesk) {
    for key in ["", "two words", &"x".repeat(256)] {
        assert_eq!(create(&desk.writer(), key, "No").await.fields(), ["Idempotency-Key"], "{key}");
    }
}

async fn queries_take_no_notice_of_a_key(desk: TestDesk) {
    let one = send(&desk.writer(), "a-1", "{ viewer { id } }", json!({})).await;
    let two = send(&desk.writer(), "a-1", "{ viewer { name } }", json!({})).await;

    assert!(one.is_ok() && two.is_ok());
}

/// Takes away what was answered, as a server does that is killed between the two.
async fn lose_answers(desk: &TestDesk) {
    let db = sea_orm::Database::connect(&desk.url).await.unwrap();
    let lost = db.execute_unprepared("UPDATE answers SET body = NULL").await.unwrap();
    assert!(lost.rows_affected() > 0);
    db.close().await.unwrap();
}

async fn an_answer_that_was_lost_is_made_anew_of_what_was_changed(desk: TestDesk) {
    let writer = desk.writer();
    let approved = desk.approved("Lost answers").await;
    let comment = "mutation($input: AddCommentInput!) { addComment(input: $input) { comment { id body author { name } } draft { id } } }";
    let publish = "mutation($input: PublishDraftInput!) { publishDraft(input: $input) { article { slug edition } draft { state } __typename } }";
    let author = "mutation($input: CreateAuthorInput!) { createAuthor(input: $input) { author { id name } } }";
    let asks = [
        (writer.clone(), CREATE, json!({ "input": { "headline": "Lost" } })),
        (writer.clone(), comment, json!({ "input": { "draftId": approved.id, "body": "Hm." } })),
        (desk.publisher(), publish, json!({ "input": { "draftId": approved.id, "revision": approved.revision } })),
        (desk.editor(), author, json!({ "input": { "name": "Somebody New" } })),
    ];
    let mut first = Vec::new();
    for (index, (client, query, variables)) in asks.iter().enumerate() {
        first.push(send(client, &format!("lost-{index}"), query, variables.clone()).await);
    }
    lose_answers(&desk).await;
    let before = desk.traces().await;

    for (index, (client, query, variables)) in asks.iter().enumerate() {
        let again = send(client, &format!("lost-{index}"), query, variables.clone()).await;
        assert_eq!(again.data(), first[index].data());
    }

    assert_eq!(desk.traces().await, before);
}

async fn a_secret_is_shown_again_by_the_server_that_showed_it_and_written_down_nowhere(desk: TestDesk) {
    let query = "mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { secret apiToken { id name } } }";
    let input = json!({ "input": { "name": "robot", "roles": ["WRITER"] } });

    let first = send(&desk.writer(), "a-1", query, input.clone()).await;
    let again = send(&desk.writer(), "a-1", query, input.clone()).await;
    let elsewhere = desk.again().await;
    let lost = send(&elsewhere.writer(), "a-1", query, input).await;

    assert_eq!(first.data(), again.data());
    assert_eq!(lost.code(), "CONFLICT");
    let db = sea_orm::Database::connect(&desk.url).await.unwrap();
    let kept = db.execute_unprepared("DELETE FROM answers WHERE body IS NOT NULL").await.unwrap();
    assert_eq!(kept.rows_affected(), 0, "the secret was written down");
    db.close().await.unwrap();
}

async fn a_key_is_known_on_every_server(desk: TestDesk) {
    let before = drafts(&desk).await;
    let elsewhere = desk.again().await;

    let ids = made_at_once(&[&desk, &elsewhere]).await;

    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(drafts(&desk).await, before + 1);
}
