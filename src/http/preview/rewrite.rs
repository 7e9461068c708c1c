//! HTML as readers get it, but for what a preview must not load: pictures and frames from other
//! hosts become boxes that say what stands there and lead to it.
//!
//! Attribute values are taken and given as they are written, with their character references:
//! nothing is decoded that would have to be escaped again.

use std::cell::Cell;

use lol_html::errors::RewritingError;
use lol_html::html_content::{ContentType, Element};
use lol_html::{HandlerResult, RewriteStrSettings, element, rewrite_str};
use maud::{Markup, PreEscaped, html};
use url::{Position, Url};

/// Rewrites the pieces of one page.
pub(super) struct Rewriter<'a> {
    site: &'a Url,
    /// Tables and listings so far: their number is their name.
    tables: Cell<u32>,
    listings: Cell<u32>,
}

/// Where a picture is.
pub(super) enum Place {
    /// On the site; its address there.
    Here(String),
    /// On this host.
    Elsewhere(String),
    /// Nowhere that a browser could ask.
    Nowhere,
}

impl<'a> Rewriter<'a> {
    pub(super) const fn new(site: &'a Url) -> Self {
        Self { site, tables: Cell::new(0), listings: Cell::new(0) }
    }

    /// Prose beside the body, whose headings and anchors would get in the way of the body's.
    pub(super) fn aside(&self, html: &str) -> Result<Markup, RewritingError> {
        let settings = RewriteStrSettings::new()
            .append_element_content_handler(element!("h2, h3, h4, h5, h6", |heading| {
                heading.set_tag_name("p")?;
                Ok(())
            }))
            .append_element_content_handler(element!("a[href^='#']", |link| {
                link.remove_attribute("href");
                Ok(())
            }))
            .append_element_content_handler(element!("[id]", |any| {
                any.remove_attribute("id");
                Ok(())
            }));
        self.body(&rewrite_str(html, settings)?, std::iter::empty())
    }

    /// The body. `framed` are the pages that its frames show, in order.
    pub(super) fn body<'p>(
        &self,
        html: &str,
        mut framed: impl Iterator<Item = &'p str>,
    ) -> Result<Markup, RewritingError> {
        let settings = RewriteStrSettings::new()
            // Before the next, which leaves alone what is replaced: a link holds no link.
            .append_element_content_handler(element!("a img", |img| self.picture(img, true)))
            .append_element_content_handler(element!("img", |img| self.picture(img, false)))
            .append_element_content_handler(element!("iframe", |frame| {
                let page =
                    framed.next().map_or_else(|| PreEscaped(raw(frame, "src")), |page| html! { (page) });
                frame.replace(&frame_box(&PreEscaped(raw(frame, "title")), &page).0, ContentType::Html);
                Ok(())
            }))
            .append_element_content_handler(element!("table", |table| {
                let name = format!("Table {}", next(&self.tables));
                let open =
                    format!("<div class=\"wide\" role=\"region\" aria-label=\"{name}\" tabindex=\"0\">");
                table.before(&open, ContentType::Html);
                table.after("</div>", ContentType::Html);
                Ok(())
            }))
            .append_element_content_handler(element!("pre", |pre| {
                pre.set_attribute("role", "region")?;
                pre.set_attribute("aria-label", &format!("Listing {}", next(&self.listings)))?;
                pre.set_attribute("tabindex", "0")?;
                Ok(())
            }));
        rewrite_str(html, settings).map(PreEscaped)
    }

    fn picture(&self, img: &mut Element<'_, '_>, in_link: bool) -> HandlerResult {
        if img.removed() {
            return Ok(());
        }
        let (src, alt) = (PreEscaped(raw(img, "src")), PreEscaped(raw(img, "alt")));
        match place(self.site, &src.0) {
            Place::Here(address) => {
                img.set_attribute("src", &address)?;
                img.remove_attribute("srcset");
            }
            Place::Elsewhere(host) => {
                let href = Some(&src).filter(|_| !in_link);
                img.replace(&picture_box(&alt, href, &host).0, ContentType::Html);
            }
            Place::Nowhere => img.replace(&alt.0, ContentType::Html),
        }
        Ok(())
    }
}

/// Where a picture is. On the site it is named from the root, so that it is asked of whichever host
/// the page came from: one behind a proxy, or the machine of who tries the server out.
pub(super) fn place(site: &Url, src: &str) -> Place {
    let Some(url) = web(src) else { return Place::Nowhere };
    if url.origin() != site.origin() {
        return Place::Elsewhere(host(&url).to_owned());
    }
    let from_root = &url[Position::BeforePath..];
    // `//` would name a host, and a character reference could hide one.
    let is_plain = from_root.as_bytes().get(1).is_some_and(u8::is_ascii_alphanumeric);
    Place::Here(if is_plain { from_root.to_owned() } else { url.into() })
}

/// What stands where readers see a picture. `href` is None within a link: it may hold no other.
pub(super) fn picture_box(alt: &Markup, href: Option<&Markup>, host: &str) -> Markup {
    html! {
        span.elsewhere {
            span { "Image" @if !alt.0.is_empty() { ": " (alt) } }
            " "
            @match href {
                Some(href) => a href=(href) { "Open the image at " (host) },
                None => span { "at " (host) },
            }
        }
    }
}

/// What stands where readers see a frame.
fn frame_box(title: &Markup, page: &Markup) -> Markup {
    html! {
        p.elsewhere {
            span { @if title.0.is_empty() { "Embedded page" } @else { (title) } }
            " "
            @if let Some(url) = web(&page.0) {
                a href=(page) { "Open the page at " (host(&url)) }
            }
        }
    }
}

fn web(address: &str) -> Option<Url> {
    Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// As people call it.
fn host(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

/// An attribute as it is written, fit to stand between double quotes and between tags; empty where
/// there is none.
fn raw(element: &Element<'_, '_>, name: &str) -> String {
    let value = element.get_attribute(name).unwrap_or_default();
    value.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

fn next(counter: &Cell<u32>) -> u32 {
    counter.set(counter.get().saturating_add(1));
    counter.get()
}
