//! Every mutation that is done to a draft: what it is in the table of states, and what may be wrong
//! with its input.

use serde_json::{Value, json};

use super::staging::Staged;
use super::table::Deed;
use crate::support::{Answer, Client, hence, joined};

/// One mutation.
pub struct Mutation {
    pub name: &'static str,
    pub deed: Deed,
    /// Whether the draft needs a lawyer before it.
    pub legal: bool,
    /// The field that names a revision.
    pub named: Option<&'static str>,
    /// What makes its input wrong; nothing where it cannot be wrong but in what it names.
    wrong: fn(&Staged) -> Value,
    input: fn(&Staged) -> Value,
    /// Whether the draft can be used again for another mutation where its state stays the same.
    pub is_light: bool,
}

const fn of(name: &'static str, deed: Deed, wrong: fn(&Staged) -> Value, input: fn(&Staged) -> Value) -> Mutation {
    Mutation { name, deed, legal: false, named: None, wrong, input, is_light: false }
}

impl Mutation {
    const fn legal(self) -> Self {
        Self { legal: true, ..self }
    }

    const fn naming(self, field: &'static str) -> Self {
        Self { named: Some(field), ..self }
    }

    const fn light(self) -> Self {
        Self { is_light: true, ..self }
    }

    /// Whether its input can be wrong in more than what it names.
    pub fn can_be_wrong(&self, staged: &Staged) -> bool {
        !(self.wrong)(staged).is_null()
    }

    /// Sends it as it should be.
    pub async fn send(&self, who: &Client, staged: &Staged) -> Answer {
        who.act(self.name, self.selection(), (self.input)(staged)).await
    }

    /// Sends it with everything wrong that comes after who asks and where the draft stands.
    pub async fn send_wrong(&self, who: &Client, staged: &Staged) -> Answer {
        let stale = self.named.map_or(Value::Null, |field| json!({ field: 99 }));
        let input = joined(joined((self.input)(staged), (self.wrong)(staged)), stale);
        who.act(self.name, self.selection(), input).await
    }

    /// Sends it with what is wrong in itself, but for the newest revision.
    pub async fn send_unreadable(&self, who: &Client, staged: &Staged) -> Answer {
        who.act(self.name, self.selection(), joined((self.input)(staged), (self.wrong)(staged))).await
    }

    /// Sends it for a draft, comment or release with another id.
    pub async fn send_for(&self, who: &Client, staged: &Staged, id: &str) -> Answer {
        let field = match self.name {
            "applySuggestion" | "resolveComment" => "commentId",
            "publishRelease" => "releaseId",
            _ => "draftId",
        };
        who.act(self.name, self.selection(), joined((self.input)(staged), json!({ field: id }))).await
    }

    fn selection(&self) -> &'static str {
        match self.name {
            "createPreview" => "token",
            "publishRelease" => "release { state }",
            _ => "draft { state }",
        }
    }
}

fn nothing(_: &Staged) -> Value {
    Value::Null
}

fn no_owner(_: &Staged) -> Value {
    json!({ "ownerId": null })
}

/// A note, summary or the like that is longer than any may be.
fn long_note(_: &Staged) -> Value {
    json!({ "note": "x".repeat(2001) })
}

fn draft(staged: &Staged) -> Value {
    json!({ "draftId": staged.draft.id })
}

fn with_base(staged: &Staged, more: Value) -> Value {
    joined(json!({ "draftId": staged.draft.id, "baseRevision": staged.draft.revision }), more)
}

fn with_revision(staged: &Staged, more: Value) -> Value {
    joined(json!({ "draftId": staged.draft.id, "revision": staged.draft.revision }), more)
}

fn verdict(staged: &Staged, verdict: &str) -> Value {
    with_revision(staged, json!({ "stage": "EDIT", "verdict": verdict }))
}

fn long_summary(_: &Staged) -> Value {
    json!({ "summary": "x".repeat(20_001) })
}

