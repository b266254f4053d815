"""HTML of a mail as readable text, and as HTML that is safe to show."""

import html
import re
from collections.abc import Iterator
from typing import Final

import nh3
from inscriptis import get_text  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]

_WITH_PICTURES: Final = ParserConfig(display_images=True)
# Laying out tables of newsletters larger than this takes seconds; their words alone do not.
_LONGEST_LAID_OUT: Final = 150_000
# Both libraries take time by the square of the depth: what is nested deeper was made to hold us up.
_DEEPEST: Final = 300
_MOST_TAGS: Final = 100_000
_MANY: Final = 250
_STRETCH: Final = 65_536
_NESTING: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Elements that have no end, or whose end is left out by custom (HTML §13.1.2).
_UNCLOSED: Final = frozenset(
    {
        "area", "base", "body", "br", "col", "dd", "dt", "head", "hr", "html", "img", "input",
        "li", "link", "meta", "option", "o", "p", "source", "tbody", "td", "tfoot", "th", "thead",
        "tr", "wbr",
    }
)  # fmt: skip
_SCHEMES: Final = frozenset({*nh3.ALLOWED_URL_SCHEMES, "cid"})
_HIDDEN: Final = re.compile(r"(?i)<(!--|(?:script|style|head|title)\b)")
_HIDDEN_END: Final = {
    name: re.compile(rf"(?i)</{name}\s*>") for name in ("script", "style", "head", "title")
} | {"!--": re.compile("-->")}
_BREAK: Final = re.compile(r"(?i)<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^<>]*>")
_TAG: Final = re.compile(r"<[^<>]*>")
_BLANKS: Final = re.compile(r"[ \t\r\f\v\xa0]+")
_BLANK_LINES: Final = re.compile(r"\n\s*\n\s*")


def to_text(markup: str) -> str:
    """What a reader sees of `markup`, as plain text; pictures by their alternative text.

    Never raises; markup that cannot be laid out is stripped of its tags.
    """
    if len(markup) > _LONGEST_LAID_OUT or is_absurd(markup):
        return _without_tags(markup)
    try:
        text = get_text(markup)
        if not text.strip():
            text = get_text(markup, _WITH_PICTURES)
    except Exception:  # lxml and inscriptis raise many kinds on markup that was never valid
        return _without_tags(markup)
    lines = (line.rstrip() for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def sanitised(markup: str, text: str | None = None) -> str:
    """`markup` without scripts, styles, forms and other dangers; pictures by `cid:` stay.

    Of markup that `is_absurd` only its words are left; text: these, where they are known already.
    """
    if is_absurd(markup):
        return f"<pre>{html.escape(_without_tags(markup) if text is None else text)}</pre>"
    return nh3.clean(markup, url_schemes=set(_SCHEMES))


def is_absurd(markup: str) -> bool:
    """Whether elements are nested so deeply, or are so many, that nobody wrote them to be read."""
    if markup.count("<") < _MANY:
        return False
    depth = 0
    for tags, found in enumerate(_NESTING.finditer(markup)):
        if found[2].lower() not in _UNCLOSED:
            depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > _DEEPEST or tags > _MOST_TAGS:
            return True
    return False


def _without_tags(markup: str) -> str:
    # Stretch by stretch, for a mail of 25 MB would be in memory twenty times over otherwise.
    plain = "".join(_plain(part) for shown in _without_hidden(markup) for part in _parts(shown))
    return plain.strip()


def _parts(markup: str) -> Iterator[str]:
    """`markup` in stretches that end with a tag, where tags are not absurdly long."""
    at = 0
    while at < len(markup):
        end = at + _STRETCH
        if end < len(markup):
            end = markup.find(">", end, end + _STRETCH) + 1 or end
        yield markup[at:end]
        at = end


def _plain(markup: str) -> str:
    text = html.unescape(_TAG.sub(" ", _BREAK.sub("\n", markup)))
    shown = "\n".join(line.strip() for line in _BLANKS.sub(" ", text).splitlines())
    return _BLANK_LINES.sub("\n\n", shown) + " "


def _without_hidden(markup: str) -> Iterator[str]:
    """The stretches between comments, scripts and styles; what never ends hides nothing."""
    at, endless = 0, set[str]()
    for found in _HIDDEN.finditer(markup):
        name = found[1].lower()
        if found.start() < at or name in endless:
            continue
        end = _HIDDEN_END[name].search(markup, found.end())
        if end is None:
            endless.add(name)
            continue
        yield markup[at : found.start()] + " "
        at = end.end()
    yield markup[at:]
