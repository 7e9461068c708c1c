//! Settings: from flags, else the environment, else one TOML file, else what suits a newcomer.
//! Each is text under one key, so that a wrong one can be told with the place it came from.

mod flags;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::HashMap;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use toml::de::DeTable;
use url::Url;

pub use flags::Flags;
pub use wire::{Both, Origins, Wire};

use crate::domain::search::Lexer;
use flags::KEYS;

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What a server or command runs with.
#[derive(Clone)]
pub struct Settings {
    /// Where everything is kept: `sqlite://…` or `postgres://…`. It may hold a password.
    pub database_url: String,
    /// A replica of it that answers readers.
    pub read_database_url: Option<String>,
    /// The folder for what is not in the database, and for SQLite's file.
    pub data_dir: PathBuf,
    /// Where to listen; port 0 takes any that is free.
    pub listen: SocketAddr,
    /// Where readers find the site, with a slash at the end; else where it listens.
    pub site_url: Option<Url>,
    /// What readers know the site by.
    pub site_name: String,
    /// The language whose words articles are found by.
    pub search_language: Lexer,
    /// How log lines are written.
    pub log: LogFormat,
    /// What is logged, in tracing's words.
    pub log_level: String,
    /// What the endpoint lets through.
    pub wire: Wire,
}

/// A setting that cannot be, with where it came from and what is allowed.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ConfigError {
    place: String,
    problem: String,
}

/// Our own lines, and of the libraries only what went wrong.
const LOG_LEVEL: &str = "warn,copydesk=info";

impl Default for Settings {
    fn default() -> Self {
        Self {
            database_url: "sqlite://./data/copydesk.db".into(),
            read_database_url: None,
            data_dir: "./data".into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            site_url: None,
            site_name: "copydesk".into(),
            search_language: Lexer::default(),
            log: LogFormat::Text,
            log_level: LOG_LEVEL.into(),
            wire: Wire::default(),
        }
    }
}

impl Settings {
    /// Reads every setting.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        Self::from_sources(flags, &|name| std::env::var_os(name))
    }

    fn from_sources(flags: &Flags, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let mut sources = Sources { flags, variable, file: HashMap::new() };
        if let Some((path, _)) = sources.find("config")? {
            sources.file = read(Path::new(&path))?;
        }
        let usual = Self::default();
        let data_dir = sources.take("data_dir", data_dir)?.unwrap_or(usual.data_dir);
        let database_url = match sources.take("database_url", database_url)? {
            Some(url) => url,
            None => beside(&data_dir)?,
        };
        Ok(Self {
            database_url,
            read_database_url: sources.take("read_database_url", read_database_url)?,
            data_dir,
            listen: sources.take("listen", listen)?.unwrap_or(usual.listen),
            site_url: sources.take("site_url", site_url)?,
            site_name: sources.take("site_name", site_name)?.unwrap_or(usual.site_name),
            search_language: sources.take("search_language", Lexer::of)?.unwrap_or(usual.search_language),
            log: sources.take("log", log)?.unwrap_or(usual.log),
            log_level: sources.take("log_level", log_level)?.unwrap_or(usual.log_level),
            wire: Wire::load(&sources)?,
        })
    }

    /// Where readers find the site that listens at `bound`.
    ///
    /// # Errors
    /// Never for an address that can be bound.
    pub fn site_url(&self, bound: SocketAddr) -> Result<Url, url::ParseError> {
        match &self.site_url {
            Some(url) => Ok(url.clone()),
            // Nobody can visit 'every address'.
            None if bound.ip().is_unspecified() => Url::parse(&format!("http://localhost:{}/", bound.port())),
            None => Url::parse(&format!("http://{bound}/")),
        }
    }
}

struct Sources<'a> {
    flags: &'a Flags,
    variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// Values and places by key.
    file: HashMap<String, (String, String)>,
}

impl Sources<'_> {
    /// The value that counts, and where it stands.
    fn find(&self, key: &str) -> Result<Option<(String, String)>, ConfigError> {
        if let Some(value) = self.flags.get(key) {
            return Ok(Some((value.to_owned(), format!("flag --{}", key.replace('_', "-")))));
        }
        let name = format!("COPYDESK_{}", key.to_uppercase());
        // An empty variable is how Compose files and shells say 'not set'.
        if let Some(value) = (self.variable)(&name).filter(|value| !value.is_empty()) {
            let place = format!("variable {name}");
            let value = value.into_string().map_err(|_| wrong(&place, "is not UTF-8 text"))?;
            return Ok(Some((value, place)));
        }
        Ok(self.file.get(key).cloned())
    }

    fn take<T>(&self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, ConfigError> {
        let Some((value, place)) = self.find(key)? else { return Ok(None) };
        parse(value.trim()).map(Some).map_err(|problem| wrong(&place, problem))
    }
}

