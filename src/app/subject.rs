//! Which live articles are close in subject: found when an article is published, for it and for a bounded
//! number of its neighbours, so that a reader who asks costs one indexed statement.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::enums::ArticleState;
use entity::ids::{ArticleId, AuthorId, DraftId, RevisionId, SectionId, TagId};
use entity::{article, article_subject, article_suggestion, article_term};

use super::article::Row;
use super::{AppError, Cx, revision};
use crate::domain::dep::Dep;
use crate::domain::page::Page;
use crate::domain::slug::Slug;
use crate::domain::subject::{self, Found, Near, Shared, Sources};
use crate::store::subject::Neighbour;
use crate::store::{self, Reader, Source, Tx};

/// Under which live articles are counted in the table of terms: no term is empty.
const ALL: &str = "";

/// How many candidates are looked at closely, those first that have most in common by text and tags.
const LOOKED_AT: usize = 40;

/// A list shorter than this after an article went away is made anew.
const SHORT: usize = 6;

/// How many lists are made anew when an article goes away.
const RENEWED: usize = 8;

/// What is weighed of an article, or of a draft.
#[derive(Clone, Debug)]
struct Weighed {
    article: Option<ArticleId>,
    terms: Vec<(String, f64)>,
    keywords: Vec<(String, f64)>,
    tags: Vec<TagId>,
    section: Option<SectionId>,
    authors: Vec<AuthorId>,
    at: DateTime<Utc>,
}

/// Under what a tag is counted in the table of terms; no term begins so.
fn counted_as(tag: TagId) -> String {
    format!("#{tag}")
}

impl Weighed {
    /// Everything that the article is counted under.
    fn counted(&self) -> Vec<String> {
        let tags = self.tags.iter().map(|tag| counted_as(*tag));
        [ALL.to_owned()].into_iter().chain(tags).chain(self.terms.iter().map(|(term, _)| term.clone())).collect()
    }

    fn choose(&mut self, counts: &HashMap<String, u64>) {
        let count = |term: &str| counts.get(term).copied().unwrap_or_default();
        self.keywords = subject::keywords(&self.terms, &count, count(ALL));
    }
}

/// The terms of these revisions' bodies; counted now where an older version of this program did not.
async fn terms_of(source: &impl Source, ids: &[RevisionId]) -> Result<HashMap<RevisionId, Vec<(String, u32)>>, AppError> {
    let (mut known, mut uncounted) = (HashMap::new(), Vec::new());
    for (id, terms) in store::revision::terms(source, ids).await? {
        match terms.and_then(|terms| serde_json::from_str(&terms).ok()) {
            Some(terms) => drop(known.insert(id, terms)),
            None => uncounted.push(id),
        }
    }
    if !uncounted.is_empty() {
        let bodies = store::revision::bodies(source, &uncounted).await?;
        known.extend(bodies.into_iter().map(|body| (body.revision_id, subject::count(&body.text))));
    }
    Ok(known)
}

