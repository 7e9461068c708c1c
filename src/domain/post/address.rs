//! The addresses a post can be linked by, in one form for those who list and those who ask.

use chrono::{Datelike, NaiveDate};
use url::Url;

use super::date;

/// What the name of a file says of its post.
pub(super) struct FileName {
    /// The name without folders and ending: what `{% post_url %}` takes.
    pub stem: String,
    pub slug: String,
    pub day: Option<NaiveDate>,
}

impl FileName {
    pub(super) fn of(path: &str) -> Self {
        let stem = stem(path).to_owned();
        match date::leading_day(&stem) {
            Some((day, rest)) => {
                let slug = if rest.is_empty() { stem.clone() } else { rest.to_owned() };
                Self { slug, day: Some(day), stem }
            }
            None => Self { slug: stem.clone(), day: None, stem },
        }
    }

    /// A headline for a post without one: the slug, readable.
    pub(super) fn title(&self) -> String {
        let words = self.slug.replace(['-', '_'], " ");
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut letters = words.chars();
        match letters.next() {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => "Untitled".to_owned(),
        }
    }
}

/// The last part of a path without the ending of a Markdown file; of `name/index.md` it is
/// `name`, as such a folder is the post.
pub(super) fn stem(path: &str) -> &str {
    let path = markdown_path(path).unwrap_or(path).trim_end_matches('/');
    let mut parts = path.rsplit('/');
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("index" | "_index", Some(folder)) if !matches!(folder, "" | "." | "..") => folder,
        (name, _) => name,
    }
}

/// The path without its ending, if that is one of Markdown's.
pub(super) fn markdown_path(path: &str) -> Option<&str> {
    [".md", ".markdown", ".mdx", ".mkd"].iter().find_map(|ending| path.strip_suffix(ending))
}

/// The one form of a site-relative path: slashes at both ends, no `index.html` or `.html`,
/// percent signs decoded. Both [`super::Post::addresses`] and the questions of
/// [`super::rewrite`] are in it.
pub fn address(path: &str) -> String {
    let path = decoded(path);
    let path = path.strip_suffix("index.html").unwrap_or(&path);
    let path = path.strip_suffix(".html").or_else(|| path.strip_suffix(".htm")).unwrap_or(path);
    let mut form = String::with_capacity(path.len() + 2);
    form.push('/');
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        form.push_str(part);
        form.push('/');
    }
    form
}

fn decoded(path: &str) -> String {
    if !path.contains('%') {
        return path.to_owned();
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex =
            after.get(..2).and_then(|two| std::str::from_utf8(two).ok()).filter(|two| !two.starts_with('+'));
        match hex.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(value) if byte == b'%' => {
                bytes.push(value);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}

/// A permalink's address, unless it is a pattern (`/:year/:title/`, `{{ … }}`) or no path.
pub(super) fn of_permalink(typed: &str) -> Option<String> {
    let path = match Url::parse(typed) {
        Ok(url) if url.has_host() => url.path().to_owned(),
        Ok(_) => return None,
        Err(_) => typed.split(['?', '#']).next().unwrap_or_default().to_owned(),
    };
    let pattern =
        path.contains("{{") || path.contains("{%") || path.split('/').any(|part| part.starts_with(':'));
    let word = super::front_matter::truth(&path).is_some();
    let form = address(&path);
    (!pattern && !word && form != "/").then_some(form)
}

/// The last part of an address.
pub(super) fn last_part(address: &str) -> Option<String> {
    let part = address.trim_end_matches('/').rsplit('/').next()?;
    (!part.is_empty()).then(|| part.to_owned())
}

/// Every address of a post, the surest first.
pub(super) fn all(
    file: &FileName,
    slug: &str,
    permalinks: &[String],
    moved: &[String],
    days: &[NaiveDate],
) -> Vec<String> {
    let mut all: Vec<String> = permalinks.iter().chain(moved).cloned().collect();
    let names = if slug == file.slug { vec![slug] } else { vec![slug, file.slug.as_str()] };
    for name in &names {
        for day in days {
            let (year, month) = (day.year(), day.month());
            all.push(address(&format!("{year:04}/{month:02}/{:02}/{name}", day.day())));
            all.push(address(&format!("{year:04}/{month:02}/{name}")));
        }
    }
    all.push(file.stem.clone());
    all.extend(names.iter().map(|name| address(name)));
    let mut seen = std::collections::HashSet::new();
    all.retain(|address| !matches!(address.as_str(), "" | "/") && seen.insert(address.clone()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_every_spelling() {
        for typed in ["/a/b", "a/b/", "/a/b.html", "//a/./b/index.html", "/a/%62"] {
            assert_eq!(address(typed), "/a/b/", "{typed}");
        }
        assert_eq!(address("/a%ff/%+1/%"), "/a%ff/%+1/%/");
        assert_eq!(address(""), "/");
    }

    #[test]
    fn a_file_name_gives_stem_slug_and_day() {
        let file = FileName::of("_posts/2020-01-31-snow-day.md");
        assert_eq!((file.stem.as_str(), file.slug.as_str()), ("2020-01-31-snow-day", "snow-day"));
        assert_eq!(FileName::of("2020-13-31-x.md").day, None);
        assert_eq!(FileName::of("notes/snow/index.md").slug, "snow");
        assert_eq!(FileName::of("2020-01-31.md").slug, "2020-01-31");
        assert_eq!(FileName::of(".md").title(), "Untitled");
    }

    #[test]
    fn patterns_and_switches_are_no_permalinks() {
        for typed in ["/:year/:title/", "/{{ page.slug }}/", "false", "pretty:x", "/", "mailto:a@b.c"] {
            assert_eq!(of_permalink(typed), None, "{typed}");
        }
        assert_eq!(of_permalink("https://old.example/x/y.html?z").as_deref(), Some("/x/y/"));
    }
}
