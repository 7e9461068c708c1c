//! The newsroom's words, born once: the database, the rules and GraphQL all take them from here.

use sea_orm::DeriveValueType;
use sea_orm::sea_query::ValueTypeErr;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
        #[sea_orm(value_type = "String")]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// Every word there is, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word as clients and the database spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = ValueTypeErr;
            fn from_str(text: &str) -> Result<Self, ValueTypeErr> {
                match text { $($text => Ok(Self::$variant),)* _ => Err(ValueTypeErr) }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    )*};
}

words! {
    /// Where a draft stands between its writer and its readers.
    DraftState {
        /// Being written.
        Drafting = "DRAFTING",
        /// Before its reviewers.
        InReview = "IN_REVIEW",
        /// Sent back by a reviewer.
        ChangesRequested = "CHANGES_REQUESTED",
        /// Every stage that applies has its approvals.
        Approved = "APPROVED",
        /// Goes live at a time that is set.
        Scheduled = "SCHEDULED",
        /// The newest revision is what readers see.
        Published = "PUBLISHED",
        /// Was live, and nothing newer was written since.
        Unpublished = "UNPUBLISHED",
        /// Taken back for good, with a notice.
        Retracted = "RETRACTED",
        /// Laid aside.
        Archived = "ARCHIVED",
    }
    /// What an article is to readers.
    ArticleState {
        /// Readers see it.
        Live = "LIVE",
        /// Readers saw it once.
        Unpublished = "UNPUBLISHED",
        /// Its URL answers with a notice.
        Retracted = "RETRACTED",
    }
    /// What somebody may be in the newsroom.
    Role {
        /// Creates and edits own drafts.
        Writer = "WRITER",
        /// Edits every draft and reviews EDIT.
        Editor = "EDITOR",
        /// Keeps affiliate policy and reviews COMMERCE.
        Commerce = "COMMERCE",
        /// Reviews LEGAL.
        Legal = "LEGAL",
        /// Decides what readers see.
        Publisher = "PUBLISHER",
        /// Keeps users, workflow and webhooks; acts in every role.
        Admin = "ADMIN",
    }
    /// A reviewer's judgement.
    Verdict {
        /// Good to go.
        Approve = "APPROVE",
        /// Back to the writer.
        RequestChanges = "REQUEST_CHANGES",
        /// A remark that decides nothing.
        Comment = "COMMENT",
    }
    /// When a stage is needed.
    StageCondition {
        /// For every draft.
        Always = "ALWAYS",
        /// Where the body has affiliate links or the flag is not AUTO.
        Affiliate = "AFFILIATE",
        /// Where a lawyer was asked for.
        Legal = "LEGAL",
    }
    /// Whether the detection of affiliate links decides, or an editor.
    AffiliateFlag {
        /// The detection decides.
        Auto = "AUTO",
        /// A disclosure is due whatever the links.
        Required = "REQUIRED",
        /// None is, whatever the links.
        Exempt = "EXEMPT",
    }
    /// Where the disclosure stands in the body.
    DisclosurePlacement {
        /// Before everything.
        Top = "TOP",
        /// Before the first block with an affiliate link.
        BeforeFirstLink = "BEFORE_FIRST_LINK",
        /// After everything.
        Bottom = "BOTTOM",
    }
    /// How a revision came to be allowed before readers.
    GateKind {
        /// By the approvals it needs.
        Approved = "APPROVED",
        /// By a publisher's word, with a reason.
        Override = "OVERRIDE",
        /// It was published elsewhere before an administrator brought it here.
        Imported = "IMPORTED",
    }
    /// What a note to readers tells of.
    CorrectionKind {
        /// Something was wrong.
        Correction = "CORRECTION",
        /// Something was unclear.
        Clarification = "CLARIFICATION",
        /// Something was added.
        Update = "UPDATE",
    }
    /// What the target of a related link is to the article.
    RelatedKind {
        /// On the same subject.
        Related = "RELATED",
        /// What to know before.
        Background = "BACKGROUND",
        /// What happened after.
        FollowUp = "FOLLOW_UP",
        /// What puts it right.
        Correction = "CORRECTION",
        /// Another part of the same series.
        Series = "SERIES",
        /// The same to watch.
        Video = "VIDEO",
    }
    /// Where a release stands.
    ReleaseState {
        /// Being put together.
        Open = "OPEN",
        /// Goes live at a time that is set.
        Scheduled = "SCHEDULED",
        /// Live.
        Published = "PUBLISHED",
        /// One member did not pass, so none went.
        Failed = "FAILED",
    }
    /// What the log tells of.
    EventType {
        /// A draft began.
        DraftCreated = "DRAFT_CREATED",
        /// Its content, due date, owner or legal flag changed.
        DraftUpdated = "DRAFT_UPDATED",
        /// It went to its reviewers.
        DraftSubmitted = "DRAFT_SUBMITTED",
        /// It came back from them unasked.
        DraftRecalled = "DRAFT_RECALLED",
        /// The last approval it needed was given.
        DraftApproved = "DRAFT_APPROVED",
        /// A reviewer sent it back.
        ChangesRequested = "CHANGES_REQUESTED",
        /// Somebody was asked to review.
        ReviewAssigned = "REVIEW_ASSIGNED",
        /// It was laid aside.
        DraftArchived = "DRAFT_ARCHIVED",
        /// It was taken up again.
        DraftReopened = "DRAFT_REOPENED",
        /// Any other verdict.
        ReviewAdded = "REVIEW_ADDED",
        /// Somebody remarked.
        CommentAdded = "COMMENT_ADDED",
        /// A remark was settled or opened again.
        CommentResolved = "COMMENT_RESOLVED",
        /// It will go live by itself.
        ArticleScheduled = "ARTICLE_SCHEDULED",
        /// It will not.
        ScheduleCancelled = "SCHEDULE_CANCELLED",
        /// It came from another system.
        ArticleImported = "ARTICLE_IMPORTED",
        /// Its first edition.
        ArticlePublished = "ARTICLE_PUBLISHED",
        /// A later edition.
        ArticleUpdated = "ARTICLE_UPDATED",
        /// Readers see it no more.
        ArticleUnpublished = "ARTICLE_UNPUBLISHED",
        /// It was taken back.
        ArticleRetracted = "ARTICLE_RETRACTED",
        /// Its related links are others.
        RelatedLinksChanged = "RELATED_LINKS_CHANGED",
        /// An edition without the approvals.
        PublishOverridden = "PUBLISH_OVERRIDDEN",
        /// A schedule came due and the gate refused.
        PublishFailed = "PUBLISH_FAILED",
        /// Several went live together.
        ReleasePublished = "RELEASE_PUBLISHED",
        /// An author was made or changed.
        AuthorChanged = "AUTHOR_CHANGED",
        /// A section was made or changed.
        SectionChanged = "SECTION_CHANGED",
        /// A policy was made or changed.
        AffiliatePolicyChanged = "AFFILIATE_POLICY_CHANGED",
        /// A newer version of the server looked at live articles.
        ArticlesIndexed = "ARTICLES_INDEXED",
        /// The stages are others.
        WorkflowChanged = "WORKFLOW_CHANGED",
        /// A user was made or changed.
        UserChanged = "USER_CHANGED",
        /// A picture was added or described anew.
        ImageChanged = "IMAGE_CHANGED",
        /// A preview was handed out.
        PreviewCreated = "PREVIEW_CREATED",
        /// A release was made or changed.
        ReleaseChanged = "RELEASE_CHANGED",
        /// A webhook was made or removed.
        WebhookChanged = "WEBHOOK_CHANGED",
        /// Somebody signed in.
        SignedIn = "SIGNED_IN",
        /// Somebody did not manage to.
        SignInFailed = "SIGN_IN_FAILED",
        /// An API token was made.
        TokenCreated = "TOKEN_CREATED",
        /// An API token was revoked.
        TokenRevoked = "TOKEN_REVOKED",
    }

    /// By what live articles are found that link out.
    LinkUse {
        /// The network that a link earns from.
        Network = "NETWORK",
        /// The host that it leads to, or one above that.
        Host = "HOST",
        /// The address itself.
        Url = "URL",
    }

    /// What readers find behind a link to another page of the site.
    SiteLinkState {
        /// The article, at this very address.
        Fine = "FINE",
        /// The article, or the one that took its place, at another address.
        Redirected = "REDIRECTED",
        /// Nothing: the article is not live, or not yet.
        Gone = "GONE",
        /// The notice of a retracted article.
        Retracted = "RETRACTED",
        /// Nothing: no article ever had this address.
        Unknown = "UNKNOWN",
    }
}

/// A set of roles: one bit a role, in the order of [`Role::ALL`], as `users.roles` keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, DeriveValueType)]
pub struct Roles(pub i32);

impl Roles {
    /// Every role.
    pub const ALL: Self = Self(0b11_1111);

    /// The roles in the order of the contract.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.has(*role))
    }

    /// Whether the role is one of them.
    #[must_use]
    pub const fn has(self, role: Role) -> bool {
        self.0 & (1 << role as i32) != 0
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | 1 << role as i32))
    }
}
