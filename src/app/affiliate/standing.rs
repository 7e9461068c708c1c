//! Which policy holds for what: the one that a revision names, its section's, or the default one.

use chrono::TimeDelta;
use entity::enums::AffiliateFlag;
use entity::ids::{PolicyId, RuleChangeId, ScopeId, SectionId};
use entity::{affiliate_policy, policy_scope, related_link, revision_link, rule_change, section};

use super::{changed_hosts, rules_in};
use crate::app::{AppError, Cx, section as sections};
use crate::domain::affiliate::{self, Certainty, Rule};
use crate::domain::policy::Task;
use crate::store::affiliate::Reach;
use crate::store::{self, Source, Tx};

/// Whether readers are owed a disclosure.
#[must_use]
pub const fn is_due(flag: AffiliateFlag, has_affiliate_links: bool) -> bool {
    match flag {
        AffiliateFlag::Auto => has_affiliate_links,
        AffiliateFlag::Required => true,
        AffiliateFlag::Exempt => false,
    }
}

/// Every policy, and where each holds.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// Oldest first.
    pub all: Vec<affiliate_policy::Model>,
    sections: Vec<(SectionId, PolicyId)>,
}

impl Policies {
    /// The policies as they stand.
    pub(crate) async fn load(source: &impl Source) -> Result<Self, AppError> {
        let all = store::affiliate::all(source).await?;
        Ok(Self { all, sections: store::affiliate::of_sections(source).await? })
    }

    /// The policies as they stand until the transaction ends.
    pub(crate) async fn held(tx: &Tx) -> Result<Self, AppError> {
        let all = store::affiliate::held(tx).await?;
        Ok(Self { all, sections: store::affiliate::of_sections(tx).await? })
    }

    /// The policy with this id.
    #[must_use]
    pub fn get(&self, id: PolicyId) -> Option<&affiliate_policy::Model> {
        self.all.iter().find(|policy| policy.id == id)
    }

    /// The policy of every article that names no other and whose section has none.
    #[must_use]
    pub fn usual(&self) -> Option<&affiliate_policy::Model> {
        self.all.iter().find(|policy| policy.is_default)
    }

    /// The policy that a section has of its own.
    #[must_use]
    pub fn of_section(&self, section: SectionId) -> Option<&affiliate_policy::Model> {
        let (_, policy) = self.sections.iter().find(|(of, _)| *of == section)?;
        self.get(*policy)
    }

    /// The policy of what names this one and stands in this section.
    #[must_use]
    pub fn of(&self, named: Option<PolicyId>, section: Option<SectionId>) -> Option<&affiliate_policy::Model> {
        let named = named.and_then(|id| self.get(id));
        named.or_else(|| section.and_then(|section| self.of_section(section))).or_else(|| self.usual())
    }

    /// The link rules for that: those of its policy, and those of the default one, which tell what earns a
    /// commission whatever its disclosure says.
    #[must_use]
    pub fn rules(&self, named: Option<PolicyId>, section: Option<SectionId>) -> Vec<Rule> {
        let (own, usual) = (self.of(named, section), self.usual());
        let usual = usual.filter(|usual| own.is_none_or(|own| own.id != usual.id));
        own.into_iter().chain(usual).flat_map(rules_in).collect()
    }

    /// Which articles a policy bears on. `sections` are all there are.
    pub(crate) fn reach(&self, policy: PolicyId, sections: &[section::Model]) -> Reach {
        let holds = |section: &&section::Model| self.of(None, Some(section.id)).is_some_and(|own| own.id == policy);
        Reach { policy, sections: sections.iter().filter(holds).map(|section| section.id).collect() }
    }
}

/// What a link is under these rules, written into its row. Says whether that is news.
pub(crate) fn judge(row: &mut revision_link::Model, rules: &[Rule]) -> bool {
    let finding = affiliate::detect(&row.url, rules);
    let certainty = finding.as_ref().map(|finding| word(finding.certainty).to_owned());
    let (network, why) = finding.map(|finding| (finding.network, finding.why)).unzip();
    let is_news = (&row.network, &row.certainty, &row.why) != (&network, &certainty, &why);
    (row.network, row.certainty, row.why) = (network, certainty, why);
    is_news
}

/// A certainty as the database spells it.
pub(crate) const fn word(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Certain => "CERTAIN",
        Certainty::Possible => "POSSIBLE",
    }
}

/// Whether a link is known to earn a commission.
#[must_use]
pub fn is_certain(row: &revision_link::Model) -> bool {
    row.certainty.as_deref() == Some("CERTAIN")
}

/// A link that stands in no body, judged as those are that do.
#[must_use]
pub fn judged(url: String, text: String, rules: &[Rule]) -> revision_link::Model {
    let mut row = revision_link::Model {
        revision_id: entity::ids::RevisionId::default(),
        position: 0,
        url,
        text,
        network: None,
        certainty: None,
        why: None,
        block: 0,
        own_slug: None,
        domain: None,
    };
    judge(&mut row, rules);
    row
}

