//! Real and hostile input. It is not in the repository: COPYDESK_CORPUS names its folder.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Once;

use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{Engine, TestDesk, block_on, both, copydesk, empty, settings};

both![
    links_are_told_apart_as_people_labelled_them,
    suggestions_find_what_editors_linked,
    no_attack_gets_into_a_page,
    naughty_strings_are_taken_or_refused_but_never_a_fault,
];

/// The corpus, or `None` with a line that says that its suite did not run.
fn corpus() -> Option<PathBuf> {
    static SAID: Once = Once::new();
    let folder = std::env::var_os("COPYDESK_CORPUS").map(PathBuf::from);
    match &folder {
        // Past the capture of test output, which shows nothing of a test that passes.
        None => SAID.call_once(|| drop(writeln!(std::io::stderr(), "corpus: not run, because COPYDESK_CORPUS names no folder"))),
        Some(folder) => assert!(folder.is_dir(), "COPYDESK_CORPUS ({}) is no folder", folder.display()),
    }
    folder
}

fn read(folder: &Path, path: &str) -> String {
    let bytes = std::fs::read(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    String::from_utf8_lossy(&bytes).into_owned()
}

mod a_blog_of_ten_years_comes_in_whole {
    use super::{Engine, a_blog_comes_in_whole};

    #[test]
    fn sqlite() {
        a_blog_comes_in_whole(Engine::Sqlite);
    }

    #[test]
    fn postgres() {
        a_blog_comes_in_whole(Engine::Postgres);
    }
}

fn a_blog_comes_in_whole(engine: Engine) {
    let Some(corpus) = corpus() else { return };
    let Some((url, folder)) = block_on(empty(engine)) else { return };
    let expected: Value = serde_json::from_str(&read(&corpus, "articles/18f-blog/expected.json")).unwrap();
    let posts = corpus.join("articles/18f-blog").to_str().unwrap().to_owned();
    let add = ["user", "add", "--email", "root@newsroom.example", "--name", "Root", "--roles", "ADMIN", "--password-stdin"];
    assert_eq!(copydesk(&url, &add, "the keys to the house\n").code, Some(0));
    let import = || copydesk(&url, &["import", "markdown", &posts, "--as-user", "root@newsroom.example"], "");

    let first = import();
    let counted = block_on(counts(&url, &folder));
    let second = import();
    let again = block_on(counts(&url, &folder));
    let out = tempfile::Builder::new().prefix("copydesk-out-").tempdir().unwrap();
    let archive = out.path().join("blog").to_str().unwrap().to_owned();
    let Some((elsewhere, home)) = block_on(empty(engine)) else { return };
    let (left, back) = (copydesk(&url, &["export", &archive], ""), copydesk(&elsewhere, &["import", "archive", &archive], ""));
    let there = block_on(counts(&elsewhere, &home));

    let [articles, authors, tags, events, revisions] = counted;
    assert_eq!(first.code, Some(0), "{}", first.said);
    assert_eq!(Some(articles), expected["files"].as_u64(), "{}", first.said);
    assert_eq!(Some(authors), expected["distinct_author_strings"].as_u64());
    assert_eq!(Some(tags), expected["distinct_tags"].as_u64());
    assert_eq!(revisions, articles);
    assert_eq!((second.code, again), (first.code, [articles, authors, tags, events, revisions]), "{}", second.said);
    assert_eq!((left.code, back.code, there), (Some(0), Some(0), again), "it leaves whole, and comes back so: {}\n{}", left.said, back.said);
}

/// Live articles as readers count them, and rows of what they cannot count.
async fn counts(url: &str, folder: &tempfile::TempDir) -> [u64; 5] {
    let running = copydesk::startup::start(&settings(url, folder.path())).await.unwrap();
    let query = json!({ "query": "{ articles { totalCount } authors { totalCount } }" });
    let response = reqwest::Client::new().post(format!("http://{}/graphql", running.address)).json(&query).send().await.unwrap();
    let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    let db = sea_orm::Database::connect(url).await.unwrap();
    let counted = [
        answer["data"]["articles"]["totalCount"].as_u64().unwrap(),
        answer["data"]["authors"]["totalCount"].as_u64().unwrap(),
        entity::tag::Entity::find().count(&db).await.unwrap(),
        entity::event::Entity::find().count(&db).await.unwrap(),
        entity::revision::Entity::find().count(&db).await.unwrap(),
    ];
    db.close().await.unwrap();
    running.stop().await;
    counted
}

async fn links_are_told_apart_as_people_labelled_them(desk: TestDesk) {
    let Some(corpus) = corpus() else { return };
    let labelled: Vec<Value> = read(&corpus, "affiliate/urls-labelled.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let body: Vec<String> = labelled.iter().enumerate().map(|(place, case)| format!("[link {place}](<{}>)", case["url"].as_str().unwrap())).collect();

    let draft = desk.draft_with("Links", json!({ "body": body.join("\n\n") })).await;
    let seen = desk.editor().look(&draft, "affiliate { disclosureRequired links { text network } possibleLinks { text } }").await["affiliate"].clone();

    let texts = |list: &str| -> Vec<&str> { seen[list].as_array().unwrap().iter().map(|link| link["text"].as_str().unwrap()).collect() };
    let (found, possible) = (texts("links"), texts("possibleLinks"));
    assert!(labelled.len() >= 40);
    assert_eq!(seen["disclosureRequired"], true);
    for (place, case) in labelled.iter().enumerate() {
        let link = format!("link {place}");
        let (is_found, may_earn) = (found.contains(&link.as_str()), possible.contains(&link.as_str()));
        match &case["affiliate"] {
            Value::Bool(earns) => assert_eq!((is_found, may_earn), (*earns, false), "{case}"),
            // An editor decides.
            _ => assert_eq!((is_found, may_earn), (false, true), "{case}"),
        }
    }
}

/// A post of the blog as readers have it.
struct Post {
    slug: String,
    published_at: String,
    tags: Vec<String>,
    draft: String,
    linked: Vec<String>,
    suggested: Vec<String>,
}

/// Every post, with what its editors linked to and what else is suggested.
async fn posts(desk: &TestDesk) -> Vec<Post> {
    let query = "query($after: String) { articles(first: 50, after: $after) { pageInfo { endCursor hasNextPage } nodes {
        slug publishedAt tags { slug } draft { id }
        linked: related(first: 24, suggest: false) { target { ... on Article { slug } } }
        suggested: related(first: 5) { origin target { ... on Article { slug } } } } } }";
    let (mut posts, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = desk.editor().send(query, json!({ "after": after })).await;
        for node in page.list("/articles/nodes") {
            let slugs = |list: &str, origin: &str| {
                let of = node[list].as_array().unwrap().iter().filter(|link| link["origin"].as_str().is_none_or(|own| own == origin));
                of.filter_map(|link| link["target"]["slug"].as_str()).map(str::to_owned).collect()
            };
            posts.push(Post {
                slug: node["slug"].as_str().unwrap().to_owned(),
                published_at: node["publishedAt"].as_str().unwrap().to_owned(),
                tags: node["tags"].as_array().unwrap().iter().map(|tag| tag["slug"].as_str().unwrap().to_owned()).collect(),
                draft: node["draft"]["id"].as_str().unwrap().to_owned(),
                linked: slugs("linked", ""),
                suggested: slugs("suggested", "SUGGESTED"),
            });
        }
        if page.at("/articles/pageInfo/hasNextPage") == &json!(false) {
            return posts;
        }
        after = page.at("/articles/pageInfo/endCursor").clone();
    }
}

