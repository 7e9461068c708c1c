//! Archives that are not whole, not ours, or not honest: each ends in words, and nothing of it is written.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Statement};
use sha2::{Digest, Sha256};

use super::{bring, engine, export, folder};
use crate::support::{Ended, TestDesk, both, copydesk, empty};

both![
    what_was_changed_or_left_out_is_named,
    what_is_no_archive_of_this_program_is_refused,
    lines_that_cannot_be_read_are_named_with_their_number,
    names_that_lead_out_of_the_archive_are_refused,
    only_an_empty_database_takes_an_archive,
    history_that_never_passed_the_gate_is_refused,
    an_export_needs_a_database_that_is_there,
];

/// Writes digests and manifest anew, as somebody would who wants changes to go unseen.
fn reseal(archive: &Path) {
    let mut files = Vec::new();
    let mut folders = vec![archive.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(archive).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name != "manifest.json" && name != "SHA256SUMS" {
                files.push(name);
            }
        }
    }
    files.sort();
    let (mut sums, mut bytes) = (String::new(), 0);
    for name in &files {
        let content = fs::read(archive.join(name)).unwrap();
        bytes += content.len();
        sums.push_str(&format!("{}  {name}\n", hex(&content)));
    }
    seal(archive, &sums, files.len(), bytes);
}

fn seal(archive: &Path, sums: &str, files: usize, bytes: usize) {
    fs::write(archive.join("SHA256SUMS"), sums).unwrap();
    change_manifest(archive, |manifest| {
        manifest["files"] = files.into();
        manifest["bytes"] = bytes.into();
        manifest["sumsSha256"] = hex(sums.as_bytes()).into();
    });
}

fn change_manifest(archive: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let path = archive.join("manifest.json");
    let mut manifest = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    fs::write(path, manifest.to_string()).unwrap();
}

fn hex(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A copy of an archive that something was done to.
fn altered(archive: &Path, name: &str, alter: impl FnOnce(&Path)) -> std::path::PathBuf {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &target);
            } else {
                fs::copy(&path, &target).unwrap();
            }
        }
    }
    let other = archive.with_file_name(name);
    copy(archive, &other);
    alter(&other);
    other
}

fn edit(archive: &Path, file: &str, change: impl FnOnce(String) -> String) {
    let path = archive.join(file);
    let text = fs::read_to_string(&path).unwrap();
    let changed = change(text.clone());
    assert_ne!(text, changed, "nothing was changed in {file}");
    fs::write(path, changed).unwrap();
}

/// Asserts that an archive was refused in these words, soon, and that the database is as empty as before.
async fn refused(url: &str, archive: &Path, words: &[&str]) {
    let since = Instant::now();
    let ended = bring(url, archive);
    let took = since.elapsed();

    assert_eq!(ended.code, Some(1), "{words:?}: {}", ended.said);
    for word in words {
        assert!(ended.said.contains(word), "'{word}' is not said: {}", ended.said);
    }
    assert!(!ended.said.contains("panicked"), "{}", ended.said);
    // Two seconds are promised; this machine may do much else.
    assert!(took < Duration::from_secs(20), "{words:?} took {took:?}");
    assert_eq!(rows(url).await, 0, "something of it was written: {words:?}");
}

async fn rows(url: &str) -> i64 {
    let db = sea_orm::Database::connect(url).await.unwrap();
    let sql = "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM events) + (SELECT count(*) FROM drafts) AS n";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
    db.close().await.unwrap();
    row.try_get("", "n").unwrap()
}

/// A small archive, and an empty database for it.
async fn small(desk: &TestDesk) -> Option<(tempfile::TempDir, std::path::PathBuf, String, tempfile::TempDir)> {
    desk.published("Alone").await;
    let (out, archive) = folder();
    let ended: Ended = export(&desk.url, &archive);
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let (url, home) = empty(engine(desk)).await?;
    Some((out, archive, url, home))
}

async fn what_was_changed_or_left_out_is_named(desk: TestDesk) {
    let Some((_out, archive, url, _home)) = small(&desk).await else { return };
    let year = fs::read_dir(archive.join("articles")).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    let file = format!("articles/{year}/alone.md");

    let edited = altered(&archive, "edited", |at| edit(at, &file, |text| text.replace("harbour", "airport")));
    refused(&url, &edited, &[&file, "is not as it was exported", "import markdown"]).await;
    let longer = altered(&archive, "longer", |at| edit(at, "log/users.jsonl", |text| text + "{}\n"));
    refused(&url, &longer, &["bytes were exported"]).await;
    let lacking = altered(&archive, "lacking", |at| fs::remove_file(at.join("log/reviews.jsonl")).unwrap());
    refused(&url, &lacking, &["SHA256SUMS:", "log/reviews.jsonl is missing"]).await;
    let unlisted = altered(&archive, "unlisted", |at| {
        fs::remove_file(at.join("log/reviews.jsonl")).unwrap();
        reseal(at);
    });
    refused(&url, &unlisted, &["SHA256SUMS: does not list log/reviews.jsonl"]).await;
    let sums = altered(&archive, "sums", |at| edit(at, "SHA256SUMS", |text| text.replacen(|c: char| c.is_ascii_digit(), "a", 1)));
    refused(&url, &sums, &["SHA256SUMS: is not as it was exported"]).await;
    let fewer = altered(&archive, "fewer", |at| {
        edit(at, "log/events.jsonl", |text| text.lines().skip(1).map(|line| format!("{line}\n")).collect());
        reseal(at);
    });
    refused(&url, &fewer, &["manifest.json: says that events has"]).await;

    let whole = bring(&url, &archive);
    assert_eq!(whole.code, Some(0), "the database still takes the archive as it was: {}", whole.said);
}

