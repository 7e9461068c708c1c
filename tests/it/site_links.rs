//! Links from article to article: what they are the other way round, who would lose one, and which are broken.

use serde_json::{Value, json};

use crate::support::{Draft, TestDesk, both};

both![
    a_related_link_means_something_the_other_way_round,
    a_series_is_read_in_the_order_of_the_article_that_lists_it,
    a_draft_tells_which_drafts_point_to_it,
    an_address_of_the_site_becomes_a_link_to_its_article,
    what_would_lose_a_link_is_told_before_and_after_an_article_goes,
    a_link_in_a_body_follows_a_changed_slug,
    links_that_do_not_lead_where_they_say_are_listed,
    drafts_are_found_by_the_check_that_they_fail,
    articles_that_link_to_each_other_come_and_go_at_once,
    what_an_older_version_published_is_looked_at_anew,
    two_drafts_are_related_to_each_other_at_once,
    strangers_learn_nothing_of_links,
];

async fn a_related_link_means_something_the_other_way_round(desk: TestDesk) {
    let target = desk.published("What happened").await;
    let mut slugs = Vec::new();
    for kind in ["RELATED", "BACKGROUND", "FOLLOW_UP", "CORRECTION", "VIDEO"] {
        let source = desk.published(&format!("A {}", kind.to_lowercase())).await;
        desk.editor().relate(&source.draft, json!([{ "draftId": target.draft.id, "kind": kind, "note": kind }])).await.data();
        slugs.push(source.slug);
    }
    let unseen = desk.draft("Not live").await;
    desk.writer().relate(&unseen, json!([{ "draftId": target.draft.id }])).await.data();

    let seen = desk.anonymous().article(&target.slug, "linkedFrom(first: 10) { relation title note part article { slug } }").await;
    let one = desk.anonymous().article(&target.slug, "linkedFrom(kinds: [FOLLOW_UP]) { relation } stored: related(suggest: false) { title }").await;

    let link = |relation: &str, place: usize, kind: &str| {
        json!({ "relation": relation, "title": format!("A {}", kind.to_lowercase()), "note": kind, "part": null, "article": { "slug": slugs[place] } })
    };
    assert_eq!(
        seen["linkedFrom"],
        json!([link("CORRECTION_OF", 3, "CORRECTION"), link("FOLLOW_UP_OF", 2, "FOLLOW_UP"), link("BACKGROUND_TO", 1, "BACKGROUND"), link("RELATED", 0, "RELATED")])
    );
    assert_eq!(one, json!({ "linkedFrom": [{ "relation": "FOLLOW_UP_OF" }], "stored": [] }), "it is derived, not stored");
}

async fn a_series_is_read_in_the_order_of_the_article_that_lists_it(desk: TestDesk) {
    let first = desk.published("Part one").await;
    let third = desk.published("Part three").await;
    let second = desk.published("Part two").await;
    let to_come = desk.draft("Part four").await;
    let parts = json!([
        { "draftId": second.draft.id, "kind": "SERIES" }, { "draftId": third.draft.id, "kind": "SERIES" }, { "draftId": to_come.id, "kind": "SERIES" }
    ]);
    desk.editor().relate(&first.draft, parts).await.data();
    let series = "series { part articles { slug } } linkedFrom(kinds: [SERIES]) { relation part }";

    let seen = desk.anonymous().article(&third.slug, series).await;
    let head = desk.anonymous().article(&first.slug, series).await;
    let fourth = desk.bring_out(&to_come).await;
    let later = desk.anonymous().article(&fourth.slug, series).await;
    let alone = desk.published("Nothing of it").await;

    let listed = |slugs: &[&str]| -> Vec<Value> { slugs.iter().map(|slug| json!({ "slug": slug })).collect() };
    let three = [first.slug.as_str(), &second.slug, &third.slug];
    assert_eq!(seen, json!({ "series": { "part": 3, "articles": listed(&three) }, "linkedFrom": [{ "relation": "SERIES", "part": 3 }] }));
    assert_eq!(head["series"], json!({ "part": 1, "articles": listed(&three) }));
    assert_eq!(later["series"]["part"], 4);
    assert_eq!(desk.anonymous().article(&alone.slug, "series { part }").await["series"], Value::Null);
}

