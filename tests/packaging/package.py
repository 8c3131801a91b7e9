"""The Debian package: built, looked into, installed into a root of its own, and its daemon started
there as the service starts it.

Needs CPack and Debian's tools; what lintian and systemd say of it is asked where they are there.

usage: package.py --build <build tree>
"""

import argparse
import asyncio
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from claims import Claims, skip
from server import LISTENING

WAIT_SECONDS = 10
MONITORING = re.compile(r"Starting http monitor on (.+:\d+)$")
FILES = {
    "./usr/bin/myelin-server": "-rwxr-xr-x",
    "./lib/systemd/system/myelin-server.service": "-rw-r--r--",
    "./usr/lib/sysusers.d/myelin-server.conf": "-rw-r--r--",
    "./etc/myelin/myelin-server.conf": "-rw-r--r--",
    "./usr/share/man/man8/myelin-server.8.gz": "-rw-r--r--",
    "./usr/share/bash-completion/completions/myelin-server": "-rw-r--r--",
    "./usr/share/zsh/vendor-completions/_myelin-server": "-rw-r--r--",
    "./usr/share/fish/vendor_completions.d/myelin-server.fish": "-rw-r--r--",
    "./usr/share/lintian/overrides/myelin-server": "-rw-r--r--",
    "./usr/share/doc/myelin-server/copyright": "-rw-r--r--",
    "./usr/share/doc/myelin-server/changelog.Debian.gz": "-rw-r--r--",
    "./usr/share/doc/myelin-server/operations.md": "-rw-r--r--",
    "./usr/share/doc/myelin-server/compatibility.md": "-rw-r--r--",
    "./usr/share/doc/myelin-server/storage-format.md": "-rw-r--r--",
}


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout + done.stderr


def as_root(*command):
    return command if os.geteuid() == 0 else ("fakeroot", "--", *command)


def build_package(build, folder):
    """CPack on the tree as it is: everything has been built. What is not kept is packed quickly."""
    words = ("-G", "DEB", "-B", folder, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip")
    code, said = run("cpack", "--config", build / "CPackConfig.cmake", *words, cwd=build)
    made = sorted(folder.glob("*.deb"))
    if code != 0 or len(made) != 1:
        raise RuntimeError(f"cpack: {code} {made}\n{said}")
    return made[0]


def field(package, name):
    return run("dpkg-deb", "--field", package, name)[1].strip()


async def control(claims, package, version):
    claims.equal(field(package, "Package"), "myelin-server", "it is called myelin-server")
    claims.equal(field(package, "Version"), f"{version}-1", "its version is the daemon's")
    claims.equal(
        field(package, "Architecture"),
        run("dpkg", "--print-architecture")[1].strip(),
        "it is for this machine",
    )
    depends = field(package, "Depends")
    claims.holds(
        re.search(r"\blibc6 \(>= [\d.]+\)", depends), "it depends on the libraries it uses", depends
    )
    claims.holds("systemd-sysusers" in depends, "and on what makes its user", depends)


async def contents(claims, package):
    listed = {}
    for line in run("dpkg-deb", "--contents", package)[1].splitlines():
        mode, owner, _, _, _, name = line.split(maxsplit=5)
        if not name.endswith("/"):
            listed[name] = mode
        if owner != "root/root":
            claims.holds(False, "everything is root's", line)
    claims.equal(listed, FILES, "it holds these files and no other")
    claims.equal(
        run("dpkg-deb", "--info", package, "conffiles")[1].split(),
        ["/etc/myelin/myelin-server.conf"],
        "an upgrade keeps a changed configuration",
    )


async def judged_by_lintian(claims, package):
    if shutil.which("lintian") is None:
        print("skipped: no lintian")
        return
    code, said = run("lintian", "--allow-root", "--fail-on", "error,warning", package)
    claims.holds(code == 0, "lintian has no complaint", said)


async def judged_by_systemd(claims, root):
    if shutil.which("systemd-analyze") is None:
        print("skipped: no systemd-analyze")
        return
    unit = root / "lib/systemd/system/myelin-server.service"
    copy = root / "tmp" / unit.name
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(unit.read_text().replace("=/usr/bin/", f"={root}/usr/bin/"))
    verify = ("verify", "--man=no", "--recursive-errors=no")
    code, said = run("systemd-analyze", *verify, copy)
    claims.holds(code == 0 and copy.name not in said, "systemd understands the service", said)
    code, said = run("systemd-analyze", "security", "--offline=true", "--threshold=20", copy)
    claims.holds(code == 0, "and calls its exposure low: 2.0 of 10 at most", said[-300:])


def install(package, root):
    for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "etc", "usr", "var/log"):
        (root / folder).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    (root / "lib").mkdir()
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    return dpkg(root, "--install", package)


def dpkg(root, *words):
    flags = ("--force-depends", "--force-script-chrootless", "--force-not-root")
    log = root / "var/log/dpkg.log"
    return run(*as_root("dpkg", f"--root={root}", f"--log={log}", *flags, *words))


