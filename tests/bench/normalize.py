"""How many mails a core reads in a second, alone and beside the standard library, and in how much
memory a large one."""

import asyncio
import base64
import email
import email.policy
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import run as run_process

from services.ingest.domain.mail import parse
from services.ingest.normalize import line
from tests.bench.figures import Figure, at_least, at_most, told
from tests.conformance.mails import mails, missing

RATIO = 0.5
LARGE = 25_000_000
TIMES_ITS_SIZE = 5.5
_ROUNDS = 3
_MARKUP = b"<p>Where is my invoice of last month, please?</p>\n"


async def run(_stack: object) -> list[Figure]:
    """Mails/s of one core over the reference mails, their ratio to the standard library, memory."""
    if reason := missing():
        print(f"normalize: {reason}", file=sys.stderr)
        return [*await asyncio.to_thread(_memory)]
    return [*await asyncio.to_thread(_speed), *await asyncio.to_thread(_memory)]


def _speed() -> Sequence[Figure]:
    raws = [path.read_bytes() for path in mails()]
    line("1", parse(raws[0]))  # loads the model of languages
    ours = max(_rate(lambda raw: line("1", parse(raw)), raws) for _ in range(_ROUNDS))
    theirs = max(_rate(_by_the_library, raws) for _ in range(_ROUNDS))
    return [
        told("normalize: mails/s of one core", ours, "mails/s"),
        told("normalize: standard library", theirs, "mails/s"),
        at_least("normalize: times the standard library", ours / theirs, "×", RATIO),
    ]


def _rate(read: Callable[[bytes], object], raws: Sequence[bytes]) -> float:
    began = time.process_time()
    for raw in raws:
        read(raw)
    return len(raws) / (time.process_time() - began)


def _by_the_library(raw: bytes) -> None:
    """A parse by `policy.default`, with every body read by get_content."""
    for part in email.message_from_bytes(raw, policy=email.policy.default).walk():
        if not part.is_multipart():
            try:
                part.get_content()
            except (LookupError, KeyError, ValueError, TypeError):
                continue  # character sets and types that it does not know


def _memory() -> Sequence[Figure]:
    """The peak above the mail itself, of a process for each kind: memory is not given back."""
    return [
        at_most(f"normalize: 25 MB of {kind}, memory", _peak(kind), "× its size", TIMES_ITS_SIZE)
        for kind in ("files", "text", "markup")
    ]


def _peak(kind: str) -> float:
    code = f"from tests.bench.normalize import peak; print(peak({kind!r}))"
    done = run_process([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def peak(kind: str) -> float:
    """How much this process grows while it reads a mail of 25 MB, in times the mail's size."""
    parse(b"Subject: Hello\n\nWhere is my invoice of last month, please?\n")
    raw = _large(kind)
    Path("/proc/self/clear_refs").write_text("5")  # forgets the highest mark so far
    before = _highest()
    parse(raw)
    return (_highest() - before) / len(raw)


def _large(kind: str) -> bytes:
    head = b"From: ana@example.com\nSubject: Large\n"
    if kind == "text":
        return head + b"\n" + b"Where is my invoice of last month?\n" * (LARGE // 35)
    if kind == "markup":
        return head + b"Content-Type: text/html\n\n" + _MARKUP * (LARGE // len(_MARKUP))
    file = b"".join(base64.encodebytes(os.urandom(75_000)) for _ in range(LARGE // 101_316))
    return (
        head + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nSee the file.\n--b\n'
        b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n" + file + b"--b--\n"
    )


def _highest() -> int:
    """The highest resident memory of this process, bytes."""
    for entry in Path("/proc/self/status").read_text().splitlines():
        if entry.startswith("VmHWM:"):
            return int(entry.split()[1]) * 1024
    raise RuntimeError("no VmHWM in /proc/self/status")
