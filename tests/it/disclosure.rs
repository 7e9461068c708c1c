//! What readers are told of commissions: where it stands, how links are marked, and what is advised.

use serde_json::{Value, json};

use crate::support::{AMAZON, EARNING, Live, TestDesk, both};

both![
    the_disclosure_stands_before_the_first_link_that_earns_wherever_that_is,
    without_a_link_in_the_body_it_stands_at_the_top,
    every_form_of_link_is_marked_and_nothing_else_is,
    each_article_has_the_marks_and_the_words_of_its_own_policy,
    what_may_be_unclear_is_advised_with_its_source,
    amazon_is_owed_its_sentence_for_a_related_link_too,
    the_way_to_the_policy_survives_any_address,
    a_preview_shows_what_its_readers_will_be_told,
];

const SEEN: &str = "edition body { html blocks { kind: __typename } } affiliateDisclosure { text placement }";

async fn earning(desk: &TestDesk, headline: &str) -> Live {
    desk.published_with(headline, json!({ "body": EARNING })).await
}

async fn html(desk: &TestDesk, slug: &str) -> String {
    let seen = desk.anonymous().article(slug, "body { html }").await;
    seen["body"]["html"].as_str().unwrap().to_owned()
}

async fn the_disclosure_stands_before_the_first_link_that_earns_wherever_that_is(desk: TestDesk) {
    desk.update_policy(&desk.default_policy().await, json!({ "placement": "BEFORE_FIRST_LINK" })).await;
    let plain = "A [page](https://plain.example/).";

    for (headline, body, place) in [
        ("Heading", format!("{plain}\n\n## A [kettle]({AMAZON})\n\nAfter."), 1),
        ("Footnote", format!("A kettle[^1].\n\n[^1]: [Here]({AMAZON}).\n\nAfter."), 2),
        ("List", format!("{plain}\n\n- one\n- two\n  - [kettle]({AMAZON})\n\nA [kettle]({AMAZON})."), 1),
        ("Table", format!("{plain}\n\n{plain}\n\n| a |\n|---|\n| [kettle]({AMAZON}) |"), 2),
        ("Speaker", format!("{plain}\n\n> Said it.\n>\n> — [Ann]({AMAZON})"), 1),
        ("Picture", format!("[![A kettle](/i.png)]({AMAZON})\n\n{plain}"), 0),
    ] {
        let live = desk.published_with(headline, json!({ "body": body })).await;
        let seen = desk.anonymous().article(&live.slug, SEEN).await;
        let kinds = seen["body"]["blocks"].as_array().unwrap();
        let at: Vec<usize> = (0..kinds.len()).filter(|at| kinds[*at]["kind"] == "DisclosureBlock").collect();
        assert_eq!(at, [place], "{headline}: {seen}");
        let html = seen["body"]["html"].as_str().unwrap();
        assert_eq!(html.matches("<aside").count(), 1, "{headline}: {html}");
        assert!(html.find("<aside") < html.find("rel=\"sponsored"), "{headline}: {html}");
    }
}

async fn without_a_link_in_the_body_it_stands_at_the_top(desk: TestDesk) {
    desk.update_policy(&desk.default_policy().await, json!({ "placement": "BEFORE_FIRST_LINK" })).await;
    let live = desk.published("Quiet").await;

    desk.editor().relate(&live.draft, json!([{ "url": AMAZON, "title": "A kettle" }])).await.data();

    let seen = desk.anonymous().article(&live.slug, SEEN).await;
    assert_eq!(seen["body"]["blocks"][0]["kind"], "DisclosureBlock");
    assert_eq!(seen["body"]["blocks"].as_array().unwrap().len(), 3);
}

