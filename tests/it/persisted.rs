//! Documents that clients name instead of sending them, pages of other origins, and limits for each address.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use copydesk::config::{Both, Origins};
use copydesk::graphql::persisted::sum_of;
use reqwest::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, HeaderMap, RETRY_AFTER,
};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Answer, TestDesk, both, settings};

both![
    a_document_is_known_by_its_sum_once_it_was_sent_with_it,
    a_sum_of_another_document_is_refused,
    a_document_that_cannot_be_executed_is_not_kept,
    no_mutation_runs_by_get_whatever_it_is_called,
    the_anonymous_send_trusted_documents_alone_where_there_are_some,
    relays_manifest_is_one_too,
    a_manifest_that_cannot_be_trusted_keeps_the_server_from_starting,
    pages_elsewhere_get_nothing_unless_they_are_friends,
    whoever_asks_for_too_much_waits_and_nobody_else,
    guesses_from_one_address_are_shut_out,
];

const SITE: &str = "{ site { name } }";

async fn answer(response: Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or_else(|_| json!({ "notJson": text })) }
}

/// Sends a request as it is, with headers.
async fn post(desk: &TestDesk, body: Value, headers: &[(&str, &str)]) -> Answer {
    let (http, endpoint) = desk.http();
    let request = headers.iter().fold(http.post(endpoint).json(&body), |request, (name, value)| request.header(*name, *value));
    answer(request.send().await.unwrap()).await
}

async fn get(desk: &TestDesk, parts: &[(&str, &str)]) -> Answer {
    let (http, endpoint) = desk.http();
    let url = url::Url::parse_with_params(&endpoint, parts).unwrap();
    answer(http.get(url).send().await.unwrap()).await
}

fn named(sum: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": sum } })
}

async fn a_document_is_known_by_its_sum_once_it_was_sent_with_it(desk: TestDesk) {
    for (query, by_get) in [(SITE, false), ("{ site { name url } }", true)] {
        let extensions = named(&sum_of(query));
        let by_sum = async || if by_get { get(&desk, &[("extensions", &extensions.to_string())]).await } else { post(&desk, json!({ "extensions": extensions }), &[]).await };

        let unknown = by_sum().await;
        let sent = if by_get {
            get(&desk, &[("query", query), ("extensions", &extensions.to_string())]).await
        } else {
            post(&desk, json!({ "query": query, "extensions": extensions }), &[]).await
        };
        let known = by_sum().await;

        assert_eq!((unknown.status, unknown.code().as_str()), (200, "PERSISTED_QUERY_NOT_FOUND"), "{unknown}");
        assert!(unknown.error()["message"].as_str().unwrap().starts_with("PersistedQueryNotFound"), "as Apollo Client reads it: {unknown}");
        assert_eq!(unknown.headers.get("cache-control").unwrap(), "no-store");
        assert_eq!((sent.text("/site/name"), known.text("/site/name")), ("The Newsroom".into(), "The Newsroom".into()));
        // Letters of the sum may be large ones.
        let large = named(&sum_of(query).to_uppercase());
        assert!(post(&desk, json!({ "extensions": large }), &[]).await.is_ok());
    }
}

async fn a_sum_of_another_document_is_refused(desk: TestDesk) {
    let wrong = sum_of("{ site { url } }");

    for sum in [wrong.as_str(), "nonsense"] {
        let refused = post(&desk, json!({ "query": SITE, "extensions": named(sum) }), &[]).await;
        assert_eq!((refused.status, refused.fields()), (400, vec!["extensions.persistedQuery.sha256Hash".to_owned()]), "{refused}");
        assert_eq!(post(&desk, json!({ "extensions": named(sum) }), &[]).await.code(), "PERSISTED_QUERY_NOT_FOUND", "and nothing is kept");
    }
    let later = json!({ "persistedQuery": { "version": 2, "sha256Hash": sum_of(SITE) } });
    assert_eq!(post(&desk, json!({ "query": SITE, "extensions": later }), &[]).await.fields(), ["extensions.persistedQuery.version"]);
}

