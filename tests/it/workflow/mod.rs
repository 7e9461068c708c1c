//! The life of a draft, exhausted: every state × move × role against the table of product.md, which
//! `table` has a second time. First the rules alone, then the server that asks them.

mod doors;
mod mutations;
mod staging;
pub mod table;

use copydesk::domain::policy::{self, Permission, Relation};
use copydesk::domain::workflow::{DraftAction, Move, NoArrow, Standing, decide};
use entity::enums::DraftState::*;
use entity::enums::{Role, Roles};

use self::table::{At, Deed, Outcome, Someone, arrow, outcome, standings};

/// Every move there is, as the table calls it, and the action that a client asks for then; none for
/// what the server does.
const MOVES: [(Move, Deed, Option<DraftAction>); 23] = [
    (Move::Revise, Deed::Content, Some(DraftAction::Update)),
    (Move::Amend, Deed::Amend, Some(DraftAction::Update)),
    (Move::AskLegal, Deed::AskLegal, Some(DraftAction::Update)),
    // Who clears the flag is in 'Roles': the door asks it, not the table of actions.
    (Move::ClearLegal { complete: false }, Deed::ClearLegal, None),
    (Move::Submit, Deed::Submit, Some(DraftAction::Submit)),
    (Move::Recall, Deed::Recall, Some(DraftAction::Recall)),
    (Move::Approve { complete: true }, Deed::ApproveLast, Some(DraftAction::Review)),
    (Move::Approve { complete: false }, Deed::ApproveOne, Some(DraftAction::Review)),
    (Move::RequestChanges, Deed::RequestChanges, Some(DraftAction::Review)),
    (Move::Remark, Deed::Remark, Some(DraftAction::Review)),
    (Move::Annotate, Deed::Annotate, Some(DraftAction::Comment)),
    (Move::Publish, Deed::Publish, Some(DraftAction::Publish)),
    (Move::PublishOverride, Deed::Override, Some(DraftAction::PublishOverride)),
    (Move::Schedule, Deed::Schedule, Some(DraftAction::Schedule)),
    (Move::CancelSchedule, Deed::Cancel, Some(DraftAction::CancelSchedule)),
    (Move::Fire, Deed::TimeComes, None),
    (Move::Misfire, Deed::GateRefuses, None),
    (Move::Unpublish, Deed::Unpublish, Some(DraftAction::Unpublish)),
    (Move::Retract, Deed::Retract, Some(DraftAction::Retract)),
    (Move::Archive, Deed::Archive, Some(DraftAction::Archive)),
    (Move::Reopen, Deed::Reopen, Some(DraftAction::Reopen)),
    (Move::Relate, Deed::Relate, Some(DraftAction::SetRelatedLinks)),
    (Move::ClearLegal { complete: true }, Deed::ClearLegal, None),
];

const fn standing(at: At) -> Standing {
    Standing { state: at.state, is_live: at.is_live, has_unpublish_at: at.until }
}

/// The word for what the rules say of a move.
fn decided(at: At, by: Move) -> Outcome {
    match decide(standing(at), by) {
        Ok(step) => {
            assert_eq!(step.from(), at.state, "{by:?} at {at:?}");
            Outcome::To(step.to())
        }
        Err(NoArrow::ApprovalsMissing) => Outcome::ApprovalsMissing,
        Err(NoArrow::Way(way)) => {
            assert!(way.len() > 8, "{by:?} at {at:?} names no way: {way}");
            Outcome::InvalidTransition
        }
    }
}

#[test]
fn every_move_in_every_state_leads_where_the_table_says() {
    let mut arrows = 0;
    for at in standings() {
        for (by, deed, _) in MOVES {
            // Clearing the flag may be what was missing last: of that the table of states says nothing more.
            if by == (Move::ClearLegal { complete: true }) && at.state == InReview {
                assert_eq!(decided(at, by), Outcome::To(Approved), "{at:?}");
                continue;
            }

            let outcome = decided(at, by);

            assert_eq!(outcome, arrow(deed, at), "{by:?} at {at:?}");
            arrows += usize::from(matches!(outcome, Outcome::To(_)));
        }
    }
    assert!(arrows > 150, "{arrows} arrows were walked");
}

/// Every set of roles that somebody can have.
fn role_sets() -> impl Iterator<Item = Roles> {
    (1..=Roles::ALL.0).map(Roles)
}

#[test]
fn every_action_in_every_state_is_for_those_whom_the_table_names() {
    let mut asked = 0;
    let mut seen = [0_usize; 4];
    for stage in [&[Role::Editor][..], &[Role::Commerce], &[Role::Legal], &[Role::Editor, Role::Legal]] {
        let reviewers: Roles = stage.iter().copied().collect();
        for roles in role_sets() {
            for (is_owner, is_bylined) in [(false, false), (true, false), (false, true), (true, true)] {
                let by = Someone { roles, is_owner, is_bylined, is_reviewer: !roles.and(reviewers).is_empty() };
                for at in standings() {
                    for (made, deed, action) in MOVES {
                        let Some(action) = action else { continue };

                        let told = match policy::may(action, standing(at), reviewers, roles, Relation { is_owner, is_bylined }) {
                            Permission::Granted => decided(at, made),
                            Permission::NotNow => Outcome::InvalidTransition,
                            Permission::Never => Outcome::Forbidden,
                        };

                        assert_eq!(told, outcome(deed, at, &by), "{deed:?} at {at:?} by {by:?}");
                        asked += 1;
                        seen[match told {
                            Outcome::To(_) => 0,
                            Outcome::Forbidden => 1,
                            Outcome::InvalidTransition => 2,
                            Outcome::ApprovalsMissing => 3,
                        }] += 1;
                    }
                }
            }
        }
    }
    assert!(asked > 300_000 && seen.iter().all(|times| *times > 1_000), "{asked} questions, answered {seen:?}");
}

#[test]
fn what_ended_stays_as_it_is_but_for_what_reopens_it() {
    for (by, _, _) in MOVES {
        let at = |state| At { state, is_live: false, until: false };
        assert_eq!(decided(at(Retracted), by), Outcome::InvalidTransition, "{by:?}");
        assert_eq!(matches!(decided(at(Archived), by), Outcome::To(_)), by == Move::Reopen, "{by:?}");
    }
}
