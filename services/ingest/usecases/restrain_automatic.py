"""Automatic mails that had better not go out fail before they are queued."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.ingest.domain.automatic_mail import OVER_BUDGET, refusal, within_budget
from services.ingest.domain.deliveries import SETTLED
from services.ingest.domain.messages import Message
from services.ingest.domain.outgoing import Plan
from services.ingest.repository.automatic_budget import Address, count_automatic
from services.ingest.repository.conversations import Key
from shared.storage import Session


async def restrained(
    session: Session,
    plans: Sequence[Plan],
    heard: Mapping[Key, Message],
    now: datetime,
    budget: int,
) -> list[Plan]:
    """The plans, of which automatic mails to robots, lists and over the budget have failed.

    heard: the latest inbound message of each (tenant, conversation), notices about mails too.
    budget: automatic mails that one address is sent in an hour at most.
    """
    automatic = [one for one in plans if _is_automatic_mail(one)]
    if not automatic:
        return list(plans)
    refused = _refused(automatic, heard)
    asked: defaultdict[Address, list[str]] = defaultdict(list)
    for one in automatic:
        if one.delivery and str(one.delivery.request_id) not in refused:
            asked[_address(one)].append(str(one.delivery.request_id))
    sent = await count_automatic(session, Counter({to: len(ids) for to, ids in asked.items()}), now)
    for address, ids in asked.items():
        allowed = set(within_budget(ids, sent.get(address, 0), budget))
        refused |= {id: OVER_BUDGET for id in ids if id not in allowed}
    return [_failed(one, refused) for one in plans]


def _refused(automatic: Sequence[Plan], heard: Mapping[Key, Message]) -> dict[str, str]:
    reasons = {}
    for one in automatic:
        if one.delivery is not None:
            key = one.delivery.tenant, one.delivery.conversation_id
            why = refusal(one.delivery.recipient, heard.get(key))
            if why is not None:
                reasons[str(one.delivery.request_id)] = why
    return reasons


def _is_automatic_mail(one: Plan) -> bool:
    return (
        one.message is not None
        and one.message.automatic
        and one.delivery is not None
        and one.delivery.channel == "email"
        and one.delivery.state not in SETTLED
    )


def _address(one: Plan) -> Address:
    assert one.delivery is not None
    return one.delivery.tenant, (one.delivery.recipient or "").lower()


def _failed(one: Plan, refused: dict[str, str]) -> Plan:
    reason = refused.get(str(one.delivery.request_id)) if one.delivery else None
    if one.delivery is None or reason is None:
        return one
    return replace(one, delivery=replace(one.delivery, state="failed", reason=reason))
