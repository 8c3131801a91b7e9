"""A worker that asks for work: it pulls jobs, and a job is done when it says so."""

import asyncio
import os

import nats
from nats.errors import TimeoutError

URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")


async def work(job):
    text = job.data.decode()
    attempt = job.metadata.num_delivered
    if text == "paint" and attempt == 1:
        print(f"{text}: no brush, try again")
        await job.nak()
    elif text == "fly":
        print(f"{text}: nobody can, forget it")
        await job.term()
    else:
        print(f"{text}: done, attempt {attempt}")
        await job.ack_sync()  # returns when the server knows


async def main():
    connection = await nats.connect(URL)
    jetstream = connection.jetstream()
    await jetstream.add_stream(name="CHORES", subjects=["chores"], retention="workqueue")
    for text in ("sweep", "paint", "fly", "cook"):
        await jetstream.publish("chores", text.encode())

    worker = await jetstream.pull_subscribe("chores", durable="worker")
    while True:
        try:
            jobs = await worker.fetch(2, timeout=0.5)
        except TimeoutError:
            break
        for job in jobs:
            await work(job)

    left = (await jetstream.stream_info("CHORES")).state.messages
    print(f"{left} chores left")
    await jetstream.delete_stream("CHORES")
    await connection.close()


asyncio.run(main())
