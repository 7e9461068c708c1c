//! The ways that most tests go: from a headline to a draft, to its reviewers, to its readers.

use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::desk::TestDesk;

/// A body that passes every check.
pub const BODY: &str = "The harbour bridge opened this morning.\n\nA second paragraph says who was there.";

/// What every answer about a draft tells of it.
const DRAFT: &str = "draft { id state needsLegalReview updatedAt article { id slug edition } revision { id number headline slug } }";

/// A draft as it was when somebody last looked.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub id: String,
    pub state: String,
    pub revision: i64,
    pub revision_id: String,
    pub headline: String,
    pub slug: String,
    /// Its live article.
    pub article: Option<String>,
}

/// A published article and the draft that it came from.
#[derive(Clone, Debug)]
pub struct Live {
    pub draft: Draft,
    pub article: String,
    pub slug: String,
}

impl Draft {
    fn of(value: &Value) -> Self {
        let text = |place: &str| value.pointer(place).and_then(Value::as_str).map(str::to_owned);
        Self {
            id: text("/id").unwrap_or_else(|| panic!("no draft: {value}")),
            state: text("/state").unwrap(),
            revision: value["revision"]["number"].as_i64().unwrap(),
            revision_id: text("/revision/id").unwrap(),
            headline: text("/revision/headline").unwrap(),
            slug: text("/revision/slug").unwrap(),
            article: text("/article/id"),
        }
    }
}

impl Answer {
    /// The draft that the mutation changed. A refusal fails the test, in words.
    #[track_caller]
    pub fn draft(&self) -> Draft {
        let payload = self.data().as_object().and_then(|data| data.values().next()).unwrap();
        Draft::of(payload.get("draft").unwrap_or(payload))
    }
}

impl Client {
    /// Sends a mutation that gives back a draft.
    pub async fn change(&self, mutation: &str, input: Value) -> Answer {
        self.act(mutation, DRAFT, input).await
    }

    pub async fn create(&self, input: Value) -> Answer {
        self.change("createDraft", input).await
    }

    /// Changes the draft on the revision that the caller saw.
    pub async fn update(&self, draft: &Draft, changes: Value) -> Answer {
        let input = joined(json!({ "draftId": draft.id, "baseRevision": draft.revision }), changes);
        self.change("updateDraft", input).await
    }

    pub async fn submit(&self, draft: &Draft) -> Answer {
        self.change("submitDraft", json!({ "draftId": draft.id, "revision": draft.revision })).await
    }

    pub async fn recall(&self, draft: &Draft) -> Answer {
        self.change("recallDraft", json!({ "draftId": draft.id })).await
    }

    pub async fn archive(&self, draft: &Draft) -> Answer {
        self.change("archiveDraft", json!({ "draftId": draft.id })).await
    }

    pub async fn reopen(&self, draft: &Draft) -> Answer {
        self.change("reopenDraft", json!({ "draftId": draft.id })).await
    }

    /// Gives a verdict on the revision that the caller saw.
    pub async fn review(&self, draft: &Draft, stage: &str, verdict: &str) -> Answer {
        let input = json!({ "draftId": draft.id, "revision": draft.revision, "stage": stage, "verdict": verdict });
        self.change("reviewDraft", input).await
    }

    /// Approves at the stage EDIT.
    pub async fn approve(&self, draft: &Draft) -> Answer {
        self.review(draft, "EDIT", "APPROVE").await
    }

    pub async fn publish(&self, draft: &Draft) -> Answer {
        self.publish_with(draft, json!({})).await
    }

    /// Publishes with a correction or an override.
    pub async fn publish_with(&self, draft: &Draft, more: Value) -> Answer {
        let input = joined(json!({ "draftId": draft.id, "revision": draft.revision }), more);
        self.act("publishDraft", &format!("article {{ id slug edition }} {DRAFT}"), input).await
    }

    pub async fn unpublish(&self, draft: &Draft, more: Value) -> Answer {
        let input = joined(json!({ "draftId": draft.id, "reason": "It was wrong." }), more);
        self.change("unpublishArticle", input).await
    }

    pub async fn relate(&self, draft: &Draft, links: Value) -> Answer {
        self.change("setRelatedLinks", json!({ "draftId": draft.id, "links": links })).await
    }

    pub async fn flag(&self, draft: &Draft, changes: Value) -> Answer {
        let input = joined(json!({ "draftId": draft.id, "baseRevision": draft.revision }), changes);
        self.change("setAffiliateFlag", input).await
    }

    pub async fn create_author(&self, input: Value) -> Answer {
        self.act("createAuthor", "author { id slug name version }", input).await
    }

