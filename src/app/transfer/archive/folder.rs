//! The folder that an archive is written to: under another name until all of it is on disk.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{MANIFEST, Manifest, SUMS, hex, unwritable};
use crate::app::AppError;

/// An archive that is being written.
pub(super) struct Folder {
    /// Where it is to be.
    home: PathBuf,
    /// Where it is written: beside its home, or there where an empty folder stands there already, which may be
    /// the root of a disk that nothing can be renamed to.
    root: PathBuf,
    made: BTreeSet<PathBuf>,
    sums: Sheet,
    files: u64,
    bytes: u64,
    is_whole: bool,
}

/// A file that is being written.
pub(super) struct Sheet {
    name: String,
    path: PathBuf,
    writer: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
}

impl Folder {
    /// Begins an archive. The place has to be free, or an empty folder.
    pub(super) fn begin(home: &Path) -> Result<Self, AppError> {
        let refused = |message: String| AppError::field("DIR", message);
        let shown = home.display();
        let root = match fs::read_dir(home) {
            Ok(mut entries) => match entries.next() {
                None => home.to_owned(),
                Some(_) => return Err(refused(format!("{shown} is not empty; name a folder that is, or that does not exist yet"))),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let name = home.file_name().ok_or_else(|| refused(format!("{shown} cannot be made; name a folder")))?;
                let parent = home.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
                fs::create_dir_all(parent).map_err(unwritable(parent))?;
                let root = parent.join(format!("{}.partial-{}", name.to_string_lossy(), std::process::id()));
                make_private(&root).map_err(unwritable(&root))?;
                root
            }
            Err(error) => return Err(refused(format!("{shown} cannot be read: {error}"))),
        };
        let sums = Sheet::create(&root, SUMS)?;
        Ok(Self { home: home.to_owned(), root, made: BTreeSet::new(), sums, files: 0, bytes: 0, is_whole: false })
    }

    /// Begins a file.
    pub(super) fn sheet(&mut self, name: &str) -> Result<Sheet, AppError> {
        let path = self.root.join(name);
        if let Some(parent) = path.parent()
            && !self.made.contains(parent)
        {
            fs::create_dir_all(parent).map_err(unwritable(parent))?;
            self.made.insert(parent.to_owned());
        }
        Sheet::create(&self.root, name)
    }

    /// Ends a file, and notes its digest.
    pub(super) fn keep(&mut self, sheet: Sheet) -> Result<(), AppError> {
        let (name, bytes) = (sheet.name.clone(), sheet.bytes);
        let digest = sheet.end()?;
        self.files += 1;
        self.bytes += bytes;
        self.sums.write(format!("{digest}  {name}\n").as_bytes())
    }

    /// Writes a whole file.
    pub(super) fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), AppError> {
        let mut sheet = self.sheet(name)?;
        sheet.write(bytes)?;
        self.keep(sheet)
    }

    /// Ends the archive: all of it is on disk before its manifest is, and the manifest before it has its name.
    pub(super) fn end(mut self, manifest: impl FnOnce(u64, u64, String) -> Manifest) -> Result<Manifest, AppError> {
        let sums = std::mem::replace(&mut self.sums, Sheet::create(&self.root, MANIFEST_UNDER_WAY)?);
        let manifest = manifest(self.files, self.bytes, sums.end()?);
        let text = serde_json::to_string_pretty(&manifest).map_err(|error| AppError::Fault(error.to_string()))?;
        self.sums.write(format!("{text}\n").as_bytes())?;
        self.sums.writer.flush().map_err(unwritable(&self.sums.path))?;
        settle(&self.root).map_err(unwritable(&self.root))?;
        let path = self.root.join(MANIFEST);
        fs::rename(self.root.join(MANIFEST_UNDER_WAY), &path).map_err(unwritable(&path))?;
        settle(&self.root).map_err(unwritable(&self.root))?;
        if self.root != self.home {
            fs::rename(&self.root, &self.home).map_err(unwritable(&self.home))?;
            if let Some(parent) = self.home.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                settle(parent).map_err(unwritable(parent))?;
            }
        }
        self.is_whole = true;
        Ok(manifest)
    }
}

const MANIFEST_UNDER_WAY: &str = "manifest.json.partial";

impl Drop for Folder {
    /// What broke off is taken away, where it has a name of its own; else it lacks its manifest.
    fn drop(&mut self) {
        if !self.is_whole && self.root != self.home {
            // Where this fails, the name still says what it is.
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

impl Sheet {
    fn create(root: &Path, name: &str) -> Result<Self, AppError> {
        let path = root.join(name);
        let file = File::create_new(&path).map_err(unwritable(&path))?;
        Ok(Self { name: name.to_owned(), path, writer: BufWriter::with_capacity(64 * 1024, file), digest: Sha256::new(), bytes: 0 })
    }

    /// Writes on.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), AppError> {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        self.writer.write_all(bytes).map_err(unwritable(&self.path))
    }

    fn end(self) -> Result<String, AppError> {
        let Self { path, writer, digest, .. } = self;
        let file = writer.into_inner().map_err(|error| unwritable(&path)(error.into_error()))?;
        if !cfg!(target_os = "linux") {
            file.sync_all().map_err(unwritable(&path))?;
        }
        Ok(hex(&digest.finalize()))
    }
}

/// The archive has what only administrators see, and the digests of passwords.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Waits until all that was written below a folder is on disk: on Linux at once for all files, which is what makes
/// thousands of small ones bearable.
fn settle(folder: &Path) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(File::open(folder)?)?;
    #[cfg(all(unix, not(target_os = "linux")))]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
