//! Where somebody is signed in, and how that ends.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Answer, Client, TestDesk, both, instant};

both![
    people_see_where_they_are_signed_in,
    people_see_the_keys_that_they_made,
    nobody_sees_the_sessions_and_keys_of_others,
    a_session_that_is_ended_opens_nothing,
    somebody_elses_session_is_ended_by_administrators_alone,
    a_new_password_needs_the_old_one_and_has_to_be_good,
    a_new_password_ends_every_other_session,
    guesses_delay_the_answers_and_keep_nobody_out,
    an_unknown_account_is_answered_alike,
];

const SESSIONS: &str = "{ viewer { sessions { id createdAt lastUsedAt expiresAt address userAgent isCurrent } } }";

/// Somebody with one more session, begun with a program of this name.
async fn session(desk: &TestDesk, who: &Client, agent: &str) -> Client {
    let (http, endpoint) = desk.http();
    let query = "mutation($input: SignInInput!) { signIn(input: $input) { token } }";
    let input = json!({ "email": who.person().email, "password": who.person().password });
    let request = http.post(endpoint).header("user-agent", agent).json(&json!({ "query": query, "variables": { "input": input } }));
    let answer: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    who.with_token(answer["data"]["signIn"]["token"].as_str().unwrap_or_else(|| panic!("{answer}")))
}

async fn sessions(who: &Client) -> Vec<Value> {
    who.ask(SESSIONS).await.list("/viewer/sessions").to_vec()
}

/// The id of the session that somebody asks with.
async fn own(who: &Client) -> Value {
    sessions(who).await.iter().find(|session| session["isCurrent"] == true).unwrap()["id"].clone()
}

async fn revoke(who: &Client, id: &Value) -> Answer {
    who.act("revokeSession", "revokedSessionId viewer { id sessions { id } }", json!({ "sessionId": id })).await
}

async fn is_in(who: &Client) -> bool {
    who.ask("{ viewer { id } }").await.at("/viewer").is_object()
}

async fn people_see_where_they_are_signed_in(desk: TestDesk) {
    let editor = desk.editor();
    let before = sessions(&editor).await.len();
    let phone = session(&desk, &editor, "A Phone/1.0").await;
    let desktop = session(&desk, &editor, &"A Desktop ".repeat(100)).await;

    let by_phone = sessions(&phone).await;
    let by_desktop = sessions(&desktop).await;

    assert_eq!(by_phone.len(), before + 2);
    let agents: Vec<&str> = by_phone.iter().take(2).map(|session| session["userAgent"].as_str().unwrap()).collect();
    assert!(agents[0].starts_with("A Desktop") && agents[0].len() <= 200, "newest first, and cut: {agents:?}");
    assert_eq!(agents[1], "A Phone/1.0");
    for (seen, current) in [(&by_phone, 1), (&by_desktop, 0)] {
        let places: Vec<usize> = (0..seen.len()).filter(|place| seen[*place]["isCurrent"] == true).collect();
        assert_eq!(places, [current]);
        assert_eq!(seen[current]["address"], "127.0.0.1");
        assert!(instant(&seen[current]["expiresAt"]) > instant(&seen[current]["createdAt"]));
        assert!(seen[current]["lastUsedAt"].is_string());
    }
    let text = serde_json::to_string(&by_phone).unwrap();
    assert!(!text.contains(phone.token().unwrap()), "and never what proves it");
}

async fn people_see_the_keys_that_they_made(desk: TestDesk) {
    let writer = desk.writer();
    let made = writer.act("createApiToken", "secret apiToken { id }", json!({ "name": "robot", "roles": ["WRITER"] })).await;
    let revoked = writer.act("createApiToken", "apiToken { id }", json!({ "name": "revoked", "roles": ["WRITER"] })).await;
    writer.act("revokeApiToken", "apiToken { id }", json!({ "tokenId": revoked.text("/createApiToken/apiToken/id") })).await.data();
    let robot = writer.with_token(&made.text("/createApiToken/secret"));

    let seen = writer.ask("{ viewer { apiTokens { id name roles createdAt lastUsedAt expiresAt } } }").await;
    let by_robot = robot.ask(SESSIONS).await;

    assert_eq!(seen.texts("/viewer/apiTokens", "name"), ["robot"], "those that open something");
    assert_eq!(seen.at("/viewer/apiTokens/0/id"), made.at("/createApiToken/apiToken/id"));
    assert!(!seen.to_string().contains(&made.text("/createApiToken/secret")));
    assert!(by_robot.list("/viewer/sessions").iter().all(|session| session["isCurrent"] == false), "a key is no session: {by_robot}");
}

