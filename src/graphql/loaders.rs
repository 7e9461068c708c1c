//! One loader a request: whatever a list's nodes ask for is asked of the desk once, for all of them.
//! A key is the id of what it loads, or a word of its own where an id would say too little.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::Context;
use async_graphql::dataloader::Loader;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::ids::{
    ArticleId, AuthorId, CommentId, DraftId, EditionId, EventId, ImageId, PolicyId, ReleaseId, ReviewId, RevisionId, SectionId, TagId, UserId,
};
use entity::{
    affiliate_policy_version, author, comment, comment_place, draft, edition, event, image,
    related_link, release, review, revision, revision_link, schedule, section, tag, user,
};

use super::drive::Loads;
use super::error::{Problem, Result};
use crate::app::facts::Facts;
use crate::app::revision::Body;
use crate::app::article::Row;
use crate::app::{self, AppError, Cx};
use crate::domain::page::{Page, Slice};
use crate::domain::review::Stage;

/// Asks the desk on behalf of one request.
pub struct Batch(pub Cx);

type Loaded<K, V> = std::result::Result<HashMap<K, V>, Arc<AppError>>;

/// Loads one thing through the request's loader.
pub async fn load<K>(ctx: &Context<'_>, key: K) -> Result<Option<<Batch as Loader<K>>::Value>>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Batch: Loader<K, Error = Arc<AppError>>,
{
    Ok(load_map(ctx, [key.clone()]).await?.remove(&key))
}

/// Loads several things, in the order of their keys; what is not there is left out.
pub async fn load_all<K>(ctx: &Context<'_>, keys: Vec<K>) -> Result<Vec<<Batch as Loader<K>>::Value>>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Batch: Loader<K, Error = Arc<AppError>>,
{
    let mut found = load_map(ctx, keys.clone()).await?;
    Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
}

/// Loads several things, each by its key; what is not there is left out.
pub async fn load_map<K>(ctx: &Context<'_>, keys: impl IntoIterator<Item = K>) -> Result<HashMap<K, <Batch as Loader<K>>::Value>>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Batch: Loader<K, Error = Arc<AppError>>,
{
    Ok(ctx.data_unchecked::<Arc<Loads<Batch>>>().load(keys.into_iter().collect()).await?)
}

/// Something that has to be there; its absence is a fault of ours.
pub fn present<T>(found: Option<T>, what: &str) -> Result<T> {
    found.ok_or_else(|| Problem::from(AppError::Fault(format!("a {what} is missing"))))
}

macro_rules! by_id {
    ($($key:ty => $row:ty, $many:path, $id:ident;)*) => {$(
        #[async_trait]
        impl Loader<$key> for Batch {
            type Value = $row;
            type Error = Arc<AppError>;
            async fn load(&self, keys: &[$key]) -> Loaded<$key, $row> {
                Ok($many(&self.0, keys).await?.into_iter().map(|row| (row.$id, row)).collect())
            }
        }
    )*};
}

by_id! {
    ArticleId => Row, app::article::many, id;
    AuthorId => Arc<author::Model>, app::author::many, id;
    SectionId => section::Model, app::section::many, id;
    TagId => tag::Model, app::section::tags, id;
    ImageId => image::Model, app::author::images, id;
    UserId => user::Model, app::account::many, id;
    DraftId => draft::Model, app::draft::many, id;
    RevisionId => revision::Model, app::revision::many, id;
    ReviewId => review::Model, app::review::many, id;
    CommentId => comment::Model, app::comment::many, id;
    ReleaseId => release::Model, app::release::many, id;
    EditionId => edition::Model, app::article::editions_many, id;
    EventId => event::Model, app::event::many, id;
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident($($part:ty),*);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name($(pub $part),*);
    )*};
}

keys! {
    /// The live article of a draft.
    LiveArticleOf(DraftId);
    /// The article that a slug leads to.
    ArticleAt(String);
    /// The byline of an article.
    BylineOf(ArticleId);
    /// The tags of an article.
    TagsOf(ArticleId);
    /// The notes to readers of an article.
    CorrectionsOf(ArticleId);
    /// The profile of a user.
    ProfileOf(UserId);
    /// The byline of a revision.
    RevisionBylineOf(RevisionId);
    /// The body of a revision.
    BodyOf(RevisionId);
    /// What is known of a draft.
    FactsOf(DraftId);
    /// The related links of a draft.
    RelatedOf(DraftId);
    /// Where a comment's quote stands.
    PlaceOf(CommentId);
    /// The drafts of a release.
    MembersOf(ReleaseId);
    /// What a draft has before it.
    ScheduleOf(DraftId);
    /// The revision of a draft with this number.
    RevisionAt(DraftId, i32);
    /// Every link in the body of a revision.
    LinksOf(RevisionId);
    /// The stages of a round.
    StagesOf(DraftId, i32);
    /// Every wording of a policy.
    VersionsOf(PolicyId);
    /// Every policy there is, and where it holds.
    Policies();
    /// What is suggested to readers of an article.
    SuggestedTo(ArticleId);
    /// The live articles that are close to what a draft says now.
    CloseTo(DraftId);
    /// The related links that point to a draft from where readers see them.
    LinkedFrom(DraftId);
    /// How an article was shown at a time.
    ShownThen(ArticleId, DateTime<Utc>);
}

macro_rules! grouped {
    ($($key:ident($id:ty) => $value:ty, $many:path;)*) => {$(
        #[async_trait]
        impl Loader<$key> for Batch {
            type Value = Vec<$value>;
            type Error = Arc<AppError>;
            async fn load(&self, keys: &[$key]) -> Loaded<$key, Vec<$value>> {
                let ids: Vec<$id> = keys.iter().map(|key| key.0).collect();
                let mut groups: HashMap<$key, Vec<$value>> = keys.iter().map(|key| (key.clone(), Vec::new())).collect();
                for (id, value) in $many(&self.0, &ids).await? {
                    groups.entry($key(id)).or_default().push(value);
                }
                Ok(groups)
            }
        }
    )*};
}

grouped! {
    BylineOf(ArticleId) => AuthorId, app::article::bylines;
    TagsOf(ArticleId) => tag::Model, app::article::tags_of;
    CorrectionsOf(ArticleId) => edition::Model, corrections;
    RevisionBylineOf(RevisionId) => AuthorId, app::revision::bylines;
    RelatedOf(DraftId) => related_link::Model, related;
    VersionsOf(PolicyId) => affiliate_policy_version::Model, versions;
    MembersOf(ReleaseId) => DraftId, app::release::drafts_of;
    LinksOf(RevisionId) => revision_link::Model, links;
    SuggestedTo(ArticleId) => Row, app::subject::suggested;
    CloseTo(DraftId) => ArticleId, app::subject::close_to_drafts;
    LinkedFrom(DraftId) => related_link::Model, app::related::pointing_to;
}

async fn corrections(cx: &Cx, ids: &[ArticleId]) -> std::result::Result<Vec<(ArticleId, edition::Model)>, AppError> {
    Ok(app::article::corrections(cx, ids).await?.into_iter().map(|row| (row.article_id, row)).collect())
}

async fn links(cx: &Cx, ids: &[RevisionId]) -> std::result::Result<Vec<(RevisionId, revision_link::Model)>, AppError> {
    Ok(app::affiliate::links(cx, ids).await?.into_iter().map(|row| (row.revision_id, row)).collect())
}

async fn related(cx: &Cx, ids: &[DraftId]) -> std::result::Result<Vec<(DraftId, related_link::Model)>, AppError> {
    Ok(app::related::of(cx, ids).await?.into_iter().map(|row| (row.draft_id, row)).collect())
}

async fn versions(cx: &Cx, ids: &[PolicyId]) -> std::result::Result<Vec<(PolicyId, affiliate_policy_version::Model)>, AppError> {
    Ok(app::affiliate::versions(cx, ids).await?.into_iter().map(|row| (row.policy_id, row)).collect())
}

#[async_trait]
impl Loader<LiveArticleOf> for Batch {
    type Value = Row;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[LiveArticleOf]) -> Loaded<LiveArticleOf, Row> {
        let drafts: Vec<DraftId> = keys.iter().map(|key| key.0).collect();
        let rows = app::article::live_of_drafts(&self.0, &drafts).await?;
        Ok(rows.into_iter().map(|row| (LiveArticleOf(row.draft_id), row)).collect())
    }
}

