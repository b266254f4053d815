"""One store for raw mail, attachments and large bodies, addressed by what they contain."""

import asyncio
import hashlib
import os
import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlparse

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import ObjectStore, from_url

from shared.storage.settings import BlobSettings

# A key comes in events, from whoever may write them: another form is asked of no store, since
# each answers that in its own way (a folder is no file, a name is too long).
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}/[a-z0-9][a-z0-9-]{0,39}/[0-9a-f]{64}")
_NO_BLOB: Final = (FileNotFoundError, IsADirectoryError, NotADirectoryError, NotFoundError)


class UnknownBlob(LookupError):
    """No blob lies under this key."""


class BlobStore:
    """Blobs under `service/tenant/sha256`. A put is on stable storage before it returns.

    service: at most 64 letters, digits, dots, underscores and hyphens; tenant: a slug.
    """

    def __init__(self, settings: BlobSettings) -> None:
        address = urlparse(settings.url)
        self._folder = Path(unquote(address.path)) if address.scheme == "file" else None
        self._store: ObjectStore | None = None if self._folder else from_url(settings.url)

    async def put(self, service: str, tenant: str, data: bytes) -> str:
        """Keeps `data` and returns its key. Putting the same bytes again is the same blob.

        Raises OSError or obstore's errors when the store is away or full; nothing is half written.
        """
        key = f"{service}/{tenant}/{hashlib.sha256(data).hexdigest()}"
        if self._folder is not None:
            await asyncio.to_thread(_write_durably, self._folder / key, data)
        elif self._store is not None:
            await obstore.put_async(self._store, key, data)
        return key

    async def get(self, key: str) -> bytes:
        """The bytes of a blob. Raises UnknownBlob when there is, or can be, none under the key.

        Raises OSError or obstore's errors when the store is away.
        """
        if not _KEY.fullmatch(key):
            raise UnknownBlob(key)
        try:
            if self._folder is not None:
                return await asyncio.to_thread((self._folder / key).read_bytes)
            assert self._store is not None
            answer = await obstore.get_async(self._store, key)
            return bytes(await answer.bytes_async())
        except _NO_BLOB as error:
            raise UnknownBlob(key) from error

    async def remove(self, key: str, put_before: datetime) -> bool:
        """Removes a blob, unless it was put again at `put_before` or later; then it stays, False.

        A blob that is not there counts as removed. Whoever removes makes sure that nothing names
        it, and leaves 24 hours to those who have put it and not yet stored its name.
        """
        if not _KEY.fullmatch(key):
            return True
        try:
            if self._folder is not None:
                return await asyncio.to_thread(_remove, self._folder / key, put_before)
            assert self._store is not None
            known = await obstore.head_async(self._store, key)
            if known["last_modified"] >= put_before:
                return False
            await obstore.delete_async(self._store, key)
        except _NO_BLOB:
            return True
        return True


def _remove(path: Path, put_before: datetime) -> bool:
    if path.stat().st_mtime >= put_before.timestamp():
        return False
    path.unlink()
    return True


def _write_durably(path: Path, data: bytes) -> None:
    """Writes beside, flushes, renames, flushes the folder: obstore flushes nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".put-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
