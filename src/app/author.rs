//! Author profiles.

use std::sync::Arc;

use entity::author;
use entity::enums::EventType;
use entity::ids::{AuthorId, ImageId, UserId};
use serde::{Deserialize, Serialize};

use super::affiliate::must_be_version;
use super::{AppError, Cx};
use crate::domain::dep::Dep;
use crate::domain::event::NewEvent;
use crate::domain::page::{Page, Slice};
use crate::domain::policy::Task;
use crate::domain::refusal::{Complaints, Refusal};
use crate::domain::slug::Slug;
use crate::domain::text;
use crate::store::{self, Reader, Source, StoreError, Tx};

/// A place where an author is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// For example 'mastodon'.
    pub label: String,
    /// Absolute.
    pub url: String,
}

/// What somebody types into a profile. `None` leaves a field as it is, `Some(None)` clears it.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Never cleared.
    pub name: Option<String>,
    /// Never cleared; in a new profile made from the name where left out.
    pub slug: Option<String>,
    /// Under the name.
    pub title: Option<Option<String>>,
    /// Markdown.
    pub bio: Option<Option<String>>,
    /// Portrait.
    pub avatar: Option<Option<ImageId>>,
    /// Parsed already.
    pub links: Option<Vec<Link>>,
    /// Who signs in as this author.
    pub user: Option<Option<UserId>>,
}

/// The links of a profile.
#[must_use]
pub fn links(row: &author::Model) -> Vec<Link> {
    serde_json::from_value(row.links.clone()).unwrap_or_default()
}

impl Typed {
    fn over(&self, mut row: author::Model) -> Result<author::Model, AppError> {
        let mut complaints = Complaints::default();
        if let Some(name) = &self.name {
            row.name = complaints.take("name", text::line(name, 200)).unwrap_or_default();
        }
        if let Some(typed) = &self.slug {
            let parsed = Slug::parse(typed).ok_or_else(|| "has nothing that a URL could hold; use letters or digits".to_owned());
            if let Some(slug) = complaints.take("slug", parsed) {
                row.slug = slug.into_string();
            }
        }
        if let Some(title) = &self.title {
            row.title = complaints.take("title", text::optional_line(title.as_deref(), 200)).flatten();
        }
        if let Some(bio) = &self.bio {
            row.bio = complaints.take("bio", text::optional_prose(bio.as_deref(), 20_000)).flatten();
        }
        if let Some(links) = &self.links {
            let mut kept = Vec::new();
            for (index, link) in links.iter().enumerate() {
                let label = complaints.take(&format!("links.{index}.label"), text::line(&link.label, 100));
                kept.extend(label.map(|label| Link { label, url: link.url.clone() }));
            }
            if links.len() > 20 {
                complaints.add("links", "has more than 20 links; keep those that matter");
            }
            row.links = serde_json::to_value(kept).map_err(|error| AppError::Fault(error.to_string()))?;
        }
        complaints.refuse()?;
        row.avatar_id = self.avatar.unwrap_or(row.avatar_id);
        row.user_id = self.user.unwrap_or(row.user_id);
        Ok(row)
    }

    async fn must_exist(&self, source: &impl Source) -> Result<(), AppError> {
        if let Some(Some(image)) = self.avatar
            && store::author::images(source, &[image]).await?.is_empty()
        {
            return Err(AppError::not_found("image"));
        }
        if let Some(Some(user)) = self.user
            && store::account::get(source, user).await?.is_none()
        {
            return Err(AppError::not_found("user"));
        }
        Ok(())
    }
}

/// Adds a profile.
///
/// # Errors
/// `NotFound`; `Forbidden` unless EDITOR; `BadInput`; `SlugTaken`.
pub async fn create(cx: &Cx, typed: Typed) -> Result<author::Model, AppError> {
    cx.signed_in()?;
    let tx = cx.begin().await?;
    typed.must_exist(&tx).await?;
    let staff = cx.may(Task::KeepAuthors)?;
    let row = add(cx, &tx, &typed).await?;
    let event = changed(&row, format!("{} added the author {}", staff.user.name, row.name));
    cx.commit(tx, event).await?;
    Ok(row)
}