async fn nobody_sees_the_sessions_and_keys_of_others(desk: TestDesk) {
    let writer = desk.writer();
    writer.act("createApiToken", "apiToken { id }", json!({ "name": "robot", "roles": ["WRITER"] })).await.data();
    session(&desk, &writer, "A Phone/1.0").await;
    let draft = desk.draft("By the writer").await;
    let all = "{ users(first: 100) { nodes { id sessions { id } apiTokens { id } } } }";
    let by_path = "history(first: 1) { nodes { actor { id sessions { id } apiTokens { id } } } }";

    for asker in [desk.editor(), desk.admin()] {
        let users = asker.ask(all).await;
        let actor = asker.look(&draft, by_path).await["history"]["nodes"][0]["actor"].clone();

        for user in users.list("/users/nodes").iter().chain([&actor]).filter(|user| user["id"] != asker.id()) {
            assert_eq!((&user["sessions"], &user["apiTokens"]), (&json!([]), &json!([])), "{user}");
        }
        assert!(users.list("/users/nodes").iter().any(|user| user["id"] == asker.id() && user["sessions"][0]["id"].is_string()), "but one's own");
    }
}

async fn a_session_that_is_ended_opens_nothing(desk: TestDesk) {
    let editor = desk.editor();
    let (phone, desktop) = (session(&desk, &editor, "phone").await, session(&desk, &editor, "desktop").await);
    let (of_phone, of_desktop) = (own(&phone).await, own(&desktop).await);

    let other = revoke(&desktop, &of_phone).await;
    let again = revoke(&desktop, &of_phone).await;
    let oneself = revoke(&desktop, &of_desktop).await;

    assert_eq!(other.at("/revokeSession/revokedSessionId"), &of_phone);
    let left = other.list("/revokeSession/viewer/sessions");
    assert!(left.iter().any(|session| session["id"] == of_desktop) && !left.iter().any(|session| session["id"] == of_phone), "{other}");
    assert_eq!(again.code(), "NOT_FOUND");
    assert!(oneself.at("/revokeSession/viewer").is_null(), "nobody any more: {oneself}");
    assert_eq!((is_in(&phone).await, is_in(&desktop).await, is_in(&editor).await), (false, false, true));
}

async fn somebody_elses_session_is_ended_by_administrators_alone(desk: TestDesk) {
    let writer = session(&desk, &desk.writer(), "phone").await;
    let id = own(&writer).await;

    for somebody in [desk.editor(), desk.publisher()] {
        assert_eq!(revoke(&somebody, &id).await.code(), "NOT_FOUND");
        assert_eq!(revoke(&somebody, &json!("session_01kb0000000000000000000000")).await.code(), "NOT_FOUND", "alike");
    }
    assert_eq!(revoke(&desk.editor(), &json!("nonsense")).await.code(), "BAD_USER_INPUT");
    assert_eq!(revoke(&desk.anonymous(), &id).await.code(), "UNAUTHENTICATED");
    assert!(is_in(&writer).await);
    let by_admin = revoke(&desk.admin(), &id).await;

    assert_eq!(by_admin.text("/revokeSession/viewer/id"), desk.admin().id(), "the asker, not whose it was");
    assert!(!is_in(&writer).await);
}

async fn change_password(who: &Client, current: &str, new: &str) -> Answer {
    who.act("changePassword", "user { id sessions { isCurrent } }", json!({ "currentPassword": current, "newPassword": new })).await
}

