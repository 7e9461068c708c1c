//! What somebody types into a draft, parsed over what is there.

use chrono::{DateTime, Utc};
use entity::enums::AffiliateFlag;
use entity::ids::{AuthorId, ImageId, PolicyId, SectionId, UserId};

use crate::domain::draft::{Content, byline, tags};
use crate::domain::refusal::Complaints;
use crate::domain::slug::Slug;
use crate::domain::text;

/// What somebody types into a draft. For each field: `None` leaves it as it is, `Some(None)` clears it.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Never cleared.
    pub headline: Option<Option<String>>,
    /// The line under the headline.
    pub dek: Option<Option<String>>,
    /// Markdown.
    pub body: Option<Option<String>>,
    /// Never cleared; in a new draft made from the headline where left out.
    pub slug: Option<Option<String>>,
    /// Where it belongs.
    pub section: Option<Option<SectionId>>,
    /// In the writer's order.
    pub tags: Option<Option<Vec<String>>>,
    /// The byline, in its order.
    pub authors: Option<Option<Vec<AuthorId>>>,
    /// The image at its head.
    pub hero_image: Option<Option<ImageId>>,
    /// For search engines.
    pub seo_title: Option<Option<String>>,
    /// For search engines.
    pub seo_description: Option<Option<String>>,
    /// Where the article first appeared; parsed already.
    pub canonical_url: Option<Option<String>>,
    /// Whether a lawyer has to see it.
    pub needs_legal_review: Option<Option<bool>>,
    /// When it is due.
    pub due_at: Option<Option<DateTime<Utc>>>,
    /// Who answers for it.
    pub owner: Option<Option<UserId>>,
    /// What the change is about.
    pub note: Option<String>,
    /// The affiliate flag, its reason and its policy, where those are what changes.
    pub affiliate: Option<(AffiliateFlag, Option<String>, Option<Option<PolicyId>>)>,
}

impl Typed {
    /// Puts what was typed over what is there; complaints are collected.
    pub(super) fn over(&self, mut content: Content, complaints: &mut Complaints) -> Content {
        if let Some(typed) = &self.headline {
            let parsed = text::line(typed.as_deref().unwrap_or_default(), text::MAX_HEADLINE);
            content.headline = complaints.take("headline", parsed).unwrap_or_default();
        }
        let mut line = |path: &str, typed: &Option<Option<String>>, longest: usize, field: &mut Option<String>| {
            if let Some(typed) = typed {
                *field = complaints.take(path, text::optional_line(typed.as_deref(), longest)).flatten();
            }
        };
        line("dek", &self.dek, 1000, &mut content.dek);
        line("seoTitle", &self.seo_title, 300, &mut content.seo_title);
        line("seoDescription", &self.seo_description, 1000, &mut content.seo_description);
        if let Some(typed) = &self.body {
            content.body = complaints.take("body", text::body(typed.as_deref().unwrap_or_default())).unwrap_or_default();
        }
        if let Some(typed) = &self.slug {
            let parsed = Slug::parse(typed.as_deref().unwrap_or_default())
                .ok_or_else(|| "has nothing that a URL could hold; use letters or digits".to_owned());
            if let Some(slug) = complaints.take("slug", parsed) {
                content.slug = slug;
            }
        }
        if let Some(typed) = &self.tags {
            content.tags = complaints.take("tags", tags(typed.as_deref().unwrap_or_default())).unwrap_or_default();
        }
        if let Some(typed) = &self.authors {
            content.authors = complaints.take("authorIds", byline(typed.clone().unwrap_or_default())).unwrap_or_default();
        }
        if let Some((flag, reason, policy)) = &self.affiliate {
            let typed = reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
            let reason = complaints.take("reason", text::optional_prose(reason.as_deref(), 2000)).flatten();
            if *flag != AffiliateFlag::Auto && !typed {
                complaints.add("reason", "is missing; say why the detection is overruled");
            }
            content.affiliate_flag = *flag;
            content.affiliate_reason = reason.filter(|_| *flag != AffiliateFlag::Auto);
            content.affiliate_policy = policy.unwrap_or(content.affiliate_policy);
        }
        content.section = self.section.unwrap_or(content.section);
        content.hero_image = self.hero_image.unwrap_or(content.hero_image);
        content.canonical_url = self.canonical_url.clone().unwrap_or(content.canonical_url);
        content
    }

    pub(super) fn only_clears_legal(&self) -> bool {
        let Self { headline, dek, body, slug, section, tags, authors, hero_image, seo_title, seo_description, canonical_url, needs_legal_review, due_at, owner, note: _, affiliate } = self;
        *needs_legal_review == Some(Some(false))
            && headline.is_none() && dek.is_none() && body.is_none() && slug.is_none() && section.is_none()
            && tags.is_none() && authors.is_none() && hero_image.is_none() && seo_title.is_none()
            && seo_description.is_none() && canonical_url.is_none() && due_at.is_none() && owner.is_none()
            && affiliate.is_none()
    }
}
