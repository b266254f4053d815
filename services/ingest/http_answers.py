"""Calls to others by HTTP, and their answers, read within a limit whatever the others send."""

import json
from typing import Any, Final

import httpx

JSON_LIMIT: Final = 262_144
"""Bytes of an answer that is to be read as JSON."""


class Unusable(ValueError):
    """The answer is not read; the text says why, for people."""


def http_client(seconds: float) -> httpx.AsyncClient:
    """A client that asks for plain bytes, each call over a connection of its own.

    seconds: for connecting, and for each read. A connection that is used again may have been
    closed by the other side meanwhile; then nobody could say whether a call went over.
    """
    return httpx.AsyncClient(
        timeout=seconds,
        headers={"Accept-Encoding": "identity"},
        limits=httpx.Limits(max_keepalive_connections=0),
    )


async def bytes_of(answer: httpx.Response, limit: int) -> bytes:
    """A streamed answer's bytes as they came. Raises Unusable: encoded, or more than `limit`.

    Nothing is decoded: a few hundred compressed bytes may stand for a gigabyte.
    """
    if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Unusable("it is compressed, which was not asked for")
    data = bytearray()
    async for piece in answer.aiter_raw():
        data += piece
        if len(data) > limit:
            raise Unusable(f"it is larger than {limit} bytes")
    return bytes(data)


async def json_of(answer: httpx.Response) -> Any:
    """A streamed answer of JSON_LIMIT bytes at most as JSON. Raises ValueError where it is none."""
    try:
        return json.loads(await bytes_of(answer, JSON_LIMIT))
    except RecursionError:
        raise Unusable("it is nested too deeply") from None
