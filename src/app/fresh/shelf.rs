//! Rows that readers get, in memory for as long as they hold.

use std::any::Any;
use std::hash::Hash;
use std::marker::PhantomData;

use entity::ids::{ArticleId, AuthorId, DraftId, RevisionId, SectionId, TagId};
use entity::{article, author, edition, related_link, section, tag};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::{AppError, Ticket};
use crate::app::Cx;
use crate::app::affiliate::Policies;
use crate::app::article::{Filter, Order, Row};
use crate::app::revision::Body;
use crate::domain::dep::Dep;
use crate::domain::page::{Page, Slice};
use crate::store::Reader;
use std::sync::Arc;

/// Rows of one sort by one sort of key; also that there is none.
pub(crate) struct Shelf<K, V> {
    all: Arc<All>,
    key: fn(&K) -> Key,
    of: PhantomData<fn() -> V>,
}

/// Rows of all sorts share what memory there is: what is asked for most stays.
type All = Cache<Key, Held, Weigh>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Article(ArticleId),
    OfDraft(DraftId),
    AtSlug(String),
    List(Box<(Filter, Order, Page)>),
    Count(Box<Filter>),
    InSection(Box<(SectionId, Page)>),
    ByAuthor(Box<(AuthorId, Page)>),
    Tagged(Box<(TagId, Page)>),
    Byline(ArticleId),
    Tags(ArticleId),
    Corrections(ArticleId),
    Near(ArticleId),
    Related(DraftId),
    LinkedFrom(DraftId),
    Author(AuthorId),
    AuthorAt(String),
    Sections,
    Policies,
    Body(RevisionId),
}

#[derive(Clone)]
struct Held {
    /// What its shelf put there.
    kept: Arc<dyn Any + Send + Sync>,
    weight: u64,
}

struct Kept<V> {
    value: Option<V>,
    deps: Arc<[Dep]>,
    ticket: Ticket,
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Key, Held> for Weigh {
    fn weight(&self, _: &Key, held: &Held) -> u64 {
        held.weight
    }
}

/// Bytes that a row takes, about.
const USUAL: u64 = 1_000;

/// How much of memory something takes, in bytes, about.
pub(crate) trait Weight {
    /// In bytes, about, what it holds elsewhere included.
    fn weight(&self) -> usize;
}

impl<K, V> Shelf<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Weight + Send + Sync + 'static,
{
    fn new(all: &Arc<All>, key: fn(&K) -> Key) -> Self {
        Self { all: Arc::clone(all), key, of: PhantomData }
    }

    fn get(&self, key: &K) -> Option<Arc<Kept<V>>> {
        self.all.get(&(self.key)(key))?.kept.downcast().ok()
    }

