//! To the readers and away from them, by several hands at once: there is one outcome, and the log tells
//! which.

use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{at_once, outcomes};
use crate::support::{Answer, Client, Draft, Live, TestDesk, both, hence, instant};

both![
    a_schedule_and_a_publish_at_once_are_one_of_the_two,
    a_schedule_and_a_cancel_at_once_leave_what_the_log_says,
    a_schedule_that_is_cancelled_as_it_fires_is_cancelled_or_fires,
    an_article_taken_away_by_hand_as_its_time_is_over_goes_away_once,
    a_retraction_and_a_new_edition_at_once_end_retracted,
    a_release_and_an_unpublishing_of_a_member_both_happen_in_one_order,
    a_release_and_a_change_of_a_member_at_once_put_all_live_or_none,
    of_releases_with_a_common_draft_at_once_one_comes_out,
    of_twenty_publishings_of_one_release_one_comes_out,
    drafts_and_releases_that_bring_the_same_new_tags_at_once_all_come_out,
];

/// What a draft went through since it was approved.
async fn since_approved(desk: &TestDesk, draft: &Draft) -> Vec<String> {
    let history = desk.history(draft).await;
    let approved = history.iter().rposition(|kind| kind == "DRAFT_APPROVED").unwrap();
    history[approved + 1..].to_vec()
}

/// An article whose draft has a newer revision with every approval.
async fn with_newer_work(desk: &TestDesk, headline: &str) -> Live {
    let live = desk.published(headline).await;
    let newer = desk.writer().update(&live.draft, json!({ "dek": "Newer" })).await.draft();
    let newer = desk.writer().submit(&newer).await.draft();
    Live { draft: desk.editor().approve(&newer).await.draft(), ..live }
}

async fn create(publisher: &Client, drafts: &[&Draft]) -> String {
    let ids: Vec<&str> = drafts.iter().map(|draft| draft.id.as_str()).collect();
    publisher.act("createRelease", "release { id }", json!({ "name": "Together", "draftIds": ids })).await.text("/createRelease/release/id")
}

async fn release(publisher: &Client, id: &str) -> Answer {
    publisher.act("publishRelease", "release { state }", json!({ "releaseId": id })).await
}

/// Which of these drafts readers see.
async fn live(desk: &TestDesk, drafts: &[&Draft]) -> Vec<bool> {
    join_all(drafts.iter().map(|draft| async { desk.anonymous().article(&draft.slug, "id").await.is_object() })).await
}

/// Many drafts with every approval.
async fn many(desk: &TestDesk) -> Vec<Draft> {
    let headlines: Vec<String> = (0..12).map(|number| format!("Due {number}")).collect();
    join_all(headlines.iter().map(|headline| desk.approved(headline))).await
}

async fn schedule_all(publisher: &Client, drafts: &[Draft], publish_at: &str, more: Value) {
    for answer in join_all(drafts.iter().map(|draft| publisher.schedule(draft, publish_at, more.clone()))).await {
        answer.data();
    }
}

/// Waits for a time, and some milliseconds more.
async fn wait_for(at: &str, more: usize) {
    let more = TimeDelta::milliseconds(i64::try_from(more).unwrap());
    tokio::time::sleep((instant(&json!(at)) + more - Utc::now()).to_std().unwrap_or_default()).await;
}

/// Waits until the server has looked at everything that was due by now.
async fn all_that_was_due(desk: &TestDesk) {
    let witness = desk.approved("Witness").await;
    desk.publisher().schedule(&witness, &hence(300), json!({})).await.data();
    desk.awaited(&witness, "ARTICLE_PUBLISHED").await;
}

