"""nats.py and plain sockets over TLS, against a server they take for nats-server.

usage: tls_py.py --server <path of the server's binary>
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import pathlib
import re
import shutil
import signal
import ssl
import sys
import tempfile

import certificates
from certificates import Authority
from claims import Claims, skip
from server import Server

try:
    import nats
except ImportError:
    nats = None

MIB = 1 << 20
EXPIRED = 0


class Setting:
    """What all scenarios share: the binary, and certificates in a folder."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = pathlib.Path(folder)
        self.authority = Authority(folder)
        self.stranger = Authority(folder, "stranger")
        self.pair = self.authority.issue("server")

    def server(self, block="", rest="", pair=None):
        pair = pair or self.pair
        files = f'cert_file: "{pair.cert}", key_file: "{pair.key}"'
        config = f"debug: true\nmax_payload: 8MB\ntls {{ {files}\n {block} }}\n{rest}\n"
        return Server(self.binary, config=config)

    def context(self, authority=None, pair=None, version=None):
        context = ssl.create_default_context(cafile=(authority or self.authority).cert)
        if pair:
            context.load_cert_chain(pair.cert, pair.key)
        if version:
            context.minimum_version = context.maximum_version = version
        return context


async def connect(server, scheme="tls", **options):
    async def ignore(_):
        pass

    settled = {"allow_reconnect": False, "connect_timeout": 5, "error_cb": ignore}
    return await nats.connect(f"{scheme}://localhost:{server.port}", **(settled | options))


async def is_refused(server, **options):
    try:
        client = await connect(server, **options)
    except Exception:
        return True
    with contextlib.suppress(Exception):
        await client.flush(timeout=2)
        await client.close()
        return False
    return True


async def echoes(client, payload):
    """Whether a message comes back as it was sent."""
    subscription = await client.subscribe("echo")
    await client.publish("echo", payload)
    message = await subscription.next_msg(timeout=10)
    await subscription.unsubscribe()
    return message.data == payload


@contextlib.asynccontextmanager
async def raw(port, context=None, host="localhost"):
    """A socket, under TLS at once if there is a context."""
    extra = {"ssl": context, "server_hostname": host} if context else {}
    reader, writer = await asyncio.open_connection("127.0.0.1", port, **extra)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(Exception):
            await writer.wait_closed()


async def info_of(reader):
    line = await asyncio.wait_for(reader.readline(), 5)
    return json.loads(line.removeprefix(b"INFO ")) if line.startswith(b"INFO ") else None


async def ended(reader):
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        return await asyncio.wait_for(reader.read(), 10)
    return b""


async def required(claims, setting):
    async with setting.server() as server:
        await server.log_line(re.compile("TLS required for client connections"))
        async with raw(server.port) as (reader, _):
            info = await info_of(reader)
            claims.equal(info.get("tls_required"), True, "INFO says that TLS is required")
            claims.equal("tls_available" in info, False, "and not that it is available")
        client = await connect(server, tls=setting.context())
        claims.holds(await echoes(client, b"hello"), "a message comes back")
        await server.log_line(re.compile("cid:.* - Starting TLS client connection handshake"))
        await server.log_line(re.compile("TLS handshake complete"))
        found = await server.log_line(re.compile(r"TLS version (\S+), cipher suite (\S+)"))
        claims.equal(found.group(1), "1.3", "the log tells the version")
        claims.holds(found.group(2).startswith("TLS_"), "and the cipher", found.group(2))
        await client.close()
        before = len(server.log)
        async with raw(server.port) as (reader, writer):
            await info_of(reader)
            writer.write(b"CONNECT {}\r\nPING\r\n")
            claims.holds(b"PONG" not in await ended(reader), "nobody is served in the clear")
        error = re.compile(r"\[([A-Z]{3})\] .*TLS handshake error: (.*)")
        found = await server.log_line(error, before)
        claims.equal(found.group(1), "DBG", "who speaks no TLS is a matter of debugging")
        claims.equal(
            found.group(2), "tls: first record does not look like a TLS handshake", "and is named"
        )


