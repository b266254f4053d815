"""Keys of blobs that nobody can have been given: in a folder and in memory alike."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.messaging.errors import is_transient
from shared.storage import BlobStore, UnknownBlob
from shared.storage.settings import BlobSettings

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SHA = hashlib.sha256(b"x").hexdigest()
BAD = (
    "", ".", "ingest", "ingest/demo", "ingest/demo/.", "ingest/demo/..", "ingest/demo/x",
    "ingest/demo/" + "x" * 280, f"ingest/demo/{SHA}/", f"ingest/demo/./{SHA}",
    f"/ingest/demo/{SHA}", f"../demo/{SHA}", f"ingest/../{SHA}", f"ingest//{SHA}",
    f"ingest/demo/{SHA}/x",
    f"ingest/demo/{SHA.upper()}", f"ingest/Demo/{SHA}", f"ingest/demo/{SHA}\n", "ingest/demo/a\0b",
    f"ingest\\demo\\{SHA}", f"{'s' * 65}/demo/{SHA}", f"s/{'t' * 41}/{SHA}", "ingest/demo/\ud800",
)  # fmt: skip


@pytest.fixture(params=["folder", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    url = f"file://{tmp_path}" if request.param == "folder" else "memory:///"
    return BlobStore(BlobSettings(url=url))


@pytest.mark.parametrize("key", BAD)
async def test_a_key_that_the_store_never_gave_is_of_no_blob(blobs: BlobStore, key: str) -> None:
    await blobs.put("ingest", "demo", b"x")
    with pytest.raises(UnknownBlob) as caught:
        await blobs.get(key)
    assert not is_transient(caught.value)
    assert await blobs.remove(key, NOW)
    assert await blobs.get(f"ingest/demo/{SHA}") == b"x"


@pytest.mark.parametrize("service", ["ingest", "mail-gateway", "my_adapter", "acme.voice", "A1"])
async def test_a_key_that_the_store_gave_is_good(blobs: BlobStore, service: str) -> None:
    assert await blobs.get(await blobs.put(service, "a-tenant", b"x")) == b"x"


async def test_a_folder_where_a_blob_should_lie_is_no_blob(tmp_path: Path) -> None:
    (tmp_path / "ingest" / "demo" / SHA).mkdir(parents=True)
    (tmp_path / "adapter").write_bytes(b"")
    blobs = BlobStore(BlobSettings(url=f"file://{tmp_path}"))
    for key in (f"ingest/demo/{SHA}", f"adapter/demo/{SHA}"):
        with pytest.raises(UnknownBlob):
            await blobs.get(key)
