"""What every claim here has in common: a server, its bystanders, and what must hold for both.

A test does its worst between setUp and tearDown. It checks what the offender is told; here it is
checked that the server's memory stayed bounded, that the bystanders missed nothing and waited for
nothing too long, and that the server ends cleanly.
"""

import os
import resource
import unittest

from bystanders import Bystanders
from client import Client, errors_in
from server import MIB, Server, until

BINARY = os.environ.get("MYELIN_SERVER", "")
# Answers are judged, bounds are not: how these claims are held against the official server.
ANSWERS_ONLY = "MYELIN_ANSWERS_ONLY" in os.environ
# A sanitizer pads and keeps what is freed, and slows everything down.
SANITIZED = "MYELIN_SANITIZED" in os.environ

# How long a bystander's message, request and reply may take together while the server is under
# attack. Generous, for the machine is shared; a server that lets one client hold up the others is
# worse by far.
MEDIAN_SECONDS_MAX = 0.1
WORST_SECONDS_MAX = 3


class Siege(unittest.TestCase):
    config = ""
    flags = ()
    credentials = ()
    before_start = None
    # How much the server may grow while the test lasts, and how much may be left behind when the
    # offenders are gone (None: not asked).
    growth_max = 16 * MIB
    left_max = None
    worst_seconds_max = WORST_SECONDS_MAX

    def setUp(self):
        self.clients = []
        before = type(self).before_start
        # Who has left is remembered for monitoring: few here, so that what is left behind shows.
        config = self.config + "\nmax_closed_clients: 16\n"
        self.server = Server(BINARY, config, self.flags, before)
        self.enterContext(self.server)
        self.bystanders = Bystanders(self.server.port, self.credentials)
        self.bystanders.__enter__()
        self.addCleanup(self._dismiss)
        self.memory_at_start = self.server.peak = self.server.memory()

    def tearDown(self):
        peak = max(self.server.peak, self.server.memory())
        for client in self.clients:
            client.reset()
        self.clients.clear()
        if self.left_max is not None and not ANSWERS_ONLY:
            most = self.memory_at_start + self.allowance(self.left_max)
            memory = self.server.memory
            until(lambda: memory() <= most, f"memory at {most} again", say=memory)
        self._dismiss()
        report = self.bystanders.report
        self.assertIsNone(report["error"], "the bystanders were disturbed")
        self.assertEqual(report["sent"], report["received"])
        if ANSWERS_ONLY:
            return
        self.assertLessEqual(peak - self.memory_at_start, self.allowance(self.growth_max))
        slowness = 8 if SANITIZED else 1
        self.assertLess(report["p50"], MEDIAN_SECONDS_MAX * slowness)
        self.assertLess(report["max"], self.worst_seconds_max * slowness)

    def _dismiss(self):
        if self.bystanders.report is None:
            self.bystanders.__exit__()

    @staticmethod
    def allowance(size):
        return size * 4 + 512 * MIB if SANITIZED else size

    def client(self, connect=None, **options):
        """A link that is reset when the test is over, if not before."""
        client = Client(self.server.address, connect, **options)
        self.clients.append(client)
        return client

    def greeted(self, **connect):
        """A client that said CONNECT and was let in."""
        client = self.client(connect)
        client.info()
        client.fence()
        client.fence()  # the second INFO comes behind the first PONG
        return client

    def ask(self, data, connect=None):
        """What a link is told that says `data` and then waits for its end."""
        with Client(self.server.address, connect) as client:
            client.try_send(data)
            return client.rest()

    def assertRefused(self, data, error, connect=None):
        """`data` ends the link with this -ERR, or without one (None)."""
        said = self.ask(data, connect)
        self.assertEqual(errors_in(said), [] if error is None else [error], msg=data[:200])

    def assertServes(self):
        with Client(self.server.address, {}) as client:
            client.info()
            client.fence()


def crowd_size(wanted):
    """So many links, or as many as this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(wanted, hard - 256)
