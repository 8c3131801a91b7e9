"""The monitoring reports beside those of the official server.

Both servers are started with the same configuration, the same clients do the same to them, and the
same URLs are asked of both: the same status, the same keys in the same order, the same types, the
same values where they must be equal, the same words where something is refused. Without the
official server (--official PATH, or where truth.py finds it), only what both are known to say is
compared.
"""

import argparse
import asyncio
import json
import pathlib
import re
import shutil
import signal
import ssl
import sys
import tempfile
import urllib.error
import urllib.request

import certificates
from certificates import Authority
from claims import Claims, skip
from server import Server
from truth import find_truth

try:
    import nats
    from nats.js.api import ConsumerConfig, StreamConfig
except ImportError:
    skip("nats-py is not installed")

CONFIG = """
server_name: same
http: "127.0.0.1:-1"
server_tags: ["region:here", "color:blue"]
server_metadata: {{ rack: "7" }}
max_payload: 2MB
ping_interval: "40s"
mappings: {{ "before.*": "after.{{{{wildcard(1)}}}}" }}
jetstream {{ store_dir: "{store}", max_mem: 64MB, max_file: 256MB, sync_interval: "1m" }}
"""
SECURED = """
server_name: same
http: "127.0.0.1:-1"
tls {{ cert_file: "{server.cert}", key_file: "{server.key}", ca_file: "{ca}", verify: true }}
authorization {{ users: [{{ user: ann, password: secret }}, {{ user: ben, password: secret }}] }}
websocket {{ port: -1, no_tls: true, same_origin: true, compression: true, no_auth_user: ben
             allowed_origins: ["http://a.example"], handshake_timeout: "3s" }}
max_subscriptions: 100
"""
SECURED_URLS = "/varz /connz /connz?auth=1 /connz?auth=1&state=any /connz?user=ann&subs=1".split()
HTTP_LISTENER = re.compile(r"Starting http monitor on (.+):(\d+)$")

# Asked of both, and the answers' shapes compared.
URLS = """
/varz /connz /connz?subs=1 /connz?subs=detail /connz?subs=detail&auth=1 /connz?sort=subs
/connz?sort=start /connz?sort=pending /connz?sort=msgs_to /connz?sort=msgs_from /connz?sort=rtt
/connz?sort=bytes_to /connz?sort=bytes_from /connz?sort=last /connz?sort=idle /connz?sort=uptime
/connz?state=closed /connz?state=closed&sort=stop /connz?state=closed&sort=reason
/connz?state=closed&subs=1 /connz?state=closed&subs=detail /connz?state=any /connz?state=ALL
/connz?limit=1 /connz?limit=1&offset=1 /connz?offset=100 /connz?limit=-1&offset=-1
/connz?acc=$G /connz?acc=$SYS /connz?acc=nobody /connz?user=nobody /connz?mqtt_client=x
/connz?cid=99999999 /connz?state=closed&cid=99999999 /connz?limit=1&limit=2 /connz?limit=%zz
/connz?limit=1;offset=3 /connz?auth=TRUE&subs=f
/subsz /subscriptionsz /subsz?offset=1&limit=2 /subsz?acc=nobody /subsz?subs=1&test=only.here
/subsz?subs=1&test=nobody.there /subsz?subs=1&acc=nobody
/accountz /accountz?acc=$SYS /accstatz /accstatz?unused=1
/jsz /jsz?accounts=1 /jsz?streams=1 /jsz?consumers=1 /jsz?consumers=1&config=1 /jsz?config=true
/jsz?acc=$G /jsz?acc=$G&streams=1 /jsz?acc=nobody&streams=1 /jsz?accounts=1&offset=1
/jsz?accounts=1&limit=-1&offset=2 /jsz?leader-only=1 /jsz?raft=1 /jsz?streams=1&raft=1
/jsz?direct-consumers=1 /jsz?stream-leader-only=1&streams=1
/healthz /healthz?details=1 /healthz?js-enabled-only=1 /healthz?js-server-only=true
/healthz?js-enabled=1 /healthz?js-meta-only=1 /healthz?account=$G /healthz?account=$G&stream=ORDERS
/healthz?account=$G&stream=ORDERS&consumer=worker
/routez /routez?subs=1 /routez?subs=detail /gatewayz /gatewayz?accs=1 /gatewayz?gw_name=x
/leafz /leafz?subs=1 /leafz?acc=x /ipqueuesz
""".split()

