//! What somebody does, exactly, and how it is sent.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::book::{Book, Cast, Content, Link, Time};
use crate::support::{Answer, Client};

/// A change that somebody makes on the revision that they saw.
#[derive(Clone, Debug)]
pub enum Change {
    Headline(String),
    Dek(String),
    Slug(String),
    /// One paragraph of the body.
    Paragraph(usize, String),
    /// Both at once.
    DekAndParagraph(String, usize, String),
    /// The whole body.
    Body(String),
}

impl Change {
    /// The content after it.
    pub fn over(&self, base: &Content) -> Content {
        let mut after = base.clone();
        match self {
            Self::Headline(headline) => after.headline.clone_from(headline),
            Self::Dek(dek) => after.dek.clone_from(dek),
            Self::Slug(slug) => after.slug.clone_from(slug),
            Self::Paragraph(place, text) => after.body = with_paragraph(&base.body, *place, text),
            Self::DekAndParagraph(dek, place, text) => {
                after.dek.clone_from(dek);
                after.body = with_paragraph(&base.body, *place, text);
            }
            Self::Body(body) => after.body.clone_from(body),
        }
        after
    }

    /// What a client sends that made it on this revision.
    fn input(&self, base: &Content) -> Value {
        let after = self.over(base);
        match self {
            Self::Headline(_) => json!({ "headline": after.headline }),
            Self::Dek(_) => json!({ "dek": after.dek }),
            Self::Slug(_) => json!({ "slug": after.slug }),
            Self::Paragraph(..) | Self::Body(_) => json!({ "body": after.body }),
            Self::DekAndParagraph(..) => json!({ "dek": after.dek, "body": after.body }),
        }
    }
}

/// The paragraphs of a body.
pub fn paragraphs(body: &str) -> Vec<&str> {
    if body.is_empty() { Vec::new() } else { body.split("\n\n").collect() }
}

fn with_paragraph(body: &str, place: usize, text: &str) -> String {
    let mut all = paragraphs(body);
    match all.get_mut(place) {
        Some(paragraph) => *paragraph = text,
        None => all.push(text),
    }
    all.join("\n\n")
}