async fn what_is_no_archive_of_this_program_is_refused(desk: TestDesk) {
    let Some((out, archive, url, _home)) = small(&desk).await else { return };

    let broken_off = altered(&archive, "broken-off", |at| fs::remove_file(at.join("manifest.json")).unwrap());
    refused(&url, &broken_off, &["manifest.json: is not in", "broke off"]).await;
    refused(&url, &out.path().join("nowhere"), &["is no folder"]).await;
    fs::write(out.path().join("zip"), b"PK").unwrap();
    refused(&url, &out.path().join("zip"), &["is a file; unpack it"]).await;
    let newer = altered(&archive, "newer", |at| change_manifest(at, |manifest| manifest["version"] = 2.into()));
    refused(&url, &newer, &["manifest.json: has version 2", "reads version 1"]).await;
    let schema = altered(&archive, "schema", |at| change_manifest(at, |manifest| manifest["schema"].as_array_mut().unwrap().push("m9999_later".into())));
    refused(&url, &schema, &["of another schema", "m9999_later"]).await;
    let foreign = altered(&archive, "foreign", |at| fs::write(at.join("manifest.json"), "{\"name\": \"web app\"}").unwrap());
    refused(&url, &foreign, &["this is no archive of copydesk"]).await;
    let torn = altered(&archive, "torn", |at| edit(at, "manifest.json", |text| text[..text.len() / 2].to_owned()));
    refused(&url, &torn, &["manifest.json: is no JSON"]).await;
    let huge = altered(&archive, "huge", |at| fs::File::create(at.join("manifest.json")).unwrap().set_len(1 << 40).unwrap());
    refused(&url, &huge, &["longer than any manifest"]).await;
}

async fn lines_that_cannot_be_read_are_named_with_their_number(desk: TestDesk) {
    let Some((_out, archive, url, _home)) = small(&desk).await else { return };
    let resealed = |name: &str, file: &'static str, change: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        altered(&archive, name, |at| {
            fs::write(at.join(file), change(fs::read(at.join(file)).unwrap())).unwrap();
            reseal(at);
        })
    };

    let torn = resealed("torn-line", "log/users.jsonl", &|mut text| { text.truncate(text.len() - 20); text });
    refused(&url, &torn, &["log/users.jsonl:", "breaks off"]).await;
    let latin = resealed("latin", "log/sections.jsonl", &|text| [&b"{\"name\":\"caf\xe9\"}\n"[..], &text].concat());
    refused(&url, &latin, &["log/sections.jsonl:1: is not UTF-8"]).await;
    let no_time = resealed("no-time", "log/users.jsonl", &|text| String::from_utf8(text).unwrap().replacen("\"created_at\":\"", "\"created_at\":\"about ", 1).into_bytes());
    refused(&url, &no_time, &["log/users.jsonl:1: `created_at` has to be a time"]).await;
    let more = resealed("more", "log/tags.jsonl", &|_| b"{\"id\":1}\n".to_vec());
    refused(&url, &more, &["log/tags.jsonl:1: `id` has to be a UUID"]).await;
    let column = resealed("column", "log/stages.jsonl", &|text| String::from_utf8(text).unwrap().replacen('{', "{\"x\":1,", 1).into_bytes());
    refused(&url, &column, &["log/stages.jsonl:1: `x` is no column of stages"]).await;
    let deep = resealed("deep", "log/tags.jsonl", &|_| [vec![b'['; 100_000], vec![b'\n']].concat());
    refused(&url, &deep, &["log/tags.jsonl:1: is no JSON object"]).await;
    let long = resealed("long", "log/tags.jsonl", &|_| vec![b' '; 9 * 1024 * 1024]);
    refused(&url, &long, &["log/tags.jsonl:1: is longer than any line"]).await;
    let orphan = resealed("orphan", "log/sections.jsonl", &|_| Vec::new());
    refused(&url, &orphan, &["manifest.json: says that sections has"]).await;
    let state = resealed("state", "log/drafts.jsonl", &|text| String::from_utf8(text).unwrap().replace("\"PUBLISHED\"", "\"PRINTED\"").into_bytes());
    refused(&url, &state, &["log/drafts.jsonl:1-1: the database refused", "ck_drafts_state"]).await;
}

