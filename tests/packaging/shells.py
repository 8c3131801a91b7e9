"""What --help prints beside nats-server's own, and what bash, zsh and fish complete.

usage: shells.py --build <build tree>
"""

import argparse
import asyncio
import pathlib
import shutil
import subprocess
import sys
import tempfile

from claims import Claims
from truth import find_truth

# Flags that nats-server has not, or does not tell of.
OWN_FLAGS = ("--healthz", "--logtime_utc", "--fsck")


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout, done.stderr


def help_of(program):
    return run(program, "--help")[1]


async def help_text(claims, server, truth):
    if truth is None:
        print("skipped: no official nats-server to compare with")
        return
    lines = help_of(server).splitlines()
    own = [line for line in lines if line.strip().startswith(OWN_FLAGS)]
    claims.equal(len(own), len(OWN_FLAGS), "our own flags have a line each")
    claims.equal(
        [line for line in lines if line not in own],
        help_of(truth).splitlines(),
        "all other lines of --help are nats-server's",
    )


def bash_completes(script, *words):
    asked = f"""
        source {script}
        COMP_WORDS=(myelin-server "$@"); COMP_CWORD=$#
        compopt() {{ :; }}
        _myelin_server
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return run("bash", "-c", asked, "bash", *words)


async def bash(claims, script, folder):
    code, out, err = bash_completes(script, "--http")
    claims.equal((code, out.split(), err), (0, ["--http_port", "--https_port"], ""), "names")
    for flag in ("-sl", "--signal"):
        claims.equal(
            bash_completes(script, flag, "re")[1].split(), ["reopen", "reload"], f"{flag}'s words"
        )
    (folder / "a b.conf").touch()
    (folder / "a c").mkdir()
    beginning = f"{folder}/a"
    claims.equal(
        sorted(bash_completes(script, "-c", beginning)[1].splitlines()),
        [f"{folder}/a b.conf", f"{folder}/a c"],
        "files, spaces in their names included",
    )
    claims.equal(
        bash_completes(script, "--store_dir", beginning)[1].splitlines(),
        [f"{folder}/a c"],
        "directories where nothing else will do",
    )
    claims.equal(bash_completes(script, "--port", "")[1].split(), [], "no port")


async def zsh(claims, script):
    if shutil.which("zsh") is None:
        print("skipped: no zsh")
        return
    asked = f"""
        autoload -Uz compinit; compinit -D
        _arguments() {{ printf '%s\\n' "$@" }}
        source {script}
    """
    code, out, err = run("zsh", "-f", "-c", asked)
    claims.holds(code == 0 and not err, "it can be read", err)
    lines = out.splitlines()
    claims.holds(
        "(-c --config)--config[Configuration file]:file:_files" in lines, "names and files", out
    )
    claims.holds("(-a --addr --net)-a[Bind" in out, "one dash for a letter", out)
    claims.holds("--logtime_utc[Timestamp log entries in UTC]" in lines, "a switch", out)


async def fish(claims, script):
    if shutil.which("fish") is None:
        print("skipped: no fish")
        return

    def completes(line):
        asked = f"source {script}; complete -C 'myelin-server {line}'"
        code, out, err = run("fish", "--no-config", "-c", asked)
        return code, [answer.split("\t")[0] for answer in out.splitlines()], err

    code, words, err = completes("--http")
    claims.equal((code, sorted(words), err), (0, ["--http_port", "--https_port"], ""), "names")
    claims.equal(completes("--signal re")[1], ["reload", "reopen"], "words")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    build = parser.parse_args().build.resolve()
    made = build / "packaging"
    claims = Claims()
    await claims.run(help_text, build / "bin/myelin-server", find_truth())
    with tempfile.TemporaryDirectory(prefix="myelin-shells-") as folder:
        await claims.run(bash, made / "myelin-server.bash", pathlib.Path(folder))
    await claims.run(zsh, made / "_myelin-server")
    await claims.run(fish, made / "myelin-server.fish")
    return claims.exit_code()


sys.exit(asyncio.run(main()))
