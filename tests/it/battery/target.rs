//! The server that is attacked, and what it takes meanwhile.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::tell;
use crate::support::{Engine, TestDatabase, TestDesk, command, copied, settings};

/// What an attack may take.
pub struct Bounds {
    /// Time of the processor.
    cpu: Duration,
    /// Memory that is still held afterwards, in KiB.
    held: u64,
    /// Memory at the worst moment, in KiB.
    peak: u64,
}

impl Bounds {
    /// A single request that the anonymous may send.
    pub const SINGLE: Self = Self { cpu: Duration::from_secs(1), held: 64 << 10, peak: 128 << 10 };
    /// A single request of megabytes.
    pub const LARGE: Self = Self { cpu: Duration::from_secs(4), ..Self::SINGLE };
    /// Megabytes of text that are rendered, by a program that was built without optimisation.
    pub const BULKY: Self = Self { cpu: Duration::from_secs(15), held: 96 << 10, peak: 192 << 10 };
    /// Tens of megabytes of documents, read by a program that was built without optimisation. What is kept of them
    /// has a budget in bytes; the allocator's share comes on top and differs from run to run.
    pub const HEAVY: Self = Self { cpu: Duration::from_secs(40), held: 96 << 10, peak: 128 << 10 };
    /// Thousands of requests.
    pub const FLOOD: Self = Self { cpu: Duration::from_secs(10), ..Self::SINGLE };
}

/// What the process has taken so far.
#[derive(Clone, Copy)]
struct Taken {
    cpu: Duration,
    held: u64,
    resident: u64,
    peak: u64,
}

/// A server as a process of its own.
pub struct Target {
    pub address: SocketAddr,
    pub http: reqwest::Client,
    database: Option<TestDatabase>,
    child: Child,
    complaints: Mutex<Vec<String>>,
}

impl Target {
    pub async fn start() -> Self {
        Self::start_after(async |_| ()).await
    }

    /// Starts the server once something is done by one within this process, which is gone by then.
    pub async fn start_after(prepare: impl AsyncFnOnce(TestDesk)) -> Self {
        let database = copied(Engine::Sqlite).await.unwrap();
        let folder = database.folder.path();
        let running = copydesk::startup::start(&settings(&database.url, folder)).await.unwrap();
        prepare(TestDesk::new(running.address, Arc::clone(&running.desk), database.url.clone(), database.cast)).await;
        running.stop().await;
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--data-dir", folder.to_str().unwrap(), "--log-level", "error"];
        let log = File::options().append(true).create(true).open(folder.join("log")).unwrap();
        let mut child = command(&database.url, &arguments).env_remove("COPYDESK_SITE_URL").stdin(Stdio::null()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told = line.strip_prefix("copydesk serves http://").and_then(|rest| rest.split_once('/'));
        let address = told.and_then(|(address, _)| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("a server that was to start said {line:?} and {:?}", child.kill()));
        let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        let target = Self { address, http, database: Some(database), child, complaints: Mutex::default() };
        // The first request of all is not what is measured.
        assert!(target.answers().await);
        target
    }

    /// What somebody's requests are signed with.
    pub fn token(&self, role: &str) -> &'static str {
        &self.database.as_ref().unwrap().cast.person(role, 0).unwrap().token
    }

    /// The address and password of somebody.
    pub fn keys(&self, role: &str) -> (&'static str, &'static str) {
        let person = self.database.as_ref().unwrap().cast.person(role, 0).unwrap();
        (&person.email, &person.password)
    }

    /// Asks as somebody does who means no harm.
    pub async fn ask(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let mut request = self.http.post(format!("http://{}/graphql", self.address)).json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let Ok(response) = request.send().await else { return Value::Null };
        let text = response.text().await.unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn answers(&self) -> bool {
        let asked = tokio::time::timeout(Duration::from_secs(10), self.ask(None, "{ site { name } }", json!({}))).await;
        asked.is_ok_and(|answer| answer["data"]["site"]["name"].is_string())
    }

    /// Whether the server still holds its end of a connection.
    pub fn holds(&self, client: SocketAddr) -> bool {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
        let port = |address: Option<&&str>| address.and_then(|address| u16::from_str_radix(address.rsplit(':').next()?, 16).ok());
        table.lines().any(|line| {
            let parts: Vec<&str> = line.split_whitespace().collect();
            // What no process has open any more belongs to no inode.
            let is_held = parts.get(9).is_some_and(|inode| *inode != "0");
            is_held && port(parts.get(1)) == Some(self.address.port()) && port(parts.get(2)) == Some(client.port())
        })
    }

    fn taken(&self) -> Taken {
        let read = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap_or_default();
        let (stat, status) = (read("stat"), read("status"));
        // After the name, which may hold anything, the fields are plain; utime and stime are hundredths of a second.
        let times = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        let ticks: u64 = times.filter_map(|time| time.parse::<u64>().ok()).sum();
        let kib = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            line.and_then(|line| line.trim_start_matches(':').trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
        };
        Taken { cpu: Duration::from_millis(ticks * 10), held: kib("RssAnon"), resident: kib("VmRSS"), peak: kib("VmHWM") }
    }

    /// Waits until the server rests: what was begun is over, whoever is still there.
    async fn at_rest(&self) -> Taken {
        let until = Instant::now() + Duration::from_secs(10);
        let mut before = self.taken();
        loop {
            tokio::time::sleep(Duration::from_millis(40)).await;
            let now = self.taken();
            if now.cpu == before.cpu || Instant::now() > until {
                return now;
            }
            before = now;
        }
    }

    /// Measures an attack, tells what it took, and sees that the server goes on as if nothing had been.
    pub async fn attacked<T>(&self, name: &str, bounds: &Bounds, attack: impl Future<Output = T>) -> T {
        // The high-water mark begins anew.
        let _ = std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
        let before = self.at_rest().await;
        let began = Instant::now();
        let outcome = attack.await;
        let took = began.elapsed();
        let after = self.at_rest().await;
        let cpu = after.cpu.saturating_sub(before.cpu);
        let (held, peak) = (after.held.saturating_sub(before.held), after.peak.saturating_sub(before.resident));
        tell(&format!(
            "{name}: {} ms of CPU in {} ms, {:.1} MiB at the worst, {:.1} MiB held",
            cpu.as_millis(),
            took.as_millis(),
            peak as f64 / 1024.0,
            held as f64 / 1024.0
        ));
        if cpu > bounds.cpu || held > bounds.held || peak > bounds.peak {
            self.complain(name, Some(format!("took {cpu:?} of CPU, {} MiB at the worst, {} MiB held", peak >> 10, held >> 10)));
        }
        if !self.answers().await {
            self.complain(name, Some("afterwards the server does not answer".into()));
        }
        outcome
    }

    /// Notes what is wrong; the test goes on, so that all of it is told.
    pub fn complain(&self, name: &str, complaint: Option<String>) {
        self.complaints.lock().unwrap().extend(complaint.map(|complaint| format!("{name}: {complaint}")));
    }

    /// Fails where anything was wrong.
    pub fn finish(&mut self) {
        let log = self.database.take().map(|database| std::fs::read_to_string(database.folder.path().join("log")).unwrap_or_default());
        let log = log.unwrap_or_default();
        let panics = log.lines().filter(|line| line.contains("panic")).count();
        let complaints = self.complaints.lock().unwrap();
        assert!(complaints.is_empty() && panics == 0, "{}\n{panics} panics\n{}", complaints.join("\n"), log.lines().take(20).collect::<Vec<_>>().join("\n"));
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
