"""A client of the wire protocol that says exactly what it is told to, right or wrong."""

import array
import fcntl
import json
import socket
import struct
import termios

from server import until

ANSWER_SECONDS = 30
QUIET = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "protocol": 1}


class Client:
    """One link. `connect` is the CONNECT sent at once; None sends none."""

    def __init__(self, address, connect=None, receive_buffer=None):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(ANSWER_SECONDS)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(address)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ahead = b""
        if connect is not None:
            self.send(connect_line(**connect))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the link with RST: what is in flight, either way, is lost."""
        if self.socket.fileno() < 0:
            return
        if self.socket.family == socket.AF_INET:
            linger = struct.pack("ii", 1, 0)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def try_send(self, data):
        """Sends what the peer still takes; whether it took all."""
        try:
            self.socket.sendall(data)
            return True
        except (ConnectionError, TimeoutError):
            return False

    def wait_until_read(self):
        """Returns when the server has read all that was sent; for unix-domain links only."""
        unread = array.array("i", [0])

        def is_read():
            fcntl.ioctl(self.socket, termios.TIOCOUTQ, unread)
            return unread[0] == 0

        until(is_read, "reading of what was sent")

    def receive(self, size=65536):
        """The next bytes; none at the end of the stream, however it ends."""
        if self._ahead:
            ahead, self._ahead = self._ahead, b""
            return ahead
        try:
            return self.socket.recv(size)
        except ConnectionError:
            return b""

    def line(self):
        """The next line without its end; None at the end of the stream."""
        text = b""
        while b"\n" not in text:
            more = self.receive()
            if not more:
                return None
            text += more
        text, _, self._ahead = text.partition(b"\n")
        return text.rstrip(b"\r")

    def exactly(self, size):
        """So many bytes, less a PING of the server's before them."""
        data = bytearray()
        while len(data) < size:
            more = self.receive()
            if not more:
                break
            data += more
            if data.startswith(b"PING\r\n"):
                del data[:6]
        self._ahead = bytes(data[size:])
        return bytes(data[:size])

    def rest(self):
        """Everything until the end of the stream."""
        text = bytearray()
        while more := self.receive():
            text += more
        return bytes(text)

    def info(self):
        line = self.line() or b""
        if not line.startswith(b"INFO "):
            raise AssertionError(f"no INFO but {line!r}")
        return json.loads(line[5:])

    def fence(self):
        """PING and all that comes before its PONG, less what a server says unasked."""
        self.send(b"PING\r\n")
        lines = []
        while True:
            line = self.line()
            if line == b"PONG":
                return lines
            if line is None:
                raise AssertionError(f"closed instead of a PONG, after {lines!r}")
            if line == b"PING":
                self.send(b"PONG\r\n")
            elif not line.startswith(b"INFO "):
                lines.append(line)


def connect_line(**fields):
    return b"CONNECT " + json.dumps({**QUIET, **fields}).encode() + b"\r\n"


def errors_in(text):
    """The texts of the -ERR lines."""
    return [
        line.strip()[6:-1].decode(errors="replace")
        for line in text.split(b"\n")
        if line.startswith(b"-ERR '")
    ]