# Asked of both, and the answers compared byte by byte.
REFUSALS = """
/connz?sort=x /connz?sort=stop /connz?sort=reason /connz?sort=stop&state=any /connz?subs=x
/connz?auth=2 /connz?auth=%22x%0a%c3%a9 /connz?limit=x /connz?limit=0x10 /connz?limit=+5
/connz?limit=1_000 /connz?limit=99999999999999999999 /connz?offset=1.5 /connz?cid=-1
/connz?cid=18446744073709551616 /connz?state=foo%20bar /connz?state=x&sort=y
/subsz?subs=x /subsz?test=foo.* /subsz?test=foo..bar /subsz?limit=x /subsz?offset=y
/accountz?acc=nobody /accstatz?unused=x /jsz?accounts=x /jsz?streams=x /jsz?consumers=x
/jsz?direct-consumers=x /jsz?config=x /jsz?offset=x /jsz?limit=x /jsz?leader-only=x /jsz?raft=x
/jsz?stream-leader-only=x /healthz?details=x /healthz?js-enabled=x /healthz?js-enabled-only=x
/healthz?js-server-only=x /healthz?js-meta-only=x /healthz?stream=x /healthz?stream=x&details=1
/healthz?account=x&consumer=y /healthz?account=x&consumer=y&details=1 /healthz?account=nobody
/healthz?account=nobody&details=1 /healthz?account=$G&stream=nothing
/healthz?account=$G&stream=nothing&details=1 /healthz?account=$G&stream=ORDERS&consumer=nobody
/healthz?account=$G&stream=ORDERS&consumer=nobody&details=1
/routez?subs=x /gatewayz?subs=x /gatewayz?accs=x /leafz?subs=x /ipqueuesz?all=x /raftz
/raftz?acc=x /nothing /varz/
""".split()

# What differs between any two servers, or two runs of one.
OWN = {
    "server_id", "now", "start", "uptime", "idle", "mem", "cpu", "port", "http_port", "rtt",
    "last_activity", "tls_cipher_suite", "stop", "pending_bytes", "config_load_time",
    "config_digest", "http_req_stats", "created", "ts",
    "first_ts", "last_ts", "last_active", "update_time", "store_dir", "cid", "go", "gomaxprocs",
    # How many subscriptions and API calls a server needs for itself is its own matter.
    "num_subscriptions", "num_cache", "num_inserts", "num_removes", "num_matches", "cache_hit_rate",
    "max_fanout", "avg_fanout",
    # Bytes as each store counts them.
    "bytes", "storage", "memory", "in_bytes", "out_bytes", "in_client_bytes", "out_client_bytes",
}  # fmt: skip
# What ours says differently, or not at all, and why.
KNOWN = {
    "varz": {"subscriptions"},  # those that a server needs for itself are counted too
    "accountz": {"imports", "exports", "subscriptions"},  # the system account is empty
    "accstatz": {"num_subscriptions"},
}
INBOX = re.compile(rb"_INBOX\.\w+")


