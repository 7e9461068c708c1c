//! Who wrote a post, as its front matter tells it: keys, names or lists of either.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{
    BadPost,
    front_matter::{Fields, text_of},
};

/// Words within a name that keep their small letter.
const PARTICLES: [&str; 14] =
    ["al", "bin", "da", "de", "del", "den", "der", "di", "du", "la", "ten", "van", "von", "zu"];

/// The authors a post names: keys or names as typed.
pub(super) fn of_post(fields: &Fields) -> Result<Vec<String>, BadPost> {
    for name in ["authors", "author", "by", "byline"] {
        let Some(value) = fields.get(name) else { continue };
        let typed: Vec<String> = match value {
            Value::Array(items) => items.iter().filter_map(one).collect(),
            value => one(value).into_iter().collect(),
        };
        if typed.is_empty() && matches!(value, Value::Object(map) if !map.is_empty()) {
            return Err(BadPost::new(
                fields.line_of(name),
                format!("`{name}` names nobody: write names or keys, or give each person a `name`"),
            ));
        }
        let mut known = HashSet::new();
        let mut authors: Vec<String> = typed.iter().flat_map(|typed| each(typed)).collect();
        authors.retain(|author| known.insert(author.clone()));
        if !authors.is_empty() {
            return Ok(authors);
        }
    }
    Ok(Vec::new())
}

fn one(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) => name_in(fields).or_else(|| key_in(fields)),
        other => text_of(other),
    }
}

/// Parts 'Ada Moss, Bo Finch and Cy Reed' or 'ada, bo'. 'Moss, Ada' and 'Ministry of Work
/// and Pensions' stay whole: better one odd author than two who don't exist.
fn each(typed: &str) -> Vec<String> {
    let bare = typed
        .get(..3)
        .filter(|by| by.eq_ignore_ascii_case("by "))
        .and_then(|_| typed.get(3..))
        .unwrap_or(typed)
        .trim();
    let commas = bare.replace(" and ", ",").replace(" & ", ",").replace(';', ",");
    let parts: Vec<&str> = commas
        .split(',')
        .map(|part| part.trim().trim_start_matches("and ").trim())
        .filter(|part| !part.is_empty())
        .collect();
    let is_key = |part: &&str| {
        part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.'))
    };
    if parts.len() > 1 && (parts.iter().all(|part| is_full_name(part)) || parts.iter().all(is_key)) {
        return parts.into_iter().map(str::to_owned).collect();
    }
    if bare.is_empty() { Vec::new() } else { vec![bare.to_owned()] }
}

fn is_full_name(part: &str) -> bool {
    let words: Vec<&str> = part.split_whitespace().collect();
    let lower = |word: &str| word.starts_with(char::is_lowercase);
    (2..=5).contains(&words.len()) && words.iter().all(|word| !lower(word) || PARTICLES.contains(word))
}

/// A readable name for an author who is only a key: `mel-choyce` is Mel Choyce. What has
/// blanks or capitals is a name already.
pub fn name_of(key: &str) -> String {
    let key = key.trim();
    if key.contains(char::is_whitespace) || key.contains(char::is_uppercase) {
        return key.to_owned();
    }
    let bare = key.trim_start_matches('@');
    let bare = bare.split('@').next().unwrap_or(bare);
    let words: Vec<&str> = bare.split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
    let last = words.len().saturating_sub(1);
    let named = words.iter().enumerate().map(|(at, word)| {
        if at > 0 && at < last && PARTICLES.contains(word) {
            return (*word).to_owned();
        }
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    let name = named.collect::<Vec<_>>().join(" ");
    if name.is_empty() { key.to_owned() } else { name }
}

/// The name in a person's fields.
pub(super) fn name_in(fields: &Map<String, Value>) -> Option<String> {
    let field = |name: &str| fields.get(name).and_then(text_of);
    let whole = ["name", "full_name", "fullname", "fullName", "display_name", "displayName"];
    whole.iter().find_map(|name| field(name)).or_else(|| {
        let first = field("first_name").or_else(|| field("firstName"));
        let last = field("last_name").or_else(|| field("lastName"));
        let parts: Vec<String> = first.into_iter().chain(last).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}

/// The key in a person's fields.
pub(super) fn key_in(fields: &Map<String, Value>) -> Option<String> {
    ["key", "id", "slug", "username", "login"].iter().find_map(|field| text_of(fields.get(*field)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_names_and_names_stay() {
        for (key, name) in [
            ("mel-choyce", "Mel Choyce"),
            ("18F", "18F"),
            ("chrisc", "Chrisc"),
            ("carlos-de-la-torre", "Carlos de la Torre"),
            ("ida.berg@paper.example", "Ida Berg"),
            ("Jean-Luc", "Jean-Luc"),
            (" ada moss ", "ada moss"),
            ("élan", "Élan"),
            ("-", "-"),
        ] {
            assert_eq!(name_of(key), name, "{key}");
        }
    }

    #[test]
    fn only_clear_lists_are_parted() {
        assert_eq!(each("Ada Moss, Bo van Finch, and Cy Reed"), ["Ada Moss", "Bo van Finch", "Cy Reed"]);
        assert_eq!(each("By Ada Moss & Bo Finch"), ["Ada Moss", "Bo Finch"]);
        assert_eq!(each("ada, bo-finch"), ["ada", "bo-finch"]);
        for whole in
            ["Moss, Ada", "Ministry of Work and Pensions", "Ada Moss, PhD", "Byron Ames", "Ärzteblatt"]
        {
            assert_eq!(each(whole), [whole]);
        }
    }
}
