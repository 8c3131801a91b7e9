"""nats.py, unmodified, against a server it takes for nats-server.

usage: interop_py.py --server <path of the server's binary>
"""

import argparse
import asyncio
import hashlib
import re
import signal
import sys
import time

from claims import Claims, skip
from server import Server

try:
    import nats
    from nats.errors import MaxPayloadError, NoRespondersError
    from nats.errors import TimeoutError as NatsTimeoutError
except ImportError:
    nats = None

MIB = 1 << 20

USERS = """
authorization {
  users = [
    { user: ann, password: "$2a$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG" }
    { user: bob, password: plain, permissions: {
        publish: { allow: ["open.>", "reply.>"], deny: "open.secret" }
        subscribe: ["open.>", "_INBOX.>"]
    } }
  ]
}
"""


async def connect(server, **options):
    """A client that fails at once instead of trying again, unless the scenario says otherwise."""

    async def ignore(_):
        pass

    settled = {"allow_reconnect": False, "connect_timeout": 5, "error_cb": ignore}
    return await nats.connect(server.url, **(settled | options))


async def refusal(server, **options):
    """The text of the error with which the server turns a client away; empty if it does not."""
    try:
        client = await connect(server, **options)
    except Exception as error:
        return str(error)
    await client.close()
    return ""


async def fence(client):
    """Returns when the server has seen all that the client sent.

    The PING of a flush may overtake what is still queued in nats.py; by the time its PONG is here
    the queue is written, and the second PING comes after it.
    """
    await client.flush()
    await client.flush()


async def taken(subscription, client):
    """All messages sent to the subscription so far: what came before the PONG is in its queue."""
    await fence(client)
    messages = []
    while subscription.pending_msgs:
        messages.append(await subscription.next_msg())
    return messages


def subjects(messages):
    return [message.subject for message in messages]


async def handshake(claims, server):
    client = await connect(server)
    version = client.connected_server_version
    claims.holds(
        (version.major, version.minor, version.patch) >= (2, 14, 3),
        "the announced version is 2.14.3 or newer",
        repr(version),
    )
    claims.equal(client.max_payload, MIB, "the announced max_payload is 1 MiB")
    claims.holds(client.client_id > 0, "the client is told its id")
    claims.equal(str(client.client_ip), "127.0.0.1", "the client is told its address")
    claims.holds(await client.rtt() < 5, "a PING is answered")
    await client.close()


async def publish_subscribe(claims, server):
    publisher = await connect(server)
    reader = await connect(server)
    await publisher.publish("greet.early", b"nobody is here yet")
    await fence(publisher)

    literal = await reader.subscribe("greet.ann")
    one = await reader.subscribe("greet.*")
    rest = await reader.subscribe("greet.>")
    middle = await reader.subscribe("*.ann.>")
    everything = await reader.subscribe(">")
    await fence(reader)
    for subject in ("greet", "greet.ann", "greet.bob", "greet.ann.now", "Greet.ann"):
        await publisher.publish(subject, subject.encode())
    await fence(publisher)

    async def got(subscription):
        return subjects(await taken(subscription, reader))

    claims.equal(await got(literal), ["greet.ann"], "a literal takes its subject alone")
    claims.equal(await got(one), ["greet.ann", "greet.bob"], "* takes exactly one token")
    claims.equal(
        await got(rest), ["greet.ann", "greet.bob", "greet.ann.now"], "> takes one or more tokens"
    )
    claims.equal(await got(middle), ["greet.ann.now"], "* and > combine")
    claims.equal(
        [m.data.decode() for m in await taken(everything, reader)],
        ["greet", "greet.ann", "greet.bob", "greet.ann.now", "Greet.ann"],
        "> alone takes everything, in order, and nothing from before the subscription",
    )

    for number in range(2000):
        await publisher.publish("count", str(number).encode())
    await fence(publisher)
    counted = [int(m.data) for m in await taken(everything, reader)]
    claims.equal(counted, list(range(2000)), "2000 messages arrive in order")

    limited = await reader.subscribe("limited")
    await limited.unsubscribe(limit=3)
    await fence(reader)
    for number in range(5):
        await publisher.publish("limited", str(number).encode())
    await fence(publisher)
    claims.equal(len(await taken(limited, reader)), 3, "a limit of three messages is kept")

    await literal.unsubscribe()
    await fence(reader)
    await publisher.publish("greet.ann")
    await fence(publisher)
    claims.equal(
        subjects(await taken(one, reader)), ["greet.ann"], "an empty message is delivered"
    )
    claims.equal(literal.pending_msgs, 0, "after unsubscribe nothing is delivered")

    deaf = await connect(server, no_echo=True)
    own = await deaf.subscribe("echo")
    await deaf.publish("echo", b"from me")
    await fence(deaf)
    await publisher.publish("echo", b"from another")
    await fence(publisher)
    claims.equal(
        [m.data for m in await taken(own, deaf)], [b"from another"], "no_echo hides one's own"
    )
    for client in (publisher, reader, deaf):
        await client.close()


