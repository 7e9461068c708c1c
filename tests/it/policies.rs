//! Affiliate policies over time: their versions, where they hold, and what readers were told when.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{AMAZON, Answer, EARNING, Live, TestDesk, both, hence, joined};

both![
    a_change_of_wording_marks_and_place_reaches_what_is_live_in_the_next_request,
    a_section_has_a_policy_of_its_own_until_it_has_not,
    commerce_decides_for_sections_and_nobody_else_does,
    a_policy_keeps_every_version_with_who_and_when,
    of_several_changes_at_once_each_is_a_version_or_refused,
    staff_can_tell_what_was_shown_at_any_time,
    what_is_on_record_is_what_is_shown_whoever_came_first,
];

const SEEN: &str = "edition body { html blocks { kind: __typename } } affiliateDisclosure { text placement }";

async fn earning(desk: &TestDesk, headline: &str) -> Live {
    desk.published_with(headline, json!({ "body": EARNING })).await
}

/// How many events there are, of any kind.
async fn events(desk: &TestDesk) -> i64 {
    desk.admin().ask("{ events(last: 1) { totalCount } }").await.number("/events/totalCount")
}

async fn a_change_of_wording_marks_and_place_reaches_what_is_live_in_the_next_request(desk: TestDesk) {
    let (first, second) = (earning(&desk, "First").await, earning(&desk, "Second").await);
    let policy = desk.default_policy().await;
    let before = events(&desk).await;

    let changes = json!({ "disclosure": "Now in other words: we earn.", "rel": ["sponsored", "ugc"], "placement": "BOTTOM" });
    desk.update_policy(&policy, changes).await;

    for live in [&first, &second] {
        let query = format!("{SEEN} editions {{ totalCount nodes {{ affiliateDisclosure {{ text placement }} }} }}");
        let seen = desk.anonymous().article(&live.slug, &query).await;
        assert_eq!(seen["affiliateDisclosure"], json!({ "text": "Now in other words: we earn.", "placement": "BOTTOM" }));
        let html = seen["body"]["html"].as_str().unwrap();
        assert!(html.contains("rel=\"sponsored ugc\"") && html.contains("in other words") && html.ends_with("</aside>"), "{html}");
        assert_eq!((&seen["edition"], &seen["editions"]["totalCount"]), (&json!(1), &json!(1)));
        assert_eq!(seen["editions"]["nodes"][0]["affiliateDisclosure"]["placement"], "TOP");
    }
    assert_eq!(events(&desk).await, before + 1);
    let last = desk.editor().ask("{ events(last: 1) { nodes { type actor { id } details } } }").await;
    let event = &last.list("/events/nodes")[0];
    assert_eq!((&event["type"], &event["actor"]["id"]), (&json!("AFFILIATE_POLICY_CHANGED"), &json!(desk.commerce().id())));
    assert_eq!((&event["details"]["policyId"], &event["details"]["version"]), (&json!(policy), &json!(2)));
}

async fn a_section_has_a_policy_of_its_own_until_it_has_not(desk: TestDesk) {
    let live = earning(&desk, "Kettles").await;
    let (section, policy) = (desk.cast.section.clone(), desk.new_policy("News's", json!({})).await);
    let set = async |policy: Value, base: Value| {
        let input = json!({ "sectionId": section, "policyId": policy, "baseVersion": base });
        desk.commerce().act("setSectionAffiliatePolicy", "section { version affiliatePolicy { id } }", input).await
    };
    let text = async || desk.anonymous().article(&live.slug, SEEN).await["affiliateDisclosure"]["text"].clone();
    let (usual, before) = (text().await, events(&desk).await);

    let given = set(json!(policy), json!(1)).await;
    assert_eq!(given.at("/setSectionAffiliatePolicy/section"), &json!({ "version": 2, "affiliatePolicy": { "id": policy } }));
    assert_eq!((text().await, events(&desk).await), (json!("News's: we earn a commission."), before + 1));

    assert_eq!(set(Value::Null, json!(1)).await.code(), "CONFLICT");
    set(json!(policy), Value::Null).await.data();
    assert_eq!((text().await, events(&desk).await), (json!("News's: we earn a commission."), before + 1));

    set(Value::Null, json!(2)).await.data();
    assert_eq!((text().await, events(&desk).await), (usual, before + 2));
    let last = desk.editor().ask("{ events(last: 2) { nodes { type } } }").await;
    assert_eq!(last.texts("/events/nodes", "type"), ["SECTION_CHANGED", "SECTION_CHANGED"]);
}

