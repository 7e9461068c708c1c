//! The people of every test's newsroom. They are made and signed in once, in the template that
//! databases are copied from: hashing passwords is slow on purpose, and a copy keeps its sessions.

use chrono::Utc;
use copydesk::app::{Actor, Cx, account};
use entity::enums::{Role, Roles};
use serde_json::json;

use super::client::Client;
use super::desk::settings;

/// How many of each role there are, so that a rule about two people needs nobody new.
const EACH: usize = 3;

/// Who is there from the start, and what they work on.
pub struct Cast {
    people: Vec<(&'static str, Person)>,
    /// A section to write for: News.
    pub section: String,
    /// Another one: Culture.
    pub other_section: String,
    /// Somebody for bylines, who is no user: Ada Quill.
    pub author: String,
    /// Somebody else: Ben Ink.
    pub other_author: String,
}

/// Somebody of the newsroom, with what it takes to sign in.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub email: String,
    pub password: String,
    pub token: String,
}

impl Cast {
    /// The first person of each role, signed in to a newsroom that has the same users but not their sessions.
    pub async fn signed_in_to(&self, http: &reqwest::Client, endpoint: &str) -> Self {
        let mut people = Vec::new();
        for role in Role::ALL {
            let known = self.person(role.as_str(), 0).unwrap();
            let signed_in = sign_in(http, endpoint, &known.email, &known.password).await;
            people.push((role.as_str(), Person { name: known.name.clone(), ..signed_in }));
        }
        let [section, other_section] = [&self.section, &self.other_section].map(Clone::clone);
        let [author, other_author] = [&self.author, &self.other_author].map(Clone::clone);
        Self { people, section, other_section, author, other_author }
    }

    /// The person at this place among those of a role.
    pub fn person(&self, role: &str, place: usize) -> Option<&Person> {
        self.people.iter().filter(|(of, _)| *of == role).map(|(_, person)| person).nth(place)
    }
}

/// Migrates the database and puts the cast into it, through the front door but for the first administrator.
pub async fn assemble(url: &str) -> Cast {
    copydesk::store::migrate::up(url).await.unwrap_or_else(|error| panic!("{url} cannot be migrated: {error}"));
    let folder = tempfile::tempdir().unwrap();
    let running = copydesk::startup::start(&settings(url, folder.path())).await.unwrap();
    let endpoint = format!("http://{}/graphql", running.address);
    let http = super::client::connections();

    let (email, password) = ("root@newsroom.example", "the keys to the house");
    let new = account::NewUser {
        email: email.into(),
        name: "Root".into(),
        password: password.into(),
        roles: Roles::from_iter([Role::Admin]),
    };
    let console = Cx::new(std::sync::Arc::clone(&running.desk), Actor::Anonymous, Utc::now());
    account::add_at_console(&console, new).await.unwrap();
    let root = sign_in(&http, &endpoint, email, password).await;
    let admin = Client::new(http.clone(), endpoint.clone(), Some(root));

    let mut people = Vec::new();
    for role in Role::ALL {
        for place in 0..EACH {
            let role = role.as_str();
            let name = format!("{}{} {}", &role[..1], role[1..].to_lowercase(), ["Abel", "Bea", "Cleo"][place]);
            let email = format!("{}{place}@newsroom.example", role.to_lowercase());
            people.push((role, hire(&admin, &http, &endpoint, &name, &email, &[role]).await));
        }
    }
    let section = admin.create_section(json!({ "name": "News" })).await.text("/createSection/section/id");
    let other_section = admin.create_section(json!({ "name": "Culture" })).await.text("/createSection/section/id");
    let author = admin.create_author(json!({ "name": "Ada Quill" })).await.text("/createAuthor/author/id");
    let other_author = admin.create_author(json!({ "name": "Ben Ink" })).await.text("/createAuthor/author/id");
    running.stop().await;
    Cast { people, section, other_section, author, other_author }
}

/// Adds a user as an administrator does, and signs them in.
pub async fn hire(admin: &Client, http: &reqwest::Client, endpoint: &str, name: &str, email: &str, roles: &[&str]) -> Person {
    let password = format!("the password of {email}");
    let input = json!({ "email": email, "name": name, "password": password, "roles": roles });
    let answer = admin
        .send("mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }", json!({ "input": input }))
        .await;
    let id = answer.text("/createUser/user/id");
    let signed_in = sign_in(http, endpoint, email, &password).await;
    Person { id, name: name.to_owned(), ..signed_in }
}

async fn sign_in(http: &reqwest::Client, endpoint: &str, email: &str, password: &str) -> Person {
    let anonymous = Client::new(http.clone(), endpoint.to_owned(), None);
    let answer = anonymous.sign_in(email, password).await;
    Person {
        id: answer.text("/signIn/viewer/id"),
        name: answer.text("/signIn/viewer/name"),
        email: email.to_owned(),
        password: password.to_owned(),
        token: answer.text("/signIn/token"),
    }
}
