//! Affiliate policies, as they are and as they were, and where they held.

use chrono::{DateTime, Utc};
use entity::enums::{AffiliateFlag, ArticleState};
use entity::ids::{ArticleId, PolicyId, RuleChangeId, SectionId};
use entity::{affiliate_policy, affiliate_policy_version, article, disclosure_span, policy_scope, rule_change, section};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::page::{self, By, padded};
use super::{Source, StoreError, Tx};
use crate::domain::dep::Dep;
use crate::domain::page::{Page, Slice};

/// Every policy, oldest first.
pub async fn all(source: &impl Source) -> Result<Vec<affiliate_policy::Model>, StoreError> {
    let list = affiliate_policy::Entity::find()
        .order_by_asc(affiliate_policy::Column::CreatedAt)
        .order_by_asc(affiliate_policy::Column::Id);
    Ok(list.all(source.connection()).await?)
}

/// Every policy, oldest first, kept from change until the transaction ends: what is judged by their
/// rules is then judged by those that a later change finds it judged by.
pub async fn held(tx: &Tx) -> Result<Vec<affiliate_policy::Model>, StoreError> {
    let list = affiliate_policy::Entity::find()
        .order_by_asc(affiliate_policy::Column::CreatedAt)
        .order_by_asc(affiliate_policy::Column::Id);
    Ok(list.lock_shared().all(tx.connection()).await?)
}

/// Every policy, kept for this transaction alone: in the order in which [`held`] takes them, so that who
/// changes one and who publishes under one wait for each other instead of dying of it.
pub async fn locked(tx: &Tx) -> Result<Vec<affiliate_policy::Model>, StoreError> {
    let list = affiliate_policy::Entity::find()
        .order_by_asc(affiliate_policy::Column::CreatedAt)
        .order_by_asc(affiliate_policy::Column::Id);
    Ok(list.lock(LockType::NoKeyUpdate).all(tx.connection()).await?)
}

/// The sections that have a policy of their own, each with it.
pub async fn of_sections(source: &impl Source) -> Result<Vec<(SectionId, PolicyId)>, StoreError> {
    let list = section::Entity::find()
        .select_only()
        .columns([section::Column::Id, section::Column::AffiliatePolicyId])
        .filter(section::Column::AffiliatePolicyId.is_not_null());
    Ok(list.into_tuple().all(source.connection()).await?)
}

/// One policy.
pub async fn get(source: &impl Source, id: PolicyId) -> Result<Option<affiliate_policy::Model>, StoreError> {
    Ok(affiliate_policy::Entity::find_by_id(id).one(source.connection()).await?)
}

/// The policy of every article that names no other.
pub async fn default(source: &impl Source) -> Result<Option<affiliate_policy::Model>, StoreError> {
    let list = affiliate_policy::Entity::find().filter(affiliate_policy::Column::IsDefault.eq(true));
    Ok(list.one(source.connection()).await?)
}

/// Every wording that these policies ever had, newest first.
pub async fn versions(source: &impl Source, ids: &[PolicyId]) -> Result<Vec<affiliate_policy_version::Model>, StoreError> {
    let list = affiliate_policy_version::Entity::find()
        .filter(affiliate_policy_version::Column::PolicyId.is_in(padded(ids)))
        .order_by_desc(affiliate_policy_version::Column::Version);
    Ok(list.all(source.connection()).await?)
}

/// Adds a policy.
pub async fn insert(tx: &Tx, row: affiliate_policy::Model) -> Result<affiliate_policy::Model, StoreError> {
    tx.touch([Dep::Policies]);
    affiliate_policy::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(row)
}

