//! A listener whose connection breaks, while others write all the time, misses nothing and hears nothing twice.

use std::io::Write as _;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use super::newest;
use crate::support::{Chance, Client, Heard, Socket, TestDesk, both, is_full};

both![whoever_resumes_under_load_hears_every_event_once_and_in_order];

const QUERY: &str = "subscription($after: ID) { events(after: $after) { id at type draft { id revision { number } } } }";
const BREAKS: usize = 5;

/// Changes drafts, at each server in its turn.
async fn write(doors: Vec<Client>, name: String, count: usize) {
    let mut draft = None;
    for number in 0..count {
        let door = &doors[number % doors.len()];
        draft = Some(match draft {
            Some(draft) if number % 10 != 0 => door.update(&draft, json!({ "dek": format!("Change {number}") })).await.draft(),
            _ => door.create(json!({ "headline": format!("{name}, draft {number}") })).await.draft(),
        });
    }
}

/// Whoever listens, and what they have heard.
struct Listener<'a> {
    doors: [&'a TestDesk; 2],
    who: Client,
    connected: usize,
    after: String,
    heard: Vec<String>,
}

impl Listener<'_> {
    /// Connects to the next server, and goes on after the last event that was heard.
    async fn connect(&mut self) -> Socket {
        let mut socket = self.doors[self.connected % 2].socket(&self.who).await;
        self.connected += 1;
        socket.begin("1", QUERY, json!({ "after": self.after })).await;
        socket
    }

    fn take(&mut self, heard: &Heard) {
        let Heard::Message(message) = heard else { panic!("cut off: {heard:?}") };
        let id = message["payload"]["data"]["events"]["id"].as_str().unwrap_or_else(|| panic!("no event: {message}"));
        self.after = id.to_owned();
        self.heard.push(self.after.clone());
    }

    /// Listens until a moment.
    async fn until(&mut self, socket: &mut Socket, moment: Instant) {
        while let Some(heard) = socket.within(moment.saturating_duration_since(Instant::now())).await {
            self.take(&heard);
        }
    }
}

/// Every event after one, as the log has them.
async fn log(desk: &TestDesk, since: &str) -> Vec<String> {
    let query = "query($after: String) { events(first: 100, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }";
    let (mut all, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = desk.admin().send(query, json!({ "after": cursor })).await;
        all.extend(page.texts("/events/nodes", "id"));
        cursor = page.at("/events/pageInfo/endCursor").clone();
        if page.at("/events/pageInfo/hasNextPage") == false {
            break;
        }
    }
    let begin = all.iter().position(|id| id == since).unwrap() + 1;
    all.split_off(begin)
}

async fn whoever_resumes_under_load_hears_every_event_once_and_in_order(desk: TestDesk) {
    let mut chance = Chance::new();
    let count = if is_full() { 1_000 } else { 80 };
    let since = newest(&desk).await;
    let other = desk.elsewhere().await;
    let (done, mut ended) = watch::channel(false);
    let writers = (0..4).map(|place| {
        let doors = [&desk, &other].map(|desk| if place % 2 == 0 { desk.writer() } else { desk.editor() });
        tokio::spawn(write(doors.to_vec(), format!("Writer {place}"), count))
    });
    let writers: Vec<_> = writers.collect();
    tokio::spawn(async move {
        let outcomes = join_all(writers).await;
        let _ = done.send(outcomes.into_iter().all(|outcome| outcome.is_ok()));
    });

    let mut listener = Listener { doors: [&desk, &other], who: desk.admin(), connected: 0, after: since.clone(), heard: Vec::new() };
    let mut heard_at_breaks = Vec::new();
    for _ in 0..BREAKS {
        let mut socket = listener.connect().await;
        let moment = Instant::now() + Duration::from_millis(100 + chance.below(if is_full() { 3_000 } else { 400 }));
        listener.until(&mut socket, moment).await;
        heard_at_breaks.push(listener.heard.len());
        drop(socket);
        // Some happens while nobody listens.
        tokio::time::sleep(Duration::from_millis(chance.below(150))).await;
    }
    let mut socket = listener.connect().await;
    while !*ended.borrow() {
        tokio::select! {
            heard = socket.hear() => listener.take(&heard),
            outcome = ended.changed() => assert!(outcome.is_ok() && *ended.borrow(), "a writer failed"),
        }
    }
    let log = log(&desk, &since).await;
    while listener.heard.last() != log.last() {
        let heard = socket.hear().await;
        listener.take(&heard);
    }

    assert_eq!(log.len(), 4 * count, "the writers' changes and nothing else");
    assert_eq!(listener.heard, log);
    let _ = writeln!(std::io::stderr(), "resumed: {} events, the connection broken after {heard_at_breaks:?}", log.len());
}
