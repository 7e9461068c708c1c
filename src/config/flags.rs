//! The settings, as flags: the one list of what can be set.

use clap::Args;

macro_rules! flags {
    ($($(#[$help:meta])* $key:ident: $value:literal,)*) => {
        /// The settings, as flags. Their values are judged with those from elsewhere, not by clap.
        #[derive(Args, Clone, Default)]
        #[command(next_help_heading = "Settings (flag, else environment variable, else the file, else the default)")]
        pub struct Flags {
            $($(#[$help])* #[arg(long, global = true, value_name = $value)] pub $key: Option<String>,)*
            /// A TOML file of settings, such as: site_name = "The Daily". [env: COPYDESK_CONFIG]
            #[arg(long, global = true, value_name = "FILE")]
            pub config: Option<String>,
        }

        /// What the file may hold.
        pub(super) const KEYS: &[&str] = &[$(stringify!($key)),*];

        impl Flags {
            /// The value given for a key of the settings.
            pub(super) fn get(&self, key: &str) -> Option<&str> {
                let flag = match key {
                    $(stringify!($key) => &self.$key,)*
                    "config" => &self.config,
                    _ => return None,
                };
                flag.as_deref()
            }
        }
    };
}

flags! {
    /// Where everything is kept: sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME.
    /// [env: COPYDESK_DATABASE_URL] [default: sqlite://DATA_DIR/copydesk.db]
    database_url: "URL",
    /// The folder for SQLite's file and other files. [env: COPYDESK_DATA_DIR] [default: ./data]
    data_dir: "DIR",
    /// Address and port to listen on; port 0 takes any that is free.
    /// [env: COPYDESK_LISTEN] [default: 127.0.0.1:8000]
    listen: "ADDRESS:PORT",
    /// Where readers find the site; cookies are Secure behind https. [env: COPYDESK_SITE_URL] [default: http://LISTEN/]
    site_url: "URL",
    /// What readers know the site by. [env: COPYDESK_SITE_NAME] [default: copydesk]
    site_name: "NAME",
    /// The language whose words readers find by their stems, such as english or german; simple finds them as they
    /// are written. Articles are indexed anew when it changes. [env: COPYDESK_SEARCH_LANGUAGE] [default: simple]
    search_language: "LANGUAGE",
    /// How log lines are written: text or json. [env: COPYDESK_LOG] [default: text]
    log: "FORMAT",
    /// What is logged: error, warn, info, debug, trace, or more finely such as warn,copydesk=debug.
    /// [env: COPYDESK_LOG_LEVEL] [default: warn,copydesk=info]
    log_level: "FILTER",
    /// Addresses of reverse proxies, separated by commas; their word on whom they ask for is believed.
    /// [env: COPYDESK_TRUSTED_PROXIES] [default: none]
    trusted_proxies: "ADDRESSES",
    /// The header in which trusted proxies say whom they ask for; of several addresses the last that is no
    /// trusted proxy's counts. [env: COPYDESK_PROXY_HEADER] [default: x-forwarded-for]
    proxy_header: "NAME",
    /// Origins whose pages may use the API from a browser, with credentials, separated by commas; * for any
    /// page, then without. [env: COPYDESK_CORS_ORIGINS] [default: none]
    cors_origins: "ORIGINS",
    /// A manifest of documents as Apollo's or Relay's tools write it; who is not signed in may send no other.
    /// [env: COPYDESK_TRUSTED_DOCUMENTS] [default: none]
    trusted_documents: "FILE",
    /// Bytes that a request may have: for the anonymous, for staff. [env: COPYDESK_LIMIT_BODY] [default: 262144,4194304]
    limit_body: "N,N",
    /// Bytes that a document may have: for the anonymous, for staff.
    /// [env: COPYDESK_LIMIT_DOCUMENT] [default: 32768,262144]
    limit_document: "N,N",
    /// Tokens that a document may have: for the anonymous, for staff. [env: COPYDESK_LIMIT_TOKENS] [default: 2000,20000]
    limit_tokens: "N,N",
    /// How deep fields may stand within fields, 30 at the most: for the anonymous, for staff.
    /// [env: COPYDESK_LIMIT_DEPTH] [default: 15,15]
    limit_depth: "N,N",
    /// Aliases that a document may have: for the anonymous, for staff. [env: COPYDESK_LIMIT_ALIASES] [default: 30,200]
    limit_aliases: "N,N",
    /// Directives that a document may have: for the anonymous, for staff.
    /// [env: COPYDESK_LIMIT_DIRECTIVES] [default: 50,50]
    limit_directives: "N,N",
    /// What an operation may cost, in fields of its answer: for the anonymous, for staff.
    /// [env: COPYDESK_LIMIT_COST] [default: 25000,100000]
    limit_cost: "N,N",
    /// Seconds that a request may run. [env: COPYDESK_LIMIT_SECONDS] [default: 30]
    limit_seconds: "N",
    /// Cost that an address (anonymous) or a credential (staff) may spend in a minute; 0 is without limit.
    /// [env: COPYDESK_RATE_COST] [default: 3000000,12000000]
    rate_cost: "N,N",
    /// Failed sign-ins within 15 minutes: of one account from one address, of one address in all; 0 is without
    /// limit. [env: COPYDESK_RATE_SIGN_IN] [default: 10,100]
    rate_sign_in: "N,N",
    /// WebSockets that an address (anonymous) or a user (staff) may have open; 0 is without limit.
    /// [env: COPYDESK_LIMIT_SOCKETS] [default: 100,100]
    limit_sockets: "N,N",
    /// WebSockets that the server has open in all. [env: COPYDESK_LIMIT_SOCKETS_TOTAL] [default: 20000]
    limit_sockets_total: "N",
    /// Operations that one WebSocket may run at a time: for the anonymous, for staff.
    /// [env: COPYDESK_LIMIT_OPERATIONS] [default: 50,100]
    limit_operations: "N,N",
    /// Bytes that parsed documents may take in memory. [env: COPYDESK_CACHE_DOCUMENTS] [default: 16777216]
    cache_documents: "N",
    /// Bytes that persisted queries may take in memory. [env: COPYDESK_CACHE_PERSISTED] [default: 16777216]
    cache_persisted: "N",
    /// Bytes that answers to readers may take in memory; 0 keeps none. [env: COPYDESK_CACHE_ANSWERS] [default: 134217728]
    cache_answers: "N",
    /// Bytes that rows which readers get may take in memory; 0 keeps none. [env: COPYDESK_CACHE_ROWS] [default: 67108864]
    cache_rows: "N",
    /// Seconds that a CDN may keep answers to GET without asking; it has to be purged by their keys then. 0 makes it ask
    /// each time. [env: COPYDESK_EDGE_SECONDS] [default: 0]
    edge_seconds: "N",
    /// Whether a change that readers see is answered once every server has heard of it: yes or no. PostgreSQL alone.
    /// [env: COPYDESK_WAIT_FOR_SERVERS] [default: yes]
    wait_for_servers: "WORD",
    /// A replica of the database (PostgreSQL's streaming replication) that answers readers' queries, as far as it is up
    /// to date. [env: COPYDESK_READ_DATABASE_URL] [default: none]
    read_database_url: "URL",
}
