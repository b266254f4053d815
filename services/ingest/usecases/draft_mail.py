"""A mail that was read, and what is known about it, as the draft of a message."""

from collections.abc import Mapping, Set
from dataclasses import replace
from uuid import UUID

from services.ingest.domain.accounts import Account, addresses_for
from services.ingest.domain.forwards import Forwarded
from services.ingest.domain.languages import language_of
from services.ingest.domain.messages import LONGEST_TEXT, Message
from services.ingest.domain.spam import Suspect, judge
from services.ingest.domain.subjects import ticket_number
from services.ingest.domain.texts import beginning, clean
from services.ingest.domain.threads import mail_names
from services.ingest.usecases.keep_messages import Draft
from services.ingest.usecases.mail_facts import Facts, answered, sender_of
from services.ingest.usecases.read_mail import ReadMail

Accounts = Mapping[tuple[str, str], Account]
"""By (tenant, id)."""


def draft_of(read: ReadMail, facts: Facts, accounts: Accounts) -> Draft:
    """The message with its sender as it is meant, its people, and what says where it belongs."""
    mailboxes = mailboxes_of(read.message.tenant, accounts)
    draft = Draft(
        read.message, read.names, read.customer, own=read.names[-1],
        people=people_of(read.message, mailboxes), signed=read.signed,
        numbered=_numbered(read.message, facts),
        answers_us=any((read.message.tenant, id) in facts.requests for id in answered(read)),
    )  # fmt: skip
    ours = facts.requests.get((draft.message.tenant, read.own_request)) if (
        read.own_request and sender_of(read) in mailboxes
    ) else None  # fmt: skip
    if ours is not None:
        # A mail of ours that came back, by a list or a redirection: nobody has written anything.
        message = replace(draft.message, own=True, automatic=True)
        return replace(draft, message=message, signed=ours.conversation_id)
    returned = facts.returned.get(draft.message.id)
    if returned is not None:
        return replace(draft, signed=returned.conversation_id)
    if _is_spam(read, accounts):
        return replace(draft, message=replace(draft.message, spam=True))
    forger = draft.message.authentication.get("dmarc") == "fail"
    agent = (draft.message.tenant, sender_of(read)) in facts.agents and not forger
    if read.forwarded and agent:
        return _as_original(draft, read.forwarded)
    return draft


def people_of(message: Message, mailboxes: Set[str]) -> tuple[str, ...]:
    """Whom a message went to besides us, in lower case. mailboxes: ours, in lower case too."""
    people = (person.address.lower() for person in (*message.to, *message.cc) if person.address)
    return tuple(dict.fromkeys(one for one in people if mailboxes.isdisjoint(addresses_for(one))))


def mailboxes_of(tenant: str, accounts: Accounts) -> frozenset[str]:
    """The addresses of a tenant's e-mail accounts in lower case."""
    return frozenset(
        account.address.lower()
        for (owner, _), account in accounts.items()
        if owner == tenant and account.kind == "email" and account.address
    )


def _numbered(message: Message, facts: Facts) -> UUID | None:
    number = ticket_number(message.subject)
    return None if number is None else facts.numbers.get((message.tenant, number))


def _is_spam(read: ReadMail, accounts: Accounts) -> bool:
    message = read.message
    # Notices are about mails of ours or of nobody's; none of them is ever an offer.
    if message.kind in ("bounce", "complaint"):
        return False
    suspect = Suspect(
        sender_of(read) or None, message.subject or "", message.text, read.marks,
        message.authentication, signed=read.signed is not None,
    )  # fmt: skip
    settings = accounts[message.tenant, message.account].settings.get("spam") or {}
    return judge(suspect, settings).spam


def _as_original(draft: Draft, inside: Forwarded) -> Draft:
    """The forwarded mail in the words of its own sender; what the agent added is kept below."""
    before = draft.message
    text = clean(inside.text) or before.text
    message = replace(
        before, sender=inside.sender, reply_to=None, text=beginning(text, LONGEST_TEXT),
        quoted=before.text if text != before.text else before.quoted, text_blob=None,
        language=language_of(text),
    )  # fmt: skip
    names = draft.names
    if inside.message_id is not None:
        names = (*mail_names(before.tenant, inside.message_id, (), ()), *names)
    agent = (before.sender.address or "").lower()
    return replace(
        draft, message=message, customer=inside.sender, names=names,
        people=(*draft.people, agent),
    )  # fmt: skip
