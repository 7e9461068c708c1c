//! Previews: what one revision would look like to readers, for whoever holds the token.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{ArticleState, DraftState, EventType};
use entity::ids::{ArticleId, DraftId, EditionId, PreviewId, TagId};
use entity::{article, draft, preview, revision, tag};

use super::account::{hash_of, secret};
use super::schedule::minute;
use super::{AppError, Cx, affiliate, facts};
use crate::domain::checks::{Check, CheckCode, CheckSeverity};
use crate::domain::event::NewEvent;
use crate::domain::refusal::Refusal;
use crate::domain::slug::Slug;
use crate::domain::workflow::Move;
use crate::store;

/// The longest that a preview is good for, in minutes: 30 days.
const LONGEST: i32 = 30 * 24 * 60;
/// What a preview's token begins with.
const TOKEN: &str = "cdp_";

/// A preview as its maker gets it.
pub struct Made {
    /// For the address; shown this once.
    pub token: String,
    /// Where the page is.
    pub url: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Makes a preview of one revision, the newest where none is named.
///
/// # Errors
/// `NotFound`, `InvalidTransition`, `StaleRevision` where the revision does not exist, `BadInput`,
/// `ChecksFailed` for a revision without a section.
pub async fn create(cx: &Cx, id: DraftId, number: Option<i32>, minutes: i32) -> Result<Made, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    facts.step(staff, Move::Annotate)?;
    let revision = match number {
        None => facts.revision.clone(),
        Some(number) => match store::revision::numbered(&tx, id, number).await? {
            Some(revision) => revision,
            None => return Err(facts.stale(&tx, Vec::new()).await),
        },
    };
    if !(1..=LONGEST).contains(&minutes) {
        let message = format!("is {minutes}; a preview is good for 1 to {LONGEST} minutes (30 days)");
        return Err(AppError::field("expiresInMinutes", message));
    }
    if revision.section_id.is_none() {
        let message = format!("Revision {} has no section; choose one, and preview that revision.", revision.number);
        let check = Check { code: CheckCode::Section, severity: CheckSeverity::Blocker, passed: false, message };
        return Err(AppError::Refused(Refusal::ChecksFailed(vec![check])));
    }
    let token = format!("{TOKEN}{}", secret()?);
    let expires_at = cx.now + TimeDelta::minutes(minutes.into());
    let row = preview::Model {
        id: PreviewId::new(),
        token_hash: hash_of(&token),
        draft_id: id,
        revision_id: revision.id,
        created_by: staff.user.id,
        created_at: cx.now,
        expires_at,
    };
    let row = store::preview::insert(&tx, row).await?;
    let summary = format!("{} made a preview of revision {}, good until {}", staff.user.name, revision.number, minute(expires_at));
    let event = NewEvent::new(EventType::PreviewCreated, summary)
        .draft(id)
        .article(facts.draft.article_id)
        .revision(revision.id)
        .detail("previewId", row.id.to_string())
        .detail("revision", revision.number)
        .detail("expiresAt", super::schedule::instant(expires_at));
    cx.commit(tx, event).await?;
    Ok(Made { url: cx.desk.site.page(&format!("preview/{token}")), token, expires_at })
}

/// A revision as readers would see it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its id, which no other query knows.
    pub id: PreviewId,
    /// The revision.
    pub revision: revision::Model,
    /// The article that is live of the same draft, if there is one.
    pub live: Option<ArticleId>,
    /// The article as it would be.
    pub article: article::Model,
    /// Its tags. One that no live article has yet gets an id of its own, which no other query knows.
    pub tags: Vec<tag::Model>,
}

