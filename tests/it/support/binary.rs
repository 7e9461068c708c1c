//! The program itself, as a shell runs it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// How a command ended and what it said, on both channels.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub said: String,
}

/// The command on a database, with settings from nowhere but the arguments here.
pub fn command(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copydesk"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("COPYDESK_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .env("COPYDESK_DATABASE_URL", url)
        .env("COPYDESK_SITE_URL", "https://newsroom.example/")
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the command to its end.
pub fn copydesk(url: &str, arguments: &[&str], input: &str) -> Ended {
    let mut child = command(url, arguments).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).join("\n");
    Ended { code: output.status.code(), said }
}

/// A file or folder of the tests' own data.
pub fn data(path: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(path).to_str().unwrap().to_owned()
}
