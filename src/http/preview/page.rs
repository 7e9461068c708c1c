//! The page itself.

use chrono::{DateTime, SecondsFormat, Utc};
use lol_html::errors::RewritingError;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::STYLE;
use super::data::{Article, Author, Correction, Image, Related, Site};
use super::rewrite::{Place, Rewriter, picture_box, place};

/// What whoever opens the page has to know.
const NOTICE: [&str; 2] = ["Preview – not published.", "Anyone with this link can read it until it expires."];

/// The page of a revision.
pub(super) fn article(article: &Article, site: &Site) -> Result<String, RewritingError> {
    let rewriter = Rewriter::new(&site.url);
    let body = rewriter.body(&article.body.html, article.body.framed())?;
    let mut about = Vec::new();
    for author in &article.authors {
        about.push((author, author.bio_html.as_deref().map(|bio| rewriter.aside(bio)).transpose()?));
    }
    about.retain(|(author, bio)| bio.is_some() || author.title.is_some() || author.avatar.is_some());

    let title = format!("Preview: {} – {}", article.headline, site.name);
    // No heading's anchor has an underscore, so ours meet none of the body's.
    let content = html! {
        a.skip href="#_article" { "Skip to the article" }
        header.top {
            p.notice { strong { (NOTICE[0]) } " " (NOTICE[1]) }
            p.site { (site.name) }
        }
        main id="_article" tabindex="-1" {
            article aria-labelledby="_headline" {
                (head(article))
                @if let Some(image) = &article.hero_image { (hero(image, site)) }
                div.body { (body) }
                (corrections(&article.corrections))
                @if !article.tags.is_empty() {
                    ul.tags aria-label="Tags" {
                        @for tag in &article.tags { li dir="auto" { (tag.name) } }
                    }
                }
                @if !about.is_empty() {
                    section.about aria-labelledby="_about" {
                        h2 id="_about" { "About the author" @if about.len() > 1 { "s" } }
                        @for (author, bio) in &about { (profile(author, bio.as_ref(), site)) }
                    }
                }
            }
        }
        (related(&article.related))
        footer.end {
            p {
                "Edition " (article.edition) " of " (article.url)
                ", as its readers would see it."
            }
        }
    };
    Ok(document(&title, &content))
}

/// The page for every token that leads nowhere.
pub(super) fn missing() -> String {
    let content = html! {
        main.missing {
            h1 { "This preview is not there (any more)" }
            p { "Ask your desk for a new link." }
        }
    };
    document("This preview is not there", &content)
}

fn document(title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (content) }
        }
    };
    page.into_string()
}

/// What stands above the article's text.
fn head(article: &Article) -> Markup {
    html! {
        header.head {
            p.section dir="auto" { (article.section.name) }
            h1 id="_headline" dir="auto" { (article.headline) }
            @if let Some(dek) = &article.dek { p.dek dir="auto" { (dek) } }
            @if !article.authors.is_empty() { p.byline { "By " (byline(&article.authors)) } }
            p.facts {
                span { (time(article.published_at, MINUTE)) } " "
                @if article.edition > 1 { span { "Updated " (time(article.updated_at, MINUTE)) } " " }
                span { (article.body.reading_minutes) " min read" }
            }
        }
    }
}

fn byline(authors: &[Author]) -> Markup {
    let last = authors.len().saturating_sub(1);
    html! {
        @for (at, author) in authors.iter().enumerate() {
            @if at > 0 { @if at == last { " and " } @else { ", " } }
            a rel="author" href=(author.url) { bdi { (author.name) } }
        }
    }
}

fn hero(image: &Image, site: &Site) -> Markup {
    html! {
        figure.hero {
            (picture(image, site))
            @if image.caption.is_some() || image.credit.is_some() {
                figcaption {
                    @if let Some(caption) = &image.caption { span dir="auto" { (caption) } " " }
                    @if let Some(credit) = &image.credit { span.credit dir="auto" { (credit) } }
                }
            }
        }
    }
}

fn picture(image: &Image, site: &Site) -> Markup {
    let alt = html! { (image.alt) };
    match place(&site.url, &image.url) {
        Place::Here(src) => html! { img src=(src) alt=(alt) width=(image.width) height=(image.height); },
        Place::Elsewhere(host) => picture_box(&alt, Some(&html! { (image.url) }), &host),
        Place::Nowhere => alt,
    }
}

fn corrections(corrections: &[Correction]) -> Markup {
    html! {
        @if !corrections.is_empty() {
            section.corrections aria-labelledby="_corrections" {
                h2 id="_corrections" { "Corrections and updates" }
                ul {
                    @for correction in corrections {
                        li {
                            strong { (correction.kind.words()) }
                            ", " (time(correction.at, DAY)) " (edition " (correction.edition) "): "
                            span dir="auto" { (correction.note) }
                        }
                    }
                }
            }
        }
    }
}

fn profile(author: &Author, bio: Option<&Markup>, site: &Site) -> Markup {
    let portrait = author.avatar.as_ref().and_then(|avatar| match place(&site.url, &avatar.url) {
        Place::Here(src) => Some((src, &avatar.alt)),
        Place::Elsewhere(_) | Place::Nowhere => None,
    });
    html! {
        div.profile {
            @if let Some((src, alt)) = portrait { img.portrait src=(src) alt=(alt) width="80" height="80"; }
            div {
                h3 { a href=(author.url) { bdi { (author.name) } } }
                @if let Some(title) = &author.title { p.role dir="auto" { (title) } }
                @if let Some(bio) = bio { div.bio { (bio) } }
            }
        }
    }
}

fn related(links: &[Related]) -> Markup {
    html! {
        @if !links.is_empty() {
            aside.related aria-labelledby="_related" {
                h2 id="_related" { "Related" }
                ul {
                    @for link in links {
                        li {
                            span.kind { (link.kind.words()) }
                            a href=(link.url) rel=[link.target.rel.as_deref()] dir="auto" { (link.title) }
                            @if let Some(note) = &link.note { p dir="auto" { (note) } }
                        }
                    }
                }
            }
        }
    }
}

/// How a time is told.
const DAY: &str = "%-d %B %Y";
const MINUTE: &str = "%-d %B %Y, %H:%M UTC";

fn time(at: DateTime<Utc>, told: &str) -> Markup {
    html! {
        time datetime=(at.to_rfc3339_opts(SecondsFormat::Secs, true)) { (at.format(told)) }
    }
}
