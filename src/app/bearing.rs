//! What else changes when an article goes live, changes or goes away: where the site earns and what it
//! links to, since when readers are shown what, and which articles are close to which.
//!
//! It is done last in a transaction and in one order, so that two that publish at once wait for each
//! other instead of dying of it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{ArticleState, EventType, LinkUse, SiteLinkState};
use entity::ids::{ArticleId, DraftId, RevisionId, SiteLinkId, SpanId};
use entity::{article, disclosure_span, link_use, related_link, revision_link, site_link};
use sha2::{Digest, Sha256};

use super::affiliate::{self, Policies};
use super::{AppError, Cx, search, subject};
use crate::domain::affiliate::{self as detector, Rule};
use crate::domain::dep::Dep;
use crate::domain::event::NewEvent;
use crate::domain::page::{Page, Slice};
use crate::domain::policy::Task;
use crate::store::{self, Tx};

/// An article that changed for readers.
#[derive(Clone, Debug)]
pub(crate) enum Moved {
    /// It has a new edition.
    Live { article: article::Model, at: DateTime<Utc> },
    /// Its links, or what they are, changed without an edition.
    Restated { article: article::Model, was_due: bool, at: DateTime<Utc> },
    /// Readers do not get it any more, for now or for good.
    Away { article: article::Model, at: DateTime<Utc> },
}

impl Moved {
    /// One that a publisher, or its time, has just sent to its readers.
    pub(crate) fn live(article: &article::Model) -> Self {
        Self::Live { article: article.clone(), at: article.updated_at }
    }

    const fn article(&self) -> &article::Model {
        match self {
            Self::Live { article, .. } | Self::Restated { article, .. } | Self::Away { article, .. } => article,
        }
    }

    const fn is_live(&self) -> bool {
        !matches!(self, Self::Away { .. })
    }
}

/// Ends a transaction in which articles went live or away.
pub(crate) async fn commit(cx: &Cx, tx: Tx, moved: &[Moved], events: Vec<NewEvent>) -> Result<(), AppError> {
    settle(cx, &tx, moved).await?;
    cx.commit_all(tx, events).await
}

/// Brings everything up to date that depends on these articles. Nothing may be written after it but the log.
pub(crate) async fn settle(cx: &Cx, tx: &Tx, moved: &[Moved]) -> Result<(), AppError> {
    if moved.is_empty() {
        return Ok(());
    }
    tx.alone().await?;
    let live: Vec<&article::Model> = moved.iter().filter(|moved| moved.is_live()).map(Moved::article).collect();
    let links = Links::load(tx, &live).await?;
    let gone: Vec<DraftId> = moved.iter().filter(|moved| !moved.is_live()).map(|moved| moved.article().draft_id).collect();
    let linked = if gone.is_empty() { Vec::new() } else { store::related::of(tx, &gone).await? };
    tx.touch(linked.iter().chain(&links.related).filter_map(|link| link.target_draft_id).map(Dep::LinkedFrom));
    // The networks of links in bodies are in their rows.
    let policies = if links.related.iter().all(|link| link.url.is_none()) { Policies::default() } else { Policies::load(tx).await? };
    for row in moved {
        note_span(tx, row).await?;
        let article = row.article();
        if row.is_live() {
            let rules = policies.rules(article.affiliate_policy_id, Some(article.section_id));
            store::link::replace(tx, article.id, links.uses(article, &rules), links.pages(article)).await?;
        } else {
            store::link::replace(tx, article.id, Vec::new(), Vec::new()).await?;
        }
        if !matches!(row, Moved::Restated { .. }) {
            let slugs = store::link::slugs_leading_to(tx, article.draft_id, Some(article.id)).await?;
            store::link::restate(tx, &slugs).await?;
        }
    }
    for row in moved {
        if let Moved::Restated { article, was_due, .. } = row
            && *was_due != article.has_disclosure
        {
            store::search::disclose(tx, article.id, article.has_disclosure).await?;
        }
    }
    let known = |row: &&Moved| !matches!(row, Moved::Restated { .. });
    let (came, went): (Vec<&Moved>, Vec<&Moved>) = moved.iter().filter(known).partition(|row| row.is_live());
    let came: Vec<&article::Model> = came.into_iter().map(Moved::article).collect();
    let went: Vec<ArticleId> = went.into_iter().map(|row| row.article().id).collect();
    store::search::forget(tx, &went).await?;
    // Of a first edition nothing is known yet.
    search::index(cx, tx, &came, |row| row.edition_number > 1).await?;
    subject::refresh(cx, tx, &came, &went, |row| row.edition_number > 1).await
}

