//! What one revision would look like to readers, for whoever holds the token.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::article::Article;
use super::cx;
use super::error::Result;
use super::scalars::{Address, Time};
use super::writing::draft_id;
use crate::app;

/// How long a preview is good for where nothing is said: a day, in minutes.
const USUAL: i32 = 1440;

/// What holders of a token ask.
#[derive(Default)]
pub struct PreviewQuery;

#[Object]
impl PreviewQuery {
    /// What an unpublished revision would look like to readers. Anyone who holds an unexpired token may ask. Its id is its own: no cache confuses it with the live article.
    async fn preview(&self, ctx: &Context<'_>, token: String) -> Result<Option<Article>> {
        Ok(app::preview::show(cx(ctx), &token).await?.map(Article::previewed))
    }
}

/// Which revision to show, and for how long.
#[derive(InputObject)]
pub struct CreatePreviewInput {
    draft_id: ID,
    /// The newest where left out.
    revision: Option<i32>,
    /// 1 minute to 30 days.
    #[graphql(default_with = "Some(USUAL)")]
    expires_in_minutes: Option<i32>,
}

/// A token for one revision, and the page that shows it.
#[derive(SimpleObject)]
pub struct CreatePreviewPayload {
    /// Shown this once.
    token: String,
    url: Address,
    expires_at: Time,
}

/// What staff do to show a draft to others.
#[derive(Default)]
pub struct PreviewMutation;

#[Object]
impl PreviewMutation {
    /// Makes a token and a page that show one revision as readers would see it.
    async fn create_preview(&self, ctx: &Context<'_>, input: CreatePreviewInput) -> Result<Option<CreatePreviewPayload>> {
        let id = draft_id(ctx, &input.draft_id)?;
        let minutes = input.expires_in_minutes.unwrap_or(USUAL);
        let made = app::preview::create(cx(ctx), id, input.revision, minutes).await?;
        Ok(Some(CreatePreviewPayload { token: made.token, url: made.url.into(), expires_at: made.expires_at.into() }))
    }
}
