"""Every SQL statement of ingest, one class per kind of thing; whole batches as one statement."""

from services.ingest.repository.accounts import Accounts
from services.ingest.repository.conversations import Conversations
from services.ingest.repository.deliveries import Deliveries
from services.ingest.repository.messages import Messages
from services.ingest.repository.raw_mails import RawMails
from services.ingest.repository.references import References

__all__ = ["Accounts", "Conversations", "Deliveries", "Messages", "RawMails", "References"]
