"""JetStream through the `nats` command, unmodified, and backups carried to and from nats-server.

usage: jetstream_cli.py --server <path of the server's binary>
"""

import argparse
import asyncio
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from claims import Claims, skip
from interop_cli import Cli, find_command, killed
from server import Server

JETSTREAM = ("-js", "-sd", "store")


def find_official_server():
    """The official server's path, looked for where scripts/setup does."""
    build = pathlib.Path(__file__).resolve().parents[2] / "build/truth/nats-server"
    places = (
        os.environ.get("NATS_SERVER"),
        shutil.which("nats-server"),
        pathlib.Path.home() / "go/bin/nats-server",
        build,
    )
    for place in filter(None, places):
        if os.access(place, os.X_OK):
            said = subprocess.run([place, "-v"], capture_output=True, text=True).stdout
            if said.startswith("nats-server: v2"):
                return str(place)
    return None


class Session:
    """The command against one server: what it prints, or a claim that it goes wrong."""

    def __init__(self, claims, server, cli):
        self._claims = claims
        self._server = server
        self._cli = cli

    async def says(self, *words, stdin=None):
        """All it prints; that it ends well is a claim."""
        code, out = await self._cli.run(self._server.url, *words, stdin=stdin)
        self._claims.holds(code == 0, " ".join(words[:3]), out)
        return out.strip()

    async def refuses(self, *words):
        code, out = await self._cli.run(self._server.url, *words)
        self._claims.holds(code != 0, f"{' '.join(words[:3])} is refused", out)
        return out

    async def json(self, *words):
        """The JSON it prints, which may follow a line of text."""
        out = await self.says(*words, "--json")
        return json.loads(out[min(i for i in map(out.find, "{[") if i >= 0) :])

    async def last_line(self, *words):
        return (await self.says(*words)).splitlines()[-1]


async def streams(claims, server, cli):
    nats = Session(claims, server, cli)
    words = ("--subjects", "orders.*", "--max-msgs", "10", "--defaults")
    made = await nats.json("stream", "add", "orders", *words)
    claims.equal(
        (made["config"]["subjects"], made["config"]["max_msgs"], made["config"]["storage"]),
        (["orders.*"], 10, "file"),
        "a stream is made as it is asked for",
    )
    await nats.says("stream", "edit", "orders", "--max-msgs", "20", "--force")
    info = await nats.json("stream", "info", "orders")
    claims.equal(info["config"]["max_msgs"], 20, "an edit changes it")
    await nats.says("pub", "orders.new", "order {{Count}}", "--count", "5", "--jetstream")
    stored = await nats.says("pub", "orders.paid", "order 1", "--jetstream")
    claims.holds("Sequence: 6" in stored, "pub shows where it is stored", stored)
    names = await nats.says("stream", "ls", "--names")
    claims.equal(names.split(), ["orders"], "ls lists it")
    report = await nats.says("stream", "report")
    claims.holds("orders" in report and "File" in report, "report reports it", report)
    subjects = await nats.json("stream", "subjects", "orders")
    claims.equal(subjects, {"orders.new": 5, "orders.paid": 1}, "subjects counts them")
    message = await nats.json("stream", "get", "orders", "2")
    claims.equal((message["subject"], message["seq"]), ("orders.new", 2), "get gets a message")
    last = await nats.json("stream", "get", "orders", "--last-for", "orders.new")
    claims.equal(last["seq"], 5, "or the last of a subject")
    await nats.says("stream", "rmm", "orders", "3", "--force")
    state = (await nats.json("stream", "info", "orders"))["state"]
    claims.equal((state["messages"], state["num_deleted"]), (5, 1), "rmm removes one")
    gaps = await nats.says("stream", "gaps", "orders", "--force")
    claims.holds("3" in gaps, "gaps shows where it was", gaps)
    await nats.says("stream", "purge", "orders", "--subject", "orders.paid", "--force")
    state = (await nats.json("stream", "info", "orders"))["state"]
    claims.equal(state["messages"], 4, "purge by subject")
    await nats.says("stream", "purge", "orders", "--force")
    state = (await nats.json("stream", "info", "orders"))["state"]
    claims.equal((state["messages"], state["last_seq"]), (0, 6), "purge of all")
    await nats.says("stream", "seal", "orders", "--force")
    refusal = await nats.refuses("pub", "orders.new", "late", "--jetstream")
    claims.holds("sealed" in refusal or "10109" in refusal, "a sealed stream says so", refusal)
    account = await nats.says("account", "info")
    claims.holds("JetStream Account Information" in account, "the account is shown", account)
    await nats.says("stream", "rm", "orders", "--force")
    await nats.refuses("stream", "info", "orders", "--json")