/// The network that a page elsewhere is linked through, where that is certain.
#[must_use]
pub fn network_of(url: &str, rules: &[Rule]) -> Option<String> {
    let found = affiliate::detect(url, rules).filter(|finding| finding.certainty == Certainty::Certain);
    found.map(|finding| finding.network)
}

/// Whether an article with these links earns a commission: by its body, or by a related link.
pub(crate) fn earns(links: &[revision_link::Model], related: &[related_link::Model], rules: &[Rule]) -> bool {
    !networks_of(links, related, rules).is_empty()
}

/// The networks that an article with these links earns a commission from.
pub(crate) fn networks_of(links: &[revision_link::Model], related: &[related_link::Model], rules: &[Rule]) -> Vec<String> {
    let inside = links.iter().filter(|link| is_certain(link)).filter_map(|link| link.network.clone());
    let elsewhere = related.iter().filter_map(|link| network_of(link.url.as_deref()?, rules));
    inside.chain(elsewhere).collect()
}

/// Judges related links to pages elsewhere by these rules, in their rows. Says whether that is news.
pub(crate) async fn rejudge_related(tx: &Tx, links: &[related_link::Model], rules: &[Rule]) -> Result<bool, AppError> {
    let mut is_news = false;
    for link in links {
        let network = link.url.as_deref().and_then(|url| network_of(url, rules));
        if link.network != network {
            store::related::set_network(tx, link.id, network).await?;
            is_news = true;
        }
    }
    Ok(is_news)
}

/// Gives a section a policy of its own, or takes it away: what is live there shows the new one at once.
///
/// # Errors
/// `NotFound`; `Forbidden` unless COMMERCE; `Conflict`.
pub async fn set_for_section(cx: &Cx, id: SectionId, base: Option<i32>, policy: Option<PolicyId>) -> Result<section::Model, AppError> {
    cx.signed_in()?;
    let tx = cx.begin().await?;
    let seen = store::author::section(&tx, id).await?.ok_or_else(|| AppError::not_found("section"))?;
    // Whoever publishes holds the policies: either its links are judged as from now on, or they are live, and
    // judged anew.
    let policies = Policies { all: store::affiliate::locked(&tx).await?, sections: store::affiliate::of_sections(&tx).await? };
    let chosen = match policy {
        Some(policy) => Some(policies.get(policy).ok_or_else(|| AppError::not_found("affiliate policy"))?),
        None => None,
    };
    let staff = cx.may(Task::KeepPolicies)?;
    super::must_be_version("section", base, seen.version)?;
    if seen.affiliate_policy_id == policy {
        return Ok(seen);
    }
    let updated_at = cx.now.max(seen.updated_at + TimeDelta::microseconds(1));
    let next = section::Model { affiliate_policy_id: policy, version: seen.version + 1, updated_at, ..seen.clone() };
    let row = store::author::update_section(&tx, seen.version, next).await?;
    note_scope(cx, &tx, Some(id), policy).await?;
    let before = seen.affiliate_policy_id.and_then(|id| policies.get(id));
    for (policy, hosts) in [(before, changed_hosts(before, None)), (chosen, changed_hosts(None, chosen))] {
        if let Some(policy) = policy {
            ask_anew(cx, &tx, policy.id, hosts).await?;
        }
    }
    let what = match chosen {
        Some(policy) => format!("gave the section {} the affiliate policy '{}'", row.name, policy.name),
        None => format!("took the affiliate policy of its own from the section {}", row.name),
    };
    let event = sections::changed(&row, format!("{} {what}", staff.user.name)).detail("affiliatePolicyId", policy.map(|id| id.to_string()));
    cx.commit(tx, event).await?;
    cx.desk.bus.rule();
    Ok(row)
}

/// Puts on record from when on a policy holds in a section, or everywhere.
pub(super) async fn note_scope(cx: &Cx, tx: &Tx, section: Option<SectionId>, policy: Option<PolicyId>) -> Result<(), AppError> {
    let scopes = store::affiliate::scopes(tx).await?;
    let last = scopes.iter().rfind(|scope| scope.section_id == section).map(|scope| scope.since + TimeDelta::microseconds(1));
    let since = last.map_or(cx.now, |last| cx.now.max(last));
    let row = policy_scope::Model { id: ScopeId::new(), section_id: section, policy_id: policy, since };
    Ok(store::affiliate::keep_scope(tx, row).await?)
}

/// Has links to these hosts judged anew wherever they are live.
pub(super) async fn ask_anew(cx: &Cx, tx: &Tx, policy: PolicyId, hosts: Vec<String>) -> Result<(), AppError> {
    if hosts.is_empty() {
        return Ok(());
    }
    let row = rule_change::Model { id: RuleChangeId::new(), policy_id: policy, hosts: hosts.into(), reached: None, created_at: cx.now };
    Ok(store::affiliate::ask_anew(tx, row).await?)
}
