//! The ledger: what the walk itself knows, from what it did and what the log told, never from what the
//! server says of a draft.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::enums::DraftState::{self, *};
use entity::enums::{Role, Roles};

use crate::support::Client;
use crate::workflow::table::{At, Deed, Outcome, Someone, outcome};

pub type Time = DateTime<Utc>;

/// Those who take part, each by a place.
pub struct Cast {
    pub people: Vec<Client>,
    pub roles: Vec<Roles>,
    /// Whose author profile every byline names.
    pub bylined: usize,
    pub author: String,
}

/// What readers would see of a draft, as far as the walk changes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    pub headline: String,
    pub dek: String,
    pub body: String,
    pub slug: String,
    pub flag: &'static str,
    pub reason: Option<String>,
}

impl Content {
    /// Whether the body has an affiliate link.
    pub fn earns(&self) -> bool {
        self.body.contains("https://rover.ebay.com/rover/")
    }

    pub fn is_disclosure_due(&self) -> bool {
        self.flag == "REQUIRED" || (self.flag == "AUTO" && self.earns())
    }

    /// Whether it lacks what every article has.
    pub fn is_hollow(&self) -> bool {
        self.body.is_empty()
    }
}

/// A verdict as it was given.
#[derive(Clone, Debug)]
pub struct Given {
    pub revision: usize,
    pub round: usize,
    pub stage: &'static str,
    pub verdict: &'static str,
    pub who: usize,
}

/// One publishing.
#[derive(Clone, Debug)]
pub struct Edition {
    pub revision: usize,
    pub note: Option<String>,
    /// The words of the disclosure, where one was due.
    pub wording: Option<String>,
    /// When it was to go live at the earliest.
    pub not_before: Option<Time>,
    /// When it went live, once that was seen.
    pub at: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    To(usize),
    Page(String),
}

/// A comment, with the words that it is pinned to.
#[derive(Clone, Debug)]
pub struct Remark {
    pub id: String,
    pub author: usize,
    pub revision: usize,
    pub quote: Option<String>,
    pub suggestion: Option<String>,
    pub is_resolved: bool,
    pub is_applied: bool,
}

/// When a draft goes live, and when its article goes away.
#[derive(Clone, Debug)]
pub struct Plan {
    pub revision: usize,
    pub publish_at: Option<Time>,
    pub unpublish_at: Option<Time>,
    pub note: Option<String>,
    pub by: usize,
}

/// All that is known of one draft.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub id: String,
    pub owner: usize,
    pub state: DraftState,
    pub is_live: bool,
    pub plan: Option<Plan>,
    pub needs_legal: bool,
    pub round: usize,
    pub revisions: Vec<Content>,
    /// Who wrote each revision: its author, and who suggested it.
    pub writers: Vec<Vec<usize>>,
    pub verdicts: Vec<Given>,
    /// The revision that was published last; 0 for none.
    pub shown: usize,
    pub editions: Vec<Edition>,
    /// Every slug that was ever live.
    pub slugs: BTreeSet<String>,
    /// The draft to whose article the slugs lead while this one has none.
    pub redirect: Option<usize>,
    pub notice: Option<String>,
    pub links: Vec<Link>,
    pub remarks: Vec<Remark>,
    /// Who was asked to review which stage.
    pub asked: BTreeSet<(&'static str, usize)>,
    /// Tokens of previews, each with the revision that it shows.
    pub previews: Vec<(String, usize)>,
    /// How many events its history has.
    pub events: usize,
    pub article: Option<String>,
}

/// Drafts that go live together.
#[derive(Clone, Debug)]
pub struct Release {
    pub id: String,
    pub state: &'static str,
    pub publish_at: Option<Time>,
    pub drafts: Vec<usize>,
    pub by: usize,
}

#[derive(Clone, Debug)]
pub struct Book {
    pub sheets: Vec<Sheet>,
    pub releases: Vec<Release>,
    /// What the default policy says.
    pub wording: String,
}