    /// Values by their keys: those that are here and hold, and the rest from `load`. What a value depends on is noted
    /// for the answer that it goes into. Of a key that finds nothing there is nothing in what is given back.
    pub(crate) async fn many(
        &self,
        cx: &Cx,
        keys: &[K],
        deps: impl Fn(&K, Option<&V>) -> Vec<Dep>,
        load: impl AsyncFnOnce(&Reader, Vec<K>) -> Result<Vec<(K, V)>, AppError>,
    ) -> Result<Vec<(K, V)>, AppError> {
        let fresh = &cx.desk.fresh;
        let (mut found, mut missing) = (Vec::with_capacity(keys.len()), Vec::new());
        for key in keys {
            match self.get(key).filter(|kept| fresh.holds(&kept.ticket)) {
                Some(kept) => {
                    cx.reading.depend(Arc::clone(&kept.deps));
                    found.extend(kept.value.clone().map(|value| (key.clone(), value)));
                }
                None => missing.push(key.clone()),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let loaded = load(cx.reader_of_readers(), missing.clone()).await?;
        for key in missing {
            let value = loaded.iter().find(|(known, _)| *known == key).map(|(_, value)| value);
            let deps: Arc<[Dep]> = deps(&key, value).into();
            cx.reading.depend(Arc::clone(&deps));
            if let Some(ticket) = cx.reading.keep(&deps) {
                let held = value.map_or(0, Weight::weight) + deps.len() * 120 + 200;
                let weight = u64::try_from(held).unwrap_or(u64::MAX);
                let kept = Arc::new(Kept { value: value.cloned(), deps, ticket });
                self.all.insert((self.key)(&key), Held { kept, weight });
            }
        }
        found.extend(loaded);
        Ok(found)
    }

    /// One value.
    pub(crate) async fn one(
        &self,
        cx: &Cx,
        key: K,
        deps: impl Fn(&K, Option<&V>) -> Vec<Dep>,
        load: impl AsyncFnOnce(&Reader, K) -> Result<Option<V>, AppError>,
    ) -> Result<Option<V>, AppError> {
        let wanted = std::slice::from_ref(&key);
        let found = self.many(cx, wanted, deps, async |reader, _| {
            Ok(load(reader, key.clone()).await?.map(|value| (key.clone(), value)).into_iter().collect())
        });
        Ok(found.await?.pop().map(|(_, value)| value))
    }
}

/// Rows that readers get.
pub struct Rows {
    pub(crate) articles: Shelf<ArticleId, Row>,
    pub(crate) of_drafts: Shelf<DraftId, Row>,
    pub(crate) at_slugs: Shelf<String, Row>,
    pub(crate) lists: Shelf<(Filter, Order, Page), Slice<Row>>,
    pub(crate) counts: Shelf<Filter, u64>,
    pub(crate) in_sections: Shelf<(SectionId, Page), Slice<Row>>,
    pub(crate) by_authors: Shelf<(AuthorId, Page), Slice<ArticleId>>,
    pub(crate) tagged: Shelf<(TagId, Page), Slice<ArticleId>>,
    pub(crate) bylines: Shelf<ArticleId, Vec<AuthorId>>,
    pub(crate) tags: Shelf<ArticleId, Vec<tag::Model>>,
    pub(crate) corrections: Shelf<ArticleId, Vec<edition::Model>>,
    pub(crate) near: Shelf<ArticleId, Vec<ArticleId>>,
    pub(crate) related: Shelf<DraftId, Vec<related_link::Model>>,
    pub(crate) linked_from: Shelf<DraftId, Vec<related_link::Model>>,
    pub(crate) authors: Shelf<AuthorId, Arc<author::Model>>,
    pub(crate) authors_at: Shelf<String, author::Model>,
    pub(crate) sections: Shelf<(), Vec<section::Model>>,
    pub(crate) policies: Shelf<(), Arc<Policies>>,
    pub(crate) bodies: Shelf<RevisionId, Body>,
}

impl Rows {
    /// None yet; at most so many bytes of them.
    pub(super) fn new(bytes: u64) -> Self {
        let all = &Arc::new(Cache::with_weighter(usize::try_from(bytes / USUAL).unwrap_or(usize::MAX), bytes, Weigh));
        Self {
            articles: Shelf::new(all, |id| Key::Article(*id)),
            of_drafts: Shelf::new(all, |id| Key::OfDraft(*id)),
            at_slugs: Shelf::new(all, |slug| Key::AtSlug(slug.clone())),
            lists: Shelf::new(all, |list| Key::List(Box::new(list.clone()))),
            counts: Shelf::new(all, |filter| Key::Count(Box::new(filter.clone()))),
            in_sections: Shelf::new(all, |list| Key::InSection(Box::new(*list))),
            by_authors: Shelf::new(all, |list| Key::ByAuthor(Box::new(*list))),
            tagged: Shelf::new(all, |list| Key::Tagged(Box::new(*list))),
            bylines: Shelf::new(all, |id| Key::Byline(*id)),
            tags: Shelf::new(all, |id| Key::Tags(*id)),
            corrections: Shelf::new(all, |id| Key::Corrections(*id)),
            near: Shelf::new(all, |id| Key::Near(*id)),
            related: Shelf::new(all, |id| Key::Related(*id)),
            linked_from: Shelf::new(all, |id| Key::LinkedFrom(*id)),
            authors: Shelf::new(all, |id| Key::Author(*id)),
            authors_at: Shelf::new(all, |slug| Key::AuthorAt(slug.clone())),
            sections: Shelf::new(all, |()| Key::Sections),
            policies: Shelf::new(all, |()| Key::Policies),
            bodies: Shelf::new(all, |id| Key::Body(*id)),
        }
    }
}

fn text(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

impl Weight for article::Model {
    fn weight(&self) -> usize {
        let texts = [&self.dek, &self.seo_title, &self.seo_description, &self.canonical_url, &self.retraction_notice];
        size_of::<Self>() + self.slug.len() + self.headline.len() + texts.into_iter().map(|part| text(part.as_ref())).sum::<usize>()
    }
}

impl Weight for author::Model {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.name.len() + self.slug.len() + text(self.bio.as_ref()) + 500
    }
}

impl Weight for tag::Model {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.name.len() + self.slug.len()
    }
}

impl Weight for section::Model {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.name.len() + self.slug.len() + text(self.description.as_ref())
    }
}

impl Weight for edition::Model {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.headline.len() + text(self.correction_note.as_ref()) + text(self.disclosure_html.as_ref()) * 2
    }
}

impl Weight for related_link::Model {
    fn weight(&self) -> usize {
        size_of::<Self>() + text(self.url.as_ref()) + text(self.title.as_ref()) + text(self.note.as_ref())
    }
}

impl Weight for AuthorId {
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
}

impl Weight for ArticleId {
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
}

impl Weight for u64 {
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
}

impl Weight for Policies {
    fn weight(&self) -> usize {
        10_000
    }
}

impl Weight for Body {
    fn weight(&self) -> usize {
        // The compiled body has the text about three times, in parts.
        self.markdown.len() * 4 + 1000
    }
}

impl<T: Weight> Weight for Arc<T> {
    fn weight(&self) -> usize {
        T::weight(self)
    }
}

impl<T: Weight> Weight for Vec<T> {
    fn weight(&self) -> usize {
        self.iter().map(Weight::weight).sum::<usize>() + size_of::<Self>()
    }
}

impl<T: Weight> Weight for Slice<T> {
    fn weight(&self) -> usize {
        self.items.iter().map(|(_, item)| item.weight() + 50).sum()
    }
}

/// The values of each of these keys, in their order.
pub(crate) fn gathered<K: Copy + PartialEq, V>(keys: &[K], values: impl Iterator<Item = (K, V)>) -> Vec<(K, Vec<V>)> {
    let mut groups: Vec<(K, Vec<V>)> = keys.iter().map(|key| (*key, Vec::new())).collect();
    for (key, value) in values {
        if let Some((_, group)) = groups.iter_mut().find(|(known, _)| *known == key) {
            group.push(value);
        }
    }
    groups
}

pub(crate) fn spread<K: Copy, V>(groups: Vec<(K, Vec<V>)>) -> Vec<(K, V)> {
    groups.into_iter().flat_map(|(key, values)| values.into_iter().map(move |value| (key, value))).collect()
}
