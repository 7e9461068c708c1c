//! All that is known of drafts when somebody asks what may be done with them. Loaded for many
//! drafts with as many statements as for one; what is shown and what is refused come from here alike.

use entity::enums::{AffiliateFlag, DraftState, Role, SiteLinkState, StageCondition};
use entity::ids::{AuthorId, DraftId, RevisionId, UserId};
use entity::{affiliate_policy, draft, image, related_link, review_assignment, revision, revision_link, schedule};

use super::affiliate::{self, Policies};
use super::{AppError, Cx, Staff};
use crate::domain::affiliate::{self as detector, Wording};
use crate::domain::checks::{self, Check};
use crate::domain::policy::{self, Permission, Relation};
use crate::domain::refusal::{Complaints, Conflict, Refusal};
use crate::domain::review::{self, Approval, Progress, Stage};
use crate::domain::workflow::{self, DraftAction, Move, NoArrow, Standing, Step};
use crate::store::{self, Source};

/// What is known of one draft.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The draft.
    pub draft: draft::Model,
    /// Its newest revision.
    pub revision: revision::Model,
    /// The newest byline, in its order.
    pub byline: Vec<AuthorId>,
    /// The users who stand in it.
    pub bylined: Vec<UserId>,
    /// The stages of the round, or of the workflow where no round is under way.
    pub stages: Vec<Stage>,
    /// The stages that the newest revision needs, each with its approvals.
    pub progress: Vec<Progress>,
    /// Who wrote what is newer than what readers saw last.
    pub writers: Vec<UserId>,
    /// Who was asked to review.
    pub assignments: Vec<review_assignment::Model>,
    /// When it goes live, and when its article goes away.
    pub schedule: Option<schedule::Model>,
    open_threads: usize,
    hero: Option<image::Model>,
    related_not_live: usize,
    body_links_not_live: usize,
    /// The links in the newest body, judged by the rules of today.
    pub links: Vec<revision_link::Model>,
    /// The policy that holds for it.
    pub policy: Option<affiliate_policy::Model>,
    /// Whether its links earn a commission, in the body or related.
    pub earns: bool,
    /// Whether one of them earns it from Amazon.
    earns_from_amazon: bool,
}

