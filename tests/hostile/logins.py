"""Wrong passwords by the thousand, where each costs a bcrypt."""

from client import Client, connect_line, errors_in
from server import MIB
from siege import ANSWERS_ONLY, SANITIZED, Siege

# "grace" at cost 10: some 50 ms of a processor for each guess.
HASH = "$2b$10$abcdefghijklmnopqrstuu0KAxNWmGb7mit8b4itWfV57OeK722vW"
VIOLATION = "Authorization Violation"


class Guesses(Siege):
    config = """
        authorization {
          timeout: 60
          users: [
            { user: ada, password: lovelace }
            { user: grace, password: "%s" }
          ]
        }
    """ % HASH
    credentials = ("ada", "lovelace")
    growth_max = 16 * MIB
    left_max = 8 * MIB
    count = 1000

    def guess(self, number):
        client = self.client()
        client.send(connect_line(user="grace", **{"pass": f"guess {number}"}))
        return client

    def test_a_thousand_guesses_hold_up_nobody(self):
        """Half of the bystanders' requests take at most a few milliseconds more than before."""
        self.bystanders.lap()
        before = self.bystanders.lap()
        for number in range(self.count):
            self.guess(number)
        for client in self.clients[:40]:
            self.assertEqual(errors_in(client.rest()), [VIOLATION])
        during = self.bystanders.lap()
        if not (ANSWERS_ONLY or SANITIZED):
            self.assertLess(during["p50"], 2 * before["p50"] + 0.005, (before, during))
        # The right one is let in without waiting for the rest: it costs no bcrypt.
        with Client(self.server.address, {"user": "ada", "pass": "lovelace"}) as client:
            client.info()
            client.fence()

    def test_what_is_said_while_guessing_is_bounded(self):
        clients = [self.guess(number) for number in range(20)]
        for client in clients:
            client.socket.settimeout(0.05)
            client.try_send(b"PUB a 1000000\r\n" + b"x" * 1000000 + b"\r\n")
            client.socket.settimeout(30)
        for client in clients[:3]:
            self.assertIn(errors_in(client.rest()), ([VIOLATION], []))

    def test_a_guess_that_leaves_at_once_harms_nobody(self):
        for number in range(100):
            self.guess(number).reset()
        with Client(self.server.address, {"user": "ada", "pass": "lovelace"}) as client:
            client.info()
            client.fence()

    def test_passwords_of_any_size_are_only_wrong(self):
        for password in ("", "\0", "é" * 40, "x" * 72, "x" * 73, "x" * 3000):
            line = connect_line(user="grace", **{"pass": password})
            self.assertRefused(line, VIOLATION)
