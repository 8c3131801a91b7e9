"""The well-behaved: a subscriber who answers requests, and a publisher who asks them.

A program of its own, so that what it measures is the server and not the tests beside it. It goes on
until its standard input ends, then tells in JSON what it has seen:

    python3 bystanders.py PORT [USER PASSWORD]
"""

import json
import select
import subprocess
import sys
import time

from client import Client

ROUND_SECONDS = 0.004
ROUNDS_MIN = 25
LAP_ROUNDS_MIN = 100


class Bystanders:
    """Runs the program while the `with` block lasts; `report` is there afterwards."""

    def __init__(self, port, credentials=()):
        self._command = [sys.executable, "-B", __file__, str(port), *credentials]
        self.report = None

    def __enter__(self):
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if self._process.stdout.readline() != "ready\n":
            self._process.kill()
            self._process.wait()
            raise AssertionError("the bystanders could not connect")
        return self

    def __exit__(self, *_):
        try:
            output, _ = self._process.communicate("", timeout=60)
            self.report = json.loads(output or '{"error": "they fell silent"}')
        finally:
            self._process.kill()
            self._process.wait()

    def lap(self):
        """What was seen since the last lap, of a good many rounds at least."""
        self._process.stdin.write("lap\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Pair:
    def __init__(self, address, connect):
        self.taker = Client(address, connect)
        self.giver = Client(address, connect)
        self.taker.info()
        self.giver.info()
        self.taker.send(b"SUB bystanders.news 1\r\nSUB bystanders.ask 2\r\n")
        self.taker.fence()
        self.giver.send(b"SUB _INBOX.bystanders.* 1\r\n")
        self.giver.fence()
        self.sent = self.received = 0
        self.latencies = []

    def turn(self):
        """A message and a request; both arrive, the request is answered."""
        self.sent += 1
        news = b"%d" % self.sent
        begin = time.perf_counter()
        self.giver.send(
            b"PUB bystanders.news %d\r\n%s\r\n" % (len(news), news)
            + b"PUB bystanders.ask _INBOX.bystanders.%d 4\r\nname\r\n" % self.sent
        )
        self.expect(self.taker, b"MSG bystanders.news 1 %d" % len(news), news)
        self.received += 1
        reply_to = b"_INBOX.bystanders.%d" % self.sent
        self.expect(self.taker, b"MSG bystanders.ask 2 %s 4" % reply_to, b"name")
        self.taker.send(b"PUB %s 5\r\nhello\r\n" % reply_to)
        self.expect(self.giver, b"MSG %s 1 5" % reply_to, b"hello")
        self.latencies.append(time.perf_counter() - begin)

    def turns_until(self, count):
        while len(self.latencies) < count:
            time.sleep(ROUND_SECONDS)
            self.turn()

    def expect(self, client, line, payload):
        got = client.line()
        while got is not None and got.startswith((b"PING", b"INFO")):
            if got.startswith(b"PING"):
                client.send(b"PONG\r\n")
            got = client.line()
        if got != line:
            raise AssertionError(f"{got!r} instead of {line!r}")
        if (got := client.line()) != payload:
            raise AssertionError(f"payload {got!r} instead of {payload!r}")

    def summary(self):
        ordered = sorted(self.latencies) or [0]
        self.latencies = []
        return {
            "sent": self.sent,
            "received": self.received,
            "requests": len(ordered),
            "p50": ordered[len(ordered) // 2],
            "p99": ordered[len(ordered) * 99 // 100],
            "max": ordered[-1],
        }


def main(port, user="", password=""):
    connect = {"user": user, "pass": password} if user else {}
    pair = Pair(("127.0.0.1", int(port)), connect)
    print("ready", flush=True)
    error = None
    asked = "not yet"
    try:
        while True:
            if select.select([sys.stdin], [], [], ROUND_SECONDS)[0]:
                asked = sys.stdin.readline()
                if not asked:
                    break
                pair.turns_until(LAP_ROUNDS_MIN)
                print(json.dumps(pair.summary()), flush=True)
            pair.turn()
        pair.turns_until(ROUNDS_MIN)
    except (AssertionError, OSError) as failure:
        error = repr(failure)
        if asked:
            sys.stdin.read()
    print(json.dumps({**pair.summary(), "error": error}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
