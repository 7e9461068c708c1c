//! The program: reads what it is told, begins to log, and does it.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use copydesk::cli::{Cli, fail};
use copydesk::config::{LogFormat, Settings};
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let settings = match cli.settings() {
        Ok(settings) => settings,
        Err(error) => return fail(&error),
    };
    log(&settings);
    cli.run(&settings)
}

/// Lines go to standard error, so that what a command prints can be piped on.
fn log(settings: &Settings) {
    let filter = EnvFilter::try_new(&settings.log_level).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun = match settings.log {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().with_current_span(false).try_init(),
    };
    if let Err(error) = begun {
        let _ = fail(&error);
    }
    std::panic::set_hook(Box::new(|panic| {
        let cause = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(cause, place, "a panic, which should not be");
    }));
}
