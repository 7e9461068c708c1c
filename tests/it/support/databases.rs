//! A database for each test, copied from one that was migrated, staffed and signed in to once.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::ConnectionTrait;

use super::cast::{self, Cast};
use super::postgres;

/// What a test runs on. Tests do not name it: `both!` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// One test's database. A file goes with this value, a database of the cluster with `drop_it`.
pub struct TestDatabase {
    pub url: String,
    pub cast: &'static Cast,
    pub folder: tempfile::TempDir,
    name: String,
    engine: Engine,
}

/// A database of its own with the cast in it; `None` where this machine lacks the engine.
pub async fn copied(engine: Engine) -> Option<TestDatabase> {
    let folder = tempfile::Builder::new().prefix("copydesk-it-").tempdir().unwrap();
    let name = unique("copy");
    let (url, cast) = match engine {
        Engine::Sqlite => {
            let template = sqlite_template();
            let file = folder.path().join("copydesk.sqlite");
            std::fs::copy(&template.file, &file).unwrap();
            (sqlite_url(&file), &template.cast)
        }
        Engine::Postgres => {
            let cluster = postgres::cluster()?;
            let cast = postgres_template(cluster);
            on(&cluster.url("postgres"), &format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await;
            (cluster.url(&name), cast)
        }
    };
    Some(TestDatabase { url, cast, folder, name, engine })
}

/// A database of its own without a table in it.
pub async fn empty(engine: Engine) -> Option<(String, tempfile::TempDir)> {
    let folder = tempfile::Builder::new().prefix("copydesk-it-").tempdir().unwrap();
    let url = match engine {
        Engine::Sqlite => sqlite_url(&folder.path().join("copydesk.sqlite")),
        Engine::Postgres => {
            let cluster = postgres::cluster()?;
            let name = unique("empty");
            on(&cluster.url("postgres"), &format!("CREATE DATABASE {name}")).await;
            cluster.url(&name)
        }
    };
    Some((url, folder))
}

impl TestDatabase {
    /// Takes the database away, so that a long run does not fill the disk.
    pub async fn drop_it(self) {
        if self.engine == Engine::Postgres
            && let Some(cluster) = postgres::cluster()
        {
            on(&cluster.url("postgres"), &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        }
    }
}

const TEMPLATE: &str = "copydesk_template";

struct SqliteTemplate {
    file: PathBuf,
    cast: Cast,
}

fn sqlite_template() -> &'static SqliteTemplate {
    static MADE: OnceLock<SqliteTemplate> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = template_folder();
        let file = folder.join("template.sqlite");
        let url = sqlite_url(&file);
        let cast = apart(async move {
            let cast = cast::assemble(&url).await;
            // What is still in the write-ahead log has to be in the file that is copied.
            on(&url, "PRAGMA wal_checkpoint(TRUNCATE)").await;
            cast
        });
        SqliteTemplate { file, cast }
    })
}

fn postgres_template(cluster: &'static postgres::Cluster) -> &'static Cast {
    static MADE: OnceLock<Cast> = OnceLock::new();
    MADE.get_or_init(|| {
        apart(async move {
            on(&cluster.url("postgres"), &format!("CREATE DATABASE {TEMPLATE}")).await;
            cast::assemble(&cluster.url(TEMPLATE)).await
        })
    })
}

/// Folders of templates of processes that are gone are swept by whoever comes next: a static is
/// never dropped.
fn template_folder() -> PathBuf {
    let parent = std::env::temp_dir();
    for entry in std::fs::read_dir(&parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix("copydesk-template-"));
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists() && Path::new("/proc/self").exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    let folder = parent.join(format!("copydesk-template-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

fn unique(word: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{word}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Runs one statement on a connection of its own.
pub async fn on(url: &str, sql: &str) {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let connection = sea_orm::Database::connect(options).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    connection.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    connection.close().await.unwrap();
}

/// Runs a future to its end on a thread and a runtime of its own: templates are made within
/// whichever test comes first, whose runtime ends with it.
fn apart<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(future)
    };
    std::thread::spawn(run).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
