//! What may happen in a walk, as proptest draws and shrinks it: numbers that `choose` makes acts of.

use proptest::prelude::*;

/// One step of a walk, before anybody knows where the drafts stand.
#[derive(Clone, Debug)]
pub struct Turn {
    pub draft: usize,
    pub who: usize,
    /// Somebody who may, where there is somebody.
    pub fit: bool,
    /// Names another revision than the newest, as a client does that looked too early.
    pub stale: bool,
    pub step: Step,
    /// For whatever the step leaves open.
    pub number: usize,
}

#[derive(Clone, Debug)]
pub enum Step {
    /// Whatever brings the draft nearer to its readers.
    Advance,
    Edit,
    Merge,
    Restore,
    Flag,
    Legal,
    Submit,
    Recall,
    Review,
    Publish,
    Override,
    Schedule,
    Cancel,
    /// The time comes.
    Wait,
    Unpublish,
    Retract,
    Archive,
    Reopen,
    Relate,
    Comment,
    Resolve,
    Apply,
    Assign,
    Preview,
    Gather,
    Regather,
    Launch,
    Reword,
}

pub fn turn() -> impl Strategy<Value = Turn> {
    let step = prop_oneof![
        45 => Just(Step::Advance),
        6 => Just(Step::Edit),
        3 => Just(Step::Merge),
        2 => Just(Step::Restore),
        3 => Just(Step::Flag),
        2 => Just(Step::Legal),
        3 => Just(Step::Submit),
        1 => Just(Step::Recall),
        6 => Just(Step::Review),
        4 => Just(Step::Publish),
        2 => Just(Step::Override),
        5 => Just(Step::Schedule),
        2 => Just(Step::Cancel),
        3 => Just(Step::Wait),
        3 => Just(Step::Unpublish),
        1 => Just(Step::Retract),
        1 => Just(Step::Archive),
        2 => Just(Step::Reopen),
        3 => Just(Step::Relate),
        4 => Just(Step::Comment),
        2 => Just(Step::Resolve),
        4 => Just(Step::Apply),
        2 => Just(Step::Assign),
        2 => Just(Step::Preview),
        3 => Just(Step::Gather),
        2 => Just(Step::Regather),
        4 => Just(Step::Launch),
        1 => Just(Step::Reword),
    ];
    let where_and_who = (0..super::DRAFTS, 0..super::PEOPLE, prop::bool::weighted(0.75), prop::bool::weighted(0.08));
    let turn = |((draft, who, fit, stale), step, number)| Turn { draft, who, fit, stale, step, number };
    (where_and_who, step, 0..1_000_usize).prop_map(turn)
}
