//! Where the site earns: which links do, and how they are found.

use serde_json::{Value, json};

use crate::support::{AMAZON, Live, TestDesk, both, hence};

both![
    links_are_rows_that_say_what_gives_them_away,
    a_link_that_may_earn_is_told_apart_and_has_an_address,
    the_site_knows_its_networks_by_what_is_live,
    articles_are_found_by_network_host_address_and_policy,
    those_whose_flag_was_overruled_are_listed_with_the_reason,
    what_is_found_comes_in_pages,
    exactly_one_thing_is_asked_for,
    the_anonymous_learn_nothing_of_earnings_and_links,
    links_in_a_bio_and_in_a_notice_are_marked,
];

const EBAY: &str = "https://www.ebay.de/itm/1?mkevt=1&campid=53";

async fn linking_to(desk: &TestDesk, headline: &str, url: &str) -> Live {
    desk.published_with(headline, json!({ "body": format!("It is [here]({url}), and nowhere else.") })).await
}

/// Live articles that are found so: their slugs, and how many the list says that there are.
async fn found(desk: &TestDesk, filter: Value) -> (Vec<String>, i64) {
    let query = "query($filter: AffiliateArticleFilter!) { affiliateArticles(filter: $filter) { totalCount nodes { article { slug } } } }";
    let answer = desk.commerce().send(query, json!({ "filter": filter })).await;
    let nodes = answer.list("/affiliateArticles/nodes").iter();
    (nodes.map(|node| node["article"]["slug"].as_str().unwrap().to_owned()).collect(), answer.number("/affiliateArticles/totalCount"))
}

async fn links_are_rows_that_say_what_gives_them_away(desk: TestDesk) {
    let body = format!("Nothing here.\n\n## A [heading]({EBAY})\n\n- a [kettle]({AMAZON})\n- a [page](https://plain.example/)");

    let draft = desk.draft_with("Rows", json!({ "body": body })).await;

    let seen = desk.legal().look(&draft, "affiliate { links { url text network why block } possibleLinks { url } }").await;
    assert_eq!(
        seen["affiliate"],
        json!({
            "links": [
                { "url": EBAY, "text": "heading", "network": "eBay Partner Network", "why": "campid= on ebay.de", "block": 1 },
                { "url": AMAZON, "text": "kettle", "network": "Amazon Associates", "why": "tag= on amazon.com", "block": 2 },
            ],
            "possibleLinks": []
        })
    );
}

async fn a_link_that_may_earn_is_told_apart_and_has_an_address(desk: TestDesk) {
    let body = "[One](https://shop.example/?aff=7), [two](/go/kettle), [three](//amzn.eu/d/abc) and [four](https://plain.example/).";

    let draft = desk.draft_with("Maybe", json!({ "body": body })).await;

    let seen = desk.writer().look(&draft, "affiliate { disclosureRequired links { url } possibleLinks { url text block } }").await;
    let maybe = |url: &str, text: &str| json!({ "url": url, "text": text, "block": 0 });
    assert_eq!(
        seen["affiliate"],
        json!({ "disclosureRequired": false, "links": [], "possibleLinks": [
            maybe("https://shop.example/?aff=7", "One"),
            maybe("https://newsroom.example/go/kettle", "two"),
            maybe("https://amzn.eu/d/abc", "three"),
        ] })
    );
    let checks = desk.writer().look(&draft, "checks { code passed message }").await;
    let check = checks["checks"].as_array().unwrap().iter().find(|check| check["code"] == "AFFILIATE_DISCLOSURE").unwrap();
    assert!(check["passed"] == false && check["message"].as_str().unwrap().contains("REQUIRED"), "{check}");
}

async fn the_site_knows_its_networks_by_what_is_live(desk: TestDesk) {
    let twice = format!("A [kettle]({AMAZON}) and [another](https://www.amazon.com/dp/B111?tag=desk-20).");
    let first = desk.published_with("First", json!({ "body": twice })).await;
    desk.published_with("Second", json!({ "body": format!("A [kettle]({AMAZON}), [used]({EBAY}).") })).await;
    desk.draft_with("Not live", json!({ "body": format!("A [kettle]({AMAZON}).") })).await;
    let networks = "{ affiliateNetworks { network articles links } }";

    let before = desk.writer().ask(networks).await;
    desk.publisher().unpublish(&first.draft, json!({})).await.data();
    let after = desk.writer().ask(networks).await;

    let used = |network: &str, articles: i64, links: i64| json!({ "network": network, "articles": articles, "links": links });
    let (amazon, ebay) = ("Amazon Associates", "eBay Partner Network");
    assert_eq!(before.at("/affiliateNetworks"), &json!([used(amazon, 2, 3), used(ebay, 1, 1)]));
    assert_eq!(after.at("/affiliateNetworks"), &json!([used(amazon, 1, 1), used(ebay, 1, 1)]));
}

