//! The file of `--authors`, which says who the keys in posts are.

use std::collections::HashSet;

use serde_json::{Map, Value};
use url::Url;

use super::{
    BadPost,
    byline::{key_in, name_in, name_of},
    front_matter::{self, Language, squeezed, text_of},
};

/// Who an author's key means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorEntry {
    /// What posts write for this person.
    pub key: String,
    /// What readers see.
    pub name: String,
    /// A role: 'Managing editor'.
    pub title: Option<String>,
    /// A paragraph about them.
    pub bio: Option<String>,
    /// Label and http(s) address. An e-mail address is not among them, as nobody agreed to
    /// have it shown.
    pub links: Vec<(String, String)>,
}

/// Lists of staff are long, but not this long.
const LONGEST: usize = 4 * 1024 * 1024;

/// Sites that give an address from a handle.
const HANDLES: [(&str, &str, &str); 7] = [
    ("twitter", "Twitter", "https://twitter.com/"),
    ("x", "X", "https://x.com/"),
    ("github", "GitHub", "https://github.com/"),
    ("linkedin", "LinkedIn", "https://www.linkedin.com/in/"),
    ("instagram", "Instagram", "https://www.instagram.com/"),
    ("facebook", "Facebook", "https://www.facebook.com/"),
    ("bluesky", "Bluesky", "https://bsky.app/profile/"),
];

/// Reads the file of `--authors`: a map from key to a name or to fields, or a list of people
/// with `key`, `id` or `slug`. YAML, unless the file's name ends in `.json` or `.toml`.
pub fn parse_authors(file_name: &str, text: &str) -> Result<Vec<AuthorEntry>, BadPost> {
    if text.len() > LONGEST {
        return Err(BadPost::new(
            None,
            format!("the list of authors is longer than {} MiB", LONGEST / 1024 / 1024),
        ));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lower = file_name.to_ascii_lowercase();
    let language = match lower.rsplit('.').next() {
        Some("json") => Language::Json,
        Some("toml") => Language::Toml,
        _ => Language::Yaml,
    };
    let mut entries: Vec<AuthorEntry> = Vec::new();
    let mut seen = HashSet::new();
    for (key, value) in people(front_matter::document(text, language)?)? {
        let entry = entry(key, &value)?;
        if !seen.insert(entry.key.clone()) {
            return Err(BadPost::new(
                line_with(text, &entry.key),
                format!("the author '{}' is listed twice: keep one", entry.key),
            ));
        }
        entries.push(entry);
    }
    Ok(entries)
}

type Person = (Option<String>, Value);

fn people(value: Value) -> Result<Vec<Person>, BadPost> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => Ok(items.into_iter().map(|item| (None, item)).collect()),
        Value::Object(map) => {
            let wrapper =
                |name: &String| matches!(squeezed(name).as_str(), "authors" | "people" | "team" | "staff");
            let wrapped = map.len() == 1
                && map.iter().all(|(name, value)| wrapper(name) && (value.is_array() || value.is_object()));
            let people_in_map = map.into_iter().map(|(key, value)| (Some(key), value));
            // TOML has no list without a name.
            if wrapped {
                people(people_in_map.map(|(_, inner)| inner).next().unwrap_or_default())
            } else {
                Ok(people_in_map.collect())
            }
        }
        _ => Err(BadPost::new(
            Some(1),
            "a list of authors is a map of `key: Name`, or a list of people with `key` and `name`",
        )),
    }
}

fn entry(key: Option<String>, value: &Value) -> Result<AuthorEntry, BadPost> {
    let empty = Map::new();
    let (name, fields) = match value {
        Value::Object(fields) => (name_in(fields), fields),
        other => (text_of(other), &empty),
    };
    let key = key
        .map(|key| key.trim().to_owned())
        .filter(|key| !key.is_empty())
        .or_else(|| key_in(fields))
        .or_else(|| name.clone());
    let Some(key) = key else {
        return Err(BadPost::new(
            None,
            "an author has neither key nor name: give each person `key` and `name`",
        ));
    };
    let field = |names: &[&str]| names.iter().find_map(|name| text_of(fields.get(*name)?));
    Ok(AuthorEntry {
        name: name.unwrap_or_else(|| name_of(&key)),
        title: field(&["title", "role", "position", "job_title"]),
        bio: field(&["bio", "biography", "about", "description"]),
        links: links(fields),
        key,
    })
}