async fn a_draft_tells_which_drafts_point_to_it(desk: TestDesk) {
    let target = desk.draft("The target").await;
    let mut sources = Vec::new();
    for number in 0..3 {
        let source = desk.draft(&format!("Source {number}")).await;
        desk.writer().relate(&source, json!([{ "draftId": target.id }])).await.data();
        sources.push(source.id);
    }
    let page = "linkedFrom(first: 2) { totalCount nodes { id } pageInfo { endCursor hasNextPage } }";

    let first = desk.writer().look(&target, page).await["linkedFrom"].clone();
    let rest = format!("linkedFrom(first: 2, after: {}) {{ nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage }} }}", first["pageInfo"]["endCursor"]);
    let rest = desk.writer().look(&target, &rest).await["linkedFrom"].clone();

    assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
    assert_eq!(first["nodes"], json!([{ "id": sources[0] }, { "id": sources[1] }]));
    assert_eq!(rest, json!({ "nodes": [{ "id": sources[2] }], "pageInfo": { "hasNextPage": false, "hasPreviousPage": true } }));
}

async fn an_address_of_the_site_becomes_a_link_to_its_article(desk: TestDesk) {
    let target = desk.published("The target").await;
    let source = desk.published("The source").await;
    let address = format!("https://newsroom.example/{}", target.slug);

    desk.editor().relate(&source.draft, json!([{ "url": address }])).await.data();
    let twice = desk.editor().relate(&source.draft, json!([{ "url": address }, { "draftId": target.draft.id }])).await;
    let to_come = desk.draft("To come").await;
    let early = json!([{ "url": "https://newsroom.example/to-come" }, { "url": address }]);
    desk.editor().relate(&source.draft, early).await.data();
    let waiting = desk.anonymous().article(&source.slug, "related(suggest: false) { title }").await;
    let same = json!([{ "url": "https://e.example/x" }, { "url": "https://E.example:443/x#top" }]);
    let same = desk.editor().relate(&source.draft, same).await;
    let itself = desk.editor().relate(&source.draft, json!([{ "url": format!("https://newsroom.example/{}", source.slug) }])).await;
    desk.next_edition(&target, json!({ "slug": "moved-on" })).await;
    desk.bring_out(&to_come).await;

    let seen = desk.anonymous().article(&source.slug, "related(suggest: false) { url target { __typename } }").await;
    let link = |slug: &str| json!({ "url": format!("https://newsroom.example/{slug}"), "target": { "__typename": "Article" } });
    assert_eq!(waiting["related"], json!([{ "title": "The target" }]));
    assert_eq!(seen["related"], json!([link("to-come"), link("moved-on")]));
    assert_eq!(same.fields(), ["links.1"]);
    assert_eq!((twice.fields(), itself.fields()), (vec!["links.1".to_owned()], vec!["links.0.draftId".to_owned()]));
}

const IMPACT: &str = "query($id: ID!) { unpublishImpact(draftId: $id) {
  related { totalCount nodes { slug } } inBody { totalCount nodes { slug } } } }";

async fn impact(desk: &TestDesk, draft: &Draft) -> Value {
    desk.editor().send(IMPACT, json!({ "id": draft.id })).await.at("/unpublishImpact").clone()
}

async fn check(desk: &TestDesk, draft: &Draft, code: &str) -> (bool, String) {
    let checks = desk.editor().look(draft, "checks { code passed message }").await["checks"].clone();
    let check = checks.as_array().unwrap().iter().find(|check| check["code"] == code).unwrap().clone();
    (check["passed"] == true, check["message"].as_str().unwrap().to_owned())
}

