"""Runs each example against a server and checks what it prints.

usage: examples.py --server <path of the server's binary> --language py|mjs
"""

import argparse
import asyncio
import importlib.util
import os
import pathlib
import re
import shutil
import signal
import sys

from claims import Claims, skip
from server import Server

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


class Example:
    """A running example and the lines it prints."""

    def __init__(self, name, language, server):
        self._command = {"py": sys.executable, "mjs": "node"}[language]
        self._path = EXAMPLES / name / f"{name}.{language}"
        self._environment = os.environ | {"NATS_URL": server.url, "PYTHONUTF8": "1"}

    async def __aenter__(self):
        self._process = await asyncio.create_subprocess_exec(
            self._command,
            str(self._path),
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_):
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def line(self):
        """The next line; empty at the end."""
        return (await self._process.stdout.readline()).decode().rstrip("\n")

    async def until(self, wanted):
        """Reads on to the wanted line; false if the example ends before."""
        while line := await self.line():
            if line == wanted:
                return True
        return False

    async def rest(self):
        return (await self._process.stdout.read()).decode().splitlines()

    def interrupt(self):
        self._process.send_signal(signal.SIGINT)

    async def exit_code(self):
        return await self._process.wait()


async def printed(claims, name, language, server):
    """All the example prints, when it ends by itself."""
    async with Example(name, language, server) as example:
        lines = await example.rest()
        claims.equal(await example.exit_code(), 0, f"{name} ends well")
        return lines


async def publish_subscribe(claims, language, server):
    claims.equal(
        await printed(claims, "publish-subscribe", language, server),
        ["greet.ann: hello, ann", "greet.bob: hello, bob", "greet.cat: hello, cat", "drained"],
        "who listens gets what matches, and nothing from before",
    )


async def request_reply(claims, language, server):
    claims.equal(
        await printed(claims, "request-reply", language, server),
        ["hello, Ann", "hello, Bob", "the service has stopped", "no responders"],
        "the service answers until it stops",
    )


async def queue_group(claims, language, server):
    lines = await printed(claims, "queue-group", language, server)
    claims.equal(
        [re.sub(r" done by (Ann|Bob|Cat)$", "", line) for line in lines],
        [f"task {n}" for n in range(1, 13)] + ["12 tasks, 3 workers"],
        "each task is done once, by one of the workers",
    )


async def orders(claims, language, server):
    lines = await printed(claims, "orders", language, server)
    claims.equal(
        [line.replace('": ', '":').replace(', "', ',"') for line in lines],
        [
            'created: {"id":1,"item":"lamp","price":20}',
            'created: {"id":2,"item":"desk","price":180}',
            'paid: {"id":1}',
            'shipped: {"id":1,"parcel":"GRÖẞE-7"}',
            "created: not an order, ignored",
            "order 1 is shipped",
            "order 2 is created",
        ],
        "the events arrive in order, whole",
    )


async def reconnect(claims, language, server):
    async with Example("reconnect", language, server) as example:
        claims.equal(await example.line(), "connected", "the client says when it is connected")
        claims.equal(await example.line(), "tick 1", "it hears itself")
        await server.stop()
        claims.holds(await example.until("disconnected"), "it notices that the server stops")
        await server.start()
        claims.holds(await example.until("reconnected"), "and that it is back")
        claims.holds((await example.line()).startswith("tick "), "it hears itself again")
        example.interrupt()
        claims.holds(await example.until("closed"), "SIGINT closes it")
        claims.equal(await example.exit_code(), 0, "and it ends well")


async def stream_limits(claims, language, server):
    for turn in ("a stream keeps its last 1000 messages", "and is made anew where there is one"):
        claims.equal(
            await printed(claims, "stream-limits", language, server),
            [
                "READINGS keeps 1000 messages of readings.*",
                "1200 published, 1000 kept: 201 to 1200",
            ],
            turn,
        )


