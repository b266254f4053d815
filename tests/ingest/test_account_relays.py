"""Mails through an account's own relay: TLS, login, connections, and whose fault a refusal is."""

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.ingest import tables
from services.ingest.domain.deliveries import Patience
from services.ingest.usecases.set_up_account import Wanted, set_up_account
from shared.contracts.deliveries import DeliveryFailed, DeliverySent
from shared.messaging import new_id
from tests.ingest.certificates import Certificate
from tests.ingest.dispatch import QUICK, secrets_in, sender, settled
from tests.ingest.mailroom import Mailroom, asked, to
from tests.ingest.relay import PASSWORD, USER, ProviderRelay, provider_relay, trusting


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the right password of demo's account."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "smtp").write_text(f"{PASSWORD}\n")
    return tmp_path


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_an_account_sends_by_its_own_relay_encrypted_and_logged_in(
    mailroom: Mailroom, certificate: Certificate, folder: Path, tls: str
) -> None:
    async with provider_relay(certificate, implicit=tls == "tls") as relay:
        await _set_up(mailroom, relay, tls=tls, from_name="Help & Co")
        await _ask(mailroom, *(f"c{n}@example.com" for n in range(6)))
        async with sender(mailroom, 1, secrets=secrets_in(folder), trust=trusting(certificate)):
            events = await settled(mailroom, 6)
    assert {event.type for event in events} == {DeliverySent.TYPE}
    assert relay.secure == [True] * 6
    assert relay.messages[0]["From"] == "Help & Co <help@demo.example>"


async def test_connections_are_kept_from_mail_to_mail(
    mailroom: Mailroom, certificate: Certificate, folder: Path
) -> None:
    async with provider_relay(certificate) as relay:
        await _set_up(mailroom, relay)
        await _ask(mailroom, *(f"c{n}@example.com" for n in range(40)))
        async with sender(mailroom, 1, secrets=secrets_in(folder), trust=trusting(certificate)):
            await settled(mailroom, 40)
    assert len(relay.mails) == 40
    assert relay.connections <= 4
    assert relay.logins == relay.connections


async def test_a_wrong_password_fails_no_mail_and_all_go_out_once_it_is_right(
    mailroom: Mailroom, certificate: Certificate, folder: Path
) -> None:
    secret = folder / "demo" / "smtp"
    secret.write_text("wrong")
    async with provider_relay(certificate) as relay:
        await _set_up(mailroom, relay)
        await _ask(mailroom, *(f"c{n}@example.com" for n in range(5)))
        patience = Patience(pause=timedelta(seconds=0.2))
        how: dict[str, Any] = {
            "secrets": secrets_in(folder), "trust": trusting(certificate),
        }  # fmt: skip
        async with sender(mailroom, 1, patience, **how):
            await _reasons(mailroom, "535")
            tried = relay.logins
            secret.write_text(PASSWORD)
            events = await settled(mailroom, 5)
    assert {event.type for event in events} == {DeliverySent.TYPE}
    assert tried <= 5, "an account that is turned away is not hammered"


async def test_a_relay_whose_certificate_nobody_vouches_for_gets_no_mail_and_no_password(
    mailroom: Mailroom, certificate: Certificate, folder: Path
) -> None:
    async with provider_relay(certificate) as relay:
        await _set_up(mailroom, relay)
        await _ask(mailroom, "c@example.com")
        async with sender(
            mailroom, 1, secrets=secrets_in(folder), trust=ssl.create_default_context()
        ):
            await _reasons(mailroom, "certificate")
    assert (relay.logins, relay.mails) == (0, [])


async def test_a_relay_without_starttls_gets_no_mail_in_the_clear(
    mailroom: Mailroom, certificate: Certificate, folder: Path
) -> None:
    async with provider_relay(certificate) as relay:
        relay_without = ProviderRelay(port=relay.port)
        await _set_up(mailroom, relay_without, tls="none")
        await _ask(mailroom, "c@example.com")
        async with sender(mailroom, 1, secrets=secrets_in(folder)):
            await _reasons(mailroom, "STARTTLS")
    assert relay.mails == []


