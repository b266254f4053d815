"""Topics in, use cases out."""

from collections.abc import Callable
from functools import partial

from services.ingest.chat.hearing import chat_consumers, spoken_too
from services.ingest.providers.reading import PostReader
from services.ingest.usecases.chat_hear import Take
from services.ingest.usecases.hear_customers import customers_consumer
from services.ingest.usecases.hear_tickets import hear_tickets
from services.ingest.usecases.queue_outgoing import queue_outgoing
from services.ingest.usecases.read_mail import MailReader, Reading
from services.ingest.usecases.receive_form import FormReader, receive_forms
from services.ingest.usecases.receive_mail import receive_mails
from services.ingest.usecases.receive_social import receive_posts
from services.ingest.usecases.receive_voice import (
    PATIENCE,
    STEPS,
    Patience,
    StepReader,
    receive_calls,
)
from shared.contracts.inbound import InboundEmailReceived
from shared.contracts.inbound_form import InboundFormSubmitted
from shared.contracts.inbound_social import InboundSocialPosted
from shared.contracts.outgoing import OutgoingRequested
from shared.contracts.tickets import TicketOpened
from shared.messaging.consumer import Consumer
from shared.storage import BlobStore


def consumers(
    blobs: BlobStore,
    mail_domain: str,
    posts: PostReader,
    chats: Take,
    queued: Callable[[], None] | None = None,
    *,
    reading: Reading | None = None,
    automatic_budget: int = 20,
    patience: Patience = PATIENCE,
) -> list[Consumer]:
    """What ingest reads. mail_domain: of the Message-IDs of our mails. reading: see `Reading`.
    automatic_budget: mails by robots that one address is sent in an hour.

    chats: takes turns in chat sessions. queued: called whenever there is something for the sender
    of this process. patience: how long calls are waited for.
    """
    return [
        Consumer(
            name="support.ingest.inbound-email",
            topics=("support.inbound.email.v1",),
            reads=(InboundEmailReceived,),
            handle=receive_mails,
            prepare=MailReader(blobs, reading).read,
            pace=0.05,
        ),
        *chat_consumers(blobs, chats),
        Consumer(
            name="support.ingest.ticket-numbers",
            topics=("support.tickets.v1",),
            reads=(TicketOpened,),
            handle=hear_tickets,
            pace=0.5,
        ),
        Consumer(
            name="support.ingest.inbound-social",
            topics=("support.inbound.social.v1",),
            reads=(InboundSocialPosted,),
            handle=receive_posts,
            prepare=posts.read,
        ),
        Consumer(
            name="support.ingest.inbound-voice",
            topics=("support.inbound.voice.v1",),
            reads=STEPS,
            handle=partial(receive_calls, patience=patience),
            prepare=StepReader(blobs).read,
        ),
        Consumer(
            name="support.ingest.inbound-form",
            topics=("support.inbound.form.v1",),
            reads=(InboundFormSubmitted,),
            handle=receive_forms,
            prepare=FormReader(blobs).read,
        ),
        customers_consumer(),
        Consumer(
            name="support.ingest.outgoing",
            topics=("support.outgoing.v1",),
            reads=(OutgoingRequested,),
            handle=spoken_too(
                partial(
                    queue_outgoing,
                    mail_domain=mail_domain,
                    queued=queued,
                    automatic_budget=automatic_budget,
                ),
                chats,
            ),
            ordered=True,
            pace=0.005,
        ),
    ]
