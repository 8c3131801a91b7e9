"""Those who ask the monitoring port for more than anyone reads."""

import socket
import threading
import time

from server import MIB
from siege import Siege

ASKERS = 8
SECONDS = 4


class Pipelines(Siege):
    config = "http: 127.0.0.1:-1"
    growth_max = 6 * MIB

    def test_requests_are_read_no_faster_than_they_are_answered(self):
        """Who writes requests without end and reads the answers costs a bounded memory."""
        address = self.server.monitoring_address
        links = [socket.create_connection(address) for _ in range(ASKERS)]
        end = time.monotonic() + SECONDS
        acts = [(act, link) for link in links for act in (write, read)]
        threads = [threading.Thread(target=act, args=(link, end)) for act, link in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertServes()


def write(link, end):
    requests = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n" * 20000
    link.settimeout(0.5)
    while time.monotonic() < end:
        try:
            link.send(requests)
        except TimeoutError:
            pass
    link.close()


def read(link, end):
    while time.monotonic() < end:
        try:
            if not link.recv(MIB):
                return
        except (TimeoutError, OSError):
            pass
