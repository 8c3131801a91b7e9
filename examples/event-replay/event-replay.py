"""Event replay: whoever comes late reads the stream from its start and knows what all know."""

import asyncio
import json
import os

import nats

URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
EVENTS = (("opened", 0), ("paid-in", 100), ("paid-out", 30), ("paid-in", 5), ("paid-out", 12))


async def replay(jetstream):
    """The balance after each event, from the first one on."""
    events = await jetstream.subscribe("account.*", ordered_consumer=True)
    balance, pending = 0, 1
    while pending:
        message = await events.next_msg()
        kind = message.subject.removeprefix("account.")
        amount = json.loads(message.data)["amount"]
        balance += -amount if kind == "paid-out" else amount
        pending = message.metadata.num_pending
        print(f"{message.metadata.sequence.stream}. {kind} {amount}: {balance}")
    await events.unsubscribe()
    return balance


async def main():
    connection = await nats.connect(URL)
    jetstream = connection.jetstream()
    await jetstream.add_stream(name="ACCOUNT", subjects=["account.*"])
    for kind, amount in EVENTS:
        await jetstream.publish(f"account.{kind}", json.dumps({"amount": amount}).encode())

    print(f"the balance is {await replay(jetstream)}")
    await jetstream.delete_stream("ACCOUNT")
    await connection.close()


asyncio.run(main())
