"""Whether a mail without any machine-readable part tells that a mail did not arrive."""

import re
from collections.abc import Mapping, Sequence

from services.ingest.domain.kinds import excerpts
from services.ingest.domain.kinds.automatic import first
from services.ingest.domain.kinds.phrases import undelivered
from services.ingest.domain.kinds.senders import is_daemon, is_nobodys

_SUBJECT = re.compile("|".join(undelivered.SUBJECT), re.IGNORECASE)
_BODY = re.compile("|".join(undelivered.BODY), re.IGNORECASE)
_CODE = re.compile(r"(?<![\d.])(?:[45]\d\d[ :-]+(?=[^\s\d])|\(?#?[45]\.\d{1,2}\.\d{1,3}(?![\d.]))")
# A reply code where a server's answer begins, as 550 in "<ana@x.example>: 550 5.1.1 …".
_REPLY = re.compile(
    r"(?:^|[:;>(\[\"'«」）]|\b(?:said|replied|error|code))[ \t]{0,4}(?:4[2357]\d|5[0-57]\d)[ :-]"
    r"{1,3}(?=[^\s\d])(?![kmgt]i?b\b)|(?<![\d.])[45]\.\d{1,2}\.\d{1,3}(?![\d.])",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED = re.compile(r"(?m)^>(?!>>).*$")
_RECIPIENT = re.compile(r"<[^\s<>@]{1,100}@[^\s<>@]{1,100}>")
_ANSWER = re.compile(r"(?:re|aw|sv|antw|fwd?|wg|tr|rv)\s{0,2}:")
_LIST_REFUSED = re.compile(r"loop alert|reject|ignored|not (?:a )?member|too (?:big|large)|bounce")
_READ = 8000


def tells_of_failure(
    headers: Mapping[str, Sequence[str]], text: str, sender: str | None, *, returns: bool = False
) -> bool:
    """Whether a notice in free words says that a mail was not delivered.

    Only a mail system's own word counts: people write of bounces, forward them and quote them.
    returns: whether a mail is returned as a part.
    """
    daemon, nobodys = is_daemon(headers, sender), is_nobodys(headers)
    if not daemon and not nobodys:
        marked = "x-failed-recipients" in headers and "auto-submitted" in headers
        return marked or _list_refused(headers, sender)
    notice, returned = excerpts.split(_QUOTED.sub("", text[: 2 * _READ]))
    titled = _SUBJECT.search(first(headers, "subject")[:300]) is not None
    said = _BODY.search(notice[:_READ]) is not None
    if not daemon:
        shown = "@" in notice and (returned or _CODE.search(notice) or _RECIPIENT.search(notice))
        return bool(shown) and (titled or said)
    if _is_answer(headers) and "RCPT TO" not in notice:
        return False  # a postmaster is a person too
    if titled and ("@" in text or not text.strip()):
        return True
    if nobodys and "@" in text and (said or returned or returns or _REPLY.search(notice)):
        return True  # in whatever language
    return said and bool(returned or _names_somebody(notice))


def _list_refused(headers: Mapping[str, Sequence[str]], sender: str | None) -> bool:
    """Whether a list manager (fml) tells from the list's own address that it took no mail."""
    local = (sender or "").partition("@")[0].lower()
    if "x-mlserver" not in headers or not local.endswith(("-admin", "-request", "-ctl")):
        return False
    return _LIST_REFUSED.search(first(headers, "subject")[:300]) is not None


def _names_somebody(notice: str) -> bool:
    shown = _RECIPIENT.search(notice) is not None or "RCPT TO:" in notice
    return shown or any(excerpts.recipients(notice))


def _is_answer(headers: Mapping[str, Sequence[str]]) -> bool:
    answers = "in-reply-to" in headers or "references" in headers
    return answers and _ANSWER.match(first(headers, "subject")) is not None