/// Every mutation, those first that leave most as it is.
pub const MUTATIONS: &[Mutation] = &[
    of("addComment", Deed::Annotate, |_| json!({ "body": " " }), |at| joined(draft(at), json!({ "body": "A remark." }))).light(),
    of("resolveComment", Deed::Annotate, nothing, |at| json!({ "commentId": at.remark, "resolved": !at.is_resolved })).light(),
    of("createPreview", Deed::Annotate, |_| json!({ "expiresInMinutes": 0 }), |at| with_revision(at, json!({})))
        .naming("revision")
        .light(),
    of("assignReview", Deed::Assign, |at| json!({ "reviewerId": at.nobody }), |at| {
        joined(draft(at), json!({ "stage": "EDIT", "reviewerId": at.reviewer, "dueAt": hence(86_400_000) }))
    })
    .light(),
    of("setRelatedLinks", Deed::Relate, |_| json!({ "links": [{ "kind": "VIDEO" }] }), |at| {
        joined(draft(at), json!({ "links": [{ "url": format!("https://a.example/{}", at.number), "title": "A page" }] }))
    })
    .light(),
    of("updateDraft", Deed::Amend, no_owner, |at| with_base(at, json!({ "dueAt": hence(86_400_000) }))).naming("baseRevision").light(),
    of("updateDraft", Deed::Content, |_| json!({ "headline": " ", "slug": "…" }), |at| {
        with_base(at, json!({ "dek": format!("Dek {}", at.number) }))
    })
    .naming("baseRevision")
    .light(),
    of("setAffiliateFlag", Deed::Content, |_| json!({ "reason": " " }), |at| {
        with_base(at, json!({ "flag": "REQUIRED", "reason": format!("Because of {}.", at.number) }))
    })
    .naming("baseRevision"),
    of("restoreRevision", Deed::Content, nothing, |at| with_base(at, json!({ "revision": 1 }))).naming("baseRevision"),
    of("applySuggestion", Deed::Content, |at| json!({ "commentId": at.remark }), |at| {
        json!({ "commentId": at.suggestion, "baseRevision": at.draft.revision })
    })
    .naming("baseRevision"),
    of("updateDraft", Deed::AskLegal, no_owner, |at| with_base(at, json!({ "needsLegalReview": true }))).naming("baseRevision"),
    of("updateDraft", Deed::ClearLegal, nothing, |at| with_base(at, json!({ "needsLegalReview": false })))
        .naming("baseRevision")
        .legal(),
    of("submitDraft", Deed::Submit, long_note, |at| with_revision(at, json!({}))).naming("revision"),
    of("recallDraft", Deed::Recall, long_note, draft),
    of("reviewDraft", Deed::Remark, long_summary, |at| verdict(at, "COMMENT")).naming("revision"),
    of("reviewDraft", Deed::ApproveLast, long_summary, |at| verdict(at, "APPROVE")).naming("revision"),
    of("reviewDraft", Deed::ApproveOne, long_summary, |at| verdict(at, "APPROVE")).naming("revision").legal(),
    of("reviewDraft", Deed::RequestChanges, long_summary, |at| verdict(at, "REQUEST_CHANGES")).naming("revision"),
    of("publishDraft", Deed::Publish, |_| json!({ "correction": { "kind": "UPDATE", "note": " " } }), |at| {
        with_revision(at, json!({}))
    })
    .naming("revision"),
    of("publishDraft", Deed::Override, |_| json!({ "override": { "reason": " " } }), |at| {
        with_revision(at, json!({ "override": { "reason": "It cannot wait." } }))
    })
    .naming("revision"),
    of("scheduleDraft", Deed::Schedule, |_| json!({ "publishAt": "2001-01-01T00:00:00Z" }), |at| {
        with_revision(at, json!({ "publishAt": hence(86_400_000) }))
    })
    .naming("revision"),
    of("cancelSchedule", Deed::Cancel, long_note, draft),
    of("unpublishArticle", Deed::Unpublish, |_| json!({ "reason": " " }), |at| joined(draft(at), json!({ "reason": "Wrong." }))),
    of("retractArticle", Deed::Retract, |_| json!({ "notice": " " }), |at| joined(draft(at), json!({ "notice": "It was not so." }))),
    of("archiveDraft", Deed::Archive, long_note, draft),
    of("reopenDraft", Deed::Reopen, long_note, draft),
    of("publishRelease", Deed::Publish, nothing, |at| json!({ "releaseId": at.release })),
];
