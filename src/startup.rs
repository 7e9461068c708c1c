//! Wires everything: from settings to a server that listens, and back to nothing.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, web};
use chrono::Utc;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::app::{Actor, AppError, Cx, Desk, Site, account, fresh};
use crate::config::Settings;
use crate::http::{self, State};
use crate::jobs::Jobs;
use crate::store::{Database, StoreError, migrate};
use crate::graphql;
use crate::graphql::endpoint::{Bounds, Endpoint};
use crate::graphql::persisted::Trusted;

/// How long requests may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(7);
/// How long closing the database may take then.
const CLOSE: Duration = Duration::from_secs(2);
/// How long stopping may take in all.
const STOP: Duration = Duration::from_secs(10);
/// How long a peer may take nothing of what it was sent before its connection is cut.
#[cfg(any(target_os = "linux", target_os = "android"))]
const DEAF: Duration = Duration::from_secs(15);
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The database is not there, or not for this program.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// There is no such database.
    #[error("there is no database at {0}; --database-url or --data-dir says where it is")]
    Absent(String),
    /// An older program was there last.
    #[error("the database's schema lacks {0} step(s); 'copydesk migrate' brings it up to date")]
    Behind(usize),
    /// A newer program was there.
    #[error("the database was made by a newer copydesk; use that version")]
    Ahead,
    /// The newsroom cannot be set up.
    #[error("{0}")]
    Desk(#[from] AppError),
    /// The site's address is none.
    #[error("the site's address is no URL: {0}")]
    Site(#[from] url::ParseError),
    /// The trusted documents cannot be trusted.
    #[error("the trusted documents in {file}: {problem}")]
    Trusted {
        /// The manifest.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The machine gives no threads or sockets.
    #[error("the server cannot run: {0}")]
    System(#[from] std::io::Error),
    /// The server is gone.
    #[error("the server stopped by itself; the log says why")]
    Gone,
}

/// A server that listens.
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    /// What it serves.
    pub desk: Arc<Desk>,
    /// Address and password of the administrator that the first start made, to be shown this once.
    pub administrator: Option<(String, String)>,
    /// Stops the server when it is dropped.
    stop: DropGuard,
    ended: oneshot::Receiver<()>,
}

impl Running {
    /// Takes nothing new, lets what runs end, and closes the database; 10 seconds at the most.
    pub async fn stop(self) {
        drop(self.stop);
        drop(self.desk);
        if tokio::time::timeout(STOP, self.ended).await.is_err() {
            tracing::warn!("not everything ended in time");
        }
    }

    /// Serves until `signal`, then stops.
    ///
    /// # Errors
    /// `Gone` when the server ended before.
    pub async fn until(mut self, signal: impl Future<Output = ()>) -> Result<(), StartError> {
        tokio::select! {
            () = signal => {
                tracing::info!("stopping");
                self.stop().await;
                Ok(())
            }
            _ = &mut self.ended => Err(StartError::Gone),
        }
    }
}

/// The desk, on a database with a schema that is up to date and what every newsroom begins with.
///
/// # Errors
/// When the database cannot be reached, or is newer than this program.
pub async fn open(settings: &Settings, address: SocketAddr) -> Result<Arc<Desk>, StartError> {
    let desk = open_empty(settings, address).await?;
    crate::app::setup(&at_console(&desk)).await?;
    Ok(desk)
}

/// The desk, on a database with a schema that is up to date, and nothing in it where it is new: for what comes from
/// another newsroom with all that it began with.
///
/// # Errors
/// When the database cannot be reached, or is newer than this program.
pub async fn open_empty(settings: &Settings, address: SocketAddr) -> Result<Arc<Desk>, StartError> {
    let steps = migrate::up(&settings.database_url).await?;
    if steps > 0 {
        tracing::info!(steps, "brought the database's schema up to date");
    }
    desk(settings, address).await
}

/// The desk, on a database that is left as it is: it has to be there, with a schema that is up to date.
///
/// # Errors
/// When it is not.
pub async fn open_as_is(settings: &Settings, address: SocketAddr) -> Result<Arc<Desk>, StartError> {
    if !migrate::is_there(&settings.database_url) {
        return Err(StartError::Absent(settings.database_url.clone()));
    }
    let desk = desk(settings, address).await?;
    let wrong = match migrate::check(desk.database().reader()).await? {
        migrate::Schema::Current => return Ok(desk),
        migrate::Schema::Behind(steps) => StartError::Behind(steps),
        migrate::Schema::Ahead => StartError::Ahead,
    };
    desk.close().await;
    Err(wrong)
}

async fn desk(settings: &Settings, address: SocketAddr) -> Result<Arc<Desk>, StartError> {
    let site = Site { name: settings.site_name.clone(), url: settings.site_url(address)? };
    let database = Database::connect(&settings.database_url, settings.read_database_url.as_deref()).await?;
    let keeping = fresh::Keeping { rows: settings.wire.cache_rows, waits: settings.wire.wait_for_servers };
    let (of_account, of_address) = settings.wire.rate_sign_in;
    Ok(Desk::new(database, site, settings.search_language.clone(), account::Patience { of_account, of_address }, keeping))
}

/// The context of who sits at the machine and has not said who they are.
#[must_use]
pub fn at_console(desk: &Arc<Desk>) -> Cx {
    Cx::new(Arc::clone(desk), Actor::Anonymous, Utc::now())
}

/// Starts a server on threads of its own, so that it runs on while its caller does something else.
///
/// # Errors
/// What keeps it from serving.
pub async fn start(settings: &Settings) -> Result<Running, StartError> {
    // Each socket is an open file; systems let a program have few unless it asks for more.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the number of open files could not be raised");
    }
    let (report, started) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let stop = CancellationToken::new();
    let (settings, stopped) = (settings.clone(), stop.clone());
    std::thread::Builder::new().name("copydesk".into()).spawn(move || {
        match Builder::new_multi_thread().enable_all().thread_name("copydesk-home").build() {
            Ok(home) => {
                home.block_on(serve(&settings, report, &stopped));
                home.shutdown_timeout(Duration::from_millis(500));
            }
            Err(error) => drop(report.send(Err(StartError::System(error)))),
        }
        // Nobody may be waiting any more.
        let _ = end.send(());
    })?;
    let (address, desk, administrator) = started.await.map_err(|_| StartError::Gone)??;
    Ok(Running { address, desk, administrator, stop: stop.drop_guard(), ended })
}

type Started = (SocketAddr, Arc<Desk>, Option<(String, String)>);

/// Serves until it is told to stop. Everything that it needs lives and ends within.
async fn serve(
    settings: &Settings,
    report: oneshot::Sender<Result<Started, StartError>>,
    stop: &CancellationToken,
) {
    let running = TaskTracker::new();
    let (listener, started, endpoint) = match prepare(settings, &running).await {
        Ok(prepared) => prepared,
        Err(error) => return drop(report.send(Err(error))),
    };
    let (address, desk, _) = &started;
    let (address, desk) = (*address, Arc::clone(desk));
    let server = match listen(settings, listener, endpoint, stop.clone()) {
        Ok(server) => server,
        Err(error) => return drop(report.send(Err(StartError::Listen(address, error)))),
    };
    let handle = server.handle();
    let jobs = Jobs::start(&desk);
    let listening = desk.database().is_shared().then(|| {
        let (desk, url) = (Arc::clone(&desk), settings.database_url.clone());
        tokio::spawn(async move { fresh::listen(&desk, &url).await })
    });
    tracing::info!(%address, site = %desk.site.url, "copydesk serves");
    // Where nobody waits for the report any more, nobody wants a server either.
    if report.send(Ok(started)).is_err() {
        stop.cancel();
    }
    let mut server = std::pin::pin!(server);
    tokio::select! {
        outcome = &mut server => tracing::error!(?outcome, "the server stopped by itself"),
        () = stop.cancelled() => {
            // The server does what its handle says only while somebody polls it.
            let (_, outcome) = tokio::join!(handle.stop(true), server);
            if let Err(error) = outcome {
                tracing::error!(%error, "the server did not stop as it should");
            }
        }
    }
    running.close();
    let rest = async { tokio::join!(running.wait(), jobs.stop()) };
    if tokio::time::timeout(CLOSE, rest).await.is_err() {
        tracing::warn!("something ran on too long and was cut off");
    }
    if let Some(listening) = listening {
        listening.abort();
    }
    if tokio::time::timeout(CLOSE, async { fresh::leave(&desk).await; desk.close().await }).await.is_err() {
        tracing::warn!("the database did not close in time");
    }
    tracing::info!("stopped");
}

/// All that has to be there before the first request. The address first: who finds it taken has
/// changed nothing, and has not lost the password that is shown once.
async fn prepare(settings: &Settings, running: &TaskTracker) -> Result<(TcpListener, Started, Endpoint), StartError> {
    let refused = |error| StartError::Listen(settings.listen, error);
    let listener = bind(settings.listen).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let desk = open(settings, address).await?;
    let endpoint = endpoint(settings, &desk, running).await?;
    let administrator = account::first_administrator(&at_console(&desk)).await?;
    Ok((listener, (address, desk, administrator), endpoint))
}

/// Takes the address, also right after another server had it.
fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { tokio::net::TcpSocket::new_v4()? } else { tokio::net::TcpSocket::new_v6()? };
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// The endpoint, with what it is held to.
async fn endpoint(settings: &Settings, desk: &Arc<Desk>, running: &TaskTracker) -> Result<Endpoint, StartError> {
    let wire = &settings.wire;
    let bounds = Bounds {
        anonymous: wire.documents.anonymous,
        staff: wire.documents.staff,
        patience: wire.patience,
        documents: wire.cache_documents,
        persisted: wire.cache_persisted,
        answers: wire.cache_answers,
    };
    let file = || wire.trusted_documents.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
    let wrong = |problem| StartError::Trusted { file: file(), problem };
    let load = || wire.trusted_documents.as_deref().map(Trusted::load).transpose();
    let endpoint = Endpoint::new(graphql::Schemas::new(), Arc::clone(desk), bounds, load().map_err(wrong)?, Handle::current(), running.clone());
    endpoint.check_trusted().await.map_err(wrong)?;
    Ok(endpoint)
}

fn listen(settings: &Settings, listener: TcpListener, endpoint: Endpoint, stop: CancellationToken) -> std::io::Result<actix_web::dev::Server> {
    let wire = settings.wire.clone();
    let state = web::Data::new(State::new(endpoint, wire.clone(), stop));
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let server = HttpServer::new(move || App::new().app_data(state.clone()).configure(|config| http::routes(config, &wire)))
        .workers(cores.min(512))
        .on_connect(|connection, _| mind(connection))
        .shutdown_timeout(DRAIN.as_secs())
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(server)
}

/// Has the system cut a connection whose peer takes nothing: what waits for it would wait for ever.
fn mind(connection: &dyn std::any::Any) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(stream) = connection.downcast_ref::<tokio::net::TcpStream>()
        && let Err(error) = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(DEAF))
    {
        tracing::debug!(%error, "a connection has no time-out");
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = connection;
}
