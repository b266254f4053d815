"""Emptying what erased customers said, and what names them, in PostgreSQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    null,
    or_,
    select,
    text,
    update,
)

from services.ingest.repository.erasure import Part
from services.ingest.tables.chat import chat_entry, chat_session
from services.ingest.tables.customers import raw_copy
from services.ingest.tables.mail import conversation, delivery, message, raw_mail
from services.ingest.tables.social import delivery_status
from services.ingest.tables.voice import call
from shared.storage import Session

_KEYS = text("'$.**.key'")


@dataclass(frozen=True, slots=True)
class Traces:
    """What erased messages leave to look for: keys of Kafka records and of blobs, raw mails."""

    record_keys: frozenset[str]
    blob_keys: frozenset[str]


async def forget_address(
    session: Session, tenant: str, conversations: Collection[UUID], values: Collection[str]
) -> None:
    """Takes addresses out of conversations with others, and out of deliveries everywhere."""
    given = list(values)
    c = conversation.c
    theirs = func.lower(c.customer_address).in_(given)
    await session.execute(
        update(conversation)
        .where(c.tenant == tenant, c.id.in_(conversations))
        .values(
            customer_name=case((theirs, null()), else_=c.customer_name),
            customer_address=case((theirs, null()), else_=c.customer_address),
            participants=select(func.coalesce(func.array_agg(text("one")), _NOBODY))
            .select_from(func.unnest(c.participants).alias("one"))
            .where(text("one <> ALL (:values)").bindparams(bindparam("values", given, ARRAY(Text))))
            .scalar_subquery(),
        )
    )  # fmt: skip
    mine = delivery.c.tenant == tenant, func.lower(delivery.c.recipient).in_(given)
    await session.execute(update(delivery).where(*mine).values(**_UNSENT))
    told = delivery_status.c.tenant == tenant, func.lower(delivery_status.c.recipient).in_(given)
    await session.execute(delete(delivery_status).where(*told))


_NOBODY = text("'{}'::text[]")
_WAITING = delivery.c.state.in_(["queued", "sending"])
_UNSENT: dict[str, Any] = {
    "recipient": None,
    "unsubscribe_url": None,
    "reason": case((_WAITING, "erased"), else_=null()),
    "state": case((_WAITING, "failed"), else_=delivery.c.state),
    "settled_at": case((_WAITING, func.now()), else_=delivery.c.settled_at),
    "lease": None,
}


async def forget_spam(session: Session, tenant: str, values: Collection[str]) -> Traces:
    """Empties mails held as spam that came from these addresses; they are in no conversation."""
    m = message.c
    mine = and_(m.tenant == tenant, m.spam, func.lower(m.sender_address).in_(list(values)))
    traces = await _traces(session, tenant, mine, ())
    await _forget_raws(session, tenant, mine)
    await session.execute(update(message).where(mine).values(**_EMPTY))
    return traces


async def forget_messages(session: Session, tenant: str, parts: Sequence[Part]) -> Traces:
    """Empties the messages of these conversations, and all that came with them.

    In a conversation with others only the customer's own, and what the others quoted of it.
    """
    whole = [one.conversation_id for one in parts if one.whole]
    shared = [one.conversation_id for one in parts if not one.whole]
    ids = [one.customer_id for one in parts]
    conversations = [*whole, *shared]
    await session.execute(
        select(conversation.c.id)
        .where(conversation.c.tenant == tenant, conversation.c.id.in_(conversations))
        .order_by(conversation.c.id)
        .with_for_update()
    )
    m = message.c
    mine = and_(
        m.tenant == tenant,
        or_(
            m.conversation_id.in_(whole),
            and_(m.conversation_id.in_(shared), m.customer_id.in_(ids)),
        ),
    )
    traces = await _traces(session, tenant, mine, conversations)
    threads = traces.record_keys - {str(id) for id in conversations}
    # Nobody's thread, submission or digest is the id of somebody else's call.
    calls = call.c.tenant == tenant, call.c.call_id.in_(threads)
    await session.execute(delete(call).where(*calls))
    await _forget_raws(session, tenant, mine)
    await session.execute(update(message).where(mine).values(**_EMPTY))
    await session.execute(
        update(message)
        .where(m.tenant == tenant, m.conversation_id.in_(shared))
        .values(quoted="", html=None, details=m.details.op("-")(_OF_OTHERS))
    )
    await _forget_threads(session, tenant, whole)
    return traces


# Where others quote the customer, or name it beside themselves.
_OF_OTHERS = text("'{quoted_blob,html_blob,to,cc,reply_to}'::text[]")
_EMPTY: dict[str, Any] = {
    "sender_name": None, "sender_address": None, "subject": None, "text": "", "html": None,
    "quoted": "", "details": null(), "header_id": None,
}  # fmt: skip


async def _traces(
    session: Session, tenant: str, mine: Any, conversations: Collection[UUID]
) -> Traces:
    m = message.c
    query = select(
        m.conversation_id, m.details["thread_id"].astext, _keys_in(m.details)
    ).where(mine)  # fmt: skip
    records = {str(id) for id in conversations}
    blobs: set[str] = set()
    for conversation_id, thread, keys in await session.execute(query):
        records |= {str(conversation_id), *([thread] if thread else [])}
        blobs.update(keys or ())
    raws = select(raw_mail.c.sha256, raw_mail.c.blob_key).where(_raws(tenant, mine))
    for digest, key in await session.execute(raws):
        records.add(digest.hex())
        blobs.update([key] if key else [])
    files = select(_keys_in(chat_entry.c.files)).where(
        chat_entry.c.tenant == tenant, chat_entry.c.session_id.in_(conversations)
    )
    for keys in await session.scalars(files):
        blobs.update(keys or ())
    return Traces(frozenset(records), frozenset(blobs))


def _keys_in(column: Any) -> Any:
    return func.jsonb_path_query_array(column, _KEYS, type_=message.c.details.type)


def _raws(tenant: str, mine: Any) -> Any:
    named = select(message.c.raw_id).where(mine, message.c.raw_id.is_not(None))
    ids = select(message.c.id).where(mine)
    copies = select(raw_copy.c.raw_id).where(
        raw_copy.c.tenant == tenant, raw_copy.c.message_id.in_(ids)
    )
    return and_(raw_mail.c.tenant == tenant, raw_mail.c.id.in_(named.union(copies)))


async def _forget_raws(session: Session, tenant: str, mine: Any) -> None:
    query = update(raw_mail).where(_raws(tenant, mine)).values(body=None, blob_key=None)
    await session.execute(query)


async def _forget_threads(session: Session, tenant: str, whole: Collection[UUID]) -> None:
    c, d, s, e = conversation.c, delivery.c, chat_session.c, chat_entry.c
    await session.execute(
        update(conversation)
        .where(c.tenant == tenant, c.id.in_(whole))
        .values(subject=None, customer_name=None, customer_address=None, participants=[])
    )
    await session.execute(
        update(delivery)
        .where(d.tenant == tenant, d.conversation_id.in_(whole))
        .values(**_UNSENT)
    )  # fmt: skip
    await session.execute(
        delete(chat_entry).where(e.tenant == tenant, e.session_id.in_(whole))
    )  # fmt: skip
    await session.execute(
        update(chat_session)
        .where(s.tenant == tenant, s.id.in_(whole))
        .values(visitor_name=None, visitor_email=None, page=None, transcript_to=None)
    )
