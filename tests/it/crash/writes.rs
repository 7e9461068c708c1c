//! Killed while many write: what was answered is there, what was not is there whole or not at all.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{log, look, types};
use crate::support::{BODY, Chance, House, both_killed, is_full};

both_killed![what_was_acknowledged_is_there_after_a_kill_and_nothing_is_half_there];

/// A draft as its writer knows it.
#[derive(Debug)]
struct Written {
    id: String,
    headline: String,
    revision: i64,
    /// The events of all that is known to have happened to it.
    events: Vec<&'static str>,
    /// What the events tell of that no answer came for.
    unanswered: usize,
}

/// Somebody who writes one draft after another, and keeps a ledger.
struct Writer {
    house: Arc<House>,
    token: &'static str,
    name: String,
}

const DRAFT: &str = "draft { id revision { number } }";

impl Writer {
    async fn until(self, stop: CancellationToken) -> Vec<Written> {
        let mut ledger = Vec::new();
        while !stop.is_cancelled() {
            let Some(mut written) = self.create(ledger.len()).await else { continue };
            for number in 2..6 {
                let headline = format!("{}, version {number}", written.headline.split(", version").next().unwrap());
                let input = json!({ "draftId": written.id, "baseRevision": written.revision, "headline": headline });
                let query = format!("mutation($input: UpdateDraftInput!) {{ updateDraft(input: $input) {{ {DRAFT} }} }}");
                if self.change(&mut written, &query, input, "DRAFT_UPDATED").await {
                    written.headline = headline;
                    written.revision += 1;
                }
            }
            let input = json!({ "draftId": written.id, "revision": written.revision });
            let query = format!("mutation($input: SubmitDraftInput!) {{ submitDraft(input: $input) {{ {DRAFT} }} }}");
            self.change(&mut written, &query, input, "DRAFT_SUBMITTED").await;
            ledger.push(written);
        }
        ledger
    }

    /// Creates a draft; where no answer came, it is there whole or not at all.
    async fn create(&self, number: usize) -> Option<Written> {
        const FOUND: &str = "query($text: String!) { drafts(filter: { text: $text }) { nodes { id } } }";
        let headline = format!("{} draft {number}, version 1", self.name);
        let cast = self.house.cast;
        let input = json!({ "headline": headline, "body": BODY, "sectionId": cast.section, "authorIds": [cast.author], "tags": [self.name] });
        let query = format!("mutation($input: CreateDraftInput!) {{ createDraft(input: $input) {{ {DRAFT} }} }}");
        let written = |id: &Value, unanswered| Written {
            id: id.as_str().unwrap().to_owned(),
            headline: headline.clone(),
            revision: 1,
            events: vec!["DRAFT_CREATED"],
            unanswered,
        };
        if let Some(answer) = self.house.attempt(Some(self.token), &query, json!({ "input": input })).await {
            return Some(written(answer.at("/createDraft/draft/id"), 0));
        }
        self.house.whole().await;
        let found = self.house.insist(Some(self.token), FOUND, json!({ "text": headline })).await;
        let found = found.list("/drafts/nodes");
        assert!(found.len() < 2, "asked for once, made twice: {found:?}");
        found.first().map(|draft| written(&draft["id"], 1))
    }

    /// Changes a draft, and says whether that happened.
    async fn change(&self, written: &mut Written, query: &str, input: Value, event: &'static str) -> bool {
        if let Some(answer) = self.house.attempt(Some(self.token), query, json!({ "input": input })).await {
            answer.data();
            written.events.push(event);
            return true;
        }
        self.house.whole().await;
        let seen = look(&self.house, &written.id, "history(first: 20) { nodes { type } }").await;
        let known = written.events.len();
        if types(&seen).len() > known {
            written.events.push(event);
            written.unanswered += 1;
        }
        assert_eq!(types(&seen), written.events, "what was answered is there, and at most what was not");
        written.events.len() > known
    }
}

async fn what_was_acknowledged_is_there_after_a_kill_and_nothing_is_half_there(house: Arc<House>) {
    let mut chance = Chance::new();
    let (times, crowd) = if is_full() { (50, 12) } else { (5, 6) };
    house.start_all().await;
    let before = log(&house).await.len();
    let stop = CancellationToken::new();
    let crowd: Vec<_> = (0..crowd)
        .map(|place| {
            let token = house.token(["WRITER", "EDITOR"][place % 2], place / 2 % 3);
            tokio::spawn(Writer { house: Arc::clone(&house), token, name: format!("Writer {place}") }.until(stop.clone()))
        })
        .collect();

    house.killed(&mut chance, times, 100..1_000).await;
    stop.cancel();
    let ledgers: Vec<Vec<Written>> = join_all(crowd).await.into_iter().map(Result::unwrap).collect();
    house.kill_all();
    house.start_all().await;

    let ledger: Vec<&Written> = ledgers.iter().flatten().collect();
    for written in &ledger {
        let seen = look(&house, &written.id, "state article { id } revision { number headline slug } revisions(first: 1) { totalCount } history(first: 20) { totalCount nodes { type } }").await;
        assert_eq!(types(&seen), written.events, "{}", written.headline);
        assert_eq!((&seen["revision"]["headline"], &seen["revision"]["number"]), (&json!(written.headline), &json!(written.revision)));
        assert_eq!((&seen["revisions"]["totalCount"], &seen["article"]), (&json!(written.revision), &json!(null)));
        let is_submitted = written.events.last() == Some(&"DRAFT_SUBMITTED");
        assert_eq!(seen["state"], if is_submitted { "IN_REVIEW" } else { "DRAFTING" });
    }
    let told: usize = ledger.iter().map(|written| written.events.len()).sum();
    assert_eq!(log(&house).await.len(), before + told, "nothing else happened");
    let unanswered: usize = ledger.iter().map(|written| written.unanswered).sum();
    super::tell(&format!("{}: {times} kills under load, {} drafts, {told} changes, of which {unanswered} were made but not answered", house.name, ledger.len()));
}
