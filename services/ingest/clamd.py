"""clamd's INSTREAM command: whether a file has a virus.

https://docs.clamav.net/manual/Usage/Scanning.html#clamd: `zINSTREAM\\0`, then chunks with their
length before them (4 bytes, network order), an empty one at the end; the answer ends with NUL.
"""

import asyncio
from typing import Final

_CHUNK: Final = 64 * 1024
_LONGEST_ANSWER: Final = 4096


class ScanFailed(Exception):
    """clamd is away, took too long, or did not want the file: nobody knows what is in it."""


async def scan(address: str, data: bytes, seconds: float) -> str | None:
    """The name of the virus in `data`, None where there is none. Raises ScanFailed.

    address: host:port or unix:/path.
    """
    try:
        async with asyncio.timeout(seconds):
            answer = await _asked(address, data)
    except (OSError, TimeoutError) as error:
        raise ScanFailed(f"clamd: {error or 'took too long'}") from error
    if answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND") or "unnamed"
    if answer != "stream: OK":
        raise ScanFailed(f"clamd: {answer or 'closed the connection'}")
    return None


async def _asked(address: str, data: bytes) -> str:
    reader, writer = await _connected(address)
    # clamd may refuse a long file in the middle: its answer is read while the rest is sent.
    answering = asyncio.create_task(_answer(reader))
    try:
        try:
            await _send(writer, data)
        except ConnectionError:
            return await answering
        return await answering
    finally:
        answering.cancel()
        writer.close()


async def _connected(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.startswith("unix:"):
        return await asyncio.open_unix_connection(address.removeprefix("unix:"))
    host, _, port = address.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"zINSTREAM\0")
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK]
        writer.write(len(chunk).to_bytes(4, "big") + chunk)
        await writer.drain()
    writer.write(bytes(4))
    await writer.drain()


async def _answer(reader: asyncio.StreamReader) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < _LONGEST_ANSWER:
        if not (more := await reader.read(_LONGEST_ANSWER)):
            break
        answer += more
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()
