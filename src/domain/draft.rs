//! The content of a draft: everything that readers would see of it.

use entity::enums::AffiliateFlag;
use entity::ids::{AuthorId, ImageId, PolicyId, SectionId};

use super::slug::Slug;

/// The most authors in a byline.
pub const MOST_AUTHORS: usize = 50;
/// The most tags of an article.
pub const MOST_TAGS: usize = 50;
/// The longest tag, in characters.
pub const LONGEST_TAG: usize = 100;

/// What one revision says, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// Never empty.
    pub headline: String,
    /// The line under it.
    pub dek: Option<String>,
    /// Markdown, as typed.
    pub body: String,
    /// Its own, or `None` to make one from the headline.
    pub slug: Slug,
    /// Where it belongs.
    pub section: Option<SectionId>,
    /// In the writer's order, no doubles.
    pub tags: Vec<String>,
    /// The byline, in its order, no doubles.
    pub authors: Vec<AuthorId>,
    /// The image at its head.
    pub hero_image: Option<ImageId>,
    /// For search engines, where other than the headline.
    pub seo_title: Option<String>,
    /// For search engines, where other than the dek.
    pub seo_description: Option<String>,
    /// Where the article first appeared.
    pub canonical_url: Option<String>,
    /// Whether detection or an editor decides on the disclosure.
    pub affiliate_flag: AffiliateFlag,
    /// Why an editor does.
    pub affiliate_reason: Option<String>,
    /// A policy other than the default one.
    pub affiliate_policy: Option<PolicyId>,
}

/// Tags as typed, made tidy: trimmed, no doubles whatever their case, bounded.
pub fn tags(typed: &[String]) -> Result<Vec<String>, String> {
    let mut tags: Vec<String> = Vec::new();
    for (index, tag) in typed.iter().enumerate() {
        let tag = super::text::line(tag, LONGEST_TAG).map_err(|message| format!("the tag at place {index} {message}"))?;
        if !tags.iter().any(|known| known.to_lowercase() == tag.to_lowercase()) {
            tags.push(tag);
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(format!("has {} tags; at most {MOST_TAGS} are taken", tags.len()));
    }
    Ok(tags)
}

/// A byline as typed: refused when it names somebody twice.
pub fn byline(typed: Vec<AuthorId>) -> Result<Vec<AuthorId>, String> {
    for (index, author) in typed.iter().enumerate() {
        if typed.iter().take(index).any(|earlier| earlier == author) {
            return Err(format!("names the author at place {index} twice; name each once"));
        }
    }
    if typed.len() > MOST_AUTHORS {
        return Err(format!("names {} authors; at most {MOST_AUTHORS} are taken", typed.len()));
    }
    Ok(typed)
}
