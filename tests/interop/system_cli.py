"""The nats CLI and nats-surveyor, unmodified, as operators use them: with a user of the system
account.

Each command is given to the official server too, where there is one, after the same traffic: what
it prints there, less numbers, names of servers and widths of columns, it must print here.

usage: system_cli.py --server <path of the server's binary>
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
import sys

import truth
from claims import Claims, skip
from http_asker import get
from server import Server

WAIT_SECONDS = 20
CONFIG = """
server_name: alpha
jetstream { store_dir: store }
accounts {
  SYS { users: [{user: sys, password: pw}] }
  A { jetstream: enabled, users: [{user: a, password: pw}] }
  B { users: [{user: b, password: pw}] }
}
system_account: SYS
"""

# As `sys`, or as a user of an account; each has to end well.
COMMANDS = [
    ("sys", "server list"),
    ("sys", "server info alpha"),
    ("sys", "server report connections"),
    ("sys", "server report connections --sort subs"),
    ("sys", "server report jetstream"),
    ("sys", "server report accounts"),
    ("sys", "server report health"),
    ("sys", "server check connection"),
    ("sys", "server check server --name alpha"),
    ("sys", "server request variables"),
    ("sys", "server request connections"),
    ("sys", "server request subscriptions --detail"),
    ("sys", "server request accounts"),
    ("sys", "server request accounts --account A"),
    ("sys", "server request jetstream --all"),
    ("sys", "server request jetstream-health"),
    ("sys", "server request routes"),
    ("sys", "server request gateways"),
    ("sys", "server request leafnodes"),
    ("sys", "server account info A"),
    ("sys", "account info"),
    ("a", "account info"),
    ("a", "account report connections"),
    ("a", "account report statistics"),
    ("a", "server check jetstream"),
    ("a", "rtt"),
]

# What differs from one run, or one server, to the next.
VARIES = [
    (re.compile(r"N[A-Z2-7]{55}"), "<id>"),
    (re.compile(r"go1\.[0-9.]+"), ""),
    (re.compile(r"\x1b\[[0-9;]*[A-Za-z]"), ""),
    (re.compile(r"[\u2500-\u257f]+"), " "),
    (re.compile(r"\d[\w.:,+%µ-]*( ?(B|KiB|MiB|GiB|KB|MB|GB)\b)?"), "#"),
    (re.compile(r"(# )+#"), "#"),
    (re.compile(r"[ \t]+"), " "),
]
# What is set otherwise here (docs/compatibility.md), or has a meaning in Go alone.
OURS = re.compile(
    r"^(Always sync writes|Cluster Message Compression|Go Version|Git Commit)"
    r"|\.(sync_always|compress_ok|go|git_commit|gomemlimit)$"
)
NAMED_BY_OTHERS = {".data.http_req_stats"}


def find(name):
    path = os.path.expanduser(f"~/go/bin/{name}")
    return path if os.access(path, os.X_OK) else shutil.which(name)


async def output_of(*command):
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        out, _ = await process.communicate()
    return process.returncode, out.decode(errors="replace")


def names_in(value, path=""):
    """The names of a JSON answer's fields, with those they are in."""
    if isinstance(value, list):
        value = {"[]": inner for inner in value[:1]}
    if not isinstance(value, dict) or path in NAMED_BY_OTHERS:
        return []
    found = []
    for name, inner in value.items():
        inside = f"{path}.{name}"
        if not OURS.search(inside):
            found += [inside, *names_in(inner, inside)]
    return found


def shape(text):
    """What is the same in every run."""
    with contextlib.suppress(ValueError):
        return sorted(names_in(json.loads(text)))
    for pattern, stand_in in VARIES:
        text = pattern.sub(stand_in, text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return sorted(line for line in lines if not OURS.match(line))


async def shapes(nats, binary, claims, who):
    """What each command prints, after a stream was made and a message stored."""
    found = {}
    async with Server(binary, config=CONFIG) as server:

        async def run(user, command):
            url = f"nats://{user}:pw@127.0.0.1:{server.port}"
            return await output_of(nats, "-s", url, "--no-context", *command.split())

        for setup in ("stream add ORDERS --subjects orders --defaults", "pub orders new"):
            code, text = await run("a", setup)
            claims.holds(code == 0, f"{who}: nats {setup}", text)
        for user, command in COMMANDS:
            code, text = await run(user, command)
            claims.holds(code == 0, f"{who}: nats {command} ends well", text)
            found[user, command] = shape(text)
    return found


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


async def surveyor_metrics(surveyor, binary):
    """The names of the metrics that nats-surveyor shows of a server."""
    async with Server(binary, config=CONFIG) as server:
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            surveyor,
            *("-s", f"nats://127.0.0.1:{server.port}", "--user", "sys", "--password", "pw"),
            *("-c", "1", "-p", str(port), "-a", "127.0.0.1", "--accounts"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while True:
                    with contextlib.suppress(OSError):
                        text = (await get(port, "/metrics")).body.decode()
                        if "nats_core_mem_bytes" in text:
                            break
                    await asyncio.sleep(0.05)
        finally:
            process.kill()
            await process.wait()
    return {line.split("{")[0].split(" ")[0] for line in text.splitlines() if "nats_" in line[:5]}


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    binary = parser.parse_args().server
    nats = find("nats")
    if nats is None:
        return skip("the nats CLI is not installed")
    claims = Claims()
    official = truth.find_truth()
    ours = await shapes(nats, binary, claims, "myelin-server")
    if official:
        theirs = await shapes(nats, official, claims, "nats-server")
        for what, wanted in theirs.items():
            claims.equal(ours[what], wanted, f"nats {what[1]} prints what it prints of nats-server")
    if surveyor := find("nats-surveyor"):
        seen = await surveyor_metrics(surveyor, binary)
        claims.holds("nats_core_mem_bytes" in seen, "nats-surveyor sees the server", seen)
        if official:
            missing = await surveyor_metrics(surveyor, official) - seen
            claims.equal(sorted(missing), [], "nats-surveyor finds what it finds at nats-server")
    return claims.exit_code()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
