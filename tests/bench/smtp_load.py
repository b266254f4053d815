"""Many SMTP clients that wait for each answer, as mail servers do, and one that sends big mails."""

import asyncio
from collections import deque
from collections.abc import Iterable


async def send_all(port: int, recipient: str, bodies: Iterable[bytes], clients: int) -> int:
    """Sends every mail once over `clients` connections that stay open; how many were taken."""
    waiting = deque(bodies)
    counts = await asyncio.gather(*(_client(port, recipient, waiting) for _ in range(clients)))
    return sum(counts)


async def _client(port: int, recipient: str, waiting: deque[bytes]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await _answer(reader)
    await _say(reader, writer, b"EHLO bench.example")
    taken = 0
    try:
        while waiting:
            body = waiting.popleft()
            lines = f"MAIL FROM:<bench@bench.example> SIZE={len(body)}", f"RCPT TO:<{recipient}>"
            codes = [await _say(reader, writer, line.encode()) for line in (*lines, "DATA")]
            if codes[-1] == 354:
                codes.append(await _say(reader, writer, body + b"\r\n."))
            taken += codes[-1] == 250
            if codes[-1] != 250:
                await _say(reader, writer, b"RSET")
    finally:
        writer.close()
    return taken


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> int:
    writer.write(line + b"\r\n")
    await writer.drain()
    return await _answer(reader)


async def _answer(reader: asyncio.StreamReader) -> int:
    while (line := await reader.readline())[3:4] == b"-":
        pass
    return int(line[:3])
