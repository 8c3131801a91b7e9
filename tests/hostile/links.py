"""Links that end at the wrong moment, or only half, and a server that has run out of them."""

import ctypes
import resource
import socket
import unittest

from client import Client, connect_line
from server import MIB, until
from siege import ANSWERS_ONLY, Siege

PR_CAPBSET_DROP = 24
CAP_SYS_RESOURCE = 24


class Resets(Siege):
    growth_max = 48 * MIB
    left_max = 8 * MIB

    def test_a_publisher_may_be_reset_in_the_middle_of_anything(self):
        message = b"PUB big 1000000\r\n" + b"x" * 1000000 + b"\r\n"
        for index in range(100):
            client = Client(self.server.address, {})
            client.send(message[: 1 + index * len(message) // 100])
            client.reset()
        self.assertServes()
        until(lambda: self.server.descriptors() < 40, "closing of all that were reset")

    def test_a_subscriber_may_be_reset_in_the_middle_of_anything(self):
        giver = self.greeted()
        message = b"PUB big 1000000\r\n" + b"x" * 1000000 + b"\r\n"
        for index in range(60):
            taker = Client(self.server.address, {}, receive_buffer=16384)
            taker.info()
            taker.send(b"SUB big 1\r\n")
            taker.fence()
            giver.send(message * 2)
            taker.exactly(1 + index * 30000)
            taker.reset()
        giver.fence()
        until(lambda: self.server.descriptors() < 40, "closing of all that were reset")

    def test_both_may_be_reset_while_they_talk_to_each_other(self):
        for index in range(100):
            pair = [Client(self.server.address, {}) for _ in range(2)]
            for client in pair:
                client.send(b"SUB pair 1\r\n" + (b"PUB pair 1000\r\n" + b"x" * 1000 + b"\r\n") * 50)
            for client in pair if index % 2 else reversed(pair):
                client.exactly(500 * index)
                client.reset()
        self.assertServes()


class HalfClosed(Siege):
    def test_who_closes_his_side_hears_what_he_asked_for(self):
        for _ in range(50):
            with Client(self.server.address) as client:
                client.send(connect_line() + b"SUB a 1\r\nPUB a 5\r\nhello\r\n")
                client.socket.shutdown(socket.SHUT_WR)
                self.assertTrue(client.rest().endswith(b"MSG a 1 5\r\nhello\r\n"))

    def test_who_closes_his_side_is_forgotten(self):
        for _ in range(300):
            client = self.client({})
            client.socket.shutdown(socket.SHUT_WR)
        until(lambda: self.server.descriptors() < 40, "closing of the half-closed")

    def test_who_closes_his_side_and_does_not_read_is_forgotten(self):
        """What is left for him is not waited for without end."""
        client = self.client({}, receive_buffer=4096)
        client.send(b"SUB a 1\r\n" + b"PUB a 1000000\r\n" + b"x" * 1000000 + b"\r\n")
        client.socket.shutdown(socket.SHUT_WR)
        self.assertServes()


def few_descriptors():
    """Before the server starts: 64 descriptors, and no right to take more."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


class FewDescriptors(Siege):
    before_start = few_descriptors

    def test_accepting_goes_on_when_descriptors_come_back(self):
        for _ in range(100):
            self.client({})
        until(lambda: "too many open files" in self.server.log, "word of the shortage")
        self.assertLess(self.server.log.count("Accept Error"), 20)
        for client in self.clients[:80]:
            client.reset()
        # Those who waited are served now.
        for client in self.clients[80:]:
            client.info()
            client.fence()
        self.assertServes()


@unittest.skipIf(ANSWERS_ONLY, "the official server has none")
class UnixDomain(Siege):
    config = 'listen_unix: "{folder}/socket"'

    def test_a_unix_domain_link_is_a_link_like_any_other(self):
        path = str(self.server.folder / "socket")
        for text, end in (
            (b"HELLO\r\n", b"-ERR 'Unknown Protocol Operation'\r\n"),
            (b"SUB " + b"a" * 5000, b"-ERR 'maximum control line exceeded'\r\n"),
            (b"PUB a 1048577\r\n", b"-ERR 'Maximum Payload Violation'\r\n"),
        ):
            with Client(path) as client:
                client.try_send(text)
                self.assertTrue(client.rest().endswith(end))
        for index in range(200):
            client = Client(path, {})
            client.try_send(b"PUB a 100000\r\n" + b"x" * (index * 500))
            client.reset()
        with Client(path, {}) as client:
            client.info()
            client.send(b"SUB a 1\r\nPUB a 1\r\nx\r\n")
            self.assertEqual(client.fence(), [b"MSG a 1 1", b"x"])
        until(lambda: self.server.descriptors() < 40, "closing of all that were reset")
