//! Does what is due: drafts go live, articles go away, releases come out.

use std::time::Duration;

use crate::app::{AppError, Cx, schedule};

/// How long it sleeps at the most. Another node, or a clock that was set, may make something due that
/// nobody wakes it for.
const LONGEST: Duration = Duration::from_secs(1);
/// It wakes a little late rather than early: what is not due yet would cost another look.
const SLACK: Duration = Duration::from_millis(2);

/// Does what is due, and says how long there is nothing to do then.
pub(super) async fn run(cx: Cx) -> Result<Duration, AppError> {
    let now = schedule::clock(&cx).await?;
    let skew = now - cx.now;
    let cx = Cx { now, ..cx };
    if schedule::fire_due(&cx).await? > 0 {
        return Ok(Duration::ZERO);
    }
    let next = schedule::next(&cx).await?;
    let left = next.map(|next| (next - now).to_std().unwrap_or_default() + SLACK);
    tracing::trace!(?skew, ?left, "looked for what is due");
    Ok(left.unwrap_or(LONGEST).min(LONGEST))
}
