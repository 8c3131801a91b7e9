"""Protocol that is not one, lines that do not end, and everything cut in two at any byte."""

import unittest

from client import Client, connect_line, errors_in
from server import MIB
from siege import ANSWERS_ONLY, Siege

UNKNOWN = "Unknown Protocol Operation"
TOO_LONG = "maximum control line exceeded"
TOO_LARGE = "Maximum Payload Violation"

# What is said behind a CONNECT, and how it ends: an -ERR, or None for a close without a word.
MALFORMED = [
    (b"HELLO\r\n", UNKNOWN),
    (b"\r\n", UNKNOWN),
    (b" PING\r\n", UNKNOWN),
    (b"\x00\x01\x02\xff\r\n", UNKNOWN),
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", UNKNOWN),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", UNKNOWN),
    (b"PUB\r\n", UNKNOWN),
    (b"PUBS foo 1\r\nx\r\n", UNKNOWN),
    (b"SUB\r\n", UNKNOWN),
    (b"UNSUB\r\n", UNKNOWN),
    (b"MSG foo 1 1\r\nx\r\n", UNKNOWN),
    (b"HMSG foo 1 1 1\r\nx\r\n", UNKNOWN),
    (b"RS+ $G foo\r\n", UNKNOWN),
    (b"LS+ foo\r\n", UNKNOWN),
    (b"A+ foo\r\n", UNKNOWN),
    (b"PUB foo 3\r\nabcd\r\n", UNKNOWN),
    (b"PUB foo 3\r\nabc\n\n", UNKNOWN),
    (b"PUB foo 0\r\nPING\r\n", UNKNOWN),
    (b"PUB foo\r\n", None),
    (b"PUB foo bar baz 1\r\nx\r\n", None),
    (b"PUB foo -1\r\n", None),
    (b"PUB foo 1x\r\nx\r\n", None),
    (b"PUB foo 0x10\r\n", None),
    (b"PUB foo 9999999999\r\n", None),
    (b"PUB foo 18446744073709551617\r\nx\r\n", None),
    (b"PUB foo 999999999\r\n", TOO_LARGE),
    (b"PUB foo 1048577\r\n", TOO_LARGE),
    (b"HPUB foo 1 1048577\r\n", TOO_LARGE),
    (b"HPUB foo 12\r\n", None),
    (b"HPUB foo 13 12\r\n", None),
    (b"HPUB foo -1 12\r\n", None),
    (b"HPUB foo 99999999999 12\r\n", None),
    (b"HPUB foo 12 12 bar baz\r\n", None),
    (b"HPUB foo 12 14\r\nNATS/1.0\r\n\r\nabc\r\n", UNKNOWN),
    (b"SUB foo\r\n", None),
    (b"SUB foo bar baz 1\r\n", None),
    (b"UNSUB 1 2 3\r\n", None),
    (b"CONNECT {\r\n", None),
    (b"CONNECT []\r\n", None),
    (b"CONNECT {}x\r\n", None),
    (b"INFO {\r\n", None),
    (b"-ERR 'you are wrong'\r\n", None),
]

# Well-formed: every verb, a payload, headers, a queue group, a maximum.
DIALOGUE = (
    connect_line()
    + b"PING\r\n"
    + b"SUB cut.* 1\r\nSUB cut.> group 2\r\nUNSUB 2 5\r\n"
    + b"PUB cut.a 5\r\nhello\r\n"
    + b"HPUB cut.b reply.to 12 16\r\nNATS/1.0\r\n\r\nbody\r\n"
    + b"PONG\r\n+OK\r\nUNSUB 1\r\n"
    + b"PING\r\n"
)


class Malformed(Siege):
    def test_each_mistake_is_answered_and_ends_the_link(self):
        for text, error in MALFORMED:
            with self.subTest(text=text):
                self.assertRefused(connect_line() + text, error)

    def test_each_mistake_is_answered_before_connect_too(self):
        for text, error in MALFORMED:
            if text.startswith(b"HPUB"):
                error = None  # no headers were agreed upon
            with self.subTest(text=text):
                self.assertRefused(text, error)

    def test_a_mistake_costs_nobody_what_was_said_before_it(self):
        watcher = self.greeted()
        watcher.send(b"SUB before 1\r\n")
        watcher.fence()
        for text, _ in MALFORMED:
            self.ask(connect_line() + b"PUB before 2\r\nok\r\n" + text)
            self.assertEqual((watcher.line(), watcher.line()), (b"MSG before 1 2", b"ok"))

    def test_a_word_behind_the_mistake_is_not_heard(self):
        watcher = self.greeted()
        watcher.send(b"SUB behind 1\r\n")
        watcher.fence()
        for text, _ in MALFORMED:
            # A size that was believed would swallow what is behind it: not a mistake to follow.
            self.ask(connect_line() + text + b"\r\nPUB behind 2\r\nno\r\n")
        self.assertEqual(watcher.fence(), [])

    def test_random_bytes_are_refused(self):
        # A small generator of our own: the same bytes each time, on every machine.
        state = 1
        for _ in range(300):
            noise = bytearray()
            for _ in range(200):
                state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
                noise.append(state >> 56)
            said = self.ask(bytes([0x80 | noise[0]]) + bytes(noise) + b"\r\n", {})
            self.assertEqual(errors_in(said), [UNKNOWN])


