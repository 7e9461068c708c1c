//! The table of product.md, 'States of a draft', row by row as it stands there, with the sentences
//! below it. It was copied from the text, not from the code: the two are compared.

use entity::enums::DraftState::{self, *};
use entity::enums::Role::{self, *};
use entity::enums::Roles;

use self::Deed::*;
use self::Given::*;
use self::To::*;
use self::Whom::*;

/// What somebody, or the server, does to a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// updateDraft, restoreRevision, setAffiliateFlag, applySuggestion.
    Content,
    /// updateDraft of what is no content: due date and owner.
    Amend,
    /// updateDraft that sets `needsLegalReview`.
    AskLegal,
    /// updateDraft that clears it.
    ClearLegal,
    Submit,
    Recall,
    /// reviewDraft APPROVE, where approvals are still missing after it.
    ApproveOne,
    /// reviewDraft APPROVE, where none is.
    ApproveLast,
    RequestChanges,
    /// reviewDraft COMMENT.
    Remark,
    Publish,
    Override,
    Schedule,
    Cancel,
    TimeComes,
    GateRefuses,
    Unpublish,
    Retract,
    Archive,
    Reopen,
    Relate,
    /// addComment, resolveComment, createPreview.
    Annotate,
    /// assignReview of somebody else.
    Assign,
}

/// Who is in a row's last column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    Owner,
    /// A bylined author's user.
    Bylined,
    A(Role),
    /// Somebody with a role of the stage.
    Reviewer,
    AllStaff,
    TheServer,
}

/// What a row asks besides the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Always,
    Live,
    NotLive,
    /// With an unpublishAt.
    Until,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    State(DraftState),
    Same,
}

struct Row {
    from: &'static [DraftState],
    given: Given,
    deed: Deed,
    to: To,
    who: &'static [Whom],
}

const fn row(from: &'static [DraftState], given: Given, deed: Deed, to: To, who: &'static [Whom]) -> Row {
    Row { from, given, deed, to, who }
}

const ANY: &[DraftState] = &[Drafting, InReview, ChangesRequested, Approved, Scheduled, Published, Unpublished, Retracted, Archived];
const ANY_BUT_PUBLISHED: &[DraftState] = &[Drafting, InReview, ChangesRequested, Approved, Scheduled, Unpublished, Retracted, Archived];
const ANY_BUT_ENDED: &[DraftState] = &[Drafting, InReview, ChangesRequested, Approved, Scheduled, Published, Unpublished];
const WRITTEN_ON: &[DraftState] = &[Drafting, ChangesRequested, InReview, Approved, Published, Unpublished];

const TABLE: &[Row] = &[
    row(&[Drafting, ChangesRequested], Always, Content, Same, &[Owner, Bylined, A(Editor)]),
    row(&[InReview], Always, Content, State(InReview), &[Owner, A(Editor)]),
    row(&[Approved], Always, Content, State(InReview), &[A(Editor)]),
    row(&[Published, Unpublished], Always, Content, State(Drafting), &[Owner, A(Editor)]),
    row(&[Drafting, ChangesRequested], Always, Submit, State(InReview), &[Owner, A(Editor)]),
    row(&[InReview], Always, Recall, State(Drafting), &[Owner, A(Editor)]),
    row(&[InReview], Always, ApproveLast, State(Approved), &[Reviewer]),
    row(&[InReview], Always, ApproveOne, Same, &[Reviewer]),
    row(&[InReview, Approved], Always, RequestChanges, State(ChangesRequested), &[Reviewer]),
    row(&[InReview, Approved], Always, Remark, Same, &[Reviewer]),
    row(&[Approved, Unpublished], Always, Publish, State(Published), &[A(Publisher)]),
    row(&[Drafting, InReview, ChangesRequested], Always, Override, State(Published), &[A(Publisher)]),
    row(&[Approved], Always, Schedule, State(Scheduled), &[A(Publisher)]),
    row(&[Scheduled], Always, Cancel, State(Approved), &[A(Publisher)]),
    row(&[Published], Until, Cancel, Same, &[A(Publisher)]),
    row(&[Scheduled], Always, TimeComes, State(Published), &[TheServer]),
    row(&[Scheduled], Always, GateRefuses, State(Approved), &[TheServer]),
    row(&[Published], Live, Unpublish, State(Unpublished), &[A(Publisher), TheServer]),
    row(ANY_BUT_PUBLISHED, Live, Unpublish, Same, &[A(Publisher), TheServer]),
    row(ANY, Live, Retract, State(Retracted), &[A(Publisher)]),
    row(&[Drafting, ChangesRequested, Unpublished], NotLive, Archive, State(Archived), &[Owner, A(Editor)]),
    row(&[Archived], Always, Reopen, State(Drafting), &[A(Editor)]),
    row(ANY_BUT_ENDED, Live, Relate, Same, &[A(Editor)]),
    row(ANY_BUT_ENDED, NotLive, Relate, Same, &[A(Editor), Owner]),
    row(ANY_BUT_ENDED, Always, Annotate, Same, &[AllStaff]),
    // 'Roles' says who assigns; the table has no row for it, so it goes with what may be added at any time.
    row(ANY_BUT_ENDED, Always, Assign, Same, &[Owner, A(Editor)]),
    // The sentences below the table: what is no content is changed by whoever may change the content,
    // where they may; asking for a lawyer takes an approved draft back; few clear the legal flag.
    row(&[Drafting, ChangesRequested], Always, Amend, Same, &[Owner, Bylined, A(Editor)]),
    row(&[InReview, Published, Unpublished], Always, Amend, Same, &[Owner, A(Editor)]),
    row(&[Approved], Always, Amend, Same, &[A(Editor)]),
    row(&[Drafting, ChangesRequested], Always, AskLegal, Same, &[Owner, Bylined, A(Editor)]),
    row(&[InReview, Published, Unpublished], Always, AskLegal, Same, &[Owner, A(Editor)]),
    row(&[Approved], Always, AskLegal, State(InReview), &[A(Editor)]),
    row(WRITTEN_ON, Always, ClearLegal, Same, &[A(Editor), A(Legal)]),
];

