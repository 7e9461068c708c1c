//! Floods of requests: what is kept of them is bounded, and whoever has the right password gets in.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::target::{Bounds, Target};
use crate::support::{block_on, is_full};
use copydesk::graphql::persisted::sum_of;

/// Requests that are sent before the first answer is read.
const AHEAD: usize = 2;

/// Sends requests one after another over a few connections, and counts the answers that hold a text.
async fn flood(target: &Target, count: usize, body: impl Fn(usize) -> String, wanted: &str) -> usize {
    let connections: usize = 4;
    let one = async |first: usize| {
        let mut stream = TcpStream::connect(target.address).await.unwrap();
        let (mut from, mut to) = stream.split();
        let numbers: Vec<usize> = (first..count).step_by(connections).collect();
        let mut fits = 0;
        for some in numbers.chunks(AHEAD) {
            let requests: String = some
                .iter()
                .map(|number| {
                    let body = body(*number);
                    format!("POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
                })
                .collect();
            let mut answers = Vec::new();
            let read = async {
                while String::from_utf8_lossy(&answers).matches("HTTP/1.1 ").count() < some.len() || !answers.ends_with(b"}") {
                    if !matches!(from.read_buf(&mut answers).await, Ok(1..)) {
                        break;
                    }
                }
            };
            let send = async { to.write_all(requests.as_bytes()).await };
            let done = async { tokio::join!(read, send).1 };
            if !tokio::time::timeout(Duration::from_secs(60), done).await.is_ok_and(|sent| sent.is_ok()) {
                break;
            }
            fits += String::from_utf8_lossy(&answers).matches(wanted).count();
        }
        fits
    };
    join_all((0..connections).map(one)).await.into_iter().sum()
}

fn size(full: usize, small: usize) -> usize {
    if is_full() { full } else { small }
}

#[test]
fn persisted_queries_take_bounded_memory() {
    block_on(async {
        let mut target = Target::start().await;
        let extensions = |sum: &str| json!({ "persistedQuery": { "version": 1, "sha256Hash": sum } });

        let count = size(20_000, 5_000);
        let name = format!("{count} sums without a document");
        let unknown = flood(&target, count, |number| json!({ "extensions": extensions(&format!("{number:064x}")) }).to_string(), "PERSISTED_QUERY_NOT_FOUND");
        let refused = target.attacked(&name, &Bounds::FLOOD, unknown).await;
        target.complain(&name, (refused != count).then(|| format!("{refused} were refused in words")));

        let count = 2_000;
        let name = "2,000 documents with their sums";
        let valid = |number: usize| {
            let query = format!("query Q{number} {{ site {{ name }} }} # {}", "x".repeat(10_000));
            json!({ "extensions": extensions(&sum_of(&query)), "query": query }).to_string()
        };
        let answered = target.attacked(name, &Bounds::HEAVY, flood(&target, count, valid, "\"data\":{\"site\"")).await;
        target.complain(name, (answered != count).then(|| format!("{answered} were answered")));
        target.finish();
    });
}

#[test]
fn documents_that_differ_take_bounded_memory() {
    block_on(async {
        let mut target = Target::start().await;
        let count = 500;
        let padded = |text: String| json!({ "query": format!("{text:<30000}") }).to_string();
        let few = |number: usize| padded(format!("query Q{number} {{ site {{ name }} }} #{}", "x".repeat(29_000)));
        let many = |number: usize| padded(format!("query Q{number} {{ site {{ {} }} }}", "name url ".repeat(600)));
        let deep = |number: usize| padded(format!("query Q{number}($v: ArticleFilter = {{ sectionSlug: \"{}\" }}) {{ articles(filter: $v) {{ totalCount }} site {{ name }} }}", "s".repeat(9_000)));

        for (name, wanted, outcome) in [
            ("500 documents of a long comment", "\"data\":{\"site\"", target.attacked("500 documents of a long comment", &Bounds::HEAVY, flood(&target, count, few, "\"data\":{\"site\"")).await),
            ("500 documents of 1,200 fields", "\"data\":{\"site\"", target.attacked("500 documents of 1,200 fields", &Bounds::HEAVY, flood(&target, count, many, "\"data\":{\"site\"")).await),
            ("500 documents of a long default", "\"data\":{\"articles\"", target.attacked("500 documents of a long default", &Bounds::HEAVY, flood(&target, count, deep, "\"data\":{\"articles\"")).await),
        ] {
            target.complain(name, (outcome != count).then(|| format!("{outcome} were answered with {wanted}")));
        }
        target.finish();
    });
}

#[test]
fn guesses_at_an_account_keep_nobody_out() {
    block_on(async {
        let mut target = Target::start().await;
        let (email, password) = target.keys("EDITOR");
        let sign_in = async |email: &str, password: &str| -> Value {
            let query = "mutation($input: SignInInput!) { signIn(input: $input) { viewer { email } } }";
            target.ask(None, query, json!({ "input": { "email": email, "password": password } })).await
        };
        let attack = async {
            let wrong = join_all((0..50).map(|number| {
                let guess = format!("guess {number}");
                let sign_in = &sign_in;
                async move { sign_in(email, &guess).await }
            }));
            let right = async {
                // Among the others, not before them.
                tokio::time::sleep(Duration::from_millis(200)).await;
                let began = Instant::now();
                (sign_in(email, password).await, began.elapsed())
            };
            tokio::join!(wrong, right)
        };

        let (wrong, (right, took)) = target.attacked("50 guesses at once", &Bounds::FLOOD, attack).await;

        let refused = wrong.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED").count();
        target.complain("50 guesses", (refused != 50).then(|| format!("{refused} were refused as they should be: {:?}", wrong.first())));
        super::tell(&format!("the right password got in after {} ms", took.as_millis()));
        let fits = right["data"]["signIn"]["viewer"]["email"] == email && took < Duration::from_secs(15);
        target.complain("the right password", (!fits).then(|| format!("{right} after {took:?}")));
        target.finish();
    });
}
