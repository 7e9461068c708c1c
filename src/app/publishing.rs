//! The one gate to readers: whatever goes live goes through [`put_before_readers`], which writes an
//! edition only with a gate on record; the database refuses any other.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{ArticleState, CorrectionKind, EventType, GateKind};
use entity::ids::{ArticleId, AuthorId, DraftId, EditionId, GateId, TagId};
use entity::{article, draft, edition, gate, revision, tag};

use super::facts::{self, Facts};
use super::revision as app;
use super::{AppError, Cx, affiliate};
use crate::domain::event::NewEvent;
use crate::domain::refusal::{Complaints, Refusal};
use crate::domain::slug::Slug;
use crate::domain::workflow::Move;
use crate::domain::{review, text};
use crate::store::{self, StoreError, Tx};

/// A note to readers on what is new in an edition.
#[derive(Clone, Debug)]
pub struct Correction {
    /// What it tells of.
    pub kind: CorrectionKind,
    /// In words.
    pub note: String,
}

/// Publishes the newest revision: approved, or by a publisher's word with its reason.
///
/// # Errors
/// As the contract has them, in the order of product.md.
pub async fn publish(
    cx: &Cx,
    id: DraftId,
    seen: i32,
    correction: Option<Correction>,
    override_reason: Option<String>,
) -> Result<(article::Model, draft::Model), AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    let by = if override_reason.is_some() { Move::PublishOverride } else { Move::Publish };
    let step = facts.step(staff, by)?;
    facts.must_be_at(&tx, seen).await?;
    let mut complaints = Complaints::default();
    let reason = override_reason.and_then(|typed| complaints.take("override.reason", text::prose(&typed, 2000)));
    let correction = correction.map(|typed| Correction {
        note: complaints.take("correction.note", text::prose(&typed.note, 2000)).unwrap_or_default(),
        kind: typed.kind,
    });
    complaints.refuse()?;
    facts.refuse_blockers()?;
    let at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    let kind = if by == Move::PublishOverride { GateKind::Override } else { GateKind::Approved };
    let gate = pass(cx, &tx, &facts, kind, reason.clone(), at).await?;
    let edition = Edition { gate, correction: correction.clone(), published_at: at, first_published_at: at };
    let mut next = facts.draft.clone();
    next.updated_at = at;
    let content = Approved { revision: &facts.revision, byline: &facts.byline };
    let (article, next) = put_before_readers(cx, &tx, content, edition, next).await?;
    let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
    let (event_kind, verb) = match (by, article.edition_number) {
        (Move::PublishOverride, _) => (EventType::PublishOverridden, "published without approvals"),
        (_, 1) => (EventType::ArticlePublished, "published"),
        _ => (EventType::ArticleUpdated, "published a new edition of"),
    };
    let event = NewEvent::new(event_kind, format!("{} {verb} '{}'.", staff.user.name, article.headline))
        .draft(id)
        .article(Some(article.id))
        .revision(article.revision_id)
        .detail("edition", article.edition_number)
        .detail("editionId", article.edition_id.to_string())
        .detail("slug", article.slug.clone())
        .detail("reason", reason)
        .detail("correction", correction.map(|correction| correction.kind.as_str()));
    cx.commit(tx, event).await?;
    Ok((article, draft))
}

/// Puts the proof on record that a revision may go to readers.
async fn pass(cx: &Cx, tx: &Tx, facts: &Facts, kind: GateKind, reason: Option<String>, at: DateTime<Utc>) -> Result<GateId, AppError> {
    let missing = || AppError::Refused(Refusal::ApprovalsMissing(review::missing(&facts.progress)));
    if kind == GateKind::Approved {
        // An article that was taken away comes back by the gate that its revision passed before.
        if let Some(passed) = store::publishing::gate_of(tx, facts.revision.id).await? {
            return Ok(passed.id);
        }
        if facts.progress.is_empty() || !review::missing(&facts.progress).is_empty() {
            return Err(missing());
        }
    }
    let row = gate::Model {
        id: GateId::new(),
        draft_id: facts.draft.id,
        revision_id: facts.revision.id,
        kind,
        round: facts.draft.round,
        reason,
        passed_by: cx.user_id(),
        created_at: at,
    };
    let passed = store::publishing::pass(tx, row).await.map_err(|error| match error {
        StoreError::Constraint("tr_gates_proven") => missing(),
        other => other.into(),
    })?;
    Ok(passed.id)
}

/// What an edition is to be.
pub(crate) struct Edition {
    pub(crate) gate: GateId,
    pub(crate) correction: Option<Correction>,
    pub(crate) published_at: DateTime<Utc>,
    /// When it first went live, where this is the first edition.
    pub(crate) first_published_at: DateTime<Utc>,
}

/// What goes live: a revision that passed its gate, with its byline.
#[derive(Clone, Copy)]
pub(crate) struct Approved<'a> {
    pub(crate) revision: &'a revision::Model,
    pub(crate) byline: &'a [AuthorId],
}

