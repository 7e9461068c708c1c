#!/usr/bin/env python3
"""How much dearer reading gets when there are a hundred times as many articles.

growth.py BINARY SMALL LARGE [--out SVG] [--seconds N] [--only NAME,...]

SMALL and LARGE are folders that `grow` filled. One client asks one thing at a time, no two times the same: another
slug, cursor, author, section or number of rows each time, so that no answer can be a kept one. Each kind of request
is asked in turns of a quarter of a second on both databases, so that what else the machine does spoils both alike.
Both files are read once before, so that they are in the system's memory where it is large enough; what was read from
disk all the same is told.
"""

import argparse
import json
import pathlib
import random
import sqlite3
import sys
import time

import desk
import svg
from grow_names import TOWNS

FIELDS = "slug headline dek publishedAt section { slug name } authors { slug name }"


def firsts(limit=20):
    return random.randint(limit - 2, limit)


class Site:
    """A database, its server, and what can be asked of it."""

    def __init__(self, binary, folder, scratch):
        self.folder = folder
        db = sqlite3.connect(f"file:{folder / 'data' / 'copydesk.db'}?mode=ro", uri=True)
        self.articles = db.execute("SELECT max(rowid) FROM articles").fetchone()[0]
        self.slugs = [row[0] for row in db.execute(
            f"SELECT slug FROM articles WHERE rowid IN ({','.join(str(random.randint(1, self.articles)) for _ in range(20_000))})")]
        self.authors = [row[0] for row in db.execute("SELECT slug FROM authors")]
        self.sections = [row[0] for row in db.execute("SELECT slug FROM sections")]
        self.tags = [row[0] for row in db.execute("SELECT slug FROM tags WHERE slug <> 'waiting'")]
        db.close()
        # No answers are kept, where this build would keep any.
        more = ["--cache-answers", "0"] if desk.knows(binary, "--cache-answers") else []
        self.server = desk.serve(binary, folder / "data", scratch / f"{folder.name}.log", "--rate-cost", "0,0", *more)
        self.ready = self.server.announced + desk.ready(self.server)
        self.public, self.staff = desk.Client(self.server), desk.signed_in(self.server)
        # Somebody who wrote none of the drafts, and may therefore review them.
        desk.add_user(binary, folder / "data", "reviewer@example.org")
        self.reviewer = desk.signed_in(self.server, "reviewer@example.org")
        self.schema = json.dumps(self.public.ask("{ __schema { queryType { fields { name args { name } } } } }"))
        self.cursors = []

    def deep(self):
        """Cursors at depths all over the list: only where they stand is known beforehand, as a client knows it that
        walked there. Found by time, since a walk of a million takes minutes; then walked on from."""
        if not self.cursors:
            for _ in range(60):
                day = f"{random.randint(2015, 2023)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}T00:00:00Z"
                found = self.public.ask("query ($day: DateTime!) { articles(first: 5, filter: { publishedBefore: $day }) { pageInfo { endCursor } } }", {"day": day})
                self.cursors.append(found["articles"]["pageInfo"]["endCursor"])
            self.cursors = [cursor for cursor in self.cursors if cursor]
        return self.cursors


def first_page(site):
    return site.public, f"query ($n: Int!) {{ articles(first: $n) {{ nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}", {"n": firsts()}


def deep_page(site):
    cursors = site.deep()
    at = random.randrange(len(cursors))

    def walk(data):
        cursors[at] = data["articles"]["pageInfo"]["endCursor"] or cursors[at]
    query = f"query ($n: Int!, $after: String) {{ articles(first: $n, after: $after) {{ nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    return site.public, query, {"n": firsts(), "after": cursors[at]}, walk


def article(site):
    query = (f"query ($slug: String!) {{ article(slug: $slug) {{ {FIELDS} body {{ html }} "
             "related(first: 3) { target { ... on Article { slug headline authors { slug name } } } } } }")
    return site.public, query, {"slug": random.choice(site.slugs)}


def author(site):
    query = f"query ($slug: String!, $n: Int!) {{ author(slug: $slug) {{ name articles(first: $n) {{ nodes {{ {FIELDS} }} }} }} }}"
    return site.public, query, {"slug": random.choice(site.authors), "n": firsts()}


def section(site):
    query = f"query ($slug: String!, $n: Int!) {{ section(slug: $slug) {{ name articles(first: $n) {{ nodes {{ {FIELDS} }} }} }} }}"
    return site.public, query, {"slug": random.choice(site.sections), "n": firsts()}


def tag(site):
    query = f"query ($slug: String!, $n: Int!) {{ tag(slug: $slug) {{ name articles(first: $n) {{ nodes {{ {FIELDS} }} }} }} }}"
    return site.public, query, {"slug": random.choice(site.tags), "n": firsts()}


def queue(site):
    query = ("query ($n: Int!) { drafts(first: $n, filter: { states: [IN_REVIEW] }) { nodes { id state updatedAt "
             "revision { headline section { name } authors { name } } } pageInfo { endCursor } } }")
    return site.staff, query, {"n": firsts()}


def desk_list(site):
    query = "query ($n: Int!) { drafts(first: $n) { nodes { id state updatedAt revision { headline section { name } authors { name } } } } }"
    return site.staff, query, {"n": firsts()}


def mine(site):
    query = ("query ($n: Int!) { drafts(first: $n, filter: { awaitingMyReview: true }) { nodes { id state updatedAt "
             "revision { headline section { name } authors { name } } } } }")
    return site.reviewer, query, {"n": firsts()}


