"""By which account we write to somebody first: one whose network knows the address."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.ingest.domain.accounts import Account, Kind
from services.ingest.domain.headers import Person
from services.ingest.domain.outgoing import Request, plan

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def account(number: int, kind: Kind) -> Account:
    """The tenant's account by the name of its kind; `number` says how old it is."""
    at = NOW + timedelta(minutes=number)
    return Account("demo", kind, kind, None, kind.title(), 1, at, at)


def chosen(address: str, *kinds: Kind, known_by: str | None = None) -> str | None:
    """The account for a first message to an address, where the tenant has accounts of `kinds`."""
    accounts = {kind: account(number, kind) for number, kind in enumerate(kinds)}
    request = Request(
        tenant="demo", id=UUID(int=1), conversation_id=UUID(int=2), ticket_id=None, kind="reply",
        channel="social", recipient=Person("Ada", address), subject=None, text="Hello",
        html=None, automatic=False, requested_by="amina", requested_at=NOW, cause_id=UUID(int=3),
        cause_hops=0, cause_traceparent=None,
    )  # fmt: skip
    made = plan(request, None, accounts, None, now=NOW, mail_domain="desk.test", known_by=known_by)
    return made.message.account if made.message else None


@pytest.mark.parametrize(
    ("address", "kinds", "expected"),
    [
        ("+4712345678", ("telegram", "whatsapp"), "whatsapp"),
        ("+4712345678", ("telegram", "line"), None),
        ("3003", ("whatsapp", "telegram"), "telegram"),
        ("+4712345678", ("webhook", "whatsapp"), "webhook"),
    ],
)
def test_the_oldest_account_that_knows_such_addresses_is_taken(
    address: str, kinds: tuple[Kind, ...], expected: str | None
) -> None:
    assert chosen(address, *kinds) == expected


def test_the_account_that_the_person_wrote_to_last_comes_before_all_others() -> None:
    kinds: tuple[Kind, ...] = ("whatsapp", "twilio-sms")
    assert chosen("+4712345678", *kinds, known_by="twilio-sms") == "twilio-sms"
    assert chosen("+4712345678", *kinds, known_by="gone") == "whatsapp"