/// Writes the edition and the article that readers see; gives the draft as it stands then.
pub(crate) async fn put_before_readers(
    cx: &Cx,
    tx: &Tx,
    content: Approved<'_>,
    wanted: Edition,
    mut next: draft::Model,
) -> Result<(article::Model, draft::Model), AppError> {
    let Approved { revision, byline } = content;
    let section = revision.section_id.ok_or_else(|| AppError::Fault(format!("{} has no section", next.id)))?;
    let before = match next.article_id {
        Some(_) => store::article::of_draft(tx, next.id).await?,
        None => None,
    };
    let article_id = before.as_ref().map_or_else(ArticleId::new, |article| article.id);
    let has_disclosure = affiliate::is_due(revision.affiliate_flag, revision.has_affiliate_links);
    let policy = match revision.affiliate_policy_id {
        Some(id) => store::affiliate::get(tx, id).await?,
        None => store::affiliate::default(tx).await?,
    }
    .filter(|_| has_disclosure);
    let edition = edition::Model {
        id: EditionId::new(),
        article_id,
        number: before.as_ref().map_or(1, |article| article.edition_number + 1),
        revision_id: revision.id,
        gate_id: wanted.gate,
        headline: revision.headline.clone(),
        published_at: wanted.published_at,
        published_by: cx.user_id(),
        correction_kind: wanted.correction.as_ref().map(|correction| correction.kind),
        correction_note: wanted.correction.map(|correction| correction.note),
        disclosure_policy_id: policy.as_ref().map(|policy| policy.id),
        disclosure_version: policy.as_ref().map(|policy| policy.version),
        disclosure_html: policy.as_ref().map(|policy| policy.disclosure_html.clone()),
        disclosure_text: policy.as_ref().map(|policy| policy.disclosure_text.clone()),
        disclosure_url: policy.as_ref().and_then(|policy| policy.policy_url.clone()),
        disclosure_placement: policy.as_ref().map(|policy| policy.placement),
    };
    let article = article::Model {
        id: article_id,
        draft_id: next.id,
        state: ArticleState::Live,
        slug: revision.slug.clone(),
        edition_id: edition.id,
        edition_number: edition.number,
        revision_id: revision.id,
        headline: revision.headline.clone(),
        dek: revision.dek.clone(),
        section_id: section,
        hero_image_id: revision.hero_image_id,
        seo_title: revision.seo_title.clone(),
        seo_description: revision.seo_description.clone(),
        canonical_url: revision.canonical_url.clone(),
        has_disclosure,
        affiliate_policy_id: revision.affiliate_policy_id,
        published_at: before.map_or(wanted.first_published_at, |article| article.published_at),
        updated_at: wanted.published_at,
        unpublished_at: None,
        redirect_to_id: None,
        retraction_notice: None,
        retracted_at: None,
    };
    let tags = take_tags(cx, tx, &app::tags(revision)).await?;
    let article = store::publishing::publish(tx, edition, article, byline, &tags).await?;
    next.article_id = Some(article.id);
    next.is_live = true;
    next.published_revision = Some(revision.number);
    Ok((article, next))
}

/// The tags' rows; tags that differ only in what a URL drops are one.
async fn take_tags(cx: &Cx, tx: &Tx, names: &[String]) -> Result<Vec<TagId>, AppError> {
    let mut rows: Vec<tag::Model> = Vec::new();
    for name in names {
        let slug = Slug::parse(name).unwrap_or_else(|| Slug::from_headline(name)).into_string();
        if !rows.iter().any(|row| row.slug == slug) {
            rows.push(tag::Model { id: TagId::new(), slug, name: name.clone(), created_at: cx.now });
        }
    }
    Ok(store::author::take_tags(tx, rows).await?.into_iter().map(|row| row.id).collect())
}

/// Takes an article away from readers; its slug may lead to another live article instead.
///
/// # Errors
/// `NotFound`, `Forbidden`, `InvalidTransition`, `BadInput`.
pub async fn unpublish(cx: &Cx, id: DraftId, reason: &str, redirect: Option<ArticleId>) -> Result<draft::Model, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    let target = match redirect {
        Some(target) => {
            let live = store::article::many(&tx, &[target]).await?.pop().filter(|row| row.state == ArticleState::Live);
            Some(live.ok_or_else(|| AppError::not_found("live article"))?)
        }
        None => None,
    };
    let step = facts.step(staff, Move::Unpublish)?;
    let mut complaints = Complaints::default();
    let reason = complaints.take("reason", text::prose(reason, 2000));
    if target.as_ref().is_some_and(|target| target.draft_id == id) {
        complaints.add("redirectToArticleId", "is the article itself; name another one");
    }
    complaints.refuse()?;
    let article = facts.draft.article_id.ok_or_else(|| AppError::Fault(format!("{id} is live without an article")))?;
    let at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    store::publishing::unpublish(&tx, article, target.as_ref().map(|target| target.id), at).await?;
    let mut next = facts.draft.clone();
    next.is_live = false;
    next.updated_at = at;
    let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
    let event = NewEvent::new(EventType::ArticleUnpublished, format!("{} unpublished '{}'.", staff.user.name, draft.headline))
        .draft(id)
        .article(Some(article))
        .revision(draft.revision_id)
        .detail("reason", reason)
        .detail("redirectToArticleId", target.map(|target| target.id.to_string()));
    cx.commit(tx, event).await?;
    Ok(draft)
}
