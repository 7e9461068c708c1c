//! Stages, which of them a revision needs, and how far each has come.

use entity::enums::{Role, Roles, StageCondition};
use entity::ids::{ReviewId, UserId};

use super::refusal::{Complaints, Refusal};
use super::text;

/// A kind of review, as the workflow or a frozen round has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Such as EDIT; unique.
    pub key: String,
    /// For people.
    pub name: String,
    /// Whose verdicts count.
    pub roles: Roles,
    /// How many different people have to approve.
    pub approvals_needed: i32,
    /// When it is needed.
    pub applies_when: StageCondition,
}

impl Stage {
    /// Whether a revision needs it. `commerce`: it has affiliate links or a flag other than AUTO.
    #[must_use]
    pub const fn applies(&self, commerce: bool, legal: bool) -> bool {
        match self.applies_when {
            StageCondition::Always => true,
            StageCondition::Affiliate => commerce,
            StageCondition::Legal => legal,
        }
    }
}

/// The three stages of a new newsroom.
#[must_use]
pub fn default_stages() -> Vec<Stage> {
    let stage = |key: &str, name: &str, role, applies_when| Stage {
        key: key.into(),
        name: name.into(),
        roles: Roles::from_iter([role]),
        approvals_needed: 1,
        applies_when,
    };
    vec![
        stage("EDIT", "Editing", Role::Editor, StageCondition::Always),
        stage("COMMERCE", "Commerce", Role::Commerce, StageCondition::Affiliate),
        stage("LEGAL", "Legal", Role::Legal, StageCondition::Legal),
    ]
}

/// The most stages that a workflow has.
const MOST_STAGES: usize = 20;
/// The most approvals that a stage asks for.
const MOST_APPROVALS: i32 = 20;

/// Stages as somebody types them, refused where no draft, or no reviewer, could ever get through them.
pub fn parse_stages(typed: Vec<Stage>) -> Result<Vec<Stage>, Refusal> {
    let mut complaints = Complaints::default();
    if typed.is_empty() {
        complaints.add("stages", "is empty; a draft needs at least one review, or nothing could be approved");
    } else if !typed.iter().any(|stage| stage.applies_when == StageCondition::Always) {
        complaints.add("stages", "has no stage that applies ALWAYS; a draft that needs no other could never be approved");
    }
    if typed.len() > MOST_STAGES {
        complaints.add("stages", format!("has {} stages; at most {MOST_STAGES} are taken", typed.len()));
    }
    let mut stages: Vec<Stage> = Vec::new();
    for (index, stage) in typed.into_iter().enumerate() {
        let at = |field: &str| format!("stages.{index}.{field}");
        let key = stage.key.trim().to_owned();
        let is_word = key.len() <= 40
            && key.starts_with(|c: char| c.is_ascii_uppercase())
            && key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        if !is_word {
            complaints.add(at("key"), "is no key such as EDIT or FACT_CHECK: capitals, digits and underscores, 40 at most");
        }
        if stages.iter().any(|earlier| earlier.key == key) {
            complaints.add(at("key"), format!("is there twice; each stage has a key of its own, and '{key}' is taken"));
        }
        let name = complaints.take(&at("name"), text::line(&stage.name, 100)).unwrap_or_default();
        if stage.roles.is_empty() {
            complaints.add(at("roles"), "is empty; nobody could approve this stage");
        }
        if !(1..=MOST_APPROVALS).contains(&stage.approvals_needed) {
            complaints.add(at("approvalsNeeded"), format!("is {}; a stage takes 1 to {MOST_APPROVALS} approvals", stage.approvals_needed));
        }
        stages.push(Stage { key, name, ..stage });
    }
    complaints.refuse()?;
    Ok(stages)
}

/// An approval of the newest revision in this round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The review that gave it.
    pub review: ReviewId,
    /// At which stage.
    pub stage: String,
    /// By whom.
    pub reviewer: UserId,
}

/// How far a stage has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The stage.
    pub stage: Stage,
    /// Its approvals, one a person.
    pub approvals: Vec<Approval>,
}

impl Progress {
    /// Whether it has the approvals it needs.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.approvals.len() >= usize::try_from(self.stage.approvals_needed).unwrap_or(usize::MAX)
    }
}

/// The stages that a revision needs, in order, each with its approvals. One person counts once a
/// stage; an approval by a writer of what is new does not count.
#[must_use]
pub fn progress(stages: &[Stage], commerce: bool, legal: bool, approvals: &[Approval], writers: &[UserId]) -> Vec<Progress> {
    stages
        .iter()
        .filter(|stage| stage.applies(commerce, legal))
        .map(|stage| {
            let mut counted: Vec<Approval> = Vec::new();
            for approval in approvals.iter().filter(|approval| approval.stage == stage.key) {
                if !writers.contains(&approval.reviewer) && !counted.iter().any(|c| c.reviewer == approval.reviewer) {
                    counted.push(approval.clone());
                }
            }
            Progress { stage: stage.clone(), approvals: counted }
        })
        .collect()
}

/// The keys of the stages that lack approvals.
#[must_use]
pub fn missing(progress: &[Progress]) -> Vec<String> {
    progress.iter().filter(|p| !p.is_complete()).map(|p| p.stage.key.clone()).collect()
}
