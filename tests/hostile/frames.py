"""Frames that a client must not send, bombs, and links that end in the middle of a message."""

import struct

from server import MIB, until
from siege import ANSWERS_ONLY, Siege
from websocket_client import (
    BINARY,
    CLOSE,
    MORE,
    PING,
    TEXT,
    WebSocketClient,
    deflated,
    frame,
)

# What is sent, and the code of the close frame that answers it.
WRONG = [
    (frame(b"PING\r\n", masked=False), 1002),
    (frame(b"PING\r\n", reserved=2), 1002),
    (frame(b"PING\r\n", reserved=1), 1002),
    (frame(b"PING\r\n", reserved=4), 1002),  # no compression was agreed upon
    (frame(b"PING\r\n", opcode=3), 1002),
    (frame(b"", opcode=11), 1002),
    (frame(b"", opcode=15), 1002),
    (frame(b"x", opcode=PING, final=False), 1002),
    (frame(b"x" * 126, opcode=PING), 1002),
    (frame(b"PING\r\n", opcode=MORE), 1002),
    (frame(b"PIN", final=False) + frame(b"PING\r\n"), 1002),
    (frame(b"", size=1 << 63), 1002),
    (frame(b"x", opcode=CLOSE), 1002),
    (frame(struct.pack(">H", 999), opcode=CLOSE), 1002),
    (frame(struct.pack(">H", 1005), opcode=CLOSE), 1002),
    (frame(struct.pack(">H", 1006), opcode=CLOSE), 1002),
    (frame(struct.pack(">H", 5000), opcode=CLOSE), 1002),
    (frame(struct.pack(">H", 1000) + b"\xff\xfe", opcode=CLOSE), 1007),
    (frame(b"HELLO\r\n"), 1002),
    (frame(b"PUB foo 1048577\r\n"), 1009),
    (frame(b"SUB " + b"a" * 5000), 1008),
]
PLAIN = "websocket { host: 127.0.0.1, port: -1, no_tls: true }"
COMPRESSED = "websocket { host: 127.0.0.1, port: -1, no_tls: true, compression: true }"
OFFER = {"Sec_WebSocket_Extensions": "permessage-deflate"}


class Frames(Siege):
    config = PLAIN

    def link(self, **headers):
        client = WebSocketClient(self.server.websocket_address, **headers)
        self.clients.append(client)
        return client

    def test_each_mistake_is_answered_by_its_code(self):
        for data, code in WRONG:
            with self.subTest(data=data[:20]):
                client = self.link()
                client.try_send(data)
                client.ended()
                # The official server often closes before its close frame is out.
                if not ANSWERS_ONLY:
                    self.assertEqual(client.close_code, code)
        self.link().fence()

    def test_each_mistake_in_pieces(self):
        for data, code in WRONG:
            if len(data) > 300:
                continue
            client = self.link()
            for index in range(len(data)):
                if not client.try_send(data[index : index + 1]):
                    break
            client.ended()
            if not ANSWERS_ONLY:
                self.assertEqual(client.close_code, code, data[:20])

    def test_text_that_is_not_utf8_is_taken_as_it_is(self):
        client = self.link()
        client.send(frame(b"SUB foo 1\r\nPUB foo 3\r\n\xff\xc0\x80\r\n", opcode=TEXT))
        self.assertIn(b"\r\n\xff\xc0\x80\r\n", client.until(b"\x80\r\n"))

    def test_a_claimed_size_costs_nothing(self):
        """A frame may say that it has an exabyte: memory is for what came."""
        clients = [self.link() for _ in range(50)]
        for client in clients:
            client.send(frame(b"SUB foo 1\r\nPING\r\n", size=(1 << 60)))
        for client in clients:
            self.assertIsNotNone(client.until(b"PONG\r\n"))

    def test_endless_fragments_are_bounded(self):
        """A message that never ends is no way to fill the server; its bytes are the protocol's."""
        client = self.link()
        client.send(frame(b"PUB foo 100000\r\n", final=False))
        client.send(frame(b"x" * 100000 + b"\r\n", opcode=MORE, final=False))
        for _ in range(2000):
            if not client.try_send(frame(b"PING\r\n" * 20, opcode=MORE, final=False)):
                break
            client.receive()

    def test_a_storm_of_pings_is_answered_or_ended(self):
        """Who sends pings and reads no pongs does not fill the server."""
        client = self.link()
        client.socket.settimeout(3)
        storm = frame(b"p" * 125, opcode=PING) * 500
        for _ in range(1200):  # 79 MB of pings
            if not client.try_send(storm):
                break

    def test_a_close_that_is_never_answered_ends(self):
        """The server's close frame is not answered: the link goes all the same."""
        before = self.server.descriptors()
        for _ in range(20):
            client = self.link()
            client.send(frame(b"PING\r\n", masked=False))
        # The first upgrade of all may cost a few descriptors, for good.
        most = before + 8
        until(lambda: self.server.descriptors() <= most, "closing of those who do not answer")

    def test_bytes_behind_a_close_are_not_read(self):
        client = self.link()
        client.send(frame(b"SUB late 1\r\n") + frame(struct.pack(">H", 1000), opcode=CLOSE))
        client.try_send(frame(b"PUB late 2\r\nhi\r\n"))
        self.assertNotIn(b"MSG late", client.ended())


