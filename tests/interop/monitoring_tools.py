"""The tools people watch a nats-server with, unmodified: nats-top, prometheus-nats-exporter, curl
and jq; and the Grafana dashboard, whose metrics must exist.

Each is asked about the official server too, where there is one, after the same traffic: what a tool
finds there it must find here. The tools are looked for on the PATH and in ~/go/bin, and are never
installed.

usage: monitoring_tools.py --server <path of the server's binary>
"""

import argparse
import asyncio
import contextlib
import json
import re
import socket
import sys

import truth
from claims import Claims, skip
from http_asker import get, monitor_port
from server import Server

WAIT_SECONDS = 20
CONFIG = """
http: "127.0.0.1:-1"
jetstream { store_dir: store }
"""
STREAM = {"name": "ORDERS", "subjects": ["orders.>"], "storage": "file"}
CONSUMER = {
    "stream_name": "ORDERS",
    "config": {"durable_name": "worker", "ack_policy": "explicit"},
}
# Of the tool's own process, and of the order in which it asked.
NOT_OURS = re.compile(r"^(go_|process_|promhttp_|gnatsd_varz_http_req_stats_)")


async def output_of(*command):
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        out, _ = await process.communicate()
    return process.returncode, out.decode(errors="replace")


@contextlib.asynccontextmanager
async def client(server, name):
    """A raw client, welcomed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    connect = {"verbose": False, "name": name, "lang": "test", "version": "1", "protocol": 1}
    writer.write(f"CONNECT {json.dumps(connect)}\r\nPING\r\n".encode())
    await reader.readuntil(b"PONG\r\n")
    yield reader, writer
    writer.close()


async def request(reader, writer, subject, body):
    payload = json.dumps(body).encode()
    head = f"SUB answer 9\r\nUNSUB 9 1\r\nPUB {subject} answer {len(payload)}\r\n"
    writer.write(head.encode() + payload + b"\r\n")
    line = await reader.readuntil(b"\r\n")
    while not line.startswith(b"MSG answer"):
        line = await reader.readuntil(b"\r\n")
    answer = json.loads(await reader.readexactly(int(line.split()[-1])))
    assert "error" not in answer, answer


@contextlib.asynccontextmanager
async def busy(server):
    """Two clients that stay, and what they did: 3 messages to one taker, 2 stored."""
    async with client(server, "taker") as (taken, taker), client(server, "giver") as (heard, giver):
        taker.write(b"SUB news 1\r\nPING\r\n")
        await taken.readuntil(b"PONG\r\n")
        await request(heard, giver, "$JS.API.STREAM.CREATE.ORDERS", STREAM)
        await request(
            heard, giver, "$JS.API.CONSUMER.DURABLE.CREATE.ORDERS.worker", CONSUMER
        )
        for _ in range(2):
            await request(heard, giver, "orders.1", "new")  # stored, once it is answered
        giver.write(b"PUB news 5\r\nhello\r\n" * 3 + b"PING\r\n")
        await heard.readuntil(b"PONG\r\n")
        for _ in range(3):
            await taken.readuntil(b"hello\r\n")
        yield


async def top(claims, tool, port):
    code, text = await output_of(tool, "-s", "127.0.0.1", "-m", str(port), "-o", "-", "-l", ",")
    claims.equal(code, 0, "nats-top ends well")
    claims.holds("Connections Polled:,2" in text, "nats-top sees both connections", text)
    rows = {}
    for line in text.splitlines():
        columns = line.split(",")
        if line.startswith("127.0.0.1:") and len(columns) > 8:
            rows[columns[2]] = columns
    claims.equal(sorted(rows), ["giver", "taker"], "nats-top names them")
    if len(rows) == 2:
        claims.equal(rows["taker"][3:9], ["1", "0", "3", "0", "15", "0"], "what the taker took")
        claims.equal(rows["taker"][9:11], ["test", "1"], "its language and version")
    for order in ("subs", "pending", "msgs_to", "bytes_from", "idle", "last", "rtt", "cid"):
        code, text = await output_of(
            tool, "-s", "127.0.0.1", "-m", str(port), "-o", "-", "-sort", order
        )
        claims.holds(code == 0 and "Polled: 2" in text, f"nats-top sorts by {order}", text)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


async def exported(tool, port):
    """The samples the exporter makes of a server's reports, without their labels."""
    own = free_port()
    process = await asyncio.create_subprocess_exec(
        *(tool, "-a", "127.0.0.1", "-p", str(own), "-varz", "-connz_detailed", "-subz", "-routez"),
        *("-gatewayz", "-leafz", "-accstatz", "-accountz", "-healthz", "-jsz", "all"),
        f"http://127.0.0.1:{port}",
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    page = (await get(own, "/metrics")).text
                    if "gnatsd_varz" in page or "jetstream_server" in page:
                        break
                await asyncio.sleep(0.02)
    finally:
        process.terminate()
        await process.wait()
    samples = {}
    for line in page.splitlines():
        if line.startswith("#") or NOT_OURS.match(line):
            continue
        name, value = re.split(r"(?:\{.*\})? ", line, maxsplit=1)
        samples.setdefault(name, []).append(float(value))
    return samples


async def exporter(claims, tool, port, reference):
    samples = await exported(tool, port)
    claims.holds(len(samples) > 50, "the exporter finds metrics", sorted(samples))
    for name, values in (
        ("gnatsd_varz_connections", [2]),
        ("gnatsd_varz_in_msgs", None),
        ("gnatsd_connz_num_connections", [2]),
        ("jetstream_server_total_streams", None),
        ("jetstream_stream_total_messages", [2]),
        ("jetstream_consumer_num_pending", [2]),
        ("gnatsd_healthz_status", [0]),
    ):
        claims.holds(
            name in samples and values in (None, samples[name]),
            f"{name} is {values or 'there'}",
            samples.get(name),
        )
    missing = sorted(set(reference) - set(samples))
    claims.equal(missing, [], "what the exporter finds at the official server it finds here")
    return samples


# A filter, and what it says of either server.
FILTERS = (
    ("varz", ".connections, .in_msgs >= 5, .max_payload, .port > 0", "2 true 1048576 true"),
    ("varz", ".http_req_stats | has(\"/varz\")", "true"),
    ("varz", ".jetstream.stats.api.errors", "0"),
    ("connz", "[.connections[].name] | sort | join(\" \")", "giver taker"),
    ("connz?subs=1", "[.connections[].subscriptions_list // []] | flatten | unique[]", "news"),
    ("connz?limit=1&offset=1", ".num_connections, .total, .limit, .offset", "1 2 1 1"),
    ("connz?sort=subs", ".connections[0].name", "taker"),
    ("subsz?subs=1&test=news", "[.subscriptions_list[].subject] | contains([\"news\"])", "true"),
    ("jsz?streams=1&consumers=1", ".account_details[0].stream_detail[0].name", "ORDERS"),
    (
        "jsz?streams=1&consumers=1",
        ".account_details[0].stream_detail[0].consumer_detail[0].num_pending",
        "2",
    ),
    ("jsz", ".streams, .consumers, .messages", "1 1 2"),
    ("healthz", ".status", "ok"),
    ("accountz", ".accounts | contains([\"$G\"])", "true"),
    ("accstatz?unused=1", "[.account_statz[].acc] | contains([\"$G\"])", "true"),
    ("routez", ".num_routes", "0"),
    ("leafz", ".leafnodes", "0"),
    ("gatewayz", ".outbound_gateways | length", "0"),
)


async def curl_and_jq(claims, curl, jq, port):
    for path, wanted, expected in FILTERS:
        code, text = await output_of(curl, "-sSf", f"http://127.0.0.1:{port}/{path}")
        claims.equal(code, 0, f"curl gets /{path}")
        process = await asyncio.create_subprocess_exec(
            *(jq, "-r", wanted), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate(text.encode())
        claims.equal(" ".join(out.decode().split()), expected, f"jq finds {wanted} in /{path}")
    for path, code in (("connz?sort=none", "400"), ("connz?subs=maybe", "400"), ("none", "404")):
        _, text = await output_of(
            *(curl, "-s", "-o", "/dev/null", "-w", "%{http_code}"),
            f"http://127.0.0.1:{port}/{path}",
        )
        claims.equal(text, code, f"curl hears {code} for /{path}")


async def dashboard(claims, port):
    answer = await get(port, "/metrics")
    claims.holds(answer.fields["content-type"].startswith("text/plain; version=0.0.4"), "its type")
    families = set(re.findall(r"^# TYPE (\S+) ", answer.text, re.M))
    for line in answer.text.splitlines():
        if line and not line.startswith("#"):
            found = re.fullmatch(r"([a-z_:]+)(\{.*\})? (\S+)", line)
            name = re.sub(r"_(bucket|sum|count)$", "", found.group(1)) if found else ""
            if not found or not {found.group(1), name} & families:
                claims.holds(False, "every sample has a family", line)
    text = (truth.ROOT / "examples/grafana/myelin.json").read_text()
    shown = {
        re.sub(r"_bucket$", "", name)
        for panel in json.loads(text)["panels"]
        for target in panel.get("targets", [])
        for name in re.findall(r"myelin_[a-z_]+", target["expr"])
    }
    claims.holds(len(shown) > 20, "the dashboard shows metrics")
    claims.equal(sorted(shown - families), [], "every metric of the dashboard is told")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    arguments = parser.parse_args()
    tools = {name: truth.find_tool(name) for name in ("nats-top", "prometheus-nats-exporter")}
    curl, jq = truth.find_tool("curl"), truth.find_tool("jq")
    if not any(tools.values()) and not (curl and jq):
        skip("neither nats-top, prometheus-nats-exporter, nor curl and jq are there")
    for name, path in {**tools, "curl": curl, "jq": jq}.items():
        if not path:
            print(f"left out: {name} is not there")
    claims = Claims()
    reference = {}

    async def exporter_here(claims, port):
        tool = tools["prometheus-nats-exporter"]
        samples = await exporter(claims, tool, port, reference)
        reference.update(samples)

    for binary in filter(None, (truth.find_truth(), arguments.server)):
        is_ours = binary == arguments.server
        print("== Myelin" if is_ours else "== the official nats-server")
        async with Server(binary, config=CONFIG) as server, busy(server):
            port = await monitor_port(server)
            if tools["nats-top"]:
                await claims.run(top, tools["nats-top"], port, seconds=60)
            if tools["prometheus-nats-exporter"]:
                await claims.run(exporter_here, port)
            if curl and jq:
                await claims.run(curl_and_jq, curl, jq, port)
            if is_ours:
                await claims.run(dashboard, port)
    return claims.exit_code()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