async fn note_span(tx: &Tx, row: &Moved) -> Result<(), AppError> {
    let since = match row {
        Moved::Restated { article, was_due, .. } if *was_due == article.has_disclosure => return Ok(()),
        Moved::Live { at, .. } | Moved::Restated { at, .. } | Moved::Away { at, .. } => *at,
    };
    let article = row.article();
    // What is done later holds later, whichever request came first.
    let last = store::affiliate::last_since(tx, article.id).await?.map(|last| last + TimeDelta::microseconds(1));
    let since = last.map_or(since, |last| since.max(last));
    let span = disclosure_span::Model {
        id: SpanId::new(),
        article_id: article.id,
        since,
        edition_id: article.edition_id,
        section_id: article.section_id,
        policy_id: article.affiliate_policy_id,
        is_live: row.is_live(),
        is_due: row.is_live() && article.has_disclosure,
    };
    Ok(store::affiliate::keep_span(tx, span).await?)
}

/// Where several articles link to.
struct Links {
    bodies: Vec<revision_link::Model>,
    related: Vec<related_link::Model>,
    pages: std::collections::HashMap<String, SiteLinkState>,
}

impl Links {
    async fn load(tx: &Tx, live: &[&article::Model]) -> Result<Self, AppError> {
        let revisions: Vec<RevisionId> = live.iter().map(|row| row.revision_id).collect();
        let drafts: Vec<DraftId> = live.iter().map(|row| row.draft_id).collect();
        let bodies = if live.is_empty() { Vec::new() } else { store::revision::links(tx, &revisions).await? };
        let related = if live.is_empty() { Vec::new() } else { store::related::of(tx, &drafts).await? };
        let mut slugs: Vec<String> = bodies.iter().filter_map(|link| link.own_slug.clone()).collect();
        slugs.sort_unstable();
        slugs.dedup();
        let pages = store::link::behind_slugs(tx, &slugs).await?;
        Ok(Self { bodies, related, pages })
    }

    fn body(&self, article: &article::Model) -> impl Iterator<Item = &revision_link::Model> {
        self.bodies.iter().filter(|link| link.revision_id == article.revision_id)
    }

    /// By which networks, hosts and addresses an article is found.
    fn uses(&self, article: &article::Model, rules: &[Rule]) -> Vec<link_use::Model> {
        let mut counted: BTreeMap<(LinkUse, String), i32> = BTreeMap::new();
        let mut count = |kind, key: String| *counted.entry((kind, key)).or_default() += 1;
        let mut add = |url: &str, network: Option<String>| {
            if let Some(network) = network {
                count(LinkUse::Network, network);
            }
            for host in detector::hosts_led_to(url) {
                count(LinkUse::Host, host);
            }
            if let Some(place) = detector::place(url) {
                count(LinkUse::Url, digest(&place.exact));
            }
        };
        for link in self.body(article) {
            add(&link.url, link.network.clone().filter(|_| affiliate::is_certain(link)));
        }
        for url in self.related.iter().filter(|link| link.draft_id == article.draft_id).filter_map(|link| link.url.as_deref()) {
            add(url, affiliate::network_of(url, rules));
        }
        let row = |((kind, key), links)| link_use::Model { article_id: article.id, kind, key, links, published_at: article.published_at };
        counted.into_iter().map(row).collect()
    }

    /// To which pages of the site an article's body links.
    fn pages(&self, article: &article::Model) -> Vec<site_link::Model> {
        let mut counted: BTreeMap<&str, i32> = BTreeMap::new();
        for slug in self.body(article).filter_map(|link| link.own_slug.as_deref()) {
            *counted.entry(slug).or_default() += 1;
        }
        let row = |(slug, links): (&str, i32)| site_link::Model {
            id: SiteLinkId::new(),
            article_id: article.id,
            slug: slug.to_owned(),
            links,
            state: self.pages.get(slug).copied().unwrap_or(SiteLinkState::Unknown),
        };
        counted.into_iter().map(row).collect()
    }
}

/// An address as the database looks it up: addresses may be longer than an index takes.
pub(crate) fn digest(address: &str) -> String {
    let hash = Sha256::digest(address.as_bytes());
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Which live articles would lose a link if an article went away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// By a related link that editors set.
    Related,
    /// In their bodies.
    Body,
}

/// A page of the live articles that link to a draft's article in this way, oldest first.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn linking(cx: &Cx, draft: DraftId, way: Way, page: &Page) -> Result<Slice<ArticleId>, AppError> {
    cx.may(Task::ReadDesk)?;
    match way {
        Way::Related => Ok(store::link::in_related(cx.reader(), draft, page).await?),
        Way::Body => {
            let (slugs, own) = slugs_to(cx.reader(), draft).await?;
            Ok(store::link::in_bodies(cx.reader(), &slugs, own, page).await?)
        }
    }
}

/// How many live articles link to a draft's article in this way.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn count_linking(cx: &Cx, draft: DraftId, way: Way) -> Result<u64, AppError> {
    cx.may(Task::ReadDesk)?;
    match way {
        Way::Related => Ok(store::link::count_in_related(cx.reader(), draft).await?),
        Way::Body => {
            let (slugs, own) = slugs_to(cx.reader(), draft).await?;
            Ok(store::link::count_in_bodies(cx.reader(), &slugs, own).await?)
        }
    }
}

