//! How link rules and related links reach what is live.

use serde_json::{Value, json};

use crate::support::{AMAZON, Live, TestDesk, both, hence, joined};

both![
    new_link_rules_reach_what_is_live_and_the_log_names_it,
    a_rule_reaches_links_that_a_redirect_leads_on_to,
    the_rules_of_a_section_hold_as_long_as_it_has_them,
    the_rules_of_a_new_default_hold_everywhere,
    an_article_is_judged_by_the_rules_of_its_publishing,
    a_draft_that_waits_for_its_time_is_judged_when_it_goes_live,
    a_related_link_that_earns_makes_the_disclosure_due,
    a_related_link_that_earns_is_marked_where_nothing_is_disclosed,
    a_rule_reaches_related_links,
    a_rule_tells_where_related_links_earn_although_the_body_does_too,
    commerce_is_asked_where_a_rule_came_before_the_reviewers_decided,
    rules_that_come_while_an_article_goes_live_reach_it,
    an_edition_that_comes_while_rules_are_carried_out_stands_as_it_is,
];

const SHOP: &str = "https://shop.example/lamp";
const SEEN: &str = "affiliateDisclosure { text placement }";

fn house_rule() -> Value {
    json!({ "rules": [{ "network": "House deals", "host": "shop.example" }] })
}

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

/// What the log says of affiliate policy, newest last: who did it, and which articles it names.
async fn policy_events(desk: &TestDesk) -> Vec<(Value, Value)> {
    let query = "{ events(last: 100, filter: { types: [AFFILIATE_POLICY_CHANGED] }) { nodes { actor { id } details } } }";
    let answer = desk.editor().ask(query).await;
    let nodes = answer.list("/events/nodes").iter();
    nodes.map(|event| (event["actor"]["id"].clone(), event["details"]["articleIds"].clone())).collect()
}

const PAGES: &str = "affiliateDisclosure { text } body { html } related(suggest: false) { target { ... on ExternalPage { url rel } } }";

async fn new_link_rules_reach_what_is_live_and_the_log_names_it(desk: TestDesk) {
    let lamp = linking_to(&desk, "Lamp", SHOP).await;
    let other = linking_to(&desk, "Other", "https://elsewhere.example/").await;
    let policy = desk.default_policy().await;
    let (reader, before) = (desk.anonymous(), policy_events(&desk).await.len());
    let count = async || policy_events(&desk).await.len() - before;

    desk.update_policy(&policy, house_rule()).await;
    desk.until("the rule reaches the lamp", async || count().await >= 2).await;
    assert!(reader.is_marked(&lamp.slug).await && reader.is_told(&lamp.slug).await);
    assert_eq!(found(&desk, json!({ "network": "House deals" })).await, (vec!["lamp".to_owned()], 1));

    desk.update_policy(&policy, json!({ "rules": [] })).await;
    desk.until("the lamp is left alone again", async || count().await >= 4).await;
    assert!(!reader.is_marked(&lamp.slug).await && !reader.is_told(&lamp.slug).await);
    assert_eq!(found(&desk, json!({ "network": "House deals" })).await.1, 0);

    let by = json!(desk.commerce().id());
    let named = json!([lamp.article]);
    let told = [(by.clone(), Value::Null), (Value::Null, named.clone()), (by, Value::Null), (Value::Null, named)];
    assert_eq!(policy_events(&desk).await[before..], told);
    for live in [&lamp, &other] {
        assert_eq!(reader.article(&live.slug, "edition").await["edition"], 1, "{}", live.slug);
    }
}

async fn a_rule_reaches_links_that_a_redirect_leads_on_to(desk: TestDesk) {
    let wrapped = "https://www.google.com/url?q=https%3A%2F%2Fshop.example%2Flamp";
    let live = linking_to(&desk, "Wrapped", wrapped).await;
    let reader = desk.anonymous();

    desk.update_policy(&desk.default_policy().await, house_rule()).await;

    desk.until("the rule reaches the wrapped link", async || reader.is_marked(&live.slug).await).await;
    assert!(reader.is_told(&live.slug).await);
}

