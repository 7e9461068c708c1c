//! SQLite's one writer: a queue of transactions that share its connection and, while others wait, its commit.
//!
//! Who has a turn works alone. At its end, where somebody waits already, the next one works on in a savepoint of
//! the same SQLite transaction, and the answers of both wait for the one `COMMIT`. A turn that is dropped takes
//! its own work back, and nobody else's. Nothing here can be cancelled by who asks: the lane is a task of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::{mpsc, oneshot};

use super::{PATIENCE, StoreError};

/// How many transactions share a commit at most.
const MOST: usize = 64;
/// How old a group may be that another transaction still joins: what the first one waits for the others.
const OPEN: Duration = Duration::from_millis(if cfg!(test) { 500 } else { 8 });
/// How many transactions commit by themselves after a commit failed: if it was one of them that made it fail, it
/// fails alone the next time.
const APART: usize = 64;

/// The queue, first come, first served.
pub(super) struct Lane {
    requests: mpsc::UnboundedSender<Request>,
}

/// A turn on the lane. Dropped before its end, it takes back what was written in it.
pub(super) struct Turn {
    end: oneshot::Sender<End>,
    /// The newest event's number, where the lane knows it.
    pub(super) seq: Option<i64>,
}

enum Request {
    Turn {
        /// Whether it may take long: then those before it are not kept waiting for it.
        long: bool,
        reply: oneshot::Sender<Result<Given, StoreError>>,
    },
    Close(oneshot::Sender<()>),
}

/// What who asked for a turn works with.
pub(super) type Given = (Arc<DatabaseTransaction>, Turn);

/// Who is done wants this committed.
struct End {
    seq: Option<i64>,
    told: oneshot::Sender<Result<(), StoreError>>,
}

impl Lane {
    /// Opens the lane. `failed` is set by whoever sees a statement of the writer fail.
    pub(super) fn open(writer: DatabaseConnection, failed: Arc<AtomicBool>) -> Self {
        let (requests, queue) = mpsc::unbounded_channel();
        tokio::spawn(Keeper { writer, queue, failed, held: None, apart: 0 }.run());
        Self { requests }
    }

    /// Waits for a turn.
    pub(super) async fn turn(&self, long: bool) -> Result<Given, StoreError> {
        let (reply, given) = oneshot::channel();
        self.requests.send(Request::Turn { long, reply }).map_err(|_| gone())?;
        match tokio::time::timeout(PATIENCE, given).await {
            Ok(given) => given.map_err(|_| gone())?,
            Err(_) => Err(StoreError::Unreachable("others write, and none of them comes to an end".into())),
        }
    }

    /// Waits for the turns that were asked for, and gives the connection back.
    pub(super) async fn close(&self) {
        let (told, closed) = oneshot::channel();
        if self.requests.send(Request::Close(told)).is_ok() {
            // Where the lane is gone, so is its connection.
            let _ = closed.await;
        }
    }
}

impl Turn {
    /// Ends the turn; returns when all that was written in it is on disk, or nothing of it is there.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        let (told, outcome) = oneshot::channel();
        self.end.send(End { seq: self.seq, told }).map_err(|_| gone())?;
        outcome.await.map_err(|_| gone())?
    }
}

fn gone() -> StoreError {
    StoreError::Unreachable("the writer has stopped".into())
}

/// Who keeps the lane, and the connection.
struct Keeper {
    writer: DatabaseConnection,
    queue: mpsc::UnboundedReceiver<Request>,
    failed: Arc<AtomicBool>,
    /// The connection. The driver counts one open transaction on it for as long as it is held; when `BEGIN` and
    /// `COMMIT` are really sent is decided here, since the driver loses count where SQLite itself rolls back.
    held: Option<Arc<DatabaseTransaction>>,
    /// How many transactions still commit by themselves.
    apart: usize,
}

/// Transactions that share a commit.
#[derive(Default)]
struct Group {
    /// Whom to tell how it went.
    members: Vec<oneshot::Sender<Result<(), StoreError>>>,
    seq: Option<i64>,
    /// Whether a savepoint is set, behind which nobody's finished work is undone.
    marked: bool,
    /// Whether a statement failed in a turn that was committed all the same: SQLite may have rolled back everything.
    doubtful: bool,
}

/// How a turn ended.
enum Ended {
    /// To be committed.
    Done,
    /// Taken back.
    Undone,
    /// SQLite had rolled back everything, or its answer says that nothing is sure any more.
    Broken(StoreError),
}

impl Keeper {
    async fn run(mut self) {
        let mut first = self.queue.recv().await;
        while let Some(request) = first {
            let left_over = match request {
                Request::Turn { reply, .. } if reply.is_closed() => None,
                Request::Turn { reply, .. } => self.group(reply).await,
                Request::Close(told) => {
                    self.let_go().await;
                    // Nobody may be waiting any more.
                    let _ = told.send(());
                    None
                }
            };
            first = match left_over {
                Some(request) => Some(request),
                None => self.queue.recv().await,
            };
        }
    }