async fn a_document_that_cannot_be_executed_is_not_kept(desk: TestDesk) {
    for (query, code) in [("{ noSuchField }", "GRAPHQL_VALIDATION_FAILED"), ("{ site {", "GRAPHQL_PARSE_FAILED")] {
        let extensions = named(&sum_of(query));

        let refused = post(&desk, json!({ "query": query, "extensions": extensions }), &[]).await;
        let by_sum = post(&desk, json!({ "extensions": extensions }), &[]).await;

        assert_eq!((refused.code().as_str(), by_sum.code().as_str()), (code, "PERSISTED_QUERY_NOT_FOUND"));
    }
}

async fn no_mutation_runs_by_get_whatever_it_is_called(desk: TestDesk) {
    let mutation = "mutation { signOut { ok } }";
    let extensions = named(&sum_of(mutation));
    post(&desk, json!({ "query": mutation, "extensions": extensions }), &[]).await.data();

    let by_sum = get(&desk, &[("extensions", &extensions.to_string())]).await;
    let in_full = get(&desk, &[("query", mutation), ("extensions", &extensions.to_string())]).await;

    for refused in [by_sum, in_full] {
        assert_eq!((refused.status, refused.headers.get(ALLOW).unwrap().to_str().unwrap()), (405, "POST"), "{refused}");
    }
}

/// A file that is there as long as its folder.
fn file(folder: &Path, text: &Value) -> PathBuf {
    let path = folder.join("manifest.json");
    std::fs::write(&path, text.to_string()).unwrap();
    path
}

async fn trusting(desk: &TestDesk, manifest: &Value) -> TestDesk {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), manifest);
    desk.again_with(|settings| settings.wire.trusted_documents = Some(path)).await
}

fn apollos(operations: &[(&str, &str)]) -> Value {
    let operations = operations.iter().map(|(id, body)| json!({ "id": id, "body": body, "name": "Q", "type": "query" }));
    json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": operations.collect::<Value>() })
}

async fn the_anonymous_send_trusted_documents_alone_where_there_are_some(desk: TestDesk) {
    let trusted = "query Q { site { name } }";
    let strict = trusting(&desk, &apollos(&[("the-site", trusted)])).await;
    let (anonymous, editor) = (strict.anonymous(), strict.editor());

    for by in [json!({ "documentId": "the-site" }), json!({ "id": "the-site" }), json!({ "doc_id": "the-site" }), json!({ "query": trusted }), json!({ "extensions": named(&sum_of(trusted)) }), json!({ "extensions": named("the-site") })] {
        assert_eq!(post(&strict, by.clone(), &[]).await.text("/site/name"), "The Newsroom", "{by}");
    }
    assert_eq!(get(&strict, &[("documentId", "the-site")]).await.text("/site/name"), "The Newsroom");
    for query in [SITE, "query Q { site { name  } }", "mutation { signOut { ok } }", "{ __schema { queryType { name } } }"] {
        assert_eq!(anonymous.ask(query).await.code(), "FORBIDDEN", "{query}");
    }
    for query in [SITE, "{ __schema { queryType { name } } }", "query Q { viewer { id } }"] {
        editor.ask(query).await.data();
    }
    assert_eq!(post(&strict, json!({ "documentId": "another" }), &[]).await.code(), "PERSISTED_QUERY_NOT_FOUND");

    // Signing in is the way out of being anonymous; nothing may come along with it.
    let signed_in = anonymous.sign_in(&editor.person().email, &editor.person().password).await;
    assert_eq!(signed_in.text("/signIn/viewer/id"), editor.id());
    let along = "mutation { signIn(input: { email: \"x\", password: \"x\" }) { token } signOut { ok } }";
    assert_eq!(anonymous.ask(along).await.code(), "FORBIDDEN");

    // Staff send what they like; what they sent with its sum is no more trusted for that.
    let extensions = named(&sum_of(SITE));
    let bearer = format!("Bearer {}", editor.person().token);
    post(&strict, json!({ "query": SITE, "extensions": extensions }), &[("authorization", &bearer)]).await.data();
    assert_eq!(post(&strict, json!({ "extensions": extensions }), &[]).await.code(), "FORBIDDEN");
    let mut socket = strict.socket(&anonymous).await;
    socket.begin("1", "subscription { articlePublished { id } }", json!({})).await;
    assert_eq!(socket.refusal("1").await["extensions"]["code"], "FORBIDDEN", "nor over a socket");
}

