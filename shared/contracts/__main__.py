"""`python -m shared.contracts generate | check | release VERSION | validate FILE`."""

import argparse
import sys
from pathlib import Path

from .generate import generate, stale
from .released import ReleaseRefused, gate, release
from .validate import MAX_DOCUMENT_BYTES, validate


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if all is well, 1 if not, 2 if the command line is wrong."""
    given = _parser().parse_args(arguments)
    if given.command == "generate":
        return _generate()
    if given.command == "check":
        return _check()
    if given.command == "release":
        return _release(given.version)
    return _validate(given.file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.contracts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("generate", help="write schemas, asyncapi.json and topic manifests")
    commands.add_parser("check", help="are they up to date, and do stable types only grow?")
    releasing = commands.add_parser("release", help="keep the stable schemas under a version")
    releasing.add_argument("version", help="such as 0.2.0")
    validating = commands.add_parser("validate", help="check one event, structured or binary")
    validating.add_argument("file", help="a JSON file, or - for standard input")
    return parser


def _generate() -> int:
    for path in generate():
        print(f"wrote {path}")
    return 0


def _check() -> int:
    old = stale()
    for path in old:
        print(f"stale: {path} (run `python -m shared.contracts generate`)")
    found = list(gate())
    for name, change in found:
        print(f"{name}: {change}")
    return 1 if old or not all(change.allowed for _, change in found) else 0


def _release(version: str) -> int:
    try:
        print(f"released {release(version)}")
    except ReleaseRefused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def _validate(file: str) -> int:
    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as opened:
            document = opened.read(MAX_DOCUMENT_BYTES + 1)
    except (OSError, ValueError) as error:
        print(f"error: {file} cannot be read: {error}")
        return 1
    report = validate(document)
    for line in report.lines():
        print(line)
    return 0 if report.ok else 1


if __name__ == "__main__":
    # What is shown may be in any script, whatever the terminal was told to be.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main())
