//! Servers as processes of their own, on one database, which can be killed like any process.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::binary::command;
use super::cast::Cast;
use super::client::Answer;
use super::databases::{Engine, TestDatabase, copied};
use super::desk::{TestDesk, settings};

/// How long an answer may take that has to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Makes two tests of each rule, as `both!` does, about servers that the rule starts and kills itself.
macro_rules! both_killed {
    ($($rule:ident),+ $(,)?) => {$(
        mod $rule {
            #[test]
            fn sqlite() {
                $crate::support::run_killed($crate::support::Engine::Sqlite, super::$rule);
            }

            #[test]
            fn postgres() {
                $crate::support::run_killed($crate::support::Engine::Postgres, super::$rule);
            }
        }
    )+};
}
pub(crate) use both_killed;

/// Runs one rule on a database of its own that no server has open yet.
pub fn run_killed<F: Future<Output = ()>>(engine: Engine, rule: impl FnOnce(Arc<House>) -> F) {
    super::block_on(async {
        let Some(database) = copied(engine).await else { return };
        // SQLite's file belongs to one server, PostgreSQL is there for several.
        let (nodes, name) = if engine == Engine::Sqlite { (1, "sqlite") } else { (2, "postgres") };
        let house = Arc::new(House::new(database, nodes, name));
        rule(Arc::clone(&house)).await;
        let panics = house.log().lines().filter(|line| line.contains("a panic, which should not be")).count();
        assert_eq!(panics, 0, "a server panicked");
        let Some(house) = Arc::into_inner(house) else { panic!("something of the rule still runs") };
        house.close().await;
    });
}

/// Random moments. The seed is told when the test fails, and `COPYDESK_SEED` gives it back.
pub struct Chance {
    seed: u64,
    state: u64,
}

impl Chance {
    pub fn new() -> Self {
        let given = std::env::var("COPYDESK_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| Utc::now().timestamp_micros().unsigned_abs());
        Self { seed, state: seed }
    }

    /// A number below another (splitmix64).
    pub fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// So many milliseconds.
    pub fn within(&mut self, range: Range<u64>) -> TimeDelta {
        TimeDelta::milliseconds((range.start + self.below(range.end - range.start)).cast_signed())
    }
}

impl Drop for Chance {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the moments were drawn with COPYDESK_SEED={}", self.seed);
        }
    }
}

/// A server by its place, from when it was ready until it was killed.
type Served = (usize, DateTime<Utc>, Option<DateTime<Utc>>);

/// A newsroom whose servers come and go.
pub struct House {
    pub cast: &'static Cast,
    /// How many servers share the database.
    pub nodes: usize,
    /// What its figures are told under.
    pub name: &'static str,
    database: Option<TestDatabase>,
    running: Mutex<Vec<Option<Process>>>,
    addresses: watch::Sender<Vec<Option<SocketAddr>>>,
    /// From when to when somebody served, killed or not.
    served: Mutex<Vec<Served>>,
    http: reqwest::Client,
    turn: AtomicUsize,
}

struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Starts the program, and waits until it says that it serves.
    fn start(url: &str, folder: &Path) -> Self {
        let log = File::options().append(true).create(true).open(folder.join("log")).unwrap();
        let mut child = command(url, &["serve", "--listen", "127.0.0.1:0", "--data-dir", folder.to_str().unwrap()])
            .env_remove("COPYDESK_SITE_URL")
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told = line.strip_prefix("copydesk serves http://").and_then(|rest| rest.split_once('/'));
        let address = told.and_then(|(address, _)| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("a server that was to start said {line:?} and {:?}", child.kill()));
        Self { child, address }
    }
}

impl Drop for Process {
    /// As `kill -9` does: without a word.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl House {
    fn new(database: TestDatabase, nodes: usize, name: &'static str) -> Self {
        Self {
            cast: database.cast,
            nodes,
            name,
            database: Some(database),
            running: Mutex::new((0..nodes).map(|_| None).collect()),
            addresses: watch::Sender::new(vec![None; nodes]),
            served: Mutex::default(),
            http: reqwest::Client::builder().pool_idle_timeout(Duration::from_secs(2)).timeout(PATIENCE).build().unwrap(),
            turn: AtomicUsize::new(0),
        }
    }

    fn database(&self) -> &TestDatabase {
        self.database.as_ref().unwrap()
    }

    /// Has something done by a server within this process, which is gone afterwards.
    pub async fn prepare<T, F: Future<Output = T>>(&self, work: impl FnOnce(TestDesk) -> F) -> T {
        let (url, folder) = (&self.database().url, &self.database().folder);
        let running = copydesk::startup::start(&settings(url, folder.path())).await.unwrap();
        let desk = TestDesk::new(running.address, Arc::clone(&running.desk), url.clone(), self.cast);
        let done = work(desk).await;
        running.stop().await;
        done
    }

    /// Starts the server at a place; it serves when this returns.
    pub async fn start(&self, place: usize) {
        let (url, folder) = (self.database().url.clone(), self.database().folder.path().to_owned());
        let process = tokio::task::spawn_blocking(move || Process::start(&url, &folder)).await.unwrap();
        self.served.lock().unwrap().push((place, Utc::now(), None));
        self.addresses.send_modify(|all| all[place] = Some(process.address));
        self.running.lock().unwrap()[place] = Some(process);
    }

