//! Drafts, their revisions, and the policies that revisions may name.

use crate::ddl;

ddl::step!(manager => {
    ddl::run(manager, TABLES).await?;
    ddl::freeze(manager, &["revisions", "revision_texts", "revision_authors", "affiliate_policy_versions"]).await
});

const TABLES: &str = "
CREATE TABLE affiliate_policies (
  id {uuid} NOT NULL CONSTRAINT pk_affiliate_policies PRIMARY KEY,
  name text NOT NULL CONSTRAINT ck_affiliate_policies_name CHECK (length(name) BETWEEN 1 AND 200),
  version integer NOT NULL CONSTRAINT ck_affiliate_policies_version CHECK (version > 0),
  disclosure text NOT NULL,
  disclosure_html text NOT NULL,
  disclosure_text text NOT NULL,
  policy_url text,
  placement text NOT NULL CONSTRAINT ck_affiliate_policies_placement CHECK (placement IN ('TOP', 'BEFORE_FIRST_LINK', 'BOTTOM')),
  rel {json} NOT NULL,
  rules {json} NOT NULL,
  is_default boolean NOT NULL,
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
)

CREATE UNIQUE INDEX uq_affiliate_policies_default ON affiliate_policies (is_default) WHERE is_default

CREATE TABLE affiliate_policy_versions (
  policy_id {uuid} NOT NULL CONSTRAINT fk_affiliate_policy_versions_policy REFERENCES affiliate_policies (id),
  version integer NOT NULL,
  disclosure text NOT NULL,
  policy_url text,
  placement text NOT NULL CONSTRAINT ck_affiliate_policy_versions_placement CHECK (placement IN ('TOP', 'BEFORE_FIRST_LINK', 'BOTTOM')),
  rel {json} NOT NULL,
  rules {json} NOT NULL,
  valid_from {time} NOT NULL,
  changed_by {uuid} CONSTRAINT fk_affiliate_policy_versions_user REFERENCES users (id),
  CONSTRAINT pk_affiliate_policy_versions PRIMARY KEY (policy_id, version)
)

CREATE TABLE drafts (
  id {uuid} NOT NULL CONSTRAINT pk_drafts PRIMARY KEY,
  state text NOT NULL CONSTRAINT ck_drafts_state CHECK (state IN
    ('DRAFTING', 'IN_REVIEW', 'CHANGES_REQUESTED', 'APPROVED', 'SCHEDULED', 'PUBLISHED', 'UNPUBLISHED', 'RETRACTED', 'ARCHIVED')),
  revision_id {uuid} NOT NULL,
  revision_number integer NOT NULL CONSTRAINT ck_drafts_revision_number CHECK (revision_number > 0),
  headline text NOT NULL,
  section_id {uuid} CONSTRAINT fk_drafts_section REFERENCES sections (id),
  slug text NOT NULL,
  needs_commerce boolean NOT NULL,
  owner_id {uuid} CONSTRAINT fk_drafts_owner REFERENCES users (id),
  needs_legal_review boolean NOT NULL,
  due_at {time},
  due_order {time} NOT NULL,
  round integer NOT NULL CONSTRAINT ck_drafts_round CHECK (round >= 0),
  article_id {uuid},
  is_live boolean NOT NULL,
  published_revision integer,
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL,
  {sqlite} CONSTRAINT fk_drafts_revision FOREIGN KEY (revision_id, id, revision_number) REFERENCES revisions (id, draft_id, number) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_drafts_live CHECK (NOT is_live OR article_id IS NOT NULL),
  CONSTRAINT ck_drafts_ended CHECK (NOT is_live OR state NOT IN ('UNPUBLISHED', 'RETRACTED', 'ARCHIVED')),
  CONSTRAINT ck_drafts_published CHECK (state <> 'PUBLISHED' OR (is_live AND published_revision = revision_number))
)

CREATE INDEX ix_drafts_updated ON drafts (updated_at, id)

CREATE INDEX ix_drafts_created ON drafts (created_at, id)

CREATE INDEX ix_drafts_due ON drafts (due_order, id)

CREATE INDEX ix_drafts_state ON drafts (state, updated_at, id)

CREATE INDEX ix_drafts_owner ON drafts (owner_id, updated_at, id)

CREATE INDEX ix_drafts_section ON drafts (section_id, updated_at, id)