async fn a_new_password_needs_the_old_one_and_has_to_be_good(desk: TestDesk) {
    let editor = desk.editor();
    let current = &editor.person().password;
    let before = desk.traces().await;

    let wrong = change_password(&editor, "not the password", "a good new password").await;
    let weak = change_password(&editor, current, "short").await;
    let mut both = change_password(&editor, &"x".repeat(100_000), "").await.fields();
    let nobody = change_password(&desk.anonymous(), current, "a good new password").await;

    both.sort();
    assert_eq!((wrong.fields(), weak.fields()), (vec!["currentPassword".to_owned()], vec!["newPassword".to_owned()]));
    assert_eq!(both, ["currentPassword", "newPassword"], "all at once");
    assert_eq!(nobody.code(), "UNAUTHENTICATED");
    assert_eq!(desk.traces().await, before);
    desk.anonymous().sign_in(&editor.person().email, current).await.data();
}

async fn a_new_password_ends_every_other_session(desk: TestDesk) {
    let editor = desk.editor();
    let (own, other) = (session(&desk, &editor, "own").await, session(&desk, &editor, "other").await);
    let (mut beside, mut of_own, mut of_other) = (desk.socket(&desk.writer()).await, desk.socket(&own).await, desk.socket(&other).await);

    let changed = change_password(&own, &editor.person().password, "a good new password").await;

    assert_eq!(changed.at("/changePassword/user/sessions"), &json!([{ "isCurrent": true }]));
    assert_eq!(of_other.closed().await, Some(4403));
    of_own.is_open().await;
    beside.is_open().await;
    assert_eq!((is_in(&own).await, is_in(&other).await, is_in(&editor).await), (true, false, false));
    assert_eq!(desk.anonymous().sign_in(&editor.person().email, &editor.person().password).await.code(), "UNAUTHENTICATED");
    desk.anonymous().sign_in(&editor.person().email, "a good new password").await.data();
}

async fn guesses_delay_the_answers_and_keep_nobody_out(desk: TestDesk) {
    let editor = desk.editor();
    let (email, password) = (&editor.person().email, &editor.person().password);
    let mut took = Vec::new();
    for number in 0..8 {
        let began = Instant::now();
        assert_eq!(desk.anonymous().sign_in(email, &format!("guess {number}")).await.code(), "UNAUTHENTICATED");
        took.push(began.elapsed());
    }

    let right = desk.anonymous().sign_in(email, password).await;

    assert_eq!(right.text("/signIn/viewer/id"), editor.id(), "whoever knows the password gets in");
    let (first, last) = (took[..5].iter().sum::<Duration>() / 5, took[7]);
    assert!(last > Duration::from_millis(900) && took[7] > took[5], "answers come later and later: {took:?}");
    let began = Instant::now();
    desk.anonymous().sign_in(email, "wrong").await.code();
    assert!(began.elapsed() < last, "all is forgotten with a success: {first:?} at first, {:?} now", began.elapsed());
    let others = Instant::now();
    desk.anonymous().sign_in(&desk.writer().person().email, "wrong").await.code();
    assert!(others.elapsed() < last, "another account is not held back");
}

async fn an_unknown_account_is_answered_alike(desk: TestDesk) {
    let known: Vec<Client> = [desk.editor(), desk.legal(), desk.commerce(), desk.publisher()].into();
    desk.anonymous().sign_in("warm@newsroom.example", "wrong").await.code();
    let time = async |email: &str, password: &str| {
        let began = Instant::now();
        let answer = desk.anonymous().sign_in(email, password).await;
        (began.elapsed(), answer.error().clone())
    };

    let (mut of_known, mut of_unknown) = (Duration::ZERO, Duration::ZERO);
    for (number, person) in known.iter().enumerate() {
        for password in ["wrong", "also wrong"] {
            let (by_known, said) = time(&person.person().email, password).await;
            let (by_unknown, unsaid) = time(&format!("nobody{number}@newsroom.example"), password).await;
            assert_eq!(said, unsaid, "in words");
            of_known += by_known;
            of_unknown += by_unknown;
        }
    }

    let ratio = of_known.as_secs_f64() / of_unknown.as_secs_f64();
    assert!((0.33..3.0).contains(&ratio), "and in time: {of_known:?} for those who are there, {of_unknown:?} for those who are not");
}
