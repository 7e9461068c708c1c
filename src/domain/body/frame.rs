//! How an embed is shown: nothing here needs a script of the page.

use super::Provider;
use super::embed::Found;
use super::slot::escape;

/// The provider's name for readers, and for style sheets.
fn names(provider: Provider) -> (&'static str, &'static str) {
    match provider {
        Provider::Youtube => ("YouTube", "youtube"),
        Provider::Vimeo => ("Vimeo", "vimeo"),
        Provider::Instagram => ("Instagram", "instagram"),
        Provider::X => ("X", "x"),
        Provider::Tiktok => ("TikTok", "tiktok"),
        Provider::Bluesky => ("Bluesky", "bluesky"),
        Provider::Facebook => ("Facebook", "facebook"),
        Provider::Spotify => ("Spotify", "spotify"),
    }
}

/// A frame that may run its own scripts and nothing of ours. YouTube refuses to play where it is not
/// told the site, so the origin is; nobody is told the page.
pub(super) fn frame(provider: Provider, frame: &str) -> String {
    let (title, class) = names(provider);
    let mut html = format!("<iframe class=\"embed embed-{class}\" src=\"");
    escape(frame, &mut html);
    html.push_str("\" title=\"");
    html.push_str(title);
    html.push_str("\" loading=\"lazy\" referrerpolicy=\"strict-origin-when-cross-origin\" sandbox=\"allow-scripts allow-same-origin allow-popups allow-presentation\" allow=\"fullscreen; picture-in-picture; encrypted-media\" allowfullscreen></iframe>");
    html
}

/// A quotation that holds a link, which `put_href` names.
pub(super) fn link(found: &Found, put_href: impl FnOnce(&mut String)) -> String {
    let (_, class) = names(found.provider);
    let mut html = format!("<blockquote class=\"embed embed-{class}\"><a href=\"");
    put_href(&mut html);
    html.push_str("\">");
    escape(link_text(&found.url), &mut html);
    html.push_str("</a></blockquote>");
    html
}

/// What readers click on: the address, which reads the same in any language.
pub(super) fn link_text(url: &str) -> &str {
    url.strip_prefix("https://").unwrap_or(url).trim_start_matches("www.").trim_end_matches('/')
}
