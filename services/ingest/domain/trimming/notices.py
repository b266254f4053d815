"""What companies and programs put around a mail: disclaimers, list footers, virus checks."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.ingest.domain.trimming import notice_words, persons

_LONGEST: Final = 6_000
_SHORTEST: Final = 60
_NEEDED: Final = 3
_SENTENCE: Final = re.compile(r"(?<=[.!;|>)\]])\s+")
_AROUND: Final = " \t*_[(<>|•-–—~"
_ASKED: Final = re.compile(
    r"(?:please|bitte|merci de|veuillez|por favor|per favore|proszę|пожалуйста)\s"
    r"(?!note|be |consider|beachten|noter)"
)
_LIST: Final = re.compile(
    r"(?:[\w ,-]{0,40}[:(<]\s?)?<?https?://\S+/(?:mailman|listinfo)\b\S*$", re.IGNORECASE
)
# "Virus-free. www.scanner.example", in any language.
_CLEAN: Final = re.compile(
    r"[\w' -]{0,24}(?:vir[ou]s|viren|vírus|wirus|вирус)\w*\.\s\W*www\.\S+", re.IGNORECASE
)
_OUTSIDE: Final = re.compile(
    r"[\[(<*]*(?:caution|warning|attention|external(?: e-?mail| sender)?|extern(?:e e-mail)?|"
    r"achtung|vorsicht|externe|attenzione|atención|let op|uwaga|be careful)\b"
    r".{0,160}\b(?:outside|external|"
    r"externe[nrms]?|außerhalb|extérieur\w*|extern[oa]|fuera|esterno|zewnątrz|zewnętrzn\w+)\b"
    r"|[\[(*]+external(?: e-?mail| sender)?[\])*]+$"
    r"|(?:you don['’]t often get e-?mail from|some people who received this message don['’]t often)"
    r"|(?:this|the) (?:message|e-?mail) (?:originated|came|was sent) from outside"
)

# What a gateway warns of; a mail server or an address may give a customer trouble.
_WARNED_OF: Final = re.compile(
    r"(?:\be-?mail|\bmail|post)\b(?!.?(?:server|address|account|adress|konto))|\bsender|\bmessage|"
    r"organi[sz]|\blinks?\b|absender|nachricht|expéditeur|courriel|\bcorreo\b|mensaje|remitente|"
    r"mittente|messaggio|afzender|bericht|wiadomoś|nadawc|mensagem|"
    r"attachments|anhänge|pièces jointes|adjuntos|allegati|bijlagen|załącznik"
)


def notice_in(lines: Sequence[str]) -> int | None:
    """The first of `lines`, a mail's last paragraph, that a company or a program put there.

    None if all of them may be somebody's words.
    """
    for found in (_footer(lines), _disclaimer(lines)):
        if found is not None and not persons.speaks(" ".join(lines[found:])[:_LONGEST]):
            return found
    return None


def _footer(lines: Sequence[str]) -> int | None:
    for start, piece in _pieces(lines):
        if _CLEAN.match(piece):
            return start
        if _LIST.match(piece):
            return next((place for place in range(start) if "mailing list" in lines[place]), start)
        if any(_is_footer(one.strip(_AROUND)) for one in _SENTENCE.split(piece.lower())):
            return start
    return None


def _pieces(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines, with those joined that go on with the one before; the place where each begins."""
    start, piece = 0, ""
    for place, line in enumerate(lines):
        if piece and not (line[0].islower() and piece[-1] not in ".!?:"):
            yield start, piece
            start, piece = place, ""
        piece = f"{piece} {line}".strip()[:_LONGEST]
    yield start, piece


def _is_footer(sentence: str) -> bool:
    if sentence.startswith(notice_words.OPENINGS):
        return True
    if sentence.startswith(notice_words.LINKED):
        return "http" in sentence or "@" in sentence
    if sentence.startswith((*notice_words.THIS_MAIL, *notice_words.SCANNED)) and _has_all(
        sentence, notice_words.SCAN
    ):
        return True
    return _has_all(sentence, notice_words.PRINTING)


def _has_all(said: str, groups: Sequence[Sequence[str]]) -> bool:
    return all(any(word in said for word in words) for words in groups)


def _disclaimer(lines: Sequence[str]) -> int | None:
    """Its first line: the last one from where on all is said that makes it one."""
    said = _sayings(lines)
    short = sum(map(len, lines)) < _SHORTEST and all(line.isascii() for line in lines)
    if short or len(said) < _NEEDED or min(said) >= notice_words.LEGAL:
        return None
    starts = [place for place in range(1, len(lines)) if _begins_sentence(lines, place)]
    found = next((place for place in reversed(starts) if _sayings(lines[place:]) == said), 0)
    return None if _ASKED.match(lines[found].lower()) else found


def _sayings(lines: Sequence[str]) -> set[int]:
    text = " ".join(lines)[:_LONGEST].lower()
    groups = enumerate(notice_words.SAYINGS)
    return {number for number, words in groups if any(word in text for word in words)}


def _begins_sentence(lines: Sequence[str], place: int) -> bool:
    opens = lines[place].lower().lstrip(_AROUND).startswith(notice_words.THIS_MAIL)
    return opens or lines[place - 1][-1] in ".!?"


def is_warning(paragraph: str) -> bool:
    """Whether `paragraph`, the first one of a mail, is a gateway's "this came from outside"."""
    said = paragraph.lower()
    if len(paragraph) > 700 or _OUTSIDE.match(said) is None or persons.speaks(paragraph):
        return False
    return said[0] in "[(*" or _WARNED_OF.search(said) is not None
