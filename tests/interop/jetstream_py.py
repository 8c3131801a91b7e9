"""JetStream through nats.py, unmodified: streams, consumers, key-value and object store.

usage: jetstream_py.py --server <path of the server's binary>
"""

import argparse
import asyncio
import hashlib
import io
import signal
import sys
import time

from claims import Claims, skip
from interop_py import connect, fence
from server import Server

try:
    import nats
    from nats.js import api, errors
except ImportError:
    nats = None

MIB = 1 << 20
TEMPORARY_S = 0.5


async def jetstream(server, **options):
    """A client and its JetStream context."""
    client = await connect(server, **options)
    return client, client.jetstream(timeout=10)


async def refused(call):
    """The error code of the API that a call gets, or the kind of any other error; 0 without one."""
    try:
        await call
    except errors.APIError as error:
        return getattr(error, "err_code", None) or type(error).__name__
    except nats.errors.Error as error:
        return type(error).__name__
    return 0


async def fill(js, subject, count):
    """Publishes so many numbers, one acknowledgement each."""
    for number in range(count):
        await js.publish(subject, str(number).encode())


def numbers(messages):
    return [int(message.data) for message in messages]


def seqs(messages):
    return [message.metadata.sequence.stream for message in messages]


async def nothing_comes(subscription, seconds=0.1):
    """Whether the wait for one message ends without any."""
    try:
        await subscription.fetch(1, timeout=seconds)
    except nats.errors.TimeoutError:
        return True
    return False


async def streams(claims, server):
    client, js = await jetstream(server)
    made = await js.add_stream(name="events", subjects=["events.>"], max_msgs=10, max_age=60)
    claims.equal(
        (made.config.name, made.config.subjects, made.config.max_msgs, made.config.max_age),
        ("events", ["events.>"], 10, 60.0),
        "a stream is made as it is asked for",
    )
    claims.equal(
        (made.config.retention, made.config.storage, made.config.num_replicas, made.state.messages),
        ("limits", "file", 1, 0),
        "and empty, in files, with limits, where nothing is said",
    )
    again = await js.add_stream(name="events", subjects=["events.>"], max_msgs=10, max_age=60)
    claims.equal(again.created, made.created, "to make the same again is no error")
    other = js.add_stream(name="events", subjects=["events.*"])
    claims.equal(await refused(other), 10058, "another of that name is refused")
    overlapping = js.add_stream(name="more", subjects=["events.new"])
    claims.equal(await refused(overlapping), 10065, "so is one whose subjects overlap")

    changed = await js.update_stream(name="events", subjects=["events.>", "news"], max_msgs=20)
    claims.equal(
        (changed.config.subjects, changed.config.max_msgs),
        (["events.>", "news"], 20),
        "an update changes what may change",
    )
    moved = js.update_stream(name="events", subjects=["events.>"], storage="memory")
    claims.equal(await refused(moved), 10052, "but not the storage")

    for subject in ("events.a", "events.a", "events.b", "news"):
        await js.publish(subject, b"x")
    info = await js.stream_info("events", subjects_filter="events.>")
    claims.equal(
        (info.state.messages, info.state.first_seq, info.state.last_seq, info.state.subjects),
        (4, 1, 4, {"events.a": 2, "events.b": 1}),
        "its info counts, by subject if asked",
    )
    claims.equal(await js.find_stream_name_by_subject("news"), "events", "it is found by subject")
    await js.add_stream(name="second", storage="memory")
    listed = sorted(stream.config.name for stream in await js.streams_info())
    claims.equal(listed, ["events", "second"], "the list has them all")
    account = await js.account_info()
    claims.equal(account.streams, 2, "the account counts them")
    claims.holds(account.storage > 0 and account.api.total > 0, "and what they use", repr(account))

    await js.purge_stream("events", subject="events.a")
    claims.equal((await js.stream_info("events")).state.messages, 2, "a purge by subject")
    await fill(js, "events.c", 5)
    await js.purge_stream("events", keep=3)
    state = (await js.stream_info("events")).state
    claims.equal((state.messages, state.first_seq), (3, 7), "a purge that keeps the last three")
    await js.purge_stream("events", seq=9)
    claims.equal((await js.stream_info("events")).state.first_seq, 9, "a purge up to a sequence")
    await js.purge_stream("events")
    state = (await js.stream_info("events")).state
    claims.equal((state.messages, state.first_seq, state.last_seq), (0, 10, 9), "a purge of all")

    for name in ("events", "second"):
        await js.delete_stream(name)
    claims.equal(await refused(js.stream_info("events")), 10059, "a deleted stream is not found")
    claims.equal(await js.streams_info(), [], "nor listed")
    await client.close()


