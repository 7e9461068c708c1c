use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tempfile::TempDir;

use super::super::{Database, Source, StoreError, Tx};

async fn opened() -> (TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path()).await;
    let tx = database.begin().await.unwrap();
    tx.connection().execute_unprepared("CREATE TABLE parents (id INTEGER PRIMARY KEY)").await.unwrap();
    tx.connection()
        .execute_unprepared(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED)",
        )
        .await
        .unwrap();
    tx.commit_unlogged().await.unwrap();
    (folder, database)
}

async fn open(folder: &Path) -> Database {
    Database::connect(&format!("sqlite://{}/test.db", folder.display()), None).await.unwrap()
}

/// Sent as the store's own statements are: watched.
async fn run(source: &impl Source, sql: &str) -> Result<(), StoreError> {
    source.connection().execute_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
    Ok(())
}

async fn note(tx: &Tx, text: &str) -> Result<(), StoreError> {
    run(tx, &format!("INSERT INTO notes (text) VALUES ('{text}')")).await
}

async fn notes(database: &Database) -> Vec<String> {
    let sql = Statement::from_string(DbBackend::Sqlite, "SELECT text FROM notes ORDER BY id");
    let rows = database.reader().connection().query_all_raw(sql).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "text").unwrap()).collect()
}

/// Polls a future once, so that what it asks for first is asked for.
async fn begun<F: Future>(future: &mut std::pin::Pin<&mut F>) {
    assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(future.as_mut().poll(cx).is_pending())).await);
}

#[tokio::test]
async fn alone_one_commits_at_once() {
    let (_folder, database) = opened().await;
    let tx = database.begin().await.unwrap();
    note(&tx, "one").await.unwrap();
    assert!(notes(&database).await.is_empty());
    tx.commit_unlogged().await.unwrap();
    assert_eq!(notes(&database).await, ["one"]);
}

#[tokio::test]
async fn who_waits_joins_and_all_are_told_after_the_commit_alone() {
    let (_folder, database) = opened().await;
    let first = database.begin().await.unwrap();
    note(&first, "first").await.unwrap();
    let mut second = std::pin::pin!(database.begin());
    begun(&mut second).await;
    let mut done = std::pin::pin!(first.commit_unlogged());
    begun(&mut done).await;
    assert!(notes(&database).await.is_empty(), "nothing is on disk while the second works");
    let second = second.await.unwrap();
    note(&second, "second").await.unwrap();
    begun(&mut done).await;
    second.commit_unlogged().await.unwrap();
    done.await.unwrap();
    assert_eq!(notes(&database).await, ["first", "second"]);
}

