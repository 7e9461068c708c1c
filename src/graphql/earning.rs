//! Where the site earns, and what its readers were told of it: what COMMERCE asks.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::ids::{ArticleId, PolicyId, SectionId};
use entity::{edition, revision_link};

use super::affiliate::{AffiliateDisclosure, AffiliatePolicy, AffiliatePolicyVersion, Under, absolute, policies, policy_for};
use super::article::{Article, Edition};
use super::error::Result;
use super::loaders::{self, LinksOf, RelatedOf, load, load_all, present};
use super::page::{AffiliateArticleConnection, Count};
use super::scalars::{Address, Parse, Time};
use super::section::{Section, SectionPayload};
use super::{cx, page, words};
use crate::app::article::Row;
use crate::app;
use crate::app::affiliate::Wanted;
use crate::domain::affiliate;
use crate::domain::refusal::{Complaints, Refusal};

/// A network, and how much of the site earns from it.
#[derive(SimpleObject)]
pub struct AffiliateNetworkUse {
    network: String,
    /// Live articles with links of it.
    articles: i32,
    /// Its links in live articles.
    links: i32,
}

/// A live article, seen by its links.
#[derive(Clone)]
pub struct AffiliateArticle {
    row: Row,
    wanted: Wanted,
}

impl AffiliateArticle {
    /// The links that were asked for: in the body, then related ones.
    async fn found(&self, ctx: &Context<'_>) -> Result<Vec<ArticleLink>> {
        let body = load(ctx, LinksOf(self.row.revision_id)).await?.unwrap_or_default();
        let rules = Under::article(&self.row).rules(&*policies(ctx).await?);
        let related = load(ctx, RelatedOf(self.row.draft_id)).await?.unwrap_or_default();
        let elsewhere = related.iter().filter_map(|link| {
            let url = link.url.clone()?;
            let row = app::affiliate::judged(url, link.title.clone().unwrap_or_default(), &rules);
            self.wanted.fits(&row).then(|| ArticleLink { block: None, ..ArticleLink::of(ctx, &row) })
        });
        let inside = body.iter().filter(|link| self.wanted.fits(link)).map(|link| ArticleLink::of(ctx, link));
        Ok(inside.chain(elsewhere).collect())
    }
}

/// A live article, seen by its links.
#[Object]
impl AffiliateArticle {
    async fn article(&self) -> Article {
        Article::live(self.row.clone())
    }

    /// Those of its links that were asked for: of the network, to the host, to the address; else all that earn.
    async fn links(&self, ctx: &Context<'_>) -> Result<Vec<ArticleLink>> {
        self.found(ctx).await
    }

    /// How many these are.
    async fn link_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(i32::try_from(self.found(ctx).await?.len()).unwrap_or(i32::MAX))
    }

    async fn flag(&self) -> words::AffiliateFlag {
        self.row.affiliate_flag.into()
    }

    /// Why an editor overruled the detection.
    async fn reason(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(load(ctx, self.row.revision_id).await?.and_then(|revision| revision.affiliate_reason))
    }

    /// Whether its readers are told.
    async fn is_disclosed(&self) -> bool {
        self.row.has_disclosure
    }

    /// The policy that holds for it.
    async fn policy(&self, ctx: &Context<'_>) -> Result<Option<AffiliatePolicy>> {
        Ok(policy_for(ctx, Under::article(&self.row)).await?.map(AffiliatePolicy))
    }
}

/// A link in a live article.
#[derive(SimpleObject)]
pub struct ArticleLink {
    url: Address,
    text: String,
    /// Null where it is not known to belong to any.
    network: Option<String>,
    /// Whether it is known to earn a commission; false also where it only may.
    earns: bool,
    /// What gives it away, in short.
    why: Option<String>,
    /// In which block of the body it stands, 0 is the first; null for a related link.
    block: Option<i32>,
}

impl ArticleLink {
    fn of(ctx: &Context<'_>, row: &revision_link::Model) -> Self {
        Self {
            url: absolute(ctx, &row.url).into(),
            text: row.text.clone(),
            network: row.network.clone(),
            earns: app::affiliate::is_certain(row),
            why: row.why.clone(),
            block: Some(row.block),
        }
    }
}

/// Exactly one of them.
#[derive(InputObject)]
pub struct AffiliateArticleFilter {
    /// With links of this network, by its name or its key.
    network: Option<String>,
    /// With links to this host or below it, whether they earn or not.
    host: Option<String>,
    /// With this very link, whether it earns or not: where is it, when a programme ends?
    url: Option<Address>,
    /// With affiliate links, under this policy: named, by section, or by default.
    policy_id: Option<ID>,
    /// Whose flag is REQUIRED or EXEMPT.
    overruled: Option<bool>,
}

