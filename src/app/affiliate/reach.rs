//! How far affiliate policy reaches: where live articles earn, and how new link rules get to them.

use std::collections::BTreeSet;

use entity::enums::{EventType, LinkUse};
use entity::ids::{ArticleId, PolicyId, RevisionId};
use entity::{article, related_link, revision, revision_link, rule_change};

use super::standing::{Policies, earns, is_certain, is_due, rejudge_related};
use crate::app::{AppError, Cx, bearing, revision as bodies};
use crate::domain::affiliate::{self, Rule};
use crate::domain::event::NewEvent;
use crate::domain::page::{Page, Slice};
use crate::domain::policy::Task;
use crate::store::{self, Tx};

/// Live articles, by where their links earn.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// With links of this network.
    Network(String),
    /// With links to this host or below it.
    Host(String),
    /// With a link to this very address; as [`affiliate::place`] has it.
    Url(String),
    /// With affiliate links, under this policy.
    Policy(PolicyId),
    /// Whose disclosure an editor overruled.
    Overruled,
}

impl Wanted {
    /// Whether a link is one that is meant.
    #[must_use]
    pub fn fits(&self, link: &revision_link::Model) -> bool {
        match self {
            Self::Network(name) => is_certain(link) && link.network.as_ref() == Some(name),
            Self::Host(host) => affiliate::hosts_led_to(&link.url).contains(host),
            Self::Url(exact) => affiliate::place(&link.url).is_some_and(|place| place.exact == *exact),
            Self::Policy(_) | Self::Overruled => is_certain(link),
        }
    }
}

/// A page of the live articles that are meant, newest first.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn articles(cx: &Cx, wanted: &Wanted, page: &Page) -> Result<Slice<ArticleId>, AppError> {
    cx.may(Task::ReadDesk)?;
    let source = cx.reader();
    let uses = |kind, key: String| async move { Ok::<_, AppError>(store::link::uses(source, kind, &key, page).await?.map(|row| row.article_id)) };
    match wanted {
        Wanted::Network(name) => uses(LinkUse::Network, name.clone()).await,
        Wanted::Host(host) => uses(LinkUse::Host, host.clone()).await,
        Wanted::Url(exact) => uses(LinkUse::Url, bearing::digest(exact)).await,
        Wanted::Policy(policy) => {
            let reach = reach(cx, *policy).await?;
            Ok(store::affiliate::under(source, &reach, page).await?.map(|row| row.id))
        }
        Wanted::Overruled => Ok(store::affiliate::overruled(source, page).await?.map(|row| row.id)),
    }
}

/// How many live articles are meant.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn count_articles(cx: &Cx, wanted: &Wanted) -> Result<u64, AppError> {
    cx.may(Task::ReadDesk)?;
    let source = cx.reader();
    Ok(match wanted {
        Wanted::Network(name) => store::link::count_uses(source, LinkUse::Network, name).await?,
        Wanted::Host(host) => store::link::count_uses(source, LinkUse::Host, host).await?,
        Wanted::Url(exact) => store::link::count_uses(source, LinkUse::Url, &bearing::digest(exact)).await?,
        Wanted::Policy(policy) => store::affiliate::count_under(source, &reach(cx, *policy).await?).await?,
        Wanted::Overruled => store::affiliate::count_overruled(source).await?,
    })
}

async fn reach(cx: &Cx, policy: PolicyId) -> Result<store::affiliate::Reach, AppError> {
    let sections = store::author::all_sections(cx.reader()).await?;
    Ok(Policies::load(cx.reader()).await?.reach(policy, &sections))
}

/// Every network that live articles link through, with how many articles and how many links.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn networks(cx: &Cx) -> Result<Vec<(String, i64, i64)>, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::link::networks(cx.reader()).await?)
}

/// How many articles one transaction judges anew: more would keep others from writing.
const BATCH: u64 = 1000;

/// Carries out the oldest change of link rules that did not reach every live article yet. Says whether
/// there was something to do.
///
/// # Errors
/// When the database does not answer.
pub async fn carry_out(cx: &Cx) -> Result<bool, AppError> {
    let Some(seen) = store::affiliate::rule_change(cx.aside()).await? else { return Ok(false) };
    let tx = cx.begin_long().await?;
    // Another server may have been faster.
    let Some(change) = store::affiliate::lock_rule_change(&tx, seen.id).await? else { return Ok(true) };
    let hosts: Vec<String> = serde_json::from_value(change.hosts.clone()).unwrap_or_default();
    let ids = store::link::to_hosts(&tx, &hosts, change.reached, BATCH).await?;
    let reached = ids.last().copied().filter(|_| ids.len() as u64 == BATCH);
    let newest = if change.reached.is_none() { newest(&tx, &hosts).await? } else { Vec::new() };
    let articles = bearing::taken(&tx, &ids, newest.iter().map(|row| row.draft_id).collect()).await?;
    let policies = Policies::held(&tx).await?;
    let (mut changed, moved) = rejudge_live(cx, &tx, &policies, &articles).await?;
    rejudge_drafts(&tx, &policies, &newest).await?;
    store::affiliate::keep_reached(&tx, change.id, reached).await?;
    bearing::settle(cx, &tx, &moved).await?;
    if changed.is_empty() {
        tx.commit_unlogged().await?;
        return Ok(true);
    }
    changed.sort_unstable();
    cx.commit(tx, told(&policies, &change, &changed)).await?;
    Ok(true)
}

