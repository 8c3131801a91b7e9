"""TLS and the PROXY protocol spoken badly: garbage, half handshakes, records that are none."""

import contextlib
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

from client import ANSWER_SECONDS, Client
from server import MIB, until
from siege import ANSWERS_ONLY, Siege, crowd_size

sys.path.append(str(pathlib.Path(__file__).parent.parent / "interop"))
import certificates  # noqa: E402

FOLDER = tempfile.TemporaryDirectory(prefix="hostile-tls-")
TIMEOUT_SECONDS = 1


def setUpModule():
    if not certificates.AVAILABLE:
        raise unittest.SkipTest("the openssl command is not installed")
    authority = certificates.Authority(FOLDER.name)
    authority.issue("server")


def tearDownModule():
    FOLDER.cleanup()


def client_hello():
    """The first flight of a real client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cafile=f"{FOLDER.name}/authority.pem")
    session = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class Secured(Client):
    """A link under TLS, and the socket below it, to be misused."""

    def __init__(self, address, version=None):
        super().__init__(address)
        self.info()
        context = ssl.create_default_context(cafile=f"{FOLDER.name}/authority.pem")
        if version:
            context.minimum_version = context.maximum_version = version
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.session = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        while True:
            try:
                self.session.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.flush()
                self.incoming.write(self.socket.recv(65536))
        self.flush()

    def flush(self):
        self.socket.sendall(self.outgoing.read())

    def say(self, data):
        self.session.write(data)
        self.flush()

    def hear(self, wanted):
        got = b""
        while wanted not in got:
            try:
                got += self.session.read(65536)
            except ssl.SSLWantReadError:
                self.incoming.write(self.socket.recv(65536))
        return got


class TlsSiege(Siege):
    """Whoever speaks no TLS is served too, so that the bystanders can be as they are."""

    config = f"""
        tls {{
            cert_file: "{FOLDER.name}/server-cert.pem", key_file: "{FOLDER.name}/server-key.pem"
            timeout: {TIMEOUT_SECONDS}
        }}
        allow_non_tls: true
        debug: true
    """

    def hello(self):
        """A link that was greeted."""
        client = self.client()
        client.info()
        return client

    def assertServesTls(self):
        with Secured(self.server.address) as client:
            client.say(b'CONNECT {"verbose":false}\r\nPING\r\n')
            self.assertIn(b"PONG\r\n", client.hear(b"PONG\r\n"))

    def said(self, data):
        """All that a link hears before its end which sends this after INFO."""
        client = self.hello()
        client.try_send(data)
        return client.rest()


class Garbage(TlsSiege):
    def test_what_begins_like_a_handshake_and_is_none_ends_the_link(self):
        for data in (
            b"\x16" + b"garbage" * 100,
            b"\x16\x03\x01\x00\x05hello",
            b"\x16\x03\x01\xff\xff" + b"x" * 70_000,
            b"\x16\x03\x03\x00\x00" * 1000,
            b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + b"x" * 16_380,
            b"\x16\x00\x00\x00\x00",
            client_hello()[:5] + b"\xff" * 600,
        ):
            rest = self.said(data)
            self.assertTrue(rest == b"" or rest[0] == 0x15, rest[:50])  # at most an alert
        self.assertServesTls()

    def test_a_handshake_may_be_cut_anywhere(self):
        hello = client_hello()
        for size in range(1, len(hello)):
            client = self.hello()
            client.send(hello[:size])
            client.reset() if size % 2 else client.socket.shutdown(socket.SHUT_WR)
        until(lambda: self.server.descriptors() < 60, "closing of the cut", ANSWER_SECONDS)
        self.assertServesTls()

    def test_a_handshake_with_any_byte_changed_ends_or_succeeds(self):
        hello = client_hello()
        for at in range(0, len(hello), 3):
            changed = bytearray(hello)
            changed[at] ^= 0x55
            client = self.hello()
            client.try_send(bytes(changed))
            client.socket.shutdown(socket.SHUT_WR)
            client.rest()
        self.assertServesTls()

    def test_a_handshake_may_come_byte_by_byte(self):
        client = self.hello()
        for byte in client_hello():
            client.send(bytes([byte]))
        self.assertEqual(client.receive(1), b"\x16")


class Slow(TlsSiege):
    def test_who_begins_and_does_not_go_on_is_left(self):
        for data in (b"\x16", client_hello()[:100], client_hello()):
            rest = self.said(data)
            self.assertNotIn(b"-ERR", rest)
        self.assertIn("i/o timeout", self.server.log)

    def test_many_half_handshakes_cost_little_and_end(self):
        hello = client_hello()
        crowd = [self.hello() for _ in range(crowd_size(300))]
        for index, client in enumerate(crowd):
            client.try_send(hello[: 1 + index % len(hello)])
        self.assertServesTls()
        until(lambda: self.server.descriptors() < 60, "the end of half handshakes", ANSWER_SECONDS)


class Records(TlsSiege):
    def test_a_record_that_was_changed_ends_the_link(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            client = Secured(self.server.address, version)
            client.say(b'CONNECT {"verbose":false}\r\nPING\r\n')
            client.hear(b"PONG\r\n")
            client.session.write(b"PING\r\n")
            record = bytearray(client.outgoing.read())
            record[-1] ^= 1
            client.socket.sendall(record)
            self.assertNotIn(b"PONG", client.rest())

    def test_a_record_that_is_too_large_ends_the_link(self):
        client = Secured(self.server.address)
        client.try_send(b"\x17\x03\x03" + struct.pack(">H", 0xFFFF) + b"x" * 65_535)
        client.rest()
        self.assertServesTls()

    def test_plain_text_behind_a_handshake_ends_the_link(self):
        client = Secured(self.server.address)
        client.try_send(b"PING\r\n" * 1000)
        self.assertNotIn(b"PONG", client.rest())

    def test_empty_records_without_end_end_the_link(self):
        client = Secured(self.server.address, ssl.TLSVersion.TLSv1_2)
        client.try_send(b"\x17\x03\x03\x00\x00" * 100_000)
        client.rest()
        self.assertServesTls()

    def test_a_bad_operation_under_tls_is_told_and_the_end_is_said(self):
        client = Secured(self.server.address)
        client.say(b"HELLO\r\n")
        self.assertIn(b"-ERR 'Unknown Protocol Operation'\r\n", client.hear(b"\r\n"))
        client.incoming.write(client.rest())
        self.assertEqual(client.session.read(1), b"")

    def test_who_does_not_read_is_cut_off_and_costs_what_he_may(self):
        taker = Secured(self.server.address)
        taker.say(b'CONNECT {"verbose":false}\r\nSUB flood 1\r\nPING\r\n')
        taker.hear(b"PONG\r\n")
        giver = self.greeted()
        message = b"PUB flood 500000\r\n" + b"x" * 500_000 + b"\r\n"
        for _ in range(20):
            giver.send(message)
        giver.fence()
        taker.reset()
        self.assertServesTls()

    growth_max = 48 * MIB


def relay_behind_info(address):
    """A port for one link, from which the server's INFO is kept: for who knows only TLS."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source, to):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)

    def serve():
        with listener, listener.accept()[0] as near, Client(address) as far:
            far.info()
            back = threading.Thread(target=pump, args=(far.socket, near))
            back.start()
            pump(near, far.socket)
            back.join()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


