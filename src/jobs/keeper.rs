//! Keeps true what is known of live articles: new link rules reach those that are live already, and so does
//! what a newer version of this program knows.

use std::time::Duration;

use crate::app::{AppError, Cx, affiliate, bearing, search};

/// How long it sleeps at the most: another node may have changed rules.
const LONGEST: Duration = Duration::from_secs(1);

/// Does what is to be done, a part at a time, and says how long there is nothing to do then.
pub(super) async fn run(cx: Cx) -> Result<Duration, AppError> {
    let more = affiliate::carry_out(&cx).await? || bearing::catch_up(&cx).await? || search::catch_up(&cx).await?;
    Ok(if more { Duration::ZERO } else { LONGEST })
}