async def test_a_refused_recipient_fails_alone_and_a_relay_closed_to_us_fails_nobody(
    mailroom: Mailroom, certificate: Certificate, folder: Path
) -> None:
    async with provider_relay(certificate) as relay:
        relay.refusals = {
            "gone@example.com": "550 5.1.1 No such user",
            "far@example.com": "554 5.7.1 <far@example.com>: Relay access denied",
        }
        await _set_up(mailroom, relay)
        await _ask(mailroom, "gone@example.com", "c@example.com", "far@example.com")
        async with sender(mailroom, 1, secrets=secrets_in(folder), trust=trusting(certificate)):
            events = await settled(mailroom, 2)
            await _reasons(mailroom, "Relay access denied", recipient="far@example.com")
    ends = {event.data.recipient: event.type for event in events}
    assert ends == {"gone@example.com": DeliveryFailed.TYPE, "c@example.com": DeliverySent.TYPE}
    assert [len(relay.mails), relay.connections <= 3] == [1, True]


async def test_an_account_without_its_secret_waits_for_it(
    mailroom: Mailroom, certificate: Certificate, tmp_path: Path
) -> None:
    async with provider_relay(certificate) as relay:
        await _set_up(mailroom, relay)
        await _ask(mailroom, "c@example.com")
        async with sender(mailroom, 1, secrets=secrets_in(tmp_path)):
            await _reasons(mailroom, "lacks a secret")
    [row] = await mailroom.rows(tables.delivery)
    assert row.state in ("queued", "sending")


async def test_an_account_of_an_adapter_is_left_to_it(mailroom: Mailroom) -> None:
    async with mailroom.unit.begin() as (session, _outbox, now):
        wanted = Wanted("demo", "mail", "email", "help@demo.example", "Help", "adapter")
        await set_up_account(session, wanted, lambda _version: None, now)
    await _ask(mailroom, "c@example.com")
    assert await mailroom.rows(tables.delivery) == []
    assert [row.direction for row in await mailroom.rows(tables.message)] == ["outbound"]
    assert [event for event in await mailroom.announced() if ".delivery." in event.type] == []


async def test_an_account_keeps_to_its_rate_across_senders(
    mailroom: Mailroom, certificate: Certificate, folder: Path
) -> None:
    async with provider_relay(certificate) as relay:
        await _set_up(mailroom, relay, rate_per_minute=120)
        await _ask(mailroom, *(f"c{n}@example.com" for n in range(12)))
        how: dict[str, Any] = {
            "secrets": secrets_in(folder), "trust": trusting(certificate),
        }  # fmt: skip
        async with sender(mailroom, 1, QUICK, **how), sender(mailroom, 1, QUICK, **how):
            events = await settled(mailroom, 8)
    # Two a second, those of a second together: the eighth needs three seconds or more.
    times = sorted(event.data.at for event in events)
    assert times[7] - times[0] >= timedelta(seconds=2)
    attempts = {row.attempts for row in await mailroom.rows(tables.delivery)}
    assert attempts <= {0, 1}


async def _set_up(
    mailroom: Mailroom,
    relay: ProviderRelay,
    *,
    tls: str = "starttls",
    from_name: str | None = None,
    **settings: Any,
) -> None:
    smtp: dict[str, Any] = {"host": "localhost", "port": relay.port, "tls": tls}
    if tls != "none":
        smtp["user"] = USER
    if from_name:
        smtp["from_name"] = from_name
    async with mailroom.unit.begin() as (session, _outbox, now):
        wanted = Wanted(
            "demo", "mail", "email", "help@demo.example", "Help", "internal",
            {"smtp": smtp} | settings, {"smtp-password": "file:demo/smtp"},
        )  # fmt: skip
        await set_up_account(session, wanted, lambda _version: None, now)


async def _ask(mailroom: Mailroom, *recipients: str) -> None:
    await mailroom.outgoing(
        *(
            asked(new_id(), f"To {who}", recipient=to(who), subject=str(uuid4()))
            for who in recipients
        )
    )


async def _reasons(mailroom: Mailroom, words: str, recipient: str | None = None) -> None:
    """Waits until every delivery (or the recipient's) that is not sent says why in these words."""
    async with asyncio.timeout(30):
        while True:
            rows = await mailroom.rows(tables.delivery)
            found = [row for row in rows if recipient in (None, row.recipient)]
            if all(words in (row.reason or "") for row in found):
                assert {row.state for row in found} <= {"queued", "sending"}
                return
            await asyncio.sleep(0.05)
