//! Times to come, and waiting for what happens at them.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::desk::TestDesk;
use super::journeys::{Draft, joined};

/// How long anything that is promised within a second may take here, where the machine does much else.
const PATIENCE: Duration = Duration::from_secs(20);

/// A time so many milliseconds from now, as clients write it.
pub fn hence(milliseconds: i64) -> String {
    (Utc::now() + TimeDelta::milliseconds(milliseconds)).to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A time as the server wrote it.
#[track_caller]
pub fn instant(text: &Value) -> DateTime<Utc> {
    text.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no time: {text}"))
}

impl Client {
    /// Schedules the revision that the caller saw.
    pub async fn schedule(&self, draft: &Draft, publish_at: &str, more: Value) -> Answer {
        let input = json!({ "draftId": draft.id, "revision": draft.revision, "publishAt": publish_at });
        self.change("scheduleDraft", joined(input, more)).await
    }

    pub async fn cancel(&self, draft: &Draft) -> Answer {
        self.change("cancelSchedule", json!({ "draftId": draft.id })).await
    }

    pub async fn retract(&self, draft: &Draft, notice: &str) -> Answer {
        self.change("retractArticle", json!({ "draftId": draft.id, "notice": notice })).await
    }
}

impl TestDesk {
    /// Waits until something holds that a job brings about: it looks again whenever the log grows.
    pub async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let mut news = self.desk.bus.listen();
        let wait = async {
            while !holds().await {
                // What the log is not told of, such as links of a draft that were judged anew, wakes nobody.
                let _ = tokio::time::timeout(Duration::from_millis(100), news.changed()).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        waited.unwrap_or_else(|_| panic!("{what}: it did not come about within {PATIENCE:?}"));
    }

    /// Waits until a draft's history has an event of this type, as a listener does, and gives it.
    pub async fn awaited(&self, draft: &Draft, kind: &str) -> Value {
        let mut news = self.desk.bus.listen();
        let wait = async {
            loop {
                let seen = self.editor().look(draft, "history(last: 20) { nodes { type at actor { id } summary details } }").await;
                let told = seen["history"]["nodes"].as_array().unwrap().iter().find(|event| event["type"] == kind);
                if let Some(event) = told {
                    return event.clone();
                }
                // Another server of the same database may have written it: of that nobody here is told.
                let _ = tokio::time::timeout(Duration::from_millis(100), news.changed()).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        waited.unwrap_or_else(|_| panic!("no {kind} of '{}' came within {PATIENCE:?}", draft.headline))
    }
}
