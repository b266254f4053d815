"""What a raw mail says by its bytes alone, and what is believed of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.ingest.authentication_check import DnsText, check
from services.ingest.domain import mail as mails
from services.ingest.domain.authentication import trusted_results
from services.ingest.domain.forwards import Forwarded, forwarded
from services.ingest.domain.mail import ParsedMail
from services.ingest.domain.marks import Marks, marks
from services.ingest.domain.reply_tokens import detail_of, read_token


@dataclass(frozen=True, slots=True)
class Reading:
    """How mails are read. reply_key: of the signed addresses; None if there are none.

    trusted: authserv-ids of relays that are believed. seconds: how long the checks of a batch may
    take by DNS; None for none. dns: finds TXT records instead of the system's resolver.
    """

    reply_key: bytes | None = None
    trusted: frozenset[str] = frozenset()
    seconds: float | None = None
    dns: DnsText | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A raw mail, what it says, what machines have written above it, and what it forwards."""

    raw: bytes
    mail: ParsedMail
    marks: Marks
    forwarded: Forwarded | None


def take(raw: bytes) -> Taken:
    """Reads a mail; anything at all can be taken."""
    mail = mails.parse(raw)
    return Taken(raw, mail, marks(raw), forwarded(mail))


async def authenticated(
    taken: Mapping[UUID, Taken], reading: Reading
) -> dict[UUID, Mapping[str, str]]:
    """What trusted relays say of each mail, or what DNS says where that is asked for."""
    results: dict[UUID, Mapping[str, str]] = {}
    unknown: list[UUID] = []
    for id, one in taken.items():
        lines = one.marks.get("authentication-results", ())
        said = trusted_results(lines, reading.trusted, one.mail.sender.address)
        results[id] = said
        if not said:
            unknown.append(id)
    if unknown and reading.seconds is not None:
        asked = [(taken[id].raw, taken[id].mail.sender.address) for id in unknown]
        found = await check(asked, reading.seconds, reading.dns)
        results |= dict(zip(unknown, found, strict=True))
    return results


def signed_conversation(addresses: Sequence[str], tenant: str, key: bytes | None) -> UUID | None:
    """The conversation that the first signed one of the addresses names; None without one."""
    if key is None:
        return None
    details = filter(None, map(detail_of, addresses))
    return next(filter(None, (read_token(key, tenant, detail) for detail in details)), None)
