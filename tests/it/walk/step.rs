//! One step: somebody acts, the log is read, and the book is held beside what is seen.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{SubsecRound, Utc};
use serde_json::{Value, json};

use super::act::Act;
use super::book::{Book, Cast, Sheet, Time};
use super::choose::{With, choose};
use super::clock::{Event, LATE};
use super::readers::{self, Place};
use super::staff::{self, Log};
use super::turn::Turn;
use super::Covered;
use crate::support::{Answer, TestDesk};

/// A walk that is under way.
pub struct Walk<'a> {
    pub desk: &'a TestDesk,
    pub cast: &'a Cast,
    pub policy: &'a str,
    pub covered: &'a Covered,
    pub place: Place,
    pub number: usize,
    pub book: Book,
    /// Where in the log the walk has read to.
    pub cursor: String,
    /// What happened so far, for whoever reads of a failure.
    pub story: Vec<String>,
}

/// What somebody did, and what they were answered.
struct Done<'a> {
    act: &'a Act,
    who: usize,
    answer: &'a Answer,
    /// Whether it was found to be as it has to be.
    is_judged: bool,
    /// What was wrong about it when it was judged last.
    wrong: String,
}

impl Walk<'_> {
    pub async fn go(&mut self, turns: &[Turn]) -> Result<(), String> {
        for (place, turn) in turns.iter().enumerate() {
            let before = self.book.clone();
            let walked = self.step(place, turn).await;
            walked.map_err(|why| self.told(&format!("{why}\n\nin step {place}, {turn:?}\nbefore it: {before:?}")))?;
        }
        self.come_to_rest().await.map_err(|why| self.told(&why))
    }

    /// What went wrong, with what led to it. Where the walk is made shorter afterwards, each way is told.
    fn told(&self, why: &str) -> String {
        let told = format!("{why}\n\nwhat happened:\n{}", self.story.join("\n"));
        println!("{told}\n");
        told
    }

    async fn step(&mut self, place: usize, turn: &Turn) -> Result<(), String> {
        let (mark, slugs) = (format!("{}-{place}x", self.number), format!("walk-{}", self.number));
        let with = With { mark: &mark, slugs: &slugs, now: Utc::now().trunc_subsecs(6) };
        let (act, who) = choose(turn, &self.book, self.cast, &with);
        self.covered.steps.fetch_add(1, Ordering::Relaxed);
        if matches!(act, Act::Wait) {
            self.story.push("Wait".into());
            self.wait().await?;
            return self.settle(None).await;
        }
        self.ask(who).await?;
        // Between choosing and asking, something may have come due: what is chosen is done nevertheless.
        let state = act.draft().map(|draft| self.book.sheets[draft].state);
        let answer = act.send(&self.book, self.cast, &self.cast.people[who], self.policy).await.ok_or("nothing was sent")?;
        self.story.push(format!("{place}: {who} in {} {act:?}: {}", state.map_or("-", |state| state.as_str()), answer.outcome()));
        self.count(&act, state.map(|state| state.as_str()), &answer);
        let done = Done { act: &act, who, answer: &answer, is_judged: false, wrong: String::new() };
        self.settle(Some(done)).await.map_err(|why| format!("{why}\n\n{} by {who}: {act:?}\nwas answered: {answer}", act.name()))
    }

    fn count(&self, act: &Act, state: Option<&str>, answer: &Answer) {
        let taken = usize::from(!answer.is_ok());
        self.covered.acts.lock().unwrap().entry(act.name()).or_default()[taken] += 1;
        if let Some(state) = state {
            Covered::count(&self.covered.states, state);
        }
        if !answer.is_ok() {
            Covered::count(&self.covered.codes, &answer.code());
        }
    }

    /// Asks what somebody may do; what the server did meanwhile is written down first.
    async fn ask(&mut self, who: usize) -> Result<(), String> {
        loop {
            let (actions, log) = staff::ask(&self.cast.people[who], &self.book, &self.cursor).await;
            let moved = !log.events.is_empty();
            self.replay(log, &mut None)?;
            let checked = staff::check_actions(&self.book, self.cast, who, &actions);
            if checked.is_ok() || !(moved || self.has_news().await) {
                return checked;
            }
        }
    }

    async fn has_news(&self) -> bool {
        !staff::news(&self.desk.admin(), &self.cursor).await.events.is_empty()
    }

    /// Reads the log, judges what was done, and holds the book beside what staff and readers see. What
    /// they see and the log are read one after the other: where the log has grown since, it is done again.
    async fn settle(&mut self, mut done: Option<Done<'_>>) -> Result<(), String> {
        loop {
            let asked_at = Utc::now();
            let desk = staff::look(&self.desk.admin(), &self.book, &self.cursor).await;
            let before = self.number_of_events();
            let log = Log { events: desk.log.events.clone(), end: desk.log.end.clone() };
            self.replay(log, &mut done)?;
            // A release that was made just now was not asked for.
            let is_new = self.number_of_events() != before && self.book.releases.len() != desk.releases();
            staff::learn(&mut self.book, &desk)?;
            let seen = readers::look(&self.desk.anonymous(), &self.book, &self.place).await;
            let checked = match is_new {
                true => Err("a release is new".to_owned()),
                false => staff::check(&self.book, self.cast, &desk, asked_at),
            };
            let checked = checked.and_then(|()| readers::check(&mut self.book, &seen, &self.place));
            if checked.is_ok() || !(is_new || self.has_news().await) {
                return checked;
            }
        }
    }

    fn number_of_events(&self) -> usize {
        self.book.releases.len() + self.book.sheets.iter().map(|sheet| sheet.events).sum::<usize>()
    }

    /// Writes down what the log tells, in its order; `done` has to be what is told of its actor.
    fn replay(&mut self, log: Log, done: &mut Option<Done<'_>>) -> Result<(), String> {
        let mut rest = log.events.as_slice();
        self.judge(done, rest.iter().any(|event| event.actor.is_some()));
        while let Some(event) = rest.first() {
            if event.actor.is_none() && !self.is_ours(event) {
                rest = &rest[1..];
                continue;
            }
            if event.actor.is_none() {
                Covered::count(&self.covered.fired, &event.kind);
                self.story.push(format!("the server: {} at {}", event.kind, event.at));
                let told = self.book.fire(self.cast, rest)?;
                rest = &rest[told..];
                self.judge(done, rest.iter().any(|event| event.actor.is_some()));
                continue;
            }
            let Some(done) = done.as_mut().filter(|done| !done.is_judged) else {
                return Err(format!("line 9: an event too many: {event:?}"));
            };
            if !done.answer.is_ok() {
                return Err(format!("lines 5 and 9: what was refused left a trace: {event:?}"));
            }
            let taken = self.book.take(self.cast, done.act, done.who, &made(done.answer));
            let (book, told) = taken.map_err(|codes| format!("taken, and it is to be refused with {codes:?}"))?;
            let actor = Some(self.cast.people[done.who].id());
            for (place, owed) in told.iter().enumerate() {
                let draft = owed.draft.map(|draft| self.book.sheets[draft].id.clone());
                let fits = |event: &Event| event.kind == owed.kind && event.draft == draft && event.actor.as_deref() == actor;
                if !rest.get(place).is_some_and(fits) {
                    return Err(format!("line 9: {told:?} were owed, and these were told: {rest:?}"));
                }
            }
            if told.is_empty() {
                return Err(format!("line 9: nothing changed, and this was told: {event:?}"));
            }
            rest = &rest[told.len()..];
            (self.book, done.is_judged) = (book, true);
            self.same_answer(done)?;
        }
        if let Some(end) = log.end {
            self.cursor = end;
        }
        match done {
            Some(done) if !done.is_judged => Err(done.wrong.clone()),
            _ => Ok(()),
        }
    }

    /// Whether it is of this walk: one before it that failed may have left something due.
    fn is_ours(&self, event: &Event) -> bool {
        match (&event.release, &event.draft) {
            (Some(id), _) => self.book.releases.iter().any(|release| release.id == *id),
            (None, Some(id)) => self.book.sheets.iter().any(|sheet| sheet.id == *id),
            (None, None) => true,
        }
    }

    /// Judges what left no trace: what was refused, and what changed nothing. The server may have done
    /// something before or after it: one of the books between has to agree.
    fn judge(&self, done: &mut Option<Done<'_>>, has_trace: bool) {
        let Some(done) = done.as_mut().filter(|done| !done.is_judged && !has_trace) else { return };
        let judged = match (self.book.take(self.cast, done.act, done.who, ""), done.answer.is_ok()) {
            (Ok((_, told)), true) if told.is_empty() => Ok(()),
            (Err(codes), false) if codes.contains(&done.answer.code().as_str()) => self.same_refusal(done),
            // A time that was to come when it was sent may have passed when it was read.
            (Ok(_), false) if done.answer.code() == "BAD_USER_INPUT" && done.act.planned().is_some_and(|at| at <= Utc::now()) => Ok(()),
            (owed, _) => {
                let owed = owed.map(|(_, told)| told);
                Err(format!("{} was answered, and by the book it comes to {owed:?}", done.answer.outcome()))
            }
        };
        done.is_judged = judged.is_ok();
        done.wrong = judged.err().unwrap_or_default();
    }

    /// The answer shows the effect.
    fn same_answer(&self, done: &Done<'_>) -> Result<(), String> {
        let payload = done.answer.data().as_object().and_then(|data| data.values().next());
        let seen = payload.and_then(|payload| payload.get("draft"));
        let Some((draft, seen)) = done.act.draft().zip(seen) else { return Ok(()) };
        let sheet = &self.book.sheets[draft];
        staff::same("line 11: the answer", &json!({ "state": sheet.state.as_str(), "revision": { "number": sheet.number() } }), seen)
    }

    /// A refusal tells what is there now.
    fn same_refusal(&self, done: &Done<'_>) -> Result<(), String> {
        let extensions = &done.answer.error()["extensions"];
        let Some(draft) = done.act.draft() else { return Ok(()) };
        let sheet: &Sheet = &self.book.sheets[draft];
        match done.answer.code().as_str() {
            "STALE_REVISION" => {
                staff::same("currentRevision", &json!(sheet.number()), &extensions["currentRevision"])?;
                let by = self.cast.people[sheet.writers[sheet.number() - 1][0]].person().name.clone();
                staff::same("changedBy", &json!(by), &extensions["changedBy"])?;
                let merges = matches!(done.act, Act::Edit { merges: true, base, .. } if *base < sheet.number());
                let conflicts = extensions["conflicts"].as_array().ok_or("no conflicts are told")?;
                if merges && conflicts.is_empty() { Err("line 5: what could not be merged is not told".into()) } else { Ok(()) }
            }
            "INVALID_TRANSITION" => {
                let is_offered = |action: &&str| self.book.action(self.cast, draft, done.who, action).is_none();
                let allowed: Vec<&str> = ACTIONS.into_iter().filter(is_offered).collect();
                staff::same("state", &json!(sheet.state.as_str()), &extensions["state"])?;
                staff::same("allowedActions", &json!(allowed), &extensions["allowedActions"])
            }
            "APPROVALS_MISSING" => staff::same("stages", &json!(sheet.missing()), &extensions["stages"]),
            "CHECKS_FAILED" => staff::same("checks", &json!("BODY"), &extensions["checks"][0]["code"]),
            "SLUG_TAKEN" => if extensions["suggestion"].is_string() { Ok(()) } else { Err("no slug is suggested".into()) },
            _ => Ok(()),
        }
    }

    /// Waits until the next thing that is due has happened.
    async fn wait(&mut self) -> Result<(), String> {
        let Some(due) = self.book.next_due(Utc::now()) else { return Ok(()) };
        let mut told = self.desk.desk.bus.listen();
        while !self.has_news().await {
            let left: Time = due + LATE;
            if Utc::now() > left {
                return Err(format!("line 6: what was due at {due} does not come"));
            }
            let _ = tokio::time::timeout(Duration::from_millis(50), told.changed()).await;
        }
        Ok(())
    }

    /// Lets everything come that is due soon; then asks for the slugs that were ever live.
    async fn come_to_rest(&mut self) -> Result<(), String> {
        while self.book.next_due(Utc::now()).is_some() {
            self.wait().await?;
            self.settle(None).await?;
        }
        let slugs: Vec<String> = self.book.sheets.iter().flat_map(|sheet| sheet.slugs.iter().cloned()).collect();
        for slug in slugs {
            let taken = self.desk.writer().create(json!({ "headline": "Too late", "slug": slug })).await;
            if taken.outcome() != "SLUG_TAKEN" {
                return Err(format!("line 10: {slug} was live, and somebody else got it: {taken}"));
            }
        }
        Ok(())
    }
}

/// The actions in the order of the contract.
const ACTIONS: [&str; 14] = [
    "UPDATE", "SUBMIT", "RECALL", "REVIEW", "COMMENT", "PUBLISH", "PUBLISH_OVERRIDE", "SCHEDULE", "CANCEL_SCHEDULE", "UNPUBLISH", "RETRACT",
    "ARCHIVE", "REOPEN", "SET_RELATED_LINKS",
];

/// The id or token that an answer brought.
fn made(answer: &Answer) -> String {
    let payload = answer.data().as_object().and_then(|data| data.values().next());
    let text = |place: &str| payload.and_then(|payload| payload.pointer(place)).and_then(Value::as_str);
    text("/comment/id").or_else(|| text("/token")).or_else(|| text("/release/id")).unwrap_or_default().to_owned()
}
