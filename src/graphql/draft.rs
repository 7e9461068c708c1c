//! The working copy of an article, and what its writers do with it.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::draft;
use entity::ids::DraftId;

use super::account::User;
use super::affiliate::AffiliateAssessment;
use super::article::Article;
use super::earning::ShownThen;
use super::error::{Result, code};
use super::loaders::{
    CloseTo, CommentPage, FactsOf, HistoryPage, LinkedFromPage, LiveArticleOf, RelatedOf, ReviewPage, RevisionPage, ScheduleOf, load,
    load_all, present,
};
use super::page::{CommentConnection, Count, DraftConnection, EventConnection, ReviewConnection, RevisionConnection};
use super::related::DraftRelatedLink;
use super::review::{StageProgress, stages};
use super::scalars::{Parse, Time};
use super::schedule::Schedule;
use super::{Comment, Event, Review, Revision, cx, page, words};
use crate::app;
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
        match self.0.article_id {
            Some(_) if self.0.is_live => Ok(load(ctx, LiveArticleOf(self.0.id)).await?.map(Article::live)),
            // Its URL still answers, with the notice.
            Some(id) if self.0.state == entity::enums::DraftState::Retracted => Ok(load(ctx, id).await?.map(Article::live)),
            _ => Ok(None),
        }
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
        Ok(stages(&self.facts(ctx).await?))
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

    /// Oldest first. A thread is resolved as a whole, its answers with it.
    async fn comments(
        &self,
        ctx: &Context<'_>,
        resolved: Option<bool>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<CommentConnection> {
        let page = page::page(first, after, None, None)?;
        let slice = load(ctx, CommentPage(self.0.id, resolved, page)).await?.unwrap_or_default();
        Ok(CommentConnection { slice: slice.map(Comment), count: Count::Comments(self.0.id, resolved) })
    }

    /// When it goes live, and when its article goes away; null where neither is planned.
    async fn schedule(&self, ctx: &Context<'_>) -> Result<Option<Schedule>> {
        Ok(load(ctx, ScheduleOf(self.0.id)).await?.map(Schedule))
    }

    async fn affiliate(&self, ctx: &Context<'_>) -> Result<AffiliateAssessment> {
        Ok(AffiliateAssessment(self.facts(ctx).await?))
    }

    async fn related_links(&self, ctx: &Context<'_>) -> Result<Vec<DraftRelatedLink>> {
        let rows = load(ctx, RelatedOf(self.0.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(DraftRelatedLink).collect())
    }

    /// Live articles that are close in subject and not linked yet, closest first.
    async fn related_suggestions(&self, ctx: &Context<'_>, #[graphql(default_with = "Some(5)")] first: Option<i32>) -> Result<Vec<Article>> {
        let most = crate::domain::page::Page::parse(first.or(Some(5)), None, None, None)?.limit;
        let ids = load(ctx, CloseTo(self.0.id)).await?.unwrap_or_default();
        let ids = ids.into_iter().take(usize::try_from(most).unwrap_or(usize::MAX)).collect();
        Ok(load_all(ctx, ids).await?.into_iter().map(Article::live).collect())
    }

    /// The drafts whose related links point here.
    async fn linked_from(&self, ctx: &Context<'_>, first: Option<i32>, after: Option<String>) -> Result<DraftConnection> {
        let page = page::page(first, after, None, None)?;
        let slice = load(ctx, LinkedFromPage(self.0.id, page)).await?.unwrap_or_default();
        let rows = load_all(ctx, slice.items.iter().map(|(_, id)| *id).collect()).await?;
        let slice = slice.keep(|id| rows.iter().find(|row: &&draft::Model| row.id == id).cloned().map(Draft));
        Ok(DraftConnection { slice, count: Count::LinkedFrom(self.0.id) })
    }

    /// What readers were shown of its article at a time; null before it first went live.
    async fn shown_at(&self, ctx: &Context<'_>, at: Time) -> Result<Option<ShownThen>> {
        ShownThen::find(ctx, self.0.article_id, &at).await
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
    /// Drafts that fail this check.
    failing_check: Option<words::CheckCode>,
}

impl DraftFilter {
    async fn parse(self, ctx: &Context<'_>) -> Result<app::draft::Filter> {
        let staff = cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let failing = match self.failing_check {
            Some(code) => Some(app::draft::failing(cx(ctx), code.into()).await?),
            None => None,
        };
        let filter = app::draft::Filter {
            failing,
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
        let filter = filter.unwrap_or_default().parse(ctx).await?;
        let page = page::page(first, after, last, before)?;
        let order = order_by.unwrap_or(words::DraftOrder::Updated).into();
        let slice = app::draft::list(cx(ctx), &filter, order, &page).await?.map(Draft);
        Ok(DraftConnection { slice, count: Count::Drafts(filter) })
    }
}
