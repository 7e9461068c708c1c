//! Writing revisions, and the bodies that the compiler makes of them.

use std::collections::HashMap;

use entity::enums::AffiliateFlag;
use entity::ids::{AuthorId, DraftId, ImageId, RevisionId, SectionId, UserId};
use entity::{revision, revision_body, revision_link};

use url::Url;

use super::{AppError, Cx, affiliate};
use crate::domain::affiliate::{self as detector, Rule};
use crate::domain::body::{self, Compiled};
use crate::domain::dep::Dep;
use crate::domain::draft::Content;
use crate::domain::page::{Page, Slice};
use crate::domain::refusal::Refusal;
use crate::domain::slug::Slug;
use crate::domain::subject;
use crate::store::{self, Reader, Source, Tx};

/// Bytes of text that are read for one answer.
const TOGETHER: i64 = 8 << 20;

/// What the compiler made of a Markdown text, ready to be written beside a revision.
#[derive(Clone, Debug)]
pub struct CompiledBody {
    blocks: String,
    text: String,
    word_count: i32,
    links: Vec<revision_link::Model>,
    has_affiliate_links: bool,
    images_without_alt: i32,
    has_body: bool,
    terms: String,
}

/// Notes of links where they lead to: which page of the site, or which domain elsewhere.
pub(crate) fn place_links(site: &Url, links: &mut [revision_link::Model]) {
    for link in links {
        link.own_slug = body::own_slug(&link.url, site).filter(|slug| Slug::is_one(slug));
        let place = detector::place(&link.url).filter(|_| link.own_slug.is_none());
        link.domain = place.and_then(|mut place| place.hosts.pop());
    }
}

/// Judges the links of a stored revision by these rules, in their rows and in its body. Says whether that
/// is news.
pub(crate) async fn rejudge(tx: &Tx, id: RevisionId, links: &mut [revision_link::Model], rules: &[Rule]) -> Result<bool, AppError> {
    let mut news = Vec::new();
    for row in links.iter_mut() {
        if affiliate::judge(row, rules) {
            news.push(row.clone());
        }
    }
    if news.is_empty() {
        return Ok(false);
    }
    store::link::rejudge(tx, &news).await?;
    let stored = store::revision::bodies(tx, &[id]).await?.pop();
    let parsed = stored.as_ref().and_then(|row| serde_json::from_str::<Compiled>(&row.blocks).ok());
    if let Some((stored, mut compiled)) = stored.zip(parsed) {
        for (link, row) in compiled.links.iter_mut().zip(links.iter()) {
            link.network = row.network.clone().filter(|_| affiliate::is_certain(row));
        }
        let blocks = serde_json::to_string(&compiled).map_err(|error| AppError::Fault(error.to_string()))?;
        tx.touch([Dep::Body(id)]);
        store::revision::keep_body(tx, revision_body::Model { blocks, ..stored }).await?;
    }
    Ok(true)
}

/// Compiles a body. It takes time that grows with the text, so it runs beside the workers and
/// never inside a transaction.
pub(crate) async fn compile(cx: &Cx, markdown: String, rules: Vec<Rule>) -> Result<CompiledBody, AppError> {
    let site = cx.desk.site.url.clone();
    let work = move || -> Result<CompiledBody, AppError> {
        let mut compiled = body::compile(&markdown);
        let mut links = Vec::with_capacity(compiled.links.len());
        for (position, link) in (0..).zip(&mut compiled.links) {
            let row = affiliate::judged(link.url.clone(), link.text.clone(), &rules);
            let row = revision_link::Model { position, block: i32::try_from(link.block).unwrap_or(i32::MAX), ..row };
            link.network = row.network.clone().filter(|_| affiliate::is_certain(&row));
            links.push(row);
        }
        place_links(&site, &mut links);
        let terms = subject::count(&compiled.text);
        Ok(CompiledBody {
            terms: serde_json::to_string(&terms).map_err(|error| AppError::Fault(error.to_string()))?,
            blocks: serde_json::to_string(&compiled).map_err(|error| AppError::Fault(error.to_string()))?,
            word_count: i32::try_from(compiled.word_count).unwrap_or(i32::MAX),
            has_affiliate_links: compiled.links.iter().any(|link| link.network.is_some()),
            images_without_alt: i32::try_from(compiled.images.iter().filter(|image| image.alt.trim().is_empty()).count())
                .unwrap_or(i32::MAX),
            has_body: !compiled.blocks.is_empty(),
            text: compiled.text,
            links,
        })
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Fault(format!("compiling failed: {error}")))?
}