class SecondHandshake(TlsSiege):
    def test_a_second_handshake_is_refused(self):
        """Asked for by openssl's own client, to whom R at the beginning of a line is the wish."""
        port = relay_behind_info(self.server.address)
        process = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_2",
             "-CAfile", f"{FOLDER.name}/authority.pem"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        with process:
            said = b""
            while b"Verify return code" not in said:
                said += process.stdout.readline()
            answer, _ = process.communicate(b"R\n", timeout=ANSWER_SECONDS)
        self.assertRegex(answer, b"no renegotiation|unexpected message")
        self.assertServes()


class ProxyHeaders(Siege):
    config = "proxy_protocol: true\ndebug: true"

    def test_a_bad_header_ends_the_link_without_a_word(self):
        signature = b"\r\n\r\n\0\r\nQUIT\n"
        for data in (
            b"PROXY TCP4 1.2.3.4\r\n",
            b"PROXY " + b"x" * 1000,
            b"PROXY TCP4 " + b"1" * 90 + b"\r\n",
            signature + b"\x31\x11\x00\x0c" + b"x" * 12,
            signature + b"\x21\x11\x00\x01x",
            signature + b"\x21\x99\xff\xff" + b"x" * 100,
        ):
            client = self.client()
            client.info()
            client.try_send(data)
            self.assertEqual(client.rest(), b"", data[:60])
        self.assertIn("Error reading PROXY protocol header", self.server.log)

    def test_a_header_cut_anywhere_is_forgotten(self):
        header = b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"
        for size in range(len(header)):
            client = self.client()
            client.send(header[:size])
            client.reset()
        until(lambda: self.server.descriptors() < 60, "closing of the cut", ANSWER_SECONDS)

    def test_who_comes_through_a_proxy_is_told_his_own_address(self):
        client = self.client()
        self.assertNotIn("client_ip", client.info())
        client.send(b"PROXY TCP6 2001:db8::7 ::1 1 2\r\n")
        client.send(b'CONNECT {"verbose":false,"protocol":1}\r\nPING\r\n')
        self.assertEqual(client.line(), b"PONG")
        self.assertEqual(client.info()["client_ip"], "2001:db8::7")

    @unittest.skipIf(ANSWERS_ONLY, "takes the official server five seconds more")
    def test_a_header_that_does_not_come_is_not_waited_for(self):
        client = self.client()
        client.info()
        client.send(b"PROXY")
        self.assertEqual(client.rest(), b"")
