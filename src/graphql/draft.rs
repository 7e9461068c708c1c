//! The working copy of an article, and what its writers do with it.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::draft;
use entity::ids::DraftId;

use super::account::User;
use super::affiliate::AffiliateAssessment;
use super::article::Article;
use super::error::{Result, code};
use super::loaders::{FactsOf, HistoryPage, LiveArticleOf, RelatedOf, ReviewPage, RevisionPage, load, present};
use super::page::{Count, DraftConnection, EventConnection, ReviewConnection, RevisionConnection};
use super::related::DraftRelatedLink;
use super::review::{StageProgress, stages};
use super::scalars::{Address, Markdown, Parse, Sent, Time};
use super::{Event, Review, Revision, cx, page, words};
use crate::app;
use crate::app::draft::Typed;
use crate::domain::checks;
use crate::domain::workflow::DraftAction;

/// The working copy of one article, for the whole of its life.
#[derive(Clone)]
pub struct Draft(pub draft::Model);

impl Draft {
    async fn facts(&self, ctx: &Context<'_>) -> Result<std::sync::Arc<app::facts::Facts>> {
        present(load(ctx, FactsOf(self.0.id)).await?, "draft")
    }
}

/// The working copy of one article, for the whole of its life.
#[Object]
impl Draft {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn state(&self) -> words::DraftState {
        self.0.state.into()
    }

    /// The newest revision.
    async fn revision(&self, ctx: &Context<'_>) -> Result<Revision> {
        Ok(Revision(present(load(ctx, self.0.revision_id).await?, "revision")?))
    }

    async fn revisions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<RevisionConnection> {
        let page = page::page(first, after, last, before)?;
        let slice = load(ctx, RevisionPage(self.0.id, page)).await?.unwrap_or_default();
        Ok(RevisionConnection { slice: slice.map(Revision), count: Count::Revisions(self.0.id) })
    }

    /// The live article; null before publishing and after unpublishing.
    async fn article(&self, ctx: &Context<'_>) -> Result<Option<Article>> {
        if !self.0.is_live {
            return Ok(None);
        }
        Ok(load(ctx, LiveArticleOf(self.0.id)).await?.map(Article))
    }

    /// Who answers for the draft: its creator until reassigned.
    async fn owner(&self, ctx: &Context<'_>) -> Result<User> {
        present(User::find(ctx, self.0.owner_id).await?, "owner")
    }

    async fn created_at(&self) -> Time {
        self.0.created_at.into()
    }

    async fn updated_at(&self) -> Time {
        self.0.updated_at.into()
    }

    async fn due_at(&self) -> Option<Time> {
        self.0.due_at.map(Into::into)
    }

    async fn needs_legal_review(&self) -> bool {
        self.0.needs_legal_review
    }

    /// What the viewer may do with it now. A mutation left out here is refused.
    async fn allowed_actions(&self, ctx: &Context<'_>) -> Result<Vec<words::DraftAction>> {
        let facts = self.facts(ctx).await?;
        Ok(facts.allowed(cx(ctx).signed_in()?).into_iter().map(Into::into).collect())
    }

    /// Every action, with why the viewer may not where that is so: what a tool shows beside a button that is off.
    async fn actions(&self, ctx: &Context<'_>) -> Result<Vec<DraftActionStatus>> {
        let facts = self.facts(ctx).await?;
        let staff = cx(ctx).signed_in()?;
        let status = |action: DraftAction| {
            let refused = facts.status(staff, action).err();
            DraftActionStatus {
                action: action.into(),
                is_allowed: refused.is_none(),
                code: refused.as_ref().map(|refusal| code(refusal).to_owned()),
                message: refused.map(|refusal| refusal.message()),
            }
        };
        Ok(DraftAction::ALL.into_iter().map(status).collect())
    }

    /// Everything that stands between this draft and its readers, and what is fine.
    async fn checks(&self, ctx: &Context<'_>) -> Result<Vec<Check>> {
        Ok(self.facts(ctx).await?.checks().into_iter().map(Check::from).collect())
    }

    /// The review stages that the newest revision needs, in order, with where each stands.
    async fn stages(&self, ctx: &Context<'_>) -> Result<Vec<StageProgress>> {
        Ok(stages(&*self.facts(ctx).await?))
    }

