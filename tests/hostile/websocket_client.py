"""A client of WebSocket that makes the mistakes it is told to make."""

import base64
import os
import struct
import zlib

from client import Client

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
MORE = 0


def request(path="/", method="GET", version="HTTP/1.1", **changes):
    """An upgrade; `changes` are headers, with _ for -, None to leave one out."""
    headers = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(b"sixteen bytes ok").decode(),
        "Sec-WebSocket-Version": "13",
    }
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    lines = [f"{name}: {value}\r\n" for name, value in headers.items() if value is not None]
    return f"{method} {path} {version}\r\n{''.join(lines)}\r\n".encode()


def frame(payload=b"", opcode=BINARY, final=True, reserved=0, masked=True, size=None):
    """`size` is what the header claims, where it is not the truth."""
    size = len(payload) if size is None else size
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    mask_bit = 0x80 if masked else 0
    if size <= 125:
        head += bytes([mask_bit | size])
    elif size < 65536:
        head += struct.pack(">BH", mask_bit | 126, size)
    else:
        head += struct.pack(">BQ", mask_bit | 127, size)
    if not masked:
        return head + payload
    key = os.urandom(4)
    pad = (key * (len(payload) // 4 + 1))[: len(payload)]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")
    return head + key + number.to_bytes(len(payload), "big")


def deflated(payload):
    """As permessage-deflate has it, for a frame with reserved=4."""
    maker = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (maker.compress(payload) + maker.flush(zlib.Z_SYNC_FLUSH))[:-4]


class WebSocketClient(Client):
    """One link, upgraded; what it sends is up to frame()."""

    def __init__(self, address, connect=b'CONNECT {"verbose":false}\r\n', **headers):
        super().__init__(address)
        self.close_code = None
        self._frames = bytearray()
        self.send(request(**headers))
        self.answer = self.head()
        if not self.answer.startswith(b"HTTP/1.1 101 "):
            raise AssertionError(f"no upgrade but {self.answer!r}")
        if connect:
            self.send(frame(connect))

    def head(self):
        """The lines of an HTTP answer, up to the empty one."""
        text = b""
        while b"\r\n\r\n" not in text:
            more = self.receive()
            if not more:
                return text
            text += more
        text, _, self._ahead = text.partition(b"\r\n\r\n")
        return text

    def frames(self):
        """What the server sends, until it closes: (opcode, payload)."""
        while True:
            while (one := self._take()) is not None:
                yield one
            more = self.receive()
            if not more:
                return
            self._frames += more

    def _take(self):
        data = self._frames
        if len(data) < 2:
            return None
        size, start = data[1] & 0x7F, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(data) < start:
                return None
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + size:
            return None
        opcode, payload = data[0] & 0x0F, bytes(data[start : start + size])
        del data[: start + size]
        if opcode == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big") if payload else 0
        return opcode, payload

    def until(self, wanted):
        """The protocol's bytes up to the wanted ones; None where the link ends before."""
        text = b""
        for opcode, payload in self.frames():
            if opcode == BINARY:
                text += payload
                if wanted in text:
                    return text
        return None

    def ended(self):
        """Everything of the protocol until the end; close_code is known then."""
        return b"".join(payload for opcode, payload in self.frames() if opcode == BINARY)

    def fence(self):
        self.send(frame(b"PING\r\n"))
        if self.until(b"PONG\r\n") is None:
            raise AssertionError(f"closed with {self.close_code} instead of a PONG")
