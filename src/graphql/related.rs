//! Related links, as readers and as editors see them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};
use entity::enums::RelatedKind;
use entity::ids::DraftId;
use entity::{related_link, revision};

use super::affiliate::{Under, policies, policy_for};
use super::article::Article;
use super::cx;
use super::draft::Draft;
use super::writing::DraftPayload;
use super::error::Result;
use super::loaders::{CloseTo, LiveArticleOf, SuggestedTo, load, load_all, load_map, present};
use super::scalars::{Address, Parse};
use super::words;
use crate::app::article::Row;
use crate::app;
use crate::app::related::Typed;

/// What readers may go on with.
#[derive(SimpleObject)]
pub struct RelatedLink {
    kind: words::RelatedKind,
    origin: words::RelatedOrigin,
    title: String,
    url: Address,
    note: Option<String>,
    target: RelatedTarget,
}

/// Where a related link leads.
#[derive(Union)]
pub enum RelatedTarget {
    /// Another article here.
    Article(Article),
    /// A page elsewhere.
    ExternalPage(ExternalPage),
}

/// A page elsewhere.
#[derive(Clone, SimpleObject)]
pub struct ExternalPage {
    url: Address,
    title: String,
    /// What `rel` has to say on a link to it: set where the link earns a commission.
    rel: Option<String>,
}

/// The links that readers get: curated ones whose target is live, then what is close in subject.
pub async fn for_readers(
    ctx: &Context<'_>,
    of: &Article,
    links: Vec<related_link::Model>,
    kinds: Option<Vec<RelatedKind>>,
    most: u64,
    suggest: bool,
) -> Result<Vec<RelatedLink>> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let wanted = |kind: RelatedKind| kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind));
    let targets = links.iter().filter_map(|link| link.target_draft_id).map(LiveArticleOf);
    let live = load_map(ctx, targets).await?;
    let mut shown = Vec::new();
    for link in links.iter().filter(|link| wanted(link.kind)) {
        let target = link.target_draft_id.and_then(|draft| live.get(&LiveArticleOf(draft)));
        let (title, url, target) = match (target, &link.url) {
            (Some(row), _) => {
                let article = Article::live(row.clone());
                (row.headline.clone(), article.address(&cx(ctx).desk.site), RelatedTarget::Article(article))
            }
            (None, Some(url)) => {
                let page = ExternalPage::of(ctx, link, url, Under::article(&of.0)).await?;
                (page.title.clone(), url.clone(), RelatedTarget::ExternalPage(page))
            }
            (None, None) => continue,
        };
        shown.push(RelatedLink {
            kind: link.kind.into(),
            origin: words::RelatedOrigin::Curated,
            title: link.title.clone().unwrap_or(title),
            url: url.into(),
            note: link.note.clone(),
            target,
        });
    }
    shown.truncate(most);
    if suggest && shown.len() < most && wanted(RelatedKind::Related) {
        let linked: Vec<_> = live.values().map(|row| row.id).collect();
        for row in close(ctx, of).await? {
            if shown.len() < most && row.id != of.live_id() && !linked.contains(&row.id) {
                let article = Article::live(row);
                shown.push(RelatedLink {
                    kind: words::RelatedKind::Related,
                    origin: words::RelatedOrigin::Suggested,
                    title: article.0.headline.clone(),
                    url: article.address(&cx(ctx).desk.site).into(),
                    note: None,
                    target: RelatedTarget::Article(article),
                });
            }
        }
    }
    Ok(shown)
}

/// Live articles that are close in subject, closest first. They were found when it was published; for a
/// preview of what never was, they are found now.
async fn close(ctx: &Context<'_>, of: &Article) -> Result<Vec<Row>> {
    match of.kept_id() {
        Some(id) => Ok(load(ctx, SuggestedTo(id)).await?.unwrap_or_default()),
        None => {
            let ids = load(ctx, CloseTo(of.0.draft_id)).await?.unwrap_or_default();
            load_all(ctx, ids).await
        }
    }
}

