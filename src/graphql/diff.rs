//! What changed between two revisions.

use async_graphql::{Context, Object, SimpleObject};
use entity::revision;

use super::affiliate::{Under, absolute, policies};
use super::body::Body;
use super::error::{Problem, Result};
use super::loaders::{BodyOf, LinksOf, RevisionAt, RevisionBylineOf, load, load_all, present};
use super::scalars::{Address, HTML};
use crate::app;
use crate::domain::diff;
use crate::domain::refusal::Refusal;

/// What changed between two revisions.
pub struct RevisionDiff {
    before: Option<revision::Model>,
    after: revision::Model,
}

/// One field that is not as it was.
#[derive(SimpleObject)]
pub struct FieldChange {
    /// As Revision names it.
    field: &'static str,
    before: Option<String>,
    after: Option<String>,
}

impl RevisionDiff {
    /// Since the revision with this number, or the one before where none is named.
    pub async fn since(ctx: &Context<'_>, after: revision::Model, from: Option<i32>) -> Result<Self> {
        let number = from.unwrap_or(after.number - 1);
        let before = match number {
            0 if from.is_none() => None,
            number => load(ctx, RevisionAt(after.draft_id, number)).await?,
        };
        if before.is_none() && from.is_some() {
            return Err(Problem::from(Refusal::field("from", format!("is {number}; the draft has no such revision"))));
        }
        Ok(Self { before, after })
    }

    async fn markdown(ctx: &Context<'_>, of: Option<&revision::Model>) -> Result<String> {
        match of {
            Some(row) => Ok(present(load(ctx, BodyOf(row.id)).await?, "body")?.markdown.to_string()),
            None => Ok(String::new()),
        }
    }

    async fn blocks(ctx: &Context<'_>, of: Option<&revision::Model>) -> Result<Vec<String>> {
        match of {
            Some(row) => Body::of(ctx, row.id, Under::revision(row), |_| false).await?.block_html(ctx).await,
            None => Ok(Vec::new()),
        }
    }

    async fn links(ctx: &Context<'_>, of: Option<&revision::Model>) -> Result<Vec<String>> {
        match of {
            Some(row) => Ok(load(ctx, LinksOf(row.id)).await?.unwrap_or_default().into_iter().map(|row| row.url).collect()),
            None => Ok(Vec::new()),
        }
    }

    /// The links that came and those that went.
    async fn links_changed(&self, ctx: &Context<'_>) -> Result<(Vec<String>, Vec<String>)> {
        let before = Self::links(ctx, self.before.as_ref()).await?;
        let after = Self::links(ctx, Some(&self.after)).await?;
        Ok(diff::links(&before, &after))
    }
}

/// Whether a revision owes its readers a disclosure, by the link rules of today: two revisions are compared
/// by the same rules.
async fn is_due(ctx: &Context<'_>, row: &revision::Model) -> Result<bool> {
    let rules = policies(ctx).await?.rules(row.affiliate_policy_id, row.section_id);
    let links = load(ctx, LinksOf(row.id)).await?.unwrap_or_default();
    let earns = links.iter().any(|link| app::affiliate::network_of(&link.url, &rules).is_some());
    Ok(app::affiliate::is_due(row.affiliate_flag, earns))
}

/// Every field but the body, as people read it.
async fn shown(ctx: &Context<'_>, row: &revision::Model) -> Result<Vec<(&'static str, Option<String>)>> {
    let section = match row.section_id {
        Some(id) => load(ctx, id).await?.map(|section| section.name),
        None => None,
    };
    let authors = load(ctx, RevisionBylineOf(row.id)).await?.unwrap_or_default();
    let authors = load_all(ctx, authors).await?.into_iter().map(|author| author.name.clone()).collect();
    let listed = |all: Vec<String>| (!all.is_empty()).then(|| all.join(", "));
    let policy = match row.affiliate_policy_id {
        Some(id) => policies(ctx).await?.get(id).cloned(),
        None => None,
    };
    Ok(vec![
        ("headline", Some(row.headline.clone())),
        ("dek", row.dek.clone()),
        ("slug", Some(row.slug.clone())),
        ("section", section),
        ("tags", listed(app::revision::tags(row))),
        ("authors", listed(authors)),
        ("heroImage", row.hero_image_id.map(|id| id.to_string())),
        ("seoTitle", row.seo_title.clone()),
        ("seoDescription", row.seo_description.clone()),
        ("canonicalUrl", row.canonical_url.clone()),
        ("affiliateFlag", Some(row.affiliate_flag.as_str().to_owned())),
        ("affiliateReason", row.affiliate_reason.clone()),
        ("affiliatePolicy", policy.map(|policy| policy.name)),
    ])
}

/// What changed between two revisions.
#[Object]
impl RevisionDiff {
    /// Null where the first revision is compared with nothing.
    async fn from(&self) -> Option<i32> {
        self.before.as_ref().map(|row| row.number)
    }

    async fn to(&self) -> i32 {
        self.after.number
    }

    /// Every field that is not as it was, the body aside.
    async fn fields(&self, ctx: &Context<'_>) -> Result<Vec<FieldChange>> {
        let after = shown(ctx, &self.after).await?;
        let before = match &self.before {
            Some(row) => shown(ctx, row).await?,
            None => after.iter().map(|(field, _)| (*field, None)).collect(),
        };
        let pairs = before.into_iter().zip(after);
        let changed = pairs.filter(|((_, before), (_, after))| before != after);
        Ok(changed.map(|((field, before), (_, after))| FieldChange { field, before, after }).collect())
    }

    async fn links_added(&self, ctx: &Context<'_>) -> Result<Vec<Address>> {
        Ok(self.links_changed(ctx).await?.0.into_iter().map(|url| absolute(ctx, &url).into()).collect())
    }

    async fn links_removed(&self, ctx: &Context<'_>) -> Result<Vec<Address>> {
        Ok(self.links_changed(ctx).await?.1.into_iter().map(|url| absolute(ctx, &url).into()).collect())
    }

    /// True where these changes make a disclosure due, or no longer due.
    async fn changes_disclosure(&self, ctx: &Context<'_>) -> Result<bool> {
        let before = match &self.before {
            Some(row) => is_due(ctx, row).await?,
            None => false,
        };
        Ok(before != is_due(ctx, &self.after).await?)
    }

    /// Unified diff of the Markdown.
    async fn body_unified(&self, ctx: &Context<'_>) -> Result<String> {
        let before = Self::markdown(ctx, self.before.as_ref()).await?;
        let after = Self::markdown(ctx, Some(&self.after)).await?;
        let from = format!("revision {}", self.before.as_ref().map_or(0, |row| row.number));
        let to = format!("revision {}", self.after.number);
        Ok(app::revision::compare(move || diff::unified(&before, &after, &from, &to)).await?)
    }

    /// The body with ins and del elements, by words.
    async fn body_html(&self, ctx: &Context<'_>) -> Result<HTML> {
        let before = Self::blocks(ctx, self.before.as_ref()).await?;
        let after = Self::blocks(ctx, Some(&self.after)).await?;
        Ok(HTML(app::revision::compare(move || diff::marked(&before, &after)).await?))
    }
}