/// What a stored revision says.
pub(crate) async fn content(source: &impl Source, row: &revision::Model) -> Result<Content, AppError> {
    let markdown = store::revision::texts(source, &[row.id]).await?.pop().map(|text| text.markdown).unwrap_or_default();
    let byline = store::revision::bylines(source, &[row.id]).await?;
    Ok(Content {
        headline: row.headline.clone(),
        dek: row.dek.clone(),
        body: markdown,
        slug: Slug::parse(&row.slug).unwrap_or_else(|| Slug::from_headline(&row.headline)),
        section: row.section_id,
        tags: tags(row),
        authors: byline.into_iter().map(|row| row.author_id).collect(),
        hero_image: row.hero_image_id,
        seo_title: row.seo_title.clone(),
        seo_description: row.seo_description.clone(),
        canonical_url: row.canonical_url.clone(),
        affiliate_flag: row.affiliate_flag,
        affiliate_reason: row.affiliate_reason.clone(),
        affiliate_policy: row.affiliate_policy_id,
    })
}

/// The tags of a revision, in its order.
#[must_use]
pub fn tags(row: &revision::Model) -> Vec<String> {
    serde_json::from_value(row.tags.clone()).unwrap_or_default()
}

/// Who writes a revision, and which.
pub(crate) struct Written {
    pub(crate) draft: DraftId,
    pub(crate) number: i32,
    pub(crate) by: Option<UserId>,
    pub(crate) suggested_by: Option<UserId>,
    pub(crate) at: chrono::DateTime<chrono::Utc>,
    pub(crate) note: Option<String>,
}

/// Writes a revision with its text, byline, links and compiled body.
pub(crate) async fn write(tx: &Tx, written: Written, content: &Content, compiled: CompiledBody) -> Result<revision::Model, AppError> {
    let id = RevisionId::new();
    let revision = revision::Model {
        id,
        draft_id: written.draft,
        number: written.number,
        headline: content.headline.clone(),
        dek: content.dek.clone(),
        slug: content.slug.as_str().to_owned(),
        section_id: content.section,
        tags: serde_json::Value::from(content.tags.clone()),
        hero_image_id: content.hero_image,
        seo_title: content.seo_title.clone(),
        seo_description: content.seo_description.clone(),
        canonical_url: content.canonical_url.clone(),
        affiliate_flag: content.affiliate_flag,
        affiliate_reason: content.affiliate_reason.clone(),
        affiliate_policy_id: content.affiliate_policy,
        has_affiliate_links: compiled.has_affiliate_links,
        has_body: compiled.has_body,
        images_without_alt: compiled.images_without_alt,
        created_by: written.by,
        suggested_by: written.suggested_by,
        created_at: written.at,
        note: written.note,
    };
    let body = revision_body::Model {
        revision_id: id,
        compiler_version: body::COMPILER_VERSION,
        blocks: compiled.blocks,
        text: compiled.text,
        word_count: compiled.word_count,
        terms: Some(compiled.terms),
    };
    let links = compiled.links.into_iter().map(|link| revision_link::Model { revision_id: id, ..link }).collect();
    let new = store::revision::New {
        revision,
        markdown: content.body.clone(),
        body,
        authors: content.authors.clone(),
        links,
    };
    Ok(store::revision::insert(tx, new).await?)
}

/// Whether a revision needs the stage COMMERCE.
pub(crate) fn needs_commerce(row: &revision::Model) -> bool {
    row.has_affiliate_links || row.affiliate_flag != AffiliateFlag::Auto
}

/// Refuses ids of sections, authors and images that are not there.
pub(crate) async fn must_exist(
    source: &impl Source,
    section: Option<SectionId>,
    authors: &[AuthorId],
    image: Option<ImageId>,
) -> Result<(), AppError> {
    if let Some(section) = section
        && store::author::section(source, section).await?.is_none()
    {
        return Err(AppError::not_found("section"));
    }
    if !authors.is_empty() {
        let known = store::author::many(source, authors).await?;
        if authors.iter().any(|id| !known.iter().any(|author| author.id == *id)) {
            return Err(AppError::not_found("author"));
        }
    }
    if let Some(image) = image
        && store::author::images(source, &[image]).await?.is_empty()
    {
        return Err(AppError::not_found("image"));
    }
    Ok(())
}

/// A body as it was written and as it was compiled.
#[derive(Clone, Debug)]
pub struct Body {
    /// As typed.
    pub markdown: std::sync::Arc<str>,
    /// As compiled, with slots for links and disclosure.
    pub compiled: std::sync::Arc<Compiled>,
}

/// The bodies of these revisions: those that readers see, and for staff all.
///
/// # Errors
/// `TooMuch` for more text than one answer may hold; when the database does not answer.
pub async fn bodies(cx: &Cx, ids: &[RevisionId]) -> Result<Vec<(RevisionId, Body)>, AppError> {
    let load = async |reader: &Reader, missing: Vec<RevisionId>| {
        // A single one is always given.
        if missing.len() > 1 && store::revision::size(reader, &missing).await? > TOGETHER {
            return Err(too_much());
        }
        read_bodies(cx, reader, &missing).await
    };
    let found = cx.desk.fresh.rows.bodies.many(cx, ids, |id, _| vec![Dep::Body(*id)], load).await?;
    let together: usize = found.iter().map(|(_, body)| body.markdown.len()).sum();
    if found.len() > 1 && i64::try_from(together).unwrap_or(i64::MAX) > TOGETHER {
        return Err(too_much());
    }
    Ok(found)
}