/// Loads what is known of these drafts, in their order.
pub(crate) async fn load(source: &impl Source, drafts: Vec<draft::Model>) -> Result<Vec<Facts>, AppError> {
    if drafts.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<DraftId> = drafts.iter().map(|draft| draft.id).collect();
    let newest: Vec<RevisionId> = drafts.iter().map(|draft| draft.revision_id).collect();
    let revisions = store::revision::many(source, &newest).await?;
    let bylines = store::revision::bylines(source, &newest).await?;
    let author_ids: Vec<AuthorId> = bylines.iter().map(|row| row.author_id).collect();
    let authors = store::author::many(source, &author_ids).await?;
    let workflow = store::review::stages(source).await?;
    // What cannot be there is not asked for: each statement keeps SQLite's one writer.
    let reviewed = || drafts.iter().filter(|draft| is_in_round(draft));
    let rounds: Vec<(DraftId, i32)> = reviewed().map(|draft| (draft.id, draft.round)).collect();
    let frozen = if rounds.is_empty() { Vec::new() } else { store::review::frozen(source, &rounds).await? };
    let judged: Vec<RevisionId> = reviewed().map(|draft| draft.revision_id).collect();
    let approvals = if judged.is_empty() { Vec::new() } else { store::review::approvals(source, &judged).await? };
    let writers = store::revision::writers(source, &ids).await?;
    let assignments = store::review::assignments(source, &ids).await?;
    let planned: Vec<DraftId> =
        drafts.iter().filter(|draft| draft.is_live || draft.state == DraftState::Scheduled).map(|draft| draft.id).collect();
    let schedules = if planned.is_empty() { Vec::new() } else { store::schedule::of(source, &planned).await? };
    let open = store::comment::open_threads(source, &ids).await?;
    let links = store::revision::links(source, &newest).await?;
    let mut slugs: Vec<String> = links.iter().filter_map(|link| link.own_slug.clone()).collect();
    slugs.sort_unstable();
    slugs.dedup();
    let pages = store::link::behind_slugs(source, &slugs).await?;
    let hero_ids: Vec<_> = revisions.iter().filter_map(|revision| revision.hero_image_id).collect();
    let heroes = if hero_ids.is_empty() { Vec::new() } else { store::author::images(source, &hero_ids).await? };
    let related = store::related::of(source, &ids).await?;
    let targets: Vec<DraftId> = related.iter().filter_map(|link| link.target_draft_id).collect();
    let live = if targets.is_empty() { Vec::new() } else { store::article::live_of_drafts(source, &targets).await? };
    let policies = Policies::load(source).await?;

    let mut facts = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let Some(revision) = revisions.iter().find(|revision| revision.id == draft.revision_id).cloned() else {
            return Err(AppError::Fault(format!("{} has lost its revision", draft.id)));
        };
        let byline: Vec<AuthorId> =
            bylines.iter().filter(|row| row.revision_id == revision.id).map(|row| row.author_id).collect();
        let bylined = authors.iter().filter(|author| byline.contains(&author.id)).filter_map(|author| author.user_id).collect();
        let in_round = is_in_round(&draft);
        let own: Vec<Stage> =
            frozen.iter().filter(|(of, round, _)| in_round && *of == draft.id && *round == draft.round).map(|(_, _, stage)| stage.clone()).collect();
        let stages = if own.is_empty() { workflow.clone() } else { own };
        let since = draft.published_revision.unwrap_or(0);
        let writers: Vec<UserId> = writers
            .iter()
            .filter(|(of, number, _, _)| *of == draft.id && *number > since)
            .flat_map(|(_, _, writer, suggester)| [*writer, *suggester])
            .flatten()
            .collect();
        let approvals: Vec<Approval> = approvals
            .iter()
            .filter(|row| in_round && row.revision_id == revision.id && row.round == draft.round)
            .map(|row| Approval { review: row.id, stage: row.stage_key.clone(), reviewer: row.reviewer_id })
            .collect();
        let rules = policies.rules(revision.affiliate_policy_id, revision.section_id);
        let mut own: Vec<revision_link::Model> = links.iter().filter(|link| link.revision_id == revision.id).cloned().collect();
        for link in &mut own {
            affiliate::judge(link, &rules);
        }
        // Once submitted, a draft keeps to what its round asks for.
        let commerce = if in_round { draft.needs_commerce } else { needs_commerce(revision.affiliate_flag, &own) };
        let progress = review::progress(&stages, commerce, draft.needs_legal_review, &approvals, &writers);
        let mine: Vec<related_link::Model> = related.iter().filter(|link| link.draft_id == draft.id).cloned().collect();
        facts.push(Facts {
            byline,
            bylined,
            stages,
            progress,
            writers,
            assignments: assignments.iter().filter(|row| row.draft_id == draft.id).cloned().collect(),
            schedule: schedules.iter().find(|row| row.draft_id == draft.id).cloned(),
            open_threads: open
                .iter()
                .find(|(of, _)| *of == draft.id)
                .map_or(0, |(_, threads)| usize::try_from(*threads).unwrap_or(usize::MAX)),
            hero: heroes.iter().find(|image| Some(image.id) == revision.hero_image_id).cloned(),
            related_not_live: mine
                .iter()
                .filter_map(|link| link.target_draft_id)
                .filter(|target| !live.iter().any(|article| article.draft_id == *target))
                .count(),
            body_links_not_live: own
                .iter()
                .filter_map(|link| pages.get(link.own_slug.as_ref()?))
                .filter(|state| matches!(state, SiteLinkState::Gone | SiteLinkState::Retracted))
                .count(),
            policy: policies.of(revision.affiliate_policy_id, revision.section_id).cloned(),
            earns: affiliate::earns(&own, &mine, &rules),
            earns_from_amazon: affiliate::networks_of(&own, &mine, &rules).iter().any(|network| detector::is_amazon(network)),
            links: own,
            draft,
            revision,
        });
    }
    Ok(facts)
}

/// Whether the draft has a round whose stages and approvals count.
fn is_in_round(draft: &draft::Model) -> bool {
    draft.round > 0 && draft.state != DraftState::Drafting
}

/// Loads what is known of one draft that the transaction has locked.
pub(crate) async fn locked(tx: &store::Tx, id: DraftId) -> Result<Facts, AppError> {
    let draft = store::draft::lock(tx, id).await?.ok_or_else(|| AppError::not_found("draft"))?;
    load(tx, vec![draft]).await?.pop().ok_or_else(|| AppError::not_found("draft"))
}

/// What is known of these drafts; nothing for who may not read them.
///
/// # Errors
/// When the database does not answer.
pub async fn many(cx: &Cx, ids: &[DraftId]) -> Result<Vec<Facts>, AppError> {
    if !cx.reads_desk() {
        return Ok(Vec::new());
    }
    let drafts = store::draft::many(cx.reader(), ids).await?;
    load(cx.reader(), drafts).await
}

