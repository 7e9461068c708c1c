//! A newsroom in which all that is not for readers holds a canary: a word that stands nowhere else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::secrets::Secrets;
use crate::support::{AMAZON, Client, Draft, EARNING, Live, TestDesk, hence, joined};

/// Every part that a body can have, with a link that earns and one to `SLUG`.
const RICH: &str = "## A heading\n\nThe tide barrier in the harbour was closed at noon. Engineers measured the flood, and the harbour stayed dry.\n\n\
    > It held.\n>\n> — Ada Quill\n\n1. one\n2. two\n\n![A lamp](https://pictures.example/lamp.png \"At night\")\n\n\
    https://www.youtube.com/watch?v=dQw4w9WgXcQ\n\n```rust\nfn main() {}\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n---\n\n\
    A [kettle](https://www.amazon.com/dp/B000?tag=desk-20), [the other](/SLUG), [what was](/once-here), [what moved](/moved-on).";
const TIDES: &str = "A second flood reached the harbour. The tide barrier was raised by its engineers within the hour, before the flood came.";

/// A newsroom with something to show of every kind.
pub struct Newsroom {
    pub desk: TestDesk,
    pub secrets: Secrets,
    /// What readers have.
    pub live: Vec<Live>,
    pub retracted: Live,
    /// What was live once and is no more.
    pub gone: Vec<Live>,
    /// Those of which readers have nothing.
    pub hidden: BTreeMap<&'static str, Draft>,
    /// Tags and slugs that no live article has.
    pub hidden_slugs: Vec<String>,
    /// Of a draft that is to go live tomorrow.
    pub preview: String,
    /// Of drafts that ended.
    pub dead_previews: Vec<String>,
    /// The API tokens: the program's first.
    pub tokens: Vec<String>,
    /// The editor's session.
    pub session: String,
    /// Somebody who is signed in, and has no role.
    pub nobody: Client,
    /// A program of the administrator's that may only write.
    pub program: Client,
    /// A comment, a release and a policy that are not for readers.
    pub comment: String,
    pub release: String,
    pub policy: String,
}

/// What was made on the way, by which other things go on.
struct Desks {
    desk: TestDesk,
    secrets: Secrets,
}

impl Desks {
    /// Content of a draft whose every text holds a canary.
    fn content(&mut self, place: &str) -> Value {
        let desk = self.desk.clone();
        let mut word = |what: &str| self.secrets.plant(&format!("{place}{what}"));
        let (headline, tag, url) = (word("headline"), word("tag"), word("url"));
        let more = json!({
            "dek": format!("The {} under it", word("dek")), "body": format!("The {} stands here.\n\nThere are tides and floods.", word("body")),
            "tags": ["Tide", tag], "seoTitle": word("seotitle"), "seoDescription": word("seodescription"),
            "canonicalUrl": format!("https://{url}.example/"), "note": word("note"),
        });
        joined(desk.complete(&format!("A {headline}")), more)
    }

    async fn draft(&mut self, place: &str) -> Draft {
        let content = self.content(place);
        self.desk.writer().create(content).await.draft()
    }

    async fn submitted(&mut self, place: &str) -> Draft {
        let draft = self.draft(place).await;
        let input = json!({ "draftId": draft.id, "revision": draft.revision, "note": self.secrets.plant(&format!("{place}submitnote")) });
        self.desk.writer().change("submitDraft", input).await.draft()
    }

    async fn judged(&mut self, place: &str, verdict: &str) -> Draft {
        let draft = self.submitted(place).await;
        let summary = self.secrets.plant(&format!("{place}summary"));
        let input = json!({ "draftId": draft.id, "revision": draft.revision, "stage": "EDIT", "verdict": verdict, "summary": summary });
        self.desk.editor().change("reviewDraft", input).await.draft()
    }

