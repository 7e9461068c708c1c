//! Affiliate policies, as they are and as they were.

use entity::ids::PolicyId;
use entity::{affiliate_policy, affiliate_policy_version};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::page::padded;
use super::{Source, StoreError, Tx};

/// Every policy, oldest first.
pub async fn all(source: &impl Source) -> Result<Vec<affiliate_policy::Model>, StoreError> {
    let list = affiliate_policy::Entity::find()
        .order_by_asc(affiliate_policy::Column::CreatedAt)
        .order_by_asc(affiliate_policy::Column::Id);
    Ok(list.all(source.connection()).await?)
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
    affiliate_policy::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(row)
}

/// Writes a policy, if it is still the version that was read.
pub async fn update(tx: &Tx, seen: i32, row: affiliate_policy::Model) -> Result<affiliate_policy::Model, StoreError> {
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
    affiliate_policy_version::Entity::insert(row.into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Makes no policy the default, before another becomes it.
pub async fn clear_default(tx: &Tx) -> Result<(), StoreError> {
    affiliate_policy::Entity::update_many()
        .col_expr(affiliate_policy::Column::IsDefault, Expr::value(false))
        .filter(affiliate_policy::Column::IsDefault.eq(true))
        .exec(tx.connection())
        .await?;
    Ok(())
}
