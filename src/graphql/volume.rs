//! How many bytes of bodies one answer may hold. What a body costs is told before it is known how long it is,
//! and one of a megabyte can be asked for under many names.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::Context;

use super::error::Result;
use crate::domain::refusal::Refusal;

/// Bytes of bodies in one answer; a single body has at most one of these eight.
const MOST: usize = 8 << 20;

/// What an answer holds so far.
#[derive(Debug, Default)]
pub struct Volume(AtomicUsize);

/// Makes room for so many bytes more.
///
/// # Errors
/// `TooMuch` where there is none.
pub fn take(ctx: &Context<'_>, bytes: usize) -> Result<()> {
    let Some(volume) = ctx.data_opt::<Volume>() else { return Ok(()) };
    if volume.0.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > MOST {
        let message = format!("The answer would hold more than {} MiB of bodies; ask for fewer at a time.", MOST >> 20);
        return Err(Refusal::TooMuch(message).into());
    }
    Ok(())
}
