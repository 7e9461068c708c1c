//! The integration tests: a real server on a port of its own, requests as clients send them.
//! Each test runs on every database there is; `cargo test` is the runner, as the databases'
//! templates are made once for each process.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and says where"
)]

mod support;

mod affiliate;
mod archive;
mod assignment;
mod article;
mod author;
mod bad_input;
mod battery;
mod command;
mod comment;
mod corpus;
mod crash;
mod database;
mod diff;
mod disclosure;
mod disturbed;
mod draft;
mod earning;
mod edge;
mod edges;
mod errors;
mod event;
mod freshness;
mod fuzz;
mod growth;
mod health;
mod idempotency;
mod import;
mod limits;
mod link_rules;
mod listening;
mod persisted;
mod policies;
mod preview;
mod publishing;
mod races;
mod related;
mod release;
mod retraction;
mod replica;
mod review;
mod schedule;
mod schema;
mod search;
mod sessions;
mod sign_in;
mod site_links;
mod slug;
mod socket;
mod stages;
mod suggestion;
mod tidy;
mod users;
mod variables;
mod walk;
mod workflow;
