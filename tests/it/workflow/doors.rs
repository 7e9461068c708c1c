//! The table of states as the server answers by it: a draft in every state, and at it every mutation by
//! everybody who fares differently there.

use serde_json::{Value, json};

use super::mutations::{MUTATIONS, Mutation};
use super::staging::{People, Person, Staged, stage, trace};
use super::table::{At, Deed, Outcome, outcome, standings};
use crate::support::{Answer, Client, TestDesk, both, is_full};

both![
    every_mutation_in_every_state_comes_to_what_the_table_says,
    who_asks_is_told_before_anything_else,
    a_verdict_on_ones_own_work_is_told_after_its_revision_and_before_its_words,
    what_a_draft_lacks_is_told_last,
    a_gate_that_refuses_at_its_time_gives_the_draft_back_approved,
];

/// Everybody who fares differently, one of each, with what comes of it: those whom it is refused first.
fn everybody(people: &People, deed: Deed, at: At, turn: usize) -> Vec<(Outcome, &Person)> {
    let mut found: Vec<(Outcome, &Person)> = Vec::new();
    // Another one of those who fare alike each time, so that everybody has their turn.
    let all = people.all.iter().cycle().skip(turn % people.all.len()).take(people.all.len());
    for person in all {
        let told = outcome(deed, at, &person.is);
        if !found.iter().any(|(known, _)| *known == told) {
            found.push((told, person));
        }
    }
    found.sort_by_key(|(told, _)| matches!(told, Outcome::To(_)));
    found
}

fn told(mutation: &Mutation, at: At, who: &str, answer: &Answer) -> String {
    format!("{} ({:?}) by {who} at {at:?}: {answer}", mutation.name, mutation.deed)
}

async fn every_mutation_in_every_state_comes_to_what_the_table_says(desk: TestDesk) {
    let people = People::of(&desk).await;
    let (mut taken, mut refused, mut turn) = (0, 0, 0);
    let mut done = vec![0; MUTATIONS.len()];
    for at in standings() {
        for legal in [false, true] {
            let mut staged = stage(&desk, &people, at, legal).await;
            let mut before = trace(&desk, &staged.draft).await;
            let mutations = || MUTATIONS.iter().enumerate().filter(|(_, mutation)| mutation.legal == legal);
            for (_, mutation) in mutations() {
                turn += 1;
                for (owed, person) in everybody(&people, mutation.deed, at, turn) {
                    let Some(code) = owed.code() else { continue };
                    let answer = mutation.send_wrong(&person.client, &staged).await;
                    assert_eq!(answer.outcome(), code, "{}", told(mutation, at, person.name, &answer));
                    assert_extensions(&answer, at);
                    refused += 1;
                }
            }
            assert_eq!(trace(&desk, &staged.draft).await, before, "what was refused at {at:?} left a trace");

            let mut is_fresh = true;
            for (place, mutation) in mutations() {
                turn += 1;
                let all = everybody(&people, mutation.deed, at, turn);
                let Some((Outcome::To(to), person)) = all.into_iter().find(|(owed, _)| owed.code().is_none()) else { continue };
                // A small run takes each once, and then one in four.
                if !(is_full() || done[place] == 0 || turn % 4 == 0) {
                    continue;
                }
                if !is_fresh {
                    staged = stage(&desk, &people, at, legal).await;
                    before = trace(&desk, &staged.draft).await;
                }
                let who = &person.client;
                refused += assert_rungs(mutation, who, &staged, at, person.name).await;

                let answer = mutation.send(who, &staged).await;
                let after = trace(&desk, &staged.draft).await;

                let story = told(mutation, at, person.name, &answer);
                assert!(answer.is_ok(), "{story}");
                let events = |trace: &Value| trace["history"]["totalCount"].as_i64().unwrap();
                assert_eq!((&after["state"], events(&after)), (&json!(to.as_str()), events(&before) + 1), "{story}");
                done[place] += 1;
                taken += 1;
                is_fresh = mutation.is_light && to == at.state;
                staged.is_resolved ^= mutation.name == "resolveComment";
                staged.draft = desk.writer().read(&staged.draft).await;
                before = after;
            }
        }
    }
    assert!(done.iter().all(|times| *times > 0), "not everything was done: {done:?}");
    println!("{taken} were taken, {refused} refused");
    assert!(taken > if is_full() { 150 } else { 50 } && refused > 800, "{taken} were taken, {refused} refused");
}

/// What is wrong with what somebody asks who may: the revision first, then the rest.
async fn assert_rungs(mutation: &Mutation, who: &Client, staged: &Staged, at: At, name: &str) -> usize {
    let mut rungs = 0;
    if mutation.named.is_some() {
        let stale = mutation.send_wrong(who, staged).await;
        assert_eq!(stale.outcome(), "STALE_REVISION", "{}", told(mutation, at, name, &stale));
        assert_eq!(stale.error()["extensions"]["currentRevision"], staged.draft.revision);
        rungs += 1;
    }
    if mutation.can_be_wrong(staged) {
        let unreadable = mutation.send_unreadable(who, staged).await;
        assert_eq!(unreadable.outcome(), "BAD_USER_INPUT", "{}", told(mutation, at, name, &unreadable));
        rungs += 1;
    }
    rungs
}

