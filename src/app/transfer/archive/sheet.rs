//! Articles, drafts and authors as people read them: Markdown files with front matter, and a list.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use entity::ids::{ArticleId, AuthorId, DraftId, ImageId, RevisionId, SectionId};
use entity::{article, author, edition, image, related_link, revision};
use serde_json::{Value, json};

use super::folder::Folder;
use crate::app::{AppError, author as profiles};
use crate::domain::post::{front_matter_of, listed};
use crate::store::archive::{self, Snapshot};
use crate::store;

/// How many files are gathered at a time; each may have a body of a megabyte.
const AT_ONCE: u64 = 16;
/// How many authors are read at a time.
const AUTHORS: u64 = 200;

/// Writes who the authors are, by the keys that the files name them by: their slugs.
pub(super) async fn authors(folder: &mut Folder, snapshot: &Snapshot) -> Result<(), AppError> {
    let mut file = folder.sheet("authors.yml")?;
    let mut after = None;
    loop {
        let rows = archive::authors_after(snapshot, after, AUTHORS).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        file.write(listed(&rows.iter().map(person).collect::<Vec<_>>()).as_bytes())?;
    }
    folder.keep(file)
}

fn person(row: &author::Model) -> Vec<(&'static str, Value)> {
    let links: Vec<Value> = profiles::links(row).into_iter().map(|link| json!({ "label": link.label, "url": link.url })).collect();
    vec![
        ("key", json!(row.slug)),
        ("name", json!(row.name)),
        ("title", json!(row.title)),
        ("bio", json!(row.bio)),
        ("links", json!(links)),
    ]
}

/// Writes what readers see, an article a file.
pub(super) async fn articles(folder: &mut Folder, snapshot: &Snapshot) -> Result<(), AppError> {
    let sections = sections(snapshot).await?;
    let mut after = None;
    loop {
        let rows = archive::live_page(snapshot, after, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.id);
        let drafts: Vec<DraftId> = rows.iter().map(|row| row.draft_id).collect();
        let matter = Matter::gather(snapshot, &rows.iter().map(|row| row.revision_id).collect::<Vec<_>>(), &drafts).await?;
        let ids: Vec<ArticleId> = rows.iter().map(|row| row.id).collect();
        let corrections = archive::corrections(snapshot, &ids).await?;
        let slugs = archive::former_slugs(snapshot, &drafts).await?;
        for row in &rows {
            let Some(revision) = matter.revisions.get(&row.revision_id) else { continue };
            let former = slugs.iter().filter(|slug| slug.draft_id == row.draft_id && slug.slug != row.slug);
            let aliases: Vec<String> = former.map(|slug| format!("/{}", slug.slug)).collect();
            let own = corrections.iter().filter(|edition| edition.article_id == row.id);
            let mut fields = matter.fields(revision, &row.slug, &sections);
            fields.insert(3, ("date", time(row.published_at)));
            fields.insert(4, ("updated", time(row.updated_at)));
            fields.extend([
                ("corrections", own.map(correction).collect()),
                ("aliases", json!(aliases)),
                ("copydesk", standing(row, revision)),
            ]);
            let name = format!("articles/{}/{}.md", row.published_at.year(), row.slug);
            folder.put(&name, matter.page(&fields, revision.id).as_bytes())?;
        }
    }
}

fn standing(row: &article::Model, revision: &revision::Model) -> Value {
    json!({
        "article": row.id.to_string(),
        "draft": row.draft_id.to_string(),
        "state": row.state.as_str(),
        "edition": row.edition_number,
        "revision": revision.number,
    })
}

fn correction(row: &edition::Model) -> Value {
    json!({
        "kind": row.correction_kind.map(|kind| kind.as_str()),
        "note": row.correction_note,
        "edition": row.number,
        "at": time(row.published_at),
    })
}

/// Writes what readers do not see, or not yet, a draft a file.
pub(super) async fn drafts(folder: &mut Folder, snapshot: &Snapshot) -> Result<(), AppError> {
    let sections = sections(snapshot).await?;
    let mut after = None;
    loop {
        let rows = archive::draft_page(snapshot, after, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.id);
        let ids: Vec<DraftId> = rows.iter().map(|row| row.id).collect();
        let matter = Matter::gather(snapshot, &rows.iter().map(|row| row.revision_id).collect::<Vec<_>>(), &ids).await?;
        for row in &rows {
            let Some(revision) = matter.revisions.get(&row.revision_id) else { continue };
            let mut fields = matter.fields(revision, &row.slug, &sections);
            // Whoever reads these files elsewhere must not publish them.
            fields.insert(0, ("draft", json!(true)));
            fields.insert(4, ("date", time(row.created_at)));
            fields.insert(5, ("updated", time(row.updated_at)));
            fields.push(("copydesk", json!({ "draft": row.id.to_string(), "state": row.state.as_str(), "revision": revision.number })));
            folder.put(&format!("drafts/{}.md", row.slug), matter.page(&fields, revision.id).as_bytes())?;
        }
    }
}