async def request_reply(claims, server):
    requester = await connect(server)
    service = await connect(server)

    async def double(message):
        await message.respond(str(2 * int(message.data)).encode())

    doubling = await service.subscribe("double", cb=double)
    silent = await service.subscribe("silent")
    await fence(service)

    answer = await requester.request("double", b"21", timeout=5)
    claims.equal(answer.data, b"42", "a request is answered")
    answers = await asyncio.gather(
        *(requester.request("double", str(n).encode(), timeout=10) for n in range(200))
    )
    claims.equal(
        [int(a.data) for a in answers],
        [2 * n for n in range(200)],
        "200 requests at once each get their own answer",
    )
    old_style = await requester.request("double", b"4", timeout=5, old_style=True)
    claims.equal(old_style.data, b"8", "a request with an inbox of its own is answered")

    async def outcome(subject, timeout):
        began = time.monotonic()
        try:
            await requester.request(subject, b"1", timeout=timeout)
            return "answered", 0
        except NoRespondersError:
            return "no responders", time.monotonic() - began
        except NatsTimeoutError:
            return "timeout", time.monotonic() - began

    claims.equal((await outcome("silent", 0.2))[0], "timeout", "a silent service times out")
    claims.equal(len(await taken(silent, service)), 1, "the silent service got the request")
    kind, seconds = await outcome("nobody", 10)
    claims.equal(kind, "no responders", "a request nobody listens to is refused")
    claims.holds(seconds < 5, "the refusal comes at once", f"{seconds:.3f} s")
    await doubling.unsubscribe()
    await fence(service)
    claims.equal((await outcome("double", 10))[0], "no responders", "so does one after it left")
    await requester.close()
    await service.close()


async def queue_groups(claims, server):
    publisher = await connect(server)
    workers = [await connect(server) for _ in range(3)]
    members = [await worker.subscribe("tasks.*", queue="workers") for worker in workers]
    audit = await workers[0].subscribe("tasks.>", queue="audit")
    plain = await workers[1].subscribe("tasks.>")
    for worker in workers:
        await fence(worker)

    async def send(count):
        for number in range(count):
            await publisher.publish(f"tasks.{number}", str(number).encode())
        await fence(publisher)
        return [
            [int(m.data) for m in await taken(member, worker)]
            for member, worker in zip(members, workers, strict=True)
        ]

    shares = await send(300)
    claims.equal(sorted(sum(shares, [])), list(range(300)), "each task is done once")
    claims.holds(all(shares), "every worker gets some", str([len(s) for s in shares]))
    claims.holds(all(s == sorted(s) for s in shares), "each worker sees its tasks in order")
    claims.equal(len(await taken(audit, workers[0])), 300, "another group gets them all")
    claims.equal(len(await taken(plain, workers[1])), 300, "a plain subscription gets them all")

    await members[0].unsubscribe()
    await fence(workers[0])
    shares = await send(100)
    claims.equal(sorted(sum(shares, [])), list(range(100)), "the others do the work of one gone")
    claims.equal(shares[0], [], "the one who left gets nothing")
    for client in (publisher, *workers):
        await client.close()


async def headers(claims, server):
    client = await connect(server)
    inbox = await client.subscribe("headed")
    sent = {"Order-Id": "17", "note": "two words", "X-Colon": "a:b"}
    await client.publish("headed", b"body", headers=sent)
    await client.publish("headed", b"", headers={"Only": "headers"})
    await client.publish("headed", b"bare")
    first, second, third = await taken(inbox, client)
    claims.equal(first.headers, sent, "headers arrive as they were sent, case and all")
    claims.equal(first.data, b"body", "the payload beside them too")
    claims.equal((second.headers, second.data), ({"Only": "headers"}, b""), "they may come alone")
    claims.equal(third.headers, None, "no headers means none")

    reply = await client.subscribe("reply.to.me")
    await client.publish("nobody.listens", b"", reply="reply.to.me")
    refused = (await taken(reply, client))[0]
    claims.equal(
        (refused.headers or {}).get("Status"), "503", "no responders is a message of status 503"
    )
    claims.equal(
        (refused.headers or {}).get("Nats-Subject"), "nobody.listens", "it names the subject"
    )
    await client.close()


