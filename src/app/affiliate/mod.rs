//! Affiliate policies: what they say, where they hold, and how far they reach.

mod reach;
mod shown;
mod standing;
mod wanting;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use entity::enums::{DisclosurePlacement, EventType};
use entity::ids::{PolicyId, RevisionId};
use entity::{affiliate_policy, affiliate_policy_version, revision_link};

pub(crate) use reach::rejudge_article;
pub use reach::{Wanted, articles, carry_out, count_articles, networks};
pub use shown::{ShownThen, shown_then};
pub(crate) use standing::{earns, judge, networks_of};
pub use standing::{Policies, is_certain, is_due, judged, network_of, set_for_section};
pub use wanting::advice;
pub(crate) use wanting::wanting;


use super::{AppError, Cx};
use crate::domain::affiliate::{self as rules_of, Rule};
use crate::domain::dep::Dep;
use crate::domain::event::NewEvent;
use crate::domain::policy::Task;
use crate::domain::refusal::{Complaints, Refusal};
use crate::domain::{body, text};
use crate::store::{self, Reader, Tx};

/// The longest disclosure, in characters.
const LONGEST: usize = 2000;

/// A policy's link rules.
#[must_use]
pub fn rules_in(policy: &affiliate_policy::Model) -> Vec<Rule> {
    parsed_rules(&policy.rules)
}

/// Link rules as they are stored.
#[must_use]
pub fn parsed_rules(rules: &serde_json::Value) -> Vec<Rule> {
    serde_json::from_value(rules.clone()).unwrap_or_default()
}

/// The rel tokens that a policy gives to affiliate links.
#[must_use]
pub fn rel_in(policy: &affiliate_policy::Model) -> Vec<String> {
    tokens(&policy.rel)
}

/// rel tokens as they are stored.
#[must_use]
pub fn tokens(rel: &serde_json::Value) -> Vec<String> {
    serde_json::from_value(rel.clone()).unwrap_or_default()
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
        // Between angle brackets, parentheses are an address's own; so are `&` and `\` once escaped.
        let address = url.replace('\\', "\\\\").replace('&', "&amp;");
        let more = format!("[How we earn money](<{address}>)");
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
    let before = store::affiliate::locked(&tx).await?.into_iter().find(|policy| policy.is_default && row.is_default);
    if row.is_default {
        store::affiliate::clear_default(&tx).await?;
    }
    let row = store::affiliate::insert(&tx, row).await?;
    keep_version(cx, &tx, &row).await?;
    if row.is_default {
        became_default(cx, &tx, before.as_ref(), &row).await?;
    }
    let event = changed(&row, format!("{} wrote the affiliate policy '{}'", staff.user.name, row.name));
    cx.commit(tx, event).await?;
    cx.desk.bus.rule();
    Ok(row)
}

/// Changes a policy: what is live shows the new wording at once.
///
/// # Errors
/// `NotFound`; `Forbidden` unless COMMERCE; `Conflict`; `BadInput`.
pub async fn update(cx: &Cx, id: PolicyId, base: Option<i32>, typed: Typed) -> Result<affiliate_policy::Model, AppError> {
    cx.signed_in()?;
    let tx = cx.begin().await?;
    let all = store::affiliate::locked(&tx).await?;
    let seen = all.iter().find(|policy| policy.id == id).cloned().ok_or_else(|| AppError::not_found("affiliate policy"))?;
    let staff = cx.may(Task::KeepPolicies)?;
    must_be_version("affiliate policy", base, seen.version)?;
    let mut next = typed.over(seen.clone())?;
    if next == seen {
        return Ok(seen);
    }
    next.version += 1;
    // A request that waited for another began before it: wordings follow each other all the same.
    next.updated_at = cx.now.max(seen.updated_at + TimeDelta::microseconds(1));
    let takes_over = next.is_default && !seen.is_default;
    let before = all.into_iter().find(|policy| policy.is_default && takes_over);
    if takes_over {
        store::affiliate::clear_default(&tx).await?;
    }
    let row = store::affiliate::update(&tx, seen.version, next).await?;
    keep_version(cx, &tx, &row).await?;
    standing::ask_anew(cx, &tx, id, changed_hosts(Some(&seen), Some(&row))).await?;
    if takes_over {
        became_default(cx, &tx, before.as_ref(), &row).await?;
    }
    let event = changed(&row, format!("{} changed the affiliate policy '{}'", staff.user.name, row.name));
    cx.commit(tx, event).await?;
    cx.desk.bus.rule();
    Ok(row)
}

/// The hosts whose links other rules hold for, after this policy in place of that one.
fn changed_hosts(before: Option<&affiliate_policy::Model>, after: Option<&affiliate_policy::Model>) -> Vec<String> {
    let rules = |policy: Option<&affiliate_policy::Model>| policy.map(rules_in).unwrap_or_default();
    let (before, after) = (rules(before), rules(after));
    let gone = before.iter().filter(|rule| !after.contains(rule));
    let new = after.iter().filter(|rule| !before.contains(rule));
    let hosts: BTreeSet<String> = gone.chain(new).map(|rule| rule.host.clone()).collect();
    hosts.into_iter().collect()
}

/// Puts on record that a policy holds wherever no other does, and has the links judged by its rules.
async fn became_default(cx: &Cx, tx: &Tx, before: Option<&affiliate_policy::Model>, row: &affiliate_policy::Model) -> Result<(), AppError> {
    standing::note_scope(cx, tx, None, Some(row.id)).await?;
    standing::ask_anew(cx, tx, row.id, changed_hosts(before, Some(row))).await
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

/// Every policy and where it holds: readers are shown what their articles carry.
///
/// # Errors
/// When the database does not answer.
pub async fn policies(cx: &Cx) -> Result<Arc<Policies>, AppError> {
    let load = async |reader: &Reader, ()| Ok(Some(Arc::new(Policies::load(reader).await?)));
    let found = cx.desk.fresh.rows.policies.one(cx, (), |(), _| vec![Dep::Policies], load).await?;
    Ok(found.unwrap_or_default())
}

/// Every wording of these policies, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn versions(cx: &Cx, ids: &[PolicyId]) -> Result<Vec<affiliate_policy_version::Model>, AppError> {
    Ok(store::affiliate::versions(cx.reader_of([Dep::Policies]), ids).await?)
}

/// Every link in the bodies of these revisions, each revision's in its order.
///
/// # Errors
/// When the database does not answer.
pub async fn links(cx: &Cx, ids: &[RevisionId]) -> Result<Vec<revision_link::Model>, AppError> {
    Ok(store::revision::links(cx.reader(), ids).await?)
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
    became_default(cx, &tx, None, &row).await?;
    let event = changed(&row, "The newsroom began with a default affiliate policy.".into());
    cx.commit(tx, event).await
}