fn told(policies: &Policies, change: &rule_change::Model, changed: &[ArticleId]) -> NewEvent {
    let policy = policies.get(change.policy_id);
    let name = policy.map(|policy| policy.name.as_str()).unwrap_or_default();
    let ids: Vec<String> = changed.iter().map(ToString::to_string).collect();
    let summary = format!("The server judged the links of {} live article(s) by the rules of '{name}'", changed.len());
    NewEvent::new(EventType::AffiliatePolicyChanged, summary)
        .detail("policyId", change.policy_id.to_string())
        .detail("version", policy.map(|policy| policy.version))
        .detail("articles", changed.len())
        .detail("articleIds", ids)
}

/// Judges the links of live articles by the rules of today; gives those for which that is news, and how.
async fn rejudge_live(
    cx: &Cx,
    tx: &Tx,
    policies: &Policies,
    articles: &[article::Model],
) -> Result<(Vec<ArticleId>, Vec<bearing::Moved>), AppError> {
    if articles.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let revisions: Vec<RevisionId> = articles.iter().map(|row| row.revision_id).collect();
    let links = store::revision::links(tx, &revisions).await?;
    let drafts: Vec<_> = articles.iter().map(|row| row.draft_id).collect();
    let related = store::related::of(tx, &drafts).await?;
    let (mut changed, mut moved) = (Vec::new(), Vec::new());
    for row in articles {
        let rules = policies.rules(row.affiliate_policy_id, Some(row.section_id));
        let mut own: Vec<_> = links.iter().filter(|link| link.revision_id == row.revision_id).cloned().collect();
        let mine: Vec<_> = related.iter().filter(|link| link.draft_id == row.draft_id).cloned().collect();
        let judged = rejudge_article(tx, row, &mut own, &mine, &rules).await?;
        if judged.is_news || judged.is_news_elsewhere {
            moved.push(bearing::Moved::Restated { was_due: row.has_disclosure, article: judged.article, at: cx.now });
        }
        if judged.is_news {
            changed.push(row.id);
        }
    }
    Ok((changed, moved))
}

/// A live article after its links were judged anew.
pub(crate) struct Rejudged {
    pub(crate) article: article::Model,
    /// Whether readers see something else.
    pub(crate) is_news: bool,
    /// Whether related links to pages elsewhere earn from other networks than was known.
    is_news_elsewhere: bool,
}

/// Judges the links of a live article by these rules, in its body and beside it, and what is owed for them.
pub(crate) async fn rejudge_article(
    tx: &Tx,
    row: &article::Model,
    links: &mut [revision_link::Model],
    related: &[related_link::Model],
    rules: &[Rule],
) -> Result<Rejudged, AppError> {
    let is_judged_anew = bodies::rejudge(tx, row.revision_id, links, rules).await?;
    let is_news_elsewhere = rejudge_related(tx, related, rules).await?;
    let earns = earns(links, related, rules);
    let due = is_due(row.affiliate_flag, earns);
    let is_news = is_judged_anew || (earns, due) != (row.has_affiliate_links, row.has_disclosure);
    if is_news {
        store::affiliate::restate(tx, row.id, earns, due).await?;
    }
    let article = article::Model { has_affiliate_links: earns, has_disclosure: due, ..row.clone() };
    Ok(Rejudged { article, is_news, is_news_elsewhere })
}

/// What is being written that links to these hosts.
async fn newest(tx: &Tx, hosts: &[String]) -> Result<Vec<revision::Model>, AppError> {
    let domains: BTreeSet<String> =
        hosts.iter().filter_map(|host| affiliate::place(&format!("https://{host}/"))?.hosts.pop()).collect();
    let domains: Vec<String> = domains.into_iter().collect();
    let ids = if domains.is_empty() { Vec::new() } else { store::link::newest_to_domains(tx, &domains).await? };
    let mut rows = Vec::with_capacity(ids.len());
    for ids in ids.chunks(200) {
        rows.extend(store::revision::many(tx, ids).await?);
    }
    Ok(rows)
}

/// Judges the links of what is being written, so that its editors see what its readers will.
async fn rejudge_drafts(tx: &Tx, policies: &Policies, newest: &[revision::Model]) -> Result<(), AppError> {
    let mut earning = Vec::new();
    for rows in newest.chunks(200) {
        let ids: Vec<RevisionId> = rows.iter().map(|row| row.id).collect();
        let links = store::revision::links(tx, &ids).await?;
        for row in rows {
            let rules = policies.rules(row.affiliate_policy_id, row.section_id);
            let mut own: Vec<_> = links.iter().filter(|link| link.revision_id == row.id).cloned().collect();
            bodies::rejudge(tx, row.id, &mut own, &rules).await?;
            if own.iter().any(is_certain) {
                earning.push(row.id);
            }
        }
    }
    // Reviewers who have not decided yet are joined by COMMERCE; what was approved stays approved.
    Ok(store::draft::ask_commerce(tx, &earning).await?)
}
