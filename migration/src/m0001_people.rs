//! People, how they sign in, and what bylines and pages are grouped by.

use crate::ddl;

ddl::step!(manager => {
    if ddl::is_postgres(manager) {
        ddl::run(manager, "
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'frozen: % rows are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
").await?;
    }
    ddl::run(manager, TABLES).await
});

const TABLES: &str = "
CREATE TABLE users (
  id {uuid} NOT NULL CONSTRAINT pk_users PRIMARY KEY,
  email text NOT NULL,
  email_key text NOT NULL CONSTRAINT uq_users_email UNIQUE,
  name text NOT NULL CONSTRAINT ck_users_name CHECK (length(name) BETWEEN 1 AND 200),
  password_hash text NOT NULL,
  roles integer NOT NULL CONSTRAINT ck_users_roles CHECK (roles BETWEEN 0 AND 63),
  is_active boolean NOT NULL,
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
)

CREATE TABLE sessions (
  id {uuid} NOT NULL CONSTRAINT pk_sessions PRIMARY KEY,
  user_id {uuid} NOT NULL CONSTRAINT fk_sessions_user REFERENCES users (id),
  token_hash {bytes} NOT NULL CONSTRAINT uq_sessions_token UNIQUE,
  created_at {time} NOT NULL,
  expires_at {time} NOT NULL
)

CREATE INDEX ix_sessions_user ON sessions (user_id)

CREATE INDEX ix_sessions_expires ON sessions (expires_at)

CREATE TABLE api_tokens (
  id {uuid} NOT NULL CONSTRAINT pk_api_tokens PRIMARY KEY,
  user_id {uuid} NOT NULL CONSTRAINT fk_api_tokens_user REFERENCES users (id),
  name text NOT NULL,
  roles integer NOT NULL CONSTRAINT ck_api_tokens_roles CHECK (roles BETWEEN 0 AND 63),
  token_hash {bytes} NOT NULL CONSTRAINT uq_api_tokens_token UNIQUE,
  created_at {time} NOT NULL,
  last_used_at {time},
  expires_at {time},
  revoked_at {time}
)

CREATE INDEX ix_api_tokens_user ON api_tokens (user_id)

CREATE TABLE images (
  id {uuid} NOT NULL CONSTRAINT pk_images PRIMARY KEY,
  alt text NOT NULL,
  caption text,
  credit text,
  width integer NOT NULL CONSTRAINT ck_images_width CHECK (width > 0),
  height integer NOT NULL CONSTRAINT ck_images_height CHECK (height > 0),
  mime text NOT NULL,
  storage_key text NOT NULL,
  bytes bigint NOT NULL,
  created_by {uuid} CONSTRAINT fk_images_user REFERENCES users (id),
  created_at {time} NOT NULL
)

CREATE TABLE authors (
  id {uuid} NOT NULL CONSTRAINT pk_authors PRIMARY KEY,
  slug text NOT NULL CONSTRAINT uq_authors_slug UNIQUE CONSTRAINT ck_authors_slug CHECK (length(slug) BETWEEN 1 AND 120),
  name text NOT NULL CONSTRAINT ck_authors_name CHECK (length(name) BETWEEN 1 AND 200),
  title text,
  bio text,
  avatar_id {uuid} CONSTRAINT fk_authors_avatar REFERENCES images (id),
  links {json} NOT NULL,
  user_id {uuid} CONSTRAINT fk_authors_user REFERENCES users (id) CONSTRAINT uq_authors_user UNIQUE,
  version integer NOT NULL CONSTRAINT ck_authors_version CHECK (version > 0),
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
)

CREATE INDEX ix_authors_created ON authors (created_at, id)

CREATE TABLE sections (
  id {uuid} NOT NULL CONSTRAINT pk_sections PRIMARY KEY,
  slug text NOT NULL CONSTRAINT uq_sections_slug UNIQUE CONSTRAINT ck_sections_slug CHECK (length(slug) BETWEEN 1 AND 120),
  name text NOT NULL CONSTRAINT ck_sections_name CHECK (length(name) BETWEEN 1 AND 200),
  description text,
  version integer NOT NULL CONSTRAINT ck_sections_version CHECK (version > 0),
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
)

CREATE TABLE tags (
  id {uuid} NOT NULL CONSTRAINT pk_tags PRIMARY KEY,
  slug text NOT NULL CONSTRAINT uq_tags_slug UNIQUE,
  name text NOT NULL,
  created_at {time} NOT NULL
)
";
