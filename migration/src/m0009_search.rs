//! What live articles are found by: on SQLite an FTS5 index, on PostgreSQL a tsvector with GIN, both of words
//! that the program made; and beside it what matches are ranked by.

use crate::ddl;

ddl::step!(manager => {
    ddl::run(manager, TABLES).await
});

const TABLES: &str = "
CREATE TABLE search_articles (
  {sqlite} place integer NOT NULL CONSTRAINT pk_search_articles PRIMARY KEY,
  {postgres} place bigint NOT NULL CONSTRAINT pk_search_articles PRIMARY KEY,
  article_id {uuid} NOT NULL CONSTRAINT uq_search_articles_article UNIQUE CONSTRAINT fk_search_articles_article REFERENCES articles (id),
  maker {key} NOT NULL,
  has_disclosure boolean NOT NULL,
  headline {key} NOT NULL,
  dek {key} NOT NULL,
  gist {key} NOT NULL
  {postgres} , words tsvector NOT NULL
)

CREATE INDEX ix_search_articles_maker ON search_articles (maker)

{sqlite} CREATE VIRTUAL TABLE search_words USING fts5(facets, headline, dek, body, content='', contentless_delete=1, tokenize='ascii', prefix='2 3')

{postgres} ALTER TABLE search_articles ALTER COLUMN words SET STORAGE EXTERNAL

{postgres} CREATE INDEX ix_search_articles_words ON search_articles USING gin (words)
";
