//! What readers see. Lists read the flat rows and never a body.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::enums::ArticleState;
use entity::ids::{ArticleId, AuthorId, DraftId, EditionId, SectionId, TagId};
use entity::{article, article_author, article_tag, edition, slug, tag};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::page::{self, By, padded};
use super::{Source, StoreError};
use crate::domain::page::{Cursor, Page, Slice};

/// Which live articles are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// In this section.
    pub section: Option<SectionId>,
    /// With this tag.
    pub tag: Option<TagId>,
    /// With this author in the byline.
    pub author: Option<AuthorId>,
    /// First live after this time.
    pub published_after: Option<DateTime<Utc>>,
    /// First live before this time.
    pub published_before: Option<DateTime<Utc>>,
    /// With, or without, an affiliate disclosure.
    pub has_disclosure: Option<bool>,
}

/// How a list of articles is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Newest first.
    PublishedDesc,
    /// Oldest first.
    PublishedAsc,
    /// Last edition first.
    UpdatedDesc,
}

/// Articles that readers may have, by their ids: live ones, and retracted ones for their notice.
pub async fn many(source: &impl Source, ids: &[ArticleId]) -> Result<Vec<article::Model>, StoreError> {
    // State is judged here and not in SQL: ids name few rows, and an engine without statistics may
    // think that an index on the state names fewer.
    let mut rows = article::Entity::find().filter(article::Column::Id.is_in(padded(ids))).all(source.connection()).await?;
    rows.retain(|row| row.state != ArticleState::Unpublished);
    Ok(rows)
}

/// What tells how close articles are: their section and when they were published. Live ones only.
pub async fn whereabouts(source: &impl Source, ids: &[ArticleId]) -> Result<Vec<(ArticleId, SectionId, DateTime<Utc>)>, StoreError> {
    use article::Column as C;
    let list = article::Entity::find()
        .select_only()
        .columns([C::Id, C::State, C::SectionId, C::PublishedAt])
        .filter(C::Id.is_in(padded(ids)));
    let mut rows: Vec<(ArticleId, ArticleState, SectionId, DateTime<Utc>)> = list.into_tuple().all(source.connection()).await?;
    rows.retain(|(_, state, ..)| *state == ArticleState::Live);
    Ok(rows.into_iter().map(|(id, _, section, published_at)| (id, section, published_at)).collect())
}

/// The article of a draft, live or not.
pub async fn of_draft(source: &impl Source, draft: DraftId) -> Result<Option<article::Model>, StoreError> {
    Ok(article::Entity::find().filter(article::Column::DraftId.eq(draft)).one(source.connection()).await?)
}

