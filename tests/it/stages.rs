//! The workflow as data: stages are changed by an administrator, and rounds keep those they began with.

use serde_json::{Value, json};

use crate::support::{Answer, TestDesk, both};

both![
    an_administrator_changes_the_stages,
    a_new_stage_is_asked_of_what_is_submitted_from_then_on,
    a_draft_under_review_keeps_the_stages_it_was_submitted_with,
    a_workflow_that_nobody_could_get_through_is_refused,
    only_an_administrator_changes_the_stages,
    the_same_stages_write_nothing,
    a_stage_takes_as_many_people_as_it_says,
    an_exemption_needs_a_stage_where_commerce_approves_it,
];

fn stage(key: &str, roles: Value) -> Value {
    json!({ "key": key, "name": format!("The {key} stage"), "roles": roles })
}

async fn set(desk: &TestDesk, stages: Value) -> Answer {
    desk.admin().act("updateWorkflow", "workflow { stages { key name roles approvalsNeeded appliesWhen } }", json!({ "stages": stages })).await
}

async fn an_administrator_changes_the_stages(desk: TestDesk) {
    let facts = json!({ "key": "FACT_CHECK", "name": "Facts", "roles": ["EDITOR", "LEGAL"], "approvalsNeeded": 2, "appliesWhen": "LEGAL" });

    let set = set(&desk, json!([stage("EDIT", json!(["EDITOR"])), facts])).await;

    let wanted = json!([
        { "key": "EDIT", "name": "The EDIT stage", "roles": ["EDITOR"], "approvalsNeeded": 1, "appliesWhen": "ALWAYS" },
        { "key": "FACT_CHECK", "name": "Facts", "roles": ["EDITOR", "LEGAL"], "approvalsNeeded": 2, "appliesWhen": "LEGAL" },
    ]);
    assert_eq!(set.at("/updateWorkflow/workflow/stages"), &wanted);
    let read = desk.writer().ask("{ workflow { stages { key name roles approvalsNeeded appliesWhen } } events(last: 1) { nodes { type summary } } }").await;
    assert_eq!(read.at("/workflow/stages"), &wanted);
    assert_eq!(read.text("/events/nodes/0/type"), "WORKFLOW_CHANGED");
    assert!(read.text("/events/nodes/0/summary").contains("EDIT, FACT_CHECK"));
}

async fn a_new_stage_is_asked_of_what_is_submitted_from_then_on(desk: TestDesk) {
    set(&desk, json!([stage("EDIT", json!(["EDITOR"])), stage("PROOF", json!(["WRITER"]))])).await.data();
    let draft = desk.submitted("Read twice").await;

    let edited = desk.editor().approve(&draft).await.draft();
    let proofed = desk.another("WRITER").await.review(&edited, "PROOF", "APPROVE").await.draft();

    assert_eq!((edited.state.as_str(), proofed.state.as_str()), ("IN_REVIEW", "APPROVED"));
}

async fn a_draft_under_review_keeps_the_stages_it_was_submitted_with(desk: TestDesk) {
    let draft = desk.submitted("Under way").await;

    set(&desk, json!([stage("EDIT", json!(["EDITOR"])), stage("PROOF", json!(["WRITER"]))])).await.data();
    let approved = desk.editor().approve(&draft).await.draft();
    let back = desk.editor().review(&approved, "EDIT", "REQUEST_CHANGES").await.draft();
    let again = desk.writer().submit(&back).await.draft();

    assert_eq!(approved.state, "APPROVED", "PROOF was not asked for when it was submitted");
    assert_eq!(desk.open_stages(&again).await, ["EDIT", "PROOF"], "submitted anew, it is");
}

async fn a_workflow_that_nobody_could_get_through_is_refused(desk: TestDesk) {
    let before = desk.admin().ask("{ workflow { stages { key } } events(last: 1) { totalCount } }").await;
    let edit = || stage("EDIT", json!(["EDITOR"]));
    let with = |key: &str, value: Value| crate::support::joined(edit(), json!({ key: value }));

    let refused = [
        (json!([]), vec!["stages"]),
        (json!([with("appliesWhen", json!("LEGAL"))]), vec!["stages"]),
        (json!([with("roles", json!([]))]), vec!["stages.0.roles"]),
        (json!([edit(), edit()]), vec!["stages.1.key"]),
        (json!([with("approvalsNeeded", json!(0)), with("key", json!("not a key"))]), vec!["stages.0.approvalsNeeded", "stages.1.key"]),
        (json!([with("approvalsNeeded", json!(1000)), with("name", json!(" "))]), vec!["stages.0.approvalsNeeded", "stages.1.key", "stages.1.name"]),
    ];

    for (stages, fields) in refused {
        assert_eq!(set(&desk, stages.clone()).await.fields(), fields, "{stages}");
    }
    let after = desk.admin().ask("{ workflow { stages { key } } events(last: 1) { totalCount } }").await;
    assert_eq!(after.data(), before.data());
}

async fn only_an_administrator_changes_the_stages(desk: TestDesk) {
    for somebody in [desk.writer(), desk.editor(), desk.publisher()] {
        let tried = somebody.act("updateWorkflow", "workflow { stages { key } }", json!({ "stages": [stage("EDIT", json!(["EDITOR"]))] })).await;
        assert_eq!(tried.code(), "FORBIDDEN");
    }
}

async fn the_same_stages_write_nothing(desk: TestDesk) {
    let stages = json!([stage("EDIT", json!(["EDITOR"]))]);
    set(&desk, stages.clone()).await.data();
    let events = desk.admin().ask("{ events { totalCount } }").await.number("/events/totalCount");

    set(&desk, stages).await.data();

    assert_eq!(desk.admin().ask("{ events { totalCount } }").await.number("/events/totalCount"), events);
}

async fn a_stage_takes_as_many_people_as_it_says(desk: TestDesk) {
    set(&desk, json!([crate::support::joined(stage("EDIT", json!(["EDITOR"])), json!({ "approvalsNeeded": 2 }))])).await.data();
    let draft = desk.submitted("Four eyes and two more").await;

    let once = desk.editor().approve(&draft).await.draft();
    let by_the_same = desk.editor().approve(&draft).await.draft();
    let twice = desk.another("EDITOR").await.approve(&draft).await.draft();

    assert_eq!((once.state.as_str(), by_the_same.state.as_str(), twice.state.as_str()), ("IN_REVIEW", "IN_REVIEW", "APPROVED"));
}

async fn an_exemption_needs_a_stage_where_commerce_approves_it(desk: TestDesk) {
    set(&desk, json!([stage("EDIT", json!(["EDITOR"]))])).await.data();
    let draft = desk.draft("Not told").await;

    let exempt = desk.writer().flag(&draft, json!({ "flag": "EXEMPT", "reason": "No commission." })).await;
    let required = desk.writer().flag(&draft, json!({ "flag": "REQUIRED", "reason": "To be safe." })).await;

    assert_eq!(exempt.fields(), ["flag"]);
    assert!(required.is_ok(), "who tells readers more needs nobody's leave: {required}");
}