    /// Starts every server, all at the same time.
    pub async fn start_all(&self) {
        futures_util::future::join_all((0..self.nodes).map(|place| self.start(place))).await;
    }

    /// Kills the server at a place with SIGKILL.
    pub fn kill(&self, place: usize) {
        // First nobody is sent there any more: whoever gets no answer now knows that it was killed.
        self.addresses.send_modify(|all| all[place] = None);
        if let Some(span) = self.served.lock().unwrap().iter_mut().rfind(|(of, _, _)| *of == place) {
            span.2.get_or_insert_with(Utc::now);
        }
        drop(self.running.lock().unwrap()[place].take());
    }

    /// Sends the server at a place a signal, by its name.
    pub fn signal(&self, place: usize, name: &str) {
        let pid = self.running.lock().unwrap()[place].as_ref().unwrap().child.id().to_string();
        assert!(std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// The database's address.
    pub fn url(&self) -> &str {
        &self.database().url
    }

    /// Kills every server.
    pub fn kill_all(&self) {
        (0..self.nodes).for_each(|place| self.kill(place));
    }

    /// Kills servers and starts them again, so many times: first after so many milliseconds, then again or while
    /// they catch up with what is overdue; one of them or all at once.
    pub async fn killed(&self, chance: &mut Chance, times: u64, after: Range<u64>) {
        for time in 0..times {
            let moment = if time > 0 && chance.below(2) == 0 { 0..100 } else { after.clone() };
            tokio::time::sleep(chance.within(moment).to_std().unwrap()).await;
            if chance.below(4) == 0 {
                self.kill_all();
                self.start_all().await;
            } else {
                let place = usize::try_from(chance.below(self.nodes as u64)).unwrap();
                self.kill(place);
                tokio::time::sleep(Duration::from_millis(chance.below(150))).await;
                self.start(place).await;
            }
        }
    }

    /// How long there was somebody to do what was due at a time until it was done at another.
    pub fn served_between(&self, due: DateTime<Utc>, done: DateTime<Utc>) -> TimeDelta {
        let mut spans: Vec<_> = self.served.lock().unwrap().iter().map(|(_, from, to)| (due.max(*from), done.min(to.unwrap_or(done)))).collect();
        spans.sort_unstable();
        let (mut total, mut reached) = (TimeDelta::zero(), due);
        for (from, to) in spans {
            total += (to - from.max(reached)).max(TimeDelta::zero());
            reached = reached.max(to);
        }
        total
    }

    /// What somebody's requests are signed with.
    pub fn token(&self, role: &str, place: usize) -> &'static str {
        &self.cast.person(role, place).unwrap().token
    }

    /// Asks a server that serves, each in its turn; waits where none does. `None` where no answer came.
    pub async fn attempt(&self, token: Option<&str>, query: &str, variables: Value) -> Option<Answer> {
        let mut addresses = self.addresses.subscribe();
        let all = addresses.wait_for(|all| all.iter().any(Option::is_some)).await.unwrap().clone();
        let up: Vec<SocketAddr> = all.into_iter().flatten().collect();
        self.send(up[self.turn.fetch_add(1, Ordering::Relaxed) % up.len()], token, query, variables).await
    }

    /// Asks the server at a place. `None` where no answer came.
    pub async fn attempt_at(&self, place: usize, token: Option<&str>, query: &str, variables: Value) -> Option<Answer> {
        let address = self.addresses.borrow()[place]?;
        self.send(address, token, query, variables).await
    }

    async fn send(&self, address: SocketAddr, token: Option<&str>, query: &str, variables: Value) -> Option<Answer> {
        let mut request = self.http.post(format!("http://{address}/graphql")).json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await.ok()?).ok()?;
        Some(Answer { status, headers, body })
    }

    /// Asks until there is an answer: for what may be asked twice.
    pub async fn insist(&self, token: Option<&str>, query: &str, variables: Value) -> Answer {
        let ask = async {
            loop {
                if let Some(answer) = self.attempt(token, query, variables.clone()).await {
                    return answer;
                }
            }
        };
        tokio::time::timeout(PATIENCE, ask).await.unwrap_or_else(|_| panic!("no server answered within {PATIENCE:?}: {query}"))
    }

    /// Waits until every server serves again, so that what the killed ones left behind is settled.
    pub async fn whole(&self) {
        let mut addresses = self.addresses.subscribe();
        let whole = tokio::time::timeout(PATIENCE, addresses.wait_for(|all| all.iter().all(Option::is_some))).await;
        assert!(whole.is_ok_and(|seen| seen.is_ok()), "the servers did not all come up within {PATIENCE:?}");
    }

    /// What the servers logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.database().folder.path().join("log")).unwrap_or_default()
    }

    async fn close(mut self) {
        self.kill_all();
        if let Some(database) = self.database.take() {
            database.drop_it().await;
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() && self.database.is_some() {
            let log = self.log();
            
            let loud = log.lines().filter(|line| !line.contains(" INFO "));
            let tail: Vec<&str> = loud.rev().take(20).collect();
            eprintln!("the servers' last complaints, newest first:\n{}", tail.join("\n"));
        }
    }
}
