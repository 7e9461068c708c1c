//! The settings, as flags.

use clap::Args;

/// The settings, as flags. Their values are judged with those from elsewhere, not by clap.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Settings (flag, else environment variable, else the file, else the default)")]
pub struct Flags {
    /// Where everything is kept: sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME.
    /// [env: COPYDESK_DATABASE_URL] [default: sqlite://DATA_DIR/copydesk.db]
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// The folder for SQLite's file and other files. [env: COPYDESK_DATA_DIR] [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<String>,
    /// Address and port to listen on; port 0 takes any that is free.
    /// [env: COPYDESK_LISTEN] [default: 127.0.0.1:8000]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// Where readers find the site; cookies are Secure behind https. [env: COPYDESK_SITE_URL] [default: http://LISTEN/]
    #[arg(long, global = true, value_name = "URL")]
    pub site_url: Option<String>,
    /// What readers know the site by. [env: COPYDESK_SITE_NAME] [default: copydesk]
    #[arg(long, global = true, value_name = "NAME")]
    pub site_name: Option<String>,
    /// How log lines are written: text or json. [env: COPYDESK_LOG] [default: text]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log: Option<String>,
    /// What is logged: error, warn, info, debug, trace, or more finely such as warn,copydesk=debug.
    /// [env: COPYDESK_LOG_LEVEL] [default: warn,copydesk=info]
    #[arg(long, global = true, value_name = "FILTER")]
    pub log_level: Option<String>,
    /// Addresses of reverse proxies, separated by commas; their X-Forwarded-For is believed.
    /// [env: COPYDESK_TRUSTED_PROXIES] [default: none]
    #[arg(long, global = true, value_name = "ADDRESSES")]
    pub trusted_proxies: Option<String>,
    /// A TOML file of settings, such as: site_name = "The Daily". [env: COPYDESK_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<String>,
}

impl Flags {
    /// The value given for a key of the settings.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let Self { database_url, data_dir, listen, site_url, site_name, log, log_level, trusted_proxies, config } = self;
        let flag = match key {
            "database_url" => database_url,
            "data_dir" => data_dir,
            "listen" => listen,
            "site_url" => site_url,
            "site_name" => site_name,
            "log" => log,
            "log_level" => log_level,
            "trusted_proxies" => trusted_proxies,
            "config" => config,
            _ => return None,
        };
        flag.as_deref()
    }
}
