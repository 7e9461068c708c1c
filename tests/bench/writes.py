#!/usr/bin/env python3
"""Measures writing on SQLite: writes.py BINARY BARE [SECONDS]

BINARY is copydesk, BARE the example `bare_writes`. 32 clients loop createDraft, submitDraft, reviewDraft, publishDraft.
The clients' CPU time is told too: they share the machine with the server.
"""
import http.client, json, os, pathlib, re, subprocess, sys, tempfile, threading, time

CLIENTS = 32
BODY = "\n\n".join(f"Paragraph {n} says what happened at the harbour bridge, who was there and why it took so long. " * 2 for n in range(10))


class Client:
    def __init__(self, address, token=None):
        self.http = http.client.HTTPConnection(address, timeout=60)
        self.http.connect()
        import socket
        self.http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})

    def act(self, name, selection, given, kind=None):
        kind = kind or name[0].upper() + name[1:] + "Input"
        query = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} }} }}"
        self.http.request("POST", "/graphql", json.dumps({"query": query, "variables": {"input": given}}), self.headers)
        body = json.loads(self.http.getresponse().read())
        if body.get("errors"):
            raise RuntimeError(f"{name}: {body['errors'][0]}")
        return body["data"][name]


def cpu(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bare(program, folder, seconds):
    out = subprocess.run([program, f"{folder}/bare.db", str(seconds)], check=True, capture_output=True, text=True)
    return json.loads(out.stdout)


def loop(address, tokens, section, author, place, until, took, errors):
    writer, editor = Client(address, tokens[0]), Client(address, tokens[1])
    number = 0
    def timed(who, name, selection, given):
        began = time.monotonic()
        got = who.act(name, selection, given)
        took.setdefault(name, []).append(time.monotonic() - began)
        return got
    while time.monotonic() < until:
        number += 1
        try:
            made = timed(writer, "createDraft", "draft { id revision { number } }", {"headline": f"Client {place} writes {number}", "dek": "A line.", "body": BODY, "sectionId": section, "authorIds": [author]})
            draft = {"draftId": made["draft"]["id"], "revision": made["draft"]["revision"]["number"]}
            timed(writer, "submitDraft", "draft { state }", draft)
            timed(editor, "reviewDraft", "draft { state }", draft | {"stage": "EDIT", "verdict": "APPROVE"})
            timed(editor, "publishDraft", "article { id }", draft)
        except Exception as error:
            errors.append(str(error))
            writer, editor = Client(address, tokens[0]), Client(address, tokens[1])


def served(binary, folder, seconds):
    people = {"admin": "ADMIN", "writer": "WRITER", "editor": "EDITOR,PUBLISHER"}
    for name, roles in people.items():
        subprocess.run([binary, "user", "add", "--data-dir", folder, "--email", f"{name}@example.org", "--name", name, "--roles", roles, "--password-stdin"],
                       input="a password for measuring", text=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    flags = os.environ.get("BENCH_FLAGS", "").split()
    server = subprocess.Popen([binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder, *flags], stdout=subprocess.PIPE, stderr=open(f"{folder}/log", "w"), text=True)
    try:
        address = re.search(r"http://([^/]+)/", server.stdout.readline())[1]
        tokens = {}
        for name in people:
            got = Client(address).act("signIn", "token", {"email": f"{name}@example.org", "password": "a password for measuring"})
            tokens[name] = got["token"]
        admin = Client(address, tokens["admin"])
        section = admin.act("createSection", "section { id }", {"name": "News"})["section"]["id"]
        author = admin.act("createAuthor", "author { id }", {"name": "A Writer"})["author"]["id"]
        all_took, errors, threads = [], [], []
        before, own, began = cpu(server.pid), time.process_time(), time.monotonic()
        for place in range(CLIENTS):
            took = {}
            all_took.append(took)
            threads.append(threading.Thread(target=loop, args=(address, (tokens["writer"], tokens["editor"]), section, author, place, began + seconds, took, errors)))
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        lasted = time.monotonic() - began
        server_cpu, own = cpu(server.pid) - before, time.process_time() - own
        return all_took, errors, lasted, server_cpu, own
    finally:
        server.terminate()
        server.wait()


def main():
    binary, example, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 10
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        limit = bare(example, folder, min(seconds, 5)) if example != "-" else {"rate": 0, "p50": 0, "p99": 0}
        print(f"bare loop: {limit['rate']} transactions/s, p50 {limit['p50']} ms, p99 {limit['p99']} ms")
        all_took, errors, lasted, server_cpu, own = served(binary, folder, seconds)
        log = pathlib.Path(f"{folder}/log").read_text()
    total = 0
    for name in ["createDraft", "submitDraft", "reviewDraft", "publishDraft"]:
        times = sorted(time for took in all_took for time in took.get(name, []))
        total += len(times)
        if times:
            print(f"{name}: {len(times)}, p50 {times[len(times) // 2] * 1000:.1f} ms, p99 {times[len(times) * 99 // 100] * 1000:.1f} ms")
    share = f"{100 * total / lasted / limit['rate']:.0f} % of the bare loop" if limit["rate"] else ""
    print(f"copydesk: {total / lasted:.0f} transactions/s {share}")
    print(f"CPU per transaction: server {1e6 * server_cpu / max(total, 1):.0f} us, clients {1e6 * own / max(total, 1):.0f} us; of {lasted:.0f} s: server {server_cpu:.1f} s, clients {own:.1f} s")
    print(f"errors: {len(errors)}; 'database is locked': {sum('locked' in error for error in errors) + log.count('database is locked')}", *errors[:3])
    sys.exit(bool(errors))


main()
