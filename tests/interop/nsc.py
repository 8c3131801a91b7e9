"""nsc and the nats CLI, unmodified: an operator, accounts and users made by nsc, pushed to the
server's full resolver, pulled from it, revoked and deleted; and its creds files used by clients.

usage: nsc.py --server <path of the server's binary>
"""

import argparse
import asyncio
import contextlib
import os
import pathlib
import re
import shutil
import sys
import tempfile

from claims import Claims, skip
from server import Server

WAIT_SECONDS = 20


class Nsc:
    """nsc with a folder of its own."""

    def __init__(self, binary, folder):
        self._binary = binary
        self._environment = {
            **os.environ,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "NKEYS_PATH": str(folder / "keys"),
            "NSC_NO_GIT_IGNORE": "true",
        }
        self._environment.pop("NATS_URL", None)
        self.creds = folder / "keys" / "creds"

    async def run(self, *words):
        process = await asyncio.create_subprocess_exec(
            self._binary, *words, env=self._environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        output, _ = await asyncio.wait_for(process.communicate(), WAIT_SECONDS)
        return process.returncode, output.decode(errors="replace")

    async def must(self, *words):
        code, output = await self.run(*words)
        if code != 0:
            raise RuntimeError(f"nsc {' '.join(words)}: {output}")
        return output

    def creds_of(self, account, user):
        return self.creds / "OP" / account / f"{user}.creds"


async def nats(binary, url, creds, *words):
    process = await asyncio.create_subprocess_exec(
        binary, "--server", url, "--creds", str(creds), *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    try:
        output, _ = await asyncio.wait_for(process.communicate(), WAIT_SECONDS)
    except asyncio.TimeoutError:
        process.kill()
        raise
    return process.returncode, output.decode(errors="replace")


async def make_world(nsc):
    await nsc.must("add", "operator", "--generate-signing-key", "--sys", "--name", "OP")
    await nsc.must("add", "account", "SALES")
    for user in ("ann", "bob"):
        await nsc.must("add", "user", "--account", "SALES", user)
    config = await nsc.must("generate", "config", "--nats-resolver")
    return config


async def round_trip(claims, nats_binary, server, creds, claim):
    subscriber = await asyncio.create_subprocess_exec(
        nats_binary, "--server", server.url, "--creds", str(creds), "reply", "hello", "world",
        "--count", "1", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
    try:
        for _ in range(100):
            code, output = await nats(nats_binary, server.url, creds, "request", "hello", "x",
                                      "--timeout", "1s", "--raw")
            if "world" in output:
                break
            await asyncio.sleep(0.05)
        claims.holds("world" in output, claim, output)
    finally:
        with contextlib.suppress(ProcessLookupError):
            subscriber.kill()
        await subscriber.wait()


async def pushed_and_used(claims, options):
    with tempfile.TemporaryDirectory(prefix="myelin-nsc-") as name:
        folder = pathlib.Path(name)
        nsc = Nsc(options.nsc, folder)
        config = await make_world(nsc)
        config = re.sub(r"dir: '[^']*'", f"dir: '{folder}/jwt'", config)
        config = re.sub(r"allow_delete: false", "allow_delete: true", config)
        async with Server(options.server, config=config) as server:
            await nsc.must("edit", "operator", "--service-url", server.url,
                           "--account-jwt-server-url", server.url)
            code, output = await nsc.run("push", "--all")
            claims.holds(code == 0 and "SALES" in output, "nsc push --all", output)
            ann = nsc.creds_of("SALES", "ann")
            await round_trip(claims, options.nats, server, ann, "a creds file of a pushed account")
            code, output = await nsc.run("pull", "--all", "--overwrite-newer")
            claims.holds(code == 0, "nsc pull --all", output)

            await nsc.must("revocations", "add-user", "--account", "SALES", "--name", "ann")
            code, output = await nsc.run("push", "--account", "SALES")
            claims.holds(code == 0, "nsc push of a revocation", output)
            code, output = await nats(options.nats, server.url, ann, "rtt")
            claims.holds("Authorization Violation" in output, "who is revoked is refused", output)
            await round_trip(claims, options.nats, server, nsc.creds_of("SALES", "bob"),
                             "others of the account are not")

            sys_creds = nsc.creds_of("SYS", "sys")
            code, output = await nats(options.nats, server.url, sys_creds, "server", "list")
            claims.holds(code == 0, "nats server list by the system account's creds", output)
            kept = folder / "bob.creds"
            kept.write_bytes(nsc.creds_of("SALES", "bob").read_bytes())
            await nsc.must("delete", "account", "SALES")
            code, output = await nsc.run("push", "--all", "--prune")
            claims.holds(code == 0, "nsc push --prune deletes what nsc no longer has", output)
            code, output = await nats(options.nats, server.url, kept, "rtt")
            claims.holds("Authorization Violation" in output,
                         "users of a deleted account are refused", output)
            log = "\n".join(server.log)
            claims.holds("eyJ" not in log, "no JWT is in the log")


async def main(options):
    claims = Claims()
    await claims.run(pushed_and_used, options)
    return claims.exit_code()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    arguments = parser.parse_args()
    for tool in ("nsc", "nats"):
        path = shutil.which(tool) or shutil.which(tool, path=os.path.expanduser("~/go/bin"))
        if path is None:
            skip(f"{tool} is not installed")
        setattr(arguments, tool, path)
    sys.exit(asyncio.run(main(arguments)))
