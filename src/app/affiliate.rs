//! Affiliate policies, and what they mean for a revision.

use entity::enums::{AffiliateFlag, DisclosurePlacement, EventType};
use entity::ids::{PolicyId, RevisionId};
use entity::{affiliate_policy, affiliate_policy_version, revision_link};

use super::{AppError, Cx};
use crate::domain::affiliate::{self as rules_of, Rule};
use crate::domain::event::NewEvent;
use crate::domain::policy::Task;
use crate::domain::refusal::{Complaints, Refusal};
use crate::domain::{body, text};
use crate::store::{self, Source, Tx};

/// The longest disclosure, in characters.
const LONGEST: usize = 2000;

/// Whether readers are owed a disclosure.
#[must_use]
pub const fn is_due(flag: AffiliateFlag, has_affiliate_links: bool) -> bool {
    match flag {
        AffiliateFlag::Auto => has_affiliate_links,
        AffiliateFlag::Required => true,
        AffiliateFlag::Exempt => false,
    }
}

/// The link rules that hold for a draft: those of its policy and those of the default one, which tell
/// what earns a commission whatever its disclosure says.
pub(crate) async fn rules(source: &impl Source, policy: Option<PolicyId>) -> Result<Vec<Rule>, AppError> {
    let chosen = match policy {
        Some(id) => store::affiliate::get(source, id).await?,
        None => None,
    };
    let usual = store::affiliate::default(source).await?;
    Ok(chosen.iter().chain(&usual).flat_map(rules_in).collect())
}

/// A policy's link rules.
#[must_use]
pub fn rules_in(policy: &affiliate_policy::Model) -> Vec<Rule> {
    serde_json::from_value(policy.rules.clone()).unwrap_or_default()
}

/// The rel tokens that a policy gives to affiliate links.
#[must_use]
pub fn rel_in(policy: &affiliate_policy::Model) -> Vec<String> {
    serde_json::from_value(policy.rel.clone()).unwrap_or_default()
}

/// What somebody types into a policy; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// For people.
    pub name: Option<String>,
    /// Markdown.
    pub disclosure: Option<String>,
    /// Where readers find more; parsed already.
    pub policy_url: Option<Option<String>>,
    /// Where it stands in the body.
    pub placement: Option<DisclosurePlacement>,
    /// For every affiliate link; `sponsored` is always among them.
    pub rel: Option<Vec<String>>,
    /// Network, host and parameter of links beside the built-in ones.
    pub rules: Option<Vec<(String, String, Option<String>)>>,
    /// Whether it is the policy of every article that names no other.
    pub is_default: Option<bool>,
}

impl Typed {
    fn over(&self, mut row: affiliate_policy::Model) -> Result<affiliate_policy::Model, AppError> {
        let mut complaints = Complaints::default();
        if let Some(name) = &self.name {
            row.name = complaints.take("name", text::line(name, 200)).unwrap_or_default();
        }
        if let Some(disclosure) = &self.disclosure {
            row.disclosure = complaints.take("disclosure", text::prose(disclosure, LONGEST)).unwrap_or_default();
        }
        row.policy_url = self.policy_url.clone().unwrap_or(row.policy_url);
        row.placement = self.placement.unwrap_or(row.placement);
        if let Some(rel) = &self.rel {
            row.rel = complaints.take("rel", rules_of::parse_rel(rel)).unwrap_or_default().into();
        }
        if let Some(typed) = &self.rules {
            let mut parsed = Vec::new();
            for (index, (network, host, parameter)) in typed.iter().enumerate() {
                let rule = rules_of::parse_rule(network, host, parameter.as_deref());
                parsed.extend(complaints.take(&format!("rules.{index}"), rule));
            }
            row.rules = serde_json::to_value(parsed).map_err(|error| AppError::Fault(error.to_string()))?;
        }
        if self.is_default == Some(false) && row.is_default {
            complaints.add("isDefault", "cannot be taken away; make another policy the default instead");
        }
        row.is_default = self.is_default.unwrap_or(row.is_default);
        complaints.refuse()?;
        (row.disclosure_html, row.disclosure_text) = compose(&row);
        Ok(row)
    }
}

/// The wording as readers get it: the link to the policy is in the HTML only.
fn compose(row: &affiliate_policy::Model) -> (String, String) {
    let compiled = body::compile(&row.disclosure);
    let text = compiled.text.clone();
    let nowhere = |_: &str| None;
    // A disclosure links to absolute addresses, so what relative ones are taken from does not matter.
    let Ok(site) = url::Url::parse("http://localhost/") else { return (String::new(), text) };
    let cx = body::RenderContext { site: &site, rel: &[], article_url: &nowhere, disclosure: None };
    let mut html = body::html(&body::render(&compiled, &cx));
    if let Some(url) = &row.policy_url {
        let more = format!("[How we earn money]({url})");
        html.push_str(&body::html(&body::render(&body::compile(&more), &cx)));
    }
    (html, text)
}

/// A policy of which nothing is said yet.
fn blank(cx: &Cx) -> affiliate_policy::Model {
    affiliate_policy::Model {
        id: PolicyId::new(),
        name: String::new(),
        version: 1,
        disclosure: String::new(),
        disclosure_html: String::new(),
        disclosure_text: String::new(),
        policy_url: None,
        placement: DisclosurePlacement::Top,
        rel: serde_json::json!(["sponsored"]),
        rules: serde_json::json!([]),
        is_default: false,
        created_at: cx.now,
        updated_at: cx.now,
    }
}

