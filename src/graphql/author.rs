//! Author profiles.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::ids::ImageId;
use entity::{author, image};

use super::account::User;
use super::error::Result;
use super::loaders::{load, present};
use super::page::{ArticleConnection, AuthorConnection, Count};
use super::scalars::{Address, HTML, Markdown, Parse, Sent};
use super::{cx, page};
use crate::app;
use crate::app::author::{Link, Typed};

/// A profile that bylines name.
#[derive(Clone)]
pub struct Author(pub Arc<author::Model>);

impl From<author::Model> for Author {
    fn from(row: author::Model) -> Self {
        Self(row.into())
    }
}

impl Author {
    /// Where readers find the profile.
    pub fn address(&self, site: &app::Site) -> String {
        site.page(&format!("authors/{}", self.0.slug))
    }
}

/// A profile that bylines name.
#[Object]
impl Author {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn slug(&self) -> &str {
        &self.0.slug
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    /// A short title under the name, such as 'Senior film writer'.
    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    async fn bio(&self) -> Option<Markdown> {
        self.0.bio.clone().map(Markdown)
    }

    async fn bio_html(&self, ctx: &Context<'_>) -> Result<Option<HTML>> {
        match &self.0.bio {
            Some(bio) => Ok(Some(HTML(super::body::prose(ctx, bio).await?))),
            None => Ok(None),
        }
    }

    async fn avatar(&self, ctx: &Context<'_>) -> Result<Option<Image>> {
        Image::find(ctx, self.0.avatar_id).await
    }

    async fn links(&self) -> Vec<AuthorLink> {
        let links = app::author::links(&self.0).into_iter();
        links.map(|link| AuthorLink { label: link.label, url: link.url.into() }).collect()
    }

    async fn url(&self, ctx: &Context<'_>) -> Address {
        self.address(&cx(ctx).desk.site).into()
    }

    /// Live articles, newest first.
    async fn articles(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<ArticleConnection> {
        super::article::of_author(ctx, self.0.id, page::page(first, after, last, before)?).await
    }

    /// Staff only.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.user_id.filter(|_| cx(ctx).reads_desk()) {
            Some(id) => Ok(load(ctx, id).await?.map(User)),
            None => Ok(None),
        }
    }

    /// Each change adds one.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A place where an author is found.
#[derive(SimpleObject)]
pub struct AuthorLink {
    /// For example 'mastodon', 'website'.
    label: String,
    url: Address,
}

/// A picture.
#[derive(Clone)]
pub struct Image(pub image::Model);

impl Image {
    /// The picture with this id, where there is one.
    pub async fn find(ctx: &Context<'_>, id: Option<ImageId>) -> Result<Option<Self>> {
        match id {
            Some(id) => Ok(load(ctx, id).await?.map(Self)),
            None => Ok(None),
        }
    }

    /// Where it is to be had.
    pub fn address(&self, site: &app::Site) -> String {
        site.page(&format!("media/{}", self.0.storage_key))
    }
}

/// A picture.
#[Object]
impl Image {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The image, scaled down to `width` pixels where given, never up.
    async fn url(&self, ctx: &Context<'_>, width: Option<i32>) -> Address {
        let address = self.address(&cx(ctx).desk.site);
        match width.filter(|width| (1..self.0.width).contains(width)) {
            Some(width) => format!("{address}?width={width}").into(),
            None => address.into(),
        }
    }

    async fn width(&self) -> i32 {
        self.0.width
    }

    async fn height(&self) -> i32 {
        self.0.height
    }

    async fn alt(&self) -> &str {
        &self.0.alt
    }

    async fn caption(&self) -> Option<&str> {
        self.0.caption.as_deref()
    }

    async fn credit(&self) -> Option<&str> {
        self.0.credit.as_deref()
    }
}

/// What readers ask of authors.
#[derive(Default)]
pub struct AuthorQuery;

#[Object]
impl AuthorQuery {
    /// An author by slug.
    async fn author(&self, ctx: &Context<'_>, slug: String) -> Result<Option<Author>> {
        Ok(app::author::by_slug(cx(ctx), &slug).await?.map(Author::from))
    }

