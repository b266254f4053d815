"""Commands of ingest that need no service: text in, text out, without any setting."""

import argparse
import sys

from shared.tools import ToolCommand


def _body(parser: argparse.ArgumentParser) -> None:
    parser.description = "Reads the body of a mail from stdin, in whatever character set."


def _trim(_asked: argparse.Namespace) -> int:
    """Print what the person wrote, as UTF-8 whatever the locale says."""
    from services.ingest.domain.charsets import decode  # noqa: PLC0415
    from services.ingest.domain.trimming import trim  # noqa: PLC0415

    text = trim(decode(sys.stdin.buffer.read())).text
    sys.stdout.buffer.write(f"{text}\n".encode(errors="replace"))
    sys.stdout.buffer.flush()
    return 0


def _files(parser: argparse.ArgumentParser) -> None:
    parser.description = "Prints one line of JSON for each mail; `-` reads one from stdin."
    parser.add_argument("files", nargs="+", metavar="FILE", help="a raw mail (RFC 5322)")


def _normalize(asked: argparse.Namespace) -> int:
    from services.ingest.normalize import normalize  # noqa: PLC0415

    return normalize(asked.files)


TRIM = ToolCommand(
    name="trim",
    help="print what a person wrote in the mail body on stdin, without what it answers",
    arguments=_body,
    work=_trim,
)
NORMALIZE = ToolCommand(
    name="normalize",
    help="print what raw mails say, one line of JSON for each",
    arguments=_files,
    work=_normalize,
)
COMMANDS = (TRIM, NORMALIZE)