async fn what_would_lose_a_link_is_told_before_and_after_an_article_goes(desk: TestDesk) {
    let target = desk.published("The target").await;
    let curated = desk.published("Curated").await;
    desk.editor().relate(&curated.draft, json!([{ "draftId": target.draft.id }])).await.data();
    let in_body = desk.published_with("In the body", json!({ "body": "See [this](/the-target) and [again](https://newsroom.example/the-target#end)." })).await;
    let not_live = desk.draft_with("Not live", json!({ "body": "See [this](/the-target)." })).await;
    let none = json!({ "related": { "totalCount": 0, "nodes": [] }, "inBody": { "totalCount": 0, "nodes": [] } });
    assert_eq!(impact(&desk, &curated.draft).await, none);
    assert!(check(&desk, &in_body.draft, "RELATED_LIVE").await.0);

    let before = impact(&desk, &target.draft).await;
    desk.publisher().unpublish(&target.draft, json!({})).await.data();

    assert_eq!(before["related"], json!({ "totalCount": 1, "nodes": [{ "slug": curated.slug }] }));
    assert_eq!(before["inBody"], json!({ "totalCount": 1, "nodes": [{ "slug": in_body.slug }] }));
    let history = desk.editor().look(&target.draft, "history(last: 1) { nodes { type details } }").await;
    let details = &history["history"]["nodes"][0]["details"];
    assert_eq!((&details["linkedFromRelated"], &details["linkedFromBodies"]), (&json!([curated.article]), &json!([in_body.article])));
    for draft in [&curated.draft, &in_body.draft, &not_live] {
        let (passed, message) = check(&desk, draft, "RELATED_LIVE").await;
        assert!(!passed && message.contains("not live"), "{message}");
    }
    let failing = "{ drafts(filter: { failingCheck: RELATED_LIVE }, orderBy: CREATED_AT_DESC) { totalCount nodes { id } } }";
    let listed = desk.editor().ask(failing).await;
    assert_eq!(listed.at("/drafts"), &json!({ "totalCount": 3, "nodes": [{ "id": not_live.id }, { "id": in_body.draft.id }, { "id": curated.draft.id }] }));

    let back = desk.editor().read(&target.draft).await;
    desk.publisher().publish(&back).await.data();
    assert_eq!(desk.editor().ask(failing).await.at("/drafts/totalCount"), &json!(0));
}

async fn a_link_in_a_body_follows_a_changed_slug(desk: TestDesk) {
    let target = desk.published("The target").await;
    let source = desk.published_with("The source", json!({ "body": "See [this](/the-target?from=here#end)." })).await;

    desk.next_edition(&target, json!({ "slug": "moved-on" })).await;

    let html = desk.anonymous().article(&source.slug, "body { html }").await["body"]["html"].as_str().unwrap().to_owned();
    assert!(html.contains("href=\"https://newsroom.example/moved-on?from=here#end\""), "{html}");
}

const BROKEN: &str = "query($states: [SiteLinkState!], $after: String) { siteLinks(states: $states, first: 3, after: $after) {
  totalCount pageInfo { endCursor hasNextPage } nodes { slug state links url article { slug } leadsTo { slug } } } }";

