//! Clients that take their time: half of a request, half of a handshake, or nothing at all.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::target::{Bounds, Target};
use crate::support::{Dial, Heard, block_on};

const HEAD: &str = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

/// Sends some bytes, then nothing, and gives what comes until the server closes the connection.
async fn say(target: &Target, bytes: &[u8], within: Duration) -> Result<String, String> {
    let mut stream = TcpStream::connect(target.address).await.unwrap();
    // Who is refused early may not get all of it away.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = async {
        while let Ok(1..) = stream.read_buf(&mut answer).await {}
    };
    let closed = tokio::time::timeout(within, read).await.is_ok();
    let text = String::from_utf8_lossy(&answer).into_owned();
    if closed { Ok(text) } else { Err(format!("open after {within:?}: {text}")) }
}

/// How an answer begins, or that there was none.
fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or("none")
}

#[test]
fn whoever_stops_in_the_middle_of_a_request_is_closed_out() {
    block_on(async {
        let mut target = Target::start().await;
        let begun = Instant::now();
        let cases = [
            ("headers and no body", format!("{HEAD}Content-Length: 1000\r\n\r\n")),
            ("headers and half a body", format!("{HEAD}Content-Length: 1000\r\n\r\n{{\"query\":\"{{ __ty")),
            ("chunks that stop", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"que\r\n")),
            ("half a header", HEAD.to_owned()),
            ("half a line", "POST /gra".to_owned()),
        ];
        let attack = join_all(cases.iter().map(|(_, bytes)| say(&target, bytes.as_bytes(), Duration::from_secs(40))));
        let answers = target.attacked("requests that stop in the middle", &Bounds::SINGLE, attack).await;
        for ((name, _), answer) in cases.iter().zip(answers) {
            let fits = answer.as_ref().is_ok_and(|answer| matches!(status(answer), "400" | "408" | "none"));
            target.complain(name, (!fits).then(|| format!("{answer:?} after {:?}", begun.elapsed())));
        }
        target.finish();
    });
}

#[test]
fn a_length_that_is_not_so_harms_nobody() {
    block_on(async {
        let mut target = Target::start().await;
        let body = r#"{"query":"{ __typename }"}"#;
        for (name, head) in [
            ("a length that is too small", format!("{HEAD}Connection: close\r\nContent-Length: 5\r\n\r\n{body}")),
            ("a length below zero", format!("{HEAD}Content-Length: -5\r\n\r\n{body}")),
            ("a length that is no number", format!("{HEAD}Content-Length: many\r\n\r\n{body}")),
            ("a length beyond all numbers", format!("{HEAD}Content-Length: 99999999999999999999999\r\n\r\n{body}")),
            ("two lengths", format!("{HEAD}Content-Length: 5\r\nContent-Length: 26\r\n\r\n{body}")),
            ("a length and chunks", format!("{HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\n{body}\r\n0\r\n\r\n")),
            ("a chunk that is no number", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{body}")),
            ("a chunk beyond all numbers", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{body}")),
            ("10,000 headers", format!("{HEAD}{}\r\n{body}", "a: b\r\n".repeat(10_000))),
            ("a header of 1 MB", format!("{HEAD}a: {}\r\n\r\n", "b".repeat(1 << 20))),
        ] {
            let answer = target.attacked(name, &Bounds::SINGLE, say(&target, head.as_bytes(), Duration::from_secs(12))).await;
            let fits = answer.as_ref().is_ok_and(|answer| status(answer).starts_with('4') || status(answer) == "none");
            target.complain(name, (!fits).then(|| format!("{answer:?}")));
        }
        target.finish();
    });
}

#[test]
fn a_body_of_64_mib_is_refused_unread() {
    block_on(async {
        let mut target = Target::start().await;
        for role in [None, Some("EDITOR")] {
            let token = role.map(|role| format!("Authorization: Bearer {}\r\n", target.token(role))).unwrap_or_default();
            let announced = format!("{HEAD}{token}Content-Length: 67108864\r\n\r\n");
            let first_mebibyte = [announced.as_bytes(), &vec![b' '; 1 << 20]].concat();
            let chunk = format!("{:x}\r\n{}\r\n", 1 << 16, " ".repeat(1 << 16));
            let unannounced = format!("{HEAD}{token}Transfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(1 << 10));
            for (name, bytes) in [("64 MiB announced", first_mebibyte), ("64 MiB in chunks", unannounced.into_bytes())] {
                let name = format!("{name}, {}", role.unwrap_or("anonymous"));
                let attack = say(&target, &bytes, Duration::from_secs(20));
                let answer = target.attacked(&name, &Bounds::SINGLE, attack).await;
                // What is cut off while it still sends may lose the answer on the way.
                let fits = answer.as_ref().is_ok_and(|answer| matches!(status(answer), "413" | "none"));
                target.complain(&name, (!fits).then(|| format!("{answer:?}")));
            }
        }
        target.finish();
    });
}

#[test]
fn half_a_handshake_does_not_last() {
    block_on(async {
        let mut target = Target::start().await;
        let handshake = Dial::to(target.address).handshake();
        let half = &handshake.as_bytes()[..handshake.len() / 2];
        let attack = join_all((0..200).map(|_| say(&target, half, Duration::from_secs(20))));

        let answers = target.attacked("200 halves of a handshake", &Bounds::SINGLE, attack).await;

        let open = answers.iter().filter(|answer| answer.is_err()).count();
        target.complain("200 halves of a handshake", (open > 0).then(|| format!("{open} are open after 20 seconds")));
        target.finish();
    });
}

#[test]
fn a_thousand_sockets_that_say_nothing_are_closed() {
    block_on(async {
        let mut target = Target::start().await;
        let one = async || {
            let mut socket = Dial::to(target.address).attempt().await?;
            match socket.within(Duration::from_secs(10)).await {
                Some(Heard::Closed(Some(4408), _)) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        };

        let outcomes = target.attacked("1,000 sockets that say nothing", &Bounds::FLOOD, join_all((0..1_000).map(|_| one()))).await;

        let wrong: Vec<String> = outcomes.into_iter().filter_map(Result::err).collect();
        target.complain("1,000 sockets", (!wrong.is_empty()).then(|| format!("{} were not closed with 4408 in time: {:?}", wrong.len(), wrong.first())));
        target.finish();
    });
}
