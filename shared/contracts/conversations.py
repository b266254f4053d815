"""How live conversations go: begun, invited to, waiting, answered, handed over, over.

All lie on support.messages.v1 under the conversation's id, beside the messages themselves.
"""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from .payload import (
    Address,
    Channel,
    Count,
    ExternalId,
    Label,
    Language,
    Moment,
    Name,
    Party,
    Payload,
    Text,
    open_enum,
)

Holder = Annotated[str, open_enum("bot", "people")]
"""Who answers a conversation: open enum."""

Actor = Annotated[str, open_enum("visitor", "agent", "bot", "system")]
"""Who did something to a conversation: open enum."""

InvitationOutcome = Annotated[str, open_enum("shown", "accepted", "dismissed")]
"""What became of an invitation: open enum."""

EndReason = Annotated[str, open_enum("visitor-left", "agent-ended", "idle", "adapter-ended")]
"""Why a conversation is over: open enum."""


class ConversationEvent(Payload):
    """What all conversation events have in common. Kafka key: the conversation id."""

    conversation_id: UUID = Field(description="The conversation.")
    channel: Channel = Field(default="chat", description="Kind of channel it is on.")
    account: ExternalId = Field(description="Id of the channel account it came through.")
    at: Moment = Field(description="When it happened; lengths are reckoned from this.")

    def record_key(self) -> str:
        return str(self.conversation_id)


class ConversationStarted(ConversationEvent):
    """A visitor wrote for the first time."""

    TYPE: ClassVar[str] = "support.conversation.started.v1"

    held_by: Holder = Field(default="people", description="Who answers first.")
    visitor: Party | None = Field(default=None, description="Who it is; null for an anonymous one.")
    language: Language | None = Field(
        default=None, description="Language of the page, BCP 47; null if unknown."
    )
    page: str | None = Field(
        default=None,
        description="Address of the page that the visitor is on; null if unknown.",
        max_length=2000,
    )
    invitation: Label | None = Field(
        default=None, description="Invitation that the visitor had accepted; null if none."
    )
    offline: bool = Field(
        default=False, description="True if it was left while no agent was available."
    )


class ConversationInvited(ConversationEvent):
    """A visitor was invited to talk. The conversation may never be started."""

    TYPE: ClassVar[str] = "support.conversation.invited.v1"

    invitation: Label = Field(description="Id of the invitation in the account's settings.")
    outcome: InvitationOutcome = Field(description="shown, then accepted or dismissed.")
    page: str | None = Field(
        default=None, description="Address of the page it was on; null if unknown.", max_length=2000
    )


class ConversationQueued(ConversationEvent):
    """The visitor waits for a person."""

    TYPE: ClassVar[str] = "support.conversation.queued.v1"

    position: Count = Field(description="Place in the account's queue when it was joined, from 1.")
    expected_seconds: Count | None = Field(
        default=None, description="How long the visitor was told it takes; null if unknown."
    )


class ConversationAnswered(ConversationEvent):
    """A person answered for the first time."""

    TYPE: ClassVar[str] = "support.conversation.answered.v1"

    by: ExternalId = Field(description="Who answered: the agent's id as requested.")
    waited_seconds: float = Field(
        ge=0, description="From the first message, or from the hand-over by the bot, to the answer."
    )


class ConversationAbandoned(ConversationEvent):
    """The visitor went, or fell silent, before a person had answered."""

    TYPE: ClassVar[str] = "support.conversation.abandoned.v1"

    waited_seconds: float = Field(ge=0, description="How long the visitor had waited.")


class ConversationHandedOver(ConversationEvent):
    """The bot no longer holds the conversation: people do."""

    TYPE: ClassVar[str] = "support.conversation.handed-over.v1"

    from_holder: Holder = Field(default="bot", description="Who held it before.")
    to_holder: Holder = Field(default="people", description="Who holds it now.")
    by: Actor = Field(description="Who asked for it: the visitor or the bot.")
    visitor: Party | None = Field(default=None, description="Who it is; null for an anonymous one.")
    language: Language | None = Field(
        default=None, description="Language of the page, BCP 47; null if unknown."
    )
    text: Text = Field(
        default="",
        description="What the visitor had said to the bot, a line each, at most 65,536 bytes.",
    )


class ConversationEnded(ConversationEvent):
    """The conversation is over; a new message of the visitor's begins another one."""

    TYPE: ClassVar[str] = "support.conversation.ended.v1"

    by: Actor = Field(description="Who ended it; system: it was idle.")
    by_agent: UUID | None = Field(
        default=None, description="Id of the agent who ended it; null unless `by` is agent."
    )
    by_name: Name | None = Field(default=None, description="That agent's name; null if unknown.")
    reason: EndReason = Field(description="Why it is over.")
    seconds: float = Field(ge=0, description="From its first message to its end.")
    messages: Count = Field(default=0, description="Messages of the visitor's.")
    replies: Count = Field(default=0, description="Answers, of the bot and of people.")
    transcript_to: Address | None = Field(
        default=None, description="Where its transcript is mailed to; null if nowhere."
    )
