//! Documents that clients name instead of sending them: those that somebody sent before with their
//! SHA-256 sum (Apollo's automatic persisted queries), and those of a manifest that the newsroom trusts.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use moka::sync::Cache;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::request::{KnownAs, Unfit};

/// What a sum and the bookkeeping take beside the text.
const BESIDE: usize = 200;

/// Documents by their names.
pub struct Persisted {
    sent: Cache<String, Arc<str>>,
    trusted: Option<Trusted>,
}

/// The documents of a manifest.
pub struct Trusted {
    /// As the manifest has them.
    listed: Vec<(String, Arc<str>)>,
    by_id: HashMap<String, Arc<str>>,
    texts: HashSet<Arc<str>>,
}

/// A manifest as Apollo's tools write it.
#[derive(Deserialize)]
struct Manifest {
    format: String,
    version: i64,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    body: String,
}

impl Trusted {
    /// Reads a manifest: Apollo's, or Relay's object of texts by their ids.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
        let whole: Map<String, Value> =
            serde_json::from_str(&text).map_err(|error| format!("is no JSON object at line {}: {error}", error.line()))?;
        let pairs = if whole.contains_key("format") { apollo(whole)? } else { relay(whole)? };
        let mut trusted = Self { listed: Vec::new(), by_id: HashMap::new(), texts: HashSet::new() };
        for (id, body) in pairs {
            let body: Arc<str> = body.into();
            trusted.by_id.insert(sum_of(&body), Arc::clone(&body));
            trusted.texts.insert(Arc::clone(&body));
            trusted.by_id.insert(id.clone(), Arc::clone(&body));
            trusted.listed.push((id, body));
        }
        Ok(trusted)
    }

}

fn apollo(whole: Map<String, Value>) -> Result<Vec<(String, String)>, String> {
    let manifest: Manifest =
        serde_json::from_value(Value::Object(whole)).map_err(|error| format!("is no manifest of Apollo's: {error}"))?;
    if manifest.format != "apollo-persisted-query-manifest" || manifest.version != 1 {
        return Err("has to be of the format apollo-persisted-query-manifest, version 1".into());
    }
    Ok(manifest.operations.into_iter().map(|operation| (operation.id, operation.body)).collect())
}

fn relay(whole: Map<String, Value>) -> Result<Vec<(String, String)>, String> {
    let pairs = whole.into_iter().map(|(id, text)| match text {
        Value::String(text) => Ok((id, text)),
        _ => Err(format!("has something other than a document's text under '{id}'")),
    });
    pairs.collect()
}

/// A text's SHA-256 sum, in hexadecimal digits.
#[must_use]
pub fn sum_of(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut sum, byte| {
        // Writing to a String does not fail.
        let _ = write!(sum, "{byte:02x}");
        sum
    })
}

impl Persisted {
    /// Remembers texts of at most so many bytes in all, and trusts those of a manifest.
    #[must_use]
    pub fn new(bytes: u64, trusted: Option<Trusted>) -> Self {
        let size = |sum: &String, text: &Arc<str>| u32::try_from(sum.len() + text.len() + BESIDE).unwrap_or(u32::MAX);
        Self { sent: Cache::builder().max_capacity(bytes).weigher(size).build(), trusted }
    }

    /// Whether who is not signed in may send trusted documents alone.
    #[must_use]
    pub const fn is_strict(&self) -> bool {
        self.trusted.is_some()
    }

    /// The manifest's documents by their ids.
    pub fn trusted(&self) -> impl Iterator<Item = (&str, &Arc<str>)> {
        self.trusted.iter().flat_map(|trusted| &trusted.listed).map(|(id, text)| (id.as_str(), text))
    }

    /// Whether a document is one of the manifest's.
    #[must_use]
    pub fn trusts(&self, text: &str) -> bool {
        self.trusted.as_ref().is_some_and(|trusted| trusted.texts.contains(text))
    }

    /// Whether the manifest has this text under this id, which need be no sum.
    fn is_trusted_as(&self, id: &str, text: &str) -> bool {
        self.trusted.as_ref().and_then(|trusted| trusted.by_id.get(id)).is_some_and(|known| &**known == text)
    }

    /// The text that a request means.
    ///
    /// # Errors
    /// Where it is not known here, or the sum is another text's.
    pub fn text(&self, query: Option<String>, known_as: Option<&KnownAs>) -> Result<Arc<str>, Unfit> {
        match (query, known_as) {
            (Some(query), Some(KnownAs::Sum(sum))) => {
                if sum_of(&query).eq_ignore_ascii_case(sum) || self.is_trusted_as(sum, &query) {
                    Ok(query.into())
                } else {
                    Err(Unfit::field("extensions.persistedQuery.sha256Hash", "is not the sum of the document that came with it"))
                }
            }
            (Some(query), _) => Ok(query.into()),
            (None, Some(KnownAs::Sum(name) | KnownAs::Id(name))) => {
                let trusted = self.trusted.as_ref().and_then(|trusted| trusted.by_id.get(name)).cloned();
                trusted.or_else(|| self.sent.get(&name.to_ascii_lowercase())).ok_or_else(not_known)
            }
            (None, None) => Err(Unfit::field("query", "is missing; send the GraphQL document under that key")),
        }
    }

    /// Remembers a valid document that came with its sum.
    pub fn remember(&self, known_as: Option<&KnownAs>, text: &Arc<str>) {
        if let Some(KnownAs::Sum(sum)) = known_as
            && !self.is_trusted_as(sum, text)
            && !self.sent.contains_key(&sum.to_ascii_lowercase())
        {
            self.sent.insert(sum.to_ascii_lowercase(), Arc::clone(text));
        }
    }
}

/// What Apollo Client takes as: send it in full.
fn not_known() -> Unfit {
    let message = "PersistedQueryNotFound: this document is not known here; send it in full.";
    Unfit::new(super::request::Fault::NotKnown, "PERSISTED_QUERY_NOT_FOUND", message)
}
