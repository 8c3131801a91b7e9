"""The `nats` command, unmodified, against a server it takes for nats-server.

The command does not say when its subscription stands, so the server runs with -DV and its log is
asked: a SUB seen there is followed only by what is started afterwards.

usage: interop_cli.py --server <path of the server's binary>
"""

import argparse
import asyncio
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from claims import Claims, skip
from server import Server

MIB = 1 << 20


def find_command():
    """The command's path, if it is one that answers to --version."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    if shutil.which("go"):
        answer = subprocess.run(["go", "env", "GOPATH"], capture_output=True, text=True)
        folders += [os.path.join(path, "bin") for path in answer.stdout.strip().split(os.pathsep)]
    folders.append(str(pathlib.Path.home() / "go/bin"))
    command = shutil.which("nats", path=os.pathsep.join(folders))
    if command and subprocess.run([command, "--version"], capture_output=True).returncode == 0:
        return command
    return None


class Cli:
    """Runs the command against one server, without any context of the user's."""

    def __init__(self, command, home):
        self._command = command
        self._environment = {"HOME": home, "XDG_CONFIG_HOME": home, "PATH": os.environ["PATH"]}

    async def start(self, url, *words, **pipes):
        return await asyncio.create_subprocess_exec(
            *(self._command, "--server", url, *words),
            env=self._environment,
            **({"stdin": asyncio.subprocess.DEVNULL} | pipes),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=4 * MIB,
        )

    async def run(self, url, *words, stdin=None):
        """Runs to the end: exit code and all that was printed."""
        process = await self.start(url, *words, stdin=asyncio.subprocess.PIPE)
        with killed(process):
            out, _ = await process.communicate(stdin or b"")
        return process.returncode, out.decode()

    @contextlib.asynccontextmanager
    async def listening(self, server, subject, *words):
        """A running command, once the server has its subscription to the subject."""
        seen = len(server.log)
        process = await self.start(server.url, *words)
        with killed(process):
            await server.log_line(re.compile(rf"<<- \[SUB {re.escape(subject)} "), after=seen)
            yield process
        await process.wait()


@contextlib.contextmanager
def killed(process):
    try:
        yield
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)


async def text(process):
    return (await process.stdout.read()).decode()


async def round_trip(claims, server, cli):
    code, out = await cli.run(server.url, "rtt", "1")
    claims.holds(code == 0, "rtt measures the round trip", out)


async def publish_subscribe(claims, server, cli):
    await cli.run(server.url, "pub", "greet.early", "nobody is here yet")
    words = ("sub", "greet.*", "--count", "2", "--raw")
    async with cli.listening(server, "greet.*", *words) as subscriber:
        for subject in ("greet.ann", "greet.dan.twice", "greet.bob"):
            code, out = await cli.run(server.url, "pub", subject, f"hello, {subject}")
            claims.holds(code == 0, f"pub {subject}", out)
        claims.equal(
            (await text(subscriber)).split("\n")[:-1],
            ["hello, greet.ann", "hello, greet.bob"],
            "sub greet.* shows what matches, and nothing from before",
        )


async def headers(claims, server, cli):
    async with cli.listening(server, "headed", "sub", "headed", "--count", "1") as subscriber:
        await cli.run(server.url, "pub", "headed", "body", "-H", "Order-Id:17", "-H", "note:a b")
        out = await text(subscriber)
        for part in ('Received on "headed"', "Order-Id: 17", "note: a b", "body"):
            claims.holds(part in out, f"the subscriber shows {part}", out)


async def request_reply(claims, server, cli):
    words = ("reply", "echo", "--echo", "--count", "2")
    async with cli.listening(server, "echo", *words):
        for question in ("one", "two"):
            code, out = await cli.run(server.url, "request", "echo", question, "--raw")
            claims.equal((code, out.strip()), (0, question), f"request {question} is answered")
    _, out = await cli.run(server.url, "request", "nobody", "hello")
    claims.holds("No responders are available" in out, "a request without a service is told", out)