async def stored_publish(claims, language, server):
    items = ("lamp", "desk", "chair")
    claims.equal(
        await printed(claims, "stored-publish", language, server),
        [f"{item} is stored in ORDERS as message {n}" for n, item in enumerate(items, 1)]
        + ["lamp again: a duplicate"]
        + [f"{name} heard lamp, desk, chair" for name in ("kitchen", "billing", "audit")],
        "each message is stored once, and heard by all",
    )


async def stream_request_reply(claims, language, server):
    claims.equal(
        await printed(claims, "stream-request-reply", language, server),
        [
            "asked; nobody serves yet",
            "served; nobody has read the replies yet",
            "hello, Ann",
            "hello, Bob",
        ],
        "requests and replies wait in the stream",
    )


async def stream_queue_group(claims, language, server):
    lines = await printed(claims, "stream-queue-group", language, server)
    claims.equal(
        sorted(re.sub(r" done by (Ann|Bob|Cat)$", "", line) for line in lines),
        sorted([f"job {n}" for n in range(1, 13)] + ["0 jobs left"]),
        "each stored job is done once, by one of the workers",
    )


async def pull_worker(claims, language, server):
    lines = await printed(claims, "pull-worker", language, server)
    claims.equal(lines[-1:], ["0 chores left"], "all is done at the end")
    claims.equal(
        sorted(lines[:-1]),
        [
            "cook: done, attempt 1",
            "fly: nobody can, forget it",
            "paint: done, attempt 2",
            "paint: no brush, try again",
            "sweep: done, attempt 1",
        ],
        "what is refused comes again, what is given up does not",
    )


async def key_value_watch(claims, language, server):
    claims.equal(
        await printed(claims, "key-value-watch", language, server),
        [
            "1: lamp.color is red",
            "2: lamp.power is 40",
            "3: lamp.color is blue",
            "4: lamp.color is green",
            "5: lamp.power is gone",
            "lamp.color was red, blue, green",
        ],
        "the watcher sees what is there and what changes",
    )


async def event_replay(claims, language, server):
    claims.equal(
        await printed(claims, "event-replay", language, server),
        [
            "1. opened 0: 0",
            "2. paid-in 100: 100",
            "3. paid-out 30: 70",
            "4. paid-in 5: 75",
            "5. paid-out 12: 63",
            "the balance is 63",
        ],
        "a late reader has all events, in order",
    )


async def tenants(claims, language, server):
    claims.equal(
        await printed(claims, "tenants", language, server),
        [
            "customer asks ask.quote: lamp costs 20",
            "customer asks quotes.eu: nobody answers",
            "other asks quotes.eu: nobody answers",
            "customer hears shop.prices.lamp: 20",
            "shop keeps ORDERS",
            "shop may not keep RETURNS: maximum number of streams reached",
            "customer keeps ORDERS",
        ],
        "accounts share what they export, and nothing else",
    )


def is_installed(language):
    """Whether the language's client is there. Python examples run under this interpreter."""
    if language == "mjs":
        return shutil.which("node") and (EXAMPLES / "node_modules/@nats-io/kv").is_dir()
    return importlib.util.find_spec("nats") is not None


async def main(binary, language):
    if not is_installed(language):
        skip("the client of the examples is not installed")
    claims = Claims()
    async with Server(binary) as server:
        for scenario in (publish_subscribe, request_reply, queue_group, orders, reconnect):
            await claims.run(scenario, language, server)
    async with Server(binary, "-js", "-sd", "store") as server:
        for scenario in (
            stream_limits,
            stored_publish,
            stream_request_reply,
            stream_queue_group,
            pull_worker,
            key_value_watch,
            event_replay,
        ):
            await claims.run(scenario, language, server)
    # In Python alone: the playground runs what there is in JavaScript, and has no accounts.
    if language == "py":
        config = (EXAMPLES / "tenants/tenants.conf").read_text()
        async with Server(binary, config=config) as server:
            await claims.run(tenants, language, server)
    return claims.exit_code()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--server", required=True)
    arguments.add_argument("--language", required=True, choices=("py", "mjs"))
    options = arguments.parse_args()
    sys.exit(asyncio.run(main(options.server, options.language)))
