//! Bringing articles in from elsewhere, and everything out.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Utc;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, say};
use crate::app::transfer::archive::{self, Doing, Tally};
use crate::app::transfer::{self, MarkdownImport, Report};
use crate::app::{AppError, Cx, account};
use crate::config::Settings;
use crate::startup;

#[derive(Subcommand)]
pub(super) enum Import {
    /// Publishes a folder of Markdown files with front matter (YAML or TOML), such as a Jekyll,
    /// Hugo or Eleventy blog.
    ///
    /// Title, date, authors, tags and excerpt come from the front matter, the slug from the permalink
    /// or the file's name. Running it again changes nothing. A broken file is named, the rest goes on,
    /// and the exit code is 1.
    Markdown(Markdown),
    /// Brings the folder that 'copydesk export' wrote into an empty database, with all of its history.
    ///
    /// Every file is compared with its digest first. All of it comes in, or nothing: then the message says what is
    /// wrong, with file and line. Users sign in as they did; sessions, API tokens, previews and webhooks are made anew.
    Archive(Archive),
}

#[derive(Args)]
pub(super) struct Archive {
    /// The folder.
    dir: PathBuf,
}

#[derive(Args)]
pub(super) struct Export {
    /// The folder to write; it must not exist, or be empty.
    dir: PathBuf,
}

#[derive(Args)]
pub(super) struct Markdown {
    /// The folder; its subfolders are read too.
    dir: PathBuf,
    /// The administrator who answers for the import, by address.
    #[arg(long, value_name = "EMAIL")]
    as_user: String,
    /// The section for posts that name none. [default: News]
    #[arg(long, value_name = "NAME")]
    section: Option<String>,
    /// A YAML or JSON file that gives authors' names and biographies by the keys that the posts use.
    #[arg(long, value_name = "FILE")]
    authors: Option<PathBuf>,
}

pub(super) async fn import(settings: &Settings, import: Import) -> Result<(), Failure> {
    match import {
        Import::Markdown(import) => markdown(settings, import).await,
        Import::Archive(Archive { dir }) => from_archive(settings, &dir).await,
    }
}

pub(super) async fn export(settings: &Settings, export: Export) -> Result<(), Failure> {
    let desk = startup::open_as_is(settings, settings.listen).await?;
    let bar = progress_bar();
    let outcome = archive::export(&startup::at_console(&desk), &export.dir, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })
    .await;
    bar.finish_and_clear();
    desk.close().await;
    let tally = outcome?;
    say(&format!("{} exported to {}.", told(tally), export.dir.display()))
}

async fn from_archive(settings: &Settings, dir: &Path) -> Result<(), Failure> {
    let desk = startup::open_empty(settings, settings.listen).await?;
    let bar = progress_bar();
    let outcome = archive::import_archive(&startup::at_console(&desk), dir, &mut |doing, done, total| {
        bar.set_message(match doing {
            Doing::Checking => "checking",
            Doing::Writing => "writing",
            Doing::Indexing => "indexing",
        });
        bar.set_length(total);
        bar.set_position(done);
    })
    .await;
    bar.finish_and_clear();
    desk.close().await;
    let tally = outcome?;
    say(&format!("{} imported from {}.", told(tally), dir.display()))
}

fn told(tally: Tally) -> String {
    let Tally { articles, drafts, revisions, events, rows, files } = tally;
    format!("{articles} articles, {drafts} drafts with {revisions} revisions, {events} events, {rows} rows in all ({files} files)")
}

async fn markdown(settings: &Settings, import: Markdown) -> Result<(), Failure> {
    let Markdown { dir, as_user, section, authors } = import;
    let desk = startup::open(settings, settings.listen).await?;
    let actor = account::at_console(&desk, &as_user).await.map_err(|error| match error {
        AppError::Refused(_) => Failure::Said(format!(
            "--as-user: nobody who may sign in has the address '{as_user}'; add one with 'copydesk user add'"
        )),
        other => other.into(),
    })?;
    let cx = Cx::new(Arc::clone(&desk), actor, Utc::now());
    let bar = progress_bar();
    let outcome = transfer::import_markdown(&cx, MarkdownImport { dir, section, authors }, &mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })
    .await;
    bar.finish_and_clear();
    desk.close().await;
    let report = outcome?;
    tell(&report)?;
    match report.broken.len() {
        0 => Ok(()),
        1 => Err(Failure::Said("one file is broken and was left out; put it right and run this again".into())),
        more => Err(Failure::Said(format!("{more} files are broken and were left out; put them right and run this again"))),
    }
}

fn tell(report: &Report) -> Result<(), Failure> {
    for warning in &report.warnings {
        say(&format!("note: {warning}"))?;
    }
    for (file, line, message) in &report.broken {
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        say(&format!("broken: {file}{line}: {message}"))?;
    }
    let Report { imported, drafts, unchanged, authors, links, broken, warnings: _ } = report;
    let broken = broken.len();
    say(&format!("{imported} imported, {drafts} kept as drafts, {unchanged} unchanged, {broken} broken; {authors} new authors, {links} related links."))
}

/// A bar where somebody watches, else nothing.
fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