#[tokio::test]
async fn turns_come_in_the_order_in_which_they_were_asked_for() {
    let (_folder, database) = opened().await;
    let held = database.begin().await.unwrap();
    let wanted: Vec<String> = (0..200).map(|place| place.to_string()).collect();
    let all = futures_util::future::join_all(wanted.iter().map(|text| async {
        let tx = database.begin().await?;
        note(&tx, text).await?;
        tx.commit_unlogged().await
    }));
    let let_go = async {
        tokio::task::yield_now().await;
        drop(held);
    };
    let (outcomes, ()) = tokio::join!(all, let_go);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(notes(&database).await, wanted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_dropped_refused_or_panics_takes_back_nothing_but_its_own() {
    let (_folder, database) = opened().await;
    let database = std::sync::Arc::new(database);
    let work = |place: u64| {
        let database = std::sync::Arc::clone(&database);
        tokio::spawn(async move {
            let tx = database.begin().await?;
            note(&tx, &place.to_string()).await?;
            match place % 5 {
                1 => panic!("meant"),
                2 => return Err(StoreError::Moved),
                // Cancelled while a statement runs, below.
                3 => {
                    let sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000) INSERT INTO notes (text) SELECT 'many' FROM n WHERE x > 99000";
                    let _ = tokio::time::timeout(Duration::from_millis(3), run(&tx, sql)).await;
                    return Err(StoreError::Moved);
                }
                // A statement is refused, and the transaction is committed all the same.
                4 => assert!(run(&tx, "INSERT INTO notes (text) VALUES (NULL)").await.is_err()),
                _ => {}
            }
            tx.commit_unlogged().await
        })
    };
    let all: Vec<_> = (0..100).map(work).collect();
    // Who waits may go, too.
    for _ in 0..20 {
        drop(tokio::time::timeout(Duration::from_micros(300), database.begin()).await);
    }
    let mut told = Vec::new();
    for (place, done) in all.into_iter().enumerate() {
        if matches!(done.await, Ok(Ok(()))) {
            told.push(place);
        }
    }
    let mut there: Vec<usize> = notes(&database).await.iter().map(|text| text.parse().unwrap()).collect();
    there.sort_unstable();
    let wanted: Vec<usize> = (0..100).filter(|place| matches!(place % 5, 0 | 4)).collect();
    assert_eq!((&told, &there), (&wanted, &wanted));
}

#[tokio::test]
async fn a_failed_commit_fails_all_and_the_next_ones_go_on() {
    let (_folder, database) = opened().await;
    let first = database.begin().await.unwrap();
    let good = || async {
        let tx = database.begin().await?;
        note(&tx, "good").await?;
        tx.commit_unlogged().await
    };
    // Found at the COMMIT, not before.
    let bad = || async {
        let tx = database.begin().await?;
        run(&tx, "INSERT INTO notes (text, parent) VALUES ('bad', 7)").await?;
        tx.commit_unlogged().await
    };
    let (one, two, three, four) = tokio::join!(first.commit_unlogged(), good(), bad(), good());
    assert!([&one, &two, &three, &four].iter().all(|outcome| outcome.is_err()), "{one:?} {two:?} {three:?} {four:?}");
    assert!(notes(&database).await.is_empty());
    let (one, two, three) = tokio::join!(good(), bad(), good());
    assert!(one.is_ok() && two.is_err() && three.is_ok(), "after that each stands for itself");
    assert_eq!(notes(&database).await, ["good", "good"]);
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let (folder, database) = opened().await;
    let tx = database.begin().await.unwrap();
    run(&tx, "PRAGMA max_page_count = 60").await.unwrap();
    tx.commit_unlogged().await.unwrap();
    let long = "x".repeat(3_000);
    let told = std::sync::atomic::AtomicUsize::new(0);
    for _ in 0..6 {
        let write = || async {
            let tx = database.begin().await?;
            let written = note(&tx, &long).await;
            // Carelessly, every other one goes on although SQLite took everything back.
            if told.load(std::sync::atomic::Ordering::Relaxed).is_multiple_of(2) {
                written?;
            }
            tx.commit_unlogged().await?;
            told.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok::<(), StoreError>(())
        };
        futures_util::future::join_all((0..32).map(|_| write())).await;
    }
    let told = told.into_inner();
    assert!(told > 10 && told < 60, "{told}");
    assert_eq!(notes(&database).await.len(), told);
    // Once there is room, it goes on, on whichever connection; and another process can write, too.
    let tx = database.begin().await.unwrap();
    run(&tx, "PRAGMA max_page_count = 1000").await.unwrap();
    tx.commit_unlogged().await.unwrap();
    let tx = database.begin().await.unwrap();
    note(&tx, &long).await.unwrap();
    tx.commit_unlogged().await.unwrap();
    let other = open(folder.path()).await;
    let tx = other.begin().await.unwrap();
    note(&tx, "other").await.unwrap();
    tx.commit_unlogged().await.unwrap();
    assert_eq!(notes(&database).await.len(), told + 2);
}

#[tokio::test]
async fn nobody_waits_for_a_long_one() {
    let (_folder, database) = opened().await;
    let first = database.begin().await.unwrap();
    note(&first, "first").await.unwrap();
    let mut long = std::pin::pin!(database.begin_long());
    begun(&mut long).await;
    first.commit_unlogged().await.unwrap();
    assert_eq!(notes(&database).await, ["first"]);
    let long = long.await.unwrap();
    note(&long, "long").await.unwrap();
    long.commit_unlogged().await.unwrap();
    assert_eq!(notes(&database).await, ["first", "long"]);
}

#[tokio::test]
async fn a_closed_database_says_so() {
    let (_folder, database) = opened().await;
    database.close().await;
    assert!(matches!(database.begin().await, Err(StoreError::Unreachable(_))));
}
