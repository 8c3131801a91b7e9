"""More links than there should be: silent ones, one too many, and those that come and go."""

import time

from client import Client, errors_in
from server import MIB, until
from siege import SANITIZED, Siege, crowd_size

CROWD = 10000
# Long enough for all of them to be there at once.
CROWD_SECONDS = 20 if SANITIZED else 6
# What a link that never says CONNECT may cost.
SILENT_SIZE = 3 * 1024


class HalfOpen(Siege):
    config = """
        authorization { user: ada, password: lovelace, timeout: %d }
    """ % CROWD_SECONDS
    credentials = ("ada", "lovelace")
    growth_max = CROWD * SILENT_SIZE + 8 * MIB
    left_max = 8 * MIB

    def test_links_without_connect_are_closed_in_time(self):
        count = crowd_size(CROWD)
        for _ in range(count):
            self.client()
        for client in self.clients[:: count // 50]:
            client.info()
        # Others are let in meanwhile.
        with Client(self.server.address, {"user": "ada", "pass": "lovelace"}) as client:
            client.info()
            client.fence()
        for client in self.clients[1 :: count // 50]:
            self.assertEqual(errors_in(client.rest()), ["Authentication Timeout"])
        until(lambda: self.server.descriptors() < 40, "closing of all the silent")


class HalfSaid(Siege):
    config = """
        authorization { user: ada, password: lovelace, timeout: 1 }
    """
    credentials = ("ada", "lovelace")

    def test_a_connect_that_never_ends_is_closed_in_time(self):
        client = self.client()
        client.info()
        client.send(b'CONNECT {"user":"ada",')
        self.assertEqual(errors_in(client.rest()), ["Authentication Timeout"])

    def test_a_connect_that_comes_byte_by_byte_is_closed_in_time(self):
        """Going on to talk buys no time."""
        client = self.client()
        client.info()
        client.send(b"CONNECT {")
        end = time.monotonic() + 20
        while client.try_send(b" ") and time.monotonic() < end:
            time.sleep(0.01)
        self.assertLess(time.monotonic(), end)

    def test_another_word_than_connect_ends_the_link(self):
        for text in (b"PING\r\n", b"SUB > 1\r\n", b"PUB a 1\r\nx\r\n", b"\x00", b"\r\n"):
            self.assertRefused(text, "Authorization Violation")


class TooMany(Siege):
    config = "max_connections: 50"

    def test_one_too_many_is_told_so(self):
        for _ in range(48):  # the bystanders are two
            self.greeted()
        for _ in range(500):
            self.assertRefused(b"", "maximum connections exceeded")
        # Whoever is in stays in, and a place that becomes free is given away.
        self.clients[0].fence()
        self.clients.pop().reset()

        def is_served():
            with Client(self.server.address, {}) as client:
                client.info()
                client.send(b"PING\r\n")
                return client.line() == b"PONG"

        until(is_served, "place for one more")


class ComeAndGo(Siege):
    growth_max = 8 * MIB
    left_max = 4 * MIB

    def test_links_that_come_and_go_leave_nothing(self):
        for index in range(5000):
            client = Client(self.server.address)
            client.send(b"CONNECT {}\r\nSUB come.and.go 1\r\nPUB come.and.go 2\r\nhi\r\n")
            client.reset() if index % 3 else client.close()
        self.assertServes()
        until(lambda: self.server.descriptors() < 40, "closing of all who went")
