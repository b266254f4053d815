"""Blobs that events name become ours: of the event's tenant, as they were stated, and kept."""

import asyncio
import hashlib

from services.ingest.domain.messages import Blob
from services.ingest.usecases.read_mail import SERVICE
from shared.contracts.payload import BlobRef
from shared.storage import BlobStore, UnknownBlob


class Unclaimable(Exception):
    """The blob cannot be had; the text says why, for the parked record."""


async def claim(blobs: BlobStore, tenant: str, given: BlobRef) -> Blob:
    """A copy of our own: an adapter's blob may go when the adapter likes. Raises Unclaimable.

    A blob of another tenant's is none of this one's business, whoever names it.
    """
    if given.key.split("/")[1:2] != [tenant]:
        raise Unclaimable("the blob's key must have the event's own tenant")
    try:
        data = await blobs.get(given.key)
    except UnknownBlob:
        raise Unclaimable("there is no blob under the key: send it again") from None
    # A large file would hold everybody else up for as long as its hash takes.
    digest = await asyncio.to_thread(_sha256, data)
    if (digest, len(data)) != (given.sha256, given.size):
        raise Unclaimable("the blob's bytes have another SHA-256 or size than stated")
    key = f"{SERVICE}/{tenant}/{digest}"
    if given.key != key:
        key = await blobs.put(SERVICE, tenant, data)
    return Blob(key, len(data), digest, given.media_type)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
