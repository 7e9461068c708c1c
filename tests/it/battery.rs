//! What hostile clients send: none of it takes the server's time, its memory or its life.
//!
//! The server is a process of its own, so that what it takes can be read where the system tells it.

mod attacks;
mod floods;
mod slow;
mod sockets;
mod target;

use std::io::Write as _;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestDesk, block_on};
use attacks::{Attack, SINGLE, Sent};
use target::{Bounds, Target};

/// Past the capture of test output: the figures are what this is run for.
fn tell(figure: &str) {
    let _ = writeln!(std::io::stderr(), "battery: {figure}");
}

/// Sends an attack's request; gives the status and what came.
async fn send(target: &Target, sent: Sent, token: Option<&str>) -> Result<(u16, String), String> {
    let url = format!("http://{}/graphql{}", target.address, sent.query_string);
    let mut request = target.http.request(if sent.body.is_none() { Method::GET } else { Method::POST }, url);
    if sent.headers.is_empty() {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in sent.headers {
        request = request.header(*name, *value);
    }
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.body(sent.body.unwrap_or_default()).send().await.map_err(|error| format!("no answer: {error:?}"))?;
    let status = response.status().as_u16();
    Ok((status, response.text().await.map_err(|error| format!("half an answer: {error:?}"))?))
}

/// What is wrong with an answer, if anything is.
fn complaint(attack: &Attack, status: u16, text: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(text).unwrap_or_default();
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let longest = errors.iter().map(|error| error["message"].as_str().unwrap_or_default().chars().count()).max().unwrap_or_default();
    let coded = errors.iter().all(|error| error["extensions"]["code"].is_string());
    let shown: String = text.chars().take(300).collect();
    if status >= 500 {
        return Some(format!("answered {status}: {shown}"));
    }
    if errors.len() > 20 || longest > 300 || !coded {
        return Some(format!("{} errors, the longest of {longest} characters, each with a code: {coded}", errors.len()));
    }
    let refused = (400..500).contains(&status) || !errors.is_empty();
    (attack.refused && !refused).then(|| format!("was not refused: {status} {shown}"))
}

/// Sends every single request of the table, each to be judged by itself.
async fn every_single_request(who: &str, role: Option<&str>) {
    let mut target = Target::start().await;
    let token = role.map(|role| target.token(role));
    for attack in SINGLE {
        let sent = (attack.request)();
        let size = sent.body.as_ref().map_or(0, Vec::len) + sent.query_string.len();
        let bounds = if size <= 256 << 10 { Bounds::SINGLE } else { Bounds::LARGE };
        let name = format!("{who}, {} ({} KiB)", attack.name, size >> 10);
        let outcome = target.attacked(&name, &bounds, send(&target, sent, token)).await;
        match outcome {
            Ok((status, text)) => target.complain(&name, complaint(attack, status, &text)),
            Err(error) => target.complain(&name, Some(error)),
        }
    }
    target.finish();
}

#[test]
fn a_single_request_of_the_anonymous_takes_little() {
    block_on(every_single_request("anonymous", None));
}

#[test]
fn a_single_request_of_staff_takes_little() {
    block_on(every_single_request("staff", Some("EDITOR")));
}

#[test]
fn a_large_article_is_not_multiplied() {
    block_on(async {
        let large = async |desk: TestDesk| {
            let body = "All work and no play.\n\n".repeat(40_000);
            desk.published_with("Large", json!({ "slug": "large", "body": body })).await;
        };
        let mut target = Target::start_after(large).await;
        let name = "a large article under 30 names";
        let names: String = (0..30).map(|number| format!("a{number}: article(slug: \"large\") {{ body {{ html text markdown blocks {{ ... on ParagraphBlock {{ text }} }} }} }} ")).collect();
        let sent = Sent { query_string: String::new(), headers: &[], body: Some(json!({ "query": format!("{{ {names} }}") }).to_string().into()) };

        let outcome = target.attacked(name, &Bounds::BULKY, send(&target, sent, None)).await;

        // Whether it is refused or answered is all one, as long as it is cheap.
        let told = outcome.map(|(status, text)| tell(&format!("{name}: {status}, {} KiB", text.len() >> 10)));
        target.complain(name, told.err());
        target.finish();
    });
}

#[test]
fn many_large_articles_are_not_given_at_once() {
    block_on(async {
        let large = async |desk: TestDesk| {
            let body = "All work and no play.\n\n".repeat(40_000);
            for number in 0..12 {
                desk.published_with(&format!("Large {number}"), json!({ "body": body })).await;
            }
        };
        let mut target = Target::start_after(large).await;
        let query = "{ articles(first: 20) { nodes { slug body { html text } } } }";
        let sent = Sent { query_string: String::new(), headers: &[], body: Some(json!({ "query": query }).to_string().into()) };

        let outcome = target.attacked("12 large articles", &Bounds::BULKY, send(&target, sent, None)).await;

        let refused = outcome.and_then(|(_, text)| if text.contains("QUERY_TOO_COMPLEX") { Ok(()) } else { Err("they were given".to_owned()) });
        target.complain("12 large articles", refused.err());
        target.finish();
    });
}
