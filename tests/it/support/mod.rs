//! What the tests stand on. It hides the transport and the database: a test is a sentence about a
//! rule, written once, and runs on every engine there is.

mod binary;
mod cast;
mod client;
mod databases;
mod desk;
mod journeys;
mod policies;
mod postgres;
mod process;
mod socket;
mod time;

pub use binary::{Ended, command, copydesk, data};
pub use client::{Answer, Client};
pub use databases::{Engine, TestDatabase, copied, empty, on};
pub use desk::{TestDesk, settings};
pub use journeys::{BODY, Draft, Live, joined};
pub use policies::{AMAZON, EARNING};
pub(crate) use process::both_killed;
pub use postgres::pair;
pub use process::{Chance, House, run_killed};
pub use socket::{Dial, Heard, Socket};
pub use time::{hence, instant};

/// Makes two tests of each rule: `rule::sqlite` and `rule::postgres`, so that the closing counts
/// tell how many ran on each. Read it as a module's table of contents; a rule that is not listed
/// is dead code, which does not pass.
macro_rules! both {
    ($($rule:ident),+ $(,)?) => {$(
        mod $rule {
            #[test]
            fn sqlite() {
                $crate::support::run($crate::support::Engine::Sqlite, super::$rule);
            }

            #[test]
            fn postgres() {
                $crate::support::run($crate::support::Engine::Postgres, super::$rule);
            }
        }
    )+};
}
pub(crate) use both;

/// Runs one rule against a server of its own, on a database of its own.
pub fn run<F: Future<Output = ()>>(engine: Engine, rule: impl FnOnce(TestDesk) -> F) {
    block_on(async {
        let Some(database) = copied(engine).await else { return };
        let running = copydesk::startup::start(&settings(&database.url, database.folder.path())).await.unwrap();
        let desk = TestDesk::new(running.address, std::sync::Arc::clone(&running.desk), database.url.clone(), database.cast);
        rule(desk).await;
        running.stop().await;
        database.drop_it().await;
    });
}

/// Runs a future on a runtime of its own.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(future)
}

/// Whether the sizes that are promised are asked for, instead of small ones.
pub fn is_full() -> bool {
    std::env::var("COPYDESK_FULL").is_ok_and(|value| value == "1")
}
