//! What has to come of an act by product.md: the code of its refusal, or the book as it is then, with
//! the events that the log is owed.

use entity::enums::DraftState::{self, *};
use entity::enums::Role;

use super::act::Act;
use super::book::{Book, Cast, Edition, Given, Plan, Release, Remark, Time};
use super::content;
use crate::workflow::table::{Deed, Outcome, outcome};

/// An event that the log is owed: its type and its draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub kind: &'static str,
    pub draft: Option<usize>,
}

/// The codes with which something may be refused: several where the contract leaves open which.
pub type Codes = Vec<&'static str>;

/// What comes of an act: nothing is told where nothing changes.
pub type Taken = Result<(Book, Vec<Told>), Codes>;

pub fn refused<T>(code: &'static str) -> Result<T, Codes> {
    Err(vec![code])
}

/// Goes on where the table of states has an arrow, and refuses where it has none.
pub fn permitted(outcome: Outcome) -> Result<DraftState, Codes> {
    match outcome {
        Outcome::To(state) => Ok(state),
        other => Err(other.code().into_iter().collect()),
    }
}

pub fn ensure(holds: bool, code: &'static str) -> Result<(), Codes> {
    if holds { Ok(()) } else { refused(code) }
}

impl Book {
    /// What comes of an act by somebody; `made` is the id or token that the answer brought.
    pub fn take(&self, cast: &Cast, act: &Act, who: usize, made: &str) -> Taken {
        let mut book = self.clone();
        let told = book.write(cast, act, who, made)?;
        for draft in told.iter().filter_map(|told| told.draft) {
            book.sheets[draft].events += 1;
        }
        Ok((book, told))
    }

