//! A throwaway PostgreSQL for one run of the tests: made in a temporary folder, reached through a
//! socket in it, gone with the process that runs the tests, however that ends.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;

/// Where the cluster is, and what keeps it.
pub struct Cluster {
    folder: PathBuf,
    /// The supervisor reads the other end: when this process is gone, however it went, the pipe
    /// closes, and the supervisor takes the cluster away.
    _alive: ChildStdin,
}

impl Cluster {
    /// The URL of the replica's copy of a database.
    pub fn replica_url(&self, database: &str) -> String {
        format!("{}&port=5433", self.url(database))
    }

    /// Stops the replica.
    pub fn stop_replica(&self) {
        let file = self.folder.join("standby/postmaster.pid");
        let told = std::fs::read_to_string(&file).unwrap();
        let pid = told.lines().next().unwrap();
        assert!(Command::new("kill").args(["-INT", pid]).status().unwrap().success());
        let since = std::time::Instant::now();
        while file.exists() {
            assert!(since.elapsed().as_secs() < 30, "the replica does not stop");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// The URL of one of the cluster's databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }
}

/// A cluster of one test's own, with a replica that follows it late; nothing where there is no PostgreSQL.
pub fn pair() -> Option<Cluster> {
    cluster()?;
    Some(start(&format!("{SUPERVISOR_BEGIN}{PAIR}{SUPERVISOR_END}")).unwrap_or_else(|why| panic!("no cluster with a replica: {why}")))
}

/// The cluster of this process, started by whoever asks first; or why there is none.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    let started = CLUSTER.get_or_init(|| {
        let started = start(&format!("{SUPERVISOR_BEGIN}{SUPERVISOR_END}"));
        if let Err(why) = &started {
            // Past the capture of test output, which shows nothing of a test that passes.
            let _ = writeln!(std::io::stderr(), "postgres: not run, because {why}");
        }
        started
    });
    match started {
        Ok(cluster) => Some(cluster),
        Err(why) if is_required() => panic!("COPYDESK_REQUIRE_POSTGRES is set, but {why}"),
        Err(_) => None,
    }
}

fn is_required() -> bool {
    std::env::var("COPYDESK_REQUIRE_POSTGRES").is_ok_and(|value| value == "1")
}

/// Makes the cluster, starts it, says so, and takes all of it away once its input ends.
const SUPERVISOR_BEGIN: &str = r#"
bin=$1 folder=$2
cd "$folder" || exit 1
"$bin/initdb" -D data -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync >log 2>&1 ||
  { rm -rf data; "$bin/initdb" -D data -A trust -U postgres -E UTF8 --locale=C --no-sync >log 2>&1; } ||
  { echo "initdb failed: $(tail -n 3 log | tr '\n' ' ')"; exit 1; }
cat >>data/postgresql.conf <<CONF
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 400
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
autovacuum = off
jit = off
CONF
"$bin/pg_ctl" -D data -l log -w -t 60 start >/dev/null 2>&1 </dev/null ||
  { echo "the server did not start: $(tail -n 3 log | tr '\n' ' ')"; exit 1; }
"#;

/// Between the two: makes a replica beside it, that replays what it gets half a second late.
const PAIR: &str = r#"
cat >>data/postgresql.conf <<CONF
wal_level = replica
max_wal_senders = 4
hot_standby = on
CONF
"$bin/pg_ctl" -D data -l log -w -t 60 restart >/dev/null 2>&1 </dev/null ||
  { echo "the server did not start again: $(tail -n 3 log | tr '\n' ' ')"; exit 1; }
"$bin/pg_basebackup" -h "$folder" -U postgres -D standby -R -X stream --no-sync >>log 2>&1 ||
  { echo "the copy failed: $(tail -n 3 log | tr '\n' ' ')"; exit 1; }
