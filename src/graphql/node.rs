//! Anything by its id, as far as the asker may see it.

use async_graphql::{Context, ID, Interface, Object};
use entity::ids::{
    ArticleId, AuthorId, CommentId, DraftId, EditionId, EventId, ImageId, PolicyId, ReleaseId, ReviewId, RevisionId,
    SectionId, TagId, TokenId, UserId,
};
use futures_util::future::join_all;

use super::account::{ApiToken, User};
use super::affiliate::{AffiliatePolicy, policies};
use super::author::{Author, Image};
use super::error::{Problem, Result};
use super::loaders::load;
use super::section::{Section, Tag};
use super::{Article, Comment, Draft, Edition, Event, Release, Review, Revision, cx};
use crate::app;
use crate::domain::page::MOST;
use crate::domain::refusal::Refusal;

/// An id is a type prefix and a UUIDv7 in base32 (TypeID): art_…, draft_…, rev_…, author_….
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID"))]
#[expect(missing_docs, reason = "each is the type of its name")]
pub enum Node {
    Article(Article),
    Edition(Edition),
    Author(Author),
    Section(Section),
    Tag(Tag),
    Image(Image),
    AffiliatePolicy(AffiliatePolicy),
    Draft(Draft),
    Revision(Revision),
    Review(Review),
    Comment(Comment),
    Release(Release),
    Event(Event),
    User(User),
    ApiToken(ApiToken),
}

/// Anything by its id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Whatever has this id; null where nothing has, or nothing that is for the asker.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        find(ctx, &id).await
    }

    /// Whatever has these ids, in their order.
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Node>>> {
        if u64::try_from(ids.len()).is_ok_and(|asked| asked > MOST) {
            let message = format!("has {} ids; ask for at most {MOST} at a time", ids.len());
            return Err(Problem::from(Refusal::field("ids", message)));
        }
        join_all(ids.iter().map(|id| find(ctx, id))).await.into_iter().collect()
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let Some((prefix, _)) = id.rsplit_once('_') else { return Ok(None) };
    macro_rules! loaded {
        ($id:ty, $node:ident) => {
            match id.parse::<$id>() {
                Ok(id) => load(ctx, id).await?.map(|row| Node::$node($node(row))),
                Err(_) => None,
            }
        };
    }
    Ok(match prefix {
        ArticleId::PREFIX => match id.parse::<ArticleId>() {
            Ok(id) => load(ctx, id).await?.map(|row| Node::Article(Article::live(row))),
            Err(_) => None,
        },
        EditionId::PREFIX => loaded!(EditionId, Edition),
        AuthorId::PREFIX => loaded!(AuthorId, Author),
        SectionId::PREFIX => loaded!(SectionId, Section),
        TagId::PREFIX => loaded!(TagId, Tag),
        ImageId::PREFIX => loaded!(ImageId, Image),
        DraftId::PREFIX => loaded!(DraftId, Draft),
        RevisionId::PREFIX => loaded!(RevisionId, Revision),
        ReviewId::PREFIX => loaded!(ReviewId, Review),
        CommentId::PREFIX => loaded!(CommentId, Comment),
        ReleaseId::PREFIX => loaded!(ReleaseId, Release),
        EventId::PREFIX => loaded!(EventId, Event),
        UserId::PREFIX => loaded!(UserId, User),
        PolicyId::PREFIX => match id.parse::<PolicyId>() {
            Ok(id) => {
                let found = policies(ctx).await?.get(id).cloned();
                found.filter(|policy| policy.is_default || cx(ctx).reads_desk()).map(|row| Node::AffiliatePolicy(AffiliatePolicy(row)))
            }
            Err(_) => None,
        },
        TokenId::PREFIX => match id.parse::<TokenId>() {
            Ok(id) => app::account::token(cx(ctx), id).await?.map(|row| Node::ApiToken(ApiToken(row))),
            Err(_) => None,
        },
        _ => None,
    })
}