/// What a refusal has to tell besides its code.
#[track_caller]
fn assert_extensions(answer: &Answer, at: At) {
    let extensions = &answer.error()["extensions"];
    match answer.code().as_str() {
        "INVALID_TRANSITION" => {
            assert_eq!(extensions["state"], at.state.as_str(), "{answer}");
            assert!(extensions["allowedActions"].is_array(), "{answer}");
        }
        "APPROVALS_MISSING" => assert_eq!(extensions["stages"][0], "EDIT", "{answer}"),
        _ => {}
    }
}

async fn who_asks_is_told_before_anything_else(desk: TestDesk) {
    let people = People::of(&desk).await;
    let at = standings()[0];
    let staged = stage(&desk, &people, at, false).await;
    let before = desk.traces().await;
    let unknown = |id: &str| format!("{}_01h45ytscbebyvny4gc8cr8ma2", id.rsplit_once('_').unwrap().0);

    for mutation in MUTATIONS {
        let id = match mutation.name {
            "applySuggestion" => &staged.suggestion,
            "resolveComment" => &staged.remark,
            "publishRelease" => &staged.release,
            _ => &staged.draft.id,
        };
        // Another writer, who may do least of all.
        let somebody = &people.all[2].client;
        let answers = [
            mutation.send_for(&desk.anonymous(), &staged, "nonsense").await,
            mutation.send_wrong(&desk.anonymous(), &staged).await,
            mutation.send_for(somebody, &staged, "nonsense").await,
            mutation.send_for(somebody, &staged, &unknown(id)).await,
        ];

        let codes = answers.each_ref().map(Answer::outcome);
        let owed = ["UNAUTHENTICATED", "UNAUTHENTICATED", "BAD_USER_INPUT", "NOT_FOUND"];
        assert_eq!(codes, owed, "{} ({:?}): {answers:?}", mutation.name, mutation.deed);
    }

    assert_eq!(desk.traces().await, before);
}

async fn a_verdict_on_ones_own_work_is_told_after_its_revision_and_before_its_words(desk: TestDesk) {
    let both = desk.staff(&["WRITER", "EDITOR"]).await;
    let own = both.create(desk.complete("My own")).await.draft();
    let own = both.submit(&own).await.draft();
    let before = trace(&desk, &own).await;
    let approve = async |revision: i64, summary: &str| {
        let input = json!({ "draftId": own.id, "revision": revision, "stage": "EDIT", "verdict": "APPROVE", "summary": summary });
        both.change("reviewDraft", input).await.outcome()
    };

    let long = "x".repeat(20_001);

    let codes = [approve(9, &long).await, approve(1, &long).await, approve(1, "Fine.").await];
    assert_eq!(codes, ["STALE_REVISION", "SELF_APPROVAL", "SELF_APPROVAL"]);
    assert_eq!(trace(&desk, &own).await, before);
}

async fn what_a_draft_lacks_is_told_last(desk: TestDesk) {
    let taken = desk.draft("A slug of one's own").await;
    let empty = desk.writer().create(json!({ "headline": "Nothing in it" })).await.draft();
    let before = trace(&desk, &empty).await;
    let submit = async |revision: i64, note: &str| {
        desk.writer().change("submitDraft", json!({ "draftId": empty.id, "revision": revision, "note": note })).await.outcome()
    };
    let rename = async |base: i64, headline: &str| {
        let input = json!({ "draftId": empty.id, "baseRevision": base, "headline": headline, "slug": taken.slug });
        desk.writer().change("updateDraft", input).await.outcome()
    };

    let long = "x".repeat(2_001);

    let codes = [submit(9, &long).await, submit(1, &long).await, submit(1, "").await];
    assert_eq!(codes, ["STALE_REVISION", "BAD_USER_INPUT", "CHECKS_FAILED"]);
    let codes = [rename(9, " ").await, rename(1, " ").await, rename(1, "A headline").await];
    assert_eq!(codes, ["STALE_REVISION", "BAD_USER_INPUT", "SLUG_TAKEN"]);
    assert_eq!(trace(&desk, &empty).await, before);
}

async fn a_gate_that_refuses_at_its_time_gives_the_draft_back_approved(desk: TestDesk) {
    let publisher = desk.another("PUBLISHER").await;
    let draft = desk.approved("By somebody who is gone").await;
    publisher.schedule(&draft, &crate::support::hence(400), json!({})).await.data();
    let demoted = json!({ "userId": publisher.id(), "roles": ["WRITER"] });
    desk.admin().act("updateUser", "user { id }", demoted).await.data();

    let event = desk.awaited(&draft, "PUBLISH_FAILED").await;

    assert_eq!(event["actor"], Value::Null);
    let seen = desk.editor().look(&draft, "state article { id } schedule { publishAt }").await;
    assert_eq!(seen, json!({ "state": "APPROVED", "article": null, "schedule": null }));
    assert_eq!(desk.publisher().publish(&draft).await.draft().state, "PUBLISHED", "the approvals still stand");
}