impl Facts {
    /// Where the draft stands, as far as the workflow asks.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let has_unpublish_at = self.schedule.as_ref().is_some_and(|row| row.publish_at.is_none() && row.unpublish_at.is_some());
        Standing { state: self.draft.state, is_live: self.draft.is_live, has_unpublish_at }
    }

    fn relation(&self, staff: &Staff) -> Relation {
        // A token that carries no writing role does not write, whoever it belongs to.
        let writes = match staff.credential {
            super::Credential::Token(_) => {
                let writing = entity::enums::Roles::from_iter([entity::enums::Role::Writer, entity::enums::Role::Editor]);
                !staff.roles.and(writing).is_empty()
            }
            super::Credential::Session(_) | super::Credential::Console => true,
        };
        Relation {
            is_owner: writes && self.draft.owner_id == Some(staff.user.id),
            is_bylined: writes && self.bylined.contains(&staff.user.id),
        }
    }

    /// Whether the asker is among these people, seen from this draft.
    pub(crate) fn fits(&self, staff: &Staff, who: policy::Who) -> bool {
        who.fits(staff.roles, self.relation(staff))
    }

    fn reviewers(&self) -> entity::enums::Roles {
        self.stages.iter().flat_map(|stage| stage.roles.iter()).collect()
    }

    /// Whether the asker may take the action now.
    pub(crate) fn permit(&self, staff: &Staff, action: DraftAction) -> Result<(), Refusal> {
        match policy::may(action, self.standing(), self.reviewers(), staff.roles, self.relation(staff)) {
            Permission::Granted => Ok(()),
            Permission::Never => Err(Refusal::Forbidden(format!(
                "You may not do this ({}) with this draft; its owner, an editor or an administrator can help.",
                action.as_str()
            ))),
            Permission::NotNow => Err(self.no_arrow(staff, "only an editor may do this in that state".to_owned())),
        }
    }

    /// The step that the asker may take with this move.
    pub(crate) fn step(&self, staff: &Staff, by: Move) -> Result<Step, Refusal> {
        self.permit(staff, by.action())?;
        self.decide(staff, by)
    }

    pub(crate) fn decide(&self, staff: &Staff, by: Move) -> Result<Step, Refusal> {
        workflow::decide(self.standing(), by).map_err(|reason| match reason {
            NoArrow::ApprovalsMissing => Refusal::ApprovalsMissing(review::missing(&self.progress)),
            NoArrow::Way(way) => self.no_arrow(staff, way.to_owned()),
        })
    }

    fn no_arrow(&self, staff: &Staff, way: String) -> Refusal {
        Refusal::InvalidTransition { state: self.draft.state, way, allowed: self.allowed(staff) }
    }

    /// Refuses a change that was made on another revision than the newest.
    pub(crate) async fn must_be_at(&self, source: &impl Source, seen: i32) -> Result<(), AppError> {
        if seen == self.draft.revision_number {
            return Ok(());
        }
        Err(self.stale(source, Vec::new()).await)
    }

    /// What is there now, for a change that was made on something else.
    pub(crate) async fn stale(&self, source: &impl Source, conflicts: Vec<Conflict>) -> AppError {
        let changed_by = match self.revision.created_by {
            Some(user) => store::account::get(source, user).await,
            None => Ok(None),
        };
        match changed_by {
            Ok(changed_by) => AppError::Refused(Refusal::StaleRevision {
                current: self.draft.revision_number,
                changed_by: changed_by.map(|user| user.name),
                changed_at: self.revision.created_at,
                conflicts,
            }),
            Err(error) => error.into(),
        }
    }

    /// Every check, judged on the newest revision.
    #[must_use]
    pub fn checks(&self) -> Vec<Check> {
        checks::run(&checks::Facts {
            headline: &self.revision.headline,
            has_dek: self.revision.dek.is_some(),
            has_body: self.revision.has_body,
            authors: self.byline.len(),
            has_section: self.revision.section_id.is_some(),
            owns_slug: self.draft.slug == self.revision.slug,
            images_without_alt: usize::try_from(self.revision.images_without_alt).unwrap_or_default(),
            hero: self.hero.as_ref().map(|hero| checks::Hero { alt: &hero.alt, credit: hero.credit.as_deref() }),
            disclosure: self.disclosure(),
            related_not_live: self.related_not_live,
            body_links_not_live: self.body_links_not_live,
            open_comments: self.open_threads,
            stages_missing: review::missing(&self.progress),
        })
    }

    /// Whether its content needs the stage COMMERCE, by the link rules of today.
    pub(crate) fn needs_commerce(&self) -> bool {
        needs_commerce(self.revision.affiliate_flag, &self.links)
    }

    /// Whether readers are owed a disclosure.
    #[must_use]
    pub const fn is_disclosure_due(&self) -> bool {
        affiliate::is_due(self.revision.affiliate_flag, self.earns)
    }

    /// What an editor is told of the disclosure.
    fn disclosure(&self) -> Vec<String> {
        let mut advice = Vec::new();
        let possible = self.links.iter().filter(|link| link.certainty.as_deref() == Some("POSSIBLE")).count();
        if possible > 0 && self.revision.affiliate_flag == AffiliateFlag::Auto {
            advice.push(format!(
                "{possible} link(s) may earn a commission: if so, set the affiliate flag to REQUIRED, or have a rule added that knows them."
            ));
        }
        if !self.is_disclosure_due() {
            return advice;
        }
        let Some(policy) = &self.policy else {
            advice.push("A disclosure is due, and there is no affiliate policy to word it: create one.".to_owned());
            return advice;
        };
        let certain = self.links.iter().filter(|link| affiliate::is_certain(link));
        advice.extend(detector::advice(&Wording {
            text: &policy.disclosure_text,
            placement: policy.placement,
            has_amazon_links: self.earns_from_amazon,
            first_link_block: certain.map(|link| link.block).min().and_then(|block| u32::try_from(block).ok()),
        }));
        advice
    }

    /// Refuses while a check of the content blocks.
    pub(crate) fn refuse_blockers(&self) -> Result<(), Refusal> {
        checks::refuse_blockers(&self.checks())
    }

    /// Whether the asker may take the action now, and why not: the very questions that the
    /// mutation asks, in its order.
    pub fn status(&self, staff: &Staff, action: DraftAction) -> Result<(), Refusal> {
        self.permitted(staff, action)?;
        match action {
            DraftAction::Submit | DraftAction::Publish | DraftAction::PublishOverride | DraftAction::Schedule => {
                self.refuse_blockers()
            }
            _ => Ok(()),
        }
    }

    fn permitted(&self, staff: &Staff, action: DraftAction) -> Result<(), Refusal> {
        self.permit(staff, action)?;
        let by = match action {
            DraftAction::Update => Move::Revise,
            DraftAction::Submit => Move::Submit,
            DraftAction::Recall => Move::Recall,
            DraftAction::Review => Move::Remark,
            DraftAction::Comment => Move::Annotate,
            DraftAction::Publish => Move::Publish,
            DraftAction::PublishOverride => Move::PublishOverride,
            DraftAction::Schedule => Move::Schedule,
            DraftAction::CancelSchedule => Move::CancelSchedule,
            DraftAction::Unpublish => Move::Unpublish,
            DraftAction::Retract => Move::Retract,
            DraftAction::Archive => Move::Archive,
            DraftAction::Reopen => Move::Reopen,
            DraftAction::SetRelatedLinks => Move::Relate,
        };
        match workflow::decide(self.standing(), by) {
            Ok(_) => {}
            Err(NoArrow::ApprovalsMissing) => return Err(Refusal::ApprovalsMissing(review::missing(&self.progress))),
            Err(NoArrow::Way(way)) => {
                return Err(Refusal::InvalidTransition { state: self.draft.state, way: way.to_owned(), allowed: Vec::new() });
            }
        }
        let own_stage = |progress: &Progress| {
            staff.roles.has(entity::enums::Role::Admin) || !progress.stage.roles.and(staff.roles).is_empty()
        };
        if action == DraftAction::Review && !self.progress.iter().any(own_stage) {
            return Err(Refusal::field("stage", "none of the stages that this revision needs is yours"));
        }
        Ok(())
    }

    /// What the asker may do now.
    #[must_use]
    pub fn allowed(&self, staff: &Staff) -> Vec<DraftAction> {
        // `permitted` asks `permit`, whose refusal lists what is allowed: so only the table is asked here.
        let granted = |action: &DraftAction| {
            let may = policy::may(*action, self.standing(), self.reviewers(), staff.roles, self.relation(staff));
            may == Permission::Granted && self.status(staff, *action).is_ok()
        };
        DraftAction::ALL.into_iter().filter(granted).collect()
    }
}

fn needs_commerce(flag: AffiliateFlag, links: &[revision_link::Model]) -> bool {
    flag != AffiliateFlag::Auto || links.iter().any(affiliate::is_certain)
}

/// Complains where nobody of COMMERCE would have to approve that readers are not told.
pub(crate) fn must_cover(stages: &[Stage], flag: AffiliateFlag, complaints: &mut Complaints) {
    let covers = |stage: &Stage| {
        let applies = matches!(stage.applies_when, StageCondition::Always | StageCondition::Affiliate);
        applies && stage.roles.has(Role::Commerce)
    };
    if flag == AffiliateFlag::Exempt && !stages.iter().any(covers) {
        let why = "EXEMPT takes an approval by COMMERCE, and no stage asks for one; an administrator can add such a stage";
        complaints.add("flag", why);
    }
}
