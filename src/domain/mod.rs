//! The rules: pure, without clock, database or transport. What an editor may do is decided here.

pub mod account;
pub mod affiliate;
pub mod anchor;
pub mod body;
pub mod checks;
pub mod dep;
pub mod diff;
pub mod draft;
pub mod event;
pub mod merge;
pub mod page;
pub mod policy;
pub mod post;
pub mod refusal;
pub mod related;
pub mod review;
pub mod search;
pub mod slug;
pub mod subject;
pub mod text;
pub mod workflow;
