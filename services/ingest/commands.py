"""Commands of ingest that need no service: text in, text out, without any setting."""

import argparse
import sys

from services.ingest.domain.charsets import decode
from services.ingest.domain.trimming import trim as trimmed
from services.ingest.normalize import NORMALIZE
from shared.service.run import ToolCommand


def _no_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "Reads the body of a mail from stdin, in whatever character set."


def _trim(_asked: argparse.Namespace) -> int:
    """Print what the person wrote, as UTF-8 whatever the locale says."""
    text = trimmed(decode(sys.stdin.buffer.read())).text
    sys.stdout.buffer.write(f"{text}\n".encode(errors="replace"))
    sys.stdout.buffer.flush()
    return 0


TRIM = ToolCommand(
    name="trim",
    help="print what a person wrote in the mail body on stdin, without what it answers",
    arguments=_no_arguments,
    work=_trim,
)
COMMANDS = (TRIM, NORMALIZE)