    /// Every author, oldest first.
    async fn authors(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<AuthorConnection> {
        let page = page::page(first, after, last, before)?;
        let slice = app::author::list(cx(ctx), &page).await?.map(Author::from);
        Ok(AuthorConnection { slice, count: Count::Authors })
    }
}

/// A place where an author is found.
#[derive(InputObject)]
pub struct AuthorLinkInput {
    label: String,
    url: Address,
}

/// A new profile.
#[derive(InputObject)]
pub struct CreateAuthorInput {
    name: String,
    slug: Option<String>,
    title: Option<String>,
    bio: Option<Markdown>,
    avatar_id: Option<ID>,
    links: Option<Vec<AuthorLinkInput>>,
    user_id: Option<ID>,
}

/// With `baseVersion`, refused with CONFLICT where the author has changed since.
#[derive(InputObject)]
pub struct UpdateAuthorInput {
    author_id: ID,
    base_version: Option<i32>,
    name: MaybeUndefined<String>,
    slug: MaybeUndefined<String>,
    title: MaybeUndefined<String>,
    bio: MaybeUndefined<Markdown>,
    avatar_id: MaybeUndefined<ID>,
    links: MaybeUndefined<Vec<AuthorLinkInput>>,
    user_id: MaybeUndefined<ID>,
}

/// The author as it is now.
#[derive(SimpleObject)]
pub struct AuthorPayload {
    author: Author,
}

fn links(parse: &mut Parse, typed: Option<Vec<AuthorLinkInput>>) -> Vec<Link> {
    let parsed = typed.unwrap_or_default().into_iter().enumerate().map(|(index, link)| {
        let url = parse.url(&format!("links.{index}.url"), &link.url);
        Link { label: link.label, url: url.unwrap_or_default() }
    });
    parsed.collect()
}

/// What a client sent for a field that is never cleared: null counts as empty, and empty is refused.
pub(crate) fn kept(typed: MaybeUndefined<String>) -> Option<String> {
    typed.sent().map(Option::unwrap_or_default)
}

/// What changes author profiles.
#[derive(Default)]
pub struct AuthorMutation;

#[Object]
impl AuthorMutation {
    /// Adds a profile.
    async fn create_author(&self, ctx: &Context<'_>, input: CreateAuthorInput) -> Result<Option<AuthorPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let typed = Typed {
            name: Some(input.name),
            slug: input.slug,
            title: Some(input.title),
            bio: Some(input.bio.map(|bio| bio.0)),
            avatar: Some(input.avatar_id.as_ref().and_then(|id| parse.id("avatarId", id))),
            links: Some(links(&mut parse, input.links)),
            user: Some(input.user_id.as_ref().and_then(|id| parse.id("userId", id))),
        };
        parse.done()?;
        let author = Author::from(app::author::create(cx(ctx), typed).await?);
        Ok(Some(AuthorPayload { author }))
    }

    /// Changes a profile: absent fields stay as they are; null clears an optional one.
    async fn update_author(&self, ctx: &Context<'_>, input: UpdateAuthorInput) -> Result<Option<AuthorPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("authorId", &input.author_id);
        let avatar = input.avatar_id.sent();
        let user = input.user_id.sent();
        let typed = Typed {
            name: kept(input.name),
            slug: kept(input.slug),
            title: input.title.sent(),
            bio: input.bio.sent().map(|bio| bio.map(|bio| bio.0)),
            avatar: avatar.map(|id| id.as_ref().and_then(|id| parse.id("avatarId", id))),
            links: input.links.sent().map(|typed| links(&mut parse, typed)),
            user: user.map(|id| id.as_ref().and_then(|id| parse.id("userId", id))),
        };
        parse.done()?;
        let row = app::author::update(cx(ctx), present(id, "author id")?, input.base_version, typed).await?;
        Ok(Some(AuthorPayload { author: Author::from(row) }))
    }
}
