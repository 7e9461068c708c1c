//! Bodies: Markdown in; blocks, safe HTML and plain text out.
//!
//! It goes in two steps, because they age differently. `compile` depends on the Markdown alone, so
//! its outcome is stored beside the revision. `render` depends on the day: where an article stands
//! now, which links earn a commission, what readers must be told. It only fills slots, so neither a
//! changed slug nor a changed affiliate policy compiles anything anew.
//!
//! Invariant: no `rel` and no `target` that an editor typed survives. `rel` is written in one place,
//! when slots are filled, which is why no form of link can go unmarked.

mod attribution;
mod balance;
mod compile;
mod embed;
mod frame;
mod input;
mod markup;
mod plain;
mod raw;
mod render;
mod sanitize;
mod slot;
mod tags;
#[cfg(test)]
mod tests;
mod text;

use serde::{Deserialize, Serialize};

pub use compile::compile;
pub use render::{Block, Disclosure, Placement, RenderContext, html, own_slug, render};

/// Raised whenever `compile` would give other output for the same Markdown: stored bodies are then
/// compiled anew.
pub const COMPILER_VERSION: i32 = 1;

/// A body as it is stored: all that can be known from the Markdown alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Compiled {
    /// The body's parts, in order, with slots where URLs belong.
    pub blocks: Vec<Template>,
    /// Every link, by the number that its slot carries.
    pub links: Vec<Link>,
    /// Every image, by the number that its slot carries.
    pub images: Vec<ImageRef>,
    /// The body as plain text, blocks set apart by blank lines.
    pub text: String,
    /// How many words `text` has.
    pub word_count: u32,
}

/// A link in a body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// As it was typed, with character references decoded and blanks trimmed.
    pub url: String,
    /// What readers click on; the alternative text where that is an image.
    pub text: String,
    /// Which block it stands in.
    pub block: usize,
    /// The affiliate network that it belongs to. Compiling leaves it empty: the detector fills it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

/// An image in a body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRef {
    /// As it was typed, with character references decoded and blanks trimmed.
    pub url: String,
    /// The alternative text; empty where the editor gave none.
    pub alt: String,
    /// Which block it stands in.
    pub block: usize,
}

/// One part of a body before its slots are filled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// Running text, with its own `<p>`; also what raw HTML and the footnotes become.
    Paragraph {
        /// Safe HTML with slots.
        html: String,
        /// Plain text.
        text: String,
    },
    /// A heading.
    Heading {
        /// 2 to 6: level 1 is the headline's.
        level: u8,
        /// Plain text.
        text: String,
        /// Safe HTML with slots.
        html: String,
        /// For links to it, unique in the body.
        anchor: String,
    },
    /// A quotation.
    Quote {
        /// Safe HTML with slots, the attribution in its `<footer>`.
        html: String,
        /// Plain text, without the attribution.
        text: String,
        /// Who is quoted, where the last line says so after a dash.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attribution: Option<String>,
    },
    /// A list.
    List {
        /// Whether it is numbered.
        ordered: bool,
        /// The first number: a countdown is often cut up by pictures, and each part counts on.
        start: u32,
        /// The inner HTML of each item, with slots.
        items: Vec<String>,
    },
    /// An image that stands alone.
    Image {
        /// As it was typed.
        url: String,
        /// The alternative text.
        alt: String,
        /// What stands below it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// A `<figure>` with a slot.
        html: String,
    },
    /// A post, video or recording from elsewhere.
    Embed {
        /// Where it comes from.
        provider: Provider,
        /// Its page, in the provider's usual form.
        url: String,
        /// A frame, or a link with a slot; neither needs a script.
        html: String,
    },
    /// Code.
    Code {
        /// As it was typed.
        code: String,
        /// The first word after the fence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
    },
    /// A table.
    Table {
        /// Safe HTML with slots.
        html: String,
    },
    /// A thematic break.
    Divider {
        /// `<hr>`.
        html: String,
    },
}

/// Whose posts, videos and recordings can be embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// youtube.com, youtu.be
    Youtube,
    /// vimeo.com
    Vimeo,
    /// instagram.com
    Instagram,
    /// x.com, twitter.com
    X,
    /// tiktok.com
    Tiktok,
    /// bsky.app
    Bluesky,
    /// facebook.com, fb.watch
    Facebook,
    /// open.spotify.com
    Spotify,
}

/// How many minutes reading takes at 240 words a minute; at least 1.
#[must_use]
pub fn reading_minutes(word_count: u32) -> u32 {
    word_count.div_ceil(240).max(1)
}
