"""Monitoring over HTTP as askers see it: paths, methods, CORS, connections, and rude requests.

What nats-server does too is claimed of the official server first, where there is one. The folder of
static files is Myelin's own.

usage: http_monitor.py --server <path of the server's binary>
"""

import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import sys
import tempfile

import certificates
from claims import Claims
from http_asker import Asker, get, monitor_port
from server import Server
from truth import find_truth

HEALTHY = '{"status":"ok"}'
CORS = "access-control-allow-origin"
SECRET = "hidden-6ae1"


async def reports_and_methods(claims, server):
    port = await monitor_port(server)
    for method in ("GET", "POST", "PUT", "OPTIONS", "DELETE", "ODD"):
        answer = await get(port, "/healthz", method=method)
        claims.equal((answer.status, answer.text), (200, HEALTHY), f"{method} is answered")
        claims.equal(answer.fields.get(CORS), "*", f"{method}: any page may read it")
        claims.equal(answer.fields["content-type"], "application/json", f"{method}: it is JSON")
    head = await get(port, "/healthz", method="HEAD")
    claims.equal(head.fields["content-length"], "15", "HEAD tells the length and has no body")
    answer = await get(port, "/healthz?callback=x")
    claims.equal(answer.text, HEALTHY, "a callback is no longer wrapped around anything")
    claims.equal((await get(port, "/%68ealthz")).status, 200, "a path may be escaped")
    claims.equal((await get(port, "http://x/healthz")).status, 200, "or name a host")


async def other_paths(claims, server):
    port = await monitor_port(server)
    for target in ("/nope", "/healthz/", "/HEALTHZ", "/healthz%00x"):
        answer = await get(port, target)
        if target.endswith("x"):
            claims.holds(answer.status in (400, 404), f"{target} is nothing")
            continue
        claims.equal((answer.status, answer.text), (404, "404 page not found\n"), f"{target}: 404")
        claims.equal(answer.fields.get(CORS), None, f"{target}: and no CORS")
    for target, location in (
        ("//healthz", "/healthz"),
        ("/x/../healthz?a=b", "/healthz?a=b"),
        ("/./healthz/", "/healthz/"),
    ):
        answer = await get(port, target)
        claims.equal((answer.status, answer.fields.get("location")), (307, location), target)
    page = await get(port, "/")
    claims.equal(page.fields["content-type"], "text/html; charset=utf-8", "/ is a page")
    for path in ("/varz", "/connz", "/jsz", "/subsz", "/healthz", "/accountz", "/routez"):
        claims.holds(f'{path}"' in page.text or f".{path}>" in page.text, f"/ links to {path}")


async def base_path(claims, server):
    port = await monitor_port(server)
    claims.equal((await get(port, "/mon/healthz")).text, HEALTHY, "the base path stands before all")
    claims.equal((await get(port, "/mon")).status, 200, "it is the page of links")
    for target in ("/", "/healthz", "/mon/", "/monhealthz"):
        claims.equal((await get(port, target)).status, 404, f"{target} is nothing")


async def connections(claims, server):
    port = await monitor_port(server)
    async with await Asker.connect(port) as asker:
        for _ in range(3):
            asker.ask("/healthz")
            claims.equal((await asker.answer()).text, HEALTHY, "a connection is kept")
        asker.ask("/healthz", fields=["Connection: close"])
        answer = await asker.answer()
        claims.equal(answer.fields.get("connection"), "close", "until its asker has enough")
        claims.equal(await asker.rest(), b"", "then it is closed")
    async with await Asker.connect(port) as asker:
        for index in range(200):
            asker.ask("/healthz" if index % 2 else "/nope", method="GET" if index % 3 else "POST")
        statuses = [(await asker.answer()).status for _ in range(200)]
        claims.equal(statuses, [404, 200] * 100, "200 requests at once are answered in order")
    async with await Asker.connect(port) as asker:
        asker.ask("/healthz", version="1.0")
        claims.equal((await asker.rest())[-15:].decode(), HEALTHY, "HTTP/1.0 closes")
        asker.writer.close()
    async with await Asker.connect(port) as asker:
        for _ in range(2):
            asker.ask("/healthz", version="1.0", fields=["Connection: keep-alive"])
            answer = await asker.answer()
            claims.equal(answer.fields.get("connection"), "keep-alive", "HTTP/1.0 may stay")
    async with await Asker.connect(port) as asker:
        asker.ask("/healthz")
        asker.writer.write_eof()
        claims.holds((await asker.rest()).endswith(HEALTHY.encode()), "a half-closed asker hears")