/// What a token shows. Wrong, expired and foreign tokens show nothing, and so do those of drafts that
/// were retracted or laid aside.
///
/// # Errors
/// When the database does not answer.
pub async fn show(cx: &Cx, token: &str) -> Result<Option<Shown>, AppError> {
    let row = store::preview::by_hash(cx.reader(), &hash_of(token)).await?.filter(|row| row.expires_at > cx.now);
    let Some(row) = row else { return Ok(None) };
    let draft = store::draft::get(cx.reader(), row.draft_id).await?;
    let draft = draft.filter(|draft| !matches!(draft.state, DraftState::Retracted | DraftState::Archived));
    let revision = store::revision::many(cx.reader(), &[row.revision_id]).await?.pop();
    let Some((draft, revision)) = draft.zip(revision) else { return Ok(None) };
    let Some(section_id) = revision.section_id else { return Ok(None) };
    let before = store::article::of_draft(cx.reader(), draft.id).await?;
    let at = planned(cx, &draft).await?.unwrap_or(cx.now);
    let links = store::revision::links(cx.reader(), &[revision.id]).await?;
    let related = store::related::of(cx.reader(), &[draft.id]).await?;
    let rules = affiliate::policies(cx).await?.rules(revision.affiliate_policy_id, Some(section_id));
    let earns = affiliate::earns(&links, &related, &rules);
    let article = article::Model {
        id: ArticleId::default(),
        draft_id: draft.id,
        state: ArticleState::Live,
        slug: revision.slug.clone(),
        edition_id: EditionId::default(),
        edition_number: before.as_ref().map_or(1, |article| article.edition_number + 1),
        revision_id: revision.id,
        headline: revision.headline.clone(),
        dek: revision.dek.clone(),
        section_id,
        hero_image_id: revision.hero_image_id,
        seo_title: revision.seo_title.clone(),
        seo_description: revision.seo_description.clone(),
        canonical_url: revision.canonical_url.clone(),
        has_disclosure: affiliate::is_due(revision.affiliate_flag, earns),
        affiliate_policy_id: revision.affiliate_policy_id,
        published_at: at,
        updated_at: at,
        unpublished_at: None,
        redirect_to_id: None,
        retraction_notice: None,
        retracted_at: None,
        affiliate_flag: revision.affiliate_flag,
        has_affiliate_links: earns,
        index_version: 0,
    };
    let live = before.filter(|article| article.state == ArticleState::Live).map(|article| article.id);
    let tags = tags_of(cx, &revision).await?;
    Ok(Some(Shown { id: row.id, revision, live, article, tags }))
}

async fn tags_of(cx: &Cx, revision: &revision::Model) -> Result<Vec<tag::Model>, AppError> {
    let mut tags: Vec<tag::Model> = Vec::new();
    for name in super::revision::tags(revision) {
        let slug = Slug::parse(&name).unwrap_or_else(|| Slug::from_headline(&name)).into_string();
        if !tags.iter().any(|tag| tag.slug == slug) {
            tags.push(tag::Model { id: TagId(uuid::Uuid::nil()), slug, name, created_at: cx.now });
        }
    }
    let slugs: Vec<String> = tags.iter().map(|tag| tag.slug.clone()).collect();
    let known = if slugs.is_empty() { Vec::new() } else { store::author::tags_by_slugs(cx.reader(), &slugs).await? };
    for tag in &mut tags {
        match known.iter().find(|known| known.slug == tag.slug) {
            Some(known) => tag.clone_from(known),
            // The same in every answer, or a client's cache would take one tag for many.
            None => tag.id = TagId(unseen(&tag.slug)),
        }
    }
    Ok(tags)
}

fn unseen(slug: &str) -> uuid::Uuid {
    let digest = hash_of(slug);
    let bytes: [u8; 16] = digest.get(..16).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// When the draft is to go live, by itself or with a release.
async fn planned(cx: &Cx, draft: &draft::Model) -> Result<Option<DateTime<Utc>>, AppError> {
    let own = store::schedule::of(cx.reader(), &[draft.id]).await?.pop().and_then(|row| row.publish_at);
    if own.is_some() {
        return Ok(own);
    }
    let releases = store::release::planned(cx.reader(), &[draft.id]).await?;
    Ok(releases.into_iter().find_map(|(_, release)| release.publish_at))
}

/// Removes previews that have expired; how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(cx: &Cx) -> Result<u64, AppError> {
    let tx = cx.begin().await?;
    let swept = store::preview::sweep(&tx, cx.now).await?;
    tx.commit_unlogged().await?;
    Ok(swept)
}