cat >>standby/postgresql.conf <<CONF
port = 5433
recovery_min_apply_delay = '500ms'
CONF
"$bin/pg_ctl" -D standby -l log2 -w -t 60 start >/dev/null 2>&1 </dev/null ||
  { echo "the replica did not start: $(tail -n 3 log2 | tr '\n' ' ')"; exit 1; }
"#;

const SUPERVISOR_END: &str = r#"
echo ready
cat >/dev/null
[ -d standby ] && "$bin/pg_ctl" -D standby -m immediate -w stop >/dev/null 2>&1
"$bin/pg_ctl" -D data -m immediate -w stop >/dev/null 2>&1
cd / && rm -rf "$folder"
"#;

fn start(script: &str) -> Result<Cluster, String> {
    let programs = programs()?;
    let owner = owner()?;
    let folder = folder()?;
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", script, "supervisor"])
        .arg(&programs)
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Not in the group that Ctrl-C at the terminal ends: it has to clean up after that.
        .process_group(0);
    if let Some((uid, gid)) = owner {
        chown(&folder, Some(uid), Some(gid)).map_err(|error| format!("{} cannot change hands: {error}", folder.display()))?;
        command.uid(uid).gid(gid);
    }
    let mut supervisor = command.spawn().map_err(|error| format!("no shell could be started: {error}"))?;
    let alive = supervisor.stdin.take().ok_or("the supervisor has no input")?;
    let said = supervisor.stdout.take().ok_or("the supervisor has no output")?;
    let mut line = String::new();
    BufReader::new(said).read_line(&mut line).map_err(|error| format!("the supervisor said nothing: {error}"))?;
    match line.trim() {
        "ready" => Ok(Cluster { folder, _alive: alive }),
        why => {
            let _ = std::fs::remove_dir_all(&folder);
            Err(if why.is_empty() { "the supervisor died".to_owned() } else { why.to_owned() })
        }
    }
}

/// A folder of its own. The path of a socket may be a hundred bytes long, no more.
fn folder() -> Result<PathBuf, String> {
    let usual = std::env::temp_dir();
    let parent = if usual.as_os_str().len() > 60 { PathBuf::from("/tmp") } else { usual };
    let made = tempfile::Builder::new().prefix("copydesk-pg-").tempdir_in(&parent);
    made.map(tempfile::TempDir::keep).map_err(|error| format!("no folder in {}: {error}", parent.display()))
}

/// The folder of PostgreSQL's programs: the one that is asked for, or the first that has them all.
fn programs() -> Result<PathBuf, String> {
    let has_all = |folder: &Path| ["initdb", "postgres", "pg_ctl"].iter().all(|name| folder.join(name).is_file());
    if let Some(asked) = std::env::var_os("PG_BIN").map(PathBuf::from) {
        return if has_all(&asked) { Ok(asked) } else { Err(format!("PG_BIN ({}) lacks initdb, postgres or pg_ctl", asked.display())) };
    }
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.and_then(|output| String::from_utf8(output.stdout).ok()).map(|text| PathBuf::from(text.trim()));
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    told.into_iter()
        .chain(installed())
        .chain(on_path)
        .find(|folder| has_all(folder))
        .ok_or_else(|| "initdb, postgres and pg_ctl are not installed here (PG_BIN may name their folder)".to_owned())
}

/// Debian's folders, newest version first.
fn installed() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_unstable_by(|left, right| right.cmp(left));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

/// Whom PostgreSQL runs as where we are root, which it refuses to run as.
fn owner() -> Result<Option<(u32, u32)>, String> {
    let ask = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()?.trim().parse::<u32>().ok()
    };
    if ask(&["-u"]) != Some(0) {
        return Ok(None);
    }
    match (ask(&["-u", "postgres"]), ask(&["-g", "postgres"])) {
        (Some(uid), Some(gid)) => Ok(Some((uid, gid))),
        _ => Err("PostgreSQL will not run as root, and there is no user 'postgres' to run it as".to_owned()),
    }
}
