"""Topics in, use cases out. Nothing here decides anything."""

from functools import partial

from services.router.repository.acknowledgements import next_due
from services.router.usecases.acknowledging import acknowledge_due
from services.router.usecases.companies import announce_tenants_again
from services.router.usecases.forgetting import hear_erasures
from services.router.usecases.hearing import hear_clocks, hear_deliveries, hear_suggestions
from services.router.usecases.people import announce_agents_again
from services.router.usecases.receiving import Acknowledging, take_messages
from shared.contracts.agents import AgentChanged
from shared.contracts.conversations import ConversationHandedOver
from shared.contracts.customers import CustomerErased
from shared.contracts.deliveries import (
    DeliveryBounced,
    DeliveryFailed,
    DeliveryNotConfirmed,
    DeliverySent,
)
from shared.contracts.messages import MessageReceived
from shared.contracts.sla import (
    ClockBreached,
    ClockBreachWithdrawn,
    ClockCancelled,
    ClockDueSoon,
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
)
from shared.contracts.suggestions import ArticlesSuggested
from shared.contracts.tenants import TenantChanged
from shared.messaging import Consumer, Timer, compacted_consumer

_CLOCKS = (
    ClockStarted,
    ClockRetargeted,
    ClockPaused,
    ClockResumed,
    ClockDueSoon,
    ClockBreached,
    ClockBreachWithdrawn,
    ClockMet,
    ClockCancelled,
)


def consumers(acknowledging: Acknowledging) -> list[Consumer]:
    """What router reads. Its own two compacted topics tell it when Kafka has fallen behind."""
    return [
        Consumer(
            name="support.router.messages",
            topics=("support.messages.v1",),
            reads=(MessageReceived, ConversationHandedOver),
            handle=partial(take_messages, acknowledging=acknowledging),
        ),
        Consumer(
            name="support.router.deliveries",
            topics=("support.deliveries.v1",),
            reads=(DeliverySent, DeliveryFailed, DeliveryNotConfirmed, DeliveryBounced),
            handle=hear_deliveries,
            pace=0.4,
        ),
        Consumer(
            name="support.router.sla",
            topics=("support.sla.v1",),
            reads=_CLOCKS,
            handle=hear_clocks,
            pace=0.2,
        ),
        Consumer(
            name="support.router.suggestions",
            topics=("support.suggestions.v1",),
            reads=(ArticlesSuggested,),
            handle=hear_suggestions,
            pace=0.2,
        ),
        Consumer(
            name="support.router.customers",
            topics=("support.customers.v1",),
            reads=(CustomerErased,),
            handle=hear_erasures,
            compacted=True,
            pace=0.2,
        ),
        compacted_consumer("router", "support.tenants.v1", TenantChanged, announce_tenants_again),
        compacted_consumer("router", "support.agents.v1", AgentChanged, announce_agents_again),
    ]


def timers() -> list[Timer]:
    """What router does when its time has come."""
    return [Timer("acknowledgements", acknowledge_due, next_due)]