async def publishing(claims, server):
    client, js = await jetstream(server)
    await js.add_stream(name="orders", subjects=["orders.*"], duplicate_window=60)
    ack = await js.publish("orders.new", b"1", headers={"Nats-Msg-Id": "one"})
    claims.equal((ack.stream, ack.seq, ack.duplicate), ("orders", 1, None), "an acknowledgement")
    ack = await js.publish("orders.new", b"1", headers={"Nats-Msg-Id": "one"})
    claims.equal((ack.seq, ack.duplicate), (1, True), "a message id is taken once")

    for header, right, wrong, code in (
        ("Nats-Expected-Stream", "orders", "others", 10060),
        ("Nats-Expected-Last-Msg-Id", "one", "two", 10070),
        ("Nats-Expected-Last-Sequence", "2", "7", 10071),
        ("Nats-Expected-Last-Subject-Sequence", "3", "1", 10071),
    ):
        named = {"Nats-Msg-Id": "one"} if header == "Nats-Expected-Stream" else {}
        call = js.publish("orders.new", b"x", headers={header: wrong} | named)
        claims.equal(await refused(call), code, f"{header} refuses what it does not expect")
        fresh = {"Nats-Msg-Id": "one-more"} if header == "Nats-Expected-Last-Msg-Id" else {}
        if header != "Nats-Expected-Stream":
            ack = await js.publish("orders.new", b"x", headers={header: right} | fresh)
            claims.holds(ack.seq > 1, f"{header} takes what it expects")
    claims.equal(
        await refused(js.publish("nowhere", b"")),
        "NoStreamResponseError",
        "a subject of no stream is told at once",
    )

    pending = [await js.publish_async("orders.bulk", str(n).encode()) for n in range(500)]
    acks = [(await ack).seq for ack in pending]
    claims.equal(acks, list(range(acks[0], acks[0] + 500)), "500 at once are acknowledged in order")

    await js.add_stream(name="small", subjects=["small"], max_msgs=2, max_msg_size=8, discard="new")
    claims.equal(await refused(js.publish("small", b"123456789")), 10054, "one that is too large")
    await fill(js, "small", 2)
    claims.equal(await refused(js.publish("small", b"")), 10077, "one too many, where new go")
    await js.add_stream(name="last", subjects=["last.*"], max_msgs_per_subject=1, max_msgs=2)
    for subject in ("last.a", "last.a", "last.b", "last.c"):
        await js.publish(subject, b"")
    info = await js.stream_info("last", subjects_filter=">")
    claims.equal(info.state.subjects, {"last.b": 1, "last.c": 1}, "else old ones go")
    for name in ("orders", "small", "last"):
        await js.delete_stream(name)
    await client.close()


async def stored_messages(claims, server):
    client, js = await jetstream(server)
    await js.add_stream(name="store", subjects=["s.*"], allow_direct=True)
    for subject, text in (("s.a", b"one"), ("s.b", b"two"), ("s.a", b"three")):
        await js.publish(subject, text, headers={"Kind": "test"})
    for direct in (False, True):
        how = "direct" if direct else "by the API"
        got = await js.get_msg("store", seq=2, direct=direct)
        claims.equal(
            (got.subject, got.seq, got.data, got.headers["Kind"]),
            ("s.b", 2, b"two", "test"),
            f"a message by its sequence, {how}",
        )
        last = await js.get_last_msg("store", "s.a", direct=direct)
        claims.equal((last.seq, last.data), (3, b"three"), f"the last of a subject, {how}")
        following = await js.get_msg("store", seq=2, subject="s.a", next=True, direct=direct)
        claims.equal(following.seq, 3, f"the next of a subject, {how}")
        missing = await refused(js.get_msg("store", seq=9, direct=direct))
        claims.holds(missing in (10037, "NotFoundError"), f"none, {how}", str(missing))
    await js.delete_msg("store", 2)
    claims.equal(await refused(js.get_msg("store", seq=2)), 10037, "a deleted one is gone")
    state = (await js.stream_info("store")).state
    claims.equal((state.messages, state.num_deleted), (2, 1), "and counted")
    await js.delete_stream("store")
    await client.close()


