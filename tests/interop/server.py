"""A server under test, started and stopped the way the clients' own harnesses do it.

It listens on a loopback port of the system's choice and is ready when its log on stderr says so.
The log goes on being read, so that the server never waits for us and a test can wait for a line.
Leaving the `async with` block kills the process: nothing outlives the program.
"""

import asyncio
import contextlib
import os
import pathlib
import re
import signal
import tempfile

READY_SECONDS = 10
LISTENING = re.compile(r"Listening for client connections on (.+):(\d+)$")


class Server:
    def __init__(self, binary, *flags, config=None, address=("-a", "-p")):
        """A flag of the address that ends in = carries its value in the same word."""
        self._binary = os.path.abspath(binary)
        self._address = address
        self._flags = flags
        self._config = config
        self._folder = tempfile.TemporaryDirectory(prefix="myelin-interop-")
        self._process = None
        self._reader = None
        self._news = asyncio.Condition()
        self._log_ended = False
        self.port = -1
        self.log = []

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self._process.pid

    @property
    def folder(self):
        return pathlib.Path(self._folder.name)

    @property
    def config_path(self):
        return self.folder / "server.conf"

    def write_config(self, text):
        self.config_path.write_bytes(text if isinstance(text, bytes) else text.encode())

    async def __aenter__(self):
        try:
            await self.start()
        except BaseException:
            await self.discard()
            raise
        return self

    async def __aexit__(self, *_):
        await self.discard()

    async def discard(self):
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.signal(signal.SIGKILL)
            await self._process.wait()
        if self._reader:
            await self._reader
        self._folder.cleanup()

    async def start(self):
        """Starts the process, on the port it had if it had one, and returns when it is ready."""
        command = [self._binary]
        for flag, value in zip(self._address, ("127.0.0.1", str(self.port)), strict=False):
            command += [flag + value] if flag.endswith("=") else [flag, value]
        command += self._flags
        if self._config is not None:
            self.write_config(self._config)
            command += ["-c", str(self.config_path)]
        self.log = []
        self._log_ended = False
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._folder.name,
            limit=1 << 22,
        )
        self._reader = asyncio.create_task(self._read_log())
        found = await self.log_line(LISTENING)
        await self.log_line(re.compile(r"Server is ready$"))
        self.port = int(found.group(2))

    async def stop(self, how=signal.SIGTERM):
        """Sends the signal and returns the exit code; a death by signal is negative."""
        self.signal(how)
        return await self.ended()

    async def ended(self):
        code = await asyncio.wait_for(self._process.wait(), READY_SECONDS)
        await self._reader
        return code

    def signal(self, which):
        # Process.send_signal of asyncio may take the exit code away from wait().
        os.kill(self.pid, which)

    async def log_line(self, pattern, after=0):
        """The first match of the pattern in the log after so many lines, there or still to come."""
        seen = after
        async with asyncio.timeout(READY_SECONDS), self._news:
            while True:
                for line in self.log[seen:]:
                    if found := pattern.search(line):
                        return found
                seen = len(self.log)
                if self._log_ended:
                    raise RuntimeError(f"the server ended without {pattern.pattern!r}: {self.log}")
                await self._news.wait()

    async def _read_log(self):
        while line := await self._process.stderr.readline():
            async with self._news:
                self.log.append(line.decode(errors="replace").rstrip("\r\n"))
                self._news.notify_all()
        async with self._news:
            self._log_ended = True
            self._news.notify_all()
