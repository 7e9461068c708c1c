//! The database schema, step by step. History: steps are appended, never changed, and name
//! nothing of the program, which may change its mind about rows while history may not.

pub use sea_orm_migration::{DbErr, MigratorTrait};
use sea_orm_migration::{MigrationTrait, async_trait::async_trait};

mod ddl;
mod m0001_people;
mod m0002_drafts;
mod m0003_review;
mod m0004_publishing;
mod m0005_desk;
mod m0006_depth;
mod m0007_bearing;
mod m0008_wire;
mod m0009_search;
mod m0010_fresh;

/// Brings a database up to date, in order.
pub struct Migrator;

#[async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::Migration),
            Box::new(m0002_drafts::Migration),
            Box::new(m0003_review::Migration),
            Box::new(m0004_publishing::Migration),
            Box::new(m0005_desk::Migration),
            Box::new(m0006_depth::Migration),
            Box::new(m0007_bearing::Migration),
            Box::new(m0008_wire::Migration),
            Box::new(m0009_search::Migration),
            Box::new(m0010_fresh::Migration),
        ]
    }
}
