//! Ids: a UUIDv7 for each row, typed by what it names, printed as a TypeID (`draft_01h…`).
//!
//! One type an entity: a function that wants a draft cannot be handed an article.

use sea_orm::DeriveValueType;
use type_safe_id::{StaticType, TypeSafeId};
use uuid::Uuid;

/// The text is no id of the type asked for: wrong prefix, wrong length or wrong alphabet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id that begins with '{expected}_'")]
pub struct MalformedId {
    /// The prefix that the id should have had.
    pub expected: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $tag:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
        pub struct $name(pub Uuid);

        #[derive(Default)]
        struct $tag;
        impl StaticType for $tag {
            const TYPE: &'static str = $prefix;
        }

        impl $name {
            /// What every id of this type begins with, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, later than every one made before it in this process.
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        // SeaORM asks this of every primary key, for databases that number their rows; ours do not.
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", TypeSafeId::<$tag>::from_uuid(self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = MalformedId;
            fn from_str(text: &str) -> Result<Self, MalformedId> {
                text.parse::<TypeSafeId<$tag>>()
                    .map(|id| Self(id.uuid()))
                    .map_err(|_| MalformedId { expected: $prefix })
            }
        }
    )*};
}

ids! {
    /// Somebody who signs in.
    UserId UserTag = "user";
    /// One sign-in of a user.
    SessionId SessionTag = "session";
    /// A key for a program that acts for a user.
    TokenId TokenTag = "token";
    /// A profile that bylines name.
    AuthorId AuthorTag = "author";
    /// A part of the site.
    SectionId SectionTag = "section";
    /// A subject that articles share.
    TagId TagTag = "tag";
    /// The working copy of one article.
    DraftId DraftTag = "draft";
    /// One immutable version of a draft.
    RevisionId RevisionTag = "rev";
    /// One verdict on one revision.
    ReviewId ReviewTag = "review";
    /// A request to somebody to review.
    AssignmentId AssignmentTag = "assignment";
    /// A remark on a draft.
    CommentId CommentTag = "comment";
    /// The proof that a revision may go to readers.
    GateId GateTag = "gate";
    /// What readers see.
    ArticleId ArticleTag = "art";
    /// One publishing of an article.
    EditionId EditionTag = "edition";
    /// A link from an article to another or to a page elsewhere.
    RelatedLinkId RelatedLinkTag = "related";
    /// The wording, place and link rules of a disclosure.
    PolicyId PolicyTag = "policy";
    /// A picture.
    ImageId ImageTag = "image";
    /// A look at an unpublished revision as readers would see it.
    PreviewId PreviewTag = "prev";
    /// Several drafts that go live together.
    ReleaseId ReleaseTag = "release";
    /// An address that hears of events.
    WebhookId WebhookTag = "webhook";
    /// One event on its way to one address.
    DeliveryId DeliveryTag = "delivery";
    /// One row of the log.
    EventId EventTag = "event";
    /// That one article links to another page of the site.
    SiteLinkId SiteLinkTag = "sitelink";
    /// From when on an article was shown as it was.
    SpanId SpanTag = "span";
    /// From when on a policy held somewhere.
    ScopeId ScopeTag = "scope";
    /// Link rules that changed.
    RuleChangeId RuleChangeTag = "rulechange";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text_and_no_other_type_takes_it() {
        let id = DraftId::new();
        let text = id.to_string();
        assert!(text.starts_with("draft_"));
        assert_eq!(text.parse::<DraftId>(), Ok(id));
        assert!(text.parse::<ArticleId>().is_err());
    }

    #[test]
    fn what_is_no_id_is_refused_without_a_panic() {
        for text in ["", "draft", "draft_", "_", "draft_zzzzzzzzzzzzzzzzzzzzzzzzzz", "draft_\u{1f600}"] {
            assert!(text.parse::<DraftId>().is_err(), "{text}");
        }
        assert!("é".repeat(200).parse::<DraftId>().is_err());
    }
}
