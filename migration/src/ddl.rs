//! SQL for two engines from one text. What differs is spelled `{uuid}`, `{time}`, `{json}`,
//! `{bytes}`, `{key}`; a line that begins with `{sqlite}` or `{postgres}` is for that engine alone. Everything
//! else is plain SQL, since constraints and triggers are what matters here.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Runs statements that are divided by blank lines.
pub async fn run(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    let postgres = is_postgres(manager);
    let typed = [
        ("{uuid}", "uuid", "blob"),
        ("{time}", "timestamptz", "text"),
        ("{json}", "jsonb", "text"),
        ("{bytes}", "bytea", "blob"),
        // Compared byte by byte on both, whatever collation the database was made with.
        ("{key}", "text COLLATE \"C\"", "text"),
    ]
    .into_iter()
    .fold(statements.to_owned(), |sql, (word, on_postgres, on_sqlite)| {
        sql.replace(word, if postgres { on_postgres } else { on_sqlite })
    });
    let (ours, other) = if postgres { ("{postgres}", "{sqlite}") } else { ("{sqlite}", "{postgres}") };
    for statement in typed.split("\n\n").map(str::trim) {
        let lines: Vec<&str> = statement
            .lines()
            .filter(|line| !line.trim_start().starts_with(other))
            .map(|line| line.trim_start().strip_prefix(ours).unwrap_or(line))
            .collect();
        if !lines.is_empty() {
            manager.get_connection().execute_unprepared(&lines.join("\n")).await?;
        }
    }
    Ok(())
}

/// Makes the database refuse every change to the rows of these tables, whoever asks.
pub async fn freeze(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    for table in tables {
        let statements = if is_postgres(manager) {
            format!(
                "CREATE TRIGGER tr_{table}_frozen BEFORE UPDATE OR DELETE ON {table}
                 FOR EACH ROW EXECUTE FUNCTION refuse_change()

                 CREATE TRIGGER tr_{table}_kept BEFORE TRUNCATE ON {table}
                 FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        } else {
            format!(
                "CREATE TRIGGER tr_{table}_frozen BEFORE UPDATE ON {table}
                 BEGIN SELECT RAISE(ABORT, 'frozen: {table} rows are never changed'); END

                 CREATE TRIGGER tr_{table}_kept BEFORE DELETE ON {table}
                 BEGIN SELECT RAISE(ABORT, 'frozen: {table} rows are never deleted'); END"
            )
        };
        run(manager, &statements).await?;
    }
    Ok(())
}

/// Whether the engine is PostgreSQL.
pub fn is_postgres(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Postgres
}

/// Declares a step whose way is forward only: what readers were shown is not to be unmade.
macro_rules! step {
    ($manager:ident => $body:block) => {
        use sea_orm_migration::prelude::*;

        #[derive(DeriveMigrationName)]
        pub struct Migration;

        #[async_trait::async_trait]
        impl MigrationTrait for Migration {
            async fn up(&self, $manager: &SchemaManager) -> Result<(), DbErr> $body
        }
    };
}
pub(crate) use step;
