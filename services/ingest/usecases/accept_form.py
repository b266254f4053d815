"""A form that was sent off is announced as any adapter would."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.ingest.domain.accounts import source_of
from services.ingest.domain.forms import Answers
from services.ingest.domain.messages import Blob
from shared.contracts.inbound_form import FormField, FormFile, InboundFormSubmitted
from shared.contracts.payload import BlobRef
from shared.messaging.events import Cause
from shared.messaging.ids import timer_id
from shared.messaging.outbox import Outbox
from shared.storage import Session

_SINCE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form without faults. files: (name, blob). attempt: the same for each retry by its page."""

    tenant: str
    account: str
    attempt: str
    answers: Answers
    files: tuple[tuple[str, Blob], ...]
    language: str | None
    traceparent: str | None

    @property
    def submission(self) -> str:
        """Names the submission: a retry has the same, another text in the same page has not."""
        said = self.answers
        parts = [
            self.tenant, self.account, self.attempt, said.name, said.email, said.phone,
            said.subject, said.text, [[one.name, value] for one, value in said.other],
            [[name, blob.sha256] for name, blob in self.files],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


async def accept_forms(
    session: Session, outbox: Outbox, sent: Sequence[SentForm], now: datetime
) -> list[None]:
    """Announces forms on support.inbound.form.v1; a retry announces the same id again."""
    for form in sent:
        payload = _payload(form, now)
        # The id must not depend on when it is sent again.
        id = timer_id(_SINCE, "form", form.tenant, form.account, payload.submission_id)
        outbox.add(
            payload, tenant=form.tenant, key=payload.submission_id, source=source_of(form.account),
            cause=Cause(id, 0, form.traceparent),
        )  # fmt: skip
    return [None] * len(sent)


def _payload(form: SentForm, now: datetime) -> InboundFormSubmitted:
    said = form.answers
    return InboundFormSubmitted(
        submission_id=form.submission, submitted_at=now, name=said.name, email=said.email,
        phone=said.phone, subject=said.subject, text=said.text,
        fields=tuple(FormField(name=f.name, label=f.label, value=v) for f, v in said.other),
        files=tuple(_file(name, blob) for name, blob in form.files), language=form.language,
    )  # fmt: skip


def _file(name: str, blob: Blob) -> FormFile:
    given = BlobRef(key=blob.key, size=blob.size, sha256=blob.sha256, media_type=blob.media_type)
    return FormFile(name=name, blob=given)
