"""CONNECT with everything that is not what it should be."""

import json

from client import connect_line, errors_in
from server import MIB
from siege import Siege

TOO_LONG = "maximum control line exceeded"
WRONG = [
    b"",
    b"null x",
    b"true",
    b"1",
    b'"verbose"',
    b"[{}]",
    b"{]",
    b"{,}",
    b"{'verbose':true}",
    b"{verbose:true}",
    b'{"verbose":True}',
    b'{"verbose":1}',
    b'{"verbose":"true"}',
    b'{"verbose":[]}',
    b'{"protocol":"1"}',
    b'{"protocol":1.5}',
    b'{"protocol":{}}',
    b'{"protocol":99999999999999999999999}',
    b'{"name":1}',
    b'{"name":{}}',
    b'{"user":[]}',
    b'{"pass":true}',
    b'{"lang":"c"',
    b'{"lang":"c}',
    b'{"lang":"\\x"}',
    b'{"lang":"\\u12"}',
    b'{"lang":"\x01"}',
    b'{"lang":"c"}}',
    b'{"a":01}',
    b'{"a":1e}',
    b'{"a":-}',
    b'{"a":+1}',
    b'{"a":.5}',
    b'{"a":NaN}',
    b'{"a":1,}',
    b'{"a" 1}',
    b'{"a":"\x00"}',
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
]
BEARABLE = [
    b"{}",
    b"{ }",
    b'{"a":{"b":[{"c":[1,2,{"d":null}]}]}}',
    b'{"a":1e40}',
    b'{"lang":"\\ud800"}',
    b'{"lang":"\xff\xfe\x80"}',
    b'{"lang":"\\u0000"}',
    b'{"verbose":null,"name":null,"protocol":null}',
    b'{"a":1,"a":2,"a":{}}',
    b'{"name":"' + b"n" * 4000 + b'"}',
]


class Connects(Siege):
    def test_what_is_wrong_ends_the_link_without_a_word(self):
        for text in WRONG:
            with self.subTest(text=text):
                self.assertRefused(b"CONNECT " + text + b"\r\nPING\r\n", None)

    def test_what_is_odd_is_borne(self):
        for text in BEARABLE:
            with self.subTest(text=text):
                client = self.client()
                client.info()
                client.send(b"CONNECT " + text + b"\r\n")
                client.fence()

    def test_a_connect_of_a_megabyte_is_too_long(self):
        for text in (b'{"name":"' + b"n" * MIB + b'"}', b"[" * MIB, b" " * 10000 + b"{" * MIB):
            said = self.ask(b"CONNECT " + text + b"\r\n")
            self.assertIn(errors_in(said), ([TOO_LONG], []))

    def test_nesting_within_the_line_is_bounded(self):
        for text in (b"[" * 4000, b'{"a":' * 700, b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}"):
            self.ask(b"CONNECT " + text + b"\r\nNONSENSE\r\n")
        self.assertServes()


class LongConnects(Siege):
    config = "max_control_line: 8MB"
    growth_max = 160 * MIB
    left_max = 16 * MIB

    def test_a_connect_of_a_megabyte_is_read_where_it_may_be(self):
        many = {str(number): number for number in range(50000)}
        for fields in ({"name": "n" * MIB}, {"x": ["y"] * 100000}, many):
            client = self.greeted(**fields)
            client.send(b"PUB a 0\r\n\r\n")
            client.fence()
            client.close()

    def test_nesting_without_end_is_refused(self):
        for text in (
            b"[" * 3000000,
            b'{"a":' * 1000000,
            b'{"a":' + b"[" * 1000000 + b"]" * 1000000 + b"}",
            b'{"a":' * 300000 + b"1" + b"}" * 300000,
        ):
            said = self.ask(b"CONNECT " + text + b"\r\nPING\r\n")
            self.assertNotIn(b"PONG", said)

    def test_a_megabyte_in_each_field_is_not_kept_twice(self):
        for _ in range(30):
            line = json.dumps({"user": "u" * MIB, "pass": "p" * MIB, "lang": "l" * MIB})
            client = self.client()
            client.send(b"CONNECT " + line.encode() + b"\r\n")
            client.info()
            client.fence()
            client.close()


class Versions(Siege):
    def test_protocols_to_come_are_refused(self):
        for protocol in (-1, 2, 2**31, 2**40):
            self.assertRefused(connect_line(protocol=protocol), "invalid client protocol")

    def test_asking_for_an_account_is_refused(self):
        for fields in ({"account": "A"}, {"new_account": True, "account": "A"}):
            self.assertRefused(connect_line(**fields), "Authorization Violation")
