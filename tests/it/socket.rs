//! What a client of the socket notices: the protocol graphql-transport-ws, and whom it lets in.

use reqwest::header::SET_COOKIE;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Answer, Client, Heard, TestDesk, both};
use futures_util::SinkExt as _;

both![
    a_client_says_who_it_is_with_its_first_message,
    a_token_that_is_none_is_told_so,
    what_the_protocol_does_not_have_closes_the_socket,
    an_operation_before_the_acknowledgement_is_unauthorized,
    another_protocol_is_not_spoken,
    whoever_says_nothing_is_closed_out,
    an_id_that_is_taken_closes_the_socket,
    saying_twice_who_one_is_closes_the_socket,
    queries_and_mutations_are_answered_and_completed,
    an_operation_that_is_refused_is_an_error,
    an_operation_that_the_client_ends_is_over,
    a_ping_is_answered_with_what_it_brought,
    a_session_that_ends_takes_its_sockets_with_it,
    whoever_is_not_who_they_were_is_closed_out,
    a_cookie_counts_only_for_our_own_pages,
    too_many_operations_at_once_are_refused_and_the_others_go_on,
    a_server_that_stops_says_so,
];

const VIEWER: &str = "{ viewer { id } }";
const LISTEN: &str = "subscription { articlePublished { slug } }";

/// The editor with a session of its own.
async fn session(desk: &TestDesk) -> Client {
    let editor = desk.editor();
    let answer: Answer = desk.anonymous().sign_in(&editor.person().email, &editor.person().password).await;
    editor.with_token(&answer.text("/signIn/token"))
}

async fn a_client_says_who_it_is_with_its_first_message(desk: TestDesk) {
    let editor = desk.editor();
    for key in ["authorization", "Authorization", "AUTHORIZATION", "aUTHORIZATION"] {
        let mut socket = desk.dial().open().await;
        let payload = json!({ key: format!("Bearer {}", editor.person().token), "more": [1] });

        socket.say(json!({ "type": "connection_init", "payload": payload })).await;

        assert_eq!(socket.message().await, json!({ "type": "connection_ack" }), "{key}");
        assert_eq!(socket.ask("1", VIEWER, json!({})).await["viewer"]["id"], editor.id(), "{key}");
    }
    for payload in [json!(null), json!({}), json!({ "authorization": null })] {
        let mut socket = desk.dial().open().await;

        socket.say(json!({ "type": "connection_init", "payload": payload })).await;

        assert_eq!(socket.message().await, json!({ "type": "connection_ack" }));
        assert!(socket.ask("1", VIEWER, json!({})).await["viewer"].is_null(), "nobody");
    }
    let mut by_header = desk.dial().header("authorization", &format!("Bearer {}", editor.person().token)).open().await;
    by_header.sign_in(None).await;
    assert_eq!(by_header.ask("1", VIEWER, json!({})).await["viewer"]["id"], editor.id());
}

async fn a_token_that_is_none_is_told_so(desk: TestDesk) {
    for token in [json!("Bearer nonsense"), json!("Bearer cdk_nonsense"), json!("Basic x"), json!(""), json!(1), json!(["x"]), json!("x".repeat(5_000))] {
        let mut socket = desk.dial().open().await;

        socket.say(json!({ "type": "connection_init", "payload": { "authorization": token } })).await;

        let heard = socket.hear().await;
        assert!(matches!(&heard, Heard::Closed(Some(4403), words) if !words.is_empty()), "{token}: {heard:?}");
    }
}

