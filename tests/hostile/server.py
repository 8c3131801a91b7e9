"""A server to be ill-treated: started on a loopback port of the system's choice, watched, ended.

Its memory is sampled while it runs: RssAnon of /proc, what it has taken and not given back.
Leaving the `with` block asks it to end and expects that it does so cleanly, with nothing in its log
that a sanitizer or a broken invariant would have written. No process outlives the program.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time

READY_SECONDS = 20
END_SECONDS = 30
SAMPLE_SECONDS = 0.005
BROKEN = re.compile(r"ERROR: \w+Sanitizer|runtime error:|INVARIANT|terminate called|panic:")
MIB = 1024 * 1024


class Server:
    def __init__(self, binary, config="", flags=(), before_start=None):
        self._folder = tempfile.TemporaryDirectory(prefix="hostile-")
        self._binary = str(pathlib.Path(binary).resolve())
        self._config = config
        self._flags = list(flags)
        self._before_start = before_start
        self._process = None
        self._log = None
        self._watch = None
        self._watch_ends = threading.Event()
        self.peak = 0
        self.port = 0
        self.websocket_address = None
        self.monitoring_address = None

    @property
    def folder(self):
        return pathlib.Path(self._folder.name)

    @property
    def pid(self):
        return self._process.pid

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self._end()
        finally:
            self.kill()

    def _start(self):
        command = [self._binary, "-a", "127.0.0.1", "-p", "-1"]
        command += ["--ports_file_dir", str(self.folder)]
        if self._config:
            path = self.folder / "server.conf"
            path.write_text(self._config.replace("{folder}", str(self.folder)))
            command += ["-c", str(path)]
        self._log = open(self.folder / "log", "wb")
        self._process = subprocess.Popen(
            command + self._flags,
            stdin=subprocess.DEVNULL,
            stderr=self._log,
            cwd=self.folder,
            preexec_fn=self._before_start,
        )
        ports = self.folder / f"{pathlib.Path(self._binary).name}_{self.pid}.ports"
        until(lambda: ports.exists() or self.has_ended(), "the ports file", READY_SECONDS)
        if self.has_ended():
            raise AssertionError(f"the server did not start: {self.log}")
        until(lambda: ports.read_text().endswith("}"), "a whole ports file", READY_SECONDS)
        announced = json.loads(ports.read_text())
        self.port = int(announced["nats"][0].rpartition(":")[2])
        for door in ("websocket", "monitoring"):
            if door in announced:
                port = int(announced[door][0].rpartition(":")[2])
                setattr(self, f"{door}_address", ("127.0.0.1", port))
        until(lambda: "Server is ready" in self.log, "readiness", READY_SECONDS)
        self._watch = threading.Thread(target=self._watch_memory, daemon=True)
        self._watch.start()

    def _end(self):
        if self.has_ended():
            raise AssertionError(f"the server ended with {self._process.returncode}: {self.log}")
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError("the server did not end when asked to") from None
        if BROKEN.search(self.log):
            raise AssertionError(f"the server's log: {self.log[-20000:]}")
        if code not in (0, 1, -signal.SIGTERM):
            raise AssertionError(f"the server ended with {code}: {self.log[-20000:]}")

    def kill(self):
        self._watch_ends.set()
        if self._watch:
            self._watch.join()
        if self._process and not self.has_ended():
            self._process.kill()
            self._process.wait()
        if self._log:
            self._log.close()
        self._folder.cleanup()

    def signal(self, number):
        self._process.send_signal(number)

    def has_ended(self):
        return self._process.poll() is not None

    def memory(self):
        """RssAnon in bytes."""
        try:
            status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return 0
        found = re.search(r"^RssAnon:\s*(\d+) kB", status, re.MULTILINE)
        size = int(found.group(1)) * 1024 if found else 0
        self.peak = max(self.peak, size)
        return size

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def _watch_memory(self):
        while not self._watch_ends.wait(SAMPLE_SECONDS):
            self.memory()


def until(condition, what, seconds=20, say=lambda: ""):
    """Asks again and again; what is awaited comes in time or the test fails."""
    end = time.monotonic() + seconds
    pause = 0.001
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"in {seconds} s there was no {what} {say()}".rstrip())
        time.sleep(pause)
        pause = min(pause * 2, 0.05)