async def retention(claims, server):
    client, js = await jetstream(server)
    await js.add_stream(name="work", subjects=["work.*"], retention="workqueue")
    await fill(js, "work.a", 3)
    worker = await js.pull_subscribe("work.a", "worker")
    second = js.pull_subscribe("work.a", "second")
    claims.equal(await refused(second), 10100, "a work queue has one consumer per subject")
    for message in await worker.fetch(2):
        await message.ack_sync()
    claims.equal((await js.stream_info("work")).state.messages, 1, "what is done is gone")

    await js.add_stream(name="interest", subjects=["interest"], retention="interest")
    await js.publish("interest", b"nobody")
    claims.equal((await js.stream_info("interest")).state.messages, 0, "no interest, no message")
    readers = [await js.pull_subscribe("interest", name) for name in ("ann", "bob")]
    await js.publish("interest", b"both")
    left = []
    for reader in readers:
        [message] = await reader.fetch(1)
        await message.ack_sync()
        left.append((await js.stream_info("interest")).state.messages)
    claims.equal(left, [1, 0], "it goes when all who are interested have acknowledged it")

    await js.add_stream(name="short", subjects=["short"], max_age=TEMPORARY_S, allow_msg_ttl=True)
    await js.publish("short", b"")
    claims.equal((await js.stream_info("short")).state.messages, 1, "what has an age is there")
    await emptied(js, "short")
    claims.holds(True, "and gone when it is old")
    for name in ("work", "interest", "short"):
        await js.delete_stream(name)
    await client.close()


async def emptied(js, stream):
    """Returns when the stream is empty; asks it again and again."""
    while (await js.stream_info(stream)).state.messages:
        await asyncio.sleep(0.05)


async def pull_consumers(claims, server):
    client, js = await jetstream(server)
    await js.add_stream(name="pull", subjects=["pull.*"])
    await fill(js, "pull.a", 20)
    plain = await js.pull_subscribe("pull.*", "plain")
    first = await plain.fetch(5)
    claims.equal(numbers(first), list(range(5)), "a fetch brings as many as asked for, in order")
    metadata = first[1].metadata
    claims.equal(
        (metadata.stream, metadata.consumer, metadata.sequence.stream, metadata.num_pending),
        ("pull", "plain", 2, 18),
        "each says where it stands",
    )
    for message in first:
        await message.ack_sync()
    info = await plain.consumer_info()
    claims.equal(
        (info.ack_floor.stream_seq, info.num_ack_pending, info.num_pending),
        (5, 0, 15),
        "the consumer knows what is done",
    )
    rest = await plain.fetch(100, timeout=1)
    claims.equal(numbers(rest), list(range(5, 20)), "a fetch of more brings what is there")
    for message in rest:
        await message.ack()
    claims.holds(await nothing_comes(plain), "and nothing when there is nothing")
    late = asyncio.create_task(plain.fetch(1, timeout=10))
    await js.publish("pull.b", b"20")
    claims.equal(numbers(await late), [20], "one that waits gets what comes")
    beating = await js.pull_subscribe("pull.*", "beating")
    claims.equal(len(await beating.fetch(21, timeout=5, heartbeat=0.2)), 21, "with heartbeats too")

    await js.add_consumer("pull", durable_name="picky", filter_subjects=["pull.b", "pull.c"])
    picky = await js.pull_subscribe_bind(consumer="picky", stream="pull")
    claims.equal(numbers(await picky.fetch(5, timeout=0.5)), [20], "a filter picks its subjects")
    config = api.ConsumerConfig(deliver_policy="by_start_sequence", opt_start_seq=19)
    since = await js.pull_subscribe("pull.*", "since", config=config)
    claims.equal(seqs(await since.fetch(5, timeout=0.5)), [19, 20, 21], "a start by sequence")
    config = api.ConsumerConfig(deliver_policy="last_per_subject", filter_subject="pull.*")
    last = await js.pull_subscribe("pull.*", "last", config=config)
    claims.equal(seqs(await last.fetch(5, timeout=0.5)), [20, 21], "the last of each subject")

    names = sorted(consumer.name for consumer in await js.consumers_info("pull"))
    claims.equal(names, ["beating", "last", "picky", "plain", "since"], "all are listed")
    await js.delete_consumer("pull", "plain")
    claims.equal(await refused(js.consumer_info("pull", "plain")), 10014, "a deleted one is not")
    await js.delete_stream("pull")
    await client.close()


