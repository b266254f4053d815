"""The words in which mail servers say why a mail did not arrive, by reason.

Matched in lower-case text on one line, without addresses, links and reply codes (`reasons.plain`).
The first reason that fits counts, so the order is part of the rule: a reason may come twice.
Repetitions are bounded or of plain words, so that the time is linear in the text.
"""

from services.ingest.domain.kinds.phrases.abroad import ABROAD
from services.ingest.domain.kinds.phrases.asian import ASIAN
from services.ingest.domain.kinds.phrases.decisive import DECISIVE
from services.ingest.domain.kinds.phrases.european import EUROPEAN, NOT_FOUND
from services.ingest.domain.kinds.phrases.general import GENERAL
from services.ingest.domain.kinds.phrases.refused import REFUSED
from services.ingest.domain.kinds.phrases.unknown import UNKNOWN

FOREIGN = (*ABROAD, *EUROPEAN, *ASIAN, *NOT_FOUND)
"""All languages but English."""

__all__ = ["DECISIVE", "FOREIGN", "GENERAL", "REFUSED", "UNKNOWN"]
