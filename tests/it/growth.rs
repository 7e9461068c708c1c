//! A newsroom of many years: what readers and staff open first takes as many statements as ever,
//! and no plan reads a big table through. 10,000 articles, or 100,000 with COPYDESK_FULL=1.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, TransactionTrait};
use serde_json::{Value, json};

use crate::support::{Client, TestDesk, both, is_full};

both![what_is_opened_first_stays_cheap_as_the_newsroom_grows];

/// The tables that grow with every article.
const BIG: [&str; 21] = [
    "articles", "drafts", "revisions", "article_authors", "article_tags", "editions", "slugs", "revision_authors", "comments",
    "comment_places", "schedules", "releases", "previews", "revision_links", "link_uses", "site_links", "disclosure_spans", "article_terms",
    "article_suggestions", "related_links", "s",
];

/// Authors, of whom each wrote the same share.
const AUTHORS: usize = 200;
/// Tags, of which each is on the same share.
const TAGS: usize = 100;

async fn what_is_opened_first_stays_cheap_as_the_newsroom_grows(desk: TestDesk) {
    let desk = desk.forgetful().await;
    let articles = if is_full() { 100_000 } else { 10_000 };
    // Its compiled body is every generated article's: what a body costs to compile is not asked here.
    desk.draft("The model").await;
    fill(&desk, articles).await;
    let reader = desk.anonymous();
    let list = "nodes { id slug headline dek publishedAt section { name } authors { name slug } tags { name } } pageInfo { hasNextPage endCursor }";

    let first = watched(&desk, &reader, &format!("{{ articles(first: 20) {{ {list} }} }}"), json!({})).await;
    // What was published before this second stands in the middle of the list: its cursor is a page's place there.
    let middle = json!({ "at": instant(articles / 2) });
    let place = reader.send("query($at: DateTime) { articles(first: 1, filter: { publishedBefore: $at }) { pageInfo { endCursor } } }", middle).await;
    let deep = json!({ "after": place.at("/articles/pageInfo/endCursor") });
    let deep = watched(&desk, &reader, &format!("query($after: String) {{ articles(first: 20, after: $after) {{ {list} }} }}"), deep).await;
    let one = "headline slug body { html } authors { name } section { name } tags { name } related(first: 3) { title } affiliateDisclosure { text }";
    let early = watched(&desk, &reader, &format!("{{ article(slug: \"story-7\") {{ {one} }} }}"), json!({})).await;
    let late = watched(&desk, &reader, &format!("{{ article(slug: \"story-{}\") {{ {one} }} }}", articles - 7), json!({})).await;
    let author = watched(&desk, &reader, &format!("{{ author(slug: \"author-3\") {{ name articles(first: 20) {{ {list} }} }} }}"), json!({})).await;
    let tag = watched(&desk, &reader, &format!("{{ tag(slug: \"tag-3\") {{ name articles(first: 20) {{ {list} }} }} }}"), json!({})).await;
    let section = watched(&desk, &reader, &format!("{{ section(slug: \"news\") {{ name articles(first: 20) {{ {list} }} }} }}"), json!({})).await;
    let queue = "nodes { id state updatedAt owner { name } revision { number headline } stages { isComplete } }";
    let all = watched(&desk, &desk.editor(), &format!("{{ drafts(first: 20) {{ {queue} }} }}"), json!({})).await;
    let published = watched(&desk, &desk.editor(), &format!("{{ drafts(first: 20, filter: {{ states: [PUBLISHED] }}) {{ {queue} }} }}"), json!({})).await;

    let talk = "comments(first: 20, resolved: false) { totalCount nodes { body anchor { start isOutdated } } } checks { code passed } schedule { unpublishAt }";
    let id = desk.editor().article("story-7", "draft { id }").await["draft"]["id"].clone();
    let policy = desk.editor().ask("{ affiliatePolicies { id } }").await.at("/affiliatePolicies/0/id").clone();
    let more = watched(&desk, &reader, "{ article(slug: \"story-7\") { related(first: 5) { title origin } linkedFrom { relation } series { part } } }", json!({})).await;
    for filter in [json!({ "network": "Amazon Associates" }), json!({ "host": "shop.example" }), json!({ "url": "https://shop.example/7" }), json!({ "policyId": policy }), json!({ "overruled": true })] {
        let query = "query($filter: AffiliateArticleFilter!) { affiliateArticles(filter: $filter, first: 20) { nodes { linkCount article { slug } } } }";
        watched(&desk, &desk.commerce(), query, json!({ "filter": filter })).await;
    }
    watched(&desk, &desk.editor(), "{ siteLinks(first: 20) { nodes { slug state article { slug } } } }", json!({})).await;
    watched(&desk, &desk.editor(), "{ drafts(first: 20, filter: { failingCheck: RELATED_LIVE }) { nodes { id } } }", json!({})).await;
    let bearing = "query($id: ID!) { unpublishImpact(draftId: $id) { related { nodes { slug } } inBody { nodes { slug } } } draft(id: $id) { relatedSuggestions { slug } linkedFrom { nodes { id } } shownAt(at: \"2026-01-01T00:00:00Z\") { isLive } } }";
    watched(&desk, &desk.editor(), bearing, json!({ "id": id })).await;
    let draft = watched(&desk, &desk.editor(), &format!("query($id: ID!) {{ draft(id: $id) {{ {talk} }} }}"), json!({ "id": id })).await;
    assert_eq!(draft.answer.pointer("/draft/comments/totalCount"), Some(&json!(1)));
    watched(&desk, &desk.editor(), "{ releases(first: 20) { nodes { name drafts { id } } } }", json!({})).await;
    watched(&desk, &reader, "{ preview(token: \"nobody's\") { id } }", json!({})).await;
    let found = watched(&desk, &reader, &format!("{{ search(query: \"story 77\", first: 20) {{ totalCount edges {{ snippet }} {list} }} }}"), json!({})).await;
    let of_tag = "{ search(query: \"77 abou*\", filter: { tagSlug: \"tag-78\", hasAffiliateDisclosure: false }) { totalCount nodes { slug } } }";
    let of_tag = watched(&desk, &reader, of_tag, json!({})).await;
    due(&desk).await;

    assert_eq!(first.statements, deep.statements, "a page in the middle takes as many as the first");
    assert_eq!(early.statements, late.statements, "one article takes as many as another");
    assert_eq!(all.statements, published.statements, "a queue takes as many as another");
    assert_eq!(more.answer.pointer("/article/related").and_then(Value::as_array).map(Vec::len), Some(5));
    assert_eq!(found.answer.pointer("/search/nodes/0/slug"), Some(&json!("story-77")));
    assert_eq!(of_tag.answer.pointer("/search"), Some(&json!({ "totalCount": 1, "nodes": [{ "slug": "story-77" }] })));
    assert_eq!(first.answer.pointer("/articles/nodes/0/slug"), Some(&json!(format!("story-{articles}"))));
    assert_eq!(deep.answer.pointer("/articles/nodes").and_then(Value::as_array).map(Vec::len), Some(20));
    for (page, place) in [(&author, "/author/articles/nodes"), (&tag, "/tag/articles/nodes"), (&section, "/section/articles/nodes"), (&all, "/drafts/nodes"), (&published, "/drafts/nodes")] {
        assert_eq!(page.answer.pointer(place).and_then(Value::as_array).map(Vec::len), Some(20), "{place}");
    }
}