fn links(fields: &Map<String, Value>) -> Vec<(String, String)> {
    let mut links: Vec<(String, String)> = Vec::new();
    let mut add = |label: &str, address: &str| {
        if let Some(url) = web(address)
            && !links.iter().any(|(_, known)| *known == url)
        {
            links.push((label.to_owned(), url));
        }
    };
    for name in ["website", "url", "homepage", "web"] {
        if let Some(address) = fields.get(name).and_then(text_of) {
            add("Website", &address);
        }
    }
    for (name, label, base) in HANDLES {
        if let Some(typed) = fields.get(name).and_then(text_of) {
            let handle = typed.trim_start_matches('@');
            if web(&typed).is_some() {
                add(label, &typed);
            } else if handle.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
                add(label, &format!("{base}{handle}"));
            }
        }
    }
    match fields.get("links") {
        Some(Value::Object(map)) => {
            for (label, address) in map {
                if let Some(address) = text_of(address) {
                    add(label, &address);
                }
            }
        }
        Some(Value::Array(items)) => {
            for item in items {
                let field = |names: &[&str]| names.iter().find_map(|name| text_of(item.get(*name)?));
                let address = field(&["url", "href", "link"]).or_else(|| text_of(item));
                let label = field(&["label", "name", "title", "text"]);
                if let Some(address) = address {
                    let host = Url::parse(&address).ok().and_then(|url| url.host_str().map(str::to_owned));
                    add(&label.or(host).unwrap_or_default(), &address);
                }
            }
        }
        _ => {}
    }
    links
}

fn web(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.into())
}

fn line_with(text: &str, key: &str) -> Option<usize> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| line.contains(key));
    lines.nth(1).map(|(index, _)| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_files_come_in_three_languages_and_two_shapes() {
        let yaml = "ada: Ada Moss\nbo:\n  first_name: Bo\n  last_name: Finch\n  role: Editor\n  twitter: '@bo'\n  url: javascript:alert(1)\n  email: bo@paper.example\ncy:\n";
        let toml = "[[authors]]\nid = \"ada\"\nname = \"Ada Moss\"\n[[authors]]\nname = \"Bo Finch\"\nlinks = [{label = \"Site\", url = \"https://bo.example\"}]\n";
        let json = "[{\"slug\": \"ada\", \"full_name\": \"Ada Moss\", \"bio\": \"Writes.\"}]";

        let from_yaml = parse_authors("a.yml", yaml).unwrap();
        let from_toml = parse_authors("a.toml", toml).unwrap();
        let from_json = parse_authors("A.JSON", json).unwrap();

        let names: Vec<_> = from_yaml.iter().map(|a| (a.key.as_str(), a.name.as_str())).collect();
        assert_eq!(names, [("ada", "Ada Moss"), ("bo", "Bo Finch"), ("cy", "Cy")]);
        let bo = &from_yaml[1];
        assert_eq!(bo.title.as_deref(), Some("Editor"));
        assert_eq!(bo.links, [("Twitter".to_owned(), "https://twitter.com/bo".to_owned())]);
        assert_eq!(from_toml[0].key, "ada");
        assert_eq!(from_toml[1].key, "Bo Finch");
        assert_eq!(from_toml[1].links[0].1, "https://bo.example/");
        assert_eq!(from_json[0].bio.as_deref(), Some("Writes."));
    }

    #[test]
    fn bad_authors_files_are_told_with_their_line() {
        assert_eq!(parse_authors("a.json", "[\n{\n]").unwrap_err().line, Some(3));
        assert_eq!(parse_authors("a.yml", "- key: a\n- key: a\n").unwrap_err().line, Some(2));
        assert!(parse_authors("a.yml", "words").is_err());
        assert!(parse_authors("a.yml", "- {}\n").is_err());
        assert!(parse_authors("a.yml", "").unwrap().is_empty());
    }
}
