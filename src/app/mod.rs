//! Use cases: one function, one transaction, one event. Every read and write of the floors above
//! passes through here, hence past a permission.

pub mod account;
pub mod affiliate;
pub mod article;
pub mod assignment;
pub mod author;
pub mod bearing;
mod bus;
pub mod comment;
pub mod demo;
pub mod draft;
mod error;
pub mod event;
pub mod facts;
pub mod feed;
pub mod fresh;
pub mod password;
pub mod preview;
pub mod publishing;
pub mod related;
pub mod release;
pub mod repeat;
pub mod review;
pub mod revision;
pub mod schedule;
pub mod search;
pub mod section;
pub mod subject;
pub mod transfer;
pub mod withdrawal;
pub mod workflow;

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};
use entity::enums::{Role, Roles};
use entity::ids::{SessionId, TokenId, UserId};
use entity::user;
use url::Url;

pub use bus::Bus;
pub use error::AppError;

use crate::domain::dep::Dep;
use crate::domain::event::NewEvent;
use crate::domain::policy::{Relation, Task};
use crate::domain::refusal::Refusal;
use crate::domain::search::Lexer;
use crate::store::{Database, Reader, Tx, migrate};

/// What readers know the site by.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// Where its pages begin, with a slash at the end.
    pub url: Url,
}

impl Site {
    /// The address of a page of the site.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        format!("{}{}", self.url, path)
    }
}

/// Everything that use cases need, built once.
pub struct Desk {
    database: Database,
    /// What readers know the site by.
    pub site: Site,
    /// Makes the words that articles are found by.
    pub lexer: Lexer,
    /// Wakes whoever waits for events.
    pub bus: Bus,
    feed: feed::Feed,
    /// What is kept for readers.
    pub fresh: Arc<fresh::Fresh>,
    passwords: password::Passwords,
    attempts: account::Attempts,
}

impl Desk {
    /// A desk on an open database.
    #[must_use]
    pub fn new(database: Database, site: Site, lexer: Lexer, patience: account::Patience, keeping: fresh::Keeping) -> Arc<Self> {
        let fresh = Arc::new(fresh::Fresh::new(database.is_shared(), keeping));
        Arc::new(Self {
            fresh,
            database,
            site,
            lexer,
            bus: Bus::new(),
            feed: feed::Feed::new(),
            passwords: password::Passwords::new(),
            attempts: account::Attempts::new(patience),
        })
    }

    /// The database, for those who watch it: tests count its statements and ask for its plans.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// Closes the database's connections; what asks after that is told that the database is not there.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Whether requests can be served: the database answers and its schema is this program's.
    ///
    /// # Errors
    /// What is missing, in words.
    pub async fn ready(&self) -> Result<(), AppError> {
        match migrate::check(self.database.reader()).await? {
            migrate::Schema::Current => Ok(()),
            migrate::Schema::Behind(steps) => Err(AppError::Unavailable(format!("the schema lacks {steps} step(s)"))),
            migrate::Schema::Ahead => Err(AppError::Unavailable("the schema is newer than this program".into())),
        }
    }
}

/// Gives a new database what every newsroom begins with: a default policy and the three stages.
///
/// # Errors
/// When the database does not answer.
pub async fn setup(cx: &Cx) -> Result<(), AppError> {
    affiliate::first(cx).await?;
    workflow::first(cx).await
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Anybody.
    Anonymous,
    /// Somebody who signed in, or a program that acts for them.
    Staff(Arc<Staff>),
}

/// Somebody of the newsroom, as far as their credential lets them be.
#[derive(Clone, Debug)]
pub struct Staff {
    /// The user.
    pub user: user::Model,
    /// The roles that the credential carries.
    pub roles: Roles,
    /// How they proved who they are.
    pub credential: Credential,
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    /// By signing in.
    Session(SessionId),
    /// By an API token.
    Token(TokenId),
    /// By sitting at the machine that the server runs on.
    Console,
}

/// One request's context, the first argument of every use case. Time comes in here, and nowhere else.
#[derive(Clone)]
pub struct Cx {
    /// The desk.
    pub desk: Arc<Desk>,
    /// Who asks.
    pub actor: Actor,
    /// When, in whole microseconds: what both databases keep.
    pub now: DateTime<Utc>,
    /// The key that the request comes under, taken by its transaction.
    pub claim: Option<Arc<repeat::Claim>>,
    /// What is read for readers, and what it depends on.
    pub(crate) reading: Arc<fresh::Reading>,
}

