"""The first moments of every server: `python -m deploy.local.launch SPECIFICATION`.

It notes its own pid and only then becomes the program, so that no server can run without a pid
file. A runner that dies before the note is seen here; one that dies after it leaves a note that
its watcher reads. Either way nothing is orphaned.
"""

import json
import os
import sys
from pathlib import Path

from deploy.local.identity import birth


def main(specification: str) -> None:
    """Become the program that `specification` (JSON, see `Process.start`) describes."""
    wanted = json.loads(specification)
    note = {"pid": os.getpid(), "birth": birth(os.getpid())} | wanted["ending"]
    pid_file = Path(wanted["pid_file"])
    draft = pid_file.with_suffix(".draft")
    draft.write_text(json.dumps(note))
    draft.rename(pid_file)
    if os.getppid() != wanted["parent"]:
        sys.exit("the runner is gone")
    os.chdir(wanted["folder"])
    if wanted["user"] is not None:
        os.setgroups([])
        os.setgid(wanted["group"])
        os.setuid(wanted["user"])
    os.execvp(wanted["command"][0], wanted["command"])


if __name__ == "__main__":
    main(sys.argv[1])
