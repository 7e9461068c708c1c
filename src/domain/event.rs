//! What the log is told of a change.

use entity::enums::EventType;
use entity::ids::{ArticleId, DraftId, RevisionId};
use serde_json::{Map, Value};

/// A change, before it has a number and a time.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// What happened.
    pub kind: EventType,
    /// To which draft.
    pub draft: Option<DraftId>,
    /// To which article.
    pub article: Option<ArticleId>,
    /// To which revision.
    pub revision: Option<RevisionId>,
    /// One line for people.
    pub summary: String,
    /// What programs want to know: ids and words, never a draft's text.
    pub details: Map<String, Value>,
}

impl NewEvent {
    /// An event with its line for people: one line, whatever somebody typed into it.
    pub fn new(kind: EventType, summary: impl AsRef<str>) -> Self {
        let summary = summary.as_ref().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { kind, draft: None, article: None, revision: None, summary, details: Map::new() }
    }

    /// Names the draft.
    #[must_use]
    pub fn draft(mut self, id: DraftId) -> Self {
        self.draft = Some(id);
        self
    }

    /// Names the article.
    #[must_use]
    pub fn article(mut self, id: Option<ArticleId>) -> Self {
        self.article = id;
        self
    }

    /// Names the revision.
    #[must_use]
    pub fn revision(mut self, id: RevisionId) -> Self {
        self.revision = Some(id);
        self
    }

    /// Adds a detail.
    #[must_use]
    pub fn detail(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }
}
