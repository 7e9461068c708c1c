//! Signing in and out, and the tokens that programs carry.

use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::json;

use crate::support::{TestDesk, both};

both![
    a_session_lasts_from_sign_in_to_sign_out,
    a_wrong_password_and_an_unknown_address_are_answered_alike,
    guesses_at_an_account_do_not_shut_it,
    a_browser_needs_nothing_but_its_cookie,
    a_token_that_is_none_is_nobodys,
    an_api_token_carries_the_roles_it_was_made_with_and_no_more,
    an_api_token_takes_roles_that_its_owner_has_and_a_time_to_come,
    a_revoked_api_token_is_nobodys_at_once,
    nobody_revokes_the_token_of_somebody_else,
    a_new_password_ends_every_session,
    whoever_is_deactivated_is_out_at_once,
];

async fn a_session_lasts_from_sign_in_to_sign_out(desk: TestDesk) {
    let editor = desk.editor();

    let signed_in = desk.anonymous().sign_in(&editor.person().email.to_uppercase(), &editor.person().password).await;
    let session = editor.with_token(&signed_in.text("/signIn/token"));
    let during = session.ask("{ viewer { id email roles isActive } }").await;
    session.ask("mutation { signOut { ok } }").await.data();
    let after = session.ask("{ viewer { id } }").await;

    assert_eq!(during.text("/viewer/id"), editor.id());
    assert_eq!(during.at("/viewer/roles"), &json!(["EDITOR"]));
    assert!(after.at("/viewer").is_null(), "{after}");
    assert_eq!(editor.ask("{ viewer { id } }").await.text("/viewer/id"), editor.id(), "another session of the same person");
}

async fn a_wrong_password_and_an_unknown_address_are_answered_alike(desk: TestDesk) {
    let known = desk.editor().person().email.clone();

    let wrong = desk.anonymous().sign_in(&known, "not the password").await;
    let unknown = desk.anonymous().sign_in("nobody@newsroom.example", "not the password").await;

    assert_eq!(wrong.code(), "UNAUTHENTICATED");
    assert_eq!(wrong.error(), unknown.error());
    assert!(wrong.body["data"]["signIn"].is_null());
}

async fn guesses_at_an_account_do_not_shut_it(desk: TestDesk) {
    let (email, password) = (desk.editor().person().email.clone(), desk.editor().person().password.clone());

    let mut guesses = Vec::new();
    for _ in 0..12 {
        let (desk, email) = (desk.clone(), email.clone());
        guesses.push(tokio::spawn(async move { desk.anonymous().sign_in(&email, "wrong").await.code() }));
    }
    for guess in guesses {
        assert_eq!(guess.await.unwrap(), "UNAUTHENTICATED");
    }
    let right = desk.anonymous().sign_in(&email, &password).await;

    assert_eq!(right.at("/signIn/viewer/id"), desk.editor().id(), "whoever knows the password gets in");
}

