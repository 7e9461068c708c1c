//! What readers are owed where links earn a commission.

use serde_json::{Value, json};

use crate::support::{Live, TestDesk, both};

both![
    an_article_with_affiliate_links_shows_its_disclosure_and_marks_the_links,
    an_article_without_any_shows_none,
    editors_do_not_type_rel,
    a_disclosure_stands_where_its_policy_says,
    a_body_may_be_asked_for_without_its_disclosure,
    a_required_disclosure_needs_a_reason_and_no_link,
    an_exemption_needs_a_reason_and_commerce_and_still_marks_the_links,
    a_flag_is_content,
    the_assessment_says_which_links_earn_with_which_network,
    a_policys_own_rules_make_affiliate_links,
    each_edition_keeps_the_disclosure_that_its_readers_were_shown,
    a_policy_has_versions_and_its_changes_a_base,
    there_is_one_default_policy,
    commerce_keeps_policies_and_nobody_else_does,
    what_is_wrong_with_a_policy_is_refused,
];

const EARNING: &str = "Before.\n\nA [kettle](https://www.amazon.com/dp/B000?tag=desk-20) and a [page](https://plain.example/).\n\nAfter.";
const SEEN: &str = "body { html blocks { kind: __typename } } affiliateDisclosure { text html policyUrl placement }";
const POLICY: &str = "affiliatePolicy { id name version isDefault placement rel versions { version disclosure } }";

async fn earning(desk: &TestDesk, headline: &str) -> Live {
    desk.published_with(headline, json!({ "body": EARNING })).await
}

fn kinds(article: &Value) -> Vec<&str> {
    article["body"]["blocks"].as_array().unwrap().iter().map(|block| block["kind"].as_str().unwrap()).collect()
}

/// The opening tag of the link to a host.
fn link<'a>(article: &'a Value, host: &str) -> &'a str {
    let html = article["body"]["html"].as_str().unwrap();
    let at = html.find(&format!("href=\"https://{host}")).unwrap_or_else(|| panic!("no link to {host}: {html}"));
    let start = html[..at].rfind('<').unwrap();
    &html[start..start + html[start..].find('>').unwrap()]
}

async fn default_policy(desk: &TestDesk) -> String {
    desk.commerce().ask("{ affiliatePolicies { id isDefault } }").await.text("/affiliatePolicies/0/id")
}

async fn an_article_with_affiliate_links_shows_its_disclosure_and_marks_the_links(desk: TestDesk) {
    let live = earning(&desk, "Kettles").await;

    let seen = desk.anonymous().article(&live.slug, SEEN).await;

    let disclosure = &seen["affiliateDisclosure"];
    assert!(disclosure["text"].as_str().is_some_and(|text| text.len() > 20), "{seen}");
    assert_eq!(disclosure["placement"], "TOP");
    assert_eq!(kinds(&seen), ["DisclosureBlock", "ParagraphBlock", "ParagraphBlock", "ParagraphBlock"]);
    assert!(link(&seen, "www.amazon.com").contains("rel=\"sponsored"), "{seen}");
    assert!(!link(&seen, "plain.example").contains("sponsored"), "{seen}");
}

async fn an_article_without_any_shows_none(desk: TestDesk) {
    let live = desk.published("No kettles").await;

    let seen = desk.anonymous().article(&live.slug, SEEN).await;

    assert!(seen["affiliateDisclosure"].is_null());
    assert!(!kinds(&seen).contains(&"DisclosureBlock"));
}

async fn editors_do_not_type_rel(desk: TestDesk) {
    let body = "<a href=\"https://www.amazon.com/dp/B0?tag=desk-20\" rel=\"follow me\">x</a> and <a rel=\"dofollow\" href=\"https://plain.example/\">y</a>";
    let live = desk.published_with("Raw HTML", json!({ "body": body })).await;

    let seen = desk.anonymous().article(&live.slug, SEEN).await;

    let html = seen["body"]["html"].as_str().unwrap();
    assert!(!html.contains("follow me") && !html.contains("dofollow"), "{html}");
    assert!(link(&seen, "www.amazon.com").contains("rel=\"sponsored"), "{html}");
}

