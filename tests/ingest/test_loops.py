"""Automatic mails stop before they go round in circles."""

from datetime import timedelta

import pytest

from services.ingest.domain.automatic_mail import OVER_BUDGET, refusal, within_budget
from services.ingest.repository.automatic_budget import count_automatic
from services.ingest.usecases.queue_outgoing import queue_outgoing
from shared.contracts.deliveries import DeliveryFailed
from shared.messaging import new_id
from tests.ingest.mailroom import Mailroom, asked, letter, mail, to


async def request(mailroom: Mailroom, *requests: object, budget: int = 2) -> list[str | None]:
    """Queues requests; the reasons of those that failed at once."""
    before = len(await mailroom.announced(DeliveryFailed))
    async with mailroom.unit.begin() as (session, outbox, now):
        await queue_outgoing(
            session, outbox, requests, now, mail_domain="desk.test",  # type: ignore[arg-type]
            automatic_budget=budget,
        )  # fmt: skip
    return [event.data.reason for event in (await mailroom.announced(DeliveryFailed))[before:]]


async def test_an_address_gets_so_many_automatic_mails_an_hour_and_people_go_on_writing(
    mailroom: Mailroom,
) -> None:
    ana, ben = to("Ana@example.com"), to("ben@example.org")
    robot = {"automatic": True, "kind": "acknowledgement"}
    first = [asked(new_id(), recipient=ana, **robot) for _ in range(3)]
    assert await request(mailroom, *first) == [OVER_BUDGET]
    assert await request(
        mailroom,
        asked(new_id(), recipient=to("ana@example.com"), **robot),
        asked(new_id(), recipient=ben, **robot),
        asked(new_id(), recipient=ana),
    ) == [OVER_BUDGET]


async def test_the_budget_is_full_again_when_the_hour_is_over(mailroom: Mailroom) -> None:
    async with mailroom.unit.begin() as (session, _outbox, now):
        key = ("demo", "ana@example.com")
        assert await count_automatic(session, {key: 2}, now) == {key: 0}
        assert await count_automatic(session, {key: 1}, now + timedelta(minutes=59)) == {key: 2}
        assert await count_automatic(session, {key: 1}, now + timedelta(hours=1)) == {key: 0}
        assert await count_automatic(session, {}, now) == {}


@pytest.mark.parametrize(
    "robot",
    [
        letter(Auto_Submitted="auto-generated"),
        letter(List_Id="<news.example.com>", Precedence="list"),
        letter(sender="no-reply@example.com"),
    ],
)
async def test_robots_and_lists_get_no_automatic_answer_but_one_from_a_person(
    mailroom: Mailroom, robot: bytes
) -> None:
    event = mail(robot)
    await mailroom.mails(event)
    assert len(await request(mailroom, asked(event.uid, automatic=True))) == 1
    assert await request(mailroom, asked(event.uid)) == []


@pytest.mark.parametrize(
    "address",
    ["no-reply@x.example", "DoNotReply+1@x.example", "mailer-daemon@x.example", "news-bounces@x",
     "owner-list@x.example", "shop.noreply@x.example"],
)  # fmt: skip
def test_addresses_that_nobody_reads_are_known(address: str) -> None:
    assert refusal(address, None)


@pytest.mark.parametrize("address", ["ana@x.example", "reply@x.example", "bouncer@x.example", None])
def test_people_are_no_robots(address: str | None) -> None:
    assert refusal(address, None) is None


def test_what_fits_goes_in_its_order() -> None:
    assert within_budget(["a", "b", "c"], 1, 3) == ["a", "b"]
    assert within_budget(["a"], 9, 3) == []
