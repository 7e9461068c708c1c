//! Stub.

use std::time::Duration;

/// How long.
pub const LEASE: Duration = Duration::from_secs(2);

/// Nodes.
pub struct Nodes;

pub(crate) async fn attend() {}
