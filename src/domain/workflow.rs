//! The life of a draft: states × moves, one `match`. `decide` alone makes a [`Step`], and the
//! store writes no state without one, so an arrow that is not here cannot happen.

use entity::enums::DraftState::{self, *};

/// What a client may ask for, as the contract names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words are those of the contract and of the state table")]
pub enum DraftAction {
    Update,
    Submit,
    Recall,
    Review,
    Comment,
    Publish,
    PublishOverride,
    Schedule,
    CancelSchedule,
    Unpublish,
    Retract,
    Archive,
    Reopen,
    SetRelatedLinks,
}

impl DraftAction {
    /// Every action, in the order of the contract.
    pub const ALL: [Self; 14] = [
        Self::Update, Self::Submit, Self::Recall, Self::Review, Self::Comment, Self::Publish, Self::PublishOverride,
        Self::Schedule, Self::CancelSchedule, Self::Unpublish, Self::Retract, Self::Archive, Self::Reopen,
        Self::SetRelatedLinks,
    ];

    /// The word as clients spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Update => "UPDATE",
            Self::Submit => "SUBMIT",
            Self::Recall => "RECALL",
            Self::Review => "REVIEW",
            Self::Comment => "COMMENT",
            Self::Publish => "PUBLISH",
            Self::PublishOverride => "PUBLISH_OVERRIDE",
            Self::Schedule => "SCHEDULE",
            Self::CancelSchedule => "CANCEL_SCHEDULE",
            Self::Unpublish => "UNPUBLISH",
            Self::Retract => "RETRACT",
            Self::Archive => "ARCHIVE",
            Self::Reopen => "REOPEN",
            Self::SetRelatedLinks => "SET_RELATED_LINKS",
        }
    }
}

/// What happens to a draft, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// A new revision is written.
    Revise,
    /// Due date, owner or legal flag change; no revision is written.
    Amend,
    /// A lawyer is asked for.
    AskLegal,
    /// The lawyer is no longer asked for; `complete` when no other stage lacks approvals.
    ClearLegal {
        /// Whether every stage that is left has its approvals.
        complete: bool,
    },
    /// To the reviewers.
    Submit,
    /// Back from the reviewers.
    Recall,
    /// An approval; `complete` when it is the last that was missing.
    Approve {
        /// Whether every stage that applies now has its approvals.
        complete: bool,
    },
    /// Back to the writer.
    RequestChanges,
    /// A verdict that decides nothing.
    Remark,
    /// A comment, a preview: anything that all staff may add.
    Annotate,
    /// To the readers, through the gate.
    Publish,
    /// To the readers, by a publisher's word.
    PublishOverride,
    /// To the readers at a time.
    Schedule,
    /// The time is taken back.
    CancelSchedule,
    /// The time comes.
    Fire,
    /// The time comes and the gate refuses.
    Misfire,
    /// Away from the readers.
    Unpublish,
    /// Away from the readers for good, with a notice.
    Retract,
    /// Laid aside.
    Archive,
    /// Taken up again.
    Reopen,
    /// Related links change.
    Relate,
}

impl Move {
    /// The action that a client asked for when this is to happen.
    #[must_use]
    pub const fn action(self) -> DraftAction {
        match self {
            Self::Revise | Self::Amend | Self::AskLegal | Self::ClearLegal { .. } => DraftAction::Update,
            Self::Submit => DraftAction::Submit,
            Self::Recall => DraftAction::Recall,
            Self::Approve { .. } | Self::RequestChanges | Self::Remark => DraftAction::Review,
            Self::Annotate => DraftAction::Comment,
            Self::Publish => DraftAction::Publish,
            Self::PublishOverride => DraftAction::PublishOverride,
            Self::Schedule | Self::Fire | Self::Misfire => DraftAction::Schedule,
            Self::CancelSchedule => DraftAction::CancelSchedule,
            Self::Unpublish => DraftAction::Unpublish,
            Self::Retract => DraftAction::Retract,
            Self::Archive => DraftAction::Archive,
            Self::Reopen => DraftAction::Reopen,
            Self::Relate => DraftAction::SetRelatedLinks,
        }
    }
}

/// Where a draft stands, as far as the workflow asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: DraftState,
    /// Whether readers see an article of it.
    pub is_live: bool,
    /// Whether its article goes away by itself at some time.
    pub has_unpublish_at: bool,
}

/// A change of state that the workflow allows. Only [`decide`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    from: DraftState,
    to: DraftState,
}

