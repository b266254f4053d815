"""Mails made unreadable in the ways that mails become so, from a seed."""

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from services.ingest.domain import structure
from services.ingest.domain.mail import ParsedMail, parse
from services.ingest.normalize import line

DATA = Path(os.environ.get("DESKSTREAM_DATA") or Path(__file__).parents[3] / "shared" / "data")
LONGEST = 2.0
"""Seconds that one mail may take."""

MADE = (
    b'From: a@b.example\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nHello\r\n'
    b"--x\r\nContent-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"eJ8+IgEAAQaQCAAEAAAAAAABAAEAAQeQ\r\n--x--\r\n",
    b"Subject: =?utf-8?b?4pyT?=\nContent-Type: text/html; charset=koi8-r\n\n<p>\xf0\xd2\xc9</p>\n",
)
_WORDS = (
    b"\r", b"\n", b"\r\n\r\n", b"\0", b"\xff\xfe", b"=?utf-8?q?", b"?=", b"--", b"<", b">", b'"',
    b"Content-Type: multipart/mixed; boundary=x\n\n--x\n", b"charset=utf-7", b"charset=x-unknown",
    b"Content-Transfer-Encoding: base64\n", b"Content-Type: message/rfc822\n\n", b"filename*0*=",
    b"begin 644 x\n", b"<table><tr><td>", b"On Mon, Ana wrote:\n> ", b"-- \n", b"=20=\n", b"@" * 50,
)  # fmt: skip


def specimens() -> Sequence[bytes]:
    """The reference mails, or where there are none two made ones."""
    found = [path for name in ("mime", "bounces") for path in sorted((DATA / name).rglob("*.eml"))]
    return [*MADE, *(path.read_bytes() for path in found)]


def mangled(count: int, seed: int) -> Iterator[bytes]:
    """`count` mails, each made from a specimen or two by a few changes."""
    chance, kept = random.Random(seed), specimens()
    for _ in range(count):
        raw = bytearray(chance.choice(kept))
        for _ in range(chance.randint(1, 6)):
            chance.choice(_CHANGES)(raw, chance, kept)
        yield bytes(raw)


def _place(raw: bytearray, chance: random.Random) -> int:
    # Headers and boundaries decide how all the rest is read: half of the changes go there.
    return chance.randint(0, len(raw) if chance.random() < 0.5 else min(len(raw), 1500))


def _flip(raw: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    for _ in range(min(len(raw), chance.randint(1, 20))):
        raw[chance.randrange(len(raw))] = chance.randrange(256)


def _cut(raw: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    at = _place(raw, chance)
    del raw[at : at + chance.choice((1, 2, 10, 100, 100_000))]


def _insert(raw: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    at = _place(raw, chance)
    raw[at:at] = chance.choice(_WORDS) * chance.choice((1, 1, 1, 2, 300))


def _double(raw: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    at = _place(raw, chance)
    raw[at:at] = raw[at : at + chance.randint(1, 2000)] * chance.choice((1, 1, 20))


def _graft(raw: bytearray, chance: random.Random, kept: Sequence[bytes]) -> None:
    other = chance.choice(kept)
    at = chance.randint(0, len(other))
    raw[_place(raw, chance) :] = other[at:]


_CHANGES: tuple[Callable[[bytearray, random.Random, Sequence[bytes]], None], ...] = (
    _flip, _cut, _insert, _double, _graft,
)  # fmt: skip


def examined(raw: bytes) -> ParsedMail:
    """The mail that `raw` is read as; fails where it is lost, takes too long or cannot be kept."""
    began = time.process_time()
    mail = parse(raw)
    shown = line("x.eml", mail)
    took = time.process_time() - began
    assert took < LONGEST, f"{took:.1f} s"
    assert b"\n" not in shown
    mail.text.encode()
    assert "\0" not in mail.text + mail.quoted + mail.subject
    assert mail.text or mail.files or not _says_something(raw), "nothing is left of it"
    return mail


def _says_something(raw: bytes) -> bool:
    """Whether a mail's body has words: no mere structure, markup or blanks."""
    return any(map(_has_words, _leaves(structure.read(raw))))


def _has_words(part: structure.Part) -> bool:
    return part.kind == "text/plain" and any(map(str.isalnum, part.content().decode("latin-1")))


def _leaves(part: structure.Part) -> Iterator[structure.Part]:
    yield part
    for child in part.children:
        yield from _leaves(child)