async def versions(claims, setting):
    async with setting.server() as server:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            client = await connect(server, tls=setting.context(version=version))
            claims.holds(await echoes(client, b"x" * 1000), f"{version.name} is spoken")
            await client.close()
    async with setting.server('min_version: "1.3"') as server:
        context = setting.context(version=ssl.TLSVersion.TLSv1_2)
        claims.holds(await is_refused(server, tls=context), "1.2 is refused where 1.3 is the least")
        found = await server.log_line(re.compile(r"\[ERR\] .*TLS handshake error: (.*)"))
        claims.holds("client offered only unsupported versions" in found.group(1), "and told",
                     found.group(1))  # fmt: skip


async def ciphers(claims, setting):
    suite = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
    async with setting.server(f'cipher_suites: ["{suite}"]\n curve_preferences: [CurveP384]') as s:
        client = await connect(s, tls=setting.context(version=ssl.TLSVersion.TLSv1_2))
        found = await s.log_line(re.compile(r"TLS version 1.2, cipher suite (\S+)"))
        claims.equal(found.group(1), suite, "the cipher suite that is listed is used")
        await client.close()


async def client_certificates(claims, setting):
    block = f'ca_file: "{setting.authority.cert}", verify: true'
    known = setting.authority.issue("known", "ann")
    strange = setting.stranger.issue("strange", "eve")
    expired = setting.authority.issue("expired", "old", days=EXPIRED)
    async with setting.server(block) as server:
        async with raw(server.port) as (reader, _):
            info = await info_of(reader)
            claims.equal(info.get("tls_verify"), True, "INFO says that a certificate is asked for")
        client = await connect(server, tls=setting.context(pair=known))
        claims.holds(await echoes(client, b"hello"), "a known client is served")
        await client.close()
        for pair, who, text in (
            (None, "without a certificate", "client didn't provide a certificate"),
            (strange, "of another authority", "certificate signed by unknown authority"),
            (expired, "with an old certificate", "certificate has expired or is not yet valid"),
        ):
            before = len(server.log)
            context = setting.context(pair=pair)
            claims.holds(await is_refused(server, tls=context), f"a client {who} is refused")
            error = re.compile(r"\[ERR\] .*TLS handshake error: (.*)")
            found = await server.log_line(error, before)
            claims.holds(text in found.group(1), "for the right reason", found.group(1))
            if pair:
                claims.holds("(CN=" in found.group(1) and "SHA-256: " in found.group(1),
                             "which names the certificate", found.group(1))  # fmt: skip


MAPPED_USERS = """
authorization { users: [
    { user: "ann@example.com", permissions: { publish: "mail" } }
    { user: "host.example.com", permissions: { publish: "dns" } }
    { user: "spiffe://example.com/app", permissions: { publish: "uri" } }
    { user: "OU=Sales,O=Acme,CN=bob", permissions: { publish: "subject" } }
    { user: secret, password: pw, permissions: { publish: "never" } }
] }
"""


async def mapped(claims, setting):
    """The certificate says which user it is; what that user may publish tells which it was."""
    block = f'ca_file: "{setting.authority.cert}", verify_and_map: true'
    async with setting.server(block, MAPPED_USERS) as server:
        for subject, names, may_publish in (
            ("nobody", "email:eve@example.com,email:ann@example.com", "mail"),
            ("nobody", "DNS:other.example.com,DNS:host.example.com", "dns"),
            ("nobody", "URI:spiffe://example.com/app", "uri"),
            ("bob/O=Acme/OU=Sales", "DNS:elsewhere.example.com", "subject"),
        ):
            pair = setting.authority.issue(f"map-{may_publish}", subject, names)
            errors = []

            async def note(error, to=errors):
                to.append(str(error))

            client = await connect(server, tls=setting.context(pair=pair), error_cb=note)
            for subject_line in ("mail", "dns", "uri", "subject"):
                await client.publish(subject_line, b"")
            await client.flush()
            await client.flush()
            refused = sorted(re.search(r'to "(\w+)"', error).group(1) for error in errors)
            wanted = sorted({"mail", "dns", "uri", "subject"} - {may_publish})
            claims.equal(refused, wanted, f"a certificate is known by its {may_publish}")
            await client.close()
        for name, subject in (("unknown", "nobody"), ("guarded", "secret")):
            pair = setting.authority.issue(f"map-{name}", subject, "DNS:secret")
            context = setting.context(pair=pair)
            claims.holds(await is_refused(server, tls=context), f"one that is {name} is refused")
        pair = setting.authority.issue("map-secret", "nobody", "DNS:secret")
        context = setting.context(pair=pair)
        password = {"user": "whoever", "password": "pw"}
        claims.holds(not await is_refused(server, tls=context, **password),
                     "a user with a password must say it too")  # fmt: skip


