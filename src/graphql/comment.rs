//! What colleagues say of a draft, pinned to the words they mean.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{comment, comment_place};

use super::account::User;
use super::draft::Draft;
use super::error::Result;
use super::loaders::{PlaceOf, load, present};
use super::scalars::{Markdown, Parse, Time};
use super::writing::DraftPayload;
use super::{Revision, cx};
use crate::app;
use crate::app::comment::{Pin, Typed};
use crate::app::draft::Change;

/// A remark on a draft.
#[derive(Clone)]
pub struct Comment(pub comment::Model);

/// A remark on a draft.
#[Object]
impl Comment {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn author(&self, ctx: &Context<'_>) -> Result<User> {
        present(User::find(ctx, Some(self.0.author_id)).await?, "author")
    }

    async fn body(&self) -> Markdown {
        Markdown(self.0.body.clone())
    }

    async fn created_at(&self) -> Time {
        self.0.created_at.into()
    }

    /// The comment that this one answers.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Comment>> {
        match self.0.parent_id {
            Some(id) => Ok(load(ctx, id).await?.map(Comment)),
            None => Ok(None),
        }
    }

    /// The words that it is about.
    async fn anchor(&self, ctx: &Context<'_>) -> Result<Option<CommentAnchor>> {
        if self.0.anchor_revision_id.is_none() {
            return Ok(None);
        }
        let place = present(load(ctx, PlaceOf(self.0.id)).await?, "place")?;
        Ok(Some(CommentAnchor { comment: self.0.clone(), place }))
    }

    /// Replacement for the anchored text, to be applied in one step.
    async fn suggestion(&self) -> Option<&str> {
        self.0.suggestion.as_deref()
    }

    /// The revision that the suggestion went into; null where it was not applied.
    async fn applied_in(&self, ctx: &Context<'_>) -> Result<Option<Revision>> {
        match self.0.applied_revision_id {
            Some(id) => Ok(load(ctx, id).await?.map(Revision)),
            None => Ok(None),
        }
    }

    async fn resolved_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::find(ctx, self.0.resolved_by).await
    }

    async fn resolved_at(&self) -> Option<Time> {
        self.0.resolved_at.map(Into::into)
    }
}

/// A stretch of the body's Markdown. It follows its text from revision to revision.
pub struct CommentAnchor {
    comment: comment::Model,
    place: comment_place::Model,
}

/// A stretch of the body's Markdown. It follows its text from revision to revision.
#[Object]
impl CommentAnchor {
    /// The revision that the comment was made on.
    async fn revision(&self, ctx: &Context<'_>) -> Result<Revision> {
        let id = present(self.comment.anchor_revision_id, "revision id")?;
        Ok(Revision(present(load(ctx, id).await?, "revision")?))
    }

    async fn quote(&self) -> &str {
        &self.place.quote
    }

    /// Where the quote stands in the newest revision, in Unicode scalar values; null once the text is gone.
    async fn start(&self) -> Option<i32> {
        (!self.place.is_gone).then_some(self.place.start_at)
    }

    /// Where it ends there.
    async fn end(&self) -> Option<i32> {
        (!self.place.is_gone).then_some(self.place.end_at)
    }

    async fn is_outdated(&self) -> bool {
        self.place.is_gone
    }
}

/// Where `quote` stands more than once, `occurrence` says which (0 is the first).
#[derive(InputObject)]
pub struct CommentAnchorInput {
    revision: i32,
    quote: String,
    #[graphql(default_with = "Some(0)")]
    occurrence: Option<i32>,
}

/// A comment.
#[derive(InputObject)]
pub struct AddCommentInput {
    draft_id: ID,
    body: Markdown,
    parent_id: Option<ID>,
    anchor: Option<CommentAnchorInput>,
    suggestion: Option<String>,
}

/// Whether a thread is done with.
#[derive(InputObject)]
pub struct ResolveCommentInput {
    comment_id: ID,
    #[graphql(default_with = "Some(true)")]
    resolved: Option<bool>,
}

/// A suggestion to put in.
#[derive(InputObject)]
pub struct ApplySuggestionInput {
    comment_id: ID,
    base_revision: i32,
}

/// A comment, and the draft as it is with it.
#[derive(SimpleObject)]
pub struct CommentPayload {
    comment: Comment,
    draft: Draft,
}

/// What colleagues say.
#[derive(Default)]
pub struct CommentMutation;

#[Object]
impl CommentMutation {
    /// Adds a comment to a draft, or an answer to one.
    async fn add_comment(&self, ctx: &Context<'_>, input: AddCommentInput) -> Result<Option<CommentPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("draftId", &input.draft_id);
        let parent = input.parent_id.as_ref().and_then(|id| parse.id("parentId", id));
        parse.done()?;
        let pin = input.anchor.map(|anchor| Pin {
            revision: anchor.revision,
            quote: anchor.quote,
            occurrence: anchor.occurrence.unwrap_or(0),
        });
        let typed = Typed { body: input.body.0, parent, pin, suggestion: input.suggestion };
        let (comment, draft) = app::comment::add(cx(ctx), present(id, "draft id")?, typed).await?;
        Ok(Some(CommentPayload { comment: Comment(comment), draft: Draft(draft) }))
    }

    /// Resolves the thread that a comment is in, or opens it again.
    async fn resolve_comment(&self, ctx: &Context<'_>, input: ResolveCommentInput) -> Result<Option<CommentPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("commentId", &input.comment_id);
        parse.done()?;
        let (comment, draft) =
            app::comment::resolve(cx(ctx), present(id, "comment id")?, input.resolved.unwrap_or(true)).await?;
        Ok(Some(CommentPayload { comment: Comment(comment), draft: Draft(draft) }))
    }

    /// Writes a new revision with the comment's suggested text in place of the text it is anchored to.
    async fn apply_suggestion(&self, ctx: &Context<'_>, input: ApplySuggestionInput) -> Result<Option<DraftPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("commentId", &input.comment_id);
        parse.done()?;
        let id = present(id, "comment id")?;
        let draft = app::comment::draft_of(cx(ctx), id).await?;
        let draft = app::draft::revise(cx(ctx), draft, input.base_revision, Change::Apply(id)).await?;
        Ok(Some(DraftPayload { draft: Draft(draft) }))
    }
}