async fn what_the_protocol_does_not_have_closes_the_socket(desk: TestDesk) {
    for text in [
        "", "hello", "[]", "{}", r#"{"type":"start"}"#, r#"{"type":"connection_ack"}"#, r#"{"type":"subscribe"}"#,
        r#"{"id":"1","type":"subscribe","payload":{"query":1}}"#, r#"{"id":"1","type":"subscribe","payload":{}}"#,
        r#"{"id":"","type":"subscribe","payload":{"query":"{ __typename }"}}"#, r#"{"type":"ping","payload":"x"}"#,
    ] {
        let mut socket = desk.socket(&desk.anonymous()).await;

        socket.send(text).await;

        let heard = socket.hear().await;
        assert!(matches!(&heard, Heard::Closed(Some(4400), words) if words.starts_with("Invalid message")), "{text}: {heard:?}");
    }
    let mut binary = desk.socket(&desk.anonymous()).await;
    binary.stream.send(Message::binary(br#"{"type":"ping"}"#.to_vec())).await.unwrap();
    assert_eq!(binary.closed().await, Some(4400));
    let mut early = desk.dial().open().await;
    early.send("nonsense").await;
    assert_eq!(early.closed().await, Some(4400));
}

async fn an_operation_before_the_acknowledgement_is_unauthorized(desk: TestDesk) {
    let mut socket = desk.dial().open().await;

    socket.begin("1", "{ site { name } }", json!({})).await;

    assert_eq!(socket.hear().await, Heard::Closed(Some(4401), "Unauthorized".into()));
}

async fn another_protocol_is_not_spoken(desk: TestDesk) {
    for protocol in [None, Some("graphql-ws"), Some("chat, soap")] {
        let mut socket = desk.dial().protocol(protocol).open().await;

        assert_eq!(socket.hear().await, Heard::Closed(Some(4406), "Subprotocol not acceptable".into()), "{protocol:?}");
    }
    let mut among_others = desk.dial().protocol(Some("chat, graphql-transport-ws")).open().await;
    among_others.sign_in(None).await;
}

async fn whoever_says_nothing_is_closed_out(desk: TestDesk) {
    let began = std::time::Instant::now();
    let mut socket = desk.dial().open().await;
    // What is not the first message of the protocol does not count.
    socket.is_open().await;

    assert_eq!(socket.hear().await, Heard::Closed(Some(4408), "Connection initialisation timeout".into()));
    let took = began.elapsed().as_secs_f64();
    assert!((2.9..15.0).contains(&took), "after {took} seconds");
}

async fn an_id_that_is_taken_closes_the_socket(desk: TestDesk) {
    let mut socket = desk.socket(&desk.anonymous()).await;
    socket.begin("mine", LISTEN, json!({})).await;

    socket.begin("mine", LISTEN, json!({})).await;

    assert_eq!(socket.hear().await, Heard::Closed(Some(4409), "Subscriber for mine already exists".into()));
}

async fn saying_twice_who_one_is_closes_the_socket(desk: TestDesk) {
    let mut socket = desk.socket(&desk.editor()).await;

    socket.say(json!({ "type": "connection_init" })).await;

    assert_eq!(socket.hear().await, Heard::Closed(Some(4429), "Too many initialisation requests".into()));
}

async fn queries_and_mutations_are_answered_and_completed(desk: TestDesk) {
    let mut socket = desk.socket(&desk.writer()).await;
    let create = "mutation($input: CreateDraftInput!) { createDraft(input: $input) { draft { id revision { headline } } } }";

    let made = socket.ask("a", create, json!({ "input": { "headline": "Over a socket" } })).await;
    let id = &made["createDraft"]["draft"]["id"];
    // The id is free again once its operation has ended.
    let read = socket.ask("a", "query($id: ID!) { draft(id: $id) { revision { headline } } }", json!({ "id": id })).await;
    socket.begin("b", create, json!({ "input": { "headline": " " } })).await;
    let refused = socket.answer("b").await;
    socket.completed("b").await;

    assert_eq!(read["draft"]["revision"]["headline"], "Over a socket");
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{refused}");
    assert_eq!(refused["data"], json!({ "createDraft": null }));
}

async fn an_operation_that_is_refused_is_an_error(desk: TestDesk) {
    let mut socket = desk.socket(&desk.anonymous()).await;
    let deep = format!("{{ articles {{ nodes {{ {} id {} }} }} }}", "authors { articles { nodes { ".repeat(9), "} } }".repeat(9));

    for (query, code) in [
        ("{ articles {", "GRAPHQL_PARSE_FAILED"),
        ("{ noSuchField }", "GRAPHQL_VALIDATION_FAILED"),
        (deep.as_str(), "QUERY_TOO_COMPLEX"),
        ("subscription { events { id } }", "UNAUTHENTICATED"),
        ("subscription { draftChanged(id: \"x\") { id } }", "UNAUTHENTICATED"),
        ("subscription { articlePublished { noSuchField } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: articlePublished { id } b: articlePublished { id } }", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        socket.begin("1", query, json!({})).await;
        assert_eq!(socket.refusal("1").await["extensions"]["code"], code, "{query}");
    }

    assert_eq!(socket.ask("1", VIEWER, json!({})).await, json!({ "viewer": null }), "the socket itself goes on");
}

async fn an_operation_that_the_client_ends_is_over(desk: TestDesk) {
    let mut socket = desk.socket(&desk.editor()).await;
    let newest = desk.admin().ask("{ events(last: 1) { nodes { id } } }").await.texts("/events/nodes", "id").remove(0);
    let query = "subscription($after: ID) { events(after: $after) { draft { id } } }";
    socket.begin("ended", query, json!({ "after": newest })).await;
    let first = desk.draft("First").await;
    assert_eq!(socket.data("ended").await["events"]["draft"]["id"], first.id);

    socket.end("ended").await;
    socket.end("never begun").await;
    socket.begin("another", query, json!({ "after": newest })).await;
    let second = desk.draft("Second").await;

    for draft in [&first, &second] {
        assert_eq!(socket.data("another").await["events"]["draft"]["id"], draft.id, "and nothing of the one that was ended");
    }
    socket.begin("ended", query, json!({ "after": newest })).await;
    assert_eq!(socket.data("ended").await["events"]["draft"]["id"], first.id, "its id is free");
}

async fn a_ping_is_answered_with_what_it_brought(desk: TestDesk) {
    let mut socket = desk.socket(&desk.anonymous()).await;

    socket.say(json!({ "type": "ping", "payload": { "at": 1 } })).await;
    assert_eq!(socket.message().await, json!({ "type": "pong", "payload": { "at": 1 } }));
    socket.say(json!({ "type": "pong", "payload": { "nobody": "asked" } })).await;
    socket.is_open().await;
}

async fn a_session_that_ends_takes_its_sockets_with_it(desk: TestDesk) {
    let bystander = session(&desk).await;
    let mut beside = desk.socket(&bystander).await;
    for door in [&desk, &desk.elsewhere().await] {
        let (revoked, left) = (session(&desk).await, session(&desk).await);
        let (mut by_revoking, mut by_leaving) = (desk.socket(&revoked).await, desk.socket(&left).await);
        by_revoking.begin("1", "subscription { events { id } }", json!({})).await;
        let sessions = revoked.ask("{ viewer { sessions { id isCurrent } } }").await;
        let id = sessions.list("/viewer/sessions").iter().find(|session| session["isCurrent"] == true).unwrap()["id"].clone();

        door.editor().act("revokeSession", "revokedSessionId", json!({ "sessionId": id })).await.data();
        door.editor().with_token(left.token().unwrap()).ask("mutation { signOut { ok } }").await.data();

        assert_eq!((by_revoking.closed().await, by_leaving.closed().await), (Some(4403), Some(4403)));
        beside.is_open().await;
    }
    let mut old = desk.socket(&session(&desk).await).await;
    let input = json!({ "currentPassword": desk.editor().person().password, "newPassword": "quite another password" });

    desk.elsewhere().await.editor().with_token(bystander.token().unwrap()).act("changePassword", "user { id }", input).await.data();

    assert_eq!(old.closed().await, Some(4403));
    beside.is_open().await;
}

async fn whoever_is_not_who_they_were_is_closed_out(desk: TestDesk) {
    let mut beside = desk.socket(&desk.editor()).await;
    for door in [&desk, &desk.elsewhere().await] {
        let admin = door.admin();
        let (gone, changed, robots) = (desk.another("WRITER").await, desk.another("LEGAL").await, desk.writer());
        let made = robots.act("createApiToken", "secret apiToken { id }", json!({ "name": "robot", "roles": ["WRITER"] })).await;
        let robot = robots.with_token(&made.text("/createApiToken/secret"));
        let mut sockets = [desk.socket(&gone).await, desk.socket(&changed).await, desk.socket(&robot).await];

        admin.act("updateUser", "user { id }", json!({ "userId": gone.id(), "isActive": false })).await.data();
        admin.act("updateUser", "user { id }", json!({ "userId": changed.id(), "roles": ["LEGAL", "EDITOR"] })).await.data();
        admin.act("revokeApiToken", "apiToken { id }", json!({ "tokenId": made.text("/createApiToken/apiToken/id") })).await.data();

        for socket in &mut sockets {
            assert_eq!(socket.closed().await, Some(4403));
        }
        beside.is_open().await;
        // New roles count from the next connection on.
        desk.socket(&changed).await.is_open().await;
    }
}

async fn a_cookie_counts_only_for_our_own_pages(desk: TestDesk) {
    let answer = desk.anonymous().sign_in(&desk.editor().person().email, &desk.editor().person().password).await;
    let cookie = answer.headers.get(SET_COOKIE).and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next()).unwrap();
    let own = format!("http://{}", desk.address);
    let viewer = async |origin: &str| -> Value {
        let mut socket = desk.dial().header("cookie", cookie).header("origin", origin).open().await;
        socket.sign_in(None).await;
        socket.ask("1", VIEWER, json!({})).await["viewer"].clone()
    };

    for origin in [own.as_str(), "https://newsroom.example"] {
        assert_eq!(viewer(origin).await["id"], desk.editor().id(), "{origin}");
    }
    for origin in ["https://evil.example", "null", "http://newsroom.example", "https://newsroom.example.evil.example", "http://127.0.0.1:1", ""] {
        assert!(viewer(origin).await.is_null(), "{origin}");
    }
}

async fn too_many_operations_at_once_are_refused_and_the_others_go_on(desk: TestDesk) {
    let mut socket = desk.socket(&desk.anonymous()).await;
    for number in 0..50 {
        socket.begin(&number.to_string(), LISTEN, json!({})).await;
    }

    socket.begin("one too many", LISTEN, json!({})).await;
    let refused = socket.refusal("one too many").await;
    socket.end("7").await;
    let in_its_place = socket.ask("another", "{ site { name } }", json!({})).await;
    let live = desk.published("Heard by all").await;

    assert_eq!(refused["extensions"]["code"], "RATE_LIMITED", "{refused}");
    assert_eq!(in_its_place["site"]["name"], "The Newsroom");
    let mut heard = Vec::new();
    for _ in 0..49 {
        let message = socket.message().await;
        assert_eq!(message["payload"]["data"]["articlePublished"]["slug"], live.slug, "{message}");
        heard.push(message["id"].as_str().unwrap().parse::<u32>().unwrap());
    }
    heard.sort_unstable();
    assert_eq!(heard, (0..50).filter(|number| *number != 7).collect::<Vec<_>>());
}

async fn a_server_that_stops_says_so(desk: TestDesk) {
    let other = desk.again().await;
    let mut socket = other.socket(&desk.editor()).await;
    socket.begin("1", "subscription { events { id } }", json!({})).await;

    drop(other);

    let heard = socket.hear().await;
    assert!(matches!(&heard, Heard::Closed(Some(1001), words) if words.contains("connect again")), "{heard:?}");
}
