"""The container file: what hadolint says of it, its image where an engine can build one, and its
root file system, made of this tree's daemon and run as the container runs it.

usage: container.py --build <build tree>
"""

import argparse
import asyncio
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from claims import Claims
from server import LISTENING

ROOT = pathlib.Path(__file__).resolve().parents[2]
MONITORING = re.compile(r"Starting http monitor on .+:(\d+)$")
USER = 4222
BUILD_SECONDS = 1500
SIZE_MAX = 32 * 1024 * 1024


def run(*command, seconds=60, **options):
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=seconds, **options
    )
    return done.returncode, done.stdout + done.stderr


def engine():
    for name in ("podman", "docker"):
        if shutil.which(name) and run(name, "info")[0] == 0:
            return name
    return None


async def linted(claims):
    hadolint = shutil.which("hadolint") or ROOT / "build/venv/bin/hadolint"
    if not os.access(hadolint, os.X_OK):
        print("skipped: no hadolint")
        return
    code, said = run(hadolint, "--failure-threshold", "style", ROOT / "Containerfile")
    claims.holds(code == 0, "hadolint has no complaint", said)


async def image(claims, name):
    tag = "myelin-server-test"
    command = (name, "build", "-q", "-f", "Containerfile", "-t", tag, ".")
    code, said = run(*command, seconds=BUILD_SECONDS, cwd=ROOT)
    claims.holds(code == 0, f"{name} builds it", said[-2000:])
    code, said = run(name, "run", "--rm", tag, "-v")
    claims.holds(code == 0 and "myelin-server: v" in said, "its command is the daemon", said)
    code, said = run(name, "run", "--rm", tag, "-t", "-c", "/etc/myelin/myelin-server.conf")
    claims.holds(code == 0 and "is valid" in said, "its configuration is valid", said)
    run(name, "rmi", tag)


async def root_file_system(claims, daemon, root):
    code, said = run(ROOT / "packaging/container/make-root", daemon, root)
    claims.holds(code == 0, "it is made of the daemon", said)
    files = [path for path in root.rglob("*") if path.is_file()]
    claims.holds(
        not any(re.search(r"/(ba|da)?sh$", str(path)) for path in files), "there is no shell in it"
    )
    size = sum(path.stat().st_size for path in files)
    claims.holds(size < SIZE_MAX, "and it is small", f"{size} bytes")


async def runs(claims, root):
    if os.geteuid() != 0:
        print("skipped: only root may change its root")
        return
    config = root / "etc/myelin/myelin-server.conf"
    config.write_text(config.read_text().replace(":4222", ":-1").replace(":8222", ":-1"))
    os.chown(root / "data", USER, USER)
    os.chmod(root, 0o755)

    def confine():
        os.chroot(root)
        os.chdir("/")
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)

    process = await asyncio.create_subprocess_exec(
        "/usr/bin/myelin-server",
        "-c",
        "/etc/myelin/myelin-server.conf",
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=confine,
        env={},
    )
    try:
        found = {}
        while len(found) < 2:
            line = (await process.stderr.readline()).decode().rstrip()
            if not line:
                raise RuntimeError("the daemon ended")
            for pattern in (LISTENING, MONITORING):
                if match := pattern.search(line):
                    found[pattern] = match
        _, writer = await asyncio.open_connection("127.0.0.1", int(found[LISTENING][2]))
        writer.close()
        claims.holds(True, "the daemon starts there, and nobody's root, and listens")
        address = f"127.0.0.1:{found[MONITORING][1]}"
        asked = run("/usr/bin/myelin-server", "--healthz", address, preexec_fn=confine)
        claims.equal(asked, (0, ""), "what asks for its health finds it healthy")
        claims.holds((root / "data/jetstream").is_dir(), "its streams are in the volume")
    finally:
        process.kill()
        await process.wait()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    build = parser.parse_args().build.resolve()
    claims = Claims()
    await claims.run(linted)
    with tempfile.TemporaryDirectory(prefix="myelin-container-") as folder:
        root = pathlib.Path(folder) / "root"
        os.chmod(folder, 0o755)
        await claims.run(root_file_system, build / "bin/myelin-server", root)
        await claims.run(runs, root)
    if name := engine():
        await claims.run(image, name, seconds=BUILD_SECONDS + 60)
    else:
        print("skipped: no engine to build the image with")
    return claims.exit_code()


sys.exit(asyncio.run(main()))
