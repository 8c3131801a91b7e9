"""Where the official nats-server is, if anywhere: $NATS_SERVER, the PATH, ~/go/bin, build/truth."""

import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def find_truth():
    candidates = [
        os.environ.get("NATS_SERVER"),
        shutil.which("nats-server"),
        pathlib.Path.home() / "go/bin/nats-server",
        ROOT / "build/truth/nats-server",
    ]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            version = subprocess.run([candidate, "-v"], capture_output=True, text=True, check=False)
            if version.stdout.startswith("nats-server: v2"):
                return str(candidate)
    return None


def find_tool(name):
    """A program on the PATH or where `go install` puts it."""
    return shutil.which(name) or shutil.which(name, path=str(pathlib.Path.home() / "go/bin"))