async fn articles_are_found_by_network_host_address_and_policy(desk: TestDesk) {
    linking_to(&desk, "Kettle", AMAZON).await;
    linking_to(&desk, "Used", EBAY).await;
    linking_to(&desk, "Plain", "https://www.amazon.com/help").await;
    let related = desk.published("Related").await;
    desk.editor().relate(&related.draft, json!([{ "url": "http://amazon.com/dp/B9?tag=desk-20", "title": "A kettle" }])).await.data();
    let named = |slugs: &[&str]| (slugs.iter().map(|slug| (*slug).to_owned()).collect::<Vec<_>>(), i64::try_from(slugs.len()).unwrap());

    assert_eq!(found(&desk, json!({ "network": "amazon" })).await, named(&["related", "kettle"]));
    assert_eq!(found(&desk, json!({ "network": "EBAY PARTNER NETWORK" })).await, named(&["used"]));
    assert_eq!(found(&desk, json!({ "host": "amazon.com" })).await, named(&["related", "plain", "kettle"]));
    assert_eq!(found(&desk, json!({ "host": "www.amazon.com" })).await, named(&["plain", "kettle"]));
    assert_eq!(found(&desk, json!({ "url": "http://www.amazon.com/dp/B000/?tag=desk-20#top" })).await, named(&["kettle"]));
    let policy = desk.default_policy().await;
    assert_eq!(found(&desk, json!({ "policyId": policy })).await, named(&["related", "used", "kettle"]));

    let query = "{ affiliateArticles(filter: { host: \"amazon.com\" }) { nodes { linkCount isDisclosed flag policy { id }
                   links { url text network earns why block } } } }";
    let nodes = desk.commerce().ask(query).await.list("/affiliateArticles/nodes").to_vec();
    let row = |url: &str, text: &str, network: Value, block: Value| {
        let why = network.as_str().map(|_| "tag= on amazon.com");
        json!({ "url": url, "text": text, "network": network, "earns": network.is_string(), "why": why, "block": block })
    };
    let of = |row: Value, is_disclosed: bool| {
        json!({ "linkCount": 1, "isDisclosed": is_disclosed, "flag": "AUTO", "policy": { "id": policy }, "links": [row] })
    };
    let amazon = json!("Amazon Associates");
    assert_eq!(nodes[0], of(row("http://amazon.com/dp/B9?tag=desk-20", "A kettle", amazon.clone(), Value::Null), true));
    assert_eq!(nodes[1], of(row("https://www.amazon.com/help", "here", Value::Null, json!(0)), false));
    assert_eq!(nodes[2], of(row(AMAZON, "here", amazon, json!(0)), true));
}

async fn those_whose_flag_was_overruled_are_listed_with_the_reason(desk: TestDesk) {
    linking_to(&desk, "By itself", AMAZON).await;
    for (headline, flag, url) in [("Owed", "REQUIRED", "https://plain.example/"), ("Spared", "EXEMPT", AMAZON)] {
        let draft = desk.draft_with(headline, json!({ "body": format!("It is [here]({url}).") })).await;
        let reason = format!("{headline} by contract.");
        let flagged = desk.writer().flag(&draft, json!({ "flag": flag, "reason": reason })).await.draft();
        desk.bring_out(&flagged).await;
    }

    let query = "{ affiliateArticles(filter: { overruled: true }) {
                   totalCount nodes { article { slug } flag reason isDisclosed linkCount } } }";
    let seen = desk.commerce().ask(query).await;

    let row = |slug: &str, flag: &str, reason: &str, is_disclosed: bool, links: i64| {
        json!({ "article": { "slug": slug }, "flag": flag, "reason": reason, "isDisclosed": is_disclosed, "linkCount": links })
    };
    assert_eq!(
        seen.at("/affiliateArticles"),
        &json!({ "totalCount": 2, "nodes": [
            row("spared", "EXEMPT", "Spared by contract.", false, 1),
            row("owed", "REQUIRED", "Owed by contract.", true, 0),
        ] })
    );
    let reader = desk.anonymous();
    assert!(!reader.is_told("spared").await && reader.is_marked("spared").await);
    assert!(reader.is_told("owed").await && !reader.is_marked("owed").await);
}

