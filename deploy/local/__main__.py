"""`python -m deploy.local start|stop|status|run|mail|read|…`: the stack, for people."""

import argparse
import os
import signal
import sys
from types import FrameType

from deploy.local import holding, mailbox
from deploy.local.databases import SERVICES
from deploy.local.processes import StackFailure
from deploy.local.stack import RUN, running_in
from deploy.local.watch import remove


def main() -> int:
    """Do what the command line asks; the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        return _do(_arguments())
    except StackFailure as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever reads our output, such as head, has seen enough; the last flush must not fail too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _do(wanted: argparse.Namespace) -> int:
    match wanted.command:
        case "start":
            holding.start()
        case "hold":
            holding.hold()
        case "stop":
            holding.stop()
        case "status":
            return 0 if holding.status() else 1
        case "run":
            from deploy.local.run import run  # noqa: PLC0415

            run()
        case "mail":
            mailbox.show(wanted.number) if wanted.action == "show" else mailbox.listing()
        case "read" | "publish":
            # Kafka's client is imported where it is needed: other commands answer at once.
            from deploy.local import records  # noqa: PLC0415

            if wanted.command == "read":
                records.show(wanted.topic, wanted.seconds)
            else:
                records.publish(wanted.topic, wanted.file)
        case "env":
            from deploy.local.environment import show  # noqa: PLC0415

            show(wanted.service)
        case "clean":
            clean()
    return 0


def clean() -> None:
    """Remove `.run`: data, logs, mails, keys and Kafka's jars."""
    if pid := running_in(RUN):
        raise StackFailure(f"the stack runs (pid {pid}): stop it first")
    remove(RUN)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("start", help="start PostgreSQL, Valkey, Kafka and the mail sink")
    commands.add_parser("hold")
    commands.add_parser("stop", help="stop them; data stay")
    commands.add_parser("status", help="say what runs; exit code 1 when nothing does")
    commands.add_parser("run", help="run the servers and all five services until Ctrl-C")
    mail = commands.add_parser("mail", help="the mails that the sink has kept")
    actions = mail.add_subparsers(dest="action", metavar="action")
    actions.add_parser("list", help="one line for each mail (the default)")
    actions.add_parser("show", help="one mail").add_argument("number", type=int)
    read = commands.add_parser("read", help="print a topic's records, from the first one on")
    read.add_argument("topic", help="such as support.metrics.v1")
    read.add_argument("--seconds", type=float, default=0, help="go on for so long with new ones")
    publish = commands.add_parser("publish", help="publish one event, right or wrong")
    publish.add_argument("topic", help="such as support.inbound.chat.v1")
    publish.add_argument("file", help="a JSON file as for `shared.contracts validate`, or -")
    env = commands.add_parser("env", help="print the variables that a service runs with here")
    env.add_argument("service", choices=SERVICES)
    commands.add_parser("clean", help="remove .run with data, logs and mails")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
