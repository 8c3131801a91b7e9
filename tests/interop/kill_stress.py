"""Kills the server again and again under load, and holds it to its acknowledgements.

Publishers send numbered messages that carry a message id, and keep the acknowledgements they get;
what is not acknowledged they send again under the same id. A worker pulls and acknowledges through
all of it. At the end nothing acknowledged is missing or elsewhere, nothing is there twice, and the
worker has seen everything.

usage: kill_stress.py --server <path of the server's binary> [--kills 5] [flags of the server]
"""

import argparse
import asyncio
import random
import signal
import sys

from claims import Claims, skip
from interop_py import connect
from server import Server

try:
    import nats
    from nats.js import api
except ImportError:
    nats = None

PUBLISHERS = 3
IN_FLIGHT = 20  # of one publisher
BETWEEN_KILLS = (60, 400)  # acknowledgements
RECONNECTING = {
    "allow_reconnect": True,
    "reconnect_time_wait": 0.02,
    "max_reconnect_attempts": -1,
}


class Acknowledged:
    """The sequence that each message got, by its id; waiters are told of progress."""

    def __init__(self):
        self.seqs = {}
        self.changed = []  # ids that got another sequence later on
        self._news = asyncio.Condition()

    async def add(self, message_id, ack):
        if self.seqs.setdefault(message_id, ack.seq) != ack.seq:
            self.changed.append((message_id, self.seqs[message_id], ack.seq))
        async with self._news:
            self._news.notify_all()

    async def more(self, count):
        """Returns when so many more are acknowledged."""
        wanted = len(self.seqs) + count
        async with self._news:
            await self._news.wait_for(lambda: len(self.seqs) >= wanted)


async def publish(js, name, acknowledged, stopped):
    """Publishes until told to stop, so many at a time; each message until it is acknowledged."""

    async def one(message_id):
        while True:
            try:
                ack = await js.publish(
                    f"load.{name}",
                    message_id.encode(),
                    timeout=1,
                    headers={"Nats-Msg-Id": message_id},
                )
            except nats.errors.Error:
                await asyncio.sleep(0.02)  # the server is away
                continue
            await acknowledged.add(message_id, ack)
            return

    number = 0
    while not stopped.is_set():
        batch = [f"{name}-{number + n}" for n in range(IN_FLIGHT)]
        number += IN_FLIGHT
        await asyncio.gather(*map(one, batch))


async def work(js, seen, stopped):
    """Pulls and acknowledges until all that was published is seen."""
    worker = await js.pull_subscribe_bind(consumer="worker", stream="load")
    while True:
        try:
            messages = await worker.fetch(50, timeout=0.5)
        except nats.errors.Error:
            if stopped.is_set() and await is_drained(js):
                return
            continue
        for message in messages:
            seen.add(message.data.decode())
            await message.ack()


async def is_drained(js):
    try:
        info = await js.consumer_info("load", "worker", timeout=1)
    except nats.errors.Error:
        return False
    return info.num_pending == 0 and info.num_ack_pending == 0


async def stored(js):
    """All messages of the stream, as the server has them now: sequence by id, and the doubles."""
    found, doubled = {}, []
    count = (await js.stream_info("load")).state.messages
    reader = await js.subscribe("load.*", ordered_consumer=True)
    for _ in range(count):
        message = await reader.next_msg(timeout=10)
        message_id = message.data.decode()
        if message_id in found:
            doubled.append(message_id)
        found[message_id] = message.metadata.sequence.stream
    await reader.unsubscribe()
    return found, doubled


async def kill_again_and_again(claims, server, kills):
    client = await connect(server, **RECONNECTING)
    js = client.jetstream(timeout=5)
    await js.add_stream(name="load", subjects=["load.*"], duplicate_window=3600)
    await js.add_consumer("load", durable_name="worker", config=api.ConsumerConfig(ack_wait=2))
    acknowledged, seen = Acknowledged(), set()
    published, drained = asyncio.Event(), asyncio.Event()
    clients = [await connect(server, **RECONNECTING) for _ in range(PUBLISHERS)]
    publishers = [
        asyncio.create_task(publish(c.jetstream(), f"p{n}", acknowledged, published))
        for n, c in enumerate(clients)
    ]
    worker = asyncio.create_task(work(js, seen, drained))

    for _ in range(kills):
        await acknowledged.more(random.randint(*BETWEEN_KILLS))
        await server.stop(signal.SIGKILL)
        await server.start()
    await acknowledged.more(1)
    published.set()
    await asyncio.gather(*publishers)
    drained.set()
    await worker

    found, doubled = await stored(js)
    missing = {i: seq for i, seq in acknowledged.seqs.items() if found.get(i) != seq}
    claims.holds(len(found) > kills * BETWEEN_KILLS[0], f"{len(found)} messages are stored")
    claims.equal(missing, {}, "nothing acknowledged is missing or elsewhere")
    claims.equal(doubled, [], "nothing that carries an id is there twice")
    claims.equal(acknowledged.changed, [], "no id was acknowledged with two sequences")
    claims.equal(set(found) - seen, set(), "the consumer has delivered everything")
    for each in (client, *clients):
        await each.close()


async def main(binary, kills, flags):
    claims = Claims()
    async with Server(binary, "-js", "-sd", "store", *flags) as server:
        seconds = 30 + 3 * kills
        await claims.run(kill_again_and_again, server, kills, seconds=seconds)
    return claims.exit_code()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--server", required=True)
    arguments.add_argument("--kills", type=int, default=5)
    options, server_flags = arguments.parse_known_args()
    if nats is None:
        skip("nats.py is not installed")
    sys.exit(asyncio.run(main(options.server, options.kills, server_flags)))