#[async_trait]
impl Loader<ArticleAt> for Batch {
    type Value = Row;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[ArticleAt]) -> Loaded<ArticleAt, Row> {
        let slugs: Vec<String> = keys.iter().map(|key| key.0.clone()).collect();
        let rows = app::article::by_slugs(&self.0, &slugs).await?;
        Ok(rows.into_iter().map(|(slug, row)| (ArticleAt(slug), row)).collect())
    }
}

#[async_trait]
impl Loader<PlaceOf> for Batch {
    type Value = comment_place::Model;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[PlaceOf]) -> Loaded<PlaceOf, comment_place::Model> {
        let comments: Vec<CommentId> = keys.iter().map(|key| key.0).collect();
        let rows = app::comment::places(&self.0, &comments).await?;
        Ok(rows.into_iter().map(|row| (PlaceOf(row.comment_id), row)).collect())
    }
}

#[async_trait]
impl Loader<RevisionAt> for Batch {
    type Value = revision::Model;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[RevisionAt]) -> Loaded<RevisionAt, revision::Model> {
        let wanted: Vec<(DraftId, i32)> = keys.iter().map(|key| (key.0, key.1)).collect();
        let rows = app::revision::by_numbers(&self.0, &wanted).await?;
        Ok(rows.into_iter().map(|row| (RevisionAt(row.draft_id, row.number), row)).collect())
    }
}

