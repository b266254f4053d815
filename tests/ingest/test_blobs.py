"""Files over HTTP: kept, refused for what they are, looked at by clamd."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.app import build
from services.ingest.blob_sweep import BlobSweep
from services.ingest.clamd import ScanFailed, scan
from services.ingest.domain.media_types import media_type, plain, sniffed
from services.ingest.settings import IngestSettings
from shared.contracts.payload import BlobRef
from shared.service import create_app
from shared.storage import BlobStore, UnknownBlob
from shared.testing.access import Access
from tests.ingest.mailroom import Mailroom

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PROGRAM = b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + bytes(40)
VIRUS = b"this stands for a virus"


class FakeClamd:
    """Speaks INSTREAM as clamd's manual has it; finds VIRUS, refuses more than 100,000 bytes."""

    def __init__(self) -> None:
        self.hangs = False
        self.answer: bytes | None = None
        self.asked = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.asked += 1
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            data = b""
            while length := int.from_bytes(await reader.readexactly(4), "big"):
                data += await reader.readexactly(length)
                if len(data) > 100_000:
                    writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                    return
            if self.hangs:
                await reader.read()
                return
            found = b"stream: Test-Signature FOUND\0" if VIRUS in data else b"stream: OK\0"
            writer.write(found if self.answer is None else self.answer)
        finally:
            writer.close()


@asynccontextmanager
async def clamd() -> AsyncIterator[tuple[FakeClamd, str]]:
    """A clamd and its address."""
    fake = FakeClamd()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    try:
        yield fake, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


async def test_a_file_is_kept_under_what_it_contains(
    client: httpx.AsyncClient, writer: dict[str, str], blobs: BlobStore
) -> None:
    headers = writer | {"content-type": "text/plain; charset=utf-8"}
    first = await client.post("/v1/blobs", content=PNG, headers=headers)
    again = await client.post("/v1/blobs", content=PNG, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    kept = BlobRef.model_validate(first.json())
    assert kept.key == f"ingest/demo/{kept.sha256}"
    assert (kept.size, kept.media_type) == (len(PNG), "image/png")
    assert await blobs.get(kept.key) == PNG


async def test_a_file_goes_to_the_callers_own_tenant(
    client: httpx.AsyncClient, access: Access
) -> None:
    other = access.service("other", "messages:write")
    answer = await client.post("/v1/blobs", content=PNG, headers=other)
    assert answer.json()["key"].startswith("ingest/other/")


async def test_who_may_not_write_messages_keeps_no_files(
    client: httpx.AsyncClient, reader: dict[str, str]
) -> None:
    assert (await client.post("/v1/blobs", content=PNG)).status_code == 401
    assert (await client.post("/v1/blobs", content=PNG, headers=reader)).status_code == 403


@pytest.mark.parametrize(
    ("content", "declared", "status"),
    [
        (b"", "image/png", 422), (PROGRAM, "image/png", 415), (b"\x7fELF" + PNG, "", 415),
        (b"x", "application/x-msdownload", 415), (b"MZ is a short text", "text/plain", 201),
        (b"x", "not a type", 201), (b"x", "x" * 300, 422), (b"PK\x03\x04", "application/zip", 201),
        (bytes(25 * 1024 * 1024 + 1), "image/png", 413),
    ],
)  # fmt: skip
async def test_bad_files_are_refused(
    client: httpx.AsyncClient, writer: dict[str, str], content: bytes, declared: str, status: int
) -> None:
    headers = writer | {"content-type": declared}
    answer = await client.post("/v1/blobs", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    if status != 201:
        assert answer.headers["content-type"] == "application/problem+json"


async def test_only_allowed_types_are_taken_where_there_are_any(
    settings: IngestSettings, mailroom: Mailroom, client: httpx.AsyncClient, writer: dict[str, str]
) -> None:
    async with _served(settings, allowed_types="image/png, text/plain") as own:
        for content, declared, status in (
            (PNG, "", 201), (b"x", "text/plain", 201), (b"GIF89a", "text/plain", 415),
            (b"x", "", 415),
        ):  # fmt: skip
            headers = writer | {"content-type": declared}
            answer = await own.post("/v1/blobs", content=content, headers=headers)
            assert answer.status_code == status


async def test_clamd_is_asked_where_there_is_one(
    settings: IngestSettings, mailroom: Mailroom, client: httpx.AsyncClient, writer: dict[str, str]
) -> None:
    async with clamd() as (fake, address), _served(settings, clamd_address=address) as own:
        assert (await own.post("/v1/blobs", content=PNG, headers=writer)).status_code == 201
        ill = await own.post("/v1/blobs", content=PNG + VIRUS, headers=writer)
        assert (ill.status_code, ill.json()["type"].endswith("virus")) == (422, True)
        # What clamd will not look at, nobody keeps.
        large = await own.post("/v1/blobs", content=PNG + bytes(300_000), headers=writer)
        assert large.status_code == 503
        assert fake.asked == 3
        fake.answer = b""
        assert (await own.post("/v1/blobs", content=PNG, headers=writer)).status_code == 503
    gone = await _asked_in_vain(settings, address, writer)
    assert (gone.status_code, gone.headers["retry-after"]) == (503, "10")


async def _asked_in_vain(
    settings: IngestSettings, address: str, writer: dict[str, str]
) -> httpx.Response:
    async with _served(settings, clamd_address=address) as own:
        return await own.post("/v1/blobs", content=PNG, headers=writer)


async def test_a_silent_clamd_is_not_waited_for_for_ever() -> None:
    async with clamd() as (fake, address):
        fake.hangs = True
        with pytest.raises(ScanFailed):
            await scan(address, PNG, 0.2)


@asynccontextmanager
async def _served(settings: IngestSettings, **changed: str) -> AsyncIterator[httpx.AsyncClient]:
    service = build(settings.model_copy(update=changed))
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made
    await service.database.dispose()


def test_bytes_outweigh_words() -> None:
    assert media_type(PNG, "text/html") == "image/png"
    assert media_type(b"PK\x03\x04", "application/epub+zip") == "application/epub+zip"
    assert media_type(b"PK\x03\x04", None) == "application/zip"
    assert media_type(PROGRAM, "image/png") == "application/vnd.microsoft.portable-executable"
    assert plain("Text/HTML; charset=x") == "text/html"
    assert plain("text/html\r\nX: y") == plain("") == "application/octet-stream"


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_bytes_and_any_declared_type_give_a_type(data: bytes, declared: str) -> None:
    sniffed(data)
    assert media_type(data, declared).count("/") == 1


async def test_a_file_that_no_message_names_goes_once_no_topic_can_hold_its_event(
    client: httpx.AsyncClient,
    writer: dict[str, str],
    mailroom: Mailroom,
    blobs: BlobStore,
    now: datetime,
) -> None:
    key = (await client.post("/v1/blobs", content=PNG, headers=writer)).json()["key"]
    sweep = BlobSweep(mailroom.unit, blobs)
    assert await sweep.sweep(now + timedelta(days=14)) == 0
    assert await sweep.sweep(now + timedelta(days=16)) == 1
    with pytest.raises(UnknownBlob):
        await blobs.get(key)