/// Brings up to date what is close to what, after these articles came and those went. `is_known` says of which
/// of those that came something may be known already.
pub(crate) async fn refresh(
    cx: &Cx,
    tx: &Tx,
    came: &[&article::Model],
    went: &[ArticleId],
    is_known: impl Fn(&article::Model) -> bool,
) -> Result<(), AppError> {
    let mut weighed = weigh_articles(tx, came).await?;
    let ids: Vec<ArticleId> = came.iter().map(|row| row.id).chain(went.iter().copied()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut tally: BTreeMap<String, i32> = BTreeMap::new();
    let known: Vec<ArticleId> = came.iter().filter(|row| is_known(row)).map(|row| row.id).chain(went.iter().copied()).collect();
    let subjects = if known.is_empty() { Vec::new() } else { store::subject::subjects(tx, &known).await? };
    for before in subjects {
        for term in serde_json::from_value::<Vec<String>>(before.counted).unwrap_or_default() {
            *tally.entry(term).or_default() -= 1;
        }
    }
    for term in weighed.iter().flat_map(Weighed::counted) {
        *tally.entry(term).or_default() += 1;
    }
    let shortened = if known.is_empty() { Vec::new() } else { store::subject::forget(tx, &known).await? };
    store::subject::tally(tx, &tally).await?;
    let counts = counts_for(tx, &weighed).await?;
    for subject in &mut weighed {
        subject.choose(&counts);
    }
    for subject in &weighed {
        // One after the other: of two that come at once the later finds the earlier.
        keep(tx, subject).await?;
        let near = near(tx, std::slice::from_ref(subject), &counts).await?.pop().unwrap_or_default();
        enlist(tx, subject, near).await?;
    }
    renew(cx, tx, shortened, &ids).await
}

/// Makes anew the lists that became short since articles went out of them.
async fn renew(cx: &Cx, tx: &Tx, mut shortened: Vec<ArticleId>, moved: &[ArticleId]) -> Result<(), AppError> {
    shortened.retain(|id| !moved.contains(id));
    let left = store::subject::lists(tx, &shortened).await?;
    shortened.retain(|id| left.iter().filter(|(of, _)| of == id).count() < SHORT);
    shortened.truncate(RENEWED);
    if shortened.is_empty() {
        return Ok(());
    }
    let rows = store::article::many(tx, &shortened).await?;
    let mut weighed = weigh_articles(tx, &rows.iter().collect::<Vec<_>>()).await?;
    let counts = counts_for(tx, &weighed).await?;
    for subject in &mut weighed {
        subject.choose(&counts);
    }
    tracing::debug!(lists = weighed.len(), at = %cx.now, "lists of close articles became short");
    let found = near(tx, &weighed, &counts).await?;
    for (subject, near) in weighed.iter().zip(found) {
        let Some(of) = subject.article else { continue };
        let own = left.iter().filter(|(known, _)| *known == of).map(|(_, near)| *near).collect();
        relist(tx, of, own, near).await?;
    }
    Ok(())
}

async fn weigh_articles(tx: &Tx, rows: &[&article::Model]) -> Result<Vec<Weighed>, AppError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let revisions: Vec<RevisionId> = rows.iter().map(|row| row.revision_id).collect();
    let ids: Vec<ArticleId> = rows.iter().map(|row| row.id).collect();
    let bodies = terms_of(tx, &revisions).await?;
    let bylines = store::article::bylines(tx, &ids).await?;
    let tagged = store::article::tags_of(tx, &ids).await?;
    let tag_ids: Vec<TagId> = tagged.iter().map(|row| row.tag_id).collect();
    let tags = if tag_ids.is_empty() { Vec::new() } else { store::author::tags(tx, &tag_ids).await? };
    let weigh = |row: &&article::Model| {
        let own: Vec<TagId> = tagged.iter().filter(|tag| tag.article_id == row.id).map(|tag| tag.tag_id).collect();
        let names: Vec<String> =
            own.iter().filter_map(|id| tags.iter().find(|tag| tag.id == *id)).map(|tag| tag.name.clone()).collect();
        let body = bodies.get(&row.revision_id).map(Vec::as_slice).unwrap_or_default();
        let sources = Sources { headline: &row.headline, dek: row.dek.as_deref(), tags: &names, body };
        Weighed {
            article: Some(row.id),
            terms: subject::frequencies(&sources),
            keywords: Vec::new(),
            tags: own,
            section: Some(row.section_id),
            authors: bylines.iter().filter(|author| author.article_id == row.id).map(|author| author.author_id).collect(),
            at: row.published_at,
        }
    };
    Ok(rows.iter().map(weigh).collect())
}

async fn counts_for(source: &impl Source, weighed: &[Weighed]) -> Result<HashMap<String, u64>, AppError> {
    let terms: BTreeSet<String> = weighed.iter().flat_map(Weighed::counted).collect();
    let terms: Vec<String> = terms.into_iter().collect();
    if terms.is_empty() { Ok(HashMap::new()) } else { Ok(store::subject::counts(source, &terms).await?) }
}

/// Writes what a live article is about.
async fn keep(tx: &Tx, subject: &Weighed) -> Result<(), AppError> {
    let Some(article_id) = subject.article else { return Ok(()) };
    let counted = article_subject::Model { article_id, counted: subject.counted().into() };
    let row = |(term, weight): &(String, f64)| article_term::Model { article_id, term: term.clone(), weight: *weight, published_at: subject.at };
    Ok(store::subject::keep(tx, counted, subject.keywords.iter().map(row).collect()).await?)
}

