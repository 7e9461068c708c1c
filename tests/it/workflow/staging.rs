//! Drafts in every state, each brought there through the front door.

use std::sync::atomic::{AtomicUsize, Ordering};

use entity::enums::DraftState::*;
use entity::enums::{Role, Roles};
use serde_json::{Value, json};

use super::table::{At, Someone};
use crate::support::{Client, Draft, TestDesk, hence};

/// A day from now.
const FAR: i64 = 86_400_000;

/// Somebody, with what they are to every draft that is staged here.
pub struct Person {
    pub name: &'static str,
    pub client: Client,
    pub is: Someone,
}

/// Those who try everything.
pub struct People {
    pub all: Vec<Person>,
    /// Whose author profile every byline names, and which that is.
    profile: String,
}

/// A draft where it is to stand, with what mutations name.
pub struct Staged {
    pub draft: Draft,
    /// A comment, and whether it is resolved.
    pub remark: String,
    pub is_resolved: bool,
    /// A comment with a suggestion that can be applied.
    pub suggestion: String,
    /// A release of this draft alone.
    pub release: String,
    /// Somebody who gives verdicts at EDIT, and somebody who does not.
    pub reviewer: String,
    pub nobody: String,
    /// For texts that are in no other draft.
    pub number: usize,
}

impl People {
    pub async fn of(desk: &TestDesk) -> Self {
        let (bylined, profile) = desk.bylined("WRITER").await;
        let person = |name, client, roles: &[Role], is_owner, is_bylined| {
            let roles: Roles = roles.iter().copied().collect();
            // The stage that is judged here is EDIT.
            let is_reviewer = roles.has(Role::Editor) || roles.has(Role::Admin);
            Person { name, client, is: Someone { roles, is_owner, is_bylined, is_reviewer } }
        };
        let all = vec![
            person("the owner", desk.writer(), &[Role::Writer], true, false),
            person("the bylined", bylined, &[Role::Writer], false, true),
            person("another writer", desk.another("WRITER").await, &[Role::Writer], false, false),
            person("an editor", desk.another("EDITOR").await, &[Role::Editor], false, false),
            person("COMMERCE", desk.commerce(), &[Role::Commerce], false, false),
            person("LEGAL", desk.legal(), &[Role::Legal], false, false),
            person("the publisher", desk.publisher(), &[Role::Publisher], false, false),
            person("an administrator", desk.another("ADMIN").await, &[Role::Admin], false, false),
        ];
        Self { all, profile }
    }
}

/// How much of a draft there is: all that tells whether something left a trace.
pub async fn trace(desk: &TestDesk, draft: &Draft) -> Value {
    desk.editor().look(draft, "state updatedAt needsLegalReview revision { number } history { totalCount } comments { totalCount }").await
}

/// Brings a new draft to where it is to stand.
pub async fn stage(desk: &TestDesk, people: &People, at: At, legal: bool) -> Staged {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let more = json!({ "authorIds": [people.profile, desk.cast.author], "needsLegalReview": legal });
    let draft = desk.draft_with(&format!("Staged {number}"), more).await;
    let draft = desk.writer().update(&draft, json!({ "dek": "A second line under it." })).await.draft();
    let remark = json!({ "draftId": draft.id, "body": "A remark." });
    let remark = desk.legal().act("addComment", "comment { id }", remark).await.text("/addComment/comment/id");
    let anchor = json!({ "revision": draft.revision, "quote": "The harbour bridge" });
    let suggestion = json!({ "draftId": draft.id, "body": "Better so.", "anchor": anchor, "suggestion": "The old bridge" });
    let suggestion = desk.legal().act("addComment", "comment { id }", suggestion).await.text("/addComment/comment/id");
    let release = json!({ "name": "Alone", "draftIds": [draft.id] });
    let release = desk.publisher().act("createRelease", "release { id }", release).await.text("/createRelease/release/id");
    let draft = bring(desk, at, draft).await;
    assert_eq!((draft.state.as_str(), draft.article.is_some()), (at.state.as_str(), at.is_live || at.state == Retracted), "{at:?}");
    let (reviewer, nobody) = (desk.editor().id().to_owned(), desk.publisher().id().to_owned());
    Staged { draft, remark, is_resolved: false, suggestion, release, reviewer, nobody, number }
}

async fn bring(desk: &TestDesk, at: At, draft: Draft) -> Draft {
    let was_live = at.is_live || matches!(at.state, Unpublished | Retracted);
    let draft = match (was_live, at.until) {
        (false, _) => draft,
        (true, false) => desk.bring_out(&draft).await.draft,
        (true, true) => {
            let approved = approve(desk, &submit(desk, &draft).await).await;
            go_live_until(desk, &approved).await;
            desk.writer().read(&approved).await
        }
    };
    // What is live and is to stand elsewhere than PUBLISHED has newer work.
    let newer = was_live && matches!(at.state, Drafting | InReview | ChangesRequested | Approved | Scheduled);
    let draft = if newer { desk.writer().update(&draft, json!({ "dek": "A newer line under it." })).await.draft() } else { draft };
    match at.state {
        Drafting | Published => draft,
        InReview => submit(desk, &draft).await,
        ChangesRequested => desk.editor().review(&submit(desk, &draft).await, "EDIT", "REQUEST_CHANGES").await.draft(),
        Approved => approve(desk, &submit(desk, &draft).await).await,
        Scheduled => {
            let approved = approve(desk, &submit(desk, &draft).await).await;
            desk.publisher().schedule(&approved, &hence(FAR), json!({})).await.draft()
        }
        Unpublished => desk.publisher().unpublish(&draft, json!({})).await.draft(),
        Retracted => desk.publisher().retract(&draft, "It was not so.").await.draft(),
        Archived => desk.writer().archive(&draft).await.draft(),
    }
}

/// Sends it to its readers for a day: as soon as the machine is able to plan ahead.
async fn go_live_until(desk: &TestDesk, approved: &Draft) {
    for ahead in [60, 250, 1_000, 4_000] {
        let planned = desk.publisher().schedule(approved, &hence(ahead), json!({ "unpublishAt": hence(FAR) })).await;
        if planned.is_ok() {
            desk.awaited(approved, "ARTICLE_PUBLISHED").await;
            return;
        }
        assert_eq!(planned.fields(), ["publishAt"], "its time passed before it was asked for");
    }
    panic!("no time is far enough ahead");
}

async fn submit(desk: &TestDesk, draft: &Draft) -> Draft {
    desk.writer().submit(draft).await.draft()
}

async fn approve(desk: &TestDesk, draft: &Draft) -> Draft {
    let mut approved = desk.editor().approve(draft).await.draft();
    for stage in desk.open_stages(&approved).await {
        approved = desk.legal().review(&approved, &stage, "APPROVE").await.draft();
    }
    approved
}
