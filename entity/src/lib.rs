//! Rows and words: the tables as SeaORM reads them, the typed ids, and the newsroom's vocabulary.
//!
//! Names nothing of ours. Relations are left out on purpose: every edge is read by a loader that
//! batches, and a relation would invite a query per row.

pub mod enums;
pub mod ids;

#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod affiliate_policy;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod affiliate_policy_version;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod answer;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod api_token;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod article;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod article_author;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod article_subject;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod article_suggestion;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod article_tag;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod article_term;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod author;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod comment;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod comment_place;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod disclosure_span;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod draft;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod edition;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod event;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod gate;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod image;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod imported_post;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod link_use;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod policy_scope;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod preview;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod related_link;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod release;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod release_draft;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod review;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod review_assignment;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod revision;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod revision_author;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod revision_body;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod revision_link;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod revision_text;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod round_stage;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod rule_change;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod schedule;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod section;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod session;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod site_link;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod slug;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod stage;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod tag;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod term;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod user;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod webhook;
#[expect(missing_docs, reason = "a column means what the contract says of the field of its name")]
pub mod webhook_delivery;
