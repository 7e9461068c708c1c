//! Schedules: they fire once, never early, within a second of their time, and are asked again whether
//! they may.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{TestDesk, both, hence, instant};

both![
    a_scheduled_draft_goes_live_at_its_time_and_not_before,
    an_article_goes_away_at_its_time,
    a_schedule_tells_what_is_planned_until_it_happened,
    only_publishers_schedule,
    only_what_is_approved_is_scheduled,
    a_time_that_has_passed_or_never_shows_is_refused,
    what_is_scheduled_is_not_changed_until_it_is_cancelled,
    a_cancelled_schedule_gives_the_draft_back_as_it_was,
    a_live_article_stays_when_its_end_is_cancelled,
    a_correction_is_told_when_a_scheduled_edition_goes_live,
    a_schedule_whose_publisher_is_gone_fails_and_the_editors_are_told,
    a_schedule_whose_publisher_lost_the_role_fails,
    what_is_due_goes_live_when_the_server_comes_up_again,
    many_due_at_one_instant_go_live_each_once,
    unpublishing_by_hand_forgets_that_it_was_to_go_away,
];

async fn a_scheduled_draft_goes_live_at_its_time_and_not_before(desk: TestDesk) {
    let draft = desk.approved("At nine").await;
    let at = hence(700);

    let scheduled = desk.publisher().schedule(&draft, &at, json!({})).await.draft();
    let meanwhile = desk.anonymous().article(&draft.slug, "id").await;
    let event = desk.awaited(&draft, "ARTICLE_PUBLISHED").await;
    let seen = desk.anonymous().article(&draft.slug, "publishedAt edition").await;

    assert_eq!(scheduled.state, "SCHEDULED");
    assert!(meanwhile.is_null(), "readers see nothing before its time");
    let late = instant(&seen["publishedAt"]) - instant(&json!(at));
    assert!(late >= TimeDelta::zero(), "early by {late}");
    assert!(late < TimeDelta::seconds(10), "late by {late}");
    assert_eq!(event["actor"], json!(null), "the server does it by itself");
    assert_eq!(event["details"]["scheduledBy"], desk.publisher().id());
    assert_eq!(desk.editor().read(&draft).await.state, "PUBLISHED");
    assert_eq!(desk.history(&draft).await[3..], ["ARTICLE_SCHEDULED", "ARTICLE_PUBLISHED"]);
}

async fn an_article_goes_away_at_its_time(desk: TestDesk) {
    let draft = desk.approved("For an hour").await;
    let (from, until) = (hence(200), hence(1_200));

    desk.publisher().schedule(&draft, &from, json!({ "unpublishAt": until })).await.data();
    desk.awaited(&draft, "ARTICLE_PUBLISHED").await;
    let gone = desk.awaited(&draft, "ARTICLE_UNPUBLISHED").await;

    assert!(instant(&gone["at"]) >= instant(&json!(until)));
    assert!(desk.anonymous().article(&draft.slug, "id").await.is_null());
    let seen = desk.editor().look(&draft, "state schedule { publishAt } article { id }").await;
    assert_eq!(seen, json!({ "state": "UNPUBLISHED", "schedule": null, "article": null }));
    assert_eq!(desk.history(&draft).await[3..], ["ARTICLE_SCHEDULED", "ARTICLE_PUBLISHED", "ARTICLE_UNPUBLISHED"]);
}

async fn a_schedule_tells_what_is_planned_until_it_happened(desk: TestDesk) {
    const PLANNED: &str = "schedule { revision { number } publishAt unpublishAt scheduledBy { id } }";
    let draft = desk.approved("Planned").await;
    let (from, until) = (hence(400), hence(3_600_000));

    desk.publisher().schedule(&draft, &from, json!({ "unpublishAt": until })).await.data();
    let before = desk.writer().look(&draft, PLANNED).await;
    desk.awaited(&draft, "ARTICLE_PUBLISHED").await;
    let after = desk.writer().look(&draft, PLANNED).await;

    let by = json!({ "id": desk.publisher().id() });
    assert_eq!(before["schedule"], json!({ "revision": { "number": 1 }, "publishAt": from, "unpublishAt": until, "scheduledBy": by }));
    assert_eq!(after["schedule"], json!({ "revision": { "number": 1 }, "publishAt": null, "unpublishAt": until, "scheduledBy": by }));
}

async fn only_publishers_schedule(desk: TestDesk) {
    let draft = desk.approved("Not yours").await;
    let before = desk.traces().await;

    for somebody in [desk.writer(), desk.editor(), desk.legal()] {
        assert_eq!(somebody.schedule(&draft, &hence(60_000), json!({})).await.code(), "FORBIDDEN");
        assert_eq!(somebody.cancel(&draft).await.code(), "FORBIDDEN");
    }
    assert_eq!(desk.traces().await, before);
}

