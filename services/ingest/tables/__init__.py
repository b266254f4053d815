"""ingest's own tables, a module for each part; the migrations make them, with their indexes."""

from services.ingest.tables.mail import (
    channel_account,
    conversation,
    delivery,
    message,
    message_reference,
    raw_mail,
)

__all__ = [
    "channel_account",
    "conversation",
    "delivery",
    "message",
    "message_reference",
    "raw_mail",
]
