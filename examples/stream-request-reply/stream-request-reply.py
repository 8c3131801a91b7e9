"""Request and reply through a stream: neither side need be there while the other speaks.

Requests and replies are stored. A header of the request names the subject of its reply, and each
side reads with a durable consumer whose name is its own.
"""

import asyncio
import os
import uuid

import nats

URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")


async def read(jetstream, subject, who):
    """A durable consumer of the subject, under a name nobody else has."""
    return await jetstream.pull_subscribe(subject, durable=f"{who}-{uuid.uuid4().hex}")


async def ask(jetstream, names):
    """Stores the requests and returns the consumer of their replies."""
    reply_to = f"replies.{uuid.uuid4().hex}"
    replies = await read(jetstream, reply_to, "requester")
    for name in names:
        await jetstream.publish("requests.hello", name.encode(), headers={"Reply-To": reply_to})
    return replies


async def serve(jetstream, count):
    requests = await read(jetstream, "requests.hello", "service")
    for _ in range(count):
        [request] = await requests.fetch(1)
        answer = f"hello, {request.data.decode()}"
        await jetstream.publish(request.headers["Reply-To"], answer.encode())
        await request.ack_sync()  # after the reply is stored: better twice than never


async def main():
    connection = await nats.connect(URL)
    jetstream = connection.jetstream()
    await jetstream.add_stream(name="MAIL", subjects=["requests.*", "replies.*"])

    replies = await ask(jetstream, ["Ann", "Bob"])
    print("asked; nobody serves yet")
    await serve(jetstream, 2)
    print("served; nobody has read the replies yet")
    for reply in await replies.fetch(2):
        print(reply.data.decode())
        await reply.ack_sync()

    await jetstream.delete_stream("MAIL")
    await connection.close()


asyncio.run(main())
