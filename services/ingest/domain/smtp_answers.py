"""What a relay's refusal is about: this mail, this moment, or the whole account."""

import re
from typing import Literal

from services.ingest.domain.deliveries import LONGEST_REASON, Outcome
from services.ingest.domain.texts import one_line

Stage = Literal["door", "login", "sender", "recipient", "data"]
"""Where in the dialogue: greeting, EHLO and STARTTLS; AUTH; MAIL FROM; RCPT TO; DATA and after."""

# A relay that wants a login, or relays for others only, says so at RCPT TO or even at DATA.
_CLOSED_TO_US = re.compile(
    r"\b5\.7\.(0|3|8|9|57)\b|relay(ing)? (access )?(is )?(denied|not (permitted|allowed))"
    r"|(unable to|not allowed to|we do not|cannot) relay|authentication (is )?required"
    r"|must (first )?(authenticate|issue a STARTTLS)|sender address rejected: not owned",
    re.IGNORECASE,
)
_ABOUT_SIZE = re.compile(r"\b5\.3\.4\b|size|too (big|large)", re.IGNORECASE)


def outcome(stage: Stage, code: int, text: str) -> Outcome:
    """The outcome that an answer other than success stands for (RFC 5321 §4.2.1, RFC 3463).

    5xx for a recipient or for what the mail says is final; 5xx before that, or because we may not
    relay, would meet every mail of the account: `blocked`. 421 anywhere closes the connection.
    """
    reason = one_line(f"{code} {text}", LONGEST_REASON)
    if code == 421 or not 400 <= code < 600:
        return Outcome("unreachable", reason)
    if code < 500:
        early = stage in ("door", "login")
        return Outcome("unreachable" if early else "deferred", reason)
    return Outcome("blocked" if _is_about_us(stage, code, text) else "refused", reason)


def _is_about_us(stage: Stage, code: int, text: str) -> bool:
    if stage in ("door", "login") or code in (530, 534, 535, 538):
        return True
    if stage == "sender":
        return code != 552 and not _ABOUT_SIZE.search(text)
    return bool(_CLOSED_TO_US.search(text))
