//! Why the desk says no: one word for each reason, with what a client needs to go on.

use chrono::{DateTime, Utc};
use entity::enums::{DraftState, ReleaseState};
use entity::ids::DraftId;

use super::checks::Check;
use super::workflow::DraftAction;

/// What is wrong with one value of an input, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Where the value stands in the input, such as `headline` or `links.2.url`.
    pub path: String,
    /// One sentence for people.
    pub message: String,
}

impl FieldError {
    /// A complaint about the value at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// Where two changes of one base meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// As the input names it.
    pub field: &'static str,
    /// What both changed.
    pub base: Option<String>,
    /// What stands there now.
    pub current: Option<String>,
    /// What the refused change would put there.
    pub yours: Option<String>,
}

/// A member of a release that cannot go live, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The member.
    pub draft: DraftId,
    /// Its headline.
    pub headline: String,
    /// Why it cannot.
    pub why: Refusal,
}

/// A request that the rules refuse. The codes are in `graphql::error`, and nowhere else.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// Nobody is signed in, or the token is not good (any more).
    Unauthenticated,
    /// Address and password do not fit together, or nobody has the address; which, is not told.
    SignInFailed,
    /// This person could do this in no state of the draft.
    Forbidden(String),
    /// There is no such thing, or not for the asker.
    NotFound(String),
    /// Values that cannot be, all at once.
    BadInput(Vec<FieldError>),
    /// The change was made on a revision that is no longer the newest.
    StaleRevision {
        /// The newest revision's number.
        current: i32,
        /// Who wrote it; nobody where an import did.
        changed_by: Option<String>,
        /// When it was written.
        changed_at: DateTime<Utc>,
        /// Where it meets the refused change.
        conflicts: Vec<Conflict>,
    },
    /// The workflow has no such arrow from the draft's state.
    InvalidTransition {
        /// Where the draft stands.
        state: DraftState,
        /// The way, in words.
        way: String,
        /// What this person may do instead.
        allowed: Vec<DraftAction>,
    },
    /// Stages whose approvals are not complete.
    ApprovalsMissing(Vec<String>),
    /// Members of a release that keep all of it from going live; never empty.
    ReleaseHeld(Vec<Held>),
    /// A release that is out already.
    ReleaseOver(ReleaseState),
    /// Whoever wrote it may not approve it.
    SelfApproval,
    /// The slug names another article.
    SlugTaken {
        /// One that is free.
        suggestion: String,
    },
    /// Content checks that block.
    ChecksFailed(Vec<Check>),
    /// Somebody else changed it since.
    Conflict(String),
    /// Too many tries.
    RateLimited {
        /// Seconds until the next one may be made.
        retry_after: u64,
    },
    /// The answer would be too large.
    TooMuch(String),
}

impl Refusal {
    /// Where it stands among those that apply at once: the first of them is told.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Unauthenticated | Self::SignInFailed => 0,
            Self::NotFound(_) => 1,
            Self::Forbidden(_) => 2,
            Self::InvalidTransition { .. } | Self::ApprovalsMissing(_) | Self::ReleaseHeld(_) | Self::ReleaseOver(_) => 3,
            Self::StaleRevision { .. } => 4,
            Self::SelfApproval => 5,
            Self::BadInput(_) => 6,
            Self::SlugTaken { .. } => 7,
            Self::ChecksFailed(_) => 8,
            Self::Conflict(_) | Self::RateLimited { .. } | Self::TooMuch(_) => 9,
        }
    }

    /// One value that cannot be.
    pub fn field(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::BadInput(vec![FieldError::new(path, message)])
    }

    /// What a person reads: what happened, and what to do.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Unauthenticated => {
                "Sign in first: send the token of signIn or of an API token as 'Authorization: Bearer …'.".into()
            }
            Self::SignInFailed => "No active user has this address and password. Check both.".into(),
            Self::Forbidden(why) => why.clone(),
            Self::NotFound(what) => format!("There is no such {what}. Check the id."),
            Self::BadInput(fields) => match fields.as_slice() {
                [one] => format!("{}: {}", one.path, one.message),
                many => format!("{} values need another look; see extensions.fields.", many.len()),
            },
            Self::StaleRevision { current, changed_by, conflicts, .. } => {
                let by = changed_by.as_ref().map(|name| format!(", written by {name}")).unwrap_or_default();
                let mut fields: Vec<&str> = conflicts.iter().map(|conflict| conflict.field).collect();
                fields.dedup();
                let meet = if fields.is_empty() { String::new() } else { format!(" Both changed: {}.", fields.join(", ")) };
                format!("The draft is at revision {current}{by}: read it, and make the change on that one.{meet}")
            }
            Self::InvalidTransition { state, way, .. } => format!("The draft is {state}: {way}."),
            Self::ApprovalsMissing(stages) => format!("Approvals are missing at: {}.", stages.join(", ")),
            Self::ReleaseHeld(held) => {
                let each: Vec<String> = held.iter().map(|held| format!("'{}': {}", held.headline, held.why.message())).collect();
                format!("Nothing went live, because {} draft(s) cannot. {}", held.len(), each.join(" "))
            }
            Self::ReleaseOver(state) => format!("The release is {state}: make a new one."),
            Self::SelfApproval => {
                "You wrote part of what is new here, so somebody else has to approve it. You may still comment or ask for changes.".into()
            }
            Self::SlugTaken { suggestion } => format!("That slug names another article. '{suggestion}' is free."),
            Self::ChecksFailed(checks) => {
                let messages: Vec<&str> = checks.iter().map(|check| check.message.as_str()).collect();
                format!("Not ready yet: {}", messages.join(" "))
            }
            Self::Conflict(why) | Self::TooMuch(why) => why.clone(),
            Self::RateLimited { retry_after } => format!("Too many tries. Try again in {retry_after} seconds."),
        }
    }
}

/// Collects complaints, so that an editor hears all of them at once.
#[derive(Debug, Default)]
pub struct Complaints(Vec<FieldError>);

impl Complaints {
    /// Notes a complaint.
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError::new(path, message));
    }

    /// The value, or `None` with its complaint noted.
    pub fn take<T>(&mut self, path: &str, parsed: Result<T, String>) -> Option<T> {
        parsed.map_err(|message| self.add(path, message)).ok()
    }

    /// Refuses if there was any complaint.
    pub fn refuse(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::BadInput(self.0)) }
    }
}