async fn a_schedule_and_a_publish_at_once_are_one_of_the_two(desk: TestDesk) {
    let publisher = desk.publisher();
    for round in 0..8 {
        let draft = desk.approved(&format!("Round {round}")).await;
        let later = hence(3_600_000);

        let (planned, published) = at_once(round, publisher.schedule(&draft, &later, json!({})), publisher.publish(&draft)).await;

        let (state, told) = match (planned.outcome().as_str(), published.outcome().as_str()) {
            ("OK", "INVALID_TRANSITION") => ("SCHEDULED", "ARTICLE_SCHEDULED"),
            ("INVALID_TRANSITION", "OK") => ("PUBLISHED", "ARTICLE_PUBLISHED"),
            other => panic!("round {round}: {other:?}\n{planned}\n{published}"),
        };
        assert_eq!((desk.editor().read(&draft).await.state.as_str(), since_approved(&desk, &draft).await), (state, vec![told.to_owned()]));
        assert_eq!(live(&desk, &[&draft]).await, [published.is_ok()]);
    }
}

async fn a_schedule_and_a_cancel_at_once_leave_what_the_log_says(desk: TestDesk) {
    let publisher = desk.publisher();
    for round in 0..8 {
        let draft = desk.approved(&format!("Round {round}")).await;
        let later = hence(3_600_000);

        let (planned, cancelled) = at_once(round, publisher.schedule(&draft, &later, json!({})), publisher.cancel(&draft)).await;
        let seen = desk.editor().look(&draft, "state schedule { publishAt }").await;

        planned.data();
        if cancelled.is_ok() {
            assert_eq!(since_approved(&desk, &draft).await, ["ARTICLE_SCHEDULED", "SCHEDULE_CANCELLED"]);
            assert_eq!(seen, json!({ "state": "APPROVED", "schedule": null }));
        } else {
            assert_eq!(cancelled.code(), "INVALID_TRANSITION");
            assert_eq!(since_approved(&desk, &draft).await, ["ARTICLE_SCHEDULED"]);
            assert_eq!(seen, json!({ "state": "SCHEDULED", "schedule": { "publishAt": later } }));
        }
    }
}

async fn a_schedule_that_is_cancelled_as_it_fires_is_cancelled_or_fires(desk: TestDesk) {
    let publisher = desk.publisher();
    let drafts = many(&desk).await;
    let due = hence(4_000);
    schedule_all(&publisher, &drafts, &due, json!({})).await;

    let cancels = drafts.iter().enumerate().map(|(place, draft)| {
        let (publisher, due) = (&publisher, &due);
        async move {
            wait_for(due, place * 25).await;
            publisher.cancel(draft).await
        }
    });
    let cancels = join_all(cancels.collect::<Vec<_>>()).await;
    all_that_was_due(&desk).await;

    for (draft, cancel) in drafts.iter().zip(cancels) {
        let (state, told) = match cancel.outcome().as_str() {
            "OK" => ("APPROVED", "SCHEDULE_CANCELLED"),
            "INVALID_TRANSITION" => ("PUBLISHED", "ARTICLE_PUBLISHED"),
            other => panic!("{other}: {cancel}"),
        };
        assert_eq!(since_approved(&desk, draft).await, ["ARTICLE_SCHEDULED", told]);
        assert_eq!(desk.editor().read(draft).await.state, state);
        assert_eq!(live(&desk, &[draft]).await, [!cancel.is_ok()]);
    }
}

