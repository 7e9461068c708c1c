//! A bare actix-web server, to measure copydesk against: it reads what is posted to it, and answers
//! with one of the lines of a file, any of them, from memory: as many answers as copydesk keeps for the same
//! requests take as much of the processor's own memory.
//!
//! `static FILE` listens on a free port of the loopback address and prints which.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As many as copydesk has on the machine.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

/// The answers, and a number that leads from one to the next in no order that the processor could foresee.
struct Answers {
    all: Vec<Bytes>,
    turn: AtomicUsize,
}

impl Answers {
    fn next(&self) -> Bytes {
        let turn = self.turn.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        self.all.get((turn >> 20) % self.all.len()).cloned().unwrap_or_default()
    }
}

async fn answer(_posted: Bytes, answers: web::Data<Answers>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json; charset=utf-8").body(answers.next())
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let file =
        std::env::args_os().nth(1).ok_or_else(|| std::io::Error::other("name the file with the answer"))?;
    let all: Vec<Bytes> = std::fs::read_to_string(file)?.lines().map(|line| Bytes::from(line.to_owned())).collect();
    if all.is_empty() {
        return Err(std::io::Error::other("the file has no answer"));
    }
    let answers = web::Data::new(Answers { all, turn: AtomicUsize::new(0) });
    let server =
        HttpServer::new(move || App::new().app_data(answers.clone()).default_service(web::post().to(answer)))
            .workers(workers())
            .bind(("127.0.0.1", 0))?;
    for address in server.addrs() {
        writeln!(std::io::stdout(), "static serves http://{address}/")?;
    }
    server.run().await
}
