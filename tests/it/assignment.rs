//! Who is asked to review what, by when, and the queue that this makes.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Draft, TestDesk, both, hence};

both![
    an_editor_asks_somebody_to_review_by_a_time,
    the_owner_asks_too_and_others_do_not,
    anybody_may_claim_a_review_that_they_may_give,
    only_who_may_give_a_review_is_asked_for_it,
    a_review_is_asked_for_once_and_its_time_may_change,
    a_request_is_taken_back_or_given_back,
    a_review_that_is_late_is_overdue_until_it_is_given,
    anyone_with_a_role_of_the_stage_may_still_review,
    nothing_is_asked_of_what_is_laid_aside,
    the_queue_of_what_waits_for_me_is_what_i_may_still_judge,
    the_queue_of_what_is_due_is_cut_at_a_time,
];

const STAGES: &str = "stages { stage { key } isComplete assignments { reviewer { id } assignedBy { id } dueAt isOverdue } }";

async fn ask(who: &Client, draft: &Draft, stage: &str, reviewer: &Client, more: Value) -> Answer {
    let input = json!({ "draftId": draft.id, "stage": stage, "reviewerId": reviewer.id() });
    who.act("assignReview", &format!("draft {{ id {STAGES} }}"), crate::support::joined(input, more)).await
}

async fn assignments(desk: &TestDesk, draft: &Draft) -> Value {
    desk.writer().look(draft, STAGES).await["stages"][0]["assignments"].clone()
}

async fn an_editor_asks_somebody_to_review_by_a_time(desk: TestDesk) {
    let draft = desk.submitted("To read").await;
    let (colleague, due) = (desk.another("EDITOR").await, hence(3_600_000));

    let asked = ask(&desk.editor(), &draft, "EDIT", &colleague, json!({ "dueAt": due })).await;

    let wanted = json!([{ "reviewer": { "id": colleague.id() }, "assignedBy": { "id": desk.editor().id() }, "dueAt": due, "isOverdue": false }]);
    assert_eq!(asked.at("/assignReview/draft/stages/0/assignments"), &wanted);
    let seen = desk.writer().look(&draft, "state history(last: 1) { nodes { type summary details } }").await;
    let event = &seen["history"]["nodes"][0];
    assert_eq!((&seen["state"], &event["type"]), (&json!("IN_REVIEW"), &json!("REVIEW_ASSIGNED")));
    assert_eq!((&event["details"]["reviewerId"], &event["details"]["stage"]), (&json!(colleague.id()), &json!("EDIT")));
    assert!(event["summary"].as_str().unwrap().starts_with(&format!("Editor Abel asked {} to review at EDIT", colleague.person().name)), "{event}");
}

async fn the_owner_asks_too_and_others_do_not(desk: TestDesk) {
    let draft = desk.submitted("To read").await;

    assert!(ask(&desk.writer(), &draft, "EDIT", &desk.editor(), json!({})).await.is_ok());
    for somebody in [desk.another("WRITER").await, desk.publisher(), desk.legal()] {
        assert_eq!(ask(&somebody, &draft, "EDIT", &desk.editor(), json!({})).await.code(), "FORBIDDEN");
        assert_eq!(ask(&somebody, &draft, "EDIT", &desk.editor(), json!({ "remove": true })).await.code(), "FORBIDDEN");
    }
    assert_eq!(ask(&desk.anonymous().with_bearer("nobody"), &draft, "EDIT", &desk.editor(), json!({})).await.code(), "UNAUTHENTICATED");
}

async fn anybody_may_claim_a_review_that_they_may_give(desk: TestDesk) {
    let draft = desk.draft_with("To read", json!({ "needsLegalReview": true })).await;
    let draft = desk.writer().submit(&draft).await.draft();

    let claimed = ask(&desk.legal(), &draft, "LEGAL", &desk.legal(), json!({})).await;
    let not_mine = ask(&desk.legal(), &draft, "EDIT", &desk.legal(), json!({})).await;

    assert_eq!(claimed.text("/assignReview/draft/stages/1/assignments/0/reviewer/id"), desk.legal().id());
    assert_eq!(not_mine.code(), "FORBIDDEN");
}

async fn only_who_may_give_a_review_is_asked_for_it(desk: TestDesk) {
    let draft = desk.submitted("To read").await;
    let editor = desk.editor();
    let gone = desk.another("EDITOR").await;
    desk.admin().act("updateUser", "user { id }", json!({ "userId": gone.id(), "isActive": false })).await.data();

    assert_eq!(ask(&editor, &draft, "EDIT", &desk.legal(), json!({})).await.fields(), ["reviewerId"]);
    assert_eq!(ask(&editor, &draft, "EDIT", &gone, json!({})).await.fields(), ["reviewerId"]);
    assert_eq!(ask(&editor, &draft, "PROOFS", &desk.another("EDITOR").await, json!({})).await.fields(), ["stage"]);
    let nobody = editor.act("assignReview", "draft { id }", json!({ "draftId": draft.id, "stage": "EDIT", "reviewerId": "user_01kb0000000000000000000000" })).await;
    assert_eq!(nobody.code(), "NOT_FOUND");
}