async fn links_that_do_not_lead_where_they_say_are_listed(desk: TestDesk) {
    let moved = desk.published("Moved").await;
    let gone = desk.published("Gone").await;
    let sent_on = desk.published("Sent on").await;
    let retracted = desk.published("Retracted").await;
    let fine = desk.published("Fine").await;
    desk.draft("To come").await;
    let body = "[a](/moved) [b](/gone) [b](/gone#x) [c](/sent-on) [d](/retracted) [e](/fine) [f](/to-come) [g](/never-heard-of) [h](https://elsewhere.example/gone)";
    let source = desk.published_with("The source", json!({ "body": body })).await;
    let as_listed = async |variables: Value| desk.editor().send(BROKEN, variables).await.at("/siteLinks").clone();
    let early = as_listed(json!({})).await;

    desk.next_edition(&moved, json!({ "slug": "moved-on" })).await;
    desk.publisher().unpublish(&gone.draft, json!({})).await.data();
    desk.publisher().unpublish(&sent_on.draft, json!({ "redirectToArticleId": fine.article })).await.data();
    desk.publisher().retract(&retracted.draft, "It was wrong.").await.data();

    let of = |listed: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        listed["nodes"].as_array().unwrap().iter().map(|link| (text(&link["slug"]), text(&link["state"]))).collect()
    };
    let pair = |slug: &str, state: &str| (slug.to_owned(), state.to_owned());
    assert_eq!(of(&early), [pair("never-heard-of", "UNKNOWN"), pair("to-come", "GONE")]);
    let first = as_listed(json!({})).await;
    let rest = as_listed(json!({ "after": first["pageInfo"]["endCursor"] })).await;
    let mut all = of(&first);
    all.extend(of(&rest));
    all.sort();
    let expected = [("gone", "GONE"), ("moved", "REDIRECTED"), ("never-heard-of", "UNKNOWN"), ("retracted", "RETRACTED"), ("sent-on", "REDIRECTED"), ("to-come", "GONE")];
    assert_eq!(all, expected.map(|(slug, state)| pair(slug, state)));
    assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"], &rest["pageInfo"]["hasNextPage"]), (&json!(6), &json!(true), &json!(false)));
    let redirected = as_listed(json!({ "states": ["REDIRECTED"] })).await;
    let led: Vec<&Value> = redirected["nodes"].as_array().unwrap().iter().map(|link| &link["leadsTo"]["slug"]).collect();
    assert_eq!(led, [&json!("moved-on"), &json!(fine.slug)]);
    let gone = as_listed(json!({ "states": ["GONE"] })).await["nodes"][0].clone();
    assert_eq!((&gone["links"], &gone["url"], &gone["article"]["slug"]), (&json!(2), &json!("https://newsroom.example/gone"), &json!(source.slug)));

    desk.publisher().unpublish(&source.draft, json!({})).await.data();
    assert_eq!(as_listed(json!({})).await["totalCount"], 0, "what readers do not get is not listed");
}

/// Every check, and a draft that fails it where one can be made here.
async fn drafts_are_found_by_the_check_that_they_fail(desk: TestDesk) {
    let other = desk.draft("Not live").await;
    let bare = desk.writer().create(json!({ "headline": "Bare", "authorIds": [] })).await.draft();
    let shown = desk.draft_with("Shows", json!({ "body": "![](https://a.example/x.png) and [maybe](https://a.co/d/abc)", "dek": null })).await;
    let earning = desk.draft_with("Earns", json!({ "body": "[Buy](https://www.amazon.com/dp/B0?tag=desk-20)." })).await;
    let shelf = desk.draft_with("Shelf", json!({ "body": "Plain." })).await;
    desk.writer().relate(&shelf, json!([{ "url": "https://www.amazon.com/dp/B0?tag=desk-20" }, { "draftId": other.id }])).await.data();
    desk.editor().send("mutation($input: AddCommentInput!) { addComment(input: $input) { comment { id } } }", json!({ "input": { "draftId": other.id, "body": "Why?" } })).await.data();
    desk.submitted("In review").await;
    desk.approved("Approved").await;
    let live = desk.published("Live").await;
    desk.editor().update(&live.draft, json!({ "dek": null })).await.data();
    let policy = desk.commerce().ask("{ affiliatePolicies { id } }").await.text("/affiliatePolicies/0/id");
    let seen = async || {
        let all = desk.editor().ask("{ drafts(first: 100, orderBy: CREATED_AT_DESC) { nodes { id revision { headline } checks { code passed } } } }").await;
        all.list("/drafts/nodes").to_vec()
    };
    let agree = async |when: &str| {
        let drafts = seen().await;
        let mut failing = 0;
        for code in ["HEADLINE", "DEK", "BODY", "BYLINE", "SECTION", "SLUG", "IMAGE_ALT", "IMAGE_CREDIT", "AFFILIATE_DISCLOSURE", "RELATED_LIVE", "OPEN_COMMENTS", "APPROVALS"] {
            let fails = |draft: &&Value| draft["checks"].as_array().unwrap().iter().any(|check| check["code"] == code && check["passed"] == false);
            let expected: Vec<&Value> = drafts.iter().filter(fails).map(|draft| &draft["revision"]["headline"]).collect();
            let query = format!("{{ drafts(first: 100, orderBy: CREATED_AT_DESC, filter: {{ failingCheck: {code} }}) {{ totalCount nodes {{ revision {{ headline }} }} }} }}");
            let answer = desk.editor().ask(&query).await;
            let listed: Vec<&Value> = answer.list("/drafts/nodes").iter().map(|draft| &draft["revision"]["headline"]).collect();
            assert_eq!(listed, expected, "{when}: {code}");
            failing += expected.len();
        }
        failing
    };

    let failing = agree("as it is").await;
    let wording = async |changes: Value| {
        let mut input = json!({ "policyId": policy });
        input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        desk.commerce().send("mutation($input: UpdateAffiliatePolicyInput!) { updateAffiliatePolicy(input: $input) { affiliatePolicy { id advice } } }", json!({ "input": input })).await
    };
    let advice = wording(json!({ "disclosure": "Affiliate links.", "placement": "BOTTOM" })).await;
    agree("under a policy that is badly worded").await;
    wording(json!({ "disclosure": "We earn a commission when you buy. As an Amazon Associate we earn from qualifying purchases.", "placement": "TOP" })).await.data();
    agree("under a policy that is well worded").await;

    assert!(failing > 15, "{failing}");
    assert_eq!(advice.list("/updateAffiliatePolicy/affiliatePolicy/advice").len(), 2, "{advice}");
    assert!(check(&desk, &earning, "AFFILIATE_DISCLOSURE").await.0);
    let (passed, message) = check(&desk, &shown, "AFFILIATE_DISCLOSURE").await;
    assert!(!passed && message.contains("may earn"), "{message}");
    assert!(!check(&desk, &bare, "BYLINE").await.0);
}