async def acknowledgements(claims, server):
    client, js = await jetstream(server)
    await js.add_stream(name="acks", subjects=["acks"])
    await fill(js, "acks", 4)
    config = api.ConsumerConfig(ack_wait=TEMPORARY_S, max_deliver=3)
    worker = await js.pull_subscribe("acks", "worker", config=config)
    done, refused_once, poison, slow = await worker.fetch(4)
    await done.ack_sync()
    await poison.term()
    await refused_once.nak()
    [again] = await worker.fetch(1, timeout=5)
    claims.equal(
        (int(again.data), again.metadata.num_delivered), (1, 2), "what is refused comes again"
    )
    began = time.monotonic()
    await again.nak(delay=0.3)
    while time.monotonic() - began < 0.7:  # longer than ack_wait
        await slow.in_progress()
        try:
            [once_more] = await worker.fetch(1, timeout=0.1)
        except nats.errors.TimeoutError:
            continue
        claims.equal(int(once_more.data), 1, "a refusal may ask for a delay")
        await once_more.ack_sync()
    claims.equal(
        (await worker.consumer_info()).num_ack_pending, 1, "what is in progress does not come again"
    )
    lost = [(await worker.fetch(1, timeout=5))[0] for _ in range(2)]
    claims.equal(
        [(int(m.data), m.metadata.num_delivered) for m in lost],
        [(3, 2), (3, 3)],
        "what is not acknowledged in time comes again",
    )
    claims.holds(await nothing_comes(worker, 2 * TEMPORARY_S), "but not after max_deliver")

    backoff = api.ConsumerConfig(backoff=[0.1, 0.3], max_deliver=3, max_ack_pending=1)
    patient = await js.pull_subscribe("acks", "patient", config=backoff)
    await patient.fetch(1)
    began = time.monotonic()
    times = []
    for _ in range(2):
        await patient.fetch(1, timeout=5)
        times.append(time.monotonic() - began)
    claims.holds(
        0.05 < times[0] < 0.3 <= times[1] + 0.05, "a backoff spaces the deliveries", str(times)
    )

    flow = api.ConsumerConfig(max_ack_pending=2)
    bounded = await js.pull_subscribe("acks", "bounded", config=flow)
    claims.equal(len(await bounded.fetch(4, timeout=0.3)), 2, "max_ack_pending holds back the rest")
    all_at_once = api.ConsumerConfig(ack_policy="all")
    summary = await js.pull_subscribe("acks", "summary", config=all_at_once)
    messages = await summary.fetch(4)
    await messages[2].ack_sync()
    info = await summary.consumer_info()
    claims.equal(
        (info.ack_floor.stream_seq, info.num_ack_pending), (3, 1), "an ack of all that came before"
    )

    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    paused = await js.pause_consumer("acks", "bounded", until)
    claims.equal(paused.paused, True, "a consumer can be paused")
    idle = await js.pull_subscribe_bind(consumer="bounded", stream="acks")
    claims.holds(await nothing_comes(idle, 0.2), "and delivers nothing meanwhile")
    resumed = await js.resume_consumer("acks", "bounded")
    claims.equal(resumed.paused, False, "and be resumed")
    await js.delete_stream("acks")
    await client.close()