    /// Names everybody whom readers have no business to know.
    async fn people(&mut self) {
        let desk = self.desk.clone();
        for role in ["WRITER", "EDITOR", "COMMERCE", "LEGAL", "PUBLISHER", "ADMIN"] {
            let name = self.secrets.plant(&format!("name{}", role.to_lowercase()));
            // A token has none but its maker's roles: the administrator is a writer, too.
            let roles = if role == "ADMIN" { json!([role, "WRITER"]) } else { json!([role]) };
            let input = json!({ "userId": desk.cast.person(role, 0).unwrap().id, "name": name, "roles": roles });
            desk.admin().act("updateUser", "user { id }", input).await.data();
        }
        let (email, name) = (self.secrets.plant("email"), self.secrets.plant("username"));
        let input = json!({ "email": format!("{email}@newsroom.example"), "name": name, "password": self.secrets.never("password"), "roles": ["LEGAL"] });
        desk.admin().act("createUser", "user { id }", input).await.data();
        let stages = json!([
            { "key": "EDIT", "name": self.secrets.plant("stagename"), "roles": ["EDITOR"] },
            { "key": "COMMERCE", "name": "Commerce", "roles": ["COMMERCE"], "appliesWhen": "AFFILIATE" },
            { "key": "LEGAL", "name": "Law", "roles": ["LEGAL"], "appliesWhen": "LEGAL" },
        ]);
        desk.admin().act("updateWorkflow", "workflow { stages { key } }", json!({ "stages": stages })).await.data();
    }

    /// Readers' own: an author, sections, and the policies that hold there; and one that holds nowhere.
    async fn places(&mut self) -> (String, String) {
        let desk = self.desk.clone();
        let profile = json!({
            "authorId": desk.cast.author, "userId": desk.writer().id(), "title": "Staff writer", "bio": "She *writes*.",
            "links": [{ "label": "website", "url": "https://ada.example/" }],
        });
        desk.editor().update_author(profile).await.data();
        desk.editor().update_section(json!({ "sectionId": desk.cast.section, "description": "What is new." })).await.data();
        let rules = |network: &str| json!([{ "network": network, "host": "deals.example", "parameter": "ref" }]);
        let own = json!({ "rules": rules("House deals"), "policyUrl": "https://newsroom.example/policy" });
        let held = desk.new_policy("For News", own).await;
        desk.update_policy(&held, json!({ "placement": "BOTTOM" })).await;
        desk.give_section(&desk.cast.section, json!(held)).await;
        let named = desk.new_policy(&self.secrets.plant("policyname"), json!({ "rules": rules(&self.secrets.plant("network")), "disclosure": "We earn a commission." })).await;
        let wording = json!({ "disclosure": self.secrets.plant("wording") });
        let unheld = desk.new_policy(&self.secrets.plant("unheldname"), wording).await;
        (named, unheld)
    }

    /// A token of each, whose name is for its maker alone, and administrators.
    async fn tokens(&mut self, ids: &mut Vec<String>) -> Client {
        let desk = self.desk.clone();
        let mut secrets = Vec::new();
        for role in ["ADMIN", "WRITER", "EDITOR", "COMMERCE", "LEGAL", "PUBLISHER"] {
            let who = desk.anonymous().with_bearer(&desk.cast.person(role, 0).unwrap().token);
            let name = self.secrets.plant(&format!("private{}", role.to_lowercase()));
            let roles = if role == "ADMIN" { json!(["WRITER"]) } else { json!([role]) };
            let input = json!({ "name": name, "roles": roles, "expiresAt": hence(3_600_000) });
            let made = who.act("createApiToken", "apiToken { id } secret", input).await;
            ids.push(made.text("/createApiToken/apiToken/id"));
            secrets.push(made.text("/createApiToken/secret"));
        }
        desk.anonymous().sign_in(&desk.writer().person().email, "wrong").await.code();
        let program = desk.anonymous().with_bearer(&secrets[0]);
        program.ask("{ viewer { id } }").await.data();
        self.secrets.never_shown(secrets);
        program
    }

