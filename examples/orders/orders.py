"""JSON events: orders.created, orders.paid and orders.shipped, followed as orders.*."""

import asyncio
import json
import os

import nats

EVENTS = (
    ("created", {"id": 1, "item": "lamp", "price": 20}),
    ("created", {"id": 2, "item": "desk", "price": 180}),
    ("paid", {"id": 1}),
    ("shipped", {"id": 1, "parcel": "GRÖẞE-7"}),
)


async def main():
    connection = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    state = {}

    async def follow(message):
        event = message.subject.removeprefix("orders.")
        try:
            order = json.loads(message.data)
            state[order["id"]] = event
        except (ValueError, KeyError, TypeError):
            print(f"{event}: not an order, ignored")
            return
        print(f"{event}: {json.dumps(order, ensure_ascii=False)}")

    await connection.subscribe("orders.*", cb=follow)
    for event, order in EVENTS:
        await connection.publish(f"orders.{event}", json.dumps(order).encode())
    await connection.publish("orders.created", b"lamp, 20")
    await connection.flush()
    await connection.drain()
    for number, event in sorted(state.items()):
        print(f"order {number} is {event}")


asyncio.run(main())
