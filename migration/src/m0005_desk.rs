//! The log that everything is written to, and who hears of it.

use crate::ddl;

ddl::step!(manager => {
    ddl::run(manager, TABLES).await?;
    ddl::freeze(manager, &["events"]).await
});

const TABLES: &str = "
CREATE TABLE events (
  seq bigint NOT NULL CONSTRAINT pk_events PRIMARY KEY,
  id {uuid} NOT NULL CONSTRAINT uq_events_id UNIQUE,
  kind text NOT NULL,
  at {time} NOT NULL,
  actor_id {uuid} CONSTRAINT fk_events_actor REFERENCES users (id),
  draft_id {uuid} CONSTRAINT fk_events_draft REFERENCES drafts (id),
  article_id {uuid} CONSTRAINT fk_events_article REFERENCES articles (id),
  revision_id {uuid} CONSTRAINT fk_events_revision REFERENCES revisions (id),
  summary text NOT NULL,
  details {json} NOT NULL
)

CREATE INDEX ix_events_draft ON events (draft_id, seq)

CREATE INDEX ix_events_actor ON events (actor_id, seq)

CREATE INDEX ix_events_kind ON events (kind, seq)

CREATE INDEX ix_events_at ON events (at, seq)

CREATE TABLE imported_posts (
  source text NOT NULL CONSTRAINT pk_imported_posts PRIMARY KEY,
  draft_id {uuid} NOT NULL CONSTRAINT fk_imported_posts_draft REFERENCES drafts (id),
  fingerprint {bytes} NOT NULL,
  is_linked boolean NOT NULL,
  imported_by {uuid} CONSTRAINT fk_imported_posts_user REFERENCES users (id),
  created_at {time} NOT NULL
)

CREATE TABLE webhooks (
  id {uuid} NOT NULL CONSTRAINT pk_webhooks PRIMARY KEY,
  url text NOT NULL,
  events {json} NOT NULL,
  secret text NOT NULL,
  is_active boolean NOT NULL,
  created_by {uuid} NOT NULL CONSTRAINT fk_webhooks_user REFERENCES users (id),
  created_at {time} NOT NULL
)

CREATE TABLE webhook_deliveries (
  id {uuid} NOT NULL CONSTRAINT pk_webhook_deliveries PRIMARY KEY,
  webhook_id {uuid} NOT NULL CONSTRAINT fk_webhook_deliveries_webhook REFERENCES webhooks (id) ON DELETE CASCADE,
  event_seq bigint NOT NULL CONSTRAINT fk_webhook_deliveries_event REFERENCES events (seq),
  attempts integer NOT NULL,
  delivered_at {time},
  last_error text,
  next_attempt_at {time},
  lease_until {time},
  lease_token {uuid},
  created_at {time} NOT NULL,
  CONSTRAINT uq_webhook_deliveries_once UNIQUE (webhook_id, event_seq)
)

CREATE INDEX ix_webhook_deliveries_due ON webhook_deliveries (next_attempt_at)
";
