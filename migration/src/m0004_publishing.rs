//! What readers see, and what they were shown.

use crate::ddl;

ddl::step!(manager => {
    ddl::run(manager, TABLES).await?;
    ddl::freeze(manager, &["editions"]).await
});

const TABLES: &str = "
CREATE TABLE articles (
  id {uuid} NOT NULL CONSTRAINT pk_articles PRIMARY KEY,
  draft_id {uuid} NOT NULL CONSTRAINT fk_articles_draft REFERENCES drafts (id) CONSTRAINT uq_articles_draft UNIQUE,
  state text NOT NULL CONSTRAINT ck_articles_state CHECK (state IN ('LIVE', 'UNPUBLISHED', 'RETRACTED')),
  slug text NOT NULL CONSTRAINT fk_articles_slug REFERENCES slugs (slug),
  edition_id {uuid} NOT NULL,
  edition_number integer NOT NULL,
  revision_id {uuid} NOT NULL,
  headline text NOT NULL CONSTRAINT ck_articles_headline CHECK (length(trim(headline)) > 0),
  dek text,
  section_id {uuid} NOT NULL CONSTRAINT fk_articles_section REFERENCES sections (id),
  hero_image_id {uuid} CONSTRAINT fk_articles_hero_image REFERENCES images (id),
  seo_title text,
  seo_description text,
  canonical_url text,
  has_disclosure boolean NOT NULL,
  affiliate_policy_id {uuid} CONSTRAINT fk_articles_policy REFERENCES affiliate_policies (id),
  published_at {time} NOT NULL,
  updated_at {time} NOT NULL,
  unpublished_at {time},
  redirect_to_id {uuid} CONSTRAINT fk_articles_redirect REFERENCES articles (id),
  retraction_notice text,
  retracted_at {time},
  {sqlite} CONSTRAINT fk_articles_edition FOREIGN KEY (edition_id, id, revision_id, edition_number) REFERENCES editions (id, article_id, revision_id, number) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_articles_retraction CHECK ((state = 'RETRACTED') = (retraction_notice IS NOT NULL AND retracted_at IS NOT NULL)),
  CONSTRAINT ck_articles_redirect CHECK (redirect_to_id IS NULL OR (state = 'UNPUBLISHED' AND redirect_to_id <> id))
)

CREATE UNIQUE INDEX uq_articles_live_slug ON articles (slug) WHERE state <> 'UNPUBLISHED'

CREATE INDEX ix_articles_published ON articles (state, published_at, id)

CREATE INDEX ix_articles_updated ON articles (state, updated_at, id)

CREATE INDEX ix_articles_section ON articles (section_id, state, published_at, id)

CREATE INDEX ix_articles_disclosure ON articles (has_disclosure, state, published_at, id)

CREATE INDEX ix_articles_redirect ON articles (redirect_to_id)

CREATE TABLE editions (
  id {uuid} NOT NULL CONSTRAINT pk_editions PRIMARY KEY,
  article_id {uuid} NOT NULL CONSTRAINT fk_editions_article REFERENCES articles (id) DEFERRABLE INITIALLY DEFERRED,
  number integer NOT NULL CONSTRAINT ck_editions_number CHECK (number > 0),
  revision_id {uuid} NOT NULL CONSTRAINT fk_editions_revision REFERENCES revisions (id),
  gate_id {uuid} NOT NULL,
  headline text NOT NULL,
  published_at {time} NOT NULL,
  published_by {uuid} CONSTRAINT fk_editions_user REFERENCES users (id),
  correction_kind text CONSTRAINT ck_editions_correction_kind CHECK (correction_kind IN ('CORRECTION', 'CLARIFICATION', 'UPDATE')),
  correction_note text,
  disclosure_policy_id {uuid} CONSTRAINT fk_editions_policy REFERENCES affiliate_policies (id),
  disclosure_version integer,
  disclosure_html text,
  disclosure_text text,
  disclosure_url text,
  disclosure_placement text,
  CONSTRAINT uq_editions_number UNIQUE (article_id, number),
  CONSTRAINT uq_editions_of_article UNIQUE (id, article_id, revision_id, number),
  CONSTRAINT fk_editions_gate FOREIGN KEY (gate_id, revision_id) REFERENCES gates (id, revision_id),
  CONSTRAINT ck_editions_correction CHECK ((correction_kind IS NULL) = (correction_note IS NULL)),
  CONSTRAINT ck_editions_disclosure CHECK ((disclosure_html IS NULL) = (disclosure_placement IS NULL))
)

{postgres} ALTER TABLE articles ADD CONSTRAINT fk_articles_edition FOREIGN KEY (edition_id, id, revision_id, edition_number) REFERENCES editions (id, article_id, revision_id, number) DEFERRABLE INITIALLY DEFERRED

