//! SQL: connecting, the one place where transactions open, and a file per capability.
//!
//! Readers and writers are different types, so that a query cannot write: [`Reader`] and [`Tx`].

pub mod account;
pub mod affiliate;
pub mod answer;
pub mod archive;
pub mod article;
mod attempt;
pub mod author;
pub mod comment;
pub mod draft;
mod error;
pub mod event;
pub mod failing;
mod lane;
pub mod migrate;
pub mod node;
pub mod link;
mod page;
pub mod preview;
pub mod publishing;
pub mod related;
pub mod release;
pub mod review;
pub mod revision;
pub mod schedule;
pub mod search;
pub mod slug;
pub mod subject;
pub mod transfer;

use std::path::Path;
use std::sync::{Arc, PoisonError, atomic::{AtomicBool, AtomicU64, Ordering}};
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, Statement, TransactionTrait,
};

pub use error::StoreError;

use crate::domain::dep::{Changes, Dep};

/// How long a statement may take before the log names it.
const SLOW: Duration = Duration::from_millis(200);
/// How long a request waits for a connection before it is told that the database is not there.
const PATIENCE: Duration = Duration::from_secs(10);

/// Any number, as long as it is always the same one and no other lock's.
const ALONE: i64 = 0x0061_6c6f_6e65;

/// The database: on SQLite one writer and a pool of read-only readers, on PostgreSQL one pool.
pub struct Database {
    writer: DatabaseConnection,
    /// Where transactions queue on SQLite.
    lane: Option<lane::Lane>,
    reader: Reader,
    aside: Reader,
    replica: Option<Reader>,
    statements: Arc<AtomicU64>,
    seen: Arc<std::sync::Mutex<Option<Vec<Statement>>>>,
}

/// Where reads outside a transaction go.
#[derive(Clone)]
pub struct Reader(DatabaseConnection);

/// A transaction: a turn on SQLite's one writer lane, or PostgreSQL's READ COMMITTED.
/// Dropped without a commit, it leaves nothing behind.
pub struct Tx {
    // The connection goes back before the turn ends: the lane counts on having it for itself then.
    inner: Arc<DatabaseTransaction>,
    turn: Option<lane::Turn>,
    backend: DbBackend,
    changes: std::sync::Mutex<Changes>,
}

/// Where a query may be sent: a transaction, which sees its own writes, or a reader.
pub trait Source: Sync {
    /// The connection's type.
    type Connection: ConnectionTrait;
    /// The connection.
    fn connection(&self) -> &Self::Connection;
}

impl Source for Reader {
    type Connection = DatabaseConnection;
    fn connection(&self) -> &DatabaseConnection {
        &self.0
    }
}