/// What is known of links, to be compared.
async fn known(desk: &TestDesk) -> Value {
    let query = "{ siteLinks(states: [FINE, REDIRECTED, GONE, RETRACTED, UNKNOWN], first: 100) { totalCount nodes { slug state article { slug } } }
        affiliateNetworks { network articles links } articles(first: 100, orderBy: PUBLISHED_AT_ASC) { nodes { slug related(first: 3) { title origin } } } }";
    let answer = desk.editor().ask(query).await;
    let mut all = answer.data().clone();
    let links = all["siteLinks"]["nodes"].as_array_mut().unwrap();
    links.sort_by_key(ToString::to_string);
    all
}

async fn articles_that_link_to_each_other_come_and_go_at_once(desk: TestDesk) {
    const MANY: usize = 8;
    let body = |own: usize| -> String {
        let links = (0..MANY).filter(|other| *other != own).map(|other| format!("[one](/knot-{other})"));
        format!("The harbour, the barrier and the tide. {}", links.collect::<Vec<_>>().join(" "))
    };
    let mut approved = Vec::new();
    for number in 0..MANY {
        let draft = desk.draft_with(&format!("Knot {number}"), json!({ "slug": format!("knot-{number}"), "body": body(number) })).await;
        let submitted = desk.writer().submit(&draft).await.draft();
        approved.push(desk.editor().approve(&submitted).await.draft());
    }
    let (publisher, editor) = (desk.publisher(), desk.editor());

    for round in 0..3 {
        let published = futures_util::future::join_all(approved.iter().map(|draft| publisher.publish(draft))).await;
        assert!(published.iter().all(|answer| answer.is_ok()), "round {round}: {published:?}");
        let seen = known(&desk).await;
        assert_eq!(seen["siteLinks"]["totalCount"], MANY * (MANY - 1));
        assert!(seen["siteLinks"]["nodes"].as_array().unwrap().iter().all(|link| link["state"] == "FINE"), "round {round}: {seen}");
        let related = seen["articles"]["nodes"].as_array().unwrap().iter().map(|article| article["related"].as_array().unwrap().len());
        assert_eq!(related.collect::<Vec<_>>(), [3; MANY], "round {round}: each is close to the others");

        let live: Vec<Draft> = futures_util::future::join_all(approved.iter().map(|draft| editor.read(draft))).await;
        let away = futures_util::future::join_all(live.iter().map(|draft| publisher.unpublish(draft, json!({})))).await;
        assert!(away.iter().all(|answer| answer.is_ok()), "round {round}: {away:?}");
        assert_eq!(known(&desk).await["siteLinks"]["totalCount"], 0);
        approved = futures_util::future::join_all(approved.iter().map(|draft| editor.read(draft))).await;
    }
}