async fn only_what_is_approved_is_scheduled(desk: TestDesk) {
    let fresh = desk.draft("Fresh").await;
    let waiting = desk.submitted("Waiting").await;
    let live = desk.published("Live").await.draft;

    let early = desk.publisher().schedule(&waiting, &hence(60_000), json!({})).await;

    assert_eq!(early.code(), "APPROVALS_MISSING");
    assert_eq!(early.error()["extensions"]["stages"], json!(["EDIT"]));
    for draft in [&fresh, &live] {
        assert_eq!(desk.publisher().schedule(draft, &hence(60_000), json!({})).await.code(), "INVALID_TRANSITION");
        assert_eq!(desk.publisher().cancel(draft).await.code(), "INVALID_TRANSITION");
    }
    let approved = desk.editor().approve(&waiting).await.draft();
    let older = desk.publisher().act("scheduleDraft", "draft { id }", json!({ "draftId": approved.id, "revision": 9, "publishAt": hence(60_000) })).await;
    assert_eq!(older.code(), "STALE_REVISION");
}

async fn a_time_that_has_passed_or_never_shows_is_refused(desk: TestDesk) {
    let draft = desk.approved("Too late").await;
    let publisher = desk.publisher();

    let passed = publisher.schedule(&draft, &hence(-1_000), json!({})).await;
    let never = publisher.schedule(&draft, &hence(60_000), json!({ "unpublishAt": hence(30_000) })).await;
    let none = publisher.schedule(&draft, "next Tuesday", json!({})).await;

    assert_eq!(passed.fields(), ["publishAt"]);
    assert_eq!(never.fields(), ["unpublishAt"]);
    assert_eq!(none.fields(), ["publishAt"]);
    assert_eq!(desk.editor().read(&draft).await.state, "APPROVED");
}

async fn what_is_scheduled_is_not_changed_until_it_is_cancelled(desk: TestDesk) {
    let draft = desk.approved("Settled").await;
    let scheduled = desk.publisher().schedule(&draft, &hence(3_600_000), json!({})).await.draft();

    let change = desk.editor().update(&scheduled, json!({ "dek": "New" })).await;
    let again = desk.publisher().schedule(&scheduled, &hence(7_200_000), json!({})).await;
    let by_hand = desk.publisher().publish(&scheduled).await;

    for refused in [&change, &again, &by_hand] {
        assert_eq!(refused.code(), "INVALID_TRANSITION");
        assert_eq!(refused.error()["extensions"]["state"], "SCHEDULED");
        assert!(refused.error()["message"].as_str().unwrap().contains("cancel the schedule"), "{refused}");
    }
    assert_eq!(desk.publisher().look(&draft, "allowedActions").await["allowedActions"], json!(["COMMENT", "CANCEL_SCHEDULE"]));
}

async fn a_cancelled_schedule_gives_the_draft_back_as_it_was(desk: TestDesk) {
    let draft = desk.approved("On, off").await;
    desk.publisher().schedule(&draft, &hence(400), json!({})).await.data();

    let cancelled = desk.publisher().cancel(&draft).await.draft();
    // What is due at the same time by another draft shows that the first one's time has passed.
    let witness = desk.approved("Witness").await;
    desk.publisher().schedule(&witness, &hence(500), json!({})).await.data();
    desk.awaited(&witness, "ARTICLE_PUBLISHED").await;

    assert_eq!(cancelled.state, "APPROVED");
    assert!(desk.anonymous().article(&draft.slug, "id").await.is_null());
    assert_eq!(desk.history(&draft).await[3..], ["ARTICLE_SCHEDULED", "SCHEDULE_CANCELLED"]);
    assert_eq!(desk.publisher().publish(&cancelled).await.draft().state, "PUBLISHED");
}

async fn a_live_article_stays_when_its_end_is_cancelled(desk: TestDesk) {
    let draft = desk.approved("Stays").await;
    desk.publisher().schedule(&draft, &hence(200), json!({ "unpublishAt": hence(3_600_000) })).await.data();
    desk.awaited(&draft, "ARTICLE_PUBLISHED").await;

    let cancelled = desk.publisher().cancel(&draft).await.draft();

    assert_eq!(cancelled.state, "PUBLISHED");
    assert!(desk.writer().look(&draft, "schedule { publishAt }").await["schedule"].is_null());
    assert_eq!(desk.publisher().cancel(&draft).await.code(), "INVALID_TRANSITION");
}

