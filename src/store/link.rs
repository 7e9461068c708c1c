//! Where live articles link to: out, by network, host and address; and to other pages of the site.

use std::collections::HashMap;

use entity::enums::{ArticleState, LinkUse, SiteLinkState};
use entity::ids::{ArticleId, DraftId, RevisionId};
use entity::{article, draft, link_use, related_link, revision_link, site_link, slug};
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::page::{self, By, padded};
use super::{Source, StoreError, Tx};
use crate::domain::page::{Page, Slice};
use crate::domain::related::{Named, behind};

/// Rows in one INSERT: well within what either engine binds.
const CHUNK: usize = 500;

/// Puts these in place of all that was known of where an article links to.
pub async fn replace(tx: &Tx, article: ArticleId, uses: Vec<link_use::Model>, pages: Vec<site_link::Model>) -> Result<(), StoreError> {
    let db = tx.connection();
    link_use::Entity::delete_many().filter(link_use::Column::ArticleId.eq(article)).exec(db).await?;
    site_link::Entity::delete_many().filter(site_link::Column::ArticleId.eq(article)).exec(db).await?;
    for rows in uses.chunks(CHUNK) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        link_use::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    for rows in pages.chunks(CHUNK) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        site_link::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// What readers find behind each of these slugs.
pub async fn behind_slugs(source: &impl Source, slugs: &[String]) -> Result<HashMap<String, SiteLinkState>, StoreError> {
    if slugs.is_empty() {
        return Ok(HashMap::new());
    }
    let named: Vec<slug::Model> = super::slug::many(source, slugs).await?;
    let drafts: Vec<DraftId> = named.iter().map(|row| row.draft_id).collect();
    let list = article::Entity::find().filter(article::Column::DraftId.is_in(padded(&drafts)));
    let articles = if drafts.is_empty() { Vec::new() } else { list.all(source.connection()).await? };
    let elsewhere: Vec<ArticleId> = articles.iter().filter_map(|row| row.redirect_to_id).collect();
    let targets = if elsewhere.is_empty() { Vec::new() } else { super::article::many(source, &elsewhere).await? };
    let leads_on = |row: &article::Model| {
        targets.iter().any(|target| Some(target.id) == row.redirect_to_id && target.state == ArticleState::Live)
    };
    Ok(slugs
        .iter()
        .map(|slug| {
            let row = named.iter().find(|row| row.slug == *slug);
            let own = row.and_then(|row| articles.iter().find(|article| article.draft_id == row.draft_id));
            let named = row.map(|row| Named {
                slug,
                was_live: row.was_live,
                article: own.map(|own| (own.state, own.slug.as_str())),
                leads_on: own.is_some_and(leads_on),
            });
            (slug.clone(), behind(named))
        })
        .collect())
}

/// Every slug that leads to this draft's article, or will when it is live; those too whose own article
/// sends its readers there.
pub async fn slugs_leading_to(source: &impl Source, draft: DraftId, article: Option<ArticleId>) -> Result<Vec<String>, StoreError> {
    let mut drafts = vec![draft];
    if let Some(article) = article {
        let senders = article::Entity::find().filter(article::Column::RedirectToId.eq(article));
        drafts.extend(senders.all(source.connection()).await?.into_iter().map(|row| row.draft_id));
    }
    let list = slug::Entity::find().filter(slug::Column::DraftId.is_in(padded(&drafts))).order_by_asc(slug::Column::Slug);
    Ok(list.all(source.connection()).await?.into_iter().map(|row| row.slug).collect())
}

/// Notes on every link to these slugs what readers find there now.
pub async fn restate(tx: &Tx, slugs: &[String]) -> Result<(), StoreError> {
    let linked = site_link::Entity::find().filter(site_link::Column::Slug.is_in(padded(slugs)));
    if slugs.is_empty() || linked.one(tx.connection()).await?.is_none() {
        return Ok(());
    }
    let states = behind_slugs(tx, slugs).await?;
    for state in SiteLinkState::ALL {
        let here: Vec<String> = slugs.iter().filter(|slug| states.get(*slug) == Some(state)).cloned().collect();
        if here.is_empty() {
            continue;
        }
        site_link::Entity::update_many()
            .col_expr(site_link::Column::State, Expr::value(*state))
            .filter(site_link::Column::Slug.is_in(padded(&here)))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// A page of the live articles that link like this, newest first.
pub async fn uses(source: &impl Source, kind: LinkUse, key: &str, page: &Page) -> Result<Slice<link_use::Model>, StoreError> {
    let by = By::time(link_use::Column::PublishedAt, link_use::Column::ArticleId, true);
    let rows = by.cut(used(kind, key), page).all(source.connection()).await?;
    Ok(Slice::of(rows, page, |row| page::at_time(row.published_at, row.article_id.0)))
}

/// How many live articles link like this.
pub async fn count_uses(source: &impl Source, kind: LinkUse, key: &str) -> Result<u64, StoreError> {
    Ok(used(kind, key).count(source.connection()).await?)
}

fn used(kind: LinkUse, key: &str) -> Select<link_use::Entity> {
    link_use::Entity::find().filter(link_use::Column::Kind.eq(kind)).filter(link_use::Column::Key.eq(key))
}

/// The first live articles after this one that link to any of these hosts, or below.
pub async fn to_hosts(source: &impl Source, hosts: &[String], after: Option<ArticleId>, most: u64) -> Result<Vec<ArticleId>, StoreError> {
    let mut list = link_use::Entity::find()
        .select_only()
        .column(link_use::Column::ArticleId)
        .filter(link_use::Column::Kind.eq(LinkUse::Host))
        .filter(link_use::Column::Key.is_in(padded(hosts)))
        .distinct()
        .order_by_asc(link_use::Column::ArticleId)
        .limit(most);
    if let Some(after) = after {
        list = list.filter(link_use::Column::ArticleId.gt(after));
    }
    Ok(list.into_tuple().all(source.connection()).await?)
}

/// The newest revisions of drafts whose bodies link to these registered domains.
pub async fn newest_to_domains(source: &impl Source, domains: &[String]) -> Result<Vec<RevisionId>, StoreError> {
    let list = revision_link::Entity::find()
        .select_only()
        .column(revision_link::Column::RevisionId)
        .join_rev(
            JoinType::InnerJoin,
            draft::Entity::belongs_to(revision_link::Entity).from(draft::Column::RevisionId).to(revision_link::Column::RevisionId).into(),
        )
        .filter(revision_link::Column::Domain.is_in(padded(domains)))
        .distinct()
        .order_by_asc(revision_link::Column::RevisionId);
    Ok(list.into_tuple().all(source.connection()).await?)
}

/// Every network that live articles link through, with how many articles and links; most articles first.
pub async fn networks(source: &impl Source) -> Result<Vec<(String, i64, i64)>, StoreError> {
    let links = Expr::from(Func::cast_as(Expr::col(link_use::Column::Links).sum(), "bigint"));
    let list = link_use::Entity::find()
        .select_only()
        .column(link_use::Column::Key)
        .column_as(link_use::Column::ArticleId.count(), "articles")
        .column_as(links, "links")
        .filter(link_use::Column::Kind.eq(LinkUse::Network))
        .group_by(link_use::Column::Key);
    let mut rows: Vec<(String, i64, i64)> = list.into_tuple().all(source.connection()).await?;
    rows.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    Ok(rows)
}

/// A page of the links to pages of the site that stand like one of these, oldest first.
pub async fn site_links(source: &impl Source, states: &[SiteLinkState], page: &Page) -> Result<Slice<site_link::Model>, StoreError> {
    // Each state is read in order from its own part of the index.
    let by = By::id(site_link::Column::Id);
    let lists = states.iter().map(|state| by.cut(standing(&[*state]), page)).collect();
    page::joined(source, lists, page, false, |row: &site_link::Model| page::at_id(row.id.0)).await
}

/// How many links to pages of the site stand like one of these.
pub async fn count_site_links(source: &impl Source, states: &[SiteLinkState]) -> Result<u64, StoreError> {
    Ok(standing(states).count(source.connection()).await?)
}

fn standing(states: &[SiteLinkState]) -> Select<site_link::Entity> {
    site_link::Entity::find().filter(site_link::Column::State.is_in(states.iter().copied()))
}

/// A page of the live articles whose bodies link to one of these slugs, oldest first.
pub async fn in_bodies(source: &impl Source, slugs: &[String], own: Option<ArticleId>, page: &Page) -> Result<Slice<ArticleId>, StoreError> {
    let by = By::id(site_link::Column::ArticleId);
    let rows: Vec<ArticleId> = by.cut(to_slugs(slugs, own), page).into_tuple().all(source.connection()).await?;
    Ok(Slice::of(rows, page, |id| page::at_id(id.0)))
}

/// How many live articles link to one of these slugs.
pub async fn count_in_bodies(source: &impl Source, slugs: &[String], own: Option<ArticleId>) -> Result<u64, StoreError> {
    Ok(to_slugs(slugs, own).count(source.connection()).await?)
}

fn to_slugs(slugs: &[String], own: Option<ArticleId>) -> Select<site_link::Entity> {
    let list = site_link::Entity::find()
        .select_only()
        .column(site_link::Column::ArticleId)
        .filter(site_link::Column::Slug.is_in(padded(slugs)))
        .distinct();
    // An article that links to itself loses nothing with itself.
    match own {
        Some(own) => list.filter(site_link::Column::ArticleId.ne(own)),
        None => list,
    }
}

/// A page of the live articles whose editors set a related link to this draft's, oldest first.
pub async fn in_related(source: &impl Source, target: DraftId, page: &Page) -> Result<Slice<ArticleId>, StoreError> {
    let by = By::id(article::Column::Id);
    let rows: Vec<ArticleId> = by.cut(related_to(target), page).into_tuple().all(source.connection()).await?;
    Ok(Slice::of(rows, page, |id| page::at_id(id.0)))
}

/// How many live articles have a related link to this draft's.
pub async fn count_in_related(source: &impl Source, target: DraftId) -> Result<u64, StoreError> {
    Ok(related_to(target).count(source.connection()).await?)
}

fn related_to(target: DraftId) -> Select<article::Entity> {
    article::Entity::find()
        .select_only()
        .column(article::Column::Id)
        .join_rev(
            JoinType::InnerJoin,
            related_link::Entity::belongs_to(article::Entity).from(related_link::Column::DraftId).to(article::Column::DraftId).into(),
        )
        .filter(related_link::Column::TargetDraftId.eq(target))
        .filter(article::Column::State.eq(ArticleState::Live))
}

/// Writes how links of a revision were judged anew.
pub async fn rejudge(tx: &Tx, rows: &[revision_link::Model]) -> Result<(), StoreError> {
    for row in rows {
        revision_link::Entity::update_many()
            .col_expr(revision_link::Column::Network, Expr::value(row.network.clone()))
            .col_expr(revision_link::Column::Certainty, Expr::value(row.certainty.clone()))
            .col_expr(revision_link::Column::Why, Expr::value(row.why.clone()))
            .filter(revision_link::Column::RevisionId.eq(row.revision_id))
            .filter(revision_link::Column::Position.eq(row.position))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// Writes where links of a revision lead to.
pub async fn keep_places(tx: &Tx, rows: &[revision_link::Model]) -> Result<(), StoreError> {
    for row in rows {
        revision_link::Entity::update_many()
            .col_expr(revision_link::Column::OwnSlug, Expr::value(row.own_slug.clone()))
            .col_expr(revision_link::Column::Domain, Expr::value(row.domain.clone()))
            .filter(revision_link::Column::RevisionId.eq(row.revision_id))
            .filter(revision_link::Column::Position.eq(row.position))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}
