"""A client that outlives its server: stop the server, start it again, and watch.

It sends itself a tick twice a second and says what becomes of its connection, until Ctrl-C.
"""

import asyncio
import os
import signal

import nats


async def main():
    stopped = asyncio.Event()
    for which in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(which, stopped.set)

    def say(status):
        async def callback():
            print(status, flush=True)

        return callback

    async def ignore(_):
        """A failed attempt to reconnect; the next one follows."""

    connection = await nats.connect(
        os.environ.get("NATS_URL", "nats://127.0.0.1:4222"),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.25,
        disconnected_cb=say("disconnected"),
        reconnected_cb=say("reconnected"),
        closed_cb=say("closed"),
        error_cb=ignore,
    )
    await say("connected")()

    async def show(message):
        print(message.data.decode(), flush=True)

    await connection.subscribe("tick", cb=show)
    number = 0
    while not stopped.is_set():
        if connection.is_connected:
            number += 1
            await connection.publish("tick", f"tick {number}".encode())
        try:
            await asyncio.wait_for(stopped.wait(), timeout=0.5)
        except TimeoutError:
            continue
    await connection.drain()


asyncio.run(main())
