"""A call in plain words, in the language that its account is set to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.ingest.domain.voice import Fact, Told

_EN: Final = {
    "answered": "Call", "missed": "Missed call", "voicemail": "Message left by telephone",
    "callback": "Call-back requested", "unknown": "Call whose end never came",
    "talked": "talked {}", "waited": "waited {}", "by": "Answered by", "called": "Called",
    "wish": "Wished for", "recording": "Recording", "late": "Recording of the call",
}  # fmt: skip
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": _EN,
    "de": {
        "answered": "Anruf", "missed": "Verpasster Anruf", "voicemail": "Nachricht am Telefon",
        "callback": "Rückruf gewünscht", "unknown": "Anruf, dessen Ende nie kam",
        "talked": "{} gesprochen", "waited": "{} gewartet", "by": "Angenommen von",
        "called": "Angerufen", "wish": "Gewünscht für", "recording": "Aufnahme",
        "late": "Aufnahme des Anrufs",
    },
    "fr": {
        "answered": "Appel", "missed": "Appel manqué", "voicemail": "Message laissé au téléphone",
        "callback": "Rappel demandé", "unknown": "Appel dont la fin n'est jamais venue",
        "talked": "{} de conversation", "waited": "{} d'attente", "by": "Pris par",
        "called": "Numéro appelé", "wish": "Souhaité pour", "recording": "Enregistrement",
        "late": "Enregistrement de l'appel",
    },
    "es": {
        "answered": "Llamada", "missed": "Llamada perdida", "voicemail": "Mensaje de voz",
        "callback": "Pide que le llamen", "unknown": "Llamada cuyo final nunca llegó",
        "talked": "{} de conversación", "waited": "{} de espera", "by": "Atendida por",
        "called": "Número marcado", "wish": "Deseado para", "recording": "Grabación",
        "late": "Grabación de la llamada",
    },
}  # fmt: skip
"""By language; every other one gets English."""


def text_of(told: Told, facts: Mapping[str, Fact], language: str, zone: str) -> str:
    """What the message of a call says: a headline with lengths, then one line for each thing."""
    words = WORDS.get(language.partition("-")[0].lower(), _EN)
    lines = [_headline(told, words)]
    if told.wished_at is not None:
        lines.append(f"{words['wish']}: {_local(told.wished_at, zone)}")
    for name, value in (
        ("called", told.called),
        ("by", told.call.answered_by),
        ("recording", told.call.recording_url),
    ):
        if value:
            lines.append(f"{words[name]}: {value}")
    if text := facts.get("callback", {}).get("text"):
        lines.append(text)
    return "\n".join(lines)


def late_text(told: Told, late: Sequence[str], facts: Mapping[str, Fact], language: str) -> str:
    """What the message about a recording or a wish that came later says."""
    words = WORDS.get(language.partition("-")[0].lower(), _EN)
    headlines = [words["late"] if name == "recording" else words[name] for name in late]
    urls = [facts[name]["url"] for name in late if facts[name].get("url")]
    return "\n".join([*headlines, *urls])


def length(seconds: int) -> str:
    """Seconds as `4 min 10 s`; hours as `1 h 2 min`. The same in all languages (SI)."""
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def _headline(told: Told, words: Mapping[str, str]) -> str:
    call = told.call
    parts = [words[call.outcome]]
    if call.talking_seconds is not None:
        parts.append(words["talked"].format(length(call.talking_seconds)))
    if call.waiting_seconds is not None:
        parts.append(words["waited"].format(length(call.waiting_seconds)))
    return ", ".join(parts)


def _local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"
