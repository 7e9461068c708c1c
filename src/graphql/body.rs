//! A body, in every form that a client may want it in.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject, Union};
use entity::affiliate_policy;
use entity::ids::RevisionId;

use super::affiliate::{AffiliateDisclosure, Under, policies, policy_for};
use super::author::Image;
use super::error::Result;
use super::loaders::{ArticleAt, BodyOf, load, load_map, present};
use super::scalars::{Address, HTML, Markdown};
use super::{article, cx, volume};
use crate::app;
use crate::domain::body::{self, Block as Part, Compiled, Disclosure, Placement, Provider, RenderContext};

/// A body.
pub struct Body {
    markdown: Arc<str>,
    compiled: Arc<Compiled>,
    policy: Option<affiliate_policy::Model>,
    is_disclosure_due: bool,
}

impl Body {
    /// The body of a revision, under the policy that holds for it. `due` says whether a disclosure is, when
    /// it is told whether a link in the body earns a commission.
    pub async fn of(ctx: &Context<'_>, revision: RevisionId, under: Under, due: impl FnOnce(bool) -> bool) -> Result<Self> {
        let app::revision::Body { markdown, compiled } = present(load(ctx, BodyOf(revision)).await?, "body")?;
        let earns = compiled.links.iter().any(|link| link.network.is_some());
        let due = due(earns);
        let policy = if due || earns { policy_for(ctx, under).await? } else { None };
        Ok(Self { markdown, compiled, policy, is_disclosure_due: due })
    }

    /// What stands in place of a retracted article's body.
    pub async fn notice(ctx: &Context<'_>, notice: &str) -> Result<Self> {
        let (compiled, policy) = judged(ctx, notice).await?;
        Ok(Self { markdown: notice.into(), compiled: Arc::new(compiled), policy, is_disclosure_due: false })
    }

    /// The body's parts as readers get them today.
    async fn parts(&self, ctx: &Context<'_>) -> Result<Vec<Part>> {
        let site = &cx(ctx).desk.site;
        let mut slugs: Vec<String> =
            self.compiled.links.iter().filter_map(|link| body::own_slug(&link.url, &site.url)).collect();
        slugs.sort_unstable();
        slugs.dedup();
        let found = load_map(ctx, slugs.into_iter().map(ArticleAt)).await?;
        let addresses: HashMap<String, String> =
            found.into_iter().map(|(key, row)| (key.0, article::Article::live(row).address(site))).collect();
        let rel = self.policy.as_ref().map(app::affiliate::rel_in).unwrap_or_default();
        let disclosure = self.policy.as_ref().filter(|_| self.is_disclosure_due).map(|policy| Disclosure {
            html: &policy.disclosure_html,
            placement: placement(policy.placement),
        });
        let lookup = |slug: &str| addresses.get(slug).cloned();
        let context = RenderContext { site: &site.url, rel: &rel, article_url: &lookup, disclosure };
        Ok(body::render(&self.compiled, &context))
    }
}

impl Body {
    /// The HTML of each part, as readers get it.
    pub async fn block_html(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(self.parts(ctx).await?.iter().map(|part| body::html(std::slice::from_ref(part))).collect())
    }
}

const fn placement(placement: entity::enums::DisclosurePlacement) -> Placement {
    match placement {
        entity::enums::DisclosurePlacement::Top => Placement::Top,
        entity::enums::DisclosurePlacement::BeforeFirstLink => Placement::BeforeFirstLink,
        entity::enums::DisclosurePlacement::Bottom => Placement::Bottom,
    }
}

/// Prose that stands alone, such as an author's bio, as safe HTML. Links in it that earn a commission are
/// marked as those in articles are.
pub async fn prose(ctx: &Context<'_>, markdown: &str) -> Result<String> {
    let (compiled, policy) = judged(ctx, markdown).await?;
    let rel = policy.as_ref().map(app::affiliate::rel_in).unwrap_or_default();
    let nowhere = |_: &str| None;
    let context = RenderContext { site: &cx(ctx).desk.site.url, rel: &rel, article_url: &nowhere, disclosure: None };
    Ok(body::html(&body::render(&compiled, &context)))
}

/// Prose compiled, its links judged by the rules that hold wherever no policy is named.
async fn judged(ctx: &Context<'_>, markdown: &str) -> Result<(Compiled, Option<affiliate_policy::Model>)> {
    let mut compiled = body::compile(markdown);
    if compiled.links.is_empty() {
        return Ok((compiled, None));
    }
    let policies = policies(ctx).await?;
    let rules = policies.rules(None, None);
    for link in &mut compiled.links {
        link.network = app::affiliate::network_of(&link.url, &rules);
    }
    Ok((compiled, policies.usual().cloned()))
}

/// A body, in every form that a client may want it in.
#[Object]
impl Body {
    /// As it was written.
    async fn markdown(&self, ctx: &Context<'_>) -> Result<Markdown> {
        volume::take(ctx, self.markdown.len())?;
        Ok(Markdown((*self.markdown).to_owned()))
    }

    /// As it is shown, with the disclosure in its place.
    async fn html(&self, ctx: &Context<'_>) -> Result<HTML> {
        volume::take(ctx, self.markdown.len())?;
        Ok(HTML(body::html(&self.parts(ctx).await?)))
    }

