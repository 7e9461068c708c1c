//! Whether a folder is a whole archive, of this program's sort, with nothing changed in it: before anything of it is
//! believed.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{FORMAT, MANIFEST, Manifest, SUMS, VERSION, hex, log_of, wrong};
use crate::app::AppError;
use crate::store::archive::Table;
use crate::store::migrate;

/// More than any manifest of ours.
const LONGEST_MANIFEST: u64 = 1024 * 1024;
/// More than any name of a file of ours, with its digest.
const LONGEST_SUM: usize = 1024;
/// The longest line of a log.
const LONGEST_LINE: usize = 8 * 1024 * 1024;
/// The longest line of compiled bodies: a megabyte of shortest paragraphs, each with what is said of a block.
const LONGEST_BODY: usize = 64 * 1024 * 1024;

/// Reads the manifest, and says whether this program can take the archive.
pub(super) fn manifest(root: &Path, tables: &[Table]) -> Result<Manifest, AppError> {
    let bad = |message: String| wrong(MANIFEST, message);
    if !root.is_dir() {
        let message = if root.is_file() { "is a file; unpack it, and name the folder" } else { "is no folder" };
        return Err(AppError::field("DIR", format!("{} {message}", root.display())));
    }
    let missing = format!("is not in {}: this is no archive of copydesk, or its export broke off", root.display());
    let file = open(root, MANIFEST).map_err(|_| bad(missing))?;
    let mut text = Vec::new();
    file.take(LONGEST_MANIFEST + 1).read_to_end(&mut text).map_err(|error| bad(format!("cannot be read: {error}")))?;
    if text.len() as u64 > LONGEST_MANIFEST {
        return Err(bad("is longer than any manifest of copydesk".into()));
    }
    let told: serde_json::Value = serde_json::from_slice(&text).map_err(|error| bad(format!("is no JSON: {error}")))?;
    if told.get("format").and_then(serde_json::Value::as_str) != Some(FORMAT) {
        return Err(bad(format!("does not say `\"format\": \"{FORMAT}\"`: this is no archive of copydesk")));
    }
    let version = told.get("version").and_then(serde_json::Value::as_u64);
    if version != Some(VERSION.into()) {
        let version = version.map_or_else(|| "no version".to_owned(), |version| format!("version {version}"));
        return Err(bad(format!("has {version}, and this copydesk reads version {VERSION}: import it with the copydesk that made it, or a newer one")));
    }
    let manifest: Manifest = serde_json::from_value(told).map_err(|error| bad(format!("is not as copydesk writes it: {error}")))?;
    let steps = migrate::steps();
    if manifest.schema != steps {
        let of = |steps: &[String]| steps.last().map_or_else(|| "none".to_owned(), |last| last.chars().take(60).collect::<String>());
        return Err(bad(format!(
            "is of another schema ({}; this program's is {}): import it with {}, then start this one on that database, which brings it up to date",
            of(&manifest.schema),
            of(&steps),
            manifest.made_by.chars().take(60).collect::<String>(),
        )));
    }
    match tables.iter().find(|table| !manifest.rows.contains_key(table.name)) {
        Some(table) => Err(bad(format!("does not say how many rows {} has", table.name))),
        None => Ok(manifest),
    }
}

/// Compares every file with its digest. Says how far it is, in files.
pub(super) fn files(root: &Path, manifest: &Manifest, tables: &[Table], progress: &mut (dyn FnMut(u64, u64) + Send)) -> Result<(), AppError> {
    let (mut count, mut bytes) = (0, 0);
    let mut logs: BTreeSet<String> = tables.iter().map(|table| log_of(table.name)).collect();
    // Sizes first: they tell at once what is missing.
    let digest = each_sum(root, |line, _, name| {
        let path = inside(root, name).map_err(|message| wrong(format!("{SUMS}:{line}"), message))?;
        let file = path.metadata().map_err(|error| wrong(name, format!("cannot be read: {error}")))?;
        count += 1;
        bytes += file.len();
        logs.remove(name);
        Ok(())
    })?;
    if digest != manifest.sums_sha256 {
        return Err(wrong(SUMS, "is not as it was exported: its digest is not the manifest's"));
    }
    if let Some(log) = logs.first() {
        return Err(wrong(SUMS, format!("does not list {log}")));
    }
    if (count, bytes) != (manifest.files, manifest.bytes) {
        let Manifest { files, bytes: exported, .. } = manifest;
        return Err(wrong(SUMS, format!("{files} files with {exported} bytes were exported, and here are {count} with {bytes}: something was changed or left out")));
    }
    let (mut done, mut buffer) = (0, vec![0; 64 * 1024]);
    each_sum(root, |_, sum, name| {
        let mut file = open(root, name).map_err(|message| wrong(name, message))?;
        let mut digest = Sha256::new();
        loop {
            let read = file.read(&mut buffer).map_err(|error| wrong(name, format!("cannot be read: {error}")))?;
            if read == 0 {
                break;
            }
            digest.update(buffer.get(..read).unwrap_or_default());
        }
        if hex(&digest.finalize()) != sum {
            return Err(wrong(name, "is not as it was exported: its digest is another. To bring in Markdown files that were edited, use 'copydesk import markdown'"));
        }
        done += 1;
        progress(done, manifest.files);
        Ok(())
    })?;
    Ok(())
}

