"""JetStream of one account used from another by its imports, through nats.py, unmodified.

usage: jetstream_accounts_py.py --server <path of the server's binary>
"""

import argparse
import asyncio
import sys

from claims import Claims, skip
from interop_py import connect
from jetstream_py import refused
from server import Server

try:
    import nats
    from nats.js import api
except ImportError:
    nats = None

# What nats.py subscribes to for answers begins with "taken" in the account that imports, so that
# the owner's push consumers reach it.
CONFIG = """
jetstream { store_dir: "store" }
accounts {
  OWNER {
    jetstream { max_streams: 3 }
    users: [ { user: owner, password: p } ]
    exports: [
      { service: "$JS.API.>", response_type: stream }
      { service: "$JS.ACK.>" }
      { service: "$JS.FC.>" }
      { service: "$KV.>" }
      { service: "orders.>" }
      { stream: "taken.>" }
    ]
  }
  GUEST {
    users: [ { user: guest, password: p } ]
    imports: [
      { service: { account: OWNER, subject: "$JS.API.>" }, to: "OWNER.API.>" }
      { service: { account: OWNER, subject: "$JS.ACK.>" } }
      { service: { account: OWNER, subject: "$JS.FC.>" } }
      { service: { account: OWNER, subject: "$KV.>" } }
      { service: { account: OWNER, subject: "orders.>" } }
      { stream: { account: OWNER, subject: "taken.>" } }
    ]
  }
}
"""


async def owner_of(server):
    client = await connect(server, user="owner", password="p")
    return client, client.jetstream(timeout=10)


async def guest_of(server):
    client = await connect(server, user="guest", password="p", inbox_prefix=b"taken")
    return client, client.jetstream(timeout=10, prefix="OWNER.API")


async def streams(claims, server):
    owner, js = await owner_of(server)
    guest, far = await guest_of(server)
    await far.add_stream(name="ORDERS", subjects=["orders.*"])
    claims.equal((await js.stream_info("ORDERS")).config.name, "ORDERS", "a guest makes a stream")
    ack = await far.publish("orders.new", b"one")
    claims.equal((ack.stream, ack.seq), ("ORDERS", 1), "his publish is acknowledged")
    await js.publish("orders.new", b"two")
    message = await far.get_msg("ORDERS", 2)
    claims.equal(message.data, b"two", "he reads what the owner published")
    own = guest.jetstream(timeout=10)
    claims.equal(await refused(own.account_info()), 10039, "of his own he has no JetStream")
    info = await far.account_info()
    claims.equal((info.streams, info.limits.max_streams), (1, 3), "and sees the owner's limits")
    await guest.close()
    await owner.close()


async def pull_consumers(claims, server):
    owner, js = await owner_of(server)
    guest, far = await guest_of(server)
    subscription = await far.pull_subscribe("orders.*", durable="worker", stream="ORDERS")
    messages = await subscription.fetch(2, timeout=5)
    claims.equal([message.data for message in messages], [b"one", b"two"], "a guest pulls")
    for message in messages:
        await message.ack_sync(timeout=5)
    info = await js.consumer_info("ORDERS", "worker")
    claims.equal((info.num_ack_pending, info.num_pending), (0, 0), "and acknowledges")
    await guest.close()
    await owner.close()


async def push_consumers(claims, server):
    owner, js = await owner_of(server)
    guest, far = await guest_of(server)
    subscription = await far.subscribe("orders.*", stream="ORDERS", ordered_consumer=True)
    seen = [(await subscription.next_msg(5)).data for _ in range(2)]
    await js.publish("orders.new", b"three")
    seen.append((await subscription.next_msg(5)).data)
    claims.equal(seen, [b"one", b"two", b"three"], "an ordered consumer reaches a guest")
    await guest.close()
    await owner.close()


async def key_value(claims, server):
    owner, js = await owner_of(server)
    guest, far = await guest_of(server)
    near = await js.create_key_value(api.KeyValueConfig(bucket="shared", history=2))
    bucket = await far.key_value("shared")
    revision = await bucket.put("color", b"red")
    claims.equal(revision, 1, "a guest puts a key")
    claims.equal((await near.get("color")).value, b"red", "the owner gets it")
    await near.put("color", b"blue")
    claims.equal((await bucket.get("color")).value, b"blue", "and the other way round")
    watcher = await bucket.watchall()
    entry = await watcher.updates(timeout=5)
    claims.equal((entry.key, entry.value), ("color", b"blue"), "a guest watches")
    await guest.close()
    await owner.close()


async def main(binary):
    claims = Claims()
    async with Server(binary, config=CONFIG) as server:
        for scenario in (streams, pull_consumers, push_consumers, key_value):
            await claims.run(scenario, server)
    return claims.exit_code()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--server", required=True)
    options = arguments.parse_args()
    if nats is None:
        skip("nats.py is not installed")
    sys.exit(asyncio.run(main(options.server)))
