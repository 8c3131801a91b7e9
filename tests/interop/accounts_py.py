"""nats.py, unmodified, in the accounts of a server it takes for nats-server: what they share and
what they do not, nkeys, and the creds files of an operator that nsc made (operator/).

usage: accounts_py.py --server <path of the server's binary> [--creds]

With --creds the accounts are the operator's, otherwise the configuration's.
"""

import argparse
import asyncio
import pathlib
import sys

from claims import Claims, skip
from server import Server

try:
    import nats
    import nkeys  # nats.py asks for it when it must sign
    from nats.errors import NoRespondersError
    from nats.js.errors import APIError, NotFoundError
except ImportError:
    nats = None

OPERATOR = pathlib.Path(__file__).resolve().parent / "operator"
REFUSED = "Authorization Violation"
SEED = b"SUAC2U47RAWA3VU3MNWTMA3POBYS5B5G5W3DAU4C3JPNNH2KG4HDCCHEEU"
OTHER_SEED = b"SUACU3LXSHT7EZNYWSULDCQ3WGNVHDI67Y66VXZPXKBL7HDI53L37QLGPE"

JETSTREAM = 'jetstream { store_dir: "store", max_mem: 64M, max_file: 64M }'
ACCOUNTS = """
accounts {
  SHOP: {
    users: [{ user: shop, password: pw }]
    jetstream: { max_mem: 1M, max_streams: 2 }
    exports: [{ service: "quotes.*" }, { stream: "ticks.>" }]
  }
  CUSTOMER: {
    users: [{ user: customer, password: pw }]
    jetstream: enabled
    imports: [
      { service: { account: SHOP, subject: "quotes.eu" }, to: "ask.quotes" }
      { stream: { account: SHOP, subject: "ticks.>" }, prefix: "shop" }
    ]
  }
  STRANGER: { users: [{ user: stranger, password: pw }] }
}
"""


async def connect(server, **options):
    """A client that fails at once instead of trying again."""

    async def ignore(_):
        pass

    settled = {"allow_reconnect": False, "connect_timeout": 5, "error_cb": ignore}
    return await nats.connect(server.url, **(settled | options))


async def connect_as(server, user):
    return await connect(server, user=user, password="pw")


async def refusal(server, **options):
    """The text of the error with which the server turns a client away; empty if it does not."""
    try:
        client = await connect(server, **options)
    except Exception as error:
        return str(error)
    await client.close()
    return ""


async def fence(client):
    """Returns when the server has seen all that the client sent: see interop_py.py."""
    await client.flush()
    await client.flush()


async def taken(subscription, client):
    await fence(client)
    messages = []
    while subscription.pending_msgs:
        messages.append(await subscription.next_msg())
    return [(message.subject, message.data) for message in messages]


async def isolation(claims, server):
    shop, customer = await connect_as(server, "shop"), await connect_as(server, "customer")
    everything = await customer.subscribe(">")
    own = await shop.subscribe("news.*")
    await fence(customer)
    await shop.publish("news.eu", b"hers")
    claims.equal(await taken(own, shop), [("news.eu", b"hers")], "an account hears its own")
    claims.equal(await taken(everything, customer), [], "and nobody else's")
    claims.holds(
        await refusal(server, user="shop", password="no") and await refusal(server),
        "a wrong password, or none, opens no account",
    )
    await shop.close()
    await customer.close()


async def exchange(claims, shop, customer, stranger, ticks):
    """The same whether the accounts are in the configuration or in JWTs."""

    async def quote(message):
        await message.respond(b"quoted " + message.data)

    try:
        await customer.request("ask.quotes", b"1", timeout=2)
        claims.holds(False, "a service that nobody offers has no responders")
    except NoRespondersError:
        claims.holds(True, "a service that nobody offers has no responders")
    service = await shop.subscribe("quotes.eu", cb=quote)
    heard = await customer.subscribe(ticks)
    nothing = await stranger.subscribe(">") if stranger else None
    for client in filter(None, (shop, customer, stranger)):
        await fence(client)
    replies = [await customer.request("ask.quotes", b"%d" % n, timeout=5) for n in range(20)]
    claims.equal(
        [reply.data for reply in replies],
        [b"quoted %d" % n for n in range(20)],
        "another account's service answers under the importer's name for it",
    )
    await shop.publish("ticks.a.b", b"42")
    await fence(shop)
    claims.equal(
        await taken(heard, customer),
        [("shop.ticks.a.b", b"42")],
        "another account's stream is heard under the importer's prefix",
    )
    if stranger:
        claims.equal(await taken(nothing, stranger), [], "who imports nothing hears nothing")
    await service.unsubscribe()


async def sharing(claims, server):
    users = [await connect_as(server, user) for user in ("shop", "customer", "stranger")]
    await exchange(claims, *users, "shop.>")
    for user in users:
        await user.close()