/// What share of the links that editors set is found among the first five of these lists.
fn found<'a>(links: &[(&str, &str)], five: impl Fn(&str) -> Vec<&'a str>) -> f64 {
    let hits = links.iter().filter(|(from, to)| five(from).contains(to)).count();
    f64::from(u32::try_from(hits).unwrap()) / f64::from(u32::try_from(links.len()).unwrap())
}

/// The first five posts that share a tag with this one: the newest, or those first that share most.
fn by_tag<'a>(posts: &'a [Post], slug: &str, most_first: bool) -> Vec<&'a str> {
    let own = posts.iter().find(|post| post.slug == slug).unwrap();
    let shared = |post: &Post| post.tags.iter().filter(|tag| own.tags.contains(tag)).count();
    let mut near: Vec<&Post> = posts.iter().filter(|post| post.slug != slug && shared(post) > 0).collect();
    near.sort_by_key(|post| (std::cmp::Reverse(if most_first { shared(post) } else { 0 }), std::cmp::Reverse(post.published_at.as_str())));
    near.into_iter().take(5).map(|post| post.slug.as_str()).collect()
}

/// The posts' own links to each other are hidden; how many of them come back as suggestions?
async fn suggestions_find_what_editors_linked(desk: TestDesk) {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("articles/18f-blog").to_str().unwrap().to_owned();
    let imported = copydesk(&desk.url, &["import", "markdown", &folder, "--as-user", &desk.admin().person().email], "");
    assert_eq!(imported.code, Some(0), "{}", imported.said);
    let before = posts(&desk).await;
    for linking in before.iter().filter(|post| !post.linked.is_empty()).collect::<Vec<_>>().chunks(10) {
        let fields: Vec<String> = linking
            .iter()
            .enumerate()
            .map(|(place, post)| format!("m{place}: setRelatedLinks(input: {{ draftId: \"{}\", links: [] }}) {{ draft {{ id }} }}", post.draft))
            .collect();
        desk.editor().ask(&format!("mutation {{ {} }}", fields.join(" "))).await.data();
    }

    let after = posts(&desk).await;

    let links: Vec<(&str, &str)> = before.iter().flat_map(|post| post.linked.iter().map(|to| (post.slug.as_str(), to.as_str()))).collect();
    let both: Vec<(&str, &str)> = links.iter().flat_map(|(from, to)| [(*from, *to), (*to, *from)]).collect();
    let suggested = |slug: &str| -> Vec<&str> {
        after.iter().find(|post| post.slug == slug).map(|post| post.suggested.iter().map(String::as_str).collect()).unwrap_or_default()
    };
    let ours = (found(&links, suggested), found(&both, suggested));
    let newest = (found(&links, |slug| by_tag(&before, slug, false)), found(&both, |slug| by_tag(&before, slug, false)));
    let shared = (found(&links, |slug| by_tag(&before, slug, true)), found(&both, |slug| by_tag(&before, slug, true)));
    let percent = |(one, two): (f64, f64)| format!("{:.1} % | {:.1} %", one * 100.0, two * 100.0);
    // Past the capture of test output: the figures are what the test is run for.
    let table = format!(
        "recall@5 of {} links | the other way round too\nsuggestions | {}\nnewest of a shared tag | {}\nmost shared tags, then newest | {}",
        links.len(), percent(ours), percent(newest), percent(shared)
    );
    drop(writeln!(std::io::stderr(), "{table}"));
    assert!(links.len() > 450, "{table}");
    assert!(ours.0 > 0.4 && ours.1 > 0.35 && ours.0 > 1.5 * shared.0 && ours.0 > 5.0 * newest.0, "{table}");
}