    fn write(&mut self, cast: &Cast, act: &Act, who: usize, made: &str) -> Result<Vec<Told>, Codes> {
        let arrow = |book: &Self, draft: usize, deed| permitted(book.outcome(cast, draft, who, deed));
        match act {
            Act::Edit { .. } | Act::Restore { .. } | Act::Flag { .. } | Act::Apply { .. } | Act::Legal { .. } => {
                content::write(self, cast, act, who)
            }
            Act::Submit { draft, revision } => {
                let to = arrow(self, *draft, Deed::Submit)?;
                let sheet = &mut self.sheets[*draft];
                ensure(*revision == sheet.number(), "STALE_REVISION")?;
                ensure(!sheet.newest().is_hollow(), "CHECKS_FAILED")?;
                sheet.state = to;
                sheet.round += 1;
                told("DRAFT_SUBMITTED", *draft)
            }
            Act::Recall { draft } => self.step(*draft, arrow(self, *draft, Deed::Recall)?, "DRAFT_RECALLED"),
            Act::Archive { draft } => self.step(*draft, arrow(self, *draft, Deed::Archive)?, "DRAFT_ARCHIVED"),
            Act::Reopen { draft } => self.step(*draft, arrow(self, *draft, Deed::Reopen)?, "DRAFT_REOPENED"),
            Act::Review { draft, revision, stage, verdict } => {
                self.judge(cast, *draft, Given { revision: *revision, round: self.sheets[*draft].round, stage, verdict, who })
            }
            Act::Publish { draft, revision, overrides, note } => {
                permitted(self.outcome(cast, *draft, who, if *overrides { Deed::Override } else { Deed::Publish }))?;
                ensure(*revision == self.sheets[*draft].number(), "STALE_REVISION")?;
                ensure(!self.sheets[*draft].newest().is_hollow(), "CHECKS_FAILED")?;
                let kind = self.go_live(*draft, note.clone(), None);
                told(if *overrides { "PUBLISH_OVERRIDDEN" } else { kind }, *draft)
            }
            Act::Schedule { draft, revision, publish_at, unpublish_at, note } => {
                let to = arrow(self, *draft, Deed::Schedule)?;
                let sheet = &mut self.sheets[*draft];
                ensure(*revision == sheet.number(), "STALE_REVISION")?;
                ensure(!sheet.newest().is_hollow(), "CHECKS_FAILED")?;
                sheet.state = to;
                let (publish_at, note) = (Some(*publish_at), note.clone());
                sheet.plan = Some(Plan { revision: *revision, publish_at, unpublish_at: *unpublish_at, note, by: who });
                told("ARTICLE_SCHEDULED", *draft)
            }
            Act::Cancel { draft } => {
                let to = arrow(self, *draft, Deed::Cancel)?;
                self.sheets[*draft].plan = None;
                self.step(*draft, to, "SCHEDULE_CANCELLED")
            }
            Act::Unpublish { draft, redirect } => {
                let is_live = |target: usize| self.sheets[target].is_live;
                ensure(redirect.is_none_or(is_live), "NOT_FOUND")?;
                let to = arrow(self, *draft, Deed::Unpublish)?;
                ensure(*redirect != Some(*draft), "BAD_USER_INPUT")?;
                self.go_away(*draft, to, *redirect);
                told("ARTICLE_UNPUBLISHED", *draft)
            }
            Act::Retract { draft, notice } => {
                let to = arrow(self, *draft, Deed::Retract)?;
                let sheet = &mut self.sheets[*draft];
                (sheet.state, sheet.is_live, sheet.plan) = (to, false, None);
                sheet.notice = Some(notice.clone());
                told("ARTICLE_RETRACTED", *draft)
            }
            Act::Relate { draft, links } => {
                arrow(self, *draft, Deed::Relate)?;
                if self.sheets[*draft].links == *links {
                    return Ok(Vec::new());
                }
                self.sheets[*draft].links.clone_from(links);
                told("RELATED_LINKS_CHANGED", *draft)
            }
            Act::Comment { draft, revision, quote, suggestion } => {
                arrow(self, *draft, Deed::Annotate)?;
                let sheet = &mut self.sheets[*draft];
                ensure(quote.is_none() || *revision <= sheet.number(), "STALE_REVISION")?;
                sheet.remarks.push(Remark {
                    id: made.to_owned(),
                    author: who,
                    revision: *revision,
                    quote: quote.clone(),
                    suggestion: suggestion.clone(),
                    is_resolved: false,
                    is_applied: false,
                });
                told("COMMENT_ADDED", *draft)
            }
            Act::Resolve { draft, remark, resolved } => {
                arrow(self, *draft, Deed::Annotate)?;
                let remark = &mut self.sheets[*draft].remarks[*remark];
                if remark.is_resolved == *resolved {
                    return Ok(Vec::new());
                }
                remark.is_resolved = *resolved;
                told("COMMENT_RESOLVED", *draft)
            }
            Act::Assign { draft, stage, reviewer, remove } => {
                let assigns = cast.has(who, Role::Editor) || self.sheets[*draft].owner == who;
                ensure(assigns || (who == *reviewer && cast.judges(who, stage)), "FORBIDDEN")?;
                arrow(self, *draft, Deed::Annotate)?;
                ensure(*remove || cast.judges(*reviewer, stage), "BAD_USER_INPUT")?;
                let asked = &mut self.sheets[*draft].asked;
                let changed = if *remove { asked.remove(&(*stage, *reviewer)) } else { asked.insert((*stage, *reviewer)) };
                if changed { told("REVIEW_ASSIGNED", *draft) } else { Ok(Vec::new()) }
            }
            Act::Preview { draft, revision } => {
                arrow(self, *draft, Deed::Annotate)?;
                let sheet = &mut self.sheets[*draft];
                ensure(*revision <= sheet.number(), "STALE_REVISION")?;
                sheet.previews.push((made.to_owned(), *revision));
                told("PREVIEW_CREATED", *draft)
            }
            Act::Gather { publish_at, drafts } => {
                ensure(cast.has(who, Role::Publisher), "FORBIDDEN")?;
                let state = if publish_at.is_some() { "SCHEDULED" } else { "OPEN" };
                let release = Release { id: made.to_owned(), state, publish_at: *publish_at, drafts: drafts.clone(), by: who };
                self.releases.push(release);
                Ok(vec![Told { kind: "RELEASE_CHANGED", draft: None }])
            }
            Act::Regather { release, drafts } => {
                ensure(cast.has(who, Role::Publisher), "FORBIDDEN")?;
                let release = &mut self.releases[*release];
                ensure(release.state != "PUBLISHED", "INVALID_TRANSITION")?;
                if release.drafts == *drafts {
                    return Ok(Vec::new());
                }
                release.drafts.clone_from(drafts);
                if release.state == "FAILED" {
                    release.state = "OPEN";
                }
                Ok(vec![Told { kind: "RELEASE_CHANGED", draft: None }])
            }
            Act::Launch { release } => {
                ensure(cast.has(who, Role::Publisher), "FORBIDDEN")?;
                self.launch(cast, *release, who, None)
            }
            Act::Reword { text } => {
                ensure(cast.has(who, Role::Commerce), "FORBIDDEN")?;
                if self.wording == *text {
                    return Ok(Vec::new());
                }
                self.wording.clone_from(text);
                Ok(vec![Told { kind: "AFFILIATE_POLICY_CHANGED", draft: None }])
            }
            Act::Wait => Ok(Vec::new()),
        }
    }

