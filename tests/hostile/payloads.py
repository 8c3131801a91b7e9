"""Payloads that are announced and do not come, or come in part, and headers that lie."""

from client import Client, connect_line, errors_in
from server import MIB
from siege import Siege, crowd_size

ANNOUNCED = 1024 * 1024
PUBLISH = b"PUB never %d\r\n" % ANNOUNCED


class NeverSent(Siege):
    # What a link costs, and the first page of what it was promised.
    growth_max = 10000 * 12 * 1024
    left_max = 8 * MIB

    def test_a_payload_never_sent_costs_next_to_nothing(self):
        for _ in range(crowd_size(10000)):
            self.client({}).send(PUBLISH)
        # The last one was heard, so all were.
        self.assertServes()
        for client in self.clients[-3:]:
            client.reset()
        self.assertServes()


class HalfSent(Siege):
    count = 200
    growth_max = count * (ANNOUNCED // 2 + 64 * 1024) + 8 * MIB
    left_max = 16 * MIB

    def test_a_payload_half_sent_costs_what_was_sent(self):
        half = PUBLISH + b"x" * (ANNOUNCED // 2)
        for _ in range(self.count):
            self.client({}).send(half)
        self.assertServes()
        for client in self.clients[: self.count // 2]:
            client.close()
        self.assertServes()


class Headers(Siege):
    def test_a_header_size_that_lies_is_refused(self):
        lies = (b"13 12", b"4294967297 12", b"999999999 12", b"-1 12", b"1 -1", b"x 12", b"12")
        for sizes in lies:
            with self.subTest(sizes=sizes):
                self.assertRefused(
                    connect_line() + b"HPUB foo " + sizes + b"\r\nNATS/1.0\r\n\r\n\r\n", None
                )

    def test_a_header_that_is_none_is_passed_on_as_it_came(self):
        taker = self.greeted()
        taker.send(b"SUB h 1\r\n")
        taker.fence()
        plain = self.greeted(headers=False, no_responders=False)
        plain.send(b"SUB h 1\r\n")
        plain.fence()
        giver = self.greeted()
        odd = ((3, b"\x00\xff\r"), (1, b"x"), (5, b"\r\n\r\nab"), (0, b"abc"))
        for header_size, content in odd:
            giver.send(b"HPUB h %d %d\r\n%s\r\n" % (header_size, len(content), content))
            giver.fence()
            line = b"HMSG h 1 %d %d\r\n" % (header_size, len(content))
            if header_size == 0:
                line = b"MSG h 1 %d\r\n" % len(content)
            expected = line + content + b"\r\n"
            self.assertEqual(taker.exactly(len(expected)), expected)
            body = content[header_size:]
            expected = b"MSG h 1 %d\r\n%s\r\n" % (len(body), body)
            self.assertEqual(plain.exactly(len(expected)), expected)

    def test_a_million_header_lines_are_only_bytes(self):
        taker = self.greeted()
        taker.send(b"SUB h 1\r\n")
        taker.fence()
        block = b"NATS/1.0\r\n" + b"a:\r\n" * 260000 + b"\r\n"
        giver = self.greeted()
        giver.send(b"HPUB h %d %d\r\n%s\r\n" % (len(block), len(block), block))
        expected = b"HMSG h 1 %d %d\r\n%s\r\n" % (len(block), len(block), block)
        self.assertEqual(taker.exactly(len(expected)), expected)


class TooLarge(Siege):
    config = "max_payload: 100"

    def test_a_payload_too_large_is_refused_before_it_comes(self):
        for line in (b"PUB a 101\r\n", b"HPUB a 12 101\r\n", b"PUB a b 999999999\r\n"):
            self.assertRefused(connect_line() + line, "Maximum Payload Violation")

    def test_who_sends_it_all_the_same_hears_why(self):
        heard = 0
        for _ in range(20):
            with Client(self.server.address, {}) as client:
                client.try_send(b"PUB a 60000\r\n" + b"x" * 60000 + b"\r\n")
                heard += errors_in(client.rest()) == ["Maximum Payload Violation"]
        self.assertGreater(heard, 15)
