"""A chat that a bot has handed over, as the message that people begin with."""

from typing import cast

from shared.contracts.conversations import ConversationHandedOver
from shared.contracts.messages import MessageReceived
from shared.contracts.payload import Party
from shared.messaging import Received


def written_in(
    received: Received[MessageReceived | ConversationHandedOver],
) -> Received[MessageReceived]:
    """The message itself; of a hand-over, all that the visitor has said to the bot as one."""
    data = received.data
    if isinstance(data, MessageReceived):
        return cast("Received[MessageReceived]", received)
    said = MessageReceived(
        message_id=received.uid, conversation_id=data.conversation_id, channel=data.channel,
        account=data.account, sender=data.visitor or Party(), text=data.text,
        received_at=data.at, language=data.language,
    )  # fmt: skip
    return cast("Received[MessageReceived]", received)._replace(data=said)
