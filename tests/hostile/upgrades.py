"""Wrong HTTP where an upgrade to WebSocket is awaited: what it is told, and what it costs."""

import os
import re
import signal
import time

from client import Client
from server import MIB, until
from siege import Siege, crowd_size
from websocket_client import WebSocketClient, request

# A request, and the status of its answer.
WRONG = [
    (b"hello\r\n\r\n", 400),
    (b"GET\r\n\r\n", 400),
    (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nNo colon here\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nBad name: y\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (request(method="POST", Content_Length="0"), 405),
    (request(method="DELETE"), 405),
    (request(Upgrade=None), 400),
    (request(Upgrade="h2c"), 400),
    (request(Connection=None), 400),
    (request(Connection="close"), 400),
    (request(Sec_WebSocket_Key=None), 400),
    (request(Sec_WebSocket_Key="too short"), 400),
    (request(Sec_WebSocket_Key="A" * 5000), 400),
    (request(Sec_WebSocket_Version=None), 400),
    (request(Sec_WebSocket_Version="12"), 400),
    (request(path="/mqtt"), 404),
]
HANDSHAKE_SECONDS = 2


class Upgrades(Siege):
    config = """
        websocket { host: 127.0.0.1, port: -1, no_tls: true, handshake_timeout: "%ds" }
    """ % HANDSHAKE_SECONDS

    def status_of(self, text):
        with Client(self.server.websocket_address) as client:
            client.try_send(text)
            line = client.line() or b""
        found = re.match(rb"HTTP/1\.[01] (\d{3}) ", line)
        return int(found.group(1)) if found else line

    def assertUpgrades(self):
        with WebSocketClient(self.server.websocket_address) as client:
            client.fence()

    def test_each_mistake_has_its_status(self):
        for text, status in WRONG:
            with self.subTest(text=text[:80]):
                self.assertEqual(self.status_of(text), status)
        self.assertUpgrades()

    def test_a_mistake_is_logged(self):
        self.assertEqual(self.status_of(request(Upgrade=None)), 400)
        word = "websocket handshake error: invalid value for header 'Upgrade'"
        until(lambda: word in self.server.log, "word of the refused upgrade")

    def test_huge_headers_are_refused(self):
        """Megabytes of one header, of many, or of a path: the answer comes before all of it."""
        pad = b"x" * 65536
        for head in (
            b"GET / HTTP/1.1\r\nHost: x\r\nX: ",
            b"GET /",
        ):
            with Client(self.server.websocket_address) as client:
                client.try_send(head)
                for _ in range(128):
                    if not client.try_send(pad):
                        break
                said = client.receive()
            # Whose bytes were not all read may see a reset in place of the answer.
            if said:
                self.assertRegex(said, rb"^HTTP/1\.1 (431|414|400) ")
        lines = b"".join(b"X-%d: y\r\n" % index for index in range(200_000))
        self.assertIn(self.status_of(b"GET / HTTP/1.1\r\nHost: x\r\n" + lines), (431, 400, b""))
        self.assertUpgrades()

    def test_a_silent_handshake_is_closed_in_time(self):
        client = self.client_at_websocket()
        begin = time.monotonic()
        client.rest()
        self.assertLess(time.monotonic() - begin, HANDSHAKE_SECONDS + 10)

    def test_a_handshake_byte_by_byte_is_closed_in_time(self):
        """Going on to talk buys no time."""
        client = self.client_at_websocket()
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n")
        end = time.monotonic() + 20
        while client.try_send(b"X: y\r\n") and time.monotonic() < end:
            time.sleep(0.05)
        self.assertLess(time.monotonic(), end)

    def test_frames_before_the_answer_are_refused(self):
        """Who does not wait for the upgrade is not served, or served rightly; never mixed up."""
        with Client(self.server.websocket_address) as client:
            client.send(request() + b"\x82\x80abcd")
            said = client.receive()
        self.assertTrue(said == b"" or said.startswith(b"HTTP/1.1 "), said)
        self.assertUpgrades()

    def test_a_refused_upgrade_may_be_mended_on_the_same_link(self):
        with Client(self.server.websocket_address) as client:
            client.send(request(Upgrade=None))
            said = b""
            while b"Bad Request\n" not in said and (more := client.receive()):
                said += more
            self.assertTrue(said.startswith(b"HTTP/1.1 400 "), said)

    def client_at_websocket(self):
        client = Client(self.server.websocket_address)
        self.clients.append(client)
        return client


class Origins(Siege):
    config = """
        websocket {
          host: 127.0.0.1, port: -1, no_tls: true
          same_origin: true
          allowed_origins: ["http://127.0.0.1", "http://good.example.com"]
        }
    """

    def test_other_pages_are_refused_and_logged(self):
        others = ("http://evil.example.com", "https://127.0.0.1", "null", "file://", "http://[")
        for origin in others:
            with self.subTest(origin=origin), Client(self.server.websocket_address) as client:
                client.send(request(Origin=origin))
                self.assertEqual(client.line(), b"HTTP/1.1 403 Forbidden")
        refused = "origin not allowed: not same origin"
        until(lambda: refused in self.server.log, "word of the origin")
        with WebSocketClient(self.server.websocket_address, Origin="http://127.0.0.1") as client:
            client.fence()


class Crowd(Siege):
    config = """
        websocket { host: 127.0.0.1, port: -1, no_tls: true, handshake_timeout: "3s" }
    """
    growth_max = 80 * MIB
    left_max = 16 * MIB

    def test_many_slow_handshakes_end(self):
        for _ in range(crowd_size(3000)):
            client = Client(self.server.websocket_address)
            client.send(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
            self.clients.append(client)
        with WebSocketClient(self.server.websocket_address) as client:
            client.fence()
        until(lambda: self.server.descriptors() < 60, "closing of the slow", seconds=40)

    def test_who_is_gone_before_the_answer_is_not_missed(self):
        """The requests lie there whole, and their links are reset, before the server reads one."""
        os.kill(self.server.pid, signal.SIGSTOP)
        try:
            for _ in range(100):
                client = Client(self.server.websocket_address)
                client.send(request())
                client.reset()
        finally:
            os.kill(self.server.pid, signal.SIGCONT)
        with WebSocketClient(self.server.websocket_address) as client:
            client.fence()
        until(lambda: self.server.descriptors() < 60, "closing of all who went")

    def test_upgrades_that_come_and_go_leave_nothing(self):
        for index in range(1000):
            client = Client(self.server.websocket_address)
            client.send(request()[: 40 + index % 200])
            client.reset() if index % 3 else client.close()
        for index in range(300):
            client = WebSocketClient(self.server.websocket_address)
            client.reset() if index % 3 else client.close()
        until(lambda: self.server.descriptors() < 60, "closing of all who went")
