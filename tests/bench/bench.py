"""Reading under load: starts servers, asks, measures and writes the tables.

bench.py BINARY STATIC FOLDER [--peer] [--svg FILE]     FOLDER is what `run` made: posts, and a database of them
"""

import argparse
import http.client
import json
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

import desk
import peer
import svg
from desk import HERTZ, Server, ready

HERE = pathlib.Path(__file__).parent
SECONDS = min(float(os.environ.get("BENCH_SECONDS", "6")), 8)
RELATED = "related(first: 3) { target { ... on Article { slug headline authors { slug name } } } }"
# The number is what makes a request another one; see load.lua.
QUERIES = {
    "Q1": "#0000000\n{ articles(first: 20) { nodes { slug headline dek section { slug name } authors { slug name } } } }",
    "Q2": "#0000000\nquery ($slug: String!) { article(slug: $slug) { slug headline dek publishedAt body { html } "
          f"section {{ slug name }} authors {{ slug name }} {RELATED} }} }}",
    "Q3": "#0000000\nquery ($slug: String!) { author(slug: $slug) { slug name articles(first: 20) { nodes { "
          f"slug headline publishedAt {RELATED} }} }} }} }}",
}


def bodies(posts, scratch):
    """A file of requests for each query, a line each."""
    slugs = sorted(re.sub(r"^\d{4}-\d\d-\d\d-", "", path.stem) for path in posts.glob("*/*.md"))
    dice = random.Random(1)
    names = {name for path in dice.sample(sorted(posts.glob("*/*.md")), min(2000, len(slugs)))
             for name in json.loads(re.search(r"^authors: (.*)$", path.read_text(), re.M)[1])}
    variables = {
        "Q1": [{}],
        "Q2": [{"slug": slug} for slug in dice.sample(slugs, min(1000, len(slugs)))],
        "Q3": [{"slug": name.lower().replace(" ", "-")} for name in sorted(names)],
    }
    for query, text in QUERIES.items():
        lines = (json.dumps({"query": text, "variables": each}) + "\n" for each in variables[query])
        (scratch / query).write_text("".join(lines))


