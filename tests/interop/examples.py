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


def is_installed(language):
    """Whether the language's client is there. Python examples run under this interpreter."""
    if language == "mjs":
        return shutil.which("node") and (EXAMPLES / "node_modules/@nats-io/transport-node").is_dir()
    return importlib.util.find_spec("nats") is not None


async def main(binary, language):
    if not is_installed(language):
        skip("the client of the examples is not installed")
    claims = Claims()
    async with Server(binary) as server:
        for scenario in (publish_subscribe, request_reply, queue_group, orders, reconnect):
            await claims.run(scenario, language, server)
    return claims.exit_code()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--server", required=True)
    arguments.add_argument("--language", required=True, choices=("py", "mjs"))
    options = arguments.parse_args()
    sys.exit(asyncio.run(main(options.server, options.language)))