async fn what_an_older_version_published_is_looked_at_anew(desk: TestDesk) {
    // What is written past every server is seen by one that keeps nothing.
    let desk = desk.forgetful().await;
    let target = desk.published_with("Barrier holds", json!({ "body": "The tide barrier in the harbour held." })).await;
    desk.published_with("Barrier bought", json!({ "body": "The harbour's tide barrier [to buy](https://www.amazon.com/dp/B0?tag=desk-20). See [before](/barrier-holds)." })).await;
    let (fresh, told) = (known(&desk).await, desk.history(&target.draft).await);
    let owed = async |desk: &TestDesk| desk.anonymous().article("barrier-bought", "affiliateDisclosure { text }").await["affiliateDisclosure"].clone();
    let before = owed(&desk).await;
    let db = sea_orm::Database::connect(&desk.url).await.unwrap();
    for table in ["link_uses", "site_links", "article_suggestions", "article_terms", "article_subjects", "terms"] {
        sea_orm::ConnectionTrait::execute_unprepared(&db, &format!("DELETE FROM {table}")).await.unwrap();
    }
    sea_orm::ConnectionTrait::execute_unprepared(&db, "UPDATE revision_bodies SET terms = NULL").await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&db, "UPDATE revision_links SET own_slug = NULL, domain = NULL").await.unwrap();
    // As by a version that knew no network of this link.
    sea_orm::ConnectionTrait::execute_unprepared(&db, "UPDATE revision_links SET network = NULL, certainty = NULL, why = NULL").await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&db, "UPDATE articles SET index_version = 0, has_affiliate_links = FALSE, has_disclosure = FALSE").await.unwrap();
    db.close().await.unwrap();
    assert_ne!(known(&desk).await, fresh);
    assert_eq!(owed(&desk).await, Value::Null);

    let upgraded = desk.again().await;

    let wait = async {
        while known(&upgraded).await != fresh || owed(&upgraded).await != before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("all is known again");
    assert_eq!(desk.history(&target.draft).await, told, "nothing happened to what stays as it was");
    let log = desk.editor().ask("{ events(last: 1) { nodes { type actor { id } summary } } }").await;
    let summary = "The server judged the links of 1 live article(s) by the networks that it knows now";
    assert_eq!(log.at("/events/nodes/0"), &json!({ "type": "AFFILIATE_POLICY_CHANGED", "actor": null, "summary": summary }));
}

async fn two_drafts_are_related_to_each_other_at_once(desk: TestDesk) {
    let (one, other) = (desk.draft("One").await, desk.draft("Other").await);
    let editor = desk.editor();

    let calls = (0..30).map(|round| {
        let (from, to) = if round % 2 == 0 { (&one, &other) } else { (&other, &one) };
        editor.relate(from, json!([{ "draftId": to.id, "note": format!("Round {round}") }]))
    });
    let answers = futures_util::future::join_all(calls).await;

    assert!(answers.iter().all(|answer| answer.is_ok()), "{answers:?}");
}

async fn strangers_learn_nothing_of_links(desk: TestDesk) {
    let target = desk.published("The target").await;
    let source = desk.draft("Not live").await;
    desk.writer().relate(&source, json!([{ "draftId": target.draft.id }])).await.data();
    desk.draft_with("Not live either", json!({ "body": "[x](/the-target)" })).await;

    let stranger = desk.anonymous();
    let seen = stranger.article(&target.slug, "linkedFrom { title } series { part } shownAt(at: \"2026-01-01T00:00:00Z\") { isLive }").await;

    assert_eq!(seen, json!({ "linkedFrom": [], "series": null, "shownAt": null }));
    assert_eq!(stranger.send(IMPACT, json!({ "id": target.draft.id })).await.code(), "UNAUTHENTICATED");
    assert_eq!(stranger.send(BROKEN, json!({})).await.code(), "UNAUTHENTICATED");
    let unknown = desk.editor().send(IMPACT, json!({ "id": target.article })).await;
    assert_eq!(unknown.at("/unpublishImpact"), &Value::Null);
}