async fn no_attack_gets_into_a_page(desk: TestDesk) {
    let Some(corpus) = corpus() else { return };
    let vectors = read(&corpus, "adversarial/xss/dompurify-vectors.jsonl");
    let mut payloads: Vec<String> =
        vectors.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["payload"].as_str().unwrap_or_default().to_owned()).collect();
    for list in ["IntrudersXSS.txt", "RSNAKE_XSS.txt", "payloadbox.txt", "xss_payloads_quick.txt"] {
        payloads.extend(read(&corpus, &format!("adversarial/xss/{list}")).lines().map(str::to_owned));
    }
    assert!(payloads.len() > 2_000);
    let printable = |payload: &String| payload.chars().filter(|c| !c.is_control() || *c == '\n' || *c == '\t').collect::<String>();
    let payloads: Vec<String> = payloads.iter().map(printable).collect();

    let mut shown = 0;
    for (place, chunk) in payloads.chunks(40).enumerate() {
        let as_blocks = chunk.join("\n\n");
        let within = chunk.iter().map(|payload| format!("Text {payload} and [a link]({payload}) and ![an image]({payload})")).collect::<Vec<_>>().join("\n\n");
        let body = format!("{as_blocks}\n\n{within}");
        let draft = desk.draft_with(&format!("Attack {place}"), json!({ "body": body })).await;
        assert_harmless(&desk.editor().look(&draft, "revision { body { html } }").await["revision"]["body"], &body);

        // Images without a text for those who do not see them would keep it from its readers.
        let body = body.replace("<img", "<img alt=x ").replace("<IMG", "<IMG ALT=x ");
        let draft = desk.writer().update(&draft, json!({ "body": body })).await.draft();
        let published = desk.publisher().publish_with(&draft, json!({ "override": { "reason": "To see what readers get." } })).await;
        if published.is_ok() {
            shown += 1;
            assert_harmless(&desk.anonymous().article(&draft.slug, "body { html blocks { ... on ParagraphBlock { html } } }").await["body"], &body);
        } else {
            assert_eq!(published.code(), "CHECKS_FAILED", "{published}");
        }
    }
    assert!(shown > payloads.len() / 80, "{shown} of {} pages were published", payloads.len().div_ceil(40));
}