fn too_much() -> AppError {
    let message = format!("The bodies asked for have more than {} MiB together; ask for fewer at a time.", TOGETHER >> 20);
    Refusal::TooMuch(message).into()
}

async fn read_bodies(cx: &Cx, reader: &Reader, ids: &[RevisionId]) -> Result<Vec<(RevisionId, Body)>, AppError> {
    let texts = store::revision::texts(reader, ids).await?;
    let mut compiled = store::revision::bodies(reader, ids).await?;
    let mut bodies = Vec::with_capacity(texts.len());
    for text in texts {
        let kept = compiled.iter().position(|body| body.revision_id == text.revision_id).map(|at| compiled.swap_remove(at));
        let current = kept.filter(|body| body.compiler_version == body::COMPILER_VERSION);
        let compiled = match current.and_then(|body| serde_json::from_str::<Compiled>(&body.blocks).ok()) {
            Some(compiled) => compiled,
            None => recompile(cx, text.revision_id, text.markdown.clone()).await?,
        };
        bodies.push((text.revision_id, Body { markdown: text.markdown.into(), compiled: std::sync::Arc::new(compiled) }));
    }
    Ok(bodies)
}

/// Compiles a body that an older compiler made, keeping what was found of its links when they were judged.
async fn recompile(cx: &Cx, id: RevisionId, markdown: String) -> Result<Compiled, AppError> {
    let found = store::revision::affiliate_links(cx.reader(), &[id]).await?;
    let networks: HashMap<String, Option<String>> =
        found.into_iter().filter(affiliate::is_certain).map(|row| (row.url, row.network)).collect();
    let compile = move || {
        let mut compiled = body::compile(&markdown);
        for link in &mut compiled.links {
            link.network = networks.get(&link.url).cloned().flatten();
        }
        compiled
    };
    let compiled =
        tokio::task::spawn_blocking(compile).await.map_err(|error| AppError::Fault(format!("compiling failed: {error}")))?;
    let tx = cx.begin().await?;
    let row = revision_body::Model {
        revision_id: id,
        compiler_version: body::COMPILER_VERSION,
        blocks: serde_json::to_string(&compiled).map_err(|error| AppError::Fault(error.to_string()))?,
        text: compiled.text.clone(),
        word_count: i32::try_from(compiled.word_count).unwrap_or(i32::MAX),
        terms: serde_json::to_string(&subject::count(&compiled.text)).ok(),
    };
    store::revision::keep_body(&tx, row).await?;
    tx.commit_unlogged().await?;
    Ok(compiled)
}

/// Revisions by their ids, without their bodies; none for who may not read drafts.
///
/// # Errors
/// When the database does not answer.
pub async fn many(cx: &Cx, ids: &[RevisionId]) -> Result<Vec<revision::Model>, AppError> {
    if !cx.reads_desk() {
        return Ok(Vec::new());
    }
    Ok(store::revision::many(cx.reader(), ids).await?)
}

/// The revisions with these numbers, each of its draft; none for who may not read drafts.
///
/// # Errors
/// When the database does not answer.
pub async fn by_numbers(cx: &Cx, wanted: &[(DraftId, i32)]) -> Result<Vec<revision::Model>, AppError> {
    if !cx.reads_desk() {
        return Ok(Vec::new());
    }
    Ok(store::revision::by_numbers(cx.reader(), wanted).await?)
}

/// Compares two texts beside the workers: what an editor may write takes a while to compare.
///
/// # Errors
/// When the comparison itself fails.
pub async fn compare<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Fault(format!("comparing failed: {error}")))
}

/// A page of the revisions of each draft.
///
/// # Errors
/// When the database does not answer.
pub async fn pages(cx: &Cx, drafts: &[DraftId], page: &Page) -> Result<Vec<(DraftId, Slice<revision::Model>)>, AppError> {
    Ok(store::revision::pages(cx.reader(), drafts, page).await?)
}

/// How many revisions each of these drafts has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(cx: &Cx, drafts: &[DraftId]) -> Result<Vec<(DraftId, u64)>, AppError> {
    Ok(store::revision::counts(cx.reader(), drafts).await?)
}

/// The bylines of these revisions, each in its order.
///
/// # Errors
/// When the database does not answer.
pub async fn bylines(cx: &Cx, ids: &[RevisionId]) -> Result<Vec<(RevisionId, AuthorId)>, AppError> {
    let rows = store::revision::bylines(cx.reader(), ids).await?;
    Ok(rows.into_iter().map(|row| (row.revision_id, row.author_id)).collect())
}
