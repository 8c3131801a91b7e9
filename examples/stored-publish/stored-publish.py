"""Durable publishing: a message is acknowledged once it is stored.

Plain subscribers, who know nothing of the stream, hear it all the same.
"""

import asyncio
import os

import nats

URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
SUBSCRIBERS = ("kitchen", "billing", "audit")


async def main():
    connection = await nats.connect(URL)
    jetstream = connection.jetstream()
    await jetstream.add_stream(name="ORDERS", subjects=["orders.*"])

    heard = {name: await connection.subscribe("orders.*") for name in SUBSCRIBERS}
    for item in ("lamp", "desk", "chair"):
        ack = await jetstream.publish(
            "orders.new", item.encode(), headers={"Nats-Msg-Id": f"order of a {item}"}
        )
        print(f"{item} is stored in {ack.stream} as message {ack.seq}")
    again = await jetstream.publish(
        "orders.new", b"lamp", headers={"Nats-Msg-Id": "order of a lamp"}
    )
    print(f"lamp again: {'a duplicate' if again.duplicate else 'stored'}")

    for name, subscription in heard.items():
        items = [(await subscription.next_msg()).data.decode() for _ in range(3)]
        print(f"{name} heard {', '.join(items)}")
    await jetstream.delete_stream("ORDERS")
    await connection.close()


asyncio.run(main())