impl Source for Tx {
    type Connection = DatabaseTransaction;
    fn connection(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

impl Database {
    /// Opens the database at a `sqlite://` or `postgres://` URL. On SQLite the file is made.
    ///
    /// # Errors
    /// `Unreachable` when it cannot be opened, with the cause.
    pub async fn connect(url: &str, replica: Option<&str>) -> Result<Self, StoreError> {
        let statements = Arc::new(AtomicU64::new(0));
        let seen = Arc::new(std::sync::Mutex::new(None::<Vec<Statement>>));
        let failed = Arc::new(AtomicBool::new(false));
        let watch = |mut connection: DatabaseConnection| {
            let (count, seen, failed) = (Arc::clone(&statements), Arc::clone(&seen), Arc::clone(&failed));
            connection.set_metric_callback(move |info| {
                if info.failed {
                    failed.store(true, Ordering::Release);
                }
                count.fetch_add(1, Ordering::Relaxed);
                if let Ok(mut seen) = seen.lock()
                    && let Some(kept) = seen.as_mut()
                {
                    kept.push(info.statement.clone());
                }
            });
            connection
        };
        let (writer, reader) = if url.starts_with("sqlite:") {
            make_folder_for(url)?;
            // The writer first: it makes the file and its write-ahead log, which readers only open.
            let writer = watch(sea_orm::Database::connect(sqlite(url, false)).await?);
            let reader = sea_orm::Database::connect(sqlite(url, true)).await?;
            (writer, reader)
        } else {
            let pool = sea_orm::Database::connect(postgres(url)).await?;
            (watch(pool.clone()), pool)
        };
        let lane = url.starts_with("sqlite:").then(|| lane::Lane::open(writer.clone(), Arc::clone(&failed)));
        // Where there are other servers, looking at what they do must not wait for requests.
        let aside = if url.starts_with("sqlite:") {
            Reader(reader.clone())
        } else {
            let mut few = postgres(url);
            few.max_connections(3).min_connections(0);
            Reader(sea_orm::Database::connect(few).await?)
        };
        let replica = match replica {
            Some(replica) => {
                // It may be away when a server starts, as at any other time.
                let mut lazy = postgres(replica);
                lazy.connect_lazy(true).min_connections(0).acquire_timeout(Duration::from_secs(2));
                Some(Reader(watch(sea_orm::Database::connect(lazy).await?)))
            }
            None => None,
        };
        Ok(Self { writer, lane, reader: Reader(watch(reader)), aside, replica, statements, seen })
    }

    /// Where queries go that change nothing.
    #[must_use]
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// A copy that follows, where readers' queries may go as far as it is up to date.
    #[must_use]
    pub const fn replica(&self) -> Option<&Reader> {
        self.replica.as_ref()
    }

    /// Where jobs look whether there is anything to do: on connections of their own where there may be other servers, without being counted, so
    /// that what a request takes can be told exactly.
    #[must_use]
    pub const fn aside(&self) -> &Reader {
        &self.aside
    }

    /// Opens a transaction. This and [`Database::begin_long`] are the only places where one is opened.
    ///
    /// # Errors
    /// `Unreachable` when no connection is to be had.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        self.turn(false).await
    }

    /// Opens a transaction that may take long: nobody's commit waits for it.
    ///
    /// # Errors
    /// `Unreachable` when no connection is to be had.
    pub async fn begin_long(&self) -> Result<Tx, StoreError> {
        self.turn(true).await
    }

    async fn turn(&self, long: bool) -> Result<Tx, StoreError> {
        let backend = self.writer.get_database_backend();
        let (inner, turn) = match &self.lane {
            Some(lane) => {
                let (inner, turn) = lane.turn(long).await?;
                (inner, Some(turn))
            }
            None => (Arc::new(self.writer.begin().await?), None),
        };
        Ok(Tx { inner, turn, backend, changes: std::sync::Mutex::default() })
    }

    /// Whether other servers may write to it: what one of them changed, another has to hear of.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.writer.get_database_backend() == DbBackend::Postgres
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// What it says instead.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.reader.0.ping().await?;
        Ok(())
    }

    /// How many statements were sent since the start, transactions' own words aside.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Begins to keep every statement that is sent, for [`Database::explain`].
    pub fn record(&self) {
        if let Ok(mut seen) = self.seen.lock() {
            *seen = Some(Vec::new());
        }
    }

    /// Ends what [`Database::record`] began: each statement with the plan that the engine has for it.
    ///
    /// # Errors
    /// When the engine cannot plan a statement.
    pub async fn explain(&self) -> Result<Vec<(String, String)>, StoreError> {
        let kept = self.seen.lock().ok().and_then(|mut seen| seen.take()).unwrap_or_default();
        let mut plans = Vec::new();
        for mut statement in kept.into_iter().filter(|statement| statement.sql.starts_with("SELECT")) {
            let sql = statement.sql.clone();
            let prefix = if statement.db_backend == DbBackend::Postgres { "EXPLAIN" } else { "EXPLAIN QUERY PLAN" };
            statement.sql = format!("{prefix} {sql}");
            let column = if statement.db_backend == DbBackend::Postgres { "QUERY PLAN" } else { "detail" };
            let rows = self.reader.0.query_all_raw(statement).await?;
            let lines: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get::<String>("", column)).collect();
            plans.push((sql, lines?.join("\n")));
        }
        Ok(plans)
    }

    /// Closes every connection.
    pub async fn close(&self) {
        if let Some(lane) = &self.lane {
            lane.close().await;
        }
        // A connection that will not close is closed by the process's end.
        let _ = self.writer.clone().close().await;
        let _ = self.reader.0.clone().close().await;
        let _ = self.aside.0.clone().close().await;
        if let Some(replica) = &self.replica {
            let _ = replica.0.clone().close().await;
        }
    }
}

