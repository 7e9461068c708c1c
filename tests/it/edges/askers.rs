//! Who asks, and what may come out to them.

use serde_json::Value;

use super::newsroom::Newsroom;
use super::secrets::{canaries, objects, text};
use crate::support::{Answer, Client};

/// Of what readers get to see something. What is added here is published.
pub const READERS: &[&str] = &[
    "AffiliateDisclosure", "AffiliatePolicy", "AffiliatePolicyVersion", "AffiliateRule", "Article", "ArticleConnection", "ArticleEdge",
    "ArticleSearchConnection", "ArticleSearchEdge", "Author", "AuthorConnection", "AuthorEdge", "AuthorLink", "Body", "CodeBlock", "Correction", "DisclosureBlock", "DividerBlock", "Edition",
    "EditionConnection", "EditionEdge", "EmbedBlock", "ExternalPage", "HeadingBlock", "ImageBlock", "InverseLink", "ListBlock", "PageInfo",
    "ParagraphBlock", "QuoteBlock", "RelatedLink", "Retraction", "Section", "Seo", "Series", "Site", "TableBlock", "Tag",
];

/// What is on record of somebody's own doings, for them and administrators.
pub const PRIVATE: [&str; 4] = ["SIGNED_IN", "SIGN_IN_FAILED", "TOKEN_CREATED", "TOKEN_REVOKED"];

/// What the canaries begin with that only somebody and administrators may see.
const OWN: &str = "canaryprivate";

/// What the canaries begin with that are in the draft of the preview.
const PREVIEWED: &str = "canarypreviewed";

#[derive(Clone, Copy, PartialEq)]
pub enum Sight {
    /// What is live, and oneself.
    Reader,
    /// The whole desk, but for what is others' own.
    Desk,
    Everything,
}

pub struct Asker {
    pub name: &'static str,
    pub client: Client,
    pub sight: Sight,
    /// Who it is.
    pub user: Option<String>,
    /// Which of what is somebody's own is theirs.
    own: Option<String>,
}

impl Asker {
    pub fn all(room: &Newsroom) -> Vec<Self> {
        let desk = &room.desk;
        let admin = desk.admin();
        let mut all = vec![Self { name: "ADMIN", sight: Sight::Everything, user: Some(admin.id().to_owned()), own: None, client: admin.clone() }];
        let staff = [("WRITER", desk.writer()), ("EDITOR", desk.editor()), ("COMMERCE", desk.commerce()), ("LEGAL", desk.legal()), ("PUBLISHER", desk.publisher())];
        all.extend(staff.map(|(name, client)| {
            let own = Some(format!("{OWN}{}", name.to_lowercase()));
            Self { name, sight: Sight::Desk, user: Some(client.id().to_owned()), own, client }
        }));
        let own = Some(format!("{OWN}admin"));
        let program = room.program.clone();
        all.push(Self { name: "a program of ADMIN that may only write", sight: Sight::Desk, user: Some(admin.id().to_owned()), own, client: program });
        all.extend(Self::readers(room));
        all
    }

    /// Those who read what is live.
    pub fn readers(room: &Newsroom) -> [Self; 2] {
        let nobody = room.nobody.clone();
        [
            Self { name: "the anonymous", sight: Sight::Reader, user: None, own: None, client: room.desk.anonymous() },
            Self { name: "somebody without a role", sight: Sight::Reader, user: Some(nobody.id().to_owned()), own: None, client: nobody },
        ]
    }

    fn may_see(&self, word: &str, is_preview: bool) -> bool {
        match self.sight {
            Sight::Reader => is_preview && word.starts_with(PREVIEWED),
            Sight::Desk => !word.starts_with(OWN) || self.own.as_deref() == Some(word),
            Sight::Everything => true,
        }
    }

    /// What an answer has that is not for them.
    pub fn leaks(&self, room: &Newsroom, answer: &Answer, is_preview: bool) -> Vec<String> {
        let said = text(answer);
        let words = canaries(&said).into_iter().filter(|word| !self.may_see(word, is_preview));
        let mut leaks: Vec<String> = words.map(|word| format!("says {word}")).collect();
        leaks.extend(room.secrets.never_in(&said).map(|secret| format!("says {secret}, which nobody is told")));
        leaks.extend(self.odd_refusals(answer));
        for (name, fields) in objects(&answer.body["data"]) {
            let is_own_key = self.user.is_some() && matches!(name, "Session" | "ApiToken");
            let is_own = || is_own_key || name == "User" && fields.get("id").is_none_or(|id| id.as_str() == self.user.as_deref());
            if self.sight == Sight::Reader && !READERS.contains(&name) && !is_own() {
                leaks.push(format!("shows a {name}"));
            }
            if matches!(name, "ArticleConnection" | "ArticleSearchConnection") && self.sight == Sight::Reader {
                leaks.extend(dead(room, fields));
            }
            let is_private = name == "Event" && fields.get("type").and_then(Value::as_str).is_some_and(|kind| PRIVATE.contains(&kind));
            let actor = fields.get("actor").map(|actor| actor["id"].as_str());
            if is_private && self.sight == Sight::Desk && actor.is_some_and(|actor| actor != self.user.as_deref()) {
                leaks.push(format!("shows what is on record of somebody else: {}", fields.get("summary").unwrap_or_default()));
            }
        }
        leaks.sort();
        leaks.dedup();
        leaks
    }

    /// Refusals that are none of those that a query may meet with.
    fn odd_refusals(&self, answer: &Answer) -> Vec<String> {
        let errors = answer.body["errors"].as_array().into_iter().flatten();
        let expected: &[&str] = match (self.sight, &self.user) {
            (Sight::Reader, None) => &["UNAUTHENTICATED"],
            (Sight::Reader, Some(_)) => &["FORBIDDEN"],
            _ => &[],
        };
        let odd = errors.filter(|error| !error["extensions"]["code"].as_str().is_some_and(|code| expected.contains(&code)));
        odd.map(|error| format!("is refused: {error}")).collect()
    }
}

/// Whether an answer has something in it that is for somebody and administrators alone.
pub fn is_private(answer: &Answer) -> bool {
    let said = answer.body.to_string();
    said.contains(OWN) || PRIVATE.iter().any(|kind| said.contains(kind))
}

/// What a page of articles has that is not live, or counts.
fn dead(room: &Newsroom, page: &serde_json::Map<String, Value>) -> Vec<String> {
    let nodes = page.get("nodes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let is_live = |id: &Value| room.live.iter().any(|live| *id == live.article);
    let ids = nodes.iter().filter_map(|node| node.get("id"));
    let mut found: Vec<String> = ids.filter(|id| !is_live(id)).map(|id| format!("lists {id}, which is not live")).collect();
    if let Some(count) = page.get("totalCount").filter(|count| **count != nodes.len()) {
        found.push(format!("counts {count} articles where {} are live", nodes.len()));
    }
    found
}
