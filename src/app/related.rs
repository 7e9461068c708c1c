//! Related links: what readers go on with.

use chrono::TimeDelta;
use entity::enums::{EventType, RelatedKind};
use entity::ids::{DraftId, RelatedLinkId};
use entity::{article, draft, related_link};

use super::affiliate::{self, Policies};
use super::bearing::{self, Moved};
use super::facts::{self, Facts};
use super::fresh::{gathered, spread};
use super::{AppError, Cx};
use crate::domain::affiliate as detector;
use crate::domain::body::own_slug;
use crate::domain::dep::Dep;
use crate::domain::event::NewEvent;
use crate::domain::page::{Page, Slice};
use crate::domain::refusal::Complaints;
use crate::domain::slug::Slug;
use crate::domain::workflow::Move;
use crate::domain::{related, text};
use crate::store::{self, Reader, Tx};

/// How many of the newest links to an article are looked at when readers ask what it is to others.
const MOST_SHOWN: u64 = 100;

/// A link as somebody types it.
#[derive(Clone, Debug)]
pub struct Typed {
    /// What the target is to the article.
    pub kind: RelatedKind,
    /// The draft of the article that is meant.
    pub draft: Option<DraftId>,
    /// A page elsewhere; parsed already.
    pub url: Option<String>,
    /// In place of the target's own.
    pub title: Option<String>,
    /// For readers.
    pub note: Option<String>,
}

/// Replaces a draft's related links. Readers see the new list at once.
///
/// # Errors
/// `NotFound`, `Forbidden`, `InvalidTransition`, `BadInput`.
pub async fn set(cx: &Cx, id: DraftId, typed: Vec<Typed>) -> Result<draft::Model, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    let targets: Vec<DraftId> = typed.iter().filter_map(|link| link.draft).collect();
    let known = if targets.is_empty() { Vec::new() } else { store::draft::many(&tx, &targets).await? };
    if targets.iter().any(|target| !known.iter().any(|draft| draft.id == *target)) {
        return Err(AppError::not_found("draft"));
    }
    let step = facts.step(staff, Move::Relate)?;
    let typed = at_home(cx, &tx, typed).await?;
    let mut links = parse(id, &typed)?;
    let rules = Policies::load(&tx).await?.rules(facts.revision.affiliate_policy_id, facts.revision.section_id);
    for link in &mut links {
        link.network = link.url.as_deref().and_then(|url| affiliate::network_of(url, &rules));
    }

    let before = store::related::of(&tx, &[id]).await?;
    let same = before.len() == links.len()
        && before.iter().zip(&links).all(|(old, new)| related_link::Model { id: old.id, network: old.network.clone(), ..new.clone() } == *old);
    if same {
        return Ok(facts.draft);
    }
    let count = links.len();
    store::related::replace(&tx, id, links.clone()).await?;
    let mut next = facts.draft.clone();
    next.updated_at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
    let summary = format!("{} set {count} related link(s)", staff.user.name);
    let event = NewEvent::new(EventType::RelatedLinksChanged, summary)
        .draft(id)
        .article(draft.article_id)
        .revision(draft.revision_id)
        .detail("links", count);
    let moved = restated(cx, &tx, &facts, &links).await?;
    bearing::commit(cx, tx, &moved, vec![event]).await?;
    Ok(draft)
}

/// The links with those to articles of this site that were typed as URLs: they follow their article from
/// now on, wherever it stands, and wait for it where it is not live.
async fn at_home(cx: &Cx, tx: &Tx, mut typed: Vec<Typed>) -> Result<Vec<Typed>, AppError> {
    let site = &cx.desk.site.url;
    let slug_of = |link: &Typed| link.url.as_deref().and_then(|url| own_slug(url, site)).filter(|slug| Slug::is_one(slug));
    let slugs: Vec<String> = typed.iter().filter_map(slug_of).collect();
    if slugs.is_empty() {
        return Ok(typed);
    }
    let known = store::slug::many(tx, &slugs).await?;
    for link in &mut typed {
        let Some(slug) = slug_of(link) else { continue };
        if let Some(row) = known.iter().find(|row| row.slug == slug) {
            (link.draft, link.url) = (Some(row.draft_id), None);
        }
    }
    Ok(typed)
}