    /// Works through a group, and commits it. Gives back the request that was not to join it.
    async fn group(&mut self, first: oneshot::Sender<Result<Given, StoreError>>) -> Option<Request> {
        let since = Instant::now();
        let db = match self.begin().await {
            Ok(db) => db,
            Err(error) => {
                // Who asked may have gone.
                let _ = first.send(Err(error));
                return None;
            }
        };
        let mut group = Group::default();
        let mut reply = first;
        let left_over = loop {
            match self.serve(&db, &mut group, reply).await {
                Ended::Broken(error) => {
                    drop(db);
                    self.fail(group, &error).await;
                    return None;
                }
                Ended::Undone if group.members.is_empty() => {
                    // There is nobody else's work: the next one begins anew.
                    if db.execute_unprepared("ROLLBACK").await.is_err() {
                        drop(db);
                        self.let_go().await;
                    }
                    return None;
                }
                Ended::Done | Ended::Undone => {}
            }
            let may_grow = !group.doubtful && self.apart == 0 && group.members.len() < MOST && since.elapsed() < OPEN;
            match self.next(may_grow) {
                Some(Request::Turn { long: false, reply: next }) => {
                    // One text, one way to the connection's thread. The first fails where the transaction is no more.
                    let mark = if group.marked { "RELEASE turn; SAVEPOINT turn" } else { "SAVEPOINT turn" };
                    if let Err(error) = db.execute_unprepared(mark).await {
                        drop(db);
                        self.fail(group, &StoreError::from(error)).await;
                        return Some(Request::Turn { long: false, reply: next });
                    }
                    group.marked = true;
                    reply = next;
                }
                other => break other,
            }
        };
        match db.execute_unprepared("COMMIT").await {
            Ok(_) => {
                self.apart = self.apart.saturating_sub(1);
                group.tell(&Ok(()));
            }
            Err(error) => {
                drop(db);
                self.fail(group, &StoreError::from(error)).await;
            }
        }
        left_over
    }

    /// Who waits next and has not gone.
    fn next(&mut self, may_grow: bool) -> Option<Request> {
        if !may_grow {
            return None;
        }
        loop {
            match self.queue.try_recv() {
                Ok(Request::Turn { reply, .. }) if reply.is_closed() => {}
                request => return request.ok(),
            }
        }
    }

    /// One turn, from when it is given until it ends.
    async fn serve(&self, db: &Arc<DatabaseTransaction>, group: &mut Group, reply: oneshot::Sender<Result<Given, StoreError>>) -> Ended {
        self.failed.store(false, Ordering::Release);
        let (end, ended) = oneshot::channel();
        let turn = Turn { end, seq: group.seq };
        // Where who asked has gone, the turn is dropped with the message, and so ends.
        let _ = reply.send(Ok((Arc::clone(db), turn)));
        let ended = ended.await;
        let failed = self.failed.load(Ordering::Acquire);
        match ended {
            Ok(End { seq, told }) => {
                group.members.push(told);
                group.seq = seq;
                group.doubtful |= failed;
                Ended::Done
            }
            Err(_) if group.marked => match db.execute_unprepared("ROLLBACK TO turn").await {
                Ok(_) => Ended::Undone,
                Err(error) => Ended::Broken(error.into()),
            },
            Err(_) => Ended::Undone,
        }
    }

    /// Begins the SQLite transaction, on the connection that is held or on a new one.
    async fn begin(&mut self) -> Result<Arc<DatabaseTransaction>, StoreError> {
        if let Some(db) = self.held.clone() {
            match db.execute_unprepared("BEGIN IMMEDIATE").await {
                Ok(_) => return Ok(db),
                // Another process writes, and for long.
                Err(error) if is_busy(&error) => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(%error, "the writing connection is given up");
                    drop(db);
                    self.let_go().await;
                }
            }
        }
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let db = Arc::new(self.writer.begin_with_options(options).await?);
        self.held = Some(Arc::clone(&db));
        Ok(db)
    }

    /// Nothing of a group is there, and all who were in it are told so. A failed `COMMIT` may leave the transaction
    /// open or have ended it, so the connection is put into a known state before anybody hears of it.
    async fn fail(&mut self, group: Group, error: &StoreError) {
        tracing::error!(%error, members = group.members.len(), "a commit failed, and nothing of it is there");
        self.apart = APART;
        self.let_go().await;
        group.tell(&Err(error.clone()));
    }

    /// Gives the connection back with nothing open on it.
    async fn let_go(&mut self) {
        let Some(db) = self.held.take() else { return };
        // Refused where a transaction is open. Where none is, one has to be: the driver counts on having it to end.
        let _ = db.execute_unprepared("BEGIN").await;
        let outcome = match Arc::into_inner(db) {
            Some(db) => db.rollback().await,
            None => Err(DbErr::Custom("somebody works on with it".into())),
        };
        if let Err(error) = outcome {
            tracing::error!(%error, "the writing connection could not be put in order");
        }
    }
}

impl Group {
    fn tell(self, outcome: &Result<(), StoreError>) {
        for member in self.members {
            // Who asked may have gone.
            let _ = member.send(outcome.clone());
        }
    }
}

/// Whether another process has the database.
fn is_busy(error: &DbErr) -> bool {
    error.to_string().contains("database is locked")
}

#[cfg(test)]
mod tests;