async fn a_disclosure_stands_where_its_policy_says(desk: TestDesk) {
    let live = earning(&desk, "Kettles").await;
    let policy = default_policy(&desk).await;

    for (placement, place) in [("BOTTOM", 3), ("BEFORE_FIRST_LINK", 1), ("TOP", 0)] {
        let input = json!({ "policyId": policy, "placement": placement });
        desk.commerce().act("updateAffiliatePolicy", POLICY, input).await.data();
        let next = desk.next_edition(&live, json!({ "dek": placement })).await;

        let seen = desk.anonymous().article(&next.slug, SEEN).await;

        assert_eq!(kinds(&seen).iter().position(|kind| *kind == "DisclosureBlock"), Some(place), "{placement}");
        assert_eq!(seen["affiliateDisclosure"]["placement"], placement);
    }
}

async fn a_body_may_be_asked_for_without_its_disclosure(desk: TestDesk) {
    let live = earning(&desk, "Kettles").await;

    let seen = desk.anonymous().article(&live.slug, "body(includeDisclosure: false) { html blocks { kind: __typename } } affiliateDisclosure { text }").await;

    assert_eq!(kinds(&seen), ["ParagraphBlock"; 3]);
    assert!(seen["affiliateDisclosure"].is_object());
    assert!(link(&seen, "www.amazon.com").contains("rel=\"sponsored"));
}

async fn a_required_disclosure_needs_a_reason_and_no_link(desk: TestDesk) {
    let draft = desk.draft("Sponsored in other ways").await;

    let silent = desk.writer().flag(&draft, json!({ "flag": "REQUIRED", "reason": "  " })).await;
    let flagged = desk.writer().flag(&draft, json!({ "flag": "REQUIRED", "reason": "The trip was paid for." })).await.draft();
    let open = desk.writer().submit(&flagged).await.draft();
    let stages = desk.open_stages(&open).await;
    desk.writer().recall(&open).await.data();
    let live = desk.bring_out(&flagged).await;

    assert_eq!(silent.fields(), ["reason"]);
    assert_eq!(stages, ["EDIT", "COMMERCE"]);
    let seen = desk.anonymous().article(&live.slug, SEEN).await;
    assert!(seen["affiliateDisclosure"].is_object());
    assert_eq!(kinds(&seen)[0], "DisclosureBlock");
}

async fn an_exemption_needs_a_reason_and_commerce_and_still_marks_the_links(desk: TestDesk) {
    let draft = desk.draft_with("Old links", json!({ "body": EARNING })).await;
    let silent = desk.writer().flag(&draft, json!({ "flag": "EXEMPT" })).await;
    let exempt = desk.writer().flag(&draft, json!({ "flag": "EXEMPT", "reason": "The programme ended." })).await.draft();
    let submitted = desk.writer().submit(&exempt).await.draft();
    let edited = desk.editor().approve(&submitted).await.draft();

    let without = desk.publisher().publish(&edited).await;
    let approved = desk.commerce().review(&edited, "COMMERCE", "APPROVE").await.draft();
    let live = desk.publisher().publish(&approved).await.text("/publishDraft/article/slug");

    assert_eq!(silent.fields(), ["reason"]);
    assert_eq!(without.error()["extensions"]["stages"], json!(["COMMERCE"]));
    let seen = desk.anonymous().article(&live, SEEN).await;
    assert!(seen["affiliateDisclosure"].is_null() && !kinds(&seen).contains(&"DisclosureBlock"));
    assert!(link(&seen, "www.amazon.com").contains("rel=\"sponsored"));
}