async fn a_review_is_asked_for_once_and_its_time_may_change(desk: TestDesk) {
    let draft = desk.submitted("To read").await;
    let (colleague, due) = (desk.another("EDITOR").await, hence(3_600_000));
    ask(&desk.editor(), &draft, "EDIT", &colleague, json!({})).await.data();
    let events = desk.history(&draft).await.len();

    ask(&desk.editor(), &draft, "EDIT", &colleague, json!({})).await.data();
    assert_eq!(desk.history(&draft).await.len(), events, "asked for already: nothing is written");
    ask(&desk.editor(), &draft, "EDIT", &colleague, json!({ "dueAt": due })).await.data();

    let list = assignments(&desk, &draft).await;
    assert_eq!((list.as_array().unwrap().len(), &list[0]["dueAt"]), (1, &json!(due)));
    assert_eq!(desk.history(&draft).await.len(), events + 1);
}

async fn a_request_is_taken_back_or_given_back(desk: TestDesk) {
    let draft = desk.submitted("To read").await;
    let (one, two) = (desk.another("EDITOR").await, desk.another("EDITOR").await);
    ask(&desk.editor(), &draft, "EDIT", &one, json!({})).await.data();
    ask(&desk.editor(), &draft, "EDIT", &two, json!({})).await.data();

    ask(&desk.writer(), &draft, "EDIT", &one, json!({ "remove": true })).await.data();
    ask(&two, &draft, "EDIT", &two, json!({ "remove": true })).await.data();
    let events = desk.history(&draft).await;
    ask(&desk.editor(), &draft, "EDIT", &one, json!({ "remove": true })).await.data();

    assert_eq!(assignments(&desk, &draft).await, json!([]));
    assert_eq!(events[2..], ["REVIEW_ASSIGNED", "REVIEW_ASSIGNED", "REVIEW_ASSIGNED", "REVIEW_ASSIGNED"]);
    assert_eq!(desk.history(&draft).await, events, "there was nothing to take back");
}

async fn a_review_that_is_late_is_overdue_until_it_is_given(desk: TestDesk) {
    let draft = desk.submitted("Late").await;
    let reviewer = desk.another("EDITOR").await;
    ask(&desk.editor(), &draft, "EDIT", &reviewer, json!({ "dueAt": hence(-60_000) })).await.data();

    let late = assignments(&desk, &draft).await;
    reviewer.approve(&draft).await.data();
    let given = assignments(&desk, &draft).await;

    assert_eq!((&late[0]["isOverdue"], &given[0]["isOverdue"]), (&json!(true), &json!(false)));
}

async fn anyone_with_a_role_of_the_stage_may_still_review(desk: TestDesk) {
    let draft = desk.submitted("For anyone").await;
    ask(&desk.editor(), &draft, "EDIT", &desk.another("EDITOR").await, json!({})).await.data();

    assert_eq!(desk.another("EDITOR").await.approve(&draft).await.draft().state, "APPROVED");
}

async fn nothing_is_asked_of_what_is_laid_aside(desk: TestDesk) {
    let draft = desk.draft("Aside").await;
    let aside = desk.writer().archive(&draft).await.draft();

    assert_eq!(ask(&desk.editor(), &aside, "EDIT", &desk.another("EDITOR").await, json!({})).await.code(), "INVALID_TRANSITION");
}

async fn waiting(somebody: &Client) -> Vec<String> {
    let list = somebody.ask("{ drafts(filter: { awaitingMyReview: true }, orderBy: CREATED_AT_DESC) { nodes { revision { headline } } } }").await;
    list.list("/drafts/nodes").iter().map(|draft| draft["revision"]["headline"].as_str().unwrap().to_owned()).collect()
}

async fn the_queue_of_what_waits_for_me_is_what_i_may_still_judge(desk: TestDesk) {
    let stage = |key: &str, roles: Value, approvals: i32| json!({ "key": key, "name": key, "roles": roles, "approvalsNeeded": approvals });
    let two = json!({ "stages": [stage("EDIT", json!(["EDITOR"]), 2)] });
    desk.admin().act("updateWorkflow", "workflow { stages { key } }", two).await.data();
    let (editor, colleague) = (desk.editor(), desk.another("EDITOR").await);
    let draft = desk.submitted("Takes two").await;
    let own = editor.create(desk.complete("My own")).await.draft();
    editor.submit(&own).await.data();
    desk.draft("Not submitted").await;

    assert_eq!(waiting(&editor).await, ["Takes two"], "not what I wrote, nor what is not submitted");
    assert_eq!(waiting(&colleague).await, ["My own", "Takes two"]);
    assert_eq!(waiting(&desk.legal()).await, Vec::<String>::new());
    editor.approve(&draft).await.data();

    assert_eq!(waiting(&editor).await, Vec::<String>::new(), "my verdict is given");
    assert_eq!(waiting(&colleague).await, ["My own", "Takes two"]);
}

async fn the_queue_of_what_is_due_is_cut_at_a_time(desk: TestDesk) {
    desk.draft_with("Due soon", json!({ "dueAt": hence(60_000) })).await;
    desk.draft_with("Due late", json!({ "dueAt": hence(86_400_000) })).await;
    desk.draft("Never due").await;

    let list = desk
        .writer()
        .send(
            "query($before: DateTime) { drafts(filter: { dueBefore: $before }, orderBy: DUE_AT_ASC) { totalCount nodes { revision { headline } } } }",
            json!({ "before": hence(3_600_000) }),
        )
        .await;

    assert_eq!((list.number("/drafts/totalCount"), list.text("/drafts/nodes/0/revision/headline").as_str()), (1, "Due soon"));
}
