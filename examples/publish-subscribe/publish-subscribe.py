"""Publish and subscribe: a message goes to whoever listens at that moment, and to nobody else."""

import asyncio
import os

import nats


async def main():
    connection = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    await connection.publish("greet.ann", b"too early: nobody listens yet")

    async def show(message):
        print(f"{message.subject}: {message.data.decode()}")

    await connection.subscribe("greet.*", cb=show)
    for name in ("ann", "bob", "cat"):
        await connection.publish(f"greet.{name}", f"hello, {name}".encode())
    await connection.publish("greet.dan.twice", b"not for greet.*: one token too many")
    await connection.flush()

    await connection.drain()  # handles what has arrived, then closes
    print("drained")


asyncio.run(main())
