"""Which kind of mail this is."""

from collections.abc import Mapping, Sequence
from email.message import Message

from services.ingest.domain.kinds.automatic import is_automatic
from services.ingest.domain.kinds.verdicts import Classified


def classify(
    message: Message, headers: Mapping[str, Sequence[str]], text: str, sender: str | None
) -> Classified:
    """The kind of a parsed mail; never raises, and is quick where a person wrote it.

    message: all of it, with its parts. headers: decoded values by lower-case name. text: the
    readable body before anything is trimmed from it. sender: the address of From.
    """
    return Classified("message", is_automatic(headers, message.get_content_type(), sender))
