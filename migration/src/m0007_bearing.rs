//! Where live articles earn and what they link to, which disclosure stood where since when, and what is
//! close to what in subject.

use crate::ddl;

ddl::step!(manager => {
    ddl::run(manager, TABLES).await?;
    ddl::freeze(manager, &["disclosure_spans", "policy_scopes"]).await
});

const TABLES: &str = "
ALTER TABLE related_links ADD COLUMN network text

ALTER TABLE sections ADD COLUMN affiliate_policy_id {uuid} CONSTRAINT fk_sections_policy REFERENCES affiliate_policies (id)

ALTER TABLE revision_links ADD COLUMN own_slug {key}

ALTER TABLE revision_links ADD COLUMN domain {key}

CREATE INDEX ix_revision_links_own_slug ON revision_links (own_slug, revision_id)

CREATE INDEX ix_revision_links_domain ON revision_links (domain, revision_id)

CREATE INDEX ix_drafts_revision ON drafts (revision_id)

CREATE INDEX ix_drafts_live ON drafts (is_live, id)

CREATE INDEX ix_slugs_live ON slugs (was_live, slug)

ALTER TABLE revision_bodies ADD COLUMN terms text

ALTER TABLE articles ADD COLUMN affiliate_flag text NOT NULL DEFAULT 'AUTO' CONSTRAINT ck_articles_affiliate_flag CHECK (affiliate_flag IN ('AUTO', 'REQUIRED', 'EXEMPT'))

ALTER TABLE articles ADD COLUMN has_affiliate_links boolean NOT NULL DEFAULT false

ALTER TABLE articles ADD COLUMN index_version integer NOT NULL DEFAULT 0

CREATE INDEX ix_articles_overruled ON articles (affiliate_flag, state, published_at, id)

CREATE INDEX ix_articles_policy ON articles (affiliate_policy_id, has_affiliate_links, state, published_at, id)

CREATE INDEX ix_articles_earning ON articles (section_id, affiliate_policy_id, has_affiliate_links, state, published_at, id)

CREATE INDEX ix_articles_index ON articles (state, index_version, id)

CREATE TABLE link_uses (
  article_id {uuid} NOT NULL CONSTRAINT fk_link_uses_article REFERENCES articles (id),
  kind text NOT NULL CONSTRAINT ck_link_uses_kind CHECK (kind IN ('NETWORK', 'HOST', 'URL')),
  key {key} NOT NULL,
  links integer NOT NULL CONSTRAINT ck_link_uses_links CHECK (links > 0),
  published_at {time} NOT NULL,
  CONSTRAINT pk_link_uses PRIMARY KEY (article_id, kind, key)
)

CREATE INDEX ix_link_uses_key ON link_uses (kind, key, published_at, article_id, links)

CREATE TABLE site_links (
  id {uuid} NOT NULL CONSTRAINT pk_site_links PRIMARY KEY,
  article_id {uuid} NOT NULL CONSTRAINT fk_site_links_article REFERENCES articles (id),
  slug {key} NOT NULL,
  links integer NOT NULL CONSTRAINT ck_site_links_links CHECK (links > 0),
  state text NOT NULL CONSTRAINT ck_site_links_state CHECK (state IN ('FINE', 'REDIRECTED', 'GONE', 'RETRACTED', 'UNKNOWN')),
  CONSTRAINT uq_site_links_once UNIQUE (article_id, slug)
)

CREATE INDEX ix_site_links_slug ON site_links (slug, article_id)

CREATE INDEX ix_site_links_state ON site_links (state, id)

CREATE TABLE disclosure_spans (
  id {uuid} NOT NULL CONSTRAINT pk_disclosure_spans PRIMARY KEY,
  article_id {uuid} NOT NULL CONSTRAINT fk_disclosure_spans_article REFERENCES articles (id),
  since {time} NOT NULL,
  edition_id {uuid} NOT NULL CONSTRAINT fk_disclosure_spans_edition REFERENCES editions (id),
  section_id {uuid} NOT NULL CONSTRAINT fk_disclosure_spans_section REFERENCES sections (id),
  policy_id {uuid} CONSTRAINT fk_disclosure_spans_policy REFERENCES affiliate_policies (id),
  is_live boolean NOT NULL,
  is_due boolean NOT NULL,
  CONSTRAINT ck_disclosure_spans_due CHECK (is_live OR NOT is_due)
)

