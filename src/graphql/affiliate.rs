//! Affiliate policy: what readers are told, and what staff decide about it.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::ids::{PolicyId, SectionId};
use entity::{affiliate_policy, affiliate_policy_version, article, edition, revision, revision_link};

use super::account::User;
use super::author::kept;
use super::cx;
use super::draft::Draft;
use super::error::Result;
use super::loaders::{Policies, VersionsOf, load, present};
use super::scalars::{Address, HTML, Markdown, Parse, Sent, Time};
use super::words;
use super::writing::DraftPayload;
use crate::app::draft::Change;
use crate::app;
use crate::app::affiliate::Typed;
use crate::app::facts::Facts;
use crate::domain::affiliate::Rule;

/// Every policy, and where it holds.
pub async fn policies(ctx: &Context<'_>) -> Result<Arc<app::affiliate::Policies>> {
    Ok(load(ctx, Policies()).await?.unwrap_or_default())
}

/// What decides under which policy something stands.
#[derive(Clone, Copy, Debug)]
pub struct Under {
    named: Option<PolicyId>,
    section: Option<SectionId>,
}

impl Under {
    /// An article.
    pub const fn article(row: &article::Model) -> Self {
        Self { named: row.affiliate_policy_id, section: Some(row.section_id) }
    }

    /// The link rules that hold there.
    pub fn rules(self, policies: &app::affiliate::Policies) -> Vec<Rule> {
        policies.rules(self.named, self.section)
    }

    /// A revision.
    pub const fn revision(row: &revision::Model) -> Self {
        Self { named: row.affiliate_policy_id, section: row.section_id }
    }
}

/// The policy that holds there.
pub async fn policy_for(ctx: &Context<'_>, under: Under) -> Result<Option<affiliate_policy::Model>> {
    Ok(policies(ctx).await?.of(under.named, under.section).cloned())
}

/// The statement that readers are owed when an article carries affiliate links. `text` is the wording alone; the link to `policyUrl` is in `html` only.
#[derive(SimpleObject)]
pub struct AffiliateDisclosure {
    html: HTML,
    text: String,
    policy_url: Option<Address>,
    placement: words::DisclosurePlacement,
}

impl AffiliateDisclosure {
    /// As a policy words it today.
    pub fn today(policy: &affiliate_policy::Model) -> Self {
        Self {
            html: HTML(policy.disclosure_html.clone()),
            text: policy.disclosure_text.clone(),
            policy_url: policy.policy_url.clone().map(Into::into),
            placement: policy.placement.into(),
        }
    }

    /// What readers of an edition were shown.
    pub fn shown(row: &edition::Model) -> Option<Self> {
        Some(Self {
            html: HTML(row.disclosure_html.clone()?),
            text: row.disclosure_text.clone()?,
            policy_url: row.disclosure_url.clone().map(Into::into),
            placement: row.disclosure_placement?.into(),
        })
    }
}

/// The wording, place and link rules of the disclosure that readers are owed.
#[derive(Clone)]
pub struct AffiliatePolicy(pub affiliate_policy::Model);

/// The wording, place and link rules of the disclosure that readers are owed.
#[Object]
impl AffiliatePolicy {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn disclosure(&self) -> Markdown {
        Markdown(self.0.disclosure.clone())
    }

    async fn policy_url(&self) -> Option<Address> {
        self.0.policy_url.clone().map(Into::into)
    }

    async fn placement(&self) -> words::DisclosurePlacement {
        self.0.placement.into()
    }

    /// The rel tokens that every affiliate link gets; always `sponsored`.
    async fn rel(&self) -> Vec<String> {
        app::affiliate::rel_in(&self.0)
    }

    /// Added to the built-in networks.
    async fn rules(&self) -> Vec<AffiliateRule> {
        app::affiliate::rules_in(&self.0).into_iter().map(AffiliateRule::from).collect()
    }

    async fn is_default(&self) -> bool {
        self.0.is_default
    }

    /// Each change adds one.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// What would make the disclosure clearer, with the source of each advice; empty where nothing. Staff only; empty for readers.
    async fn advice(&self, ctx: &Context<'_>) -> Vec<String> {
        if cx(ctx).reads_desk() { app::affiliate::advice(&self.0) } else { Vec::new() }
    }

    /// Every wording there was, newest first.
    async fn versions(&self, ctx: &Context<'_>) -> Result<Vec<AffiliatePolicyVersion>> {
        Ok(load(ctx, VersionsOf(self.0.id)).await?.unwrap_or_default().into_iter().map(AffiliatePolicyVersion).collect())
    }
}

