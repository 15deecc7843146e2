"""Pass connections on, also into another network: `python -m tests.proof.passed_on FROM TO`, each PORT or a path.

A path is a Unix socket, which two network namespaces of one machine share.
"""

import asyncio
import sys
from contextlib import suppress

HERE = "127.0.0.1"


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    writer.close()


async def serve(begin: str, end: str) -> None:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened = asyncio.open_connection(HERE, int(end)) if end.isdigit() else asyncio.open_unix_connection(end)
        there, back = await opened
        await asyncio.gather(copied(reader, back), copied(there, writer))

    started = asyncio.start_server(one, HERE, int(begin)) if begin.isdigit() else asyncio.start_unix_server(one, begin)
    async with await started as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