async fn what_is_found_comes_in_pages(desk: TestDesk) {
    for headline in ["One", "Two", "Three"] {
        linking_to(&desk, headline, AMAZON).await;
    }
    let policy = desk.default_policy().await;

    for (key, value) in [("network", "amazon"), ("host", "amazon.com"), ("url", AMAZON), ("policyId", &policy)] {
        let filter = json!({ key: value });
        let mut slugs: Vec<String> = Vec::new();
        let mut after = Value::Null;
        while slugs.len() < 3 {
            let query = "query($filter: AffiliateArticleFilter!, $after: String) {
                           affiliateArticles(filter: $filter, first: 2, after: $after) {
                             totalCount nodes { article { slug } } pageInfo { hasNextPage endCursor } } }";
            let page = desk.commerce().send(query, json!({ "filter": filter, "after": after })).await;
            let nodes = page.list("/affiliateArticles/nodes");
            assert!(!nodes.is_empty() && page.number("/affiliateArticles/totalCount") == 3, "{page}");
            slugs.extend(nodes.iter().map(|node| node["article"]["slug"].as_str().unwrap().to_owned()));
            assert_eq!(page.at("/affiliateArticles/pageInfo/hasNextPage"), slugs.len() < 3, "{page}");
            after = page.at("/affiliateArticles/pageInfo/endCursor").clone();
        }
        assert_eq!(slugs, ["three", "two", "one"], "{filter}");
    }
}

async fn exactly_one_thing_is_asked_for(desk: TestDesk) {
    let query = "query($filter: AffiliateArticleFilter!) { affiliateArticles(filter: $filter) { totalCount } }";

    for (filter, field) in [
        (json!({}), "filter"),
        (json!({ "network": "amazon", "host": "amazon.com" }), "filter"),
        (json!({ "overruled": false }), "filter"),
        (json!({ "host": "not a host" }), "filter.host"),
        (json!({ "url": "nowhere" }), "filter.url"),
        (json!({ "policyId": "nonsense" }), "filter.policyId"),
    ] {
        let answer = desk.commerce().send(query, json!({ "filter": filter })).await;
        assert_eq!(answer.fields(), [field], "{filter}: {answer}");
    }
}

async fn the_anonymous_learn_nothing_of_earnings_and_links(desk: TestDesk) {
    let live = linking_to(&desk, "Kettle", AMAZON).await;
    let reader = desk.anonymous();

    for query in [
        "{ affiliateNetworks { network } }".to_owned(),
        "{ affiliateArticles(filter: { network: \"amazon\" }) { totalCount } }".to_owned(),
        "{ affiliateArticles(filter: {}) { totalCount } }".to_owned(),
        "{ siteLinks { totalCount } }".to_owned(),
        format!("{{ unpublishImpact(draftId: \"{}\") {{ related {{ totalCount }} inBody {{ totalCount }} }} }}", live.draft.id),
        "{ unpublishImpact(draftId: \"nonsense\") { related { totalCount } } }".to_owned(),
    ] {
        assert_eq!(reader.ask(&query).await.code(), "UNAUTHENTICATED", "{query}");
    }

    let query = format!("shownAt(at: \"{}\") {{ isLive }} draft {{ id }}", hence(0));
    assert_eq!(reader.article(&live.slug, &query).await, json!({ "shownAt": null, "draft": null }));
}

async fn links_in_a_bio_and_in_a_notice_are_marked(desk: TestDesk) {
    let live = desk.published("Not so").await;
    let text = format!("See [this]({AMAZON}) and [that](https://plain.example/).");
    desk.update_policy(&desk.default_policy().await, json!({ "rel": ["nofollow"] })).await;

    desk.editor().update_author(json!({ "authorId": desk.cast.author, "bio": text })).await.data();
    desk.publisher().retract(&live.draft, &text).await.data();

    let seen = desk.anonymous().ask("{ author(slug: \"ada-quill\") { bioHtml } article(slug: \"not-so\") { body { html } } }").await;
    for place in ["/author/bioHtml", "/article/body/html"] {
        let html = seen.text(place);
        assert_eq!(html.matches("rel=\"sponsored nofollow\"").count(), 1, "{html}");
        assert!(html.contains("tag=desk-20\" rel=\"sponsored nofollow\"") && !html.contains("<aside"), "{html}");
    }
}
