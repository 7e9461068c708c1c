//! Slots filled: a stored body as it is today.

use url::Url;

use super::slot::{self, Slot, escape, fill};
use super::{Compiled, Link, Provider, Template};

/// Where a body's disclosure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Before everything.
    Top,
    /// Directly before the block that has the first affiliate link.
    BeforeFirstLink,
    /// After everything.
    Bottom,
}

/// The statement that readers are owed.
#[derive(Clone, Copy, Debug)]
pub struct Disclosure<'a> {
    /// Its wording as sanitised HTML, without an element around it.
    pub html: &'a str,
    /// Where it stands.
    pub placement: Placement,
}

/// What a body's rendering depends on besides the body.
#[derive(Clone, Copy)]
pub struct RenderContext<'a> {
    /// What relative URLs, of links and images alike, are resolved against.
    pub site: &'a Url,
    /// The `rel` tokens of every link that has a network. `sponsored` is added where it is missing.
    pub rel: &'a [String],
    /// From a slug to today's URL of our own live article.
    pub article_url: &'a dyn Fn(&str) -> Option<String>,
    /// The statement to insert, where one is due.
    pub disclosure: Option<Disclosure<'a>>,
}

/// One part of a body, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of Template, their slots filled")]
pub enum Block {
    /// Running text, with its own `<p>`.
    Paragraph { html: String, text: String },
    /// A heading.
    Heading { level: u8, text: String, html: String, anchor: String },
    /// A quotation.
    Quote { html: String, text: String, attribution: Option<String> },
    /// A list.
    List { ordered: bool, start: u32, items: Vec<String> },
    /// An image that stands alone. Its `url` is absolute.
    Image { url: String, alt: String, caption: Option<String>, html: String },
    /// A post, video or recording from elsewhere.
    Embed { provider: Provider, url: String, html: String },
    /// Code.
    Code { code: String, language: Option<String> },
    /// A table.
    Table { html: String },
    /// A thematic break.
    Divider { html: String },
    /// The statement that readers are owed, with its own `<aside>`.
    Disclosure { html: String },
}

/// Renders a stored body.
#[must_use]
pub fn render(compiled: &Compiled, cx: &RenderContext<'_>) -> Vec<Block> {
    let filler = Filler::new(compiled, cx);
    let mut blocks = Vec::with_capacity(compiled.blocks.len() + 1);
    blocks.extend(compiled.blocks.iter().map(|template| filler.block(template)));
    if let Some(disclosure) = &cx.disclosure {
        let first = compiled.links.iter().filter(|link| link.network.is_some()).map(|link| link.block).min();
        let at = match disclosure.placement {
            Placement::Top => 0,
            Placement::BeforeFirstLink => first.unwrap_or(0),
            Placement::Bottom => blocks.len(),
        };
        let html = format!("<aside class=\"affiliate-disclosure\" role=\"note\">{}</aside>", disclosure.html);
        blocks.insert(at.min(blocks.len()), Block::Disclosure { html });
    }
    blocks
}

/// The whole body as HTML.
#[must_use]
pub fn html(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        if !out.is_empty() {
            out.push('\n');
        }
        match block {
            Block::Paragraph { html, .. }
            | Block::Heading { html, .. }
            | Block::Quote { html, .. }
            | Block::Image { html, .. }
            | Block::Embed { html, .. }
            | Block::Table { html }
            | Block::Divider { html }
            | Block::Disclosure { html } => out.push_str(html),
            Block::List { ordered, start, items } => list_html(*ordered, *start, items, &mut out),
            Block::Code { code, language } => code_html(code, language.as_deref(), &mut out),
        }
    }
    out
}

fn list_html(ordered: bool, start: u32, items: &[String], out: &mut String) {
    let name = if ordered { "ol" } else { "ul" };
    match (ordered, start) {
        (true, 0 | 2..) => out.push_str(&format!("<ol start=\"{start}\">")),
        _ => out.push_str(&format!("<{name}>")),
    }
    for item in items {
        out.push_str("<li>");
        out.push_str(item);
        out.push_str("</li>");
    }
    out.push_str(&format!("</{name}>"));
}