@unittest.skipIf(ANSWERS_ONLY, "needs a unix-domain socket, which tells what was read")
class Cut(Siege):
    config = 'listen_unix: "{folder}/socket"'

    @property
    def address(self):
        return str(self.server.folder / "socket")

    def test_a_mistake_is_the_same_when_cut_at_any_byte(self):
        for text, error in MALFORMED:
            for cut in range(1, len(text)):
                with Client(self.address, {}) as client:
                    client.fence()
                    client.send(text[:cut])
                    client.wait_until_read()
                    client.try_send(text[cut:])
                    said = client.rest()
                expected = [] if error is None else [error]
                self.assertEqual(errors_in(said), expected, msg=(text[:cut], text[cut:]))

    def test_a_dialogue_is_the_same_when_cut_at_any_byte(self):
        heard = set()
        for cut in range(len(DIALOGUE)):
            with Client(self.address) as client:
                client.info()
                client.send(DIALOGUE[:cut])
                client.wait_until_read()
                client.send(DIALOGUE[cut:])
                heard.add(self.ordered(client))
        self.assertEqual(len(heard), 1, heard)

    def test_a_dialogue_may_come_byte_by_byte(self):
        with Client(self.address) as client:
            client.info()
            for index in range(len(DIALOGUE)):
                client.send(DIALOGUE[index : index + 1])
                client.wait_until_read()
            one = self.ordered(client)
        with Client(self.address) as client:
            client.info()
            client.send(DIALOGUE)
            self.assertEqual(self.ordered(client), one)

    def ordered(self, client):
        """What is heard up to the second PONG; a client's subscriptions have no order."""
        lines = []
        while lines.count(b"PONG") < 2:
            line = client.line()
            self.assertIsNotNone(line, lines)
            if not line.startswith(b"INFO"):
                lines.append(line)
        return tuple(sorted(lines))

    def test_a_link_may_end_at_any_byte(self):
        watcher = self.greeted()
        watcher.send(b"SUB cut.> 1\r\n")
        watcher.fence()
        for cut in range(len(DIALOGUE)):
            client = Client(self.server.address)
            client.send(DIALOGUE[:cut])
            client.reset() if cut % 2 else client.close()
        watcher.send(b"PUB cut.end 0\r\n\r\n")
        # Whatever of the dialogue arrived did so whole.
        while (line := watcher.line()) != b"MSG cut.end 1 0":
            sizes = {b"MSG cut.a 1 5": 7, b"HMSG cut.b 1 reply.to 12 16": 18}
            self.assertIn(line, sizes)
            watcher.exactly(sizes[line])
        self.assertServes()


class Endless(Siege):
    growth_max = 8 * MIB

    def endless(self, start, filling, size=64 * MIB):
        """What is said to a line that goes on as long as the server reads."""
        with Client(self.server.address, {}) as client:
            client.info()
            client.send(start)
            piece = filling * (MIB // len(filling))
            for _ in range(size // MIB):
                if not client.try_send(piece):
                    break
            else:
                self.fail("64 MiB of a line were read")
            return errors_in(client.rest())

    def test_a_line_that_never_ends_is_cut_off(self):
        for verb in (b"PUB ", b"HPUB ", b"SUB ", b"UNSUB ", b"CONNECT {", b"INFO {", b"-ERR '"):
            with self.subTest(verb=verb):
                # The error may be lost: who goes on sending into a closed link is reset.
                self.assertIn(self.endless(verb, b"a"), ([TOO_LONG], []))

    def test_a_line_just_too_long_hears_why(self):
        for verb in (b"PUB ", b"HPUB ", b"SUB ", b"UNSUB ", b"CONNECT ", b"INFO ", b"-ERR "):
            with self.subTest(verb=verb):
                self.assertRefused(connect_line() + verb + b"a" * 5000, TOO_LONG)
                self.assertRefused(connect_line() + verb + b"a" * 5000 + b"\r\n", TOO_LONG)

    def test_a_line_of_arguments_without_number_is_cut_off(self):
        self.assertIn(self.endless(b"SUB ", b"a "), ([TOO_LONG], []))
        self.assertIn(self.endless(b"PUB ", b"\ta"), ([TOO_LONG], []))

    @unittest.skipIf(ANSWERS_ONLY, "the official server skips blanks for ever")
    def test_blanks_that_never_end_are_cut_off(self):
        self.assertIn(self.endless(b"PUB ", b" "), ([TOO_LONG], []))
        self.assertIn(self.endless(b"SUB ", b"\t"), ([TOO_LONG], []))

    def test_a_ping_that_never_ends_is_not_kept(self):
        """Behind PING, PONG and +OK a line may hold anything; nobody has to remember it."""
        for verb in (b"PING", b"PONG", b"+OK"):
            client = self.greeted()
            client.send(verb)
            for _ in range(32):
                client.send(b"x" * MIB)
            client.send(b"\r\n")
            self.assertEqual(client.line() if verb == b"PING" else b"PONG", b"PONG")
            client.fence()

    def test_many_lines_that_never_end_cost_a_line_each(self):
        clients = [self.client({}) for _ in range(1000)]
        for client in clients:
            client.send(b"SUB " + b"a" * 4000)
        for client in clients[:3]:
            client.send(b"b" * 200)
            self.assertEqual(errors_in(client.rest()), [TOO_LONG])
