//! A newsroom in which everything happened that an archive has to hold.

use serde_json::{Value, json};

use crate::support::{BODY, Draft, EARNING, Live, TestDesk, hence, joined, on};

/// What of it the tests come back to.
pub struct Newsroom {
    /// Live in its second edition, with a correction, a new slug, links and two authors.
    pub bridge: Live,
    /// Live, with links that earn.
    pub kettle: Live,
    /// In review, with comments.
    pub debated: Draft,
    /// Approved, and to go live in a week.
    pub planned: Draft,
    /// Approved; nobody has published it yet.
    pub ready: Draft,
    /// The token of a preview.
    pub preview: String,
}

/// Lets all of it happen.
pub async fn furnish(desk: &TestDesk) -> Newsroom {
    people(desk).await;
    let kettle = earning(desk).await;
    let bridge = corrected(desk, &kettle).await;
    gone(desk, &bridge).await;
    let debated = debated(desk).await;
    let (planned, ready) = coming(desk).await;
    let preview = desk.writer().act("createPreview", "token", json!({ "draftId": debated.id })).await.text("/createPreview/token");
    stages(desk).await;
    Newsroom { bridge, kettle, debated, planned, ready, preview }
}

async fn people(desk: &TestDesk) {
    let ada = &desk.cast.author;
    let profile = json!({ "authorId": ada, "title": "Harbour: correspondent", "bio": "Writes \"about\" *water*.\n\nAnd ferries.", "links": [{ "label": "Site", "url": "https://ada.example/" }] });
    desk.editor().update_author(profile).await.data();
    desk.staff(&["WRITER", "PUBLISHER"]).await;
}

async fn earning(desk: &TestDesk) -> Live {
    let policy = desk.new_policy("Kitchen", json!({})).await;
    desk.update_policy(&policy, json!({ "disclosure": "We earn by your kettles.", "placement": "BOTTOM" })).await;
    desk.give_section(&desk.cast.other_section, json!(policy)).await;
    let more = json!({ "body": EARNING, "sectionId": desk.cast.other_section, "tags": ["Tea: black", "kitchen"] });
    let kettle = desk.published_with("A kettle for \"all\"", more).await;
    let flagged = desk.draft("A gift").await;
    let flagged = desk.writer().flag(&flagged, json!({ "flag": "REQUIRED", "reason": "It was given to us." })).await.draft();
    desk.bring_out(&flagged).await;
    kettle
}

async fn corrected(desk: &TestDesk, kettle: &Live) -> Live {
    let image = image(desk).await;
    let more = json!({ "tags": ["Bridges", "Harbour"], "authorIds": [desk.cast.author, desk.cast.other_author], "heroImageId": image, "seoTitle": "Bridge opens" });
    let bridge = desk.published_with("The bridge opens", more).await;
    let links = json!([
        { "kind": "BACKGROUND", "draftId": kettle.draft.id, "note": "How it began" },
        { "kind": "VIDEO", "url": "https://film.example/bridge", "title": "The film" },
    ]);
    desk.editor().relate(&bridge.draft, links).await.data();
    let draft = desk.writer().read(&bridge.draft).await;
    let changes = json!({ "headline": "The long bridge opens", "slug": "the-long-bridge-opens", "body": format!("{BODY}\n\nIt is [40 metres](/a-kettle-for-all) long: \"long\", ü, 日本.") });
    let draft = desk.writer().update(&draft, changes).await.draft();
    let draft = desk.writer().submit(&draft).await.draft();
    let draft = desk.editor().approve(&draft).await.draft();
    let correction = json!({ "correction": { "kind": "CORRECTION", "note": "The bridge is 40 m long: not 400." } });
    let answer = desk.publisher().publish_with(&draft, correction).await;
    let draft = answer.draft();
    // Work on its third edition has begun.
    let draft = desk.writer().update(&draft, json!({ "dek": "Begun again." })).await.draft();
    Live { article: answer.text("/publishDraft/article/id"), slug: answer.text("/publishDraft/article/slug"), draft }
}