async def installed(claims, code, said, root):
    claims.holds(code == 0, "dpkg installs it into an empty root", said)
    passwd = (root / "etc/passwd").read_text()
    claims.holds(
        re.search(r"^myelin:.*:/var/lib/myelin:/usr/sbin/nologin$", passwd, re.MULTILINE),
        "which then has a user for it that cannot log in",
        passwd,
    )
    wanted = root / "etc/systemd/system/multi-user.target.wants/myelin-server.service"
    claims.holds(wanted.is_symlink(), "and starts the service with the machine")
    mode = (root / "etc/myelin").stat().st_mode & 0o777
    claims.equal(oct(mode), oct(0o750), "what is configured is not for everybody to read")


async def removed(claims, root):
    code, said = dpkg(root, "--remove", "myelin-server")
    claims.holds(code == 0, "dpkg removes it", said)
    config = root / "etc/myelin/myelin-server.conf"
    claims.holds(
        config.exists() and not (root / "usr/bin/myelin-server").exists(),
        "and leaves its configuration",
    )
    code, said = dpkg(root, "--purge", "myelin-server")
    claims.holds(code == 0 and not config.exists(), "unless it is purged", said)


class Manager:
    """As much of a service manager as has a socket to be told things by."""

    def __init__(self, folder):
        self.path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.setblocking(False)

    async def told(self):
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(WAIT_SECONDS):
            return (await loop.sock_recv(self._socket, 4096)).decode()

    def close(self):
        self._socket.close()


@contextlib.asynccontextmanager
async def service(root, folder):
    """The daemon with the packaged configuration, but for its ports and its store."""
    program = root / "usr/bin/myelin-server"
    config = folder / "service.conf"
    text = (root / "etc/myelin/myelin-server.conf").read_text()
    for ours, its in ((":4222", ":-1"), (":8222", ":-1"), ("/var/lib/myelin", f"{folder}/store")):
        text = text.replace(ours, its)
    config.write_text(text)
    manager = Manager(folder)
    process = await asyncio.create_subprocess_exec(
        program,
        "-c",
        config,
        stderr=asyncio.subprocess.PIPE,
        env={"NOTIFY_SOCKET": str(manager.path)},
    )
    try:
        yield program, process, manager
    finally:
        manager.close()
        if process.returncode is None:
            process.kill()
        await process.wait()


async def runs(claims, root, folder):
    async with service(root, folder) as (program, process, manager):
        claims.equal(await manager.told(), "READY=1", "the daemon says when it is ready")
        found = {}
        while len(found) < 2:
            line = (await process.stderr.readline()).decode().rstrip()
            for pattern in (LISTENING, MONITORING):
                if match := pattern.search(line):
                    found[pattern] = match
        reader, writer = await asyncio.open_connection("127.0.0.1", int(found[LISTENING][2]))
        hello = await reader.readline()
        claims.holds(b'"jetstream":true' in hello, "and then serves clients, with JetStream", hello)
        writer.close()

        address = found[MONITORING][1]
        claims.equal(run(program, "--healthz", address), (0, ""), "--healthz finds it healthy")
        process.send_signal(signal.SIGHUP)
        reloading = await manager.told()
        claims.holds(
            re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", reloading),
            "it says that it reloads",
            reloading,
        )
        claims.equal(await manager.told(), "READY=1", "and that it has")
        process.send_signal(signal.SIGUSR2)
        claims.equal(await manager.told(), "STOPPING=1", "a lame duck says that it stops")
        claims.equal(await process.wait(), 0, "and ends when its clients are gone")
        code, said = run(program, "--healthz", address)
        claims.holds(code == 1 and said, "after which --healthz finds nobody", said)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    build = parser.parse_args().build.resolve()
    for tool in ("cpack", "dpkg", "dpkg-deb", "dpkg-shlibdeps", "systemd-sysusers"):
        if shutil.which(tool) is None:
            skip(f"no {tool}")
    if os.geteuid() != 0 and shutil.which("fakeroot") is None:
        skip("neither root nor fakeroot")
    cache = (build / "CMakeCache.txt").read_text()
    version = re.search(r"^CMAKE_PROJECT_VERSION:STATIC=(.+)$", cache, re.MULTILINE)[1]

    claims = Claims()
    with tempfile.TemporaryDirectory(prefix="myelin-package-") as name:
        folder = pathlib.Path(name)
        root = folder / "root"
        package = build_package(build, folder)
        await claims.run(control, package, version)
        await claims.run(contents, package)
        await claims.run(judged_by_lintian, package, seconds=200)
        code, said = install(package, root)
        await claims.run(installed, code, said, root)
        if code == 0:
            await claims.run(judged_by_systemd, root)
            await claims.run(runs, root, folder)
            await claims.run(removed, root)
    return claims.exit_code()


sys.exit(asyncio.run(main()))