CREATE INDEX ix_disclosure_spans_article ON disclosure_spans (article_id, since, id)

INSERT INTO disclosure_spans (id, article_id, since, edition_id, section_id, policy_id, is_live, is_due)
SELECT e.id, e.article_id, e.published_at, e.id, r.section_id, r.affiliate_policy_id, true, e.disclosure_html IS NOT NULL
FROM editions e JOIN revisions r ON r.id = e.revision_id

INSERT INTO disclosure_spans (id, article_id, since, edition_id, section_id, policy_id, is_live, is_due)
SELECT a.id, a.id, coalesce(a.retracted_at, a.unpublished_at), a.edition_id, a.section_id, a.affiliate_policy_id, false, false
FROM articles a WHERE coalesce(a.retracted_at, a.unpublished_at) IS NOT NULL

CREATE TABLE policy_scopes (
  id {uuid} NOT NULL CONSTRAINT pk_policy_scopes PRIMARY KEY,
  section_id {uuid} CONSTRAINT fk_policy_scopes_section REFERENCES sections (id),
  policy_id {uuid} CONSTRAINT fk_policy_scopes_policy REFERENCES affiliate_policies (id),
  since {time} NOT NULL
)

CREATE INDEX ix_policy_scopes_section ON policy_scopes (section_id, since, id)

INSERT INTO policy_scopes (id, section_id, policy_id, since)
SELECT p.id, NULL, p.id, p.created_at FROM affiliate_policies p WHERE p.is_default

CREATE TABLE rule_changes (
  id {uuid} NOT NULL CONSTRAINT pk_rule_changes PRIMARY KEY,
  policy_id {uuid} NOT NULL CONSTRAINT fk_rule_changes_policy REFERENCES affiliate_policies (id),
  hosts {json} NOT NULL,
  reached {uuid},
  created_at {time} NOT NULL
)

CREATE TABLE terms (
  term {key} NOT NULL CONSTRAINT pk_terms PRIMARY KEY,
  articles integer NOT NULL
)

CREATE TABLE article_subjects (
  article_id {uuid} NOT NULL CONSTRAINT pk_article_subjects PRIMARY KEY CONSTRAINT fk_article_subjects_article REFERENCES articles (id),
  counted {json} NOT NULL
)

CREATE TABLE article_terms (
  article_id {uuid} NOT NULL CONSTRAINT fk_article_terms_article REFERENCES articles (id),
  term {key} NOT NULL,
  weight double precision NOT NULL,
  published_at {time} NOT NULL,
  CONSTRAINT pk_article_terms PRIMARY KEY (article_id, term)
)

CREATE INDEX ix_article_terms_term ON article_terms (term, published_at, article_id, weight)

CREATE TABLE article_suggestions (
  article_id {uuid} NOT NULL CONSTRAINT fk_article_suggestions_article REFERENCES articles (id),
  target_id {uuid} NOT NULL CONSTRAINT fk_article_suggestions_target REFERENCES articles (id),
  score double precision NOT NULL,
  CONSTRAINT pk_article_suggestions PRIMARY KEY (article_id, target_id),
  CONSTRAINT ck_article_suggestions_self CHECK (article_id <> target_id)
)

CREATE INDEX ix_article_suggestions_target ON article_suggestions (target_id, article_id)

UPDATE articles SET
  affiliate_flag = (SELECT r.affiliate_flag FROM revisions r WHERE r.id = articles.revision_id),
  has_affiliate_links = (SELECT r.has_affiliate_links FROM revisions r WHERE r.id = articles.revision_id)
";
