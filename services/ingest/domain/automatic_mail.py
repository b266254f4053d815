"""When no automatic mail goes out: to robots and lists, and to an address that had enough."""

import re
from collections.abc import Sequence
from typing import Final

from services.ingest.domain.messages import Message

_NO_REPLY: Final = re.compile(
    r"(?:.*[._+-])?(?:no-?reply|do-?not-?reply|noreply|donotreply|mailer-daemon|postmaster"
    r"|bounces?|listserv|majordomo|abuse)(?:[._+-].*)?|.*-(?:request|bounces|owner)|owner-.*"
)

OVER_BUDGET: Final = "this address has had its automatic mails of the hour"
"""Why an automatic mail over the budget failed."""


def refusal(recipient: str | None, last: Message | None) -> str | None:
    """Why no automatic mail may go to this address, None where one may (RFC 3834 §2).

    last: the latest inbound message of the conversation, whatever its kind, None if there is none.
    """
    local = (recipient or "").lower().rpartition("@")[0]
    if _NO_REPLY.fullmatch(local):
        return "nobody reads mails to this address"
    if last is not None and (last.kind != "message" or last.automatic):
        return "a robot wrote last, or a list: robots are not answered"
    return None


def within_budget(asked: Sequence[str], sent: int, budget: int) -> list[str]:
    """Those of an address's requests that still fit, in their order; sent: before them."""
    return list(asked[: max(0, budget - sent)])
