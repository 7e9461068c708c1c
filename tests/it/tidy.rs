//! The floors of the house, read off the source: who may name whom, and how long a file may be.

use std::path::{Path, PathBuf};

const FLOORS: [&str; 8] = ["domain", "store", "app", "graphql", "http", "jobs", "startup", "cli"];

/// What each floor must not name of ours.
const ABOVE: &[(&str, &[&str])] = &[
    ("domain", &["store", "app", "graphql", "http", "jobs", "startup", "cli", "config"]),
    ("store", &["app", "graphql", "http", "jobs", "startup", "cli", "config"]),
    ("app", &["graphql", "http", "jobs", "startup", "cli"]),
    ("graphql", &["store", "http", "jobs", "startup", "cli"]),
    ("http", &["store", "jobs", "startup", "cli"]),
    ("jobs", &["store", "graphql", "http", "startup", "cli"]),
    ("startup", &["cli"]),
];

/// Which crates are for which files alone.
const KEPT: &[(&str, &[&str])] = &[
    ("sea_orm", &["store/"]),
    ("async_graphql", &["graphql", "startup"]),
    ("actix_web", &["http", "startup"]),
];

/// A source file: its path below a crate's `src`, and its lines without comments.
struct File {
    path: String,
    lines: Vec<(usize, String)>,
    length: usize,
}

impl File {
    fn floor(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The lines, as one text, that name a module of a crate, with its first segment: `use crate::{a, b::c}` names a and b.
    fn names(&self, of: &str) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (at, (number, line)) in self.lines.iter().enumerate() {
            let mut rest = line.as_str();
            while let Some((before, after)) = rest.split_once(of) {
                if !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                    match after.strip_prefix('{') {
                        None => found.push((*number, word(after).to_owned())),
                        Some(group) => {
                            let following = self.lines[at + 1..].iter().map(|(_, line)| line.as_str());
                            let text: String = std::iter::once(group).chain(following).collect::<Vec<_>>().join(" ");
                            found.extend(members(&text).into_iter().map(|name| (*number, name)));
                        }
                    }
                }
                rest = after;
            }
        }
        found
    }
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The first segments of the members of a `use` group, up to its closing brace.
fn members(text: &str) -> Vec<String> {
    let (mut depth, mut names, mut fresh) = (0_usize, Vec::new(), true);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && (c.is_alphanumeric() || c == '_') => {
                names.push(word(&text[at..]).to_owned());
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(folder: &Path) -> Vec<File> {
    fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    gather(folder, &mut paths);
    paths.sort_unstable();
    let mut files = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        // Unit tests, which stand last, answer for themselves.
        let below = path.strip_prefix(folder).unwrap();
        let is_test = below.components().any(|part| part.as_os_str() == "tests") || below.ends_with("tests.rs");
        let code = (1..).zip(text.lines()).take_while(|(_, line)| !is_test && line.trim() != "#[cfg(test)]");
        let code = code.filter(|(_, line)| !line.trim_start().starts_with("//"));
        files.push(File {
            path: path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/"),
            length: text.lines().count(),
            lines: code.map(|(number, line)| (number, line.to_owned())).collect(),
        });
    }
    assert!(!files.is_empty(), "{} holds no source", folder.display());
    files
}

fn assert_none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn a_floor_names_only_what_stands_below_it() {
    let mut found = Vec::new();
    for file in read(&root().join("src")) {
        let Some((_, above)) = ABOVE.iter().find(|(floor, _)| *floor == file.floor()) else { continue };
        let by_crate = file.names("crate::");
        // Over the border by `super::super::…` is over the border too.
        let by_super = file.names("super::").into_iter().filter(|(_, name)| FLOORS.contains(&name.as_str()));
        for (line, name) in by_crate.into_iter().chain(by_super) {
            if above.contains(&name.as_str()) {
                found.push(format!("src/{}:{line} names {name}", file.path));
            }
        }
    }
    assert_none(found, "a floor names only what stands below it");
}

#[test]
fn each_library_is_named_only_where_it_belongs() {
    let mut found = Vec::new();
    for file in read(&root().join("src")) {
        for (library, places) in KEPT {
            if places.iter().any(|place| file.path.starts_with(place)) {
                continue;
            }
            for (number, line) in &file.lines {
                let named = line.split(library).collect::<Vec<_>>();
                let is_word = named.windows(2).any(|pair| {
                    !pair[0].ends_with(|c: char| c.is_alphanumeric() || c == '_') && !pair[1].starts_with(|c: char| c.is_alphanumeric() || c == '_')
                });
                if is_word {
                    found.push(format!("src/{}:{number} names {library}", file.path));
                }
            }
        }
    }
    assert_none(found, "sea_orm is the store's, async_graphql the surface's, actix_web the edge's");
}

#[test]
fn rules_are_pure() {
    let mut found = Vec::new();
    for file in read(&root().join("src/domain")) {
        for (line, name) in file.names("entity::") {
            if !["ids", "enums"].contains(&name.as_str()) {
                found.push(format!("src/domain/{}:{line} takes {name} from entity", file.path));
            }
        }
        for (number, line) in &file.lines {
            for word in ["async fn", "async move", ".await", "Utc::now", "Instant::now", "SystemTime::now", "tokio::", "std::fs", "std::net"] {
                if line.contains(word) {
                    found.push(format!("src/domain/{}:{number} has {word}", file.path));
                }
            }
        }
    }
    assert_none(found, "the domain takes only ids and words from entity, and knows no time, task or transport");
}

#[test]
fn the_clock_is_read_only_at_the_edges() {
    let mut found = Vec::new();
    for file in read(&root().join("src")) {
        if ["store", "app", "graphql"].contains(&file.floor()) {
            for (number, line) in file.lines.iter().filter(|(_, line)| line.contains("Utc::now") || line.contains("SystemTime::now")) {
                found.push(format!("src/{}:{number} {}", file.path, line.trim()));
            }
        }
    }
    assert_none(found, "time comes in through Cx");
}

#[test]
fn rows_and_migrations_name_nothing_of_ours() {
    let mut found = Vec::new();
    for (folder, others) in [("entity/src", ["migration", "copydesk"]), ("migration/src", ["entity", "copydesk"])] {
        for file in read(&root().join(folder)) {
            for other in others {
                for (line, name) in file.names(&format!("{other}::")) {
                    found.push(format!("{folder}/{}:{line} names {other}::{name}", file.path));
                }
            }
        }
    }
    assert_none(found, "history must not change when entities do");
}

#[test]
fn no_file_is_so_long_that_a_concept_hides_in_it() {
    let mut found = Vec::new();
    for folder in ["src", "entity/src", "migration/src", "tests/it"] {
        let files = read(&root().join(folder));
        found.extend(files.iter().filter(|file| file.length > 400).map(|file| format!("{folder}/{} has {} lines", file.path, file.length)));
    }
    assert_none(found, "files run to 400 lines");
}

#[test]
fn no_file_is_named_for_what_does_not_belong_together() {
    let mut found = Vec::new();
    for folder in ["src", "entity/src", "migration/src", "tests/it"] {
        for file in read(&root().join(folder)) {
            let odd = ["util", "utils", "helper", "helpers", "common", "manager", "service", "services", "misc"];
            if file.path.split('/').any(|part| odd.contains(&part.trim_end_matches(".rs"))) {
                found.push(format!("{folder}/{}", file.path));
            }
        }
    }
    assert_none(found, "a file is named for its capability");
}
