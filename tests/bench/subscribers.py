"""Many sockets that listen: subscribers.py BINARY [SOCKETS]

Each is a WebSocket of its own that subscribes to `articlePublished`, as the anonymous. Then an article goes live,
and it is noted when the last of them has heard of it. 5,000 unless told otherwise; the server is on a database of
its own, with nothing else in it.
"""

import asyncio
import base64
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import desk

SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": "subscription { articlePublished { slug headline section { name } authors { name } } }"}}
POST = '---\ntitle: "A first one"\ndate: "2020-01-01T00:00:00Z"\nauthors: ["Ada Bo"]\nsection: "City"\ntags: []\n---\n\nSome words.\n'
AT_ONCE = 200


def frame(message):
    """A client's text frame; the mask may be zeros."""
    text = json.dumps(message).encode()
    size = bytes((0x80 | len(text),)) if len(text) < 126 else bytes((0x80 | 126,)) + len(text).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + text


async def received(reader):
    head = await reader.readexactly(2)
    size = head[1] & 127
    if size >= 126:
        size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
    return head[0] & 15, await reader.readexactly(size)


async def subscribed(server, gate):
    async with gate:
        reader, writer = await asyncio.open_connection(server.host, server.port, limit=4096)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write((f"GET /graphql HTTP/1.1\r\nHost: {server.host}:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n").encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            sys.exit(f"a socket was refused: {head[:200]}")
        writer.write(frame({"type": "connection_init"}))
        _, text = await received(reader)
        if b"connection_ack" not in text:
            sys.exit(f"a socket was not taken: {text}")
        writer.write(frame(SUBSCRIBE))
        await writer.drain()
        return reader, writer


async def hears(reader, writer):
    """Until the article has come; answers the server's pings meanwhile."""
    while True:
        kind, text = await received(reader)
        if kind == 9:
            writer.write(b"\x8a\x80" + bytes(4))
        elif kind == 8:
            sys.exit(f"the server closed a socket: {text}")
        elif b'"next"' in text:
            return time.perf_counter()
        elif b'"ping"' in text:
            writer.write(frame({"type": "pong"}))
        elif b'"error"' in text:
            sys.exit(f"the subscription was refused: {text}")


def publish(staff, found):
    """The administrator publishes by override, since nobody else is there to approve."""
    draft = staff.ask("mutation ($input: CreateDraftInput!) { createDraft(input: $input) { draft { id } } }", {"input": {
        "headline": "What all hear of", "dek": "News.", "body": "Some words.", "sectionId": found["sections"][0]["id"],
        "authorIds": [found["authors"]["nodes"][0]["id"]]}})["createDraft"]["draft"]["id"]
    began = time.perf_counter()
    staff.ask("mutation ($input: PublishDraftInput!) { publishDraft(input: $input) { article { slug } } }", {"input": {
        "draftId": draft, "revision": 1, "override": {"reason": "Nobody else is here."}}})
    return began, time.perf_counter()


async def listen(server, staff, sockets):
    idle, gate = server.memory(), asyncio.Semaphore(AT_ONCE)
    began = time.perf_counter()
    taken = await asyncio.gather(*(subscribed(server, gate) for _ in range(sockets)))
    opened = time.perf_counter() - began
    waiting = [asyncio.create_task(hears(*each)) for each in taken]
    await asyncio.sleep(3)
    held, cpu = server.memory(), server.cpu()
    found = staff.ask("{ sections { id } authors(first: 1) { nodes { id } } }")
    sent, answered = await asyncio.get_running_loop().run_in_executor(None, publish, staff, found)
    heard = sorted(await asyncio.wait_for(asyncio.gather(*waiting), 60))
    print("| | |\n| --- | ---: |")
    print(f"| {sockets:,} sockets open and subscribed after | {opened:.1f} s |")
    print(f"| memory (RssAnon) before, with all of them, after the article | {idle:.1f}, {held:.1f}, {server.memory():.1f} MB |")
    print(f"| the first hears of an article, from the mutation's being sent | {(heard[0] - sent) * 1000:.0f} ms |")
    print(f"| the middle one, the last one | {(heard[len(heard) // 2] - sent) * 1000:.0f} ms, {(heard[-1] - sent) * 1000:.0f} ms |")
    print(f"| the mutation is answered after | {(answered - sent) * 1000:.0f} ms |")
    print(f"| server CPU from sending to the last one's hearing | {(server.cpu() - cpu) * 1000:.0f} ms |")
    for _, writer in taken:
        writer.transport.abort()


def main():
    binary, sockets = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most < sockets + 100:
        sys.exit(f"{most} files may be open at a time, which is too few for {sockets} sockets")
    with tempfile.TemporaryDirectory(prefix="copydesk-sockets-") as folder:
        folder = pathlib.Path(folder)
        desk.add_user(binary, folder / "data")
        (folder / "posts").mkdir()
        (folder / "posts" / "2020-01-01-first.md").write_text(POST)
        subprocess.run([binary, "import", "markdown", folder / "posts", "--data-dir", folder / "data", "--as-user", desk.EMAIL], check=True, capture_output=True)
        server = desk.serve(binary, folder / "data", folder / "log", "--limit-sockets", "0,0")
        try:
            desk.ready(server)
            asyncio.run(listen(server, desk.signed_in(server), sockets))
        finally:
            server.stop()


main()
