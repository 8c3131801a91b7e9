"""Request and reply: a service answers, and when it has stopped the requester knows at once."""

import asyncio
import os

import nats
from nats.errors import NoRespondersError

URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")


async def start_service():
    connection = await nats.connect(URL)

    async def hello(request):
        await request.respond(b"hello, " + request.data)

    await connection.subscribe("hello", cb=hello)
    await connection.flush()
    return connection


async def main():
    service = await start_service()
    requester = await nats.connect(URL)
    for name in ("Ann", "Bob"):
        reply = await requester.request("hello", name.encode(), timeout=5)
        print(reply.data.decode())

    await service.drain()
    print("the service has stopped")
    try:
        await requester.request("hello", b"Cat", timeout=5)
    except NoRespondersError:
        print("no responders")
    await requester.close()


asyncio.run(main())