async fn a_flag_is_content(desk: TestDesk) {
    let approved = desk.approved("Approved").await;

    let flagged = desk.another("EDITOR").await.flag(&approved, json!({ "flag": "REQUIRED", "reason": "Paid for." })).await.draft();
    let same = desk.another("EDITOR").await.flag(&flagged, json!({ "flag": "REQUIRED", "reason": "Paid for." })).await.draft();
    let stale = desk.editor().flag(&approved, json!({ "flag": "AUTO" })).await;
    let back = desk.editor().flag(&flagged, json!({ "flag": "AUTO" })).await.draft();
    let seen = desk.writer().look(&back, "affiliate { flag reason disclosureRequired } revision { affiliateFlag }").await;

    assert_eq!((flagged.state.as_str(), flagged.revision, same.revision, back.revision), ("IN_REVIEW", 2, 2, 3));
    assert_eq!(stale.code(), "STALE_REVISION");
    assert_eq!(seen, json!({ "affiliate": { "flag": "AUTO", "reason": null, "disclosureRequired": false }, "revision": { "affiliateFlag": "AUTO" } }));
}

async fn the_assessment_says_which_links_earn_with_which_network(desk: TestDesk) {
    let draft = desk.draft_with("Kettles", json!({ "body": EARNING })).await;

    let seen = desk.legal().look(&draft, "affiliate { flag disclosureRequired policy { isDefault } links { url text network } }").await["affiliate"].clone();

    assert_eq!((&seen["disclosureRequired"], &seen["policy"]["isDefault"]), (&json!(true), &json!(true)));
    let links = seen["links"].as_array().unwrap();
    assert_eq!(links.len(), 1);
    assert_eq!((&links[0]["url"], &links[0]["text"]), (&json!("https://www.amazon.com/dp/B000?tag=desk-20"), &json!("kettle")));
    assert!(links[0]["network"].as_str().is_some_and(|network| network.to_lowercase().contains("amazon")), "{seen}");
}

async fn a_policys_own_rules_make_affiliate_links(desk: TestDesk) {
    let input = json!({ "policyId": default_policy(&desk).await, "rules": [{ "network": "House deals", "host": "deals.example", "parameter": "ref" }] });
    desk.commerce().act("updateAffiliatePolicy", POLICY, input).await.data();

    let body = "[One](https://shop.deals.example/x?ref=7) [two](https://shop.deals.example/x) [three](https://notdeals.example/x?ref=7)";
    let draft = desk.draft_with("House deals", json!({ "body": body })).await;

    let seen = desk.writer().look(&draft, "affiliate { links { text network } }").await;
    assert_eq!(seen["affiliate"]["links"], json!([{ "text": "One", "network": "House deals" }]));
}

async fn each_edition_keeps_the_disclosure_that_its_readers_were_shown(desk: TestDesk) {
    let policy = default_policy(&desk).await;
    let change = async |text: &str| {
        let input = json!({ "policyId": policy, "disclosure": text, "policyUrl": "https://newsroom.example/policy" });
        desk.commerce().act("updateAffiliatePolicy", POLICY, input).await.data();
    };
    change("We earn **something**.").await;
    let live = earning(&desk, "Kettles").await;

    change("We earn a lot.").await;
    desk.next_edition(&live, json!({ "dek": "Newer" })).await;

    let query = "affiliateDisclosure { text policyUrl html } editions { nodes { affiliateDisclosure { text } } }";
    let seen = desk.anonymous().article(&live.slug, query).await;
    assert_eq!(seen["editions"]["nodes"][0]["affiliateDisclosure"]["text"], "We earn something.");
    assert_eq!(seen["editions"]["nodes"][1]["affiliateDisclosure"]["text"], "We earn a lot.");
    assert_eq!(seen["affiliateDisclosure"]["text"], "We earn a lot.");
    assert!(seen["affiliateDisclosure"]["html"].as_str().unwrap().contains("https://newsroom.example/policy"), "{seen}");
}