class Bombs(Siege):
    config = COMPRESSED + "\nmax_payload: 1MB"
    growth_max = 48 * MIB

    def link(self):
        client = WebSocketClient(self.server.websocket_address, **OFFER)
        self.clients.append(client)
        return client

    def test_a_bomb_is_cut_off(self):
        """300 KB that become 300 MB: the link ends with 1009 when a message's bound is passed."""
        bomb = frame(deflated(b"PING\r\n" * (50 << 20)), reserved=4)
        for _ in range(3):
            client = self.link()
            client.try_send(bomb)
            client.ended()
            if not ANSWERS_ONLY:
                self.assertEqual(client.close_code, 1009)

    def test_a_bomb_in_fragments_is_cut_off(self):
        data = deflated(b"\r\n" + b"\0" * (300 << 20))
        client = self.link()
        pieces = [data[at : at + 1000] for at in range(0, len(data), 1000)]
        for index, piece in enumerate(pieces):
            is_first, is_last = index == 0, index == len(pieces) - 1
            one = frame(piece, BINARY if is_first else MORE, is_last, 4 if is_first else 0)
            if not client.try_send(one):
                break
        client.ended()

    def test_much_compressed_data_is_bounded(self):
        """Compressed bytes that become nothing: empty blocks, 200 MB of them, in one message."""
        client = self.link()
        client.socket.settimeout(5)
        empty = b"\x00\x00\x00\xff\xff" * 13000
        client.try_send(frame(empty, final=False, reserved=4))
        for _ in range(3000):
            if not client.try_send(frame(empty, opcode=MORE, final=False)):
                break

    def test_what_is_no_compressed_data_ends_the_link(self):
        for junk in (b"\xff" * 50, b"\x07", b"\x05\xe0\x81" * 20, bytes(range(256))):
            client = self.link()
            client.send(frame(junk, reserved=4))
            client.ended()
            self.assertNotEqual(client.close_code, 1000)

    def test_many_honest_messages_are_read(self):
        client = self.link()
        for _ in range(500):
            client.send(frame(deflated(b"PUB foo 1000\r\n" + b"x" * 1000 + b"\r\n"), reserved=4))
        client.fence()


class Ends(Siege):
    config = PLAIN + "\nmax_pending: 4MB"
    growth_max = 48 * MIB
    left_max = 12 * MIB

    def test_a_link_may_be_reset_in_the_middle_of_anything(self):
        data = frame(b"PUB big 100000\r\n", final=False)
        data += frame(b"x" * 100000 + b"\r\n", opcode=MORE)
        for index in range(100):
            client = WebSocketClient(self.server.websocket_address)
            client.send(data[: 1 + index * len(data) // 100])
            client.reset() if index % 2 else client.close()
        with WebSocketClient(self.server.websocket_address) as client:
            client.fence()
        until(lambda: self.server.descriptors() < 60, "closing of all that were reset")

    def test_a_close_in_the_middle_of_a_message(self):
        for _ in range(50):
            client = WebSocketClient(self.server.websocket_address)
            client.send(frame(b"PUB big 1000\r\nxx", final=False))
            client.send(frame(struct.pack(">H", 1000), opcode=CLOSE))
            client.ended()
            self.assertEqual(client.close_code, 1000)
            client.close()

    def test_a_taker_that_does_not_read_is_a_slow_consumer(self):
        slow = WebSocketClient(self.server.websocket_address)
        self.clients.append(slow)
        slow.send(frame(b"SUB flood 1\r\nPING\r\n"))
        slow.until(b"PONG")
        giver = self.greeted()
        message = b"PUB flood 100000\r\n" + b"x" * 100000 + b"\r\n"
        for _ in range(1500):
            giver.send(message)
            if "Slow Consumer" in self.server.log:
                break
        giver.fence()
        until(lambda: "Slow Consumer Detected" in self.server.log, "word of the slow consumer")
