//! The words that must not come out, and looking for them in what came.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::Answer;

/// What each word of ours begins with. Slugs, addresses and tags keep letters alone.
const CANARY: &str = "canary";

/// What was planted.
#[derive(Default)]
pub struct Secrets {
    planted: BTreeSet<String>,
    /// What nobody gets to see, whoever asks.
    never: Vec<String>,
}

impl Secrets {
    /// A word for this place, which stands nowhere else.
    pub fn plant(&mut self, place: &str) -> String {
        assert!(place.bytes().all(|byte| byte.is_ascii_lowercase()), "'{place}' would not stay as it is in a slug");
        let word = format!("{CANARY}{place}");
        assert!(self.planted.insert(word.clone()), "{word} is planted already");
        word
    }

    /// A word that nobody gets to see.
    pub fn never(&mut self, place: &str) -> String {
        let word = format!("never{place}word");
        self.never.push(word.clone());
        word
    }

    /// Keys that nobody gets to see again.
    pub fn never_shown(&mut self, keys: Vec<String>) {
        self.never.extend(keys);
    }

    pub fn planted(&self) -> impl Iterator<Item = &str> {
        self.planted.iter().map(String::as_str)
    }

    /// What stands in an answer that stands in none.
    pub fn never_in<'a>(&'a self, text: &str) -> Option<&'a str> {
        self.never.iter().map(String::as_str).find(|secret| text.contains(secret))
    }
}

/// All that an answer says: its body, and its headers.
pub fn text(answer: &Answer) -> String {
    let headers = answer.headers.iter().map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    headers.collect::<String>() + &answer.body.to_string()
}

/// The canaries in a text.
pub fn canaries(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let words = text.match_indices(CANARY).map(|(at, _)| {
        let word = &text[at..];
        word[..word.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(word.len())].to_owned()
    });
    words.collect()
}

/// The objects in an answer, each with the type that it says it is of.
pub fn objects(value: &Value) -> Vec<(&str, &serde_json::Map<String, Value>)> {
    match value {
        Value::Array(members) => members.iter().flat_map(objects).collect(),
        Value::Object(fields) => {
            let own = fields.get("__typename").and_then(Value::as_str).map(|name| (name, fields));
            own.into_iter().chain(fields.values().flat_map(objects)).collect()
        }
        _ => Vec::new(),
    }
}

/// The fields that answers had something in, as `Type.field`, and the ids of what they showed, by type.
#[derive(Default)]
pub struct Visits {
    pub fields: BTreeSet<String>,
    pub ids: BTreeMap<String, BTreeSet<String>>,
}

impl Visits {
    pub fn note(&mut self, answer: &Answer) {
        let data = &answer.body["data"];
        let has_something = |value: &Value| !value.is_null() && value.as_array().is_none_or(|members| !members.is_empty());
        let roots = data.as_object().into_iter().flatten().map(|(name, value)| ("Query", name, value));
        let below = objects(data).into_iter().flat_map(|(name, fields)| fields.iter().map(move |(field, value)| (name, field, value)));
        for (name, field, value) in roots.chain(below).filter(|(_, field, value)| *field != "__typename" && has_something(value)) {
            self.fields.insert(format!("{name}.{field}"));
            if let ("id", Some(id)) = (field.as_str(), value.as_str()) {
                self.ids.entry(name.to_owned()).or_default().insert(id.to_owned());
            }
        }
    }
}