async def pinned(claims, setting):
    known = setting.authority.issue("pinned", "ann")
    other = setting.authority.issue("unpinned", "bob")
    der = setting.folder / "key.der"
    certificates.openssl("pkey", "-in", known.key, "-pubout", "-outform", "DER", "-out", der)
    pin = hashlib.sha256(der.read_bytes()).hexdigest().upper()
    block = f'ca_file: "{setting.authority.cert}", verify: true, pinned_certs: ["{pin}"]'
    async with setting.server(block) as server:
        client = await connect(server, tls=setting.context(pair=known))
        claims.holds(await echoes(client, b"hello"), "a client with a pinned key is served")
        await client.close()
        claims.holds(await is_refused(server, tls=setting.context(pair=other)), "another is not")
        await server.log_line(re.compile(r"TLS handshake error: certificate not pinned"))
        claims.holds(True, "and the log says why")


async def wrong_authority(claims, setting):
    async with setting.server() as server:
        context = setting.context(authority=setting.stranger)
        claims.holds(await is_refused(server, tls=context), "the client does not trust the server")
        found = await server.log_line(re.compile(r"TLS handshake error: (.*)"))
        claims.holds(
            found.group(1) in ("remote error: tls: unknown certificate authority", "EOF"),
            "the server is told, or left",
            found.group(1),
        )


async def optional(claims, setting):
    async with setting.server(rest="allow_non_tls: true") as server:
        await server.log_line(re.compile("TLS available for client connections"))
        async with raw(server.port) as (reader, writer):
            info = await info_of(reader)
            claims.equal(info.get("tls_available"), True, "INFO says that TLS is available")
            claims.equal("tls_required" in info, False, "and not that it is required")
            writer.write(b'CONNECT {"verbose":false}\r\nPING\r\n')
            claims.equal(await reader.readline(), b"PONG\r\n", "who wants none is served")
        secured = await connect(server, tls=setting.context())
        claims.holds(await echoes(secured, b"hello"), "who wants TLS has it")
        plain = await connect(server, scheme="nats")
        subscription = await plain.subscribe("between")
        await plain.flush()
        await secured.publish("between", b"x" * 100_000)
        message = await subscription.next_msg(timeout=5)
        claims.equal(len(message.data), 100_000, "the one hears the other")
        await secured.close()
        await plain.close()


async def handshake_first(claims, setting):
    async with setting.server("handshake_first: true") as server:
        await server.log_line(re.compile('Clients that are not using "TLS Handshake First"'))
        async with raw(server.port, setting.context()) as (reader, writer):
            info = await info_of(reader)
            claims.equal(info.get("tls_required"), True, "INFO comes under TLS")
            writer.write(b'CONNECT {"verbose":false}\r\nPING\r\n')
            claims.equal(await reader.readline(), b"PONG\r\n", "and the client is served")
        async with raw(server.port) as (reader, _):
            claims.equal(await ended(reader), b"", "who waits for INFO hears nothing")
        client = await connect(server, tls=setting.context(), tls_handshake_first=True)
        claims.holds(await echoes(client, b"hello"), "nats.py does it too")
        await client.close()


async def handshake_first_falls_back(claims, setting):
    for delay in ("auto", "300ms"):
        async with setting.server(f'handshake_first: "{delay}"') as server:
            async with raw(server.port, setting.context()) as (reader, writer):
                info = await info_of(reader)
                claims.equal(info.get("tls_required"), True, f"{delay}: who begins is not kept")
            client = await connect(server, tls=setting.context())
            claims.holds(await echoes(client, b"hello"), f"{delay}: who waits gets INFO")
            await client.close()
    async with setting.server("handshake_first: auto", "allow_non_tls: true") as server:
        async with raw(server.port) as (reader, writer):
            info = await info_of(reader)
            claims.equal(info.get("tls_available"), True, "who waits may also go on in the clear")
            writer.write(b'CONNECT {"verbose":false}\r\nPING\r\n')
            claims.equal(await reader.readline(), b"PONG\r\n", "and is served")
        client = await connect(server, tls=setting.context())
        claims.holds(await echoes(client, b"hello"), "or use TLS after all")
        await client.close()


