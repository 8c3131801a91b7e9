"""Secrets: whatever clients and configurations do with them, nobody is shown one.

Not in the log with debug and trace on, not by monitoring, not in an -ERR, not where a configuration
is refused. Each secret here is a text that occurs nowhere else.
"""

import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

from client import Client, connect_line
from server import Server, until
from siege import BINARY

NKEY = "UAB2LTI672CRSPT45NVAKTNPSZFVZQMAJWCQJYJQAB22XUUXW6CTKT6T"
SEED = "SUAANIQFENXOM56KZXXKXWDH5UQONI77MNESOZHDWRMH4MSJUDAKSNL5NU"
ACCOUNT_SEED = "SAAF3NBRKSWLOSZVJBQJWLDNYTKZEN5XV22FUVNRIQMGXROYZPDR3TZYP4"
SIGNATURE = "c2lnbmF0dXJlLW9mLW5vYm9keS1hdC1hbGw"
JWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJuYW1lIjoiamFjayJ9." + SIGNATURE

LOGGING = "debug: true\ntrace: true\nhttp: 127.0.0.1:-1\n"
# A configuration, and what clients say: what lets them in and what does not.
HOUSES = {
    "one user": (
        'authorization { user: ada, password: "secret-alpha" }',
        [{"user": "ada", "pass": "secret-alpha"}, {"user": "ada", "pass": "secret-beta"}],
    ),
    "a token": (
        'authorization { token: "secret-gamma" }',
        [{"auth_token": "secret-gamma"}, {"auth_token": "secret-delta"}],
    ),
    "accounts": (
        """
        accounts {
          A { users: [ {user: ada, password: "secret-alpha"}, {nkey: %s} ] }
          B { users: [ {user: bob, password: "secret-beta", permissions: {publish: x}} ] }
        }
        """
        % NKEY,
        [
            {"user": "ada", "pass": "secret-alpha"},
            {"user": "bob", "pass": "secret-beta"},
            {"user": "bob", "pass": "secret-gamma"},
            {"user": "eve", "pass": "secret-delta", "auth_token": "secret-epsilon"},
            {"nkey": NKEY, "sig": SIGNATURE},
            {"jwt": JWT, "sig": SIGNATURE},
        ],
    ),
    "a stand-in": (
        'authorization { users: [ {user: ada, password: "secret-alpha"} ] }\nno_auth_user: ada',
        [{}, {"user": "ada", "pass": "secret-alpha"}, {"user": "ada", "pass": "secret-beta"}],
    ),
    "nobody asked": ("", [{"user": "ada", "pass": "secret-alpha", "auth_token": "secret-beta"}]),
}
# As no client should write them.
MISSHAPEN = [
    b'CONNECT {"user":"ada","pass":"secret-omega"\r\n',
    b'CONNECT {"pass":"secret-omega","pass":5}\r\n',
    b'CONNECT {"PASS":"secret-omega","Auth_Token":"secret-psi"}\r\n',
    b'connect   {"pass" : "secret-omega", "user":}\r\n',
    b'CONNECT {"pass":"secret-omega\\"secret-psi"}\r\n',
    b'CONNECT {"x":{"pass":"secret-omega"},"jwt":"' + JWT.encode() + b'"}\r\n',
    b'CONNECT {"pass":"secret-omega","a":"' + b"a" * 5000 + b'"}\r\n',
]
QUESTIONS = [
    "/varz",
    "/connz?auth=1&subs=detail&state=all",
    "/subsz?subs=1",
    "/accountz",
    "/accountz?acc=A",
    "/accstatz?unused=1",
    "/jsz?accounts=1&streams=1&config=1",
    "/healthz",
    "/metrics",
    "/",
]
# What makes a server refuse to start: each holds a secret that the complaint need not repeat.
MISTAKES = [
    "authorization { user: a, password: secret-alpha, token: secret-beta }",
    "authorization { token: secret-alpha, users: [] }",
    "authorization { password: secret-alpha }",
    "authorization { users: [ {user: a, passwort: secret-alpha} ] }",
    "authorization { users: [ {user: a, password: [secret-alpha]} ] }",
    "authorization { users: [ {user: a, pass: secret-alpha}\n{user: a, pass: secret-beta} ] }",
    "authorization { users: [ {nkey: %s} ] }" % SEED,
    "authorization { users: [ {nkey: %s, password: secret-alpha} ] }" % NKEY,
    "accounts { A { nkey: %s } }" % ACCOUNT_SEED,
    "accounts { A { users: [ {user: a, pass: secret-alpha} ] } }\n"
    "authorization { token: secret-beta }",
    "proxies { trusted: [ {key: %s} ] }" % SEED,
    "authorization { auth_callout { issuer: %s, auth_users: [a] } }" % ACCOUNT_SEED,
    "no_auth_user: b\nauthorization { users: [ {user: a, password: secret-alpha} ] }",
    "websocket { port: 1, no_tls: true, authorization { user: a, pass: [secret-alpha] } }",
    "jetstream { key: secret-alpha }",
]
CONFIDENCES = ["secret-", SEED, ACCOUNT_SEED, SIGNATURE]