/// Writes a new profile, without an event.
pub(crate) async fn add(cx: &Cx, tx: &Tx, typed: &Typed) -> Result<author::Model, AppError> {
    let empty = author::Model {
        id: AuthorId::new(),
        slug: String::new(),
        name: String::new(),
        title: None,
        bio: None,
        avatar_id: None,
        links: serde_json::json!([]),
        user_id: None,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    let mut row = Typed { name: Some(typed.name.clone().unwrap_or_default()), ..typed.clone() }.over(empty)?;
    if typed.slug.is_none() {
        let wanted = Slug::from_headline(&row.name);
        let taken = store::author::slugs_like(tx, wanted.as_str()).await?;
        row.slug = super::section::next_free(&wanted, &taken).into_string();
    } else {
        super::section::refuse_taken(&row.slug, &store::author::slugs_like(tx, &row.slug).await?)?;
    }
    let wanted = row.slug.clone();
    match store::author::insert(tx, row).await {
        Ok(row) => Ok(row),
        Err(error) => Err(taken(error, &wanted)),
    }
}

fn taken(error: StoreError, slug: &str) -> AppError {
    match error {
        StoreError::Constraint("uq_authors_slug") => {
            AppError::Refused(Refusal::SlugTaken { suggestion: super::section::another(slug) })
        }
        StoreError::Constraint("uq_authors_user") => {
            AppError::field("userId", "has an author profile already; change that one instead")
        }
        other => other.into(),
    }
}

/// Changes a profile.
///
/// # Errors
/// `NotFound`; `Forbidden` unless EDITOR; `Conflict`; `BadInput`; `SlugTaken`.
pub async fn update(cx: &Cx, id: AuthorId, base: Option<i32>, typed: Typed) -> Result<author::Model, AppError> {
    cx.signed_in()?;
    let tx = cx.begin().await?;
    let seen = store::author::get(&tx, id).await?.ok_or_else(|| AppError::not_found("author"))?;
    typed.must_exist(&tx).await?;
    let staff = cx.may(Task::KeepAuthors)?;
    must_be_version("author", base, seen.version)?;
    let mut next = typed.over(seen.clone())?;
    if next == seen {
        return Ok(seen);
    }
    if next.slug != seen.slug {
        super::section::refuse_taken(&next.slug, &store::author::slugs_like(&tx, &next.slug).await?)?;
    }
    next.version += 1;
    next.updated_at = cx.now;
    let wanted = next.slug.clone();
    let row = store::author::update(&tx, seen.version, next).await.map_err(|error| taken(error, &wanted))?;
    let event = changed(&row, format!("{} changed the author {}", staff.user.name, row.name));
    cx.commit(tx, event).await?;
    Ok(row)
}

fn changed(row: &author::Model, summary: String) -> NewEvent {
    NewEvent::new(EventType::AuthorChanged, summary)
        .detail("authorId", row.id.to_string())
        .detail("slug", row.slug.clone())
        .detail("version", row.version)
}

/// Authors by their ids.
///
/// # Errors
/// When the database does not answer.
pub async fn many(cx: &Cx, ids: &[AuthorId]) -> Result<Vec<Arc<author::Model>>, AppError> {
    let load = async |reader: &Reader, ids: Vec<AuthorId>| {
        Ok(store::author::many(reader, &ids).await?.into_iter().map(|row| (row.id, Arc::new(row))).collect())
    };
    let found = cx.desk.fresh.rows.authors.many(cx, ids, |id, _| vec![Dep::Author(*id)], load).await?;
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

/// An author by slug.
///
/// # Errors
/// When the database does not answer.
pub async fn by_slug(cx: &Cx, slug: &str) -> Result<Option<author::Model>, AppError> {
    if !Slug::is_one(slug) {
        return Ok(None);
    }
    let deps = |slug: &String, row: Option<&author::Model>| {
        let at = Dep::AuthorAt(slug.as_str().into());
        row.map(|row| Dep::Author(row.id)).into_iter().chain([at]).collect()
    };
    let load = async |reader: &Reader, slug: String| Ok(store::author::by_slug(reader, &slug).await?);
    cx.desk.fresh.rows.authors_at.one(cx, slug.to_owned(), deps, load).await
}

/// The profiles of these users.
///
/// # Errors
/// When the database does not answer.
pub async fn of_users(cx: &Cx, users: &[UserId]) -> Result<Vec<author::Model>, AppError> {
    Ok(store::author::of_users(cx.reader(), users).await?)
}

/// One page of all authors.
///
/// # Errors
/// When the database does not answer.
pub async fn list(cx: &Cx, page: &Page) -> Result<Slice<author::Model>, AppError> {
    Ok(store::author::list(cx.reader_of([Dep::Authors]), page).await?)
}

/// How many authors there are.
///
/// # Errors
/// When the database does not answer.
pub async fn count(cx: &Cx) -> Result<u64, AppError> {
    Ok(store::author::count(cx.reader_of([Dep::Authors])).await?)
}

/// Images by their ids.
///
/// # Errors
/// When the database does not answer.
pub async fn images(cx: &Cx, ids: &[ImageId]) -> Result<Vec<entity::image::Model>, AppError> {
    Ok(store::author::images(cx.reader_of(ids.iter().map(|id| Dep::Image(*id))), ids).await?)
}
