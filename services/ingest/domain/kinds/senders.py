"""Mail systems by the addresses that they write from."""

import re
from collections.abc import Mapping, Sequence

from services.ingest.domain.kinds.automatic import first

_DAEMON = re.compile(
    r"mail(?:er)?[-_.]?daemon|post[-_.]?master|poostmaster|mdaemon|microsoftexchange[0-9a-f]{1,64}"
    r"|mail[-_.]?delivery[-_.]?(?:system|subsystem|service)"
)
_NAME = re.compile(
    r"mail delivery|mailer[- ]daemon|mail(?:er)? system|postmaster|system administrator"
    r"|mail administrator|returned mail"
)


def is_daemon(headers: Mapping[str, Sequence[str]], sender: str | None) -> bool:
    """Whether the sender is a mail system's mailbox, or only named as one."""
    local = (sender or "").partition("@")[0].strip("<>\"' ").lower()
    if local:
        return _DAEMON.fullmatch(local[:100]) is not None
    return _NAME.search(first(headers, "from")) is not None


def is_nobodys(headers: Mapping[str, Sequence[str]]) -> bool:
    """Whether the return path is the empty one of notices (RFC 5321 §4.5.5), or a daemon's."""
    path = first(headers, "return-path")
    return path == "<>" or path.startswith(("<mailer-daemon", "mailer-daemon"))
