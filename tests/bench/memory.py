"""Memory under queries that are all different: memory.py BINARY FOLDER [QUERIES]

FOLDER is what `run` made. Each query has an alias of its own, so that each is another document, another question and
another answer. 1,000,000 unless told otherwise, on a server with its own settings.
"""

import json
import os
import pathlib
import sys
import time

import desk
from bench import load

binary, folder = sys.argv[1], pathlib.Path(sys.argv[2])
most = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
scratch = folder / "scratch"
scratch.mkdir(exist_ok=True)
query = "{ a_0000000: articles(first: 20) { nodes { slug headline dek section { slug name } authors { slug name } } } }"
(scratch / "different").write_text(json.dumps({"query": query}) + "\n")
server = desk.serve(binary, folder / "data", scratch / "memory.log", *os.environ.get("BENCH_SERVE", "").split())
try:
    desk.ready(server)
    time.sleep(1)
    asked, highest, told = 0, server.memory(), [(0, server.memory())]
    while asked < most:
        asked += load(server, scratch / "different", "new")["requests"]
        highest = max(highest, server.memory())
        if asked > 2 * told[-1][0]:
            told.append((asked, server.memory()))
    told.append((asked, server.memory()))
finally:
    server.stop()
print("| different queries asked | memory (RssAnon) MB |\n| ---: | ---: |")
for count, memory in told:
    print(f"| {count:,} | {memory:.0f} |")
print(f"\nHighest: {highest:.0f} MB.")