async fn a_browser_needs_nothing_but_its_cookie(desk: TestDesk) {
    let editor = desk.editor();

    let answer = desk.anonymous().sign_in(&editor.person().email, &editor.person().password).await;
    let cookie = answer.headers.get(SET_COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let pair = cookie.split(';').next().unwrap().to_owned();
    let (http, endpoint) = desk.http();
    let request = http.post(endpoint).header(COOKIE, pair).json(&json!({ "query": "{ viewer { id } }" }));
    let viewer: serde_json::Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();

    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert_eq!(viewer["data"]["viewer"]["id"], editor.id(), "{viewer}");
}

async fn a_token_that_is_none_is_nobodys(desk: TestDesk) {
    for token in ["nonsense", "cdk_nonsense", &"x".repeat(5_000)] {
        let stranger = desk.editor().with_token(token);

        let viewer = stranger.ask("{ viewer { id } }").await;
        let create = stranger.create(json!({ "headline": "Let me in" })).await;

        assert!(viewer.at("/viewer").is_null(), "{viewer}");
        assert_eq!(create.code(), "UNAUTHENTICATED");
    }
}

const TOKEN: &str = "secret apiToken { id name roles expiresAt }";

async fn an_api_token_carries_the_roles_it_was_made_with_and_no_more(desk: TestDesk) {
    let both = desk.staff(&["WRITER", "PUBLISHER"]).await;
    let draft = desk.approved("Tokens act for people").await;

    let made = both.act("createApiToken", TOKEN, json!({ "name": "robot", "roles": ["WRITER"] })).await;
    let robot = both.with_token(&made.text("/createApiToken/secret"));
    let publish = robot.publish(&draft).await;

    assert_eq!(robot.ask("{ viewer { id } }").await.text("/viewer/id"), both.id());
    assert_eq!(made.at("/createApiToken/apiToken/roles"), &json!(["WRITER"]));
    assert_eq!(publish.code(), "FORBIDDEN");
    robot.create(json!({ "headline": "By a robot" })).await.data();
    both.publish(&draft).await.data();
}

async fn an_api_token_takes_roles_that_its_owner_has_and_a_time_to_come(desk: TestDesk) {
    let writer = desk.writer();
    let before = desk.traces().await;

    let more = writer.act("createApiToken", TOKEN, json!({ "name": "robot", "roles": ["WRITER", "ADMIN"] })).await;
    let input = json!({ "name": " ", "roles": ["WRITER"], "expiresAt": "2001-01-01T00:00:00Z" });
    let late = writer.act("createApiToken", TOKEN, input).await;

    assert_eq!(more.fields(), ["roles"]);
    assert_eq!(late.fields(), ["name", "expiresAt"]);
    assert_eq!(desk.traces().await, before);
}

async fn a_revoked_api_token_is_nobodys_at_once(desk: TestDesk) {
    let writer = desk.writer();
    let made = writer.act("createApiToken", TOKEN, json!({ "name": "robot", "roles": ["WRITER"] })).await;
    let robot = writer.with_token(&made.text("/createApiToken/secret"));
    assert!(robot.ask("{ viewer { id } }").await.at("/viewer").is_object());

    let input = json!({ "tokenId": made.text("/createApiToken/apiToken/id") });
    writer.act("revokeApiToken", "apiToken { id }", input).await.data();

    assert!(robot.ask("{ viewer { id } }").await.at("/viewer").is_null());
}

async fn nobody_revokes_the_token_of_somebody_else(desk: TestDesk) {
    let made = desk.writer().act("createApiToken", TOKEN, json!({ "name": "robot", "roles": ["WRITER"] })).await;
    let robot = desk.writer().with_token(&made.text("/createApiToken/secret"));
    let input = json!({ "tokenId": made.text("/createApiToken/apiToken/id") });

    let refused = desk.editor().act("revokeApiToken", "apiToken { id }", input.clone()).await;
    let still = robot.ask("{ viewer { id } }").await;
    let by_admin = desk.admin().act("revokeApiToken", "apiToken { id }", input).await;

    assert!(matches!(refused.code().as_str(), "NOT_FOUND" | "FORBIDDEN"), "{refused}");
    assert!(still.at("/viewer").is_object());
    assert!(by_admin.is_ok(), "{by_admin}");
}

async fn a_new_password_ends_every_session(desk: TestDesk) {
    let writer = desk.writer();
    let input = json!({ "userId": writer.id(), "password": "something else entirely" });

    desk.admin().act("updateUser", "user { id }", input).await.data();

    assert!(writer.ask("{ viewer { id } }").await.at("/viewer").is_null());
    assert_eq!(desk.anonymous().sign_in(&writer.person().email, &writer.person().password).await.code(), "UNAUTHENTICATED");
    desk.anonymous().sign_in(&writer.person().email, "something else entirely").await.data();
}

async fn whoever_is_deactivated_is_out_at_once(desk: TestDesk) {
    let writer = desk.writer();
    let made = writer.act("createApiToken", TOKEN, json!({ "name": "robot", "roles": ["WRITER"] })).await;
    let robot = writer.with_token(&made.text("/createApiToken/secret"));

    desk.admin().act("updateUser", "user { id }", json!({ "userId": writer.id(), "isActive": false })).await.data();

    assert!(writer.ask("{ viewer { id } }").await.at("/viewer").is_null());
    assert!(robot.ask("{ viewer { id } }").await.at("/viewer").is_null());
    assert_eq!(desk.anonymous().sign_in(&writer.person().email, &writer.person().password).await.code(), "UNAUTHENTICATED");
}
