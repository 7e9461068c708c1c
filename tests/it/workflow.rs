//! The life of a draft, exhausted: every state and move against the table as `product.md` has it,
//! transcribed here a second time and in another shape.

use copydesk::domain::workflow::{Move, NoArrow, Standing, decide};
use entity::enums::DraftState::{self, *};

/// A row of the table: from which states a move leads where.
struct Row {
    from: &'static [DraftState],
    to: To,
    /// What else has to hold.
    when: fn(Standing) -> bool,
}

enum To {
    /// Another state.
    State(DraftState),
    /// The state it is in.
    Same,
    /// Nowhere, for want of approvals.
    Lacking,
}

fn always(_: Standing) -> bool {
    true
}

fn live(at: Standing) -> bool {
    at.is_live
}

fn not_live(at: Standing) -> bool {
    !at.is_live
}

const ANY: &[DraftState] = DraftState::ALL;
const ALL_BUT_PUBLISHED: &[DraftState] = &[Drafting, InReview, ChangesRequested, Approved, Scheduled, Unpublished, Retracted, Archived];
const ALL_BUT_ENDED: &[DraftState] = &[Drafting, InReview, ChangesRequested, Approved, Scheduled, Published, Unpublished];

/// The table of product.md, move by move. AMEND and CLEAR_LEGAL are not in it: no state follows from them there.
fn rows(by: Move) -> Vec<Row> {
    let row = |from, to| Row { from, to, when: always };
    match by {
        Move::Revise => vec![
            row(&[Drafting, ChangesRequested], To::Same),
            row(&[InReview, Approved], To::State(InReview)),
            row(&[Published, Unpublished], To::State(Drafting)),
        ],
        Move::AskLegal => vec![
            row(&[Approved], To::State(InReview)),
            row(&[Drafting, ChangesRequested, InReview, Published, Unpublished], To::Same),
        ],
        Move::Submit => vec![row(&[Drafting, ChangesRequested], To::State(InReview))],
        Move::Recall => vec![row(&[InReview], To::State(Drafting))],
        Move::Approve { complete: true } => vec![row(&[InReview], To::State(Approved))],
        Move::Approve { complete: false } => vec![row(&[InReview], To::Same)],
        Move::RequestChanges => vec![row(&[InReview, Approved], To::State(ChangesRequested))],
        Move::Remark => vec![row(&[InReview, Approved], To::Same)],
        Move::Publish => vec![row(&[Approved, Unpublished], To::State(Published)), row(&[InReview], To::Lacking)],
        Move::PublishOverride => vec![row(&[Drafting, InReview, ChangesRequested], To::State(Published))],
        Move::Schedule => vec![row(&[Approved], To::State(Scheduled)), row(&[InReview], To::Lacking)],
        Move::CancelSchedule => vec![
            row(&[Scheduled], To::State(Approved)),
            Row { from: &[Published], to: To::Same, when: |at| at.has_unpublish_at },
        ],
        Move::Fire => vec![row(&[Scheduled], To::State(Published))],
        Move::Misfire => vec![row(&[Scheduled], To::State(Approved))],
        Move::Unpublish => vec![
            Row { from: &[Published], to: To::State(Unpublished), when: live },
            Row { from: ALL_BUT_PUBLISHED, to: To::Same, when: live },
        ],
        Move::Retract => vec![Row { from: ANY, to: To::State(Retracted), when: live }],
        Move::Archive => vec![Row { from: &[Drafting, ChangesRequested, Unpublished], to: To::State(Archived), when: not_live }],
        Move::Reopen => vec![row(&[Archived], To::State(Drafting))],
        Move::Relate | Move::Annotate => vec![row(ALL_BUT_ENDED, To::Same)],
        Move::Amend | Move::ClearLegal { .. } => Vec::new(),
    }
}

const MOVES: [Move; 20] = [
    Move::Revise, Move::AskLegal, Move::Submit, Move::Recall, Move::Approve { complete: true }, Move::Approve { complete: false },
    Move::RequestChanges, Move::Remark, Move::Annotate, Move::Publish, Move::PublishOverride, Move::Schedule, Move::CancelSchedule,
    Move::Fire, Move::Misfire, Move::Unpublish, Move::Retract, Move::Archive, Move::Reopen, Move::Relate,
];

/// Every standing that a draft can have: the database knows no others.
fn standings() -> Vec<Standing> {
    let mut all = Vec::new();
    for state in DraftState::ALL {
        for is_live in [false, true] {
            for has_unpublish_at in [false, true] {
                let at = Standing { state: *state, is_live, has_unpublish_at };
                let is_possible = match state {
                    Published => is_live,
                    Unpublished | Retracted | Archived => !is_live && !has_unpublish_at,
                    _ => is_live || !has_unpublish_at,
                };
                if is_possible {
                    all.push(at);
                }
            }
        }
    }
    all
}

#[test]
fn every_move_in_every_state_leads_where_the_table_says() {
    let mut arrows = 0;
    for at in standings() {
        for by in MOVES {
            let row = rows(by).into_iter().find(|row| row.from.contains(&at.state) && (row.when)(at));

            let outcome = decide(at, by);

            let place = format!("{by:?} at {at:?}");
            match row.map(|row| row.to) {
                Some(To::State(to)) => assert_eq!(outcome.map(|step| (step.from(), step.to())), Ok((at.state, to)), "{place}"),
                Some(To::Same) => assert_eq!(outcome.map(|step| (step.from(), step.to())), Ok((at.state, at.state)), "{place}"),
                Some(To::Lacking) => assert_eq!(outcome, Err(NoArrow::ApprovalsMissing), "{place}"),
                None => assert!(matches!(outcome, Err(NoArrow::Way(way)) if way.len() > 8), "{place}: {outcome:?}"),
            }
            arrows += usize::from(outcome.is_ok());
        }
    }
    assert!(arrows > 60, "{arrows} arrows were walked");
}

#[test]
fn what_is_no_content_changes_no_state_but_that_of_the_legal_review() {
    for at in standings() {
        if let Ok(step) = decide(at, Move::Amend) {
            assert_eq!(step.to(), at.state);
        }
        for complete in [false, true] {
            if let Ok(step) = decide(at, Move::ClearLegal { complete }) {
                assert!(step.to() == at.state || (complete && at.state == InReview && step.to() == Approved), "{at:?}");
            }
        }
    }
}

#[test]
fn what_ended_stays_as_it_is_but_for_what_reopens_it() {
    for by in MOVES {
        let at = |state| Standing { state, is_live: false, has_unpublish_at: false };
        assert!(decide(at(Retracted), by).is_err(), "{by:?}");
        assert_eq!(decide(at(Archived), by).is_ok(), by == Move::Reopen, "{by:?}");
    }
}
