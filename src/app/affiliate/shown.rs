//! Which disclosure stood at an article at a time: what a compliance officer asks, and can prove.

use chrono::{DateTime, Utc};
use entity::ids::{ArticleId, EditionId, PolicyId};
use entity::{affiliate_policy, affiliate_policy_version, disclosure_span, policy_scope};

use super::compose;
use crate::app::{AppError, Cx};
use crate::store;

/// How an article was shown at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownThen {
    /// Whether readers could have it.
    pub is_live: bool,
    /// The edition that they had, or had last.
    pub edition: EditionId,
    /// What they were told, in the wording of that time; nothing where nothing was due.
    pub disclosure: Option<affiliate_policy::Model>,
    /// The wording by its number, where one was shown.
    pub version: Option<affiliate_policy_version::Model>,
}

/// How these articles were shown at these times; nothing before they first went live, and nothing for
/// who may not read drafts.
///
/// # Errors
/// When the database does not answer.
pub async fn shown_then(cx: &Cx, asked: &[(ArticleId, DateTime<Utc>)]) -> Result<Vec<((ArticleId, DateTime<Utc>), ShownThen)>, AppError> {
    if !cx.reads_desk() {
        return Ok(Vec::new());
    }
    let articles: Vec<ArticleId> = asked.iter().map(|(article, _)| *article).collect();
    let spans = store::affiliate::spans(cx.reader(), &articles).await?;
    let scopes = store::affiliate::scopes(cx.reader()).await?;
    let policies = store::affiliate::all(cx.reader()).await?;
    let ids: Vec<PolicyId> = policies.iter().map(|policy| policy.id).collect();
    let versions = if ids.is_empty() { Vec::new() } else { store::affiliate::versions(cx.reader(), &ids).await? };
    let then = |article: ArticleId, at: DateTime<Utc>| {
        let span = spans.iter().rfind(|span| span.article_id == article && span.since <= at)?;
        let held = span.is_due.then(|| held(span, &scopes, at)).flatten();
        // Newest first.
        let version = held.and_then(|policy| versions.iter().find(|row| row.policy_id == policy && row.valid_from <= at));
        let policy = version.and_then(|version| policies.iter().find(|policy| policy.id == version.policy_id));
        Some(ShownThen {
            is_live: span.is_live,
            edition: span.edition_id,
            disclosure: policy.zip(version).map(|(policy, version)| worded(policy, version)),
            version: version.cloned(),
        })
    };
    Ok(asked.iter().filter_map(|(article, at)| Some(((*article, *at), then(*article, *at)?))).collect())
}

/// The policy that held for an article at a time.
fn held(span: &disclosure_span::Model, scopes: &[policy_scope::Model], at: DateTime<Utc>) -> Option<PolicyId> {
    let of = |section| scopes.iter().rfind(|scope| scope.section_id == section && scope.since <= at).and_then(|scope| scope.policy_id);
    span.policy_id.or_else(|| of(Some(span.section_id))).or_else(|| of(None))
}

/// A policy as it was worded then.
fn worded(policy: &affiliate_policy::Model, version: &affiliate_policy_version::Model) -> affiliate_policy::Model {
    let mut then = affiliate_policy::Model {
        version: version.version,
        disclosure: version.disclosure.clone(),
        policy_url: version.policy_url.clone(),
        placement: version.placement,
        rel: version.rel.clone(),
        rules: version.rules.clone(),
        ..policy.clone()
    };
    (then.disclosure_html, then.disclosure_text) = compose(&then);
    then
}