def get(port, url):
    """Status, content type and body."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{url}", timeout=10) as answer:
            return answer.status, answer.headers.get("Content-Type"), answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers.get("Content-Type"), refusal.read()


async def ask(port, url):
    return await asyncio.to_thread(get, port, url)


def kind_of(value):
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__


def differences(theirs, ours, known, path=""):
    """Where two documents differ in keys, their order, types, or values that must be equal."""
    if kind_of(theirs) != kind_of(ours):
        yield f"{path}: {kind_of(theirs)} there, {kind_of(ours)} here"
    elif isinstance(theirs, dict):
        compared = [[key for key in each if key not in known] for each in (theirs, ours)]
        if compared[0] != compared[1]:
            yield f"{path}: keys {list(theirs)} there, {list(ours)} here"
        for key in theirs:
            if key in ours and key not in known:
                if key in OWN:
                    if kind_of(theirs[key]) != kind_of(ours[key]):
                        yield f"{path}.{key}: {kind_of(theirs[key])} there"
                    continue
                yield from differences(theirs[key], ours[key], known, f"{path}.{key}")
    elif isinstance(theirs, list):
        if len(theirs) != len(ours):
            yield f"{path}: {len(theirs)} there, {len(ours)} here"
        for index, (a, b) in enumerate(zip(theirs, ours, strict=False)):
            yield from differences(a, b, known, f"{path}[{index}]")
    elif theirs != ours:
        yield f"{path}: {theirs!r} there, {ours!r} here"


def ordered(document):
    """Lists that nats-server keeps in no order, in one."""
    if isinstance(document, dict):
        return {key: ordered(value) for key, value in document.items()}
    if not isinstance(document, list):
        return document
    return sorted((ordered(each) for each in document), key=sort_key)


def sort_key(each):
    if isinstance(each, dict):
        return str(each.get("name") or each.get("sid") or each.get("acc") or "")
    return str(each)


class Monitored:
    """A server with the clients whose traces its reports show."""

    def __init__(self, binary, config=CONFIG, **places):
        self.server = Server(binary)
        self.server._config = config.format(store=self.server.folder / "store", **places)
        self.http = 0
        self.clients = []

    async def __aenter__(self):
        await self.server.start()
        self.http = int((await self.server.log_line(HTTP_LISTENER)).group(2))
        return self

    async def __aexit__(self, *_):
        for client in self.clients:
            await client.close()
        await self.server.discard()

    async def connect(self, name):
        client = await nats.connect(self.server.url, name=name, allow_reconnect=False)
        self.clients.append(client)
        return client

    async def play(self):
        first = await self.connect("first")
        second = await self.connect("second")
        js = first.jetstream()
        await js.add_stream(StreamConfig(name="ORDERS", subjects=["orders.>"], max_msgs=100))
        await js.add_stream(
            StreamConfig(name="MEMORY", subjects=["memory"], storage="memory", max_bytes=10000)
        )
        for number in range(5):
            await js.publish(f"orders.{number}", b"hello")
        config = ConsumerConfig(durable_name="worker", ack_policy="explicit")
        await js.add_consumer("ORDERS", config)
        worker = await js.pull_subscribe("orders.>", durable="worker", stream="ORDERS")
        taken = await worker.fetch(2)
        await taken[0].ack_sync()
        await worker.unsubscribe()
        heard = await second.subscribe("only.here", queue="q")
        await second.subscribe("wide.*.>")
        await second.flush()
        await first.publish("only.here", b"x" * 30)
        await first.flush()
        await heard.next_msg(timeout=5)
        gone = await nats.connect(self.server.url, name="gone", allow_reconnect=False)
        await gone.subscribe("left.behind")
        await gone.flush()
        await gone.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        await reader.readline()
        writer.write(b"NONSENSE\r\n")
        await reader.read()
        writer.close()
        while len((await self.json("/connz?state=closed"))["connections"]) < 2:
            await asyncio.sleep(0)

    async def json(self, url):
        return json.loads((await ask(self.http, url))[2])


async def same_shapes(claims, theirs, ours, urls=URLS):
    for url in urls:
        answers = [await ask(each.http, url) for each in (theirs, ours)]
        claims.equal(answers[1][:2], answers[0][:2], f"{url}: status and content type")
        documents = [ordered(json.loads(INBOX.sub(b"_INBOX", body))) for _, _, body in answers]
        known = KNOWN.get(url[1:].split("?")[0], set())
        found = list(differences(*documents, known, url))
        claims.holds(not found, f"{url}: the same", "\n     ".join(found))
        layouts = [re.match(rb"\{\n? *", body).group() for _, _, body in answers]
        claims.equal(layouts[1], layouts[0], f"{url}: the same indentation")


async def same_refusals(claims, theirs, ours):
    for url in REFUSALS:
        answers = [await ask(each.http, url) for each in (theirs, ours)]
        claims.equal(answers[1], answers[0], url)


async def same_when_secured(claims, binaries):
    """TLS with a certificate of the client, users, and a websocket block."""
    with tempfile.TemporaryDirectory(prefix="myelin-monitoring-") as folder:
        authority = Authority(folder)
        places = {"server": authority.issue("server"), "ca": authority.cert}
        context = ssl.create_default_context(cafile=authority.cert)
        pair = authority.issue("client", "ann")
        context.load_cert_chain(pair.cert, pair.key)
        theirs, ours = (Monitored(each, SECURED, **places) for each in binaries)
        async with theirs, ours:
            for each in (theirs, ours):
                url = f"tls://localhost:{each.server.port}"
                known = {"user": "ann", "password": "secret", "tls": context}
                for name in ("stays", "goes"):
                    client = await nats.connect(url, name=name, allow_reconnect=False, **known)
                    await client.subscribe("foo")
                    await client.flush()
                    each.clients.append(client)
                await each.clients.pop().close()
                while not (await each.json("/connz?state=closed"))["connections"]:
                    await asyncio.sleep(0)
            await same_shapes(claims, theirs, ours, SECURED_URLS)


async def known_answers(claims, ours):
    """What needs no official server to be known."""
    port = ours.http
    claims.equal((await ask(port, "/healthz"))[2], b'{"status":"ok"}', "all is well")
    status, _, text = await ask(port, "/connz?sort=x")
    claims.equal((status, text), (400, b"invalid sorting option: x"), "a bad sort is refused")
    varz = await ours.json("/varz")
    claims.equal(varz["server_name"], "same", "the configured name")
    claims.equal(varz["connections"], 2, "two clients")
    claims.equal(varz["jetstream"]["config"]["max_memory"], 64 << 20, "max_mem")
    connz = await ours.json("/connz?subs=1")
    claims.equal([each["name"] for each in connz["connections"]], ["first", "second"], "by id")
    jsz = await ours.json("/jsz?consumers=1")
    names = [each["name"] for each in jsz["account_details"][0]["stream_detail"]]
    claims.equal(sorted(names), ["MEMORY", "ORDERS"], "both streams")
    status, kind, text = await ask(port, "/stacksz")
    claims.holds(status == 200 and b"no goroutines" in text, "no goroutines")
    claims.equal((await ask(port, "/debug/vars"))[0], 404, "no expvars")


async def metrics_parse(claims, ours):
    status, kind, body = await ask(ours.http, "/metrics")
    claims.equal(status, 200, "/metrics is there")
    claims.holds(kind.startswith("text/plain; version=0.0.4"), "in the text format", kind)
    text = body.decode()
    claims.holds("\nmyelin_connections 2\n" in text, "two clients")
    promtool = shutil.which("promtool")
    if promtool:
        check = await asyncio.create_subprocess_exec(
            promtool, "check", "metrics",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await check.communicate(body)
        claims.holds(check.returncode == 0 and not said, "promtool finds nothing", said.decode())
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError:
        return
    families = {family.name: family for family in text_string_to_metric_families(text)}
    claims.holds("myelin_publish_size_bytes" in families, "prometheus_client reads it")


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    parser.add_argument("--official")
    arguments = parser.parse_args()
    claims = Claims()
    official = arguments.official or find_truth()
    async with Monitored(arguments.server) as ours:
        await ours.play()
        await claims.run(known_answers, ours)
        await claims.run(metrics_parse, ours)
        if official:
            async with Monitored(official) as theirs:
                await theirs.play()
                await claims.run(same_shapes, theirs, ours)
                await claims.run(same_refusals, theirs, ours)
            if certificates.AVAILABLE:
                await claims.run(same_when_secured, (official, arguments.server))
        else:
            print("no official server: what it says is not compared")
        code = await ours.server.stop(signal.SIGTERM)
        claims.equal(code, 0, "it ends as it should")
    return claims.exit_code()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
