"""Places where a test may kill the process, to prove that a crash there loses nothing.

`FAILPOINT=P5:2` ends the process by SIGKILL at the second time that P5 is reached. Without the
variable a failpoint costs one dictionary look-up.

P0 request received · P1 request committed, not answered · P2 batch fetched, before BEGIN ·
P3 inside the transaction · P4 committed, the reply not yet seen · P5 committed, nothing published ·
P6 page sent, acknowledgement not seen · P7 acknowledged, before the delete · P8 deleted, before
Kafka's own commit · P9 between two halves of a bisected batch · P10 inside a timer's transaction.
"""

import os
import signal


class _Armed:
    """The one failpoint of this process and how often it must still be reached."""

    def __init__(self, setting: str | None) -> None:
        name, _, count = (setting or "").partition(":")
        self.left = {name: int(count or 1)} if name else {}


_armed = _Armed(os.environ.get("FAILPOINT"))


def hit(name: str) -> None:
    """Counts one arrival at failpoint `name`; the last one kills the process."""
    if name not in _armed.left:
        return
    _armed.left[name] -= 1
    if _armed.left[name] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
