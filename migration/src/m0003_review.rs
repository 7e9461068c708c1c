//! Stages, verdicts, and the gate that only a revision with its approvals passes.

use crate::ddl;

ddl::step!(manager => {
    ddl::run(manager, TABLES).await?;
    ddl::freeze(manager, &["reviews", "gates", "round_stages"]).await?;
    ddl::run(manager, &if ddl::is_postgres(manager) { gate_on_postgres() } else { gate_on_sqlite() }).await
});

const TABLES: &str = "
CREATE TABLE stages (
  key text NOT NULL CONSTRAINT pk_stages PRIMARY KEY,
  position integer NOT NULL CONSTRAINT uq_stages_position UNIQUE,
  name text NOT NULL,
  roles integer NOT NULL CONSTRAINT ck_stages_roles CHECK (roles BETWEEN 1 AND 63),
  approvals_needed integer NOT NULL CONSTRAINT ck_stages_approvals CHECK (approvals_needed BETWEEN 1 AND 20),
  applies_when text NOT NULL CONSTRAINT ck_stages_applies CHECK (applies_when IN ('ALWAYS', 'AFFILIATE', 'LEGAL'))
)

CREATE TABLE round_stages (
  draft_id {uuid} NOT NULL CONSTRAINT fk_round_stages_draft REFERENCES drafts (id),
  round integer NOT NULL,
  key text NOT NULL,
  position integer NOT NULL,
  name text NOT NULL,
  roles integer NOT NULL,
  approvals_needed integer NOT NULL,
  applies_when text NOT NULL,
  CONSTRAINT pk_round_stages PRIMARY KEY (draft_id, round, key)
)

CREATE TABLE reviews (
  id {uuid} NOT NULL CONSTRAINT pk_reviews PRIMARY KEY,
  draft_id {uuid} NOT NULL,
  revision_id {uuid} NOT NULL,
  revision_number integer NOT NULL,
  round integer NOT NULL,
  stage_key text NOT NULL,
  reviewer_id {uuid} NOT NULL CONSTRAINT fk_reviews_reviewer REFERENCES users (id),
  verdict text NOT NULL CONSTRAINT ck_reviews_verdict CHECK (verdict IN ('APPROVE', 'REQUEST_CHANGES', 'COMMENT')),
  summary text,
  created_at {time} NOT NULL,
  CONSTRAINT fk_reviews_revision FOREIGN KEY (revision_id, draft_id, revision_number) REFERENCES revisions (id, draft_id, number),
  CONSTRAINT fk_reviews_stage FOREIGN KEY (draft_id, round, stage_key) REFERENCES round_stages (draft_id, round, key)
)

CREATE UNIQUE INDEX uq_reviews_approval ON reviews (revision_id, round, stage_key, reviewer_id) WHERE verdict = 'APPROVE'

CREATE INDEX ix_reviews_draft ON reviews (draft_id, created_at, id)

CREATE TABLE review_assignments (
  id {uuid} NOT NULL CONSTRAINT pk_review_assignments PRIMARY KEY,
  draft_id {uuid} NOT NULL CONSTRAINT fk_review_assignments_draft REFERENCES drafts (id),
  stage_key text NOT NULL,
  reviewer_id {uuid} NOT NULL CONSTRAINT fk_review_assignments_reviewer REFERENCES users (id),
  due_at {time},
  assigned_by {uuid} NOT NULL CONSTRAINT fk_review_assignments_assigner REFERENCES users (id),
  created_at {time} NOT NULL,
  CONSTRAINT uq_review_assignments_once UNIQUE (draft_id, stage_key, reviewer_id)
)

CREATE INDEX ix_review_assignments_reviewer ON review_assignments (reviewer_id, draft_id)