impl Cx {
    /// A context for one request.
    #[must_use]
    pub fn new(desk: Arc<Desk>, actor: Actor, now: DateTime<Utc>) -> Self {
        let reading = fresh::Reading::begin(&desk.fresh);
        Self { desk, actor, now: now.trunc_subsecs(6), claim: None, reading }
    }

    /// Begins to read for readers: what was noted before is forgotten.
    pub async fn read_anew(&mut self) -> Arc<fresh::Reading> {
        self.reading = fresh::Reading::begin_at(&self.desk.fresh, &self.desk.database).await;
        Arc::clone(&self.reading)
    }

    /// The same, in the database itself: the replica failed.
    pub fn read_past_replica(&mut self) -> Arc<fresh::Reading> {
        self.desk.fresh.replica_failed();
        self.reading = fresh::Reading::begin(&self.desk.fresh);
        Arc::clone(&self.reading)
    }

    /// The asker, if signed in.
    #[must_use]
    pub fn staff(&self) -> Option<&Staff> {
        match &self.actor {
            Actor::Anonymous => None,
            Actor::Staff(staff) => Some(staff),
        }
    }

    /// The asker's user id, if signed in.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        self.staff().map(|staff| staff.user.id)
    }

    /// The asker, who has to be signed in.
    ///
    /// # Errors
    /// `Unauthenticated`.
    pub fn signed_in(&self) -> Result<&Staff, AppError> {
        self.staff().ok_or(AppError::Refused(Refusal::Unauthenticated))
    }

    /// The asker, who has to be allowed to do this.
    ///
    /// # Errors
    /// `Unauthenticated` or `Forbidden`.
    pub fn may(&self, task: Task) -> Result<&Staff, AppError> {
        let staff = self.signed_in()?;
        if task.who().fits(staff.roles, Relation::default()) {
            Ok(staff)
        } else {
            Err(AppError::Refused(Refusal::Forbidden(task.refusal().to_owned())))
        }
    }

    /// Whether the asker may read what is not for readers.
    #[must_use]
    pub fn reads_desk(&self) -> bool {
        self.may(Task::ReadDesk).is_ok()
    }

    /// Whether the asker is an administrator.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.staff().is_some_and(|staff| staff.roles.has(Role::Admin))
    }

    /// Where queries go that change nothing. What is read here is for this asker, at this moment: no answer
    /// that has it is kept.
    pub(crate) fn reader(&self) -> &Reader {
        self.reading.private();
        self.desk.database.reader()
    }

    /// Where queries go whose results are for all readers, and change with these things alone.
    pub(crate) fn reader_of(&self, deps: impl IntoIterator<Item = Dep>) -> &Reader {
        self.reading.depend(deps.into_iter().collect());
        self.reader_of_readers()
    }

    /// The same, of what is depended on being noted elsewhere.
    pub(crate) fn reader_of_readers(&self) -> &Reader {
        self.reading.replica().unwrap_or_else(|| self.desk.database.reader())
    }

    /// Where jobs look whether there is anything to do.
    pub(crate) fn aside(&self) -> &Reader {
        self.desk.database.aside()
    }

    /// Opens the use case's transaction.
    pub(crate) async fn begin(&self) -> Result<Tx, AppError> {
        Ok(self.desk.database.begin().await?)
    }

    /// Opens a transaction that may take long, of a job or an import.
    pub(crate) async fn begin_long(&self) -> Result<Tx, AppError> {
        Ok(self.desk.database.begin_long().await?)
    }

    /// Ends the use case's transaction with what the log is told of it, and wakes who waits for that.
    pub(crate) async fn commit(&self, tx: Tx, event: NewEvent) -> Result<(), AppError> {
        self.commit_all(tx, vec![event]).await
    }

    pub(crate) async fn commit_all(&self, tx: Tx, events: Vec<NewEvent>) -> Result<(), AppError> {
        let claim = self.claim.as_ref().filter(|claim| !claim.is_taken());
        let changes = tx.changes();
        let seq = tx.commit(self.now, self.user_id(), events, claim.map(|claim| claim.row(self.now))).await?;
        if let Some(claim) = claim {
            claim.take();
        }
        self.desk.fresh.wrote(seq, &changes);
        self.desk.bus.wake(seq);
        if !changes.is_empty() {
            fresh::everywhere(&self.desk, seq).await;
        }
        Ok(())
    }
}