async def consumers(claims, server, cli):
    nats = Session(claims, server, cli)
    await nats.says("stream", "add", "jobs", "--subjects", "jobs", "--defaults")
    await nats.says("pub", "jobs", "job {{Count}}", "--count", "4", "--jetstream")
    await nats.says("consumer", "add", "jobs", "worker", "--pull", "--defaults")
    taken = await nats.says("consumer", "next", "jobs", "worker", "--count", "2", "--raw")
    claims.equal(taken.split("\n"), ["job 1", "job 2"], "next brings messages, and acknowledges")
    info = await nats.json("consumer", "info", "jobs", "worker")
    claims.equal(
        (info["ack_floor"]["stream_seq"], info["num_pending"]), (2, 2), "info knows what is left"
    )
    await nats.says("consumer", "edit", "jobs", "worker", "--max-pending", "7", "--force")
    info = await nats.json("consumer", "info", "jobs", "worker")
    claims.equal(info["config"]["max_ack_pending"], 7, "edit changes it")
    await nats.says("consumer", "pause", "jobs", "worker", "1h", "--force")
    info = await nats.json("consumer", "info", "jobs", "worker")
    claims.equal(info["paused"], True, "pause pauses it")
    await nats.says("consumer", "resume", "jobs", "worker", "--force")
    names = await nats.says("consumer", "ls", "jobs", "--names")
    claims.equal(names.split(), ["worker"], "ls lists it")
    report = await nats.says("consumer", "report", "jobs")
    claims.holds("worker" in report and "Explicit" in report, "report reports it", report)
    rest = await nats.says("consumer", "next", "jobs", "worker", "--count", "2", "--raw")
    claims.equal(rest.split("\n"), ["job 3", "job 4"], "next goes on")
    replay = await nats.says("sub", "jobs", "--all", "--count", "4", "--raw")
    claims.equal(replay.split("\n")[-4:], [f"job {n}" for n in range(1, 5)], "sub --all replays")
    await nats.says("consumer", "rm", "jobs", "worker", "--force")
    await nats.refuses("consumer", "info", "jobs", "worker", "--json")
    await nats.says("stream", "rm", "jobs", "--force")


async def key_value(claims, server, cli):
    nats = Session(claims, server, cli)
    await nats.says("kv", "add", "config", "--history", "5")
    claims.equal(await nats.says("kv", "put", "config", "size", "1"), "1", "put puts a value")
    claims.equal(await nats.says("kv", "get", "config", "size", "--raw"), "1", "get gets it")
    await nats.says("kv", "create", "config", "color", "red")
    refusal = await nats.refuses("kv", "create", "config", "color", "blue")
    claims.holds("10071" in refusal, "a key is created once", refusal)
    await nats.says("kv", "update", "config", "color", "blue", "2")
    refusal = await nats.refuses("kv", "update", "config", "color", "green", "2")
    claims.holds("10071" in refusal, "an update needs the last revision", refusal)
    keys = await nats.says("kv", "ls", "config")
    claims.equal(sorted(keys.split()), ["color", "size"], "ls lists the keys")
    await nats.says("kv", "revert", "config", "color", "2", "--force")
    history = await nats.says("kv", "history", "config", "color")
    claims.equal(history.count("PUT"), 3, "history shows each value")

    watch = await cli.start(server.url, "kv", "watch", "config", "size")
    with killed(watch):
        first = (await watch.stdout.readline()).decode()
        await nats.says("kv", "del", "config", "size", "--force")
        second = (await watch.stdout.readline()).decode()
    await watch.wait()
    claims.holds("PUT" in first and "DELETE" in second, "watch shows each change", first + second)
    await nats.says("kv", "purge", "config", "color", "--force")
    await nats.refuses("kv", "get", "config", "color")
    buckets = await nats.says("kv", "ls", "--names")
    claims.equal(buckets, "config", "ls lists the buckets")
    status = await nats.says("kv", "info", "config")
    claims.holds("History Kept: 5" in status, "info shows the bucket", status)
    await nats.says("kv", "compact", "config", "--force")
    await nats.says("kv", "rm", "config", "--force")


async def object_store(claims, server, cli, home):
    nats = Session(claims, server, cli)
    given, back = pathlib.Path(home, "given.bin"), pathlib.Path(home, "back.bin")
    given.write_bytes(os.urandom(3_000_000))
    await nats.says("object", "add", "files")
    put = ("object", "put", "files", str(given), "--name", "blob", "--force", "--no-progress")
    await nats.says(*put)
    listed = await nats.says("object", "ls", "files")
    claims.holds("blob" in listed, "ls lists it", listed)
    info = await nats.says("object", "info", "files", "blob")
    claims.holds("Chunks: 23" in info and "SHA-256" in info, "info shows chunks and digest", info)
    get = ("object", "get", "files", "blob", "--output", str(back), "--force", "--no-progress")
    await nats.says(*get)
    claims.holds(given.read_bytes() == back.read_bytes(), "a file comes back whole")
    await nats.says("object", "rm", "files", "blob", "--force")
    await nats.refuses("object", "info", "files", "blob")
    await nats.says("object", "seal", "files", "--force")
    await nats.refuses(*put)
    await nats.says("object", "rm", "files", "--force")


