//! Somebody who sends requests, as a client does, and what comes back.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::cast::Person;

/// Connections that are closed by us before the server, which closes idle ones after five seconds, does so just
/// when a request sets out.
pub fn connections() -> reqwest::Client {
    reqwest::Client::builder().pool_idle_timeout(std::time::Duration::from_secs(2)).build().unwrap()
}

/// One asker: anonymous, or a person of the newsroom.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    endpoint: String,
    person: Option<Person>,
    headers: HeaderMap,
}

impl Client {
    pub fn new(http: reqwest::Client, endpoint: String, person: Option<Person>) -> Self {
        Self { http, endpoint, person, headers: HeaderMap::new() }
    }

    /// The same client, which sends a header too.
    pub fn with_header(&self, name: &'static str, value: &str) -> Self {
        let mut headers = self.headers.clone();
        headers.insert(name, value.parse().unwrap());
        Self { headers, ..self.clone() }
    }

    /// Who this is. Nobody asks this of the anonymous.
    #[track_caller]
    pub fn person(&self) -> &Person {
        self.person.as_ref().expect("the anonymous is no person")
    }

    /// The person's id.
    #[track_caller]
    pub fn id(&self) -> &str {
        &self.person().id
    }

    /// What its requests are signed with.
    pub fn token(&self) -> Option<&str> {
        self.person.as_ref().map(|person| person.token.as_str())
    }

    /// The same person as a client that holds another token.
    pub fn with_token(&self, token: &str) -> Self {
        let person = Person { token: token.to_owned(), ..self.person().clone() };
        Self { person: Some(person), ..self.clone() }
    }

    /// Anybody who sends this as their token.
    pub fn with_bearer(&self, token: &str) -> Self {
        let nobody = || String::new();
        let person = Person { id: nobody(), name: nobody(), email: nobody(), password: nobody(), token: token.to_owned() };
        Self { person: Some(person), ..self.clone() }
    }

    /// Sends a GraphQL request.
    pub async fn send(&self, query: &str, variables: Value) -> Answer {
        let mut request = self.http.post(&self.endpoint).headers(self.headers.clone()).json(&json!({ "query": query, "variables": variables }));
        if let Some(person) = &self.person {
            request = request.bearer_auth(&person.token);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("the server did not answer: {error:?}\n{query}"));
        Answer::of(response).await
    }

    /// Sends a query by GET, as readers' sites do whose answers a CDN keeps.
    pub async fn get(&self, query: &str) -> Answer {
        let address = url::Url::parse_with_params(&self.endpoint, [("query", query)]).unwrap();
        let request = self.http.get(address).headers(self.headers.clone());
        let response = request.send().await.unwrap_or_else(|error| panic!("the server did not answer: {error:?}\n{query}"));
        Answer::of(response).await
    }

    /// Sends a query without variables.
    pub async fn ask(&self, query: &str) -> Answer {
        self.send(query, json!({})).await
    }

    /// Sends one mutation whose input type has the contract's usual name.
    pub async fn act(&self, mutation: &str, selection: &str, input: Value) -> Answer {
        let input_type = match mutation {
            "archiveDraft" | "cancelSchedule" | "recallDraft" | "reopenDraft" => "DraftActionInput".to_owned(),
            "createAffiliatePolicy" => "AffiliatePolicyInput".to_owned(),
            _ => format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]),
        };
        let query = format!("mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ {selection} }} }}");
        self.send(&query, json!({ "input": input })).await
    }
}

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|_| json!({ "notJson": text }));
        Self { status, headers, body }
    }

    /// What was asked for. A refusal fails the test, in words.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none() && self.body["data"].is_object(), "refused: {self}");
        &self.body["data"]
    }

    /// The value at a place within the data, such as `/draft/state`.
    #[track_caller]
    pub fn at(&self, place: &str) -> &Value {
        self.data().pointer(place).unwrap_or_else(|| panic!("nothing at {place}: {self}"))
    }

    /// The text at a place within the data.
    #[track_caller]
    pub fn text(&self, place: &str) -> String {
        self.at(place).as_str().unwrap_or_else(|| panic!("no text at {place}: {self}")).to_owned()
    }

    /// The number at a place within the data.
    #[track_caller]
    pub fn number(&self, place: &str) -> i64 {
        self.at(place).as_i64().unwrap_or_else(|| panic!("no number at {place}: {self}"))
    }

    /// The list at a place within the data.
    #[track_caller]
    pub fn list(&self, place: &str) -> &[Value] {
        self.at(place).as_array().unwrap_or_else(|| panic!("no list at {place}: {self}"))
    }

    /// The texts under a key of each member of a list.
    #[track_caller]
    pub fn texts(&self, place: &str, key: &str) -> Vec<String> {
        self.list(place).iter().map(|member| member[key].as_str().unwrap_or("null").to_owned()).collect()
    }

    /// Whether there was no refusal.
    pub fn is_ok(&self) -> bool {
        self.body.get("errors").is_none() && self.body["data"].is_object()
    }

    /// The first refusal. It has to carry a message that people can read.
    #[track_caller]
    pub fn error(&self) -> &Value {
        let error = &self.body["errors"][0];
        assert!(error["message"].as_str().is_some_and(|message| message.len() > 8), "not refused in words: {self}");
        error
    }

    /// The public code of the first refusal.
    #[track_caller]
    pub fn code(&self) -> String {
        let code = self.error()["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("a refusal without a code: {self}")).to_owned()
    }

    /// The code, or `OK` where nothing was refused.
    #[track_caller]
    pub fn outcome(&self) -> String {
        if self.is_ok() { "OK".to_owned() } else { self.code() }
    }

    /// The paths that a BAD_USER_INPUT complains about.
    #[track_caller]
    pub fn fields(&self) -> Vec<String> {
        assert_eq!(self.code(), "BAD_USER_INPUT", "{self}");
        let fields = self.error()["extensions"]["fields"].as_array();
        let fields = fields.unwrap_or_else(|| panic!("no fields: {self}"));
        fields.iter().map(|field| field["path"].as_str().unwrap_or("null").to_owned()).collect()
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = serde_json::to_string_pretty(&self.body).unwrap_or_default();
        write!(f, "HTTP {} {}", self.status, text.chars().take(4_000).collect::<String>())
    }
}