impl AffiliateArticleFilter {
    fn parse(self) -> Result<Wanted> {
        let mut parse = Parse::default();
        let policy = self.policy_id.as_ref().and_then(|id| parse.id::<PolicyId>("filter.policyId", id));
        let url = self.url.as_ref().and_then(|url| parse.url("filter.url", url));
        parse.done()?;
        let mut complaints = Complaints::default();
        if self.network.as_ref().is_some_and(|name| name.trim().is_empty()) {
            complaints.add("filter.network", "is empty; name a network, as affiliateNetworks does");
        }
        let host = self.host.and_then(|host| complaints.take("filter.host", affiliate::host_key(&host)));
        let place = url.and_then(|url| complaints.take("filter.url", affiliate::place(&url).ok_or_else(|| "leads to no host".to_owned())));
        let mut wanted: Vec<Wanted> = Vec::new();
        wanted.extend(self.network.map(|name| Wanted::Network(affiliate::network_named(&name))));
        wanted.extend(host.map(Wanted::Host));
        wanted.extend(place.map(|place| Wanted::Url(place.exact)));
        wanted.extend(policy.map(Wanted::Policy));
        wanted.extend(self.overruled.filter(|overruled| *overruled).map(|_| Wanted::Overruled));
        complaints.refuse()?;
        match <[Wanted; 1]>::try_from(wanted) {
            Ok([one]) => Ok(one),
            Err(_) => Err(Refusal::field("filter", "needs exactly one of network, host, url, policyId, and overruled: true").into()),
        }
    }
}

/// What readers were shown of an article at a time.
pub struct ShownThen {
    at: Time,
    then: app::affiliate::ShownThen,
}

impl ShownThen {
    /// What was shown of this article.
    pub async fn find(ctx: &Context<'_>, article: Option<ArticleId>, at: &Time) -> Result<Option<Self>> {
        let mut parse = Parse::default();
        let time = parse.time("at", at);
        parse.done()?;
        let Some((article, time)) = article.zip(time) else { return Ok(None) };
        let found = load(ctx, loaders::ShownThen(article, time)).await?;
        Ok(found.map(|then| Self { at: time.into(), then }))
    }
}

/// What readers were shown of an article at a time.
#[Object]
impl ShownThen {
    async fn at(&self) -> Time {
        self.at.clone()
    }

    /// Whether readers could have it then.
    async fn is_live(&self) -> bool {
        self.then.is_live
    }

    /// The edition that they had, or had last.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Edition> {
        Ok(Edition(present::<edition::Model>(load(ctx, self.then.edition).await?, "edition")?))
    }

    /// What they were told then; null where nothing was due.
    async fn affiliate_disclosure(&self) -> Option<AffiliateDisclosure> {
        self.then.disclosure.as_ref().map(AffiliateDisclosure::today)
    }

    /// The policy that it came from.
    async fn policy(&self, ctx: &Context<'_>) -> Result<Option<AffiliatePolicy>> {
        let id = self.then.disclosure.as_ref().map(|policy| policy.id);
        let policies = policies(ctx).await?;
        Ok(id.and_then(|id| policies.get(id)).cloned().map(AffiliatePolicy))
    }

    /// Its wording by number, with who wrote it and when.
    async fn policy_version(&self) -> Option<AffiliatePolicyVersion> {
        self.then.version.clone().map(AffiliatePolicyVersion)
    }
}

/// What COMMERCE asks of live articles.
#[derive(Default)]
pub struct EarningQuery;

#[Object]
impl EarningQuery {
    /// Every network that live articles link through, most articles first. Staff only.
    async fn affiliate_networks(&self, ctx: &Context<'_>) -> Result<Vec<AffiliateNetworkUse>> {
        let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        let rows = app::affiliate::networks(cx(ctx)).await?.into_iter();
        Ok(rows.map(|(network, articles, links)| AffiliateNetworkUse { network, articles: count(articles), links: count(links) }).collect())
    }

    /// Live articles by where their links lead, newest first. Staff only.
    async fn affiliate_articles(
        &self,
        ctx: &Context<'_>,
        filter: AffiliateArticleFilter,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<AffiliateArticleConnection> {
        cx(ctx).signed_in()?;
        let wanted = filter.parse()?;
        let page = page::page(first, after, last, before)?;
        let slice = app::affiliate::articles(cx(ctx), &wanted, &page).await?;
        let rows = load_all(ctx, slice.items.iter().map(|(_, id)| *id).collect()).await?;
        let slice = slice.keep(|id| {
            let row = rows.iter().find(|row: &&Row| row.id == id)?;
            Some(AffiliateArticle { row: row.clone(), wanted: wanted.clone() })
        });
        Ok(AffiliateArticleConnection { slice, count: Count::Earning(wanted) })
    }
}

/// With `baseVersion`, refused with CONFLICT where the section has changed since.
#[derive(InputObject)]
pub struct SetSectionAffiliatePolicyInput {
    section_id: ID,
    base_version: Option<i32>,
    /// Null takes it away: the default policy holds again.
    policy_id: Option<ID>,
}

/// What COMMERCE decides for sections.
#[derive(Default)]
pub struct EarningMutation;

#[Object]
impl EarningMutation {
    /// Gives a section a policy of its own, for its articles that name no other. Readers see it at once.
    async fn set_section_affiliate_policy(&self, ctx: &Context<'_>, input: SetSectionAffiliatePolicyInput) -> Result<Option<SectionPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let section: Option<SectionId> = parse.id("sectionId", &input.section_id);
        let policy: Option<PolicyId> = input.policy_id.as_ref().and_then(|id| parse.id("policyId", id));
        parse.done()?;
        let row = app::affiliate::set_for_section(cx(ctx), present(section, "section id")?, input.base_version, policy).await?;
        Ok(Some(SectionPayload { section: Section(row) }))
    }
}
