"""Configuration files with every kind of mistake: each is named, and nothing listens."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from siege import ANSWERS_ONLY, BINARY, SANITIZED

START_SECONDS = 20

ANYWHERE = 0
# The file, and what standard error says of it at least: a word, the line, any line, or something.
MISTAKES = [
    # What cannot be read at all.
    ("port", ANYWHERE),
    ("port =", ANYWHERE),
    ("port: 4222,,", ANYWHERE),
    ('server_name: "unfinished', ANYWHERE),
    ("server_name: 'unfinished", ANYWHERE),
    ("mappings = [", ANYWHERE),
    ("authorization {\n  user: a\n", ANYWHERE),
    ("authorization {\n  user: a\n]", ANYWHERE),
    ('server_name: "\\q"', ANYWHERE),
    ('server_name: "\\xZZ"', ANYWHERE),
    ("server_name: (\nendless\n", ANYWHERE),
    ("\x01\x02\x03", ANYWHERE),
    # What is not known.
    ("prot: 4222", 1),
    ("\n\n   prot: 4222", 3),
    ("authorization { usr: a }", 1),
    ("authorization { users: [ { user: a, passwort: b } ] }", 1),
    ("port: $nowhere", 1),
    ("port: $port", 1),
    # Of the wrong kind.
    ("port: abc", 1),
    ("port: []", 1),
    ("port: {}", 1),
    ("port: 4222.5", 1),
    ("max_payload: big", 1),
    ("max_payload: true", 1),
    ("ping_interval: never", 1),
    ("write_deadline: 10x", 1),
    ("debug: maybe", 1),
    ("authorization: yes", 1),
    ("authorization { users: a }", 1),
    ("authorization { users: [ a ] }", 1),
    ("authorization { timeout: soon }", 1),
    ("mappings: 1", 1),
    ("listen: nonsense:nonsense", 1),
    # Out of bounds.
    ("max_payload: 4GB", None),
    ("max_payload: 99999999999999999999", ANYWHERE),
    ("max_payload: 2MB, max_pending: 1MB", "max_payload"),
    ("max_control_line: 99GB", 1),
    ("max_subscription_tokens: 1000", 1),
    # What contradicts itself.
    ("authorization { user: a, token: b }", 1),
    ("authorization { user: a, users: [ { user: b, password: c } ] }", 1),
    ("authorization { users: [ { password: c } ] }", 1),
    ("authorization { users: [ {user: a, password: b}, {user: a, password: b} ] }", None),
    ("authorization { users: [ {user: a, password: b} ] }, no_auth_user: c", "no_auth_user"),
    ("authorization { users: [ {user: a, password: b, permissions: {publish: 1}} ] }", None),
    ('authorization { users: [ {user: a, password: b, permissions: {publish: "a..b"}} ] }', "a..b"),
    ('mappings: { "a..b": c }', "a..b"),
    ('mappings: { a: [ {destination: b, weight: 60%}, {destination: c, weight: 60%} ] }', None),
    ('mappings: { "a.*": "b.$2" }', None),
    ("accounts { A { users: [ {user: a} ] }, B { users: [ {user: a} ] } }", "Duplicate user"),
    ("accounts { A { users: [ {user: a} ] } }\nauthorization { token: t }", 2),
    ("accounts { $G {} }", "Reserved Account"),
    ("accounts: A", 1),
    ("accounts { A { imports: [ {stream: {account: B, subject: x}} ] } }", "B"),
    ("accounts { A { limits { max_conn: many } } }", 1),
    ("accounts { A {} }\nsystem_account: B", "system account"),
    ("authorization { users: [ {nkey: UX} ] }", "nkey"),
    ("authorization { auth_callout { auth_users: [a] } }", "issuer"),
    ("proxies { trusted: [ {key: x} ] }", 1),
    # What is not there yet is refused, never run open.
    ("operator: /nowhere.jwt", "operator"),
    ("gateway { name: a }", "gateway"),
    ("mqtt { port: -1 }", "mqtt"),
    ("tls { cert_file: /nowhere/cert.pem, key_file: /nowhere/key.pem }", None),
    # Files that are not there, not files, or include themselves.
    ("include missing.conf", "missing.conf"),
    ("include .", None),
    ("include server.conf", None),
    ("include /dev/zero", None),
    # Mistakes without end.
    ("a: " + "[" * 100000, 1),
    ("a: " + "{a:" * 100000, 1),
    ("port: " + "9" * 100000, 1),
    ("(" * 100000, ANYWHERE),
    ("x" * 1000000, ANYWHERE),
    ("prot: 1\n" * 2000, 2000),
    ("\x00" * 100000, ANYWHERE),
]
# The official server has these, or fails at them by waiting for ever.
OURS = (
    "accounts",
    "operator",
    "gateway",
    "mqtt",
    "include server.conf",
    "include /dev/zero",
    "include .",
    "a: ",
    "((",
    "port: 999",
    "max_payload: 999",
    "authorization: yes",
)
# Variables that double: 2^40 bytes if they were believed.
BOMB = "a0: 0123456789\n" + "".join(
    f"a{n + 1}: [$a{n}, $a{n}, $a{n}, $a{n}]\n" for n in range(20)
)


def expected(said):
    """The pattern of it."""
    if said is None:
        return "."
    if isinstance(said, str):
        return re.escape(said)
    line = said if said != ANYWHERE else r"\d+"
    return rf"server\.conf:{line}:\d+[:)]|on line {line}\b|NUL"


class Configuration(unittest.TestCase):
    def start(self, text, *flags, name="server.conf"):
        with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
            path = pathlib.Path(folder, name)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            ports = pathlib.Path(folder, "ports")
            ports.mkdir()
            command = [BINARY, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", str(ports)]
            try:
                done = subprocess.run(
                    [*command, "-c", str(path), *flags],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    cwd=folder,
                    timeout=START_SECONDS,
                )
            except subprocess.TimeoutExpired as running:
                self.fail(f"it runs: {text[:100]!r} {(running.stderr or b'')[:1000]}")
            self.assertEqual(os.listdir(ports), [])
            return done.returncode, done.stderr.decode(errors="replace")

    def test_each_mistake_is_named_and_nothing_listens(self):
        for text, said in MISTAKES:
            if ANSWERS_ONLY and text.startswith(OURS):
                continue
            with self.subTest(text=text[:100]):
                code, error = self.start(text)
                self.assertEqual(code, 1, error[:1000])
                self.assertRegex(error, expected(said))
                self.assertNotIn("Server is ready", error)
                self.assertNotRegex(error, "Sanitizer|runtime error|INVARIANT")
                self.assertTrue(error.strip(), "nothing was said")
                self.assertLess(len(error), 2000000)

    @unittest.skipIf(ANSWERS_ONLY, "the official server has no such bound")
    def test_variables_that_multiply_are_refused(self):
        code, error = self.start(BOMB)
        self.assertEqual(code, 1, error[:1000])
        self.assertLess(len(error), 10000)

    def test_bytes_of_any_kind_are_refused_in_words(self):
        state = 7
        for _ in range(20 if SANITIZED else 40):
            noise = bytearray()
            for _ in range(2000):
                state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
                noise.append(state >> 56)
            code, error = self.start(bytes(noise))
            self.assertEqual(code, 1, (bytes(noise[:50]), error[:300]))
            self.assertRegex(error, "^nats-server: .")

    def test_a_file_cut_at_any_byte_ends_or_is_whole(self):
        text = (
            "listen: 127.0.0.1:-1\nmax_payload: 1MB # a comment\n"
            'authorization { users: [ { user: "a", password: \'b\' } ] }\n'
        )
        for cut in range(1, len(text)):
            code, error = self.start(text[:cut], "-t")
            self.assertIn(code, (0, 1), (text[:cut], error))
            self.assertTrue(error.strip())

    def test_a_file_that_is_not_there_is_named(self):
        for name in ("missing.conf", "x" * 300, "."):
            done = subprocess.run(
                [BINARY, "-p", "-1", "-c", f"/nowhere/{name}"], capture_output=True, timeout=30
            )
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"/nowhere/", done.stderr)
