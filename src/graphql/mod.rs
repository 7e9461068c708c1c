//! The contract with clients. Resolvers parse, call one use case, and give back its types.

pub mod account;
pub mod affiliate;
pub mod answer;
pub mod article;
pub mod author;
pub mod body;
pub mod comment;
pub mod diff;
pub mod document;
pub mod draft;
mod drive;
pub mod earning;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod guard;
pub mod inverse;
pub mod kept;
pub mod loaders;
pub mod node;
pub mod page;
pub mod persisted;
pub mod prepared;
pub mod preview;
pub mod publishing;
pub mod related;
pub mod release;
pub mod replay;
pub mod request;
pub mod review;
pub mod revision;
pub mod scalars;
pub mod schedule;
pub mod search;
pub mod section;
pub mod seo;
pub mod shape;
pub mod site_link;
pub mod subscription;
pub mod tokens;
pub mod types;
pub mod variables;
pub mod volume;
pub mod words;
pub mod workflow;
pub mod writing;

use std::sync::Arc;

use async_graphql::{Context, MergedObject, Request, Response, Schema, SchemaBuilder};

pub use async_graphql::{Pos, Variables};

pub(crate) use account::User;
pub(crate) use article::{Article, Edition};
pub(crate) use author::Author;
pub(crate) use comment::Comment;
pub(crate) use draft::Draft;
pub(crate) use earning::AffiliateArticle;
pub(crate) use event::Event;
pub(crate) use release::Release;
pub(crate) use review::Review;
pub(crate) use revision::Revision;
pub(crate) use site_link::SiteLink;

use crate::app::Cx;

/// What can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    article::ArticleQuery,
    search::SearchQuery,
    author::AuthorQuery,
    section::SectionQuery,
    account::AccountQuery,
    draft::DraftQuery,
    workflow::WorkflowQuery,
    preview::PreviewQuery,
    release::ReleaseQuery,
    affiliate::AffiliateQuery,
    earning::EarningQuery,
    site_link::SiteLinkQuery,
    event::EventQuery,
);

/// What can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    account::AccountMutation,
    writing::DraftMutation,
    review::ReviewMutation,
    comment::CommentMutation,
    publishing::PublishingMutation,
    release::ReleaseMutation,
    preview::PreviewMutation,
    workflow::WorkflowMutation,
    related::RelatedMutation,
    author::AuthorMutation,
    section::SectionMutation,
    affiliate::AffiliateMutation,
    earning::EarningMutation,
);

/// The schema that is served.
pub type DeskSchema = Schema<Query, Mutation, subscription::Subscription>;

/// Where a request came from.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// The address, without the port.
    pub address: Option<String>,
    /// The program that asks, as it calls itself.
    pub agent: Option<String>,
    /// Whether readers reach the site by https, so that cookies have to be kept to it.
    pub secure: bool,
}

/// One schema, twice: what looks on while a request is executed costs something at each field, and a document is
/// judged once.
pub struct Schemas {
    /// Validates, and executes nothing.
    pub judging: DeskSchema,
    /// Executes what was found valid.
    pub serving: DeskSchema,
}

impl Schemas {
    /// Both, built once.
    #[must_use]
    pub fn new() -> Self {
        let fast = async_graphql::ValidationMode::Fast;
        Self { judging: builder().extension(endpoint::Rehearse).finish(), serving: builder().validation_mode(fast).finish() }
    }
}

impl Default for Schemas {
    fn default() -> Self {
        Self::new()
    }
}

fn builder() -> SchemaBuilder<Query, Mutation, subscription::Subscription> {
    Schema::build(Query::default(), Mutation::default(), subscription::Subscription)
        .register_output_type::<node::Node>()
        .disable_suggestions()
}

/// The schema in words, as clients' tools read it.
#[must_use]
pub fn sdl() -> String {
    builder().finish().sdl_with_options(async_graphql::SDLExportOptions::new().sorted_fields().sorted_enum_items().sorted_arguments())
}

/// Answers a request, with the context of its asker and a loader of its own: nothing that was loaded
/// for one asker is ever given to another.
pub async fn execute(schema: &DeskSchema, cx: Cx, request: Request) -> Response {
    let loads = drive::Loads::new(loaders::Batch(cx.clone()));
    let request = request.data(Arc::clone(&loads)).data(volume::Volume::default()).data(cx);
    drive::drive(schema.execute(request), loads).await
}

/// The asker's context.
pub(crate) fn cx<'a>(ctx: &Context<'a>) -> &'a Cx {
    ctx.data_unchecked::<Cx>()
}

