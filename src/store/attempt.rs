//! A part of a transaction that is taken back while the transaction goes on.

use sea_orm::ConnectionTrait as _;

use super::{StoreError, Tx};
use crate::domain::dep::Changes;

/// A place in a transaction to go back to.
#[must_use]
pub struct Mark(Changes);

impl Tx {
    /// From here on, what is done can be taken back. Rows that are locked by now stay so.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mark(&self) -> Result<Mark, StoreError> {
        self.inner.execute_unprepared("SAVEPOINT attempt").await?;
        Ok(Mark(self.changes()))
    }

    /// Takes back what was done since, also where a statement failed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn back(&self, mark: Mark) -> Result<(), StoreError> {
        self.inner.execute_unprepared("ROLLBACK TO SAVEPOINT attempt").await?;
        self.set_changes(mark.0);
        Ok(())
    }
}
