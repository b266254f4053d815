"""What is said to a bot is no ticket; what it hands over is one, with all that was said."""

from datetime import timedelta

from services.router.domain.tickets import Ticket
from shared.contracts.conversations import ConversationHandedOver
from shared.contracts.messages import MessageReceived
from shared.contracts.payload import Party
from shared.messaging import Received
from tests.router.company import Company, kinds
from tests.router.events import START, conversation, message, received

TEXT = "Where is my parcel?\nIt was due on Monday."


def handed_over(name: int = 1) -> Received[ConversationHandedOver]:
    """The bot gives a chat to people, two minutes after START."""
    data = ConversationHandedOver(
        conversation_id=conversation(name), account="website", at=START + timedelta(minutes=2),
        by="visitor", visitor=Party(name="Mo"), text=TEXT,
    )  # fmt: skip
    return received(data, data.conversation_id)


def said(name: int = 1, minute: float = 0, held_by: str = "bot") -> Received[MessageReceived]:
    """The visitor says something in the chat."""
    return message(name, minute=minute, channel="chat", subject=None, held_by=held_by)


def _is_of_people(ticket: Ticket) -> None:
    assert (ticket.channel, ticket.subject) == ("chat", "Where is my parcel?")
    assert (ticket.customer_name, ticket.unanswered_since) == ("Mo", START + timedelta(minutes=2))


async def test_what_a_bot_hears_opens_nothing(company: Company) -> None:
    await company.forget_announced()
    await company.messages(said(), said(minute=1))
    assert await company.announced() == []


async def test_a_hand_over_opens_the_ticket_and_says_what_was_said(company: Company) -> None:
    await company.messages(said(), said(minute=1))
    await company.messages(handed_over())
    ticket = await company.ticket(1)
    _is_of_people(ticket)
    assert [entry.text for entry in await company.entries(ticket)] == [TEXT]
    await company.messages(said(minute=3, held_by="people"))
    assert (await company.ticket(1)).message_count == 2


async def test_it_does_not_matter_what_comes_in_one_batch_or_late(company: Company) -> None:
    await company.forget_announced()
    await company.messages(
        said(), handed_over(), said(minute=1), said(minute=3, held_by="people"), said(2)
    )
    ticket = await company.ticket(1)
    _is_of_people(ticket)
    # The hand-over overtook the second line: it is added, so that nothing is lost.
    assert ticket.message_count == 3
    assert kinds(await company.announced()).count("ticket.opened") == 1
