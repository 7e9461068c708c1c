//! A bare actix-web server, to measure copydesk against: it reads what is posted to it, and answers
//! with the bytes of a file, from memory.
//!
//! `static FILE` listens on a free port of the loopback address and prints which.

use std::io::Write as _;

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As many as copydesk has on the machine.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

async fn answer(_posted: Bytes, bytes: web::Data<Bytes>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json; charset=utf-8").body(bytes.get_ref().clone())
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let file =
        std::env::args_os().nth(1).ok_or_else(|| std::io::Error::other("name the file with the answer"))?;
    let bytes = web::Data::new(Bytes::from(std::fs::read(file)?));
    let server =
        HttpServer::new(move || App::new().app_data(bytes.clone()).default_service(web::post().to(answer)))
            .workers(workers())
            .bind(("127.0.0.1", 0))?;
    for address in server.addrs() {
        writeln!(std::io::stdout(), "static serves http://{address}/")?;
    }
    server.run().await
}
