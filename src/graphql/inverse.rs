//! What an article is to those that link to it: derived from their links, never stored.

use async_graphql::{Context, Enum, SimpleObject};
use entity::enums::RelatedKind;

use super::article::Article;
use super::cx;
use super::error::Result;
use super::loaders::{LinkedFrom, LiveArticleOf, RelatedOf, load, load_map};
use super::scalars::Address;
use crate::app::article::Row;
use crate::domain::related::Inverse;

/// What an article is to one that links to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Inverse", name = "InverseRelation")]
pub enum InverseRelation {
    /// Close in subject.
    Related,
    /// What the other one goes back to.
    BackgroundTo,
    /// What came of the other one.
    FollowUpOf,
    /// It puts the other one right.
    CorrectionOf,
    /// A part of the series that the other one lists.
    Series,
}

/// A live article whose editors link to this one.
#[derive(SimpleObject)]
pub struct InverseLink {
    /// What this article is to the other.
    relation: InverseRelation,
    title: String,
    url: Address,
    /// What the other one's editors say of this one.
    note: Option<String>,
    /// Which part it is in the series that the other one lists; 1 is the other one itself.
    part: Option<i32>,
    article: Article,
}

/// Several articles that are read in an order: the one that lists the others, and those.
#[derive(SimpleObject)]
pub struct Series {
    /// Which part this article is; 1 is the first.
    part: i32,
    /// Live ones only.
    articles: Vec<Article>,
}

/// What an article is to others, newest of those first.
pub async fn links(ctx: &Context<'_>, of: &Article, kinds: Option<Vec<RelatedKind>>, most: u64) -> Result<Vec<InverseLink>> {
    let rows = load(ctx, LinkedFrom(of.0.draft_id)).await?.unwrap_or_default();
    let wanted = |kind: RelatedKind| kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind));
    let rows: Vec<_> = rows.into_iter().filter(|row| wanted(row.kind)).collect();
    let live = load_map(ctx, rows.iter().map(|row| LiveArticleOf(row.draft_id))).await?;
    let mut shown = Vec::new();
    for row in rows {
        let Some((relation, article)) = Inverse::of(row.kind).zip(live.get(&LiveArticleOf(row.draft_id))) else { continue };
        let part = match row.kind {
            RelatedKind::Series => parts(ctx, article).await?.iter().position(|part| part.draft_id == of.0.draft_id),
            _ => None,
        };
        let article = Article::live(article.clone());
        shown.push(InverseLink {
            relation: relation.into(),
            title: article.0.headline.clone(),
            url: article.address(&cx(ctx).desk.site).into(),
            note: row.note,
            part: part.map(numbered),
            article,
        });
    }
    shown.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(shown)
}

/// The longest series that an article is a part of; of equals the one that was listed first.
pub async fn series(ctx: &Context<'_>, of: &Article) -> Result<Option<Series>> {
    let rows = load(ctx, LinkedFrom(of.0.draft_id)).await?.unwrap_or_default();
    let heads = rows.iter().filter(|row| row.kind == RelatedKind::Series).map(|row| LiveArticleOf(row.draft_id));
    let mut heads: Vec<Row> = load_map(ctx, heads).await?.into_values().collect();
    heads.push(of.0.clone());
    heads.sort_by_key(|head| (head.published_at, head.id));
    let mut longest: Vec<Row> = Vec::new();
    for head in &heads {
        let parts = parts(ctx, head).await?;
        if parts.len() > longest.len() {
            longest = parts;
        }
    }
    let part = longest.iter().position(|part| part.draft_id == of.0.draft_id);
    let part = part.filter(|_| longest.len() > 1).map(numbered);
    // Of a preview, the part that is previewed is itself.
    let shown = |row: Row| if row.draft_id == of.0.draft_id { of.clone() } else { Article::live(row) };
    Ok(part.map(|part| Series { part, articles: longest.into_iter().map(shown).collect() }))
}

/// An article and those that it lists as its series, as far as readers have them.
async fn parts(ctx: &Context<'_>, head: &Row) -> Result<Vec<Row>> {
    let listed = load(ctx, RelatedOf(head.draft_id)).await?.unwrap_or_default();
    let listed: Vec<_> = listed.iter().filter(|row| row.kind == RelatedKind::Series).filter_map(|row| row.target_draft_id).collect();
    let live = load_map(ctx, listed.iter().map(|draft| LiveArticleOf(*draft))).await?;
    let targets = listed.iter().filter_map(|draft| live.get(&LiveArticleOf(*draft)));
    Ok(std::iter::once(head).chain(targets).cloned().collect())
}

fn numbered(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX).saturating_add(1)
}
