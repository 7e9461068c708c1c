//! What each event changed for readers, and which servers have to hear of it.

use crate::ddl;

ddl::step!(manager => {
    ddl::run(manager, TABLES).await
});

const TABLES: &str = "
ALTER TABLE events ADD COLUMN changes text

CREATE TABLE nodes (
  id {uuid} NOT NULL CONSTRAINT pk_nodes PRIMARY KEY,
  applied_seq bigint NOT NULL,
  lease_until {time} NOT NULL
)
";
