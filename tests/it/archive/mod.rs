//! The whole newsroom leaves as a folder and comes back from one, into either database.

mod broken;
mod newsroom;
mod questions;

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::support::{Ended, Engine, TestDesk, both, copydesk, empty};
use newsroom::furnish;
use questions::{assert_same, events, readers, staff};

both![
    a_newsroom_comes_back_as_it_was_and_goes_on,
    a_newsroom_moves_to_the_other_database,
    markdown_files_alone_give_the_same_articles,
    an_export_is_one_moment_and_its_files_can_be_checked,
    nothing_that_opens_the_newsroom_leaves_it,
    every_table_and_column_travels_or_is_said_to_stay,
];

/// A folder for one test's archives; it goes with the value.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::Builder::new().prefix("copydesk-out-").tempdir().unwrap();
    let archive = folder.path().join("archive");
    (folder, archive)
}

fn export(url: &str, to: &Path) -> Ended {
    copydesk(url, &["export", to.to_str().unwrap()], "")
}

fn bring(url: &str, from: &Path) -> Ended {
    copydesk(url, &["import", "archive", from.to_str().unwrap()], "")
}

fn engine(desk: &TestDesk) -> Engine {
    if desk.url.starts_with("sqlite") { Engine::Sqlite } else { Engine::Postgres }
}

fn other(engine: Engine) -> Engine {
    if engine == Engine::Sqlite { Engine::Postgres } else { Engine::Sqlite }
}

const SLUGS: [&str; 7] = ["the-bridge-opens", "the-long-bridge-opens", "a-kettle-for-all", "taken-away", "all-wrong", "dropped", "planned"];

/// Lets everything happen, exports it, brings it into an empty database, and compares the two.
async fn moved(desk: &TestDesk, to: Engine) -> Option<(TestDesk, newsroom::Newsroom, tempfile::TempDir)> {
    let room = furnish(desk).await;
    let (seen, known, log) = (readers(desk, &SLUGS).await, staff(desk).await, events(desk).await);
    let (_out, archive) = folder();
    let (url, home) = empty(to).await?;

    let left = export(&desk.url, &archive);
    let arrived = bring(&url, &archive);

    assert_eq!((left.code, arrived.code), (Some(0), Some(0)), "{}\n{}", left.said, arrived.said);
    let there = desk.over(&url).await;
    assert_same(&seen, &readers(&there, &SLUGS).await, "readers");
    assert_same(&known, &staff(&there).await, "staff");
    let told = events(&there).await;
    assert_same(&json!(log), &json!(told.get(..log.len())), "events");
    Some((there, room, home))
}

async fn a_newsroom_comes_back_as_it_was_and_goes_on(desk: TestDesk) {
    let Some((there, room, _home)) = moved(&desk, engine(&desk)).await else { return };
    let before = events(&there).await;

    let ready = there.publisher().publish(&room.ready).await;
    let third = there.writer().read(&room.bridge.draft).await;
    let third = there.bring_out(&third).await;
    let cancelled = there.publisher().cancel(&room.planned).await.draft();
    let late = there.writer().update(&room.debated, json!({ "dek": "On the old revision." })).await;
    let new = there.published("After the move").await;

    assert_eq!(ready.text("/publishDraft/article/slug"), "ready");
    assert_eq!(there.anonymous().article(&third.slug, "edition dek").await, json!({ "edition": 3, "dek": "Begun again." }));
    assert_eq!(cancelled.state, "APPROVED");
    assert!(late.is_ok() || late.code() == "INVALID_TRANSITION", "{late}");
    let found = there.anonymous().ask("{ search(query: \"after the move\") { nodes: edges { node { slug } } } }").await;
    assert_eq!(found.at("/search/nodes/0/node/slug"), &json!(new.slug));
    let after = events(&there).await;
    assert_same(&json!(before), &json!(after.get(..before.len())), "events");
    assert!(after.len() > before.len() + 6);
    let own = there.writer().look(&new.draft, "history(first: 50) { nodes { type } }").await;
    assert_eq!(own["history"]["nodes"][0]["type"], "DRAFT_CREATED");
}

async fn a_newsroom_moves_to_the_other_database(desk: TestDesk) {
    let Some((there, room, _home)) = moved(&desk, other(engine(&desk))).await else { return };

    let next = there.next_edition(&room.kettle, json!({ "dek": "With a lid." })).await;

    assert_eq!(there.anonymous().article(&next.slug, "edition dek").await, json!({ "edition": 2, "dek": "With a lid." }));
    // And back again, with what happened there.
    let (_out, archive) = folder();
    let Some((url, _home)) = empty(engine(&desk)).await else { return };
    let seen = readers(&there, &SLUGS).await;
    let (left, back) = (export(&there.url, &archive), bring(&url, &archive));
    assert_eq!((left.code, back.code), (Some(0), Some(0)), "{}\n{}", left.said, back.said);
    assert_same(&seen, &readers(&desk.over(&url).await, &SLUGS).await, "readers");
}