/// A picture's record, as an upload leaves it.
async fn image(desk: &TestDesk) -> String {
    let id = entity::ids::ImageId::new();
    let hex = id.0.simple().to_string();
    let value = if desk.url.starts_with("sqlite") { format!("X'{hex}'") } else { format!("'{hex}'::uuid") };
    let sql = format!(
        "INSERT INTO images (id, alt, caption, credit, width, height, mime, storage_key, bytes, created_at) VALUES \
         ({value}, 'A bridge', 'At dawn', 'Bo Finch', 1200, 800, 'image/jpeg', 'bridge', 1234, '2024-05-06T07:08:09+00:00')"
    );
    on(&desk.url, &sql).await;
    id.to_string()
}

async fn gone(desk: &TestDesk, bridge: &Live) {
    let away = desk.published("Taken away").await;
    desk.publisher().unpublish(&away.draft, json!({ "redirectToArticleId": bridge.article })).await.data();
    let wrong = desk.published("All wrong").await;
    desk.publisher().retract(&wrong.draft, "None of it is true.").await.data();
    let breaking = desk.submitted("Breaking").await;
    desk.publisher().publish_with(&breaking, json!({ "override": { "reason": "It burns." } })).await.data();
    let dropped = desk.draft("Dropped").await;
    desk.writer().archive(&dropped).await.data();
}

async fn debated(desk: &TestDesk) -> Draft {
    let draft = desk.submitted("Debated").await;
    let lawyer = json!({ "draftId": draft.id, "stage": "EDIT", "reviewerId": desk.another("EDITOR").await.id(), "dueAt": hence(86_400_000) });
    desk.editor().act("assignReview", "draft { id }", lawyer).await.data();
    let comment = async |body: &str, more: Value| {
        let input = joined(json!({ "draftId": draft.id, "body": body }), more);
        desk.editor().act("addComment", "comment { id }", input).await.text("/addComment/comment/id")
    };
    let root = comment("Which one?", json!({ "anchor": { "revision": 1, "quote": "harbour bridge" } })).await;
    comment("The new one.", json!({ "parentId": root })).await;
    let better = json!({ "anchor": { "revision": 1, "quote": "this morning" }, "suggestion": "at dawn" });
    let better = comment("Sooner.", better).await;
    let settled = comment("Fine.", json!({})).await;
    desk.editor().act("resolveComment", "draft { id }", json!({ "commentId": settled, "resolved": true })).await.data();
    desk.editor().review(&draft, "EDIT", "REQUEST_CHANGES").await.data();
    let draft = desk.writer().change("applySuggestion", json!({ "commentId": better, "baseRevision": 1 })).await.draft();
    desk.writer().submit(&draft).await.draft()
}

async fn coming(desk: &TestDesk) -> (Draft, Draft) {
    let (planned, ready) = (desk.approved("Planned").await, desk.approved("Ready").await);
    let planned = desk.publisher().schedule(&planned, &hence(7 * 86_400_000), json!({})).await.draft();
    let input = json!({ "name": "Together", "draftIds": [ready.id] });
    desk.publisher().act("createRelease", "release { id }", input).await.data();
    let legal = desk.writer().create(joined(desk.complete("For the lawyers"), json!({ "needsLegalReview": true }))).await.draft();
    desk.writer().submit(&legal).await.data();
    (planned, ready)
}

async fn stages(desk: &TestDesk) {
    let stage = |key: &str, roles: Value, when: &str| json!({ "key": key, "name": key, "roles": roles, "appliesWhen": when });
    let stages = json!({ "stages": [
        stage("EDIT", json!(["EDITOR"]), "ALWAYS"),
        stage("COMMERCE", json!(["COMMERCE"]), "AFFILIATE"),
        stage("LEGAL", json!(["LEGAL"]), "LEGAL"),
        stage("FACTS", json!(["EDITOR", "LEGAL"]), "LEGAL"),
    ] });
    desk.admin().act("updateWorkflow", "workflow { stages { key } }", stages).await.data();
}