CREATE TABLE revisions (
  id {uuid} NOT NULL CONSTRAINT pk_revisions PRIMARY KEY,
  draft_id {uuid} NOT NULL CONSTRAINT fk_revisions_draft REFERENCES drafts (id) DEFERRABLE INITIALLY DEFERRED,
  number integer NOT NULL CONSTRAINT ck_revisions_number CHECK (number > 0),
  headline text NOT NULL,
  dek text,
  slug text NOT NULL CONSTRAINT ck_revisions_slug CHECK (length(slug) BETWEEN 1 AND 120),
  section_id {uuid} CONSTRAINT fk_revisions_section REFERENCES sections (id),
  tags {json} NOT NULL,
  hero_image_id {uuid} CONSTRAINT fk_revisions_hero_image REFERENCES images (id),
  seo_title text,
  seo_description text,
  canonical_url text,
  affiliate_flag text NOT NULL CONSTRAINT ck_revisions_affiliate_flag CHECK (affiliate_flag IN ('AUTO', 'REQUIRED', 'EXEMPT')),
  affiliate_reason text,
  affiliate_policy_id {uuid} CONSTRAINT fk_revisions_policy REFERENCES affiliate_policies (id),
  has_affiliate_links boolean NOT NULL,
  has_body boolean NOT NULL,
  images_without_alt integer NOT NULL,
  created_by {uuid} CONSTRAINT fk_revisions_creator REFERENCES users (id),
  suggested_by {uuid} CONSTRAINT fk_revisions_suggester REFERENCES users (id),
  created_at {time} NOT NULL,
  note text,
  CONSTRAINT uq_revisions_number UNIQUE (draft_id, number),
  CONSTRAINT uq_revisions_of_draft UNIQUE (id, draft_id, number),
  CONSTRAINT ck_revisions_reason CHECK (affiliate_flag = 'AUTO' OR (affiliate_reason IS NOT NULL AND length(trim(affiliate_reason)) > 0))
)

{postgres} ALTER TABLE drafts ADD CONSTRAINT fk_drafts_revision FOREIGN KEY (revision_id, id, revision_number) REFERENCES revisions (id, draft_id, number) DEFERRABLE INITIALLY DEFERRED

CREATE TABLE revision_texts (
  revision_id {uuid} NOT NULL CONSTRAINT pk_revision_texts PRIMARY KEY CONSTRAINT fk_revision_texts_revision REFERENCES revisions (id),
  markdown text NOT NULL
)

CREATE TABLE revision_bodies (
  revision_id {uuid} NOT NULL CONSTRAINT pk_revision_bodies PRIMARY KEY CONSTRAINT fk_revision_bodies_revision REFERENCES revisions (id),
  compiler_version integer NOT NULL,
  blocks text NOT NULL,
  text text NOT NULL,
  word_count integer NOT NULL
)

CREATE TABLE revision_authors (
  revision_id {uuid} NOT NULL CONSTRAINT fk_revision_authors_revision REFERENCES revisions (id),
  position integer NOT NULL,
  author_id {uuid} NOT NULL CONSTRAINT fk_revision_authors_author REFERENCES authors (id),
  CONSTRAINT pk_revision_authors PRIMARY KEY (revision_id, position),
  CONSTRAINT uq_revision_authors_once UNIQUE (revision_id, author_id)
)

CREATE INDEX ix_revision_authors_author ON revision_authors (author_id, revision_id)

CREATE TABLE revision_links (
  revision_id {uuid} NOT NULL CONSTRAINT fk_revision_links_revision REFERENCES revisions (id),
  position integer NOT NULL,
  url text NOT NULL,
  text text NOT NULL,
  network text,
  certainty text CONSTRAINT ck_revision_links_certainty CHECK (certainty IN ('CERTAIN', 'POSSIBLE')),
  why text,
  block integer NOT NULL,
  CONSTRAINT pk_revision_links PRIMARY KEY (revision_id, position)
)

CREATE INDEX ix_revision_links_network ON revision_links (network, revision_id)

CREATE TABLE slugs (
  slug {key} NOT NULL CONSTRAINT pk_slugs PRIMARY KEY,
  draft_id {uuid} NOT NULL CONSTRAINT fk_slugs_draft REFERENCES drafts (id) DEFERRABLE INITIALLY DEFERRED,
  was_live boolean NOT NULL
)

CREATE INDEX ix_slugs_draft ON slugs (draft_id)
";