impl Tx {
    /// Ends the transaction where nothing happened that the log would tell of.
    ///
    /// # Errors
    /// When the database did not take it; then nothing was changed.
    pub async fn commit_unlogged(self) -> Result<(), StoreError> {
        let Self { inner, turn, .. } = self;
        match (turn, Arc::into_inner(inner)) {
            // The connection has gone back with `inner`, but for the lane's own hold on it.
            (Some(turn), None) => turn.commit().await,
            (None, Some(inner)) => Ok(inner.commit().await?),
            _ => Err(StoreError::Other("somebody else has the transaction".into())),
        }
    }

    /// Waits until no other transaction is past this point, and keeps others before it until this one ends:
    /// what is written after it touches rows of many articles, in no order that could be kept.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn alone(&self) -> Result<(), StoreError> {
        if self.is_postgres() {
            self.inner.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({ALONE})")).await?;
        }
        Ok(())
    }

    /// Notes what changes for readers: said where it is written, so that nobody forgets to.
    pub(crate) fn touch(&self, deps: impl IntoIterator<Item = Dep>) {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        deps.into_iter().for_each(|dep| changes.add(dep));
    }

    /// What changes for readers.
    pub(crate) fn changes(&self) -> Changes {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_changes(&self, changes: Changes) {
        *self.changes.lock().unwrap_or_else(PoisonError::into_inner) = changes;
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.backend == DbBackend::Postgres
    }
}

/// Whether a `postgres:` URL names this very machine. There TLS protects nothing, and costs: the
/// driver leaves Nagle's algorithm on, so each write of more than one TLS record waits 40 ms for the
/// other side's delayed acknowledgement.
fn is_on_this_machine(url: &str) -> bool {
    let parsed = url::Url::parse(url).ok();
    let host = parsed.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The file that a `sqlite:` URL names.
fn sqlite_file(url: &str) -> Option<&str> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    path.split('?').next()
}

fn make_folder_for(url: &str) -> Result<(), StoreError> {
    let folder = sqlite_file(url).and_then(|file| Path::new(file).parent());
    if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|error| StoreError::Unreachable(format!("cannot make the folder {}: {error}", folder.display())))?;
    }
    Ok(())
}

fn quiet(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .acquire_timeout(PATIENCE)
        .connect_timeout(PATIENCE)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .sqlx_logging(true)
        .sqlx_logging_level(log::LevelFilter::Off)
        .sqlx_slow_statements_logging_settings(log::LevelFilter::Warn, SLOW)
        .record_stmt_in_spans(false);
    options
}

fn sqlite(url: &str, read_only: bool) -> ConnectOptions {
    let mut options = quiet(url);
    if read_only {
        let readers = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
        options.max_connections(u32::try_from(readers).unwrap_or(2)).min_connections(1);
    } else {
        options.max_connections(1).min_connections(1);
    }
    options.map_sqlx_sqlite_opts(move |options| {
        let options = options
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            .statement_cache_capacity(512)
            .pragma("mmap_size", "268435456")
            .pragma("cache_size", "-16000")
            .pragma("temp_store", "MEMORY");
        if read_only {
            options.read_only(true)
        } else {
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
        }
    });
    options
}

fn postgres(url: &str) -> ConnectOptions {
    let mut options = quiet(url);
    options.max_connections(16).min_connections(1).set_application_name("copydesk");
    let is_plain = is_plain(url);
    options.map_sqlx_postgres_opts(move |options| {
        let options = options.statement_cache_capacity(512);
        if is_plain { options.ssl_mode(PgSslMode::Disable) } else { options }
    });
    options
}

fn is_plain(url: &str) -> bool {
    is_on_this_machine(url) && !url.contains("sslmode")
}

/// How a connection outside the pools is made.
fn postgres_options(url: &str) -> Result<PgConnectOptions, sea_orm::sqlx::Error> {
    let options = url.parse::<PgConnectOptions>()?.application_name("copydesk");
    Ok(if is_plain(url) { options.ssl_mode(PgSslMode::Disable) } else { options })
}