async def push_consumers(claims, server):
    client, js = await jetstream(server)
    await js.add_stream(name="push", subjects=["push.*"])
    await fill(js, "push.a", 10)
    plain = await js.subscribe("push.a")
    messages = [await plain.next_msg(5) for _ in range(10)]
    claims.equal(numbers(messages), list(range(10)), "a subscription replays what is stored")
    await js.publish("push.a", b"10")
    claims.equal(int((await plain.next_msg(5)).data), 10, "and goes on with what is new")
    await plain.unsubscribe()

    durable = await js.subscribe("push.a", durable="durable", manual_ack=True)
    for _ in range(4):
        await (await durable.next_msg(5)).ack_sync()
    await durable.unsubscribe()
    kept = {"durable_name": "kept", "deliver_subject": "kept", "filter_subject": "push.a"}
    await js.add_consumer("push", **kept)
    resumed = await js.subscribe("push.a", durable="kept", stream="push")
    first = await resumed.next_msg(5)
    claims.equal(int(first.data), 0, "a durable consumer waits for its reader")

    workers, shares = [], {}
    for name in ("ann", "bob"):
        shares[name] = []

        async def work(message, share=shares[name]):
            share.append(int(message.data))

        workers.append(await js.subscribe("push.b", queue="workers", cb=work))
    await fence(client)
    await fill(js, "push.b", 100)
    while sum(map(len, shares.values())) < 100:
        await fence(client)
    done = sorted(sum(shares.values(), []))
    claims.equal(done, list(range(100)), "a queue group shares the work")
    claims.holds(all(shares.values()), "among all its members", str(shares))
    while (await js.consumer_info("push", "workers")).num_ack_pending:
        await fence(client)
    claims.equal(
        (await js.consumer_info("push", "workers")).ack_floor.stream_seq,
        111,
        "and acknowledges all of it",
    )

    ordered = await js.subscribe("push.*", ordered_consumer=True)
    replay = [await ordered.next_msg(5) for _ in range(111)]
    claims.equal(seqs(replay), list(range(1, 112)), "an ordered consumer has all, in order")
    controlled = await js.subscribe("push.*", flow_control=True, idle_heartbeat=0.5)
    replay = [await controlled.next_msg(5) for _ in range(111)]
    claims.equal(seqs(replay), list(range(1, 112)), "so has one with flow control")
    bare = await js.subscribe("push.a", headers_only=True, deliver_policy=api.DeliverPolicy.LAST)
    message = await bare.next_msg(5)
    claims.equal((message.data, message.headers["Nats-Msg-Size"]), (b"", "2"), "headers alone")
    taken_over = js.subscribe("push.a", durable="kept", stream="push")
    claims.equal(await refused(taken_over), "Error", "a second reader of a durable is refused")
    await js.delete_stream("push")
    await client.close()


async def key_value(claims, server):
    client, js = await jetstream(server)
    kv = await js.create_key_value(bucket="config", history=5, limit_marker_ttl=1)
    claims.equal(await kv.put("size", b"1"), 1, "put gives the revision")
    await kv.put("size", b"2")
    entry = await kv.get("size")
    claims.equal((entry.value, entry.revision), (b"2", 2), "get gives the last value")
    claims.equal((await kv.get("size", revision=1)).value, b"1", "or that of a revision")
    claims.equal(await kv.create("color", b"red"), 3, "create makes a key")
    wrong = "KeyWrongLastSequenceError"
    claims.equal(await refused(kv.create("color", b"blue")), wrong, "which must not be there yet")
    claims.equal(await kv.update("color", b"blue", last=3), 4, "update with the right revision")
    claims.equal(await refused(kv.update("color", b"green", last=3)), wrong, "not with another")
    claims.equal(sorted(await kv.keys()), ["color", "size"], "keys are listed")

    watcher = await kv.watchall()
    before = [await watcher.updates() for _ in range(3)]
    claims.equal(
        [entry and (entry.key, entry.value) for entry in before],
        [("size", b"2"), ("color", b"blue"), None],
        "a watcher gets what is there, and is told the end of it",
    )
    await kv.delete("size")
    await kv.purge("color")
    await kv.create("size", b"3")
    seen = [await watcher.updates() for _ in range(3)]
    claims.equal(
        [(entry.key, entry.operation) for entry in seen],
        [("size", "DEL"), ("color", "PURGE"), ("size", None)],
        "and then what happens",
    )
    await watcher.stop()
    history = [(e.operation, e.value) for e in await kv.history("size")]
    claims.equal(
        history, [(None, b"1"), (None, b"2"), ("DEL", b""), (None, b"3")], "history has it all"
    )
    claims.equal(len(await kv.history("color")), 1, "but for what was purged")
    claims.equal(await refused(kv.get("color")), "KeyNotFoundError", "a purged key is not found")
    await kv.purge_deletes(olderthan=-1)
    status = await kv.status()
    claims.equal((status.history, status.bucket), (5, "config"), "the status knows the bucket")

    watcher = await kv.watch("brief", include_history=False)
    await kv.create("brief", b"soon gone", msg_ttl=1)
    told = []
    while len(told) < 3:
        try:
            told.append(await watcher.updates(timeout=5))
        except nats.errors.TimeoutError:
            break
    claims.equal(
        [entry and entry.key for entry in told],
        [None, "brief", "brief"],
        "a key with a TTL goes, and a marker says so",
    )
    claims.holds(not (await kv.get("brief")).value, "which is what nats.py then gets")
    await watcher.stop()
    await js.delete_key_value("config")
    deleted = await refused(js.key_value("config"))
    claims.equal(deleted, "BucketNotFoundError", "a deleted bucket is not found")
    await client.close()