class Confidences(unittest.TestCase):
    def assertDiscreet(self, text, where):
        if isinstance(text, bytes):
            text = text.decode(errors="replace")
        for line in text.split("\n"):
            for confidence in CONFIDENCES:
                if confidence in line:
                    self.fail(f"{where} tells {confidence}: {line[:400]}")

    def visit(self, server, lines):
        """Says it, asks for something forbidden, and gives back all that was answered."""
        with Client(server.address) as client:
            client.try_send(lines + b"PUB forbidden 0\r\n\r\nPING\r\n")
            client.socket.settimeout(5)
            answers = b""
            while more := client.receive():
                answers += more
                if b"PONG\r\n" in answers:
                    break
            return answers

    def ask(self, server, question):
        with socket.create_connection(server.monitoring_address) as link:
            request = f"GET {question} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            link.sendall(request.encode())
            answer = b""
            while more := link.recv(65536):
                answer += more
            return answer

    def test_clients_are_let_in_and_refused_discreetly(self):
        for name, (config, visitors) in HOUSES.items():
            with self.subTest(name), Server(BINARY, LOGGING + config) as server:
                guests = [Client(server.address, connect) for connect in visitors]
                for connect in visitors:
                    answers = self.visit(server, connect_line(**connect))
                    self.assertDiscreet(answers, "an answer")
                for lines in MISSHAPEN:
                    self.assertDiscreet(self.visit(server, lines), "an answer")
                for question in QUESTIONS:
                    self.assertDiscreet(self.ask(server, question), question)
                for guest in guests:
                    guest.close()
                self.assertDiscreet(server.log, "the log")

    def test_a_reload_is_discreet(self):
        config = LOGGING + 'authorization { users: [ {user: ada, password: "%s"} ] }\n'
        with Server(BINARY, config % "secret-alpha") as server:
            path = server.folder / "server.conf"
            guest = Client(server.address, {"user": "ada", "pass": "secret-alpha"})
            guest.fence()
            said = 0
            for text in (
                config % "secret-beta",
                config % "secret-gamma" + "max_pending: 1GB\n",
                config % "secret-delta" + "nonsense",
                LOGGING + "authorization { token: secret-epsilon }",
                LOGGING + "websocket { port: -1, no_tls: true, authorization {token: secret-eta} }",
                LOGGING,
            ):
                path.write_text(text)
                server.signal(signal.SIGHUP)
                said += 1
                until(lambda: server.log.count("eload") > said, "word of the reload")
            guest.close()
            self.assertDiscreet(server.log, "the log")
            self.assertDiscreet(self.ask(server, "/varz"), "/varz")

    def test_a_configuration_is_refused_discreetly(self):
        for config in MISTAKES:
            with self.subTest(config), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "server.conf"
                path.write_text(config)
                run = subprocess.run([BINARY, "-t", "-c", path], capture_output=True, timeout=60)
                self.assertNotEqual(run.returncode, 0)
                self.assertDiscreet(run.stderr + run.stdout, "the refusal")


if __name__ == "__main__":
    unittest.main()
