//! Authorization over edges: every field of the schema is visited as each role and as nobody, and no
//! word comes out that is not theirs.

mod askers;
mod mutations;
mod newsroom;
mod schema;
mod secrets;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::{Value, json};

use self::askers::{Asker, PRIVATE, READERS, Sight, is_private};
use self::mutations::unknown;
use self::newsroom::Newsroom;
use self::schema::{Look, Schema};
use self::secrets::{Visits, canaries, objects, text};
use crate::support::{Answer, Client, TestDesk, both};

both![
    no_edge_leads_anybody_to_what_is_not_theirs,
    what_is_hidden_is_answered_as_if_it_were_missing,
    readers_are_answered_alike_whatever_happens_at_the_desk,
    who_may_not_is_refused_without_a_word_of_what_is_there,
];

/// Fields that no query of the test sees anything in, and why.
const UNVISITED: &[(&str, &[&str])] = &[
    ("the tests' client does not say what it is", &["Session.userAgent"]),
    (
        "what is told over a socket, and to whom, is looked at by `listening`",
        &["Subscription.articlePublished", "Subscription.draftChanged", "Subscription.events"],
    ),
    (
    "pictures cannot be uploaded yet",
    &[
        "Article.heroImage", "Author.avatar", "Image.alt", "Image.caption", "Image.credit", "Image.height", "Image.id", "Image.url", "Image.width",
        "ImageBlock.credit", "ImageBlock.image", "Revision.heroImage",
    ],
    ),
];

/// What all staff may, whatever their roles.
const ALL_STAFF: &[&str] = &["addComment", "createApiToken", "createPreview", "resolveComment"];
/// What even the anonymous may.
const ANYBODY: &[&str] = &["signIn", "signOut"];
/// What is about the one alone who asks.
const ONES_OWN: &[&str] = &["changePassword"];

async fn filled(desk: TestDesk) -> (Newsroom, Schema) {
    // Each edge is asked with all that is around it, which costs more than anybody's page.
    let dear = |settings: &mut copydesk::config::Settings| {
        (settings.wire.documents.anonymous.cost, settings.wire.documents.staff.cost) = (1_000_000, 1_000_000);
    };
    let room = Newsroom::filled(desk.again_with(dear).await).await;
    let schema = Schema::told(&room.desk.admin(), room.given()).await;
    (room, schema)
}

/// Fails with each of these, if there are any.
#[track_caller]
fn assert_none(found: &[String], rule: &str) {
    let shown: Vec<String> = found.iter().take(30).map(|line| line.chars().take(1_000).collect()).collect();
    assert!(found.is_empty(), "{rule}: {} times, such as\n{}", found.len(), shown.join("\n"));
}

async fn no_edge_leads_anybody_to_what_is_not_theirs(desk: TestDesk) {
    let (room, schema) = filled(desk).await;
    let askers = Asker::all(&room);
    let (mut visits, mut spoken, mut public, mut leaks) = (Visits::default(), BTreeSet::new(), BTreeSet::new(), Vec::new());

    // Who may see everything asks first: what was kept of that must not reach the others.
    let (admin, others) = askers.split_first().unwrap();
    for (place, look) in schema.looks().iter().enumerate() {
        let first = admin.client.ask(&look.query).await;
        visits.note(&first);
        spoken.extend(canaries(&text(&first)));
        leaks.extend(admin.leaks(&room, &first, look.is_preview).into_iter().map(|leak| told(admin, look, &leak)));
        // All staff read the same, but for what is somebody's own: where nothing is, they take turns.
        let staff = others.iter().filter(|asker| asker.sight == Sight::Desk).count();
        let has_turn = |(turn, asker): &(usize, &Asker)| asker.sight == Sight::Reader || is_private(&first) || place % staff == *turn;
        let asking: Vec<&Asker> = others.iter().enumerate().filter(has_turn).map(|(_, asker)| asker).collect();
        let answers = join_all(asking.iter().map(|asker| asker.client.ask(&look.query))).await;
        for (asker, answer) in asking.iter().zip(&answers) {
            if asker.user.is_none() {
                public.extend(objects(&answer.body["data"]).into_iter().map(|(name, _)| name.to_owned()));
            }
            leaks.extend(asker.leaks(&room, answer, look.is_preview).into_iter().map(|leak| told(asker, look, &leak)));
        }
    }
    let mut ids: Vec<String> = visits.ids.values().flatten().cloned().collect();
    ids.extend(room.tokens.iter().cloned());
    let (all, owned) = (nodes(&schema, &admin.client, &ids, &mut visits).await, owned(&admin.client, &room).await);
    for asker in others {
        let asked = if asker.sight == Sight::Reader { &all } else { &owned };
        leaks.extend(check_nodes(asker, &room, &schema, asked).await);
    }
    leaks.extend(check_log(&askers).await);

    assert_none(&leaks, "nobody sees what is not theirs");
    assert_eq!(Vec::from_iter(public), READERS, "readers see something of exactly these");
    let unheard: Vec<String> = room.secrets.planted().filter(|word| !spoken.contains(*word)).map(str::to_owned).collect();
    assert_none(&unheard, "ADMIN sees each canary, or the test would be blind to it");
    let unvisited: BTreeSet<String> = schema.fields().into_iter().filter(|field| !visits.fields.contains(field)).collect();
    let known: BTreeSet<String> = UNVISITED.iter().flat_map(|(_, fields)| fields.iter().map(|field| (*field).to_owned())).collect();
    assert_eq!(unvisited, known, "every field is visited but for those in `UNVISITED`: show something in each that is new");
}