async def large_messages(claims, setting):
    payload = bytes(range(256)) * (8 * MIB // 256)
    async with setting.server(rest="max_pending: 128MB") as server:
        client = await connect(server, tls=setting.context(), pending_size=64 * MIB)
        for _ in range(3):
            claims.holds(await echoes(client, payload), "8 MiB come back as they were sent")
        subscription = await client.subscribe("many")
        for count in range(20_000):
            await client.publish("many", b"%d" % count)
        await client.flush(timeout=20)
        got = [int((await subscription.next_msg(timeout=10)).data) for _ in range(20_000)]
        claims.equal(got, list(range(20_000)), "20,000 small ones come in order")
        await client.close()


async def half_closed(claims, setting):
    async with setting.server() as server:
        slow = setting.context()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await info_of(reader)
        await writer.start_tls(slow, server_hostname="localhost")
        writer.write(b'CONNECT {"verbose":false}\r\nSUB a 1\r\nPUB a 2\r\nhi\r\nPING\r\n')
        claims.equal(await reader.readline(), b"MSG a 1 2\r\n", "a message is delivered")
        claims.equal(await reader.readline(), b"hi\r\n", "with its payload")
        claims.equal(await reader.readline(), b"PONG\r\n", "and the fence")
        writer.write(b"BAD OPERATION\r\n")
        rest = await ended(reader)
        claims.equal(rest, b"-ERR 'Unknown Protocol Operation'\r\n", "the last word is heard")
        writer.close()


async def reload(claims, setting):
    pair = setting.authority.issue("changing")
    async with setting.server(pair=pair) as server:
        old = await connect(server, tls=setting.context())
        shown = []
        for turn in range(2):
            async with raw(server.port) as (reader, writer):
                await info_of(reader)
                await writer.start_tls(setting.context(), server_hostname="localhost")
                der = writer.get_extra_info("ssl_object").getpeercert(True)
                shown.append(hashlib.sha256(der).hexdigest())
            if turn == 0:
                setting.authority.issue("changing")
                server.signal(signal.SIGHUP)
                await server.log_line(re.compile(r"Reloaded: tls = enabled"))
                await server.log_line(re.compile(r"Reloaded server configuration"))
        claims.holds(shown[0] != shown[1], "a new connection sees the new certificate")
        claims.holds(await echoes(old, b"still"), "an old one goes on")

        key = pathlib.Path(pair.key)
        good = key.read_text()
        key.write_text("junk")
        server.signal(signal.SIGHUP)
        found = await server.log_line(re.compile(r"Failed to reload server configuration: (.*)"))
        claims.holds(
            re.search(
                r":3:\d: error parsing X509 certificate/key pair: "
                r"tls: failed to find any PEM data in key input$",
                found.group(1),
            ),
            "a reload with a bad key fails and says why",
            found.group(1),
        )
        client = await connect(server, tls=setting.context())
        claims.holds(await echoes(client, b"kept"), "and what there was is kept")
        await client.close()
        key.write_text(good)

        server.write_config("max_payload: 8MB\ndebug: true\n")
        before = len(server.log)
        server.signal(signal.SIGHUP)
        await server.log_line(re.compile(r"Reloaded: tls = disabled"), before)
        plain = await connect(server, scheme="nats")
        claims.holds(await echoes(plain, b"plain"), "TLS can be switched off")
        claims.holds(await echoes(old, b"still"), "under a link that has it")
        await plain.close()
        await old.close()


async def rate_limit(claims, setting):
    async with setting.server("connection_rate_limit: 3") as server:
        throttled = 0
        for _ in range(10):
            async with raw(server.port) as (reader, writer):
                await info_of(reader)
                with contextlib.suppress(OSError, ssl.SSLError):
                    await writer.start_tls(setting.context(), server_hostname="localhost")
                    continue
                throttled += 1
        claims.holds(throttled >= 4, "more handshakes a second than allowed are refused", throttled)
        found = await server.log_line(
            re.compile(r"\[WRN\] Rejected (\d+) connections due to TLS rate limiting")
        )
        claims.holds(int(found.group(1)) >= 4, "which the log counts", found.group(1))


async def behind_a_proxy(claims, setting):
    """The proxy's header comes in the clear, before TLS, first or not."""
    for block, rest, what in (
        ("", "", "after INFO"),
        ("handshake_first: true", "", "first"),
        ("handshake_first: auto", "", "first, it may be"),
        ("", "allow_non_tls: true", "if it is wanted"),
    ):
        async with setting.server(block, f"proxy_protocol: true\n{rest}") as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            if not block:
                claims.equal("client_ip" in await info_of(reader), False, f"{what}: no client_ip")
            writer.write(b"PROXY TCP4 192.0.2.7 192.0.2.1 1234 4222\r\n")
            await writer.start_tls(setting.context(), server_hostname="localhost")
            if block:
                info = await info_of(reader)
                claims.equal(info.get("client_ip"), "192.0.2.7", f"{what}: INFO under TLS has it")
            writer.write(b'CONNECT {"verbose":false,"protocol":1}\r\nPING\r\n')
            claims.equal(await reader.readline(), b"PONG\r\n", f"{what}: who comes is served")
            info = await info_of(reader)
            claims.equal(info.get("client_ip"), "192.0.2.7", f"{what}: and told his address")
            writer.close()


async def flags(claims, setting):
    pair = setting.pair
    async with Server(setting.binary, "--tls", "--tlscert", pair.cert, "--tlskey", pair.key) as s:
        client = await connect(s, tls=setting.context())
        claims.holds(await echoes(client, b"hello"), "flags name the certificate")
        await client.close()
    verified = ("--tlsverify", "--tlscacert", setting.authority.cert)
    files = ("--tlscert", pair.cert, "--tlskey", pair.key)
    async with Server(setting.binary, *verified, *files) as server:
        claims.holds(await is_refused(server, tls=setting.context()), "--tlsverify asks for one")
        known = setting.authority.issue("flagged", "ann")
        client = await connect(server, tls=setting.context(pair=known))
        claims.holds(await echoes(client, b"hello"), "and takes it")
        await client.close()


async def ports_file(claims, setting):
    files = f'cert_file: "{setting.pair.cert}", key_file: "{setting.pair.key}"'
    with tempfile.TemporaryDirectory(dir=setting.folder) as folder:
        config = f'ports_file_dir: "{folder}"\ntls {{ {files} }}\n'
        async with Server(setting.binary, config=config) as server:
            (path,) = [found async for found in appearing(folder)]
            ports = json.loads(path.read_text())
            claims.equal(ports["nats"], [f"tls://127.0.0.1:{server.port}"], "the ports are tls://")


async def appearing(folder):
    while True:
        for path in pathlib.Path(folder).glob("*.ports"):
            if path.read_text().endswith("}"):
                yield path
                return
        await asyncio.sleep(0.01)


async def command(claims, setting):
    program = shutil.which("nats") or shutil.which("nats", path=str(pathlib.Path.home() / "go/bin"))
    if program is None:
        claims.holds(True, "the nats command is not installed: nothing to claim")
        return
    async with setting.server() as server:
        process = await asyncio.create_subprocess_exec(
            program, "--server", f"tls://localhost:{server.port}",
            "--tlsca", setting.authority.cert, "rtt", stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate()
        claims.equal(process.returncode, 0, "the nats command measures a round trip")
        claims.holds(b"tls://localhost" in output, "over TLS", output)


async def main(binary, names):
    claims = Claims()
    with tempfile.TemporaryDirectory(prefix="myelin-tls-") as folder:
        setting = Setting(binary, folder)
        for scenario in (
            required,
            versions,
            ciphers,
            client_certificates,
            mapped,
            pinned,
            wrong_authority,
            optional,
            handshake_first,
            handshake_first_falls_back,
            large_messages,
            half_closed,
            reload,
            rate_limit,
            behind_a_proxy,
            flags,
            ports_file,
            command,
        ):
            if not names or scenario.__name__ in names:
                await claims.run(scenario, setting, seconds=60)
    return claims.exit_code()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--server", required=True)
    arguments.add_argument("scenarios", nargs="*")
    options = arguments.parse_args()
    if nats is None:
        skip("nats.py is not installed")
    if not certificates.AVAILABLE:
        skip("the openssl command is not installed")
    sys.exit(asyncio.run(main(options.server, options.scenarios)))
