//! Servers on one PostgreSQL: which are there, what each has heard of, and how they wake each other.

use std::time::Duration;

use sea_orm::sqlx::postgres::{PgListener, PgPoolOptions};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, Value};
use uuid::Uuid;

use super::{Database, StoreError, postgres_options};

/// Told within each transaction that writes events.
const LOG: &str = "copydesk_log";
/// Told when a server has heard of more.
const APPLIED: &str = "copydesk_applied";

/// What tells others of new events, in the same round trip as the lock that puts them in order.
pub(super) fn lock_and_tell(lock: i64) -> String {
    format!("SELECT pg_advisory_xact_lock({lock}), pg_notify('{LOG}', '')")
}

fn statement(sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

impl Database {
    /// Where servers tell each other of themselves: not counted, like what jobs do.
    fn others(&self) -> &DatabaseConnection {
        &self.aside.0
    }

    /// Says that a server is there for so long, and that it has heard of every event up to this one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attend(&self, node: Uuid, applied: i64, length: Duration) -> Result<(), StoreError> {
        let sql = format!(
            "WITH told AS (INSERT INTO nodes (id, applied_seq, lease_until) VALUES ($1, $2, now() + $3 * interval '1 millisecond') \
             ON CONFLICT (id) DO UPDATE SET applied_seq = excluded.applied_seq, lease_until = excluded.lease_until RETURNING 1) \
             SELECT pg_notify('{APPLIED}', '') FROM told"
        );
        let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        self.others().query_one_raw(statement(&sql, vec![node.into(), applied.into(), length.into()])).await?;
        Ok(())
    }

    /// Whether a server that may serve what it keeps has not heard of an event yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_unheard(&self, node: Uuid, seq: i64) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM nodes WHERE id <> $1 AND lease_until > now() AND applied_seq < $2 LIMIT 1";
        Ok(self.others().query_one_raw(statement(sql, vec![node.into(), seq.into()])).await?.is_some())
    }

    /// Takes a server off the list, with those that were gone long ago.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn leave(&self, node: Uuid) -> Result<(), StoreError> {
        let sql = "DELETE FROM nodes WHERE id = $1 OR lease_until < now() - interval '1 hour'";
        self.others().execute_raw(statement(sql, vec![node.into()])).await?;
        Ok(())
    }
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// There are new events.
    Log,
    /// A server has heard of more.
    Applied,
}

/// Hears what servers tell each other. A hint, never the data: whoever hears nothing looks by itself.
pub struct Ear(PgListener);

impl Ear {
    /// Begins to listen, on a connection of its own.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let unreachable = |error: sea_orm::sqlx::Error| StoreError::Unreachable(error.to_string());
        let options = postgres_options(url).map_err(unreachable)?;
        let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await.map_err(unreachable)?;
        let mut listener = PgListener::connect_with(&pool).await.map_err(unreachable)?;
        listener.listen_all([LOG, APPLIED]).await.map_err(unreachable)?;
        Ok(Self(listener))
    }

    /// Waits for the next.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn hear(&mut self) -> Result<Heard, StoreError> {
        let told = self.0.recv().await.map_err(|error| StoreError::Unreachable(error.to_string()))?;
        Ok(if told.channel() == LOG { Heard::Log } else { Heard::Applied })
    }
}
