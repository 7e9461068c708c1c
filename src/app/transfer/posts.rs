//! Posts as files tell them, gathered from a folder, and what they are called here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::domain::post::{self, BadPost, Post};
use crate::domain::slug::Slug;

/// A post and what identifies it in the place that it comes from.
pub(super) struct Found {
    pub(super) post: Post,
    /// Its date and its slug there: stays the same when the folder is moved.
    pub(super) source: String,
    pub(super) fingerprint: Vec<u8>,
}

/// A file that could not be read as a post.
pub(super) type Broken = (String, Option<usize>, String);

/// Every Markdown file below a folder, in the order of names.
pub(super) fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            let markdown = path.extension().is_some_and(|ending| {
                ending.eq_ignore_ascii_case("md") || ending.eq_ignore_ascii_case("markdown")
            });
            if hidden {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if markdown {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Reads the files as posts; what is broken is named and left out.
pub(super) fn read(folder: &Path, files: &[PathBuf]) -> (Vec<Found>, Vec<Broken>) {
    let (mut posts, mut broken) = (Vec::new(), Vec::new());
    let mut sources: HashMap<String, usize> = HashMap::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                broken.push((name, None, format!("cannot be read: {error}")));
                continue;
            }
        };
        match post::parse(&name, &bytes) {
            Ok(post) => {
                let mut source = format!("{}/{}", post.published_at.format("%Y-%m-%d"), post.slug);
                let times = sources.entry(source.clone()).or_insert(0);
                *times += 1;
                if *times > 1 {
                    source = format!("{source}#{name}");
                }
                posts.push(Found { post, source, fingerprint: Sha256::digest(&bytes).to_vec() });
            }
            Err(BadPost { line, message }) => broken.push((name, line, message)),
        }
    }
    (posts, broken)
}

/// The slug that each post wants, told apart where several want the same.
pub(super) fn slugs(posts: &[Found]) -> Vec<Slug> {
    let mut taken: HashMap<String, u32> = HashMap::new();
    let mut slugs: Vec<Slug> = Vec::with_capacity(posts.len());
    for found in posts {
        let wanted = Slug::parse(&found.post.slug).unwrap_or_else(|| Slug::from_headline(&found.post.title));
        let mut slug = wanted.clone();
        while taken.contains_key(slug.as_str()) {
            let number = taken.entry(wanted.as_str().to_owned()).or_insert(1);
            *number += 1;
            slug = wanted.numbered(*number);
        }
        taken.insert(slug.as_str().to_owned(), 1);
        slugs.push(slug);
    }
    slugs
}
