"""ingest's own tables, a module for each part; the migrations make them, with their indexes."""

from services.ingest.tables.accounts import (
    channel_account,
    mailbox,
    mailbox_folder,
    mailbox_refused,
)
from services.ingest.tables.chat import chat_entry, chat_key, chat_session
from services.ingest.tables.mail import (
    automatic_budget,
    conversation,
    delivery,
    message,
    message_reference,
    raw_mail,
    ticket_number,
)
from services.ingest.tables.rates import delivery_rate
from services.ingest.tables.social import delivery_status
from services.ingest.tables.voice import call

__all__ = [
    "automatic_budget",
    "call",
    "channel_account",
    "chat_entry",
    "chat_key",
    "chat_session",
    "conversation",
    "delivery",
    "delivery_rate",
    "delivery_status",
    "mailbox",
    "mailbox_folder",
    "mailbox_refused",
    "message",
    "message_reference",
    "raw_mail",
    "ticket_number",
]
