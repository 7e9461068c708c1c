//! What is known of sessions, and what was answered to requests that may be sent again.

use crate::ddl;

ddl::step!(manager => {
    ddl::run(manager, TABLES).await
});

const TABLES: &str = "
ALTER TABLE sessions ADD COLUMN seen_at {time}

ALTER TABLE sessions ADD COLUMN address text

ALTER TABLE sessions ADD COLUMN agent text

CREATE TABLE answers (
  user_id {uuid} NOT NULL CONSTRAINT fk_answers_user REFERENCES users (id),
  key_hash {bytes} NOT NULL,
  request_hash {bytes} NOT NULL,
  first_seq bigint,
  last_seq bigint,
  body {bytes},
  created_at {time} NOT NULL,
  CONSTRAINT pk_answers PRIMARY KEY (user_id, key_hash)
)

CREATE INDEX ix_answers_created ON answers (created_at)
";
