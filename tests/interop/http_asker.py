"""An HTTP asker that can be rude: raw bytes over one connection, and answers read by the rules.

Python's own client is too polite for half of what a server must bear.
"""

import asyncio
import contextlib
import dataclasses
import json
import re
import ssl

WAIT_SECONDS = 30
MONITOR = re.compile(r"Starting https? monitor on (.+):(\d+)$")


@dataclasses.dataclass
class Answer:
    status: int
    version: str
    fields: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode(errors="replace")

    @property
    def json(self):
        return json.loads(self.body)


class Asker:
    """One connection. Every wait has an end."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port, tls=None):
        return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=tls, limit=1 << 20))

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.writer.close()
        with contextlib.suppress(OSError, ssl.SSLError, asyncio.TimeoutError):
            await asyncio.wait_for(self.writer.wait_closed(), WAIT_SECONDS)

    def send(self, data):
        self.writer.write(data if isinstance(data, bytes) else data.encode("latin-1"))

    def ask(self, target, method="GET", fields=(), version="1.1", body=b""):
        lines = [f"{method} {target} HTTP/{version}", "Host: localhost", *fields]
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    async def answer(self, is_head=False):
        async with asyncio.timeout(WAIT_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip("\r\n").split("\r\n")
            version, status = first.split(" ")[:2]
            fields = {}
            for line in lines:
                name, value = line.split(": ", 1)
                fields[name.lower()] = value
            return Answer(int(status), version, fields, await self._body(is_head, status, fields))

    async def _body(self, is_head, status, fields):
        if is_head or status in ("304", "100"):
            return b""
        if fields.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(await self.reader.readline(), 16):
                body += await self.reader.readexactly(size)
                await self.reader.readexactly(2)
            await self.reader.readexactly(2)
            return body
        if "content-length" in fields:
            return await self.reader.readexactly(int(fields["content-length"]))
        return await self.reader.read()

    async def rest(self):
        """What comes until the server closes."""
        async with asyncio.timeout(WAIT_SECONDS):
            with contextlib.suppress(ConnectionError):
                return await self.reader.read()
            return b""


async def get(port, target, tls=None, **request):
    """One question over a connection of its own."""
    async with await Asker.connect(port, tls) as asker:
        asker.ask(target, **request)
        return await asker.answer(is_head=request.get("method") == "HEAD")


async def monitor_port(server):
    return int((await server.log_line(MONITOR)).group(2))