#[async_trait]
impl Loader<ScheduleOf> for Batch {
    type Value = schedule::Model;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[ScheduleOf]) -> Loaded<ScheduleOf, schedule::Model> {
        let drafts: Vec<DraftId> = keys.iter().map(|key| key.0).collect();
        let rows = app::schedule::of(&self.0, &drafts).await?;
        Ok(rows.into_iter().map(|row| (ScheduleOf(row.draft_id), row)).collect())
    }
}

#[async_trait]
impl Loader<ProfileOf> for Batch {
    type Value = author::Model;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[ProfileOf]) -> Loaded<ProfileOf, author::Model> {
        let users: Vec<UserId> = keys.iter().map(|key| key.0).collect();
        let rows = app::author::of_users(&self.0, &users).await?;
        Ok(rows.into_iter().filter_map(|row| row.user_id.map(|user| (ProfileOf(user), row))).collect())
    }
}

#[async_trait]
impl Loader<BodyOf> for Batch {
    type Value = Body;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[BodyOf]) -> Loaded<BodyOf, Body> {
        let ids: Vec<RevisionId> = keys.iter().map(|key| key.0).collect();
        Ok(app::revision::bodies(&self.0, &ids).await?.into_iter().map(|(id, body)| (BodyOf(id), body)).collect())
    }
}

#[async_trait]
impl Loader<FactsOf> for Batch {
    type Value = Arc<Facts>;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[FactsOf]) -> Loaded<FactsOf, Arc<Facts>> {
        let ids: Vec<DraftId> = keys.iter().map(|key| key.0).collect();
        let known = app::facts::many(&self.0, &ids).await?;
        Ok(known.into_iter().map(|facts| (FactsOf(facts.draft.id), Arc::new(facts))).collect())
    }
}

#[async_trait]
impl Loader<StagesOf> for Batch {
    type Value = Vec<Stage>;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[StagesOf]) -> Loaded<StagesOf, Vec<Stage>> {
        let rounds: Vec<(DraftId, i32)> = keys.iter().map(|key| (key.0, key.1)).collect();
        let mut stages: HashMap<StagesOf, Vec<Stage>> = HashMap::new();
        for (draft, round, stage) in app::review::frozen(&self.0, &rounds).await? {
            stages.entry(StagesOf(draft, round)).or_default().push(stage);
        }
        Ok(stages)
    }
}