def events(site):
    return site.staff, "query ($n: Int!) { events(first: $n) { nodes { id summary at } } }", {"n": firsts()}


def total(site):
    return site.public, "query ($n: Int!) { articles(first: $n) { totalCount nodes { slug } } }", {"n": firsts()}


def total_of_author(site):
    query = "query ($slug: String!, $n: Int!) { author(slug: $slug) { articles(first: $n) { totalCount nodes { slug } } } }"
    return site.public, query, {"slug": random.choice(site.authors), "n": firsts()}


def total_of_section(site):
    query = "query ($slug: String!, $n: Int!) { section(slug: $slug) { articles(first: $n) { totalCount nodes { slug } } } }"
    return site.public, query, {"slug": random.choice(site.sections), "n": firsts()}


def total_of_queue(site):
    query = "query ($n: Int!) { drafts(first: $n, filter: { states: [IN_REVIEW] }) { totalCount nodes { id } } }"
    return site.staff, query, {"n": firsts()}


def search(site):
    # One of 100 towns, which every hundredth run of 200 articles names in its headline.
    query = "query ($words: String!, $n: Int!) { search(query: $words, first: $n) { totalCount nodes { __typename } } }"
    return site.public, query, {"words": random.choice(TOWNS), "n": firsts()}


KINDS = {
    "first page": first_page, "deep page by cursor": deep_page, "article by slug": article, "author, 20 articles": author,
    "section, 20 articles": section, "tag, 20 articles": tag, "drafts in review": queue, "drafts awaiting my review": mine, "drafts, all": desk_list, "events, newest": events,
    "totalCount of articles": total, "totalCount of an author": total_of_author, "totalCount of a section": total_of_section,
    "totalCount in review": total_of_queue, "search": search,
}
# A small share of time measured is given to what answers slowly: at least so many requests.
LEAST = 4


def from_disk(pid):
    return int(pathlib.Path(f"/proc/{pid}/io").read_text().split("read_bytes: ")[1].split()[0])


def warm(path):
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 24):
            pass


class Measured:
    def __init__(self):
        self.times, self.cpu, self.disk = [], 0.0, 0

    def turn(self, site, kind, seconds):
        before, disk, end = site.server.cpu(), from_disk(site.server.pid), time.perf_counter() + seconds
        while True:
            client, query, variables, *after = kind(site)
            body = json.dumps({"query": query, "variables": variables})
            began = time.perf_counter()
            status, text = client.send(body)
            took = time.perf_counter() - began
            if status != 200 or b'"errors"' in text or b":null" in text[:60]:
                sys.exit(f"{body} is not answered as it should be: {status} {text[:600].decode()}")
            self.times.append(took)
            for follow in after:
                follow(json.loads(text)["data"])
            if time.perf_counter() > end:
                break
        self.cpu += site.server.cpu() - before
        self.disk += from_disk(site.server.pid) - disk

    @property
    def middle(self):
        return sorted(self.times)[len(self.times) // 2] * 1e3

    @property
    def each(self):
        return self.cpu / len(self.times) * 1e3


def measure(sites, kind, seconds):
    for site in sites:
        Measured().turn(site, kind, min(1.0, seconds / 4))
    found = [Measured() for _ in sites]
    turns = max(LEAST, round(seconds / 0.25))
    end = time.perf_counter() + seconds * len(sites) * 3
    for _ in range(turns):
        for site, one in zip(sites, found):
            one.turn(site, kind, 0.25)
        if time.perf_counter() > end:
            break
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("small", type=pathlib.Path)
    parser.add_argument("large", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--only")
    asked = parser.parse_args()
    sites, rows = [], []
    for folder in (asked.small, asked.large):
        warm(folder / "data" / "copydesk.db")
    try:
        for folder in (asked.small, asked.large):
            sites.append(Site(asked.binary, folder, folder))
        small, large = sites
        print(f"| one client, one request at a time | p50 ms, {small.articles:,} | p50 ms, {large.articles:,} | times | CPU ms, {small.articles:,} | CPU ms, {large.articles:,} | times | kB from disk |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for name, kind in KINDS.items():
            if asked.only and not any(part in name for part in asked.only.split(",")):
                continue
            if kind is search and '"search"' not in small.schema:
                print("| search | this build's schema has no field `search` | | | | | | |")
                continue
            few, many = measure(sites, kind, asked.seconds)
            rows.append((name, [few.middle, many.middle]))
            cpu = f"{many.each / few.each:.2f}" if few.each else "–"
            print(f"| {name} | {few.middle:.2f} | {many.middle:.2f} | **{many.middle / few.middle:.2f}** | {few.each:.2f} | {many.each:.2f} | {cpu} | {many.disk / len(many.times) / 1e3:.0f} |", flush=True)
        print(f"\nReady after start: {small.ready * 1000:.0f} ms with {small.articles:,} articles, {large.ready * 1000:.0f} ms with {large.articles:,}.")
        print(f"Memory (RssAnon) after: {small.server.memory():.1f} MB and {large.server.memory():.1f} MB.")
    finally:
        for site in sites:
            site.server.stop()
    if asked.out:
        longest = 50.0
        asked.out.write_text(svg.bars(
            "Latency of one request, middle (ms)", f"One client, no two requests alike; bars end at {longest:.0f} ms.", rows,
            [f"{site.articles:,} articles" for site in sites], lambda value: f"{value:.2f}", lambda value: min(value, longest)))


if __name__ == "__main__":
    main()
