use std::collections::HashMap;
use std::ffi::OsString;

use super::{ConfigError, Flags, LogFormat, Origins, Settings};

fn load(flags: Flags, variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let variables: HashMap<&str, &str> = variables.iter().copied().collect();
    Settings::from_sources(&flags, &|name| variables.get(name).map(OsString::from))
}

fn message(outcome: Result<Settings, ConfigError>) -> String {
    outcome.err().expect("it is refused").to_string()
}

fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("copydesk.toml");
    std::fs::write(&path, text).expect("written");
    let path = path.display().to_string();
    (folder, path)
}

#[test]
fn nothing_has_to_be_set() {
    let settings = load(Flags::default(), &[("COPYDESK_SITE_NAME", "")]).expect("the defaults are right");
    assert_eq!(settings.database_url, "sqlite://./data/copydesk.db");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(settings.site_name, "copydesk");
    assert_eq!(settings.log, LogFormat::Text);
    assert_eq!(settings.site_url(settings.listen).expect("a URL").as_str(), "http://127.0.0.1:8000/");
}

#[test]
fn a_flag_goes_before_a_variable_and_that_before_the_file() {
    let (_folder, path) = file("site_name = 'file'\nlisten = \"127.0.0.1:1\"\ndata_dir = \"/srv/desk/\"\n");
    let flags = Flags { site_name: Some("flag".into()), config: Some(path), ..Flags::default() };
    let variables = [("COPYDESK_SITE_NAME", "variable"), ("COPYDESK_LISTEN", "[::1]:2")];
    let settings = load(flags, &variables).expect("all are right");
    assert_eq!(settings.site_name, "flag");
    assert_eq!(settings.listen.to_string(), "[::1]:2");
    assert_eq!(settings.database_url, "sqlite:///srv/desk/copydesk.db");
}

#[test]
fn the_site_url_ends_with_a_slash() {
    let settings = load(Flags::default(), &[("COPYDESK_SITE_URL", "https://example.org/news")]).expect("right");
    assert_eq!(settings.site_url.expect("set").as_str(), "https://example.org/news/");
}

#[test]
fn who_listens_everywhere_is_found_at_localhost() {
    let settings = load(Flags::default(), &[("COPYDESK_LISTEN", "0.0.0.0:0")]).expect("right");
    let bound = "0.0.0.0:4321".parse().expect("an address");
    assert_eq!(settings.site_url(bound).expect("a URL").as_str(), "http://localhost:4321/");
}

#[test]
fn a_wrong_setting_is_refused_with_its_place_and_what_is_allowed() {
    let flags = Flags { listen: Some("8000".into()), ..Flags::default() };
    assert!(message(load(flags, &[])).starts_with("flag --listen: '8000' is no address with a port; write one such as"));
    for (name, value, says) in [
        ("COPYDESK_SITE_URL", "ftp://example.org", "http:// or https://"),
        ("COPYDESK_SITE_URL", "https://example.org/?q", "must not have a query"),
        ("COPYDESK_SITE_URL", "example.org", "is no URL"),
        ("COPYDESK_SITE_NAME", "a\nb", "one line"),
        ("COPYDESK_LOG", "xml", "text and json are"),
        ("COPYDESK_LOG_LEVEL", "copydesk=loud", "is no filter"),
        ("COPYDESK_TRUSTED_PROXIES", "10.0.0.1, proxy", "'proxy' is no IP address"),
        ("COPYDESK_PROXY_HEADER", "x real ip", "is no name of a header"),
        ("COPYDESK_CORS_ORIGINS", "https://a.example, example.org", "'example.org' is no origin"),
        ("COPYDESK_CORS_ORIGINS", "https://a.example/page", "is no origin"),
        ("COPYDESK_LIMIT_COST", "10,many", "'many' is no whole number"),
        ("COPYDESK_DATABASE_URL", "mysql://root:secret@db/x", "must begin with sqlite:// or postgres://"),
        ("COPYDESK_DATABASE_URL", "sqlite://:memory:", "names no file"),
        ("COPYDESK_DATABASE_URL", "postgres://u:secret@:x/", "is no URL"),
        ("COPYDESK_DATA_DIR", "50%", "cannot hold the database"),
        ("COPYDESK_CONFIG", "/no/such/file.toml", "cannot be read"),
    ] {
        let message = message(load(Flags::default(), &[(name, value)]));
        assert!(message.contains(says), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
}

#[test]
fn a_wrong_line_of_the_file_is_named() {
    for (text, says) in [
        ("# ours\nsite_nam = 'x'\n", "line 2: 'site_nam' is no setting; there are database_url,"),
        ("\nlisten = true\n", "line 2: listen has to be text in quotes"),
        ("limit_depth = 31\n", "line 1, limit_depth: '31' is no whole number from 0 to 30"),
        ("\n\nlisten = 'x'\n", "line 3, listen: 'x' is no address"),
        ("log = 'text'\nlog = 'json'\n", "line 2: is not TOML"),
        ("log = \n", "line 1: is not TOML"),
    ] {
        let (_folder, path) = file(text);
        let message = message(load(Flags { config: Some(path), ..Flags::default() }, &[]));
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn a_limit_is_two_numbers_or_one_for_both() {
    let (_folder, path) = file("limit_depth = 9\nlimit_cost = '10, 20'\ncors_origins = 'https://a.example/, http://b.example:8080'\n");
    let wire = load(Flags { config: Some(path), ..Flags::default() }, &[]).expect("all are right").wire;
    assert_eq!((wire.documents.anonymous.depth, wire.documents.staff.depth), (9, 9));
    assert_eq!((wire.documents.anonymous.cost, wire.documents.staff.cost), (10, 20));
    assert_eq!(wire.documents.staff.tokens, 20_000);
    assert_eq!(wire.cors_origins, Origins::Only(vec!["https://a.example".into(), "http://b.example:8080".into()]));
}