impl ExternalPage {
    async fn of(ctx: &Context<'_>, link: &related_link::Model, url: &str, from: Under) -> Result<Self> {
        let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let title = link.title.clone().or(host).unwrap_or_else(|| url.to_owned());
        let policies = policies(ctx).await?;
        let earns = app::affiliate::network_of(url, &from.rules(&policies)).is_some();
        let policy = policy_for(ctx, from).await?.filter(|_| earns);
        let rel = policy.map(|policy| app::affiliate::rel_in(&policy).join(" ")).or_else(|| earns.then(|| "sponsored".to_owned()));
        Ok(Self { url: url.to_owned().into(), title, rel })
    }
}

/// A related link as editors set it.
#[derive(Clone)]
pub struct DraftRelatedLink(pub related_link::Model);

/// A related link as editors set it.
#[Object]
impl DraftRelatedLink {
    async fn kind(&self) -> words::RelatedKind {
        self.0.kind.into()
    }

    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    async fn target(&self, ctx: &Context<'_>) -> Result<DraftRelatedTarget> {
        match (self.0.target_draft_id, &self.0.url) {
            (Some(id), _) => Ok(DraftRelatedTarget::Draft(Draft(present(load(ctx, id).await?, "draft")?))),
            (None, url) => {
                let from = Under::revision(&present(newest(ctx, self.0.draft_id).await?, "revision")?);
                let page = ExternalPage::of(ctx, &self.0, url.as_deref().unwrap_or_default(), from).await?;
                Ok(DraftRelatedTarget::ExternalPage(page))
            }
        }
    }

    /// Whether readers see it.
    async fn is_live(&self, ctx: &Context<'_>) -> Result<bool> {
        match self.0.target_draft_id {
            Some(id) => Ok(load(ctx, LiveArticleOf(id)).await?.is_some()),
            None => Ok(true),
        }
    }
}

async fn newest(ctx: &Context<'_>, id: DraftId) -> Result<Option<revision::Model>> {
    match load(ctx, id).await? {
        Some(draft) => load(ctx, draft.revision_id).await,
        None => Ok(None),
    }
}

/// Where a related link leads, for editors.
#[derive(Union)]
pub enum DraftRelatedTarget {
    /// The draft of another article.
    Draft(Draft),
    /// A page elsewhere.
    ExternalPage(ExternalPage),
}

/// One related link.
#[derive(InputObject)]
pub struct RelatedLinkInput {
    #[graphql(default_with = "words::RelatedKind::Related")]
    kind: words::RelatedKind,
    /// Exactly one of draftId and url.
    draft_id: Option<ID>,
    url: Option<Address>,
    title: Option<String>,
    note: Option<String>,
}

/// Replaces the whole list, in this order.
#[derive(InputObject)]
pub struct SetRelatedLinksInput {
    draft_id: ID,
    links: Vec<RelatedLinkInput>,
}

/// What changes related links.
#[derive(Default)]
pub struct RelatedMutation;

#[Object]
impl RelatedMutation {
    /// No new revision: where the article is live, readers see the new list at once.
    async fn set_related_links(&self, ctx: &Context<'_>, input: SetRelatedLinksInput) -> Result<Option<DraftPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id: Option<DraftId> = parse.id("draftId", &input.draft_id);
        let mut links = Vec::with_capacity(input.links.len());
        for (index, link) in input.links.into_iter().enumerate() {
            links.push(Typed {
                kind: link.kind.into(),
                draft: link.draft_id.as_ref().and_then(|id| parse.id(&format!("links.{index}.draftId"), id)),
                url: link.url.as_ref().and_then(|url| parse.url(&format!("links.{index}.url"), url)),
                title: link.title,
                note: link.note,
            });
        }
        parse.done()?;
        let draft = app::related::set(cx(ctx), present(id, "draft id")?, links).await?;
        Ok(Some(DraftPayload { draft: Draft(draft) }))
    }
}
