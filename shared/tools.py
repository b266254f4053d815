"""Commands of a service that need no service: they read files or stdin and print.

They are carried out before the service is imported, which takes longer than most of them.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


class CannotDo(Exception):
    """A command cannot be carried out; the text says why, for the person who gave it."""


@dataclass(frozen=True)
class ToolCommand:
    """A command without any setting: its name, one line of help, its arguments and its work.

    `work` returns the exit code; raising CannotDo gives one line and exit code 1. It imports what
    it needs itself, so that starting the service does not.
    """

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    work: Callable[[argparse.Namespace], int]


def main(commands: Sequence[ToolCommand]) -> None:
    """End the process with the exit code of the command that is asked for, if it is one of these.

    Returns where the command line asks for something else, such as a role or a list of commands.
    """
    for command in commands:
        if sys.argv[1:2] == [command.name]:
            parser = argparse.ArgumentParser(f"{Path(sys.argv[0]).name} {command.name}")
            command.arguments(parser)
            sys.exit(carry_out(command, parser.parse_args(sys.argv[2:])))


def carry_out(command: ToolCommand, asked: argparse.Namespace) -> int:
    """Do the command's work; returns the exit code."""
    try:
        return command.work(asked)
    except CannotDo as error:
        return refuse(str(error))
    except BrokenPipeError:
        return left_unread()


def refuse(reason: str) -> int:
    """Say in one line why it cannot be done; the exit code."""
    sys.stderr.write(f"{sys.argv[0].rpartition('/services/')[2] or 'service'}: {reason}\n")
    return 1


def left_unread() -> int:
    """Whoever read our output has seen enough: `parked list | head`; the exit code.

    What is still buffered goes nowhere, else Python would complain of it at the end.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