async def benchmarks(claims, server, cli):
    nats = Session(claims, server, cli)
    small = ("--msgs", "2000", "--no-progress")
    # Its own --create asks for a stream with atomic batches, which there are not yet.
    await nats.says("stream", "add", "benchstream", "--subjects", "bench.>", "--defaults")
    await nats.says("bench", "js", "pub", "async", *small, "bench.subject")
    await nats.says("bench", "js", "ordered", *small)
    await nats.says("bench", "js", "consume", *small)
    await nats.says("consumer", "rm", "benchstream", "nats-bench", "--force")
    await nats.says("bench", "js", "fetch", *small)
    await nats.says("bench", "js", "get", "sync", *small)
    await nats.says("bench", "js", "get", "batch", *small)
    state = (await nats.json("stream", "info", "benchstream"))["state"]
    claims.equal(state["messages"], 2000, "the stream holds what was published")
    await nats.says("stream", "rm", "benchstream", "--force")


async def backup(claims, source, target, cli):
    """A stream with its consumer leaves one server and arrives in another."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=source.folder))
    there = Session(claims, source, cli)
    here = Session(claims, target, cli)
    words = ("--subjects", "orders.*", "--defaults", "--allow-msg-ttl")
    await there.says("stream", "add", "orders", *words)
    await there.says("pub", "orders.new", "order {{Count}}", "--count", "300", "--jetstream")
    once = ("-H", "Nats-Msg-Id:once", "--jetstream")
    await there.says("pub", "orders.paid", "x", "-H", "By:card", *once)
    await there.says("stream", "rmm", "orders", "250", "--force")
    await there.says("consumer", "add", "orders", "worker", "--pull", "--defaults")
    await there.says("consumer", "next", "orders", "worker", "--count", "200", "--raw")
    before = await there.json("stream", "info", "orders")
    original = await there.json("stream", "get", "orders", "301")
    await there.says("stream", "backup", "orders", str(folder), "--no-progress", "--consumers")
    await there.says("stream", "rm", "orders", "--force")

    await here.says("stream", "restore", str(folder), "--no-progress")
    after = await here.json("stream", "info", "orders")
    ends = ("first_seq", "last_seq", "first_ts", "last_ts")
    for part in ("messages", "bytes", "num_deleted", *ends):
        claims.equal(after["state"][part], before["state"][part], f"the same {part}")
    for info in (before, after):
        info["config"].pop("metadata", None)
    claims.equal(after["config"], before["config"], "the same configuration")
    message = await here.json("stream", "get", "orders", "301")
    claims.equal(message, original, "a message is the same to the byte")
    again = await here.says("pub", "orders.paid", "x", *once)
    claims.holds("Duplicate" in again or "301" in again, "message ids are remembered", again)
    consumer = await here.json("consumer", "info", "orders", "worker")
    claims.equal(
        (consumer["ack_floor"]["stream_seq"], consumer["num_pending"]),
        (200, 100),
        "the consumer stands where it stood",
    )
    rest = await here.says("consumer", "next", "orders", "worker", "--count", "100", "--raw")
    lines = rest.split("\n")
    claims.equal((lines[0], len(lines)), ("order 201", 100), "and goes on from there")
    await here.says("stream", "rm", "orders", "--force")


async def exchange(claims, binary, official, cli):
    async with Server(binary, *JETSTREAM) as ours, Server(official, *JETSTREAM) as theirs:
        await backup(claims, theirs, ours, cli)
        await backup(claims, ours, theirs, cli)
        await backup(claims, ours, ours, cli)


async def main(binary, command):
    claims = Claims()
    official = find_official_server()
    with tempfile.TemporaryDirectory(prefix="myelin-interop-") as home:
        cli = Cli(command, home)
        async with Server(binary, *JETSTREAM) as server:
            for scenario in (streams, consumers, key_value, benchmarks):
                await claims.run(scenario, server, cli)
            await claims.run(object_store, server, cli, home)
        if official is None:
            print("skipped: no official nats-server to exchange backups with")
        else:
            await claims.run(exchange, binary, official, cli)
    return claims.exit_code()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--server", required=True)
    options = arguments.parse_args()
    found = find_command()
    if found is None:
        skip("the nats command is not installed")
    sys.exit(asyncio.run(main(options.server, found)))