async fn the_rules_of_a_section_hold_as_long_as_it_has_them(desk: TestDesk) {
    let body = format!("It is [here]({SHOP}).");
    let news = desk.published_with("News", json!({ "body": body })).await;
    let culture = desk.published_with("Culture", json!({ "body": body, "sectionId": desk.cast.other_section })).await;
    let input = joined(json!({ "name": "Culture's", "disclosure": "Culture earns a commission." }), house_rule());
    let made = desk.commerce().act("createAffiliatePolicy", "affiliatePolicy { id }", input).await;
    let policy = made.text("/createAffiliatePolicy/affiliatePolicy/id");
    let give = async |policy: Value| {
        let input = json!({ "sectionId": desk.cast.other_section, "policyId": policy });
        desk.commerce().act("setSectionAffiliatePolicy", "section { version }", input).await.data();
    };
    let reader = desk.anonymous();

    give(json!(policy)).await;
    desk.until("the section's rules reach its article", async || reader.is_marked(&culture.slug).await).await;
    let seen = reader.article(&culture.slug, SEEN).await;
    assert_eq!(seen["affiliateDisclosure"]["text"], "Culture earns a commission.");
    assert!(!reader.is_marked(&news.slug).await && !reader.is_told(&news.slug).await);
    assert_eq!(found(&desk, json!({ "policyId": policy })).await, (vec!["culture".to_owned()], 1));

    give(Value::Null).await;
    desk.until("without them it does not earn", async || !reader.is_marked(&culture.slug).await).await;
    assert!(!reader.is_told(&culture.slug).await);
}

async fn the_rules_of_a_new_default_hold_everywhere(desk: TestDesk) {
    let live = linking_to(&desk, "Lamp", SHOP).await;
    let reader = desk.anonymous();
    let before = desk.default_policy().await;

    let input = joined(json!({ "name": "New", "disclosure": "The new one earns a commission.", "isDefault": true }), house_rule());
    desk.commerce().act("createAffiliatePolicy", "affiliatePolicy { id }", input).await.data();
    desk.until("the default's rules reach the article", async || reader.is_marked(&live.slug).await).await;
    assert_eq!(reader.article(&live.slug, SEEN).await["affiliateDisclosure"]["text"], "The new one earns a commission.");

    desk.update_policy(&before, json!({ "isDefault": true })).await;
    desk.until("the former default holds again", async || !reader.is_told(&live.slug).await).await;
    assert!(!reader.is_marked(&live.slug).await);
}

async fn an_article_is_judged_by_the_rules_of_its_publishing(desk: TestDesk) {
    let draft = desk.draft_with("Approved before", json!({ "body": format!("It is [here]({SHOP}).") })).await;
    let submitted = desk.writer().submit(&draft).await.draft();
    let approved = desk.editor().approve(&submitted).await.draft();

    desk.update_policy(&desk.default_policy().await, house_rule()).await;
    let slug = desk.publisher().publish(&approved).await.text("/publishDraft/article/slug");

    let reader = desk.anonymous();
    assert!(reader.is_marked(&slug).await && reader.is_told(&slug).await);
    let seen = desk.editor().look(&approved, "affiliate { disclosureRequired links { network } }").await;
    assert_eq!(seen["affiliate"], json!({ "disclosureRequired": true, "links": [{ "network": "House deals" }] }));
    assert_eq!(found(&desk, json!({ "network": "House deals" })).await.1, 1);
}

async fn a_draft_that_waits_for_its_time_is_judged_when_it_goes_live(desk: TestDesk) {
    let draft = desk.draft_with("Waits", json!({ "body": format!("It is [here]({SHOP}).") })).await;
    let submitted = desk.writer().submit(&draft).await.draft();
    let approved = desk.editor().approve(&submitted).await.draft();
    let scheduled = desk.publisher().schedule(&approved, &hence(2500), json!({})).await.draft();

    let input = json!({ "name": "Meanwhile", "disclosure": "Meanwhile we earn a commission.", "placement": "BOTTOM", "isDefault": true });
    let made = desk.commerce().act("createAffiliatePolicy", "affiliatePolicy { id }", joined(input, house_rule())).await;
    made.data();
    desk.awaited(&scheduled, "ARTICLE_PUBLISHED").await;

    let query = format!("{SEEN} editions {{ nodes {{ affiliateDisclosure {{ text placement }} }} }}");
    let seen = desk.anonymous().article(&scheduled.slug, &query).await;
    let told = json!({ "text": "Meanwhile we earn a commission.", "placement": "BOTTOM" });
    assert_eq!((&seen["affiliateDisclosure"], &seen["editions"]["nodes"][0]["affiliateDisclosure"]), (&told, &told));
    assert!(desk.anonymous().is_marked(&scheduled.slug).await);
}