fn told(asker: &Asker, look: &Look, leak: &str) -> String {
    format!("{}, by {}, {leak}: {}", asker.name, look.path, look.query)
}

/// All that has one of these ids, asked by somebody who may see all of it, by its type.
async fn nodes(schema: &Schema, admin: &Client, ids: &[String], visits: &mut Visits) -> BTreeMap<String, Vec<String>> {
    let mut of_type: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for some in ids.chunks(100) {
        let answer = admin.send("query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }", json!({ "ids": some })).await;
        for (id, name) in some.iter().zip(answer.texts("/nodes", "__typename")).filter(|(_, name)| name != "null") {
            of_type.entry(name).or_default().push(id.clone());
        }
    }
    for (name, ids) in &of_type {
        visits.note(&ask_nodes(schema, admin, name, &ids[..ids.len().min(10)]).await);
    }
    of_type
}

/// Everybody's log has all but what is on record of others, in its counts too.
async fn check_log(askers: &[Asker]) -> Vec<String> {
    let query = "query($types: [EventType!]) { all: events { totalCount } own: events(filter: { types: $types }, first: 100) { totalCount nodes { actor { id } } } }";
    let mut found = Vec::new();
    let all = askers[0].client.send(query, json!({ "types": PRIVATE })).await;
    let public = all.number("/all/totalCount") - all.number("/own/totalCount");
    for asker in askers.iter().filter(|asker| asker.sight == Sight::Desk) {
        let seen = asker.client.send(query, json!({ "types": PRIVATE })).await;
        let is_own = |event: &&Value| event["actor"]["id"].as_str() == asker.user.as_deref();
        let own = i64::try_from(all.list("/own/nodes").iter().filter(is_own).count()).unwrap();
        if (seen.number("/own/totalCount"), seen.number("/all/totalCount")) != (own, public + own) {
            found.push(format!("{} counts more or less than {own} events of their own and {public} of all: {seen}", asker.name));
        }
    }
    found
}

/// The ids of what is somebody's own.
async fn owned(admin: &Client, room: &Newsroom) -> BTreeMap<String, Vec<String>> {
    let query = "query($types: [EventType!]) { events(filter: { types: $types }, first: 100) { nodes { id } } }";
    let events = admin.send(query, json!({ "types": PRIVATE })).await.texts("/events/nodes", "id");
    BTreeMap::from([("Event".to_owned(), events), ("ApiToken".to_owned(), room.tokens.clone())])
}

async fn ask_nodes(schema: &Schema, who: &Client, name: &str, ids: &[String]) -> Answer {
    let query = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename ... on {name} {{ {} }} }} }}", schema.around(name, 1));
    who.send(&query, json!({ "ids": ids })).await
}

/// Asks for everything by its id, and says what should not have come.
async fn check_nodes(asker: &Asker, room: &Newsroom, schema: &Schema, of_type: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, ids) in of_type {
        for some in ids.chunks(40) {
            let answer = ask_nodes(schema, &asker.client, name, some).await;
            found.extend(asker.leaks(room, &answer, false).into_iter().map(|leak| format!("{}, by the id of {name}, {leak}", asker.name)));
        }
    }
    found
}

