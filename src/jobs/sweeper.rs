//! Removes what has run out.

use std::time::Duration;

use crate::app::{AppError, Cx, account};

/// How often.
pub(super) const PERIOD: Duration = Duration::from_secs(60 * 60);

/// Removes sessions that are over.
pub(super) async fn run(cx: Cx) -> Result<(), AppError> {
    let swept = account::sweep(&cx).await?;
    if swept > 0 {
        tracing::info!(swept, "removed sessions that were over");
    }
    Ok(())
}