struct Watched {
    answer: Value,
    statements: u64,
}

/// What the server looks up each second is found by an index, however much is planned.
async fn due(desk: &TestDesk) {
    let database = desk.desk.database();
    database.record();
    let at = chrono::DateTime::from_timestamp(START, 0).unwrap();
    let due = copydesk::store::schedule::due(database.reader(), at, 50).await.unwrap();
    let releases = copydesk::store::schedule::due_releases(database.reader(), at).await.unwrap();
    let next = copydesk::store::schedule::next(database.reader(), at).await.unwrap();
    no_scan(desk, "what is due").await;
    assert_eq!((due.len(), releases.len()), (0, 0));
    assert!(next.is_some_and(|next| next > at));
}

/// Sends a query, and asserts that none of its statements reads a big table through.
async fn watched(desk: &TestDesk, who: &Client, query: &str, variables: Value) -> Watched {
    let database = desk.desk.database();
    who.send(query, variables.clone()).await.data();
    database.record();
    let before = database.statements();
    let answer = who.send(query, variables).await.data().clone();
    let statements = database.statements() - before;
    no_scan(desk, query).await;
    Watched { answer, statements }
}

/// Asserts that none of the statements that were recorded reads a big table through.
async fn no_scan(desk: &TestDesk, query: &str) {
    for (sql, plan) in desk.desk.database().explain().await.unwrap() {
        for line in plan.lines() {
            let scan = BIG.iter().find(|table| {
                let sqlite = line.trim_start_matches(['|', '-', '`', ' ']).strip_prefix("SCAN ").is_some_and(|rest| rest.split(' ').next() == Some(**table));
                // Reading an index in its order, a page long, is no scan.
                let in_order = line.contains("USING INDEX") || line.contains("USING COVERING INDEX");
                let postgres = line.contains(&format!("Seq Scan on {table} ")) || line.ends_with(&format!("Seq Scan on {table}"));
                (sqlite && !in_order) || postgres
            });
            assert!(scan.is_none(), "{query}\nreads {} through:\n{sql}\n{plan}", scan.unwrap());
        }
    }
}

