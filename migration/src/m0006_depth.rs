//! Where comments stand, threads, and what may be planned.

use crate::ddl;

ddl::step!(manager => {
    ddl::run(manager, TABLES).await?;
    ddl::run(manager, &if ddl::is_postgres(manager) { planned_on_postgres() } else { planned_on_sqlite() }).await
});

const TABLES: &str = "
ALTER TABLE comments ADD COLUMN thread_id {uuid} CONSTRAINT fk_comments_thread REFERENCES comments (id)

ALTER TABLE comments ADD COLUMN applied_revision_id {uuid} CONSTRAINT fk_comments_applied REFERENCES revisions (id)

CREATE INDEX ix_comments_thread ON comments (thread_id)

CREATE INDEX ix_comments_open ON comments (draft_id) WHERE parent_id IS NULL AND resolved_at IS NULL

CREATE TABLE comment_places (
  comment_id {uuid} NOT NULL CONSTRAINT pk_comment_places PRIMARY KEY CONSTRAINT fk_comment_places_comment REFERENCES comments (id),
  draft_id {uuid} NOT NULL CONSTRAINT fk_comment_places_draft REFERENCES drafts (id),
  quote text NOT NULL CONSTRAINT ck_comment_places_quote CHECK (length(quote) > 0),
  revision_id {uuid} NOT NULL CONSTRAINT fk_comment_places_revision REFERENCES revisions (id),
  start_at integer NOT NULL,
  end_at integer NOT NULL,
  text_before text NOT NULL,
  text_after text NOT NULL,
  is_gone boolean NOT NULL,
  CONSTRAINT ck_comment_places_span CHECK (0 <= start_at AND start_at < end_at)
)

CREATE INDEX ix_comment_places_draft ON comment_places (draft_id)

CREATE INDEX ix_releases_created ON releases (created_at, id)

CREATE INDEX ix_previews_expires ON previews (expires_at)
";

/// A draft that waits for its time without one on record would wait for ever.
const UNPLANNED: &str = "NEW.state = 'SCHEDULED' AND NOT EXISTS (
  SELECT 1 FROM schedules s WHERE s.draft_id = NEW.id AND s.revision_id = NEW.revision_id AND s.publish_at IS NOT NULL)";

fn planned_on_sqlite() -> String {
    format!(
        "CREATE TRIGGER tr_drafts_planned BEFORE UPDATE ON drafts WHEN {UNPLANNED}
         BEGIN SELECT RAISE(ABORT, 'schedule: the draft has no time to go live'); END"
    )
}

fn planned_on_postgres() -> String {
    format!(
        "CREATE FUNCTION refuse_unplanned() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF {UNPLANNED} THEN RAISE EXCEPTION 'schedule: the draft has no time to go live' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$

         CREATE TRIGGER tr_drafts_planned BEFORE UPDATE ON drafts FOR EACH ROW EXECUTE FUNCTION refuse_unplanned()"
    )
}