    /// Plain text.
    async fn text(&self, ctx: &Context<'_>) -> Result<String> {
        volume::take(ctx, self.compiled.text.len())?;
        Ok(match self.policy.as_ref().filter(|_| self.is_disclosure_due) {
            Some(policy) if policy.placement == entity::enums::DisclosurePlacement::Bottom => {
                format!("{}\n\n{}", self.compiled.text, policy.disclosure_text)
            }
            Some(policy) => format!("{}\n\n{}", policy.disclosure_text, self.compiled.text),
            None => self.compiled.text.clone(),
        })
    }

    /// Part by part, typed.
    async fn blocks(&self, ctx: &Context<'_>) -> Result<Vec<Block>> {
        // A part is there as HTML and as text.
        volume::take(ctx, 2 * self.markdown.len())?;
        let disclosure = self.policy.as_ref().filter(|_| self.is_disclosure_due);
        Ok(self.parts(ctx).await?.into_iter().map(|part| block(part, disclosure)).collect())
    }

    async fn word_count(&self) -> i32 {
        i32::try_from(self.compiled.word_count).unwrap_or(i32::MAX)
    }

    /// At 240 words a minute, at least 1.
    async fn reading_minutes(&self) -> i32 {
        i32::try_from(body::reading_minutes(self.compiled.word_count)).unwrap_or(i32::MAX)
    }
}

/// One part of a body.
#[derive(Union)]
pub enum Block {
    /// Running text.
    Paragraph(ParagraphBlock),
    /// A heading.
    Heading(HeadingBlock),
    /// A quotation.
    Quote(QuoteBlock),
    /// A list.
    List(ListBlock),
    /// An image that stands alone.
    Image(ImageBlock),
    /// A post, video or recording from elsewhere.
    Embed(EmbedBlock),
    /// Code.
    Code(CodeBlock),
    /// A table.
    Table(TableBlock),
    /// A thematic break.
    Divider(DividerBlock),
    /// The statement that readers are owed.
    Disclosure(DisclosureBlock),
}

/// Running text.
#[derive(SimpleObject)]
pub struct ParagraphBlock {
    html: HTML,
    text: String,
}

/// A heading.
#[derive(SimpleObject)]
pub struct HeadingBlock {
    /// 2 to 6.
    level: i32,
    text: String,
    html: HTML,
    /// For links to it, unique in the body.
    anchor: String,
}

/// A quotation.
#[derive(SimpleObject)]
pub struct QuoteBlock {
    html: HTML,
    text: String,
    attribution: Option<String>,
}

/// A list.
#[derive(SimpleObject)]
pub struct ListBlock {
    ordered: bool,
    /// The first number of an ordered list.
    start: i32,
    items: Vec<HTML>,
}

/// An image that stands alone.
#[derive(SimpleObject)]
pub struct ImageBlock {
    url: Address,
    alt: String,
    caption: Option<String>,
    credit: Option<String>,
    image: Option<Image>,
}

/// A post, video or recording from elsewhere.
#[derive(SimpleObject)]
pub struct EmbedBlock {
    provider: EmbedProvider,
    url: Address,
    /// A frame or link that needs no script.
    html: HTML,
}

/// Code.
#[derive(SimpleObject)]
pub struct CodeBlock {
    code: String,
    language: Option<String>,
}

/// A table.
#[derive(SimpleObject)]
pub struct TableBlock {
    html: HTML,
}

/// A thematic break.
#[derive(SimpleObject)]
pub struct DividerBlock {
    html: HTML,
}

/// The statement that readers are owed.
#[derive(SimpleObject)]
pub struct DisclosureBlock {
    disclosure: AffiliateDisclosure,
    html: HTML,
}

/// Whose posts, videos and recordings can be embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Provider")]
#[expect(missing_docs, reason = "the names are the providers' own")]
pub enum EmbedProvider {
    Youtube,
    Vimeo,
    Instagram,
    X,
    Tiktok,
    Bluesky,
    Facebook,
    Spotify,
}

fn block(part: Part, policy: Option<&affiliate_policy::Model>) -> Block {
    match part {
        Part::Paragraph { html, text } => Block::Paragraph(ParagraphBlock { html: HTML(html), text }),
        Part::Heading { level, text, html, anchor } => {
            Block::Heading(HeadingBlock { level: i32::from(level), text, html: HTML(html), anchor })
        }
        Part::Quote { html, text, attribution } => Block::Quote(QuoteBlock { html: HTML(html), text, attribution }),
        Part::List { ordered, start, items } => Block::List(ListBlock {
            ordered,
            start: i32::try_from(start).unwrap_or(i32::MAX),
            items: items.into_iter().map(HTML).collect(),
        }),
        // A picture of ours brings its credit with it once pictures can be uploaded.
        Part::Image { url, alt, caption, html: _ } => {
            Block::Image(ImageBlock { url: url.into(), alt, caption, credit: None, image: None })
        }
        Part::Embed { provider, url, html } => {
            Block::Embed(EmbedBlock { provider: provider.into(), url: url.into(), html: HTML(html) })
        }
        Part::Code { code, language } => Block::Code(CodeBlock { code, language }),
        Part::Table { html } => Block::Table(TableBlock { html: HTML(html) }),
        Part::Divider { html } => Block::Divider(DividerBlock { html: HTML(html) }),
        Part::Disclosure { html } => match policy {
            Some(policy) => Block::Disclosure(DisclosureBlock {
                disclosure: AffiliateDisclosure::today(policy),
                html: HTML(html),
            }),
            None => Block::Paragraph(ParagraphBlock { html: HTML(html), text: String::new() }),
        },
    }
}
