//! What was promised: the schema as clients know it, and who may do what. Both are snapshots that
//! people read; a change of either is a change of the promise.

use copydesk::domain::policy::{self, Permission, Relation, Task};
use copydesk::domain::workflow::{DraftAction, Move, Standing, decide};
use entity::enums::{DraftState, Role, Roles};

#[test]
fn the_schema_is_the_one_that_was_promised() {
    let sdl = copydesk::graphql::sdl();

    insta::assert_snapshot!("schema", sdl);
}

/// Roles of one person each, as columns of the tables.
fn columns() -> Vec<(&'static str, Roles, Relation)> {
    let nobody = Relation::default();
    let mut columns: Vec<_> = Role::ALL.iter().map(|role| (role.as_str(), Roles::from_iter([*role]), nobody)).collect();
    columns.push(("owner", Roles::from_iter([Role::Writer]), Relation { is_owner: true, ..nobody }));
    columns.push(("bylined", Roles::from_iter([Role::Writer]), Relation { is_bylined: true, ..nobody }));
    columns
}

const WIDTH: usize = 11;

fn header(first: &str) -> String {
    columns().iter().fold(format!("{first:<72}"), |line, (name, _, _)| format!("{line}{name:<WIDTH$}")).trim_end().to_owned()
}

/// What an action makes happen, as far as the state table asks.
fn by(action: DraftAction) -> Move {
    match action {
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
    }
}

/// The states that a draft can have, with and without an article that readers see.
fn standings() -> Vec<(String, Standing)> {
    let mut all = Vec::new();
    for state in DraftState::ALL {
        for is_live in [false, true] {
            let ended = matches!(state, DraftState::Unpublished | DraftState::Retracted | DraftState::Archived);
            if !(ended && is_live || *state == DraftState::Published && !is_live) {
                let word = if is_live { format!("{state} (live)") } else { state.to_string() };
                all.push((word, Standing { state: *state, is_live, has_unpublish_at: is_live }));
            }
        }
    }
    all
}

/// One line for each answer that the roles get to an action, with the states in which they get it.
#[test]
fn the_permission_table_is_the_one_that_was_agreed() {
    let mut table = "In a state that is not listed, an action is INVALID_TRANSITION for all who may take it elsewhere.\n\
        yes: may; later: INVALID_TRANSITION, as somebody else may now; -: FORBIDDEN, as they never may.\n\
        'owner' and 'bylined' are WRITERs. REVIEW is of the stage EDIT.\n\n"
        .to_owned();
    table.push_str(&header("action: states"));
    for action in DraftAction::ALL {
        let mut lines: Vec<(String, Vec<String>)> = Vec::new();
        for (word, at) in standings() {
            if decide(at, by(action)).is_err() {
                continue;
            }
            let answers = columns().iter().fold(String::new(), |line, (_, roles, relation)| {
                let word = match policy::may(action, at, Roles::from_iter([Role::Editor]), *roles, *relation) {
                    Permission::Granted => "yes",
                    Permission::NotNow => "later",
                    Permission::Never => "-",
                };
                format!("{line}{word:<WIDTH$}")
            });
            match lines.iter_mut().find(|(known, _)| *known == answers) {
                Some((_, states)) => states.push(word),
                None => lines.push((answers, vec![word])),
            }
        }
        for (answers, states) in lines {
            table = format!("{table}\n{}:", action.as_str());
            // The answers stand beside the last of the states.
            let mut left = states.len();
            for chunk in states.chunks(2) {
                left -= chunk.len();
                let line = format!("    {:<68}{}", chunk.join(", "), if left == 0 { answers.as_str() } else { "" });
                table = format!("{table}\n{}", line.trim_end());
            }
        }
    }
    table = format!("{table}\n\n{}", header("task"));
    for task in Task::ALL {
        let answers = columns().iter().fold(String::new(), |line, (_, roles, relation)| {
            format!("{line}{:<WIDTH$}", if task.who().fits(*roles, *relation) { "yes" } else { "-" })
        });
        table = format!("{table}\n{:<72}{}", format!("{task:?}"), answers.trim_end());
    }

    insta::assert_snapshot!("permissions", table);
}

#[test]
fn an_administrator_may_whatever_some_role_may() {
    for action in DraftAction::ALL {
        for state in DraftState::ALL {
            for is_live in [false, true] {
                let at = Standing { state: *state, is_live, has_unpublish_at: false };
                let may = |roles| policy::may(action, at, Roles::from_iter([Role::Editor]), roles, Relation::default());
                assert_eq!(may(Roles::from_iter([Role::Admin])), Permission::Granted, "{action:?} in {state}");
                assert_eq!(may(Roles::default()), Permission::Never, "{action:?} in {state}");
            }
        }
    }
}