impl Step {
    /// The state that the draft must still be in when the step is written.
    #[must_use]
    pub const fn from(self) -> DraftState {
        self.from
    }

    /// The state that it leads to.
    #[must_use]
    pub const fn to(self) -> DraftState {
        self.to
    }
}

/// Why there is no such arrow: the way that leads there, in words, or the approvals that lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoArrow {
    /// Another move has to come first.
    Way(&'static str),
    /// The draft waits for its reviewers.
    ApprovalsMissing,
}

/// The state table. Every arrow is here.
pub const fn decide(at: Standing, by: Move) -> Result<Step, NoArrow> {
    let from = at.state;
    let to = match (from, by) {
        (Drafting | ChangesRequested, Move::Revise) => from,
        (InReview | Approved, Move::Revise) => InReview,
        (Published | Unpublished, Move::Revise) => Drafting,

        (Drafting | ChangesRequested | InReview | Approved | Published | Unpublished, Move::Amend) => from,
        (Approved, Move::AskLegal) => InReview,
        (Drafting | ChangesRequested | InReview | Published | Unpublished, Move::AskLegal) => from,
        (InReview, Move::ClearLegal { complete: true }) => Approved,
        (Drafting | ChangesRequested | InReview | Approved | Published | Unpublished, Move::ClearLegal { .. }) => from,

        (Drafting | ChangesRequested, Move::Submit) => InReview,
        (InReview, Move::Recall) => Drafting,

        (InReview, Move::Approve { complete: true }) => Approved,
        (InReview, Move::Approve { complete: false }) => InReview,
        (InReview | Approved, Move::RequestChanges) => ChangesRequested,
        (InReview | Approved, Move::Remark) => from,

        (Approved | Unpublished, Move::Publish) => Published,
        (Drafting | InReview | ChangesRequested, Move::PublishOverride) => Published,
        (InReview, Move::Publish | Move::Schedule) => return Err(NoArrow::ApprovalsMissing),

        (Approved, Move::Schedule) => Scheduled,
        (Scheduled, Move::CancelSchedule | Move::Misfire) => Approved,
        (Scheduled, Move::Fire) => Published,
        (Published, Move::CancelSchedule) if at.has_unpublish_at => Published,

        (Published, Move::Unpublish) if at.is_live => Unpublished,
        (_, Move::Unpublish) if at.is_live => from,
        (_, Move::Retract) if at.is_live => Retracted,

        (Drafting | ChangesRequested | Unpublished, Move::Archive) if !at.is_live => Archived,
        (Archived, Move::Reopen) => Drafting,

        (Archived | Retracted, Move::Relate | Move::Annotate) => return Err(NoArrow::Way(way(at, by))),
        (_, Move::Relate | Move::Annotate) => from,

        _ => return Err(NoArrow::Way(way(at, by))),
    };
    Ok(Step { from, to })
}

/// What to do first, for a move that the state does not allow.
const fn way(at: Standing, by: Move) -> &'static str {
    match (at.state, by) {
        (Archived, _) => "reopen it first",
        (Retracted, _) => "it was retracted for good; write a new draft",
        (Scheduled, Move::Schedule) => "it has a time already; cancel the schedule first",
        (Scheduled, _) => "cancel the schedule first",
        (_, Move::Reopen) => "only an archived draft can be reopened",
        (_, Move::Unpublish | Move::Retract) => "it has no live article; publish it first",
        (_, Move::Archive) if at.is_live => "it has a live article; unpublish it first",
        (InReview, Move::Archive) => "recall it first",
        (_, Move::Archive) => "request changes or revise it first",
        (_, Move::CancelSchedule) => "there is no schedule to cancel",
        (Published | Unpublished, Move::Submit) => "there is nothing new to review; change it first",
        (InReview | Approved, Move::Submit) => "it is with its reviewers already; recall it first",
        (_, Move::Recall) => "only a draft in review can be recalled",
        (Approved, Move::Approve { .. }) => "it has every approval it needs; publish it",
        (Drafting | ChangesRequested | Published | Unpublished, Move::Approve { .. } | Move::RequestChanges | Move::Remark) => {
            "submit it for review first"
        }
        (Published, Move::Publish | Move::PublishOverride | Move::Schedule) => "its newest revision is live already; change it first",
        (Approved | Unpublished, Move::PublishOverride) => "it needs no override; publish it without one",
        (Unpublished, Move::Schedule) => "publish it again, or change it and have it reviewed",
        (_, Move::Publish | Move::Schedule) => "submit it for review first",
        _ => "this cannot be done in its state",
    }
}
