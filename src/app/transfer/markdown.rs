//! A folder of Markdown posts becomes live articles: what was published there is published here,
//! with its authors, date, tags and slug, on record as imported and by whom.

use std::collections::HashMap;
use std::path::PathBuf;

use entity::enums::{AffiliateFlag, EventType, GateKind, RelatedKind};
use entity::ids::{AuthorId, DraftId, GateId, RelatedLinkId, SectionId};
use entity::{author, draft, gate, imported_post, related_link, section};

use super::posts::{self, Broken, Found};
use crate::app::affiliate::{self, Policies};
use crate::app::bearing::{self, Moved};
use crate::app::draft::{Begun, begin};
use crate::app::publishing::{Approved, Edition, put_before_readers};
use crate::app::{AppError, Cx, revision};
use crate::domain::checks;
use crate::domain::draft::{Content, tags};
use crate::domain::event::NewEvent;
use crate::domain::policy::Task;
use crate::domain::post::{AuthorEntry, name_of, parse_authors, rewrite};
use crate::domain::slug::Slug;
use crate::domain::workflow::{Move, Standing, decide};
use crate::domain::{related, text};
use crate::store;

/// Where a post goes that names no section.
const SECTION: &str = "News";

/// What is to be imported.
pub struct MarkdownImport {
    /// Where the posts are.
    pub dir: PathBuf,
    /// The section of posts that name none.
    pub section: Option<String>,
    /// What the posts' author keys mean.
    pub authors: Option<PathBuf>,
}

/// What came of an import.
#[derive(Debug, Default)]
pub struct Report {
    /// Posts that are articles now.
    pub imported: usize,
    /// Posts that their files call drafts, and that are drafts here.
    pub drafts: usize,
    /// Posts that were here already.
    pub unchanged: usize,
    /// Authors that were added.
    pub authors: usize,
    /// Related links made of links between posts.
    pub links: usize,
    /// Files that could not be imported: name, line where it is known, and what to do.
    pub broken: Vec<(String, Option<usize>, String)>,
    /// What an editor may want to look at.
    pub warnings: Vec<String>,
}

/// Imports a folder of Markdown posts. Running it again changes nothing.
///
/// # Errors
/// `Forbidden` unless ADMIN; `BadInput` for a folder or authors file that cannot be read.
pub async fn import_markdown(
    cx: &Cx,
    import: MarkdownImport,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Report, AppError> {
    cx.may(Task::Import)?;
    let unreadable = |error: &dyn std::fmt::Display| {
        AppError::field("DIR", format!("{} cannot be read: {error}", import.dir.display()))
    };
    let files = posts::files(&import.dir).map_err(|error| unreadable(&error))?;
    if files.is_empty() {
        return Err(unreadable(&"there is no Markdown file in it"));
    }
    let (found, broken) = posts::read(&import.dir, &files);
    let entries = read_authors(&import)?;
    let mut run = Run::begin(cx, &found, &entries, broken).await?;
    let fallback = import.section.as_deref().unwrap_or(SECTION);
    let total = found.len();
    for (index, (post, slug)) in found.iter().zip(posts::slugs(&found)).enumerate() {
        progress(index, total);
        run.import(cx, post, slug, fallback).await?;
    }
    progress(total, total);
    run.link(cx).await?;
    Ok(run.report)
}

fn read_authors(import: &MarkdownImport) -> Result<Vec<AuthorEntry>, AppError> {
    let Some(path) = &import.authors else { return Ok(Vec::new()) };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| AppError::field("--authors", format!("{name}: {error}")))?;
    parse_authors(&name, &text).map_err(|bad| AppError::field("--authors", format!("{name}: {bad}")))
}

/// One import under way.
struct Run {
    report: Report,
    /// From an address that posts link to, to the slug of the post here.
    addresses: HashMap<String, String>,
    known: HashMap<String, imported_post::Model>,
    authors: HashMap<String, AuthorId>,
    sections: HashMap<String, SectionId>,
    policies: Policies,
    /// Which drafts the posts of this import became, and the slugs that they link to.
    linked: Vec<(DraftId, Vec<String>)>,
    drafts: HashMap<String, DraftId>,
}