async fn names_that_lead_out_of_the_archive_are_refused(desk: TestDesk) {
    let Some((out, archive, url, _home)) = small(&desk).await else { return };
    fs::write(out.path().join("evil.txt"), "evil").unwrap();
    let secret = out.path().join("evil.txt");

    for (number, name) in ["../evil.txt", "/etc/hostname", "log/../../evil.txt", "..\\evil.txt", "C:evil.txt", ""].iter().enumerate() {
        let slip = altered(&archive, &format!("slip{number}"), |at| {
            let sums = fs::read_to_string(at.join("SHA256SUMS")).unwrap();
            seal(at, &format!("{}  {name}\n{sums}", hex(b"evil")), 100, 100);
        });
        refused(&url, &slip, &["SHA256SUMS:1: '", "leads out of the archive"]).await;
    }
    #[cfg(unix)]
    {
        let linked = altered(&archive, "linked", |at| {
            fs::remove_file(at.join("log/tags.jsonl")).unwrap();
            std::os::unix::fs::symlink(&secret, at.join("log/tags.jsonl")).unwrap();
            reseal(at);
        });
        refused(&url, &linked, &["'log/tags.jsonl' leads out of the archive"]).await;
    }
}

async fn only_an_empty_database_takes_an_archive(desk: TestDesk) {
    let Some((_out, archive, url, _home)) = small(&desk).await else { return };
    let before = desk.traces().await;

    let into_full = bring(&desk.url, &archive);
    let (first, second) = (bring(&url, &archive), bring(&url, &archive));

    assert_eq!((into_full.code, first.code, second.code), (Some(1), Some(0), Some(1)), "{}", first.said);
    for refused in [into_full, second] {
        assert!(refused.said.contains("is not empty") && refused.said.contains("--database-url"), "{}", refused.said);
    }
    assert_eq!(desk.again().await.traces().await, before);
}

async fn history_that_never_passed_the_gate_is_refused(desk: TestDesk) {
    let Some((_out, archive, url, _home)) = small(&desk).await else { return };

    let unapproved = altered(&archive, "unapproved", |at| {
        edit(at, "log/reviews.jsonl", |text| text.replace("\"APPROVE\"", "\"COMMENT\""));
        reseal(at);
    });
    refused(&url, &unapproved, &["has not the approvals that its stages asked for"]).await;
    let by_writer = altered(&archive, "by-writer", |at| {
        let writer = fs::read_to_string(at.join("log/revisions.jsonl")).unwrap();
        let writer = writer.split("\"created_by\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        edit(at, "log/reviews.jsonl", |text| {
            let (before, after) = text.split_once("\"reviewer_id\":\"").unwrap();
            format!("{before}\"reviewer_id\":\"{writer}\"{}", after.split_once('"').unwrap().1)
        });
        reseal(at);
    });
    refused(&url, &by_writer, &["has not the approvals that its stages asked for"]).await;
    let reworded = altered(&archive, "reworded", |at| {
        edit(at, "log/articles.jsonl", |text| text.replace("\"headline\":\"Alone\"", "\"headline\":\"Not what was approved\""));
        reseal(at);
    });
    refused(&url, &reworded, &["shows other words than its revision"]).await;
    let gap = altered(&archive, "gap", |at| {
        edit(at, "log/events.jsonl", |text| text.replacen("\"seq\":1,", "\"seq\":1000001,", 1));
        reseal(at);
    });
    refused(&url, &gap, &["the log of events has gaps"]).await;
    // The trigger stands again: what comes after the import passes the gate like anything else.
    assert_eq!(bring(&url, &archive).code, Some(0));
    let db = sea_orm::Database::connect(&url).await.unwrap();
    let forged = "INSERT INTO gates (id, draft_id, revision_id, kind, round, created_at) SELECT e.id, d.id, d.revision_id, 'APPROVED', 99, d.created_at FROM drafts d, editions e";
    let error = db.execute_unprepared(forged).await.unwrap_err().to_string();
    assert!(error.contains("gate: the revision lacks approvals"), "{error}");
    db.close().await.unwrap();
}

async fn an_export_needs_a_database_that_is_there(desk: TestDesk) {
    let (out, archive) = folder();
    let nowhere = out.path().join("nowhere.sqlite");
    let Some((url, _home)) = empty(engine(&desk)).await else { return };

    let absent = copydesk(&format!("sqlite://{}", nowhere.display()), &["export", archive.to_str().unwrap()], "");
    let unmigrated = if url.starts_with("sqlite") { fs::write(url.trim_start_matches("sqlite://"), "").map(|()| export(&url, &archive)).unwrap() } else { export(&url, &archive) };

    assert_eq!((absent.code, unmigrated.code), (Some(1), Some(1)), "{}\n{}", absent.said, unmigrated.said);
    assert!(absent.said.contains("there is no database at"), "{}", absent.said);
    assert!(unmigrated.said.contains("schema lacks"), "{}", unmigrated.said);
    assert!(!nowhere.exists() && !archive.exists());
}