fn wrong(place: &str, problem: impl Into<String>) -> ConfigError {
    ConfigError { place: place.to_owned(), problem: problem.into() }
}

fn read(path: &Path) -> Result<HashMap<String, (String, String)>, ConfigError> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&file, format!("cannot be read: {error}")))?;
    let place = |at: usize| {
        let line = text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1;
        format!("{file}: line {line}")
    };
    let table = DeTable::parse(&text).map_err(|error| {
        wrong(&place(error.span().map_or(0, |span| span.start)), format!("is not TOML: {}", error.message()))
    })?;
    let mut found = HashMap::new();
    for (key, value) in table.get_ref() {
        let at = place(key.span().start);
        let key = key.get_ref().as_ref();
        if !KEYS.contains(&key) {
            return Err(wrong(&at, format!("'{key}' is no setting; there are {}", KEYS.join(", "))));
        }
        let value = value.get_ref();
        let text = value.as_str().or_else(|| value.as_integer().map(|number| number.as_str()));
        let text = text.ok_or_else(|| wrong(&at, format!("{key} has to be text in quotes, or a whole number")))?;
        found.insert(key.to_owned(), (text.to_owned(), format!("{at}, {key}")));
    }
    Ok(found)
}

/// SQLite's file in the data folder.
fn beside(data_dir: &Path) -> Result<String, ConfigError> {
    let folder = data_dir.display().to_string();
    if folder.contains(['?', '%', '#']) {
        return Err(wrong(
            "data_dir",
            "a folder with ?, % or # in its name cannot hold the database; set database_url, or choose another",
        ));
    }
    Ok(format!("sqlite://{}/copydesk.db", folder.trim_end_matches('/')))
}

fn data_dir(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("is empty; name a folder such as ./data".into()) } else { Ok(text.into()) }
}

/// The value itself is never in a message: it may hold a password.
fn database_url(text: &str) -> Result<String, String> {
    let file = text.strip_prefix("sqlite://").map(|rest| rest.split('?').next().unwrap_or_default());
    match file {
        Some("" | ":memory:") => {
            Err("names no file; write one such as sqlite://./data/copydesk.db (a database in memory is not offered)".into())
        }
        Some(_) if text.contains("mode=") => Err("must not set mode: the server opens the file as it needs it".into()),
        Some(_) => Ok(text.to_owned()),
        None if text.starts_with("postgres://") || text.starts_with("postgresql://") => match Url::parse(text) {
            Ok(_) => Ok(text.to_owned()),
            Err(error) => Err(format!(
                "is no URL ({error}); write postgres://USER:PASSWORD@HOST/NAME, with special characters percent-encoded"
            )),
        },
        None => Err("must begin with sqlite:// or postgres://".into()),
    }
}

fn read_database_url(text: &str) -> Result<String, String> {
    if text.starts_with("sqlite:") { Err("must begin with postgres://: SQLite has no replicas".into()) } else { database_url(text) }
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    let text = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    text.parse().map_err(|_| {
        format!("'{text}' is no address with a port; write one such as 127.0.0.1:8000, 0.0.0.0:8000 or [::1]:8000")
    })
}

fn site_url(text: &str) -> Result<Url, String> {
    let allowed = "write where readers find the site, such as https://news.example.org/";
    let mut url = Url::parse(text).map_err(|error| format!("'{text}' is no URL ({error}); {allowed}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(format!("'{text}' has to begin with http:// or https:// and a host; {allowed}"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(format!("must not have a query, a fragment, a user or a password; {allowed}"));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

fn site_name(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.chars().count() <= 200 && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("has to be one line of 1 to 200 characters".into()) }
}

fn log(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(format!("'{other}' is no format; text and json are")),
    }
}

fn log_level(text: &str) -> Result<String, String> {
    match text.parse::<tracing_subscriber::EnvFilter>() {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("'{text}' is no filter ({error}); write one such as info or warn,copydesk=debug")),
    }
}