async fn markdown_files_alone_give_the_same_articles(desk: TestDesk) {
    furnish(&desk).await;
    let (_out, archive) = folder();
    assert_eq!(export(&desk.url, &archive).code, Some(0));
    let Some((url, home)) = empty(engine(&desk)).await else { return };
    let add = ["user", "add", "--email", "root@newsroom.example", "--name", "Root", "--roles", "ADMIN", "--password-stdin"];
    assert_eq!(copydesk(&url, &add, "the keys to the house\n").code, Some(0));
    let (files, authors) = (archive.join("articles"), archive.join("authors.yml"));

    let ended = copydesk(&url, &["import", "markdown", files.to_str().unwrap(), "--authors", authors.to_str().unwrap(), "--as-user", "root@newsroom.example"], "");

    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let running = copydesk::startup::start(&crate::support::settings(&url, home.path())).await.unwrap();
    let there = TestDesk::new(running.address, std::sync::Arc::clone(&running.desk), url, desk.cast);
    let query = "{ articles(first: 50) { nodes { slug headline dek publishedAt authors { slug name title bio links { label url } } section { name } tags { name } body(includeDisclosure: false) { text wordCount } } } }";
    // Bios are put on one line there.
    let flat = |answer: &Value| answer.to_string().replace("\\n\\n", " ");
    let (before, after) = (desk.anonymous().ask(query).await, there.anonymous().ask(query).await);
    let (before, after): (Value, Value) = (serde_json::from_str(&flat(before.data())).unwrap(), serde_json::from_str(&flat(after.data())).unwrap());
    assert_same(&before, &after, "articles");
    let text = std::fs::read_to_string(archive.join("drafts/all-wrong.md")).unwrap();
    assert!(text.starts_with("---\ndraft: true\nheadline: \"All wrong\"\n"), "what was retracted is not published again by accident: {text}");
    running.stop().await;
}

async fn an_export_is_one_moment_and_its_files_can_be_checked(desk: TestDesk) {
    desk.published("One").await;
    let (out, archive) = folder();
    let full = out.path().join("full");
    std::fs::create_dir(&full).unwrap();
    std::fs::write(full.join("mine.txt"), "mine").unwrap();
    let there_already = out.path().join("empty");
    std::fs::create_dir(&there_already).unwrap();

    let writing = async {
        for number in 0..6 {
            desk.published(&format!("Meanwhile {number}")).await;
        }
    };
    let (url, to) = (desk.url.clone(), archive.clone());
    let (ended, ()) = tokio::join!(tokio::task::spawn_blocking(move || export(&url, &to)), writing);
    let (ended, into_empty, into_full) = (ended.unwrap(), export(&desk.url, &there_already), export(&desk.url, &full));

    assert_eq!((ended.code, into_empty.code, into_full.code), (Some(0), Some(0), Some(1)), "{}\n{}", ended.said, into_empty.said);
    assert!(into_full.said.contains("is not empty"), "{}", into_full.said);
    assert_eq!(std::fs::read_dir(&full).unwrap().count(), 1);
    for archive in [&archive, &there_already] {
        let Some((url, _home)) = empty(engine(&desk)).await else { return };
        let arrived = bring(&url, archive);
        assert_eq!(arrived.code, Some(0), "what was written meanwhile is in it wholly or not at all: {}", arrived.said);
        let checked = std::process::Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(archive).status();
        assert!(checked.is_err() || checked.is_ok_and(|status| status.success()), "sha256sum finds it as it is");
    }
    let left = std::fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().file_name()).filter(|name| name.to_string_lossy().contains("partial")).count();
    assert_eq!(left, 0, "nothing under another name is left behind");
}

async fn nothing_that_opens_the_newsroom_leaves_it(desk: TestDesk) {
    let room = furnish(&desk).await;
    let (_out, archive) = folder();
    assert_eq!(export(&desk.url, &archive).code, Some(0));
    let mut words = String::new();
    for entry in std::fs::read_dir(archive.join("log")).unwrap() {
        words.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let Some((url, _home)) = empty(engine(&desk)).await else { return };
    assert_eq!(bring(&url, &archive).code, Some(0));

    let there = desk.over(&url).await;

    assert!(!words.contains(desk.admin().token().unwrap()) && !words.contains(&room.preview));
    let old = there.anonymous().with_bearer(desk.admin().token().unwrap()).ask("{ viewer { id } }").await;
    assert!(!old.is_ok() || old.at("/viewer").is_null(), "{old}");
    let preview = there.anonymous().send("query($t: String!) { preview(token: $t) { headline } }", json!({ "t": room.preview })).await;
    assert!(!preview.is_ok() || preview.at("/preview").is_null(), "{preview}");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&archive.metadata().unwrap().permissions()) & 0o777, 0o700);
}

async fn every_table_and_column_travels_or_is_said_to_stay(desk: TestDesk) {
    use copydesk::store::archive::{STAYING, tables};
    let db = sea_orm::Database::connect(&desk.url).await.unwrap();
    let sql = if engine(&desk) == Engine::Sqlite {
        "SELECT m.name AS table_name, c.name AS column_name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'search_words%' AND m.name NOT LIKE 'sqlite_%'"
    } else {
        "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = current_schema()"
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    let mut there: Vec<(String, String)> = rows.iter().map(|row| (row.try_get("", "table_name").unwrap(), row.try_get("", "column_name").unwrap())).collect();
    db.close().await.unwrap();

    there.retain(|(table, _)| table != "seaql_migrations" && !STAYING.iter().any(|(name, _)| name == table));
    let tables = tables().unwrap();
    let mut travelling: Vec<(String, String)> = tables.iter().flat_map(|table| table.columns().map(|column| (table.name.to_owned(), column.to_owned()))).collect();

    there.sort();
    travelling.sort();
    let lost: Vec<_> = there.iter().filter(|column| !travelling.contains(column)).collect();
    let invented: Vec<_> = travelling.iter().filter(|column| !there.contains(column)).collect();
    assert!(lost.is_empty(), "add these to an entity and to `tables!`, or to STAYING with the reason: {lost:?}");
    assert!(invented.is_empty(), "{invented:?}");
    assert!(tables.iter().all(|table| STAYING.iter().all(|(name, _)| *name != table.name)));
}
