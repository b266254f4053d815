"""`env`: what a service runs with on the local stack, for its other commands in a shell."""

import shlex

from deploy.local.servers import Servers
from deploy.local.stack import RUN, Stack
from deploy.local.suite import Suite
from deploy.local.whereabouts import ports_in_use


def show(service: str) -> None:
    """Print `export NAME=value` lines: `eval "$(python -m deploy.local env router)"`."""
    ports, stack = ports_in_use(), Stack(RUN, durable=True)
    suite = Suite(stack, Servers.of(stack, ports).surroundings, ports)
    for name, value in suite.environment(service).items():
        print(f"export {name}={shlex.quote(value)}")