/// The live articles of these drafts.
pub async fn live_of_drafts(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<article::Model>, StoreError> {
    let list = article::Entity::find().filter(article::Column::DraftId.is_in(padded(drafts)));
    let mut rows = list.all(source.connection()).await?;
    rows.retain(|row| row.state == ArticleState::Live);
    Ok(rows)
}

/// Live articles of which an older version of this program knows less, oldest first.
pub async fn behind(source: &impl Source, version: i32, most: u64) -> Result<Vec<article::Model>, StoreError> {
    let list = article::Entity::find()
        .filter(article::Column::State.eq(ArticleState::Live))
        .filter(article::Column::IndexVersion.lt(version))
        .order_by_asc(article::Column::IndexVersion)
        .order_by_asc(article::Column::Id)
        .limit(most);
    Ok(list.all(source.connection()).await?)
}

/// Notes that all is known of an article that this version of the program knows.
pub async fn caught_up(tx: &super::Tx, id: ArticleId, version: i32) -> Result<(), StoreError> {
    article::Entity::update_many()
        .col_expr(article::Column::IndexVersion, sea_orm::sea_query::Expr::value(version))
        .filter(article::Column::Id.eq(id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// The articles that these slugs lead readers to, now or ever, each in one hop.
pub async fn by_slugs(source: &impl Source, slugs: &[String]) -> Result<HashMap<String, article::Model>, StoreError> {
    let db = source.connection();
    let named: Vec<slug::Model> = slug::Entity::find()
        .filter(slug::Column::Slug.is_in(padded(slugs)))
        .filter(slug::Column::WasLive.eq(true))
        .all(db)
        .await?;
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    let drafts: Vec<DraftId> = named.iter().map(|row| row.draft_id).collect();
    let articles = article::Entity::find().filter(article::Column::DraftId.is_in(padded(&drafts))).all(db).await?;
    let elsewhere: Vec<ArticleId> = articles.iter().filter_map(|row| row.redirect_to_id).collect();
    let targets = if elsewhere.is_empty() { Vec::new() } else { many(source, &elsewhere).await? };
    let mut found = HashMap::new();
    for row in named {
        let Some(own) = articles.iter().find(|article| article.draft_id == row.draft_id) else { continue };
        let reached = match own.state {
            ArticleState::Live | ArticleState::Retracted => Some(own),
            ArticleState::Unpublished => targets
                .iter()
                .find(|target| Some(target.id) == own.redirect_to_id && target.state == ArticleState::Live),
        };
        if let Some(article) = reached {
            found.insert(row.slug, article.clone());
        }
    }
    Ok(found)
}

/// One page of live articles.
pub async fn list(source: &impl Source, filter: &Filter, order: Order, page: &Page) -> Result<Slice<article::Model>, StoreError> {
    let rows = by(filter, order).cut(select(filter), page).all(source.connection()).await?;
    Ok(Slice::of(rows, page, |row| place(row, order)))
}

/// How many live articles there are.
pub async fn count(source: &impl Source, filter: &Filter) -> Result<u64, StoreError> {
    Ok(select(filter).count(source.connection()).await?)
}

/// A page of the live articles of each of several sections, newest first, in one statement.
pub async fn of_sections(source: &impl Source, sections: &[SectionId], page: &Page) -> Result<Vec<(SectionId, Slice<article::Model>)>, StoreError> {
    let lists = sections.iter().map(|section| {
        let filter = Filter { section: Some(*section), ..Filter::default() };
        by(&filter, Order::PublishedDesc).cut(select(&filter), page)
    });
    let mut rows = page::union::<article::Entity>(source, lists.collect()).await?;
    rows.sort_by_key(|row| std::cmp::Reverse((row.published_at, row.id)));
    if page.backward {
        rows.reverse();
    }
    Ok(sections
        .iter()
        .map(|section| {
            let own = rows.iter().filter(|row| row.section_id == *section).cloned().collect();
            (*section, Slice::of(own, page, |row| place(row, Order::PublishedDesc)))
        })
        .collect())
}

/// A page of the live articles of each of several authors, newest first, in one statement.
pub async fn of_authors(source: &impl Source, authors: &[AuthorId], page: &Page) -> Result<Vec<(AuthorId, Slice<ArticleId>)>, StoreError> {
    use article_author::Column as C;
    let by = By::time(C::PublishedAt, C::ArticleId, true);
    let lists = authors.iter().map(|author| {
        let list = article_author::Entity::find().filter(C::AuthorId.eq(*author)).filter(C::IsListed.eq(true));
        by.cut(list, page)
    });
    let mut rows = page::union::<article_author::Entity>(source, lists.collect()).await?;
    rows.sort_by_key(|row| std::cmp::Reverse((row.published_at, row.article_id)));
    if page.backward {
        rows.reverse();
    }
    Ok(authors
        .iter()
        .map(|author| {
            let own: Vec<_> = rows.iter().filter(|row| row.author_id == *author).cloned().collect();
            let slice = Slice::of(own, page, |row| page::at_time(row.published_at, row.article_id.0));
            (*author, slice.map(|row| row.article_id))
        })
        .collect())
}

/// A page of the live articles of each of several tags, newest first, in one statement.
pub async fn of_tags(source: &impl Source, tags: &[TagId], page: &Page) -> Result<Vec<(TagId, Slice<ArticleId>)>, StoreError> {
    use article_tag::Column as C;
    let by = By::time(C::PublishedAt, C::ArticleId, true);
    let lists = tags.iter().map(|tag| {
        let list = article_tag::Entity::find().filter(C::TagId.eq(*tag)).filter(C::IsListed.eq(true));
        by.cut(list, page)
    });
    let mut rows = page::union::<article_tag::Entity>(source, lists.collect()).await?;
    rows.sort_by_key(|row| std::cmp::Reverse((row.published_at, row.article_id)));
    if page.backward {
        rows.reverse();
    }
    Ok(tags
        .iter()
        .map(|tag| {
            let own: Vec<_> = rows.iter().filter(|row| row.tag_id == *tag).cloned().collect();
            let slice = Slice::of(own, page, |row| page::at_time(row.published_at, row.article_id.0));
            (*tag, slice.map(|row| row.article_id))
        })
        .collect())
}

/// How many live articles each of these authors has.
pub async fn counts_of_authors(source: &impl Source, ids: &[AuthorId]) -> Result<Vec<(AuthorId, u64)>, StoreError> {
    use article_author::Column as C;
    let list = article_author::Entity::find().filter(C::AuthorId.is_in(padded(ids))).filter(C::IsListed.eq(true));
    page::counts(source, list, C::AuthorId).await
}

/// How many live articles each of these tags has.
pub async fn counts_of_tags(source: &impl Source, ids: &[TagId]) -> Result<Vec<(TagId, u64)>, StoreError> {
    use article_tag::Column as C;
    let list = article_tag::Entity::find().filter(C::TagId.is_in(padded(ids))).filter(C::IsListed.eq(true));
    page::counts(source, list, C::TagId).await
}

/// How many live articles each of these sections has.
pub async fn counts_of_sections(source: &impl Source, ids: &[SectionId]) -> Result<Vec<(SectionId, u64)>, StoreError> {
    use article::Column as C;
    let list = article::Entity::find().filter(C::SectionId.is_in(padded(ids))).filter(C::State.eq(ArticleState::Live));
    page::counts(source, list, C::SectionId).await
}

/// Those of these tags that some live article has.
pub async fn tags_in_use(source: &impl Source, tags: &[TagId]) -> Result<Vec<TagId>, StoreError> {
    use article_tag::Column as C;
    // One look for each tag, however many articles have it.
    let listed = Query::select()
        .expr(Expr::val(1))
        .from(article_tag::Entity)
        .and_where(Expr::col((article_tag::Entity, C::TagId)).equals((tag::Entity, tag::Column::Id)))
        .and_where(Expr::col((article_tag::Entity, C::IsListed)).eq(true))
        .to_owned();
    let list = tag::Entity::find().select_only().column(tag::Column::Id).filter(tag::Column::Id.is_in(padded(tags))).filter(Expr::exists(listed));
    Ok(list.into_tuple().all(source.connection()).await?)
}

/// The bylines of these articles, each in its order.
pub async fn bylines(source: &impl Source, ids: &[ArticleId]) -> Result<Vec<article_author::Model>, StoreError> {
    let list = article_author::Entity::find()
        .filter(article_author::Column::ArticleId.is_in(padded(ids)))
        .order_by_asc(article_author::Column::Position);
    Ok(list.all(source.connection()).await?)
}

/// The tags of these articles, each article's in its order.
pub async fn tags_of(source: &impl Source, ids: &[ArticleId]) -> Result<Vec<article_tag::Model>, StoreError> {
    let list = article_tag::Entity::find()
        .filter(article_tag::Column::ArticleId.is_in(padded(ids)))
        .order_by_asc(article_tag::Column::Position);
    Ok(list.all(source.connection()).await?)
}

/// A page of the editions of each of several articles, first one first, in one statement.
pub async fn editions(source: &impl Source, ids: &[ArticleId], page: &Page) -> Result<Vec<(ArticleId, Slice<edition::Model>)>, StoreError> {
    let by = By::number(edition::Column::Number, false);
    let lists = ids.iter().map(|id| by.cut(edition::Entity::find().filter(edition::Column::ArticleId.eq(*id)), page));
    let mut rows = page::union::<edition::Entity>(source, lists.collect()).await?;
    rows.sort_by_key(|row| if page.backward { -row.number } else { row.number });
    Ok(ids
        .iter()
        .map(|id| {
            let own = rows.iter().filter(|row| row.article_id == *id).cloned().collect();
            (*id, Slice::of(own, page, |row: &edition::Model| page::at_number(i64::from(row.number))))
        })
        .collect())
}

/// How many editions each of these articles has.
pub async fn counts_of_editions(source: &impl Source, ids: &[ArticleId]) -> Result<Vec<(ArticleId, u64)>, StoreError> {
    let list = edition::Entity::find().filter(edition::Column::ArticleId.is_in(padded(ids)));
    page::counts(source, list, edition::Column::ArticleId).await
}

/// Editions by their ids.
pub async fn editions_many(source: &impl Source, ids: &[EditionId]) -> Result<Vec<edition::Model>, StoreError> {
    Ok(edition::Entity::find().filter(edition::Column::Id.is_in(padded(ids))).all(source.connection()).await?)
}

/// The editions of these articles that carry a note to readers, oldest first.
pub async fn corrections(source: &impl Source, ids: &[ArticleId]) -> Result<Vec<edition::Model>, StoreError> {
    let list = edition::Entity::find()
        .filter(edition::Column::ArticleId.is_in(padded(ids)))
        .filter(edition::Column::CorrectionNote.is_not_null())
        .order_by_asc(edition::Column::Number);
    Ok(list.all(source.connection()).await?)
}

fn place(row: &article::Model, order: Order) -> Cursor {
    let key = match order {
        Order::PublishedDesc | Order::PublishedAsc => row.published_at,
        Order::UpdatedDesc => row.updated_at,
    };
    page::at_time(key, row.id.0)
}

/// The order's columns, of the table whose index serves the filter: an author's or a tag's list
/// is read in order from its own index.
fn by(filter: &Filter, order: Order) -> By {
    let descending = order != Order::PublishedAsc;
    match (order, filter.author, filter.tag) {
        (Order::UpdatedDesc, _, _) => By::time(article::Column::UpdatedAt, article::Column::Id, true),
        (_, Some(_), _) => By::time(article_author::Column::PublishedAt, article_author::Column::ArticleId, descending),
        (_, None, Some(_)) => By::time(article_tag::Column::PublishedAt, article_tag::Column::ArticleId, descending),
        (_, None, None) => By::time(article::Column::PublishedAt, article::Column::Id, descending),
    }
}

fn select(filter: &Filter) -> Select<article::Entity> {
    let mut list = article::Entity::find().filter(article::Column::State.eq(ArticleState::Live));
    if let Some(author) = filter.author {
        list = list
            .join_rev(
                sea_orm::JoinType::InnerJoin,
                article_author::Entity::belongs_to(article::Entity)
                    .from(article_author::Column::ArticleId)
                    .to(article::Column::Id)
                    .into(),
            )
            .filter(article_author::Column::AuthorId.eq(author))
            .filter(article_author::Column::IsListed.eq(true));
    }
    if let Some(tag) = filter.tag {
        if filter.author.is_none() {
            list = list
                .join_rev(
                    sea_orm::JoinType::InnerJoin,
                    article_tag::Entity::belongs_to(article::Entity)
                        .from(article_tag::Column::ArticleId)
                        .to(article::Column::Id)
                        .into(),
                )
                .filter(article_tag::Column::TagId.eq(tag))
                .filter(article_tag::Column::IsListed.eq(true));
        } else {
            let tagged = Query::select()
                .column(article_tag::Column::ArticleId)
                .from(article_tag::Entity)
                .and_where(article_tag::Column::TagId.eq(tag))
                .to_owned();
            list = list.filter(article::Column::Id.in_subquery(tagged));
        }
    }
    list.apply_if(filter.section, |list, section| list.filter(article::Column::SectionId.eq(section)))
        .apply_if(filter.published_after, |list, time| list.filter(article::Column::PublishedAt.gt(time)))
        .apply_if(filter.published_before, |list, time| list.filter(article::Column::PublishedAt.lt(time)))
        .apply_if(filter.has_disclosure, |list, due| list.filter(article::Column::HasDisclosure.eq(due)))
}
