"""PostGraphile beside copydesk: the same articles in plain, indexed tables of a throwaway PostgreSQL.

It is installed by npm into a folder among temporary files, at the version below. Its documents are the same bytes
each time, so its cache of parsed documents serves it, whereas ours get another comment each; slugs are random for both.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

import desk

VERSION = "4.14.1"
AUTHORS = "articleAuthorsByArticleId(orderBy: POSITION_ASC) { nodes { authorByAuthorId { slug name } } }"
RELATED = f"relatedLinksByArticleId(first: 3, orderBy: POSITION_ASC) {{ nodes {{ articleByTargetId {{ slug headline {AUTHORS} }} }} }}"
QUERIES = {
    "Q1": f"{{ allArticles(first: 20, orderBy: PUBLISHED_AT_DESC) {{ nodes {{ slug headline dek sectionBySectionId {{ slug name }} {AUTHORS} }} }} }}",
    "Q2": "query ($slug: String!) { articleBySlug(slug: $slug) { slug headline dek publishedAt body "
          f"sectionBySectionId {{ slug name }} {AUTHORS} {RELATED} }} }}",
    "Q3": "query ($slug: String!) { authorBySlug(slug: $slug) { slug name articleAuthorsByAuthorId(first: 20, orderBy: PUBLISHED_AT_DESC) "
          f"{{ nodes {{ articleByArticleId {{ slug headline publishedAt {RELATED} }} }} }} }} }}",
}
TABLES = """
CREATE TABLE sections (id integer PRIMARY KEY, slug text NOT NULL UNIQUE, name text NOT NULL);
CREATE TABLE authors (id integer PRIMARY KEY, slug text NOT NULL UNIQUE, name text NOT NULL);
CREATE TABLE articles (id integer PRIMARY KEY, slug text NOT NULL UNIQUE, headline text NOT NULL, dek text,
  section_id integer NOT NULL REFERENCES sections, published_at timestamptz NOT NULL, body text NOT NULL);
CREATE TABLE article_authors (article_id integer NOT NULL REFERENCES articles, position integer NOT NULL,
  author_id integer NOT NULL REFERENCES authors, published_at timestamptz NOT NULL, PRIMARY KEY (article_id, position));
CREATE TABLE related_links (article_id integer NOT NULL REFERENCES articles, position integer NOT NULL,
  target_id integer NOT NULL REFERENCES articles, PRIMARY KEY (article_id, position));
"""
INDEXES = """
CREATE INDEX ON articles (published_at DESC, id);
CREATE INDEX ON articles (section_id, published_at DESC);
CREATE INDEX ON article_authors (author_id, published_at DESC, article_id, position);
CREATE INDEX ON related_links (target_id);
VACUUM ANALYZE;
"""
ROWS = {
    "sections": "SELECT rowid, slug, name FROM sections",
    "authors": "SELECT rowid, slug, name FROM authors",
    "articles": "SELECT a.rowid, a.slug, a.headline, a.dek, s.rowid, a.published_at, b.blocks FROM articles a "
                "JOIN sections s ON s.id = a.section_id JOIN revision_bodies b ON b.revision_id = a.revision_id",
    "article_authors": "SELECT a.rowid, x.position, w.rowid, x.published_at FROM article_authors x "
                       "JOIN articles a ON a.id = x.article_id JOIN authors w ON w.id = x.author_id",
    "related_links": "SELECT a.rowid, r.position, t.rowid FROM related_links r JOIN articles a ON a.draft_id = r.draft_id "
                     "JOIN articles t ON t.draft_id = r.target_draft_id",
}


def html(blocks):
    """The pieces of HTML within a compiled body, which make up what ours answers."""
    if isinstance(blocks, dict):
        return "".join(value if key == "html" and isinstance(value, str) else html(value) for key, value in blocks.items())
    return "".join(map(html, blocks)) if isinstance(blocks, list) else ""


def copied(value):
    text = str(value)
    return "\\N" if value is None else text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def programs():
    """The folder of PostgreSQL's programs: the newest that is installed."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if path := shutil.which("postgres"):
        return pathlib.Path(path).parent
    sys.exit("PostgreSQL's programs are needed for PostGraphile")