async fn what_is_hidden_is_answered_as_if_it_were_missing(desk: TestDesk) {
    let (room, _) = filled(desk).await;
    let admin = room.desk.admin();
    let hidden = room.hidden.values().map(|draft| (draft.id.clone(), draft.revision_id.clone()));
    let mut ids: Vec<String> = hidden.flat_map(|(draft, revision)| [draft, revision]).collect();
    ids.extend(room.gone.iter().map(|gone| gone.article.clone()));
    ids.extend([&room.comment, &room.release, &room.policy].map(Clone::clone));
    ids.extend(room.tokens.iter().cloned());
    ids.push(admin.id().to_owned());
    let log = admin.ask("{ events(last: 30) { nodes { id } } drafts(first: 50) { nodes { reviews { nodes { id } } } } }").await;
    ids.extend(log.texts("/events/nodes", "id"));
    let reviews = log.list("/drafts/nodes").iter().flat_map(|draft| draft["reviews"]["nodes"].as_array().unwrap());
    ids.extend(reviews.map(|review| review["id"].as_str().unwrap().to_owned()));

    let mut pairs: Vec<(&str, String, String)> = Vec::new();
    for id in &ids {
        pairs.push(("query($it: ID!) { node(id: $it) { __typename id } }", id.clone(), unknown(id)));
        pairs.push(("query($it: ID!) { nodes(ids: [$it]) { __typename id } }", id.clone(), unknown(id)));
        pairs.push(("query($it: ID!) { draft(id: $it) { id state } }", id.clone(), unknown(id)));
        pairs.push(("query($it: ID!) { unpublishImpact(draftId: $it) { related { totalCount } } }", id.clone(), unknown(id)));
        pairs.push(("query($it: ID!) { drafts(filter: { ownerId: $it }) { totalCount } }", id.clone(), unknown(id)));
        pairs.push(("query($it: ID!) { events(filter: { draftId: $it }) { totalCount } }", id.clone(), unknown(id)));
    }
    for slug in &room.hidden_slugs {
        pairs.push(("query($it: String!) { article(slug: $it) { id url } }", slug.clone(), "never-there".to_owned()));
        pairs.push(("query($it: String!) { tag(slug: $it) { id name } }", slug.clone(), "never-there".to_owned()));
        pairs.push(("query($it: String!) { articles(filter: { tagSlug: $it }) { totalCount nodes { id } } }", slug.clone(), "never-there".to_owned()));
    }
    for token in &room.dead_previews {
        pairs.push(("query($it: String!) { preview(token: $it) { id } }", token.clone(), format!("{token}x")));
    }

    let mut differences = Vec::new();
    for reader in Asker::readers(&room) {
        for (query, hidden, missing) in &pairs {
            let one = reader.client.send(query, json!({ "it": hidden })).await;
            let other = reader.client.send(query, json!({ "it": missing })).await;
            if (one.status, &one.body) != (other.status, &other.body) {
                differences.push(format!("{} asks {query} of {hidden} and gets {}, of {missing} {}", reader.name, one.body, other.body));
            }
        }
    }
    assert_none(&differences, "what is hidden and what is missing are answered alike");
}

/// What readers' caches get by a query: status, headers and text, but for what differs from answer to answer.
async fn got(desk: &TestDesk, query: &str) -> (u16, Vec<String>, String) {
    let (http, endpoint) = desk.http();
    let response = http.get(reqwest::Url::parse_with_params(&endpoint, [("query", query)]).unwrap()).send().await.unwrap();
    let own = ["date", "x-request-id"];
    let headers = response.headers().iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let mut headers: Vec<String> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort();
    (response.status().as_u16(), headers, response.text().await.unwrap())
}

async fn readers_are_answered_alike_whatever_happens_at_the_desk(desk: TestDesk) {
    let (room, schema) = filled(desk).await;
    let mut before = Vec::new();
    for look in schema.looks() {
        let answer = got(&room.desk, &look.query).await;
        if answer.2.starts_with("{\"data\"") {
            before.push((look, answer));
        }
    }
    assert!(before.len() > 50, "readers get an answer to most of what is about articles");

    work(&room).await;

    let mut differences = Vec::new();
    for (look, before) in &before {
        let after = got(&room.desk, &look.query).await;
        if after != *before {
            differences.push(format!("by {}: {}\nbefore: {before:?}\nafter: {after:?}", look.path, look.query));
        }
    }
    assert_none(&differences, "readers learn nothing of what happens at the desk");
    let count = "articles { totalCount }";
    let lists = format!("{{ {count} author(slug: \"ada-quill\") {{ {count} }} section(slug: \"news\") {{ {count} }} tag(slug: \"tide\") {{ {count} }} }}");
    let all = json!({ "totalCount": room.live.len() });
    let counted = json!({ "articles": all, "author": { "articles": all }, "section": { "articles": all }, "tag": { "articles": { "totalCount": 2 } } });
    assert_eq!(room.desk.anonymous().ask(&lists).await.data(), &counted);
}