async def jetstream_of_each(claims, server):
    shop, customer = await connect_as(server, "shop"), await connect_as(server, "customer")
    stranger = await connect_as(server, "stranger")
    for client, count in ((shop, 3), (customer, 5)):
        stream = client.jetstream()
        await stream.add_stream(name="ORDERS", subjects=["orders.*"], storage="memory")
        for number in range(count):
            await stream.publish("orders.new", b"%d" % number)
    infos = [await c.jetstream().stream_info("ORDERS") for c in (shop, customer)]
    claims.equal(
        [info.state.messages for info in infos], [3, 5], "streams of one name, each its account's"
    )
    await shop.jetstream().add_stream(name="TWO", subjects=["two"], storage="memory")
    try:
        await shop.jetstream().add_stream(name="THREE", subjects=["three"], storage="memory")
        claims.holds(False, "no more streams than the account may have")
    except APIError as error:
        claims.equal(error.err_code, 10027, "no more streams than the account may have")
    account = await shop.jetstream().account_info()
    claims.equal((account.streams, account.limits.max_streams), (2, 2), "ACCOUNT.INFO knows both")
    try:
        await stranger.jetstream(timeout=2).add_stream(name="X", subjects=["x"], storage="memory")
        claims.holds(False, "an account without JetStream makes no stream")
    except (APIError, NotFoundError, NoRespondersError) as error:
        claims.holds(True, "an account without JetStream makes no stream", str(error))
    for client in (shop, customer, stranger):
        await client.close()


async def with_nkeys(claims, server_path):
    public = nkeys.from_seed(bytearray(SEED)).public_key.decode()
    config = f"accounts {{ A: {{ users: [{{ nkey: {public}, permissions: {{ publish: a }} }}] }} }}"
    async with Server(server_path, config=config) as server:
        client = await connect(server, nkeys_seed_str=SEED.decode())
        heard = await client.subscribe("*")
        await client.publish("a", b"may")
        await client.publish("b", b"may not")
        claims.equal(await taken(heard, client), [("a", b"may")], "an nkey is a user")
        await client.close()
        told = await refusal(server, nkeys_seed_str=OTHER_SEED.decode())
        claims.holds(REFUSED in told, "another nkey is refused", told)


def creds(name):
    return {"user_credentials": str(OPERATOR / f"{name}.creds")}


async def with_creds(claims, server):
    shop, customer = [await connect(server, **creds(name)) for name in ("shop", "customer")]
    await exchange(claims, shop, customer, None, "shop.ticks.>")
    reader = await connect(server, **creds("reader"))
    heard = await reader.subscribe("shop.>")
    await fence(reader)
    await shop.publish("ticks.c", b"1")
    await fence(shop)
    claims.equal(
        await taken(heard, reader), [("shop.ticks.c", b"1")], "a user's JWT says what it may hear"
    )
    await reader.publish("ask.quotes", b"")
    await fence(reader)
    claims.holds(
        "permissions violation" in str(reader.last_error).lower(),
        "and what it may say",
        str(reader.last_error),
    )
    for name, why in (("late", "an expired JWT"), ("revoked", "a revoked user")):
        told = await refusal(server, **creds(name))
        claims.holds(REFUSED in told, f"{why} is refused", told)
    told = await refusal(server, user="shop", password="pw")
    claims.holds(REFUSED in told, "and so is a password", told)
    for client in (shop, customer, reader):
        await client.close()


async def creds_and_streams(claims, server):
    shop, customer = [await connect(server, **creds(name)) for name in ("shop", "customer")]
    stream = shop.jetstream()
    await stream.add_stream(name="ORDERS", subjects=["orders.*"], storage="memory")
    await stream.publish("orders.new", b"1")
    claims.equal(
        (await stream.stream_info("ORDERS")).state.messages, 1, "the account's JWT gives JetStream"
    )
    try:
        await customer.jetstream(timeout=2).add_stream(name="X", subjects=["x"], storage="memory")
        claims.holds(False, "and another's does not")
    except (APIError, NotFoundError, NoRespondersError):
        claims.holds(True, "and another's does not")
    await shop.close()
    await customer.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--creds", action="store_true")
    arguments = parser.parse_args()
    if nats is None:
        skip("nats.py with nkeys is not installed")
    claims = Claims()
    config = (OPERATOR / "server.conf").read_text() if arguments.creds else ACCOUNTS
    configured = (isolation, sharing, jetstream_of_each)
    async with Server(arguments.server, config=f"{JETSTREAM}\n{config}") as server:
        for scenario in (with_creds, creds_and_streams) if arguments.creds else configured:
            await claims.run(scenario, server)
    if not arguments.creds:
        await claims.run(with_nkeys, arguments.server)
    return claims.exit_code()


sys.exit(asyncio.run(main()))
