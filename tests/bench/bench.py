"""What `run` needs besides a shell: starts servers, asks, measures and writes the table."""

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
import time

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
    """Asks each request once: nothing may be missing. Keeps the answer of middling length."""
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
    answers.sort(key=len)
    (scratch / f"{query}.answer").write_bytes(answers[len(answers) // 2])
    return len(answers[len(answers) // 2])


def busy():
    """Seconds of CPU that the whole machine has used."""
    fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    return (sum(map(int, fields)) - int(fields[3]) - int(fields[4])) / HERTZ


def wrk_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def load(server, query, scratch, new=False):
    """A second to warm up, then what one run of wrk says and what the server used for it."""
    def run(seconds):
        command = ["wrk", "-t1", "-c32", f"-d{seconds:g}s", "-s", HERE / "load.lua",
                   f"http://{server.host}:{server.port}/graphql", "--", scratch / query] + ["new"] * new
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return list(map(int, re.search(r"MEASURED (.*)", output)[1].split()))

    run(1)
    cpu, clock, machine, others = server.cpu(), time.perf_counter(), busy(), wrk_cpu()
    requests, duration, middle, last, errors = run(SECONDS)
    took = time.perf_counter() - clock
    own = server.cpu() - cpu
    if errors:
        sys.exit(f"{query}: {errors} requests failed under load")
    foreign = max(0.0, busy() - machine - own - (wrk_cpu() - others)) / took / (os.cpu_count() or 1)
    return {"rate": requests / duration * 1e6, "p50": middle / 1e3, "p99": last / 1e3, "cpu": own / requests * 1e6, "foreign": foreign}


def main():
    # Whoever is told to end stops its servers first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    binary, static, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    posts, seconds = (folder / "imported").read_text().split()
    bodies(folder / "posts", scratch)
    serve = [binary, "serve", "--data-dir", str(folder / "data"), "--listen", "127.0.0.1:0"]
    starts = []
    for _ in range(3):
        desk = Server(scratch / "copydesk.log", *serve)
        try:
            starts.append(desk.announced + ready(desk))
        finally:
            desk.stop()
    desk = Server(scratch / "copydesk.log", *serve)
    rows = []
    try:
        ready(desk)
        time.sleep(1)
        idle = desk.memory()
        sizes = {query: check(desk, query, scratch, int(posts)) for query in QUERIES}
        for query in QUERIES:
            first, again = load(desk, query, scratch, new=True), load(desk, query, scratch)
            bare = Server(scratch / "static.log", static, str(scratch / f"{query}.answer"))
            try:
                floor = load(bare, query, scratch)
            finally:
                bare.stop()
            rows += [(query, "first time", sizes[query], first, floor), (query, "again", sizes[query], again, floor),
                     (query, "static", sizes[query], floor, floor)]
        loaded = desk.memory()
    finally:
        desk.stop()
    print("| query | | bytes | requests/s | p50 ms | p99 ms | server CPU µs | of static | others' CPU |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for query, what, size, found, floor in rows:
        print(f"| {query} | {what} | {size:,} | {found['rate']:,.0f} | {found['p50']:.2f} | {found['p99']:.2f} | "
              f"{found['cpu']:,.1f} | {floor['cpu'] / found['cpu']:.1%} | {found['foreign']:.0%} |")
    size = sum(path.stat().st_size for path in (folder / "data").glob("copydesk.db*"))
    print("\n| | |\n| --- | ---: |")
    print(f"| ready after start, on the existing database (middle of 3) | {sorted(starts)[1] * 1000:.0f} ms |")
    print(f"| memory (RssAnon) idle | {idle:.1f} MB |")
    print(f"| memory (RssAnon) after the runs | {loaded:.1f} MB |")
    print(f"| import of {int(posts):,} posts | {float(seconds):.1f} s, {int(posts) / float(seconds):,.0f} posts/s |")
    print(f"| database | {size / 1e6:,.0f} MB |")


if __name__ == "__main__":
    main()
