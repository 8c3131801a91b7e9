"""Those who do not read what they asked for, or hardly."""

import time

from client import Client
from server import MIB, until
from siege import Siege

PENDING = 8 * MIB
CONFIG = f"max_pending: {PENDING}, max_payload: 1MB"


class Deaf(Siege):
    config = CONFIG
    # What may wait, the block it waits in, and what is on its way in and out.
    growth_max = 2 * PENDING + 8 * MIB
    left_max = 8 * MIB

    def deaf(self, subject=b"flood", connect=None):
        client = self.client({} if connect is None else connect, receive_buffer=4096)
        client.info()
        client.send(b"SUB %s 1\r\n" % subject)
        client.fence()
        return client

    def flood(self, size, total):
        """Publishes so many bytes and returns once they have been heard."""
        giver = self.greeted()
        message = b"PUB flood %d\r\n%s\r\n" % (size, b"x" * size)
        batch = message * max(1, MIB // len(message))
        for _ in range(total // len(batch)):
            giver.send(batch)
        giver.fence()

    def assertCutOff(self, client):
        heard = client.rest()
        self.assertNotIn(b"-ERR", heard)
        self.assertLess(len(heard), 64 * MIB)
        until(lambda: "Slow Consumer Detected: MaxPending of" in self.server.log, "word of it")

    def test_who_stops_reading_is_cut_off(self):
        for size in (16, 5000, 100000, 1000000):
            with self.subTest(size=size):
                deaf = self.deaf()
                self.flood(size, 4 * PENDING)
                self.assertCutOff(deaf)

    def test_the_publisher_goes_on_and_the_others_hear_all(self):
        taker = self.greeted()
        taker.send(b"SUB flood 1\r\n")
        taker.fence()
        deaf = self.deaf()
        giver = self.greeted()
        count = 3 * PENDING // 10000
        message = b"MSG flood 1 10000\r\n" + b"x" * 10000 + b"\r\n"
        for _ in range(count):
            giver.send(b"PUB flood 10000\r\n" + b"x" * 10000 + b"\r\n")
            self.assertEqual(taker.exactly(len(message)), message)
        giver.fence()
        self.assertCutOff(deaf)

    def test_a_deaf_member_does_not_hold_up_its_queue_group(self):
        self.deaf(b"flood group")
        self.flood(10000, 6 * PENDING)

    def test_who_floods_himself_and_does_not_read_is_cut_off(self):
        client = self.deaf()
        message = b"PUB flood 1000\r\n" + b"x" * 1000 + b"\r\n"
        end = time.monotonic() + 30
        while client.try_send(message * 100) and time.monotonic() < end:
            pass
        self.assertCutOff(client)

    def test_who_does_not_read_the_answers_is_cut_off(self):
        """PONG, +OK, -ERR and 503 wait in the same queue as messages, and count as they do."""
        asking = {
            b"PING\r\n": {},
            b"SUB a 1\r\n": {"verbose": True},
            b"SUB a..b 2\r\n": {},
            b"PUB a..b 0\r\n\r\n": {"pedantic": True},
            b"PUB $JS.none inbox 0\r\n\r\n": {},
        }
        for text, connect in asking.items():
            with self.subTest(text=text):
                client = self.deaf(b"inbox", connect)
                end = time.monotonic() + 60
                while client.try_send(text * 10000) and time.monotonic() < end:
                    pass
                self.assertLess(time.monotonic(), end, "everything was taken")

    def test_many_who_do_not_read_cost_what_each_may(self):
        deaf = [self.deaf() for _ in range(4)]
        self.growth_max = 5 * 2 * PENDING
        self.flood(10000, 2 * PENDING)
        for client in deaf:
            self.assertCutOff(client)


class HardlyReading(Siege):
    config = CONFIG
    growth_max = 2 * PENDING + 8 * MIB

    def test_who_reads_byte_by_byte_hears_all_of_it(self):
        taker = self.client({}, receive_buffer=4096)
        taker.info()
        taker.fence()
        taker.send(b"SUB drops 1\r\n")
        taker.fence()
        giver = self.greeted()
        message = b"MSG drops 1 100\r\n" + b"y" * 100 + b"\r\n"
        giver.send((b"PUB drops 100\r\n" + b"y" * 100 + b"\r\n") * 2000)
        giver.fence()
        heard = bytearray()
        for _ in range(20000):
            heard += taker.receive(1)
        heard += taker.exactly(2000 * len(message) - len(heard))
        self.assertEqual(bytes(heard), message * 2000)


class Late(Siege):
    config = 'write_deadline: "500ms", max_pending: 64MB'
    growth_max = 64 * MIB

    def test_who_reads_nothing_for_long_is_cut_off_below_the_maximum_too(self):
        client = self.client({}, receive_buffer=4096)
        client.info()
        client.send(b"SUB late 1\r\n")
        client.fence()
        giver = self.greeted()
        giver.send((b"PUB late 100000\r\n" + b"x" * 100000 + b"\r\n") * 100)
        giver.fence()
        until(lambda: "WriteDeadline of 500ms exceeded" in self.server.log, "word of the deadline")
        client.rest()


class Unstalled(Siege):
    config = CONFIG + ", no_fast_producer_stall: true"
    growth_max = 2 * PENDING + 8 * MIB

    def test_without_stalling_what_does_not_fit_is_dropped(self):
        client = self.client({}, receive_buffer=4096)
        client.info()
        client.send(b"SUB drop 1\r\n")
        client.fence()
        with Client(self.server.address, {}) as giver:
            for _ in range(40):
                giver.send((b"PUB drop 1000\r\n" + b"x" * 1000 + b"\r\n") * 1000)
            giver.fence()
        client.send(b"UNSUB 1\r\nPING\r\n")
        heard = b""
        while not heard.endswith(b"PONG\r\n"):
            more = client.receive()
            self.assertTrue(more, "cut off")
            heard = heard[-6:] + more