fn code_html(code: &str, language: Option<&str>, out: &mut String) {
    out.push_str("<pre><code");
    if let Some(language) = language {
        out.push_str(" class=\"language-");
        escape(language, out);
        out.push('"');
    }
    out.push('>');
    escape(code, out);
    out.push_str("</code></pre>");
}

/// The slug that a link means when it points at an article of this site: one segment below the
/// site's own URL, or below the host when typed from its root. `None` for anything else.
#[must_use]
pub fn own_slug(url: &str, site: &Url) -> Option<String> {
    let from_root = url.starts_with('/');
    let url = site.join(url).ok()?;
    // A page is the same whether it was linked before or after the site moved to HTTPS.
    let is_web = matches!(url.scheme(), "http" | "https");
    if !is_web || url.host_str() != site.host_str() || url.port() != site.port() || !url.username().is_empty()
    {
        return None;
    }
    let base = site.path().trim_end_matches('/');
    let below = url.path().strip_prefix(base).filter(|below| below.starts_with('/'));
    [below, Some(url.path()).filter(|_| from_root)].into_iter().flatten().find_map(|path| {
        let slug = path.strip_prefix('/')?;
        let slug = slug.strip_suffix('/').unwrap_or(slug);
        (!slug.is_empty() && !slug.contains('/')).then(|| slug.to_owned())
    })
}

struct Filler<'a> {
    compiled: &'a Compiled,
    cx: &'a RenderContext<'a>,
    rel: String,
}

impl<'a> Filler<'a> {
    fn new(compiled: &'a Compiled, cx: &'a RenderContext<'a>) -> Self {
        let mut rel = cx.rel.join(" ");
        if !cx.rel.iter().any(|token| token == "sponsored") {
            rel = format!("sponsored {rel}").trim_end().to_owned();
        }
        Self { compiled, cx, rel }
    }

    fn block(&self, template: &Template) -> Block {
        match template.clone() {
            Template::Paragraph { html, text } => Block::Paragraph { html: self.fill(&html), text },
            Template::Heading { level, text, html, anchor } => {
                Block::Heading { level, text, html: self.fill(&html), anchor }
            }
            Template::Quote { html, text, attribution } => {
                Block::Quote { html: self.fill(&html), text, attribution }
            }
            Template::List { ordered, start, items } => {
                Block::List { ordered, start, items: items.iter().map(|item| self.fill(item)).collect() }
            }
            Template::Image { url, alt, caption, html } => {
                Block::Image { url: self.image_url(&url), alt, caption, html: self.fill(&html) }
            }
            Template::Embed { provider, url, html } => Block::Embed { provider, url, html: self.fill(&html) },
            Template::Code { code, language } => Block::Code { code, language },
            Template::Table { html } => Block::Table { html: self.fill(&html) },
            Template::Divider { html } => Block::Divider { html },
        }
    }

    fn fill(&self, template: &str) -> String {
        fill(template, |slot, out| match slot {
            Slot::Link(number) => {
                let Some(link) = self.compiled.links.get(number) else { return };
                escape(&self.link_url(link), out);
                if link.network.is_some() {
                    // The slot stands within the quotes of `href`: these end it, and the template's
                    // own closing quote ends `rel`.
                    out.push_str("\" rel=\"");
                    escape(&self.rel, out);
                }
            }
            Slot::Image(number) => {
                let Some(image) = self.compiled.images.get(number) else { return };
                escape(&self.image_url(&image.url), out);
            }
        })
    }

    fn link_url(&self, link: &Link) -> String {
        let typed = self.cx.site.join(&link.url).ok().filter(|url| slot::may_link(url.as_str()));
        let own = own_slug(&link.url, self.cx.site).and_then(|slug| (self.cx.article_url)(&slug));
        match (own, typed) {
            // The place within the article is the same wherever the article stands.
            (Some(today), Some(typed)) => {
                let query = typed.query().map(|query| format!("?{query}")).unwrap_or_default();
                let fragment = typed.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
                format!("{today}{query}{fragment}")
            }
            (Some(today), None) => today,
            (None, Some(typed)) => typed.into(),
            (None, None) => "#".to_owned(),
        }
    }

    fn image_url(&self, typed: &str) -> String {
        let url = self.cx.site.join(typed).ok().filter(|url| slot::may_show(url.as_str()));
        url.map(String::from).unwrap_or_default()
    }
}