async fn sections(snapshot: &Snapshot) -> Result<HashMap<SectionId, String>, AppError> {
    Ok(store::author::all_sections(snapshot).await?.into_iter().map(|row| (row.id, row.name)).collect())
}

/// What belongs to some revisions.
struct Matter {
    revisions: HashMap<RevisionId, revision::Model>,
    texts: HashMap<RevisionId, String>,
    /// The slugs of each byline, in its order.
    bylines: HashMap<RevisionId, Vec<String>>,
    images: HashMap<ImageId, image::Model>,
    related: Vec<related_link::Model>,
    /// What the related links' targets are called.
    targets: HashMap<DraftId, String>,
}

impl Matter {
    async fn gather(snapshot: &Snapshot, revisions: &[RevisionId], drafts: &[DraftId]) -> Result<Self, AppError> {
        let rows = store::revision::many(snapshot, revisions).await?;
        let texts = store::revision::texts(snapshot, revisions).await?;
        let written = store::revision::bylines(snapshot, revisions).await?;
        let ids: Vec<AuthorId> = written.iter().map(|row| row.author_id).collect();
        let slugs: HashMap<AuthorId, String> = if ids.is_empty() {
            HashMap::new()
        } else {
            store::author::many(snapshot, &ids).await?.into_iter().map(|row| (row.id, row.slug)).collect()
        };
        let mut bylines: HashMap<RevisionId, Vec<String>> = HashMap::new();
        for row in written {
            bylines.entry(row.revision_id).or_default().extend(slugs.get(&row.author_id).cloned());
        }
        let heroes: Vec<ImageId> = rows.iter().filter_map(|row| row.hero_image_id).collect();
        let images = if heroes.is_empty() { Vec::new() } else { archive::images(snapshot, &heroes).await? };
        let related = store::related::of(snapshot, drafts).await?;
        let targets: Vec<DraftId> = related.iter().filter_map(|link| link.target_draft_id).collect();
        let targets = if targets.is_empty() { Vec::new() } else { archive::slugs_of(snapshot, &targets).await? };
        Ok(Self {
            revisions: rows.into_iter().map(|row| (row.id, row)).collect(),
            texts: texts.into_iter().map(|row| (row.revision_id, row.markdown)).collect(),
            bylines,
            images: images.into_iter().map(|row| (row.id, row)).collect(),
            related,
            targets: targets.into_iter().collect(),
        })
    }

    /// Headline, dek and slug come first; whoever adds dates adds them after these.
    fn fields(&self, row: &revision::Model, slug: &str, sections: &HashMap<SectionId, String>) -> Vec<(&'static str, Value)> {
        let section = row.section_id.and_then(|id| sections.get(&id));
        let hero = row.hero_image_id.and_then(|id| self.images.get(&id));
        let hero = hero.map(|image| json!({ "image": image.id.to_string(), "alt": image.alt, "caption": image.caption, "credit": image.credit }));
        let related: Vec<Value> = self.related.iter().filter(|link| link.draft_id == row.draft_id).map(|link| self.link(link)).collect();
        let flag = json!({
            "flag": row.affiliate_flag.as_str(),
            "reason": row.affiliate_reason,
            "links": row.has_affiliate_links,
            "policy": row.affiliate_policy_id.map(|id| id.to_string()),
        });
        vec![
            ("headline", json!(row.headline)),
            ("dek", json!(row.dek)),
            ("slug", json!(slug)),
            ("section", json!(section)),
            ("authors", json!(self.bylines.get(&row.id))),
            ("tags", row.tags.clone()),
            ("hero_image", json!(hero)),
            ("related", json!(related)),
            ("affiliate", flag),
            ("seo", json!({ "title": row.seo_title, "text": row.seo_description, "canonical": row.canonical_url })),
        ]
    }

    fn link(&self, link: &related_link::Model) -> Value {
        let target = link.target_draft_id.and_then(|id| self.targets.get(&id));
        json!({ "kind": link.kind.as_str(), "article": target, "page": link.url, "title": link.title, "note": link.note })
    }

    fn page(&self, fields: &[(&str, Value)], revision: RevisionId) -> String {
        front_matter_of(fields) + self.texts.get(&revision).map_or("", String::as_str)
    }
}

fn time(at: DateTime<Utc>) -> Value {
    json!(at.to_rfc3339_opts(SecondsFormat::Micros, true))
}
