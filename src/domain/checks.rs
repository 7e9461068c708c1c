//! What stands between a draft and its readers, judged all at once.

use super::refusal::Refusal;

/// What a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words are those of the contract")]
pub enum CheckCode {
    Headline,
    Dek,
    Body,
    Byline,
    Section,
    Slug,
    ImageAlt,
    ImageCredit,
    AffiliateDisclosure,
    RelatedLive,
    OpenComments,
    Approvals,
}

impl CheckCode {
    /// The word as clients spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Headline => "HEADLINE",
            Self::Dek => "DEK",
            Self::Body => "BODY",
            Self::Byline => "BYLINE",
            Self::Section => "SECTION",
            Self::Slug => "SLUG",
            Self::ImageAlt => "IMAGE_ALT",
            Self::ImageCredit => "IMAGE_CREDIT",
            Self::AffiliateDisclosure => "AFFILIATE_DISCLOSURE",
            Self::RelatedLive => "RELATED_LIVE",
            Self::OpenComments => "OPEN_COMMENTS",
            Self::Approvals => "APPROVALS",
        }
    }
}

/// Whether a failed check stops a draft or only warns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words are those of the contract")]
pub enum CheckSeverity {
    Blocker,
    Warning,
}

impl CheckSeverity {
    /// The word as clients spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocker => "BLOCKER",
            Self::Warning => "WARNING",
        }
    }
}

/// One check and how it turned out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub code: CheckCode,
    /// Whether it blocks.
    pub severity: CheckSeverity,
    /// Whether all is well.
    pub passed: bool,
    /// For people: what is fine, or what to do.
    pub message: String,
}

/// What the checks look at.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    /// The headline.
    pub headline: &'a str,
    /// Whether there is a dek.
    pub has_dek: bool,
    /// Whether readers would see anything in the body.
    pub has_body: bool,
    /// How many authors the byline names.
    pub authors: usize,
    /// Whether a section is set.
    pub has_section: bool,
    /// Whether the slug is the draft's own.
    pub owns_slug: bool,
    /// Images in the Markdown without a text for those who do not see them.
    pub images_without_alt: usize,
    /// The hero image's alt text and credit, where there is one.
    pub hero: Option<Hero<'a>>,
    /// What is to be done about the disclosure, a sentence each.
    pub disclosure: Vec<String>,
    /// Related links whose target is not live.
    pub related_not_live: usize,
    /// Links in the body to articles of the site that are not live.
    pub body_links_not_live: usize,
    /// Comments that nobody resolved.
    pub open_comments: usize,
    /// Keys of the stages whose approvals are not complete.
    pub stages_missing: Vec<String>,
}

/// What the checks look at in the hero image.
#[derive(Clone, Copy, Debug)]
pub struct Hero<'a> {
    /// Text for those who do not see it.
    pub alt: &'a str,
    /// Whom it is owed to.
    pub credit: Option<&'a str>,
}

/// Every check there is, in the order of the contract, on these facts.
#[must_use]
pub fn run(facts: &Facts<'_>) -> Vec<Check> {
    use CheckCode as C;
    use CheckSeverity::{Blocker, Warning};
    let check = |code, severity, passed: bool, fine: &str, otherwise: String| Check {
        code,
        severity,
        passed,
        message: if passed { fine.to_owned() } else { otherwise },
    };
    let hero_without_alt = usize::from(facts.hero.is_some_and(|hero| hero.alt.trim().is_empty()));
    let without_alt = facts.images_without_alt + hero_without_alt;
    let hero_credited = facts.hero.is_none_or(|hero| hero.credit.is_some_and(|credit| !credit.trim().is_empty()));
    vec![
        check(C::Headline, Blocker, !facts.headline.trim().is_empty(), "There is a headline.", "Give it a headline.".into()),
        check(C::Dek, Warning, facts.has_dek, "There is a line under the headline.", "Add a line under the headline.".into()),
        check(C::Body, Blocker, facts.has_body, "There is a body.", "Write the body.".into()),
        check(C::Byline, Blocker, facts.authors > 0, "The byline names an author.", "Name at least one author.".into()),
        check(C::Section, Blocker, facts.has_section, "It has a section.", "Choose a section.".into()),
        check(C::Slug, Blocker, facts.owns_slug, "The slug is its own.", "Choose a slug that no other article has.".into()),
        check(
            C::ImageAlt, Blocker, without_alt == 0, "Every image says what it shows.",
            format!("{without_alt} image(s) lack alt text: say what they show."),
        ),
        check(C::ImageCredit, Warning, hero_credited, "Images carry their credit.", "Say whom the hero image is owed to.".into()),
        check(
            C::AffiliateDisclosure, Warning, facts.disclosure.is_empty(), "Affiliate links are accounted for.",
            facts.disclosure.join(" "),
        ),
        check(
            C::RelatedLive, Warning, facts.related_not_live == 0 && facts.body_links_not_live == 0,
            "Every link to another article leads somewhere.", not_live(facts),
        ),
        check(
            C::OpenComments, Warning, facts.open_comments == 0, "No comment is open.",
            format!("{} comment(s) are open.", facts.open_comments),
        ),
        check(
            C::Approvals, Blocker, facts.stages_missing.is_empty(), "Every stage has its approvals.",
            format!("Approvals are missing at: {}.", facts.stages_missing.join(", ")),
        ),
    ]
}

/// What is wrong with links to other articles of the site.
fn not_live(facts: &Facts<'_>) -> String {
    let mut parts = Vec::new();
    if facts.related_not_live > 0 {
        parts.push(format!("{} related link(s) lead to what is not live; readers see them once it is.", facts.related_not_live));
    }
    if facts.body_links_not_live > 0 {
        parts.push(format!("{} link(s) in the body lead to what is not live: take them out, or name another article.", facts.body_links_not_live));
    }
    parts.join(" ")
}

/// Refuses while a blocker about the content fails. Approvals have a refusal of their own.
pub fn refuse_blockers(checks: &[Check]) -> Result<(), Refusal> {
    let failed: Vec<Check> = checks
        .iter()
        .filter(|check| !check.passed && check.severity == CheckSeverity::Blocker && check.code != CheckCode::Approvals)
        .cloned()
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(Refusal::ChecksFailed(failed)) }
}