    /// What staff say to each other about a draft.
    async fn talk(&mut self, about: &Draft) -> String {
        let desk = self.desk.clone();
        let mut say = Vec::new();
        for what in ["question", "answer", "suggested", "suggestion", "open"] {
            say.push(self.secrets.plant(&format!("comment{what}")));
        }
        let add = async |who: Client, more: Value| {
            let input = joined(json!({ "draftId": about.id }), more);
            who.act("addComment", "comment { id }", input).await.text("/addComment/comment/id")
        };
        let first = add(desk.legal(), json!({ "body": say[0] })).await;
        add(desk.writer(), json!({ "body": say[1], "parentId": first })).await;
        desk.legal().act("resolveComment", "comment { id }", json!({ "commentId": first })).await.data();
        let anchor = json!({ "revision": about.revision, "quote": "stands here" });
        add(desk.publisher(), json!({ "body": say[4], "anchor": anchor })).await;
        let anchor = json!({ "revision": about.revision, "quote": "floods" });
        let change = add(desk.commerce(), json!({ "body": say[2], "suggestion": say[3], "anchor": anchor })).await;
        desk.writer().change("applySuggestion", json!({ "commentId": change, "baseRevision": about.revision })).await.data();
        first
    }
}

impl Newsroom {
    pub async fn filled(desk: TestDesk) -> Self {
        let mut tokens = Vec::new();
        let mut desks = Desks { desk: desk.clone(), secrets: Secrets::default() };
        desks.people().await;
        let (named, policy) = desks.places().await;
        let program = desks.tokens(&mut tokens).await;
        let nobody = desk.staff(&[]).await;
        let mut hidden = BTreeMap::new();

        // What readers have had, and have no more.
        let content = joined(desks.content("gone"), json!({ "slug": "once-here" }));
        let twice = desk.published_with("Once here", content).await;
        let next = desk.writer().update(&twice.draft, json!({ "headline": desks.secrets.plant("goneheadlineafter") })).await.draft();
        let next = desk.editor().approve(&desk.writer().submit(&next).await.draft()).await.draft();
        let correction = json!({ "correction": { "kind": "CORRECTION", "note": desks.secrets.plant("gonecorrection") } });
        desk.publisher().publish_with(&next, correction).await.data();
        let moved = desk.published_with("Moved on", json!({ "slug": "moved-on", "tags": [desks.secrets.plant("movedtag")] })).await;
        let mut word = |what: &str| desks.secrets.plant(&format!("retracted{what}"));
        let kept = json!({ "dek": word("dek"), "body": word("body"), "seoDescription": word("seodescription"), "note": word("note") });
        let retracted = desk.published_with("Not so at all", kept).await;
        let mut dead_previews = vec![preview(&desk, &retracted.draft).await];

        // What they have.
        let other = desk.published_with("Second flood", json!({ "body": TIDES, "tags": ["Tide"] })).await;
        let rich = json!({ "body": RICH.replace("SLUG", &other.slug), "tags": ["Tide", "Harbour"], "seoDescription": "How it held.", "heroImageId": null });
        let first = desk.published_with("Barrier holds", rich).await;
        let more = json!({ "correction": { "kind": "UPDATE", "note": "The hour was added." } });
        let newer = desk.writer().update(&first.draft, json!({ "dek": "It was at noon." })).await.draft();
        let newer = approved(&desk, newer).await;
        desk.publisher().publish_with(&newer, more).await.data();
        let changed = desk.published("Kept as it was").await;
        let planned = desk.published("To be put right").await;
        let flagged = desk.draft_with("Given away", json!({ "body": EARNING })).await;
        let flag = json!({ "flag": "EXEMPT", "reason": desks.secrets.plant("exemption"), "policyId": named });
        let exempt = desk.bring_out(&desk.writer().flag(&flagged, flag).await.draft()).await;
        let rushed = desk.draft("In a hurry").await;
        let hurry = json!({ "override": { "reason": desks.secrets.plant("override") } });
        let answer = desk.publisher().publish_with(&rushed, hurry).await;
        let rushed = Live { article: answer.text("/publishDraft/article/id"), slug: answer.text("/publishDraft/article/slug"), draft: answer.draft() };

        // What they are not to have, in each state that a draft can be in.
        let begun = desks.draft("drafting").await;
        let linking = desk.writer().update(&begun, json!({ "body": format!("A [{}](https://plain.example/).", desks.secrets.plant("oldlink")) })).await.draft();
        let body = json!({ "body": format!("Without {}.", desks.secrets.plant("newbody")) });
        hidden.insert("drafting", desk.writer().update(&linking, body).await.draft());
        let mut asked = desks.submitted("inreview").await;
        let assign = json!({ "draftId": asked.id, "stage": "EDIT", "reviewerId": desk.editor().id(), "dueAt": hence(3_600_000) });
        desk.editor().act("assignReview", "draft { id }", assign).await.data();
        let late = json!({ "dueAt": hence(3_600_000), "needsLegalReview": true });
        asked = desk.writer().update(&asked, late).await.draft();
        hidden.insert("in review", asked);
        hidden.insert("changes requested", desks.judged("changes", "REQUEST_CHANGES").await);
        hidden.insert("approved", desks.judged("approved", "APPROVE").await);
        let released = desks.judged("released", "APPROVE").await;
        let input = json!({ "name": desks.secrets.plant("releasename"), "draftIds": [released.id], "publishAt": hence(86_400_000) });
        let release = desk.publisher().act("createRelease", "release { id }", input).await.text("/createRelease/release/id");
        hidden.insert("released", released);
        let scheduled = desks.judged("previewed", "APPROVE").await;
        let times = json!({ "unpublishAt": hence(172_800_000) });
        let preview_token = preview(&desk, &scheduled).await;
        hidden.insert("scheduled", desk.publisher().schedule(&scheduled, &hence(86_400_000), times).await.draft());
        let aside = desks.draft("archived").await;
        dead_previews.push(preview(&desk, &aside).await);
        let input = json!({ "draftId": aside.id, "note": desks.secrets.plant("archivenote") });
        hidden.insert("archived", desk.writer().change("archiveDraft", input).await.draft());
        let under = desks.draft("under").await;
        hidden.insert("under a policy", desk.writer().flag(&under, json!({ "flag": "REQUIRED", "reason": desks.secrets.plant("flagreason"), "policyId": policy })).await.draft());
        let mut maybe = desks.content("maybe");
        let (body, link) = (maybe["body"].as_str().unwrap(), desks.secrets.plant("linktext"));
        maybe["body"] = json!(format!("{body}\n\n[{link}](https://shop.example/?aff=7) and [a kettle]({AMAZON})."));
        hidden.insert("earning", desk.writer().create(maybe).await.draft());

        // Newer words of what is live, and those to come.
        let mut newer = desks.content("newer");
        newer["slug"] = json!(desks.secrets.plant("newerslug"));
        let changed_draft = desk.writer().update(&changed.draft, newer).await.draft();
        let comment = desks.talk(&changed_draft).await;
        let next = json!({ "dek": desks.secrets.plant("planneddek") });
        let next = approved(&desk, desk.writer().update(&planned.draft, next).await.draft()).await;
        let correction = json!({ "correction": { "kind": "CORRECTION", "note": desks.secrets.never("plannedcorrection") }, "unpublishAt": hence(172_800_000) });
        desk.publisher().schedule(&next, &hence(86_400_000), correction).await.data();

        // Links from what is live to what is not, and back.
        let links = json!([
            { "draftId": hidden["drafting"].id, "note": desks.secrets.plant("linkednote"), "kind": "SERIES" },
            { "draftId": other.draft.id, "note": "The day after.", "kind": "SERIES" },
            { "url": "https://www.amazon.com/dp/B000?tag=desk-20", "title": "The shop" },
        ]);
        desk.editor().relate(&first.draft, links).await.data();
        let links = json!([
            { "draftId": first.draft.id, "note": desks.secrets.plant("previewedlinknote") },
            { "draftId": twice.draft.id, "note": desks.secrets.plant("linkinggone") },
            { "url": "https://plain.example/", "title": desks.secrets.plant("previewedlinktitle") },
        ]);
        desk.writer().relate(&hidden["scheduled"], links).await.data();

        let reason = json!({ "reason": desks.secrets.plant("unpublishreason") });
        desk.publisher().unpublish(&twice.draft, reason).await.data();
        desk.publisher().unpublish(&moved.draft, json!({ "redirectToArticleId": other.article })).await.data();
        desk.publisher().retract(&retracted.draft, "It was not so.").await.data();

        let secrets = desks.secrets;
        let mut hidden_slugs: Vec<String> = hidden.values().map(|draft| draft.slug.clone()).collect();
        hidden_slugs.extend(secrets.planted().filter(|word| word.ends_with("tag") || word.ends_with("slug")).map(str::to_owned));
        hidden_slugs.push("once-here".to_owned());
        let live = vec![first, other, changed, planned, exempt, rushed];
        let gone = vec![twice, moved];
        let session = desk.editor().ask("{ viewer { sessions { id } } }").await.text("/viewer/sessions/0/id");
        Self { session, desk, secrets, live, retracted, gone, hidden, hidden_slugs, preview: preview_token, dead_previews, tokens, nobody, program, comment, release, policy }
    }