async def drain(claims, server):
    publisher = await connect(server)
    closed = asyncio.Event()

    async def closed_cb():
        closed.set()

    reader = await connect(server, closed_cb=closed_cb)
    gate = asyncio.Event()
    handled = {"one": [], "all": []}

    def handler(name):
        async def handle(message):
            await gate.wait()
            handled[name].append(int(message.data))

        return handle

    one = await reader.subscribe("drain.one", cb=handler("one"))
    await reader.subscribe("drain.all", cb=handler("all"))
    await fence(reader)
    for number in range(100):
        await publisher.publish("drain.one", str(number).encode())
        await publisher.publish("drain.all", str(number).encode())
    await fence(publisher)
    await fence(reader)

    draining = asyncio.create_task(one.drain())
    await fence(reader)
    await publisher.publish("drain.one", b"100")
    await fence(publisher)
    gate.set()
    await draining
    claims.equal(
        handled["one"], list(range(100)), "a drained subscription handles all it had, and no more"
    )
    await reader.drain()
    await closed.wait()
    claims.equal(handled["all"], list(range(100)), "a drained connection handles all it had")
    claims.holds(reader.is_closed, "and is closed then")
    await publisher.close()


async def large_payloads(claims, server):
    sender = await connect(server)
    taker = await connect(server)
    inbox = await taker.subscribe("large", pending_bytes_limit=64 * MIB)
    await fence(taker)
    blobs = [hashlib.shake_128(bytes([n])).digest(MIB) for n in range(8)]
    for blob in blobs:
        await sender.publish("large", blob)
    await fence(sender)
    got = [m.data for m in await taken(inbox, taker)]
    claims.holds(got == blobs, "8 messages of 1 MiB arrive whole", str([len(b) for b in got]))

    async def small(message):
        await message.respond(message.data[::-1])

    await taker.subscribe("turn", cb=small)
    await fence(taker)
    answer = await sender.request("turn", blobs[0], timeout=20)
    claims.holds(answer.data == blobs[0][::-1], "a request and an answer may have 1 MiB each")
    try:
        await sender.publish("large", bytes(MIB + 1))
        refused = False
    except MaxPayloadError:
        refused = True
    claims.holds(refused, "the client itself refuses one byte more")
    await taker.close()
    await sender.close()


async def max_payload(claims, binary):
    async with Server(binary, config="max_payload: 128\n") as server:
        closed = asyncio.Event()

        async def closed_cb():
            closed.set()

        client = await connect(server, closed_cb=closed_cb)
        inbox = await client.subscribe("edge")
        claims.equal(client.max_payload, 128, "a configured max_payload is announced")
        await client.publish("edge", bytes(128))
        claims.equal(len((await taken(inbox, client))[0].data), 128, "its edge is allowed")
        client._max_payload = 1024
        await client.publish("edge", bytes(129))
        await closed.wait()
        said = str(client.last_error)
        claims.holds(
            "maximum payload violation" in said,
            "a client that sends more all the same is told so, and closed",
            said,
        )


async def reconnect(claims, binary):
    async with Server(binary) as server:
        lost = asyncio.Event()
        back = asyncio.Event()

        async def disconnected_cb():
            lost.set()

        async def reconnected_cb():
            back.set()

        client = await connect(
            server,
            allow_reconnect=True,
            reconnect_time_wait=0.02,
            max_reconnect_attempts=-1,
            disconnected_cb=disconnected_cb,
            reconnected_cb=reconnected_cb,
        )
        inbox = await client.subscribe("still.*")
        group = await client.subscribe("shared", queue="group")
        await fence(client)
        for how in (signal.SIGTERM, signal.SIGKILL):
            lost.clear()
            back.clear()
            await server.stop(how)
            await lost.wait()
            await client.publish("still.waiting", b"said meanwhile")
            await server.start()
            await back.wait()
            other = await connect(server)
            await other.publish("still.here", b"said afterwards")
            await other.publish("shared", b"")
            await fence(other)
            claims.equal(
                sorted(subjects(await taken(inbox, client))),
                ["still.here", "still.waiting"],
                f"after {how.name} and a restart the subscription lives, and nothing said was lost",
            )
            claims.equal(len(await taken(group, client)), 1, "so does the queue subscription")
            await other.close()
        claims.equal(client.stats["reconnects"], 2, "the client counts two reconnects")
        await client.close()


