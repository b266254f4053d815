"""Every topic and every event type of the suite: schemas, manifests and checks come from here."""

from collections.abc import Mapping
from typing import Final, Literal

from . import (
    agents,
    articles,
    conversations,
    customers,
    deliveries,
    dlq,
    inbound,
    inbound_form,
    inbound_social,
    inbound_voice,
    messages,
    metrics,
    outgoing,
    sla,
    suggestions,
    tenants,
    tickets,
)
from .payload import Payload
from .topic import DAY_MS, Topic

SERVICES: Final = ("ingest", "router", "sla", "metrics", "kb")
OUTSIDERS: Final = ("adapters", "dashboards", "operators", "anyone")
"""Owners and readers outside the suite, as topics name them."""


def _dlq(service: str) -> Topic:
    return Topic(
        name=f"support.dlq.{service}.v1",
        about=f"Records {service} could not process: reason, size and hash, never their bytes.",
        key="the parked record's own key",
        owners=(service,),
        readers=("operators",),
        types=(dlq.RecordParked,),
    )


_ALL: Final = (
    Topic(
        name="support.inbound.email.v1",
        about="Raw mails as they came in.",
        key="SHA-256 of the raw mail, hexadecimal",
        owners=("adapters", "ingest"),
        readers=("ingest",),
        types=(inbound.InboundEmailReceived,),
        partitions=24,
        text=True,
    ),
    Topic(
        name="support.inbound.chat.v1",
        about="Chat messages as visitors sent them.",
        key="chat session id",
        owners=("adapters", "ingest"),
        readers=("ingest",),
        types=(inbound.InboundChatMessageSent, inbound.InboundChatSessionEnded),
        partitions=24,
        text=True,
    ),
    Topic(
        name="support.inbound.social.v1",
        about="What people wrote on messaging and social networks.",
        key="the network's thread id: the other person, a group, a public thread",
        owners=("adapters", "ingest"),
        readers=("ingest",),
        types=(inbound_social.InboundSocialPosted,),
        partitions=24,
        text=True,
    ),
    Topic(
        name="support.inbound.voice.v1",
        about="How telephone calls went, step by step.",
        key="the telephone system's call id",
        owners=("adapters", "ingest"),
        readers=("ingest",),
        types=(
            inbound_voice.InboundVoiceCallStarted,
            inbound_voice.InboundVoiceAnswered,
            inbound_voice.InboundVoiceMissed,
            inbound_voice.InboundVoiceEnded,
            inbound_voice.InboundVoiceCallbackRequested,
        ),
        partitions=24,
        text=True,
    ),
    Topic(
        name="support.inbound.form.v1",
        about="Forms as people sent them off.",
        key="submission id",
        owners=("adapters", "ingest"),
        readers=("ingest",),
        types=(inbound_form.InboundFormSubmitted,),
        partitions=24,
        text=True,
    ),
    Topic(
        name="support.messages.v1",
        about="Messages that have found their conversation, and how live conversations go.",
        key="conversation id",
        owners=("ingest",),
        readers=("router", "adapters"),
        types=(
            messages.MessageReceived,
            messages.MessageAutoReplied,
            messages.MessageBounced,
            messages.MessageReported,
            messages.ConversationMerged,
            conversations.ConversationStarted,
            conversations.ConversationInvited,
            conversations.ConversationQueued,
            conversations.ConversationAnswered,
            conversations.ConversationAbandoned,
            conversations.ConversationHandedOver,
            conversations.ConversationEnded,
        ),
        partitions=24,
        text=True,
    ),
    Topic(
        name="support.tickets.v1",
        about="What happened to tickets, each event with the whole ticket after it.",
        key="ticket id",
        owners=("router",),
        readers=("sla", "metrics", "kb", "ingest"),
        types=(
            tickets.TicketOpened,
            tickets.TicketCustomerWrote,
            tickets.TicketAssigned,
            tickets.TicketUnassigned,
            tickets.TicketReplied,
            tickets.TicketReplyFailed,
            tickets.TicketNoted,
            tickets.TicketStatusChanged,
            tickets.TicketReopened,
        ),
        partitions=24,
        text=True,
    ),
    Topic(
        name="support.tenants.v1",
        about="The full state of each tenant.",
        key="tenant slug",
        owners=("router",),
        readers=SERVICES,
        types=(tenants.TenantChanged,),
        retention_ms=None,
        compacted=True,
    ),
    Topic(
        name="support.agents.v1",
        about="The full state of each agent.",
        key="agent id",
        owners=("router",),
        readers=SERVICES,
        types=(agents.AgentChanged,),
        retention_ms=None,
        compacted=True,
    ),
    Topic(
        name="support.customers.v1",
        about="The full state of each customer, and what became of it.",
        key="customer id; an adapter's own id of the customer for what it tells",
        owners=("ingest", "adapters"),
        readers=("ingest", "router", "sla"),
        types=(
            customers.CustomerChanged,
            customers.CustomerMerged,
            customers.CustomerUnmerged,
            customers.CustomerErased,
        ),
        retention_ms=None,
        compacted=True,
    ),
    Topic(
        name="support.outgoing.v1",
        about="What is to be sent to customers.",
        key="conversation id",
        owners=("router", "ingest"),
        readers=("ingest", "adapters"),
        types=(outgoing.OutgoingRequested,),
        locks_key=True,
        text=True,
    ),
    Topic(
        name="support.deliveries.v1",
        about="What became of outgoing messages.",
        key="conversation id",
        owners=("ingest", "adapters"),
        readers=("router",),
        types=(
            deliveries.DeliverySent,
            deliveries.DeliveryFailed,
            deliveries.DeliveryNotConfirmed,
            deliveries.DeliveryBounced,
            deliveries.DeliveryRead,
        ),
    ),
    Topic(
        name="support.sla.v1",
        about="Clocks: promises about time, kept and broken.",
        key="ticket id",
        owners=("sla",),
        readers=("router",),
        types=(
            sla.ClockStarted,
            sla.ClockRetargeted,
            sla.ClockPaused,
            sla.ClockResumed,
            sla.ClockMet,
            sla.ClockCancelled,
            sla.ClockDueSoon,
            sla.ClockBreached,
            sla.ClockBreachWithdrawn,
        ),
    ),
    Topic(
        name="support.articles.v1",
        about="The full state of each article, without its texts.",
        key="article id",
        owners=("kb",),
        readers=("kb", "anyone"),
        types=(articles.ArticleChanged,),
        retention_ms=None,
        compacted=True,
    ),
    Topic(
        name="support.suggestions.v1",
        about="Articles that may answer a ticket.",
        key="ticket id",
        owners=("kb",),
        readers=("router",),
        types=(suggestions.ArticlesSuggested,),
    ),
    Topic(
        name="support.metrics.v1",
        about="KPIs: the full value of each figure in each window.",
        key="tenant/metric/dimensions/window/window start",
        owners=("metrics",),
        readers=("metrics", "dashboards"),
        types=(metrics.MetricUpdated,),
        # A minute's figures would pile up for ever; older ones are asked for by HTTP.
        retention_ms=35 * DAY_MS,
        compacted=True,
    ),
    *(_dlq(service) for service in SERVICES),
)