async fn every_form_of_link_is_marked_and_nothing_else_is(desk: TestDesk) {
    desk.update_policy(&desk.default_policy().await, json!({ "rel": ["nofollow", "noopener"] })).await;
    let forms = |url: &str| {
        format!(
            "[inline]({url} \"t\") [reference][r] <{url}> and {url} too.\n\n[![image](/i.png)]({url})\n\n\
             | a |\n|---|\n| [cell]({url}) |\n\nnote[^1]\n\n<div><a rel=\"me\" target=_blank HREF='{url}'>raw</a></div>\n\n\
             # [heading]({url})\n\n- [item]({url})\n\n> [quote]({url})\n> — [speaker]({url})\n\n[r]: {url}\n\n[^1]: [footnote]({url})\n"
        )
    };
    let commercial = desk.published_with("Commercial", json!({ "body": forms(AMAZON) })).await;
    let plain = desk.published_with("Plain", json!({ "body": forms("https://plain.example/x?y=1") })).await;

    let (commercial, plain) = (html(&desk, &commercial.slug).await, html(&desk, &plain.slug).await);

    let marked = format!("href=\"{AMAZON}\" rel=\"sponsored nofollow noopener\"");
    assert_eq!((commercial.matches(AMAZON).count(), commercial.matches(&marked).count()), (14, 12), "{commercial}");
    assert_eq!(commercial.matches(" rel=").count(), 12, "{commercial}");
    assert_eq!((plain.matches("href=\"https://plain.example/x?y=1\"").count(), plain.matches("rel=").count()), (12, 0), "{plain}");
    assert!(!commercial.contains("target") && !plain.contains("<aside"), "{commercial}");
}

async fn each_article_has_the_marks_and_the_words_of_its_own_policy(desk: TestDesk) {
    let culture = desk.new_policy("Culture's", json!({ "rel": ["nofollow"], "placement": "BOTTOM" })).await;
    let named = desk.new_policy("Named", json!({ "rel": ["ugc"], "placement": "BEFORE_FIRST_LINK" })).await;
    desk.give_section(&desk.cast.other_section, json!(culture)).await;
    let usual = earning(&desk, "Usual").await;
    let sectional = desk.published_with("Sectional", json!({ "body": EARNING, "sectionId": desk.cast.other_section })).await;
    let draft = desk.draft_with("Named", json!({ "body": EARNING, "sectionId": desk.cast.other_section })).await;
    let draft = desk.writer().flag(&draft, json!({ "flag": "AUTO", "policyId": named })).await.draft();
    let own = desk.bring_out(&draft).await;

    for (live, rel, words, place) in [
        (&usual, "sponsored", "We earn a commission", 0),
        (&sectional, "sponsored nofollow", "Culture's: we earn", 3),
        (&own, "sponsored ugc", "Named: we earn", 1),
    ] {
        let seen = desk.anonymous().article(&live.slug, SEEN).await;
        let html = seen["body"]["html"].as_str().unwrap();
        assert!(html.contains(&format!(" rel=\"{rel}\"")) && html.matches(" rel=").count() == 1, "{rel}: {html}");
        assert!(seen["affiliateDisclosure"]["text"].as_str().unwrap().starts_with(words), "{words}: {seen}");
        assert_eq!(seen["body"]["blocks"][place]["kind"], "DisclosureBlock", "{words}: {seen}");
    }
}