async fn an_article_taken_away_by_hand_as_its_time_is_over_goes_away_once(desk: TestDesk) {
    let publisher = desk.publisher();
    let drafts = many(&desk).await;
    let over = hence(7_000);
    schedule_all(&publisher, &drafts, &hence(4_000), json!({ "unpublishAt": over })).await;
    for draft in &drafts {
        desk.awaited(draft, "ARTICLE_PUBLISHED").await;
    }

    let by_hand = drafts.iter().enumerate().map(|(place, draft)| {
        let (publisher, over) = (&publisher, &over);
        async move {
            wait_for(over, place * 25).await;
            publisher.unpublish(draft, json!({})).await
        }
    });
    let by_hand = join_all(by_hand.collect::<Vec<_>>()).await;
    all_that_was_due(&desk).await;

    for (draft, answer) in drafts.iter().zip(by_hand) {
        assert!(answer.is_ok() || answer.code() == "INVALID_TRANSITION", "{answer}");
        assert_eq!(since_approved(&desk, draft).await, ["ARTICLE_SCHEDULED", "ARTICLE_PUBLISHED", "ARTICLE_UNPUBLISHED"]);
        let seen = desk.editor().look(draft, "state article { id } schedule { unpublishAt } history(last: 1) { nodes { actor { id } } }").await;
        let actor = if answer.is_ok() { json!({ "id": publisher.id() }) } else { Value::Null };
        assert_eq!(seen, json!({ "state": "UNPUBLISHED", "article": null, "schedule": null, "history": { "nodes": [{ "actor": actor }] } }));
    }
}

async fn a_retraction_and_a_new_edition_at_once_end_retracted(desk: TestDesk) {
    let publisher = desk.publisher();
    for round in 0..8 {
        let both = with_newer_work(&desk, &format!("Round {round}")).await;

        let (retracted, published) = at_once(round, publisher.retract(&both.draft, "It was wrong."), publisher.publish(&both.draft)).await;
        let seen = desk.anonymous().article(&both.slug, "edition dek retraction { notice }").await;

        retracted.data();
        assert!(published.is_ok() || published.code() == "INVALID_TRANSITION", "{published}");
        let edition = if published.is_ok() { 2 } else { 1 };
        assert_eq!(seen, json!({ "edition": edition, "dek": null, "retraction": { "notice": "It was wrong." } }));
        let told: &[&str] = if published.is_ok() { &["ARTICLE_UPDATED", "ARTICLE_RETRACTED"] } else { &["ARTICLE_RETRACTED"] };
        assert_eq!((since_approved(&desk, &both.draft).await, desk.editor().read(&both.draft).await.state.as_str()), (told.iter().map(ToString::to_string).collect(), "RETRACTED"));
    }
}

async fn a_release_and_an_unpublishing_of_a_member_both_happen_in_one_order(desk: TestDesk) {
    let publisher = desk.publisher();
    for round in 0..6 {
        let (member, other) = (with_newer_work(&desk, &format!("Live {round}")).await, desk.approved(&format!("Other {round}")).await);
        let id = create(&publisher, &[&other, &member.draft]).await;

        let (out, away) = at_once(round, release(&publisher, &id), publisher.unpublish(&member.draft, json!({}))).await;

        out.data();
        away.data();
        let told = since_approved(&desk, &member.draft).await;
        let seen = desk.editor().look(&member.draft, "state article { edition }").await;
        match told.join(" ").as_str() {
            "ARTICLE_UPDATED ARTICLE_UNPUBLISHED" => assert_eq!(seen, json!({ "state": "UNPUBLISHED", "article": null })),
            "ARTICLE_UNPUBLISHED ARTICLE_UPDATED" => assert_eq!(seen, json!({ "state": "PUBLISHED", "article": { "edition": 2 } })),
            other => panic!("round {round}: {other}"),
        }
        assert_eq!(live(&desk, &[&other, &member.draft]).await, [true, seen["article"].is_object()]);
    }
}

