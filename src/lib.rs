//! copydesk: the back end of a newsroom. Draft, review, publish over GraphQL.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod graphql;
pub mod http;
pub mod jobs;
pub mod startup;
pub mod store;