/// One wording of a policy.
pub struct AffiliatePolicyVersion(pub affiliate_policy_version::Model);

/// One wording of a policy.
#[Object]
impl AffiliatePolicyVersion {
    async fn version(&self) -> i32 {
        self.0.version
    }

    async fn disclosure(&self) -> Markdown {
        Markdown(self.0.disclosure.clone())
    }

    async fn policy_url(&self) -> Option<Address> {
        self.0.policy_url.clone().map(Into::into)
    }

    async fn placement(&self) -> words::DisclosurePlacement {
        self.0.placement.into()
    }

    async fn valid_from(&self) -> Time {
        self.0.valid_from.into()
    }

    /// The rel tokens that every affiliate link got.
    async fn rel(&self) -> Vec<String> {
        app::affiliate::tokens(&self.0.rel)
    }

    /// Added to the built-in networks then.
    async fn rules(&self) -> Vec<AffiliateRule> {
        app::affiliate::parsed_rules(&self.0.rules).into_iter().map(AffiliateRule::from).collect()
    }

    /// Staff only.
    async fn changed_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::find(ctx, self.0.changed_by).await
    }
}

/// A link is an affiliate link when its host is `host` or below it and, where given, its query has `parameter`.
#[derive(SimpleObject)]
pub struct AffiliateRule {
    network: String,
    host: String,
    parameter: Option<String>,
}

impl From<Rule> for AffiliateRule {
    fn from(rule: Rule) -> Self {
        Self { network: rule.network, host: rule.host, parameter: rule.parameter }
    }
}

/// How affiliate policy bears on a draft, and why.
pub struct AffiliateAssessment(pub std::sync::Arc<Facts>);

/// How affiliate policy bears on a draft, and why.
#[Object]
impl AffiliateAssessment {
    async fn flag(&self) -> words::AffiliateFlag {
        self.0.revision.affiliate_flag.into()
    }

    /// Why an editor overruled the detection.
    async fn reason(&self) -> Option<&str> {
        self.0.revision.affiliate_reason.as_deref()
    }

    async fn disclosure_required(&self) -> bool {
        self.0.is_disclosure_due()
    }

    async fn policy(&self) -> Option<AffiliatePolicy> {
        self.0.policy.clone().map(AffiliatePolicy)
    }

    /// Links in the body that earn a commission, with the network that each belongs to.
    async fn links(&self, ctx: &Context<'_>) -> Vec<AffiliateLink> {
        let certain = self.0.links.iter().filter(|row| app::affiliate::is_certain(row));
        certain.map(|row| AffiliateLink::of(ctx, row)).collect()
    }

    /// Links in the body that may earn a commission, where only somebody who knows the deal can tell.
    async fn possible_links(&self, ctx: &Context<'_>) -> Vec<AffiliateLink> {
        let possible = self.0.links.iter().filter(|row| row.certainty.is_some() && !app::affiliate::is_certain(row));
        possible.map(|row| AffiliateLink::of(ctx, row)).collect()
    }
}

/// A link that earns a commission, or may.
#[derive(SimpleObject)]
pub struct AffiliateLink {
    url: Address,
    text: String,
    network: String,
    /// What gives it away, in short.
    why: String,
    /// In which block of the body it stands; 0 is the first.
    block: i32,
}

impl AffiliateLink {
    fn of(ctx: &Context<'_>, row: &revision_link::Model) -> Self {
        Self {
            url: absolute(ctx, &row.url).into(),
            text: row.text.clone(),
            network: row.network.clone().unwrap_or_default(),
            why: row.why.clone().unwrap_or_default(),
            block: row.block,
        }
    }
}

/// An address as it was typed, or where it leads from this site, where it is not absolute.
pub fn absolute(ctx: &Context<'_>, url: &str) -> String {
    // As it was typed, where that is plain: browsers see through line ends and backslashes.
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_plain && (url.starts_with("https://") || url.starts_with("http://")) {
        return url.to_owned();
    }
    cx(ctx).desk.site.url.join(url).map_or_else(|_| url.to_owned(), String::from)
}

/// What staff ask of affiliate policy.
#[derive(Default)]
pub struct AffiliateQuery;

#[Object]
impl AffiliateQuery {
    /// Every policy, oldest first.
    async fn affiliate_policies(&self, ctx: &Context<'_>) -> Result<Vec<AffiliatePolicy>> {
        Ok(app::affiliate::list(cx(ctx)).await?.into_iter().map(AffiliatePolicy).collect())
    }
}