async fn a_release_and_a_change_of_a_member_at_once_put_all_live_or_none(desk: TestDesk) {
    let publisher = desk.publisher();
    for round in 0..8 {
        let (one, two, three) = (desk.approved(&format!("One {round}")).await, desk.approved(&format!("Two {round}")).await, desk.approved(&format!("Three {round}")).await);
        let id = create(&publisher, &[&three, &one, &two]).await;

        let editor = desk.editor();
        let (out, change) = at_once(round, release(&publisher, &id), editor.update(&two, json!({ "dek": "Nobody approved this" }))).await;
        let shown = live(&desk, &[&one, &two, &three]).await;

        change.data();
        let told = since_approved(&desk, &two).await;
        if out.is_ok() {
            assert_eq!((shown, told), (vec![true; 3], vec!["ARTICLE_PUBLISHED".to_owned(), "DRAFT_UPDATED".to_owned()]));
            assert_eq!(desk.anonymous().article(&two.slug, "dek").await["dek"], "A line under it.");
        } else {
            assert_eq!(out.code(), "APPROVALS_MISSING");
            assert_eq!((shown, told), (vec![false; 3], vec!["DRAFT_UPDATED".to_owned()]));
        }
    }
}

async fn of_releases_with_a_common_draft_at_once_one_comes_out(desk: TestDesk) {
    let publisher = desk.publisher();
    for round in 0..6 {
        let (one, two) = (desk.approved(&format!("One {round}")).await, desk.approved(&format!("Two {round}")).await);
        let (left, right) = (desk.approved(&format!("Left {round}")).await, desk.approved(&format!("Right {round}")).await);
        let first = create(&publisher, &[&left, &one, &two]).await;
        let second = create(&publisher, &[&two, &right, &one]).await;

        let (of_first, of_second) = at_once(round, release(&publisher, &first), release(&publisher, &second)).await;

        assert_eq!(outcomes(&[of_first.clone(), of_second]), ["INVALID_TRANSITION", "OK"], "round {round}");
        let won = of_first.is_ok();
        assert_eq!(live(&desk, &[&one, &two, &left, &right]).await, [true, true, won, !won]);
        for common in [&one, &two] {
            assert_eq!(since_approved(&desk, common).await, ["ARTICLE_PUBLISHED"]);
        }
    }
}

async fn of_twenty_publishings_of_one_release_one_comes_out(desk: TestDesk) {
    let (one, two) = (desk.approved("One").await, desk.approved("Two").await);
    let publisher = desk.publisher();
    let id = create(&publisher, &[&one, &two]).await;

    let answers = join_all((0..20).map(|_| release(&publisher, &id))).await;

    assert_eq!(outcomes(&answers), ["INVALID_TRANSITION", "OK"]);
    let out = desk.admin().ask("{ events(filter: { types: [ARTICLE_PUBLISHED, RELEASE_PUBLISHED] }) { nodes { type } } }").await;
    assert_eq!(out.texts("/events/nodes", "type"), ["ARTICLE_PUBLISHED", "ARTICLE_PUBLISHED", "RELEASE_PUBLISHED"]);
}

async fn drafts_and_releases_that_bring_the_same_new_tags_at_once_all_come_out(desk: TestDesk) {
    let publisher = desk.publisher();
    for round in 0..6 {
        let tags: Vec<String> = (0..4).map(|number| format!("Tag {number} of {round}")).collect();
        let back: Vec<&String> = tags.iter().rev().collect();
        let mut drafts = Vec::new();
        for (place, tags) in [json!(tags), json!(back), json!(tags[..1]), json!(tags[3..]), json!(tags[3..]), json!(tags[..1])].into_iter().enumerate() {
            let draft = desk.draft_with(&format!("Round {round}, draft {place}"), json!({ "tags": tags })).await;
            let draft = desk.writer().submit(&draft).await.draft();
            drafts.push(desk.editor().approve(&draft).await.draft());
        }
        let forth = create(&publisher, &[&drafts[2], &drafts[3]]).await;
        let back = create(&publisher, &[&drafts[4], &drafts[5]]).await;

        let (one, two, three, four) =
            tokio::join!(publisher.publish(&drafts[0]), publisher.publish(&drafts[1]), release(&publisher, &forth), release(&publisher, &back));

        for answer in [one, two, three, four] {
            answer.data();
        }
        assert_eq!(live(&desk, &drafts.iter().collect::<Vec<_>>()).await, [true; 6]);
    }
}