async fn slugs_to(source: &impl store::Source, draft: DraftId) -> Result<(Vec<String>, Option<ArticleId>), AppError> {
    let article = store::article::of_draft(source, draft).await?.map(|row| row.id);
    Ok((store::link::slugs_leading_to(source, draft, article).await?, article))
}

/// A page of the links inside the site that stand like one of these, oldest first.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn site_links(cx: &Cx, states: &[SiteLinkState], page: &Page) -> Result<Slice<site_link::Model>, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::link::site_links(cx.reader(), states, page).await?)
}

/// How many links inside the site stand like one of these.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn count_site_links(cx: &Cx, states: &[SiteLinkState]) -> Result<u64, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::link::count_site_links(cx.reader(), states).await?)
}

/// How many articles an event names.
const NAMED: u64 = 100;

/// What the log is told of who linked to an article that goes away.
pub(crate) async fn left_behind(tx: &Tx, draft: DraftId, event: NewEvent) -> Result<NewEvent, AppError> {
    let page = Page::first(NAMED);
    let (slugs, own) = slugs_to(tx, draft).await?;
    let ids = |slice: Slice<ArticleId>| -> Vec<String> { slice.items.iter().map(|(_, id)| id.to_string()).collect() };
    let related = ids(store::link::in_related(tx, draft, &page).await?);
    let bodies = ids(store::link::in_bodies(tx, &slugs, own, &page).await?);
    let (in_related, in_bodies) = (store::link::count_in_related(tx, draft).await?, store::link::count_in_bodies(tx, &slugs, own).await?);
    Ok(event
        .detail("linkedFromRelated", related)
        .detail("linkedFromRelatedCount", in_related)
        .detail("linkedFromBodies", bodies)
        .detail("linkedFromBodiesCount", in_bodies))
}

/// Those of these articles that are live, by id. Their drafts, and those other ones, are locked first, as by
/// everybody who changes what readers get: an edition that is on its way is waited for.
pub(crate) async fn taken(tx: &Tx, ids: &[ArticleId], mut drafts: Vec<DraftId>) -> Result<Vec<article::Model>, AppError> {
    if !ids.is_empty() {
        drafts.extend(store::article::many(tx, ids).await?.iter().map(|row| row.draft_id));
    }
    store::draft::lock_all(tx, &drafts).await?;
    let mut rows = if ids.is_empty() { Vec::new() } else { store::article::many(tx, ids).await? };
    rows.retain(|row| row.state == ArticleState::Live);
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// How many articles are brought up to date at a time after an upgrade.
const BATCH: u64 = 20;

/// Raised when more, or something else, is to be known of live articles: they are then looked at anew.
pub(crate) const VERSION: i32 = 3;

/// Looks at live articles that an older version of this program published. Says whether there were any.
///
/// # Errors
/// When the database does not answer.
pub async fn catch_up(cx: &Cx) -> Result<bool, AppError> {
    if store::article::behind(cx.aside(), VERSION, 1).await?.is_empty() {
        return Ok(false);
    }
    let tx = cx.begin_long().await?;
    let ids: Vec<ArticleId> = store::article::behind(&tx, VERSION, BATCH).await?.iter().map(|row| row.id).collect();
    let rows = taken(&tx, &ids, Vec::new()).await?;
    let policies = Policies::held(&tx).await?;
    let (mut moved, mut changed) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let rules = policies.rules(row.affiliate_policy_id, Some(row.section_id));
        let mut links = store::revision::links(&tx, &[row.revision_id]).await?;
        super::revision::place_links(&cx.desk.site.url, &mut links);
        store::link::keep_places(&tx, &links).await?;
        // This version may know more networks.
        let related = store::related::of(&tx, &[row.draft_id]).await?;
        let judged = affiliate::rejudge_article(&tx, &row, &mut links, &related, &rules).await?;
        if judged.is_news {
            changed.push(row.id.to_string());
        }
        store::article::caught_up(&tx, row.id, VERSION).await?;
        moved.push(Moved::Restated { was_due: row.has_disclosure, at: cx.now, article: judged.article });
    }
    settle(cx, &tx, &moved).await?;
    let articles: Vec<&article::Model> = moved.iter().map(Moved::article).collect();
    subject::refresh(cx, &tx, &articles, &[], |_| true).await?;
    search::index(cx, &tx, &articles, |_| true).await?;
    let event = if changed.is_empty() {
        let summary = format!("The server looked at {} live article(s) as this version of it does", ids.len());
        NewEvent::new(EventType::ArticlesIndexed, summary).detail("articles", ids.len())
    } else {
        let summary = format!("The server judged the links of {} live article(s) by the networks that it knows now", changed.len());
        NewEvent::new(EventType::AffiliatePolicyChanged, summary).detail("articles", changed.len()).detail("articleIds", changed)
    };
    cx.commit(tx, event).await?;
    Ok(true)
}
