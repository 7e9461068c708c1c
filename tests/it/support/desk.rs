//! A newsroom for one test: a real server on a port of its own, with a database of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use copydesk::app::Desk;
use copydesk::config::Settings;
use serde_json::{Value, json};

use super::cast::{Cast, Person, hire};
use super::client::{Answer, Client};

/// What every server of the tests is started with.
pub fn settings(url: &str, folder: &Path) -> Settings {
    Settings {
        database_url: url.to_owned(),
        data_dir: folder.to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        site_url: Some("https://newsroom.example/".parse().unwrap()),
        site_name: "The Newsroom".to_owned(),
        ..Settings::default()
    }
}

/// One test's newsroom.
#[derive(Clone)]
pub struct TestDesk {
    pub address: SocketAddr,
    /// The desk behind the server, for what no client can see: statements and their plans.
    pub desk: Arc<Desk>,
    pub url: String,
    pub cast: &'static Cast,
    http: reqwest::Client,
    hired: Arc<AtomicUsize>,
    /// How many of each role were handed out by `another`.
    drawn: Arc<[AtomicUsize; 6]>,
    /// Its server, where it is not the one that the test began with.
    _server: Option<Arc<copydesk::startup::Running>>,
}

const ROLES: [&str; 6] = ["WRITER", "EDITOR", "COMMERCE", "LEGAL", "PUBLISHER", "ADMIN"];

impl TestDesk {
    pub fn new(address: SocketAddr, desk: Arc<Desk>, url: String, cast: &'static Cast) -> Self {
        let drawn = Arc::new(std::array::from_fn(|_| AtomicUsize::new(1)));
        Self { address, desk, url, cast, http: super::client::connections(), hired: Arc::default(), drawn, _server: None }
    }

    /// The same newsroom on a server that was started just now.
    pub async fn again(&self) -> Self {
        self.again_with(|_| ()).await
    }

    /// The same newsroom on another server, where its database is there for several; else on this one.
    pub async fn elsewhere(&self) -> Self {
        if self.url.starts_with("sqlite") { self.clone() } else { self.again().await }
    }

    /// The same newsroom on a server that was started just now with other settings.
    pub async fn again_with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings(&self.url, &std::env::temp_dir());
        change(&mut settings);
        let running = copydesk::startup::start(&settings).await.unwrap();
        let (address, desk) = (running.address, Arc::clone(&running.desk));
        Self { address, desk, _server: Some(Arc::new(running)), ..self.clone() }
    }

    /// The same newsroom on a server that keeps nothing of what it reads, so that its statements can be counted.
    pub async fn forgetful(&self) -> Self {
        self.again_with(|settings| (settings.wire.cache_rows, settings.wire.cache_answers) = (0, 0)).await
    }

    /// A newsroom with the same users in another database, on a server of its own; the first of each role signed in.
    pub async fn over(&self, url: &str) -> Self {
        let running = copydesk::startup::start(&settings(url, &std::env::temp_dir())).await.unwrap();
        let (address, desk) = (running.address, Arc::clone(&running.desk));
        // Few tests do so, and each of them once or twice.
        let cast = Box::leak(Box::new(self.cast.signed_in_to(&self.http, &format!("http://{address}/graphql")).await));
        Self { _server: Some(Arc::new(running)), ..Self::new(address, desk, url.to_owned(), cast) }
    }

    fn endpoint(&self) -> String {
        format!("http://{}/graphql", self.address)
    }

    fn client(&self, person: Option<Person>) -> Client {
        Client::new(self.http.clone(), self.endpoint(), person)
    }

    fn first(&self, role: &str) -> Client {
        self.client(self.cast.person(role, 0).cloned())
    }

    /// Anybody on the internet.
    pub fn anonymous(&self) -> Client {
        self.client(None)
    }

    /// The writer: always the same one.
    pub fn writer(&self) -> Client {
        self.first("WRITER")
    }

    /// The editor: always the same one.
    pub fn editor(&self) -> Client {
        self.first("EDITOR")
    }

    /// The one for affiliate policy: always the same one.
    pub fn commerce(&self) -> Client {
        self.first("COMMERCE")
    }

    /// The lawyer: always the same one.
    pub fn legal(&self) -> Client {
        self.first("LEGAL")
    }

    /// The publisher: always the same one.
    pub fn publisher(&self) -> Client {
        self.first("PUBLISHER")
    }

    /// The administrator: always the same one.
    pub fn admin(&self) -> Client {
        self.first("ADMIN")
    }

    /// Somebody of this role who was not there yet in this test.
    pub async fn another(&self, role: &str) -> Client {
        self.staff(&[role]).await
    }

    /// Somebody with just these roles who was not there yet in this test.
    pub async fn staff(&self, roles: &[&str]) -> Client {
        if let [role] = roles {
            let kind = ROLES.iter().position(|known| known == role).unwrap();
            let place = self.drawn[kind].fetch_add(1, Ordering::Relaxed);
            if let Some(person) = self.cast.person(role, place) {
                return self.client(Some(person.clone()));
            }
        }
        let number = self.hired.fetch_add(1, Ordering::Relaxed);
        let email = format!("hired{number}@newsroom.example");
        let person = hire(&self.admin(), &self.http, &self.endpoint(), &format!("Hired {number}"), &email, roles).await;
        self.client(Some(person))
    }

    /// Somebody whose author profile bylines may name, and its id.
    pub async fn bylined(&self, role: &str) -> (Client, String) {
        let somebody = self.another(role).await;
        let input = json!({ "name": somebody.person().name, "userId": somebody.id() });
        let author = self.editor().create_author(input).await.text("/createAuthor/author/id");
        (somebody, author)
    }

    /// A page that is no GraphQL: its status and text.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let response = self.http.get(format!("http://{}{path}", self.address)).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// The client of pages that are no GraphQL, and of odd requests.
    pub fn http(&self) -> (&reqwest::Client, String) {
        (&self.http, self.endpoint())
    }

    /// How much there is of everything: equal before and after what left no trace.
    pub async fn traces(&self) -> Value {
        let answer: Answer = self
            .admin()
            .ask(
                "{ events(last: 1) { totalCount nodes { id } } drafts(first: 100) { totalCount nodes { id state updatedAt revision { id number } } }
                   articles(first: 100) { totalCount nodes { id edition updatedAt } } authors(first: 100) { totalCount nodes { slug version } }
                   sections { slug version } users(first: 100) { totalCount nodes { name roles isActive } } affiliatePolicies { id version } }",
            )
            .await;
        answer.data().clone()
    }
}