async fn a_related_link_that_earns_makes_the_disclosure_due(desk: TestDesk) {
    let live = desk.published("Quiet").await;
    let reader = desk.anonymous();
    let links = json!([{ "url": AMAZON, "title": "A kettle" }, { "url": "https://plain.example/", "title": "A page" }]);
    let before = hence(0);

    desk.editor().relate(&live.draft, links).await.data();
    let seen = reader.article(&live.slug, PAGES).await;
    assert!(seen["affiliateDisclosure"].is_object() && seen["body"]["html"].as_str().unwrap().starts_with("<aside"), "{seen}");
    let page = |url: &str, rel: Option<&str>| json!({ "target": { "url": url, "rel": rel } });
    assert_eq!(seen["related"], json!([page(AMAZON, Some("sponsored")), page("https://plain.example/", None)]));
    let staff = desk.editor().look(&live.draft, "affiliate { disclosureRequired links { url } }").await;
    assert_eq!(staff["affiliate"], json!({ "disclosureRequired": true, "links": [] }));

    let between = hence(0);
    desk.editor().relate(&live.draft, json!([])).await.data();
    let seen = reader.article(&live.slug, PAGES).await;
    assert!(seen["affiliateDisclosure"].is_null() && !seen["body"]["html"].as_str().unwrap().contains("<aside"), "{seen}");
    let at = |time: &str| format!("shownAt(at: \"{time}\") {{ isLive affiliateDisclosure {{ placement }} }}");
    let query = format!("before: {} between: {} after: {}", at(&before), at(&between), at(&hence(0)));
    let shown = desk.legal().look(&live.draft, &query).await;
    let then = |told: Value| json!({ "isLive": true, "affiliateDisclosure": told });
    let told = json!({ "placement": "TOP" });
    assert_eq!(shown, json!({ "before": then(Value::Null), "between": then(told), "after": then(Value::Null) }));
}

async fn a_related_link_that_earns_is_marked_where_nothing_is_disclosed(desk: TestDesk) {
    let draft = desk.draft("Spared").await;
    let exempt = desk.writer().flag(&draft, json!({ "flag": "EXEMPT", "reason": "The programme ended." })).await.draft();
    desk.writer().relate(&exempt, json!([{ "url": AMAZON, "title": "A kettle" }])).await.data();
    let live = desk.bring_out(&exempt).await;
    desk.update_policy(&desk.default_policy().await, json!({ "rel": ["nofollow"] })).await;

    let seen = desk.anonymous().article(&live.slug, PAGES).await;

    assert!(seen["affiliateDisclosure"].is_null(), "{seen}");
    assert_eq!(seen["related"][0]["target"]["rel"], "sponsored nofollow");
}

async fn a_rule_reaches_related_links(desk: TestDesk) {
    let live = desk.published("Quiet").await;
    desk.editor().relate(&live.draft, json!([{ "url": SHOP, "title": "A lamp" }])).await.data();
    let reader = desk.anonymous();
    assert!(!reader.is_told(&live.slug).await);

    desk.update_policy(&desk.default_policy().await, house_rule()).await;

    desk.until("the rule reaches the related link", async || reader.is_told(&live.slug).await).await;
    assert_eq!(reader.article(&live.slug, PAGES).await["related"][0]["target"]["rel"], "sponsored");
    assert_eq!(policy_events(&desk).await.last().unwrap().1, json!([live.article]));
}

