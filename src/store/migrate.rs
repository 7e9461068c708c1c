//! Bringing the schema up to date, however many servers start at once.

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use super::StoreError;

/// Any number, as long as it is always the same one.
const LOCK: i64 = 0x636f_7079_6465_736b;

/// How the schema of a database stands to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// As this program wants it.
    Current,
    /// Steps are missing.
    Behind(usize),
    /// A newer program was here.
    Ahead,
}

/// Runs the steps that are missing, alone: others wait, and then find nothing to do.
///
/// # Errors
/// When the database is newer than this program, or a step fails.
pub async fn up(url: &str) -> Result<usize, StoreError> {
    let mut options = if url.starts_with("sqlite:") { super::sqlite(url, false) } else { super::postgres(url) };
    options.max_connections(1);
    super::make_folder_for(url)?;
    let _alone = lock_file(url)?;
    let db = sea_orm::Database::connect(options).await?;
    let outcome = up_on(&db).await;
    // A connection that will not close is closed by the process's end.
    let _ = db.close().await;
    outcome
}

async fn up_on(db: &DatabaseConnection) -> Result<usize, StoreError> {
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    if postgres {
        db.execute_unprepared(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
    }
    let missing = match state(db).await? {
        Schema::Current => 0,
        Schema::Behind(steps) => steps,
        Schema::Ahead => {
            return Err(StoreError::Other(
                "the database was made by a newer copydesk; start that version, or restore a backup".into(),
            ));
        }
    };
    if missing > 0 {
        Migrator::up(db, None).await?;
    }
    if postgres {
        db.execute_unprepared(&format!("SELECT pg_advisory_unlock({LOCK})")).await?;
    }
    Ok(missing)
}

/// How the schema stands.
///
/// # Errors
/// When the database cannot be asked.
pub async fn check(reader: &super::Reader) -> Result<Schema, StoreError> {
    state(&reader.0).await
}

/// The steps that the schema of this program is made of, by name.
#[must_use]
pub fn steps() -> Vec<String> {
    Migrator::migrations().iter().map(|step| step.name().to_owned()).collect()
}

/// Whether a URL names a database that is there: a SQLite file that is not would be made by opening it.
#[must_use]
pub fn is_there(url: &str) -> bool {
    super::sqlite_file(url).filter(|_| url.starts_with("sqlite:")).is_none_or(|file| std::path::Path::new(file).is_file())
}

async fn state(db: &DatabaseConnection) -> Result<Schema, StoreError> {
    let known = steps();
    let sql = "SELECT version FROM seaql_migrations";
    let exists = if db.get_database_backend() == DbBackend::Postgres {
        "SELECT 1 AS found FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'seaql_migrations'"
    } else {
        "SELECT 1 AS found FROM sqlite_master WHERE name = 'seaql_migrations'"
    };
    if db.query_one_raw(statement(db, exists)).await?.is_none() {
        return Ok(Schema::Behind(known.len()));
    }
    let rows = db.query_all_raw(statement(db, sql)).await?;
    let applied: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get::<String>("", "version")).collect();
    let applied = applied?;
    if applied.iter().any(|version| !known.contains(version)) {
        return Ok(Schema::Ahead);
    }
    Ok(match known.len().saturating_sub(applied.len()) {
        0 => Schema::Current,
        steps => Schema::Behind(steps),
    })
}

fn statement(db: &DatabaseConnection, sql: &str) -> Statement {
    Statement::from_string(db.get_database_backend(), sql)
}

/// SQLite has no lock that spans several transactions, so servers queue at a file beside it.
fn lock_file(url: &str) -> Result<Option<std::fs::File>, StoreError> {
    let Some(path) = super::sqlite_file(url) else { return Ok(None) };
    let path = format!("{path}.migrating");
    let file = std::fs::File::create(&path)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|error| StoreError::Unreachable(format!("cannot lock {path}: {error}")))?;
    Ok(Some(file))
}