async fn a_correction_is_told_when_a_scheduled_edition_goes_live(desk: TestDesk) {
    let live = desk.published("Wrong at first").await;
    let next = desk.writer().update(&live.draft, json!({ "dek": "Right now." })).await.draft();
    let next = desk.writer().submit(&next).await.draft();
    let next = desk.editor().approve(&next).await.draft();

    desk.publisher().schedule(&next, &hence(300), json!({ "correction": { "kind": "CORRECTION", "note": "The dek was wrong." } })).await.data();
    desk.awaited(&next, "ARTICLE_UPDATED").await;

    let seen = desk.anonymous().article(&live.slug, "dek edition corrections { kind note edition }").await;
    assert_eq!(seen["corrections"], json!([{ "kind": "CORRECTION", "note": "The dek was wrong.", "edition": 2 }]));
    assert_eq!((&seen["dek"], &seen["edition"]), (&json!("Right now."), &json!(2)));
}

async fn a_schedule_whose_publisher_is_gone_fails_and_the_editors_are_told(desk: TestDesk) {
    let leaving = desk.another("PUBLISHER").await;
    let draft = desk.approved("Left alone").await;
    leaving.schedule(&draft, &hence(600), json!({})).await.data();
    desk.admin().act("updateUser", "user { id }", json!({ "userId": leaving.id(), "isActive": false })).await.data();

    let failed = desk.awaited(&draft, "PUBLISH_FAILED").await;

    assert!(failed["details"]["why"].as_str().is_some_and(|why| why.contains("no longer")), "{failed}");
    let seen = desk.editor().look(&draft, "state schedule { publishAt } article { id }").await;
    assert_eq!(seen, json!({ "state": "APPROVED", "schedule": null, "article": null }));
    assert_eq!(desk.publisher().publish(&draft).await.draft().state, "PUBLISHED", "somebody else may publish it");
}

async fn a_schedule_whose_publisher_lost_the_role_fails(desk: TestDesk) {
    let demoted = desk.another("PUBLISHER").await;
    let draft = desk.approved("No longer mine").await;
    demoted.schedule(&draft, &hence(600), json!({})).await.data();
    desk.admin().act("updateUser", "user { id }", json!({ "userId": demoted.id(), "roles": ["WRITER"] })).await.data();

    desk.awaited(&draft, "PUBLISH_FAILED").await;

    assert_eq!(desk.editor().read(&draft).await.state, "APPROVED");
    assert!(desk.anonymous().article(&draft.slug, "id").await.is_null());
}

async fn what_is_due_goes_live_when_the_server_comes_up_again(desk: TestDesk) {
    let second = desk.again().await;
    let draft = desk.approved("Over night").await;

    // Another server of the same database is as good as this one after a restart: neither remembers anything.
    second.publisher().schedule(&draft, &hence(300), json!({})).await.data();
    let third = desk.again().await;
    let event = third.awaited(&draft, "ARTICLE_PUBLISHED").await;

    assert_eq!(event["actor"], json!(null));
    assert_eq!(desk.history(&draft).await[3..], ["ARTICLE_SCHEDULED", "ARTICLE_PUBLISHED"], "once, although three servers looked");
}

async fn many_due_at_one_instant_go_live_each_once(desk: TestDesk) {
    let mut drafts = Vec::new();
    for number in 0..12 {
        drafts.push(desk.approved(&format!("One of many {number}")).await);
    }
    let at = hence(1_000);
    for draft in &drafts {
        desk.publisher().schedule(draft, &at, json!({})).await.data();
    }

    for draft in &drafts {
        desk.awaited(draft, "ARTICLE_PUBLISHED").await;
        assert_eq!(desk.history(draft).await[3..], ["ARTICLE_SCHEDULED", "ARTICLE_PUBLISHED"]);
        let seen = desk.anonymous().article(&draft.slug, "edition publishedAt").await;
        assert_eq!(seen["edition"], 1);
        assert!(instant(&seen["publishedAt"]) >= instant(&json!(at)));
    }
}

async fn unpublishing_by_hand_forgets_that_it_was_to_go_away(desk: TestDesk) {
    let draft = desk.approved("Sooner than planned").await;
    desk.publisher().schedule(&draft, &hence(200), json!({ "unpublishAt": hence(3_600_000) })).await.data();
    desk.awaited(&draft, "ARTICLE_PUBLISHED").await;

    let gone = desk.publisher().unpublish(&draft, json!({})).await.draft();
    let back = desk.publisher().publish(&gone).await.draft();

    assert_eq!(back.state, "PUBLISHED");
    assert!(desk.editor().look(&back, "schedule { unpublishAt }").await["schedule"].is_null());
}
