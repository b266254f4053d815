"""What a bounce says: about which recipient and mail, why, and whether for good."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial

from services.ingest.domain.kinds import excerpts, fields, reasons
from services.ingest.domain.kinds.automatic import first
from services.ingest.domain.kinds.fields import Failure
from services.ingest.domain.kinds.parts import Report
from services.ingest.domain.kinds.verdicts import Bounce

_DELIVERED = frozenset({"delivered", "relayed", "expanded"})
_MOST_RECIPIENTS = 200


def all_arrived(report: Report) -> bool:
    """Whether a delivery report tells of success alone (RFC 3464 §2.3.3)."""
    actions = [one.action for status in report.statuses for one in fields.read(status).failures]
    return bool(actions) and all(action in _DELIVERED for action in actions)


def read(
    report: Report, headers: Mapping[str, Sequence[str]], text: str, us: frozenset[str]
) -> Bounce:
    """The bounce that `report` and `text` tell of. us: the addresses of both ends of the notice.

    Of several recipients the first that failed for good counts, else the first that says why.
    """
    notice, returned = excerpts.split(text)
    told = [fields.read(status) for status in (*report.statuses, notice)]
    failures = [one for found in told for one in found.failures if one.action not in _DELIVERED]
    verdicts = list(_verdicts(failures, notice)) or list(_from_words(notice, headers, us))
    hard = (one for one in verdicts if reasons.HARD[one[2]])
    telling = (one for one in verdicts if one[2] != "other")
    recipient, status, reason = next(hard, None) or next(telling, None) or verdicts[0]
    named = next((found.message_id for found in told if found.message_id), None)
    return Bounce(
        recipient=recipient or _failed_header(headers) or excerpts.anybody(notice, us),
        status=status,
        hard=reasons.HARD[reason],
        reason=reason,
        original_message_id=_original(named, report, notice, returned, headers),
    )


_Verdict = tuple[str | None, str | None, str]


def _verdicts(failures: Sequence[Failure], notice: str) -> Iterator[_Verdict]:
    after_data = excerpts.refused_after_data(notice)
    of_notice = cache(partial(reasons.reason_of, notice, after_data=after_data))
    for failure in failures[:_MOST_RECIPIENTS]:
        status = reasons.status_of(failure.diagnostic, failure.status)
        told = f"{failure.diagnostic} {_comment(failure.status)}"
        reason = reasons.reason_of(told, status, after_data=after_data)
        if reason == "other" or not failure.diagnostic:
            status = status if _exact(status) else reasons.status_of(notice) or status
            words = of_notice(status)
            reason = words if words != "other" else reason
        yield failure.recipient, status, _for_now(failure, reason)


def _exact(status: str | None) -> bool:
    return status is not None and not status.endswith(".0.0")


def _comment(status: str | None) -> str:
    """Words in brackets behind a status, such as "5.2.0 (over quota)"."""
    return (status or "").partition("(")[2]


def _for_now(failure: Failure, reason: str) -> str:
    """A server that goes on trying has not found out that the address will never work."""
    return "expired" if failure.action == "delayed" and reasons.HARD[reason] else reason


def _from_words(
    notice: str, headers: Mapping[str, Sequence[str]], us: frozenset[str]
) -> Iterator[_Verdict]:
    """One verdict for each recipient named, and one for the notice as a whole."""
    after_data = excerpts.refused_after_data(notice)
    whole = reasons.reason_of(notice, reasons.status_of(notice), after_data=after_data)
    for recipient, said in list(excerpts.recipients(notice))[:_MOST_RECIPIENTS]:
        if recipient.lower() not in us:
            status = reasons.status_of(said)
            yield (
                recipient,
                status or reasons.status_of(notice),
                reasons.reason_of(said, status, after_data=after_data),
            )
    yield _failed_header(headers), reasons.status_of(notice), whole


def _failed_header(headers: Mapping[str, Sequence[str]]) -> str | None:
    return fields.address_of(first(headers, "x-failed-recipients"))


def _original(
    named: str | None,
    report: Report,
    notice: str,
    returned: str,
    headers: Mapping[str, Sequence[str]],
) -> str | None:
    """From the report's field, what it returns, its words, or the header that answers it."""
    if named and (found := excerpts.bracketed(named)):
        return found
    for source in report.returned:
        if found := excerpts.message_id(source, ""):
            return found
    answered = " ".join(headers.get("in-reply-to", ()))[:998].split()
    said = excerpts.message_id(notice, returned)
    return said or (excerpts.bracketed(answered[0]) if answered else None)
