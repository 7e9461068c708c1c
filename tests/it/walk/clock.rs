//! What the server does by itself: it may only do what is due, at its time, once, and has to tell of it.

use chrono::TimeDelta;
use entity::enums::DraftState::{self, *};
use serde_json::Value;

use super::book::{Book, Cast, Time};
use super::rules::Told;
use crate::support::instant;
use crate::workflow::table::{Deed, Outcome, arrow};

/// What is promised within a second is late after ten: the tests share a machine.
pub const LATE: TimeDelta = TimeDelta::seconds(10);

/// One row of the log.
#[derive(Clone, Debug)]
pub struct Event {
    pub kind: String,
    pub actor: Option<String>,
    pub draft: Option<String>,
    pub release: Option<String>,
    pub at: Time,
}

impl Event {
    pub fn of(node: &Value) -> Self {
        let text = |place: &str| node.pointer(place).and_then(Value::as_str).map(str::to_owned);
        Self {
            kind: text("/type").unwrap_or_default(),
            actor: text("/actor/id"),
            draft: text("/draft/id"),
            release: text("/details/releaseId"),
            at: instant(&node["at"]),
        }
    }
}

/// Never early, and not late.
fn in_time(due: Option<Time>, at: Time) -> Result<Time, String> {
    let due = due.ok_or("line 6: it was not planned")?;
    if at < due {
        return Err(format!("line 6: early by {}", due - at));
    }
    if at - due > LATE {
        return Err(format!("line 6: late by {}", at - due));
    }
    Ok(due)
}

impl Book {
    /// The server did something: judges it, writes it down, and says how many events that took.
    pub fn fire(&mut self, cast: &Cast, log: &[Event]) -> Result<usize, String> {
        let event = &log[0];
        let told = match (&event.release, self.place(event)) {
            (Some(id), _) => self.fire_release(cast, id.clone(), event)?,
            (None, Some(draft)) => self.fire_draft(draft, event)?,
            (None, None) => return Err(format!("the server did what nobody planned: {event:?}")),
        };
        for (owed, event) in told.iter().zip(log.iter().map(Some).chain(std::iter::repeat(None))) {
            let event = event.ok_or_else(|| format!("line 9: no event for {owed:?}"))?;
            let fits = event.kind == owed.kind && self.place(event) == owed.draft && event.actor.is_none();
            if !fits {
                return Err(format!("line 9: {owed:?} was owed, and this was told: {event:?}"));
            }
            if let Some(draft) = owed.draft {
                self.sheets[draft].events += 1;
            }
        }
        Ok(told.len())
    }

    fn place(&self, event: &Event) -> Option<usize> {
        self.sheets.iter().position(|sheet| Some(&sheet.id) == event.draft.as_ref())
    }

    fn fire_draft(&mut self, draft: usize, event: &Event) -> Result<Vec<Told>, String> {
        let sheet = &self.sheets[draft];
        let plan = sheet.plan.clone().ok_or("line 6: nothing was planned, or it was done before")?;
        let arrow = |deed| match arrow(deed, sheet.at()) {
            Outcome::To(state) => Ok::<DraftState, String>(state),
            other => Err(format!("the table has no arrow for {deed:?}: {other:?}")),
        };
        if event.kind == "ARTICLE_UNPUBLISHED" {
            in_time(plan.unpublish_at.filter(|_| plan.publish_at.is_none()), event.at)?;
            let to = arrow(Deed::Unpublish)?;
            self.go_away(draft, to, None);
            return Ok(vec![Told { kind: "ARTICLE_UNPUBLISHED", draft: Some(draft) }]);
        }
        let due = in_time(plan.publish_at, event.at)?;
        arrow(Deed::TimeComes)?;
        if !sheet.missing().is_empty() || plan.revision != sheet.number() || sheet.newest().is_hollow() {
            return Err("line 1: the gate let through what was not approved".into());
        }
        let kind = self.go_live(draft, plan.note.clone(), Some(due));
        self.sheets[draft].plan = plan.unpublish_at.map(|_| super::book::Plan { publish_at: None, note: None, ..plan });
        Ok(vec![Told { kind, draft: Some(draft) }])
    }

    fn fire_release(&mut self, cast: &Cast, id: String, event: &Event) -> Result<Vec<Told>, String> {
        let place = self.releases.iter().position(|release| release.id == id).ok_or("a release of nobody's")?;
        let release = self.releases[place].clone();
        if release.state != "SCHEDULED" {
            return Err(format!("line 6: the release is {} already", release.state));
        }
        let due = in_time(release.publish_at, event.at)?;
        let ready = self.clone().launch(cast, place, release.by, Some(due));
        match (ready, event.kind.as_str()) {
            (Ok(_), "PUBLISH_FAILED") => Err("a release failed that could go live".into()),
            (Ok(_), _) => self.launch(cast, place, release.by, Some(due)).map_err(|codes| format!("{codes:?}")),
            (Err(_), "PUBLISH_FAILED") => {
                self.releases[place].state = "FAILED";
                // None of them went live; those that could not are named, each once.
                let publisher = release.by;
                let held = release.drafts.iter().filter(|draft| {
                    self.outcome(cast, **draft, publisher, Deed::Publish).code().is_some() || self.sheets[**draft].newest().is_hollow()
                });
                let named = held.map(|draft| Told { kind: "PUBLISH_FAILED", draft: Some(*draft) });
                Ok(std::iter::once(Told { kind: "PUBLISH_FAILED", draft: None }).chain(named).collect())
            }
            (Err(codes), _) => Err(format!("line 1: a release went live that is refused with {codes:?}")),
        }
    }

    /// What should have happened by now.
    pub fn overdue(&self, now: Time) -> Result<(), String> {
        match self.next_due(now) {
            Some(due) if now - due > LATE => Err(format!("line 6: what was due at {due} has not happened at {now}")),
            _ => Ok(()),
        }
    }
}

/// The states in which a draft waits for nothing any more.
pub const ENDED: [DraftState; 2] = [Retracted, Archived];