/// A day at the desk at which nothing comes to readers.
async fn work(room: &Newsroom) {
    let (desk, hidden) = (&room.desk, &room.hidden);
    let (writer, editor) = (desk.writer(), desk.editor());
    let live = &room.live[1].draft;
    desk.draft_with("Begun today", json!({ "tags": ["Tide", "Harbour"] })).await;
    let draft = writer.update(&hidden["drafting"], json!({ "headline": "Another", "slug": "another", "tags": ["Tide"] })).await.draft();
    let draft = writer.submit(&draft).await.draft();
    editor.review(&draft, "EDIT", "REQUEST_CHANGES").await.data();
    let changed = writer.update(live, json!({ "headline": "Third flood", "tags": ["Tide", "Harbour", "Bread"], "sectionId": desk.cast.other_section })).await.draft();
    editor.approve(&writer.submit(&changed).await.draft()).await.data();
    editor.act("addComment", "comment { id }", json!({ "draftId": live.id, "body": "Why?" })).await.data();
    editor.relate(&draft, json!([{ "draftId": live.id, "kind": "SERIES" }])).await.data();
    let gone = writer.read(&room.gone[0].draft).await;
    writer.update(&gone, json!({ "dek": "Not yet" })).await.data();
    editor.reopen(&hidden["archived"]).await.data();
    desk.new_policy("For nobody", json!({})).await;
    let user = json!({ "email": "new@newsroom.example", "name": "New", "password": "ten letters", "roles": ["WRITER"] });
    desk.admin().act("createUser", "user { id }", user).await.data();
}

async fn who_may_not_is_refused_without_a_word_of_what_is_there(desk: TestDesk) {
    let (room, schema) = filled(desk).await;
    let before = room.desk.traces().await;
    let (hidden, missing) = (mutations::hidden(&room), mutations::missing(&room));
    let taken = &room.hidden["drafting"].slug;
    let mut found = Vec::new();

    for mutation in schema.mutations().iter().filter(|mutation| ![ANYBODY, ONES_OWN].concat().contains(&mutation.name.as_str())) {
        for reader in Asker::readers(&room) {
            let one = mutations::send(&reader.client, &schema, mutation, &hidden, taken).await;
            let other = mutations::send(&reader.client, &schema, mutation, &missing, "never-there").await;
            let allowed: &[&str] = if reader.user.is_none() { &["UNAUTHENTICATED"] } else { &["FORBIDDEN", "NOT_FOUND"] };
            found.extend(said(reader.name, &mutation.name, &one, allowed));
            if (one.status, &one.body) != (other.status, &other.body) {
                found.push(format!("{} asks {} of what is there and gets {}, of what is not {}", reader.name, mutation.name, one.body, other.body));
            }
        }
        let (name, wrong) = if mutation.name.contains("AffiliatePolicy") { ("PUBLISHER", room.desk.publisher()) } else { ("COMMERCE", room.desk.commerce()) };
        if !ALL_STAFF.contains(&mutation.name.as_str()) {
            let answer = mutations::send(&wrong, &schema, mutation, &hidden, taken).await;
            let is_a_key = matches!(mutation.name.as_str(), "revokeApiToken" | "revokeSession");
            let allowed = if is_a_key { "NOT_FOUND" } else { "FORBIDDEN" };
            found.extend(said(name, &mutation.name, &answer, &[allowed]));
        }
    }

    assert_none(&found, "a refusal says nothing of what is there");
    assert_eq!(room.desk.traces().await, before, "what was refused left no trace");
}

/// What is wrong with a refusal: another code than these, data, or a canary.
fn said(who: &str, mutation: &str, answer: &Answer, allowed: &[&str]) -> Option<String> {
    let code = answer.body["errors"][0]["extensions"]["code"].as_str().unwrap_or("no error");
    let words = canaries(&text(answer));
    let has_data = answer.body["data"].as_object().is_some_and(|data| data.values().any(|value| !value.is_null()));
    let is_wrong = !allowed.contains(&code) || !words.is_empty() || has_data;
    is_wrong.then(|| format!("{who} asks {mutation} and gets {words:?} in {}", answer.body))
}
