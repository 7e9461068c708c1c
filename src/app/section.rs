//! Sections of the site, and the tags that articles share.

use entity::enums::EventType;
use entity::ids::{SectionId, TagId};
use entity::{section, tag};

use super::affiliate::must_be_version;
use super::{AppError, Cx};
use crate::domain::dep::Dep;
use crate::domain::event::NewEvent;
use crate::domain::policy::Task;
use crate::domain::refusal::{Complaints, Refusal};
use crate::domain::slug::Slug;
use crate::domain::text;
use crate::store::{self, Reader, StoreError, Tx};

/// What somebody types into a section. `None` leaves a field as it is, `Some(None)` clears it.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Never cleared.
    pub name: Option<String>,
    /// Never cleared; in a new section made from the name where left out.
    pub slug: Option<String>,
    /// For readers.
    pub description: Option<Option<String>>,
}

impl Typed {
    fn over(&self, mut row: section::Model) -> Result<section::Model, AppError> {
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
        if let Some(description) = &self.description {
            row.description = complaints.take("description", text::optional_prose(description.as_deref(), 2000)).flatten();
        }
        complaints.refuse()?;
        Ok(row)
    }
}

/// The first of `slug`, `slug-2`, `slug-3` … that is not taken.
pub(crate) fn next_free(wanted: &Slug, taken: &[String]) -> Slug {
    let mut slug = wanted.clone();
    let mut number = 2;
    while taken.iter().any(|known| known == slug.as_str()) {
        slug = wanted.numbered(number);
        number += 1;
    }
    slug
}

/// Refuses a typed slug that is taken, with one that is free.
pub(crate) fn refuse_taken(typed: &str, taken: &[String]) -> Result<(), AppError> {
    if !taken.iter().any(|known| known == typed) {
        return Ok(());
    }
    let wanted = Slug::parse(typed).unwrap_or_else(|| Slug::from_headline(typed));
    Err(AppError::Refused(Refusal::SlugTaken { suggestion: next_free(&wanted, taken).into_string() }))
}

/// A slug to suggest in place of one that somebody else took at the same moment.
pub(crate) fn another(slug: &str) -> String {
    Slug::parse(slug).unwrap_or_else(|| Slug::from_headline(slug)).numbered(2).into_string()
}

fn taken(error: StoreError, slug: &str) -> AppError {
    match error {
        StoreError::Constraint("uq_sections_slug") => AppError::Refused(Refusal::SlugTaken { suggestion: another(slug) }),
        other => other.into(),
    }
}

/// Adds a section.
///
/// # Errors
/// `Forbidden` unless EDITOR; `BadInput`; `SlugTaken`.
pub async fn create(cx: &Cx, typed: Typed) -> Result<section::Model, AppError> {
    let staff = cx.may(Task::KeepSections)?;
    let tx = cx.begin().await?;
    let row = add(cx, &tx, &typed).await?;
    let event = changed(&row, format!("{} added the section {}", staff.user.name, row.name));
    cx.commit(tx, event).await?;
    Ok(row)
}

/// Writes a new section, without an event.
pub(crate) async fn add(cx: &Cx, tx: &Tx, typed: &Typed) -> Result<section::Model, AppError> {
    let empty = section::Model {
        id: SectionId::new(),
        slug: String::new(),
        name: String::new(),
        description: None,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
        affiliate_policy_id: None,
    };
    let mut row = Typed { name: Some(typed.name.clone().unwrap_or_default()), ..typed.clone() }.over(empty)?;
    let known: Vec<String> = store::author::all_sections(tx).await?.into_iter().map(|row| row.slug).collect();
    if typed.slug.is_none() {
        row.slug = next_free(&Slug::from_headline(&row.name), &known).into_string();
    }
    refuse_taken(&row.slug, &known)?;
    let wanted = row.slug.clone();
    store::author::insert_section(tx, row).await.map_err(|error| taken(error, &wanted))
}

/// Changes a section.
///
/// # Errors
/// `NotFound`; `Forbidden` unless EDITOR; `Conflict`; `BadInput`; `SlugTaken`.
pub async fn update(cx: &Cx, id: SectionId, base: Option<i32>, typed: Typed) -> Result<section::Model, AppError> {
    cx.signed_in()?;
    let tx = cx.begin().await?;
    let seen = store::author::section(&tx, id).await?.ok_or_else(|| AppError::not_found("section"))?;
    let staff = cx.may(Task::KeepSections)?;
    must_be_version("section", base, seen.version)?;
    let mut next = typed.over(seen.clone())?;
    if next == seen {
        return Ok(seen);
    }
    if next.slug != seen.slug {
        let known: Vec<String> = store::author::all_sections(&tx).await?.into_iter().map(|row| row.slug).collect();
        refuse_taken(&next.slug, &known)?;
    }
    next.version += 1;
    next.updated_at = cx.now;
    let wanted = next.slug.clone();
    let row = store::author::update_section(&tx, seen.version, next).await.map_err(|error| taken(error, &wanted))?;
    let event = changed(&row, format!("{} changed the section {}", staff.user.name, row.name));
    cx.commit(tx, event).await?;
    Ok(row)
}

pub(crate) fn changed(row: &section::Model, summary: String) -> NewEvent {
    NewEvent::new(EventType::SectionChanged, summary)
        .detail("sectionId", row.id.to_string())
        .detail("slug", row.slug.clone())
        .detail("version", row.version)
}

/// Sections by their ids.
///
/// # Errors
/// When the database does not answer.
pub async fn many(cx: &Cx, ids: &[SectionId]) -> Result<Vec<section::Model>, AppError> {
    let mut rows = all(cx).await?;
    rows.retain(|row| ids.contains(&row.id));
    Ok(rows)
}

/// A section by slug.
///
/// # Errors
/// When the database does not answer.
pub async fn by_slug(cx: &Cx, slug: &str) -> Result<Option<section::Model>, AppError> {
    if !Slug::is_one(slug) {
        return Ok(None);
    }
    Ok(all(cx).await?.into_iter().find(|row| row.slug == slug))
}

/// Every section, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn all(cx: &Cx) -> Result<Vec<section::Model>, AppError> {
    let load = async |reader: &Reader, ()| Ok(Some(store::author::all_sections(reader).await?));
    let found = cx.desk.fresh.rows.sections.one(cx, (), |(), _| vec![Dep::Sections], load).await?;
    Ok(found.unwrap_or_default())
}

/// Those of these tags that a live article has: a tag that none has is not there for readers.
///
/// # Errors
/// When the database does not answer.
pub async fn tags(cx: &Cx, ids: &[TagId]) -> Result<Vec<tag::Model>, AppError> {
    let reader = cx.reader_of(ids.iter().map(|id| Dep::Tagged(*id)));
    let in_use = store::article::tags_in_use(reader, ids).await?;
    if in_use.is_empty() {
        return Ok(Vec::new());
    }
    Ok(store::author::tags(reader, &in_use).await?)
}

/// A tag by slug, where a live article has it.
///
/// # Errors
/// When the database does not answer.
pub async fn tag_by_slug(cx: &Cx, slug: &str) -> Result<Option<tag::Model>, AppError> {
    if !Slug::is_one(slug) {
        return Ok(None);
    }
    let reader = cx.reader_of([Dep::TagAt(slug.into())]);
    let Some(found) = store::author::tag_by_slug(reader, slug).await? else { return Ok(None) };
    let in_use = store::article::tags_in_use(cx.reader_of([Dep::Tagged(found.id)]), &[found.id]).await?;
    Ok(Some(found).filter(|_| !in_use.is_empty()))
}