async fn commerce_decides_for_sections_and_nobody_else_does(desk: TestDesk) {
    let policy = desk.default_policy().await;
    let input = json!({ "sectionId": desk.cast.section, "policyId": policy });
    let before = desk.traces().await;

    for somebody in [desk.writer(), desk.editor(), desk.legal(), desk.publisher()] {
        assert_eq!(somebody.act("setSectionAffiliatePolicy", "section { id }", input.clone()).await.code(), "FORBIDDEN");
    }
    assert_eq!(desk.anonymous().act("setSectionAffiliatePolicy", "section { id }", input.clone()).await.code(), "UNAUTHENTICATED");
    for (more, code) in [
        (json!({ "policyId": desk.cast.section }), "BAD_USER_INPUT"),
        (json!({ "sectionId": "nonsense" }), "BAD_USER_INPUT"),
        (json!({ "policyId": "policy_01kb0000000000000000000000" }), "NOT_FOUND"),
    ] {
        let answer = desk.commerce().act("setSectionAffiliatePolicy", "section { id }", joined(input.clone(), more)).await;
        assert_eq!(answer.code(), code, "{answer}");
    }

    assert_eq!(desk.traces().await, before);
}

async fn a_policy_keeps_every_version_with_who_and_when(desk: TestDesk) {
    let policy = desk.default_policy().await;
    let (start, other) = (hence(0), desk.another("COMMERCE").await);
    desk.update_policy(&policy, json!({ "disclosure": "Second: we earn.", "rel": ["nofollow"] })).await;
    let rules = json!([{ "network": "House deals", "host": "shop.example", "parameter": "ref" }]);
    let input = json!({ "policyId": policy, "rules": rules, "placement": "BOTTOM" });
    other.act("updateAffiliatePolicy", "affiliatePolicy { id }", input).await.data();

    let query = "{ affiliatePolicies { versions {
                   version disclosure placement rel rules { network host parameter } validFrom changedBy { id } } } }";
    let seen = desk.writer().ask(query).await;

    let versions = seen.list("/affiliatePolicies/0/versions");
    let who: Vec<&Value> = versions.iter().map(|version| &version["changedBy"]["id"]).collect();
    assert_eq!(who, [&json!(other.id()), &json!(desk.commerce().id()), &Value::Null]);
    let numbers: Vec<&Value> = versions.iter().map(|version| &version["version"]).collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert_eq!((&versions[0]["rules"], &versions[1]["rules"]), (&rules, &json!([])));
    assert_eq!((&versions[0]["placement"], &versions[1]["placement"]), (&json!("BOTTOM"), &json!("TOP")));
    assert_eq!((&versions[1]["rel"], &versions[2]["rel"]), (&json!(["sponsored", "nofollow"]), &json!(["sponsored"])));
    let times: Vec<&str> = versions.iter().map(|version| version["validFrom"].as_str().unwrap()).collect();
    assert!(times[0] > times[1] && times[1] > start.as_str() && start.as_str() > times[2], "{times:?}");
}

async fn of_several_changes_at_once_each_is_a_version_or_refused(desk: TestDesk) {
    let policy = desk.default_policy().await;
    let commerce = desk.commerce();
    let change = |base: Value, number: usize| {
        let input = json!({ "policyId": policy, "baseVersion": base, "disclosure": format!("Wording {number}: we earn.") });
        commerce.act("updateAffiliatePolicy", "affiliatePolicy { version disclosure }", input)
    };
    let before = events(&desk).await;

    let on_one_base = join_all((0..8).map(|number| change(json!(1), number))).await;
    let on_none = join_all((8..16).map(|number| change(Value::Null, number))).await;

    let taken = |answers: &[Answer]| answers.iter().filter(|answer| answer.is_ok()).count();
    let refused = on_one_base.iter().chain(&on_none).filter(|answer| !answer.is_ok());
    assert!(refused.into_iter().all(|answer| answer.code() == "CONFLICT"));
    assert_eq!(taken(&on_one_base), 1);
    let all = 1 + taken(&on_one_base) + taken(&on_none);
    let seen = commerce.ask("{ affiliatePolicies { version disclosure versions { version disclosure validFrom } } }").await;
    let versions = seen.list("/affiliatePolicies/0/versions");
    assert_eq!((seen.number("/affiliatePolicies/0/version"), versions.len()), (i64::try_from(all).unwrap(), all));
    assert_eq!(versions[0]["disclosure"], *seen.at("/affiliatePolicies/0/disclosure"));
    assert!(versions.is_sorted_by(|newer, older| newer["validFrom"].as_str() > older["validFrom"].as_str()), "{versions:?}");
    assert_eq!(events(&desk).await, before + i64::try_from(all).unwrap() - 1);
}

