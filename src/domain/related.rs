//! What a related link is, and what its target is to it the other way round.

use entity::enums::RelatedKind;

/// The most related links that a draft may have.
pub const MOST: usize = 24;

/// What the article is to the target, where the kind says so; derived, never stored.
#[must_use]
pub const fn inverse(kind: RelatedKind) -> Option<RelatedKind> {
    match kind {
        RelatedKind::Related => Some(RelatedKind::Related),
        RelatedKind::Series => Some(RelatedKind::Series),
        RelatedKind::Background => Some(RelatedKind::FollowUp),
        RelatedKind::FollowUp => Some(RelatedKind::Background),
        RelatedKind::Correction | RelatedKind::Video => None,
    }
}
