//! The one gate to readers: whatever goes live goes through [`put_before_readers`], which writes an
//! edition only with a gate on record; the database refuses any other.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{ArticleState, CorrectionKind, EventType, GateKind};
use entity::ids::{ArticleId, AuthorId, DraftId, EditionId, GateId, TagId, UserId};
use entity::{article, draft, edition, gate, release, revision, tag};

use super::facts::{self, Facts};
use super::revision as app;
use super::affiliate::{self, Policies};
use super::bearing::{self, Moved};
use super::{AppError, Cx, Staff};
use crate::domain::event::NewEvent;
use crate::domain::refusal::{Complaints, Refusal};
use crate::domain::slug::Slug;
use crate::domain::workflow::{Move, Step};
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

impl Correction {
    pub(crate) fn parse(self, complaints: &mut Complaints) -> Option<Self> {
        let note = complaints.take("correction.note", text::prose(&self.note, 2000))?;
        Some(Self { note, ..self })
    }
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
    let correction = correction.and_then(|typed| typed.parse(&mut complaints));
    complaints.refuse()?;
    let how = Going { by: staff, step, reason, correction, with: With::Nobody, at: cx.now };
    let (article, draft, event) = go_live(cx, &tx, &facts, how).await?;
    bearing::commit(cx, tx, &[Moved::live(&article)], vec![event]).await?;
    Ok((article, draft))
}

/// What sends a revision to readers.
#[derive(Clone, Copy)]
pub(crate) enum With<'a> {
    /// A publisher, now.
    Nobody,
    /// Its time has come.
    Schedule,
    /// The others of a release.
    Release(&'a release::Model),
}

/// How a revision goes live.
pub(crate) struct Going<'a> {
    /// Who answers for it.
    pub(crate) by: &'a Staff,
    pub(crate) step: Step,
    /// Why it needs no approvals, where it goes by a publisher's word.
    pub(crate) reason: Option<String>,
    pub(crate) correction: Option<Correction>,
    pub(crate) with: With<'a>,
    pub(crate) at: DateTime<Utc>,
}

/// Sends the newest revision through the gate and to the readers; gives what the log is to be told. The
/// transaction ends with [`bearing::commit`], which is told of the article.
pub(crate) async fn go_live(
    cx: &Cx,
    tx: &Tx,
    facts: &Facts,
    how: Going<'_>,
) -> Result<(article::Model, draft::Model, NewEvent), AppError> {
    facts.refuse_blockers()?;
    let Going { by, step, reason, correction, with, at } = how;
    let at = at.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    let kind = if reason.is_some() { GateKind::Override } else { GateKind::Approved };
    let gate = pass(tx, facts, kind, reason.clone(), by.user.id, at).await?;
    let edition =
        Edition { gate, correction: correction.clone(), published_at: at, first_published_at: at, by: Some(by.user.id) };
    let mut next = facts.draft.clone();
    next.updated_at = at;
    let content = Approved { revision: &facts.revision, byline: &facts.byline };
    let (article, next) = put_before_readers(cx, tx, content, edition, next).await?;
    let draft = store::draft::take(tx, &facts.draft, next, step).await?;
    let kind = match (kind, article.edition_number) {
        (GateKind::Override, _) => EventType::PublishOverridden,
        (_, 1) => EventType::ArticlePublished,
        _ => EventType::ArticleUpdated,
    };
    let what = format!("revision {} as edition {}", facts.revision.number, article.edition_number);
    let summary = match (with, &reason) {
        (With::Schedule, _) => format!("The server published {what}, as {} had scheduled it", by.user.name),
        (With::Release(release), _) if cx.user_id().is_none() => {
            format!("The server published {what} with the release '{}'", release.name)
        }
        (With::Release(release), _) => format!("{} published {what} with the release '{}'", by.user.name, release.name),
        (With::Nobody, Some(reason)) => format!("{} published {what} without approvals: {reason}", by.user.name),
        (With::Nobody, None) => format!("{} published {what}", by.user.name),
    };
    let release = if let With::Release(release) = with { Some(release.id.to_string()) } else { None };
    let event = NewEvent::new(kind, summary)
        .draft(draft.id)
        .article(Some(article.id))
        .revision(article.revision_id)
        .detail("revision", facts.revision.number)
        .detail("edition", article.edition_number)
        .detail("editionId", article.edition_id.to_string())
        .detail("slug", article.slug.clone())
        .detail("reason", reason)
        .detail("scheduledBy", matches!(with, With::Schedule).then(|| by.user.id.to_string()))
        .detail("releaseId", release)
        .detail("correction", correction.as_ref().map(|correction| correction.kind.as_str()))
        .detail("correctionNote", correction.map(|correction| correction.note));
    Ok((article, draft, event))
}