impl Run {
    async fn begin(cx: &Cx, found: &[Found], entries: &[AuthorEntry], broken: Vec<Broken>) -> Result<Self, AppError> {
        let sources: Vec<String> = found.iter().map(|post| post.source.clone()).collect();
        let known = store::transfer::known(cx.reader(), &sources).await?;
        let ids: Vec<DraftId> = known.iter().map(|row| row.draft_id).collect();
        let here: HashMap<DraftId, draft::Model> = many_drafts(cx, &ids).await?;
        let known: HashMap<String, imported_post::Model> = known.into_iter().map(|row| (row.source.clone(), row)).collect();
        let (mut addresses, mut drafts) = (HashMap::new(), HashMap::new());
        for (post, wanted) in found.iter().zip(posts::slugs(found)) {
            let here = known.get(&post.source).and_then(|row| here.get(&row.draft_id));
            let slug = match here {
                Some(draft) => draft.slug.clone(),
                None => store::slug::free(cx.reader(), &wanted, None).await?.into_string(),
            };
            if let Some(draft) = here {
                drafts.insert(slug.clone(), draft.id);
            }
            for address in &post.post.addresses {
                addresses.entry(address.clone()).or_insert_with(|| slug.clone());
            }
        }
        let new = found.iter().filter(|post| !known.contains_key(&post.source));
        let (authors, added) = bring_authors(cx, new, entries).await?;
        let sections = store::author::all_sections(cx.reader()).await?;
        Ok(Self {
            report: Report { broken, authors: added, ..Report::default() },
            addresses,
            known,
            authors,
            sections: sections.into_iter().map(|row| (row.slug, row.id)).collect(),
            policies: (*affiliate::policies(cx).await?).clone(),
            linked: Vec::new(),
            drafts,
        })
    }

