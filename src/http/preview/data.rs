//! What the page asks our own schema for, and how the answer is read.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use url::Url;

/// The document. Its only variable is `token`; `site` is there whatever the token.
pub(super) const QUERY: &str = "query Preview($token: String!) {
  preview(token: $token) {
    headline dek url publishedAt updatedAt edition
    section { name }
    tags { name }
    authors { name title bioHtml url avatar { url(width: 160) alt width height } }
    heroImage { url(width: 1200) alt width height caption credit }
    body { html readingMinutes blocks { __typename ... on EmbedBlock { url html } } }
    corrections { kind note at edition }
    related(first: 5) { kind title url note target { __typename ... on ExternalPage { rel } } }
  }
  site { name url }
}";

/// The answer's `data`.
#[derive(Deserialize)]
pub(super) struct Data {
    /// None where the token leads nowhere.
    pub(super) preview: Option<Article>,
    pub(super) site: Site,
}

#[derive(Deserialize)]
pub(super) struct Site {
    pub(super) name: String,
    #[serde(deserialize_with = "url")]
    pub(super) url: Url,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Article {
    pub(super) headline: String,
    pub(super) dek: Option<String>,
    /// Where readers will find it.
    pub(super) url: String,
    pub(super) published_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) edition: u32,
    pub(super) section: Named,
    pub(super) tags: Vec<Named>,
    pub(super) authors: Vec<Author>,
    pub(super) hero_image: Option<Image>,
    pub(super) body: Body,
    pub(super) corrections: Vec<Correction>,
    pub(super) related: Vec<Related>,
}

#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Author {
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) bio_html: Option<String>,
    pub(super) url: String,
    pub(super) avatar: Option<Image>,
}

#[derive(Deserialize)]
pub(super) struct Image {
    pub(super) url: String,
    pub(super) alt: String,
    /// Of the original; what is shown has the same proportions.
    pub(super) width: u32,
    pub(super) height: u32,
    #[serde(default)]
    pub(super) caption: Option<String>,
    #[serde(default)]
    pub(super) credit: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    pub(super) html: String,
    pub(super) reading_minutes: u32,
    blocks: Vec<Block>,
}

impl Body {
    /// The pages that the body's frames show, in the order of the frames.
    pub(super) fn framed(&self) -> impl Iterator<Item = &str> {
        let is_frame = |block: &&Block| block.html.as_deref().is_some_and(|html| html.starts_with("<iframe"));
        self.blocks.iter().filter(is_frame).filter_map(|block| block.url.as_deref())
    }
}

/// Empty for all but embeds.
#[derive(Deserialize)]
struct Block {
    url: Option<String>,
    html: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Correction {
    pub(super) kind: CorrectionKind,
    pub(super) note: String,
    pub(super) at: DateTime<Utc>,
    pub(super) edition: u32,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum CorrectionKind {
    Correction,
    Clarification,
    Update,
}

impl CorrectionKind {
    /// As readers are told.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Correction => "Correction",
            Self::Clarification => "Clarification",
            Self::Update => "Update",
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Related {
    pub(super) kind: RelatedKind,
    pub(super) title: String,
    pub(super) url: String,
    pub(super) note: Option<String>,
    #[serde(default)]
    pub(super) target: Target,
}

/// Empty for articles of the site.
#[derive(Default, Deserialize)]
pub(super) struct Target {
    #[serde(default)]
    pub(super) rel: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum RelatedKind {
    Related,
    Background,
    FollowUp,
    Correction,
    Series,
    Video,
}

impl RelatedKind {
    /// As readers are told.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Related => "Related",
            Self::Background => "Background",
            Self::FollowUp => "Follow-up",
            Self::Correction => "Correction",
            Self::Series => "In this series",
            Self::Video => "Video",
        }
    }
}

fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    Url::parse(&text).map_err(serde::de::Error::custom)
}