async fn relays_manifest_is_one_too(desk: TestDesk) {
    let strict = trusting(&desk, &json!({ "abc": SITE, "def": "query A($first: Int) { articles(first: $first) { totalCount } }" })).await;

    let by_id = post(&strict, json!({ "doc_id": "abc" }), &[]).await;
    let with_variables = post(&strict, json!({ "id": "def", "variables": { "first": 1 } }), &[]).await;

    assert_eq!(by_id.text("/site/name"), "The Newsroom");
    assert_eq!(with_variables.number("/articles/totalCount"), 0);
    assert_eq!(strict.anonymous().ask("{ site { url } }").await.code(), "FORBIDDEN");
}

async fn a_manifest_that_cannot_be_trusted_keeps_the_server_from_starting(desk: TestDesk) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&desk.url, folder.path());

    for (manifest, words) in [
        (apollos(&[("good", SITE), ("the-bad-one", "{ noSuchField }")]), "the-bad-one"),
        (json!({ "broken": "{ site {" }), "broken"),
        (json!({ "format": "something-else", "version": 1, "operations": [] }), "apollo-persisted-query-manifest"),
        (json!({ "format": "apollo-persisted-query-manifest", "version": 1 }), "no manifest"),
        (json!({ "x": 1 }), "'x'"),
        (json!([]), "no JSON object"),
    ] {
        settings.wire.trusted_documents = Some(file(folder.path(), &manifest));
        let Err(error) = copydesk::startup::start(&settings).await else { panic!("it starts with {manifest}") };
        let error = error.to_string();
        assert!(error.contains(words) && error.contains("manifest.json"), "{error}");
    }
    settings.wire.trusted_documents = Some(folder.path().join("absent.json"));
    assert!(copydesk::startup::start(&settings).await.is_err_and(|error| error.to_string().contains("absent.json")));
}

/// What a page of this origin is told before it may ask, and when it asks.
async fn cors(desk: &TestDesk, origin: &str) -> [HeaderMap; 2] {
    let (http, endpoint) = desk.http();
    let preflight = http
        .request(Method::OPTIONS, &endpoint)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,authorization");
    let preflight = preflight.send().await.unwrap().headers().clone();
    [preflight, post(desk, json!({ "query": SITE }), &[("origin", origin)]).await.headers]
}

async fn pages_elsewhere_get_nothing_unless_they_are_friends(desk: TestDesk) {
    let (friend, stranger) = ("https://www.newsroom.example", "https://evil.example");
    let open = desk.again_with(|settings| settings.wire.cors_origins = Origins::Only(vec![friend.to_owned()])).await;
    let any = desk.again_with(|settings| settings.wire.cors_origins = Origins::Any).await;
    let text = |headers: &HeaderMap, name: reqwest::header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap().to_lowercase());

    for headers in cors(&desk, friend).await.iter().chain(&cors(&desk, stranger).await).chain(&cors(&open, stranger).await) {
        assert_eq!(text(headers, ACCESS_CONTROL_ALLOW_ORIGIN), None, "{headers:?}");
    }
    let [preflight, asked] = cors(&open, friend).await;
    for headers in [&preflight, &asked] {
        assert_eq!(text(headers, ACCESS_CONTROL_ALLOW_ORIGIN).as_deref(), Some(friend), "{headers:?}");
        assert_eq!(text(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS).as_deref(), Some("true"), "{headers:?}");
    }
    let methods = text(&preflight, ACCESS_CONTROL_ALLOW_METHODS).unwrap();
    assert!(methods.contains("post") && !methods.contains("delete"), "{methods}");
    assert!(["content-type", "authorization"].iter().all(|name| text(&preflight, ACCESS_CONTROL_ALLOW_HEADERS).unwrap().contains(name)));
    for headers in cors(&any, stranger).await {
        assert_eq!(text(&headers, ACCESS_CONTROL_ALLOW_ORIGIN).as_deref(), Some("*"), "{headers:?}");
        assert_eq!(text(&headers, ACCESS_CONTROL_ALLOW_CREDENTIALS), None, "never with somebody's cookie: {headers:?}");
    }
}