async fn a_rule_tells_where_related_links_earn_although_the_body_does_too(desk: TestDesk) {
    let live = linking_to(&desk, "Lamp", "https://amzn.to/1").await;
    desk.editor().relate(&live.draft, json!([{ "url": SHOP, "title": "The shop" }])).await.data();
    let policy = desk.default_policy().await;
    assert_eq!(found(&desk, json!({ "network": "House deals" })).await.1, 0);

    desk.update_policy(&policy, house_rule()).await;

    desk.until("the shop is found", async || found(&desk, json!({ "network": "House deals" })).await.1 == 1).await;
    desk.update_policy(&policy, json!({ "rules": [] })).await;
    desk.until("the shop is a shop again", async || found(&desk, json!({ "network": "House deals" })).await.1 == 0).await;
}

async fn commerce_is_asked_where_a_rule_came_before_the_reviewers_decided(desk: TestDesk) {
    let body = json!({ "body": format!("It is [here]({SHOP}).") });
    let (begun, waiting, decided) = (desk.draft_with("Begun", body.clone()).await, desk.draft_with("Waiting", body.clone()).await, desk.draft_with("Decided", body).await);
    let waiting = desk.writer().submit(&waiting).await.draft();
    let decided = desk.writer().submit(&decided).await.draft();
    let decided = desk.editor().approve(&decided).await.draft();
    let policy = desk.default_policy().await;
    let stages = async |draft| -> Vec<String> {
        let seen = desk.editor().look(draft, "stages { stage { key } }").await;
        seen["stages"].as_array().unwrap().iter().map(|stage| stage["stage"]["key"].as_str().unwrap().to_owned()).collect()
    };

    desk.update_policy(&policy, house_rule()).await;
    desk.until("COMMERCE joins", async || stages(&waiting).await.len() == 2).await;

    assert_eq!(stages(&begun).await, ["EDIT", "COMMERCE"]);
    let submitted = desk.writer().submit(&begun).await.draft();
    let approved = desk.editor().approve(&submitted).await.draft();
    assert_eq!((approved.state.as_str(), stages(&approved).await.len()), ("IN_REVIEW", 2));
    let live = desk.publisher().publish(&decided).await;
    assert!(live.is_ok(), "what was approved stays approved: {live}");
    assert!(desk.anonymous().is_told(&decided.slug).await);
}

async fn rules_that_come_while_an_article_goes_live_reach_it(desk: TestDesk) {
    let policy = desk.new_policy("Culture's", house_rule()).await;
    let (reader, publisher, section) = (desk.anonymous(), desk.publisher(), desk.cast.other_section.as_str());

    for round in 0..6 {
        let body = json!({ "body": format!("It is [here]({SHOP})."), "sectionId": section });
        let draft = desk.draft_with(&format!("Round {round}"), body).await;
        let submitted = desk.writer().submit(&draft).await.draft();
        let approved = desk.editor().approve(&submitted).await.draft();

        let (published, ()) = tokio::join!(publisher.publish(&approved), desk.give_section(section, json!(policy)));
        published.data();

        desk.until("the rules reach the new article", async || reader.is_marked(&approved.slug).await).await;
        desk.give_section(section, Value::Null).await;
    }
}

async fn an_edition_that_comes_while_rules_are_carried_out_stands_as_it_is(desk: TestDesk) {
    let policy = desk.default_policy().await;
    let witness = linking_to(&desk, "Witness", SHOP).await;
    let (reader, publisher) = (desk.anonymous(), desk.publisher());

    for round in 0..6 {
        let live = linking_to(&desk, &format!("Round {round}"), SHOP).await;
        let draft = desk.writer().update(&live.draft, json!({ "body": "It is nowhere any more." })).await.draft();
        let submitted = desk.writer().submit(&draft).await.draft();
        let approved = desk.editor().approve(&submitted).await.draft();

        let (published, ()) = tokio::join!(publisher.publish(&approved), desk.update_policy(&policy, house_rule()));
        published.data();

        desk.until("the rule reaches the witness", async || reader.is_told(&witness.slug).await).await;
        assert!(!reader.is_told(&live.slug).await, "round {round}");
        assert_eq!(found(&desk, json!({ "network": "House deals" })).await, (vec!["witness".to_owned()], 1), "round {round}");
        desk.update_policy(&policy, json!({ "rules": [] })).await;
        desk.until("the witness is left alone again", async || !reader.is_told(&witness.slug).await).await;
    }
}
