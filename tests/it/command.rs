//! The program as a newcomer meets it, before there is anybody to sign in.

use std::io::{BufRead, BufReader};

use crate::support::{Engine, block_on, command, copydesk, empty};

fn on_each(rule: impl Fn(&str)) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if let Some((url, _folder)) = block_on(empty(engine)) {
            rule(&url);
        }
    }
}

#[test]
fn the_schema_is_printed_without_a_database() {
    let printed = copydesk("sqlite:///nowhere/at/all.db", &["schema"], "");

    assert_eq!(printed.code, Some(0), "{}", printed.said);
    assert!(printed.said.contains("type Article implements Node"), "{}", printed.said);
}

#[test]
fn a_user_is_added_with_a_password_from_standard_input() {
    on_each(|url| {
        let arguments = ["user", "add", "--email", "ada@newsroom.example", "--name", "Ada", "--roles", "WRITER,EDITOR", "--password-stdin"];

        let added = copydesk(url, &arguments, "a good long password\n");
        let again = copydesk(url, &arguments, "a good long password\n");
        let short = copydesk(url, &["user", "add", "--email", "b@newsroom.example", "--name", "B", "--roles", "WRITER", "--password-stdin"], "short\n");

        assert_eq!(added.code, Some(0), "{}", added.said);
        for refused in [again, short] {
            assert!(refused.code.is_some_and(|code| code != 0), "{}", refused.said);
            assert!(!refused.said.contains("panicked"), "{}", refused.said);
        }
    });
}

#[test]
fn migrating_twice_is_migrating_once() {
    on_each(|url| {
        for _ in 0..2 {
            let ended = copydesk(url, &["migrate"], "");
            assert_eq!(ended.code, Some(0), "{}", ended.said);
        }
    });
}

#[test]
fn a_wrong_setting_is_refused_with_its_place_and_what_is_allowed() {
    for (name, value, allowed) in [
        ("COPYDESK_LISTEN", "everywhere", "127.0.0.1:8000"),
        ("COPYDESK_SITE_URL", "ftp://x", "http"),
        ("COPYDESK_DATABASE_URL", "mysql://x", "sqlite://"),
    ] {
        let ended = command("sqlite:///nowhere/at/all.db", &["serve"]).env(name, value).output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();

        assert!(!ended.status.success(), "{name}={value}");
        assert!(said.contains(name) && said.contains(allowed), "{said}");
    }
    let unknown = copydesk("sqlite:///nowhere/at/all.db", &["serve", "--no-such-flag"], "");
    assert!(unknown.code.is_some_and(|code| code != 0));
}

/// Starts a server on a free port and reads what it prints until it serves and has told its secret.
fn serve(url: &str, lines: usize) -> (std::process::Child, Vec<String>) {
    let mut child = command(url, &["serve", "--listen", "127.0.0.1:0"]).spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().take(lines).map(Result::unwrap).collect();
    (child, said)
}

#[test]
fn the_first_start_makes_an_administrator_and_says_so_once() {
    on_each(|url| {
        let (mut first, said) = serve(url, 4);
        terminate(&first);
        let ended = first.wait().unwrap();
        let (mut second, again) = serve(url, 1);
        terminate(&second);
        let rest = second.wait().unwrap();

        let text = said.join("\n");
        assert!(text.contains('@') && text.contains("password"), "{text}");
        assert!(again[0].contains("serves"), "{again:?}");
        assert!(ended.success() && rest.success(), "SIGTERM ends a server with 0: {ended} {rest}");
    });
}

fn terminate(child: &std::process::Child) {
    let sent = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}
