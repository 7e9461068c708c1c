//! copydesk: the back end of a newsroom. Draft, review, publish over GraphQL.

pub mod app;
pub mod domain;
pub mod graphql;
pub mod store;
