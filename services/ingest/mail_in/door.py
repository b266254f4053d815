"""The one door through which mails come in, whichever way they take: stored, then answered."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.ingest.mail_in.room import Room
from services.ingest.metric_names import MAILS_TAKEN
from services.ingest.pressure import Pressure, Shortage
from services.ingest.usecases.accept_mail import (
    LONGEST_IN_ROW,
    NoAccount,
    OfferedMail,
    accept_mails,
)
from services.ingest.usecases.read_mail import SERVICE
from shared.messaging.events import current_traceparent
from shared.messaging.ids import new_id
from shared.messaging.intake import Intake
from shared.messaging.unit import UnitOfWork
from shared.storage import BlobStore

_LONGEST_ADDRESS = 320


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a mail is for: an account of a tenant, and the envelope that named it.

    envelope_from: None for the empty reverse path, or where the way in knows no envelope.
    """

    tenant: str
    account: str
    envelope_from: str | None = None
    envelope_to: tuple[str, ...] = ()


class MailDoor:
    """Stores mails in groups, as the HTTP API does; what was answered with an id is stored."""

    def __init__(
        self, unit: UnitOfWork, blobs: BlobStore, pressure: Pressure, *, memory: int, longest: int
    ) -> None:
        """memory: bytes of large mails held at a time. longest: bytes that a mail may have."""
        self.unit = unit
        self.room = Room(max(memory, longest))
        self.longest = longest
        self._blobs = blobs
        self._pressure = pressure
        self._intake: Intake[OfferedMail, UUID | NoAccount] = Intake(unit, accept_mails)

    @property
    def shortage(self) -> Shortage | None:
        """What is short, so that no mail should be taken now; None when all is well."""
        return self._pressure.shortage

    async def take(self, way: str, body: bytes, addressee: Addressee) -> UUID | NoAccount:
        """Stores one mail, its bytes as they are; the raw mail's id once that is committed.

        way: "smtp", "lmtp" or a provider's name, for the figures. The same bytes again get the id
        that they got first. Raises what storing raised; see shared.messaging.errors.is_transient.
        """
        mail = await self.offered(body, addressee)
        del body
        result = await self._intake.submit(mail, size=len(mail.body or b""))
        MAILS_TAKEN.labels(way).inc()
        return result

    async def offered(self, body: bytes, addressee: Addressee) -> OfferedMail:
        """The mail as the use case takes it; a long one is in the blob store when this returns."""
        blob_key = None
        if len(body) > LONGEST_IN_ROW:
            digest = await asyncio.to_thread(_sha256, body)
            blob_key = await self._blobs.put(SERVICE, addressee.tenant, body)
        else:
            digest = _sha256(body)
        return OfferedMail(
            tenant=addressee.tenant, account=addressee.account, id=new_id(), sha256=digest,
            size=len(body), body=None if blob_key else body, blob_key=blob_key,
            traceparent=current_traceparent(),
            envelope_from=_presentable(addressee.envelope_from),
            envelope_to=_presentable_all(addressee.envelope_to),
        )  # fmt: skip


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _presentable(address: str | None) -> str | None:
    """An address that the contract takes: 1 to 320 characters that UTF-8 can carry."""
    if not address or len(address) > _LONGEST_ADDRESS or not address.isprintable():
        return None
    return address


def _presentable_all(addresses: Sequence[str]) -> tuple[str, ...]:
    # A dictionary keeps their order; the contract takes a hundred at most.
    return tuple(dict.fromkeys(filter(None, map(_presentable, addresses))))[:100]