/// Puts the proof on record that a revision may go to readers.
async fn pass(
    tx: &Tx,
    facts: &Facts,
    kind: GateKind,
    reason: Option<String>,
    by: UserId,
    at: DateTime<Utc>,
) -> Result<GateId, AppError> {
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
        passed_by: Some(by),
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
    /// Who answers for it.
    pub(crate) by: Option<UserId>,
}

/// What goes live: a revision that passed its gate, with its byline.
#[derive(Clone, Copy)]
pub(crate) struct Approved<'a> {
    pub(crate) revision: &'a revision::Model,
    pub(crate) byline: &'a [AuthorId],
}

/// Writes the edition and the article that readers see; gives the draft as it stands then. Its links are
/// judged by the rules of today, whatever held when the revision was written.
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
    let policies = Policies::held(tx).await?;
    let rules = policies.rules(revision.affiliate_policy_id, Some(section));
    let mut links = store::revision::links(tx, &[revision.id]).await?;
    app::rejudge(tx, revision.id, &mut links, &rules).await?;
    let related = store::related::of(tx, &[next.id]).await?;
    let has_affiliate_links = affiliate::earns(&links, &related, &rules);
    let has_disclosure = affiliate::is_due(revision.affiliate_flag, has_affiliate_links);
    let policy = policies.of(revision.affiliate_policy_id, Some(section)).filter(|_| has_disclosure);
    let edition = edition::Model {
        id: EditionId::new(),
        article_id,
        number: before.as_ref().map_or(1, |article| article.edition_number + 1),
        revision_id: revision.id,
        gate_id: wanted.gate,
        headline: revision.headline.clone(),
        published_at: wanted.published_at,
        published_by: wanted.by,
        correction_kind: wanted.correction.as_ref().map(|correction| correction.kind),
        correction_note: wanted.correction.map(|correction| correction.note),
        disclosure_policy_id: policy.map(|policy| policy.id),
        disclosure_version: policy.map(|policy| policy.version),
        disclosure_html: policy.map(|policy| policy.disclosure_html.clone()),
        disclosure_text: policy.map(|policy| policy.disclosure_text.clone()),
        disclosure_url: policy.and_then(|policy| policy.policy_url.clone()),
        disclosure_placement: policy.map(|policy| policy.placement),
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
        affiliate_flag: revision.affiliate_flag,
        has_affiliate_links,
        index_version: bearing::VERSION,
    };
    let tags = take_tags(cx, tx, &app::tags(revision)).await?;
    let article = store::publishing::publish(tx, edition, article, byline, &tags).await?;
    next.article_id = Some(article.id);
    next.is_live = true;
    next.published_revision = Some(revision.number);
    Ok((article, next))
}

/// Makes the tags of several revisions that go live in one transaction: in one order, as [`take_tags`]
/// needs it.
pub(crate) async fn take_all_tags(cx: &Cx, tx: &Tx, of: &[Facts]) -> Result<(), AppError> {
    let names: Vec<String> = of.iter().flat_map(|facts| app::tags(&facts.revision)).collect();
    take_tags(cx, tx, &names).await.map(|_| ())
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
