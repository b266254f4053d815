"""`env`: what a service runs with on the local stack, for its other commands in a shell."""

import shlex

from deploy.local.ports import documented
from deploy.local.processes import StackFailure
from deploy.local.servers import Servers
from deploy.local.stack import RUN, Stack, running_in
from deploy.local.suite import Suite


def show(service: str) -> None:
    """Print `export NAME=value` lines: `eval "$(python -m deploy.local env router)"`."""
    if running_in(RUN) is None:
        raise StackFailure(f"no stack runs in {RUN}: `make run` starts one")
    ports, stack = documented(), Stack(RUN, durable=True)
    suite = Suite(stack, Servers.of(stack, ports).surroundings, ports)
    for name, value in suite.environment(service).items():
        print(f"export {name}={shlex.quote(value)}")