/// A link rule beside the built-in ones.
#[derive(InputObject)]
pub struct AffiliateRuleInput {
    network: String,
    host: String,
    parameter: Option<String>,
}

/// A new policy.
#[derive(InputObject)]
pub struct AffiliatePolicyInput {
    name: String,
    disclosure: Markdown,
    policy_url: Option<Address>,
    #[graphql(default_with = "Some(words::DisclosurePlacement::Top)")]
    placement: Option<words::DisclosurePlacement>,
    rel: Option<Vec<String>>,
    rules: Option<Vec<AffiliateRuleInput>>,
    is_default: Option<bool>,
}

/// What changes of a policy.
#[derive(InputObject)]
pub struct UpdateAffiliatePolicyInput {
    policy_id: ID,
    base_version: Option<i32>,
    name: MaybeUndefined<String>,
    disclosure: MaybeUndefined<Markdown>,
    policy_url: MaybeUndefined<Address>,
    placement: Option<words::DisclosurePlacement>,
    rel: Option<Vec<String>>,
    rules: Option<Vec<AffiliateRuleInput>>,
    is_default: Option<bool>,
}

/// An editor's word on the disclosure of a draft.
#[derive(InputObject)]
pub struct SetAffiliateFlagInput {
    draft_id: ID,
    base_revision: i32,
    flag: words::AffiliateFlag,
    /// Needed unless AUTO.
    reason: Option<String>,
    /// Stays as it is where absent; null means the default policy.
    policy_id: MaybeUndefined<ID>,
}

/// The policy as it is now.
#[derive(SimpleObject)]
pub struct AffiliatePolicyPayload {
    affiliate_policy: AffiliatePolicy,
}

fn rules(typed: Option<Vec<AffiliateRuleInput>>) -> Option<Vec<(String, String, Option<String>)>> {
    Some(typed?.into_iter().map(|rule| (rule.network, rule.host, rule.parameter)).collect())
}

/// What changes affiliate policy.
#[derive(Default)]
pub struct AffiliateMutation;

#[Object]
impl AffiliateMutation {
    /// Adds a policy.
    async fn create_affiliate_policy(&self, ctx: &Context<'_>, input: AffiliatePolicyInput) -> Result<Option<AffiliatePolicyPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let typed = Typed {
            name: Some(input.name),
            disclosure: Some(input.disclosure.0),
            policy_url: Some(input.policy_url.as_ref().and_then(|url| parse.url("policyUrl", url))),
            placement: input.placement.map(Into::into),
            rel: input.rel,
            rules: rules(input.rules),
            is_default: input.is_default.filter(|is_default| *is_default),
        };
        parse.done()?;
        let row = app::affiliate::create(cx(ctx), typed).await?;
        Ok(Some(AffiliatePolicyPayload { affiliate_policy: AffiliatePolicy(row) }))
    }

    /// Changes a policy: what is live shows the new wording at once.
    async fn update_affiliate_policy(&self, ctx: &Context<'_>, input: UpdateAffiliatePolicyInput) -> Result<Option<AffiliatePolicyPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("policyId", &input.policy_id);
        let url = input.policy_url.sent();
        let typed = Typed {
            name: kept(input.name),
            disclosure: input.disclosure.sent().map(|typed| typed.map(|text| text.0).unwrap_or_default()),
            policy_url: url.map(|url| url.as_ref().and_then(|url| parse.url("policyUrl", url))),
            placement: input.placement.map(Into::into),
            rel: input.rel,
            rules: rules(input.rules),
            is_default: input.is_default,
        };
        parse.done()?;
        let row = app::affiliate::update(cx(ctx), present(id, "policy id")?, input.base_version, typed).await?;
        Ok(Some(AffiliatePolicyPayload { affiliate_policy: AffiliatePolicy(row) }))
    }

    /// Writes a new revision: an approval covers the flag too.
    async fn set_affiliate_flag(&self, ctx: &Context<'_>, input: SetAffiliateFlagInput) -> Result<Option<DraftPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("draftId", &input.draft_id);
        let policy = input.policy_id.sent().map(|id| id.as_ref().and_then(|id| parse.id("policyId", id)));
        parse.done()?;
        let typed = app::draft::Typed {
            affiliate: Some((input.flag.into(), input.reason, policy)),
            ..app::draft::Typed::default()
        };
        let draft = app::draft::revise(cx(ctx), present(id, "draft id")?, input.base_revision, Change::edit(typed)).await?;
        Ok(Some(DraftPayload { draft: Draft(draft) }))
    }
}