    /// With what fields are asked that cannot be asked without.
    pub fn given(&self) -> BTreeMap<&'static str, Vec<String>> {
        let now = format!("at: \"{}\"", hence(0));
        let slug = |slug: &str| format!("slug: \"{slug}\"");
        let drafts = self.hidden.values().chain(self.gone.iter().map(|gone| &gone.draft)).map(|draft| &draft.id);
        BTreeMap::from([
            ("Query.article", [self.retracted.slug.as_str(), &self.live[2].slug, "moved-on", "once-here"].map(slug).to_vec()),
            ("Query.author", vec![slug("ada-quill")]),
            ("Query.section", vec![slug("news")]),
            ("Query.tag", vec![slug("tide"), slug(&self.hidden_slugs[0])]),
            ("Query.draft", drafts.map(|id| format!("id: \"{id}\"")).collect()),
            ("Query.node", vec![format!("id: \"{}\"", self.hidden["drafting"].id)]),
            ("Query.nodes", vec![format!("ids: [\"{}\", \"{}\"]", self.live[0].article, self.gone[0].article)]),
            ("Query.preview", vec![format!("token: \"{}\"", self.preview)]),
            ("Query.search", ["flood", "the"].map(|word| format!("query: \"{word}\", first: 50")).to_vec()),
            ("Query.events", vec!["last: 10".to_owned(), "last: 100".to_owned(), "first: 100".to_owned()]),
            ("Query.affiliateArticles", vec!["first: 10, filter: { network: \"Amazon Associates\" }".to_owned(), "first: 10, filter: { overruled: true }".to_owned()]),
            ("Query.unpublishImpact", vec![format!("draftId: \"{}\"", self.live[1].draft.id)]),
            ("Article.shownAt", vec![now.clone()]),
            ("Draft.shownAt", vec![now]),
        ])
    }
}

async fn preview(desk: &TestDesk, draft: &Draft) -> String {
    desk.writer().act("createPreview", "token", json!({ "draftId": draft.id })).await.text("/createPreview/token")
}

/// A draft with every approval that it needs.
async fn approved(desk: &TestDesk, draft: Draft) -> Draft {
    let draft = desk.writer().submit(&draft).await.draft();
    let mut draft = desk.editor().approve(&draft).await.draft();
    for stage in desk.open_stages(&draft).await {
        draft = desk.commerce().review(&draft, &stage, "APPROVE").await.draft();
    }
    draft
}
