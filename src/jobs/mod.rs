//! What the server does unasked. A job takes no input: it looks up what is due, does it through
//! `app` as often as it is let, and is done early when there is nothing.

mod keeper;
mod listener;
mod publisher;
mod sweeper;

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::app::{Actor, AppError, Cx, Desk};

/// How long a job that failed waits.
const RETRY: Duration = Duration::from_secs(1);

/// The jobs of one server.
pub struct Jobs {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Jobs {
    /// Starts every job on the runtime it is called on.
    #[must_use]
    pub fn start(desk: &Arc<Desk>) -> Self {
        let jobs = Self { stop: CancellationToken::new(), tasks: TaskTracker::new() };
        jobs.every(desk, "sweeper", sweeper::PERIOD, sweeper::run);
        jobs.when_due(desk, "publisher", publisher::run, |desk| async move { desk.bus.planned().await });
        jobs.when_due(desk, "listener", listener::run, |desk| async move { desk.bus.woken().await });
        jobs.when_due(desk, "keeper", keeper::run, |desk| async move { desk.bus.ruled().await });
        jobs
    }

    /// Lets no job begin again, and waits for those that run.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Does a job at once, and again after as long as it says, or when it is woken, since something may be
    /// due sooner. Where it fails, it is tried again a second later.
    fn when_due<F, W>(
        &self,
        desk: &Arc<Desk>,
        name: &'static str,
        job: impl Fn(Cx) -> F + Send + 'static,
        woken: impl Fn(Arc<Desk>) -> W + Send + 'static,
    ) where
        F: Future<Output = Result<Duration, AppError>> + Send,
        W: Future<Output = ()> + Send,
    {
        let (stop, desk) = (self.stop.clone(), Arc::clone(desk));
        let rounds = async move {
            while !stop.is_cancelled() {
                let cx = Cx::new(Arc::clone(&desk), Actor::Anonymous, Utc::now());
                let rest = match job(cx).await {
                    Ok(rest) => rest,
                    Err(error) => {
                        tracing::error!(%error, "a job failed; it is tried again");
                        RETRY
                    }
                };
                tokio::select! {
                    () = tokio::time::sleep(rest) => {}
                    () = woken(Arc::clone(&desk)) => {}
                    () = stop.cancelled() => {}
                }
            }
        };
        self.tasks.spawn(rounds.instrument(tracing::info_span!("job", name)));
    }

    /// Does a job after each period. It is not cut short: only between two rounds does it stop.
    fn every<F>(&self, desk: &Arc<Desk>, name: &'static str, period: Duration, job: impl Fn(Cx) -> F + Send + 'static)
    where
        F: Future<Output = Result<(), AppError>> + Send,
    {
        let (stop, desk) = (self.stop.clone(), Arc::clone(desk));
        let rounds = async move {
            while stop.run_until_cancelled(tokio::time::sleep(period)).await.is_some() {
                let cx = Cx::new(Arc::clone(&desk), Actor::Anonymous, Utc::now());
                if let Err(error) = job(cx).await {
                    tracing::error!(%error, "a job failed; it is tried again later");
                }
            }
        };
        self.tasks.spawn(rounds.instrument(tracing::info_span!("job", name)));
    }
}