async fn what_may_be_unclear_is_advised_with_its_source(desk: TestDesk) {
    let policy = desk.default_policy().await;
    let draft = desk.draft_with("Kettles", json!({ "body": EARNING })).await;
    let advice = async |changes: Value| {
        desk.update_policy(&policy, changes).await;
        let checks = desk.writer().look(&draft, "checks { code severity passed message }").await;
        let check = checks["checks"].as_array().unwrap().iter().find(|check| check["code"] == "AFFILIATE_DISCLOSURE").unwrap().clone();
        assert_eq!(check["severity"], "WARNING");
        (check["passed"].as_bool().unwrap(), check["message"].as_str().unwrap().to_owned())
    };
    let clear = "We earn a commission. As an Amazon Associate I earn from qualifying purchases.";

    let (passed, words) = advice(json!({ "disclosure": "We earn a commission when you buy through links on this page." })).await;
    assert!(!passed && words.contains("Amazon Associates Operating Agreement"), "{words}");
    let (passed, words) = advice(json!({ "disclosure": clear })).await;
    assert!(passed, "{words}");
    let (passed, words) = advice(json!({ "placement": "BOTTOM" })).await;
    assert!(!passed && words.contains("BEFORE_FIRST_LINK") && words.contains("FTC"), "{words}");
    let (passed, words) = advice(json!({ "placement": "TOP", "disclosure": "This page contains affiliate links." })).await;
    assert!(!passed && words.contains("FTC") && words.contains("plain words"), "{words}");

    let live = desk.bring_out(&draft).await;
    assert!(desk.anonymous().article(&live.slug, SEEN).await["affiliateDisclosure"].is_object());
}

async fn amazon_is_owed_its_sentence_for_a_related_link_too(desk: TestDesk) {
    let draft = desk.draft("Quiet").await;
    desk.writer().relate(&draft, json!([{ "url": AMAZON, "title": "A kettle" }])).await.data();

    let checks = desk.writer().look(&draft, "checks { code passed message }").await;

    let check = checks["checks"].as_array().unwrap().iter().find(|check| check["code"] == "AFFILIATE_DISCLOSURE").unwrap();
    assert!(check["message"].as_str().unwrap().contains("As an Amazon Associate I earn from qualifying purchases."), "{check}");
}

async fn the_way_to_the_policy_survives_any_address(desk: TestDesk) {
    let live = earning(&desk, "Kettles").await;
    let policy = desk.default_policy().await;

    for url in [
        "https://newsroom.example/policy(today)",
        "https://newsroom.example/policy)x(y",
        "https://newsroom.example/policy?a=1&copy;=2&lt;=3",
        "https://newsroom.example/_policy_*x*?q=[a](b)\\*c",
    ] {
        desk.update_policy(&policy, json!({ "policyUrl": url })).await;
        let seen = desk.anonymous().article(&live.slug, "affiliateDisclosure { policyUrl html }").await;
        let kept = seen["affiliateDisclosure"]["policyUrl"].as_str().unwrap();
        let link = format!("<a href=\"{}\">How we earn money</a>", kept.replace('&', "&amp;"));
        assert!(seen["affiliateDisclosure"]["html"].as_str().unwrap().ends_with(&format!("{link}</p>")), "{url}: {seen}");
    }
}

async fn a_preview_shows_what_its_readers_will_be_told(desk: TestDesk) {
    let policy = desk.new_policy("News's", json!({ "placement": "BEFORE_FIRST_LINK", "rel": ["nofollow"] })).await;
    desk.give_section(&desk.cast.section, json!(policy)).await;
    let draft = desk.draft_with("Kettles", json!({ "body": EARNING })).await;
    let quiet = desk.draft("Quiet").await;
    desk.writer().relate(&quiet, json!([{ "url": AMAZON, "title": "A kettle" }])).await.data();

    for (draft, place) in [(draft, 1), (quiet, 0)] {
        let token = desk.writer().act("createPreview", "token", json!({ "draftId": draft.id })).await.text("/createPreview/token");
        let related = "related(suggest: false) { target { ... on ExternalPage { rel } } }";
        let query = format!("query($token: String!) {{ preview(token: $token) {{ {SEEN} {related} }} }}");
        let seen = desk.anonymous().send(&query, json!({ "token": token })).await.at("/preview").clone();
        assert_eq!(seen["affiliateDisclosure"]["text"], "News's: we earn a commission.", "{seen}");
        assert_eq!(seen["body"]["blocks"][place]["kind"], "DisclosureBlock", "{seen}");
        let marks = format!("{}{}", seen["body"]["html"], seen["related"]);
        assert!(marks.contains("sponsored nofollow"), "{seen}");
    }
}