/// What somebody does. Drafts, releases and people are places in the book.
#[derive(Clone, Debug)]
pub enum Act {
    Edit { draft: usize, base: usize, change: Change, merges: bool },
    Restore { draft: usize, base: usize, number: usize },
    Flag { draft: usize, base: usize, flag: &'static str, reason: Option<String> },
    Apply { draft: usize, base: usize, remark: usize },
    Legal { draft: usize, base: usize, needed: bool },
    Submit { draft: usize, revision: usize },
    Recall { draft: usize },
    Review { draft: usize, revision: usize, stage: &'static str, verdict: &'static str },
    Publish { draft: usize, revision: usize, overrides: bool, note: Option<String> },
    Schedule { draft: usize, revision: usize, publish_at: Time, unpublish_at: Option<Time>, note: Option<String> },
    Cancel { draft: usize },
    Unpublish { draft: usize, redirect: Option<usize> },
    Retract { draft: usize, notice: String },
    Archive { draft: usize },
    Reopen { draft: usize },
    Relate { draft: usize, links: Vec<Link> },
    Comment { draft: usize, revision: usize, quote: Option<String>, suggestion: Option<String> },
    Resolve { draft: usize, remark: usize, resolved: bool },
    Assign { draft: usize, stage: &'static str, reviewer: usize, remove: bool },
    Preview { draft: usize, revision: usize },
    Gather { publish_at: Option<Time>, drafts: Vec<usize> },
    Regather { release: usize, drafts: Vec<usize> },
    Launch { release: usize },
    /// The default policy gets other words.
    Reword { text: String },
    /// Nobody does anything until something that is due has happened.
    Wait,
}

/// A time as clients write it.
pub fn written(at: Time) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn correction(note: Option<&String>) -> Value {
    note.map_or(Value::Null, |note| json!({ "kind": "CORRECTION", "note": note }))
}

/// What every payload with a draft in it is asked for.
const DRAFT: &str = "draft { state revision { number } }";

impl Act {
    /// Its name, for counting what was covered.
    pub fn name(&self) -> String {
        let word = format!("{self:?}");
        let name = word.split([' ', '{']).next().unwrap_or_default();
        match self {
            Self::Publish { overrides: true, .. } => "Override".to_owned(),
            Self::Edit { merges: true, .. } => "Merge".to_owned(),
            Self::Review { verdict, .. } => format!("{name} {verdict}"),
            _ => name.to_owned(),
        }
    }

    /// The draft that it is done to, where it is one.
    pub fn draft(&self) -> Option<usize> {
        match self {
            Self::Edit { draft, .. } | Self::Restore { draft, .. } | Self::Flag { draft, .. } | Self::Apply { draft, .. }
            | Self::Legal { draft, .. } | Self::Submit { draft, .. } | Self::Recall { draft } | Self::Review { draft, .. }
            | Self::Publish { draft, .. } | Self::Schedule { draft, .. } | Self::Cancel { draft } | Self::Unpublish { draft, .. }
            | Self::Retract { draft, .. } | Self::Archive { draft } | Self::Reopen { draft } | Self::Relate { draft, .. }
            | Self::Comment { draft, .. } | Self::Resolve { draft, .. } | Self::Assign { draft, .. }
            | Self::Preview { draft, .. } => Some(*draft),
            Self::Gather { .. } | Self::Regather { .. } | Self::Launch { .. } | Self::Reword { .. } | Self::Wait => None,
        }
    }

    /// When it plans something for, if it does.
    pub fn planned(&self) -> Option<Time> {
        match self {
            Self::Schedule { publish_at, .. } => Some(*publish_at),
            Self::Gather { publish_at, .. } => *publish_at,
            _ => None,
        }
    }

    /// Sends it.
    pub async fn send(&self, book: &Book, cast: &Cast, who: &Client, policy: &str) -> Option<Answer> {
        let id = |draft: &usize| book.sheets[*draft].id.clone();
        let ids = |drafts: &[usize]| drafts.iter().map(id).collect::<Vec<_>>();
        let (mutation, selection, input) = match self {
            Self::Edit { draft, base, change, merges } => {
                let seen = book.sheets[*draft].revisions.get(*base - 1).unwrap_or_else(|| book.sheets[*draft].newest());
                let mut input = change.input(seen);
                input["draftId"] = json!(id(draft));
                input["baseRevision"] = json!(base);
                if *merges {
                    input["onConflict"] = json!("MERGE");
                }
                ("updateDraft", DRAFT, input)
            }
            Self::Restore { draft, base, number } => {
                ("restoreRevision", DRAFT, json!({ "draftId": id(draft), "baseRevision": base, "revision": number }))
            }
            Self::Flag { draft, base, flag, reason } => {
                ("setAffiliateFlag", DRAFT, json!({ "draftId": id(draft), "baseRevision": base, "flag": flag, "reason": reason }))
            }
            Self::Apply { draft, base, remark } => {
                ("applySuggestion", DRAFT, json!({ "commentId": book.sheets[*draft].remarks[*remark].id, "baseRevision": base }))
            }
            Self::Legal { draft, base, needed } => {
                ("updateDraft", DRAFT, json!({ "draftId": id(draft), "baseRevision": base, "needsLegalReview": needed }))
            }
            Self::Submit { draft, revision } => ("submitDraft", DRAFT, json!({ "draftId": id(draft), "revision": revision })),
            Self::Recall { draft } => ("recallDraft", DRAFT, json!({ "draftId": id(draft) })),
            Self::Review { draft, revision, stage, verdict } => {
                let input = json!({ "draftId": id(draft), "revision": revision, "stage": stage, "verdict": verdict });
                ("reviewDraft", DRAFT, input)
            }
            Self::Publish { draft, revision, overrides, note } => {
                let mut input = json!({ "draftId": id(draft), "revision": revision, "correction": correction(note.as_ref()) });
                if *overrides {
                    input["override"] = json!({ "reason": "It cannot wait." });
                }
                ("publishDraft", DRAFT, input)
            }
            Self::Schedule { draft, revision, publish_at, unpublish_at, note } => {
                let input = json!({
                    "draftId": id(draft), "revision": revision, "publishAt": written(*publish_at),
                    "unpublishAt": unpublish_at.map(written), "correction": correction(note.as_ref()),
                });
                ("scheduleDraft", DRAFT, input)
            }
            Self::Cancel { draft } => ("cancelSchedule", DRAFT, json!({ "draftId": id(draft) })),
            Self::Unpublish { draft, redirect } => {
                let to = redirect.and_then(|target| book.sheets[target].article.clone());
                ("unpublishArticle", DRAFT, json!({ "draftId": id(draft), "reason": "It was wrong.", "redirectToArticleId": to }))
            }
            Self::Retract { draft, notice } => ("retractArticle", DRAFT, json!({ "draftId": id(draft), "notice": notice })),
            Self::Archive { draft } => ("archiveDraft", DRAFT, json!({ "draftId": id(draft) })),
            Self::Reopen { draft } => ("reopenDraft", DRAFT, json!({ "draftId": id(draft) })),
            Self::Relate { draft, links } => {
                let link = |link: &Link| match link {
                    Link::To(target) => json!({ "draftId": id(target) }),
                    Link::Page(url) => json!({ "url": url, "title": "A page" }),
                };
                ("setRelatedLinks", DRAFT, json!({ "draftId": id(draft), "links": links.iter().map(link).collect::<Vec<_>>() }))
            }
            Self::Comment { draft, revision, quote, suggestion } => {
                let anchor = quote.as_ref().map(|quote| json!({ "revision": revision, "quote": quote }));
                let input = json!({ "draftId": id(draft), "body": "A remark.", "anchor": anchor, "suggestion": suggestion });
                ("addComment", "comment { id } draft { state revision { number } }", input)
            }
            Self::Resolve { draft, remark, resolved } => {
                let id = &book.sheets[*draft].remarks[*remark].id;
                ("resolveComment", DRAFT, json!({ "commentId": id, "resolved": resolved }))
            }
            Self::Assign { draft, stage, reviewer, remove } => {
                let reviewer = cast.people[*reviewer].id();
                ("assignReview", DRAFT, json!({ "draftId": id(draft), "stage": stage, "reviewerId": reviewer, "remove": remove }))
            }
            Self::Preview { draft, revision } => ("createPreview", "token", json!({ "draftId": id(draft), "revision": revision })),
            Self::Gather { publish_at, drafts } => {
                let input = json!({ "name": "Together", "publishAt": publish_at.map(written), "draftIds": ids(drafts) });
                ("createRelease", "release { id }", input)
            }
            Self::Regather { release, drafts } => {
                let input = json!({ "releaseId": book.releases[*release].id, "draftIds": ids(drafts) });
                ("setReleaseDrafts", "release { id }", input)
            }
            Self::Launch { release } => ("publishRelease", "release { id }", json!({ "releaseId": book.releases[*release].id })),
            Self::Reword { text } => {
                ("updateAffiliatePolicy", "affiliatePolicy { id }", json!({ "policyId": policy, "disclosure": text }))
            }
            Self::Wait => return None,
        };
        Some(who.act(mutation, selection, input).await)
    }
}
