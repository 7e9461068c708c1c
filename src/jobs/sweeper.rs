//! Removes what has run out.

use std::time::Duration;

use crate::app::{AppError, Cx, account, preview, repeat};

/// How often.
pub(super) const PERIOD: Duration = Duration::from_secs(60 * 60);

/// Removes sessions that are over, old answers and previews that have expired.
pub(super) async fn run(cx: Cx) -> Result<(), AppError> {
    let swept = account::sweep(&cx).await?;
    if swept > 0 {
        tracing::info!(swept, "removed sessions that were over");
    }
    let swept = repeat::sweep(&cx).await?;
    if swept > 0 {
        tracing::info!(swept, "removed answers that nobody will ask for again");
    }
    let swept = preview::sweep(&cx).await?;
    if swept > 0 {
        tracing::info!(swept, "removed previews that had expired");
    }
    Ok(())
}