async fn a_policy_has_versions_and_its_changes_a_base(desk: TestDesk) {
    let policy = default_policy(&desk).await;
    let input = |text: &str| json!({ "policyId": policy, "baseVersion": 1, "disclosure": text });

    let first = desk.commerce().act("updateAffiliatePolicy", POLICY, input("Second wording.")).await;
    let late = desk.commerce().act("updateAffiliatePolicy", POLICY, input("Third wording.")).await;
    let same = desk.commerce().act("updateAffiliatePolicy", POLICY, json!({ "policyId": policy, "disclosure": "Second wording." })).await;

    assert_eq!(first.number("/updateAffiliatePolicy/affiliatePolicy/version"), 2);
    assert_eq!(late.code(), "CONFLICT");
    assert_eq!(same.number("/updateAffiliatePolicy/affiliatePolicy/version"), 2);
    let versions = first.list("/updateAffiliatePolicy/affiliatePolicy/versions");
    assert_eq!((versions.len(), &versions[0]), (2, &json!({ "version": 2, "disclosure": "Second wording." })));
}

async fn there_is_one_default_policy(desk: TestDesk) {
    let input = json!({ "name": "Another", "disclosure": "Other words.", "isDefault": true });

    let made = desk.commerce().act("createAffiliatePolicy", POLICY, input).await;
    let seen = desk.commerce().ask("{ affiliatePolicies { id isDefault } site { defaultAffiliatePolicy { id } } }").await;

    let defaults: Vec<&Value> = seen.list("/affiliatePolicies").iter().filter(|policy| policy["isDefault"] == true).collect();
    assert_eq!(defaults.len(), 1);
    assert_eq!(&defaults[0]["id"], made.at("/createAffiliatePolicy/affiliatePolicy/id"));
    assert_eq!(seen.at("/site/defaultAffiliatePolicy/id"), &defaults[0]["id"]);
    let rel = made.at("/createAffiliatePolicy/affiliatePolicy/rel").as_array().unwrap();
    assert!(rel.contains(&json!("sponsored")), "{made}");
}

async fn commerce_keeps_policies_and_nobody_else_does(desk: TestDesk) {
    let policy = default_policy(&desk).await;
    let before = desk.traces().await;
    let new = json!({ "name": "New", "disclosure": "Words." });

    for somebody in [desk.writer(), desk.editor(), desk.legal(), desk.publisher()] {
        assert_eq!(somebody.act("createAffiliatePolicy", POLICY, new.clone()).await.code(), "FORBIDDEN");
        assert_eq!(somebody.act("updateAffiliatePolicy", POLICY, json!({ "policyId": policy })).await.code(), "FORBIDDEN");
    }
    assert_eq!(desk.anonymous().act("createAffiliatePolicy", POLICY, new).await.code(), "UNAUTHENTICATED");
    assert_eq!(desk.anonymous().ask("{ affiliatePolicies { id } }").await.code(), "UNAUTHENTICATED");
    assert_eq!(desk.traces().await, before);
}

async fn what_is_wrong_with_a_policy_is_refused(desk: TestDesk) {
    let before = desk.traces().await;

    let blank = json!({ "name": " ", "disclosure": " " });
    assert_eq!(desk.commerce().act("createAffiliatePolicy", POLICY, blank).await.fields(), ["name", "disclosure"]);
    for (field, value) in [
        ("rel", json!(["has blank"])),
        ("rules", json!([{ "network": "x", "host": "not a host" }])),
        ("policyUrl", json!("javascript:alert(1)")),
    ] {
        let mut input = json!({ "name": "New", "disclosure": "Words." });
        input[field] = value;
        let answer = desk.commerce().act("createAffiliatePolicy", POLICY, input).await;
        assert!(answer.fields().iter().any(|path| path.contains(field)), "{field}: {answer}");
    }

    assert_eq!(desk.traces().await, before);
}