impl Remark {
    /// Where its words stand in the newest revision: `Some(None)` once they are gone, `None` where they
    /// were gone and came back, of which nothing is promised.
    pub fn place(&self, revisions: &[Content]) -> Option<Option<(usize, usize)>> {
        let quote = self.quote.as_ref()?;
        let find = |content: &Content| content.body.find(quote.as_str());
        let newest = revisions.last().and_then(find);
        let was_lost = revisions[self.revision - 1..].iter().any(|content| find(content).is_none());
        match newest {
            Some(_) if was_lost => None,
            Some(byte) => {
                let start = revisions.last()?.body[..byte].chars().count();
                Some(Some((start, start + quote.chars().count())))
            }
            None => Some(None),
        }
    }
}

impl Sheet {
    /// A draft as it begins.
    pub fn new(id: String, owner: usize, content: Content) -> Self {
        Self {
            id,
            owner,
            state: Drafting,
            is_live: false,
            plan: None,
            needs_legal: false,
            round: 0,
            revisions: vec![content],
            writers: vec![vec![owner]],
            verdicts: Vec::new(),
            shown: 0,
            editions: Vec::new(),
            slugs: BTreeSet::new(),
            redirect: None,
            notice: None,
            links: Vec::new(),
            remarks: Vec::new(),
            asked: BTreeSet::new(),
            previews: Vec::new(),
            events: 1,
            article: None,
        }
    }

    pub fn number(&self) -> usize {
        self.revisions.len()
    }

    pub fn newest(&self) -> &Content {
        &self.revisions[self.revisions.len() - 1]
    }

    /// What readers see, while they do.
    pub fn live(&self) -> Option<&Content> {
        self.is_live.then(|| &self.revisions[self.shown - 1])
    }

    pub fn at(&self) -> At {
        let until = self.plan.as_ref().is_some_and(|plan| plan.publish_at.is_none());
        At { state: self.state, is_live: self.is_live, until }
    }

    /// The stages that the newest revision needs.
    pub fn stages(&self) -> Vec<&'static str> {
        let commerce = self.newest().earns() || self.newest().flag != "AUTO";
        let needed = [("EDIT", true), ("COMMERCE", commerce), ("LEGAL", self.needs_legal)];
        needed.into_iter().filter(|(_, needed)| *needed).map(|(stage, _)| stage).collect()
    }

    /// Whoever wrote anything newer than what was published last.
    pub fn wrote(&self, who: usize) -> bool {
        self.writers[self.shown..].iter().any(|writers| writers.contains(&who))
    }

    /// Whose approvals of the newest revision count at a stage, in this round.
    pub fn approvals(&self, stage: &str) -> BTreeSet<usize> {
        let counts = |given: &&Given| {
            given.verdict == "APPROVE" && given.stage == stage && given.revision == self.number() && given.round == self.round
        };
        self.verdicts.iter().filter(counts).map(|given| given.who).filter(|who| !self.wrote(*who)).collect()
    }

    /// The stages that lack their approval.
    pub fn missing(&self) -> Vec<&'static str> {
        self.stages().into_iter().filter(|stage| self.approvals(stage).is_empty()).collect()
    }

    pub fn open_remarks(&self) -> usize {
        self.remarks.iter().filter(|remark| !remark.is_resolved).count()
    }
}

/// Who gives verdicts at a stage.
pub fn reviewer_of(stage: &str) -> Role {
    match stage {
        "EDIT" => Role::Editor,
        "COMMERCE" => Role::Commerce,
        _ => Role::Legal,
    }
}

pub const STAGES: [&str; 3] = ["EDIT", "COMMERCE", "LEGAL"];

impl Cast {
    /// Whether somebody gives verdicts at a stage.
    pub fn judges(&self, who: usize, stage: &str) -> bool {
        self.roles[who].has(Role::Admin) || self.roles[who].has(reviewer_of(stage))
    }

    pub fn has(&self, who: usize, role: Role) -> bool {
        self.roles[who].has(Role::Admin) || self.roles[who].has(role)
    }
}