/// Adds a policy.
///
/// # Errors
/// `Forbidden` unless COMMERCE; `BadInput`.
pub async fn create(cx: &Cx, typed: Typed) -> Result<affiliate_policy::Model, AppError> {
    let staff = cx.may(Task::KeepPolicies)?;
    let row = typed.over(blank(cx))?;
    let tx = cx.begin().await?;
    if row.is_default {
        store::affiliate::clear_default(&tx).await?;
    }
    let row = store::affiliate::insert(&tx, row).await?;
    keep_version(cx, &tx, &row).await?;
    let event = changed(&row, format!("{} wrote the affiliate policy '{}'", staff.user.name, row.name));
    cx.commit(tx, event).await?;
    Ok(row)
}

/// Changes a policy: what is live shows the new wording at once.
///
/// # Errors
/// `NotFound`; `Forbidden` unless COMMERCE; `Conflict`; `BadInput`.
pub async fn update(cx: &Cx, id: PolicyId, base: Option<i32>, typed: Typed) -> Result<affiliate_policy::Model, AppError> {
    cx.signed_in()?;
    let tx = cx.begin().await?;
    let seen = store::affiliate::get(&tx, id).await?.ok_or_else(|| AppError::not_found("affiliate policy"))?;
    let staff = cx.may(Task::KeepPolicies)?;
    must_be_version("affiliate policy", base, seen.version)?;
    let mut next = typed.over(seen.clone())?;
    if next == seen {
        return Ok(seen);
    }
    next.version += 1;
    next.updated_at = cx.now;
    if next.is_default && !seen.is_default {
        store::affiliate::clear_default(&tx).await?;
    }
    let row = store::affiliate::update(&tx, seen.version, next).await?;
    keep_version(cx, &tx, &row).await?;
    let event = changed(&row, format!("{} changed the affiliate policy '{}'", staff.user.name, row.name));
    cx.commit(tx, event).await?;
    Ok(row)
}

/// Refuses a change that was made on another version than today's.
pub(crate) fn must_be_version(what: &str, base: Option<i32>, version: i32) -> Result<(), AppError> {
    match base {
        Some(base) if base != version => Err(AppError::Refused(Refusal::Conflict(format!(
            "The {what} is at version {version} by now, and the change was made on {base}: read it again first."
        )))),
        _ => Ok(()),
    }
}

async fn keep_version(cx: &Cx, tx: &Tx, row: &affiliate_policy::Model) -> Result<(), AppError> {
    let version = affiliate_policy_version::Model {
        policy_id: row.id,
        version: row.version,
        disclosure: row.disclosure.clone(),
        policy_url: row.policy_url.clone(),
        placement: row.placement,
        rel: row.rel.clone(),
        rules: row.rules.clone(),
        valid_from: row.updated_at,
        changed_by: cx.user_id(),
    };
    Ok(store::affiliate::keep_version(tx, version).await?)
}

fn changed(row: &affiliate_policy::Model, summary: String) -> NewEvent {
    NewEvent::new(EventType::AffiliatePolicyChanged, summary)
        .detail("policyId", row.id.to_string())
        .detail("version", row.version)
        .detail("isDefault", row.is_default)
}

/// Every policy, oldest first, for staff.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn list(cx: &Cx) -> Result<Vec<affiliate_policy::Model>, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::affiliate::all(cx.reader()).await?)
}

/// Every policy: readers are shown what their articles carry.
///
/// # Errors
/// When the database does not answer.
pub async fn all(cx: &Cx) -> Result<Vec<affiliate_policy::Model>, AppError> {
    Ok(store::affiliate::all(cx.reader()).await?)
}

/// Every wording of these policies, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn versions(cx: &Cx, ids: &[PolicyId]) -> Result<Vec<affiliate_policy_version::Model>, AppError> {
    Ok(store::affiliate::versions(cx.reader(), ids).await?)
}

/// The links of these revisions that earn a commission.
///
/// # Errors
/// When the database does not answer.
pub async fn links(cx: &Cx, ids: &[RevisionId]) -> Result<Vec<revision_link::Model>, AppError> {
    let links = store::revision::affiliate_links(cx.reader(), ids).await?;
    Ok(links.into_iter().filter(|link| link.certainty.as_deref() == Some("CERTAIN")).collect())
}

/// Gives a new database the policy that it begins with.
pub(crate) async fn first(cx: &Cx) -> Result<(), AppError> {
    if store::affiliate::default(cx.reader()).await?.is_some() {
        return Ok(());
    }
    let typed = Typed {
        name: Some("Default".into()),
        disclosure: Some(
            "We earn a commission when you buy through links on this page. It costs you nothing extra and does not decide what we write."
                .into(),
        ),
        rel: Some(vec!["sponsored".into()]),
        is_default: Some(true),
        ..Typed::default()
    };
    let row = typed.over(blank(cx))?;
    let tx = cx.begin().await?;
    // Another server may have started at the same moment.
    if store::affiliate::default(&tx).await?.is_some() {
        return Ok(());
    }
    let row = store::affiliate::insert(&tx, row).await?;
    keep_version(cx, &tx, &row).await?;
    let event = changed(&row, "The newsroom began with a default affiliate policy.".into());
    cx.commit(tx, event).await
}