/// What changes for the readers of a live article: whether it earns a commission, and hence what they are
/// told of that.
async fn restated(cx: &Cx, tx: &Tx, facts: &Facts, links: &[related_link::Model]) -> Result<Vec<Moved>, AppError> {
    let Some(article) = store::article::of_draft(tx, facts.draft.id).await?.filter(|_| facts.draft.is_live) else {
        return Ok(Vec::new());
    };
    let body = store::revision::links(tx, &[article.revision_id]).await?;
    let rules = Policies::held(tx).await?.rules(article.affiliate_policy_id, Some(article.section_id));
    let earns = affiliate::earns(&body, links, &rules);
    let due = affiliate::is_due(article.affiliate_flag, earns);
    let was_due = article.has_disclosure;
    if (earns, due) != (article.has_affiliate_links, was_due) {
        store::affiliate::restate(tx, article.id, earns, due).await?;
    }
    let article = article::Model { has_affiliate_links: earns, has_disclosure: due, ..article };
    Ok(vec![Moved::Restated { article, was_due, at: cx.now }])
}

fn parse(id: DraftId, typed: &[Typed]) -> Result<Vec<related_link::Model>, AppError> {
    let mut complaints = Complaints::default();
    if typed.len() > related::MOST {
        complaints.add("links", format!("has {} links; at most {} are taken", typed.len(), related::MOST));
    }
    let mut links: Vec<related_link::Model> = Vec::new();
    for (position, link) in (0..).zip(typed) {
        let at = |field: &str| format!("links.{position}{field}");
        if link.draft.is_some() == link.url.is_some() {
            complaints.add(at(""), "needs exactly one of draftId and url");
        }
        if link.draft == Some(id) {
            complaints.add(at(".draftId"), "is the draft itself; name another one");
        }
        let address = |url: &Option<String>| url.as_deref().and_then(detector::place).map(|place| place.exact);
        if links.iter().any(|known| known.target_draft_id == link.draft && address(&known.url) == address(&link.url)) {
            complaints.add(at(""), "is in the list twice; keep one of them");
        }
        let title = complaints.take(&at(".title"), text::optional_line(link.title.as_deref(), 300)).flatten();
        let note = complaints.take(&at(".note"), text::optional_line(link.note.as_deref(), 1000)).flatten();
        links.push(related_link::Model {
            id: RelatedLinkId::new(),
            draft_id: id,
            position,
            kind: link.kind,
            target_draft_id: link.draft,
            url: link.url.clone(),
            title,
            note,
            network: None,
        });
    }
    complaints.refuse()?;
    Ok(links)
}

/// The related links that point to these drafts from articles that are live.
///
/// # Errors
/// When the database does not answer.
pub async fn pointing_to(cx: &Cx, drafts: &[DraftId]) -> Result<Vec<(DraftId, related_link::Model)>, AppError> {
    let load = async |reader: &Reader, drafts: Vec<DraftId>| {
        let rows = store::related::pointing_to_from_live(reader, &drafts, MOST_SHOWN).await?;
        Ok(gathered(&drafts, rows.into_iter().filter_map(|row| Some((row.target_draft_id?, row)))))
    };
    let found = cx.desk.fresh.rows.linked_from.many(cx, drafts, |id, _| vec![Dep::LinkedFrom(*id)], load).await?;
    Ok(spread(found))
}

/// A page of the drafts whose related links point to each of these; nothing for who may not read drafts.
///
/// # Errors
/// When the database does not answer.
pub async fn drafts_pointing_to(cx: &Cx, drafts: &[DraftId], page: &Page) -> Result<Vec<(DraftId, Slice<DraftId>)>, AppError> {
    if !cx.reads_desk() {
        return Ok(Vec::new());
    }
    Ok(store::related::pages_pointing_to(cx.reader(), drafts, page).await?)
}

/// How many drafts point to each of these.
///
/// # Errors
/// When the database does not answer.
pub async fn counts_pointing_to(cx: &Cx, drafts: &[DraftId]) -> Result<Vec<(DraftId, u64)>, AppError> {
    Ok(store::related::counts_pointing_to(cx.reader(), drafts).await?)
}

/// The related links of these drafts, each draft's in its order.
///
/// # Errors
/// When the database does not answer.
pub async fn of(cx: &Cx, drafts: &[DraftId]) -> Result<Vec<related_link::Model>, AppError> {
    let load = async |reader: &Reader, drafts: Vec<DraftId>| {
        let rows = store::related::of(reader, &drafts).await?;
        Ok(gathered(&drafts, rows.into_iter().map(|row| (row.draft_id, row))))
    };
    let found = cx.desk.fresh.rows.related.many(cx, drafts, |id, _| vec![Dep::Related(*id)], load).await?;
    Ok(found.into_iter().flat_map(|(_, rows)| rows).collect())
}