/// Goes through the list of digests: line, digest, name. Gives the list's own digest.
fn each_sum(root: &Path, mut each: impl FnMut(usize, &str, &str) -> Result<(), AppError>) -> Result<String, AppError> {
    let mut lines = Lines::open(root, SUMS, LONGEST_SUM)?;
    let mut digest = Sha256::new();
    while let Some(line) = lines.next()? {
        digest.update(line);
        digest.update(b"\n");
        let text = std::str::from_utf8(line).ok().and_then(|line| line.split_once("  "));
        let (sum, name) = match text {
            Some((sum, name)) if sum.len() == 64 => (sum.to_owned(), name.to_owned()),
            _ => return Err(lines.wrong("is not a digest, two blanks and the name of a file")),
        };
        each(lines.number, &sum, &name)?;
    }
    Ok(hex(&digest.finalize()))
}

/// A file of the archive that is nowhere else, whatever its name or a link says.
fn inside(root: &Path, name: &str) -> Result<PathBuf, String> {
    let shown: String = name.chars().take(100).collect();
    let path = Path::new(name);
    let is_plain = !name.is_empty() && !name.contains(['\\', ':', '\0']) && path.components().all(|part| matches!(part, Component::Normal(_)));
    if !is_plain {
        return Err(format!("'{shown}' leads out of the archive"));
    }
    let whole = root.join(path).canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("{shown} is missing"),
        _ => format!("{shown} cannot be read: {error}"),
    })?;
    let root = root.canonicalize().map_err(|error| format!("{} cannot be read: {error}", root.display()))?;
    if !whole.starts_with(root) {
        return Err(format!("'{shown}' leads out of the archive"));
    }
    if !whole.is_file() {
        return Err(format!("{shown} is no file"));
    }
    Ok(whole)
}

fn open(root: &Path, name: &str) -> Result<File, String> {
    File::open(inside(root, name)?).map_err(|error| format!("cannot be read: {error}"))
}

/// The lines of a file, one at a time, none of them longer than memory should hold.
pub(super) struct Lines {
    name: String,
    reader: BufReader<File>,
    line: Vec<u8>,
    longest: usize,
    /// The number of the line that was read last.
    pub(super) number: usize,
}

impl Lines {
    /// The lines of a table's log.
    pub(super) fn of_log(root: &Path, table: &str) -> Result<Self, AppError> {
        Self::open(root, &log_of(table), if table == "revision_bodies" { LONGEST_BODY } else { LONGEST_LINE })
    }

    fn open(root: &Path, name: &str, longest: usize) -> Result<Self, AppError> {
        let file = open(root, name).map_err(|message| wrong(name, message))?;
        Ok(Self { name: name.to_owned(), reader: BufReader::with_capacity(64 * 1024, file), line: Vec::new(), longest, number: 0 })
    }

    /// The next line, without its end.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, AppError> {
        self.line.clear();
        self.number += 1;
        let most = self.longest as u64 + 1;
        let read = self.reader.by_ref().take(most).read_until(b'\n', &mut self.line);
        if let Err(error) = read {
            return Err(self.wrong(&format!("cannot be read: {error}")));
        }
        if self.line.is_empty() {
            return Ok(None);
        }
        if self.line.pop() != Some(b'\n') {
            let message = if self.line.len() >= self.longest { "is longer than any line of copydesk" } else { "breaks off: the end of the file is missing" };
            return Err(self.wrong(message));
        }
        if std::str::from_utf8(&self.line).is_err() {
            return Err(self.wrong("is not UTF-8"));
        }
        Ok(Some(&self.line))
    }

    /// What is wrong with the line that was read last.
    pub(super) fn wrong(&self, message: &str) -> AppError {
        wrong(format!("{}:{}", self.name, self.number), message)
    }
}