/// Writes an article's own list, and puts it into the lists of its neighbours where it is closer than what
/// stands there.
async fn enlist(tx: &Tx, subject: &Weighed, near: Vec<Neighbour>) -> Result<(), AppError> {
    let Some(own) = subject.article else { return Ok(()) };
    let asked: Vec<ArticleId> = near.iter().take(subject::NEIGHBOURS).map(|near| near.article).chain([own]).collect();
    let lists = store::subject::lists(tx, &asked).await?;
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for neighbour in near.iter().take(subject::NEIGHBOURS) {
        let of = neighbour.article;
        let mut list: Vec<Neighbour> = subject::best(lists.iter().filter(|(known, _)| *known == of).map(|(_, near)| *near).collect());
        let before = list.clone();
        if subject::merge(&mut list, Near { article: own, score: neighbour.score, published_at: subject.at }) {
            changes(of, &before, &list, &mut gone, &mut new);
        }
    }
    // What came in the same transaction may have put itself there already.
    let before: Vec<Neighbour> = lists.iter().filter(|(known, _)| *known == own).map(|(_, near)| *near).collect();
    changes(own, &before, &near, &mut gone, &mut new);
    Ok(store::subject::relist(tx, &gone, new).await?)
}

async fn relist(tx: &Tx, of: ArticleId, before: Vec<Neighbour>, after: Vec<Neighbour>) -> Result<(), AppError> {
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    changes(of, &before, &after, &mut gone, &mut new);
    Ok(store::subject::relist(tx, &gone, new).await?)
}

/// What has to be written for one list to become another.
fn changes(
    of: ArticleId,
    before: &[Neighbour],
    after: &[Neighbour],
    gone: &mut Vec<(ArticleId, ArticleId)>,
    new: &mut Vec<article_suggestion::Model>,
) {
    let same = |near: &Neighbour, among: &[Neighbour]| among.iter().any(|known| known.article == near.article && known.score == near.score);
    gone.extend(before.iter().filter(|near| !same(near, after)).map(|near| (of, near.article)));
    let added = after.iter().filter(|near| !same(near, before));
    new.extend(added.map(|near| article_suggestion::Model { article_id: of, target_id: near.article, score: near.score }));
}

/// The live articles that are closest to each of these, closest first. As many statements for many as for
/// one, but for the lists of tags, which come a hundred at a time.
async fn near(source: &impl Source, subjects: &[Weighed], counts: &HashMap<String, u64>) -> Result<Vec<Vec<Neighbour>>, AppError> {
    let terms: BTreeSet<&String> = subjects.iter().flat_map(|subject| &subject.keywords).map(|(term, _)| term).collect();
    let terms: Vec<String> = terms.into_iter().cloned().collect();
    let postings = store::subject::postings(source, &terms, subject::POSTINGS).await?;
    let tags: BTreeSet<TagId> = subjects.iter().flat_map(|subject| subject.tags.iter().take(subject::TAGS_ASKED)).copied().collect();
    let tags: Vec<TagId> = tags.into_iter().collect();
    let tagged: Vec<(TagId, Vec<ArticleId>)> = store::article::of_tags(source, &tags, &Page::first(subject::NEWEST))
        .await?
        .into_iter()
        .map(|(tag, slice)| (tag, slice.items.into_iter().map(|(_, article)| article).collect()))
        .collect();
    let found: Vec<Found<'_, ArticleId>> =
        postings.iter().map(|row| Found { term: &row.term, article: row.article_id, weight: row.weight }).collect();
    let candidates: Vec<Vec<(ArticleId, f64)>> =
        subjects.iter().map(|subject| candidates(subject, &found, &tagged, &|tag| weight(counts, tag))).collect();
    let ids: BTreeSet<ArticleId> = candidates.iter().flatten().map(|(article, _)| *article).collect();
    let details = Details::load(source, &ids.into_iter().collect::<Vec<_>>()).await?;
    let scored = |(subject, text): (&Weighed, &Vec<(ArticleId, f64)>)| {
        let near = text.iter().filter_map(|(article, text)| details.near(subject, *article, *text, &|tag| weight(counts, tag)));
        subject::best(near.collect())
    };
    Ok(subjects.iter().zip(&candidates).map(scored).collect())
}