#[async_trait]
impl Loader<Policies> for Batch {
    type Value = Arc<app::affiliate::Policies>;
    type Error = Arc<AppError>;
    async fn load(&self, _: &[Policies]) -> Loaded<Policies, Arc<app::affiliate::Policies>> {
        let policies = app::affiliate::policies(&self.0).await?;
        Ok(HashMap::from([(Policies(), policies)]))
    }
}

#[async_trait]
impl Loader<ShownThen> for Batch {
    type Value = app::affiliate::ShownThen;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[ShownThen]) -> Loaded<ShownThen, app::affiliate::ShownThen> {
        let asked: Vec<_> = keys.iter().map(|key| (key.0, key.1)).collect();
        let rows = app::affiliate::shown_then(&self.0, &asked).await?;
        Ok(rows.into_iter().map(|((article, at), shown)| (ShownThen(article, at), shown)).collect())
    }
}

keys! {
    /// A page of a draft's comments: all, or those of resolved or of open threads.
    CommentPage(DraftId, Option<bool>, Page);
    /// A page of a section's articles.
    SectionPage(SectionId, Page);
    /// A page of an author's articles.
    AuthorPage(AuthorId, Page);
    /// A page of a tag's articles.
    TagPage(TagId, Page);
    /// A page of a draft's revisions.
    RevisionPage(DraftId, Page);
    /// A page of a draft's reviews.
    ReviewPage(DraftId, Page);
    /// A page of a draft's history.
    HistoryPage(DraftId, Page);
    /// A page of an article's editions.
    EditionPage(ArticleId, Page);
    /// A page of the drafts whose related links point to a draft.
    LinkedFromPage(DraftId, Page);
}

macro_rules! paged {
    ($($key:ident($id:ty) => $row:ty, $pages:path;)*) => {$(
        #[async_trait]
        impl Loader<$key> for Batch {
            type Value = Slice<$row>;
            type Error = Arc<AppError>;
            async fn load(&self, keys: &[$key]) -> Loaded<$key, Slice<$row>> {
                let mut by_page: HashMap<Page, Vec<$id>> = HashMap::new();
                for key in keys {
                    by_page.entry(key.1).or_default().push(key.0);
                }
                let mut found = HashMap::new();
                for (page, ids) in by_page {
                    let slices = $pages(&self.0, &ids, &page).await?;
                    found.extend(slices.into_iter().map(|(id, slice)| ($key(id, page), slice)));
                }
                Ok(found)
            }
        }
    )*};
}

paged! {
    SectionPage(SectionId) => Row, app::article::of_sections;
    AuthorPage(AuthorId) => ArticleId, app::article::of_authors;
    TagPage(TagId) => ArticleId, app::article::of_tags;
    RevisionPage(DraftId) => revision::Model, app::revision::pages;
    ReviewPage(DraftId) => review::Model, app::review::pages;
    HistoryPage(DraftId) => event::Model, app::event::histories;
    EditionPage(ArticleId) => edition::Model, app::article::editions;
    LinkedFromPage(DraftId) => DraftId, app::related::drafts_pointing_to;
}

#[async_trait]
impl Loader<CommentPage> for Batch {
    type Value = Slice<comment::Model>;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[CommentPage]) -> Loaded<CommentPage, Slice<comment::Model>> {
        let mut by_page: HashMap<(Option<bool>, Page), Vec<DraftId>> = HashMap::new();
        for key in keys {
            by_page.entry((key.1, key.2)).or_default().push(key.0);
        }
        let mut found = HashMap::new();
        for ((resolved, page), ids) in by_page {
            let slices = app::comment::pages(&self.0, &ids, resolved, &page).await?;
            found.extend(slices.into_iter().map(|(id, slice)| (CommentPage(id, resolved, page), slice)));
        }
        Ok(found)
    }
}