    pub async fn update_author(&self, input: Value) -> Answer {
        self.act("updateAuthor", "author { id slug name version }", input).await
    }

    pub async fn create_section(&self, input: Value) -> Answer {
        self.act("createSection", "section { id slug name version }", input).await
    }

    pub async fn update_section(&self, input: Value) -> Answer {
        self.act("updateSection", "section { id slug name version }", input).await
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let input = json!({ "email": email, "password": password });
        self.act("signIn", "token expiresAt viewer { id name email roles isActive }", input).await
    }

    /// The draft as it is now.
    pub async fn read(&self, draft: &Draft) -> Draft {
        let answer = self.send(&format!("query($id: ID!) {{ {} }}", DRAFT.replacen("draft", "draft(id: $id)", 1)), json!({ "id": draft.id })).await;
        Draft::of(answer.at("/draft"))
    }

    /// What a query selects of a draft.
    pub async fn look(&self, draft: &Draft, selection: &str) -> Value {
        let answer = self.send(&format!("query($id: ID!) {{ draft(id: $id) {{ {selection} }} }}"), json!({ "id": draft.id })).await;
        answer.at("/draft").clone()
    }

    /// What a query selects of the article that a slug leads to; null where there is none.
    pub async fn article(&self, slug: &str, selection: &str) -> Value {
        let answer = self.send(&format!("query($slug: String!) {{ article(slug: $slug) {{ {selection} }} }}"), json!({ "slug": slug })).await;
        answer.at("/article").clone()
    }
}

impl TestDesk {
    /// What a draft takes to pass every check.
    pub fn complete(&self, headline: &str) -> Value {
        json!({ "headline": headline, "dek": "A line under it.", "body": BODY, "sectionId": self.cast.section, "authorIds": [self.cast.author] })
    }

    /// A complete draft of the writer's.
    pub async fn draft(&self, headline: &str) -> Draft {
        self.writer().create(self.complete(headline)).await.draft()
    }

    /// A complete draft of the writer's with something else in it.
    pub async fn draft_with(&self, headline: &str, more: Value) -> Draft {
        self.writer().create(joined(self.complete(headline), more)).await.draft()
    }

    /// A draft before its reviewers.
    pub async fn submitted(&self, headline: &str) -> Draft {
        let draft = self.draft(headline).await;
        self.writer().submit(&draft).await.draft()
    }

    /// A draft with every approval it needs.
    pub async fn approved(&self, headline: &str) -> Draft {
        let draft = self.submitted(headline).await;
        self.editor().approve(&draft).await.draft()
    }

    /// An article before its readers.
    pub async fn published(&self, headline: &str) -> Live {
        self.published_with(headline, json!({})).await
    }

    /// An article before its readers with something else in it.
    pub async fn published_with(&self, headline: &str, more: Value) -> Live {
        let draft = self.draft_with(headline, more).await;
        self.bring_out(&draft).await
    }

    /// Takes a draft that the writer wrote through its reviewers to its readers.
    pub async fn bring_out(&self, draft: &Draft) -> Live {
        let draft = self.writer().submit(draft).await.draft();
        let mut approved = self.editor().approve(&draft).await.draft();
        for stage in self.open_stages(&approved).await {
            let judge = if stage == "LEGAL" { self.legal() } else { self.commerce() };
            approved = judge.review(&approved, &stage, "APPROVE").await.draft();
        }
        let answer = self.publisher().publish(&approved).await;
        Live { article: answer.text("/publishDraft/article/id"), slug: answer.text("/publishDraft/article/slug"), draft: answer.draft() }
    }

    /// The stages that a draft still lacks approvals at.
    pub async fn open_stages(&self, draft: &Draft) -> Vec<String> {
        let stages = self.editor().look(draft, "stages { isComplete stage { key } }").await;
        let open = stages["stages"].as_array().unwrap().iter().filter(|stage| stage["isComplete"] == false);
        open.map(|stage| stage["stage"]["key"].as_str().unwrap().to_owned()).collect()
    }

    /// The next edition of an article: changed by the writer, approved, published.
    pub async fn next_edition(&self, live: &Live, changes: Value) -> Live {
        let draft = self.writer().read(&live.draft).await;
        let draft = self.writer().update(&draft, changes).await.draft();
        self.bring_out(&draft).await
    }

    /// The types of the events of a draft, oldest first.
    pub async fn history(&self, draft: &Draft) -> Vec<String> {
        let history = self.editor().look(draft, "history(first: 100) { nodes { type } }").await;
        let nodes = history["history"]["nodes"].as_array().unwrap();
        nodes.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}

/// The one with what the other has besides.
pub fn joined(mut all: Value, more: Value) -> Value {
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
    all
}