/// How much a shared tag says.
fn weight(counts: &HashMap<String, u64>, tag: TagId) -> f64 {
    let count = |key: &str| counts.get(key).copied().unwrap_or_default();
    subject::tag_weight(count(&counted_as(tag)), count(ALL))
}

/// The articles that share keywords or tags with this one, as many as are looked at closely, each with how
/// close its text is.
fn candidates(
    subject: &Weighed,
    found: &[Found<'_, ArticleId>],
    tagged: &[(TagId, Vec<ArticleId>)],
    weight: &impl Fn(TagId) -> f64,
) -> Vec<(ArticleId, f64)> {
    let mut text = subject::closeness(&subject.keywords, found);
    let mut tags: BTreeMap<ArticleId, f64> = BTreeMap::new();
    for (tag, articles) in tagged.iter().filter(|(tag, _)| subject.tags.contains(tag)) {
        for article in articles {
            text.entry(*article).or_default();
            *tags.entry(*article).or_default() += weight(*tag);
        }
    }
    text.retain(|article, _| subject.article != Some(*article));
    let in_common = |article: &ArticleId, text: f64| subject::in_common(text, tags.get(article).copied().unwrap_or_default());
    let mut ranked: Vec<(ArticleId, f64)> = text.into_iter().collect();
    ranked.sort_by(|one, other| {
        let closer = in_common(&other.0, other.1).total_cmp(&in_common(&one.0, one.1));
        closer.then_with(|| other.0.cmp(&one.0))
    });
    ranked.truncate(LOOKED_AT);
    ranked
}

/// What is known of candidates beside their text.
struct Details {
    rows: HashMap<ArticleId, (SectionId, DateTime<Utc>)>,
    authors: HashMap<ArticleId, Vec<AuthorId>>,
    tags: HashMap<ArticleId, Vec<TagId>>,
}

impl Details {
    async fn load(source: &impl Source, ids: &[ArticleId]) -> Result<Self, AppError> {
        let (mut authors, mut tags): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = (HashMap::new(), HashMap::new());
        if ids.is_empty() {
            return Ok(Self { rows: HashMap::new(), authors, tags });
        }
        for row in store::article::bylines(source, ids).await? {
            authors.entry(row.article_id).or_default().push(row.author_id);
        }
        for row in store::article::tags_of(source, ids).await? {
            tags.entry(row.article_id).or_default().push(row.tag_id);
        }
        let rows = store::article::whereabouts(source, ids).await?;
        Ok(Self { rows: rows.into_iter().map(|(id, section, at)| (id, (section, at))).collect(), authors, tags })
    }

    fn near(&self, subject: &Weighed, id: ArticleId, text: f64, weight: &impl Fn(TagId) -> f64) -> Option<Neighbour> {
        let (section, published_at) = *self.rows.get(&id)?;
        let tags = self.tags.get(&id).into_iter().flatten().filter(|tag| subject.tags.contains(tag));
        let authors = self.authors.get(&id).into_iter().flatten().filter(|author| subject.authors.contains(author)).count();
        let apart = (subject.at - published_at).num_seconds().unsigned_abs();
        let shared = Shared {
            text,
            tags: tags.map(|tag| weight(*tag)).sum(),
            section: subject.section == Some(section),
            authors: u32::try_from(authors).unwrap_or(u32::MAX),
            days_apart: f64::from(u32::try_from(apart / 86_400).unwrap_or(u32::MAX)),
        };
        Some(Near { article: id, score: subject::score(&shared)?, published_at })
    }
}

/// The live articles that readers of these may go on with, closest first.
///
/// # Errors
/// When the database does not answer.
pub async fn suggested(cx: &Cx, articles: &[ArticleId]) -> Result<Vec<(ArticleId, Row)>, AppError> {
    let load = async |reader: &Reader, ids: Vec<ArticleId>| {
        let rows = store::subject::suggested(reader, &ids).await?;
        Ok(super::fresh::gathered(&ids, rows.into_iter().map(|row| (row.to, row.article.id))))
    };
    let deps = |id: &ArticleId, near: Option<&Vec<ArticleId>>| {
        near.into_iter().flatten().map(|near| Dep::Article(*near)).chain([Dep::Near(*id)]).collect()
    };
    let lists = cx.desk.fresh.rows.near.many(cx, articles, deps, load).await?;
    let ids: Vec<ArticleId> = lists.iter().flat_map(|(_, near)| near.iter().copied()).collect();
    let rows: HashMap<ArticleId, Row> = super::article::many(cx, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
    let live = |id: &ArticleId| rows.get(id).filter(|row| row.state == ArticleState::Live).cloned();
    Ok(lists.iter().flat_map(|(to, near)| near.iter().filter_map(|id| Some((*to, live(id)?)))).collect())
}

/// The live articles that are close to what these drafts say now, closest first: their own and those that
/// they link to left out.
///
/// # Errors
/// When the database does not answer.
pub async fn close_to_drafts(cx: &Cx, drafts: &[DraftId]) -> Result<Vec<(DraftId, ArticleId)>, AppError> {
    let source = cx.reader();
    let rows = store::draft::many(source, drafts).await?;
    let newest: Vec<RevisionId> = rows.iter().map(|row| row.revision_id).collect();
    if newest.is_empty() {
        return Ok(Vec::new());
    }
    let revisions = store::revision::many(source, &newest).await?;
    let bodies = terms_of(source, &newest).await?;
    let bylines = store::revision::bylines(source, &newest).await?;
    let names: Vec<String> = revisions.iter().flat_map(revision::tags).collect();
    let slugs: Vec<String> = names.iter().map(|name| slug_of(name)).collect();
    let tags = if slugs.is_empty() { Vec::new() } else { store::author::tags_by_slugs(source, &slugs).await? };
    let mut weighed = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(revision) = revisions.iter().find(|revision| revision.id == row.revision_id) else { continue };
        let names = revision::tags(revision);
        let own: BTreeSet<String> = names.iter().map(|name| slug_of(name)).collect();
        let body = bodies.get(&revision.id).map(Vec::as_slice).unwrap_or_default();
        let sources = Sources { headline: &revision.headline, dek: revision.dek.as_deref(), tags: &names, body };
        let subject = Weighed {
            article: row.article_id,
            terms: subject::frequencies(&sources),
            keywords: Vec::new(),
            tags: tags.iter().filter(|tag| own.contains(&tag.slug)).map(|tag| tag.id).collect(),
            section: revision.section_id,
            authors: bylines.iter().filter(|author| author.revision_id == revision.id).map(|author| author.author_id).collect(),
            at: cx.now,
        };
        weighed.push((row.id, subject));
    }
    let (ids, mut weighed): (Vec<DraftId>, Vec<Weighed>) = weighed.into_iter().unzip();
    let counts = counts_for(source, &weighed).await?;
    for subject in &mut weighed {
        subject.choose(&counts);
    }
    let links = store::related::of(source, &ids).await?;
    let targets: Vec<DraftId> = links.iter().filter_map(|link| link.target_draft_id).collect();
    let linked = if targets.is_empty() { Vec::new() } else { store::article::live_of_drafts(source, &targets).await? };
    let is_linked = |draft: DraftId, article: ArticleId| {
        let target = linked.iter().find(|row| row.id == article).map(|row| row.draft_id);
        target.is_some() && links.iter().any(|link| link.draft_id == draft && link.target_draft_id == target)
    };
    let found = near(source, &weighed, &counts).await?;
    let pairs = ids.into_iter().zip(found).flat_map(|(draft, near)| near.into_iter().map(move |near| (draft, near.article)));
    Ok(pairs.filter(|(draft, article)| !is_linked(*draft, *article)).collect())
}

fn slug_of(tag: &str) -> String {
    Slug::parse(tag).unwrap_or_else(|| Slug::from_headline(tag)).into_string()
}
