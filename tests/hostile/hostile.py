"""Runs the claims about bad input against a server.

    python3 hostile.py --server PATH [--answers-only] [NAME ...]

A NAME is a module (malformed), or a test in it (malformed.Endless.test_a_line_that_never_ends).
Without one, all are run. With --answers-only, memory and latency are not judged: so the claims are
held against the official server, whose answers they are.
"""

import argparse
import mmap
import os
import pathlib
import sys
import unittest

MODULES = (
    "malformed",
    "payloads",
    "crowds",
    "slow_consumers",
    "subscriptions",
    "connects",
    "logins",
    "links",
    "upgrades",
    "frames",
    "requests",
    "configuration",
    "handshakes",
    "confidences",
)


def is_sanitized(binary):
    with open(binary, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return text.find(b"__asan_init") >= 0 or text.find(b"__tsan_init") >= 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True)
    parser.add_argument("--answers-only", action="store_true")
    parser.add_argument("names", nargs="*", default=MODULES)
    arguments = parser.parse_args()
    os.environ["MYELIN_SERVER"] = str(pathlib.Path(arguments.server).resolve())
    if arguments.answers_only:
        os.environ["MYELIN_ANSWERS_ONLY"] = "1"
    if is_sanitized(arguments.server):
        os.environ["MYELIN_SANITIZED"] = "1"
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    suite = unittest.defaultTestLoader.loadTestsFromNames(arguments.names)
    result = unittest.TextTestRunner(verbosity=2, descriptions=False).run(suite)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
