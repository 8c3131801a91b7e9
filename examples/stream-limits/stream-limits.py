"""A stream with limits: it keeps what came last, and makes room by forgetting what came first."""

import asyncio
import os

import nats
from nats.js.errors import NotFoundError

URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
LIMITS = {"max_age": 9, "max_msgs": 1000, "max_bytes": 10_000_000}  # seconds, messages, bytes


async def remake(jetstream, name, **config):
    try:
        await jetstream.delete_stream(name)
    except NotFoundError:
        pass  # the first time there is none
    return await jetstream.add_stream(name=name, **config)


async def main():
    connection = await nats.connect(URL)
    jetstream = connection.jetstream()
    made = await remake(
        jetstream, "READINGS", subjects=["readings.*"], storage="file", discard="old", **LIMITS
    )
    print(f"{made.config.name} keeps {made.config.max_msgs} messages of {made.config.subjects[0]}")

    for number in range(1, 1201):
        await jetstream.publish_async(f"readings.{number % 4}", f"reading {number}".encode())
    await jetstream.publish_async_completed()

    state = (await jetstream.stream_info("READINGS")).state
    print(f"1200 published, {state.messages} kept: {state.first_seq} to {state.last_seq}")
    await connection.close()


asyncio.run(main())
