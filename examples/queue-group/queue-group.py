"""A queue group: each task goes to one of the workers, whichever the server picks."""

import asyncio
import os

import nats

URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
WORKERS = ("Ann", "Bob", "Cat")
TASKS = 12


async def start_worker(name):
    connection = await nats.connect(URL)

    async def work(task):
        await task.respond(f"{task.data.decode()} done by {name}".encode())

    await connection.subscribe("tasks", queue="workers", cb=work)
    await connection.flush()
    return connection


async def main():
    workers = [await start_worker(name) for name in WORKERS]
    boss = await nats.connect(URL)
    replies = await asyncio.gather(
        *(boss.request("tasks", f"task {n + 1}".encode(), timeout=5) for n in range(TASKS))
    )
    for reply in replies:
        print(reply.data.decode())
    for connection in (*workers, boss):
        await connection.drain()
    print(f"{len(replies)} tasks, {len(WORKERS)} workers")


asyncio.run(main())