async def bodies(claims, server):
    port = await monitor_port(server)
    async with await Asker.connect(port) as asker:
        asker.ask("/healthz", "POST", ["Content-Length: 5"], body=b"GET /")
        claims.equal((await asker.answer()).text, HEALTHY, "a body is ignored")
        chunks = b"3\r\nabc\r\n0\r\n\r\n"
        asker.ask("/healthz", "POST", ["Transfer-Encoding: chunked"], body=chunks)
        claims.equal((await asker.answer()).text, HEALTHY, "in chunks too")
        asker.ask("/healthz", "POST", ["Content-Length: 5000000", "Expect: 100-continue"])
        claims.equal((await asker.answer()).status, 200, "who waits to send one is answered")


async def bad_requests(claims, server):
    port = await monitor_port(server)
    host = "Host: x\r\n"
    length = "Content-Length"
    for what, text, statuses in (
        ("no HTTP", "CONNECT {}\r\nPING\r\n\r\n", {400}),
        ("TLS", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", {400}),
        ("no Host", "GET /healthz HTTP/1.1\r\n\r\n", {400}),
        ("a field without a name", f"GET / HTTP/1.1\r\n{host}: x\r\n\r\n", {400}),
        ("a space in a name", f"GET / HTTP/1.1\r\n{host}a b: x\r\n\r\n", {400}),
        ("two lengths", f"GET / HTTP/1.1\r\n{host}{length}: 1\r\n{length}: 2\r\n\r\n", {400}),
        ("a bad length", f"GET / HTTP/1.1\r\n{host}{length}: -1\r\n\r\n", {400}),
        ("a bad escape", f"GET /%zz HTTP/1.1\r\n{host}\r\n", {400}),
        ("another version", f"GET / HTTP/3.0\r\n{host}\r\n", {400, 505}),
        ("a huge head", f"GET / HTTP/1.1\r\n{host}X: {'x' * (2 << 20)}\r\n\r\n", {431}),
    ):
        async with await Asker.connect(port) as asker:
            try:
                asker.send(text)
                answer = await asker.answer()
                claims.holds(answer.status in statuses, f"{what}: refused", str(answer))
                claims.holds(CORS not in answer.fields, f"{what}: no CORS")
                await asker.rest()
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                claims.holds(what == "a huge head", f"{what}: an answer comes", repr(error))
    claims.equal((await get(port, "/healthz")).text, HEALTHY, "others do not notice")


async def slow_loris(claims, server):
    port = await monitor_port(server)

    async def dribble():
        async with await Asker.connect(port) as asker:
            asker.send("GET /healthz HTTP/1.1\r\nHost: x\r\n")
            loop = asyncio.get_running_loop()
            begun = loop.time()
            closed = asyncio.create_task(asker.rest())
            while not closed.done() and loop.time() - begun < 9:
                asker.send("X")
                await asyncio.wait([closed], timeout=0.25)
            return closed.done() and 4 < loop.time() - begun < 8

    results = await asyncio.gather(*(dribble() for _ in range(20)))
    claims.holds(all(results), "who takes more than five seconds for a head is closed", results)
    claims.equal((await get(port, "/healthz")).text, HEALTHY, "others do not notice")


async def many_connections(claims, server):
    port = await monitor_port(server)
    crowd = [await Asker.connect(port) for _ in range(1100)]
    claims.equal((await get(port, "/healthz")).text, HEALTHY, "idle connections give way")
    for asker in crowd:
        asker.writer.close()
    claims.equal((await get(port, "/healthz")).text, HEALTHY, "and others come after them")


def make_pages(folder):
    web = folder / "web"
    (web / "sub").mkdir(parents=True)
    (web / ".git").mkdir()
    (folder / "secret").write_text(SECRET)
    (web / ".git/config").write_text(SECRET)
    (web / "index.html").write_text("<p>hello</p>")
    (web / "sub/index.html").write_text("sub")
    (web / "sub/a b.mjs").write_text("let a")
    (web / "app.wasm").write_bytes(b"\0asm")
    (web / "big.bin").write_bytes(os.urandom(20 << 20))
    (web / "link").symlink_to("sub/index.html")
    (web / "out").symlink_to("../secret")
    (web / "absolute").symlink_to(folder / "secret")
    (web / "up").symlink_to("..")
    os.mkfifo(web / "fifo")
    return web


async def static_files(claims, server):
    port = await monitor_port(server)
    web = server.folder / "web"
    page = await get(port, "/web/")
    claims.equal((page.status, page.text), (200, "<p>hello</p>"), "a folder is its index.html")
    for name, value in (
        ("content-type", "text/html; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
    ):
        claims.equal(page.fields.get(name), value, f"{name} is said")
    policy = page.fields.get("content-security-policy", "")
    for part in (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval' blob:",
        "worker-src 'self' blob:",
        "connect-src 'self' ws: wss: http: https:",
    ):
        claims.holds(f"{part};" in policy, f"the policy has {part}", policy)
    claims.equal(page.fields.get("cache-control"), "no-cache", "a copy is asked about first")
    claims.equal((await get(port, "/web")).fields.get("location"), "/web/", "/web leads to /web/")
    claims.equal((await get(port, "/web/sub")).fields.get("location"), "/web/sub/", "so do folders")
    script = await get(port, "/web/sub/a%20b.mjs")
    claims.equal(script.fields["content-type"], "text/javascript; charset=utf-8", "a script's type")
    wasm = await get(port, "/web/app.wasm")
    claims.equal(wasm.fields["content-type"], "application/wasm", "a module's type")
    claims.equal((await get(port, "/web/link")).text, "sub", "a link inside is followed")

    unchanged = await get(port, "/web/", fields=[f"If-None-Match: {page.fields['etag']}"])
    claims.equal((unchanged.status, unchanged.body), (304, b""), "an ETag saves the body")
    since = await get(port, "/web/", fields=[f"If-Modified-Since: {page.fields['last-modified']}"])
    claims.equal(since.status, 304, "a date does too")
    head = await get(port, "/web/", method="HEAD")
    claims.equal((head.status, head.fields["content-length"]), (200, "12"), "HEAD")
    posted = await get(port, "/web/", method="POST")
    claims.equal((posted.status, posted.fields.get("allow")), (405, "GET, HEAD"), "no POST")

    whole = (web / "big.bin").read_bytes()
    big = await get(port, "/web/big.bin")
    claims.holds(big.body == whole, "a big file arrives whole")
    part = await get(port, "/web/big.bin", fields=["Range: bytes=1000000-3000000"])
    claims.holds(part.status == 206 and part.body == whole[1000000:3000001], "and in parts")
    beyond = await get(port, "/web/big.bin", fields=["Range: bytes=99999999-"])
    claims.equal(beyond.status, 416, "not beyond its end")


async def no_way_out(claims, server):
    port = await monitor_port(server)
    for target in (
        "/web/../secret",
        "/web/%2e%2e/secret",
        "/web/%2e%2e%2fsecret",
        "/web/..%2fsecret",
        "/web/sub/..%2f..%2fsecret",
        "/web/%252e%252e/secret",
        "/web/..%5csecret",
        "/web//etc/passwd",
        "/web/%2fetc%2fpasswd",
        "/web/out",
        "/web/absolute",
        "/web/up/secret",
        "/web/.git/config",
        "/web/sub/../.git/config",
        "/web/index.html%00.png",
        "/web/fifo",
        "/web/" + "x" * 5000,
        "/web/" + "a/" * 5000,
        "/web/sub/./",
        "/web/none",
    ):
        answer = await get(port, target)
        claims.holds(answer.status in (307, 400, 404), f"{target:.40}: nothing", answer.status)
        claims.holds(SECRET.encode() not in answer.body, f"{target:.40}: no secret")


async def files_that_change(claims, server):
    port = await monitor_port(server)
    path = server.folder / "web/changing.bin"
    path.write_bytes(b"x" * (64 << 20))
    async with await Asker.connect(port) as asker:
        asker.ask("/web/changing.bin")
        await asker.reader.readuntil(b"\r\n\r\n")
        path.write_bytes(b"short")
        got = await asker.rest()
        claims.holds(len(got) < 64 << 20, "a file that is cut ends the connection", len(got))
    claims.equal((await get(port, "/web/changing.bin")).text, "short", "then it is the new one")
    path.unlink()
    claims.equal((await get(port, "/web/changing.bin")).status, 404, "and then it is gone")


async def lame_duck(claims, server):
    port = await monitor_port(server)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b'CONNECT {"verbose":false}\r\nPING\r\n')
    await reader.readuntil(b"PONG\r\n")
    server.signal(signal.SIGUSR2)
    await server.log_line(re.compile("Entering lame duck mode"))
    claims.equal((await get(port, "/")).status, 200, "lame ducks can be asked")
    writer.close()


HTTPS = """
https: "127.0.0.1:-1"
tls {{ cert_file: "{cert}", key_file: "{key}", ca_file: "{authority}", verify: true }}
"""


async def serial_at(port, tls):
    async with await Asker.connect(port, tls) as asker:
        return asker.writer.get_extra_info("peercert")["serialNumber"]


async def https(claims, binary):
    with tempfile.TemporaryDirectory() as folder:
        authority = certificates.Authority(folder)
        first, second = authority.issue("first"), authority.issue("second")
        config = HTTPS.format(cert=first.cert, key=first.key, authority=authority.cert)
        async with Server(binary, config=config) as server:
            port = await monitor_port(server)
            await server.log_line(re.compile("Starting https monitor on"))
            trust = ssl.create_default_context(cafile=authority.cert)
            answer = await get(port, "/healthz", trust)
            claims.equal(answer.text, HEALTHY, "over TLS, without a certificate of one's own")
            async with await Asker.connect(port, trust) as asker:
                for _ in range(3):
                    asker.ask("/varz")
                    claims.equal((await asker.answer()).status, 200, "a connection is kept")
            async with await Asker.connect(port) as asker:
                asker.ask("/healthz")
                text = (await asker.rest()).decode()
                claims.holds("400 Bad Request" in text, "plain HTTP is told", text)
                claims.holds("Client sent an HTTP request to an HTTPS server" in text, "and why")
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                await get(port, "/healthz", ssl.create_default_context())
            await server.log_line(re.compile(r"monitoring: TLS handshake error from 127.0.0.1"))
            claims.holds(True, "a failed handshake is in the log")
            before = await serial_at(port, trust)
            config = HTTPS.format(cert=second.cert, key=second.key, authority=authority.cert)
            server.write_config(config)
            server.signal(signal.SIGHUP)
            await server.log_line(re.compile("Reloaded server configuration"))
            claims.holds(await serial_at(port, trust) != before, "a reload renews the certificate")


def memory_of(server):
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024


async def long_reports(claims, server):
    """Twenty readers of a long report who do not read yet, and others meanwhile."""
    port = await monitor_port(server)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    subscriptions = 20_000
    writer.write(b'CONNECT {"verbose":false}\r\n')
    for sid in range(subscriptions):
        writer.write(b"SUB subject.%d.%s %d\r\n" % (sid, b"x" * 200, sid))
    writer.write(b"PING\r\n")
    await reader.readuntil(b"PONG\r\n")
    path = f"/subsz?subs=1&limit={subscriptions}"
    whole = await get(port, path)
    claims.holds(len(whole.body) > subscriptions * 200, "a long report", len(whole.body))
    claims.equal(len(whole.json["subscriptions_list"]), subscriptions, "holds all that is asked")
    old = await get(port, path, version="1.0")
    claims.equal(len(old.json["subscriptions_list"]), subscriptions, "HTTP/1.0 hears it too")
    head = await get(port, path, method="HEAD")
    claims.equal(head.status, 200, "HEAD of it")

    before = memory_of(server)
    slow = [await Asker.connect(port) for _ in range(20)]
    for asker in slow:
        asker.ask(path)
    claims.equal((await get(port, "/healthz")).text, HEALTHY, "those who wait hold up nobody")
    for _ in range(20):
        writer.write(b"PING\r\n")
        await asyncio.wait_for(reader.readuntil(b"PONG\r\n"), 1)
    if before:
        grown = memory_of(server) - before
        claims.holds(grown < 40 << 20, "nor cost a report's memory each", grown)
    for asker in slow[:10]:
        answer = await asker.answer()
        claims.equal(len(answer.json["subscriptions_list"]), subscriptions, "they read at last")
    for asker in slow:
        asker.writer.close()
    claims.equal((await get(port, "/healthz")).text, HEALTHY, "or leave")
    writer.close()


async def refused_starts(claims, binary):
    with socket.socket() as taken, tempfile.TemporaryDirectory() as folder:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for config, wanted in (
            (
                f'http: "127.0.0.1:{port}"',
                f"can't listen to the monitor port: listen tcp 127.0.0.1:{port}: bind: address "
                "already in use",
            ),
            ("https_port: -1", "TLS cert and key required for HTTPS"),
            (
                "http_port: -1\nhttps_port: 8443",
                "can't specify both HTTP (-1) and HTTPs (8443) ports",
            ),
        ):
            path = pathlib.Path(folder) / "server.conf"
            path.write_text(f"port: -1\n{config}\n")
            process = await asyncio.create_subprocess_exec(
                binary, "-c", str(path), stderr=asyncio.subprocess.PIPE
            )
            _, log = await process.communicate()
            config = config.replace("\n", ", ")
            claims.equal(process.returncode, 1, f"{config}: no start")
            claims.holds(
                log.decode().rstrip().endswith(f"[FTL] Can't start monitoring: {wanted}"),
                f"{config}: and why",
                log.decode(),
            )


async def ports_file(claims, binary):
    flags = ("-m", "-1", "--ports_file_dir", ".")
    async with Server(binary, *flags) as server:
        port = await monitor_port(server)
        async with asyncio.timeout(10):
            while not (files := list(server.folder.glob("*.ports"))) or not files[0].read_text():
                await asyncio.sleep(0.005)
        ports = json.loads(files[0].read_text())
        claims.equal(ports.get("monitoring"), [f"http://127.0.0.1:{port}"], "it names the port")


async def reloaded_folder(claims, server):
    port = await monitor_port(server)
    claims.equal((await get(port, "/web/")).text, "<p>hello</p>", "a folder before")
    server.write_config(CONFIG.format(more="http_web: web/sub"))
    server.signal(signal.SIGHUP)
    await server.log_line(re.compile("Reloaded server configuration"))
    claims.equal((await get(port, "/web/")).text, "sub", "and another after a reload")


CONFIG = """
http: "127.0.0.1:-1"
{more}
"""


async def run(claims, binary, is_ours, name):
    def server(more=""):
        return Server(binary, config=CONFIG.format(more=more))

    print(f"== {name}")
    async with server() as running:
        for scenario in (reports_and_methods, other_paths, connections, bodies, bad_requests):
            await claims.run(scenario, running)
        await claims.run(slow_loris, running)
        if is_ours:
            await claims.run(many_connections, running)
            await claims.run(long_reports, running)
    async with server("http_base_path: mon") as running:
        await claims.run(base_path, running)
    async with server("lame_duck_duration: 30s, lame_duck_grace_period: 10s") as running:
        await claims.run(lame_duck, running)
    await claims.run(refused_starts, binary)
    await claims.run(ports_file, binary)
    if certificates.AVAILABLE:
        await claims.run(https, binary)
    if not is_ours:
        return
    pages = Server(binary, config=CONFIG.format(more="http_web: web"))
    make_pages(pages.folder)
    async with pages as running:
        for scenario in (static_files, no_way_out, files_that_change, reloaded_folder):
            await claims.run(scenario, running)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    arguments = parser.parse_args()
    claims = Claims()
    if truth := find_truth():
        await run(claims, truth, False, "the official nats-server")
    await run(claims, arguments.server, True, "Myelin")
    return claims.exit_code()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