TOPICS: Final[Mapping[str, Topic]] = {topic.name: topic for topic in _ALL}
"""All topics by name."""

TYPES: Final[Mapping[str, type[Payload]]] = {
    payload.TYPE: payload for topic in _ALL for payload in topic.types
}
"""All payload models by type name."""

OF_TYPE: Final[Mapping[str, tuple[Topic, ...]]] = {
    name: tuple(topic for topic in _ALL if payload in topic.types)
    for name, payload in TYPES.items()
}
"""The topics of each type: one, but for `RecordParked`, which has one for each service."""

_STABLE: Final = frozenset(
    {
        inbound.InboundEmailReceived.TYPE,
        inbound.InboundChatMessageSent.TYPE,
        metrics.MetricUpdated.TYPE,
    }
)


def topic_of(payload: type[Payload]) -> Topic:
    """The topic that events of this type are published on.

    `RecordParked` has one topic for each service, so it has no topic of its own: LookupError, like
    for a type outside the catalog. Use `dlq_of`.
    """
    topics = OF_TYPE.get(payload.TYPE, ())
    if len(topics) != 1:
        raise LookupError(f"{payload.TYPE} has no topic of its own in the catalog")
    return topics[0]


def dlq_of(service: str) -> Topic:
    """The dead-letter topic of a service."""
    return TOPICS[f"support.dlq.{service}.v1"]


def stability(type_name: str) -> Literal["draft", "stable"]:
    """stable: only new optional fields from now on. draft: may still change in any way."""
    return "stable" if type_name in _STABLE else "draft"
