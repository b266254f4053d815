"""HTML of a mail as readable text, and as HTML that is safe to show."""

import html
import re
from typing import Final

import nh3
from inscriptis import get_text  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]

_WITH_PICTURES: Final = ParserConfig(display_images=True)
# Laying out tables of newsletters larger than this takes seconds; their words alone do not.
_LONGEST_LAID_OUT: Final = 300_000
_SCHEMES: Final = frozenset({*nh3.ALLOWED_URL_SCHEMES, "cid"})
_HIDDEN: Final = re.compile(r"(?is)<(script|style|head|title)\b.*?</\1\s*>|<!--.*?-->")
_BREAK: Final = re.compile(r"(?i)<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^>]*>")
_TAG: Final = re.compile(r"(?s)<[^>]*>")
_BLANKS: Final = re.compile(r"[ \t\r\f\v\xa0]+")
_BLANK_LINES: Final = re.compile(r"\s*\n\s*\n\s*")


def to_text(markup: str) -> str:
    """What a reader sees of `markup`, as plain text; pictures by their alternative text.

    Never raises; markup that cannot be laid out is stripped of its tags.
    """
    if len(markup) > _LONGEST_LAID_OUT:
        return _without_tags(markup)
    try:
        text = get_text(markup)
        if not text.strip():
            text = get_text(markup, _WITH_PICTURES)
    except Exception:  # lxml and inscriptis raise many kinds on markup that was never valid
        return _without_tags(markup)
    lines = (line.rstrip() for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def sanitised(markup: str) -> str:
    """`markup` without scripts, styles, forms and other dangers; pictures by `cid:` stay."""
    return nh3.clean(markup, url_schemes=set(_SCHEMES))


def _without_tags(markup: str) -> str:
    lines = _BREAK.sub("\n", _HIDDEN.sub(" ", markup))
    text = html.unescape(_TAG.sub(" ", lines))
    return _BLANK_LINES.sub("\n\n", _BLANKS.sub(" ", text)).strip()