/// When the article with this number was published, as GraphQL says it.
fn instant(number: usize) -> String {
    let at = chrono::DateTime::from_timestamp(START + i64::try_from(number).unwrap(), 0).unwrap();
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

const START: i64 = 1_600_000_000;

/// How an engine spells what differs.
struct Dialect(DbBackend);

impl Dialect {
    /// An id made of a kind and a number, so that rows can name each other without being read.
    fn id(&self, kind: u32, number: &str) -> String {
        match self.0 {
            DbBackend::Postgres => format!("(lpad(to_hex({kind}), 8, '0') || '000070008000' || lpad(to_hex({number}), 12, '0'))::uuid"),
            _ => format!("unhex(printf('%08x000070008000%012x', {kind}, {number}))"),
        }
    }

    /// Bytes that no token hashes to.
    fn hash(&self, number: &str) -> String {
        match self.0 {
            DbBackend::Postgres => format!("decode(lpad(to_hex({number}), 12, '0'), 'hex')"),
            _ => format!("unhex(printf('%012x', {number}))"),
        }
    }

    fn time(&self, number: &str) -> String {
        match self.0 {
            DbBackend::Postgres => format!("to_timestamp({START} + {number})"),
            _ => format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', {START} + {number}, 'unixepoch')"),
        }
    }
}

/// Fills the database with generated articles, each with all the rows that publishing would have written.
async fn fill(desk: &TestDesk, articles: usize) {
    let db: DatabaseConnection = sea_orm::Database::connect(&desk.url).await.unwrap();
    let dialect = Dialect(db.get_database_backend());
    let tx = db.begin().await.unwrap();
    let count = |rows: usize| format!("WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows})");
    let [author, draft, revision, gate, article, edition] = [1, 2, 3, 4, 5, 6].map(|kind| dialect.id(kind, "n"));
    let by = |shift: usize| dialect.id(1, &format!("((n + {shift}) % {AUTHORS} + 1)"));
    let at = dialect.time("n");
    let section = "(SELECT id FROM sections WHERE slug = 'news')";
    let admin = "(SELECT min(email_key) FROM users)";
    let admin = format!("(SELECT id FROM users WHERE email_key = {admin})");
    let far = match dialect.0 {
        DbBackend::Postgres => "'9999-12-31T23:59:59+00:00'::timestamptz",
        _ => "'9999-12-31T23:59:59+00:00'",
    };
    let rows = |rows: usize, table: &str, columns: &str, values: &str| format!("{} INSERT INTO {table} ({columns}) SELECT {values} FROM s", count(rows));

    let statements = [
        rows(AUTHORS, "authors", "id, slug, name, links, version, created_at, updated_at", &format!("{author}, 'author-' || n, 'Author ' || n, '[]', 1, {at}, {at}")),
        rows(
            articles,
            "drafts",
            "id, state, revision_id, revision_number, headline, section_id, slug, needs_commerce, owner_id, needs_legal_review, due_at, due_order, round, article_id, is_live, published_revision, created_at, updated_at",
            &format!("{draft}, 'PUBLISHED', {revision}, 1, 'Story ' || n, {section}, 'story-' || n, FALSE, {admin}, FALSE, NULL, {far}, 0, {article}, TRUE, 1, {at}, {at}"),
        ),
        rows(
            articles,
            "revisions",
            "id, draft_id, number, headline, dek, slug, section_id, tags, affiliate_flag, has_affiliate_links, has_body, images_without_alt, created_by, created_at",
            &format!("{revision}, {draft}, 1, 'Story ' || n, 'About ' || n, 'story-' || n, {section}, '[]', 'AUTO', FALSE, TRUE, 0, {admin}, {at}"),
        ),
        rows(articles, "revision_texts", "revision_id, markdown", &format!("{revision}, 'Text ' || n")),
        format!(
            "{} INSERT INTO revision_bodies (revision_id, compiler_version, blocks, text, word_count)
             SELECT {revision}, compiler_version, blocks, text, word_count FROM s, (SELECT * FROM revision_bodies LIMIT 1) AS model",
            count(articles)
        ),
        rows(articles, "revision_authors", "revision_id, position, author_id", &format!("{revision}, 0, {}", by(0))),
        rows(articles, "revision_authors", "revision_id, position, author_id", &format!("{revision}, 1, {}", by(1))),
        rows(articles, "slugs", "slug, draft_id, was_live", &format!("'story-' || n, {draft}, TRUE")),
        rows(articles, "gates", "id, draft_id, revision_id, kind, round, passed_by, created_at", &format!("{gate}, {draft}, {revision}, 'IMPORTED', 0, {admin}, {at}")),
        rows(
            articles,
            "articles",
            "id, draft_id, state, slug, edition_id, edition_number, revision_id, headline, dek, section_id, has_disclosure, published_at, updated_at, has_affiliate_links, affiliate_flag, index_version",
            &format!("{article}, {draft}, 'LIVE', 'story-' || n, {edition}, 1, {revision}, 'Story ' || n, 'About ' || n, {section}, n % 10 = 0, {at}, {at}, n % 10 = 0, CASE WHEN n % 1000 = 0 THEN 'REQUIRED' ELSE 'AUTO' END, 1000000"),
        ),
        rows(articles, "editions", "id, article_id, number, revision_id, gate_id, headline, published_at, published_by", &format!("{edition}, {article}, 1, {revision}, {gate}, 'Story ' || n, {at}, {admin}")),
        rows(articles, "article_authors", "article_id, position, author_id, published_at, is_listed", &format!("{article}, 0, {}, {at}, TRUE", by(0))),
        rows(articles, "article_authors", "article_id, position, author_id, published_at, is_listed", &format!("{article}, 1, {}, {at}, TRUE", by(1))),
        rows(TAGS, "tags", "id, slug, name, created_at", &format!("{}, 'tag-' || n, 'Tag ' || n, {at}", dialect.id(7, "n"))),
        rows(articles, "article_tags", "article_id, position, tag_id, published_at, is_listed", &format!("{article}, 0, {}, {at}, TRUE", dialect.id(7, &format!("(n % {TAGS} + 1)")))),
        rows(
            articles,
            "comments",
            "id, draft_id, author_id, body, anchor_revision_id, quote, start_at, end_at, created_at",
            &format!("{}, {draft}, {admin}, 'About ' || n, {revision}, 'Text', 0, 4, {at}", dialect.id(8, "n")),
        ),
        rows(
            articles,
            "comment_places",
            "comment_id, draft_id, quote, revision_id, start_at, end_at, text_before, text_after, is_gone",
            &format!("{}, {draft}, 'Text', {revision}, 0, 4, '', ' ' || n, FALSE", dialect.id(8, "n")),
        ),
        rows(articles, "schedules", "draft_id, revision_id, unpublish_at, scheduled_by, created_at", &format!("{draft}, {revision}, {}, {admin}, {at}", dialect.time("4000000000 + n"))),
        rows(articles, "releases", "id, name, state, publish_at, created_by, created_at, updated_at", &format!("{}, 'Release ' || n, 'SCHEDULED', {}, {admin}, {at}, {at}", dialect.id(9, "n"), dialect.time("4000000000 + n"))),
        rows(articles, "revision_links", "revision_id, position, url, text, network, certainty, block, own_slug, domain", &format!("{revision}, 0, 'https://shop.example/' || n, 'x', NULL, NULL, 0, NULL, 'shop.example'")),
        rows(articles, "revision_links", "revision_id, position, url, text, block, own_slug", &format!("{revision}, 1, '/story-' || (n % {articles} + 1), 'x', 0, 'story-' || (n % {articles} + 1)")),
        rows(articles, "link_uses", "article_id, kind, key, links, published_at", &format!("{article}, 'HOST', 'shop.example', 1, {at}")),
        rows(articles, "link_uses", "article_id, kind, key, links, published_at", &format!("{article}, 'URL', 'url-' || n, 1, {at}")),
        rows(articles, "link_uses", "article_id, kind, key, links, published_at", &format!("{article}, 'NETWORK', CASE WHEN n % 10 = 0 THEN 'Amazon Associates' ELSE 'Other' END, 1, {at}")),
        rows(articles, "site_links", "id, article_id, slug, links, state", &format!("{}, {article}, 'story-' || (n % {articles} + 1), 1, CASE WHEN n % 100 = 0 THEN 'REDIRECTED' ELSE 'FINE' END", dialect.id(11, "n"))),
        rows(articles, "disclosure_spans", "id, article_id, since, edition_id, section_id, is_live, is_due", &format!("{}, {article}, {at}, {edition}, {section}, TRUE, FALSE", dialect.id(12, "n"))),
        rows(articles, "related_links", "id, draft_id, position, kind, target_draft_id", &format!("{}, {draft}, 0, 'SERIES', {}", dialect.id(13, "n"), dialect.id(2, &format!("(n % {articles} + 1)")))),
        rows(500, "terms", "term, articles", &format!("'word' || n, {}", articles * 4 / 500)),
        format!("INSERT INTO terms (term, articles) VALUES ('', {articles})"),
        rows(articles * 4, "article_terms", "article_id, term, weight, published_at", &format!("{}, 'word' || (n % 500 + 1), 0.5, {}", dialect.id(5, "((n - 1) / 4 + 1)"), dialect.time("((n - 1) / 4 + 1)"))),
        rows(articles, "article_subjects", "article_id, counted", &format!("{article}, '[\"\"]'")),
        rows(articles * 6, "article_suggestions", "article_id, target_id, score", &format!("{}, {}, 0.5", dialect.id(5, "((n - 1) / 6 + 1)"), dialect.id(5, &format!("((n - 1) / 6 + 1 + (n % 6 + 1) * 7) % {articles} + 1")))),
        rows(articles, "previews", "id, token_hash, draft_id, revision_id, created_by, created_at, expires_at", &format!("{}, {}, {draft}, {revision}, {admin}, {at}, {at}", dialect.id(10, "n"), dialect.hash("n"))),
    ];
    let tag = match dialect.0 {
        DbBackend::Postgres => format!("replace({}::text, '-', '')", dialect.id(7, &format!("(n % {TAGS} + 1)"))),
        _ => format!("lower(hex({}))", dialect.id(7, &format!("(n % {TAGS} + 1)"))),
    };
    let facet = format!("'tag' || '{}' || {tag}", "0".repeat(33));
    let place = format!("({START} + n) * 2147483648");
    let found = "place, article_id, maker, has_disclosure, headline, dek, gist";
    let kept = format!("{place}, {article}, '1 simple', n % 10 = 0, ' story ' || n || ' ', ' about ' || n || ' ', ' text '");
    let search = match dialect.0 {
        DbBackend::Postgres => {
            let words = format!("array_to_tsvector(ARRAY[{facet}, 'story', 'about', 'text', n::text])");
            vec![rows(articles, "search_articles", &format!("{found}, words"), &format!("{kept}, {words}"))]
        }
        _ => vec![
            rows(articles, "search_articles", found, &kept),
            rows(articles, "search_words", "rowid, facets, headline, dek, body", &format!("{place}, {facet}, 'story ' || n, 'about ' || n, 'text'")),
        ],
    };
    for statement in statements.into_iter().chain(search) {
        tx.execute_unprepared(&statement).await.unwrap_or_else(|error| panic!("{statement}\n{error}"));
    }
    tx.commit().await.unwrap();
    db.execute_unprepared("ANALYZE").await.unwrap();
    db.close().await.unwrap();
}