/// Writes a policy, if it is still the version that was read.
pub async fn update(tx: &Tx, seen: i32, row: affiliate_policy::Model) -> Result<affiliate_policy::Model, StoreError> {
    tx.touch([Dep::Policies]);
    let updated = affiliate_policy::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(affiliate_policy::Column::Id.eq(row.id))
        .filter(affiliate_policy::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if updated.rows_affected == 1 { Ok(row) } else { Err(StoreError::Moved) }
}

/// Keeps a wording.
pub async fn keep_version(tx: &Tx, row: affiliate_policy_version::Model) -> Result<(), StoreError> {
    tx.touch([Dep::Policies]);
    affiliate_policy_version::Entity::insert(row.into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Makes no policy the default, before another becomes it.
pub async fn clear_default(tx: &Tx) -> Result<(), StoreError> {
    tx.touch([Dep::Policies]);
    affiliate_policy::Entity::update_many()
        .col_expr(affiliate_policy::Column::IsDefault, Expr::value(false))
        .filter(affiliate_policy::Column::IsDefault.eq(true))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes from when on a policy holds in a section, or everywhere.
pub async fn keep_scope(tx: &Tx, row: policy_scope::Model) -> Result<(), StoreError> {
    tx.touch([Dep::Policies]);
    policy_scope::Entity::insert(row.into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// From when on which policy held where, in order.
pub async fn scopes(source: &impl Source) -> Result<Vec<policy_scope::Model>, StoreError> {
    let list = policy_scope::Entity::find().order_by_asc(policy_scope::Column::Since).order_by_asc(policy_scope::Column::Id);
    Ok(list.all(source.connection()).await?)
}

/// Notes from when on an article is shown as it is.
pub async fn keep_span(tx: &Tx, row: disclosure_span::Model) -> Result<(), StoreError> {
    disclosure_span::Entity::insert(row.into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// From when on an article is shown as it was noted last.
pub async fn last_since(tx: &Tx, article: ArticleId) -> Result<Option<DateTime<Utc>>, StoreError> {
    let list = disclosure_span::Entity::find()
        .filter(disclosure_span::Column::ArticleId.eq(article))
        .order_by_desc(disclosure_span::Column::Since)
        .order_by_desc(disclosure_span::Column::Id);
    Ok(list.one(tx.connection()).await?.map(|span| span.since))
}

/// From when on these articles were shown how, in order.
pub async fn spans(source: &impl Source, articles: &[ArticleId]) -> Result<Vec<disclosure_span::Model>, StoreError> {
    let list = disclosure_span::Entity::find()
        .filter(disclosure_span::Column::ArticleId.is_in(padded(articles)))
        .order_by_asc(disclosure_span::Column::Since)
        .order_by_asc(disclosure_span::Column::Id);
    Ok(list.all(source.connection()).await?)
}

/// Asks for links to these hosts to be judged anew.
pub async fn ask_anew(tx: &Tx, row: rule_change::Model) -> Result<(), StoreError> {
    rule_change::Entity::insert(row.into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The oldest change of link rules that did not reach all articles yet.
pub async fn rule_change(source: &impl Source) -> Result<Option<rule_change::Model>, StoreError> {
    Ok(rule_change::Entity::find().order_by_asc(rule_change::Column::Id).one(source.connection()).await?)
}

/// Takes a change of link rules, so that nobody else carries it out at the same time.
pub async fn lock_rule_change(tx: &Tx, id: RuleChangeId) -> Result<Option<rule_change::Model>, StoreError> {
    Ok(rule_change::Entity::find_by_id(id).lock_exclusive().one(tx.connection()).await?)
}

/// Notes up to which article a change of link rules was carried out; it goes once it reached all of them.
pub async fn keep_reached(tx: &Tx, id: RuleChangeId, reached: Option<ArticleId>) -> Result<(), StoreError> {
    match reached {
        None => rule_change::Entity::delete_by_id(id).exec(tx.connection()).await.map(|_| ())?,
        Some(reached) => rule_change::Entity::update_many()
            .col_expr(rule_change::Column::Reached, Expr::value(reached))
            .filter(rule_change::Column::Id.eq(id))
            .exec(tx.connection())
            .await
            .map(|_| ())?,
    }
    Ok(())
}

/// Notes whether an article has affiliate links and shows a disclosure.
pub async fn restate(tx: &Tx, id: ArticleId, earns: bool, is_due: bool) -> Result<(), StoreError> {
    tx.touch([Dep::Article(id), Dep::Articles]);
    article::Entity::update_many()
        .col_expr(article::Column::HasAffiliateLinks, Expr::value(earns))
        .col_expr(article::Column::HasDisclosure, Expr::value(is_due))
        .filter(article::Column::Id.eq(id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Which live articles a policy bears on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reach {
    /// The policy.
    pub policy: PolicyId,
    /// The sections whose articles it holds for where they name none.
    pub sections: Vec<SectionId>,
}

impl Reach {
    fn lists(&self) -> Vec<Select<article::Entity>> {
        use article::Column as C;
        let earning = || article::Entity::find().filter(C::HasAffiliateLinks.eq(true)).filter(C::State.eq(ArticleState::Live));
        let mut lists = vec![earning().filter(C::AffiliatePolicyId.eq(self.policy))];
        lists.extend(self.sections.iter().map(|section| {
            earning().filter(C::SectionId.eq(*section)).filter(C::AffiliatePolicyId.is_null())
        }));
        lists
    }
}

/// A page of the live articles with affiliate links that a policy bears on, newest first.
pub async fn under(source: &impl Source, reach: &Reach, page: &Page) -> Result<Slice<article::Model>, StoreError> {
    let by = By::time(article::Column::PublishedAt, article::Column::Id, true);
    let lists = reach.lists().into_iter().map(|list| by.cut(list, page)).collect();
    page::joined(source, lists, page, true, |row: &article::Model| page::at_time(row.published_at, row.id.0)).await
}

/// How many live articles with affiliate links a policy bears on.
pub async fn count_under(source: &impl Source, reach: &Reach) -> Result<u64, StoreError> {
    let mut rows = 0;
    for list in reach.lists() {
        rows += list.count(source.connection()).await?;
    }
    Ok(rows)
}

/// A page of the live articles whose disclosure an editor overruled, newest first.
pub async fn overruled(source: &impl Source, page: &Page) -> Result<Slice<article::Model>, StoreError> {
    let by = By::time(article::Column::PublishedAt, article::Column::Id, true);
    let lists = OVERRULED.iter().map(|flag| by.cut(flagged(&[*flag]), page)).collect();
    page::joined(source, lists, page, true, |row: &article::Model| page::at_time(row.published_at, row.id.0)).await
}

/// How many live articles there are whose disclosure an editor overruled.
pub async fn count_overruled(source: &impl Source) -> Result<u64, StoreError> {
    Ok(flagged(&OVERRULED).count(source.connection()).await?)
}

const OVERRULED: [AffiliateFlag; 2] = [AffiliateFlag::Required, AffiliateFlag::Exempt];

fn flagged(flags: &[AffiliateFlag]) -> Select<article::Entity> {
    use article::Column as C;
    article::Entity::find().filter(C::AffiliateFlag.is_in(flags.iter().copied())).filter(C::State.eq(ArticleState::Live))
}
