//! Stages, which of them a revision needs, and how far each has come.

use entity::enums::{Role, Roles, StageCondition};
use entity::ids::{ReviewId, UserId};

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
