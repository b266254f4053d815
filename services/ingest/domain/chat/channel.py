"""What a chat account may set: who may embed it, whether a bot answers first, whom it invites."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import cel

from services.ingest.domain.chat.sessions import Outcome, Rules

VARIABLES = frozenset(
    {"page", "referrer", "time_on_page", "visits", "language", "agents_available"}
)
"""What a rule may look at: strings page, referrer, language; ints time_on_page (s), visits,
agents_available."""

MOST_INVITATIONS, MOST_ORIGINS, LONGEST_RULE, LONGEST_INVITATION = 50, 100, 1000, 500
_HOST_SOURCE = re.compile(r"\*|https?://[a-z0-9.-]+(:[0-9]+)?")
_SAMPLE = {"page": "https://shop.example/", "referrer": "", "time_on_page": 1, "visits": 1,
           "language": "en", "agents_available": 1}  # fmt: skip


class BadChatSettings(ValueError):
    """A chat account's settings are not usable; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """Text that is shown to a visitor for whom the rule (CEL) is true."""

    id: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class ChatChannel:
    """A chat account's settings.

    origins: pages that may embed it beside our own, such as https://shop.example; "*" is any.
    bot: whether a bot holds a session first. idle_minutes: of silence that ends one.
    """

    origins: tuple[str, ...] = ()
    bot: bool = False
    idle_minutes: int | None = None
    greeting: str | None = None
    invitations: tuple[Invitation, ...] = ()

    def admits(self, origin: str | None, host: str | None) -> bool:
        """Whether a page of this Origin (RFC 6454) may connect. No browser, no Origin: it may."""
        if origin is None or "*" in self.origins or origin.lower() in self.origins:
            return True
        return bool(host) and origin.partition("://")[2].lower() == (host or "").lower()

    @property
    def frame_ancestors(self) -> str:
        """Who may embed our own chat page, as a Content-Security-Policy says it."""
        # Of any other text, a part could be a directive of its own.
        return " ".join(["'self'", *filter(_HOST_SOURCE.fullmatch, self.origins)])


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a visitor is. time_on_page: whole seconds. visits: of this visitor, this one too."""

    page: str = ""
    referrer: str = ""
    time_on_page: int = 0
    visits: int = 1
    language: str = ""


def chat_channel(settings: Mapping[str, Any]) -> ChatChannel:
    """The settings of an account of kind chat; raises BadChatSettings.

    Known names: origins, bot, idle_minutes, greeting, invitations [{id, rule, text}]. A rule must
    compile, use VARIABLES only, and be true or false.
    """
    unknown = set(settings) - {"origins", "bot", "idle_minutes", "greeting", "invitations"}
    if unknown:
        raise BadChatSettings(f"unknown: {', '.join(sorted(unknown))}")
    bot, idle = settings.get("bot", False), settings.get("idle_minutes")
    if not isinstance(bot, bool):
        raise BadChatSettings("bot must be true or false")
    if idle is not None and (not isinstance(idle, int) or not 1 <= idle <= 1440):
        raise BadChatSettings("idle_minutes must be 1 to 1440")
    greeting = settings.get("greeting")
    if greeting is not None and not (isinstance(greeting, str) and 1 <= len(greeting) <= 500):
        raise BadChatSettings("greeting must be a text of 1 to 500 characters")
    return ChatChannel(
        _origins(settings.get("origins", ())), bot, idle, greeting,
        _invitations(settings.get("invitations", ())),
    )  # fmt: skip


def rules_of(settings: Mapping[str, Any], idle: timedelta, keep: timedelta) -> Rules:
    """How sessions of an account go; idle: where its validated settings do not say."""
    minutes = settings.get("idle_minutes")
    own = timedelta(minutes=minutes) if minutes else idle
    return Rules(bool(settings.get("bot", False)), own, keep)


def choose_invitation(
    channel: ChatChannel, visit: Visit, agents: int, invited: Mapping[str, Outcome]
) -> Invitation | None:
    """The first invitation that was not shown yet and whose rule is true for this visit."""
    for invitation in channel.invitations:
        if invitation.id not in invited and _holds(invitation.rule, visit, agents):
            return invitation
    return None


def _origins(given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or len(given) > MOST_ORIGINS:
        raise BadChatSettings(f"origins must be a list of at most {MOST_ORIGINS}")
    return tuple(_origin(one) for one in given)


def _origin(given: object) -> str:
    if given == "*":
        return "*"
    # urlsplit knows no address with half a bracket.
    with suppress(ValueError):
        if isinstance(given, str) and len(given) <= 300:
            parts = urlsplit(given)
            whole = f"{parts.scheme}://{parts.netloc}".lower()
            if parts.scheme in {"http", "https"} and parts.netloc and given.lower() == whole:
                return whole
    raise BadChatSettings("an origin must be like https://shop.example, without a path, or *")


def _invitations(given: object) -> tuple[Invitation, ...]:
    if not isinstance(given, list | tuple) or len(given) > MOST_INVITATIONS:
        raise BadChatSettings(f"invitations must be a list of at most {MOST_INVITATIONS}")
    made = tuple(_invitation(one) for one in given)
    if len({one.id for one in made}) < len(made):
        raise BadChatSettings("two invitations have one id")
    return made


def _invitation(given: object) -> Invitation:
    if not isinstance(given, Mapping) or set(given) != {"id", "rule", "text"}:
        raise BadChatSettings("an invitation has id, rule and text")
    id, rule, text = given["id"], given["rule"], given["text"]
    if not (isinstance(id, str) and 1 <= len(id) <= 60):
        raise BadChatSettings("an invitation's id has 1 to 60 characters")
    if not (isinstance(text, str) and 1 <= len(text) <= LONGEST_INVITATION):
        raise BadChatSettings(f"invitation {id}: text has 1 to {LONGEST_INVITATION} characters")
    if not (isinstance(rule, str) and 1 <= len(rule) <= LONGEST_RULE):
        raise BadChatSettings(f"invitation {id}: rule has 1 to {LONGEST_RULE} characters")
    if (fault := _fault(rule)) is not None:
        raise BadChatSettings(f"invitation {id}: {fault}")
    return Invitation(id, rule, text)


def _fault(rule: str) -> str | None:
    """Why a rule cannot be used; None when it can."""
    try:
        program = _program(rule)
    except Exception:
        return "rule is not CEL"
    if other := set(program.variables()) - VARIABLES:
        return f"rule knows no {', '.join(sorted(other))}, only {', '.join(sorted(VARIABLES))}"
    try:
        verdict = program.execute(dict(_SAMPLE))
    except Exception:
        return "rule does not work: is a text compared with a number?"
    return None if isinstance(verdict, bool) else "rule is neither true nor false"


def _holds(rule: str, visit: Visit, agents: int) -> bool:
    """A rule that fails for this visit, such as a division by zero visits, does not hold."""
    given = {
        "page": visit.page, "referrer": visit.referrer, "time_on_page": visit.time_on_page,
        "visits": visit.visits, "language": visit.language, "agents_available": agents,
    }  # fmt: skip
    try:
        return _program(rule).execute(given) is True
    except Exception:
        return False


@lru_cache(maxsize=1024)
def _program(rule: str) -> Any:
    return cel.compile(rule)
