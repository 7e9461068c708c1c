//! The commands: what each of them says, and what it prints.

mod transfer;

use std::io::{BufRead as _, Read as _, Write as _};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use entity::enums::{Role, Roles};

use crate::app::{AppError, account, demo};
use crate::config::{ConfigError, Flags, Settings};
use crate::domain::refusal::Refusal;
use crate::startup::{self, StartError};
use crate::store::migrate;

/// The back end of a newsroom: draft, review, publish over GraphQL.
///
/// Without a command it serves, on http://127.0.0.1:8000/ with SQLite under ./data unless the
/// settings say otherwise. The first start makes an administrator and prints how to sign in.
#[derive(Parser)]
#[command(name = "copydesk", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the API at /graphql (this is what happens without a command).
    ///
    /// Brings the database's schema up to date first. SIGTERM or Ctrl-C lets running requests end, then exits.
    Serve(Serve),
    /// Brings the database's schema up to date, and does nothing else.
    ///
    /// 'serve' does so too; this is for who wants it done before.
    Migrate,
    /// Prints the GraphQL schema (SDL).
    Schema,
    /// Keeps users from the machine that the server runs on.
    #[command(subcommand)]
    User(User),
    /// Brings in articles from elsewhere.
    #[command(subcommand)]
    Import(transfer::Import),
    /// Writes the whole newsroom to a folder: Markdown files for people, and all of its history.
    ///
    /// The server may go on meanwhile: what is written is one moment of it. 'copydesk import archive' brings the
    /// folder into an empty database, of either engine. It has drafts and the digests of passwords: keep it safe.
    Export(transfer::Export),
}

#[derive(Args, Default)]
struct Serve {
    /// Fills an empty newsroom with users, authors and articles in every state, to try things on.
    #[arg(long)]
    demo: bool,
}

#[derive(Subcommand)]
enum User {
    /// Adds a user who can sign in. The password is one line on standard input:
    /// a password among the arguments would be seen by everybody on the machine.
    ///
    /// For example: copydesk user add --email ada@example.org --name Ada --roles WRITER,EDITOR --password-stdin < password.txt
    Add(Add),
}

#[derive(Args)]
struct Add {
    /// The address to sign in with.
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// The name that colleagues see.
    #[arg(long)]
    name: String,
    /// One or more of WRITER, EDITOR, COMMERCE, LEGAL, PUBLISHER, ADMIN, separated by commas.
    #[arg(long, value_parser = roles)]
    roles: Roles,
    /// Reads the password from standard input, one line.
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("{}", in_full(.0))]
    Desk(#[from] AppError),
    #[error("{0}")]
    System(#[from] std::io::Error),
    #[error("{0}")]
    Said(String),
}

/// All that is wrong with the values that were given, as nobody can look it up in extensions here.
fn in_full(error: &AppError) -> String {
    match error {
        AppError::Refused(Refusal::BadInput(fields)) => {
            fields.iter().map(|field| format!("{} {}", field.path, field.message)).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

impl Cli {
    /// The settings that the command runs with.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        Settings::load(&self.flags)
    }

    /// Does what the command says, and tells of a failure in one sentence.
    #[must_use]
    pub fn run(self, settings: &Settings) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return fail(&error),
        };
        let outcome = runtime.block_on(async {
            match self.command.unwrap_or(Command::Serve(Serve::default())) {
                Command::Serve(serve) => run(settings, &serve).await,
                Command::Migrate => bring_up_to_date(settings).await,
                Command::Schema => say(&crate::graphql::sdl()),
                Command::User(User::Add(add)) => add_user(settings, add).await,
                Command::Import(import) => transfer::import(settings, import).await,
                Command::Export(export) => transfer::export(settings, export).await,
            }
        });
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => fail(&failure),
        }
    }
}

/// Tells of what went wrong.
#[must_use]
pub fn fail(error: &dyn std::fmt::Display) -> ExitCode {
    // Where even this cannot be written, the exit code has to do.
    let _ = writeln!(std::io::stderr(), "copydesk: {error}");
    ExitCode::FAILURE
}

/// Writes lines to standard output. Who closes it early, as `head` does, has seen enough.
fn say(text: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout().lock(), "{}", text.trim_end()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

async fn run(settings: &Settings, serve: &Serve) -> Result<(), Failure> {
    let mut signal = std::pin::pin!(signal()?);
    let running = tokio::select! {
        running = startup::start(settings) => running?,
        // Nothing was answered yet, so nothing has to end in order.
        () = &mut signal => return Ok(()),
    };
    say(&format!("copydesk serves {}, the API at {0}graphql; Ctrl-C stops it.", running.desk.site.url))?;
    if let Some((email, password)) = &running.administrator {
        say(&format!(
            "The newsroom has an administrator now. This is shown once:\n  email     {email}\n  password  {password}"
        ))?;
    }
    if serve.demo {
        let users = demo::fill(&startup::at_console(&running.desk)).await?;
        if !users.is_empty() {
            say("The demo's users (email, password, roles):")?;
        }
        for demo::Person { email, role } in users {
            say(&format!("  {email:<24}  {}  {role}", demo::PASSWORD))?;
        }
    }
    Ok(running.until(signal).await?)
}

/// Ends when somebody wants the server to stop.
#[cfg(unix)]
fn signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    })
}

/// Ends when somebody wants the server to stop.
#[cfg(not(unix))]
fn signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

async fn bring_up_to_date(settings: &Settings) -> Result<(), Failure> {
    match migrate::up(&settings.database_url).await.map_err(StartError::from)? {
        0 => say("The database's schema is up to date; there was nothing to do."),
        steps => say(&format!("The database's schema is up to date; {steps} step(s) were missing.")),
    }
}

async fn add_user(settings: &Settings, add: Add) -> Result<(), Failure> {
    let password = password()?;
    let desk = startup::open(settings, settings.listen).await?;
    let Add { email, name, roles, password_stdin: _ } = add;
    let new = account::NewUser { email, name, password, roles };
    let outcome = account::add_at_console(&startup::at_console(&desk), new).await;
    desk.close().await;
    let user = outcome?;
    let roles: Vec<&str> = user.roles.iter().map(Role::as_str).collect();
    say(&format!("{} can sign in as {} with the roles {}.", user.name, user.email, roles.join(", ")))
}

/// One line of standard input; a longer one than any password is not read to its end.
fn password() -> Result<String, Failure> {
    let mut line = String::new();
    let read = std::io::stdin().lock().take(4096).read_line(&mut line);
    read.map_err(|error| Failure::Said(format!("the password on standard input cannot be read: {error}")))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::Said("there is no password on standard input; send it as one line".into()));
    }
    Ok(password.to_owned())
}

fn roles(text: &str) -> Result<Roles, String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let roles: Result<Vec<Role>, String> =
        words.map(|word| word.to_uppercase().parse().map_err(|_| format!("'{word}' is no role"))).collect();
    let allowed = || Role::ALL.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
    match roles {
        Ok(roles) if roles.is_empty() => Err(format!("name one or more of {}", allowed())),
        Ok(roles) => Ok(roles.into_iter().collect()),
        Err(wrong) => Err(format!("{wrong}; there are {}", allowed())),
    }
}
