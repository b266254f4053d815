"""Articles, and by which rules their words are cut, without any I/O."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

Status = Literal["draft", "published", "archived"]

_DICTIONARIES = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french",
    "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
# Scripts whose words no space divides: Han and Kana; Thai, Lao, Khmer and Burmese.
_HAN = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_THAI = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"
_RUNS = re.compile(f"([{_HAN}]+)|([{_THAI}]+)")


@dataclass(frozen=True, slots=True)
class Text:
    """What a person writes of an article. language: BCP 47; body: Markdown."""

    language: str
    title: str
    body: str
    section: str | None = None
    labels: tuple[str, ...] = ()
    status: Status = "draft"


@dataclass(frozen=True, slots=True)
class Article:
    """An article at one version. published_at: when it was first shown, None until then."""

    tenant: str
    id: UUID
    version: int
    text: Text
    published_at: datetime | None
    changed_at: datetime


class ForeignArticle(LookupError):
    """The article is another tenant's: for this one there is none of that id."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that may answer, and how well its words fit: 0 (not at all) to 1."""

    id: UUID
    language: str
    title: str
    score: float
    beginning: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: by a person in a search box, or by a ticket. language: None if unknown."""

    tenant: str
    text: str
    language: str | None = None


def write(
    tenant: str, article_id: UUID, text: Text, before: Article | None, now: datetime
) -> Article:
    """The article after somebody saved `text`: the same one when nothing changed."""
    if before is not None and before.text == text:
        return before
    published_at = before.published_at if before else None
    if text.status == "published" and published_at is None:
        published_at = now
    version = before.version + 1 if before else 1
    return Article(tenant, article_id, version, text, published_at, now)


def primary(language: str) -> str:
    """The language of a tag without script and region.

    >>> primary("zh-Hant")
    'zh'
    """
    return language.lower().partition("-")[0]


def dictionary(language: str) -> str:
    """The PostgreSQL text search configuration of a language.

    A language that PostgreSQL has no stemmer for is searched by whole words (`simple`).

    >>> dictionary("de-AT"), dictionary("pl"), dictionary("ja")
    ('german', 'simple', 'simple')
    """
    return _DICTIONARIES.get(primary(language), "simple")


def spaced(text: str) -> str:
    """The text with spaces where PostgreSQL needs them: it has no word breaker for many scripts.

    Runs of Han and Kana become all their pairs, those of Thai and its kin all their triples.

    >>> spaced("ＳＳＯ で登録する。")
    'SSO  で登 登録 録す する 。'
    """
    return _RUNS.sub(_pieces, unicodedata.normalize("NFKC", text))


def _pieces(run: re.Match[str]) -> str:
    letters, length = run[0], 2 if run[1] else 3
    starts = range(max(1, len(letters) - length + 1))
    return " " + " ".join(letters[start : start + length] for start in starts) + " "


def slug(title: str, article_id: UUID) -> str:
    """The last part of an article's address: its title in words, and enough of its id to be one.

    >>> slug("Reset your password!", UUID(int=0xABCDEF01 << 96))
    'reset-your-password-abcdef01'
    """
    plain = unicodedata.normalize("NFKC", title).casefold()
    words = re.sub(r"[\W_]+", "-", plain).strip("-")[:80].rstrip("-")
    return f"{words or 'article'}-{article_id.hex[:8]}"


def asked(subject: str, text: str, *, most: int = 400) -> str:
    """The words of a ticket that are worth searching for: its subject, and how it begins.

    Greetings and signatures come after or say nothing; a long text would match everything a bit.
    """
    return f"{subject}\n{text}"[:most].replace("\0", "")


def rank(hits: list[Hit], language: str | None, most: int) -> list[Hit]:
    """The best hits, those in the asker's own language first."""
    own = primary(language or "")

    def order(hit: Hit) -> tuple[bool, float, UUID]:
        same = primary(hit.language) == own
        return (not same if own else False, -hit.score, hit.id)

    return sorted(hits, key=order)[:most]


def rounded(hit: Hit) -> Hit:
    """Scores are told to three places: more would promise what ranking cannot keep."""
    return replace(hit, score=round(min(1.0, max(0.0, hit.score)), 3))
