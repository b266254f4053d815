"""On which ports the stack of this checkout runs, for commands in another shell."""

import json
from collections.abc import Mapping

from deploy.local.processes import StackFailure
from deploy.local.stack import RUN, running_in

_FILE = RUN / "ports.json"


def note_ports(ports: Mapping[str, int]) -> None:
    """Keep the ports of the stack that is being started; the caller holds its folder."""
    _FILE.write_text(json.dumps(dict(ports)))


def ports_in_use() -> Mapping[str, int]:
    """The port of each server and service of the running stack; StackFailure when none runs."""
    if running_in(RUN) is None:
        raise StackFailure(f"no stack runs in {RUN}: `make run` starts one")
    try:
        return dict(json.loads(_FILE.read_text()))
    except FileNotFoundError:
        raise StackFailure(f"the stack in {RUN} has only begun to start") from None