/// Where a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    pub state: DraftState,
    pub is_live: bool,
    /// Its article goes away by itself at some time.
    pub until: bool,
}

/// Somebody, as far as the table asks.
#[derive(Clone, Copy, Debug)]
pub struct Someone {
    pub roles: Roles,
    pub is_owner: bool,
    pub is_bylined: bool,
    /// Holds a role of the stage that is judged, of some stage where none is named.
    pub is_reviewer: bool,
}

/// What comes of a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    To(DraftState),
    Forbidden,
    InvalidTransition,
    ApprovalsMissing,
}

impl Outcome {
    /// The public code of a refusal.
    pub fn code(self) -> Option<&'static str> {
        match self {
            Self::To(_) => None,
            Self::Forbidden => Some("FORBIDDEN"),
            Self::InvalidTransition => Some("INVALID_TRANSITION"),
            Self::ApprovalsMissing => Some("APPROVALS_MISSING"),
        }
    }
}

impl Someone {
    /// ADMIN may act in every role; nobody is the server.
    fn fits(&self, row: &Row) -> bool {
        let one = |whom: &Whom| match whom {
            Owner => self.is_owner,
            Bylined => self.is_bylined,
            A(role) => self.roles.has(*role),
            Reviewer => self.is_reviewer,
            AllStaff => !self.roles.is_empty(),
            TheServer => false,
        };
        let is_for_people = row.who.iter().any(|whom| *whom != TheServer);
        row.who.iter().any(one) || (is_for_people && self.roles.has(Admin))
    }
}

impl Row {
    fn is_for(&self, at: At) -> bool {
        let given = match self.given {
            Always => true,
            Live => at.is_live,
            NotLive => !at.is_live,
            Until => at.until,
        };
        given && self.from.contains(&at.state)
    }

    fn leads(&self, at: At) -> Outcome {
        match self.to {
            State(to) => Outcome::To(to),
            Same => Outcome::To(at.state),
        }
    }
}

/// 'Whatever is not in the table is INVALID_TRANSITION; publishDraft and scheduleDraft in IN_REVIEW are
/// APPROVALS_MISSING.'
fn otherwise(deed: Deed, at: At) -> Outcome {
    match (at.state, deed) {
        (InReview, Publish | Schedule) => Outcome::ApprovalsMissing,
        _ => Outcome::InvalidTransition,
    }
}

/// What comes of a deed, whoever does it.
pub fn arrow(deed: Deed, at: At) -> Outcome {
    let row = TABLE.iter().find(|row| row.deed == deed && row.is_for(at));
    row.map_or(otherwise(deed, at), |row| row.leads(at))
}

/// What comes of a deed by somebody: 'FORBIDDEN is about who asks, whatever the state'.
pub fn outcome(deed: Deed, at: At, by: &Someone) -> Outcome {
    let theirs = || TABLE.iter().filter(|row| row.deed == deed && by.fits(row));
    match theirs().find(|row| row.is_for(at)) {
        Some(row) => row.leads(at),
        None if theirs().next().is_none() => Outcome::Forbidden,
        None => otherwise(deed, at),
    }
}

/// Every standing that a draft can have.
pub fn standings() -> Vec<At> {
    let mut all = Vec::new();
    for state in ANY.iter().copied() {
        for (is_live, until) in [(false, false), (true, false), (true, true)] {
            let is_possible = match state {
                Published => is_live,
                Unpublished | Retracted | Archived => !is_live,
                // What it has before it is one plan: that of its next edition.
                Scheduled => !until,
                _ => true,
            };
            if is_possible {
                all.push(At { state, is_live, until });
            }
        }
    }
    all
}
