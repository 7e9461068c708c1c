//! The newsroom's words as GraphQL enums: each is taken from where it was born, and a word that is
//! missing here does not build.

use async_graphql::Enum;

/// Where a draft stands between its writer and its readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::enums::DraftState")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum DraftState {
    Drafting,
    InReview,
    ChangesRequested,
    Approved,
    Scheduled,
    Published,
    Unpublished,
    Retracted,
    Archived,
}

/// What somebody may be in the newsroom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::enums::Role")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum Role {
    Writer,
    Editor,
    Commerce,
    Legal,
    Publisher,
    Admin,
}

/// A reviewer's judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::enums::Verdict")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum Verdict {
    Approve,
    RequestChanges,
    Comment,
}

/// When a stage is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::enums::StageCondition")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum StageCondition {
    Always,
    Affiliate,
    Legal,
}

/// AUTO: required when the body has affiliate links. REQUIRED and EXEMPT overrule that, with a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::enums::AffiliateFlag")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum AffiliateFlag {
    Auto,
    Required,
    Exempt,
}

/// Where the disclosure stands in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::enums::DisclosurePlacement")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum DisclosurePlacement {
    Top,
    BeforeFirstLink,
    Bottom,
}

/// What a note to readers tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::enums::CorrectionKind")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum CorrectionKind {
    Correction,
    Clarification,
    Update,
}

/// What the target is to this article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::enums::RelatedKind")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum RelatedKind {
    Related,
    Background,
    FollowUp,
    Correction,
    Series,
    Video,
}

/// What the log tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::enums::EventType")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum EventType {
    DraftCreated,
    DraftUpdated,
    DraftSubmitted,
    DraftRecalled,
    DraftApproved,
    ChangesRequested,
    ReviewAssigned,
    DraftArchived,
    DraftReopened,
    ReviewAdded,
    CommentAdded,
    CommentResolved,
    ArticleScheduled,
    ScheduleCancelled,
    ArticleImported,
    ArticlePublished,
    ArticleUpdated,
    ArticleUnpublished,
    ArticleRetracted,
    RelatedLinksChanged,
    PublishOverridden,
    PublishFailed,
    ReleasePublished,
    AuthorChanged,
    SectionChanged,
    AffiliatePolicyChanged,
    ArticlesIndexed,
    WorkflowChanged,
    UserChanged,
    ImageChanged,
    PreviewCreated,
    ReleaseChanged,
    WebhookChanged,
    SignedIn,
    SignInFailed,
    TokenCreated,
    TokenRevoked,
}

/// What may be done with a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::domain::workflow::DraftAction")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum DraftAction {
    Update,
    Submit,
    Recall,
    Review,
    Comment,
    Publish,
    PublishOverride,
    Schedule,
    CancelSchedule,
    Unpublish,
    Retract,
    Archive,
    Reopen,
    SetRelatedLinks,
}

/// What a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::domain::checks::CheckCode")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum CheckCode {
    Headline,
    Dek,
    Body,
    Byline,
    Section,
    Slug,
    ImageAlt,
    ImageCredit,
    AffiliateDisclosure,
    RelatedLive,
    OpenComments,
    Approvals,
}

/// Whether a failed check stops a draft or only warns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::domain::checks::CheckSeverity")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum CheckSeverity {
    Blocker,
    Warning,
}

/// Whether an editor chose a related link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum RelatedOrigin {
    /// An editor did.
    Curated,
    /// Nobody did: it is close in subject.
    Suggested,
}

/// How a list of articles is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::app::article::Order")]
pub enum ArticleOrder {
    /// Newest first.
    #[graphql(name = "PUBLISHED_AT_DESC")]
    PublishedDesc,
    /// Oldest first.
    #[graphql(name = "PUBLISHED_AT_ASC")]
    PublishedAsc,
    /// Last edition first.
    #[graphql(name = "UPDATED_AT_DESC")]
    UpdatedDesc,
}

/// How a queue is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::app::draft::Order")]
pub enum DraftOrder {
    /// Last change first.
    #[graphql(name = "UPDATED_AT_DESC")]
    Updated,
    /// Newest first.
    #[graphql(name = "CREATED_AT_DESC")]
    Created,
    /// Most urgent first; what is never due comes last.
    #[graphql(name = "DUE_AT_ASC")]
    Due,
}

/// MERGE joins changes that do not touch the same field or lines; what overlaps is STALE_REVISION with `conflicts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[expect(missing_docs, reason = "the words are those of the contract")]
pub enum ConflictPolicy {
    Reject,
    Merge,
}

/// How far a release has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::enums::ReleaseState")]
#[expect(missing_docs, reason = "the words are described where they were born")]
pub enum ReleaseState {
    Open,
    Scheduled,
    Published,
    Failed,
}

/// What readers find behind a link to another page of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::enums::SiteLinkState")]
pub enum SiteLinkState {
    /// The article, at this very address.
    Fine,
    /// The article, or the one that took its place, at another address.
    Redirected,
    /// Nothing: the article is not live, or not yet.
    Gone,
    /// The notice of a retracted article.
    Retracted,
    /// Nothing: no article ever had this address.
    Unknown,
}