async fn staff_can_tell_what_was_shown_at_any_time(desk: TestDesk) {
    let policy = desk.default_policy().await;
    let mut times = vec![hence(0)];
    let live = earning(&desk, "Kettles").await;
    times.push(hence(0));
    let first = desk.anonymous().article(&live.slug, SEEN).await["affiliateDisclosure"]["text"].as_str().unwrap().to_owned();
    desk.update_policy(&policy, json!({ "disclosure": "Second: we earn.", "placement": "BOTTOM" })).await;
    times.push(hence(0));
    let sections = desk.new_policy("News's", json!({})).await;
    desk.give_section(&desk.cast.section, json!(sections)).await;
    times.push(hence(0));
    desk.give_section(&desk.cast.section, Value::Null).await;
    times.push(hence(0));
    desk.new_policy("Default's", json!({ "isDefault": true })).await;
    times.push(hence(0));
    let live = desk.next_edition(&live, json!({ "body": "Nothing earns any more." })).await;
    times.push(hence(0));
    let live = desk.next_edition(&live, json!({ "body": EARNING })).await;
    times.push(hence(0));
    let live_id = live.article.clone();
    desk.publisher().unpublish(&live.draft, json!({})).await.data();
    times.push(hence(0));
    desk.update_policy(&policy, json!({ "disclosure": "Third: we earn.", "isDefault": true })).await;
    let draft = desk.editor().read(&live.draft).await;
    desk.publisher().publish(&draft).await.data();
    times.push(hence(0));

    let fields = "isLive edition { number } affiliateDisclosure { text placement }
                    policy { name } policyVersion { version changedBy { id } }";
    let asked = (0..times.len()).map(|at| format!("t{at}: shownAt(at: \"{}\") {{ {fields} }}", times[at])).collect::<Vec<_>>().join(" ");
    let shown = desk.legal().look(&live.draft, &asked).await;

    let commerce = Some(desk.commerce().id().to_owned());
    let then = |edition: i64, told: Option<(&str, &str, &str, i64, &Option<String>)>| {
        let (mut text, mut placement, mut policy, mut version) = (Value::Null, Value::Null, Value::Null, Value::Null);
        if let Some((words, place, name, number, by)) = told {
            (text, placement, policy) = (json!(words), json!(place), json!({ "name": name }));
            version = json!({ "version": number, "changedBy": by.as_ref().map(|by| json!({ "id": by })) });
        }
        (edition, text, placement, policy, version)
    };
    let second = Some(("Second: we earn.", "BOTTOM", "Default", 2, &commerce));
    let switched = Some(("Default's: we earn a commission.", "TOP", "Default's", 1, &commerce));
    let expected = [
        then(1, Some((first.as_str(), "TOP", "Default", 1, &None))),
        then(1, second),
        then(1, Some(("News's: we earn a commission.", "TOP", "News's", 1, &commerce))),
        then(1, second),
        then(1, switched),
        then(2, None),
        then(3, switched),
        then(3, None),
        then(4, Some(("Third: we earn.", "BOTTOM", "Default", 3, &commerce))),
    ];
    assert_eq!(shown["t0"], Value::Null);
    for (at, (edition, text, placement, policy, version)) in (1..).zip(expected) {
        let seen = &shown[format!("t{at}")];
        assert_eq!(seen["isLive"], at != 8, "t{at}: {seen}");
        assert_eq!(seen["edition"]["number"], edition, "t{at}: {seen}");
        let told = &seen["affiliateDisclosure"];
        assert_eq!((&told["text"], &told["placement"]), (&text, &placement), "t{at}: {seen}");
        assert_eq!((&seen["policy"], &seen["policyVersion"]), (&policy, &version), "t{at}: {seen}");
    }
    let then = format!("shownAt(at: \"{}\") {{ affiliateDisclosure {{ text }} }}", times[3]);
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Article {{ {then} }} }} }}");
    let by_article = desk.writer().send(&query, json!({ "id": live_id })).await;
    assert_eq!(by_article.text("/node/shownAt/affiliateDisclosure/text"), "News's: we earn a commission.");
    assert!(desk.anonymous().send(&query, json!({ "id": live_id })).await.at("/node/shownAt").is_null());
}

async fn what_is_on_record_is_what_is_shown_whoever_came_first(desk: TestDesk) {
    let live = desk.published("Contested").await;
    let (editor, earning) = (desk.editor(), json!([{ "url": AMAZON, "title": "A kettle" }]));

    for round in 0..8 {
        let links = |number: usize| if number.is_multiple_of(2) { earning.clone() } else { json!([]) };
        let answers = join_all((round..round + 6).map(|number| editor.relate(&live.draft, links(number)))).await;
        assert!(answers.iter().all(Answer::is_ok));

        let query = format!("affiliateDisclosure {{ text }} shownAt(at: \"{}\") {{ affiliateDisclosure {{ text }} }}", hence(0));
        let seen = editor.article(&live.slug, &query).await;
        assert_eq!(seen["shownAt"]["affiliateDisclosure"], seen["affiliateDisclosure"], "round {round}");
    }
}
