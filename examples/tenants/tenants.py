"""Tenants: accounts that share a service and a stream, and nothing else."""

import asyncio
import os

import nats
from nats.errors import NoRespondersError
from nats.js.errors import APIError

URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")


async def log_in(user):
    return await nats.connect(URL, user=user, password=user)


async def listen(tenant, connection, heard):
    async def note(message):
        if not message.subject.startswith("_INBOX."):
            heard.append(f"{tenant} hears {message.subject}: {message.data.decode()}")

    await connection.subscribe(">", cb=note)
    await connection.flush()


async def ask(tenant, connection, subject):
    try:
        reply = await connection.request(subject, b"lamp", timeout=5)
        print(f"{tenant} asks {subject}: {reply.data.decode()}")
    except NoRespondersError:
        print(f"{tenant} asks {subject}: nobody answers")


async def keep_orders(tenant, connection, names):
    stream = connection.jetstream()
    for name in names:
        try:
            await stream.add_stream(name=name, subjects=[f"{name}.*"], storage="memory")
            print(f"{tenant} keeps {name}")
        except APIError as error:
            print(f"{tenant} may not keep {name}: {error.description}")


async def main():
    shop, customer, other = [await log_in(user) for user in ("shop", "customer", "other")]

    async def quote(request):
        await request.respond(request.data + b" costs 20")

    await shop.subscribe("quotes.eu", cb=quote)
    await shop.flush()
    await ask("customer", customer, "ask.quote")
    await ask("customer", customer, "quotes.eu")
    await ask("other", other, "quotes.eu")

    heard = []
    await listen("customer", customer, heard)
    await listen("other", other, heard)
    await shop.publish("prices.lamp", b"20")
    await shop.publish("margins.lamp", b"12")
    await shop.flush()
    for connection in (customer, other):
        await connection.drain()
    print("\n".join(heard))

    await keep_orders("shop", shop, ["ORDERS", "RETURNS"])
    customer = await log_in("customer")
    await keep_orders("customer", customer, ["ORDERS"])
    for connection in (shop, customer):
        await connection.close()


asyncio.run(main())