async def lame_duck(claims, binary):
    config = 'lame_duck_grace_period: "100ms"\nlame_duck_duration: "30s"\n'
    async with Server(binary, config=config) as server:
        told = asyncio.Event()
        closed = asyncio.Event()

        async def lame_duck_mode_cb():
            told.set()

        async def closed_cb():
            closed.set()

        client = await connect(server, lame_duck_mode_cb=lame_duck_mode_cb, closed_cb=closed_cb)
        await fence(client)
        server.signal(signal.SIGUSR2)
        await told.wait()
        claims.holds(told.is_set(), "SIGUSR2 tells the client that the server is leaving")
        await closed.wait()
        claims.equal(await server.ended(), 0, "the server closes its clients and exits with 0")


async def authentication(claims, binary):
    violation = re.compile("authorization violation", re.IGNORECASE)

    async with Server(binary, "--user", "ann", "--pass", "s3cret") as server:
        claims.equal(await refusal(server, user="ann", password="s3cret"), "", "user and password")
        for who, options in {
            "a wrong password": {"user": "ann", "password": "guess"},
            "an unknown user": {"user": "eve", "password": "s3cret"},
            "nobody": {},
        }.items():
            said = await refusal(server, **options)
            claims.holds(violation.search(said), f"{who} is refused: Authorization Violation", said)

    async with Server(binary, "--auth", "t0ken") as server:
        claims.equal(await refusal(server, token="t0ken"), "", "a token")
        said = await refusal(server, token="t0ke")
        claims.holds(violation.search(said), "a wrong token is refused", said)

    async with Server(binary, config=USERS) as server:
        claims.equal(await refusal(server, user="ann", password="s3cret"), "", "a bcrypt password")
        said = await refusal(server, user="ann", password="s3cre")
        claims.holds(violation.search(said), "a wrong bcrypt password is refused", said)
        claims.equal(await refusal(server, user="bob", password="plain"), "", "a plain one too")


async def permissions(claims, binary):
    async with Server(binary, config=USERS) as server:
        errors = asyncio.Queue()
        bob = await connect(server, user="bob", password="plain", error_cb=errors.put)
        ann = await connect(server, user="ann", password="s3cret")
        inbox = await ann.subscribe(">")
        await fence(ann)

        for subject in ("open.secret", "closed", "open.door"):
            await bob.publish(subject, b"")
        await fence(bob)
        said = [str(await errors.get()).lower() for _ in range(2)]
        claims.holds(
            'permissions violation for publish to "open.secret"' in said[0]
            and 'permissions violation for publish to "closed"' in said[1],
            "publishing where it may not be is an error that names the subject",
            str(said),
        )
        claims.equal(
            subjects(await taken(inbox, ann)), ["open.door"], "only what is allowed gets through"
        )

        await bob.subscribe("closed")
        await fence(bob)
        said = str(await errors.get()).lower()
        claims.holds(
            'permissions violation for subscription to "closed"' in said,
            "so is subscribing where it may not be",
            said,
        )
        allowed = await bob.subscribe("open.*")
        await fence(bob)
        await ann.publish("closed")
        await ann.publish("open.now")
        await fence(ann)
        claims.equal(subjects(await taken(allowed, bob)), ["open.now"], "the connection lives on")
        await bob.close()
        await ann.close()


async def limits(claims, binary):
    config = "max_connections: 2\nmax_subscriptions: 3\n"
    async with Server(binary, config=config) as server:
        closed = asyncio.Event()

        async def closed_cb():
            closed.set()

        first = await connect(server, closed_cb=closed_cb)
        second = await connect(server)
        claims.holds(await refusal(server), "one connection too many is turned away")
        await second.close()

        await first.subscribe("limit.1")
        await first.subscribe("limit.2")
        await first.subscribe("limit.3")
        await fence(first)
        claims.holds(first.is_connected, "as many subscriptions as allowed are allowed")
        await first.subscribe("limit.4")
        await closed.wait()
        said = str(first.last_error)
        claims.holds(
            "maximum subscriptions exceeded" in said, "one subscription too many is told so", said
        )


async def main(binary):
    claims = Claims()
    async with Server(binary) as server:
        for scenario in (
            handshake,
            publish_subscribe,
            request_reply,
            queue_groups,
            headers,
            drain,
            large_payloads,
        ):
            await claims.run(scenario, server)
    for scenario in (max_payload, reconnect, lame_duck, authentication, permissions, limits):
        await claims.run(scenario, binary)
    return claims.exit_code()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--server", required=True)
    options = arguments.parse_args()
    if nats is None:
        skip("nats.py is not installed")
    sys.exit(asyncio.run(main(options.server)))