async fn whoever_asks_for_too_much_waits_and_nobody_else(desk: TestDesk) {
    let limited = desk
        .again_with(|settings| {
            settings.wire.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
            settings.wire.rate_cost = Both { anonymous: 100, staff: 100 };
        })
        .await;
    let asked = AtomicUsize::new(0);
    let ask = async |from: &str, more: &[(&str, &str)]| {
        let headers: Vec<(&str, &str)> = [("x-forwarded-for", from)].into_iter().filter(|(_, from)| !from.is_empty()).chain(more.iter().copied()).collect();
        // Each asks something else: what was answered before costs nothing.
        let number = asked.fetch_add(1, Ordering::Relaxed);
        post(&limited, json!({ "query": format!("{{ site {{ name }} a{number}: site {{ name }} }}") }), &headers).await
    };
    let bearer = format!("Bearer {}", desk.editor().person().token);

    let mut count = 0;
    let refused = loop {
        let answer = ask("203.0.113.7", &[]).await;
        if !answer.is_ok() {
            break answer;
        }
        count += 1;
        assert!(count < 100, "a hundred requests cost more than 100");
    };

    assert!(count >= 10, "refused after {count}");
    assert_eq!((refused.status, refused.code().as_str()), (429, "RATE_LIMITED"), "{refused}");
    let wait = refused.error()["extensions"]["retryAfter"].as_u64().unwrap();
    assert!((1..=60).contains(&wait), "{refused}");
    assert_eq!(refused.headers.get(RETRY_AFTER).unwrap().to_str().unwrap(), wait.to_string());
    ask("203.0.113.8", &[]).await.data();
    ask("203.0.113.7, 203.0.113.8", &[]).await.data();
    assert_eq!(ask("203.0.113.8, 203.0.113.7", &[]).await.status, 429, "what others say before the proxy counts for nothing");
    ask("203.0.113.7", &[("authorization", &bearer)]).await.data();
    for _ in 0..100 {
        ask("", &[]).await.data();
    }
    assert_eq!(ask("203.0.113.7", &[("authorization", "Bearer nonsense")]).await.status, 429, "a token that is none changes nothing");
}

async fn guesses_from_one_address_are_shut_out(desk: TestDesk) {
    let limited = desk
        .again_with(|settings| {
            settings.wire.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
            settings.wire.rate_sign_in = (3, 5);
        })
        .await;
    let sign_in = async |from: Option<&str>, email: &str, password: &str| {
        let query = "mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }";
        let headers: Vec<(&str, &str)> = from.map(|from| ("x-forwarded-for", from)).into_iter().collect();
        post(&limited, json!({ "query": query, "variables": { "input": { "email": email, "password": password } } }), &headers).await
    };
    let (editor, writer) = (desk.editor(), desk.writer());
    let (email, password) = (&editor.person().email, &editor.person().password);

    for _ in 0..3 {
        assert_eq!(sign_in(Some("203.0.113.7"), email, "wrong").await.code(), "UNAUTHENTICATED");
    }
    let shut_out = sign_in(Some("203.0.113.7"), email, password).await;

    assert_eq!(shut_out.code(), "RATE_LIMITED", "the right password tells nothing either");
    assert!(shut_out.error()["extensions"]["retryAfter"].as_u64().is_some_and(|seconds| (1..=900).contains(&seconds)), "{shut_out}");
    sign_in(Some("203.0.113.8"), email, password).await.data();
    sign_in(None, email, password).await.data();
    sign_in(Some("203.0.113.7"), &writer.person().email, &writer.person().password).await.data();
    for number in 0..2 {
        assert_eq!(sign_in(Some("203.0.113.7"), &format!("nobody{number}@newsroom.example"), "wrong").await.code(), "UNAUTHENTICATED");
    }
    assert_eq!(sign_in(Some("203.0.113.7"), &writer.person().email, &writer.person().password).await.code(), "RATE_LIMITED", "five failures in all");
    sign_in(Some("203.0.113.8"), &writer.person().email, &writer.person().password).await.data();
}