def check(server, query, scratch, posts):
    """Asks each request once: nothing may be missing. Keeps the answers, and tells a middling one's length."""
    least = {"Q1": 20, "Q2": 1, "Q3": min(20, posts // 200)}[query]
    connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
    answers = []
    for body in (scratch / query).read_text().splitlines():
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        answer = json.loads(text)
        data = answer.get("data") or {}
        articles = {"Q1": lambda: data["articles"]["nodes"], "Q2": lambda: [data["article"]],
                    "Q3": lambda: data["author"]["articles"]["nodes"]}[query]
        try:
            found = articles()
            whole = len(found) >= least and all(
                (query == "Q3" or (one["authors"] and one["section"]))
                and (query == "Q1" or (len(one["related"]) == 3 and all(link["target"]["authors"] for link in one["related"])))
                and (query != "Q2" or len(one["body"]["html"]) > 3_000) for one in found)
        except (KeyError, TypeError):
            whole = False
        if response.status != 200 or "errors" in answer or not whole:
            sys.exit(f"{query} is not answered as it should be: {response.status} {body} {text[:600]}")
        answers.append(text)
    (scratch / f"{query}.answer").write_bytes(b"\n".join(answers) + b"\n")
    answers.sort(key=len)
    return len(answers[len(answers) // 2])


def busy():
    """Seconds of CPU that the whole machine has used."""
    fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    return (sum(map(int, fields)) - int(fields[3]) - int(fields[4])) / HERTZ


def wrk_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def load(server, requests_file, mode="again"):
    """A second to warm up, then what one run of wrk says and what the server used for it."""
    def run(seconds):
        command = ["wrk", "-t1", "-c32", "--timeout", "20s", f"-d{seconds:g}s", "-s", HERE / "load.lua",
                   f"http://{server.host}:{server.port}/graphql", "--", requests_file, mode]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return list(map(int, re.search(r"MEASURED (.*)", output)[1].split()))

    run(1)
    cpu, clock, machine, others = server.cpu(), time.perf_counter(), busy(), wrk_cpu()
    requests, duration, middle, last, errors = run(SECONDS)
    took = time.perf_counter() - clock
    own = server.cpu() - cpu
    if errors:
        sys.exit(f"{requests_file.name}: {errors} requests failed under load")
    foreign = max(0.0, busy() - machine - own - (wrk_cpu() - others)) / took / (os.cpu_count() or 1)
    return {"requests": requests, "rate": requests / duration * 1e6, "p50": middle / 1e3, "p99": last / 1e3, "cpu": own / requests * 1e6, "foreign": foreign}


def unchanged(server, scratch):
    """Q1 by GET, as by a client that has its answer: says whether the server tells that it is the same still."""
    path = "/graphql?" + urllib.parse.urlencode({"query": QUERIES["Q1"].split("\n", 1)[1]})
    headers = {"Accept": "application/graphql-response+json", "apollo-require-preflight": "1"}

    def get(more):
        connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
        connection.request("GET", path, headers=headers | more)
        response = connection.getresponse()
        return response.status, response.getheader("ETag"), response.read()

    status, tag, text = get({})
    if status != 200 or not tag:
        return None
    status, _, nothing = get({"If-None-Match": tag})
    if status != 304 or nothing:
        return None
    (scratch / "Q1.get").write_text(f"{path}\t{tag}\n")
    return len(text)


def starts(binary, data, log):
    """How long starting takes on an existing database, and the memory a second after: the middle of three."""
    took, memory = [], []
    for _ in range(3):
        server = desk.serve(binary, data, log)
        try:
            took.append(server.announced + ready(server))
            time.sleep(1)
            memory.append(server.memory())
        finally:
            server.stop()
    return sorted(took)[1], sorted(memory)[1]


def importing(binary, posts):
    """Seconds that an import of so many posts takes, into a database with an administrator and nothing else."""
    with tempfile.TemporaryDirectory(prefix="copydesk-import-") as folder:
        folder = pathlib.Path(folder)
        subprocess.run([HERE / "generate", folder / "posts", str(posts)], check=True)
        desk.add_user(binary, folder / "data")
        began = time.perf_counter()
        subprocess.run([binary, "import", "markdown", folder / "posts", "--data-dir", folder / "data", "--as-user", desk.EMAIL],
                       check=True, capture_output=True, timeout=120)
        return time.perf_counter() - began


def reading(binary, static, folder, with_peer):
    """Rows of (query, what, bytes, what load found, static's), and the server's memory after all of them."""
    scratch, data = folder / "scratch", folder / "data"
    posts = int((folder / "imported").read_text().split()[0])
    bodies(folder / "posts", scratch)
    rows, running = [], []
    try:
        # What is asked for the first time may find no answer that is kept, whatever is told apart by comments.
        is_cached = desk.knows(binary, "--cache-answers")
        warm = desk.serve(binary, data, scratch / "copydesk.log")
        running.append(warm)
        cold = desk.serve(binary, data, scratch / "first.log", "--cache-answers", "0") if is_cached else warm
        running.append(cold)
        other = peer.PostGraphile(folder, data / "copydesk.db") if with_peer else None
        if other:
            running.append(other)
            peer.bodies(scratch)
        for query in QUERIES:
            size = check(warm, query, scratch, posts)
            bare = Server(scratch / "static.log", static, str(scratch / f"{query}.answer"))
            running.append(bare)
            floor = load(bare, scratch / query)
            bare.stop()
            rows.append((query, "first time", size, load(cold, scratch / query, "new"), floor))
            if other:
                other_size = peer.check(other, query, scratch)
                rows.append((query, "PostGraphile", other_size, load(other, scratch / f"{query}.peer"), floor))
                # Ours once more on the other side of it, so that what the machine does besides shows.
                rows.append((query, "first time, once more", size, load(cold, scratch / query, "new"), floor))
            rows.append((query, "again", size, load(warm, scratch / query), floor))
            if query == "Q1" and unchanged(warm, scratch):
                rows.append((query, "again, 304", 0, load(warm, scratch / "Q1.get", "get"), floor))
            rows.append((query, "static", size, floor, floor))
        return rows, warm.memory(), is_cached
    finally:
        for server in running:
            server.stop()


def main():
    # Whoever is told to end stops its servers first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("static")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--peer", action="store_true", help="measure PostGraphile, too")
    parser.add_argument("--svg", type=pathlib.Path, help="where to plot requests a second")
    asked = parser.parse_args()
    (asked.folder / "scratch").mkdir(exist_ok=True)
    took, idle = starts(asked.binary, asked.folder / "data", asked.folder / "scratch" / "start.log")
    rows, loaded, is_cached = reading(asked.binary, asked.static, asked.folder, asked.peer)
    print("| query | | bytes | requests/s | p50 ms | p99 ms | server CPU µs | of static | others' CPU |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for query, what, size, found, floor in rows:
        print(f"| {query} | {what} | {size:,} | {found['rate']:,.0f} | {found['p50']:.2f} | {found['p99']:.2f} | "
              f"{found['cpu']:,.1f} | {floor['cpu'] / found['cpu']:.1%} | {found['foreign']:.0%} |")
    if not is_cached:
        print("\nThis build keeps no answers: 'again' is what 'first time' is.")
    if not any(what == "again, 304" for _, what, *_ in rows):
        print("\nThis build gives no ETag by which it says 304.")
    by = {(query, what): found for query, what, _, found, _ in rows}
    if asked.peer:
        print("\n| ours for the first time, in PostGraphile's | Q1 | Q2 | Q3 |\n| --- | ---: | ---: | ---: |")
        ours = {query: {key: (by[query, "first time"][key] + by[query, "first time, once more"][key]) / 2 for key in ("rate", "cpu")} for query in QUERIES}
        print("| requests a second | " + " | ".join(f"**{ours[query]['rate'] / by[query, 'PostGraphile']['rate']:.1f}**" for query in QUERIES) + " |")
        print("| requests for the same CPU time | " + " | ".join(f"{by[query, 'PostGraphile']['cpu'] / ours[query]['cpu']:.1f}" for query in QUERIES) + " |")
    size = sum(path.stat().st_size for path in (asked.folder / "data").glob("copydesk.db*"))
    posts, seconds = (asked.folder / "imported").read_text().split()
    few = importing(asked.binary, 500)
    print("\n| | |\n| --- | ---: |")
    print(f"| ready after start, on the existing database (middle of 3) | {took * 1000:.0f} ms |")
    print(f"| memory (RssAnon) idle | {idle:.1f} MB |")
    print(f"| memory (RssAnon) after the runs | {loaded:.1f} MB |")
    print(f"| import of 500 posts | {few:.1f} s, {500 / few:,.0f} posts/s |")
    print(f"| import of {int(posts):,} posts | {float(seconds):.1f} s, {int(posts) / float(seconds):,.0f} posts/s |")
    print(f"| database | {size / 1e6:,.0f} MB |")
    if asked.svg:
        whats = ["first time", "PostGraphile", "again", "static"] if asked.peer else ["first time", "again", "static"]
        groups = [(query, [by[query, what]["rate"] for what in whats]) for query in QUERIES]
        asked.svg.write_text(svg.bars("Requests a second, 32 connections", "Lengths are square roots, so that all can be seen.", groups, whats,
                                      lambda value: f"{value:,.0f}", lambda value: value ** 0.5))


if __name__ == "__main__":
    main()