    async fn import(&mut self, cx: &Cx, found: &Found, slug: Slug, fallback: &str) -> Result<(), AppError> {
        if let Some(row) = self.known.get(&found.source) {
            self.report.unchanged += 1;
            // An import that was cut off before it came to the links is taken up where it stopped.
            if !row.is_linked {
                let rewritten = rewrite(&found.post.body, &|address| self.addresses.get(address).cloned());
                self.linked.push((row.draft_id, rewritten.linked));
            }
            if row.fingerprint != found.fingerprint {
                let path = &found.post.path;
                self.report.warnings.push(format!("{path}: has changed since it was imported; the article here stays as it is"));
            }
            return Ok(());
        }
        match self.bring(cx, found, slug, fallback).await {
            Ok(()) => Ok(()),
            // What is wrong with one post does not keep the others out.
            Err(AppError::Refused(refusal)) => {
                self.report.broken.push((found.post.path.clone(), None, refusal.message()));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn bring(&mut self, cx: &Cx, found: &Found, slug: Slug, fallback: &str) -> Result<(), AppError> {
        let staff = cx.signed_in()?;
        let post = &found.post;
        let rewritten = rewrite(&post.body, &|address| self.addresses.get(address).cloned());
        let section = self.section(cx, post.section.as_deref().unwrap_or(fallback)).await?;
        let bad = |path: &'static str| move |message: String| AppError::field(path, message);
        let mut content = Content {
            headline: text::line(&one_line(&post.title), text::MAX_HEADLINE).map_err(bad("title"))?,
            dek: post.dek.as_deref().map(one_line).filter(|dek| !dek.is_empty()),
            body: text::body(&rewritten.body).map_err(bad("body"))?,
            slug,
            section: Some(section),
            tags: tags(&post.tags).map_err(bad("tags"))?,
            authors: post.authors.iter().filter_map(|key| self.authors.get(key).copied()).fold(Vec::new(), |mut byline, id| {
                if !byline.contains(&id) {
                    byline.push(id);
                }
                byline
            }),
            hero_image: None,
            seo_title: None,
            seo_description: None,
            canonical_url: None,
            affiliate_flag: AffiliateFlag::Auto,
            affiliate_reason: None,
            affiliate_policy: None,
        };
        let compiled = revision::compile(cx, content.body.clone(), self.policies.rules(None, content.section)).await?;
        let tx = cx.begin().await?;
        let begun = Begun {
            owner: Some(staff.user.id),
            needs_legal_review: false,
            due_at: None,
            slug_is_typed: false,
            written_by: None,
            note: Some(format!("Imported from {}", post.path)),
        };
        let (draft, revision) = begin(cx, &tx, &mut content, compiled, begun).await?;
        let row = imported_post::Model {
            source: found.source.clone(),
            draft_id: draft.id,
            fingerprint: found.fingerprint.clone(),
            is_linked: false,
            imported_by: Some(staff.user.id),
            created_at: cx.now,
        };
        store::transfer::note(&tx, row).await?;
        self.drafts.insert(draft.slug.clone(), draft.id);
        self.linked.push((draft.id, rewritten.linked));
        if post.is_draft {
            let event = NewEvent::new(EventType::DraftCreated, format!("{} imported the draft", staff.user.name))
                .draft(draft.id)
                .revision(draft.revision_id)
                .detail("source", post.path.clone());
            cx.commit(tx, event).await?;
            self.report.drafts += 1;
            return Ok(());
        }
        let warnings = shortcomings(&revision, &content);
        self.report.warnings.extend(warnings.into_iter().map(|message| format!("{}: {message}", post.path)));
        let gate = store::publishing::pass(&tx, gate_of(cx, &draft, &post.path)).await?;
        let edition = Edition {
            gate: gate.id,
            correction: None,
            published_at: post.published_at,
            first_published_at: post.published_at,
            by: Some(staff.user.id),
        };
        let live = Approved { revision: &revision, byline: &content.authors };
        let (article, next) = put_before_readers(cx, &tx, live, edition, draft.clone()).await?;
        let at = Standing { state: draft.state, is_live: false, has_unpublish_at: false };
        let step = decide(at, Move::PublishOverride).map_err(|_| AppError::Fault("a new draft cannot go live".into()))?;
        store::draft::take(&tx, &draft, next, step).await?;
        let event = NewEvent::new(EventType::ArticleImported, format!("{} imported the article", staff.user.name))
            .draft(article.draft_id)
            .article(Some(article.id))
            .revision(article.revision_id)
            .detail("source", post.path.clone())
            .detail("edition", article.edition_number)
            .detail("editionId", article.edition_id.to_string())
            .detail("slug", article.slug.clone());
        // Readers have it here from now on, whenever it was first published elsewhere.
        bearing::commit(cx, tx, &[Moved::Live { article, at: cx.now }], vec![event]).await?;
        self.report.imported += 1;
        Ok(())
    }

    /// The section of this name; made where there is none.
    async fn section(&mut self, cx: &Cx, name: &str) -> Result<SectionId, AppError> {
        let slug = Slug::parse(name).unwrap_or_else(|| Slug::from_headline(name)).into_string();
        if let Some(id) = self.sections.get(&slug) {
            return Ok(*id);
        }
        let typed = crate::app::section::Typed { name: Some(one_line(name)), slug: Some(slug.clone()), description: None };
        let row: section::Model = crate::app::section::create(cx, typed).await?;
        self.sections.insert(slug, row.id);
        Ok(row.id)
    }

    /// Links between posts become related links, once every post is here.
    async fn link(&mut self, cx: &Cx) -> Result<(), AppError> {
        /// How many drafts are linked in one transaction.
        const AT_ONCE: usize = 200;
        let staff = cx.signed_in()?;
        let linked = std::mem::take(&mut self.linked);
        for linked in linked.chunks(AT_ONCE) {
            let tx = cx.begin_long().await?;
            let mut events = Vec::new();
            for (draft, slugs) in linked {
                let rows = self.related(*draft, slugs);
                if rows.is_empty() {
                    continue;
                }
                self.report.links += rows.len();
                let summary = format!("{} imported the related links of an article", staff.user.name);
                let event = NewEvent::new(EventType::RelatedLinksChanged, summary).draft(*draft).detail("links", rows.len());
                events.push(event);
                store::related::replace(&tx, *draft, rows).await?;
            }
            let drafts: Vec<DraftId> = linked.iter().map(|(draft, _)| *draft).collect();
            store::transfer::linked(&tx, &drafts).await?;
            cx.commit_all(tx, events).await?;
        }
        Ok(())
    }

    fn related(&self, draft: DraftId, slugs: &[String]) -> Vec<related_link::Model> {
        let mut targets: Vec<DraftId> = Vec::new();
        for target in slugs.iter().filter_map(|slug| self.drafts.get(slug)) {
            if *target != draft && !targets.contains(target) && targets.len() < related::MOST {
                targets.push(*target);
            }
        }
        let rows = (0..).zip(targets).map(|(position, target)| related_link::Model {
            id: RelatedLinkId::new(),
            draft_id: draft,
            position,
            kind: RelatedKind::Related,
            target_draft_id: Some(target),
            url: None,
            title: None,
            note: None,
            network: None,
        });
        rows.collect()
    }
}

/// What would keep a draft from going live, and is only told of what was live already.
fn shortcomings(revision: &entity::revision::Model, content: &Content) -> Vec<String> {
    let facts = checks::Facts {
        headline: &revision.headline,
        has_dek: true,
        has_body: revision.has_body,
        authors: content.authors.len(),
        has_section: true,
        owns_slug: true,
        images_without_alt: usize::try_from(revision.images_without_alt).unwrap_or_default(),
        ..checks::Facts::default()
    };
    let failed = checks::run(&facts).into_iter().filter(|check| !check.passed);
    failed.map(|check| check.message).collect()
}

fn gate_of(cx: &Cx, draft: &draft::Model, path: &str) -> gate::Model {
    gate::Model {
        id: GateId::new(),
        draft_id: draft.id,
        revision_id: draft.revision_id,
        kind: GateKind::Imported,
        round: draft.round,
        reason: Some(format!("Published before it was imported from {path}")),
        passed_by: cx.user_id(),
        created_at: cx.now,
    }
}

/// Text of several lines, as front matter often has it, on one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn many_drafts(cx: &Cx, ids: &[DraftId]) -> Result<HashMap<DraftId, draft::Model>, AppError> {
    let mut rows = HashMap::new();
    for ids in ids.chunks(500) {
        rows.extend(store::draft::many(cx.reader(), ids).await?.into_iter().map(|row| (row.id, row)));
    }
    Ok(rows)
}

/// The profiles of everybody whom the posts name; those who are not here yet are added.
async fn bring_authors(
    cx: &Cx,
    found: impl Iterator<Item = &Found>,
    entries: &[AuthorEntry],
) -> Result<(HashMap<String, AuthorId>, usize), AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin_long().await?;
    let (mut known, mut events) = (HashMap::new(), Vec::new());
    for key in found.flat_map(|post| &post.post.authors) {
        if known.contains_key(key) {
            continue;
        }
        let slug = Slug::parse(key).unwrap_or_else(|| Slug::from_headline(key)).into_string();
        if let Some(row) = store::author::by_slug(&tx, &slug).await? {
            known.insert(key.clone(), row.id);
            continue;
        }
        let entry = entries.iter().find(|entry| entry.key == *key);
        let typed = crate::app::author::Typed {
            name: Some(entry.map_or_else(|| name_of(key), |entry| entry.name.clone())),
            slug: Some(slug),
            title: Some(entry.and_then(|entry| entry.title.clone())),
            bio: Some(entry.and_then(|entry| entry.bio.clone())),
            links: entry.map(|entry| {
                let links = entry.links.iter().cloned();
                links.map(|(label, url)| crate::app::author::Link { label, url }).collect()
            }),
            ..crate::app::author::Typed::default()
        };
        let row: author::Model = crate::app::author::add(cx, &tx, &typed).await?;
        let summary = format!("{} imported the author {}", staff.user.name, row.name);
        events.push(NewEvent::new(EventType::AuthorChanged, summary).detail("authorId", row.id.to_string()).detail("slug", row.slug.clone()));
        known.insert(key.clone(), row.id);
    }
    let added = events.len();
    if events.is_empty() { tx.commit_unlogged().await? } else { cx.commit_all(tx, events).await? }
    Ok((known, added))
}
