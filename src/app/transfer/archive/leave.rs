//! Everything leaves: all rows of all tables that travel, and Markdown files of what they say, of one moment.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::SecondsFormat;

use super::folder::Folder;
use super::{FORMAT, Manifest, Tally, VERSION, log_of, sheet};
use crate::app::{AppError, Cx};
use crate::store::archive::{self, Snapshot, Table};
use crate::store::migrate;

/// How many rows are read first; then as many as come to about this many bytes.
const FIRST: usize = 32;
const MOST: usize = 1000;
const PORTION: usize = 1024 * 1024;

/// What stands in the folder for whoever opens it.
const README: &str = "\
This is a newsroom that was exported from copydesk.

articles/YYYY/  what readers see: Markdown with the facts of each article above it (YAML front matter)
drafts/         what they do not see, or not yet: drafts, and articles that were taken away
authors.yml     who the authors are
log/            everything, as lines of JSON: revisions, reviews, comments, editions, corrections, events ...
SHA256SUMS      checks that nothing was changed: sha256sum -c SHA256SUMS
manifest.json   what there is; an export without it broke off, and is not whole

Back into an empty database, with all of the history:  copydesk import archive THIS_FOLDER
The Markdown files alone, as new articles:             copydesk import markdown THIS_FOLDER/articles --authors THIS_FOLDER/authors.yml --as-user ADDRESS

Keep it to yourselves: log/users.jsonl has the digests of passwords, and drafts are in it that nobody may see.
";

/// Exports the newsroom to a folder that is empty or does not exist, as it is at this moment, while others go on
/// writing. For whoever sits at the machine, who can read the database anyway.
///
/// # Errors
/// `BadInput` for a folder that has something in it or cannot be written.
pub async fn export(cx: &Cx, home: &Path, progress: &mut (dyn FnMut(u64, u64) + Send)) -> Result<Tally, AppError> {
    let mut folder = Folder::begin(home)?;
    let snapshot = cx.desk.database().snapshot().await?;
    let tables = archive::tables()?;
    let mut rows = BTreeMap::new();
    for table in &tables {
        rows.insert(table.name.to_owned(), table.count(&snapshot).await?);
    }
    let total: u64 = rows.values().sum();
    let mut done = 0;
    folder.put("README.txt", README.as_bytes())?;
    for table in &tables {
        leave(&mut folder, &snapshot, table, &mut |rows| {
            done += rows;
            progress(done, total);
        })
        .await?;
    }
    sheet::authors(&mut folder, &snapshot).await?;
    sheet::articles(&mut folder, &snapshot).await?;
    sheet::drafts(&mut folder, &snapshot).await?;
    let manifest = folder.end(|files, bytes, sums_sha256| Manifest {
        format: FORMAT.to_owned(),
        version: VERSION,
        made_by: format!("copydesk {}", env!("CARGO_PKG_VERSION")),
        made_at: cx.now.to_rfc3339_opts(SecondsFormat::Micros, true),
        site: cx.desk.site.url.to_string(),
        schema: migrate::steps(),
        rows,
        files,
        bytes,
        sums_sha256,
    })?;
    Ok(manifest.tally())
}

async fn leave(folder: &mut Folder, snapshot: &Snapshot, table: &Table, progress: &mut (dyn FnMut(u64) + Send)) -> Result<(), AppError> {
    let mut file = folder.sheet(&log_of(table.name))?;
    let (mut mark, mut most) = (None, FIRST);
    loop {
        let part = table.read(snapshot, mark.as_ref(), most).await?;
        let (rows, mut bytes) = (part.lines.len(), 0);
        for mut line in part.lines {
            line.push('\n');
            bytes += line.len();
            file.write(line.as_bytes())?;
        }
        progress(rows as u64);
        mark = part.next;
        if mark.is_none() {
            break;
        }
        // Long texts are read few at a time, so that memory does not grow with them.
        most = (rows * PORTION / bytes.max(1)).clamp(1, (most * 4).min(MOST));
    }
    folder.keep(file)
}
