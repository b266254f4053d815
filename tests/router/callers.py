"""Who calls the HTTP API in tests, and with what."""

from uuid import UUID

ANA = UUID(int=1)
NOBODY = UUID(int=404)
TICKET = {"subject": "Help", "text": "She rang.", "customer": {"address": "a@customer.example"}}
PERSON = {"name": "Ben"}

Headers = dict[str, str]