    fn step(&mut self, draft: usize, to: DraftState, kind: &'static str) -> Result<Vec<Told>, Codes> {
        self.sheets[draft].state = to;
        told(kind, draft)
    }

    fn judge(&mut self, cast: &Cast, draft: usize, given: Given) -> Result<Vec<Told>, Codes> {
        let Given { revision, stage, verdict, who, .. } = given;
        let by = self.someone(cast, draft, who, Some(stage));
        let sheet = &mut self.sheets[draft];
        let approves = verdict == "APPROVE";
        let is_last = sheet.missing().iter().all(|missing| *missing == stage);
        let deed = match verdict {
            "APPROVE" if is_last => Deed::ApproveLast,
            "APPROVE" => Deed::ApproveOne,
            "REQUEST_CHANGES" => Deed::RequestChanges,
            _ => Deed::Remark,
        };
        let to = permitted(outcome(deed, sheet.at(), &by))?;
        ensure(revision == sheet.number(), "STALE_REVISION")?;
        ensure(!approves || !sheet.wrote(who), "SELF_APPROVAL")?;
        ensure(sheet.stages().contains(&stage), "BAD_USER_INPUT")?;
        if approves && sheet.approvals(stage).contains(&who) {
            return Ok(Vec::new());
        }
        sheet.verdicts.push(given);
        sheet.state = to;
        let kind = match verdict {
            "APPROVE" if to == Approved => "DRAFT_APPROVED",
            "REQUEST_CHANGES" => "CHANGES_REQUESTED",
            _ => "REVIEW_ADDED",
        };
        told(kind, draft)
    }

    /// All of a release's drafts go live, or none does.
    pub fn launch(&mut self, cast: &Cast, release: usize, who: usize, due: Option<Time>) -> Result<Vec<Told>, Codes> {
        ensure(self.releases[release].state != "PUBLISHED", "INVALID_TRANSITION")?;
        let drafts = self.releases[release].drafts.clone();
        let refusals: Codes = drafts.iter().filter_map(|draft| self.outcome(cast, *draft, who, Deed::Publish).code()).collect();
        if !refusals.is_empty() {
            return Err(refusals);
        }
        ensure(!drafts.iter().any(|draft| self.sheets[*draft].newest().is_hollow()), "CHECKS_FAILED")?;
        let each = drafts.iter().map(|draft| Told { kind: self.go_live(*draft, None, due), draft: Some(*draft) });
        let mut events: Vec<Told> = each.collect();
        events.push(Told { kind: "RELEASE_PUBLISHED", draft: None });
        self.releases[release].state = "PUBLISHED";
        Ok(events)
    }

    /// The newest revision is before its readers; what the log calls that.
    pub fn go_live(&mut self, draft: usize, note: Option<String>, not_before: Option<Time>) -> &'static str {
        let wording = self.sheets[draft].newest().is_disclosure_due().then(|| self.wording.clone());
        let sheet = &mut self.sheets[draft];
        sheet.editions.push(Edition { revision: sheet.number(), note, wording, not_before, at: None });
        sheet.shown = sheet.number();
        (sheet.state, sheet.is_live, sheet.redirect) = (Published, true, None);
        let slug = sheet.newest().slug.clone();
        sheet.slugs.insert(slug);
        if sheet.editions.len() == 1 { "ARTICLE_PUBLISHED" } else { "ARTICLE_UPDATED" }
    }

    /// Readers see the article no more. Whoever was sent to it is sent on in one hop.
    pub fn go_away(&mut self, draft: usize, to: DraftState, redirect: Option<usize>) {
        let sheet = &mut self.sheets[draft];
        (sheet.state, sheet.is_live, sheet.redirect) = (to, false, redirect);
        if sheet.plan.as_ref().is_some_and(|plan| plan.publish_at.is_none()) {
            sheet.plan = None;
        }
        if redirect.is_some() {
            for other in self.sheets.iter_mut().filter(|other| other.redirect == Some(draft)) {
                other.redirect = redirect;
            }
        }
    }
}

pub fn told(kind: &'static str, draft: usize) -> Result<Vec<Told>, Codes> {
    Ok(vec![Told { kind, draft: Some(draft) }])
}