async def queue_group(claims, server, cli):
    words = ("sub", "tasks", "--queue", "workers", "--raw")
    count = 40
    async with (
        cli.listening(server, "tasks", *words) as first,
        cli.listening(server, "tasks", *words) as second,
    ):
        await cli.run(server.url, "pub", "tasks", "task {{Count}}", "--count", str(count))
        reads = {asyncio.ensure_future(w.stdout.readline()): w for w in (first, second)}
        done = []
        while len(done) < count:
            ready, _ = await asyncio.wait(reads, return_when=asyncio.FIRST_COMPLETED)
            for read in ready:
                worker = reads.pop(read)
                done.append(read.result().decode().strip())
                reads[asyncio.ensure_future(worker.stdout.readline())] = worker
        for read in reads:
            read.cancel()
        claims.equal(
            sorted(done),
            sorted(f"task {n}" for n in range(1, count + 1)),
            "two workers share the tasks, each done once",
        )


async def large_payload(claims, server, cli):
    blob = os.urandom(MIB // 2).hex()
    async with cli.listening(server, "large", "sub", "large", "--raw", "--count", "1") as taker:
        await cli.run(
            server.url, "pub", "large", "--force-stdin", "--no-templates", stdin=blob.encode()
        )
        claims.holds((await text(taker)).strip() == blob, "1 MiB arrives whole")
    code, out = await cli.run(
        server.url, "pub", "large", "--force-stdin", "--no-templates", stdin=blob.encode() + b"x"
    )
    refused = code != 0 and "maximum payload" in out.lower()
    claims.holds(refused, "one byte more does not", out[-200:])


async def drain(claims, server, cli):
    words = ("reply", "service", "--echo", "--count", "1")
    async with cli.listening(server, "service", *words) as service:
        await cli.run(server.url, "request", "service", "last")
        out = await text(service)
        claims.holds("last" in out and "Draining" in out, "a service drains at its end", out)


async def reconnect(claims, binary, cli):
    async with Server(binary, "-DV") as server:
        words = ("sub", "still", "--raw", "--count", "1")
        async with cli.listening(server, "still", *words) as subscriber:
            await server.stop()
            await server.start()
            await server.log_line(re.compile(r"<<- \[SUB still "))
            await cli.run(server.url, "pub", "still", "here")
            claims.holds("here" in await text(subscriber), "sub outlives a restart of the server")


async def authentication(claims, binary, cli):
    async def outcome(server, *words):
        code, out = await cli.run(server.url, *words, "pub", "a", "b")
        return "let in" if code == 0 else "refused" if "uthorization" in out else out

    async with Server(binary, "--user", "ann", "--pass", "s3cret") as server:
        for who, words, wanted in (
            ("the right password", ("--user", "ann", "--password", "s3cret"), "let in"),
            ("a wrong one", ("--user", "ann", "--password", "guess"), "refused"),
            ("nobody", (), "refused"),
        ):
            claims.equal(await outcome(server, *words), wanted, f"{who} is {wanted}")
    async with Server(binary, "--auth", "t0ken") as server:
        claims.equal(await outcome(server, "--user", "t0ken"), "let in", "the token is let in")
        claims.equal(await outcome(server, "--user", "t0k"), "refused", "another is refused")


async def main(binary, command):
    claims = Claims()
    with tempfile.TemporaryDirectory(prefix="myelin-interop-") as home:
        cli = Cli(command, home)
        async with Server(binary, "-DV") as server:
            for scenario in (
                round_trip,
                publish_subscribe,
                headers,
                request_reply,
                queue_group,
                large_payload,
                drain,
            ):
                await claims.run(scenario, server, cli)
        for scenario in (reconnect, authentication):
            await claims.run(scenario, binary, cli)
    return claims.exit_code()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--server", required=True)
    options = arguments.parse_args()
    found = find_command()
    if found is None:
        skip("the nats command is not installed")
    sys.exit(asyncio.run(main(options.server, found)))
