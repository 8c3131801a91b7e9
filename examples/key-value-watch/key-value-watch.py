"""A key-value bucket and its watcher: first what is there, then each change as it happens."""

import asyncio
import os

import nats

URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")


async def main():
    connection = await nats.connect(URL)
    jetstream = connection.jetstream()
    settings = await jetstream.create_key_value(bucket="settings", history=5)
    await settings.put("lamp.color", b"red")
    await settings.put("lamp.power", b"40")

    watcher = await settings.watch("lamp.*")
    revision = await settings.put("lamp.color", b"blue")
    await settings.update("lamp.color", b"green", last=revision)
    await settings.delete("lamp.power")

    async for entry in watcher:
        if entry is None:
            continue  # that was all there was; what follows happens now
        if entry.operation == "DEL":
            print(f"{entry.revision}: {entry.key} is gone")
            break
        print(f"{entry.revision}: {entry.key} is {entry.value.decode()}")
    await watcher.stop()

    colors = [entry.value.decode() for entry in await settings.history("lamp.color")]
    print(f"lamp.color was {', '.join(colors)}")
    await jetstream.delete_key_value("settings")
    await connection.close()


asyncio.run(main())