    async fn reviews(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<ReviewConnection> {
        let page = page::page(first, after, last, before)?;
        let slice = load(ctx, ReviewPage(self.0.id, page)).await?.unwrap_or_default();
        Ok(ReviewConnection { slice: slice.map(Review), count: Count::Reviews(self.0.id) })
    }

    async fn affiliate(&self, ctx: &Context<'_>) -> Result<AffiliateAssessment> {
        Ok(AffiliateAssessment(self.facts(ctx).await?))
    }

    async fn related_links(&self, ctx: &Context<'_>) -> Result<Vec<DraftRelatedLink>> {
        let rows = load(ctx, RelatedOf(self.0.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(DraftRelatedLink).collect())
    }

    async fn history(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<EventConnection> {
        let page = page::page(first, after, last, before)?;
        let slice = load(ctx, HistoryPage(self.0.id, page)).await?.unwrap_or_default();
        Ok(EventConnection { slice: slice.map(Event), count: Count::History(self.0.id) })
    }
}

/// `code` is the extensions.code that the mutation would be refused with.
#[derive(SimpleObject)]
pub struct DraftActionStatus {
    action: words::DraftAction,
    is_allowed: bool,
    code: Option<String>,
    message: Option<String>,
}

/// What stands between a draft and its readers, or does not.
#[derive(SimpleObject)]
pub struct Check {
    code: words::CheckCode,
    severity: words::CheckSeverity,
    passed: bool,
    message: String,
}

impl From<checks::Check> for Check {
    fn from(check: checks::Check) -> Self {
        Self {
            code: check.code.into(),
            severity: check.severity.into(),
            passed: check.passed,
            message: check.message,
        }
    }
}

/// Which drafts are asked for.
#[derive(InputObject, Default)]
pub struct DraftFilter {
    states: Option<Vec<words::DraftState>>,
    owner_id: Option<ID>,
    author_id: Option<ID>,
    section_id: Option<ID>,
    /// Drafts in review that wait for a verdict the viewer may give.
    awaiting_my_review: Option<bool>,
    has_live_article: Option<bool>,
    text: Option<String>,
    due_before: Option<Time>,
}

impl DraftFilter {
    fn parse(self, ctx: &Context<'_>) -> Result<app::draft::Filter> {
        let staff = cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let filter = app::draft::Filter {
            states: self.states.map(|states| states.into_iter().map(Into::into).collect()),
            owner: self.owner_id.as_ref().and_then(|id| parse.id("filter.ownerId", id)),
            author: self.author_id.as_ref().and_then(|id| parse.id("filter.authorId", id)),
            section: self.section_id.as_ref().and_then(|id| parse.id("filter.sectionId", id)),
            awaiting: self.awaiting_my_review.filter(|awaiting| *awaiting).map(|_| app::draft::reviewer(staff)),
            is_live: self.has_live_article,
            text: self.text.as_deref().and_then(|text| parse.line("filter.text", text)),
            due_before: self.due_before.as_ref().and_then(|time| parse.time("filter.dueBefore", time)),
        };
        parse.done()?;
        Ok(filter)
    }
}

/// What staff ask of drafts.
#[derive(Default)]
pub struct DraftQuery;

#[Object]
impl DraftQuery {
    /// One draft.
    async fn draft(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Draft>> {
        cx(ctx).may(crate::domain::policy::Task::ReadDesk)?;
        let Ok(id) = id.parse::<DraftId>() else { return Ok(None) };
        Ok(load(ctx, id).await?.map(Draft))
    }

    /// The queues.
    #[expect(clippy::too_many_arguments, reason = "the contract has as many")]
    async fn drafts(
        &self,
        ctx: &Context<'_>,
        filter: Option<DraftFilter>,
        #[graphql(default_with = "Some(words::DraftOrder::Updated)")] order_by: Option<words::DraftOrder>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<DraftConnection> {
        let filter = filter.unwrap_or_default().parse(ctx)?;
        let page = page::page(first, after, last, before)?;
        let order = order_by.unwrap_or(words::DraftOrder::Updated).into();
        let slice = app::draft::list(cx(ctx), &filter, order, &page).await?.map(Draft);
        Ok(DraftConnection { slice, count: Count::Drafts(filter) })
    }
}

/// A new draft.
#[derive(InputObject)]
pub struct CreateDraftInput {
    headline: String,
    dek: Option<String>,
    body: Option<Markdown>,
    /// Made from the headline where left out.
    slug: Option<String>,
    section_id: Option<ID>,
    tags: Option<Vec<String>>,
    /// The viewer's own author profile where left out and there is one.
    author_ids: Option<Vec<ID>>,
    hero_image_id: Option<ID>,
    seo_title: Option<String>,
    seo_description: Option<String>,
    canonical_url: Option<Address>,
    needs_legal_review: Option<bool>,
    due_at: Option<Time>,
    note: Option<String>,
}

/// What changes of a draft: absent fields stay as they are; null clears an optional one.
#[derive(InputObject)]
pub struct UpdateDraftInput {
    draft_id: ID,
    /// The revision number that the change was made on. Where the draft has moved on, it is refused with STALE_REVISION.
    base_revision: i32,
    headline: MaybeUndefined<String>,
    dek: MaybeUndefined<String>,
    body: MaybeUndefined<Markdown>,
    slug: MaybeUndefined<String>,
    section_id: MaybeUndefined<ID>,
    tags: MaybeUndefined<Vec<String>>,
    author_ids: MaybeUndefined<Vec<ID>>,
    hero_image_id: MaybeUndefined<ID>,
    seo_title: MaybeUndefined<String>,
    seo_description: MaybeUndefined<String>,
    canonical_url: MaybeUndefined<Address>,
    needs_legal_review: MaybeUndefined<bool>,
    due_at: MaybeUndefined<Time>,
    owner_id: MaybeUndefined<ID>,
    note: Option<String>,
}

/// A draft, and why.
#[derive(InputObject)]
pub struct DraftActionInput {
    /// The draft.
    pub draft_id: ID,
    /// Why.
    pub note: Option<String>,
}

/// The draft as it is now.
#[derive(SimpleObject)]
pub struct DraftPayload {
    /// The draft as it is now.
    pub draft: Draft,
}

/// The id of the draft that a mutation means.
pub(crate) fn draft_id(ctx: &Context<'_>, id: &ID) -> Result<DraftId> {
    cx(ctx).signed_in()?;
    let mut parse = Parse::default();
    let parsed = parse.id("draftId", id);
    parse.done()?;
    present(parsed, "draft id")
}

/// What writers do.
#[derive(Default)]
pub struct DraftMutation;

#[Object]
impl DraftMutation {
    /// Begins a draft.
    async fn create_draft(&self, ctx: &Context<'_>, input: CreateDraftInput) -> Result<Option<DraftPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let typed = Typed {
            headline: Some(Some(input.headline)),
            dek: Some(input.dek),
            body: Some(input.body.map(|body| body.0)),
            slug: Some(input.slug),
            section: Some(input.section_id.as_ref().and_then(|id| parse.id("sectionId", id))),
            tags: Some(input.tags),
            authors: input.author_ids.map(|ids| Some(parse.ids("authorIds", &ids))),
            hero_image: Some(input.hero_image_id.as_ref().and_then(|id| parse.id("heroImageId", id))),
            seo_title: Some(input.seo_title),
            seo_description: Some(input.seo_description),
            canonical_url: Some(input.canonical_url.as_ref().and_then(|url| parse.url("canonicalUrl", url))),
            needs_legal_review: Some(input.needs_legal_review),
            due_at: Some(input.due_at.as_ref().and_then(|time| parse.time("dueAt", time))),
            owner: None,
            note: input.note,
            affiliate: None,
        };
        parse.done()?;
        let draft = Draft(app::draft::create(cx(ctx), typed).await?);
        Ok(Some(DraftPayload { draft }))
    }

    /// Writes a new revision. Absent fields stay as they are; null clears an optional one.
    async fn update_draft(&self, ctx: &Context<'_>, input: UpdateDraftInput) -> Result<Option<DraftPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("draftId", &input.draft_id);
        let typed = Typed {
            headline: input.headline.sent(),
            dek: input.dek.sent(),
            body: input.body.sent().map(|body| body.map(|body| body.0)),
            slug: input.slug.sent(),
            section: input.section_id.sent().map(|id| id.as_ref().and_then(|id| parse.id("sectionId", id))),
            tags: input.tags.sent(),
            authors: input.author_ids.sent().map(|ids| ids.map(|ids| parse.ids("authorIds", &ids))),
            hero_image: input.hero_image_id.sent().map(|id| id.as_ref().and_then(|id| parse.id("heroImageId", id))),
            seo_title: input.seo_title.sent(),
            seo_description: input.seo_description.sent(),
            canonical_url: input.canonical_url.sent().map(|url| url.as_ref().and_then(|url| parse.url("canonicalUrl", url))),
            needs_legal_review: input.needs_legal_review.sent(),
            due_at: input.due_at.sent().map(|time| time.as_ref().and_then(|time| parse.time("dueAt", time))),
            owner: input.owner_id.sent().map(|id| id.as_ref().and_then(|id| parse.id("ownerId", id))),
            note: input.note,
            affiliate: None,
        };
        parse.done()?;
        let draft = app::draft::update(cx(ctx), present(id, "draft id")?, input.base_revision, typed).await?;
        Ok(Some(DraftPayload { draft: Draft(draft) }))
    }

    /// Lays a draft aside.
    async fn archive_draft(&self, ctx: &Context<'_>, input: DraftActionInput) -> Result<Option<DraftPayload>> {
        let id = draft_id(ctx, &input.draft_id)?;
        let draft = Draft(app::draft::archive(cx(ctx), id, input.note).await?);
        Ok(Some(DraftPayload { draft }))
    }

    /// Takes a draft up again.
    async fn reopen_draft(&self, ctx: &Context<'_>, input: DraftActionInput) -> Result<Option<DraftPayload>> {
        let id = draft_id(ctx, &input.draft_id)?;
        let draft = Draft(app::draft::reopen(cx(ctx), id, input.note).await?);
        Ok(Some(DraftPayload { draft }))
    }
}
