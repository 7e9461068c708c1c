//! What was promised: the schema as clients know it, and who may do what. Both are snapshots that
//! people read; a change of either is a change of the promise.

use copydesk::domain::policy::{self, Permission, Relation, Task};
use copydesk::domain::workflow::{DraftAction, Standing};
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

const WIDTH: usize = 10;

fn header(first: &str) -> String {
    columns().iter().fold(format!("{first:<42}"), |line, (name, _, _)| format!("{line}{name:<WIDTH$}")).trim_end().to_owned()
}

/// Every action in every state: `yes`, `-` (never, FORBIDDEN), `later` (not in this state).
/// EDIT alone applies here, so REVIEW is an editor's.
#[test]
fn the_permission_table_is_the_one_that_was_agreed() {
    let mut table = header("action, state");
    for action in DraftAction::ALL {
        for state in DraftState::ALL {
            for is_live in [false, true] {
                let at = Standing { state: *state, is_live, has_unpublish_at: false };
                let reviewers = Roles::from_iter([Role::Editor]);
                let mut line = format!("{:<17} {:<18}{:<6}", action.as_str(), state.as_str(), if is_live { "live" } else { "" });
                for (_, roles, relation) in columns() {
                    let word = match policy::may(action, at, reviewers, roles, relation) {
                        Permission::Granted => "yes",
                        Permission::NotNow => "later",
                        Permission::Never => "-",
                    };
                    line = format!("{line}{word:<WIDTH$}");
                }
                table = format!("{table}\n{}", line.trim_end());
            }
        }
    }
    table = format!("{table}\n\n{}", header("task"));
    for task in Task::ALL {
        let mut line = format!("{:<42}", format!("{task:?}"));
        for (_, roles, relation) in columns() {
            line = format!("{line}{:<WIDTH$}", if task.who().fits(roles, relation) { "yes" } else { "-" });
        }
        table = format!("{table}\n{}", line.trim_end());
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
