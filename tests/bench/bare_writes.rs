//! A bare loop to measure copydesk's writing against: one process, 32 tasks, one SQLite connection that groups
//! commits with synchronous=FULL; each transaction inserts a revision of 2 KB and an event.
//!
//! `bare_writes FILE SECONDS` prints a line of JSON: transactions a second, and the 50th and 99th percentile in ms.

use std::io::Write as _;
use std::time::{Duration, Instant};

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{Connection as _, Executor as _, query};
use tokio::sync::{mpsc, oneshot};

const TASKS: usize = 32;
const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS revisions (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, text TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL, revision INTEGER NOT NULL, details TEXT NOT NULL)";

async fn keep(mut db: SqliteConnection, mut queue: mpsc::UnboundedReceiver<oneshot::Sender<()>>) -> Result<(), sea_orm::sqlx::Error> {
    let text = "x".repeat(2_000);
    while let Some(first) = queue.recv().await {
        db.execute("BEGIN IMMEDIATE").await?;
        let mut members = vec![first];
        let mut at = 0;
        while at < members.len() {
            db.execute("SAVEPOINT turn").await?;
            let row = query("INSERT INTO revisions (number, text) VALUES (1, ?)").bind(&text).execute(&mut db).await?;
            let sql = "INSERT INTO events (kind, at, revision, details) VALUES ('DRAFT_CREATED', '2026-01-01T00:00:00.000000Z', ?, '{}')";
            query(sql).bind(row.last_insert_rowid()).execute(&mut db).await?;
            db.execute("RELEASE turn").await?;
            at += 1;
            if at == members.len() && at < 64 {
                members.extend(queue.try_recv().ok());
            }
        }
        db.execute("COMMIT").await?;
        for member in members {
            // Who is told at the end of the time may have gone.
            let _ = member.send(());
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("name a file for the database")?;
    let seconds: u64 = arguments.next().ok_or("say for how many seconds")?.parse()?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut db = SqliteConnection::connect_with(&options).await?;
    for sql in SCHEMA.split(';') {
        db.execute(sql).await?;
    }
    let (ask, queue) = mpsc::unbounded_channel();
    let keeper = tokio::spawn(keep(db, queue));
    let since = Instant::now();
    let until = since + Duration::from_secs(seconds);
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let ask = ask.clone();
            tokio::spawn(async move {
                let mut took = Vec::new();
                while Instant::now() < until {
                    let began = Instant::now();
                    let (told, done) = oneshot::channel();
                    if ask.send(told).is_err() || done.await.is_err() {
                        break;
                    }
                    took.push(began.elapsed());
                }
                took
            })
        })
        .collect();
    drop(ask);
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await?);
    }
    let lasted = since.elapsed().as_secs_f64();
    keeper.await??;
    took.sort_unstable();
    let at = |share: usize| took.get(took.len() * share / 100).map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
    #[expect(clippy::cast_precision_loss, reason = "a count of what fits into seconds")]
    let rate = took.len() as f64 / lasted;
    writeln!(std::io::stdout(), "{{\"rate\": {rate:.0}, \"p50\": {:.2}, \"p99\": {:.2}}}", at(50), at(99))?;
    Ok(())
}
