//! An archive comes into an empty database: checked whole first, written in one transaction, and judged before it
//! counts.

use std::path::Path;

use entity::article;

use super::check::{self, Lines};
use super::{MANIFEST, Tally, log_of, wrong};
use crate::app::{AppError, Cx, search};
use crate::store::archive::{self, Row, Table};
use crate::store::{StoreError, Tx};

/// How many bytes of lines are held before they are written.
const PORTION: usize = 1024 * 1024;
/// How many articles are indexed at a time.
const INDEXED: u64 = 50;

/// What an import is doing, for whoever watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Comparing files with their digests.
    Checking,
    /// Writing rows.
    Writing,
    /// Making articles be found by their words.
    Indexing,
}

/// Brings an archive into a database that has nothing in it yet: all of it, or nothing. For whoever sits at the
/// machine, who can write the database anyway.
///
/// # Errors
/// `BadInput` with the file and line of what is wrong; for a database that is not empty.
pub async fn import_archive(cx: &Cx, root: &Path, progress: &mut (dyn FnMut(Doing, u64, u64) + Send)) -> Result<Tally, AppError> {
    let tables = archive::tables()?;
    let manifest = check::manifest(root, &tables)?;
    let tx = cx.begin_long().await?;
    if let Some(table) = archive::is_taken(&tx, &tables).await? {
        return Err(AppError::field(
            "the database",
            format!("is not empty, it has rows in {table}: an archive goes into a new one. Name one with --database-url; the first 'copydesk serve' comes after the import"),
        ));
    }
    check::files(root, &manifest, &tables, &mut |done, total| progress(Doing::Checking, done, total))?;
    let tally = manifest.tally();
    let aside = archive::put_aside(&tx).await?;
    let mut done = 0;
    for table in &tables {
        let rows = fill(&tx, root, table, &mut |rows| {
            done += rows;
            progress(Doing::Writing, done, tally.rows);
        })
        .await?;
        let told = manifest.rows.get(table.name).copied().unwrap_or_default();
        if rows != told {
            return Err(wrong(MANIFEST, format!("says that {} has {told} rows, and there are {rows}", table.name)));
        }
        if table.refers_to_itself() {
            refer(&tx, root, table).await?;
        }
    }
    archive::put_back(&tx, aside).await.map_err(|error| refused(root.display(), error))?;
    if let Some(words) = archive::misfit(&tx).await? {
        return Err(wrong(root.display(), format!("cannot be taken: {words}")));
    }
    index(cx, &tx, tally.articles, progress).await?;
    // What happened is in the log that came; that it came here is nothing that it tells of.
    tx.commit_unlogged().await?;
    Ok(tally)
}

/// Writes the rows of a table; says how many.
async fn fill(tx: &Tx, root: &Path, table: &Table, progress: &mut (dyn FnMut(u64) + Send)) -> Result<u64, AppError> {
    let mut lines = Lines::of_log(root, table.name)?;
    let (mut rows, mut bytes, mut total): (Vec<Row>, usize, u64) = (Vec::new(), 0, 0);
    loop {
        let row = match lines.next()? {
            Some(line) => {
                bytes += line.len();
                Some(table.row(line).map_err(|message| lines.wrong(&message))?)
            }
            None => None,
        };
        let is_last = row.is_none();
        rows.extend(row);
        if is_last || bytes >= PORTION || rows.len() >= table.at_once() {
            let (count, last) = (rows.len(), lines.number - usize::from(is_last));
            let place = || format!("{}:{}-{last}", log_of(table.name), last + 1 - count.min(last));
            table.fill(tx, std::mem::take(&mut rows)).await.map_err(|error| refused(place(), error))?;
            bytes = 0;
            total += count as u64;
            progress(count as u64);
        }
        if is_last {
            return Ok(total);
        }
    }
}

/// Fills in what rows name of their own table, now that all of them are there.
async fn refer(tx: &Tx, root: &Path, table: &Table) -> Result<(), AppError> {
    let mut lines = Lines::of_log(root, table.name)?;
    while let Some(line) = lines.next()? {
        let row = table.row(line).map_err(|message| lines.wrong(&message))?;
        table.refer(tx, row).await.map_err(|error| refused(format!("{}:{}", log_of(table.name), lines.number), error))?;
    }
    Ok(())
}

/// What the database does not take is the archive's fault, unless the database is not there.
fn refused(place: impl std::fmt::Display, error: StoreError) -> AppError {
    match error {
        StoreError::Unreachable(_) => error.into(),
        other => wrong(place, other),
    }
}

/// Makes every live article be found by its words.
async fn index(cx: &Cx, tx: &Tx, total: u64, progress: &mut (dyn FnMut(Doing, u64, u64) + Send)) -> Result<(), AppError> {
    let (mut after, mut done) = (None, 0);
    loop {
        let rows = archive::live_page(tx, after, INDEXED).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.id);
        search::index(cx, tx, &rows.iter().collect::<Vec<&article::Model>>(), |_| false).await?;
        done += rows.len() as u64;
        progress(Doing::Indexing, done, total);
    }
}
