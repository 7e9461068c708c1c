//! What search engines are told of an article.

use async_graphql::{Context, Json, Object};
use serde_json::{Value, json};

use super::article::Article;
use super::author::Image;
use super::cx;
use super::error::Result;
use super::loaders::{load, present};
use super::scalars::{Address, instant};

/// What search engines are told of an article.
pub struct Seo(pub Article);

impl Seo {
    /// Nothing of what was retracted.
    fn summary(&self) -> Option<&str> {
        let row = &self.0.0;
        row.seo_description.as_deref().or(row.dek.as_deref()).filter(|_| row.retraction_notice.is_none())
    }
}

/// What search engines are told of an article.
#[Object]
impl Seo {
    async fn title(&self) -> &str {
        self.0.0.seo_title.as_deref().unwrap_or(&self.0.0.headline)
    }

    async fn description(&self) -> Option<&str> {
        self.summary()
    }

    async fn canonical_url(&self, ctx: &Context<'_>) -> Address {
        self.0.address(&cx(ctx).desk.site).into()
    }

    /// A schema.org NewsArticle.
    async fn json_ld(&self, ctx: &Context<'_>) -> Result<Json<Value>> {
        let (row, site) = (&self.0.0, &cx(ctx).desk.site);
        let authors = self.0.byline(ctx).await?;
        let section = present(load(ctx, row.section_id).await?, "section")?;
        let tags = self.0.subjects(ctx).await?;
        let image = Image::find(ctx, row.hero_image_id).await?;
        let corrections = self.0.notes(ctx).await?;
        let disclosure = self.0.disclosure(ctx).await?;
        let address = self.0.address(site);
        let people: Vec<Value> = authors
            .iter()
            .map(|author| json!({ "@type": "Person", "name": author.0.name, "url": author.address(site) }))
            .collect();
        let corrected: Vec<Value> = corrections
            .iter()
            .map(|note| json!({ "@type": "CorrectionComment", "text": note.note, "datePublished": time(&note.at) }))
            .collect();
        let mut article = json!({
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "mainEntityOfPage": { "@type": "WebPage", "@id": address },
            "url": address,
            "headline": row.headline,
            "datePublished": instant(row.published_at),
            "dateModified": instant(row.updated_at),
            "author": people,
            "articleSection": section.name,
            "publisher": { "@type": "Organization", "name": site.name, "url": site.url.as_str() },
        });
        let mut add = |key: &str, value: Value| {
            if let Some(object) = article.as_object_mut() {
                object.insert(key.to_owned(), value);
            }
        };
        if let Some(description) = self.summary() {
            add("description", json!(description));
        }
        if let Some(image) = image {
            let size = json!({ "@type": "ImageObject", "url": image.address(site), "width": image.0.width, "height": image.0.height });
            add("image", json!([size]));
        }
        if !tags.is_empty() {
            add("keywords", tags.iter().map(|tag| tag.name.as_str()).collect());
        }
        if let Some(policy) = disclosure {
            // schema.org has no word for it: a part of the page, which says what it is.
            let mut part = json!({
                "@type": "WebPageElement",
                "name": "Affiliate disclosure",
                "text": policy.disclosure_text,
                "cssSelector": ".affiliate-disclosure",
            });
            if let (Some(url), Some(part)) = (policy.policy_url, part.as_object_mut()) {
                part.insert("publishingPrinciples".to_owned(), json!(url));
            }
            add("hasPart", json!([part]));
        }
        if !corrected.is_empty() {
            add("correction", json!(corrected));
        }
        Ok(Json(article))
    }
}

fn time(at: &super::scalars::Time) -> Option<String> {
    at.parsed().ok().map(instant)
}