impl Book {
    /// Somebody as the table of states knows them: a reviewer of this stage, or of any where none is named.
    pub fn someone(&self, cast: &Cast, draft: usize, who: usize, stage: Option<&str>) -> Someone {
        let is_reviewer = match stage {
            Some(stage) => cast.judges(who, stage),
            None => STAGES.iter().any(|stage| cast.judges(who, stage)),
        };
        Someone {
            roles: cast.roles[who],
            is_owner: self.sheets[draft].owner == who,
            is_bylined: cast.bylined == who,
            is_reviewer,
        }
    }

    /// What the table of states says of a deed.
    pub fn outcome(&self, cast: &Cast, draft: usize, who: usize, deed: Deed) -> Outcome {
        outcome(deed, self.sheets[draft].at(), &self.someone(cast, draft, who, None))
    }

    /// The code that each action would be refused with.
    pub fn action(&self, cast: &Cast, draft: usize, who: usize, action: &str) -> Option<&'static str> {
        let sheet = &self.sheets[draft];
        let deed = match action {
            "UPDATE" => Deed::Content,
            "SUBMIT" => Deed::Submit,
            "RECALL" => Deed::Recall,
            "REVIEW" => Deed::Remark,
            "COMMENT" => Deed::Annotate,
            "PUBLISH" => Deed::Publish,
            "PUBLISH_OVERRIDE" => Deed::Override,
            "SCHEDULE" => Deed::Schedule,
            "CANCEL_SCHEDULE" => Deed::Cancel,
            "UNPUBLISH" => Deed::Unpublish,
            "RETRACT" => Deed::Retract,
            "ARCHIVE" => Deed::Archive,
            "REOPEN" => Deed::Reopen,
            "SET_RELATED_LINKS" => Deed::Relate,
            other => panic!("no action of the contract: {other}"),
        };
        let needs_checks = matches!(deed, Deed::Submit | Deed::Publish | Deed::Override | Deed::Schedule);
        match self.outcome(cast, draft, who, deed) {
            Outcome::To(_) if needs_checks && sheet.newest().is_hollow() => Some("CHECKS_FAILED"),
            Outcome::To(_) if action == "REVIEW" && !sheet.stages().iter().any(|stage| cast.judges(who, stage)) => Some("BAD_USER_INPUT"),
            outcome => outcome.code(),
        }
    }

    /// Whether a slug is another draft's: the newest revision's, or one that was ever live.
    pub fn is_taken(&self, slug: &str, draft: usize) -> bool {
        let others = self.sheets.iter().enumerate().filter(|(place, _)| *place != draft);
        others.into_iter().any(|(_, sheet)| sheet.newest().slug == slug || sheet.slugs.contains(slug))
    }

    /// The draft whose article a slug leads readers to; `None` where it leads nowhere.
    pub fn reached(&self, slug: &str) -> Option<usize> {
        let (place, sheet) = self.sheets.iter().enumerate().find(|(_, sheet)| sheet.slugs.contains(slug))?;
        if sheet.is_live || sheet.state == Retracted {
            return Some(place);
        }
        sheet.redirect.filter(|target| self.sheets[*target].is_live)
    }

    /// Every slug that a revision of the walk ever had.
    pub fn all_slugs(&self) -> BTreeSet<&str> {
        self.sheets.iter().flat_map(|sheet| sheet.revisions.iter().map(|content| content.slug.as_str())).collect()
    }

    /// Whether a member of a release could go live now.
    pub fn is_ready(&self, draft: usize) -> bool {
        let sheet = &self.sheets[draft];
        matches!(sheet.state, Approved | Unpublished) && !sheet.newest().is_hollow()
    }

    /// What is due next, among what is due within a minute.
    pub fn next_due(&self, now: Time) -> Option<Time> {
        let plans = self.sheets.iter().filter_map(|sheet| sheet.plan.as_ref());
        let plans = plans.filter_map(|plan| plan.publish_at.or(plan.unpublish_at));
        let releases = self.releases.iter().filter(|release| release.state == "SCHEDULED").filter_map(|release| release.publish_at);
        plans.chain(releases).filter(|at| *at < now + chrono::TimeDelta::minutes(1)).min()
    }
}