CREATE TABLE article_authors (
  article_id {uuid} NOT NULL CONSTRAINT fk_article_authors_article REFERENCES articles (id),
  position integer NOT NULL,
  author_id {uuid} NOT NULL CONSTRAINT fk_article_authors_author REFERENCES authors (id),
  published_at {time} NOT NULL,
  is_listed boolean NOT NULL,
  CONSTRAINT pk_article_authors PRIMARY KEY (article_id, position),
  CONSTRAINT uq_article_authors_once UNIQUE (article_id, author_id)
)

CREATE INDEX ix_article_authors_author ON article_authors (author_id, is_listed, published_at, article_id)

CREATE TABLE article_tags (
  article_id {uuid} NOT NULL CONSTRAINT fk_article_tags_article REFERENCES articles (id),
  position integer NOT NULL,
  tag_id {uuid} NOT NULL CONSTRAINT fk_article_tags_tag REFERENCES tags (id),
  published_at {time} NOT NULL,
  is_listed boolean NOT NULL,
  CONSTRAINT pk_article_tags PRIMARY KEY (article_id, position),
  CONSTRAINT uq_article_tags_once UNIQUE (article_id, tag_id)
)

CREATE INDEX ix_article_tags_tag ON article_tags (tag_id, is_listed, published_at, article_id)

CREATE TABLE related_links (
  id {uuid} NOT NULL CONSTRAINT pk_related_links PRIMARY KEY,
  draft_id {uuid} NOT NULL CONSTRAINT fk_related_links_draft REFERENCES drafts (id),
  position integer NOT NULL,
  kind text NOT NULL CONSTRAINT ck_related_links_kind CHECK (kind IN ('RELATED', 'BACKGROUND', 'FOLLOW_UP', 'CORRECTION', 'SERIES', 'VIDEO')),
  target_draft_id {uuid} CONSTRAINT fk_related_links_target REFERENCES drafts (id),
  url text,
  title text,
  note text,
  CONSTRAINT uq_related_links_position UNIQUE (draft_id, position),
  CONSTRAINT uq_related_links_target UNIQUE (draft_id, target_draft_id),
  CONSTRAINT ck_related_links_one CHECK ((target_draft_id IS NULL) <> (url IS NULL)),
  CONSTRAINT ck_related_links_self CHECK (target_draft_id IS NULL OR target_draft_id <> draft_id)
)

CREATE INDEX ix_related_links_target ON related_links (target_draft_id, draft_id)

CREATE TABLE schedules (
  draft_id {uuid} NOT NULL CONSTRAINT pk_schedules PRIMARY KEY CONSTRAINT fk_schedules_draft REFERENCES drafts (id),
  revision_id {uuid} CONSTRAINT fk_schedules_revision REFERENCES revisions (id),
  publish_at {time},
  unpublish_at {time},
  correction_kind text,
  correction_note text,
  scheduled_by {uuid} NOT NULL CONSTRAINT fk_schedules_user REFERENCES users (id),
  created_at {time} NOT NULL,
  CONSTRAINT ck_schedules_some CHECK (publish_at IS NOT NULL OR unpublish_at IS NOT NULL),
  CONSTRAINT ck_schedules_order CHECK (publish_at IS NULL OR unpublish_at IS NULL OR publish_at < unpublish_at)
)

CREATE INDEX ix_schedules_publish ON schedules (publish_at)

CREATE INDEX ix_schedules_unpublish ON schedules (unpublish_at)

CREATE TABLE previews (
  id {uuid} NOT NULL CONSTRAINT pk_previews PRIMARY KEY,
  token_hash {bytes} NOT NULL CONSTRAINT uq_previews_token UNIQUE,
  draft_id {uuid} NOT NULL CONSTRAINT fk_previews_draft REFERENCES drafts (id),
  revision_id {uuid} NOT NULL CONSTRAINT fk_previews_revision REFERENCES revisions (id),
  created_by {uuid} NOT NULL CONSTRAINT fk_previews_user REFERENCES users (id),
  created_at {time} NOT NULL,
  expires_at {time} NOT NULL
)

CREATE TABLE releases (
  id {uuid} NOT NULL CONSTRAINT pk_releases PRIMARY KEY,
  name text NOT NULL,
  state text NOT NULL CONSTRAINT ck_releases_state CHECK (state IN ('OPEN', 'SCHEDULED', 'PUBLISHED', 'FAILED')),
  publish_at {time},
  created_by {uuid} NOT NULL CONSTRAINT fk_releases_user REFERENCES users (id),
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
)

CREATE INDEX ix_releases_due ON releases (state, publish_at)

CREATE TABLE release_drafts (
  release_id {uuid} NOT NULL CONSTRAINT fk_release_drafts_release REFERENCES releases (id),
  draft_id {uuid} NOT NULL CONSTRAINT fk_release_drafts_draft REFERENCES drafts (id),
  position integer NOT NULL,
  CONSTRAINT pk_release_drafts PRIMARY KEY (release_id, draft_id)
)

CREATE INDEX ix_release_drafts_draft ON release_drafts (draft_id)
";