def family(pid):
    """A process and all that it started."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents.setdefault(int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]), []).append(int(entry.name))
            except OSError:
                pass
    found, open_ = [], [pid]
    while open_:
        found.append(open_.pop())
        open_ += parents.get(found[-1], [])
    return found


def used(pid):
    """Seconds of CPU of a process and all that it started, ended ones too."""
    total = 0
    for one in family(pid):
        try:
            fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15] if one == pid else fields[11:13]))
    return total / desk.HERTZ


class PostGraphile:
    """Running, with the articles of a SQLite database; `stop` takes all of it away but the installation."""

    def __init__(self, folder, database):
        self.folder, self.postgres, self.node = folder, None, None
        install = folder / "postgraphile"
        if not (install / "node_modules" / "postgraphile").exists():
            install.mkdir(parents=True, exist_ok=True)
            (install / "package.json").write_text('{"private": true}')
            command = ["npm", "install", "--no-audit", "--no-fund", f"postgraphile@{VERSION}"]
            subprocess.run(command, cwd=install, check=True, capture_output=True, timeout=300)
        try:
            self.start_postgres()
            self.fill(database)
            self.start_node(install)
        except BaseException:
            self.stop()
            raise

    def start_postgres(self):
        # PostgreSQL refuses to run as root.
        self.owner = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        self.data = pathlib.Path(subprocess.run(["mktemp", "-d", "/tmp/bench-postgres.XXXXXX"], capture_output=True, text=True, check=True).stdout.strip())
        if self.owner:
            shutil.chown(self.data, **self.owner)
        bin_ = programs()
        subprocess.run([bin_ / "initdb", "-D", self.data / "data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C"],
                       check=True, capture_output=True, cwd=self.data, **self.owner)
        settings = {"listen_addresses": "", "unix_socket_directories": self.data, "shared_buffers": "256MB", "jit": "off"}
        options = [f"-c{key}={value}" for key, value in settings.items()]
        self.postgres = subprocess.Popen([bin_ / "postgres", "-D", self.data / "data", *options], cwd=self.data,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.owner)
        self.psql = [bin_ / "psql", "-q", "-h", self.data, "-U", "postgres", "-v", "ON_ERROR_STOP=1"]
        for _ in range(200):
            if subprocess.run([*self.psql, "-c", "SELECT 1"], capture_output=True).returncode == 0:
                return
            time.sleep(0.05)
        sys.exit("PostgreSQL did not start")

    def fill(self, database):
        subprocess.run(self.psql, input=TABLES, text=True, check=True)
        db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        for table, query in ROWS.items():
            copy = subprocess.Popen([*self.psql, "-c", f"COPY {table} FROM STDIN"], stdin=subprocess.PIPE, text=True)
            for row in db.execute(query):
                if table == "articles":
                    row = (*row[:-1], html(json.loads(row[-1])))
                copy.stdin.write("\t".join(map(copied, row)) + "\n")
            copy.stdin.close()
            if copy.wait():
                sys.exit(f"{table} could not be copied")
        db.close()
        subprocess.run(self.psql, input=INDEXES, text=True, check=True)

    def start_node(self, install):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.host, self.port = free.getsockname()
        url = f"postgres://postgres@/postgres?host={self.data}"
        command = ["node", install / "node_modules" / "postgraphile" / "cli.js", "-c", url, "--schema", "public", "--host", self.host,
                   "--port", str(self.port), "--disable-query-log", "--disable-graphiql", "--legacy-relations", "omit"]
        self.log = open(self.folder / "postgraphile.log", "w")
        self.node = subprocess.Popen(command, env=os.environ | {"NODE_ENV": "production"}, stdout=self.log, stderr=subprocess.STDOUT)
        for _ in range(400):
            try:
                if desk.Client(self).ask("{ __typename }"):
                    return
            except OSError:
                time.sleep(0.05)
        sys.exit(f"PostGraphile did not start: {(self.folder / 'postgraphile.log').read_text()}")

    def cpu(self):
        return used(self.node.pid) + used(self.postgres.pid)

    def stop(self):
        for process in (self.node, self.postgres):
            if process and process.poll() is None:
                # PostgreSQL waits for clients on SIGTERM, not on SIGINT.
                process.send_signal(2)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        if getattr(self, "data", None):
            shutil.rmtree(self.data, ignore_errors=True)


def bodies(scratch):
    """Its requests, with the variables of ours; and the bare check that nothing is missing in an answer."""
    for query, text in QUERIES.items():
        lines = [json.loads(line)["variables"] for line in (scratch / query).read_text().splitlines()]
        (scratch / f"{query}.peer").write_text("".join(json.dumps({"query": text, "variables": each}) + "\n" for each in lines))


def check(peer, query, scratch, related=3):
    client, sizes = desk.Client(peer), []
    for body in (scratch / f"{query}.peer").read_text().splitlines():
        status, text = client.send(body)
        names = len(re.findall(rb'"authorByAuthorId":\{"slug":"[^"]+"', text))
        least = {"Q1": 20, "Q2": 1 + related, "Q3": 20 * related}[query]
        if status != 200 or b'"errors"' in text or names < least or (query == "Q2" and len(text) < 3_000):
            sys.exit(f"PostGraphile does not answer {query} as it should: {status} {text[:600].decode()}")
        sizes.append(len(text))
    return sorted(sizes)[len(sizes) // 2]