#[track_caller]
fn assert_harmless(body: &Value, markdown: &str) {
    let blocks = body["blocks"].as_array().into_iter().flatten().map(|block| &block["html"]);
    for html in std::iter::once(&body["html"]).chain(blocks).filter_map(Value::as_str) {
        for tag in tags(html) {
            assert!(!is_dangerous(tag), "{tag}\nof:\n{markdown}");
        }
    }
}

/// The tags of sanitised HTML: text has no '<' there, and attributes may hold '>'.
fn tags(html: &str) -> Vec<&str> {
    let (mut tags, mut rest) = (Vec::new(), html);
    while let Some(start) = rest.find('<') {
        let tag = &rest[start..];
        let mut quote = None;
        let end = tag.find(|c: char| match (quote, c) {
            (None, '"' | '\'') => {
                quote = Some(c);
                false
            }
            (Some(open), c) if c == open => {
                quote = None;
                false
            }
            (None, '>') => true,
            _ => false,
        });
        let end = end.unwrap_or(tag.len() - 1);
        tags.push(&tag[..=end]);
        rest = &tag[end + 1..];
    }
    tags
}

fn is_dangerous(tag: &str) -> bool {
    const NAMES: [&str; 20] = [
        "script", "style", "object", "embed", "svg", "math", "base", "form", "input", "button", "meta", "link", "template", "noscript",
        "textarea", "frame", "frameset", "applet", "select", "isindex",
    ];
    let inside = tag.trim_start_matches(['<', '/']).to_lowercase();
    let name: String = inside.chars().take_while(|c| c.is_alphanumeric()).collect();
    let mut is_bad = NAMES.contains(&name.as_str()) || (name == "iframe" && !tag.starts_with("</") && !inside.contains("src=\"https://"));
    let mut rest = &inside[name.len()..];
    while let Some((before, after)) = rest.split_once("=\"") {
        let attribute = before.rsplit([' ', '"']).next().unwrap_or_default();
        let (value, beyond) = after.split_once('"').unwrap_or((after, ""));
        is_bad |= attribute.starts_with("on") || ["srcdoc", "formaction", "style", "xlink:href", "action"].contains(&attribute);
        if ["href", "src", "cite", "srcset", "poster", "background"].contains(&attribute) {
            let squeezed: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
            let is_safe = ["https://", "http://", "mailto:", "tel:", "/", "#"].iter().any(|start| squeezed.starts_with(start)) || squeezed.is_empty();
            is_bad |= !is_safe;
        }
        rest = beyond;
    }
    is_bad
}

#[test]
fn danger_is_known_when_it_is_seen() {
    let html = "<p title=\"a > b\">x</p><a href=\"https://a.example/\">y</a><img src=\"/z.png\" alt=\"\"><iframe src=\"https://a.example/\"></iframe>";
    assert_eq!(tags(html).len(), 7);
    assert!(!tags(html).into_iter().any(is_dangerous));
    for evil in [
        "<script>", "<SVG onload=\"x\">", "<p onclick=\"x\">", "<a href=\"javascript:x\">", "<a href=\" java\tscript:x\">",
        "<img alt=\"x\" src=\"data:x\">", "<iframe srcdoc=\"x\">", "<iframe src=\"http://a.example/\">", "<p style=\"x\">", "</style>",
    ] {
        assert!(tags(evil).into_iter().any(is_dangerous), "{evil}");
    }
}

async fn naughty_strings_are_taken_or_refused_but_never_a_fault(desk: TestDesk) {
    let Some(corpus) = corpus() else { return };
    let naughty: Vec<String> = serde_json::from_str(&read(&corpus, "adversarial/blns.json")).unwrap();
    assert!(naughty.len() > 400);

    for text in &naughty {
        let input = json!({ "headline": text, "dek": text, "body": text, "tags": [text], "seoTitle": text, "note": text });
        let answer = desk.writer().create(input).await;

        if answer.is_ok() {
            let draft = answer.draft();
            let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!((1..=120).contains(&draft.slug.len()) && draft.slug.chars().all(good), "{text:?} → {}", draft.slug);
            let seen = desk.writer().look(&draft, "revision { headline body { markdown html } }").await;
            assert_eq!(seen["revision"]["headline"], text.trim());
            assert_eq!(seen["revision"]["body"]["markdown"], text.as_str());
        } else {
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{text:?}");
        }
        let slug = desk.writer().create(json!({ "headline": "x", "slug": text })).await;
        assert!(["OK", "BAD_USER_INPUT", "SLUG_TAKEN"].contains(&slug.outcome().as_str()), "{text:?}: {slug}");
    }
}