CREATE TABLE comments (
  id {uuid} NOT NULL CONSTRAINT pk_comments PRIMARY KEY,
  draft_id {uuid} NOT NULL CONSTRAINT fk_comments_draft REFERENCES drafts (id),
  author_id {uuid} NOT NULL CONSTRAINT fk_comments_author REFERENCES users (id),
  parent_id {uuid} CONSTRAINT fk_comments_parent REFERENCES comments (id),
  body text NOT NULL,
  anchor_revision_id {uuid} CONSTRAINT fk_comments_revision REFERENCES revisions (id),
  quote text,
  start_at integer,
  end_at integer,
  suggestion text,
  resolved_by {uuid} CONSTRAINT fk_comments_resolver REFERENCES users (id),
  resolved_at {time},
  created_at {time} NOT NULL,
  CONSTRAINT ck_comments_anchor CHECK ((anchor_revision_id IS NULL) = (quote IS NULL)),
  CONSTRAINT ck_comments_suggestion CHECK (suggestion IS NULL OR quote IS NOT NULL)
)

CREATE INDEX ix_comments_draft ON comments (draft_id, created_at, id)

CREATE TABLE gates (
  id {uuid} NOT NULL CONSTRAINT pk_gates PRIMARY KEY,
  draft_id {uuid} NOT NULL CONSTRAINT fk_gates_draft REFERENCES drafts (id),
  revision_id {uuid} NOT NULL CONSTRAINT fk_gates_revision REFERENCES revisions (id),
  kind text NOT NULL CONSTRAINT ck_gates_kind CHECK (kind IN ('APPROVED', 'OVERRIDE', 'IMPORTED')),
  round integer NOT NULL,
  reason text,
  passed_by {uuid} CONSTRAINT fk_gates_user REFERENCES users (id),
  created_at {time} NOT NULL,
  CONSTRAINT uq_gates_revision UNIQUE (id, revision_id),
  CONSTRAINT ck_gates_reason CHECK (kind <> 'OVERRIDE' OR (reason IS NOT NULL AND length(trim(reason)) > 0)),
  CONSTRAINT ck_gates_by CHECK (kind = 'APPROVED' OR passed_by IS NOT NULL)
)

CREATE INDEX ix_gates_revision ON gates (revision_id)
";

/// What makes an APPROVED gate false: the revision is not the draft's newest, no stage was
/// frozen for the round, or one that applies lacks approvals by different people other than
/// those who wrote content that is newer than what readers see.
const UNPROVEN: &str = "
NEW.kind = 'APPROVED' AND (
  NOT EXISTS (SELECT 1 FROM drafts d WHERE d.id = NEW.draft_id AND d.revision_id = NEW.revision_id AND d.round = NEW.round)
  OR NOT EXISTS (SELECT 1 FROM round_stages s WHERE s.draft_id = NEW.draft_id AND s.round = NEW.round)
  OR EXISTS (
    SELECT 1 FROM round_stages s
    JOIN drafts d ON d.id = s.draft_id
    JOIN revisions r ON r.id = NEW.revision_id
    WHERE s.draft_id = NEW.draft_id AND s.round = NEW.round
      AND (s.applies_when = 'ALWAYS'
        OR (s.applies_when = 'LEGAL' AND d.needs_legal_review)
        OR (s.applies_when = 'AFFILIATE' AND (r.has_affiliate_links OR r.affiliate_flag <> 'AUTO')))
      AND s.approvals_needed > (
        SELECT count(DISTINCT v.reviewer_id) FROM reviews v
        WHERE v.revision_id = NEW.revision_id AND v.round = NEW.round AND v.stage_key = s.key AND v.verdict = 'APPROVE'
          AND NOT EXISTS (
            SELECT 1 FROM revisions w
            WHERE w.draft_id = NEW.draft_id AND w.number > coalesce(d.published_revision, 0)
              AND (w.created_by = v.reviewer_id OR w.suggested_by = v.reviewer_id)))))";

fn gate_on_sqlite() -> String {
    format!(
        "CREATE TRIGGER tr_gates_proven BEFORE INSERT ON gates WHEN {UNPROVEN}
         BEGIN SELECT RAISE(ABORT, 'gate: the revision lacks approvals'); END"
    )
}

fn gate_on_postgres() -> String {
    format!(
        "CREATE FUNCTION refuse_unproven_gate() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF {UNPROVEN} THEN RAISE EXCEPTION 'gate: the revision lacks approvals' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$

         CREATE TRIGGER tr_gates_proven BEFORE INSERT ON gates FOR EACH ROW EXECUTE FUNCTION refuse_unproven_gate()"
    )
}
