"""Answers on their way out, with a real database and a real SMTP server."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from deploy.local.mail_sink import MailSink
from deploy.local.ports import free_port
from services.ingest import tables
from services.ingest.domain.deliveries import Patience
from shared.contracts.deliveries import DeliveryFailed, DeliveryNotConfirmed, DeliverySent
from shared.messaging import derived_id, new_id
from tests.ingest.dispatch import conversation_of, sender, settled
from tests.ingest.mailroom import TRACE, Mailroom, asked, letter, mail, to


async def test_an_answer_goes_out_as_a_mail_of_its_thread_and_is_announced(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    customer = f"ana-{uuid4().hex[:8]}@example.com"
    conversation = await conversation_of(
        mailroom,
        letter("<a@x>", sender=f"Ana <{customer}>", subject="Rechnung für März"),
        letter("<b@x>", "More", sender=f"Ana <{customer}>", reply_to="<a@x>", references="<a@x>"),
    )
    request = asked(conversation, "Sie ist unterwegs: grüße.", ticket_id=new_id())
    await mailroom.outgoing(request)
    async with sender(mailroom, mail_sink.port):
        [sent] = await mail_sink.wait_for(customer)
        [event] = await settled(mailroom, 1)
    said = sent.message
    header = f"<{request.data.request_id}@desk.test>"
    assert (sent.sender, said["From"]) == ("help@demo.example", "Help <help@demo.example>")
    assert (said["Message-ID"], said["In-Reply-To"]) == (header, "<b@x>")
    assert said["References"].split() == ["<a@x>", "<b@x>"]
    assert said["Subject"] == "Re: Rechnung für März"
    assert said["Auto-Submitted"] is None
    assert said.get_content().strip() == "Sie ist unterwegs: grüße."
    assert (event.type, event.partitionkey) == (DeliverySent.TYPE, str(conversation))
    assert event.data.request_id == request.data.request_id
    assert event.data.ticket_id == request.data.ticket_id
    assert (event.data.recipient, event.data.message_id_header) == (customer, header)
    assert (event.data.attempts, event.data.channel) == (1, "email")
    assert event.id == str(derived_id(request.uid, DeliverySent.TYPE))
    assert (event.causationid, event.hops, event.traceparent) == (str(request.uid), 1, TRACE)


async def test_the_customers_answer_to_our_mail_joins_even_before_it_is_known_to_be_sent(
    mailroom: Mailroom,
) -> None:
    conversation = await conversation_of(mailroom)
    request = asked(conversation)
    await mailroom.outgoing(request)
    ours = f"<{request.data.request_id}@desk.test>"
    await mailroom.mails(mail(letter("<re@x>", "Thanks", reply_to=ours)))
    assert (await mailroom.announced())[-1].data.conversation_id == conversation


async def test_an_automatic_answer_says_so_to_other_robots(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    customer = f"bo-{uuid4().hex[:8]}@example.com"
    conversation = await conversation_of(mailroom, letter(sender=customer))
    await mailroom.outgoing(
        asked(conversation, kind="acknowledgement", automatic=True),
        asked(conversation, kind="survey", automatic=True, html="<p>How was it?</p>"),
    )
    async with sender(mailroom, mail_sink.port):
        first, second = await mail_sink.wait_for(customer, count=2)
    assert first.message["Auto-Submitted"] == "auto-replied"
    assert second.message["Auto-Submitted"] == "auto-generated"
    parts = [part.get_content_type() for part in second.message.iter_parts()]
    assert parts == ["text/plain", "text/html"]


async def test_a_request_may_begin_a_conversation_with_somebody_new(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    conversation, customer = new_id(), f"new-{uuid4().hex[:8]}@example.com"
    await mailroom.outgoing(
        asked(conversation, recipient=to(customer, "Bo"), subject="News", kind="proactive")
    )
    async with sender(mailroom, mail_sink.port):
        [sent] = await mail_sink.wait_for(customer)
    assert (sent.message["Subject"], sent.message["In-Reply-To"]) == ("News", None)
    [row] = await mailroom.rows(tables.conversation)
    assert (row.id, row.customer_address, row.version) == (conversation, customer, 0)


async def test_answers_of_a_conversation_go_one_after_the_other_in_their_order(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    customers = [f"c{n}-{uuid4().hex[:6]}@example.com" for n in range(3)]
    conversations = [
        await conversation_of(mailroom, letter(f"<{customer}>", sender=customer))
        for customer in customers
    ]
    requests = [asked(c, f"Answer {n}") for n in range(6) for c in conversations]
    await mailroom.outgoing(*requests[:9])
    await mailroom.outgoing(*requests[9:])
    async with sender(mailroom, mail_sink.port), sender(mailroom, mail_sink.port):
        for customer in customers:
            sent = await mail_sink.wait_for(customer, count=6)
            texts = [one.message.get_content().strip() for one in sent]
            assert texts == [f"Answer {n}" for n in range(6)]
        events = await settled(mailroom, 18)
    assert {event.type for event in events} == {DeliverySent.TYPE}
    assert len({event.id for event in events}) == 18


async def test_a_request_that_comes_again_is_sent_once(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    customer = f"once-{uuid4().hex[:8]}@example.com"
    conversation = await conversation_of(mailroom, letter(sender=customer))
    request = asked(conversation)
    await mailroom.outgoing(request, request)
    await mailroom.outgoing(request)
    async with sender(mailroom, mail_sink.port):
        await settled(mailroom, 1)
        await mailroom.outgoing(request)
        await asyncio.sleep(0.3)
    assert len(mail_sink.mails(customer)) == 1
    assert len(await settled(mailroom, 1)) == 1


async def test_a_refusal_for_good_fails_at_once_and_the_next_answer_goes_out(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    customer = f"next-{uuid4().hex[:8]}@example.com"
    conversation = await conversation_of(mailroom, letter(sender=customer))
    await mailroom.outgoing(
        asked(conversation, recipient=to("gone@550.test")), asked(conversation, "Second")
    )
    async with sender(mailroom, mail_sink.port):
        await mail_sink.wait_for(customer)
        failed, sent = await settled(mailroom, 2)
    assert (failed.type, sent.type) == (DeliveryFailed.TYPE, DeliverySent.TYPE)
    assert failed.data.reason.startswith("550 5.1.1")
    assert failed.data.attempts == 1


async def test_a_refusal_for_now_is_tried_again_until_it_has_taken_too_long(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    conversation = await conversation_of(mailroom, letter(sender="later@451.test"))
    await mailroom.outgoing(asked(conversation))
    patience = Patience(pause=timedelta(0), give_up_after=timedelta(seconds=1))
    async with sender(mailroom, mail_sink.port, patience):
        [event] = await settled(mailroom, 1)
    assert event.type == DeliveryFailed.TYPE
    assert event.data.reason.startswith("451 4.7.1")
    assert event.data.attempts > 2


async def test_an_outcome_that_stays_unknown_is_repeated_three_times_with_the_same_bytes(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    customer = f"{uuid4().hex[:8]}@lost.test"
    conversation = await conversation_of(mailroom, letter(sender=customer))
    await mailroom.outgoing(asked(conversation))
    async with sender(mailroom, mail_sink.port):
        [event] = await settled(mailroom, 1)
    assert (event.type, event.data.attempts) == (DeliveryNotConfirmed.TYPE, 4)
    kept = mail_sink.mails(customer)
    assert len(kept) == 4
    assert len({one.raw for one in kept}) == 1


async def test_without_a_relay_nothing_is_lost_and_it_goes_out_once_there_is_one(
    mailroom: Mailroom, mail_sink: MailSink
) -> None:
    customer = f"patient-{uuid4().hex[:8]}@example.com"
    conversation = await conversation_of(mailroom, letter(sender=customer))
    await mailroom.outgoing(asked(conversation))
    async with sender(mailroom, free_port()), asyncio.timeout(20):
        while not (await mailroom.rows(tables.delivery))[0].reason:
            await asyncio.sleep(0.05)
    [row] = await mailroom.rows(tables.delivery)
    assert row.state == "queued"
    async with sender(mailroom, mail_sink.port):
        await mail_sink.wait_for(customer)
        [event] = await settled(mailroom, 1)
    assert event.type == DeliverySent.TYPE
