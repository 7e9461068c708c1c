//! The content of a draft: everything that readers would see of it.

use entity::enums::AffiliateFlag;
use entity::ids::{AuthorId, ImageId, PolicyId, SectionId};

use super::merge;
use super::refusal::Conflict;
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

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn listed<T: ToString>(all: &[T]) -> Option<String> {
    (!all.is_empty()).then(|| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

/// Every field but the body: its name in inputs, where it is, and how a conflict shows it.
macro_rules! for_each_field {
    ($($name:literal $field:ident $show:expr;)*) => {
        /// The fields in which two contents differ, as inputs name them.
        #[must_use]
        pub fn changed(before: &Content, after: &Content) -> Vec<&'static str> {
            let mut fields = Vec::new();
            $(if before.$field != after.$field { fields.push($name); })*
            if before.body != after.body {
                fields.push("body");
            }
            fields
        }

        fn join_fields(base: &Content, current: &Content, yours: &Content, joined: &mut Content, conflicts: &mut Vec<Conflict>) {
            $(match merge::value(&base.$field, &current.$field, &yours.$field) {
                Ok(value) => joined.$field = value,
                Err(_) => conflicts.push(Conflict {
                    field: $name,
                    base: $show(&base.$field),
                    current: $show(&current.$field),
                    yours: $show(&yours.$field),
                }),
            })*
        }
    };
}

for_each_field! {
    "headline" headline |text: &String| some(text);
    "dek" dek Option::clone;
    "slug" slug |slug: &Slug| some(slug.as_str());
    "sectionId" section |id: &Option<SectionId>| id.map(|id| id.to_string());
    "tags" tags |tags: &Vec<String>| listed(tags);
    "authorIds" authors |ids: &Vec<AuthorId>| listed(ids);
    "heroImageId" hero_image |id: &Option<ImageId>| id.map(|id| id.to_string());
    "seoTitle" seo_title Option::clone;
    "seoDescription" seo_description Option::clone;
    "canonicalUrl" canonical_url Option::clone;
    "affiliateFlag" affiliate_flag |flag: &AffiliateFlag| some(flag.as_str());
    "affiliateReason" affiliate_reason Option::clone;
    "affiliatePolicyId" affiliate_policy |id: &Option<PolicyId>| id.map(|id| id.to_string());
}

/// Joins two changes of one base, field by field, and the body line by line. What overlaps is told;
/// there the joined content is as it is now.
#[must_use]
pub fn merged(base: &Content, current: &Content, yours: &Content) -> (Content, Vec<Conflict>) {
    let (mut joined, mut conflicts) = (current.clone(), Vec::new());
    join_fields(base, current, yours, &mut joined, &mut conflicts);
    match merge::text(&base.body, &current.body, &yours.body) {
        Ok(body) => joined.body = body,
        Err(overlaps) => conflicts.extend(overlaps.into_iter().map(|overlap| Conflict {
            field: "body",
            base: Some(overlap.base),
            current: Some(overlap.current),
            yours: Some(overlap.yours),
        })),
    }
    (joined, conflicts)
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
