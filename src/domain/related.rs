//! What a related link is, what its target is to it the other way round, and what readers find behind a
//! link to another page of the site.

use entity::enums::{ArticleState, RelatedKind, SiteLinkState};

/// The most related links that a draft may have.
pub const MOST: usize = 24;

/// What an article is to one that links to it: derived from that link's kind, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Inverse {
    /// Close in subject, as the other way round.
    Related,
    /// What the other one goes back to.
    BackgroundTo,
    /// What came of the other one.
    FollowUpOf,
    /// It puts the other one right.
    CorrectionOf,
    /// A part of the series that the other one lists.
    Series,
}

impl Inverse {
    /// What a target is to the article that links to it as this. A video is nothing to a text.
    #[must_use]
    pub const fn of(kind: RelatedKind) -> Option<Self> {
        match kind {
            RelatedKind::Related => Some(Self::Related),
            RelatedKind::Background => Some(Self::BackgroundTo),
            RelatedKind::FollowUp => Some(Self::FollowUpOf),
            RelatedKind::Correction => Some(Self::CorrectionOf),
            RelatedKind::Series => Some(Self::Series),
            RelatedKind::Video => None,
        }
    }
}

/// Whose article a slug is, and how that stands.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The slug that was linked to.
    pub slug: &'a str,
    /// Whether readers ever found something there.
    pub was_live: bool,
    /// The article that the slug is of: how it stands, and its slug today.
    pub article: Option<(ArticleState, &'a str)>,
    /// Whether its readers are sent on to another live article.
    pub leads_on: bool,
}

/// What readers find behind a link to a slug; `None` is a slug that nobody has.
#[must_use]
pub fn behind(named: Option<Named<'_>>) -> SiteLinkState {
    let Some(named) = named else { return SiteLinkState::Unknown };
    match named.article {
        Some((ArticleState::Live, today)) if named.was_live && today == named.slug => SiteLinkState::Fine,
        Some((ArticleState::Live, _)) if named.was_live => SiteLinkState::Redirected,
        Some((ArticleState::Retracted, _)) if named.was_live => SiteLinkState::Retracted,
        Some((ArticleState::Unpublished, _)) if named.was_live && named.leads_on => SiteLinkState::Redirected,
        _ => SiteLinkState::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_readers_cannot_follow_is_told_from_one_that_takes_a_detour() {
        let live = Named { slug: "a", was_live: true, article: Some((ArticleState::Live, "a")), leads_on: false };
        let moved = Named { article: Some((ArticleState::Live, "b")), ..live };
        let away = Named { article: Some((ArticleState::Unpublished, "a")), ..live };
        let sent_on = Named { leads_on: true, ..away };
        let retracted = Named { article: Some((ArticleState::Retracted, "a")), ..live };
        let not_yet = Named { was_live: false, article: None, ..live };
        let renamed_but_not_out = Named { was_live: false, ..moved };

        for (named, state) in [
            (Some(live), SiteLinkState::Fine),
            (Some(moved), SiteLinkState::Redirected),
            (Some(away), SiteLinkState::Gone),
            (Some(sent_on), SiteLinkState::Redirected),
            (Some(retracted), SiteLinkState::Retracted),
            (Some(not_yet), SiteLinkState::Gone),
            (Some(renamed_but_not_out), SiteLinkState::Gone),
            (None, SiteLinkState::Unknown),
        ] {
            assert_eq!(behind(named), state, "{named:?}");
        }
    }

    #[test]
    fn every_kind_but_a_video_means_something_the_other_way_round() {
        for kind in RelatedKind::ALL {
            assert_eq!(Inverse::of(*kind).is_none(), *kind == RelatedKind::Video, "{kind:?}");
        }
    }
}
