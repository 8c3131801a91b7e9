"""Storms of SUB and UNSUB, and subjects that are long, deep or wide."""

from client import Client, connect_line
from server import MIB
from siege import Siege

STORM = 1000000
BATCH = 5000
# A subscription of its own subject, with its sid.
SUBSCRIPTION_SIZE = 256


def storm(client, line, count):
    """Sends `line` % number for each number, in batches, and waits until they are heard."""
    for begin in range(0, count, BATCH):
        end = min(begin + BATCH, count)
        client.send(b"".join([line % {b"n": number} for number in range(begin, end)]))
    return client.fence()


class Storm(Siege):
    growth_max = STORM * SUBSCRIPTION_SIZE
    left_max = 16 * MIB

    def test_a_million_subscriptions_come_and_go(self):
        client = self.greeted()
        self.assertEqual(storm(client, b"SUB storm.%(n)d.x %(n)d\r\n", STORM), [])
        client.send(b"PUB storm.77.x 1\r\nx\r\nPUB storm.999999.x 1\r\ny\r\n")
        self.assertEqual(
            client.fence(), [b"MSG storm.77.x 77 1", b"x", b"MSG storm.999999.x 999999 1", b"y"]
        )
        self.assertEqual(storm(client, b"UNSUB %(n)d\r\n", STORM // 2), [])
        client.send(b"PUB storm.77.x 1\r\nx\r\nPUB storm.999999.x 1\r\ny\r\n")
        self.assertEqual(client.fence(), [b"MSG storm.999999.x 999999 1", b"y"])
        # The other half goes with its link.


class Wildcards(Siege):
    count = 200000
    growth_max = count * 3 * SUBSCRIPTION_SIZE
    left_max = 16 * MIB

    def test_wildcards_without_number_come_and_go(self):
        client = self.greeted()
        storm(client, b"SUB wild.*.%(n)d.> %(n)d\r\n", self.count)
        client.send(b"PUB wild.a.77.b 1\r\nx\r\n")
        self.assertEqual(client.fence(), [b"MSG wild.a.77.b 77 1", b"x"])
        storm(client, b"UNSUB %(n)d\r\n", self.count)
        client.send(b"PUB wild.a.77.b 1\r\nx\r\n")
        self.assertEqual(client.fence(), [])

    def test_one_subject_with_many_sids_comes_and_goes(self):
        client = self.greeted()
        storm(client, b"SUB same %(n)d\r\n", self.count)
        storm(client, b"UNSUB %(n)d\r\n", self.count - 1)
        client.send(b"PUB same 1\r\nx\r\n")
        self.assertEqual(client.fence(), [b"MSG same %d 1" % (self.count - 1), b"x"])

    def test_queue_groups_without_number_come_and_go(self):
        client = self.greeted()
        storm(client, b"SUB jobs group%(n)d %(n)d\r\n", 20000)
        storm(client, b"UNSUB %(n)d\r\n", 19999)
        client.send(b"PUB jobs 1\r\nx\r\n")
        self.assertEqual(client.fence(), [b"MSG jobs 19999 1", b"x"])


class Again(Siege):
    growth_max = 8 * MIB
    left_max = 4 * MIB

    def test_subscribing_and_leaving_for_ever_leaves_nothing(self):
        client = self.greeted()
        storm(client, b"SUB again.%(n)d 1\r\nUNSUB 1\r\n", 200000)
        storm(client, b"SUB again.*.%(n)d 1\r\nUNSUB 1\r\n", 100000)
        storm(client, b"SUB again 1\r\n", 200000)

    def test_leaving_what_was_never_joined_is_ignored(self):
        client = self.greeted()
        self.assertEqual(storm(client, b"UNSUB %(n)d\r\nUNSUB %(n)d 5\r\n", 200000), [])

    def test_connecting_again_and_again_leaves_nothing(self):
        client = self.greeted()
        storm(client, connect_line().replace(b"%", b"%%") + b"SUB again.%(n)d %(n)d\r\n", 50000)


class Limited(Siege):
    config = "max_subscriptions: 1000, max_subscription_tokens: 8"
    growth_max = 8 * MIB

    def test_a_storm_ends_at_the_limit(self):
        with Client(self.server.address, {}) as client:
            client.info()
            client.fence()
            # More answers than fit between the two must be read before more is asked.
            refused = 0
            for begin in range(0, 20000, 500):
                numbers = range(begin, begin + 500)
                client.send(b"".join([b"SUB limit.%d %d\r\n" % (n, n) for n in numbers]))
                refused += client.fence().count(b"-ERR 'maximum subscriptions exceeded'")
            self.assertEqual(refused, 19000)
            client.send(b"UNSUB 0\r\nSUB limit.again again\r\nPUB limit.again 1\r\nx\r\n")
            self.assertEqual(client.fence(), [b"MSG limit.again again 1", b"x"])

    def test_subjects_too_deep_are_refused(self):
        client = self.greeted()
        client.send(b"SUB a.b.c.d.e.f.g.h.i 1\r\nSUB " + b"*." * 1000 + b"* 2\r\n")
        said = client.fence()
        self.assertEqual(len(said), 2)
        for line in said:
            self.assertTrue(line.endswith(b'", too many tokens\''), line)


class Giant(Siege):
    growth_max = 64 * MIB
    left_max = 8 * MIB

    def test_subjects_up_to_the_control_line_are_served(self):
        taker = self.greeted()
        for size in (255, 256, 1000, 4000):
            subject = b"s" * size
            taker.send(b"SUB %s 1\r\nPUB %s 1\r\nx\r\nUNSUB 1\r\n" % (subject, subject))
            self.assertEqual(taker.fence(), [b"MSG %s 1 1" % subject, b"x"])

    def test_a_giant_subject_too_many_is_still_bounded_by_the_cache(self):
        """Only short subjects are remembered; the long ones pass by."""
        taker = self.greeted()
        taker.send(b"SUB giant.> 1\r\n")
        giver = self.greeted()
        for begin in range(0, 20000, 100):
            lines = [b"PUB giant.%04000d 0\r\n\r\n" % n for n in range(begin, begin + 100)]
            giver.send(b"".join(lines))
            got = taker.exactly(100 * (len(lines[0]) + 2))
            self.assertEqual(got.count(b"MSG giant."), 100)

    def test_a_thousand_tokens_are_served(self):
        client = self.greeted()
        deep = b".".join([b"t"] * 1000)
        patterns = [
            deep,
            b".".join([b"*"] * 1000),
            b".".join([b"t", b"*"] * 500),
            b".".join([b"t"] * 999) + b".>",
            b">",
        ]
        for index, pattern in enumerate(patterns):
            client.send(b"SUB %s %d\r\n" % (pattern, index))
        client.send(b"SUB %s.* no\r\n" % deep)
        client.send(b"PUB %s 1\r\nx\r\n" % deep)
        heard = client.fence()
        self.assertEqual(
            sorted(heard[::2]), sorted(b"MSG %s %d 1" % (deep, n) for n in range(len(patterns)))
        )

    def test_deep_wildcards_that_branch_everywhere_are_served(self):
        """2^12 patterns over one subject: each level goes both ways."""
        client = self.greeted()
        lines = []
        for number in range(4096):
            tokens = [b"*" if number >> bit & 1 else b"b" for bit in range(12)]
            lines.append(b"SUB %s %d\r\n" % (b".".join(tokens), number))
        client.send(b"".join(lines))
        client.fence()
        subject = b".".join([b"b"] * 12)
        for _ in range(20):
            client.send(b"PUB %s 1\r\nx\r\n" % subject)
            self.assertEqual(len(client.fence()), 2 * 4096)

    def test_subjects_of_dots_match_nothing(self):
        client = self.greeted()
        client.send(b"SUB > 1\r\n")
        client.send(b"PUB " + b"." * 4000 + b" 0\r\n\r\nSUB " + b"." * 4000 + b" 2\r\n")
        self.assertEqual(client.fence(), [b"-ERR 'Invalid Subject'"])


class Deep(Siege):
    config = "max_control_line: 1MB"
    growth_max = 64 * MIB
    left_max = 16 * MIB
    tokens = 20000

    def test_patterns_that_part_ways_at_the_bottom_do_not_exhaust_the_stack(self):
        client = self.greeted()
        deep = b".".join([b"*"] * self.tokens)
        client.send(b"SUB %s.x 1\r\nSUB %s.y 2\r\nSUB %s.> 3\r\n" % (deep, deep, deep))
        self.assertEqual(client.fence(), [])
        subject = b".".join([b"t"] * self.tokens) + b".y"
        client.send(b"PUB %s 1\r\nx\r\n" % subject)
        heard = client.fence()
        self.assertEqual(sorted(heard[::2]), [b"MSG %s %d 1" % (subject, sid) for sid in (2, 3)])
        client.send(b"UNSUB 1\r\nUNSUB 2\r\nUNSUB 3\r\n")
        client.fence()
