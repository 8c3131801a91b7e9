"""A queue group over a stream: the server pushes each stored job to one of the workers."""

import asyncio
import os

import nats

URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
WORKERS = ("Ann", "Bob", "Cat")
JOBS = 12


async def start_worker(name, done):
    connection = await nats.connect(URL)

    async def work(job):
        await job.ack_sync()
        await done.put(f"{job.data.decode()} done by {name}")

    # The queue names a durable consumer; the first worker makes it, the others join its group.
    await connection.jetstream().subscribe("jobs", queue="workers", cb=work, manual_ack=True)
    return connection


async def main():
    boss = await nats.connect(URL)
    jetstream = boss.jetstream()
    await jetstream.add_stream(name="JOBS", subjects=["jobs"], retention="workqueue")
    done = asyncio.Queue()
    workers = [await start_worker(name, done) for name in WORKERS]
    for number in range(JOBS):
        await jetstream.publish("jobs", f"job {number + 1}".encode())
    for _ in range(JOBS):
        print(await done.get())
    for worker in workers:
        await worker.drain()

    left = (await jetstream.stream_info("JOBS")).state.messages
    print(f"{left} jobs left")
    await jetstream.delete_stream("JOBS")
    await boss.close()


asyncio.run(main())
