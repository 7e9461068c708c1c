//! Reads the log as it grows, for those who subscribe to it.

use std::time::Duration;

use crate::app::{AppError, Cx, fresh};

/// How long an event of another server may go unheard. Those of this one wake the job.
const PERIOD: Duration = Duration::from_millis(200);

/// Reads what is new.
pub(super) async fn run(cx: Cx) -> Result<Duration, AppError> {
    fresh::attend(&cx).await?;
    Ok(PERIOD)
}