async def object_store(claims, server):
    client, js = await jetstream(server)
    store = await js.create_object_store("files")
    big = hashlib.shake_128(b"seed").digest(MIB) * 100
    info = await store.put("big", io.BytesIO(big))
    claims.equal((info.size, info.chunks), (100 * MIB, 800), "100 MiB are put in chunks")
    taken = io.BytesIO()
    await store.get("big", writeinto=taken)
    claims.holds(taken.getbuffer() == big, "and come back whole, their digest checked")
    watcher = await store.watch()
    claims.equal((await watcher.updates()).name, "big", "a watcher sees what is there")
    await watcher.updates()
    small = await store.put("small", b"hello")
    claims.equal((await watcher.updates()).name, "small", "and what comes")
    claims.holds(small.digest.startswith("SHA-256="), "the digest is named", small.digest)
    claims.equal((await store.get("small")).data, b"hello", "a small one comes back too")
    names = sorted(entry.name for entry in await store.list())
    claims.equal(names, ["big", "small"], "they are listed")
    await store.delete("big")
    claims.equal((await watcher.updates()).deleted, True, "a deletion is seen")
    names = [entry.name for entry in await store.list(ignore_deletes=True)]
    claims.equal(names, ["small"], "and what is deleted is not listed")
    status = await store.status()
    claims.holds(status.size < MIB, "nor kept", str(status.size))
    await store.update_meta("small", api.ObjectMeta(name="small", description="a greeting"))
    said = (await store.get_info("small")).description
    claims.equal(said, "a greeting", "an object's description may change")
    await store.seal()
    claims.equal(await refused(store.put("late", b"")), 10109, "a sealed store takes nothing")
    await js.delete_object_store("files")
    await client.close()


async def restarts(claims, binary):
    async with Server(binary, "-js", "-sd", "store") as server:
        back = asyncio.Event()

        async def reconnected():
            back.set()

        client, js = await jetstream(
            server,
            allow_reconnect=True,
            reconnect_time_wait=0.05,
            max_reconnect_attempts=-1,
            reconnected_cb=reconnected,
        )
        await js.add_stream(name="kept", subjects=["kept"])
        await js.add_stream(name="lost", subjects=["lost"], storage="memory")
        kv = await js.create_key_value(bucket="kept")
        await kv.put("key", b"value")
        config = api.ConsumerConfig(ack_wait=1)
        worker = await js.pull_subscribe("kept", "worker", config=config)
        for how in (signal.SIGTERM, signal.SIGKILL):
            await fill(js, "kept", 10)
            await js.publish("lost", b"")
            delivered = await worker.fetch(10, timeout=5)
            for message in delivered[:6]:
                await message.ack_sync()
            back.clear()
            await server.stop(how)
            await server.start()
            await back.wait()
            claims.equal(
                (await js.stream_info("kept")).state.last_seq,
                delivered[-1].metadata.sequence.stream,
                f"after {how.name} what was acknowledged is there",
            )
            claims.equal((await kv.get("key")).value, b"value", "a key has its value")
            claims.equal(await refused(js.stream_info("lost")), 10059, "memory is forgotten")
            await js.add_stream(name="lost", subjects=["lost"], storage="memory")
            again = set(seqs(await drained(worker)))
            claims.holds(
                again.issuperset(seqs(delivered[6:])),
                "the consumer resumes: what nobody acknowledged comes again",
                str(again),
            )
        await client.close()


async def drained(worker):
    """Fetches and acknowledges all that a consumer has, what it waits for included."""
    messages = []
    while True:
        info = await worker.consumer_info()
        if not info.num_pending and not info.num_ack_pending:
            return messages
        for message in await worker.fetch(1, timeout=5):
            await message.ack_sync()
            messages.append(message)


async def main(binary):
    claims = Claims()
    async with Server(binary, "-js", "-sd", "store") as server:
        for scenario in (
            streams,
            publishing,
            stored_messages,
            retention,
            pull_consumers,
            acknowledgements,
            push_consumers,
            key_value,
            object_store,
        ):
            await claims.run(scenario, server)
    await claims.run(restarts, binary)
    return claims.exit_code()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--server", required=True)
    options = arguments.parse_args()
    if nats is None:
        skip("nats.py is not installed")
    sys.exit(asyncio.run(main(options.server)))
